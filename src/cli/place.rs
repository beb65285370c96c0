//! Writes results: complete or not at all, and never over something that exists unless told to.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::failure::Failure;
use crate::image::Image;

/// Whether existing files may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Refuse to write over a file that exists.
    Keep,
    /// Replace it.
    Replace,
}

impl Existing {
    /// What `--force` asks for.
    pub fn from_force(force: bool) -> Self {
        if force { Self::Replace } else { Self::Keep }
    }
}

/// A finished result that waits under a temporary name beside its place.
#[derive(Debug)]
pub struct Staged {
    file: NamedTempFile,
    path: PathBuf,
}

/// Refuses a place that is taken, unless it may be replaced.
pub fn ensure_free(path: &Path, existing: Existing) -> Result<(), Failure> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => Err(Failure::about(
            path,
            "is a folder, so no file can be written under this name",
            "choose another name with `-o`",
        )),
        Ok(_) if existing == Existing::Keep => Err(Failure::about(
            path,
            "exists already and was left as it is",
            "choose another name with `-o`, or add `--force` to replace it",
        )),
        _ => Ok(()),
    }
}

/// Writes all of `bytes` under a temporary name in the folder of `path`.
pub fn stage(path: &Path, bytes: &[u8]) -> Result<Staged, Failure> {
    stage_by(path, |file| file.write_all(bytes).map_err(|error| Failure::write(path, &error)))
}

/// As [`stage`], the bytes written piece by piece by `write`.
pub fn stage_by(path: &Path, write: impl FnOnce(&mut File) -> Result<(), Failure>) -> Result<Staged, Failure> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let fail = |error| Failure::write(path, &error);
    fs::create_dir_all(folder).map_err(fail)?;
    let mut file = temporary().tempfile_in(folder).map_err(fail)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all().map_err(fail)?;
    Ok(Staged { file, path: path.to_owned() })
}

/// Temporary files are usually for the owner alone; a result gets what the umask leaves to any new file.
fn temporary() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".unbrick-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

impl Staged {
    /// What was written, as it lies on the disk.
    pub fn image(&self) -> Result<Image, Failure> {
        Image::map(self.file.as_file()).map_err(|error| Failure::read(&self.path, &error))
    }

    /// Gives the file its name.
    pub fn finish(self, existing: Existing) -> Result<(), Failure> {
        let finished = match existing {
            Existing::Keep => self.file.persist_noclobber(&self.path),
            Existing::Replace => self.file.persist(&self.path),
        };
        finished.map(drop).map_err(|error| Failure::write(&self.path, &error.error))
    }
}
