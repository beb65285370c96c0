//! How a decoded capture and the binary beside it relate.

use super::Capture;
use crate::image::{Image, Offset};

/// What a binary of the same name is to a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twin {
    /// The same bytes; every one of the capture's is known.
    Identical,
    /// The binary holds the first `binary_bytes` of the capture's `capture_bytes` (or all of them and more).
    Cut {
        /// Length of the binary.
        binary_bytes: usize,
        /// Length of the decoded capture.
        capture_bytes: usize,
    },
    /// They are as long and agree wherever the capture's bytes are known; `unknown_bytes` of them are not.
    AgreesWhereKnown {
        /// Bytes of the image that the capture does not vouch for.
        unknown_bytes: usize,
    },
    /// The first known byte of the capture that the binary has differently, and how many there are.
    Differs {
        /// Where the first of them lies in the binary.
        first: Offset,
        /// How many known bytes differ within the common length.
        bytes: usize,
    },
}

/// Compares a capture with the binary that was saved along with it: a page carried over is in front of both. Only
/// bytes that the capture knows count as differences.
pub fn twin(capture: &Capture, binary: &[u8]) -> Twin {
    match &capture.carried {
        Some(page) if binary.starts_with(page) => {
            compare(&capture.image, binary.get(page.len()..).unwrap_or_default(), page.len())
        }
        _ => compare(&capture.image, binary, 0),
    }
}

/// Compares an image with the part of a binary that starts at `binary_at`.
pub(super) fn compare(capture: &Image, binary: &[u8], binary_at: usize) -> Twin {
    let mut first = None;
    let mut bytes = 0_usize;
    for span in capture.known().iter() {
        let (ours, theirs) = (span.of(capture), span.of(binary));
        if ours.get(..theirs.len()) == Some(theirs) {
            continue;
        }
        for (place, _) in ours.iter().zip(theirs).enumerate().filter(|(_, (ours, theirs))| ours != theirs) {
            bytes = bytes.saturating_add(1);
            first.get_or_insert(Offset(binary_at.saturating_add(span.start()).saturating_add(place)));
        }
    }
    let unknown_bytes = capture.len().saturating_sub(capture.known().len_bytes());
    match first {
        Some(first) => Twin::Differs { first, bytes },
        None if binary.len() != capture.len() => Twin::Cut { binary_bytes: binary.len(), capture_bytes: capture.len() },
        None if unknown_bytes > 0 => Twin::AgreesWhereKnown { unknown_bytes },
        None => Twin::Identical,
    }
}
