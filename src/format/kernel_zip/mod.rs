//! The packed kernel: a zip with one deflated member, or a gzip; parse, verify, unpack, build, and what the boot
//! loader would say to it.
//!
//! ```text
//! local header   "PK" 03 04, flags, method at 0x08, time, CRC-32, both sizes, name length at 0x1A, extra length at 0x1C
//! name, extra    "linux.bin" and nothing
//! deflate stream
//! central directory with the same fields, "PK" 01 02; its end, "PK" 05 06
//! ```
//!
//! The boot loader reads the method, both lengths and the stream, and nothing else: neither checksum nor sizes nor
//! central directory (packages-and-formats.md section 2, boot-loader.md section 4, certain). So does this parser
//! first, and then it tells what the boot loader does not see.

mod build;
mod closing;
mod findings;
mod header;
mod inflate;
mod stamp;

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)] // a test may stop
mod tests;

use std::fmt;

use thiserror::Error;

pub use build::{BuildError, Effort, build};
pub use stamp::{DosTime, Stamp};

use self::closing::Trail;
use self::findings::findings;
pub(crate) use self::header::gzip_stream_at;
use self::header::{loader_stream_at, read_header};
use self::inflate::{Tally, inflate};
use super::kernel::{self, Banner};
use super::{Confirmed, NotThisFormat, Parsed};
use crate::image::Span;
use crate::words;

/// No more than this is unpacked: twenty times of what fits into a camera.
pub const UNPACKED_MAX_BYTES: usize = 64 << 20;

/// The number of deflate in a zip header, the one method that the boot loader knows.
pub const DEFLATE: u16 = 8;

/// A packed file as far as its bytes hold; a camera's kernel if [`KernelZip::looks_like_kernel`] says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelZip {
    /// What it is wrapped in.
    pub wrapper: Wrapper,
    /// The name of the (first) file inside, odd bytes written as `\xNN`; empty if a gzip names none.
    pub name: String,
    /// How it is compressed; 8 is deflate.
    pub method: u16,
    /// When the file inside was last changed.
    pub modified: Stamp,
    /// The compressed bytes as found, up to the end of the stream or of what is here of it.
    pub stream: Span,
    /// Checksum and sizes that are stored beside it; `None` if they are not here.
    pub stored: Option<Sizes>,
    /// What unpacking gives; `None` for a method that is not known here.
    pub unpacked: Option<Unpacked>,
    /// How the stream ends.
    pub end: StreamEnd,
    /// What follows the stream.
    pub closing: Closing,
    /// Files inside.
    pub members: usize,
    /// Bytes from the first one up to the end of the last thing that belongs to it.
    pub extent: usize,
    /// Bytes that it should have, if its stored sizes tell: for a zip, header, stream, and a central directory
    /// without extra fields (certain for kernels that the camera packed itself, likely for others).
    pub expected_len: Option<usize>,
    /// What the boot loader would say.
    pub boot: UnzipVerdict,
    /// The kernel's banner, if one comes out.
    pub banner: Option<Banner>,
    /// Whether it has a password, so that what comes out is not what was packed.
    pub is_encrypted: bool,
    starts_like_kernel: bool,
}

/// What a packed file is wrapped in. The boot loader takes both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapper {
    /// PKZIP.
    Zip,
    /// gzip.
    Gzip,
}

/// Checksum and sizes as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// CRC-32 of the unpacked bytes.
    pub crc32: u32,
    /// Bytes of the stream; a gzip does not say.
    pub packed: Option<u64>,
    /// Unpacked bytes; a gzip gives them modulo 2^32.
    pub unpacked: u64,
}

/// What came out of the stream, even if it ends badly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unpacked {
    /// CRC-32 of the bytes.
    pub crc32: u32,
    /// Their number.
    pub len: usize,
}

