//! Text -> an image: logs of the boot loader's memory display `d`, as the recovery tool's `.dat` files and terminal
//! programs keep them, and what other tools print of memory or of a file.
//!
//! ```text
//! D␍␊
//!  -b 0x7F020000␊␍[7F020000] 50 4B 03 04 14 00 02 00 - 08 00 1D 41 86 3D 9D 4F  PK.........A.=.O␍␊
//!                 [7F020010] FB 83 DC DC 0A 00 5C B7 - 15 00 09 00 00 00 6C 69  ......\.......li D␍␊
//!                 address    8 bytes                   8 bytes                  16 characters
//! ```
//!
//! Only `[8 hex digits] ` is trusted to begin a line, wherever it stands; echoes, prompts and line ends are whatever
//! the tool and the terminal left of them (captures-and-questions.md sections 1.3 and 2.1, certain).
//!
//! The way through: `clean` takes out what terminals put in, `scan` walks over the text and lets `line` read one line of
//! `d` at a time and `dialect` all others, `evidence` keeps what was read in the order of the text, and `settle` makes an
//! image of it. A byte is *known* only if nothing speaks against it; what is damaged, contradicted or missing is a hole in
//! the image and a finding.
#![deny(clippy::arithmetic_side_effects)]

mod clean;
mod detect;
mod dialect;
mod evidence;
mod line;
pub mod merge;
mod place;
pub mod print;
mod scan;
mod settle;
mod sidecar;
#[cfg(test)]
mod tests;
mod unread;
mod words;

use std::borrow::Cow;

use serde::Serialize;

pub use clean::TakenOut;
pub use detect::detect;
pub use sidecar::{Twin, twin};
pub use unread::unread_form;

use crate::finding::Finding;
use crate::image::{Image, SpanSet};

/// A way of writing memory down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, strum::Display, strum::EnumIter)]
#[serde(rename_all = "kebab-case")]
pub enum Dialect {
    /// The boot loader's `d -b`: bytes (captures-and-questions.md section 2.1, as are the next three).
    #[strum(serialize = "d -b")]
    Bytes,
    /// `d -h`: little-endian 16-bit units.
    #[strum(serialize = "d -h")]
    HalfWords,
    /// `d` or `d -w`: little-endian 32-bit units.
    #[strum(serialize = "d")]
    Words,
    /// `d -s`: 32-bit units with their bytes swapped, which puts them in memory order.
    #[strum(serialize = "d -s")]
    SwappedWords,
    /// `hexdump -C` of a file.
    #[strum(serialize = "hexdump -C")]
    Hexdump,
    /// `xxd` of a file, in groups of any size.
    #[strum(serialize = "xxd")]
    Xxd,
    /// `xxd -e`: little-endian groups.
    #[strum(serialize = "xxd -e")]
    XxdLittleEndian,
    /// `xxd -p`: digits and nothing else.
    #[strum(serialize = "xxd -p")]
    Plain,
    /// `od -A x -t x1z`, or without the `z`: hexadecimal offsets.
    #[strum(serialize = "od -A x -t x1z")]
    Od,
    /// `od -t x1`: octal offsets.
    #[strum(serialize = "od -t x1")]
    OdOctal,
    /// Plain `hexdump`: 16-bit units in the order of the computer it ran on, taken for little-endian.
    #[strum(serialize = "hexdump")]
    HexdumpPairs,
    /// `od -t x2` or `od -x`: the same with octal offsets.
    #[strum(serialize = "od -t x2")]
    OdPairs,
    /// `od -t x4`: 32-bit units.
    #[strum(serialize = "od -t x4")]
    OdWords,
    /// U-Boot's `md.b`: bytes.
    #[strum(serialize = "md.b")]
    MdBytes,
    /// U-Boot's `md.w`: 16-bit units.
    #[strum(serialize = "md.w")]
    MdHalfWords,
    /// U-Boot's `md` or `md.l`: 32-bit units.
    #[strum(serialize = "md")]
    MdWords,
    /// Intel HEX records.
    #[strum(serialize = "Intel HEX")]
    IntelHex,
    /// Motorola S-records.
    #[strum(serialize = "S-record")]
    SRecord,
}

impl Dialect {
    /// The four layouts of the boot loader's `d`.
    pub const BOOT_LOADER: [Self; 4] = [Self::Bytes, Self::HalfWords, Self::Words, Self::SwappedWords];
}

/// Who wrote the capture down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Writer {
    /// The Foscam Clone Recovery Tool: echoes without prompt (captures-and-questions.md section 1.3).
    RecoveryTool,
    /// A terminal program: prompt or `Displaying memory at` is there.
    TerminalLog,
    /// Nothing but data lines: a log that somebody cleaned.
    BareLines,
}

