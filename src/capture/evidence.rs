//! What was read from a text, in the order of the text, before any of it is believed.
//!
//! The bytes of all lines stand one behind the other; a [`Run`] is a stretch of them whose addresses follow on each
//! other. Nothing is dropped here, so that several captures can be held against each other later.

use super::dialect::{Family, Row, Shape};
use super::line::{Column, LINE_BYTES, Line, Order, Unit};
use super::words::{Words, words_of};
use super::{Dialect, WordOrder};
use crate::image::{Span, SpanSet};

/// Lines of one family whose addresses follow on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub family: Family,
    /// The address of the first byte.
    pub address: u32,
    /// Where the bytes start in [`Evidence::bytes`].
    pub start: usize,
    pub len: usize,
    pub first_line: u32,
    pub last_line: u32,
    /// Bytes that the last line is meant to show, readable or not.
    pub step: u32,
    pub lines: usize,
}

impl Run {
    /// The address behind the last byte, which can be 2^32.
    pub fn end(&self) -> u64 {
        u64::from(self.address).saturating_add(u64::try_from(self.len).unwrap_or(u64::MAX))
    }

    /// How many of its last bytes belong to a line that could not be read up to its end.
    pub fn cut_bytes(&self) -> usize {
        let line_end = u64::from(self.last_line).saturating_add(u64::from(self.step));
        let is_cut = self.end() < line_end;
        let of_last_line = self.end().saturating_sub(u64::from(self.last_line));
        if is_cut { usize::try_from(of_last_line).unwrap_or(0).min(self.len) } else { 0 }
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

/// A line of which something could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damage {
    pub address: u32,
    /// Bytes that the line is meant to show.
    pub step: usize,
    /// Which of them are lost.
    pub lost: Span,
    pub text_offset: usize,
    pub why: Harm,
}

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Harm {
    /// Characters are changed, lost or put in.
    Unreadable,
    /// The record's checksum does not hold.
    Checksum,
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
    /// Lines that a `*` stands for.
    pub squeezed: usize,
    /// Their bytes, as stretches of `bytes`.
    pub put_in: SpanSet,
    /// The last lines of texts that have one: of which family, and the address behind the last byte if it is told.
    pub ends: Vec<(Family, Option<u32>)>,
    /// How many data records there are, if a record tells.
    pub records_told: Option<usize>,
    /// Lines of data of which nothing tells where they belong.
    pub without_place: usize,
    /// `*` of which nothing tells how many lines they stand for.
    pub stars_without_place: usize,
    /// Other text between the lines: prompts, echoes, answers to other commands.
    pub other_text: usize,
    byte_lines: usize,
    half_word_lines: usize,
    words: Vec<Words>,
    /// Lines of the other dialects whose bytes have one order only.
    other_lines: Vec<(Dialect, usize)>,
}

/// Rows of another tool that nothing is wrong with, one behind the other. Their bytes are with all others.
#[derive(Debug, Default)]
pub(super) struct WholeRows {
    lines: u32,
    /// The address of the first one.
    first: u32,
    /// How many of them prove the order of the bytes in their units.
    proofs: usize,
}

impl WholeRows {
    /// Takes a row, unless it does not follow on the one before.
    #[inline(always)]
    pub fn push(&mut self, address: u32, row: &[u8; LINE_BYTES], proofs: usize, bytes: &mut Vec<u8>) -> bool {
        if self.lines == 0 {
            self.first = address;
        } else if self.first.checked_add(self.lines.saturating_mul(LINE_STEP)) != Some(address) {
            return false;
        }
        self.lines = self.lines.saturating_add(1);
        self.proofs = self.proofs.saturating_add(proofs);
        bytes.extend_from_slice(row);
        true
    }
}

impl Evidence {
    /// Room for what `text_bytes` of well-formed text can hold.
    pub fn with_room_for(text_bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(text_bytes / 5), ..Self::default() }
    }

