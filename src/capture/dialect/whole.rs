//! Rows that nothing is wrong with, one behind the other, read by position: the common case, and the one that has to be
//! fast.

use super::super::evidence::{Evidence, LINE_STEP, WholeRows};
use super::super::line::{LINE_BYTES, Order, digit, read_pair, read_unit};
use super::column::shown;
use super::shape::{Radix, Shape};

/// Where the parts of a form stand.
trait Layout {
    const SHAPE: Shape;
    /// What stands between address and cells.
    const BEHIND_ADDRESS: &'static [u8] = b":";
    /// The order of the bytes in a cell of several.
    const ORDER: Order = Order::Open;
    /// Whether an ASCII column confirms the bytes.
    const HAS_COLUMN: bool = true;
    /// Whether only the address of the next row tells that this is one.
    const NEEDS_NEXT: bool = false;

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
    const SHAPE: Shape = Shape::HEXDUMP;
    const BEHIND_ADDRESS: &'static [u8] = b" ";

    #[inline(always)]
    fn cells<'text>(text: &'text [u8], bytes: &mut [u8; LINE_BYTES]) -> Option<&'text [u8]> {
        let (low, high) = bytes.split_first_chunk_mut::<8>()?;
        let rest = even_cells::<24, 3, 1>(text, low)?.strip_prefix(b" ")?;
        even_cells::<24, 3, 1>(rest, high)
    }
}

/// `xxd -g1`.
struct XxdBytes;

impl Layout for XxdBytes {
    const SHAPE: Shape = Shape::xxd(1);
}

struct MdBytes;

impl Layout for MdBytes {
    const SHAPE: Shape = Shape::md(1);
}

/// `od -A x -t x1z`, or without the `z`, with so many digits in front.
struct Od<const DIGITS: usize, const HAS_COLUMN: bool>;

impl<const DIGITS: usize, const HAS_COLUMN: bool> Layout for Od<DIGITS, HAS_COLUMN> {
    const SHAPE: Shape = Shape::od(DIGITS, Radix::Hex);
    const BEHIND_ADDRESS: &'static [u8] = b"";
    const HAS_COLUMN: bool = HAS_COLUMN;
    // more than six digits could be octal
    const NEEDS_NEXT: bool = DIGITS > 6 || !HAS_COLUMN;

    #[inline(always)]
    fn address(text: &[u8]) -> Option<(u32, &[u8])> {
        address::<DIGITS>(text)
    }
}

/// `od -t x1`, with so many digits in front.
struct OdOctal<const DIGITS: usize>;

impl<const DIGITS: usize> Layout for OdOctal<DIGITS> {
    const SHAPE: Shape = Shape::od(DIGITS, Radix::Octal);
    const BEHIND_ADDRESS: &'static [u8] = b"";
    const HAS_COLUMN: bool = false;
    const NEEDS_NEXT: bool = true;

    #[inline(always)]
    fn address(text: &[u8]) -> Option<(u32, &[u8])> {
        let (digits, rest) = text.split_first_chunk::<DIGITS>()?;
        let (value, wrong) = digits.iter().fold((0_u64, 0), |(value, wrong), character| {
            let digit = character ^ b'0';
            ((value << 3) | u64::from(digit & 7), wrong | digit)
        });
        Some((u32::try_from(value).ok()?, rest)).filter(|_| wrong < 8)
    }
}

/// `xxd` or `md` in cells of several bytes, which take so many characters with the blank in front; all of them take `CHARS`.
struct Units<const UNIT: usize, const CELL: usize, const CHARS: usize, const IS_MD: bool, const IS_SWAPPED: bool>;

type Pairs<const IS_MD: bool, const IS_SWAPPED: bool> = Units<2, 5, 40, IS_MD, IS_SWAPPED>;
type Words<const IS_MD: bool, const IS_SWAPPED: bool> = Units<4, 9, 36, IS_MD, IS_SWAPPED>;

