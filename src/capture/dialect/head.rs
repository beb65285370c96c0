//! What a row begins with: its address, and what stands behind that.

use memchr::memchr2;

use super::super::line::digit;
use super::shape::Radix;

/// Characters of the longest address and what follows it.
pub(super) const ANCHOR_CHARS: usize = 13;

/// How far a look at a line goes.
const NEAR_CHARS: usize = 128;

/// Digits of the longest cell.
const CELL_MAX_DIGITS: usize = 8;

/// Digits of the longest address in octal.
const OD_MAX_DIGITS: usize = 11;

/// The line that `text` starts with, or its first `max` characters.
pub(super) fn line_of(text: &[u8], max: usize) -> &[u8] {
    let near = text.get(..max.min(text.len())).unwrap_or_default();
    near.get(..memchr2(b'\n', b'\r', near).unwrap_or(near.len())).unwrap_or_default()
}

/// The line that `text` starts with, or as much of it as a row can have.
pub(super) fn near_line(text: &[u8]) -> &[u8] {
    line_of(text, NEAR_CHARS)
}

/// The number of hex digits that `text` starts with, at most `max`.
pub(super) fn digits(text: &[u8], max: usize) -> usize {
    text.iter().take(max).take_while(|character| digit(**character) < 16).count()
}

/// The value of digits.
pub(super) fn number(digits: &[u8], radix: Radix) -> Option<u32> {
    let (base, limit) = match radix {
        Radix::Octal => (8, 8),
        Radix::Hex => (16, 16),
    };
    digits.iter().try_fold(0_u32, |number, character| {
        let value = digit(*character);
        if value >= limit { None } else { number.checked_mul(base)?.checked_add(u32::from(value)) }
    })
}

/// What separates the address from the rest tells most of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    /// `00000000: `
    Colon,
    /// `00000000  `
    Hexdump,
    /// `000000 `
    Od { digits: usize },
    /// `00000000` and the line's end.
    End { digits: usize },
}

/// The anchor that a line starts with.
pub(super) fn anchor(line: &[u8]) -> Option<Anchor> {
    let digits = digits(line, OD_MAX_DIGITS.saturating_add(1));
    let behind = line.get(digits..)?;
    match (digits, behind) {
        (8, [b':', b' ', ..]) => Some(Anchor::Colon),
        (8, [b' ', b' ', cell, ..]) if *cell != b' ' => Some(Anchor::Hexdump),
        (6..=OD_MAX_DIGITS, [b' ', cell, ..]) if *cell != b' ' => Some(Anchor::Od { digits }),
        (6..=OD_MAX_DIGITS, rest) if rest.iter().all(|character| *character == b' ') => Some(Anchor::End { digits }),
        _ => None,
    }
}

/// Whether a line starts with an anchor and a cell behind it: words of other rows look like addresses.
pub(super) fn starts(line: &[u8]) -> bool {
    let cell_at = |at: usize| line.get(at..).unwrap_or_default();
    let is_cell = |cell: &[u8], lens: &[usize]| {
        let len = digits(cell, CELL_MAX_DIGITS.saturating_add(1));
        lens.contains(&len) && cell.get(len).is_none_or(|behind| *behind == b' ')
    };
    match anchor(line) {
        Some(Anchor::Colon) => digits(cell_at(10), 1) == 1,
        Some(Anchor::Hexdump) => is_cell(cell_at(10), &[2]),
        // behind cells of eight digits, or the end of one, more of them are no row
        Some(Anchor::Od { digits: at @ 7.. }) => is_cell(cell_at(at.saturating_add(1)), &[2, 4]),
        Some(Anchor::Od { digits: at }) => is_cell(cell_at(at.saturating_add(1)), &[2]),
        Some(Anchor::End { .. }) | None => false,
    }
}

/// Bytes in the first cell behind the address of `od`; 1 if there is none of several.
pub(super) fn od_cell_bytes(line: &[u8], address_digits: usize) -> usize {
    let cell = line.get(address_digits.saturating_add(1)..).unwrap_or_default();
    match cell.iter().take(CELL_MAX_DIGITS.saturating_add(1)).take_while(|character| **character != b' ').count() {
        4 => 2,
        8 => 4,
        _ => 1,
    }
}

/// The address of a line that starts with an anchor.
pub(super) fn address(line: &[u8], anchor: Anchor, radix: Radix) -> Option<u32> {
    let (digits, radix) = match anchor {
        Anchor::Colon | Anchor::Hexdump => (8, Radix::Hex),
        Anchor::Od { digits } | Anchor::End { digits } => (digits, radix),
    };
    line.get(..digits).and_then(|digits| number(digits, radix))
}
