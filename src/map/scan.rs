//! Finds candidates by content, at any offset.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, Input};

use super::formats::{FORMATS, Format, Look, headless_update};
use super::settle::{Candidate, Evidence};

/// How many bytes all candidates of a scan may span, per byte of the image, before the scan stops: an image of
/// nothing but broken headers must not be read over and over.
const MAX_SPAN_PER_BYTE: usize = 16;

/// As [`MAX_SPAN_PER_BYTE`], for an image that is small.
const MIN_SPAN_BYTES: usize = 1 << 26;

static MAGICS: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(FORMATS.iter().map(|format| format.magic)).ok());

/// What a scan found.
#[derive(Debug, Default)]
pub struct Scan {
    /// In the order of their magics; they may overlap.
    pub candidates: Vec<Candidate>,
    /// The offset from which on nothing was looked for, if the scan had to stop.
    pub stopped_at: Option<usize>,
}

/// Looks for every format of the table at every offset. Inside what is proved whole nothing more is looked for: what
/// it holds, it tells itself.
pub fn everywhere(bytes: &[u8], look: &Look) -> Scan {
    let mut scan = Scan::default();
    let Some(magics) = MAGICS.as_ref() else { return scan };
    let mut budget = bytes.len().saturating_mul(MAX_SPAN_PER_BYTE).max(MIN_SPAN_BYTES);
    let mut at = 0;
    if let Some(update) = headless_update(bytes, look) {
        at = update.region.span.end();
        scan.candidates.push(update);
    }
    while let Some(hit) = magics.find(Input::new(bytes).range(at.min(bytes.len())..)) {
        at = hit.start() + 1;
        let Some(candidate) = candidate_at(bytes, hit.start(), FORMATS.get(hit.pattern().as_usize()), look) else {
            continue;
        };
        let span = candidate.region.span;
        let Some(left) = budget.checked_sub(span.len()) else {
            scan.stopped_at = Some(hit.start());
            break;
        };
        budget = left;
        if candidate.evidence >= Evidence::Verified {
            at = at.max(span.end());
        }
        scan.candidates.push(candidate);
    }
    scan
}

fn candidate_at(bytes: &[u8], magic_at: usize, format: Option<&Format>, look: &Look) -> Option<Candidate> {
    let format = format?;
    let start = magic_at.checked_sub(format.magic_at)?;
    let candidate = (format.read)(bytes.get(start..)?, look)?;
    Some(candidate.shifted(start))
}
