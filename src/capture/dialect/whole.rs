//! Rows that nothing is wrong with, one behind the other, read by position: the common case, and the one that has to be
//! fast.

use super::super::Dialect;
use super::super::evidence::Evidence;
use super::super::line::{LINE_BYTES, digit};
use super::Family;
use super::column::shown;
use super::row::{Radix, Shape};

/// Two digits for each byte, side by side so that the rest works on sixteen bytes at once.
struct Digits {
    tens: [u8; LINE_BYTES],
    ones: [u8; LINE_BYTES],
    /// Anything but zero if something else than a blank stands before a cell.
    wrong: u8,
}

/// Where the parts of a form stand.
trait Layout {
    const DIALECT: Dialect;
    const FAMILY: Family;
    /// What stands between address and cells, before the column and behind it.
    const BEHIND_ADDRESS: &'static [u8];
    const OPEN: &'static [u8];
    const CLOSE: &'static [u8] = b"";
    /// Whether the bytes of a cell could stand in another order as well.
    const HAS_PAIRS: bool = false;

    #[inline(always)]
    fn address(text: &[u8]) -> Option<(u32, &[u8])> {
        address::<8>(text)
    }

    #[inline(always)]
    fn cells(text: &[u8]) -> Option<(Digits, &[u8])> {
        let (low, rest) = text.split_first_chunk::<24>()?;
        let (high, rest) = rest.split_first_chunk::<24>()?;
        Some((of_bytes(low, high), rest))
    }

    /// Whether these bytes can stand in one order only, and how many rows prove the order by them; `None` if the column
    /// would fit another order as well.
    #[inline(always)]
    fn order_proofs(_bytes: &[u8; LINE_BYTES]) -> Option<usize> {
        Some(0)
    }
}

struct Hexdump;
const HEXDUMP_CHARS: usize = 78;

impl Layout for Hexdump {
    const DIALECT: Dialect = Dialect::Hexdump;
    const FAMILY: Family = Family::Hexdump;
    const BEHIND_ADDRESS: &'static [u8] = b" ";
    const OPEN: &'static [u8] = b"  |";
    const CLOSE: &'static [u8] = b"|";

    #[inline(always)]
    fn cells(text: &[u8]) -> Option<(Digits, &[u8])> {
        let (low, rest) = text.split_first_chunk::<24>()?;
        let (high, rest) = rest.strip_prefix(b" ")?.split_first_chunk::<24>()?;
        Some((of_bytes(low, high), rest))
    }
}

struct XxdBytes;
const XXD_BYTES_CHARS: usize = 75;

impl Layout for XxdBytes {
    const DIALECT: Dialect = Dialect::Xxd;
    const FAMILY: Family = Family::Xxd;
    const BEHIND_ADDRESS: &'static [u8] = b":";
    const OPEN: &'static [u8] = b"  ";
}

struct MdBytes;
const MD_BYTES_CHARS: usize = 77;

impl Layout for MdBytes {
    const DIALECT: Dialect = Dialect::MdBytes;
    const FAMILY: Family = Family::UBoot;
    const BEHIND_ADDRESS: &'static [u8] = b":";
    const OPEN: &'static [u8] = b"    ";
}

struct Od;
const OD_CHARS: usize = 74;

impl Layout for Od {
    const DIALECT: Dialect = Dialect::Od;
    const FAMILY: Family = Family::Od;
    const BEHIND_ADDRESS: &'static [u8] = b"";
    const OPEN: &'static [u8] = b"  >";
    const CLOSE: &'static [u8] = b"<";

    #[inline(always)]
    fn address(text: &[u8]) -> Option<(u32, &[u8])> {
        address::<6>(text)
    }
}

/// `xxd` in its usual groups of two. They could be little-endian as well (`xxd -e -g2`).
struct XxdPairs;
const XXD_PAIRS_CHARS: usize = 67;

impl Layout for XxdPairs {
    const DIALECT: Dialect = Dialect::Xxd;
    const FAMILY: Family = Family::Xxd;
    const BEHIND_ADDRESS: &'static [u8] = b":";
    const OPEN: &'static [u8] = b"  ";
    const HAS_PAIRS: bool = true;

    #[inline(always)]
    fn cells(text: &[u8]) -> Option<(Digits, &[u8])> {
        let (cells, rest) = text.split_first_chunk::<40>()?;
        let mut digits = Digits { tens: [0; LINE_BYTES], ones: [0; LINE_BYTES], wrong: 0 };
        let places = digits.tens.as_chunks_mut::<2>().0.iter_mut().zip(digits.ones.as_chunks_mut::<2>().0);
        for (cell, (tens, ones)) in cells.as_chunks::<5>().0.iter().zip(places) {
            let [blank, ten, one, next_ten, next_one] = *cell;
            (*tens, *ones) = ([ten, next_ten], [one, next_one]);
            digits.wrong |= blank ^ b' ';
        }
        Some((digits, rest))
    }

    #[inline(always)]
    fn order_proofs(bytes: &[u8; LINE_BYTES]) -> Option<usize> {
        let pairs = || bytes.as_chunks::<2>().0.iter();
        let is_shown = pairs().any(|[one, other]| shown(*one) != shown(*other));
        let is_one = || pairs().all(|[one, other]| one == other);
        (is_shown || is_one()).then_some(usize::from(is_shown))
    }
}

