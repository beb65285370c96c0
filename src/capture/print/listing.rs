//! Rows as `hexdump`, `xxd`, `od` and U-Boot's `md` print them.

use crate::image::FlashAddr;

use super::super::Dialect;

/// Bytes that a row shows.
const ROW_BYTES: usize = 16;

/// How the digits of a listing are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// `4b`
    Lower,
    /// `4B`, as `xxd -u` writes it.
    Upper,
}

/// Whether rows that repeat the one before them become one `*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    Squeezed,
    InFull,
}

/// The form of a row: everything but address and bytes.
pub(super) struct Form {
    address: fn(u32) -> String,
    /// Bytes in a cell.
    cell_bytes: usize,
    /// Whether the last byte of a cell comes first.
    is_little_endian: bool,
    /// What stands before byte 8 besides the blank before each cell.
    middle: &'static str,
    /// What stands around the ASCII column, if there is one.
    column: Option<(&'static str, &'static str)>,
    case: Case,
    /// What stands for digits of a cell's bytes that are not there.
    pad: u8,
    /// Whether a last line has the offset behind the last byte and nothing else.
    has_end: bool,
    /// Whether a short row has blanks where cells are missing although nothing stands behind them.
    is_padded: bool,
}

impl Form {
    /// The form of a dialect; `None` if it has no rows.
    pub fn of(dialect: Dialect) -> Option<Self> {
        let md = |cell_bytes: usize| Self {
            address: |at| format!("{at:08x}:"),
            cell_bytes,
            is_little_endian: true,
            middle: "",
            column: Some(("    ", "")),
            case: Case::Lower,
            pad: b' ',
            has_end: false,
            is_padded: false,
        };
        Some(match dialect {
            Dialect::Hexdump => Self {
                address: |at| format!("{at:08x} "),
                middle: " ",
                column: Some(("  |", "|")),
                has_end: true,
                ..md(1)
            },
            Dialect::Xxd => Self { is_little_endian: false, column: Some(("  ", "")), ..md(2) },
            Dialect::XxdLittleEndian => Self { column: Some(("  ", "")), ..md(4) },
            Dialect::Od => {
                Self { address: |at| format!("{at:06x}"), column: Some(("  >", "<")), has_end: true, ..md(1) }
            }
            Dialect::OdOctal => Self { address: |at| format!("{at:07o}"), column: None, has_end: true, ..md(1) },
            Dialect::HexdumpPairs => Self {
                address: |at| format!("{at:07x}"),
                column: None,
                has_end: true,
                pad: b'0',
                is_padded: true,
                ..md(2)
            },
            Dialect::OdPairs => {
                Self { address: |at| format!("{at:07o}"), column: None, has_end: true, pad: b'0', ..md(2) }
            }
            Dialect::OdWords => {
                Self { address: |at| format!("{at:07o}"), column: None, has_end: true, pad: b'0', ..md(4) }
            }
            Dialect::MdBytes => md(1),
            Dialect::MdHalfWords => md(2),
            Dialect::MdWords => md(4),
            _ => return None,
        })
    }

    /// `xxd -g GROUP`, with `-u` in upper case.
    pub fn xxd(group: usize, case: Case) -> Option<Self> {
        Self::of(Dialect::Xxd).map(|form| Self { cell_bytes: group.clamp(1, ROW_BYTES), case, ..form })
    }

    /// All rows of an image.
    pub fn rows(&self, text: &mut Vec<u8>, image: &[u8], address: FlashAddr, repeats: Repeats) {
        let mut at = address.0;
        let mut before: Option<&[u8]> = None;
        let mut is_squeezed = false;
        for bytes in image.chunks(ROW_BYTES) {
            let is_repeat = repeats == Repeats::Squeezed && before == Some(bytes);
            if is_repeat && !is_squeezed {
                text.extend_from_slice(b"*\n");
            } else if !is_repeat {
                self.row(text, at, bytes);
            }
            (is_squeezed, before) = (is_repeat, Some(bytes));
            at = at.wrapping_add(u32::try_from(bytes.len()).unwrap_or(0));
        }
        if self.has_end && !image.is_empty() {
            text.extend_from_slice((self.address)(at).trim_ascii_end().as_bytes());
            text.push(b'\n');
        }
    }

    fn row(&self, text: &mut Vec<u8>, at: u32, bytes: &[u8]) {
        text.extend_from_slice((self.address)(at).as_bytes());
        let cells_from = text.len();
        self.cells(text, bytes);
        if self.column.is_some() || self.is_padded {
            let cells = ROW_BYTES.div_ceil(self.cell_bytes);
            let width = cells.saturating_add(ROW_BYTES * 2).saturating_add(self.middle.len());
            text.resize(cells_from.saturating_add(width), b' ');
        }
        if let Some((open, close)) = self.column {
            text.extend_from_slice(open.as_bytes());
            text.extend(bytes.iter().map(|byte| if matches!(byte, 0x20..=0x7E) { *byte } else { b'.' }));
            text.extend_from_slice(close.as_bytes());
        }
        text.push(b'\n');
    }

    fn cells(&self, text: &mut Vec<u8>, bytes: &[u8]) {
        let mut place = 0_usize;
        for cell in bytes.chunks(self.cell_bytes) {
            if place == ROW_BYTES / 2 {
                text.extend_from_slice(self.middle.as_bytes());
            }
            text.push(b' ');
            let mut cell_bytes = cell.to_vec();
            if self.is_little_endian {
                // digits of bytes that are not there are blank, or zeros, where they would stand
                let missing = self.cell_bytes.saturating_sub(cell.len()).saturating_mul(2);
                text.resize(text.len().saturating_add(missing), self.pad);
                cell_bytes.reverse();
            }
            let digits = match self.case {
                Case::Lower => hex::encode(cell_bytes),
                Case::Upper => hex::encode_upper(cell_bytes),
            };
            text.extend_from_slice(digits.as_bytes());
            place = place.saturating_add(cell.len());
        }
    }
}
