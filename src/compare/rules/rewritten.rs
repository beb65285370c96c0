//! Whether a file of the same size was changed on purpose, or a digit of it went wrong.
//!
//! A romfs has no checksum over the content of its files, so both look alike where a single byte differs. Noise is
//! rare and hits single digits; whoever changes a program or a text changes more than that.

use super::super::Cause;
use super::super::segment::{Evidence, Segment};
use super::super::side::{Ground, Label, Proof, Which};
use super::content::is_one_digit;

/// More wrong digits than these are no noise: some in any file, and one in so many bytes.
const NOISE_DIGITS: usize = 2;
const NOISE_BYTES_PER_DIGIT: usize = 200;

/// What differs in one file.
#[derive(Default)]
struct Tally {
    digits: usize,
    others: usize,
    /// Bytes that became filler.
    filled: usize,
    /// Behind the last segment that belongs to it.
    end: usize,
}

/// Takes back what was said of single bytes in files that were rewritten.
pub(super) fn files(segments: &mut [Segment], old: &Ground<'_>, new: &Ground<'_>) {
    let mut start = 0;
    while let Some(rest) = segments.get_mut(start..).filter(|rest| !rest.is_empty()) {
        let first = rest.iter().position(|segment| label_of(segment, old, new).is_some());
        let Some((first, label)) = first.and_then(|at| Some((at, label_of(rest.get(at)?, old, new)?))) else { return };
        let mut tally = Tally { end: first + 1, ..Tally::default() };
        for (at, segment) in rest.iter().enumerate().skip(first) {
            match label_of(segment, old, new) {
                Some(same) if same.span == label.span => {
                    tally.end = at + 1;
                    tally.add(segment, old, new);
                }
                None if segment.cause == Cause::Equal && segment.new.start() < label.span.end() => {}
                _ => break,
            }
        }
        if tally.is_rewritten(label) {
            for segment in rest.get_mut(first..tally.end).unwrap_or_default() {
                let is_fill = matches!(segment.cause, Cause::Erased | Cause::ZeroFill)
                    && (tally.filled < tally.others || !became_filler(segment));
                if is_small(segment.cause) || is_fill {
                    segment.cause = label.cause;
                    segment.evidence = Evidence::Told(label.note.clone());
                    segment.also = None;
                }
            }
        }
        start += tally.end;
    }
}

/// The label of a file of the same size, if the segment lies in one and differs.
fn label_of<'a>(segment: &Segment, old: &Ground<'a>, new: &Ground<'a>) -> Option<&'a Label> {
    if segment.cause == Cause::Equal {
        return None;
    }
    let ground = if segment.new.is_empty() { (old, segment.old, Which::Old) } else { (new, segment.new, Which::New) };
    let label = ground.0.label_at(ground.1)?;
    (label.cause == Cause::FileChanged && label.proof == Proof::Likely).then_some(label)
}

/// What a rewritten file can look like by chance.
const fn is_small(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::DigitError | Cause::Unexplained | Cause::RepeatedLine | Cause::MissingLine | Cause::XmodemPadding
    )
}

/// Whether the new bytes are the filler: what replaces filler is content.
fn became_filler(segment: &Segment) -> bool {
    matches!(segment.evidence, Evidence::In(Which::New) | Evidence::InsteadOfContent(Which::New))
}

impl Tally {
    fn add(&mut self, segment: &Segment, old: &Ground<'_>, new: &Ground<'_>) {
        let pairs = segment.old.of(old.side.bytes).iter().zip(segment.new.of(new.side.bytes));
        match segment.cause {
            Cause::DigitError => self.digits += pairs.filter(|(old, new)| old != new).count(),
            Cause::FileChanged | Cause::Unexplained if segment.old.len() == segment.new.len() => {
                let differing = pairs.filter(|(old, new)| old != new);
                self.others += differing.filter(|(old, new)| !is_one_digit(**old, **new)).count();
            }
            Cause::FileChanged | Cause::Unexplained => self.others += segment.len_bytes(),
            Cause::Erased | Cause::ZeroFill if became_filler(segment) => self.filled += segment.new.len(),
            Cause::Erased | Cause::ZeroFill => self.others += segment.len_bytes(),
            _ => {}
        }
    }

    /// One rewritten byte in three or fewer looks like a wrong digit.
    fn is_rewritten(&self, label: &Label) -> bool {
        self.digits < 4 * self.others || self.digits > NOISE_DIGITS + label.span.len() / NOISE_BYTES_PER_DIGIT
    }
}
