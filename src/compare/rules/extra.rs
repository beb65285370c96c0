//! Rules for bytes that one side holds and the other does not: too many, or missing.

use super::super::segment::Evidence;
use super::super::side::{Ground, Which};
use super::super::{Cause, align};
use super::{Verdict, strength};
use crate::image::{PAGE_BYTES, Span};

/// Bytes in one XMODEM block (boot-loader.md section 3.1, certain).
pub(super) const BLOCK_BYTES: usize = 128;
/// Bytes in one line of a memory display.
const LINE_BYTES: usize = 16;
/// More pages than this in front of an image are not carried over.
const CARRIED_PAGES_MAX: usize = 16;

/// So many blocks in a row may be left in the image, each asked for again.
const RESENT_BLOCKS_MAX: usize = 32;
/// Lost or repeated bytes that reach over the border of something recognised are no more than this.
const ACROSS_MAX_BYTES: usize = 16 * PAGE_BYTES;

/// Bytes that one side holds and the other does not.
pub(super) struct Extra<'g, 'a> {
    pub which: Which,
    pub span: Span,
    pub bytes: &'a [u8],
    pub ground: &'g Ground<'a>,
    /// The side that does not hold them.
    pub other: &'g Ground<'a>,
    /// Where it starts in the old image: at its first byte, or where it was put in. Lines, pages and blocks are counted
    /// here, for what went wrong before does not shift the old image.
    pub old_start: usize,
    /// Nothing stands before it on either side.
    pub at_front: bool,
    /// Nothing follows on either side.
    pub at_end: bool,
    /// Both images begin with the same thing, and it is not this.
    pub same_front: bool,
}

impl Extra<'_, '_> {
    pub fn verdicts(&self) -> Vec<Verdict> {
        if self.bytes.len() == self.ground.side.bytes.len() {
            return Vec::new(); // the other side has nothing to compare with
        }
        let verdicts = if self.at_end {
            [self.cut_tail(), self.repeated().filter(|_| self.which == Which::New), None, None]
        } else {
            [self.carried_page(), self.resent_block(), self.repeated(), self.missing()]
        };
        verdicts.into_iter().flatten().collect()
    }

    fn is_whole(&self, unit: usize) -> bool {
        self.bytes.len().is_multiple_of(unit)
    }

    /// Whether it starts at a multiple of `unit`, as display commands and block transfers count.
    fn starts_at(&self, unit: usize) -> bool {
        self.old_start.is_multiple_of(unit) || self.ground.in_pages(self.span.start()).is_multiple_of(unit)
    }

    /// Whether it holds what was put there as something of its own, which no line, page or block is: an image with
    /// its footer, or what stands in front of an image.
    fn is_something_else(&self) -> bool {
        self.ground.holds_a_whole_place(self.span)
            || (self.bytes.len() > ACROSS_MAX_BYTES && self.ground.crosses_a_place(self.span))
            || (self.at_front && self.ground.starts_payload(self.span.end()))
    }

    fn cut_tail(&self) -> Option<Verdict> {
        let evidence = Evidence::In(self.which);
        let other_len = self.other.side.bytes.len();
        // What ends with something whole was not cut.
        if self.other.place_before(other_len).is_some_and(|last| last.is_recognised() && last.is_whole()) {
            return None;
        }
        let whole_pages = other_len.is_multiple_of(PAGE_BYTES)
            || (self.which == Which::Old && self.old_start.is_multiple_of(PAGE_BYTES));
        // Cut in the middle of something: what stood behind that is missing for the same reason.
        let cut = self.ground.place_at(self.span).filter(|place| place.span.start() < self.span.start());
        let cut = cut.filter(|_| !align::is_filler(self.bytes));
        let strength = match (self.which, whole_pages) {
            (Which::Old, _) if cut.is_some() && self.same_front => strength::CUT_INSIDE,
            (_, true) => strength::TAIL,
            (Which::Old, false) => strength::TAIL_IN_PAGE,
            (Which::New, false) => return None,
        };
        Some(Verdict::new(strength, Cause::CutTail, evidence))
    }

    fn carried_page(&self) -> Option<Verdict> {
        if !self.at_front || !self.is_whole(PAGE_BYTES) || self.bytes.len() > CARRIED_PAGES_MAX * PAGE_BYTES {
            return None;
        }
        let recognised = self.ground.starts_payload(self.span.end());
        let strength = match (recognised, self.which) {
            (true, _) => strength::EVERY_BYTE,
            (false, Which::New) => strength::FRONT,
            (false, Which::Old) => strength::POSSIBLE,
        };
        Some(Verdict::new(strength, Cause::CarriedPage, Evidence::In(self.which)))
    }

