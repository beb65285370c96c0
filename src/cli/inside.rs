//! What `ls`, `cat` and `extract` share: a file, and the entries in it.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::input::Inputs;
use super::output;
use crate::contents::{self, Depth, Entry, EntryKind, Trouble};
use crate::format::text::readable;
use crate::recover::Source;

/// A file that is looked into.
pub struct Inside {
    /// The file.
    pub source: Source,
    path: PathBuf,
    /// How far it is looked into.
    pub depth: Depth,
}

/// A hard link leads to its file in at most this many steps.
const MAX_LINK_HOPS: usize = 8;

impl Inside {
    /// Opens a file; with `recursive`, also what containers in it hold is listed.
    pub fn open(inputs: &Inputs, path: &Path, recursive: bool) -> Result<Self, Failure> {
        let depth = if recursive { Depth::Everything } else { Depth::Here };
        Ok(Self { source: inputs.open(path)?, path: path.to_owned(), depth })
    }

    /// All entries; a file without any is a failure.
    pub fn entries(&self) -> Result<Vec<Entry<'_>>, Failure> {
        let entries = contents::list_inspected(self.source.image(), &self.source.inspection, self.depth);
        if entries.is_empty() {
            let what = "holds no files that unbrick can list";
            return Err(Failure::about(&self.path, what, "`unbrick inspect` tells what it is"));
        }
        Ok(entries)
    }

    /// The entry at `path` and those below it; a path that leads nowhere is a failure.
    pub fn below(&self, path: &str) -> Result<Vec<Entry<'_>>, Failure> {
        let path = path.trim_matches('/');
        let folder = format!("{path}/");
        let mut entries = self.entries()?;
        entries.retain(|entry| path.is_empty() || entry.path == path || entry.path.starts_with(&folder));
        if entries.is_empty() { Err(self.no_such(path)) } else { Ok(entries) }
    }

    /// The file at `path`; hard links are followed, symlinks are not.
    pub fn file(&self, path: &str) -> Result<Entry<'_>, Failure> {
        let mut wanted = path.trim_matches('/').to_owned();
        let entries = self.entries()?;
        for _ in 0..MAX_LINK_HOPS {
            let Some(entry) = entries.iter().find(|entry| entry.path == wanted) else {
                return Err(self.no_such(&wanted));
            };
            match &entry.kind {
                EntryKind::File { .. } => return Ok(entry.clone()),
                EntryKind::HardLink { target } => wanted.clone_from(target),
                EntryKind::Symlink { target } => {
                    let what = format!("`{wanted}` in it is a symbolic link to `{}`", readable(target.as_bytes()));
                    return Err(Failure::about(&self.path, what, "name the file that it points to"));
                }
                _ => {
                    let what = format!("`{wanted}` in it is no file");
                    return Err(Failure::about(&self.path, what, "`unbrick ls` lists what there is"));
                }
            }
        }
        Err(self.no_such(&wanted))
    }

    /// Says on standard error what is wrong with the file and these entries of it; gives it back, or nothing if nothing is
    /// known to be.
    pub fn warn(&self, entries: &[Entry<'_>]) -> Option<Trouble> {
        let trouble = contents::trouble(&self.source.inspection, entries)?;
        output::warn(&Failure::about(&self.path, trouble.what.as_str(), trouble.next.as_str()));
        Some(trouble)
    }

    fn no_such(&self, path: &str) -> Failure {
        let what = format!("nothing in it is called `{path}`");
        match self.entries().ok().and_then(|entries| contents::trouble(&self.source.inspection, &entries)) {
            Some(trouble) => {
                let next = format!("it may be in what is missing, for {}; {}", trouble.what, trouble.next);
                Failure::about(&self.path, what, next)
            }
            None => Failure::about(&self.path, what, "`unbrick ls --recursive` lists what there is"),
        }
    }
}
