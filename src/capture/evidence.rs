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

/// A line of words, whose byte order only the whole capture may settle.
#[derive(Debug, Clone, Copy)]
struct WordLine {
    start: usize,
    len: usize,
    order: Order,
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
    word_lines: Vec<WordLine>,
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

    /// Takes a `d -b` line that nothing is wrong with.
    #[inline]
    pub fn push_whole(&mut self, address: u32, bytes: &[u8; LINE_BYTES]) {
        self.byte_lines = self.byte_lines.saturating_add(1);
        self.push(address, address, bytes);
    }

    /// Takes what could be read of a line.
    pub fn push_line(&mut self, line: &Line, text_offset: usize) {
        let start = self.bytes.len();
        let bytes = line.bytes.get(line.first..line.end).unwrap_or_default();
        let first_address = line.address.saturating_add(u32::try_from(line.first).unwrap_or(0));
        self.push(line.address, first_address, bytes);
        match line.unit {
            Unit::Byte => self.byte_lines = self.byte_lines.saturating_add(1),
            Unit::HalfWord => self.half_word_lines = self.half_word_lines.saturating_add(1),
            Unit::Word => self.word_lines.push(WordLine { start, len: bytes.len(), order: line.order }),
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

    /// Settles the order of words that their own ASCII column leaves open: they follow the line before them, else the
    /// first settled one behind, else they are little-endian as the plain `d` prints. How many lines had to be guessed
    /// so (none is settled, or one text has both orders) is told.
    pub fn settle_words(&mut self) -> WordOrder {
        let mut settled = WordOrder::default();
        for line in &self.word_lines {
            match line.order {
                Order::LittleEndian => settled.little_endian = settled.little_endian.saturating_add(1),
                Order::Swapped => settled.swapped = settled.swapped.saturating_add(1),
                Order::Open => {}
            }
        }
        let certain = (settled.little_endian == 0) != (settled.swapped == 0);
        let mut order = self.word_lines.iter().map(|line| line.order).find(|order| *order != Order::Open);
        for line in &mut self.word_lines {
            if line.order != Order::Open {
                order = Some(line.order);
                continue;
            }
            line.order = order.unwrap_or(Order::LittleEndian);
            let Some(bytes) = line.start.checked_add(line.len).and_then(|end| self.bytes.get_mut(line.start..end))
            else {
                continue;
            };
            let depends_on_order = bytes.as_chunks::<4>().0.iter().any(|[a, b, c, d]| (a, b) != (d, c));
            if line.order == Order::Swapped {
                swap_words(bytes);
            }
            if !certain && depends_on_order {
                settled.unsettled = settled.unsettled.saturating_add(1);
            }
        }
        settled
    }

    /// The layouts that occur, the most frequent first. Words count as settled.
    pub fn dialects(&self) -> Vec<(Dialect, usize)> {
        let swapped = self.word_lines.iter().filter(|line| line.order == Order::Swapped).count();
        let mut dialects = vec![
            (Dialect::Bytes, self.byte_lines),
            (Dialect::HalfWords, self.half_word_lines),
            (Dialect::Words, self.word_lines.len().saturating_sub(swapped)),
            (Dialect::SwappedWords, swapped),
        ];
        dialects.retain(|(_, lines)| *lines > 0);
        dialects.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
        dialects
    }
}
