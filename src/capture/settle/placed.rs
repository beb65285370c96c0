//! The bytes of the chosen lines at their places, and what speaks for and against each of them.

use memchr::memchr2;

use super::super::dialect::{Family, Space};
use super::super::evidence::{Doubt, Evidence, Run};
use super::super::line::LINE_BYTES;
use super::{Addresses, FINDINGS_MAX, capped, space, with_rest};
use crate::finding::{Fact, Finding};
use crate::image::{FlashAddr, Image, PAGE_BYTES, Span, SpanSet};

/// What is held of one captured byte of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Held {
    Clean = 0,
    AsciiDiffers = 1,
    Conflict = 2,
}

/// Two readings of one byte.
struct Conflict {
    offset: usize,
    first: u8,
    second: u8,
}

/// An image in the making. Memory: at most two bytes for each byte of the image.
#[derive(Default)]
pub(super) struct Placed {
    /// The address of byte 0.
    origin: u32,
    /// The address of the first line, which can show blanks before byte 0.
    first_line: u32,
    /// Whether the addresses are those that the camera's processor sees.
    is_in_memory: bool,
    /// Whether all of it comes in pages of the boot loader.
    has_pages: bool,
    bytes: Vec<u8>,
    /// A [`Held`] for each byte; empty as long as all are clean.
    held: Vec<u8>,
    /// The bytes that a line gave, doubtful or not.
    captured: SpanSet,
    /// The first of them, as many as are listed.
    conflicts: Vec<Conflict>,
    /// Numbers of 256-byte pages from which bytes were read again, and again the same.
    repeated: Vec<u32>,
    /// Numbers of those where something differed or was in doubt.
    unequal: Vec<u32>,
}

impl Placed {
    /// Places `runs`, which are sorted by address and near enough to each other to be one image. May take the bytes
    /// out of `evidence`.
    pub fn new(runs: &[Run], evidence: &mut Evidence) -> Self {
        let Some(first) = runs.first() else { return Self::default() };
        let mut placed = Self {
            origin: first.address,
            first_line: first.first_line,
            is_in_memory: space(first) == Space::Memory,
            has_pages: runs.iter().all(|run| run.family == Family::BootLoader),
            ..Self::default()
        };
        // The common case, and the one that has to be fast: one perfect run is the image.
        if runs.len() == 1 && first.len == evidence.bytes.len() && evidence.doubts.is_empty() {
            placed.bytes = std::mem::take(&mut evidence.bytes);
            placed.captured = SpanSet::of(placed.span());
            return placed;
        }
        let end = runs.iter().map(Run::end).max().unwrap_or(0);
        let len = usize::try_from(end.saturating_sub(u64::from(first.address))).unwrap_or(0);
        placed.bytes = vec![0xFF; len];
        let mut behind = 0;
        for run in runs {
            let from = placed.offset(run.address);
            let bytes = Span::at(run.start, run.len).of(&evidence.bytes);
            let doubtful = doubtful_bytes(run, evidence);
            if !doubtful.is_empty() {
                placed.tell_apart();
            }
            let (again, new) = bytes.split_at(behind.max(from).saturating_sub(from).min(bytes.len()));
            placed.place_new(from.saturating_add(again.len()), new, &doubtful, again.len());
            placed.read_again(from, again, &doubtful);
            behind = behind.max(from.saturating_add(bytes.len()));
        }
        placed
    }

    /// From here on not every byte is clean.
    fn tell_apart(&mut self) {
        self.held.resize(self.bytes.len(), Held::Clean as u8);
    }

    fn offset(&self, address: u32) -> usize {
        FlashAddr(address).bytes_since(FlashAddr(self.origin)).unwrap_or(0)
    }

    fn address(&self, offset: usize) -> FlashAddr {
        FlashAddr(self.origin).checked_add(offset).unwrap_or(FlashAddr(u32::MAX))
    }

    fn page(&self, offset: usize) -> u32 {
        self.address(offset).0 / 0x100
    }

    /// Bytes that no line gave before. `skipped` of the run's bytes lie in front of them.
    fn place_new(&mut self, at: usize, bytes: &[u8], doubtful: &[usize], skipped: usize) {
        let end = at.saturating_add(bytes.len());
        if let Some(place) = self.bytes.get_mut(at..end) {
            place.copy_from_slice(bytes);
        }
        if let Some(place) = self.held.get_mut(at..end) {
            for doubt in doubtful.iter().filter_map(|place| place.checked_sub(skipped)) {
                if let Some(held) = place.get_mut(doubt) {
                    *held = Held::AsciiDiffers as u8;
                }
            }
        }
        self.captured.insert(Span::new(at, end));
    }

