//! The head that web UI packages and settings share, and which of the two stands behind it.
//!
//! | off | size | field |
//! |---|---|---|
//! | 0x00 | 4 | magic `BD 9A 0C 44` |
//! | 0x04 | 4 | byte sum of everything from 0x0C on |
//! | 0x08 | 4 | size, this head included |
//!
//! The camera knows what it reads by where it lies; bytes alone do not say. A web UI's first entry starts at 0x10
//! with the length of a path and the path; settings have a fixed size, or the camera's id at 0x0C
//! (packages-and-formats.md sections 3 and 4, certain).

use nom::bytes::complete::{tag, take};
use nom::multi::length_data;
use nom::number::complete::le_u32;
use nom::{IResult, Parser};

use super::NotThisFormat;
use crate::checksum::byte_sum;
use crate::image::Span;

/// The first four bytes of every web UI and settings block.
pub const MAGIC: [u8; 4] = [0xBD, 0x9A, 0x0C, 0x44];

/// Bytes in the head.
pub const HEAD_LEN: usize = 0x0C;

/// Bytes of a web UI before its first entry: the head and the version.
pub const WEB_UI_HEAD_LEN: usize = 0x10;

/// The sizes of the settings blocks that are known, in bytes.
pub const SETTINGS_SIZES: [usize; 5] = [0x14, 0xE0, 0x12C, 0x1004, 0x14E8];

/// The smallest and largest size of camera settings of a build that is not known: all known fields end, and the area
/// for them in flash is full.
const CAMERA_SETTINGS_SIZES: std::ops::RangeInclusive<usize> = 0x8DF..=0x7000;

/// Where the id lies in camera settings, and how many hexadecimal digits it has.
const ID: Span = Span::new(0x0C, 0x18);

/// A path in a web UI may have this many bytes...
pub const PATH_LIMIT: usize = 100;

/// ...but a damaged one is still recognised up to this many.
const PATH_RECOGNISED: usize = 0x400;

/// The head, with the bytes of the block that are really there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head<'a> {
    /// The byte sum that is stored.
    pub checksum: u32,
    /// The size that is declared.
    pub size: usize,
    /// The bytes of the block from its first on, no more than `size`.
    pub bytes: &'a [u8],
    /// What the head belongs to.
    pub owner: Owner,
}

/// What a head belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    WebUi,
    Settings,
}

impl Head<'_> {
    /// Whether all of the block is there.
    pub fn is_whole(&self) -> bool {
        self.bytes.len() == self.size
    }

    /// The byte sum as it is; `None` unless all of the block is there.
    pub fn computed_checksum(&self) -> Option<u32> {
        self.is_whole().then(|| byte_sum(Span::new(HEAD_LEN, self.size).of(self.bytes)))
    }
}

fn head_fields(bytes: &[u8]) -> IResult<&[u8], (u32, u32)> {
    (tag(MAGIC.as_slice()), le_u32, le_u32).map(|(_, checksum, size)| (checksum, size)).parse(bytes)
}

/// Reads the head that `bytes` start with; `expected` is the name of what the caller looks for.
pub fn head<'a>(bytes: &'a [u8], expected: &'static str, owner: Owner) -> Result<Head<'a>, NotThisFormat> {
    let Ok((_, (checksum, size))) = head_fields(bytes) else {
        return Err(NotThisFormat::at(expected, 0, "bytes BD9A0C44", bytes));
    };
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let bytes = bytes.get(..size).unwrap_or(bytes);
    match owner_of(bytes, size) {
        Some(found) if found == owner => Ok(Head { checksum, size, bytes, owner }),
        Some(Owner::WebUi) => Err(NotThisFormat::at(expected, HEAD_LEN, "camera settings", bytes)),
        Some(Owner::Settings) => Err(NotThisFormat::at(expected, HEAD_LEN, "a version and paths", bytes)),
        None => Err(NotThisFormat::at(expected, HEAD_LEN, "a version and paths, or camera settings", bytes)),
    }
}

fn owner_of(bytes: &[u8], size: usize) -> Option<Owner> {
    match first_path(bytes) {
        Some([b'/', ..]) => return Some(Owner::WebUi),
        _ if SETTINGS_SIZES.contains(&size) => return Some(Owner::Settings),
        Some(_) => return Some(Owner::WebUi),
        None => {}
    }
    let has_id = ID.of(bytes).len() == ID.len() && ID.of(bytes).iter().all(u8::is_ascii_hexdigit);
    if size == WEB_UI_HEAD_LEN {
        Some(Owner::WebUi)
    } else if CAMERA_SETTINGS_SIZES.contains(&size) && has_id {
        Some(Owner::Settings)
    } else {
        None
    }
}

/// The path of a web UI's first entry, or as much of it as is there, if it can be one: at least one byte, no control
/// characters.
fn first_path(bytes: &[u8]) -> Option<&[u8]> {
    let entries = bytes.get(WEB_UI_HEAD_LEN..)?;
    let read_len = |input| -> IResult<&[u8], u32> { le_u32(input) };
    let (rest, path_len) = read_len(entries).ok()?;
    let path_len = usize::try_from(path_len).ok().filter(|len| (1..=PATH_RECOGNISED).contains(len))?;
    let path = rest.get(..path_len).unwrap_or(rest);
    (!path.is_empty() && path.iter().all(|byte| !byte.is_ascii_control())).then_some(path)
}

/// One entry's length-prefixed path.
pub fn path_field(bytes: &[u8]) -> IResult<&[u8], &[u8]> {
    length_data(le_u32).parse(bytes)
}

/// One entry's file: its declared length and the bytes of it that are there.
pub fn file_field(bytes: &[u8]) -> IResult<&[u8], (usize, &[u8])> {
    let (rest, declared) = le_u32(bytes)?;
    let declared = usize::try_from(declared).unwrap_or(usize::MAX);
    let (rest, data) = take(declared.min(rest.len()))(rest)?;
    Ok((rest, (declared, data)))
}

/// Writes size and byte sum into the head of `block`, which starts with room for it.
pub fn seal(mut block: Vec<u8>) -> Vec<u8> {
    let size = u32::try_from(block.len()).unwrap_or(u32::MAX);
    let sum = byte_sum(block.get(HEAD_LEN..).unwrap_or_default());
    let head = MAGIC.into_iter().chain(sum.to_le_bytes()).chain(size.to_le_bytes());
    for (place, byte) in block.iter_mut().zip(head) {
        *place = byte;
    }
    block
}
