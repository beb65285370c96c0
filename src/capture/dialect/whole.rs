//! Rows that nothing is wrong with, one behind the other, read by position: the common case, and the one that has to be
//! fast.

use super::super::Dialect;
use super::super::evidence::Evidence;
use super::super::line::{LINE_BYTES, read_pair, read_unit};
use super::Family;
use super::column::shown;
use super::row::{Radix, Shape};

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

    /// Reads the cells into `bytes`; `None` if anything is wrong with them.
    #[inline(always)]
    fn cells<'text>(text: &'text [u8], bytes: &mut [u8; LINE_BYTES]) -> Option<&'text [u8]> {
        even_cells::<48, 3, 1>(text, bytes)
    }

    /// Whether these bytes can stand in one order only, and how many rows prove the order by them; `None` if the column
    /// would fit another order as well.
    #[inline(always)]
    fn order_proofs(_bytes: &[u8; LINE_BYTES]) -> Option<usize> {
        Some(0)
    }
}

struct Hexdump;

impl Layout for Hexdump {
    const DIALECT: Dialect = Dialect::Hexdump;
    const FAMILY: Family = Family::Hexdump;
    const BEHIND_ADDRESS: &'static [u8] = b" ";
    const OPEN: &'static [u8] = b"  |";
    const CLOSE: &'static [u8] = b"|";

    #[inline(always)]
    fn cells<'text>(text: &'text [u8], bytes: &mut [u8; LINE_BYTES]) -> Option<&'text [u8]> {
        let (low, high) = bytes.split_first_chunk_mut::<8>()?;
        let rest = even_cells::<24, 3, 1>(text, low)?.strip_prefix(b" ")?;
        even_cells::<24, 3, 1>(rest, high)
    }
}

struct XxdBytes;

impl Layout for XxdBytes {
    const DIALECT: Dialect = Dialect::Xxd;
    const FAMILY: Family = Family::Xxd;
    const BEHIND_ADDRESS: &'static [u8] = b":";
    const OPEN: &'static [u8] = b"  ";
}

struct MdBytes;

impl Layout for MdBytes {
    const DIALECT: Dialect = Dialect::MdBytes;
    const FAMILY: Family = Family::UBoot;
    const BEHIND_ADDRESS: &'static [u8] = b":";
    const OPEN: &'static [u8] = b"    ";
}

struct Od;

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

impl Layout for XxdPairs {
    const DIALECT: Dialect = Dialect::Xxd;
    const FAMILY: Family = Family::Xxd;
    const BEHIND_ADDRESS: &'static [u8] = b":";
    const OPEN: &'static [u8] = b"  ";
    const HAS_PAIRS: bool = true;

    #[inline(always)]
    fn cells<'text>(text: &'text [u8], bytes: &mut [u8; LINE_BYTES]) -> Option<&'text [u8]> {
        let rest = even_cells::<40, 5, 2>(text, bytes)?;
        bytes.as_chunks_mut::<2>().0.iter_mut().for_each(|pair| pair.reverse());
        Some(rest)
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
    let mut wrong = 0;
    let mut value = 0_u32;
    for [ten, one] in digits.as_chunks::<2>().0 {
        let pair = read_pair(*ten, *one);
        wrong |= pair;
        value = (value << 8) | u32::from(pair & 0xFF);
    }
    (wrong <= 0xFF).then_some((value, rest))
}

/// Reads `CHARS` characters of cells, each a blank and the digits of a unit, whose bytes come out turned round.
#[inline(always)]
fn even_cells<'text, const CHARS: usize, const CELL: usize, const UNIT: usize>(
    text: &'text [u8],
    bytes: &mut [u8],
) -> Option<&'text [u8]> {
    let (cells, rest) = text.split_first_chunk::<CHARS>()?;
    let mut wrong = 0;
    for (cell, place) in cells.as_chunks::<CELL>().0.iter().zip(bytes.as_chunks_mut::<UNIT>().0) {
        wrong |= read_unit(cell, place);
    }
    (wrong == 0).then_some(rest)
}

/// One perfect row and the text behind it.
#[inline(always)]
fn row<L: Layout>(text: &[u8]) -> Option<(u32, [u8; LINE_BYTES], &[u8])> {
    let (address, rest) = L::address(text)?;
    let mut bytes = [0; LINE_BYTES];
    let rest = L::cells(rest.strip_prefix(L::BEHIND_ADDRESS)?, &mut bytes)?;
    let (column, rest) = rest.strip_prefix(L::OPEN)?.split_first_chunk::<LINE_BYTES>()?;
    let rest = rest.strip_prefix(L::CLOSE)?;
    let wrong = bytes.iter().zip(column).fold(0, |wrong, (byte, character)| wrong | (shown(*byte) ^ character));
    (wrong == 0 && address <= 0xFFFF_FFF0).then_some((address, bytes, rest))
}

/// Reads rows as long as one perfect row follows the other, and gives what is left of the text.
fn rows<'text, L: Layout>(text: &'text [u8], evidence: &mut Evidence) -> &'text [u8] {
    let mut rest = text;
    let (mut lines, mut proofs) = (0_usize, 0_usize);
    while let Some((address, bytes, behind)) = row::<L>(rest)
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
        [_, _, _, _, _, _, _, _, b':', b' ', _, _, b' ', ..] => match rows::<XxdBytes>(text, evidence) {
            rest if rest.len() < text.len() => (rest, Shape::xxd(1)),
            _ => (rows::<MdBytes>(text, evidence), Shape::md(1)),
        },
        [_, _, _, _, _, _, _, _, b':', b' ', _, _, _, _, b' ', ..] => (rows::<XxdPairs>(text, evidence), Shape::xxd(2)),
        [_, _, _, _, _, _, _, _, b' ', b' ', ..] => (rows::<Hexdump>(text, evidence), Shape::HEXDUMP),
        [_, _, _, _, _, _, b' ', ..] => (rows::<Od>(text, evidence), Shape::od(6, Radix::Hex)),
        _ => return None,
    };
    (rest.len() < text.len()).then_some((rest, shape))
}
