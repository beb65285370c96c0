//! bFLT, the program format of uClinux: a header, the program's text and data, and relocations, plain or gzip'd.
//!
//! | off | field | | off | field |
//! |---|---|---|---|---|
//! | 0x00 | magic `bFLT` | | 0x1C | relocations start |
//! | 0x04 | revision, 4 | | 0x20 | number of relocations |
//! | 0x08 | entry | | 0x24 | flags |
//! | 0x0C | data start | | 0x28 | build date |
//! | 0x10 | data end | | 0x2C | filler, 5 words |
//! | 0x14 | bss end | | 0x40 | text, data, relocations |
//! | 0x18 | stack size | | | |
//!
//! Words of 4 bytes, big-endian. Offsets count from the first byte of the file as it is without compression. With
//! flag 4 all that follows the header is one gzip member; with flag 8 only what follows the text
//! (packages-and-formats.md section 7, certain).

mod body;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::BitOr;

pub use body::{Body, NotUnpacked, unpack, verify};
use nom::bytes::complete::{tag, take};
use nom::number::complete::be_u32;
use nom::{IResult, Parser};

use super::{NotThisFormat, Parsed};
use crate::finding::{Fact, Finding};
use crate::image::Span;

/// The first four bytes of every flat binary.
pub const MAGIC: [u8; 4] = *b"bFLT";

/// Bytes in the header.
pub const HEADER_LEN: usize = 0x40;

/// The revision that the kernel runs.
pub const REVISION: u32 = 4;

/// The revision before it, in old files.
pub const OLD_REVISION: u32 = 2;

/// A program of these cameras must fit their RAM; more is never unpacked.
pub const UNPACKED_LIMIT: usize = 64 << 20;

const FLAGS_OFFSET: usize = 0x24;
const GZIP_MAGIC: &[u8] = b"\x1F\x8B\x08";
const GZIP_TIME_OFFSET: usize = 4;
const RELOCATION_LEN: usize = 4;

/// What the kernel does with a program before it starts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Flags(pub u32);

impl Flags {
    /// Loaded into RAM as a whole.
    pub const RAM: Self = Self(1);
    /// Position-independent, with a global offset table.
    pub const GOT: Self = Self(2);
    /// All behind the header is gzip'd.
    pub const GZIP: Self = Self(4);
    /// All behind the text is gzip'd.
    pub const GZIP_DATA: Self = Self(8);

    const NAMES: [(Self, &'static str); 4] =
        [(Self::RAM, "ram"), (Self::GOT, "got"), (Self::GZIP, "gzip"), (Self::GZIP_DATA, "gzip-data")];

    /// Whether all of `other` is set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The same flags without those of `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = Self::NAMES.iter().filter(|(flag, _)| self.has(*flag)).map(|(_, name)| *name);
        let names: Vec<&str> = known.collect();
        f.write_str(if names.is_empty() { "none" } else { "" })?;
        f.write_str(&names.join(", "))
    }
}

/// Where the bytes behind the header are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As they are.
    Plain,
    /// In a gzip member that starts at `start` in the file and holds all that follows this offset.
    Gzip {
        /// 0x40, or the start of the data.
        start: usize,
        /// When it was packed, in seconds since 1970: on cameras, the time of the build. `None` if there is no gzip
        /// header, or it has no time.
        time: Option<u32>,
    },
}

/// A flat binary. Spans count in the file as it is without compression, which [`unpack`] gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flat {
    /// The revision, [`REVISION`] in all that the kernel runs.
    pub revision: u32,
    /// Where the program starts.
    pub entry: usize,
    /// The code, from behind the header to the data.
    pub text: Span,
    /// The initialised data.
    pub data: Span,
    /// The data that starts as zeros; no bytes of the file hold it.
    pub bss_len: usize,
    /// Bytes of stack that it asks for.
    pub stack_len: usize,
    /// The list of words to relocate, 4 bytes each.
    pub relocations: Span,
    /// What the kernel does with it.
    pub flags: Flags,
    /// When it was linked, in seconds since 1970; `None` if it does not say.
    pub build_date: Option<u32>,
    /// Where the bytes behind the header are.
    pub packing: Packing,
    len: usize,
}

