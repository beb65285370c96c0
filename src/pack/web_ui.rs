//! A folder on disk to the entries of a web UI.

use std::io;

use rustc_hash::{FxHashMap, FxHashSet};
use thiserror::Error;

use crate::contents::{Fate, Manifest, safe_path};
use crate::format::romfs::name_from_display;
use crate::format::text::readable;
use crate::format::web_ui::{EntryKind, WebUi};
use crate::pack::{Change, Disk, Found, OnDisk, What};
use crate::words::{bytes, count};

/// What a web UI is to be built from, and how.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// What lies in the folder, by path, each folder before what it holds.
    pub found: &'a [Found],
    /// The record of the extraction that the folder comes from.
    pub manifest: Option<&'a Manifest>,
    /// The package to build after: the value, and the bytes that it was read from.
    pub original: Option<(&'a WebUi, &'a [u8])>,
}

/// An entry that goes into the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its path, with the leading `/` without which the camera would restart.
    pub path: Vec<u8>,
    /// The file's place in the list of what was found; `None` of a directory.
    pub file: Option<usize>,
}

/// The entries in order, and what is other than in the original.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The entries.
    pub entries: Vec<Planned>,
    /// The changes.
    pub changes: Vec<Change>,
}

/// An entry of the package that another one is built after.
struct Original<'a> {
    /// Where it lies in the folder.
    on_disk: String,
    /// Its path in the package.
    path: &'a [u8],
    /// The bytes of a file; `None` of a directory.
    data: Option<&'a [u8]>,
}

/// Why a folder makes no web UI.
#[derive(Debug, Error)]
pub enum Refused {
    /// There is nothing in it.
    #[error("there is no file in it")]
    Empty,
    /// A link, device, socket or pipe.
    #[error("`{path}` is a {what}, and a web UI holds files and folders only")]
    NoFile {
        /// Its path.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// A file could not be read.
    #[error("`{path}` cannot be read: {error}")]
    Read {
        /// Its path.
        path: String,
        /// What the system said.
        error: io::Error,
    },
}

impl Order<'_> {
    /// The entries: those of the original in its order, then new ones in sorted order, each directory before what it
    /// holds, as the camera needs it.
    ///
    /// # Errors
    /// If the folder is empty or holds other things than files and folders, or one cannot be read.
    pub fn plan(&self, disk: &dyn Disk) -> Result<Plan, Refused> {
        if !self.found.iter().any(|found| matches!(found.what, OnDisk::File(_))) {
            return Err(Refused::Empty);
        }
        let mut plan = Plan::default();
        let by_path: FxHashMap<&[u8], usize> =
            self.found.iter().enumerate().map(|(index, found)| (found.path.as_slice(), index)).collect();
        let mut taken = FxHashSet::default();
        for original in self.originals() {
            let found = by_path.get(original.on_disk.as_bytes()).copied();
            let what = found.and_then(|index| self.found.get(index)).map(|found| &found.what);
            let (entry, name) = (original.path, readable(original.path));
            match (found, what, original.data) {
                (Some(index), Some(OnDisk::Folder), None) => {
                    taken.insert(index);
                    plan.entries.push(Planned { path: entry.to_vec(), file: None });
                }
                (Some(index), Some(OnDisk::File(file)), Some(old)) => {
                    taken.insert(index);
                    plan.entries.push(Planned { path: entry.to_vec(), file: Some(index) });
                    let read = |error| Refused::Read { path: name.clone(), error };
                    if file.len != old.len() {
                        plan.tell(What::Changed, &name, Some(format!("{}, had {}", bytes(file.len), count(old.len()))));
                    } else if !disk.holds(index, old).map_err(read)? {
                        let detail = format!("other content, {} as before", bytes(file.len));
                        plan.tell(What::Changed, &name, Some(detail));
                    }
                }
                _ => plan.tell(What::Removed, &name, None),
            }
        }
        let recorded = self.recorded();
        for (index, found) in self.found.iter().enumerate().filter(|(index, _)| !taken.contains(index)) {
            let no_file = |what| Err(Refused::NoFile { path: readable(&found.path), what });
            let file = match &found.what {
                OnDisk::Folder => None,
                OnDisk::File(_) => Some(index),
                OnDisk::Symlink(_) => return no_file("symbolic link"),
                OnDisk::Special(what) => return no_file(what),
            };
            let path = recorded.get(found.path.as_slice()).unwrap_or(&found.path);
            let path = [b"/", path.as_slice()].concat();
            if self.original.is_some() {
                plan.tell(What::Added, &readable(&path), None);
            }
            plan.entries.push(Planned { path, file });
        }
        Ok(plan)
    }

    /// The entries of the original.
    fn originals(&self) -> Vec<Original<'_>> {
        let Some((package, bytes)) = self.original else { return Vec::new() };
        let items = self.manifest.map(|manifest| manifest.entries.as_slice()).unwrap_or_default();
        let is_of_this = items.len() == package.entries.len();
        let written = |index: usize| match items.get(index).map(|item| &item.fate) {
            Some(Fate::Written { path }) if is_of_this => Some(path.clone()),
            _ => None,
        };
        let entries = package.entries.iter().enumerate().map(|(index, entry)| {
            let on_disk = written(index).unwrap_or_else(|| safe_path(&entry.path));
            let data = matches!(entry.kind, EntryKind::File { .. }).then(|| entry.data().of(bytes));
            Original { on_disk, path: entry.name.of(bytes), data }
        });
        entries.collect()
    }

    /// The path in the package of what lies in the folder under another one.
    fn recorded(&self) -> FxHashMap<&[u8], Vec<u8>> {
        let items = self.manifest.map(|manifest| manifest.entries.as_slice()).unwrap_or_default();
        let written = items.iter().filter_map(|item| match &item.fate {
            Fate::Written { path } => Some((path.as_bytes(), name_from_display(&item.path))),
            _ => None,
        });
        written.collect()
    }
}

impl Plan {
    fn tell(&mut self, change: What, path: &str, detail: Option<String>) {
        self.changes.push(Change { change, path: path.to_owned(), detail });
    }
}