impl<const UNIT: usize, const CELL: usize, const CHARS: usize, const IS_MD: bool, const IS_SWAPPED: bool> Layout
    for Units<UNIT, CELL, CHARS, IS_MD, IS_SWAPPED>
{
    const SHAPE: Shape = if IS_MD { Shape::md(UNIT) } else { Shape::xxd(UNIT) };
    const ORDER: Order = if IS_SWAPPED { Order::Swapped } else { Order::LittleEndian };

    #[inline(always)]
    fn cells<'text>(text: &'text [u8], bytes: &mut [u8; LINE_BYTES]) -> Option<&'text [u8]> {
        let rest = even_cells::<CHARS, CELL, UNIT>(text, bytes)?;
        if IS_SWAPPED {
            bytes.as_chunks_mut::<UNIT>().0.iter_mut().for_each(|unit| unit.reverse());
        }
        Some(rest)
    }

    #[inline(always)]
    fn order_proofs(bytes: &[u8; LINE_BYTES]) -> Option<usize> {
        let mut turned = *bytes;
        turned.as_chunks_mut::<UNIT>().0.iter_mut().for_each(|unit| unit.reverse());
        let is_shown = !is_same(&characters(bytes), &characters(&turned));
        (is_shown || is_same(bytes, &turned)).then_some(usize::from(is_shown))
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

/// What the column shows for a row.
#[inline(always)]
fn characters(bytes: &[u8; LINE_BYTES]) -> [u8; LINE_BYTES] {
    let mut characters = *bytes;
    characters.iter_mut().for_each(|byte| *byte = shown(*byte));
    characters
}

#[inline(always)]
fn is_same(one: &[u8; LINE_BYTES], other: &[u8; LINE_BYTES]) -> bool {
    u128::from_ne_bytes(*one) == u128::from_ne_bytes(*other)
}

/// One perfect row and the text behind it.
#[inline(always)]
fn row<L: Layout>(text: &[u8]) -> Option<(u32, [u8; LINE_BYTES], &[u8])> {
    let (address, rest) = L::address(text)?;
    let mut bytes = [0; LINE_BYTES];
    let mut rest = L::cells(rest.strip_prefix(L::BEHIND_ADDRESS)?, &mut bytes)?;
    if L::HAS_COLUMN {
        let (column, behind) = rest.strip_prefix(L::SHAPE.open)?.split_first_chunk::<LINE_BYTES>()?;
        let wrong = bytes.iter().zip(column).fold(0, |wrong, (byte, character)| wrong | (shown(*byte) ^ character));
        rest = behind.strip_prefix(L::SHAPE.close).filter(|_| wrong == 0)?;
    }
    let next = match rest {
        [b'\n', next @ ..] | [b'\r', b'\n', next @ ..] => next,
        other => other,
    };
    let due = address.checked_add(LINE_STEP)?;
    let is_next = |(address, behind): (u32, &[u8])| {
        address == due && behind.first().is_none_or(|character| digit(*character) > 15)
    };
    let is_row = !L::NEEDS_NEXT || (next.len() < rest.len() && L::address(next).is_some_and(is_next));
    is_row.then_some((address, bytes, next))
}

/// Reads rows as long as one perfect row follows the other, and gives what is left of the text.
#[inline(never)] // one loop each
fn rows<'text, L: Layout>(text: &'text [u8], evidence: &mut Evidence) -> &'text [u8] {
    let mut rest = text;
    let mut rows = WholeRows::default();
    while let Some((address, bytes, behind)) = row::<L>(rest)
        && let Some(proof) = L::order_proofs(&bytes)
        && rows.push(address, &bytes, proof, &mut evidence.bytes)
    {
        rest = behind;
    }
    evidence.take_whole_rows(&rows, &L::SHAPE, L::ORDER, L::HAS_COLUMN);
    rest
}

type Reader = for<'text> fn(&'text [u8], &mut Evidence) -> &'text [u8];

