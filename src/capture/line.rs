//! One line of memory display: `[ADDR] <half> - <half>  <ascii>`.
//!
//! [`whole`] reads the line that nothing is wrong with, and only that, fast. [`careful`] reads every other one and says
//! how far it holds. Characters can be lost on a serial line, and losing exactly one byte's characters shifts all
//! that follow: so half a line counts only if what closes it (the dash, the ASCII column or the line's end) stands
//! where it must. Digits that were cut off in the middle of a half are never taken for its bytes.

/// Bytes that one line shows.
pub(super) const LINE_BYTES: usize = 16;

/// Characters of a whole `d -b` line, ASCII column included, line end not.
pub(super) const WHOLE_CHARS: usize = 78;

/// Where a space in the ASCII column is taken for its end.
const TAIL_FROM: usize = 12;

/// Characters of `[ADDR]`.
const ADDRESS_CHARS: usize = 10;

/// Characters of `[ADDR] `, without which nothing is a line.
pub(super) const ANCHOR_CHARS: usize = 11;

/// From so many contradictions on, hex part and ASCII column are not of the same line: what lay between was lost, and
/// no byte can be told to be right.
const SPLICED: u32 = 2;

/// The last address at which sixteen bytes fit.
const LAST_ADDRESS: u32 = 0xFFFF_FFF0;

/// How a unit of memory is grouped on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Byte,
    HalfWord,
    Word,
}

impl Unit {
    const fn bytes(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::HalfWord => 2,
            Self::Word => 4,
        }
    }

    const fn of_digits(digits: usize) -> Option<Self> {
        match digits {
            2 => Some(Self::Byte),
            4 => Some(Self::HalfWord),
            8 => Some(Self::Word),
            _ => None,
        }
    }
}

/// In which order a word's digits give its bytes, as far as the ASCII column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The last digits are the first byte: `d`.
    LittleEndian,
    /// Memory order: `d -s`.
    Swapped,
    /// No column, or one that fits both.
    Open,
}

/// What the ASCII column says about the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// All sixteen characters agree.
    Agrees,
    /// Absent, or shorter than the line's bytes without contradicting them.
    Absent,
    /// The bytes whose bit is set contradict it; bit 0 is the line's first byte.
    Contradicts { bytes: u16, shown: [u8; LINE_BYTES] },
}

/// A line as far as it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub address: u32,
    pub unit: Unit,
    pub order: Order,
    /// Words in little-endian order unless `order` says that they are swapped.
    pub bytes: [u8; LINE_BYTES],
    /// The first byte that is there: below an unaligned start the display is blank.
    pub first: usize,
    /// One behind the last byte that is certain: 16, or 8 where the second half is damaged.
    pub end: usize,
    pub column: Column,
    /// Characters that belong to the line for sure; the next line can start right behind.
    pub chars: usize,
}

/// What stands behind an address in brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Read {
    Line(Line),
    /// Memory display, but not one half of it is certain, or its ASCII column is that of another line.
    Damaged,
    /// Something else in brackets.
    Foreign,
}

/// The value of a hex digit; 0xFF for any other character. Without branches, so that many are read at once.
#[inline]
pub(super) const fn digit(character: u8) -> u8 {
    let decimal = character.wrapping_sub(b'0');
    let letter = (character | 0x20).wrapping_sub(b'a');
    let is_decimal = 0_u8.wrapping_sub((decimal < 10) as u8);
    let is_letter = 0_u8.wrapping_sub((letter < 6) as u8);
    (decimal & is_decimal) | (letter.wrapping_add(10) & is_letter) | !(is_decimal | is_letter)
}

/// What the ASCII column shows for a byte: itself from 0x21 to 0x7F (which is sent raw), else a full stop.
///
/// captures-and-questions.md section 2.1, certain.
pub(super) const fn shown(byte: u8) -> u8 {
    if byte.wrapping_sub(0x21) < 0x5F { byte } else { b'.' }
}

/// The digits of an address; also whether they are digits.
fn address_value(digits: &[u8; 8]) -> Option<u32> {
    let values = digits.map(digit);
    let invalid = values.iter().fold(0, |all, value| all | value) & 0xF0;
    let value = values.iter().fold(0_u32, |address, value| (address << 4) | u32::from(*value));
    (invalid == 0).then_some(value)
}

