//! The ASCII column of a row, held against the row's bytes.

use super::super::line::{Column, LINE_BYTES};

/// What the column shows for a byte: itself if it is printable, else a full stop. All of these tools do so in the C
/// locale (the tests compare them).
#[inline]
pub(super) const fn shown(byte: u8) -> u8 {
    let is_printable = 0_u8.wrapping_sub((byte.wrapping_sub(0x20) < 0x5F) as u8);
    (byte & is_printable) | (b'.' & !is_printable)
}

/// What a column says, and how many of its characters belong to the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    pub column: Column,
    pub chars: usize,
}

/// Holds the first `len` bytes of a row against a column. `text` starts with the column's first character and ends with
/// the line; `close` stands behind the column. Bytes named in `unreadable` are not compared. `None` if it is the column
/// of other bytes.
pub(super) fn judge(
    bytes: &[u8; LINE_BYTES],
    len: usize,
    unreadable: u16,
    text: &[u8],
    close: &[u8],
) -> Option<Judged> {
    let expected = bytes.map(shown);
    let expected = expected.get(..len)?;
    if let Some((column, behind)) = text.split_at_checked(len)
        && behind.starts_with(close)
    {
        let wrong = contradicting(expected, column) & !unreadable;
        let ends_here = !close.is_empty() || behind.is_empty();
        match wrong.count_ones() {
            0 => return Some(Judged { column: Column::Agrees, chars: len.saturating_add(close.len()) }),
            1 => {
                let mut shown = [b'.'; LINE_BYTES];
                shown.iter_mut().zip(column).for_each(|(place, character)| *place = *character);
                // behind a contradiction that nothing closes the next line may already have begun
                let trusted = usize::try_from(wrong.trailing_zeros()).unwrap_or(0);
                let chars = if ends_here { len.saturating_add(close.len()) } else { trusted };
                return Some(Judged { column: Column::Contradicts { bytes: wrong, shown }, chars });
            }
            _ => {}
        }
    }
    damaged(expected, text, close)
}

/// A column that lost characters or got some more: what is left must be the expected one with one stretch taken out or
/// put in. Blanks at a line's end get lost easily, and nothing with them.
fn damaged(expected: &[u8], text: &[u8], close: &[u8]) -> Option<Judged> {
    if close.is_empty() && text.trim_ascii_end() == expected.trim_ascii_end() {
        return Some(Judged { column: Column::Agrees, chars: text.len() });
    }
    let column = match close.first() {
        Some(close) => text.get(..memchr::memrchr(*close, text).unwrap_or(text.len()))?,
        None => text.trim_ascii_end(),
    };
    let fits = |pairs: &mut dyn Iterator<Item = (&u8, &u8)>| pairs.take_while(|(one, other)| one == other).count();
    let front = fits(&mut expected.iter().zip(column));
    let back = fits(&mut expected.iter().rev().zip(column.iter().rev()));
    let needed = expected.len().min(column.len());
    let is_near = column.len().abs_diff(expected.len()) <= expected.len() / 2;
    let is_cut = column.len() < expected.len() && front == column.len();
    let chars = text.len();
    (is_cut || (is_near && front.saturating_add(back) >= needed)).then_some(Judged { column: Column::Absent, chars })
}

/// A bit for each byte that the column shows differently.
fn contradicting(expected: &[u8], column: &[u8]) -> u16 {
    let pairs = expected.iter().zip(column).take(LINE_BYTES).rev();
    pairs.fold(0_u16, |wrong, (expected, shown)| (wrong << 1) | u16::from(expected != shown))
}