/// Reads the perfect rows that `text` starts with, and gives what is left of it and their shape; `None` if it starts
/// with none.
pub(super) fn read<'text>(text: &'text [u8], evidence: &mut Evidence) -> Option<(&'text [u8], Shape)> {
    const BYTES: [(Reader, Shape); 2] = [of::<XxdBytes>(), of::<MdBytes>()];
    const PAIRS: [(Reader, Shape); 4] = [
        of::<Pairs<false, true>>(),
        of::<Pairs<true, false>>(),
        of::<Pairs<false, false>>(),
        of::<Pairs<true, true>>(),
    ];
    const WORDS: [(Reader, Shape); 4] = [
        of::<Words<false, false>>(),
        of::<Words<true, false>>(),
        of::<Words<false, true>>(),
        of::<Words<true, true>>(),
    ];
    let readers: &[(Reader, Shape)] = match text {
        [_, _, _, _, _, _, _, _, b':', b' ', _, _, b' ', ..] => &BYTES,
        [_, _, _, _, _, _, _, _, b':', b' ', _, _, _, _, b' ', ..] => &PAIRS,
        [_, _, _, _, _, _, _, _, b':', b' ', _, _, _, _, _, _, _, _, b' ', ..] => &WORDS,
        [_, _, _, _, _, _, _, _, b' ', b' ', ..] => &const { [of::<Hexdump>()] },
        [_, _, _, _, _, _, b' ', ..] => &const { [of::<Od<6, true>>(), of::<Od<6, false>>()] },
        [_, _, _, _, _, _, _, b' ', ..] => &const { [of::<OdOctal<7>>()] },
        [_, _, _, _, _, _, _, _, b' ', ..] => {
            &const { [of::<Od<8, true>>(), of::<OdOctal<8>>(), of::<Od<8, false>>()] }
        }
        [_, _, _, _, _, _, _, _, _, _, _, b' ', ..] => &const { [of::<OdOctal<11>>()] },
        _ => return None,
    };
    readers.iter().find_map(|(read, shape)| {
        let rest = read(text, evidence);
        (rest.len() < text.len()).then_some((rest, *shape))
    })
}

const fn of<L: Layout>() -> (Reader, Shape) {
    (rows::<L>, L::SHAPE)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::Dialect;
    use super::super::row::{self, Read};
    use super::*;
    use crate::capture::print;
    use crate::image::FlashAddr;

    const ADDRESSES: [u32; 3] = [0, 0x1FF0, 0x7F02_0000];

    proptest! {
        #[test]
        fn what_is_read_by_position_reads_the_same_with_care(
            image in proptest::collection::vec(prop_oneof![any::<u8>(), 0x20_u8..0x80, Just(0xFF)], 48),
            address in prop::sample::select(&ADDRESSES[..]),
            (at, character) in (any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(b'\n'), Just(b' '), Just(b'0')]),
        ) {
            use Dialect::{Hexdump, MdBytes, MdHalfWords, MdWords, Od, OdOctal, Xxd, XxdLittleEndian};
            for dialect in [Hexdump, Xxd, XxdLittleEndian, Od, OdOctal, MdBytes, MdHalfWords, MdWords] {
                let mut text = print::listing(&image, FlashAddr(address), dialect);
                let first_row = memchr::memchr(b'\n', &text).unwrap();
                text[at.index(first_row)] = character;
                let mut evidence = Evidence::default();
                let Some((rest, shape)) = read(&text, &mut evidence) else { continue };
                let taken = text.strip_suffix(rest).unwrap();
                let rows = taken.split_inclusive(|character| *character == b'\n');
                for (line, bytes) in rows.zip(evidence.bytes.chunks(LINE_BYTES)) {
                    let line = line.strip_suffix(b"\n").unwrap_or(line);
                    let (careful, _) = row::read(line, Some(shape), shape.radix, None);
                    let Read::Row(careful) = careful else { panic!("{dialect}: {careful:?}") };
                    let mut turned = careful.bytes;
                    turned.chunks_exact_mut(careful.unit_bytes).for_each(<[u8]>::reverse);
                    let is_same = careful.bytes == *bytes || (careful.order == Order::Open && turned == *bytes);
                    prop_assert!(is_same && careful.len == LINE_BYTES, "{dialect}: {careful:?}, {bytes:02X?}");
                }
                prop_assert_eq!(evidence.runs.len(), 1);
            }
        }
    }
}
