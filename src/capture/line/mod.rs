//! One line of memory display: `[ADDR] <half> - <half>  <ascii>`.
//!
//! [`whole()`] reads the line that nothing is wrong with, and only that, fast. [`careful()`] reads every other one and says
//! how far it holds. Characters can be lost on a serial line, and losing exactly one byte's characters shifts all
//! that follow: so half a line counts only if what closes it (the dash, the ASCII column or the line's end) stands
//! where it must. Digits that were cut off in the middle of a half are never taken for its bytes.

mod careful;
mod whole;

pub(super) use careful::careful;
pub(super) use whole::{read_pair, read_unit, whole};

/// Bytes that one line shows.
pub(super) const LINE_BYTES: usize = 16;

/// Characters of `[ADDR]`.
const ADDRESS_CHARS: usize = 10;

/// Characters of `[ADDR] `, without which nothing is a line.
pub(super) const ANCHOR_CHARS: usize = 11;

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

    /// How many of them make half a line.
    const fn in_half(self) -> usize {
        match self {
            Self::Byte => 8,
            Self::HalfWord => 4,
            Self::Word => 2,
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

/// The value of a hex digit; 0xFF for any other character.
pub(super) const fn digit(character: u8) -> u8 {
    let decimal = character.wrapping_sub(b'0');
    let letter = (character | 0x20).wrapping_sub(b'a');
    if decimal < 10 {
        decimal
    } else if letter < 6 {
        letter.wrapping_add(10)
    } else {
        0xFF
    }
}

/// What the ASCII column shows for a byte: itself from 0x21 to 0x7F (which is sent raw), else a full stop.
///
/// captures-and-questions.md section 2.1, certain.
pub(crate) const fn shown(byte: u8) -> u8 {
    if byte.wrapping_sub(0x21) < 0x5F { byte } else { b'.' }
}

/// The digits of an address; also whether they are digits.
fn address_value(digits: &[u8; 8]) -> Option<u32> {
    let (value, invalid) = digits.iter().fold((0_u32, 0), |(address, invalid), character| {
        let value = digit(*character);
        ((address << 4) | u32::from(value), invalid | value)
    });
    (invalid & 0xF0 == 0).then_some(value)
}

/// The address of `[8 hex digits] `, if `text` starts with one.
pub(super) fn anchor(text: &[u8]) -> Option<u32> {
    let (head, rest) = text.split_first_chunk::<ADDRESS_CHARS>()?;
    let &[b'[', ref digits @ .., b']'] = head else { return None };
    (rest.first() == Some(&b' ')).then(|| address_value(digits)).flatten()
}

/// Anchors are looked for in so many places at once.
const BLOCK: usize = 32;

/// The first anchor in `text`, and its address. Takes the same time for all texts in which there is none.
pub(super) fn find_anchor(text: &[u8]) -> Option<(usize, u32)> {
    let mut at = 0_usize;
    while let Some(rest) = text.get(at..).filter(|rest| rest.len() >= ANCHOR_CHARS) {
        let may_have_one = |window: &[u8; BLOCK + ANCHOR_CHARS - 1]| {
            let closes = window.iter().skip(ADDRESS_CHARS - 1).zip(window.iter().skip(ADDRESS_CHARS));
            let places = window.iter().zip(closes);
            places.fold(false, |any, (open, (close, space))| {
                any | ((*open == b'[') & (*close == b']') & (*space == b' '))
            })
        };
        if rest.first_chunk().is_none_or(may_have_one) {
            let found = (0..BLOCK).find_map(|place| anchor(rest.get(place..)?).map(|address| (place, address)));
            if let Some((place, address)) = found {
                return Some((at.saturating_add(place), address));
            }
        }
        at = at.saturating_add(BLOCK);
    }
    None
}

/// Turns the bytes of each 32-bit word round.
pub(super) fn swap_words(bytes: &mut [u8]) {
    bytes.as_chunks_mut::<4>().0.iter_mut().for_each(|word| word.reverse());
}
