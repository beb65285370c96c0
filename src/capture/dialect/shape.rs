//! The forms of rows: where their parts stand.

use super::super::Dialect;
use super::super::line::LINE_BYTES;
use super::Family;

/// How offsets of `od` are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Radix {
    Octal,
    Hex,
}

/// The places of a row's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Shape {
    pub dialect: Dialect,
    /// Characters of the address and what directly follows it.
    pub address_chars: usize,
    /// How addresses are written.
    pub radix: Radix,
    /// Characters in front of the first cell.
    pub cells_at: usize,
    pub cell_bytes: usize,
    /// Whether one more blank stands before byte 8.
    pub has_middle: bool,
    /// What stands before and behind the column.
    pub open: &'static [u8],
    pub close: &'static [u8],
}

impl Shape {
    /// Rows with a colon behind the address.
    const fn colon(dialect: Dialect, cell_bytes: usize, open: &'static [u8]) -> Self {
        let radix = Radix::Hex;
        Self { dialect, address_chars: 9, radix, cells_at: 10, cell_bytes, has_middle: false, open, close: b"" }
    }

    pub const HEXDUMP: Self =
        Self { address_chars: 8, has_middle: true, close: b"|", ..Self::colon(Dialect::Hexdump, 1, b"  |") };

    pub const fn od(digits: usize, radix: Radix) -> Self {
        let dialect = match radix {
            Radix::Octal => Dialect::OdOctal,
            Radix::Hex => Dialect::Od,
        };
        let cells_at = digits.saturating_add(1);
        Self { address_chars: digits, cells_at, radix, close: b"<", ..Self::colon(dialect, 1, b"  >") }
    }

    /// Cells of several bytes, as plain `hexdump` prints them with hexadecimal and `od` with octal addresses.
    pub const fn od_units(digits: usize, radix: Radix, cell_bytes: usize) -> Self {
        let dialect = match (cell_bytes, radix) {
            (2, Radix::Hex) => Dialect::HexdumpPairs,
            (2, Radix::Octal) => Dialect::OdPairs,
            _ => Dialect::OdWords,
        };
        Self { dialect, radix, cell_bytes, ..Self::od(digits, radix) }
    }

    pub const fn xxd(cell_bytes: usize) -> Self {
        Self::colon(Dialect::Xxd, cell_bytes, b"  ")
    }

    pub const fn md(cell_bytes: usize) -> Self {
        let dialect = match cell_bytes {
            1 => Dialect::MdBytes,
            2 => Dialect::MdHalfWords,
            _ => Dialect::MdWords,
        };
        Self::colon(dialect, cell_bytes, b"    ")
    }

    /// The shape, and the one that differs only in the gap before the column.
    pub fn variants(self) -> Vec<Self> {
        match self.dialect.family() {
            Family::Xxd => vec![self, Self::md(self.cell_bytes)],
            Family::UBoot => vec![self, Self::xxd(self.cell_bytes)],
            _ => vec![self],
        }
    }

    /// Digits of a cell.
    pub fn cell_chars(&self) -> usize {
        self.cell_bytes.saturating_mul(2)
    }

    /// Where the cell of a byte starts.
    pub fn cell_at(&self, byte: usize) -> usize {
        let cell = byte.checked_div(self.cell_bytes).unwrap_or(0);
        let middle = usize::from(self.has_middle && byte >= LINE_BYTES / 2);
        self.cells_at.saturating_add(cell.saturating_mul(self.cell_chars().saturating_add(1))).saturating_add(middle)
    }

    /// Whether its rows are of units whose order no column shows, and padded where a file ends within one.
    pub fn has_padded_units(&self) -> bool {
        self.dialect.family() == Family::Od && self.cell_bytes > 1
    }

    /// Where all cells end.
    pub fn cells_end(&self) -> usize {
        self.cell_at(LINE_BYTES).saturating_sub(1)
    }

    /// Whether a row has a blank at a place, whatever its bytes are.
    pub fn is_blank(&self, at: usize) -> bool {
        if let Some(behind) = at.checked_sub(self.cells_end()) {
            return self.open.get(behind) == Some(&b' ');
        }
        let cell_step = self.cell_chars().saturating_add(1);
        let middle = self.cell_at(LINE_BYTES / 2);
        let from = if self.has_middle && at >= middle { middle } else { self.cells_at };
        match at.checked_sub(from) {
            Some(behind) => {
                behind.checked_rem(cell_step) == Some(self.cell_chars())
                    || (self.has_middle && at.saturating_add(1) == middle)
            }
            None => at >= self.address_chars,
        }
    }

    /// Characters of a row that nothing is missing of.
    pub fn whole_chars(&self) -> usize {
        self.column_at().saturating_add(LINE_BYTES).saturating_add(self.close.len())
    }

    /// Where the column's first character stands.
    pub fn column_at(&self) -> usize {
        self.cells_end().saturating_add(self.open.len())
    }
}
