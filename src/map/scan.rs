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

/// What all candidates of a scan may hold together, in regions and findings, before the scan stops: no image makes it
/// keep more than some hundred megabytes.
const MAX_WEIGHT: usize = 1 << 21;

/// What a candidate weighs that holds nothing, in the same measure.
const MIN_WEIGHT: usize = 32;

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
    let mut span_left = bytes.len().saturating_mul(MAX_SPAN_PER_BYTE).max(MIN_SPAN_BYTES);
    let mut weight_left = MAX_WEIGHT;
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
        let (Some(still), Some(left)) =
            (span_left.checked_sub(span.len()), weight_left.checked_sub(weight(&candidate)))
        else {
            scan.stopped_at = Some(hit.start());
            break;
        };
        (span_left, weight_left) = (still, left);
        if candidate.evidence >= Evidence::Verified {
            at = at.max(span.end());
        }
        scan.candidates.push(candidate);
    }
    scan
}

fn weight(candidate: &Candidate) -> usize {
    let inside: usize = candidate.region.regions.iter().map(|region| region.regions.len() + 1).sum();
    MIN_WEIGHT + inside + candidate.findings.len()
}

fn candidate_at(bytes: &[u8], magic_at: usize, format: Option<&Format>, look: &Look) -> Option<Candidate> {
    let format = format?;
    let start = magic_at.checked_sub(format.magic_at)?;
    let candidate = (format.read)(bytes.get(start..)?, look)?;
    Some(candidate.shifted(start))
}
