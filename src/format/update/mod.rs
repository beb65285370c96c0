//! Vendor updates: a kernel and a romfs in one file, as the web upgrade takes them.
//!
//! | off | size | field |
//! |---|---|---|
//! | 0x00 | 4 | magic `BNEG` |
//! | 0x04 | 4 | version, 1 |
//! | 0x08 | 4 | flags: 1 the kernel is a zip, 2 the romfs is a zip |
//! | 0x0C | 4 | kernel length |
//! | 0x10 | 4 | romfs length |
//! | 0x14 | | kernel, then romfs, without padding |
//!
//! All little-endian. An older packer writes the last three words only. Newer updates carry 8 more bytes of unknown
//! meaning behind the romfs (packages-and-formats.md section 1, certain). Later cameras of another processor have a
//! zip between two 32-byte words (section 5, certain).

#[cfg(test)]
mod tests;

use std::fmt;

use nom::bytes::complete::tag;
use nom::number::complete::le_u32;
use nom::{IResult, Parser};
use thiserror::Error;

use super::{NotThisFormat, Parsed};
use crate::finding::{Fact, Finding};
use crate::image::Span;

/// The first four bytes of most updates.
pub const MAGIC: [u8; 4] = *b"BNEG";

/// The first bytes of an update for later cameras.
pub const WIFI_MAGIC: &[u8] = b"wifi-camera-";

const HEADER_LEN: usize = 0x14;
const HEADLESS_LEN: usize = 0x0C;

/// The bits of the flags that have a meaning.
const KNOWN_FLAGS: u32 = 3;

/// Versions beyond this one are not of this format; the camera itself looks at the magic only.
const LAST_VERSION: u32 = 0xFF;

/// The most bytes that the web page of a camera with 4 MiB of flash takes in one request (packages-and-formats.md
/// section 1, certain).
pub const MAX_LEN: usize = 0x1D_0000;

/// The same of a camera with 2 MiB of flash.
pub const MAX_LEN_2M: usize = 0x16_0000;

/// At most this many bytes behind the romfs are taken for a tail (8 are known, and XMODEM fills up to 1 KiB); a longer
/// rest is another thing that follows.
pub const TAIL_LIMIT: usize = 0x400;

const PLAIN_ROMFS: &[u8] = b"-rom1fs-";
const PACKED: [&[u8]; 2] = [b"PK", b"\x1F\x8B"];

/// Bytes of the words around the zip of a later camera's update.
const MARK_LEN: usize = 32;
const WIFI_PARTS: [(WifiPart, &[u8; MARK_LEN], &[u8; MARK_LEN]); 2] = [
    (WifiPart::System, b"wifi-camera-sys-qetyipadgjlzcbmn", b"wifi-camera-end-nvxkhfsouteqzhpo"),
    (WifiPart::App, b"wifi-camera-app-qazwsxedcrfvtgba", b"wifi-camera-end-yhnujmzaqxswcdef"),
];

/// What the parts of an update are packed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Flags(pub u32);

impl Flags {
    /// The kernel is a zip, as in every known update.
    pub const ZIPPED_KERNEL: Self = Self(1);
    /// The romfs is a zip, unpacked to RAM.
    pub const ZIPPED_ROMFS: Self = Self(2);

    /// Whether all of `other` is set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// An update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// For the cameras of this crate.
    System(System),
    /// For later cameras of another processor.
    Wifi(Wifi),
}

/// How an update starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// With the magic.
    Bneg {
        /// The version word; 1 in every known update and never looked at.
        version: u32,
    },
    /// With flags and lengths only.
    Headless,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bneg { version } => write!(f, "BNEG version {version}"),
            Self::Headless => write!(f, "without magic"),
        }
    }
}

