//! The line that something is wrong with, as far as it holds.

use memchr::memchr_iter;

use super::{ADDRESS_CHARS, Column, LAST_ADDRESS, LINE_BYTES, Line, Order, Read, Unit, digit, shown, swap_words};

/// Where a space in the ASCII column is taken for its end.
const TAIL_FROM: usize = 12;

/// From so many contradictions on, hex part and ASCII column are not of the same line: what lay between was lost, and
/// no byte can be told to be right.
const SPLICED: u32 = 2;

/// One half of a line: its bytes in little-endian order of each unit, and how many of them are blank in front.
struct Half {
    bytes: [u8; 8],
    blank: usize,
}

/// Reads one half's cells, each a space and a unit's digits (or as many spaces, below an unaligned start).
fn half(text: &[u8], unit: Unit, may_be_blank: bool) -> Option<(Half, &[u8])> {
    let cell_chars = unit.bytes().saturating_mul(2).saturating_add(1);
    let mut half = Half { bytes: [0; 8], blank: 0 };
    let mut rest = text;
    let mut blank_so_far = may_be_blank;
    for place in half.bytes.chunks_exact_mut(unit.bytes()) {
        let (cell, behind) = rest.split_at_checked(cell_chars)?;
        rest = behind;
        let digits = cell.strip_prefix(b" ")?;
        if blank_so_far && digits.iter().all(|character| *character == b' ') {
            half.blank = half.blank.saturating_add(unit.bytes());
            continue;
        }
        blank_so_far = false;
        hex::decode_to_slice(digits, place).ok()?;
        place.reverse();
    }
    Some((half, rest))
}

/// Whether the hex part can end here: at the line's end, at the ASCII column, at a glued echo or at the next line.
fn closes(text: &[u8]) -> bool {
    match text {
        [] | [b'\r' | b'\n' | b'[', ..] | [b' ', b' ' | b'[' | b'\r' | b'\n', ..] | [b' '] => true,
        [b' ', b'D' | b'd', rest @ ..] => matches!(rest, [] | [b' ' | b'\r' | b'\n', ..]),
        _ => false,
    }
}

/// Reads a line that is not whole, or not of bytes. `text` starts with the anchor of `address`.
pub(in super::super) fn careful(address: u32, text: &[u8]) -> Read {
    let units = [Unit::Byte, Unit::HalfWord, Unit::Word].into_iter();
    if let Some(line) = units.filter_map(|unit| with_lost_digits(address, text, unit)).next() {
        return Read::Line(line);
    }
    let body = text.get(ADDRESS_CHARS..).unwrap_or_default();
    let digits_from = body.iter().position(|character| !matches!(character, b' ' | b'-')).unwrap_or(body.len());
    let digits = body.iter().skip(digits_from).take_while(|character| digit(**character) < 16).take(9).count();
    // `[00001234] some text` is not memory display; `[7F020000] 5? 4B ...` is, though not a readable one.
    let is_dash_near =
        || memchr_iter(b'-', body.get(..31).unwrap_or(body)).any(|at| body.get(at.wrapping_sub(1)) == Some(&b' '));
    let unreadable = || if digits > 0 || is_dash_near() { Read::Damaged } else { Read::Foreign };
    let Some(unit) = Unit::of_digits(digits).filter(|_| address <= LAST_ADDRESS) else { return unreadable() };
    let Some((low, rest)) = half(body, unit, true) else { return unreadable() };
    let Some(rest) = rest.strip_prefix(b" -") else { return unreadable() };
    let second = half(rest, unit, low.blank == 8).filter(|(_, behind)| closes(behind));

    let mut bytes = [0; LINE_BYTES];
    for (place, byte) in bytes.iter_mut().zip(low.bytes.iter().chain(second.iter().flat_map(|(high, _)| &high.bytes))) {
        *place = *byte;
    }
    let (first, end, behind) = match &second {
        Some((high, behind)) => (low.blank.saturating_add(high.blank), LINE_BYTES, *behind),
        None => (low.blank, 8, rest),
    };
    if first >= end {
        return unreadable();
    }
    let mut line = Line { address, unit, order: Order::Open, bytes, first, end, column: Column::Absent, chars: 0 };
    let mut chars = text.len().saturating_sub(behind.len());
    if let (Some(_), Some(column)) = (&second, behind.strip_prefix(b"  ")) {
        let wide = column.first_chunk::<LINE_BYTES>().map_or(column, |column| column.as_slice());
        let len = wide.iter().position(|character| matches!(character, b'\r' | b'\n')).unwrap_or(wide.len());
        let trusted = line.compare(wide.get(..len).unwrap_or_default());
        chars = chars.saturating_add(2).saturating_add(trusted);
    }
    line.chars = chars;
    match line.column {
        Column::Contradicts { bytes, .. } if bytes.count_ones() >= SPLICED => Read::Damaged,
        _ => Read::Line(line),
    }
}