#[inline(always)]
fn address<const DIGITS: usize>(text: &[u8]) -> Option<(u32, &[u8])> {
    let (digits, rest) = text.split_first_chunk::<DIGITS>()?;
    let values = digits.map(digit);
    let invalid = values.iter().fold(0, |all, value| all | value) & 0xF0;
    let value = values.iter().fold(0_u32, |address, value| (address << 4) | u32::from(*value));
    (invalid == 0).then_some((value, rest))
}

/// Eight cells and eight more of a blank and two digits each.
#[inline(always)]
fn of_bytes(low: &[u8; 24], high: &[u8; 24]) -> Digits {
    let mut digits = Digits { tens: [0; LINE_BYTES], ones: [0; LINE_BYTES], wrong: 0 };
    let (low_tens, high_tens) = digits.tens.split_at_mut(LINE_BYTES / 2);
    let (low_ones, high_ones) = digits.ones.split_at_mut(LINE_BYTES / 2);
    let wrong_low = half_of_bytes(low, low_tens, low_ones);
    digits.wrong = wrong_low | half_of_bytes(high, high_tens, high_ones);
    digits
}

#[inline(always)]
fn half_of_bytes(cells: &[u8; 24], tens: &mut [u8], ones: &mut [u8]) -> u8 {
    let mut wrong = 0;
    for (([blank, ten, one], ten_at), one_at) in cells.as_chunks::<3>().0.iter().zip(tens).zip(ones) {
        (*ten_at, *one_at) = (*ten, *one);
        wrong |= blank ^ b' ';
    }
    wrong
}

/// The bytes, if every digit is one and the column agrees.
#[inline(always)]
fn bytes(digits: &Digits, column: &[u8; LINE_BYTES]) -> Option<[u8; LINE_BYTES]> {
    let mut wrong = digits.wrong;
    let mut bytes = [0_u8; LINE_BYTES];
    let shown_so = digits.tens.iter().zip(&digits.ones).zip(column);
    for (byte, ((ten, one), character)) in bytes.iter_mut().zip(shown_so) {
        let (ten, one) = (digit(*ten), digit(*one));
        *byte = (ten << 4) | (one & 0x0F);
        wrong |= ((ten | one) & 0xF0) | (shown(*byte) ^ character);
    }
    (wrong == 0).then_some(bytes)
}

/// The address and the bytes of a row with nothing wrong about it. That its length is fixed makes this fast.
#[inline(always)]
fn row<L: Layout, const CHARS: usize>(chars: &[u8; CHARS]) -> Option<(u32, [u8; LINE_BYTES])> {
    let (address, rest) = L::address(chars)?;
    let (digits, rest) = L::cells(rest.strip_prefix(L::BEHIND_ADDRESS)?)?;
    let (column, rest) = rest.strip_prefix(L::OPEN)?.split_first_chunk::<LINE_BYTES>()?;
    let bytes = bytes(&digits, column)?;
    (rest == L::CLOSE && address <= 0xFFFF_FFF0).then_some((address, bytes))
}

/// Reads rows as long as one perfect row follows the other, and gives what is left of the text.
fn rows<'text, L: Layout, const CHARS: usize>(text: &'text [u8], evidence: &mut Evidence) -> &'text [u8] {
    let mut rest = text;
    let (mut lines, mut proofs) = (0_usize, 0_usize);
    while let Some((chars, behind)) = rest.split_first_chunk::<CHARS>()
        && let Some((address, bytes)) = row::<L, CHARS>(chars)
        && let Some(proof) = L::order_proofs(&bytes)
    {
        proofs = proofs.saturating_add(proof);
        evidence.push_whole_row(L::FAMILY, address, &bytes);
        lines = lines.saturating_add(1);
        rest = match behind {
            [b'\n', next @ ..] | [b'\r', b'\n', next @ ..] => next,
            other => other,
        };
    }
    if lines > 0 && L::HAS_PAIRS {
        evidence.count_pairs(lines, proofs);
    } else if lines > 0 {
        evidence.count(L::DIALECT, lines);
    }
    rest
}

/// Reads the perfect rows that `text` starts with, and gives what is left of it and their shape; `None` if it starts
/// with none.
pub(super) fn read<'text>(text: &'text [u8], evidence: &mut Evidence) -> Option<(&'text [u8], Shape)> {
    let (rest, shape) = match text {
        [_, _, _, _, _, _, _, _, b':', b' ', _, _, b' ', ..] => match rows::<XxdBytes, XXD_BYTES_CHARS>(text, evidence)
        {
            rest if rest.len() < text.len() => (rest, Shape::xxd(1)),
            _ => (rows::<MdBytes, MD_BYTES_CHARS>(text, evidence), Shape::md(1)),
        },
        [_, _, _, _, _, _, _, _, b':', b' ', _, _, _, _, b' ', ..] => {
            (rows::<XxdPairs, XXD_PAIRS_CHARS>(text, evidence), Shape::xxd(2))
        }
        [_, _, _, _, _, _, _, _, b' ', b' ', ..] => (rows::<Hexdump, HEXDUMP_CHARS>(text, evidence), Shape::HEXDUMP),
        [_, _, _, _, _, _, b' ', ..] => (rows::<Od, OD_CHARS>(text, evidence), Shape::od(6, Radix::Hex)),
        _ => return None,
    };
    (rest.len() < text.len()).then_some((rest, shape))
}
