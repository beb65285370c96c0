//! A folder on disk to the tree of a romfs.
//!
//! A folder cannot hold all that a romfs does: devices, sockets and pipes, links that lead out of it, names with odd
//! bytes. The record that `extract` writes has them, and so has the original that a romfs is built after. [`wanted`]
//! puts the folder and the record together, [`tree`] makes a volume of that, in the original's order if there is one.

#[cfg(test)]
mod tests;
mod tree;
mod wanted;

use std::io;

use thiserror::Error;

use crate::contents::{Fate, Flaw, Item, Manifest};
use crate::format::romfs::{Alignment, BuildError, NodeId, Romfs, Volume};
use crate::pack::{Change, Disk, Found};

/// What a romfs is to be built from, and how.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// What lies in the folder, by path, each folder before what it holds.
    pub found: &'a [Found],
    /// The record of the extraction that the folder comes from.
    pub manifest: Option<&'a Manifest>,
    /// The volume to build after: the value, and the bytes that it was read from.
    pub original: Option<(&'a Romfs, &'a [u8])>,
    /// The volume's name; the original's, or none at all, if this is not given.
    pub name: Option<&'a [u8]>,
    /// The alignment of regular files; the original's, or 16, if this is not given.
    pub alignment: Option<Alignment>,
    /// Whether exec bits are taken from the record or the original, not from the disk.
    pub keep_modes: bool,
    /// Whether files are taken that were cut or damaged when they were extracted.
    pub anyway: bool,
}

/// A volume that is ready to be written.
#[derive(Debug)]
pub struct Ready<'a> {
    /// The volume.
    pub volume: Volume<'a>,
    /// The files whose bytes are on disk: the node, and the place in the list of what was found.
    pub streamed: Vec<(NodeId, usize)>,
    /// What is other than in the original, or than the record says.
    pub changes: Vec<Change>,
    /// Folders that are gone though nothing in them could lie on disk: a copy may have lost them.
    pub lost_folders: Vec<String>,
}

/// Why a folder makes no romfs.
#[derive(Debug, Error)]
pub enum Refused {
    /// The original is damaged, or so odd that it cannot be built again.
    #[error("cannot be built again: {0}")]
    Original(BuildError),
    /// Something in it has no place in a romfs.
    #[error(transparent)]
    Build(BuildError),
    /// A device, socket or pipe of this computer.
    #[error("`{path}` is a {what} of this computer")]
    Special {
        /// Its path.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// The record says that two things on disk are to have the same path.
    #[error("`{path}` would be there twice: something was put in the place of what the record has under another name")]
    Twice {
        /// The path.
        path: String,
    },
    /// An entry that the extraction could not write.
    #[error("`{path}` is not in the folder: {why}")]
    Lost {
        /// Its path.
        path: String,
        /// Why it was not extracted.
        why: String,
    },
    /// A file that was cut or damaged when it was extracted, and was not replaced.
    #[error("`{path}` is {flaw}")]
    Flawed {
        /// Its path.
        path: String,
        /// What is wrong with it.
        flaw: Flaw,
    },
    /// What the folder was extracted from was cut or damaged, so that things may be missing.
    #[error("it was extracted from a damaged file, so that things may be missing in it: {0}")]
    Damaged(String),
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
    /// Puts together what the volume will hold.
    ///
    /// # Errors
    /// If something has no place in a romfs, is missing, or cannot be read.
    pub fn ready<'a>(&'a self, disk: &'a dyn Disk) -> Result<Ready<'a>, Refused> {
        if let (false, Some(refused)) = (self.anyway, self.flawed(disk)) {
            return Err(refused);
        }
        let wanted = wanted::wanted(self, disk)?;
        tree::ready(self, wanted, disk)
    }

    /// What is known to be wrong with what was extracted and is still as it was then.
    pub fn flawed(&self, disk: &dyn Disk) -> Option<Refused> {
        let manifest = self.manifest?;
        let is_as_it_was = |item: &Item, path: &str| {
            let at = self.found.iter().position(|found| found.path == path.as_bytes());
            let file = at.filter(|at| self.file(*at).is_some_and(|file| file.len == item.size));
            file.is_some_and(|at| item.crc32.is_none() || disk.crc32(at).ok() == item.crc32)
        };
        for item in &manifest.entries {
            if let (Some(flaw), Fate::Written { path }) = (&item.flaw, &item.fate)
                && is_as_it_was(item, path)
            {
                return Some(Refused::Flawed { path: item.path.clone(), flaw: flaw.clone() });
            }
        }
        manifest.damaged.clone().map(Refused::Damaged)
    }
}
