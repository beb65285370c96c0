//! The folder that a romfs is built from: what lies in it, and its bytes.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::cli::extract::places::PART;
use crate::cli::failure::Failure;
use crate::contents::MANIFEST;
use crate::format::romfs::ENTRIES_MAX;
use crate::pack::romfs::{Disk, FileOnDisk, Found, OnDisk};
use crate::words::count;

/// Files are read in pieces of this.
const PIECE_BYTES: usize = 1 << 18;

/// A folder that was looked through. Links in it are never followed.
pub struct Folder {
    root: PathBuf,
    /// What lies in it, each folder before what it holds.
    pub found: Vec<Found>,
}

impl Folder {
    /// Looks through a folder. The record of an extraction is not part of it, and `other_record` is not either.
    pub fn open(root: &Path, other_record: Option<&Path>) -> Result<Self, Failure> {
        let mut found = Vec::new();
        let mut open = vec![(root.to_owned(), Vec::new())];
        while let Some((folder, path)) = open.pop() {
            let fail = |error| Failure::read(&folder, &error);
            for entry in fs::read_dir(&folder).map_err(fail)? {
                let entry = entry.map_err(fail)?;
                let (name, at) = (entry.file_name(), entry.path());
                let is_record = path.is_empty() && (name == MANIFEST || name == PART);
                if is_record || other_record == Some(at.as_path()) {
                    continue;
                }
                if found.len() >= ENTRIES_MAX {
                    let what = format!("holds more than {} files", count(ENTRIES_MAX));
                    return Err(Failure::about(root, what, "name the folder that the romfs is to hold"));
                }
                let name = name.as_encoded_bytes();
                let path = if path.is_empty() { name.to_vec() } else { [&path, &b"/"[..], name].concat() };
                let metadata = entry.metadata().map_err(|error| Failure::read(&at, &error))?;
                let what = on_disk(&at, &metadata).map_err(|error| Failure::read(&at, &error))?;
                if what == OnDisk::Folder {
                    open.push((at, path.clone()));
                }
                found.push(Found { path, what });
            }
        }
        found.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Self { root: root.to_owned(), found })
    }

    /// Where something that was found lies.
    fn place(&self, found: usize) -> PathBuf {
        let path = self.found.get(found).map(|found| found.path.as_slice()).unwrap_or_default();
        self.root.join(os_path(path))
    }

    /// Writes the bytes of a file, which must still be `len`.
    pub fn copy(&self, found: usize, len: usize, to: &mut impl Write, buffer: &mut Vec<u8>) -> Result<(), CopyError> {
        let place = self.place(found);
        let read = |error| CopyError::Here(Failure::read(&place, &error));
        let mut file = File::open(&place).map_err(read)?;
        buffer.resize(PIECE_BYTES, 0);
        let mut left = len;
        loop {
            // one byte more than should be there, so that a file that grew is told
            let wanted = left.saturating_add(1).min(buffer.len());
            let piece = buffer.get_mut(..wanted).unwrap_or_default();
            let taken = read_some(&mut file, piece).map_err(read)?;
            if taken > left || (taken == 0 && left > 0) {
                let next = "let nothing write to the folder meanwhile, and pack it again";
                return Err(CopyError::Here(Failure::about(&place, "was changed while it was packed", next)));
            }
            to.write_all(piece.get(..taken).unwrap_or_default()).map_err(CopyError::There)?;
            left = left.saturating_sub(taken);
            if taken == 0 {
                return Ok(());
            }
        }
    }
}

/// Why a file was not copied.
pub enum CopyError {
    /// It could not be read.
    Here(Failure),
    /// It could not be written.
    There(io::Error),
}

fn read_some(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

impl Disk for Folder {
    fn holds(&self, file: usize, bytes: &[u8]) -> io::Result<bool> {
        let mut file = File::open(self.place(file))?;
        let mut buffer = vec![0; PIECE_BYTES.min(bytes.len().saturating_add(1))];
        let mut rest = bytes;
        loop {
            let taken = read_some(&mut file, &mut buffer)?;
            let piece = buffer.get(..taken).unwrap_or_default();
            match rest.strip_prefix(piece) {
                _ if taken == 0 => return Ok(rest.is_empty()),
                Some(behind) => rest = behind,
                None => return Ok(false),
            }
        }
    }

    fn are_alike(&self, one: usize, other: usize) -> io::Result<bool> {
        self.holds(one, &fs::read(self.place(other))?)
    }
}

fn on_disk(place: &Path, metadata: &Metadata) -> io::Result<OnDisk> {
    if metadata.is_dir() {
        Ok(OnDisk::Folder)
    } else if metadata.is_file() {
        let len = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
        Ok(OnDisk::File(FileOnDisk { len, executable: executable(metadata), identity: identity(metadata) }))
    } else if metadata.is_symlink() {
        Ok(OnDisk::Symlink(fs::read_link(place)?.into_os_string().into_encoded_bytes()))
    } else {
        Ok(OnDisk::Special(special(metadata)))
    }
}

#[cfg(unix)]
fn executable(metadata: &Metadata) -> Option<bool> {
    use std::os::unix::fs::PermissionsExt;
    Some(metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn executable(_: &Metadata) -> Option<bool> {
    None
}

/// What other names of the same file share; `None` if it has just one.
#[cfg(unix)]
fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    (metadata.nlink() > 1).then(|| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(unix)]
fn special(metadata: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = metadata.file_type();
    match (kind.is_fifo(), kind.is_socket()) {
        (true, _) => "pipe",
        (_, true) => "socket",
        _ => "device",
    }
}

#[cfg(not(unix))]
fn special(_: &Metadata) -> &'static str {
    "device"
}

#[cfg(unix)]
fn os_path(path: &[u8]) -> &Path {
    use std::os::unix::ffi::OsStrExt;
    Path::new(std::ffi::OsStr::from_bytes(path))
}

#[cfg(not(unix))]
fn os_path(path: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(path).into_owned())
}
