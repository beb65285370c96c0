//! romfs, the read-only file system of these cameras and of much other small Linux: parse, verify, lay out, build.
//!
//! ```text
//! volume   0x00 "-rom1fs-"   0x08 size   0x0C checksum   0x10 name, NUL, zeros to 16      all numbers big-endian
//! entry    0x00 next header | type and exec bit   0x04 spec   0x08 size   0x0C checksum   0x10 name, NUL, zeros to 16
//!          then the data of a file or symlink, zeros to 16
//! ```
//!
//! Headers lie on multiples of 16. The words of an entry's header and name sum up to zero, and so do the volume's
//! first 512 bytes (or all, if there are fewer). The file is filled with zeros to a multiple of 1024. No checksum
//! covers the content of files beyond those 512 bytes. packages-and-formats.md section 6, certain.

mod align;
mod build;
mod header;
mod layout;
mod walk;
mod write;

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)] // a test may stop
pub(crate) mod tests;

use rustc_hash::FxHashMap;

pub use align::Alignment;
pub use build::{BuildError, Content, Node, NodeId, Volume};
pub use header::{display_name, name_from_display};
pub use layout::{Part, Role};
pub use walk::parse;
pub use write::{Piece, Pieces, SEALED_BYTES, seal};

use crate::image::Span;

/// What a volume starts with.
pub const MAGIC: &[u8; 8] = b"-rom1fs-";

/// Headers and data start on multiples of this.
pub const ALIGNMENT: usize = 16;

/// The file of a volume is filled with zeros to a multiple of this, the block size of the kernel.
pub const PADDING: usize = 1024;

/// The longest name that the kernel reads right: its buffer holds 128 bytes with the NUL, and for a longer one it
/// takes the data to start in the middle of the name (packages-and-formats.md section 6, certain).
pub const NAME_MAX_BYTES: usize = 127;

/// The kernel's longest path. A directory whose path is longer cannot be reached, so that it is not looked into.
pub const PATH_MAX_BYTES: usize = 4096;

/// More entries than this are not read: no volume for such a small system comes near.
pub const ENTRIES_MAX: usize = 1 << 20;

/// Entries are not read any further when their paths together are longer than this.
pub const PATHS_MAX_BYTES: usize = 64 << 20;

/// How often a hard link is followed to a hard link before it counts as broken.
const LINK_HOPS_MAX: usize = 8;

/// A volume as far as its bytes hold.
///
/// Spans are offsets from the volume's first byte and never reach beyond the bytes that were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Romfs {
    /// The volume's name, odd bytes written as `\xNN`. genromfs sets `rom ` and the time of building by default.
    pub volume: String,
    /// The volume's header with its name and the zeros behind it.
    pub header: Span,
    /// The size in the volume's header, in bytes.
    pub declared_len: usize,
    /// Bytes that belong to the volume: its declared size rounded up to 1024 where the zeros up to there are present,
    /// else the declared size; further only where entries with a right checksum prove that it is too small; never
    /// more than are here.
    pub extent: usize,
    /// Every entry, `.` and `..` too, each directory followed by what it holds.
    pub entries: Vec<Entry>,
    /// What the checksums and the structure prove.
    pub integrity: Integrity,
    by_header: FxHashMap<usize, usize>,
}

/// What the checksums and the structure of a volume prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integrity {
    /// All is here, every checksum holds and every offset leads to where it should.
    Verified,
    /// It ends before its declared size; what is here shows no other damage.
    Truncated,
    /// A checksum or an offset is wrong.
    Damaged,
}

/// A file, directory, link or other thing with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it is found, as `/bin/camera`; the root's own entry is `/.`. A byte that a name had better not have
    /// (control characters, `/`, `\`, what is not UTF-8) is written as `\xNN`.
    pub path: String,
    /// The name as stored.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// Whether the exec bit (value 8) is set.
    pub executable: bool,
    /// Its header with its name and the zeros behind it.
    pub header: Span,
    /// The content of a file, the target of a symlink; empty for all else. Shorter than
    /// [`declared_size`](Self::declared_size) if it is cut.
    pub data: Span,
    /// The size in the header, in bytes.
    pub declared_size: usize,
    /// The directory that holds it, as a place in [`Romfs::entries`]; `None` in the root directory.
    pub parent: Option<usize>,
    /// Whether the header's words sum up to zero.
    pub checksum: Checksum,
}

/// What an entry is, with what its `spec` field says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// Another name for the entry whose header is at `target`.
    HardLink {
        /// Offset of that entry's header.
        target: usize,
    },
    /// A directory.
    Directory {
        /// Offset of the header of the first entry in it; 0 if there is none.
        first: usize,
    },
    /// A regular file.
    File,
    /// A symbolic link; its data is the target.
    Symlink,
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

/// Whether the words of a header sum up to zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    /// They do.
    Holds,
    /// They sum up to this instead.
    Wrong(u32),
}

impl Entry {
    /// Whether it is a directory's `.` or `..`.
    pub fn is_dot(&self) -> bool {
        matches!(self.name.as_slice(), b"." | b"..")
    }

    /// Whether all of the declared data is here.
    pub fn is_whole(&self) -> bool {
        self.data.len() == self.declared_size || !self.kind.has_data()
    }
}

impl EntryKind {
    /// Whether data follows the header.
    pub const fn has_data(self) -> bool {
        matches!(self, Self::File | Self::Symlink)
    }
}

impl Romfs {
    /// The entries without `.` and `..`, each directory followed by what it holds.
    pub fn files(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| !entry.is_dot())
    }

    /// The entry whose header is at `offset`.
    pub fn entry_at(&self, offset: usize) -> Option<&Entry> {
        self.by_header.get(&offset).and_then(|&index| self.entries.get(index))
    }

    /// The entry itself, or what a hard link stands for in the end; `None` if it leads nowhere.
    pub fn resolve<'a>(&'a self, entry: &'a Entry) -> Option<&'a Entry> {
        resolve(&self.entries, &self.by_header, entry)
    }

    /// When the volume was built, in seconds since 1970, if its name is genromfs's default `rom %08x`
    /// (packages-and-formats.md section 6, certain).
    pub fn built(&self) -> Option<u32> {
        let digits = self.volume.strip_prefix("rom ")?;
        let hex = digits.len() == 8 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
    }

    /// Whether all is here and every checksum and offset is right.
    pub fn is_verified(&self) -> bool {
        self.integrity == Integrity::Verified
    }
}

fn resolve<'a>(entries: &'a [Entry], by_header: &FxHashMap<usize, usize>, entry: &'a Entry) -> Option<&'a Entry> {
    let mut entry = entry;
    for _ in 0..=LINK_HOPS_MAX {
        match entry.kind {
            EntryKind::HardLink { target } => entry = by_header.get(&target).and_then(|&index| entries.get(index))?,
            _ => return Some(entry),
        }
    }
    None
}

/// The next multiple of 16; none beyond the largest number.
fn align(bytes: usize) -> usize {
    bytes.checked_next_multiple_of(ALIGNMENT).unwrap_or(usize::MAX)
}
