//! An [`Image`]: bytes, the flash address of byte 0 (if known), and which of the bytes are really known.
//!
//! Offsets count from the first byte of an image; addresses are where the camera sees a byte. The two are different
//! types and only an image that knows its address turns one into the other.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Deref;

use memmap2::Mmap;
use serde::{Serialize, Serializer};

/// The first address of the flash on every W90N745 camera (boot-loader.md section 5, certain).
pub const FLASH_BASE: FlashAddr = FlashAddr(0x7F00_0000);

/// The largest flash that the boot loader's table lists: 8 MiB (boot-loader.md section 5, certain).
pub const FLASH_MAX_BYTES: usize = 0x80_0000;

/// The erase block that images and footers are laid out by: 64 KiB (boot-loader.md section 2.1, certain).
pub const ERASE_BLOCK_BYTES: usize = 0x1_0000;

/// The bytes that one memory-display command prints (boot-loader.md section 3, certain).
pub const PAGE_BYTES: usize = 0x100;

/// An address as the camera's processor sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlashAddr(pub u32);

impl FlashAddr {
    /// The address `bytes` further on, or `None` beyond the 32-bit address space.
    pub fn checked_add(self, bytes: usize) -> Option<Self> {
        u32::try_from(bytes).ok().and_then(|bytes| self.0.checked_add(bytes)).map(Self)
    }

    /// How many bytes this address lies behind `origin`, or `None` if it lies before it.
    pub fn bytes_since(self, origin: Self) -> Option<usize> {
        self.0.checked_sub(origin.0).and_then(|bytes| usize::try_from(bytes).ok())
    }

    /// Whether the address lies in the flash window of these cameras.
    pub fn is_in_flash(self) -> bool {
        self.bytes_since(FLASH_BASE).is_some_and(|bytes| bytes < FLASH_MAX_BYTES)
    }
}

impl fmt::Display for FlashAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}

impl Serialize for FlashAddr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.0)
    }
}

/// A count of bytes from the start of an image or file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Offset(pub usize);

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:X}", self.0)
    }
}

/// A half-open stretch of bytes: `start` is the offset of the first, `end` that of the first byte behind it.
///
/// The end is never before the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
pub struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// The stretch from `start` up to `end`; empty (at `start`) if `end` lies before it.
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end: if end < start { start } else { end } }
    }

    /// `len` bytes from `start` on, cut at the largest offset that a machine word holds.
    pub const fn at(start: usize, len: usize) -> Self {
        Self { start, end: start.saturating_add(len) }
    }

    /// Offset of the first byte.
    pub const fn start(self) -> usize {
        self.start
    }

    /// Offset of the first byte behind the stretch.
    pub const fn end(self) -> usize {
        self.end
    }

    /// Bytes in the stretch.
    pub const fn len(self) -> usize {
        self.end.saturating_sub(self.start)
    }

    /// Whether there is no byte in it.
    pub const fn is_empty(self) -> bool {
        self.end == self.start
    }

    /// Whether the byte at `offset` belongs to it.
    pub const fn contains(self, offset: usize) -> bool {
        self.start <= offset && offset < self.end
    }

    /// Whether all of `other` lies inside (an empty one lies inside what it touches).
    pub const fn encloses(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The bytes that both hold; `None` if they share none.
    pub fn overlap(self, other: Self) -> Option<Self> {
        let shared = Self { start: self.start.max(other.start), end: self.end.min(other.end) };
        (shared.start < shared.end).then_some(shared)
    }

    /// The same stretch, counted from an origin `bytes` earlier.
    pub const fn shifted(self, bytes: usize) -> Self {
        Self { start: self.start.saturating_add(bytes), end: self.end.saturating_add(bytes) }
    }

    /// The bytes of `bytes` that the stretch names; what lies beyond their end is left out.
    pub fn of(self, bytes: &[u8]) -> &[u8] {
        let end = self.end.min(bytes.len());
        bytes.get(self.start.min(end)..end).unwrap_or_default()
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", Offset(self.start), Offset(self.end))
    }
}

/// A set of bytes as sorted stretches that neither touch nor overlap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SpanSet(Vec<Span>);

impl SpanSet {
    /// The set that holds just `span`.
    pub fn of(span: Span) -> Self {
        std::iter::once(span).collect()
    }

    /// Adds `span`, joining it with what it touches. Adding in rising order takes constant time each.
    pub fn insert(&mut self, span: Span) {
        if span.is_empty() {
            return;
        }
        if let Some(last) = self.0.last_mut().filter(|last| last.start <= span.start && span.start <= last.end) {
            last.end = last.end.max(span.end);
            return;
        }
        let first = self.0.partition_point(|known| known.end < span.start);
        let behind = self.0.partition_point(|known| known.start <= span.end);
        let mut joined = span;
        for touched in self.0.drain(first..behind.max(first)) {
            joined = Span::new(joined.start.min(touched.start), joined.end.max(touched.end));
        }
        self.0.insert(first, joined);
    }