impl Flat {
    /// Bytes of it that are there. Where a gzip member ends is not known without unpacking it: of a packed program
    /// these are all the bytes given, and [`Body::end`] has the true end.
    #[allow(clippy::len_without_is_empty)] // it never is
    pub fn len(&self) -> usize {
        self.len
    }

    /// Bytes of the file without compression (packages-and-formats.md section 7, certain).
    pub fn unpacked_len(&self) -> usize {
        self.data.end().max(self.relocations.end())
    }
}

/// The header, field by field.
#[derive(Debug, Clone, Copy)]
struct Header {
    revision: u32,
    entry: usize,
    data_start: usize,
    data_end: usize,
    bss_end: usize,
    stack_len: usize,
    relocations_start: usize,
    relocation_count: usize,
    flags: Flags,
    build_date: u32,
}

fn header(bytes: &[u8]) -> IResult<&[u8], Header> {
    let count = || be_u32.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
    let (rest, (_, revision, entry)) = (tag(MAGIC.as_slice()), be_u32, count()).parse(bytes)?;
    let (rest, (data_start, data_end, bss_end)) = (count(), count(), count()).parse(rest)?;
    let (rest, (stack_len, relocations_start, relocation_count)) = (count(), count(), count()).parse(rest)?;
    let (rest, (flags, build_date, _filler)) = (be_u32.map(Flags), be_u32, take(20_usize)).parse(rest)?;
    let header = Header {
        revision,
        entry,
        data_start,
        data_end,
        bss_end,
        stack_len,
        relocations_start,
        relocation_count,
        flags,
        build_date,
    };
    Ok((rest, header))
}

impl Header {
    fn relocations(&self) -> Span {
        Span::at(self.relocations_start, self.relocation_count.saturating_mul(RELOCATION_LEN))
    }

    /// Why the fields cannot be true.
    fn contradictions(&self) -> Vec<String> {
        let text = Span::new(HEADER_LEN, self.data_start);
        let end = self.data_end.max(self.relocations().end());
        let rules = [
            (self.data_start < HEADER_LEN, format!("the data starts at 0x{:X}, in the header", self.data_start)),
            (
                self.data_end < self.data_start,
                format!("the data ends at 0x{:X}, before its start at 0x{:X}", self.data_end, self.data_start),
            ),
            (
                self.bss_end < self.data_end,
                format!("the bss ends at 0x{:X}, before the data does at 0x{:X}", self.bss_end, self.data_end),
            ),
            (!text.contains(self.entry), format!("the entry 0x{:X} is outside the text {text}", self.entry)),
            (
                self.relocation_count > 0 && self.relocations_start < self.data_start,
                format!("the relocations start at 0x{:X}, in the text", self.relocations_start),
            ),
            (end > UNPACKED_LIMIT, format!("it would have 0x{end:X} bytes, more than any camera's RAM")),
        ];
        rules.into_iter().filter_map(|(is_broken, reason)| is_broken.then_some(reason)).collect()
    }

    /// Only the newer revision knows compression (packages-and-formats.md section 7).
    fn packing(&self, bytes: &[u8]) -> Packing {
        let start = match self.flags {
            flags if self.revision != REVISION || !(flags.has(Flags::GZIP) || flags.has(Flags::GZIP_DATA)) => {
                return Packing::Plain;
            }
            flags if flags.has(Flags::GZIP) => HEADER_LEN,
            _ => self.data_start,
        };
        let has_magic = bytes.get(start..).is_some_and(|member| member.starts_with(GZIP_MAGIC));
        let time = Span::at(start.saturating_add(GZIP_TIME_OFFSET), 4).of(bytes).try_into().map(u32::from_le_bytes);
        Packing::Gzip { start, time: time.ok().filter(|&time| has_magic && time != 0) }
    }
}

