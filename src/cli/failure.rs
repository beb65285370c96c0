//! Why a command could not do its work: one sentence that says what is wrong, where, and what to do next.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

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
            ..Self::general(format!("cannot print the answer: {error}"), "check where the output goes")
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
            _ => Self::about(path, format!("cannot be read: {error}"), "check the disk or copy the file elsewhere"),
        }
    }

    /// Writing `path` failed.
    pub fn write(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied => {
                Self::about(path, "no permission to write here", "choose another place with `-o`")
            }
            io::ErrorKind::StorageFull => {
                Self::about(path, "the disk is full", "make room or choose another place with `-o`")
            }
            _ => Self::about(path, format!("cannot be written: {error}"), "choose another place with `-o`"),
        }
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
            write!(f, "{}: ", path.display())?;
        }
        write!(f, "{}; {}", self.what, self.next)
    }
}
