//! The one door through which an extraction reaches the disk: a folder that the system itself keeps every path from
//! leaving.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use super::places::PART;
use crate::cli::failure::Failure;
use crate::cli::place::Outputs;

/// The folder to write to.
pub struct Folder<'a> {
    dir: Dir,
    path: PathBuf,
    outputs: Outputs<'a>,
}

/// Why something was not written.
pub enum Refused {
    /// This one cannot be; others may.
    This(io::Error),
    /// Nothing more can be: the disk is full, or must not be written to.
    Everything(Failure),
}

impl Refused {
    /// Goes on after what concerns one thing only.
    pub fn or_stop(self) -> Result<(), Failure> {
        match self {
            Self::This(_) => Ok(()),
            Self::Everything(failure) => Err(failure),
        }
    }

    /// What it is if nothing may be left out.
    pub fn into_failure(self, folder: &Folder<'_>, path: &str) -> Failure {
        match self {
            Self::This(error) => folder.fail(path, &error),
            Self::Everything(failure) => failure,
        }
    }
}

impl fmt::Debug for Folder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Folder").field("path", &self.path).finish_non_exhaustive()
    }
}

impl<'a> Folder<'a> {
    /// Opens the folder and makes it if it is not there. One that is not empty is refused unless files may be replaced.
    pub fn open(path: &Path, outputs: Outputs<'a>) -> Result<Self, Failure> {
        let fail = |error: &io::Error| outputs.failure(path, error);
        if path.is_file() {
            return Err(Failure::about(path, "is a file, and a folder is meant here", "choose another name with `-o`"));
        }
        outputs.ensure_folder(path)?;
        std::fs::create_dir_all(path).map_err(|error| fail(&error))?;
        let dir = Dir::open_ambient_dir(path, ambient_authority()).map_err(|error| fail(&error))?;
        let is_empty = dir.entries().map_err(|error| fail(&error))?.next().is_none();
        if !is_empty && !outputs.replaces() {
            let what = "is not empty, and nothing in it was touched";
            let next = "choose another folder with `-o`, or add `--force` to write into it";
            return Err(Failure::about(path, what, next));
        }
        Ok(Self { dir, path: path.to_owned(), outputs })
    }

    /// Refuses to put something in the place of a file that was read.
    pub fn ensure_not_read(&self, path: &str) -> Result<(), Failure> {
        self.outputs.ensure_not_read(&self.path.join(path))
    }

    /// Makes a folder, in one that is there. A link that stands in its place (an earlier extraction may have left it)
    /// is removed: what belongs into the folder must not go where the link leads.
    pub fn make_folder(&self, path: &str) -> Result<(), Refused> {
        match self.dir.symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() => return Ok(()),
            Ok(metadata) if metadata.is_symlink() => {
                self.dir.remove_file(path).map_err(|error| self.refused(path, error))?;
            }
            _ => {}
        }
        self.dir.create_dir(path).map_err(|error| self.refused(path, error))
    }

    /// Writes a file under a temporary name and gives it its own only when it is complete.
    pub fn write_file(&self, path: &str, bytes: &[u8], executable: bool) -> Result<(), Refused> {
        let write = || {
            self.clear(PART)?;
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            cap_std::fs::OpenOptionsExt::mode(&mut options, if executable { 0o777 } else { 0o666 });
            let mut file = self.dir.open_with(PART, &options)?;
            file.write_all(bytes)?;
            drop(file);
            self.dir.rename(PART, &self.dir, path)
        };
        write().map_err(|error| {
            // the complaint matters more than what is left of the file
            let _ = self.clear(PART);
            self.refused(path, error)
        })
    }

    /// Gives a file that was written a second name; where the disk knows no second names, it is copied.
    pub fn hard_link(&self, file: &str, path: &str) -> Result<(), Refused> {
        let link = || {
            self.clear(path)?;
            self.dir.hard_link(file, &self.dir, path).or_else(|_| self.dir.copy(file, &self.dir, path).map(drop))
        };
        link().map_err(|error| self.refused(path, error))
    }

    /// Makes a symbolic link.
    pub fn symlink(&self, target: &str, path: &str) -> Result<(), Refused> {
        self.clear(path).and_then(|()| self.dir.symlink(target, path)).map_err(|error| self.refused(path, error))
    }

    /// A failure about something in the folder.
    pub fn fail(&self, path: &str, error: &io::Error) -> Failure {
        self.outputs.failure(&self.path.join(path), error)
    }

    /// Removes a file or link that stands at `path`; it is not followed.
    fn clear(&self, path: &str) -> io::Result<()> {
        match self.dir.remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn refused(&self, path: &str, error: io::Error) -> Refused {
        use io::ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        match error.kind() {
            PermissionDenied | ReadOnlyFilesystem | StorageFull | QuotaExceeded => {
                Refused::Everything(self.fail(path, &error))
            }
            _ => Refused::This(error),
        }
    }
}
