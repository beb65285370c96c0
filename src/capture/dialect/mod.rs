//! Memory as other tools than the camera's boot loader write it down, found in any text and in any mixture.
//!
//! ```text
//! 00000000  50 4b 03 04 14 00 02 00  08 00 1d 41 86 3d 9d 4f  |PK.........A.=.O|   hexdump -C
//! 00000000: 504b 0304 1400 0200 0800 1d41 863d 9d4f  PK.........A.=.O               xxd
//! 000000 50 4b 03 04 14 00 02 00 08 00 1d 41 86 3d 9d 4f  >PK.........A.=.O<         od -A x -t x1z
//! 7f020000: 50 4b 03 04 14 00 02 00 08 00 1d 41 86 3d 9d 4f    PK.........A.=.O      md.b
//! :1000000050 ... 4FCC      S3157F020000504B ... 4F4F      504b0304140002000800...    records, plain digits
//! ```
//!
//! [`Others`] goes over what the lines of the boot loader's `d` leave of a text. [`whole`] reads rows that nothing is
//! wrong with, by position and fast; [`row`] all others with care, [`wrap`] those that a terminal broke in two; [`records`]
//! and [`plain`] read what has no rows. [`shape`] says where the parts of a row stand, and [`head`] what it begins with.
//! The forms are those of the tools themselves, to which the tests hold what is printed.

mod column;
mod head;
mod others;
mod plain;
mod records;
mod row;
mod shape;
mod whole;
pub(super) mod wrap;

pub(super) use others::Others;
pub(super) use row::Row;
pub(super) use shape::Shape;

use super::Dialect;
use super::line::Order;

/// Dialects of one tool, whose lines continue each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// The boot loader's `d`.
    BootLoader,
    /// U-Boot's `md`.
    UBoot,
    Hexdump,
    Xxd,
    Od,
    IntelHex,
    SRecord,
    Plain,
}

/// What the numbers in front of lines count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Space {
    /// Addresses as the camera's processor sees them.
    Memory,
    /// Bytes from the start of something of which the text does not tell where it lies.
    File,
}

impl Family {
    /// What the numbers of its lines count, if nothing else tells.
    pub const fn space(self) -> Space {
        match self {
            Self::BootLoader | Self::UBoot => Space::Memory,
            Self::Hexdump | Self::Xxd | Self::Od | Self::IntelHex | Self::SRecord | Self::Plain => Space::File,
        }
    }

    /// The order of the bytes in a unit if no ASCII column shows it.
    pub const fn usual_order(self) -> Order {
        match self {
            Self::Xxd => Order::Swapped,
            _ => Order::LittleEndian,
        }
    }

    /// Whether no line can have a changed address: a checksum covers it, or it is counted and not printed.
    pub const fn has_sure_addresses(self) -> bool {
        matches!(self, Self::IntelHex | Self::SRecord | Self::Plain)
    }

    /// Whether a `*` stands for lines that repeat the one before.
    pub const fn has_repeats(self) -> bool {
        matches!(self, Self::Hexdump | Self::Od | Self::Xxd)
    }

    /// Whether the last line tells how long all is.
    pub const fn has_end(self) -> bool {
        matches!(self, Self::Hexdump | Self::Od | Self::IntelHex | Self::SRecord)
    }
}

impl Dialect {
    pub(super) const fn family(self) -> Family {
        match self {
            Self::Bytes | Self::HalfWords | Self::Words | Self::SwappedWords => Family::BootLoader,
            Self::Hexdump => Family::Hexdump,
            Self::Xxd | Self::XxdLittleEndian => Family::Xxd,
            Self::Plain => Family::Plain,
            Self::Od | Self::OdOctal | Self::HexdumpPairs | Self::OdPairs | Self::OdWords => Family::Od,
            Self::MdBytes | Self::MdHalfWords | Self::MdWords => Family::UBoot,
            Self::IntelHex => Family::IntelHex,
            Self::SRecord => Family::SRecord,
        }
    }

    /// The dialect that prints the same units in this order.
    pub(super) const fn in_order(self, order: Order) -> Self {
        match (self, order) {
            (Self::Words, Order::Swapped) => Self::SwappedWords,
            (Self::Xxd, Order::LittleEndian) => Self::XxdLittleEndian,
            _ => self,
        }
    }
}
