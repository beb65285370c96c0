//! What was read from a text, in the order of the text, before any of it is believed.
//!
//! The bytes of all lines stand one behind the other; a [`Run`] is a stretch of them whose addresses follow on each
//! other. Nothing is dropped here, so that several captures can be held against each other later.

use super::Dialect;
use super::line::{Column, LINE_BYTES, Line, Order, Unit, swap_words};
use crate::image::{Span, SpanSet};

/// Lines whose addresses follow on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// The address of the first byte.
    pub address: u32,
    /// Where the bytes start in [`Evidence::bytes`].
    pub start: usize,
    pub len: usize,
    pub first_line: u32,
    pub last_line: u32,
    pub lines: usize,
}

impl Run {
    /// The address behind the last byte, which can be 2^32.
    pub fn end(&self) -> u64 {
        u64::from(self.address).saturating_add(u64::try_from(self.len).unwrap_or(u64::MAX))
    }
}

/// A line whose ASCII column contradicts some of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Doubt {
    /// Where the line's bytes start in [`Evidence::bytes`].
    pub start: usize,
    /// A bit for each of the bytes in doubt, counted from `start`.
    pub bytes: u16,
    /// What the column shows for each of them.
    pub shown: [u8; LINE_BYTES],
}

impl Doubt {
    /// Whether the byte `place` behind `start` is in doubt.
    pub fn names(&self, place: usize) -> bool {
        u32::try_from(place).ok().and_then(|place| self.bytes.checked_shr(place)).is_some_and(|bits| bits & 1 == 1)
    }
}

/// A line of which a half or more could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damage {
    pub address: u32,
    /// The first byte of the line that is lost: 0 or 8.
    pub first_lost: u8,
    pub text_offset: usize,
}

/// The lines of words, in whose order more than one line may have a say.
#[derive(Debug, Default)]
struct Words {
    lines: usize,
    /// Lines in swapped order, whatever tells so.
    lines_swapped: usize,
    /// How many lines their own ASCII column settles for each order.
    little_endian: usize,
    swapped: usize,
    /// Lines that no ASCII column settles and whose bytes depend on the order.
    open: usize,
    /// That of the last line that was settled.
    order: Option<Order>,
    /// The bytes of lines in front of the first settled one.
    waiting: SpanSet,
    lines_waiting: usize,
}

/// Everything that a text says, in its order.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub bytes: Vec<u8>,
    pub runs: Vec<Run>,
    /// In rising order of `start`.
    pub doubts: Vec<Doubt>,
    pub damages: Vec<Damage>,
    /// Lines of which at least one half was read.
    pub lines_read: usize,
    pub without_ascii: usize,
    /// The bytes of lines that no whole ASCII column confirms, as stretches of `bytes`.
    pub unconfirmed: SpanSet,
    byte_lines: usize,
    half_word_lines: usize,
    words: Words,
}

/// How the order of the words came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct WordOrder {
    pub little_endian: usize,
    pub swapped: usize,
    /// Lines that no ASCII column settles and whose bytes would differ.
    pub unsettled: usize,
}

