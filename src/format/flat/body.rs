//! The packed part of a flat binary.

use std::io::{self, Read, Write};

use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};
use thiserror::Error;

use super::{FLAGS_OFFSET, Flags, GZIP_MAGIC, HEADER_LEN, Packing, UNPACKED_LIMIT, parse};
use crate::finding::{Fact, Finding};
use crate::format::kernel_zip::gzip_stream_at;
use crate::format::{Confirmed, NotThisFormat};
use crate::image::Span;
use crate::words::count;

/// What unpacking a flat binary showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// Where the flat binary ends in the bytes given: behind its gzip member, or behind its relocations.
    pub end: usize,
    /// Bytes of the file without compression, as far as they could be unpacked.
    pub unpacked_len: usize,
    /// What the gzip member's CRC-32 proves; `None` if it proves nothing, or there is none.
    pub proved: Option<Confirmed>,
    /// What is wrong with header and body.
    pub findings: Vec<Finding>,
}

/// Why a flat binary could not be unpacked.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotUnpacked {
    /// It is none.
    #[error(transparent)]
    NotFlat(#[from] NotThisFormat),
    /// Its packed part is damaged.
    #[error("{0}")]
    Damaged(Fact),
}

/// What came out of a gzip member, and where it ended.
struct Inflated {
    len: usize,
    end: usize,
    fault: Option<String>,
}

/// Inflates the member at `start` into `sink`, never more than one byte over `limit`.
fn inflate(bytes: &[u8], start: usize, limit: usize, sink: &mut impl Write) -> Inflated {
    let member = bytes.get(start..).unwrap_or_default();
    if !member.starts_with(GZIP_MAGIC) {
        return Inflated { len: 0, end: bytes.len(), fault: Some(format!("no gzip member starts at 0x{start:X}")) };
    }
    let mut counted = Counted { sink, len: 0 };
    let mut decoder = GzDecoder::new(member);
    let one_more = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let copied = io::copy(&mut decoder.by_ref().take(one_more), &mut counted);
    let len = counted.len;
    let end = bytes.len().saturating_sub(decoder.into_inner().len());
    let fault = match copied {
        Ok(_) if len > limit => {
            Some(format!("it unpacks to more than the {} bytes that its header says", count(limit)))
        }
        Ok(_) if len < limit => {
            let (len, limit) = (count(len), count(limit));
            Some(format!("it unpacks to {len} bytes instead of the {limit} that its header says"))
        }
        Ok(_) => None,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Some(format!("it stops after {} of {} unpacked bytes", count(len), count(limit)))
        }
        Err(error) => Some(format!("{error}, after {} of {} unpacked bytes", count(len), count(limit))),
    };
    Inflated { len, end, fault }
}

struct Counted<'a, W> {
    sink: &'a mut W,
    len: usize,
}

impl<W: Write> Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.sink.write(bytes)?;
        self.len = self.len.saturating_add(written);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}

/// Reads the flat binary that `bytes` start with and unpacks it to nowhere: whether the gzip member is whole, its
/// CRC-32 right, and its length the one that the header says.
///
/// # Errors
/// As [`parse`].
pub fn verify(bytes: &[u8]) -> Result<Body, NotThisFormat> {
    let parsed = parse(bytes)?;
    let flat = parsed.value;
    let mut findings = parsed.findings;
    let Packing::Gzip { start, .. } = flat.packing else {
        return Ok(Body { end: flat.len(), unpacked_len: flat.len(), proved: None, findings });
    };
    let limit = flat.unpacked_len().min(UNPACKED_LIMIT).saturating_sub(start);
    let inflated = inflate(bytes, start, limit, &mut io::sink());
    let proved = if inflated.fault.is_none() { confirmed(bytes, start, inflated.end) } else { None };
    if let Some(reason) = inflated.fault {
        let fact = Fact::FlatBody { reason };
        if findings.iter().all(|finding| finding.fact != fact) {
            findings.push(Finding::new(fact, Span::new(start, inflated.end)));
        }
    }
    Ok(Body { end: inflated.end, unpacked_len: start.saturating_add(inflated.len), proved, findings })
}

/// What a sound gzip member from `start` to `end` proves: its CRC-32 covers what its stream unpacks to.
fn confirmed(bytes: &[u8], start: usize, end: usize) -> Option<Confirmed> {
    let trailer_at = end.checked_sub(GZIP_TRAILER_LEN)?;
    let stream_at = start.checked_add(gzip_stream_at(bytes.get(start..end)?)?)?;
    let crc32 = u32::from_le_bytes(*bytes.get(trailer_at..end)?.first_chunk()?);
    Some(Confirmed { span: Span::new(stream_at, trailer_at.checked_sub(1)?), crc32 })
}

/// The CRC-32 and the length behind a gzip's stream.
const GZIP_TRAILER_LEN: usize = 8;

/// The flat binary without compression: its header with the compression flags cleared, and all that was packed. One
/// that is not packed comes out as it is.
///
/// # Errors
/// If it is no flat binary, or its gzip member is damaged or has another length than the header says.
pub fn unpack(bytes: &[u8]) -> Result<Vec<u8>, NotUnpacked> {
    let flat = parse(bytes)?.value;
    let Packing::Gzip { start, .. } = flat.packing else {
        return Ok(Span::new(0, flat.len()).of(bytes).to_vec());
    };
    let mut file = Span::new(0, start).of(bytes).to_vec();
    let flags = flat.flags.without(Flags::GZIP | Flags::GZIP_DATA).0.to_be_bytes();
    for (place, byte) in file.iter_mut().skip(FLAGS_OFFSET).zip(flags) {
        *place = byte;
    }
    let limit = flat.unpacked_len().min(UNPACKED_LIMIT).saturating_sub(start);
    match inflate(bytes, start, limit, &mut file).fault {
        None => Ok(file),
        Some(reason) => Err(NotUnpacked::Damaged(Fact::FlatBody { reason })),
    }
}

/// Packs all of `file` from `start` on into one gzip member, with the header bytes that real programs have.
pub fn pack(file: Vec<u8>, start: usize, time: u32) -> Vec<u8> {
    let (plain, rest) = file.split_at_checked(start.max(HEADER_LEN)).unwrap_or((&file, &[]));
    let mut encoder = GzBuilder::new().mtime(time).operating_system(UNIX).write(plain.to_vec(), Compression::best());
    // Neither step can fail: the bytes go to a `Vec`.
    let _ = encoder.write_all(rest);
    encoder.finish().unwrap_or_default()
}

/// Where it was packed, as gzip headers have it.
const UNIX: u8 = 3;
