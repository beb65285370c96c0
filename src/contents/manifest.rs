//! The record of an extraction: every entry, with what a folder on another computer cannot hold.

use serde::Serialize;

use super::{Entry, EntryKind};

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "fate", rename_all = "kebab-case")]
pub enum Fate {
    /// It was written at `written`, which is its path unless that was taken or none that a file can have.
    Written {
        /// The path below the folder.
        #[serde(rename = "written")]
        path: String,
    },
    /// It was left out on purpose.
    NotMade {
        /// Why.
        why: String,
    },
    /// It could not be read.
    Damaged {
        /// Why.
        why: String,
    },
    /// This computer could not write it.
    NotWritten {
        /// Why.
        why: String,
    },
}

/// An entry and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The path inside the container.
    pub path: String,
    /// What it is, with modes, numbers and targets.
    #[serde(flatten)]
    pub kind: EntryKind,
    /// Bytes in it.
    pub size: usize,
    /// What became of it.
    #[serde(flatten)]
    pub fate: Fate,
}

/// Every entry of a container that was extracted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Manifest {
    schema: &'static str,
    /// The file that was taken apart.
    pub from: String,
    /// What was in it, in order.
    pub entries: Vec<Item>,
}

impl Manifest {
    /// The record of `entries`, one fate each.
    pub fn new(from: &str, entries: &[Entry<'_>], fates: Vec<Fate>) -> Self {
        let items = entries.iter().zip(fates).map(|(entry, fate)| Item {
            path: entry.path.clone(),
            kind: entry.kind.clone(),
            size: entry.data.len(),
            fate,
        });
        Self { schema: "unbrick.manifest/1", from: from.to_owned(), entries: items.collect() }
    }

    /// Whether everything that was to be written is.
    pub fn is_complete(&self) -> bool {
        !self.entries.iter().any(|item| matches!(item.fate, Fate::Damaged { .. } | Fate::NotWritten { .. }))
    }
}
