//! What is inside: the files of a romfs, web UI, zip, update or whole flash, by path.
//!
//! Paths are relative and use `/`. What a container inside another one holds stands under the container's path with
//! `.d` behind it, so that a path names the same thing in a listing, for `cat` and on disk after extraction.

mod flaw;
mod manifest;
mod walk;

use std::borrow::Cow;
use std::path::{Component, Path};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::format::kernel_zip::{self, UnpackError};
use crate::image::{Image, Span};
use crate::map::Inspection;

pub use flaw::{Flaw, Trouble, trouble};
pub use manifest::{Fate, Item, MANIFEST, Manifest, NoManifest};
pub(crate) use walk::safe_path;
pub use walk::{Depth, kind_of, list, list_container, part_name};

/// Something with a path.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// Where it is. Bytes that no path should have are written as `\xNN`; no part is empty, `.` or `..`.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// What it holds; nothing unless it is a file.
    pub data: Data<'a>,
    /// What is wrong with it, as far as that is known without unpacking it.
    pub flaw: Option<Flaw>,
}

impl<'a> Entry<'a> {
    /// An entry with which nothing is known to be wrong.
    pub fn new(path: impl Into<String>, kind: EntryKind, data: Data<'a>) -> Self {
        Self { path: path.into(), kind, data, flaw: None }
    }

    /// The same entry with something wrong with it.
    #[must_use]
    fn flawed(mut self, flaw: Option<Flaw>) -> Self {
        self.flaw = flaw;
        self
    }
}

/// As [`list`], with what the map found to be wrong marked at the files that it is in.
pub fn list_inspected<'a>(image: &'a Image, inspection: &Inspection, depth: Depth) -> Vec<Entry<'a>> {
    let mut entries = list(image, &inspection.regions, depth);
    flaw::mark(&mut entries, image, inspection);
    entries
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum EntryKind {
    /// A file; on the camera its exec bit may be set.
    File {
        /// Whether it is.
        #[serde(default)]
        executable: bool,
    },
    /// A folder.
    Directory,
    /// Another name for the file, folder or link at `target`, a path in the same listing.
    HardLink {
        /// The path.
        target: String,
    },
    /// A symbolic link.
    Symlink {
        /// Where it points, as stored.
        target: String,
    },
    /// A block device.
    BlockDevice {
        /// The driver's number.
        major: u16,
        /// The device's number.
        minor: u16,
    },
    /// A character device.
    CharDevice {
        /// The driver's number.
        major: u16,
        /// The device's number.
        minor: u16,
    },
    /// A socket.
    Socket,
    /// A named pipe.
    Fifo,
}

/// Bytes of an image, or of something that was unpacked from it.
#[derive(Debug, Clone)]
pub enum Bytes<'a> {
    /// As they lie in the image, at this place.
    InImage(&'a [u8], Span),
    /// A part of what was unpacked.
    Shared(Arc<Vec<u8>>, Span),
}

/// What a file holds.
#[derive(Debug, Clone)]
pub enum Data<'a> {
    /// It is no file.
    Nothing,
    /// These bytes.
    Plain(Bytes<'a>),
    /// What these bytes, a zip or gzip with one file, unpack to.
    Packed {
        /// The zip or gzip.
        from: Bytes<'a>,
        /// Bytes that come out.
        len: usize,
        /// Their CRC-32, if it was seen to hold.
        crc32: Option<u32>,
    },
    /// A file of a zip with several.
    Member {
        /// Its stream.
        stream: Bytes<'a>,
        /// How it is packed.
        method: Method,
        /// Bytes that come out, as the zip says.
        len: usize,
        /// Their CRC-32, as the zip says.
        crc32: u32,
    },
}

/// How a file of a zip is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As it is.
    Stored,
    /// With deflate.
    Deflated,
    /// In a way that is not known here, or with a password.
    Other,
}

