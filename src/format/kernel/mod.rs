//! The raw kernel: what starts it, its banner, and where it has to fit in memory.
//!
//! ```text
//! 0x0000  00 C0 A0 E1 B5 10 A0 E3 D3 00 A0 E3   the first ARM instructions of every camera kernel seen
//! ...     "Linux version 2.4.20-uc0 (root@maverick-linux) (gcc version 3.0) #1452 " day and date " 2010\n"
//! ```
//!
//! The date is printed in the language of the computer that built the kernel; on the makers' it is Chinese, in GBK.
//! packages-and-formats.md section 2 and captures-and-questions.md section 5, certain.

mod draft;
mod flash_chip;
mod usb;

use std::borrow::Cow;

use encoding_rs::GBK;
use jiff::civil::{Date, DateTime, Time};
use memchr::memmem;

pub use draft::Draft;
pub use flash_chip::{FlashChip, flash_chips};
pub use usb::{UsbId, UsbTable, usb_tables};

use super::text::readable;

/// The instructions that every camera kernel starts with (packages-and-formats.md section 2, certain).
pub const START: [u8; 12] = [0x00, 0xC0, 0xA0, 0xE1, 0xB5, 0x10, 0xA0, 0xE3, 0xD3, 0x00, 0xA0, 0xE3];

/// Where the boot loader unpacks the kernel to and starts it (boot-loader.md section 4, certain).
pub const LOAD_ADDRESS: usize = 0x8000;

/// Where the boot loader's own buffer starts, which the kernel must not reach (boot-loader.md section 4, certain).
pub const BUFFER_ADDRESS: usize = 0x30_0000;

/// The most bytes that an unpacked kernel can have.
pub const MAX_BYTES: usize = BUFFER_ADDRESS - LOAD_ADDRESS;

/// The address of the byte at `offset` of an unpacked kernel while it runs.
fn address_of(offset: usize) -> Option<u32> {
    u32::try_from(offset.checked_add(LOAD_ADDRESS)?).ok()
}

/// Where in the kernel the address at `offset` leads; `None` if it leads out of it.
fn pointer(kernel: &[u8], offset: usize) -> Option<usize> {
    let word = u32::from_le_bytes(kernel.get(offset..)?.first_chunk().copied()?);
    let place = usize::try_from(word).ok()?.checked_sub(LOAD_ADDRESS)?;
    (place < kernel.len()).then_some(place)
}

const BANNER_START: &[u8] = b"Linux version ";

/// Longer lines than this are no banner.
const BANNER_MAX_BYTES: usize = 256;

/// What a kernel says about itself in its first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner {
    /// The whole line, from UTF-8 or else GBK.
    pub text: String,
    /// The version, as `2.4.20-uc0`.
    pub version: String,
    /// The number behind `#`, which counts the builds on one computer.
    pub build: Option<u32>,
    /// What follows that number, as `Mon Dec 7 08:08:33 CST 2009` or the same in Chinese.
    pub date_text: String,
    /// The year in it.
    pub year: Option<i16>,
    /// The date and, if it is there, the time in it, in the time zone of the computer that built the kernel.
    pub built: Option<DateTime>,
}

/// The banner in the bytes of a kernel, if there is one.
pub fn banner(kernel: &[u8]) -> Option<Banner> {
    memmem::find_iter(kernel, BANNER_START).find_map(|at| read_banner(kernel.get(at..)?))
}

/// Looks for a banner in bytes that arrive in pieces, and keeps no more of them than it needs.
#[derive(Debug, Default)]
pub(crate) struct BannerSearch {
    carried: Vec<u8>,
    found: Option<Banner>,
}

impl BannerSearch {
    pub(crate) fn push(&mut self, piece: &[u8]) {
        if self.found.is_some() {
            return;
        }
        self.carried.extend_from_slice(piece);
        let complete = self.carried.len().saturating_sub(BANNER_MAX_BYTES);
        // A banner that starts in the last bytes may go on in the next piece.
        self.found = memmem::find_iter(&self.carried, BANNER_START)
            .take_while(|&at| at < complete)
            .find_map(|at| read_banner(self.carried.get(at..)?));
        self.carried.drain(..complete);
    }

    pub(crate) fn finish(self) -> Option<Banner> {
        self.found.or_else(|| banner(&self.carried))
    }
}