    /// Takes rows of another tool, whose bytes are already there. `order` is that of their units, where they have several
    /// bytes.
    pub fn take_whole_rows(&mut self, rows: &WholeRows, shape: &Shape, order: Order, has_column: bool) {
        let Some(before_last) = rows.lines.checked_sub(1) else { return };
        let lines = usize::try_from(rows.lines).unwrap_or(usize::MAX);
        let len = lines.saturating_mul(LINE_BYTES);
        let start = self.bytes.len().saturating_sub(len);
        let (family, first) = (shape.dialect.family(), rows.first);
        let last_line = first.saturating_add(before_last.saturating_mul(LINE_STEP));
        let step = LINE_STEP;
        let starts_run =
            self.take_run(Run { family, address: first, start, len, first_line: first, last_line, step, lines });
        if shape.cell_bytes > 1 {
            let words = words_of(&mut self.words, shape.dialect, shape.cell_bytes);
            words.push_proved(&mut self.bytes, order, lines, rows.proofs, starts_run);
        } else {
            self.count(shape.dialect, lines);
        }
        if !has_column {
            self.push_unconfirmed(start, lines);
        }
    }

    /// Counts lines of a dialect whose bytes have one order only.
    pub fn count(&mut self, dialect: Dialect, lines: usize) {
        match self.other_lines.iter_mut().find(|(counted, _)| *counted == dialect) {
            Some((_, counted)) => *counted = counted.saturating_add(lines),
            None => self.other_lines.push((dialect, lines)),
        }
    }

    /// Takes what could be read of another tool's line.
    pub fn push_row(&mut self, row: &Row, text_offset: usize) {
        let mut lost = SpanSet::default();
        (0..row.len).filter(|place| row.is_unreadable(*place)).for_each(|place| lost.insert(Span::at(place, 1)));
        let read = lost.gaps_in(Span::new(0, row.len));
        lost.insert(Span::new(row.len, row.step));
        for (number, piece) in read.into_iter().enumerate() {
            self.push_piece(row, piece, number == 0);
        }
        let damages = lost.iter().filter(|lost| !lost.is_empty());
        self.damages.extend(damages.take(1).map(|first| Damage {
            address: row.address,
            step: row.step,
            lost: Span::new(first.start(), lost.iter().last().map_or(0, Span::end)),
            text_offset,
            why: Harm::Unreadable,
        }));
        if row.unit_bytes == 1 {
            self.count(row.dialect, 1);
        }
    }

    /// Takes the bytes of a row between two that could not be read.
    fn push_piece(&mut self, row: &Row, piece: Span, is_first: bool) {
        let start = self.bytes.len();
        let address = row.address.saturating_add(u32::try_from(piece.start()).unwrap_or(0));
        let step = u32::try_from(row.step).unwrap_or(LINE_STEP);
        let starts_run = self.push(row.dialect.family(), row.address, step, address, piece.of(&row.bytes));
        if !is_first {
            self.lines_read = self.lines_read.saturating_sub(1);
            if let Some(run) = self.runs.last_mut() {
                run.lines = run.lines.saturating_sub(1);
            }
        }
        if row.unit_bytes > 1 {
            self.push_words(row.dialect, row.unit_bytes, start, row.order, starts_run);
        }
        match row.column {
            Column::Agrees => {}
            Column::Absent => self.push_unconfirmed(start, usize::from(is_first)),
            Column::Contradicts { bytes, mut shown } => {
                shown.rotate_left(piece.start());
                let bytes = bytes.checked_shr(u32::try_from(piece.start()).unwrap_or(0)).unwrap_or(0);
                let own = 1_u16
                    .checked_shl(u32::try_from(piece.len()).unwrap_or(16))
                    .map_or(u16::MAX, |bit| bit.wrapping_sub(1));
                if bytes & own != 0 {
                    self.doubts.push(Doubt { start, bytes: bytes & own, shown });
                }
            }
        }
    }

    /// Takes a record whose checksum holds.
    pub fn push_record(&mut self, dialect: Dialect, address: u32, bytes: &[u8]) {
        if !bytes.is_empty() {
            let step = u32::try_from(bytes.len()).unwrap_or(LINE_STEP);
            self.push(dialect.family(), address, step, address, bytes);
        }
        self.count(dialect, 1);
    }