/// How a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamEnd {
    /// With its end marker.
    Complete,
    /// Before its end marker, where the bytes end.
    Cut,
    /// At this offset, where the bytes are no stream any more.
    Corrupt {
        /// Offset of the first byte that could not be used.
        offset: usize,
    },
    /// Not seen: it was not read further than [`UNPACKED_MAX_BYTES`], or its method is not known here.
    NotReached,
}

/// What follows the stream: a zip's central directory and its end record, a gzip's checksum and length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// All of it is here and fits.
    Whole,
    /// It is here but contradicts itself.
    Damaged,
    /// It starts, and ends too early.
    Cut {
        /// Bytes that are missing.
        missing: usize,
    },
    /// It is not here.
    Missing {
        /// Bytes that are missing.
        missing: usize,
    },
}

/// What the boot loader would say when it unpacks these bytes. Displays as its exact words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnzipVerdict {
    /// Nothing: it would go on to `Executing image 7 ...`, whether or not the kernel is the right one.
    Unpacks,
    /// `ERROR: unzip failed!` with a number of zlib's, and the shell's prompt: -2 where the kernel overwrites the boot
    /// loader's buffer (likely), -3 for broken data and methods other than deflate, -5 for a stream that is cut
    /// (boot-loader.md section 4, certain).
    Failed(i8),
    /// `ERROR: Invalid zip file`: the bytes start neither as a zip nor as a gzip.
    Invalid,
}

impl fmt::Display for UnzipVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unpacks => f.write_str("Executing image 7 ..."),
            Self::Failed(code) => write!(f, "ERROR: unzip failed! {code}"),
            Self::Invalid => f.write_str("ERROR: Invalid zip file"),
        }
    }
}

/// Why a kernel cannot be unpacked as it was packed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UnpackError {
    /// The bytes are neither a zip nor a gzip.
    #[error(transparent)]
    NotThisFormat(#[from] NotThisFormat),
    /// The stream ends too early.
    #[error("the compressed stream is cut after {} unpacked bytes", words::count(*len))]
    Cut {
        /// Bytes that came out.
        len: usize,
    },
    /// The stream is broken.
    #[error("the compressed stream is broken at 0x{offset:X}")]
    Corrupt {
        /// Offset of the first byte that could not be used.
        offset: usize,
    },
    /// The bytes that come out are others than were packed.
    #[error("the unpacked bytes have CRC-32 0x{computed:08X} instead of 0x{stored:08X}")]
    Crc {
        /// As stored.
        stored: u32,
        /// As it is.
        computed: u32,
    },
    /// The stream was not read to its end.
    #[error(
        "method {method} is not known here, or more than {} bytes would come out",
        words::count(UNPACKED_MAX_BYTES)
    )]
    NotReached {
        /// The method.
        method: u16,
    },
}

impl KernelZip {
    /// Whether what is inside is a kernel: by its first instructions, its banner, or (where neither came out) by the
    /// name that every kernel of these cameras has.
    pub fn looks_like_kernel(&self) -> bool {
        self.starts_like_kernel || self.banner.is_some() || self.name == "linux.bin"
    }

    /// Whether unpacking gives what was packed, by its CRC-32 and length.
    pub fn is_verified(&self) -> bool {
        let (Some(stored), Some(unpacked)) = (self.stored, self.unpacked) else { return false };
        let is_len = stored.unpacked == u64::try_from(unpacked.len).unwrap_or(u64::MAX);
        self.end == StreamEnd::Complete && stored.crc32 == unpacked.crc32 && is_len
    }

    /// Why unpacking does not give what was packed; `None` if it does, or if nothing tells.
    pub fn fault(&self) -> Option<UnpackError> {
        match (self.end, self.stored, self.unpacked) {
            (StreamEnd::Cut, _, unpacked) => {
                Some(UnpackError::Cut { len: unpacked.map_or(0, |unpacked| unpacked.len) })
            }
            (StreamEnd::Corrupt { offset }, ..) => Some(UnpackError::Corrupt { offset }),
            (StreamEnd::Complete, Some(stored), Some(unpacked)) if stored.crc32 != unpacked.crc32 => {
                Some(UnpackError::Crc { stored: stored.crc32, computed: unpacked.crc32 })
            }
            (StreamEnd::Complete | StreamEnd::NotReached, ..) => None,
        }
    }

