//! The walk over what the lines of the boot loader's `d` leave of a text.

use memchr::{memchr, memchr3_iter};

use super::super::Dialect;
use super::super::evidence::{Evidence, LINE_STEP};
use super::super::line::{LINE_BYTES, digit};
use super::head::{self, Anchor, line_of};
use super::plain::Plain;
use super::records::Records;
use super::row::{self, Read, Row};
use super::shape::{Radix, Shape};
use super::{Family, whole, wrap};
use crate::image::FLASH_MAX_BYTES;

/// A row whose cells cannot be read is one all the same if its address lies so near behind the row before.
const EXPECTED_BYTES: u64 = 0x1000;

/// Digits of `od`'s octal offsets, at least.
const OCTAL_DIGITS: usize = 7;

/// And of its hexadecimal ones, at most.
const HEX_MAX_DIGITS: usize = 8;

/// Reads lines of all dialects but the boot loader's, from one stretch of text to the next.
#[derive(Debug, Default)]
pub(in super::super) struct Others {
    /// The shape of the last row.
    shape: Option<Shape>,
    /// A `*` behind the last row.
    repeats: Option<Repeats>,
    /// Bytes that `*` may still stand for.
    squeezed: usize,
    records: Records,
    plain: Plain,
    /// Where in the text the last line ended: the next may start right there.
    behind: usize,
    /// Whether the last row's address could be another number as well: that of plain `hexdump` is one of `od` too.
    is_place_guessed: bool,
    /// How many bytes had been read when lines last ended, or other text stood between: what follows may lie anywhere.
    anew_from: usize,
}

/// A row that is repeated, as a `*` says.
#[derive(Debug, Clone, Copy)]
struct Repeats {
    dialect: Dialect,
    bytes: [u8; LINE_BYTES],
    /// The address behind it.
    from: u32,
}

/// Where a piece of text starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    Line,
    /// Right behind a line that was read, or where something looks like an address.
    BehindLine,
    Inside,
}

impl Others {
    /// Reads the lines that start in `from..to` of the text and gives where the last one ends, which can lie behind
    /// `to`. At `to` starts a line of `d`, or the text ends.
    pub fn read(&mut self, text: &[u8], from: usize, to: usize, evidence: &mut Evidence) -> usize {
        let mut at = from;
        loop {
            let place = text.get(at..to.max(at)).unwrap_or_default();
            let blank = place.iter().take_while(|character| matches!(character, b' ' | b'\t' | b'\r' | b'\n')).count();
            let has_line_end = place.iter().take(blank).any(|character| matches!(character, b'\r' | b'\n'));
            let is_behind_line = at == self.behind;
            at = at.saturating_add(blank);
            if at >= to {
                return at;
            }
            let before = at.checked_sub(1).and_then(|before| text.get(before));
            let start = if has_line_end || before.is_none_or(|before| matches!(before, b'\r' | b'\n')) {
                Start::Line
            } else if is_behind_line {
                Start::BehindLine
            } else {
                Start::Inside
            };
            at = self.piece(text, at, to, start, evidence);
        }
    }

    /// Takes lines of digits without addresses, if nothing in the text has an address: else they have no place.
    pub fn finish(self, evidence: &mut Evidence) {
        if evidence.lines_read == 0 && evidence.damages.is_empty() {
            self.plain.finish(evidence);
        } else {
            evidence.without_place = evidence.without_place.saturating_add(self.plain.lines());
        }
    }

    /// Whether a text is lines of digits and nothing else, and no list of numbers.
    pub fn are_all_plain(self, text: &[u8]) -> bool {
        self.plain.make_up(text)
    }

    /// Reads on from a place that is not blank, and gives where to go on.
    fn piece(&mut self, text: &[u8], at: usize, to: usize, start: Start, evidence: &mut Evidence) -> usize {
        let rest = text.get(at..).unwrap_or_default();
        let limit = to.saturating_sub(at);
        let taken = match start {
            Start::Inside => 0,
            Start::Line | Start::BehindLine => self.line(rest, at, limit, start, evidence),
        };
        if taken > 0 {
            self.behind = at.saturating_add(taken);
            return self.behind;
        }
        // a row can stand behind something else: an echo, or a line whose end is lost
        self.interrupt(evidence);
        let (chars, is_anchor) = up_to_anchor(rest.get(..limit).unwrap_or(rest));
        let next = at.saturating_add(chars);
        if is_anchor {
            self.behind = next;
        }
        next
    }