impl Evidence {
    /// Room for what `text_bytes` of well-formed text can hold.
    pub fn with_room_for(text_bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(text_bytes / 5), ..Self::default() }
    }

    /// Takes what could be read of a line.
    #[inline]
    pub fn push_line(&mut self, line: &Line, text_offset: usize) {
        let start = self.bytes.len();
        let bytes = line.bytes.get(line.first..line.end).unwrap_or_default();
        let first_address = line.address.saturating_add(u32::try_from(line.first).unwrap_or(0));
        self.push(line.address, first_address, bytes);
        match line.unit {
            Unit::Byte => self.byte_lines = self.byte_lines.saturating_add(1),
            Unit::HalfWord => self.half_word_lines = self.half_word_lines.saturating_add(1),
            Unit::Word => self.settle_words(Span::new(start, self.bytes.len()), line.order),
        }
        match line.column {
            Column::Agrees => {}
            Column::Absent => {
                self.without_ascii = self.without_ascii.saturating_add(1);
                self.unconfirmed.insert(Span::new(start, self.bytes.len()));
            }
            Column::Contradicts { bytes, mut shown } => {
                shown.rotate_left(line.first);
                let bytes = bytes.checked_shr(u32::try_from(line.first).unwrap_or(0)).unwrap_or(0);
                self.doubts.push(Doubt { start, bytes, shown });
            }
        }
        if line.end < LINE_BYTES {
            self.damages.push(Damage { address: line.address, first_lost: 8, text_offset });
        }
    }

    /// Notes a line of which nothing could be read.
    pub fn push_damaged(&mut self, address: u32, text_offset: usize) {
        self.damages.push(Damage { address, first_lost: 0, text_offset });
    }

    #[inline]
    fn push(&mut self, line: u32, address: u32, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.lines_read = self.lines_read.saturating_add(1);
        match self.runs.last_mut() {
            Some(run) if run.end() == u64::from(address) => {
                run.len = run.len.saturating_add(bytes.len());
                run.last_line = line;
                run.lines = run.lines.saturating_add(1);
            }
            _ => {
                let run = Run { address, start, len: bytes.len(), first_line: line, last_line: line, lines: 1 };
                self.runs.push(run);
            }
        }
    }

    /// Settles the order of a line's words that their own ASCII column leaves open: they follow the line before them,
    /// else the first settled one behind, else they are little-endian as the plain `d` prints.
    fn settle_words(&mut self, line: Span, order: Order) {
        let words = &mut self.words;
        words.lines = words.lines.saturating_add(1);
        let count = match order {
            Order::LittleEndian => &mut words.little_endian,
            Order::Swapped => &mut words.swapped,
            Order::Open => {
                let bytes = self.bytes.get_mut(line.start()..line.end()).unwrap_or_default();
                let depends_on_order = bytes.as_chunks::<4>().0.iter().any(|[a, b, c, d]| (a, b) != (d, c));
                words.open = words.open.saturating_add(usize::from(depends_on_order));
                match words.order {
                    Some(Order::Swapped) => {
                        swap_words(bytes);
                        words.lines_swapped = words.lines_swapped.saturating_add(1);
                    }
                    Some(_) => {}
                    None => {
                        words.waiting.insert(line);
                        words.lines_waiting = words.lines_waiting.saturating_add(1);
                    }
                }
                return;
            }
        };
        *count = count.saturating_add(1);
        words.order = Some(order);
        let waiting = std::mem::take(&mut words.lines_waiting);
        let spans = std::mem::take(&mut words.waiting);
        if order == Order::Swapped {
            words.lines_swapped = words.lines_swapped.saturating_add(waiting).saturating_add(1);
            for span in spans.iter() {
                swap_words(self.bytes.get_mut(span.start()..span.end()).unwrap_or_default());
            }
        }
    }

    /// How the order of the words came to be known. How many lines had to be guessed (none is settled, or one text
    /// has both orders) is told.
    pub fn word_order(&self) -> WordOrder {
        let Words { little_endian, swapped, open, .. } = self.words;
        let is_certain = (little_endian == 0) != (swapped == 0);
        WordOrder { little_endian, swapped, unsettled: if is_certain { 0 } else { open } }
    }

    /// The layouts that occur, the most frequent first. Words count as settled.
    pub fn dialects(&self) -> Vec<(Dialect, usize)> {
        let mut dialects = vec![
            (Dialect::Bytes, self.byte_lines),
            (Dialect::HalfWords, self.half_word_lines),
            (Dialect::Words, self.words.lines.saturating_sub(self.words.lines_swapped)),
            (Dialect::SwappedWords, self.words.lines_swapped),
        ];
        dialects.retain(|(_, lines)| *lines > 0);
        dialects.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
        dialects
    }
}