/// Reads the line at the start of `bytes`. A format string such as `Linux version %s` is no banner.
fn read_banner(bytes: &[u8]) -> Option<Banner> {
    let line = bytes.get(..BANNER_MAX_BYTES).unwrap_or(bytes);
    let line = line.split(|byte| matches!(byte, b'\n' | b'\r' | 0)).next()?;
    let text = match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => GBK.decode_without_bom_handling(line).0,
    };
    let text = readable(text.as_bytes());
    let version = text.get(BANNER_START.len()..)?.split_whitespace().next()?;
    if !version.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let behind_hash = text.rsplit_once(" #").map_or("", |(_, behind)| behind);
    let digits = behind_hash.find(|char: char| !char.is_ascii_digit()).unwrap_or(behind_hash.len());
    let (build, date_text) = behind_hash.split_at_checked(digits)?;
    let date_text = date_text.trim();
    let year = date_text.split_whitespace().rev().find_map(year);
    Some(Banner {
        version: version.to_owned(),
        build: build.parse().ok(),
        date_text: date_text.to_owned(),
        year,
        built: year.and_then(|year| built(date_text, year)),
        text,
    })
}

fn year(word: &str) -> Option<i16> {
    word.trim_end_matches('年').parse().ok().filter(|year| (1991..=2100).contains(year))
}

/// `Mon Dec 7 08:08:33 CST 2009` or `一 12月 6 08:08:33 CST 2010`.
fn built(text: &str, year: i16) -> Option<DateTime> {
    let spaced = text.replace('月', "月 ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (place, month) = words.iter().enumerate().find_map(|(place, word)| Some((place, month(word)?)))?;
    let mut behind = words.iter().skip(place).skip(1);
    let day = behind.next()?.trim_end_matches(['日', ',']).parse().ok()?;
    let time = behind.find_map(|word| time(word)).unwrap_or(Time::midnight());
    Some(Date::new(year, month, day).ok()?.to_datetime(time))
}

fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    if let Some(number) = word.strip_suffix('月') {
        return number.parse().ok();
    }
    (1..).zip(MONTHS).find(|(_, name)| *name == word).map(|(number, _)| number)
}

fn time(word: &str) -> Option<Time> {
    let mut fields = word.split(':').map(str::parse::<i8>);
    let (hour, minute, second) = (fields.next()?.ok()?, fields.next()?.ok()?, fields.next()?.ok()?);
    Time::new(hour, minute, second, 0).ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::datetime;

    use super::*;

    const CHINESE: &[u8] = b"\0\0Linux version 2.4.20-uc0 (root@maverick-linux) (gcc version 3.0) #1452 \xD2\xBB 12\xD4\xC2 6 08:08:33 CST 2010\n\0nfs\0";

    #[test]
    fn a_chinese_banner_gives_the_build_its_number_and_date() {
        let banner = banner(CHINESE).unwrap();
        assert_eq!(
            banner.text,
            "Linux version 2.4.20-uc0 (root@maverick-linux) (gcc version 3.0) #1452 一 12月 6 08:08:33 CST 2010"
        );
        assert_eq!(banner.version, "2.4.20-uc0");
        assert_eq!(banner.build, Some(1452));
        assert_eq!(banner.date_text, "一 12月 6 08:08:33 CST 2010");
        assert_eq!(banner.built, Some(datetime(2010, 12, 6, 8, 8, 33, 0)));
    }

    #[test]
    fn an_english_banner_is_read_as_well() {
        let kernel = b"Linux version 2.4.20-uc0 (a@b) (gcc version 3.0) #1042 Mon Dec  7 10:01:02 CST 2009\n";
        let banner = banner(kernel).unwrap();
        assert_eq!((banner.build, banner.year), (Some(1042), Some(2009)));
        assert_eq!(banner.built, Some(datetime(2009, 12, 7, 10, 1, 2, 0)));
    }

    #[test]
    fn a_format_string_is_no_banner_and_the_real_one_behind_it_is_found() {
        let kernel = [b"Linux version %s (%s)\0".as_slice(), CHINESE].concat();
        assert_eq!(banner(&kernel).unwrap().build, Some(1452));
        assert_eq!(banner(b"Linux version %s"), None);
        assert_eq!(banner(b""), None);
    }

    #[test]
    fn a_banner_is_found_wherever_the_pieces_are_cut() {
        let kernel = [vec![0xAA; 700], CHINESE.to_vec(), vec![0x55; 700]].concat();
        for piece_len in [1, 13, 100, 701, 1024, 4096] {
            let mut search = BannerSearch::default();
            kernel.chunks(piece_len).for_each(|piece| search.push(piece));
            assert_eq!(search.finish(), banner(&kernel), "pieces of {piece_len}");
        }
    }

    #[test]
    fn a_date_that_cannot_be_read_leaves_the_year() {
        let banner = banner(b"Linux version 2.4.20 (x) #7 sometime in 2010").unwrap();
        assert_eq!((banner.build, banner.year, banner.built), (Some(7), Some(2010), None));
    }
}
