//! When a packed file was last changed, as zip and gzip store it.

use jiff::civil::{Date, DateTime, Time};

/// When a packed file was last changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// As a zip has it: the local time of who packed it.
    Dos(DosTime),
    /// As a gzip has it: seconds since 1970; 0 is none.
    Unix(u32),
}

impl Stamp {
    /// The date and time, of the packer's time zone or (gzip) UTC; `None` if it is none.
    pub fn civil(self) -> Option<DateTime> {
        match self {
            Self::Dos(dos) => dos.civil(),
            Self::Unix(0) => None,
            Self::Unix(seconds) => {
                let timestamp = jiff::Timestamp::from_second(seconds.into()).ok()?;
                Some(jiff::tz::Offset::UTC.to_datetime(timestamp))
            }
        }
    }
}

/// A date and time in the two 16-bit words of DOS: steps of two seconds, years from 1980 to 2107.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DosTime {
    /// Hour, minute and half the second, in 5, 6 and 5 bits.
    pub time: u16,
    /// Year since 1980, month and day, in 7, 4 and 5 bits.
    pub date: u16,
}

impl DosTime {
    /// The words for a date and time; `None` for a year that they cannot hold. An odd second loses one.
    pub fn from_civil(civil: DateTime) -> Option<Self> {
        let year = u16::try_from(civil.year().checked_sub(1980)?).ok().filter(|year| *year < 128)?;
        let field = |value: i8| u16::from(value.unsigned_abs());
        let time = field(civil.hour()) << 11 | field(civil.minute()) << 5 | field(civil.second()) >> 1;
        Some(Self { time, date: year << 9 | field(civil.month()) << 5 | field(civil.day()) })
    }

    /// The date and time; `None` if the words hold none.
    pub fn civil(self) -> Option<DateTime> {
        let field = |word: u16, shift: u32, mask: u16| i8::try_from(word.checked_shr(shift)? & mask).ok();
        let year = i16::try_from(self.date >> 9).ok()?.checked_add(1980)?;
        let date = Date::new(year, field(self.date, 5, 15)?, field(self.date, 0, 31)?).ok()?;
        let second = field(self.time, 0, 31)?.checked_mul(2)?;
        let time = Time::new(field(self.time, 11, 31)?, field(self.time, 5, 63)?, second, 0).ok()?;
        Some(date.to_datetime(time))
    }
}