/// Why what a file holds cannot be had.
#[derive(Debug, Error)]
pub enum ReadError {
    /// Its packed form is damaged.
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    /// A file of a zip is damaged.
    #[error("the zip cannot be unpacked: {0}")]
    Inflate(#[from] std::io::Error),
    /// A file of a zip is packed in a way that is not known here.
    #[error("the zip's file has a password, or is packed with neither deflate nor nothing")]
    Method,
    /// A file of a zip is damaged.
    #[error("the unpacked bytes have CRC-32 0x{computed:08X} instead of 0x{stored:08X}")]
    Crc {
        /// As stored.
        stored: u32,
        /// As it is.
        computed: u32,
    },
    /// It is longer than it says, or than can be.
    #[error("it unpacks to more than {0} bytes")]
    TooLong(usize),
}

impl<'a> Bytes<'a> {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::InImage(image, span) => span.of(image),
            Self::Shared(bytes, span) => span.of(bytes),
        }
    }

    /// Where they lie in the image, unless they were unpacked.
    pub fn place(&self) -> Option<Span> {
        match self {
            Self::InImage(_, span) => Some(*span),
            Self::Shared(..) => None,
        }
    }

    /// A part of them.
    fn part(&self, span: Span) -> Self {
        let part_of = |whole: Span| span.shifted(whole.start()).overlap(whole).unwrap_or(Span::at(whole.start(), 0));
        match self {
            Self::InImage(image, whole) => Self::InImage(image, part_of(*whole)),
            Self::Shared(bytes, whole) => Self::Shared(Arc::clone(bytes), part_of(*whole)),
        }
    }
}

impl Data<'_> {
    /// Where its bytes lie in the image, if they lie there as they are.
    pub fn place(&self) -> Option<Span> {
        match self {
            Self::Plain(bytes) => bytes.place(),
            _ => None,
        }
    }

    /// Bytes that [`read`](Self::read) gives, without unpacking anything.
    pub fn len(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Plain(bytes) => bytes.as_slice().len(),
            Self::Packed { len, .. } | Self::Member { len, .. } => *len,
        }
    }

    /// CRC-32 of the bytes, if it is known without unpacking or reading them.
    pub fn crc32(&self) -> Option<u32> {
        match self {
            Self::Nothing | Self::Plain(_) => None,
            Self::Packed { crc32, .. } => *crc32,
            Self::Member { crc32, .. } => Some(*crc32),
        }
    }

    /// The bytes as they lie in the image or package, packed or not.
    pub fn raw(&self) -> &[u8] {
        self.stored().map_or(&[], Bytes::as_slice)
    }

    /// As [`raw`](Self::raw), with the place where they lie.
    fn stored(&self) -> Option<&Bytes<'_>> {
        match self {
            Self::Nothing => None,
            Self::Plain(bytes) | Self::Packed { from: bytes, .. } | Self::Member { stream: bytes, .. } => Some(bytes),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes, unpacked if they have to be.
    ///
    /// # Errors
    /// If they are packed and damaged, or more than [`kernel_zip::UNPACKED_MAX_BYTES`].
    pub fn read(&self) -> Result<Cow<'_, [u8]>, ReadError> {
        match self {
            Self::Nothing => Ok(Cow::Borrowed(&[])),
            Self::Plain(bytes) => Ok(Cow::Borrowed(bytes.as_slice())),
            Self::Packed { from, .. } => Ok(Cow::Owned(kernel_zip::unpack(from.as_slice())?)),
            Self::Member { stream, method, crc32, .. } => walk::unzip(stream.as_slice(), *method, *crc32),
        }
    }
}

impl EntryKind {
    /// Whether it is a file.
    pub fn is_file(&self) -> bool {
        matches!(self, Self::File { .. })
    }
}

/// Whether a link at `place` with this `target` ends inside the folder, whatever other links stand in it: it may climb
/// first, at most up to the folder, and then only descend.
pub fn stays_inside(place: &str, target: &str) -> bool {
    let climbs_allowed = place.matches('/').count();
    let parts: Vec<Component<'_>> = Path::new(target).components().filter(|part| *part != Component::CurDir).collect();
    let climbs = parts.iter().take_while(|part| **part == Component::ParentDir).count();
    let descends = parts.iter().skip(climbs).all(|part| matches!(part, Component::Normal(_)));
    !parts.is_empty() && climbs <= climbs_allowed && descends
}

#[cfg(test)]
mod tests {
    use super::stays_inside;

    #[test]
    fn a_link_may_climb_no_higher_than_the_folder() {
        assert!(stays_inside("etc/motd", "../usr/motd"));
        assert!(stays_inside("motd", "etc/motd"));
        assert!(!stays_inside("motd", "../motd"));
        assert!(!stays_inside("etc/motd", "/etc/passwd"));
        assert!(!stays_inside("a/b", "../../x"));
        assert!(!stays_inside("a/b/link", "c/../../../../x"));
        assert!(!stays_inside("link", ""));
    }
}
