//! The folder that something is built from: what lies in it, the record of its extraction, and its bytes.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::cli::extract::places::PART;
use crate::cli::failure::Failure;
use crate::cli::input::Inputs;
use crate::cli::place::folder_of;
use crate::contents::{MANIFEST, Manifest, NoManifest};
use crate::format::romfs::ENTRIES_MAX;
use crate::image::Image;
use crate::map::Kind;
use crate::pack::{Disk, FileOnDisk, Found, OnDisk};
use crate::recover::Source;
use crate::words::count;

/// Files are read in pieces of this.
const PIECE_BYTES: usize = 1 << 18;

/// A folder that was looked through. Links in it are never followed.
pub struct Folder {
    root: PathBuf,
    /// The record of the extraction that it comes from.
    pub manifest: Option<Manifest>,
    /// What lies in it, each folder before what it holds.
    pub found: Vec<Found>,
}

impl Folder {
    /// Looks through the folder that `input` is, or that holds `input` as its record. It must not be the record of
    /// something else than `kind`, and `output` must not lie in it: it would be packed the next time.
    pub fn open(inputs: &Inputs, input: &Path, kind: Kind, output: &Path) -> Result<Self, Failure> {
        let metadata = fs::metadata(input).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Failure::about(input, "there is no such folder", "check the name"),
            _ => Failure::read(input, &error),
        })?;
        let (root, record) = if metadata.is_dir() {
            let record = input.join(MANIFEST);
            (input.to_owned(), record.is_file().then_some(record))
        } else {
            (folder_of(input).to_owned(), Some(input.to_owned()))
        };
        let manifest = record.as_deref().map(|record| read_record(inputs, record, kind)).transpose()?;
        ensure_outside(output, &root)?;
        let found = look_through(inputs, &root, record.as_deref())?;
        Ok(Self { root, manifest, found })
    }

    /// The folder's own path.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Where something that was found lies.
    fn place(&self, found: usize) -> PathBuf {
        let path = self.found.get(found).map(|found| found.path.as_slice()).unwrap_or_default();
        self.root.join(os_path(path))
    }

    /// How long a file is; 0 of what is none.
    pub fn len_of(&self, found: usize) -> usize {
        match self.found.get(found).map(|found| &found.what) {
            Some(OnDisk::File(file)) => file.len,
            _ => 0,
        }
    }

    /// The bytes of a file.
    pub fn read(&self, found: usize) -> Result<Vec<u8>, Failure> {
        let place = self.place(found);
        fs::read(&place).map_err(|error| Failure::read(&place, &error))
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

fn ensure_outside(output: &Path, root: &Path) -> Result<(), Failure> {
    // a folder that is not there yet will be made in the nearest one that is
    let folder = folder_of(output).ancestors().find_map(|above| match above.as_os_str().is_empty() {
        true => fs::canonicalize(".").ok(),
        false => fs::canonicalize(above).ok(),
    });
    match (folder.ok_or(()), fs::canonicalize(root)) {
        (Ok(folder), Ok(root)) if folder.starts_with(&root) => {
            Err(Failure::about(output, "lies in the folder that is packed", "choose a place outside of it with `-o`"))
        }
        _ => Ok(()),
    }
}

fn read_record(inputs: &Inputs, record: &Path, kind: Kind) -> Result<Manifest, Failure> {
    let json = inputs.read(record)?;
    let manifest = match Manifest::read(&json) {
        Ok(manifest) => manifest,
        Err(error) => return Err(no_record(record, json, &error, kind)),
    };
    let root = folder_of(record);
    if manifest.recursive {
        let what = "was extracted with `--recursive`, so that some things lie in the folder twice";
        return Err(Failure::about(root, what, "extract it once more without `--recursive`"));
    }
    if manifest.kind != kind && manifest.kind != Kind::Unknown {
        let (is, wanted) = (manifest.kind.words(), kind.words());
        let next = match manifest.kind {
            Kind::Flash | Kind::Update => "extract the part that you mean, and pack that folder",
            _ => "remove `unbrick-manifest.json` from it to pack its files all the same",
        };
        return Err(Failure::about(root, format!("holds what was in a {is}, and not the files of a {wanted}"), next));
    }
    Ok(manifest)
}

/// What a file is that was taken for the record of an extraction.
fn no_record(record: &Path, file: Image, error: &NoManifest, wanted: Kind) -> Failure {
    if record.file_name() == Some(MANIFEST.as_ref()) {
        let what = if file.is_empty() { "is empty (0 bytes)".to_owned() } else { format!("is {error}") };
        return Failure::about(record, what, "remove it to pack the folder without it");
    }
    let next = "name a folder, or the manifest that `unbrick extract` left in one";
    if file.is_empty() {
        return Failure::about(record, "is empty (0 bytes), and no folder", next);
    }
    let is = Source::new("", file).inspection.kind;
    if is == wanted {
        let what = format!("is a {} already, and is built from a folder", wanted.words());
        return Failure::about(record, what, "name the folder of its files; `unbrick extract` makes one of it");
    }
    Failure::about(record, format!("is no folder, and no record of an extraction (found: {})", is.words()), next)
}

/// Everything below a folder but the record of its extraction.
fn look_through(inputs: &Inputs, root: &Path, record: Option<&Path>) -> Result<Vec<Found>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![(root.to_owned(), Vec::new())];
    while let Some((folder, path)) = open.pop() {
        let fail = |error| Failure::read(&folder, &error);
        for entry in fs::read_dir(&folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let (name, at) = (entry.file_name(), entry.path());
            let is_ours = path.is_empty() && (name == MANIFEST || name == PART);
            if is_ours || record == Some(at.as_path()) {
                continue;
            }
            if found.len() >= ENTRIES_MAX {
                let what = format!("holds more than {} files", count(ENTRIES_MAX));
                return Err(Failure::about(root, what, "name the folder that is to be packed, and no other"));
            }
            let name = name.as_encoded_bytes();
            let path = if path.is_empty() { name.to_vec() } else { [&path, &b"/"[..], name].concat() };
            let fail = |error| Failure::read(&at, &error);
            let what = entry.metadata().and_then(|metadata| on_disk(&at, &metadata)).map_err(fail)?;
            match what {
                OnDisk::Folder => open.push((at, path.clone())),
                OnDisk::File(_) => inputs.remember(&at, &at),
                _ => {}
            }
            found.push(Found { path, what });
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
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

    fn crc32(&self, file: usize) -> io::Result<u32> {
        Ok(crc32fast::hash(&fs::read(self.place(file))?))
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