    /// Other text: nothing goes on behind it.
    fn interrupt(&mut self, evidence: &mut Evidence) {
        self.plain.interrupt();
        self.repeats = None;
        self.anew_from = evidence.bytes.len();
        evidence.other_text = evidence.other_text.saturating_add(1);
    }

    /// Reads the line that `rest` starts with and tells how many characters it took. At `limit` a line of `d` starts.
    fn line(&mut self, rest: &[u8], at: usize, limit: usize, start: Start, evidence: &mut Evidence) -> usize {
        match rest.first() {
            Some(b'*') => self.star(rest, evidence),
            Some(b'[') => self.broken_display(rest, at, evidence),
            Some(b':' | b'S') => self.records.read(rest, at, evidence).unwrap_or(0),
            Some(character) if digit(*character) < 16 => {
                if self.repeats.is_none()
                    && let Some((behind, shape)) = whole::read(rest, evidence)
                {
                    self.plain.interrupt();
                    (self.shape, self.is_place_guessed) = (Some(shape), false);
                    return rest.len().saturating_sub(behind.len());
                }
                match self.row(rest, at, limit, evidence) {
                    0 if start == Start::Line => self.digits(rest, at, limit),
                    chars => chars,
                }
            }
            _ => 0,
        }
    }

    fn digits(&mut self, rest: &[u8], at: usize, limit: usize) -> usize {
        let place = rest.get(..limit).unwrap_or(rest);
        self.repeats = None;
        place.len().saturating_sub(self.plain.read(place, at).len())
    }

    /// Reads a row with care.
    fn row(&mut self, rest: &[u8], at: usize, limit: usize, evidence: &mut Evidence) -> usize {
        let line = head::near_line(rest);
        let Some(anchor) = head::anchor(line) else { return self.broken(rest, at, evidence) };
        let behind = rest.get(line.len()..).unwrap_or_default();
        let (radix, is_told) = self.radix(anchor, line, behind, evidence);
        let (mut read, mut shape) = row::read(line, self.shape, radix, end_on_next_line(behind, radix));
        let is_sound = matches!(&read, Read::Row(row) if row.is_whole() || row.step < LINE_BYTES);
        let joined = shape.or(self.shape).filter(|_| !is_sound).and_then(|shape| joined(rest, shape, radix, evidence));
        let joined = joined.map(|(row, of_row, chars)| {
            (read, shape) = (Read::Row(row), of_row);
            chars
        });
        let is_own = |chars: usize| chars <= limit;
        match read {
            Read::Row(row) => {
                let chars = joined.unwrap_or(row.chars);
                // what reaches into a line of `d` must be whole to count more than that
                if !is_own(chars) && !row.is_whole() {
                    return 0;
                }
                self.plain.interrupt();
                // one changed digit in this address would put in as many bytes as it likes
                self.repeats.take_if(|_| !goes_on_behind(&row, behind, radix));
                self.repeat_up_to(row.dialect.family(), row.address, Some(&row), evidence);
                self.shape = shape;
                self.is_place_guessed = shape.is_some_and(|shape| shape.has_padded_units()) && !is_told;
                evidence.push_row(&row, at);
                chars
            }
            Read::End(address) => self.end(address, evidence).map_or(0, |()| line.len()),
            Read::Damaged(address) => self.damaged(address, line, at, limit, evidence),
            Read::Foreign => match head::address(line, anchor, radix) {
                Some(address) if is_expected(anchor, address, evidence) => {
                    self.damaged(address, line, at, limit, evidence)
                }
                _ => 0,
            },
        }
    }

    /// A row that was broken inside of its address, or before what tells its form.
    fn broken(&mut self, rest: &[u8], at: usize, evidence: &mut Evidence) -> usize {
        let line = head::near_line(rest);
        let Some(shape) = self.shape.filter(|shape| line.len() <= shape.cells_at) else { return 0 };
        let Some((row, _, chars)) = joined(rest, shape, shape.radix, evidence) else { return 0 };
        self.plain.interrupt();
        self.repeats = None;
        evidence.push_row(&row, at);
        chars
    }

