//! What follows the stream: descriptor, further members, central directory and its end; or a gzip's trailer.

use std::io::Cursor;

use memchr::memmem;
use nom::bytes::complete::{tag, take};
use nom::combinator::opt;
use nom::number::complete::{le_u16, le_u32, le_u64};
use nom::{IResult, Parser};

use super::header::{Header, LOCAL, local_header};
use super::{Closing, Sizes, StreamEnd, Wrapper};
use crate::image::Span;

const DESCRIPTOR: &[u8] = b"PK\x07\x08";
const CENTRAL: &[u8] = b"PK\x01\x02";
const ZIP64_END: &[u8] = b"PK\x06\x06";
const ZIP64_LOCATOR: &[u8] = b"PK\x06\x07";
const END: &[u8] = b"PK\x05\x06";

/// Bytes of the fixed part of each record, its signature counted.
const CENTRAL_BYTES: usize = 46;
const END_BYTES: usize = 22;
const ZIP64_LOCATOR_BYTES: usize = 20;
const GZIP_TRAILER_BYTES: usize = 8;

/// A central directory that is not where the sizes say is looked for up to this far behind.
const SEARCH_BYTES: usize = 0x1_0000;

/// Where the central directory is in comparison with where the sizes in the header put it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    InPlace,
    Displaced { by: isize },
}

/// All that follows the stream, and what it tells about the whole.
#[derive(Debug)]
pub(super) struct Trail {
    pub stream_end: usize,
    pub stored: Option<Sizes>,
    pub closing: Closing,
    pub members: usize,
    pub extent: usize,
    pub expected_len: Option<usize>,
    pub found: Found,
}

impl Trail {
    /// Looks behind the stream, whose reading stopped at `stopped_at` with this CRC-32 of what came out.
    pub(super) fn find(bytes: &[u8], header: &Header, end: StreamEnd, stopped_at: usize, crc32: u32) -> Self {
        match header.wrapper {
            Wrapper::Gzip => Self::of_gzip(bytes, end, stopped_at),
            Wrapper::Zip => Self::of_zip(bytes, header, end, stopped_at, crc32),
        }
    }

    fn of_gzip(bytes: &[u8], end: StreamEnd, stopped_at: usize) -> Self {
        let trailer = Span::at(stopped_at, GZIP_TRAILER_BYTES).of(bytes);
        let is_complete = end == StreamEnd::Complete;
        let stored = gzip_trailer(trailer).ok().map(|(_, sizes)| sizes).filter(|_| is_complete);
        let present = if is_complete { trailer.len() } else { 0 };
        let missing = GZIP_TRAILER_BYTES.saturating_sub(present);
        let closing = match present {
            GZIP_TRAILER_BYTES => Closing::Whole,
            0 => Closing::Missing { missing },
            _ => Closing::Cut { missing },
        };
        Self {
            stream_end: stopped_at,
            stored,
            closing,
            members: 1,
            extent: stopped_at.saturating_add(present),
            expected_len: is_complete.then_some(stopped_at.saturating_add(GZIP_TRAILER_BYTES)),
            found: Found::InPlace,
        }
    }

    fn of_zip(bytes: &[u8], header: &Header, end: StreamEnd, stopped_at: usize, crc32: u32) -> Self {
        let packed = header.stored.and_then(|sizes| sizes.packed).and_then(|packed| usize::try_from(packed).ok());
        let declared_end = packed.map(|packed| header.len.saturating_add(packed));
        let is_sound = end == StreamEnd::Complete && header.stored.is_none_or(|sizes| sizes.crc32 == crc32);
        let directory = if is_sound { None } else { displaced_directory(bytes, header, declared_end) };
        let stream_end = match (directory, declared_end) {
            (Some(directory), _) => directory,
            (None, Some(declared_end)) if !is_sound => declared_end.min(bytes.len()),
            (None, _) => stopped_at,
        };
        let found = match (directory, declared_end) {
            (Some(found), Some(expected)) if found != expected => {
                Found::Displaced { by: found.cast_signed().saturating_sub(expected.cast_signed()) }
            }
            _ => Found::InPlace,
        };
        let packed_here = u64::try_from(stream_end.saturating_sub(header.len)).unwrap_or(u64::MAX);
        let behind = Span::new(stream_end, bytes.len()).of(bytes);
        let descriptor = if header.stored.is_none() { descriptor(behind, packed_here, header.is_zip64) } else { None };
        let directory_at = stream_end.saturating_add(descriptor.map_or(0, |(_, len)| len));
        let records = Records::walk(bytes, directory_at, header.name_len);
        let closing = match records.closing {
            Closing::Whole if !is_consistent(bytes, &records) => Closing::Damaged,
            closing => closing,
        };
        let directory_len = CENTRAL_BYTES.saturating_add(header.name_len).saturating_add(END_BYTES);
        Self {
            stream_end,
            stored: header.stored.or(descriptor.map(|(sizes, _)| sizes)).or(records.stored),
            closing,
            members: records.members,
            extent: records.end,
            expected_len: declared_end.map(|end| end.saturating_add(directory_len)),
            found,
        }
    }
}