/// What a text says about the camera's memory.
#[derive(Debug)]
pub struct Capture {
    /// Who wrote it down.
    pub writer: Writer,
    /// The dialects that occur, the most frequent first, each with its number of lines.
    pub dialects: Vec<(Dialect, usize)>,
    /// What the numbers in front of the lines say about where the image lies.
    pub addresses: Addresses,
    /// The page of the image dumped before this one, if the capture opens with it; its address tells where it belongs.
    pub carried: Option<Image>,
    /// The bytes from the lowest to the highest captured address. Empty if no line could be read, and without an address
    /// if nothing tells where in the camera they lie.
    ///
    /// Known are the bytes that were read and that nothing contradicts. A byte that contradicts its ASCII column or
    /// another reading holds the first value read, but is not known.
    pub image: Image,
    /// The bytes that a line gave, known or not.
    pub captured: SpanSet,
    /// The bytes that were read twice with different values.
    pub conflicts: SpanSet,
    /// The bytes whose hex digits and ASCII column contradict each other, and no other line settles it.
    pub contradicted: SpanSet,
    /// What the order of the bytes in units of several bytes rests on; `None` if it makes no difference.
    pub word_order: Option<WordOrder>,
    /// What was taken out of the text before it was read.
    pub taken_out: TakenOut,
    /// What is missing, doubtful or odd; spans are offsets in the image. What lies outside of the image has an empty
    /// span at the nearer end of it.
    pub findings: Vec<Finding>,
    /// How much of the text was of use.
    pub stats: Stats,
    /// What every line says, for a merge with other captures.
    readings: merge::Readings,
}

impl Capture {
    /// The bytes that are known from lines of their own.
    fn shown(&self) -> Cow<'_, SpanSet> {
        let known = self.image.known();
        let squeezed: SpanSet = self.readings.squeezed(self.first_number()).collect();
        match squeezed.iter().next() {
            None => Cow::Borrowed(known),
            Some(_) => Cow::Owned(known.iter().flat_map(|span| squeezed.gaps_in(span)).collect()),
        }
    }

    /// Whether no line of memory display could be read: the tool sent a command and nothing came back.
    pub fn is_empty(&self) -> bool {
        self.image.is_empty()
    }
}

/// What the numbers in front of a capture's lines say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "are", rename_all = "kebab-case")]
pub enum Addresses {
    /// They are addresses as the camera's processor sees them.
    Printed,
    /// They count from the start of something else, such as a file; where that lies in the flash they do not tell.
    Offsets {
        /// The one of the image's first byte.
        first: u32,
    },
    /// There are none: the image's first byte is the first that was shown.
    None,
}

/// How the order of the bytes in units of several bytes came to be known, counted in lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct WordOrder {
    /// Their ASCII column shows that they are little-endian.
    pub little_endian: usize,
    /// Their ASCII column shows that they are in the order of the memory.
    pub swapped: usize,
    /// Their own column leaves it open; the lines beside them tell it, or all that tell one tell the same.
    pub by_neighbours: usize,
    /// Their own column leaves it open, as all columns do; the command that was typed tells it.
    pub typed: usize,
    /// Nothing proves it: they were read like their neighbours, or as the tool usually prints.
    pub unsettled: usize,
}

/// How much of a capture was of use, counted in lines of memory display.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Stats {
    /// Lines that start as memory display does, readable or not: used, out of sequence, stray, without a place or damaged.
    pub lines: usize,
    /// Lines in the image; of some not all bytes.
    pub used: usize,
    /// Lines of which something could not be read.
    pub damaged: usize,
    /// Records whose checksum does not hold.
    pub bad_checksums: usize,
    /// Whole lines left out since their address does not fit the lines around them.
    pub out_of_sequence: usize,
    /// Lines left out since they lie apart from the rest.
    pub stray: usize,
    /// Lines left out since nothing tells where they belong.
    pub without_place: usize,
    /// Lines in the image that a `*` stands for.
    pub squeezed: usize,
    /// Lines whose bytes no whole ASCII column confirms.
    pub without_ascii: usize,
    /// Bytes whose hex digits and ASCII column contradict each other, and no other line settles it.
    pub ascii_mismatches: usize,
    /// Bytes that were read twice with different values.
    pub conflicts: usize,
    /// Pieces of other text: prompts, echoes, answers to other commands.
    pub other_text: usize,
    /// 256-byte pages of the address space from which at least one byte was captured.
    pub pages: usize,
    /// Bytes between the lowest and the highest address that were not captured.
    pub missing_bytes: usize,
}

/// Decodes a capture, whatever its dialects, as far as it holds.
///
/// Never fails: text without a single readable line gives an empty image and says so. Takes linear time, and memory
/// in proportion to the text plus at most 8 MiB for holes.
///
/// ```
/// let text = b"[7F020000] 50 4B 03 04 14 00 02 00 - 08 00 1D 41 86 3D 9D 4F  PK.........A.=.O\r\n";
/// let capture = unbrick::capture::decode(text);
/// assert!(capture.image.starts_with(b"PK\x03\x04"));
/// assert_eq!(capture.image.address(), Some(unbrick::image::FlashAddr(0x7F02_0000)));
/// ```
pub fn decode(text: &[u8]) -> Capture {
    let cleaned = clean::clean(text);
    settle::settle(scan::read(&cleaned.text), detect::writer(&cleaned.text), &cleaned)
}
