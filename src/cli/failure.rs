//! Why a command could not do its work: one sentence that says what is wrong, where, and what to do next.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::words::shown;

/// What went wrong, with the file's name (if it is about a file) and what to do next.
#[derive(Debug)]
pub struct Failure {
    path: Option<PathBuf>,
    what: String,
    next: String,
    broken_pipe: bool,
}

impl Failure {
    /// A failure about the file at `path`.
    pub fn about(path: &Path, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { path: Some(path.to_owned()), what: what.into(), next: next.into(), broken_pipe: false }
    }

    /// A failure that is about no single file.
    pub fn general(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { path: None, what: what.into(), next: next.into(), broken_pipe: false }
    }

    /// The answer could not be printed.
    pub fn output(error: io::Error) -> Self {
        let broken_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        Self {
            broken_pipe,
            ..Self::general(format!("cannot print the answer: {}", in_words(&error)), "check where the output goes")
        }
    }

    /// Reading `path` failed.
    pub fn read(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::about(path, "there is no such file", "check the name and the folder"),
            io::ErrorKind::PermissionDenied => {
                Self::about(path, "no permission to read it", "make it readable (`chmod u+r`) or copy it")
            }
            io::ErrorKind::IsADirectory => Self::folder(path),
            io::ErrorKind::InvalidFilename => {
                Self::about(path, "there is no such file: the name is too long for one", "check the name")
            }
            io::ErrorKind::NotADirectory => Self::about(
                path,
                "there is no such file: what the path takes for a folder is a file",
                "check the name and the folder",
            ),
            _ => Self::about(
                path,
                format!("cannot be read: {}", in_words(error)),
                "check the disk or copy the file elsewhere",
            ),
        }
    }

    /// Writing `path` failed, which `option` of the command line named.
    pub fn write(path: &Path, error: &io::Error, option: &str) -> Self {
        use io::ErrorKind::{
            AlreadyExists, InvalidFilename, NotADirectory, NotFound, PermissionDenied, QuotaExceeded,
            ReadOnlyFilesystem, StorageFull,
        };
        let another = format!("choose another place with `{option}`");
        let (what, next) = match error.kind() {
            PermissionDenied => ("no permission to write here", another),
            StorageFull | QuotaExceeded => ("the disk is full", format!("make room or {another}")),
            ReadOnlyFilesystem => ("cannot be written: the disk is read-only", another),
            AlreadyExists => ("cannot be written: something came to stand there meanwhile", another),
            NotADirectory => ("cannot be written: what the path takes for a folder is a file", another),
            NotFound => ("cannot be written: no file can be made in this folder", another),
            InvalidFilename => ("cannot be written: the name is too long, or not possible here", another),
            _ => return Self::about(path, format!("cannot be written: {}", in_words(error)), another),
        };
        Self::about(path, what, next)
    }

    /// A folder stands where a file is meant.
    pub fn folder(path: &Path) -> Self {
        Self::about(
            path,
            "is a folder, and one file is meant here",
            "name a file in it, or ask `unbrick explain` about the whole folder",
        )
    }

    /// Whether the reader of our output went away, which is no failure worth a word.
    pub fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}: ", shown(&path.display().to_string()))?;
        }
        write!(f, "{}; {}", shown(&self.what), shown(&self.next))
    }
}

/// What the system says, without its numbers and without the temporary name that it says it of.
pub fn in_words(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.source());
    let text = inner.map_or_else(|| error.to_string(), ToString::to_string);
    text.split(" (os error ").next().unwrap_or_default().to_owned()
}
