//! What stands in front of the stream: a zip's local header, or a gzip's header.

use nom::bytes::complete::{tag, take, take_until};
use nom::combinator::{cond, verify};
use nom::number::complete::{le_u8, le_u16, le_u32, le_u64};
use nom::{IResult, Parser};

use super::{DEFLATE, DosTime, Sizes, Stamp, Wrapper};
use crate::format::NotThisFormat;
use crate::format::romfs::display_name;

pub(super) const LOCAL: &[u8] = b"PK\x03\x04";
const GZIP: &[u8] = b"\x1F\x8B";

/// Checksum and sizes follow the stream instead of standing in the header.
const HAS_DESCRIPTOR: u16 = 0x0008;

/// What follows can be read with a password only.
const ENCRYPTED: u16 = 0x0001;

/// A size that stands in the ZIP64 extra field instead.
const IN_ZIP64: u32 = u32::MAX;
const ZIP64_EXTRA: u16 = 0x0001;

const GZIP_HEADER_CRC: u8 = 0x02;
const GZIP_EXTRA: u8 = 0x04;
const GZIP_NAME: u8 = 0x08;
const GZIP_COMMENT: u8 = 0x10;

#[derive(Debug, Clone)]
pub(super) struct Header {
    pub wrapper: Wrapper,
    pub name: String,
    pub name_len: usize,
    pub method: u16,
    pub modified: Stamp,
    /// What the header says; `None` if that follows the stream.
    pub stored: Option<Sizes>,
    pub is_zip64: bool,
    pub is_encrypted: bool,
    /// Bytes up to the stream.
    pub len: usize,
}

impl Header {
    /// What helps to understand a finding about the stream.
    pub(super) fn evidence(&self) -> Option<String> {
        let sizes = self.stored?;
        let packed = sizes.packed?;
        Some(format!(
            "the header says: {packed} packed bytes, {} unpacked, CRC-32 0x{:08X}",
            sizes.unpacked, sizes.crc32
        ))
    }
}

/// Reads whichever header `bytes` start with.
pub(super) fn read_header(bytes: &[u8]) -> Result<Header, NotThisFormat> {
    let (format, expected, read) = if bytes.starts_with(GZIP) {
        ("gzip", "a whole header with method 8", gzip_header(bytes))
    } else {
        ("zip", "`PK\\x03\\x04`, a header of 30 bytes and a name", local_header(bytes))
    };
    let (rest, header) = read.map_err(|_| NotThisFormat::at(format, 0, expected, bytes))?;
    Ok(Header { len: bytes.len().saturating_sub(rest.len()), ..header })
}

pub(super) fn local_header(input: &[u8]) -> IResult<&[u8], Header> {
    let (input, _) = tag(LOCAL).parse(input)?;
    let (input, (_version, flags, method, time, date)) = (le_u16, le_u16, le_u16, le_u16, le_u16).parse(input)?;
    let (input, (crc32, packed, unpacked)) = (le_u32, le_u32, le_u32).parse(input)?;
    let (input, (name_len, extra_len)) = (le_u16, le_u16).parse(input)?;
    let (input, (name, extra)) = (take(name_len), take(extra_len)).parse(input)?;
    let zip64 = zip64_sizes(extra, packed, unpacked);
    let (packed, unpacked) = zip64.unwrap_or((packed.into(), unpacked.into()));
    let is_behind = flags & HAS_DESCRIPTOR != 0 && packed == 0;
    let header = Header {
        wrapper: Wrapper::Zip,
        name: display_name(name),
        name_len: name.len(),
        method,
        modified: Stamp::Dos(DosTime { time, date }),
        stored: (!is_behind).then_some(Sizes { crc32, packed: Some(packed), unpacked }),
        is_zip64: zip64.is_some(),
        is_encrypted: flags & ENCRYPTED != 0,
        len: 0,
    };
    Ok((input, header))
}