    /// Bytes that were read before. A clean reading outdoes one that its ASCII column contradicts; two clean ones
    /// that differ are a conflict.
    fn read_again(&mut self, at: usize, bytes: &[u8], doubtful: &[usize]) {
        let span = Span::at(at, bytes.len());
        let all_clean = doubtful.is_empty() && first_doubtful(span.of(&self.held)).is_none();
        if all_clean && span.of(&self.bytes) == bytes {
            return self.note_pages(span);
        }
        self.tell_apart();
        let mut doubtful = doubtful.iter().copied().peekable();
        for (index, byte) in bytes.iter().enumerate() {
            let offset = at.saturating_add(index);
            let is_doubtful = doubtful.next_if_eq(&index).is_some();
            let page = self.page(offset);
            let (Some(placed), Some(held)) = (self.bytes.get_mut(offset), self.held.get_mut(offset)) else { return };
            if placed == byte && !is_doubtful && *held == Held::Clean as u8 {
                continue;
            }
            if self.unequal.last() != Some(&page) {
                self.unequal.push(page);
            }
            if is_doubtful {
                continue;
            }
            if *held == Held::AsciiDiffers as u8 {
                (*placed, *held) = (*byte, Held::Clean as u8);
            } else if placed != byte && *held == Held::Clean as u8 {
                *held = Held::Conflict as u8;
                if self.conflicts.len() < FINDINGS_MAX {
                    self.conflicts.push(Conflict { offset, first: *placed, second: *byte });
                }
            }
        }
        self.note_pages(span);
    }

    fn note_pages(&mut self, span: Span) {
        if !span.is_empty() {
            let last = self.page(span.end().saturating_sub(1));
            for page in self.page(span.start())..=last {
                if self.repeated.last() != Some(&page) {
                    self.repeated.push(page);
                }
            }
        }
    }

    pub fn span(&self) -> Span {
        Span::new(0, self.bytes.len())
    }

    /// Bytes of which just this is held.
    pub fn count(&self, what: Held) -> usize {
        memchr::memchr_iter(what as u8, &self.held).count()
    }

    /// The bytes of which just this is held.
    pub fn spans_of(&self, what: Held) -> SpanSet {
        memchr::memchr_iter(what as u8, &self.held).map(|at| Span::at(at, 1)).collect()
    }

    /// 256-byte pages of the address space that have a captured byte.
    pub fn pages(&self) -> usize {
        let mut pages = 0_usize;
        let mut behind = 0_u32;
        for span in self.captured.iter() {
            let first = self.page(span.start()).max(behind);
            let end = self.page(span.end().saturating_sub(1)).saturating_add(1);
            pages = pages.saturating_add(usize::try_from(end.saturating_sub(first)).unwrap_or(0));
            behind = behind.max(end);
        }
        pages
    }

    /// The bytes that a line gave, doubtful or not.
    pub fn captured(&self) -> &SpanSet {
        &self.captured
    }

    /// The stretches that no line gave.
    pub fn gaps(&self) -> Vec<Span> {
        self.captured.gaps_in(self.span())
    }

    /// An empty span at the end of the image that is nearer to an address outside of it.
    pub fn nearest(&self, address: u32) -> Span {
        Span::at(self.offset(address).min(self.bytes.len()), 0)
    }

    /// Where `len` bytes from `address` on lie in the image; `None` if all of them were captured.
    pub fn missing_within(&self, address: u32, len: usize) -> Option<Span> {
        let Some(from) = FlashAddr(address).bytes_since(FlashAddr(self.origin)) else { return Some(Span::default()) };
        let span = Span::at(from, len);
        if self.captured.encloses(span) {
            return None;
        }
        Some(span.overlap(self.span()).unwrap_or_else(|| self.nearest(address)))
    }

    /// What was not captured; `addresses` is what the numbers of the lines are.
    pub fn gap_findings(&self, addresses: Addresses) -> Vec<Finding> {
        capped(self.gaps().into_iter(), |gap| {
            let (start, end) = (self.address(gap.start()), self.address(gap.end()));
            Finding::new(super::gap(addresses, start.0, end.0, gap.len()), gap)
        })
    }

    /// A first or last page that is shorter than the 256 bytes of one command.
    ///
    /// Pages are taken to start at multiples of 256 unless the image ends in step with an odd start, as a dump of
    /// whole pages from an odd address does.
    pub fn cut_pages(&self) -> Vec<Finding> {
        if !self.has_pages {
            return Vec::new();
        }
        let start = usize::try_from(self.first_line & 0xFF).unwrap_or(0);
        let end = usize::try_from(self.address(self.bytes.len()).0 & 0xFF).unwrap_or(0);
        if start == end {
            return Vec::new();
        }
        let head = if start == 0 { 0 } else { PAGE_BYTES.saturating_sub(start).min(self.bytes.len()) };
        // A page that is cut on both sides is one page.
        let tail = if head == self.bytes.len() { 0 } else { end };
        let spans = [Span::at(0, head), Span::new(self.bytes.len().saturating_sub(tail), self.bytes.len())];
        let cut = spans.into_iter().filter(|span| !span.is_empty());
        cut.map(|span| {
            let fact = Fact::CaptureCutPage { address: self.address(span.start()), len: span.len() };
            Finding::new(fact, span)
        })
        .collect()
    }