    /// A line of `d` that was broken inside of its address.
    fn broken_display(&mut self, rest: &[u8], at: usize, evidence: &mut Evidence) -> usize {
        let is_short = head::near_line(rest).len() <= head::ANCHOR_CHARS;
        let Some((line, chars)) = is_short.then(|| wrap::display_line(rest)).flatten() else { return 0 };
        self.plain.interrupt();
        self.repeats = None;
        evidence.push_line(&line, at);
        chars
    }

    /// A row of which nothing is certain. Another may stand in the same line.
    fn damaged(&mut self, address: u32, line: &[u8], at: usize, limit: usize, evidence: &mut Evidence) -> usize {
        self.plain.interrupt();
        self.repeats = None;
        evidence.push_damaged(address, at);
        let behind_anchor = head::ANCHOR_CHARS.min(line.len());
        let rest = line.get(behind_anchor..limit.min(line.len()).max(behind_anchor)).unwrap_or_default();
        behind_anchor.saturating_add(up_to_anchor(rest).0)
    }

    /// The address behind the last byte, on a line of its own.
    fn end(&mut self, address: u32, evidence: &mut Evidence) -> Option<()> {
        let family = evidence.runs.last()?.family;
        if !matches!(family, Family::Hexdump | Family::Od) || u64::from(address) < evidence.runs.last()?.end() {
            return None;
        }
        self.repeat_up_to(family, address, None, evidence);
        evidence.push_end(family, Some(address));
        self.anew_from = evidence.bytes.len();
        Some(())
    }

    /// A `*` behind a row that nothing speaks against.
    fn star(&mut self, rest: &[u8], evidence: &Evidence) -> usize {
        let line = head::near_line(rest);
        if line.trim_ascii() != b"*" {
            return 0;
        }
        self.repeats = last_row(evidence).filter(|_| !self.is_place_guessed && !self.is_out_of_place(evidence));
        // `xxd -a` leaves out zeros only
        self.repeats.take_if(|row| row.dialect.family() == Family::Xxd && row.bytes != [0; LINE_BYTES]);
        if self.repeats.is_some() || self.plain.star() { line.len() } else { 0 }
    }

    /// Whether the last row lies before those before it: one changed digit in its address would make a `*` behind it stand
    /// for as many bytes as it likes.
    fn is_out_of_place(&self, evidence: &Evidence) -> bool {
        let [.., before, row] = evidence.runs.as_slice() else { return false };
        let is_first = row.start == self.anew_from;
        row.lines == 1 && !is_first && before.family == row.family && u64::from(row.address) < before.end()
    }

    /// Puts in the rows that a `*` stands for, up to the next address. A row that is the same once more would have been
    /// left out as well: what lies before it is lost then.
    fn repeat_up_to(&mut self, family: Family, address: u32, next: Option<&Row>, evidence: &mut Evidence) {
        let Some(row) = self.repeats.take() else { return };
        let is_same = next.is_some_and(|next| next.len == LINE_BYTES && next.bytes == row.bytes);
        let Some(len) = address.checked_sub(row.from).and_then(|len| usize::try_from(len).ok()) else { return };
        let is_told = row.dialect.family() == family && !is_same && len.is_multiple_of(LINE_BYTES);
        let squeezed = self.squeezed.saturating_add(len);
        if is_told && squeezed <= FLASH_MAX_BYTES {
            self.squeezed = squeezed;
            evidence.push_squeezed(row.dialect, row.from, &row.bytes, address);
        }
    }