/// Reads the flat binary that `bytes` start with, without unpacking it: [`verify`] does.
///
/// # Errors
/// If there is no magic with a whole header behind it, or the revision is unknown and the fields make no sense either
/// (the word `bFLT` in another program).
pub fn parse(bytes: &[u8]) -> Result<Parsed<Flat>, NotThisFormat> {
    let Ok((_, header)) = header(bytes) else {
        return Err(NotThisFormat::at("flat binary", 0, "`bFLT` and a header of 64 bytes", bytes));
    };
    let contradictions = header.contradictions();
    if ![REVISION, OLD_REVISION].contains(&header.revision) && !contradictions.is_empty() {
        return Err(NotThisFormat::at("flat binary", 4, "revision 4 or 2", bytes));
    }
    let mut findings = Vec::new();
    if header.revision != REVISION {
        findings.push(Finding::new(Fact::FlatRevision { revision: header.revision }, Span::at(4, 4)));
    }
    let in_header = Span::at(8, FLAGS_OFFSET.saturating_sub(8));
    findings.extend(contradictions.into_iter().map(|reason| Finding::new(Fact::FlatLayout { reason }, in_header)));
    let mut flat = Flat {
        revision: header.revision,
        entry: header.entry,
        text: Span::new(HEADER_LEN, header.data_start),
        data: Span::new(header.data_start, header.data_end),
        bss_len: header.bss_end.saturating_sub(header.data_end),
        stack_len: header.stack_len,
        relocations: header.relocations(),
        flags: header.flags,
        build_date: (header.build_date != 0).then_some(header.build_date),
        packing: header.packing(bytes),
        len: bytes.len(),
    };
    match flat.packing {
        Packing::Plain => {
            flat.len = flat.unpacked_len().clamp(HEADER_LEN, bytes.len());
            let missing = flat.unpacked_len().saturating_sub(bytes.len());
            if missing > 0 {
                let reason = format!("{missing} of its {} bytes are missing", flat.unpacked_len());
                findings.push(Finding::new(Fact::FlatBody { reason }, Span::new(0, bytes.len())));
            }
        }
        Packing::Gzip { start, .. } => {
            if bytes.get(start..).is_none_or(|member| !member.starts_with(GZIP_MAGIC)) {
                let reason = format!("no gzip member starts at 0x{start:X}");
                findings.push(Finding::new(Fact::FlatBody { reason }, Span::new(start, bytes.len())));
            }
        }
    }
    Ok(Parsed { value: flat, findings })
}

/// A program to put into a flat binary. The bss and the stack are lengths, relocations offsets from 0x40.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewFlat<'a> {
    /// The code; the program starts at its first byte.
    pub text: &'a [u8],
    /// The initialised data.
    pub data: &'a [u8],
    /// Bytes of data that starts as zeros.
    pub bss_len: u32,
    /// Bytes of stack.
    pub stack_len: u32,
    /// Which words to relocate.
    pub relocations: &'a [u32],
    /// What the kernel does with it; [`Flags::GZIP`] or [`Flags::GZIP_DATA`] pack it.
    pub flags: Flags,
    /// The time in the gzip header, in seconds since 1970; 0 for none.
    pub time: u32,
}

/// Builds a flat binary of revision 4.
pub fn build(program: &NewFlat<'_>) -> Vec<u8> {
    let word = |len: usize| u32::try_from(len).unwrap_or(u32::MAX);
    let data_start = HEADER_LEN.saturating_add(program.text.len());
    let data_end = data_start.saturating_add(program.data.len());
    let words = [
        REVISION,
        word(HEADER_LEN),
        word(data_start),
        word(data_end),
        word(data_end).saturating_add(program.bss_len),
        program.stack_len,
        word(data_end),
        word(program.relocations.len()),
        program.flags.0,
    ];
    let mut file = MAGIC.to_vec();
    file.extend(words.map(u32::to_be_bytes).as_flattened());
    file.resize(HEADER_LEN, 0);
    file.extend_from_slice(program.text);
    file.extend_from_slice(program.data);
    file.extend(program.relocations.iter().flat_map(|offset| offset.to_be_bytes()));
    match program.flags {
        flags if flags.has(Flags::GZIP) => body::pack(file, HEADER_LEN, program.time),
        flags if flags.has(Flags::GZIP_DATA) => body::pack(file, data_start, program.time),
        _ => file,
    }
}