/// The address and the bytes of a `d -b` line with nothing wrong about it: every digit, space, dash and character of
/// the ASCII column is as it must be.
pub(super) fn whole(text: &[u8; WHOLE_CHARS]) -> Option<(u32, [u8; LINE_BYTES])> {
    let (&[open, ref address @ .., close], rest) = text.split_first_chunk::<ADDRESS_CHARS>()?;
    let (low, rest) = rest.split_first_chunk::<24>()?;
    let (dash, rest) = rest.split_first_chunk::<2>()?;
    let (high, rest) = rest.split_first_chunk::<24>()?;
    let (gap, column) = rest.split_first_chunk::<2>()?;
    let column: &[u8; LINE_BYTES] = column.first_chunk()?;
    if [open, close] != *b"[]" || dash != b" -" || gap != b"  " {
        return None;
    }

    // Digits side by side first, so that the rest works on sixteen bytes at once.
    let mut spaces = [0_u8; LINE_BYTES];
    let mut tens = [0_u8; LINE_BYTES];
    let mut ones = [0_u8; LINE_BYTES];
    let cells = low.as_chunks::<3>().0.iter().chain(high.as_chunks::<3>().0);
    for ((([space, ten, one], space_at), ten_at), one_at) in cells.zip(&mut spaces).zip(&mut tens).zip(&mut ones) {
        (*space_at, *ten_at, *one_at) = (*space, *ten, *one);
    }
    let mut wrong = 0_u8;
    let mut bytes = [0_u8; LINE_BYTES];
    for ((((byte, space), ten), one), character) in bytes.iter_mut().zip(spaces).zip(tens).zip(ones).zip(*column) {
        let (ten, one) = (digit(ten), digit(one));
        *byte = (ten << 4) | (one & 0x0F);
        wrong |= (space ^ b' ') | ((ten | one) & 0xF0) | (shown(*byte) ^ character);
    }
    let address = address_value(address).filter(|address| *address <= LAST_ADDRESS)?;
    (wrong == 0).then_some((address, bytes))
}

/// The address of `[8 hex digits] `, if `text` starts with one.
pub(super) fn anchor(text: &[u8]) -> Option<u32> {
    let (head, rest) = text.split_first_chunk::<ADDRESS_CHARS>()?;
    let &[b'[', ref digits @ .., b']'] = head else { return None };
    (rest.first() == Some(&b' ')).then(|| address_value(digits)).flatten()
}

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
pub(super) fn careful(address: u32, text: &[u8]) -> Read {
    let body = text.get(ADDRESS_CHARS..).unwrap_or_default();
    let digits_from = body.iter().position(|character| !matches!(character, b' ' | b'-')).unwrap_or(body.len());
    let digits = body.iter().skip(digits_from).take_while(|character| digit(**character) < 16).take(9).count();
    // `[00001234] some text` is not memory display; `[7F020000] 5? 4B ...` is, though not a readable one.
    let dash_near = body.iter().zip(body.iter().skip(1)).take(30).any(|pair| pair == (&b' ', &b'-'));
    let unreadable = if digits > 0 || dash_near { Read::Damaged } else { Read::Foreign };
    let Some(unit) = Unit::of_digits(digits).filter(|_| address <= LAST_ADDRESS) else { return unreadable };
    let Some((low, rest)) = half(body, unit, true) else { return unreadable };
    let Some(rest) = rest.strip_prefix(b" -") else { return unreadable };
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
        return unreadable;
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
                std::cmp::Ordering::Equal => {}
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

/// Turns the bytes of each 32-bit word round.
pub(super) fn swap_words(bytes: &mut [u8]) {
    bytes.as_chunks_mut::<4>().0.iter_mut().for_each(|word| word.reverse());
}

/// Bits `first..end` of a line's bytes.
fn mask(first: usize, end: usize) -> u16 {
    (0..LINE_BYTES).rev().fold(0_u16, |mask, place| (mask << 1) | u16::from((first..end).contains(&place)))
}