    /// Takes the bytes of several lines that nothing confirms.
    pub fn push_block(&mut self, dialect: Dialect, address: u32, bytes: &[u8], lines: usize) {
        let start = self.bytes.len();
        self.push(dialect.family(), address, u32::try_from(bytes.len()).unwrap_or(LINE_STEP), address, bytes);
        let more = lines.saturating_sub(1);
        self.lines_read = self.lines_read.saturating_add(more);
        if let Some(run) = self.runs.last_mut() {
            run.lines = run.lines.saturating_add(more);
        }
        self.count(dialect, lines);
        self.push_unconfirmed(start, lines);
    }

    /// Lines of which everything was read, though not always where their bytes belong.
    pub fn whole_lines(&self) -> usize {
        self.lines_read
            .saturating_add(self.without_place)
            .saturating_sub(self.damages.iter().filter(|damage| damage.lost.len() < damage.step).count())
    }

    /// About how many characters all lines have that were read.
    pub fn line_chars(&self) -> usize {
        let chars = |bytes: usize, of_sixteen: usize| bytes.saturating_mul(of_sixteen) / LINE_BYTES;
        let in_rows: usize = self.runs.iter().filter(|run| !run.family.has_sure_addresses()).map(|run| run.len).sum();
        chars(in_rows, ROW_CHARS).saturating_add(chars(self.bytes.len().saturating_sub(in_rows), RECORD_CHARS))
    }

    /// Records that were read of a family.
    pub fn records(&self, family: Family) -> usize {
        self.other_lines.iter().filter(|(dialect, _)| dialect.family() == family).map(|(_, lines)| *lines).sum()
    }

    /// Notes the last line of a text.
    pub fn push_end(&mut self, family: Family, address: Option<u32>) {
        self.ends.push((family, address));
    }

    /// Takes the lines that a `*` stands for: the one before it over and over, up to `end`.
    pub fn push_squeezed(&mut self, dialect: Dialect, address: u32, bytes: &[u8; LINE_BYTES], end: u32) {
        let start = self.bytes.len();
        let mut at = address;
        while at < end {
            self.push(dialect.family(), at, LINE_STEP, at, bytes);
            self.squeezed = self.squeezed.saturating_add(1);
            let Some(next) = at.checked_add(LINE_STEP) else { break };
            at = next;
        }
        self.put_in.insert(Span::new(start, self.bytes.len()));
    }

    /// Takes a line that nothing is wrong with.
    #[inline(always)] // by hand: else a copy of bytes whose number is known becomes a call
    pub fn push_whole_line(&mut self, line: &Line) {
        let start = self.bytes.len();
        let starts_run = self.push(Family::BootLoader, line.address, LINE_STEP, line.address, &line.bytes);
        self.count_units(line, start, starts_run);
        if line.column == Column::Absent {
            self.push_unconfirmed(start, 1);
        }
    }

    /// Takes what could be read of a line.
    pub fn push_line(&mut self, line: &Line, text_offset: usize) {
        let start = self.bytes.len();
        let bytes = line.bytes.get(line.first..line.end).unwrap_or_default();
        let first_address = line.address.saturating_add(u32::try_from(line.first).unwrap_or(0));
        let starts_run = self.push(Family::BootLoader, line.address, LINE_STEP, first_address, bytes);
        self.count_units(line, start, starts_run);
        match line.column {
            Column::Agrees => {}
            Column::Absent => self.push_unconfirmed(start, 1),
            Column::Contradicts { bytes, mut shown } => {
                shown.rotate_left(line.first);
                let bytes = bytes.checked_shr(u32::try_from(line.first).unwrap_or(0)).unwrap_or(0);
                self.doubts.push(Doubt { start, bytes, shown });
            }
        }
        if line.end < LINE_BYTES {
            self.push_damage(line.address, LINE_BYTES, Span::new(8, LINE_BYTES), text_offset, Harm::Unreadable);
        }
    }

