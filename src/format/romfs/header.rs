//! The two headers of romfs as their bytes say, and names for people.

use std::fmt::Write;

use nom::bytes::complete::{tag, take};
use nom::number::complete::be_u32;
use nom::{IResult, Parser};

use super::{ALIGNMENT, Checksum, EntryKind, MAGIC, align};
use crate::checksum::romfs_sum;

/// A name without an end within this many bytes is cut here.
const NAME_SCAN_BYTES: usize = 4096;

/// The four words in front of a name.
const FIXED_BYTES: usize = 16;

/// The low bits of an entry's first word: type and exec bit.
const MODE_BITS: u32 = 0xF;
const TYPE_BITS: u32 = 0x7;
const EXEC_BIT: u32 = 0x8;

/// The first header of a volume.
#[derive(Debug)]
pub(super) struct VolumeHeader<'a> {
    pub size: usize,
    pub name: &'a [u8],
    pub len: usize,
}

/// The header of an entry.
#[derive(Debug)]
pub(super) struct EntryHeader<'a> {
    /// Offset of the next header in the same directory; 0 at the end.
    pub next: usize,
    pub kind: EntryKind,
    pub executable: bool,
    pub size: usize,
    pub name: &'a [u8],
    pub len: usize,
    pub checksum: Checksum,
}

/// Reads the volume's header at the start of `input`, which may end inside its name.
pub(super) fn volume_header(input: &[u8]) -> IResult<&[u8], VolumeHeader<'_>> {
    let (rest, (_magic, size, _checksum)) = (tag(MAGIC.as_slice()), be_u32, be_u32).parse(input)?;
    let (name, len) = name(rest);
    Ok((rest, VolumeHeader { size: as_len(size), name, len }))
}

/// Reads an entry's header at the start of `input`.
pub(super) fn entry_header(input: &[u8]) -> IResult<&[u8], EntryHeader<'_>> {
    let (rest, (next, spec, size, _checksum)) = (be_u32, be_u32, be_u32, be_u32).parse(input)?;
    let (name, len) = name(rest);
    let (rest, summed) = take(len).parse(input)?;
    let checksum = match romfs_sum(summed) {
        0 => Checksum::Holds,
        sum => Checksum::Wrong(sum),
    };
    let header = EntryHeader {
        next: as_offset(next),
        kind: kind(next & TYPE_BITS, spec),
        executable: next & EXEC_BIT != 0,
        size: as_len(size),
        name,
        len,
        checksum,
    };
    Ok((rest, header))
}

/// The name at the start of `input`, and the length of the header that it makes with its NUL and zeros up to 16.
fn name(input: &[u8]) -> (&[u8], usize) {
    let scanned = input.get(..NAME_SCAN_BYTES).unwrap_or(input);
    let end = memchr::memchr(0, scanned).unwrap_or(scanned.len());
    let header_len = align(FIXED_BYTES.saturating_add(end).saturating_add(1));
    (scanned.get(..end).unwrap_or_default(), header_len)
}

/// The type in bits 0 to 2 and what `spec` means for it.
fn kind(bits: u32, spec: u32) -> EntryKind {
    let [b0, b1, b2, b3] = spec.to_be_bytes();
    let (major, minor) = (u16::from_be_bytes([b0, b1]), u16::from_be_bytes([b2, b3]));
    match bits {
        0 => EntryKind::HardLink { target: as_offset(spec) },
        1 => EntryKind::Directory { first: as_offset(spec) },
        2 => EntryKind::File,
        3 => EntryKind::Symlink,
        4 => EntryKind::BlockDevice { major, minor },
        5 => EntryKind::CharDevice { major, minor },
        6 => EntryKind::Socket,
        _ => EntryKind::Fifo,
    }
}

/// An offset of a header: the kernel takes the low four bits off, whatever they hold.
fn as_offset(word: u32) -> usize {
    as_len(word & !MODE_BITS)
}

fn as_len(word: u32) -> usize {
    usize::try_from(word).unwrap_or(usize::MAX)
}

const _: () = assert!(ALIGNMENT == 16, "the mode bits are what 16-byte alignment leaves free");

/// A name for people: UTF-8 as it is, and every byte that could mislead (control and direction characters, `/`, `\`,
/// what is not UTF-8) as `\xNN`.
pub fn display_name(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    push_display_name(&mut text, name);
    text
}

pub(super) fn push_display_name(text: &mut String, name: &[u8]) {
    for chunk in name.utf8_chunks() {
        for char in chunk.valid().chars() {
            if is_odd(char) {
                let mut utf8 = [0; 4];
                push_escaped(text, char.encode_utf8(&mut utf8).as_bytes());
            } else {
                text.push(char);
            }
        }
        push_escaped(text, chunk.invalid());
    }
}

/// The bytes of a name that [`display_name`] made readable.
pub fn name_from_display(text: &str) -> Vec<u8> {
    let mut name = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("\\x") {
        name.extend_from_slice(before.as_bytes());
        let digits = behind.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        name.extend(digits);
        rest = match digits {
            Some(_) => behind.get(2..).unwrap_or_default(),
            None => {
                name.extend_from_slice(b"\\x");
                behind
            }
        };
    }
    name.extend_from_slice(rest.as_bytes());
    name
}

fn push_escaped(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "\\x{byte:02X}");
    }
}

fn is_odd(char: char) -> bool {
    let turns_text = matches!(char, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    char.is_control() || turns_text || matches!(char, '/' | '\\')
}