fn gzip_trailer(input: &[u8]) -> IResult<&[u8], Sizes> {
    let (input, (crc32, unpacked)) = (le_u32, le_u32).parse(input)?;
    Ok((input, Sizes { crc32, packed: None, unpacked: unpacked.into() }))
}

/// Where the central directory's entry of this very file is, in a zip whose stream is not sound.
fn displaced_directory(bytes: &[u8], header: &Header, declared_end: Option<usize>) -> Option<usize> {
    let within = declared_end.map_or(bytes.len(), |end| end.saturating_add(SEARCH_BYTES));
    let searched = Span::new(header.len, within).of(bytes);
    memmem::find_iter(searched, CENTRAL).map(|at| at.saturating_add(header.len)).find(|&at| {
        let entry = Span::new(at, bytes.len()).of(bytes);
        central_entry(entry).is_ok_and(|(_, (sizes, name_len, _))| {
            name_len == header.name_len && header.stored.is_none_or(|stored| stored.crc32 == sizes.crc32)
        })
    })
}

/// Checksum and sizes behind the stream, and how long that is. The signature is optional; whether sizes have four
/// bytes or eight shows in which of them fits the stream.
fn descriptor(input: &[u8], packed: u64, is_zip64: bool) -> Option<(Sizes, usize)> {
    let narrow = |input| {
        let (rest, (_, crc32, packed, unpacked)) = (opt(tag(DESCRIPTOR)), le_u32, le_u32, le_u32).parse(input)?;
        IResult::<&[u8], Sizes>::Ok((rest, Sizes { crc32, packed: Some(packed.into()), unpacked: unpacked.into() }))
    };
    let wide = |input| {
        let (rest, (_, crc32, packed, unpacked)) = (opt(tag(DESCRIPTOR)), le_u32, le_u64, le_u64).parse(input)?;
        IResult::<&[u8], Sizes>::Ok((rest, Sizes { crc32, packed: Some(packed), unpacked }))
    };
    let (first, second) = if is_zip64 { (wide(input), narrow(input)) } else { (narrow(input), wide(input)) };
    let fits = |(rest, sizes): (&[u8], Sizes)| {
        (sizes.packed == Some(packed)).then_some((sizes, input.len().saturating_sub(rest.len())))
    };
    first.ok().and_then(fits).or_else(|| second.ok().and_then(fits))
}

/// The records from the end of the first member on.
struct Records {
    closing: Closing,
    members: usize,
    /// Members that the central directory lists.
    listed: usize,
    end: usize,
    /// What the first central entry says.
    stored: Option<Sizes>,
}

impl Records {
    fn walk(bytes: &[u8], at: usize, first_name_len: usize) -> Self {
        let mut records = Self { closing: Closing::Whole, members: 1, listed: 0, end: at, stored: None };
        loop {
            let rest = Span::new(records.end, bytes.len()).of(bytes);
            let due = records.due(rest, first_name_len);
            if !records.take(rest) {
                // A last record that is cut counts as far as it is here.
                let is_cut = is_record_start(rest) && !rest.starts_with(LOCAL);
                let present = if is_cut { rest.len().min(due) } else { 0 };
                let missing = due.saturating_sub(present);
                let is_gone = records.listed == 0 && present == 0;
                records.closing = if is_gone { Closing::Missing { missing } } else { Closing::Cut { missing } };
                records.end = records.end.saturating_add(present);
                return records;
            }
            if rest.starts_with(END) {
                return records;
            }
        }
    }

