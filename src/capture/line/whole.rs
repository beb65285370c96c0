//! The line that nothing is wrong with, read by position:
//!
//! ```text
//! [7F020000] 50 4B 03 04 14 00 02 00 - 08 00 1D 41 86 3D 9D 4F  PK.........A.=.O
//! [7F020000] 4B50 0403 0014 0002 - 0008 411D 3D86 4F9D  PK.........A.=.O
//! [7F020000] 04034B50 00020014 - 411D0008 4F9D3D86  PK.........A.=.O
//!           | half               | half              | column, or the line's end
//! ```

use super::{
    ADDRESS_CHARS, Column, LAST_ADDRESS, LINE_BYTES, Line, Order, Unit, address_value, digit, shown, swap_words,
};

/// Stands above the bits of a byte if a character is no digit.
const NO_DIGIT: u16 = 0x100;

/// What each character is as the first digit of a byte.
static TENS: [u16; 256] = digits(4);

/// What each character is as the second digit of a byte.
static ONES: [u16; 256] = digits(0);

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // runs in the compiler
const fn digits(bits: u16) -> [u16; 256] {
    let mut values = [NO_DIGIT; 256];
    let mut character = 0;
    while character < 256 {
        let value = digit(character as u8);
        if value < 16 {
            values[character] = (value as u16) << bits;
        }
        character += 1;
    }
    values
}

/// What a character is by one of the tables.
#[inline(always)]
fn value_of(values: &[u16; 256], character: u8) -> u16 {
    values.get(usize::from(character)).copied().unwrap_or(NO_DIGIT)
}

/// A line at the start of `text` with nothing wrong about it: every digit, space, dash and character of the ASCII
/// column is as it must be; or the column is not there and the line ends behind the digits.
#[inline]
pub(in super::super) fn whole(text: &[u8]) -> Option<Line> {
    let ends_a_unit = |at: usize| text.get(at) == Some(&b' ');
    if ends_a_unit(13) {
        of_units::<1, 3, 24>(text, Unit::Byte)
    } else if ends_a_unit(15) {
        of_units::<2, 5, 20>(text, Unit::HalfWord)
    } else {
        of_units::<4, 9, 18>(text, Unit::Word)
    }
}

/// A line of units that have so many bytes each, and so many characters with the space in front. Half a line has
/// `HALF` characters.
#[inline]
fn of_units<const UNIT: usize, const CELL: usize, const HALF: usize>(text: &[u8], unit: Unit) -> Option<Line> {
    let (&[open, ref address @ .., close], rest) = text.split_first_chunk::<ADDRESS_CHARS>()?;
    let (low, rest) = rest.split_first_chunk::<HALF>()?;
    let (dash, rest) = rest.split_first_chunk::<2>()?;
    let (high, rest) = rest.split_first_chunk::<HALF>()?;
    if [open, close] != *b"[]" || dash != b" -" {
        return None;
    }
    let mut bytes = [0; LINE_BYTES];
    let mut wrong = 0;
    let cells = low.as_chunks::<CELL>().0.iter().chain(high.as_chunks::<CELL>().0);
    for (cell, place) in cells.zip(bytes.as_chunks_mut::<UNIT>().0) {
        wrong |= read_unit(cell, place);
    }
    let address = address_value(address).filter(|address| *address <= LAST_ADDRESS && wrong == 0)?;
    let chars = text.len().saturating_sub(rest.len());
    let (order, column) = (Order::Open, Column::Absent);
    let line = Line { address, unit, order, bytes, first: 0, end: LINE_BYTES, column, chars };
    match rest {
        [] | [b'\r' | b'\n', ..] => Some(line),
        [b' ', b' ', column @ ..] => {
            let (column, behind) = column.split_first_chunk()?;
            confirmed(line, column).map(|line| Line { chars: text.len().saturating_sub(behind.len()), ..line })
        }
        _ => None,
    }
}

/// Reads two digits, and gives a number above 0xFF if one of them is none.
#[inline(always)]
pub(in super::super) fn read_pair(ten: u8, one: u8) -> u16 {
    value_of(&TENS, ten) | value_of(&ONES, one)
}

/// Reads a cell into the bytes of its unit, and gives a number above zero if anything is wrong with it.
#[inline(always)] // by hand: the compiler does not, and it makes half of the time
pub(in super::super) fn read_unit<const UNIT: usize, const CELL: usize>(
    cell: &[u8; CELL],
    bytes: &mut [u8; UNIT],
) -> u16 {
    let Some((space, digits)) = cell.split_first() else { return NO_DIGIT };
    let mut wrong = u16::from(space ^ b' ');
    for ([ten, one], byte) in digits.as_chunks::<2>().0.iter().zip(bytes.iter_mut().rev()) {
        let value = read_pair(*ten, *one);
        wrong |= value & NO_DIGIT;
        *byte = value as u8;
    }
    wrong
}

/// The line with its ASCII column, if that shows its bytes: of words in either order.
#[inline(always)] // by hand, as above
fn confirmed(line: Line, column: &[u8; LINE_BYTES]) -> Option<Line> {
    let line = Line { column: Column::Agrees, ..line };
    let fits = |bytes: [u8; LINE_BYTES]| u128::from_ne_bytes(bytes) == u128::from_ne_bytes(*column);
    let mut characters = line.bytes;
    characters.iter_mut().for_each(|byte| *byte = shown(*byte));
    if line.unit != Unit::Word {
        return fits(characters).then_some(line);
    }
    let mut turned = characters;
    swap_words(&mut turned);
    match (fits(characters), fits(turned)) {
        (true, true) => Some(line),
        (true, false) => Some(Line { order: Order::LittleEndian, ..line }),
        (false, true) => {
            let mut bytes = line.bytes;
            swap_words(&mut bytes);
            Some(Line { order: Order::Swapped, bytes, ..line })
        }
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Read, careful, find_anchor};
    use super::*;
    use crate::capture::{Dialect, print};
    use crate::image::FlashAddr;

    proptest! {
        #[test]
        fn what_is_read_by_position_reads_the_same_with_care(
            image in proptest::collection::vec(prop_oneof![any::<u8>(), 0x20_u8..0x80], 256),
            (at, character) in (any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b'\r'), Just(b' '), Just(b'0')]),
        ) {
            for dialect in Dialect::BOOT_LOADER {
                let mut text = print::terminal_log(&image, FlashAddr(0x7F02_0000), dialect);
                let (from, address) = find_anchor(&text).unwrap();
                let line = &mut text[from..];
                let printed = whole(line).unwrap();
                prop_assert_eq!((address, printed.bytes.as_slice(), printed.column), (0x7F02_0000, &image[..16], Column::Agrees));
                line[at.index(printed.chars)] = character;
                if let Some(read) = whole(line) {
                    prop_assert_eq!(careful(read.address, line), Read::Line(read));
                }
            }
        }
    }
}