    /// The first [`FINDINGS_MAX`] bytes that contradict their ASCII column, with nothing better
    /// known of them.
    pub fn ascii_mismatches(&self, runs: &[Run], evidence: &Evidence) -> Vec<Finding> {
        let mut told = SpanSet::default();
        let mut listed = Vec::new();
        for run in runs {
            for doubt in doubts_of(run, evidence) {
                for (place, character) in doubt.shown.iter().enumerate().filter(|(place, _)| doubt.names(*place)) {
                    let in_run = doubt.start.saturating_add(place).saturating_sub(run.start);
                    let offset = self.offset(run.address).saturating_add(in_run);
                    let span = Span::at(offset, 1);
                    let doubtful = self.held.get(offset) == Some(&(Held::AsciiDiffers as u8));
                    if !doubtful || told.encloses(span) {
                        continue;
                    }
                    if listed.len() == FINDINGS_MAX {
                        return with_rest(listed, self.count(Held::AsciiDiffers));
                    }
                    told.insert(span);
                    let hex = self.bytes.get(offset).copied().unwrap_or(0xFF);
                    let address = self.address(offset);
                    let fact = Fact::CaptureAsciiMismatch { address, hex: hex.into(), ascii: printable(*character) };
                    listed.push(Finding::new(fact, span));
                }
            }
        }
        listed
    }

    pub fn conflicts(&self) -> Vec<Finding> {
        let listed = self.conflicts.iter().map(|conflict| {
            let Conflict { offset, first, second } = *conflict;
            let fact =
                Fact::CaptureConflict { address: self.address(offset), first: first.into(), second: second.into() };
            Finding::new(fact, Span::at(offset, 1))
        });
        with_rest(listed.collect(), self.count(Held::Conflict))
    }

    /// Pages of which something was read more than once, always with the same bytes.
    pub fn repeated_pages(&self) -> Vec<Finding> {
        let mut unequal = self.unequal.clone();
        unequal.sort_unstable();
        let mut pages = self.repeated.clone();
        pages.sort_unstable();
        pages.dedup();
        pages.retain(|page| unequal.binary_search(page).is_err());
        capped(pages.into_iter(), |page| {
            let address = page.saturating_mul(0x100).max(self.origin);
            let offset = self.offset(address);
            let span = Span::at(offset, PAGE_BYTES).overlap(self.span()).unwrap_or_default();
            Finding::new(Fact::CaptureRepeatedPage { address: FlashAddr(address) }, span)
        })
    }

    /// The image: known is what is clean.
    pub fn into_image(self) -> Image {
        if self.bytes.is_empty() {
            return Image::new(Vec::new(), None);
        }
        let mut known = SpanSet::default();
        for span in self.captured.iter() {
            let mut at = span.start();
            while let Some(doubtful) = first_doubtful(Span::new(at, span.end()).of(&self.held)) {
                known.insert(Span::at(at, doubtful));
                at = at.saturating_add(doubtful).saturating_add(1);
            }
            known.insert(Span::new(at, span.end()));
        }
        Image::with_holes(self.bytes, self.is_in_memory.then_some(FlashAddr(self.origin)), known)
    }
}

/// The first byte that is not clean.
fn first_doubtful(held: &[u8]) -> Option<usize> {
    memchr2(Held::AsciiDiffers as u8, Held::Conflict as u8, held)
}

/// The lines of a run that their ASCII columns contradict.
fn doubts_of<'e>(run: &Run, evidence: &'e Evidence) -> &'e [Doubt] {
    let first = evidence.doubts.partition_point(|doubt| doubt.start < run.start);
    let end = evidence.doubts.partition_point(|doubt| doubt.start < run.start.saturating_add(run.len));
    evidence.doubts.get(first..end).unwrap_or_default()
}

/// The bytes of a run that are in doubt, counted from its first byte, in rising order.
fn doubtful_bytes(run: &Run, evidence: &Evidence) -> Vec<usize> {
    let mut places = Vec::new();
    for doubt in doubts_of(run, evidence) {
        let line = doubt.start.saturating_sub(run.start);
        places.extend((0..LINE_BYTES).filter(|place| doubt.names(*place)).map(|place| line.saturating_add(place)));
    }
    places
}

/// A character of the text as it can be shown in a message.
fn printable(character: u8) -> char {
    if character.is_ascii_graphic() || character == b' ' { char::from(character) } else { '\u{FFFD}' }
}