    /// What its CRC-32 proves, if it holds.
    pub fn confirmed(&self) -> Option<Confirmed> {
        let crc32 = self.stored.filter(|_| self.is_verified())?.crc32;
        // of the last byte of a deflate stream, some bits may be without meaning
        let unused = usize::from(self.method == DEFLATE);
        let end = self.stream.end().saturating_sub(unused).max(self.stream.start());
        Some(Confirmed { span: Span::new(self.stream.start(), end), crc32 })
    }

    /// How many bytes are missing at the end, if its stored sizes tell; 0 if it is whole.
    pub fn missing(&self) -> Option<usize> {
        match (self.end, self.closing) {
            (StreamEnd::Cut, _) => self.expected_len.and_then(|len| len.checked_sub(self.extent)),
            (_, Closing::Cut { missing } | Closing::Missing { missing }) => Some(missing),
            (_, Closing::Whole | Closing::Damaged) => Some(0),
        }
    }
}

/// Reads the zip or gzip at the start of `bytes`, which may go on behind it or end too early, and unpacks it to see
/// what is in it (at most [`UNPACKED_MAX_BYTES`], of which nothing is kept).
///
/// # Errors
/// If the bytes start neither with a local zip header and a name nor with a gzip header.
pub fn parse(bytes: &[u8]) -> Result<Parsed<KernelZip>, NotThisFormat> {
    parse_up_to(bytes, UNPACKED_MAX_BYTES)
}

/// As [`parse`], but about `limit` unpacked bytes are the most: with more, the stream counts as
/// [`StreamEnd::NotReached`].
///
/// # Errors
/// As [`parse`].
pub fn parse_up_to(bytes: &[u8], limit: usize) -> Result<Parsed<KernelZip>, NotThisFormat> {
    read(bytes, limit, &mut |_| {})
}

/// The unpacked bytes, at most [`UNPACKED_MAX_BYTES`].
///
/// # Errors
/// If they are not exactly those that were packed. [`salvage`] gives what can be had all the same.
pub fn unpack(bytes: &[u8]) -> Result<Vec<u8>, UnpackError> {
    let mut kernel = Vec::new();
    let zip = read(bytes, UNPACKED_MAX_BYTES, &mut |piece| kernel.extend_from_slice(piece))?.value;
    match zip.fault() {
        Some(fault) => Err(fault),
        None if zip.end == StreamEnd::NotReached => Err(UnpackError::NotReached { method: zip.method }),
        None => Ok(kernel),
    }
}

/// What comes out up to where the stream ends or breaks, whatever its checksum says.
///
/// # Errors
/// If the bytes start neither as a zip nor as a gzip.
pub fn salvage(bytes: &[u8]) -> Result<Vec<u8>, NotThisFormat> {
    let mut kernel = Vec::new();
    read(bytes, UNPACKED_MAX_BYTES, &mut |piece| kernel.extend_from_slice(piece))?;
    Ok(kernel)
}

/// What the boot loader would say to these bytes, whatever they are (boot-loader.md section 4).
pub fn unzip_verdict(bytes: &[u8]) -> UnzipVerdict {
    unzip_as_boot_loader(bytes, &mut |_| {})
}

/// Unpacks as the boot loader does, and says what it would say; what comes out before it gives up goes to `sink`, too,
/// in pieces of at most 64 KiB, and no more than [`UNPACKED_MAX_BYTES`] in all.
///
/// It looks at two bytes to tell a zip from a gzip, at the method and two lengths, and then inflates (boot-loader.md
/// section 4, certain).
pub fn unzip_as_boot_loader(bytes: &[u8], sink: &mut dyn FnMut(&[u8])) -> UnzipVerdict {
    unzip_up_to(bytes, UNPACKED_MAX_BYTES, sink)
}

