//! What lies in a folder on disk, as far as it matters to what is packed.

use std::io;

/// Something in a folder on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its path below the folder, with `/`.
    pub path: Vec<u8>,
    /// What it is.
    pub what: OnDisk,
}

/// What something on disk is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnDisk {
    /// A folder.
    Folder,
    /// A file.
    File(FileOnDisk),
    /// A symbolic link, with its target.
    Symlink(Vec<u8>),
    /// A device, socket or pipe, in a word.
    Special(&'static str),
}

/// A file on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileOnDisk {
    /// Its bytes.
    pub len: usize,
    /// Whether somebody may execute it; `None` where the disk does not know.
    pub executable: Option<bool>,
    /// What its other names on the same disk share, if it has any.
    pub identity: Option<(u64, u64)>,
}

/// The folder's files, for a look at their bytes. Files are told by their places in the list of what was found.
pub trait Disk {
    /// Whether a file has exactly these bytes.
    ///
    /// # Errors
    /// What the system says when it cannot be read.
    fn holds(&self, file: usize, bytes: &[u8]) -> io::Result<bool>;

    /// The CRC-32 of a file's bytes.
    ///
    /// # Errors
    /// What the system says when it cannot be read.
    fn crc32(&self, file: usize) -> io::Result<u32>;

    /// Whether two files of the same length have the same bytes.
    ///
    /// # Errors
    /// What the system says when one of them cannot be read.
    fn are_alike(&self, one: usize, other: usize) -> io::Result<bool>;
}