    /// How `od` writes its offsets: the next line's tells, which lies behind as many bytes as this one shows. Also whether
    /// anything tells it.
    fn radix(&self, anchor: Anchor, line: &[u8], behind: &[u8], evidence: &Evidence) -> (Radix, bool) {
        let digits = match anchor {
            Anchor::Od { digits } | Anchor::End { digits } => digits,
            Anchor::Colon | Anchor::Hexdump => return (Radix::Hex, true),
        };
        if digits < OCTAL_DIGITS || matches!(anchor, Anchor::End { digits: 8 }) && self.shape == Some(Shape::HEXDUMP) {
            return (Radix::Hex, true);
        }
        let own = |radix: Radix| head::number(line.get(..digits).unwrap_or_default(), radix);
        match (own(Radix::Octal), own(Radix::Hex)) {
            (Some(_), None) => return (Radix::Octal, true),
            (None, _) => return (Radix::Hex, true),
            (Some(_), Some(_)) => {}
        }
        let before = evidence.runs.last().filter(|run| run.family == Family::Od).map(super::super::evidence::Run::end);
        // a short row can step in either
        let known = self.shape.filter(|_| before.is_some()).map(|shape| shape.radix);
        let candidates =
            if known == Some(Radix::Hex) { [Radix::Hex, Radix::Octal] } else { [Radix::Octal, Radix::Hex] };
        let stepping =
            |line: &[u8], behind: &[u8]| candidates.into_iter().find(|radix| steps(*radix, digits, line, behind));
        let told = stepping(line, behind)
            .or_else(|| behind_star(behind).and_then(|(line, behind)| stepping(line, behind)))
            .or_else(|| candidates.into_iter().find(|radix| before.is_some() && own(*radix).map(u64::from) == before));
        let usual = if digits == HEX_MAX_DIGITS { Radix::Hex } else { Radix::Octal };
        let is_told = told.is_some() || (known.is_some() && !self.is_place_guessed);
        (told.or(known).unwrap_or(usual), is_told)
    }
}

/// Whether the address on the next line lies behind as many bytes as a row of `od` shows.
fn steps(radix: Radix, digits: usize, line: &[u8], behind: &[u8]) -> bool {
    let cell_chars = head::od_cell_bytes(line, digits).saturating_mul(2);
    let cells = line.get(digits..).unwrap_or_default().chunks_exact(cell_chars.saturating_add(1));
    let cells = cells.map_while(|cell| cell.strip_prefix(b" "));
    let shown = cells.take_while(|cell| head::digits(cell, cell_chars) == cell_chars).count();
    let shown = u32::try_from(shown.saturating_mul(cell_chars / 2).min(LINE_BYTES)).unwrap_or(LINE_STEP);
    let number = |line: &[u8]| {
        let has_all = head::digits(line, digits.saturating_add(1)) == digits;
        line.get(..digits).filter(|_| has_all).and_then(|digits| head::number(digits, radix))
    };
    let next = number(next_line(behind));
    next.is_some() && next == number(line).and_then(|own| own.checked_add(shown))
}

/// The line behind a `*` on the next line, and what follows on it.
fn behind_star(behind: &[u8]) -> Option<(&[u8], &[u8])> {
    if next_line(behind).trim_ascii() != b"*" {
        return None;
    }
    let from_star = behind.get(memchr(b'*', behind)?.checked_add(1)?..)?;
    let line = next_line(from_star);
    let at = from_star.len().checked_sub(from_star.trim_ascii_start().len())?.checked_add(line.len())?;
    Some((line, from_star.get(at..)?))
}

/// The last row, if all of it was read and its column agrees or it has none.
fn last_row(evidence: &Evidence) -> Option<Repeats> {
    let run = evidence.runs.last().filter(|run| run.family.has_repeats() && run.cut_bytes() == 0)?;
    let bytes = *evidence.bytes.last_chunk::<LINE_BYTES>().filter(|_| run.len >= LINE_BYTES)?;
    let start = evidence.bytes.len().saturating_sub(LINE_BYTES);
    let is_doubtful = evidence.doubts.last().is_some_and(|doubt| doubt.start >= start);
    let dialect = match run.family {
        Family::Hexdump => Dialect::Hexdump,
        Family::Od => Dialect::Od,
        _ => Dialect::Xxd,
    };
    let from = u32::try_from(run.end()).ok()?;
    (!is_doubtful && run.step == LINE_STEP).then_some(Repeats { dialect, bytes, from })
}