/// A kernel and a romfs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct System {
    /// How it starts.
    pub form: Form,
    /// How its parts are packed.
    pub flags: Flags,
    /// The kernel, as far as it is there; empty in a romfs-only update.
    pub kernel: Span,
    /// The romfs, as far as it is there; empty in a kernel-only update.
    pub romfs: Span,
    /// What follows the romfs; empty in most updates.
    pub tail: Span,
    /// Bytes of header, kernel and romfs, as the header says.
    pub declared_len: usize,
}

/// Which part of a later camera an update is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum WifiPart {
    /// Its system.
    System,
    /// Its web pages and programs.
    App,
}

/// A zip between two 32-byte words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wifi {
    /// What it is for.
    pub part: WifiPart,
    /// The zip, as far as it is there.
    pub zip: Span,
    len: usize,
}

impl Update {
    /// Bytes of the update that are there, its tail included.
    #[allow(clippy::len_without_is_empty)] // it never is
    pub fn len(&self) -> usize {
        match self {
            Self::System(system) => system.tail.end(),
            Self::Wifi(wifi) => wifi.len,
        }
    }
}

/// Reads the update that `bytes` start with.
///
/// # Errors
/// If no form of update starts here. One without magic is recognised only if its lengths add up to the bytes given,
/// but for a tail, and kernel and romfs start as such.
pub fn parse(bytes: &[u8]) -> Result<Parsed<Update>, NotThisFormat> {
    if let Ok((_, (version, flags, lens))) = bneg_header(bytes) {
        if version > LAST_VERSION || flags.0 > KNOWN_FLAGS {
            return Err(NotThisFormat::at("update", 4, "a version below 256 and flags of 0 to 3", bytes));
        }
        return Ok(system(bytes, Form::Bneg { version }, HEADER_LEN, flags, lens));
    }
    if bytes.starts_with(WIFI_MAGIC) {
        return wifi(bytes);
    }
    if let Ok((_, (flags, lens))) = headless_header(bytes) {
        let parsed = system(bytes, Form::Headless, HEADLESS_LEN, flags, lens);
        if matches!(&parsed.value, Update::System(system) if system.is_plausible(bytes)) {
            return Ok(parsed);
        }
    }
    Err(NotThisFormat::at("update", 0, "`BNEG`, or flags and lengths of a kernel and a romfs", bytes))
}

#[derive(Debug, Clone, Copy)]
struct Lens {
    kernel: usize,
    romfs: usize,
}

fn headless_header(bytes: &[u8]) -> IResult<&[u8], (Flags, Lens)> {
    let len = || le_u32.map(|len| usize::try_from(len).unwrap_or(usize::MAX));
    (le_u32.map(Flags), len(), len()).map(|(flags, kernel, romfs)| (flags, Lens { kernel, romfs })).parse(bytes)
}

fn bneg_header(bytes: &[u8]) -> IResult<&[u8], (u32, Flags, Lens)> {
    (tag(MAGIC.as_slice()), le_u32, headless_header)
        .map(|(_, version, (flags, lens))| (version, flags, lens))
        .parse(bytes)
}

fn system(bytes: &[u8], form: Form, header_len: usize, flags: Flags, lens: Lens) -> Parsed<Update> {
    let present = Span::new(0, bytes.len());
    let kernel_end = header_len.saturating_add(lens.kernel);
    let declared_len = kernel_end.saturating_add(lens.romfs);
    let clipped = |start: usize, end: usize| Span::new(start.min(present.end()), end.min(present.end()));
    let romfs = clipped(kernel_end, declared_len);
    let rest = clipped(declared_len, present.end());
    let tail = if rest.len() <= TAIL_LIMIT { rest } else { Span::at(rest.start(), 0) };
    let mut findings = Vec::new();
    if declared_len > present.end() {
        let fact = Fact::UpdateTruncated { declared: declared_len, present: present.end() };
        findings.push(Finding::new(fact, present));
    }
    if !tail.is_empty() {
        let shown = hex::encode(Span::at(tail.start(), 16).of(bytes));
        findings.push(Finding::new(Fact::UpdateTail { len: tail.len() }, tail).with_evidence(shown));
    }
    let len = declared_len.max(tail.end());
    if len > MAX_LEN {
        findings.push(Finding::new(Fact::UpdateTooBig { len, limit: MAX_LEN }, present));
    }
    let kernel = clipped(header_len, kernel_end);
    Parsed { value: Update::System(System { form, flags, kernel, romfs, tail, declared_len }), findings }
}

