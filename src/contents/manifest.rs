//! The record of an extraction: every entry, with what a folder on another computer cannot hold.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Depth, Entry, EntryKind, Flaw};
use crate::format::text::readable;
use crate::map::Kind;

/// The name of the record in the folder that a file was extracted to.
pub const MANIFEST: &str = "unbrick-manifest.json";

const SCHEMA: &str = "unbrick.manifest/1";

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Item {
    /// The path inside the container.
    pub path: String,
    /// What it is, with modes, numbers and targets.
    #[serde(flatten)]
    pub kind: EntryKind,
    /// Bytes in it.
    pub size: usize,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flaw: Option<Flaw>,
    /// If something is wrong with it, the CRC-32 of its bytes: by it is known whether it was replaced since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crc32: Option<u32>,
    /// What became of it.
    #[serde(flatten)]
    pub fate: Fate,
}

/// An item as it may be written by hand: somebody who adds a device to the record need not say what became of it.
#[derive(Debug, Deserialize)]
struct Written {
    path: String,
    #[serde(flatten)]
    kind: EntryKind,
    #[serde(default)]
    size: usize,
    #[serde(default)]
    flaw: Option<Flaw>,
    #[serde(default)]
    crc32: Option<u32>,
    #[serde(flatten)]
    fate: Option<Fate>,
}

impl From<Written> for Item {
    fn from(written: Written) -> Self {
        let Written { path, kind, size, flaw, crc32, fate } = written;
        let fate = fate.unwrap_or_else(|| Fate::NotMade { why: "it was added to the record".to_owned() });
        Self { path, kind, size, flaw, crc32, fate }
    }
}

/// Every entry of a container that was extracted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    schema: Cow<'static, str>,
    /// The file that was taken apart.
    pub from: String,
    /// What it was.
    #[serde(default)]
    pub kind: Kind,
    /// Whether containers in it were taken apart as well, so that things lie in the folder twice.
    #[serde(default)]
    pub recursive: bool,
    /// What is wrong with the file that was taken apart, so that things may be missing here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damaged: Option<String>,
    /// What was in it, in order.
    pub entries: Vec<Item>,
}

/// Why a record cannot be read.
#[derive(Debug, Error)]
pub enum NoManifest {
    /// It is no JSON, or lacks a field.
    #[error("no record of an extraction: {0}")]
    Json(#[from] serde_json::Error),
    /// It is of another kind or version.
    #[error("no record of an extraction: its schema is `{0}`, not `{SCHEMA}`")]
    Schema(String),
}

impl Manifest {
    /// The record of `entries`, one fate each.
    pub fn new(from: &str, kind: Kind, depth: Depth, entries: &[Entry<'_>], fates: Vec<Fate>) -> Self {
        let items = entries.iter().zip(fates).map(|(entry, fate)| Item {
            path: entry.path.clone(),
            kind: entry.kind.clone(),
            size: entry.data.len(),
            flaw: entry.flaw.clone(),
            crc32: entry.flaw.as_ref().map(|_| crc32fast::hash(entry.data.raw())),
            fate,
        });
        Self {
            schema: Cow::Borrowed(SCHEMA),
            from: from.to_owned(),
            kind,
            recursive: depth == Depth::Everything,
            damaged: None,
            entries: items.collect(),
        }
    }

    /// Reads a record.
    ///
    /// # Errors
    /// If it is none.
    pub fn read(json: &[u8]) -> Result<Self, NoManifest> {
        let manifest: Self = serde_json::from_slice(json)?;
        match &*manifest.schema {
            SCHEMA => Ok(manifest),
            other => Err(NoManifest::Schema(readable(other.as_bytes()))),
        }
    }

    /// The same record of a file with which this is wrong.
    #[must_use]
    pub fn of_damaged(self, damaged: Option<String>) -> Self {
        Self { damaged, ..self }
    }

    /// Whether everything that was to be written is, and is right as far as that is known.
    pub fn is_complete(&self) -> bool {
        let is_lost = |item: &Item| matches!(item.fate, Fate::Damaged { .. } | Fate::NotWritten { .. });
        self.damaged.is_none() && !self.entries.iter().any(|item| is_lost(item) || item.flaw.is_some())
    }
}