/// So many bytes of a line can have lost a digit; more, and it may be another line.
const LOST_MAX: usize = 2;

/// A line in which every character stands where it must, but one or two digits are none. The ASCII column makes up for
/// them: a character tells which byte it is if the other digit agrees; of a full stop, and of a character to which it does
/// not, the byte stays in doubt.
fn with_lost_digits(address: u32, text: &[u8], unit: Unit) -> Option<Line> {
    let cell_chars = unit.bytes().saturating_mul(2).saturating_add(1);
    let half_chars = cell_chars.saturating_mul(unit.in_half());
    let (low, rest) = text.get(ADDRESS_CHARS..)?.split_at_checked(half_chars)?;
    let (high, rest) = rest.strip_prefix(b" -")?.split_at_checked(half_chars)?;
    let (column, behind) = rest.strip_prefix(b"  ")?.split_first_chunk::<LINE_BYTES>()?;
    let mut bytes = [0_u8; LINE_BYTES];
    // the bits of each byte that can be read
    let mut read = [0_u8; LINE_BYTES];
    let cells = low.chunks_exact(cell_chars).chain(high.chunks_exact(cell_chars));
    let places = bytes.chunks_exact_mut(unit.bytes()).zip(read.chunks_exact_mut(unit.bytes()));
    for (cell, (bytes, read)) in cells.zip(places) {
        let digits = cell.strip_prefix(b" ")?.as_chunks::<2>().0;
        for ((byte, read), [ten, one]) in bytes.iter_mut().zip(read).rev().zip(digits) {
            // below an unaligned start the display is blank
            if (*ten, *one) == (b' ', b' ') {
                return None;
            }
            let bits = |digit: u8| if digit < 16 { 0xF } else { 0 };
            let (ten, one) = (digit(*ten), digit(*one));
            *read = (bits(ten) << 4) | bits(one);
            *byte = ((ten << 4) | (one & 0xF)) & *read;
        }
    }
    let lost = read.iter().filter(|read| **read != 0xFF).count();
    if !(1..=LOST_MAX).contains(&lost) || address > LAST_ADDRESS {
        return None;
    }
    let little_endian = made_up(bytes, read, column);
    let (order, (bytes, wrong, doubtful)) = if unit == Unit::Word {
        swap_words(&mut bytes);
        swap_words(&mut read);
        let swapped = made_up(bytes, read, column);
        match little_endian.1.count_ones().cmp(&swapped.1.count_ones()) {
            std::cmp::Ordering::Less => (Order::LittleEndian, little_endian),
            std::cmp::Ordering::Equal => return None,
            std::cmp::Ordering::Greater => (Order::Swapped, swapped),
        }
    } else {
        (Order::Open, little_endian)
    };
    let column = match wrong | doubtful {
        0 => Column::Agrees,
        bytes => Column::Contradicts { bytes, shown: *column },
    };
    let chars = text.len().saturating_sub(behind.len());
    let line = Line { address, unit, order, bytes, first: 0, end: LINE_BYTES, column, chars };
    (wrong.count_ones() < SPLICED && closes(rest)).then_some(line)
}

