//! Writes results: complete or not at all, never over something that exists unless told to, and never over what was
//! read.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::failure::Failure;
use super::input::Inputs;
use crate::image::Image;

/// How files are written that an option of the command line names.
#[derive(Debug, Clone, Copy)]
pub struct Outputs<'a> {
    inputs: &'a Inputs,
    option: &'static str,
    replaces: bool,
}

/// A finished result that waits under a temporary name beside its place.
#[derive(Debug)]
pub struct Staged<'a> {
    file: NamedTempFile,
    path: PathBuf,
    outputs: Outputs<'a>,
}

impl<'a> Outputs<'a> {
    /// What `option` names; with `force`, files that exist may be replaced, but for those that are read.
    pub fn new(inputs: &'a Inputs, option: &'static str, force: bool) -> Self {
        Self { inputs, option, replaces: force }
    }

    /// Refuses a place that is taken: by a folder, by a file that must not be replaced, or by one that was read.
    pub fn ensure_free(&self, path: &Path) -> Result<(), Failure> {
        let another = || format!("choose another name with `{}`", self.option);
        let metadata = match fs::metadata(path).or_else(|_| fs::symlink_metadata(path)) {
            Ok(metadata) => metadata,
            // with nothing there, what stands in the way stands above
            Err(_) => return self.ensure_folder(path),
        };
        if metadata.is_dir() {
            return Err(Failure::about(path, "is a folder, so no file can be written under this name", another()));
        }
        self.ensure_not_read(path)?;
        if !metadata.is_file() && !metadata.is_symlink() {
            return Err(Failure::about(path, "is a device, pipe or socket, whose place no file can take", another()));
        }
        if !self.replaces {
            let next = format!("{}, or add `--force` to replace it", another());
            return Err(Failure::about(path, "exists already and was left as it is", next));
        }
        Ok(())
    }

    /// Refuses to write over what was read, whatever it is called.
    pub fn ensure_not_read(&self, path: &Path) -> Result<(), Failure> {
        let Some(input) = self.inputs.name_of(path) else { return Ok(()) };
        let what = match input == path {
            true => "is to be read and written at once".to_owned(),
            false => format!("is the same file as {}, and is to be read and written at once", input.display()),
        };
        Err(Failure::about(path, what, format!("choose another name with `{}`", self.option)))
    }

    /// Whether files that exist may be replaced.
    pub fn replaces(&self) -> bool {
        self.replaces
    }

    /// Refuses a place that is taken or where nothing can be written, before work is done that would be lost.
    pub fn ensure_writable(&self, path: &Path) -> Result<(), Failure> {
        self.ensure_free(path)?;
        let nearest = folder_of(path).ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("."));
        let nearest = if nearest.as_os_str().is_empty() { Path::new(".") } else { nearest };
        temporary().tempfile_in(nearest).map(drop).map_err(|error| self.failure(path, &error))
    }

    /// Writes all of `bytes` under a temporary name in the folder of `path`.
    pub fn stage(&self, path: &Path, bytes: &[u8]) -> Result<Staged<'a>, Failure> {
        self.stage_by(path, |file| file.write_all(bytes).map_err(|error| self.failure(path, &error)))
    }

    /// As [`stage`](Self::stage), the bytes written piece by piece by `write`.
    pub fn stage_by(
        &self,
        path: &Path,
        write: impl FnOnce(&mut File) -> Result<(), Failure>,
    ) -> Result<Staged<'a>, Failure> {
        self.ensure_free(path)?;
        let fail = |error| self.failure(path, &error);
        let folder = folder_of(path);
        fs::create_dir_all(folder).map_err(fail)?;
        let mut file = temporary().tempfile_in(folder).map_err(fail)?;
        write(file.as_file_mut())?;
        file.as_file().sync_all().map_err(fail)?;
        Ok(Staged { file, path: path.to_owned(), outputs: *self })
    }

    /// Writing `path` failed.
    pub fn failure(&self, path: &Path, error: &io::Error) -> Failure {
        Failure::write(path, error, self.option)
    }

    /// Refuses a path that leads through a file.
    pub fn ensure_folder(&self, path: &Path) -> Result<(), Failure> {
        match folder_of(path).ancestors().find(|above| fs::symlink_metadata(above).is_ok()) {
            Some(above) if !above.is_dir() => {
                let what = format!("cannot be written: {} is a file, and no folder", above.display());
                Err(Failure::about(path, what, format!("choose another place with `{}`", self.option)))
            }
            _ => Ok(()),
        }
    }
}

/// The folder that a path lies in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Temporary files are usually for the owner alone; a result gets what the umask leaves to any new file.
fn temporary() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".unbrick-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder
}

impl Staged<'_> {
    /// What was written, as it lies on the disk.
    pub fn image(&self) -> Result<Image, Failure> {
        Image::map(self.file.as_file()).map_err(|error| Failure::read(&self.path, &error))
    }

    /// Gives the file its name.
    pub fn finish(self) -> Result<(), Failure> {
        let Self { file, path, outputs } = self;
        let finished = if outputs.replaces { file.persist(&path) } else { file.persist_noclobber(&path) };
        finished.map(drop).map_err(|error| outputs.failure(&path, &error.error))
    }
}