    /// Counts a line whose bytes start at `start` by its units.
    #[inline(always)]
    fn count_units(&mut self, line: &Line, start: usize, starts_run: bool) {
        match line.unit {
            Unit::Byte => self.byte_lines = self.byte_lines.saturating_add(1),
            Unit::HalfWord => self.half_word_lines = self.half_word_lines.saturating_add(1),
            Unit::Word => self.push_words(Dialect::Words, 4, start, line.order, starts_run),
        }
    }

    /// Notes that no column confirms the bytes from `start` on, which are those of so many lines.
    fn push_unconfirmed(&mut self, start: usize, lines: usize) {
        self.without_ascii = self.without_ascii.saturating_add(lines);
        self.unconfirmed.insert(Span::new(start, self.bytes.len()));
    }

    /// Notes a line of sixteen bytes of which nothing could be read.
    pub fn push_damaged(&mut self, address: u32, text_offset: usize) {
        self.push_damage(address, LINE_BYTES, Span::new(0, LINE_BYTES), text_offset, Harm::Unreadable);
    }

    /// Notes what of a line could not be read.
    pub fn push_damage(&mut self, address: u32, step: usize, lost: Span, text_offset: usize, why: Harm) {
        self.damages.push(Damage { address, step, lost, text_offset, why });
    }

    /// Takes the bytes of one line; tells whether they do not follow on those before.
    #[inline]
    fn push(&mut self, family: Family, line: u32, step: u32, address: u32, bytes: &[u8]) -> bool {
        let (start, len) = (self.bytes.len(), bytes.len());
        self.bytes.extend_from_slice(bytes);
        self.take_run(Run { family, address, start, len, first_line: line, last_line: line, step, lines: 1 })
    }

    /// Takes lines that follow on each other and whose bytes are the last ones. Tells whether they do not follow on those
    /// before.
    #[inline(always)]
    fn take_run(&mut self, run: Run) -> bool {
        self.lines_read = self.lines_read.saturating_add(run.lines);
        match self.runs.last_mut() {
            Some(last) if last.end() == u64::from(run.address) && last.family == run.family => {
                last.len = last.len.saturating_add(run.len);
                (last.last_line, last.step) = (run.last_line, run.step);
                last.lines = last.lines.saturating_add(run.lines);
                false
            }
            _ => {
                self.runs.push(run);
                true
            }
        }
    }

    /// Takes the order of the last line, which starts at `start` and has units of several bytes.
    fn push_words(&mut self, dialect: Dialect, unit_bytes: usize, start: usize, order: Order, starts_run: bool) {
        let line = Span::new(start, self.bytes.len());
        words_of(&mut self.words, dialect, unit_bytes).push(&mut self.bytes, line, order, starts_run);
    }

    /// Settles the order of words that is still open, and tells how all of it came to be known; `None` if there is
    /// nothing to tell. `typed` is the order that the typed commands ask for of a family.
    pub fn settle_words(&mut self, typed: &dyn Fn(Family) -> Option<Order>) -> Option<WordOrder> {
        let mut told = WordOrder::default();
        for words in &mut self.words {
            words.settle(&mut self.bytes, typed, &mut told);
        }
        (told != WordOrder::default()).then_some(told)
    }

    /// The dialects that occur, the most frequent first. Words count as settled.
    pub fn dialects(&self) -> Vec<(Dialect, usize)> {
        let mut dialects = vec![(Dialect::Bytes, self.byte_lines), (Dialect::HalfWords, self.half_word_lines)];
        dialects.extend(self.other_lines.iter().copied());
        for (dialect, lines) in self.words.iter().flat_map(Words::dialects) {
            match dialects.iter_mut().find(|(counted, _)| *counted == dialect) {
                Some((_, counted)) => *counted = counted.saturating_add(lines),
                None => dialects.push((dialect, lines)),
            }
        }
        dialects.retain(|(_, lines)| *lines > 0);
        dialects.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
        dialects
    }
}

/// Characters of a line of sixteen bytes: of the shortest, which is one of words, and of a record.
const ROW_CHARS: usize = 65;
const RECORD_CHARS: usize = 44;

/// [`LINE_BYTES`] as addresses are counted.
#[allow(clippy::cast_possible_truncation)]
pub(super) const LINE_STEP: u32 = LINE_BYTES as u32;
