//! The numbers of a comparison, for the verdict and the table of causes.

use serde::Serialize;
use strum::IntoEnumIterator;

use super::{Cause, Meaning, Segment};
use crate::image::Span;

/// What one cause takes of both files.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// The cause.
    pub cause: Cause,
    /// What it means for the camera: the worst of its segments.
    pub meaning: Meaning,
    /// Segments with this cause.
    pub segments: usize,
    /// Bytes of the old file.
    pub old_bytes: usize,
    /// Bytes of the new file.
    pub new_bytes: usize,
    /// Its part of all bytes of both files, from 0 to 1.
    pub share: f64,
}

/// The numbers of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Whether both files hold the same, all of it known.
    pub equal: bool,
    /// Each cause that occurs, `equal` first, then in the catalogue's order.
    pub causes: Vec<Share>,
    /// Where no cause was found: the stretches of both files.
    pub unexplained: Vec<(Span, Span)>,
}

impl Summary {
    /// Adds up segments.
    pub fn of(segments: &[Segment]) -> Self {
        let both = |segment: &Segment| segment.old.len() + segment.new.len();
        let total: usize = segments.iter().map(both).sum();
        let causes = Cause::iter().filter_map(|cause| {
            let mut found =
                Share { cause, meaning: Meaning::Same, segments: 0, old_bytes: 0, new_bytes: 0, share: 0.0 };
            for segment in segments.iter().filter(|segment| segment.cause == cause) {
                found.segments += 1;
                found.meaning = found.meaning.max(segment.meaning());
                found.old_bytes += segment.old.len();
                found.new_bytes += segment.new.len();
            }
            #[allow(clippy::cast_precision_loss)] // a share for people
            if found.segments > 0 {
                found.share = (found.old_bytes + found.new_bytes) as f64 / (total as f64).max(1.0);
            }
            (found.segments > 0).then_some(found)
        });
        let unexplained = segments.iter().filter(|segment| segment.cause == Cause::Unexplained);
        Self {
            equal: segments.iter().all(|segment| segment.cause == Cause::Equal),
            causes: causes.collect(),
            unexplained: unexplained.map(|segment| (segment.old, segment.new)).collect(),
        }
    }

    /// The numbers of one cause, if it occurs.
    pub fn share_of(&self, cause: Cause) -> Option<&Share> {
        self.causes.iter().find(|share| share.cause == cause)
    }
}