    /// Takes the whole record at the start of `rest`; says whether there is one.
    fn take(&mut self, rest: &[u8]) -> bool {
        let Some(len) = self.record_len(rest).filter(|len| *len <= rest.len()) else { return false };
        if let Ok((_, (sizes, ..))) = central_entry(rest) {
            self.listed = self.listed.saturating_add(1);
            self.stored.get_or_insert(sizes);
        } else if rest.starts_with(LOCAL) {
            self.members = self.members.saturating_add(1);
        }
        self.end = self.end.saturating_add(len);
        true
    }

    /// Bytes of the record at the start of `rest`, of which there may be fewer; `None` if it does not say.
    fn record_len(&self, rest: &[u8]) -> Option<usize> {
        match rest.first_chunk::<4>()?.as_slice() {
            CENTRAL => central_entry(rest).ok().map(|(_, (.., len))| len),
            LOCAL if self.listed == 0 => {
                let (behind, header) = local_header(rest).ok()?;
                let packed = usize::try_from(header.stored?.packed?).ok()?;
                rest.len().saturating_sub(behind.len()).checked_add(packed)
            }
            ZIP64_END => usize::try_from(u64::from_le_bytes(*rest.get(4..)?.first_chunk()?)).ok()?.checked_add(12),
            ZIP64_LOCATOR => Some(ZIP64_LOCATOR_BYTES),
            END => Some(end_len(rest)),
            _ => None,
        }
    }

    /// Bytes that the central directory still has to have from `rest` on, as far as can be known.
    fn due(&self, rest: &[u8], first_name_len: usize) -> usize {
        if rest.starts_with(END) {
            return end_len(rest);
        }
        let entry_len = CENTRAL_BYTES.saturating_add(first_name_len);
        let this_len = central_entry(rest).map_or(entry_len, |(_, (.., len))| len);
        match self.members.saturating_sub(self.listed).checked_sub(1) {
            Some(others) => this_len.saturating_add(others.saturating_mul(entry_len)).saturating_add(END_BYTES),
            None => END_BYTES,
        }
    }
}

/// Bytes of the end record with its comment, as far as it says.
fn end_len(rest: &[u8]) -> usize {
    let comment = rest.get(20..).and_then(|rest| rest.first_chunk()).map_or(0, |len| u16::from_le_bytes(*len));
    END_BYTES.saturating_add(comment.into())
}

/// Sizes, name length and record length of the central entry at the start of `input`.
fn central_entry(input: &[u8]) -> IResult<&[u8], (Sizes, usize, usize)> {
    let (input, _) = tag(CENTRAL).parse(input)?;
    // Made by, needed, flags, method, time, date.
    let (input, _) = take(12_usize).parse(input)?;
    let (input, (crc32, packed, unpacked)) = (le_u32, le_u32, le_u32).parse(input)?;
    let (input, (name_len, extra_len, comment_len)) = (le_u16, le_u16, le_u16).parse(input)?;
    // Disk, internal and external attributes, offset of the local header.
    let (input, _) = take(12_usize).parse(input)?;
    let sizes = Sizes { crc32, packed: Some(packed.into()), unpacked: unpacked.into() };
    let variable =
        [name_len, extra_len, comment_len].into_iter().fold(0_usize, |sum, len| sum.saturating_add(len.into()));
    Ok((input, (sizes, name_len.into(), CENTRAL_BYTES.saturating_add(variable))))
}

/// Whether `rest` starts with a record, or is too short to tell and could.
fn is_record_start(rest: &[u8]) -> bool {
    let start = rest.get(..4).unwrap_or(rest);
    !start.is_empty() && [LOCAL, CENTRAL, ZIP64_END, ZIP64_LOCATOR, END].iter().any(|record| record.starts_with(start))
}

/// Whether an independent reader takes the whole for a zip with as many files.
fn is_consistent(bytes: &[u8], records: &Records) -> bool {
    let whole = Span::new(0, records.end).of(bytes);
    zip::ZipArchive::new(Cursor::new(whole)).is_ok_and(|archive| archive.len() == records.members)
}