impl System {
    /// Whether all of it is there.
    pub fn is_whole(&self) -> bool {
        self.declared_len <= self.tail.end()
    }

    /// Whether bytes without a magic are an update all the same.
    fn is_plausible(&self, bytes: &[u8]) -> bool {
        let is_packed = |span: Span| PACKED.iter().any(|magic| span.of(bytes).starts_with(magic));
        let has_romfs = if self.flags.has(Flags::ZIPPED_ROMFS) {
            is_packed(self.romfs)
        } else {
            self.romfs.of(bytes).starts_with(PLAIN_ROMFS)
        };
        self.flags.0 <= KNOWN_FLAGS
            && has_romfs
            && is_packed(self.kernel)
            && self.is_whole()
            && self.tail.end() == bytes.len()
    }
}

fn wifi(bytes: &[u8]) -> Result<Parsed<Update>, NotThisFormat> {
    let Some((part, (_, len), end_mark)) = WIFI_PARTS
        .into_iter()
        .find_map(|(part, head, end)| wifi_header(head, bytes).ok().map(|(_, header)| (part, header, end)))
    else {
        return Err(NotThisFormat::at("update", WIFI_MAGIC.len(), "the word of a system or app update", bytes));
    };
    let zip_start = MARK_LEN.saturating_add(4);
    let zip_end = zip_start.saturating_add(usize::try_from(len).unwrap_or(usize::MAX));
    let declared = zip_end.saturating_add(MARK_LEN);
    let present = bytes.len().min(declared);
    let mut findings = Vec::new();
    if present < declared {
        findings.push(Finding::new(Fact::UpdateTruncated { declared, present }, Span::new(0, present)));
    } else if Span::at(zip_end, MARK_LEN).of(bytes) != end_mark {
        findings.push(Finding::new(Fact::UpdateEndMark { offset: zip_end }, Span::at(zip_end, MARK_LEN)));
    }
    let zip = Span::new(zip_start.min(present), zip_end.min(present));
    Ok(Parsed { value: Update::Wifi(Wifi { part, zip, len: present }), findings })
}

fn wifi_header<'a>(mark: &[u8; MARK_LEN], bytes: &'a [u8]) -> IResult<&'a [u8], (&'a [u8], u32)> {
    (tag(mark.as_slice()), le_u32).parse(bytes)
}

/// A part of more than 4 GiB has no place in an update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the {part} has {len} bytes, more than an update can hold")]
pub struct PartTooLong {
    /// "kernel" or "romfs".
    pub part: &'static str,
    /// Its bytes.
    pub len: usize,
}

/// Builds an update without a tail. Either part may be empty: the camera then flashes the other alone.
///
/// # Errors
/// If a part's length does not fit its field.
pub fn build(form: Form, flags: Flags, kernel: &[u8], romfs: &[u8]) -> Result<Vec<u8>, PartTooLong> {
    let length = |part, bytes: &[u8]| u32::try_from(bytes.len()).map_err(|_| PartTooLong { part, len: bytes.len() });
    let mut update = Vec::new();
    if let Form::Bneg { version } = form {
        update.extend(MAGIC);
        update.extend(version.to_le_bytes());
    }
    update.extend([flags.0, length("kernel", kernel)?, length("romfs", romfs)?].map(u32::to_le_bytes).as_flattened());
    update.extend_from_slice(kernel);
    update.extend_from_slice(romfs);
    Ok(update)
}