    /// A copy of the block behind it, or at least a few blocks at a block boundary in the midst of an image.
    fn resent_block(&self) -> Option<Verdict> {
        let few = 1..=RESENT_BLOCKS_MAX * BLOCK_BYTES;
        if !few.contains(&self.bytes.len()) || !self.is_whole(BLOCK_BYTES) || !self.starts_at(BLOCK_BYTES) {
            return None;
        }
        let twin = Span::at(self.span.end(), BLOCK_BYTES);
        let good = twin.of(self.ground.side.bytes);
        let wrong_in = |block: &[u8]| block.iter().zip(good).filter(|(bad, good)| bad != good).count();
        let blocks = self.bytes.chunks_exact(BLOCK_BYTES);
        let worst = blocks.clone().map(wrong_in).max().unwrap_or(BLOCK_BYTES);
        // A single block may be badly damaged. Where blocks resemble each other anyway (tables), a copy must be close.
        let (strength, wrong_max) = match (self.which, self.bytes.len()) {
            (Which::New, BLOCK_BYTES) => (strength::BLOCK_COPY, BLOCK_BYTES / 2),
            (Which::New, _) => (strength::BLOCK_COPIES, BLOCK_BYTES / 4),
            (Which::Old, BLOCK_BYTES) => (strength::BLOCK, BLOCK_BYTES / 8),
            (Which::Old, _) => (strength::POSSIBLE, BLOCK_BYTES / 8),
        };
        if good.len() == BLOCK_BYTES && worst <= wrong_max && !align::is_filler(good) {
            let evidence = Evidence::CopyOf { which: self.which, twin, wrong: blocks.map(wrong_in).sum() };
            return Some(Verdict::new(strength, Cause::XmodemResend, evidence));
        }
        // A dump loses or repeats lines. Blocks that the flash has too many point to XMODEM, but not in front of an
        // image nor between two of them.
        let in_the_midst = !self.at_front
            && !self.ground.crosses_a_place(self.span)
            && !self.ground.starts_payload(self.span.end())
            && !self.ground.starts_payload(self.span.start());
        let told = self.which == Which::New && blocks.clone().all(|block| !align::is_filler(block));
        (in_the_midst && told).then(|| Verdict::new(strength::BLOCK, Cause::XmodemResend, Evidence::In(self.which)))
    }

    /// The same bytes stand right before or behind it.
    fn repeated(&self) -> Option<Verdict> {
        let all = self.ground.side.bytes;
        let len = self.bytes.len();
        let (cause, unit) = match len {
            0 => return None,
            _ if self.is_whole(PAGE_BYTES) => (Cause::RepeatedPage, PAGE_BYTES),
            _ if self.is_whole(LINE_BYTES) => (Cause::RepeatedLine, LINE_BYTES),
            _ => return None,
        };
        // Once, or over and over.
        let twin = [len, unit].into_iter().find_map(|period| {
            let before = self.span.start().checked_sub(period).map(|start| Span::at(start, len));
            let behind = Span::at(self.span.start() + period, len);
            [before, Some(behind)].into_iter().flatten().find(|twin| twin.of(all) == self.bytes)
        })?;
        let told = !align::is_filler(self.bytes);
        let strength = match (self.which, cause) {
            _ if !told => strength::FILL_COPY,
            (Which::New, Cause::RepeatedPage) => strength::PAGE_COPY,
            (Which::New, _) => strength::LINE_COPY,
            // What was flashed is right, as long as nothing says otherwise: the dump lost it.
            (Which::Old, _) => strength::FILL_COPY,
        };
        Some(Verdict::new(strength, cause, Evidence::CopyOf { which: self.which, twin, wrong: 0 }))
    }

    fn missing(&self) -> Option<Verdict> {
        if self.bytes.is_empty() || !self.is_whole(LINE_BYTES) || self.is_something_else() {
            return None;
        }
        let (cause, strength) = if self.is_whole(PAGE_BYTES) && self.starts_at(PAGE_BYTES) {
            (Cause::MissingPage, strength::MISSING_PAGES)
        } else if self.starts_at(LINE_BYTES) {
            (Cause::MissingLine, strength::MISSING_LINES)
        } else {
            (Cause::MissingLine, strength::PLACE_DAMAGED)
        };
        let strength = if self.which == Which::Old { strength } else { strength.min(strength::MISSING_IN_OLD) };
        Some(Verdict::new(strength, cause, Evidence::In(self.which)))
    }
}