/// Packed and unpacked size from the ZIP64 field, for those of the two that the header leaves to it.
fn zip64_sizes(extra: &[u8], packed: u32, unpacked: u32) -> Option<(u64, u64)> {
    let mut extra = extra;
    while let Ok((rest, (kind, field))) = (le_u16, nom::multi::length_data(le_u16::<&[u8], ()>)).parse(extra) {
        if kind == ZIP64_EXTRA {
            let mut sizes = (cond(unpacked == IN_ZIP64, le_u64::<&[u8], ()>), cond(packed == IN_ZIP64, le_u64));
            let (_, (unpacked64, packed64)) = sizes.parse(field).ok()?;
            return Some((packed64.unwrap_or(packed.into()), unpacked64.unwrap_or(unpacked.into())));
        }
        extra = rest;
    }
    None
}

fn gzip_header(input: &[u8]) -> IResult<&[u8], Header> {
    let (input, _) = tag(GZIP).parse(input)?;
    let (input, (method, flags)) = (verify(le_u8, |method| u16::from(*method) == DEFLATE), le_u8).parse(input)?;
    let (input, (mtime, _extra_flags, _system)) = (le_u32, le_u8, le_u8).parse(input)?;
    let (input, _) = cond(flags & GZIP_EXTRA != 0, nom::multi::length_data(le_u16)).parse(input)?;
    let (input, name) = cond(flags & GZIP_NAME != 0, text).parse(input)?;
    let (input, _) = cond(flags & GZIP_COMMENT != 0, text).parse(input)?;
    let (input, _) = cond(flags & GZIP_HEADER_CRC != 0, le_u16).parse(input)?;
    let name = name.unwrap_or_default();
    let header = Header {
        wrapper: Wrapper::Gzip,
        name: display_name(name),
        name_len: name.len(),
        method: method.into(),
        modified: Stamp::Unix(mtime),
        stored: None,
        is_zip64: false,
        is_encrypted: false,
        len: 0,
    };
    Ok((input, header))
}

/// Where the stream of the gzip member at the start of `bytes` starts, if one is there.
pub(crate) fn gzip_stream_at(bytes: &[u8]) -> Option<usize> {
    gzip_header(bytes).ok().map(|(rest, _)| bytes.len().saturating_sub(rest.len()))
}

/// Text up to its NUL.
fn text(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let (input, text) = take_until(b"\0".as_slice()).parse(input)?;
    let (input, _) = tag(b"\0".as_slice()).parse(input)?;
    Ok((input, text))
}

/// Where the boot loader starts to inflate: `None` if it takes the bytes for neither zip nor gzip, `Some(None)` if it
/// refuses their method. It knows a gzip's optional file name and no other optional field (boot-loader.md section 4:
/// name certain, other fields likely).
pub(super) fn loader_stream_at(bytes: &[u8]) -> Option<Option<usize>> {
    if bytes.starts_with(b"PK") {
        let is_deflate = bytes.get(8).is_none_or(|method| u16::from(*method) == DEFLATE);
        let len_at = |at: usize| {
            let len = bytes.get(at..).and_then(|rest| rest.first_chunk::<2>());
            len.map_or(0, |len| usize::from(u16::from_le_bytes(*len)))
        };
        let at = len_at(0x1A).saturating_add(len_at(0x1C)).saturating_add(0x1E);
        return Some(is_deflate.then_some(at));
    }
    if !bytes.starts_with(GZIP) {
        return None;
    }
    let is_deflate = bytes.get(2).is_none_or(|method| u16::from(*method) == DEFLATE);
    let has_name = bytes.get(3).is_some_and(|flags| flags & GZIP_NAME != 0);
    let name = bytes.get(10..).filter(|_| has_name);
    let name_len = name.and_then(|name| memchr::memchr(0, name)).map_or(0, |nul| nul.saturating_add(1));
    Some(is_deflate.then_some(name_len.saturating_add(10)))
}