fn unzip_up_to(bytes: &[u8], limit: usize, sink: &mut dyn FnMut(&[u8])) -> UnzipVerdict {
    let Some(at) = loader_stream_at(bytes) else { return UnzipVerdict::Invalid };
    let Some(at) = at else { return UnzipVerdict::Failed(-3) };
    let mut len = 0_usize;
    let (end, _) = inflate(bytes.get(at..).unwrap_or_default(), limit, &mut |piece| {
        len = len.saturating_add(piece.len());
        sink(piece);
    });
    verdict(end, len)
}

fn verdict(end: inflate::End, len: usize) -> UnzipVerdict {
    match end {
        _ if len > kernel::MAX_BYTES => UnzipVerdict::Failed(-2),
        inflate::End::Complete => UnzipVerdict::Unpacks,
        inflate::End::Cut => UnzipVerdict::Failed(-5),
        inflate::End::Corrupt => UnzipVerdict::Failed(-3),
        inflate::End::OverLimit => UnzipVerdict::Failed(-2),
    }
}

fn read(bytes: &[u8], limit: usize, sink: &mut dyn FnMut(&[u8])) -> Result<Parsed<KernelZip>, NotThisFormat> {
    let header = read_header(bytes)?;
    let rest = bytes.get(header.len..).unwrap_or_default();
    let mut tally = Tally::default();
    let mut taste = |piece: &[u8]| {
        tally.push(piece);
        sink(piece);
    };
    let (inflated, consumed) = match (header.method, header.stored.and_then(|sizes| sizes.packed)) {
        (DEFLATE, _) => {
            let (end, consumed) = inflate(rest, limit, &mut taste);
            (Some(end), consumed)
        }
        (0, Some(packed)) => {
            let present = usize::try_from(packed).unwrap_or(usize::MAX).min(rest.len());
            taste(rest.get(..present.min(limit)).unwrap_or_default());
            let end = match packed.cmp(&u64::try_from(present).unwrap_or(u64::MAX)) {
                _ if present > limit => inflate::End::OverLimit,
                std::cmp::Ordering::Greater => inflate::End::Cut,
                _ => inflate::End::Complete,
            };
            (Some(end), present)
        }
        (_, packed) => (None, usize::try_from(packed.unwrap_or(0)).unwrap_or(usize::MAX).min(rest.len())),
    };
    let stopped_at = header.len.saturating_add(consumed);
    let end = match inflated {
        Some(inflate::End::Complete) => StreamEnd::Complete,
        Some(inflate::End::Cut) => StreamEnd::Cut,
        Some(inflate::End::Corrupt) => StreamEnd::Corrupt { offset: stopped_at },
        Some(inflate::End::OverLimit) | None => StreamEnd::NotReached,
    };
    let (crc32, len) = (tally.crc.clone().finalize(), tally.len);
    let boot = match (loader_stream_at(bytes), inflated) {
        (Some(None), _) => UnzipVerdict::Failed(-3),
        (Some(Some(at)), Some(end)) if at == header.len => verdict(end, len),
        _ => unzip_up_to(bytes, limit, &mut |_| {}),
    };
    let trail = Trail::find(bytes, &header, end, stopped_at, crc32);
    let value = KernelZip {
        wrapper: header.wrapper,
        name: header.name.clone(),
        method: header.method,
        modified: header.modified,
        stream: Span::new(header.len, trail.stream_end),
        stored: trail.stored,
        unpacked: inflated.map(|_| Unpacked { crc32, len }),
        end,
        closing: trail.closing,
        members: trail.members,
        extent: trail.extent,
        expected_len: trail.expected_len,
        boot,
        is_encrypted: header.is_encrypted,
        starts_like_kernel: tally.starts_like_kernel(),
        banner: if tally.starts_like_text() { None } else { tally.banner.finish() },
    };
    let findings = findings(&value, &header, trail.found, bytes.len());
    Ok(Parsed { value, findings })
}