    /// The stretches in rising order.
    pub fn iter(&self) -> impl Iterator<Item = Span> + '_ {
        self.0.iter().copied()
    }

    /// Whether there is no byte in the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes in the set.
    pub fn len_bytes(&self) -> usize {
        self.0.iter().map(|span| span.len()).sum()
    }

    /// Whether every byte of `span` is in the set.
    pub fn encloses(&self, span: Span) -> bool {
        let behind = self.0.partition_point(|known| known.start <= span.start);
        span.is_empty() || behind.checked_sub(1).and_then(|at| self.0.get(at)).is_some_and(|known| known.encloses(span))
    }

    /// What of the set lies in `whole`, in rising order.
    pub fn overlapping(&self, whole: Span) -> impl Iterator<Item = Span> + '_ {
        let first = self.0.partition_point(|known| known.end <= whole.start);
        let rest = self.0.get(first..).unwrap_or_default();
        rest.iter().map_while(move |known| known.overlap(whole))
    }

    /// The stretches of `whole` that are not in the set, in rising order.
    pub fn gaps_in(&self, whole: Span) -> Vec<Span> {
        let mut gaps = Vec::new();
        let mut at = whole.start;
        for known in self.overlapping(whole) {
            if at < known.start {
                gaps.push(Span::new(at, known.start));
            }
            at = known.end;
        }
        if at < whole.end {
            gaps.push(Span::new(at, whole.end));
        }
        gaps
    }
}

impl FromIterator<Span> for SpanSet {
    fn from_iter<I: IntoIterator<Item = Span>>(spans: I) -> Self {
        let mut set = Self::default();
        for span in spans {
            set.insert(span);
        }
        set
    }
}

#[derive(Debug)]
enum Bytes {
    Owned(Vec<u8>),
    Mapped(Mmap),
}

/// Bytes, the flash address of byte 0 if known, and the bytes that are really known.
///
/// Dereferences to the bytes. A byte that is not known reads as 0xFF, the value of erased flash, and must not be
/// taken for evidence: ask [`Image::known`] or [`Image::gaps`].
#[derive(Debug)]
pub struct Image {
    bytes: Bytes,
    address: Option<FlashAddr>,
    known: SpanSet,
}

impl Image {
    /// An image whose bytes are all known.
    pub fn new(bytes: Vec<u8>, address: Option<FlashAddr>) -> Self {
        let known = SpanSet::of(Span::new(0, bytes.len()));
        Self { bytes: Bytes::Owned(bytes), address, known }
    }

    /// An image with holes: only the bytes in `known` are more than a filler.
    pub fn with_holes(bytes: Vec<u8>, address: Option<FlashAddr>, known: SpanSet) -> Self {
        Self { bytes: Bytes::Owned(bytes), address, known }
    }

    /// Maps a file into memory, without reading it. The address is not known.
    ///
    /// # Errors
    /// What the system says when it cannot map the file.
    #[allow(unsafe_code)]
    pub fn map(file: &File) -> io::Result<Self> {
        if file.metadata()?.len() == 0 {
            return Ok(Self::new(Vec::new(), None));
        }
        // SAFETY: the map is private and read-only. Should another program shorten the file meanwhile, the system
        // ends this process with SIGBUS; nothing is written by then that was not complete.
        let map = unsafe { Mmap::map(file)? };
        let known = SpanSet::of(Span::new(0, map.len()));
        Ok(Self { bytes: Bytes::Mapped(map), address: None, known })
    }

    /// The same image, now with the flash address of its first byte.
    pub fn at(mut self, address: FlashAddr) -> Self {
        self.address = Some(address);
        self
    }

    /// The flash address of the first byte, if known.
    pub fn address(&self) -> Option<FlashAddr> {
        self.address
    }

    /// The address of the byte at `offset`, if the image knows where it belongs.
    pub fn address_of(&self, offset: Offset) -> Option<FlashAddr> {
        self.address?.checked_add(offset.0)
    }

    /// The offset of the byte at `address`, if the image holds it.
    pub fn offset_of(&self, address: FlashAddr) -> Option<Offset> {
        address.bytes_since(self.address?).filter(|&bytes| bytes < self.len()).map(Offset)
    }

    /// All of the image as one stretch.
    pub fn span(&self) -> Span {
        Span::new(0, self.len())
    }

    /// The bytes that are really known.
    pub fn known(&self) -> &SpanSet {
        &self.known
    }

    /// The stretches whose bytes are not known.
    pub fn gaps(&self) -> Vec<Span> {
        self.known.gaps_in(self.span())
    }
}

impl Deref for Image {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Owned(bytes) => bytes,
            Bytes::Mapped(map) => map,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_set_joins_what_touches() {
        let set: SpanSet =
            [Span::new(0, 4), Span::new(8, 12), Span::new(4, 8), Span::new(20, 24)].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [Span::new(0, 12), Span::new(20, 24)]);
        assert_eq!(set.len_bytes(), 16);
        assert_eq!(set.gaps_in(Span::new(2, 30)), [Span::new(12, 20), Span::new(24, 30)]);
        assert!(set.encloses(Span::new(1, 12)));
        assert!(!set.encloses(Span::new(11, 13)));
        assert!(!set.encloses(Span::new(12, 13)));
    }

    #[test]
    fn an_address_and_its_offset_lead_to_each_other() {
        let image = Image::new(vec![0; 0x200], Some(FlashAddr(0x7F02_0000)));
        assert_eq!(image.address_of(Offset(0x100)), Some(FlashAddr(0x7F02_0100)));
        assert_eq!(image.offset_of(FlashAddr(0x7F02_01FF)), Some(Offset(0x1FF)));
        assert_eq!(image.offset_of(FlashAddr(0x7F02_0200)), None);
        assert_eq!(image.offset_of(FlashAddr(0x7F01_FFFF)), None);
    }

    #[test]
    fn a_span_never_reads_beyond_the_bytes() {
        assert_eq!(Span::new(2, 9).of(b"abcd"), b"cd");
        assert_eq!(Span::new(7, 9).of(b"abcd"), b"");
        assert!(Span::new(9, 7).is_empty());
        assert_eq!(Span::at(usize::MAX, 4).len(), 0);
    }
}