/// The bytes with those made up for that the column tells; a bit for each that it contradicts, and for each that stays
/// in doubt.
fn made_up(
    mut bytes: [u8; LINE_BYTES],
    read: [u8; LINE_BYTES],
    column: &[u8; LINE_BYTES],
) -> ([u8; LINE_BYTES], u16, u16) {
    let (mut wrong, mut doubtful) = (0, 0);
    for (place, ((byte, read), character)) in bytes.iter_mut().zip(read).zip(*column).enumerate() {
        let bit = mask(place, place.saturating_add(1));
        let is_told = character != b'.' && shown(character) == character && (character ^ *byte) & read == 0;
        match read {
            0xFF if shown(*byte) == character => {}
            0xFF => wrong |= bit,
            _ if is_told => *byte = character,
            _ => doubtful |= bit,
        }
    }
    (bytes, wrong, doubtful)
}

impl Line {
    /// Holds the bytes against their ASCII column, settles the order of words by it, and tells how many characters
    /// of it belong to the line for sure (behind a contradiction the next line may already have begun).
    fn compare(&mut self, column: &[u8]) -> usize {
        let Ok(column) = <&[u8; LINE_BYTES]>::try_from(column) else {
            self.compare_short(column);
            return column.len();
        };
        // The column holds no space. One near its end stands behind a column that lost characters.
        if let Some(end) = column.iter().skip(TAIL_FROM).position(|character| *character == b' ') {
            let end = end.saturating_add(TAIL_FROM);
            self.compare_short(column.get(..end).unwrap_or_default());
            return end;
        }
        let mut wrong = self.contradicting(&self.bytes, column);
        if self.unit == Unit::Word {
            let swapped = self.swapped_bytes();
            let wrong_swapped = self.contradicting(&swapped, column);
            match wrong.count_ones().cmp(&wrong_swapped.count_ones()) {
                std::cmp::Ordering::Less => self.order = Order::LittleEndian,
                // whichever is right, these bytes are in doubt
                std::cmp::Ordering::Equal => wrong |= wrong_swapped,
                std::cmp::Ordering::Greater => {
                    (self.order, self.bytes, wrong) = (Order::Swapped, swapped, wrong_swapped);
                }
            }
        }
        if wrong == 0 {
            self.column = Column::Agrees;
            return LINE_BYTES;
        }
        self.column = Column::Contradicts { bytes: wrong, shown: *column };
        usize::try_from(wrong.trailing_zeros()).unwrap_or(0)
    }

    /// A bit for each byte that is there and that the column shows differently.
    fn contradicting(&self, bytes: &[u8; LINE_BYTES], column: &[u8; LINE_BYTES]) -> u16 {
        let wrong = bytes
            .iter()
            .zip(column)
            .rev()
            .fold(0_u16, |wrong, (byte, character)| (wrong << 1) | u16::from(shown(*byte) != *character));
        wrong & mask(self.first, self.end)
    }

    /// A column that lost characters: what is left must be the expected one with one stretch taken out, or the bytes
    /// between what fits in front and what fits behind are in doubt.
    fn compare_short(&mut self, column: &[u8]) {
        let column = column.trim_ascii_end();
        if self.unit == Unit::Word {
            return;
        }
        let expected = self.bytes.map(shown);
        let fits = |pairs: &mut dyn Iterator<Item = (&u8, &u8)>| pairs.take_while(|(one, other)| one == other).count();
        let blank = self.first.min(column.len());
        let front = blank.saturating_add(fits(&mut expected.iter().zip(column).skip(blank)));
        let back = fits(&mut expected.iter().rev().zip(column.iter().rev()));
        if front.saturating_add(back) >= column.len() {
            return;
        }
        let mut shown = [b'.'; LINE_BYTES];
        for (place, character) in shown.iter_mut().zip(column) {
            *place = *character;
        }
        let doubtful = mask(front.max(self.first), LINE_BYTES.saturating_sub(back));
        self.column = Column::Contradicts { bytes: doubtful, shown };
    }

    /// The bytes with each word's bytes the other way round.
    fn swapped_bytes(&self) -> [u8; LINE_BYTES] {
        let mut swapped = self.bytes;
        swap_words(&mut swapped);
        swapped
    }
}

/// Bits `first..end` of a line's bytes.
fn mask(first: usize, end: usize) -> u16 {
    (0..LINE_BYTES).rev().fold(0_u16, |mask, place| (mask << 1) | u16::from((first..end).contains(&place)))
}