/// A row that was put together, its shape, and how many characters of the text it takes. Without a column to confirm it
/// its address must be the next.
fn joined(rest: &[u8], shape: Shape, radix: Radix, evidence: &Evidence) -> Option<(Row, Option<Shape>, usize)> {
    let whole = shape.variants().into_iter().find_map(|shape| {
        let joined = wrap::join(rest, shape.column_at()..=shape.whole_chars(), |at| shape.is_blank(at))?;
        match row::read(&joined.line, Some(shape), radix, None) {
            (Read::Row(row), of_row) if row.is_whole() => {
                let chars = joined.text_chars(row.chars);
                Some((row, of_row, chars))
            }
            _ => None,
        }
    });
    whole.or_else(|| {
        let joined = wrap::join(rest, shape.cells_end()..=shape.cells_end(), |at| shape.is_blank(at))?;
        let (Read::Row(row), of_row) = row::read(&joined.line, Some(shape), radix, None) else { return None };
        let chars = joined.text_chars(shape.cells_end());
        let behind = rest.get(chars..)?;
        let is_closed = behind.first().is_none_or(|end| matches!(end, b'\r' | b'\n'));
        let next = next_line(behind);
        let next = head::anchor(next).and_then(|anchor| head::address(next, anchor, radix));
        let is_next = evidence.runs.last().is_some_and(|run| run.end() == u64::from(row.address))
            || next.is_some_and(|next| row.address.checked_add(LINE_STEP) == Some(next));
        let is_full = row.len == LINE_BYTES && row.unreadable == 0;
        (is_closed && is_next && is_full).then_some((row, of_row, chars))
    })
}

/// The next line that is not blank.
fn next_line(behind: &[u8]) -> &[u8] {
    let blank = behind.iter().take(4).take_while(|character| matches!(character, b'\r' | b'\n')).count();
    head::near_line(behind.get(blank..).unwrap_or_default())
}

/// The address that stands alone on the next line.
fn end_on_next_line(behind: &[u8], radix: Radix) -> Option<u32> {
    let next = next_line(behind);
    let anchor = head::anchor(next).filter(|anchor| matches!(anchor, Anchor::End { .. }))?;
    head::address(next, anchor, radix)
}

/// Whether the next address bears out that of a row: it is due there, or lies further on behind a `*`.
fn goes_on_behind(row: &Row, behind: &[u8], radix: Radix) -> bool {
    let number = |line: &[u8]| head::anchor(line).and_then(|anchor| head::address(line, anchor, radix));
    let Some(due) = u32::try_from(row.len).ok().and_then(|len| row.address.checked_add(len)) else { return false };
    match behind_star(behind) {
        Some((line, _)) => number(line).is_some_and(|number| number > due),
        None => number(next_line(behind)) == Some(due),
    }
}

/// Whether a row of this form and address is the next, or one soon behind it.
fn is_expected(anchor: Anchor, address: u32, evidence: &Evidence) -> bool {
    let Some(run) = evidence.runs.last() else { return false };
    let is_of_form = match run.family {
        Family::Xxd | Family::UBoot => anchor == Anchor::Colon,
        Family::Hexdump => anchor == Anchor::Hexdump,
        Family::Od => matches!(anchor, Anchor::Od { .. }),
        _ => false,
    };
    is_of_form && (run.end()..run.end().saturating_add(EXPECTED_BYTES)).contains(&u64::from(address))
}

/// How many characters lie before the next place where a row of `hexdump`, `xxd` or `md` may begin, or before the line's
/// end; and which of them it is. The start itself is no such place.
fn up_to_anchor(text: &[u8]) -> (usize, bool) {
    for place in memchr3_iter(b' ', b'\n', b'\r', text) {
        if text.get(place) != Some(&b' ') {
            return (place.max(1), false);
        }
        // `00000000: ` and `00000000  `
        let is_colon = place.checked_sub(1).and_then(|before| text.get(before)) == Some(&b':');
        let start = place.checked_sub(if is_colon { 9 } else { 8 }).filter(|start| *start > 0);
        let Some(start) = start else { continue };
        let is_first_digit =
            start.checked_sub(1).and_then(|before| text.get(before)).is_some_and(|before| digit(*before) > 15);
        let found = head::anchor(line_of(text.get(start..).unwrap_or_default(), head::ANCHOR_CHARS));
        if is_first_digit && matches!(found, Some(Anchor::Colon | Anchor::Hexdump)) {
            return (start, true);
        }
    }
    (text.len().max(1), false)
}
