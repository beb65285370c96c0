//! Two lists of files, matched by path and, where that fails, by content.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::detail::{self, Detail};
use crate::contents::{Entry, EntryKind};
use crate::image::Span;

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Status {
    /// It is on both sides, and not the same.
    Changed,
    /// Only the new side has it.
    Added,
    /// Only the old side has it.
    Removed,
    /// It is on both sides with the same content, under another path.
    Moved,
}

/// What of a file is not the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Aspect {
    /// It is another kind of thing: a file that was a folder, say.
    Type,
    /// The exec bit.
    Mode,
    /// Where a link leads.
    Target,
    /// The numbers of a device.
    Device,
    /// The bytes.
    Content,
}

/// A file on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileState {
    /// Its path; another one than on the other side only if it was moved.
    pub path: String,
    /// What it is.
    #[serde(flatten)]
    pub kind: EntryKind,
    /// Its bytes, unpacked.
    pub size: usize,
    /// Where its bytes lie in the image, if they lie there as they are.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "serialize_span")]
    pub span: Option<Span>,
}

/// A file that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileChange {
    /// Its path; if it was moved, the new one.
    pub path: String,
    /// What became of it.
    pub status: Status,
    /// The old side's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<FileState>,
    /// The new side's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<FileState>,
    /// What is not the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub differs: Vec<Aspect>,
    /// How the content differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<Detail>,
}

/// Two lists of files, compared.
#[derive(Debug, Default)]
pub struct Compared {
    /// Files that are not the same, by path.
    pub changes: Vec<FileChange>,
    /// Places in both lists of what has the same path.
    pub in_both: Vec<(usize, usize)>,
}

impl FileChange {
    /// The same change, its paths below `prefix`.
    pub fn below(mut self, prefix: &str) -> Self {
        if !prefix.is_empty() {
            self.path.insert_str(0, prefix);
            for state in [&mut self.old, &mut self.new].into_iter().flatten() {
                state.path.insert_str(0, prefix);
            }
        }
        self
    }
}

/// Compares two lists of files.
pub fn compare(old: &[Entry<'_>], new: &[Entry<'_>]) -> Compared {
    let new_by_path: FxHashMap<&str, usize> =
        new.iter().enumerate().map(|(index, entry)| (entry.path.as_str(), index)).collect();
    let mut compared = Compared::default();
    let mut gone = Vec::new();
    let mut is_in_both = vec![false; new.len()];
    for (index, entry) in old.iter().enumerate() {
        let Some((&at, other)) = new_by_path.get(entry.path.as_str()).and_then(|at| Some((at, new.get(*at)?))) else {
            gone.push(entry);
            continue;
        };
        if let Some(seen) = is_in_both.get_mut(at) {
            *seen = true;
        }
        compared.in_both.push((index, at));
        compared.changes.extend(changed(entry, other));
    }
    let come: Vec<&Entry<'_>> =
        new.iter().zip(&is_in_both).filter(|(_, both)| !**both).map(|(entry, _)| entry).collect();
    moved_added_removed(gone, come, &mut compared.changes);
    compared.changes.sort_by(|a, b| a.path.cmp(&b.path));
    compared
}

fn changed(old: &Entry<'_>, new: &Entry<'_>) -> Option<FileChange> {
    let mut differs = Vec::new();
    if std::mem::discriminant(&old.kind) != std::mem::discriminant(&new.kind) {
        differs.push(Aspect::Type);
    } else if old.kind != new.kind {
        differs.push(match old.kind {
            EntryKind::File { .. } => Aspect::Mode,
            EntryKind::Symlink { .. } | EntryKind::HardLink { .. } => Aspect::Target,
            _ => Aspect::Device,
        });
    }
    let mut detail = None;
    if old.kind.is_file() && new.kind.is_file() && !same_content(old, new) {
        differs.push(Aspect::Content);
        detail = Some(detail::of(old, new));
    }
    if differs.is_empty() {
        return None;
    }
    Some(FileChange {
        path: new.path.clone(),
        status: Status::Changed,
        old: Some(state(old)),
        new: Some(state(new)),
        differs,
        detail,
    })
}

fn same_content(old: &Entry<'_>, new: &Entry<'_>) -> bool {
    if old.data.len() != new.data.len() {
        return false;
    }
    match (old.data.read(), new.data.read()) {
        (Ok(old), Ok(new)) => old == new,
        // what cannot be unpacked on either side is compared as it is packed, by the caller's bytes
        (Err(old), Err(new)) => old.to_string() == new.to_string(),
        _ => false,
    }
}

/// Tells files that only changed their path from those that came or went: they have the same content, and it is not
/// empty.
fn moved_added_removed(gone: Vec<&Entry<'_>>, come: Vec<&Entry<'_>>, changes: &mut Vec<FileChange>) {
    let mut by_content: FxHashMap<(usize, u32), Vec<&Entry<'_>>> = FxHashMap::default();
    for entry in gone.iter().rev() {
        if let Some(print) = fingerprint(entry) {
            by_content.entry(print).or_default().push(entry);
        }
    }
    let mut moved_from: Vec<&str> = Vec::new();
    for entry in come {
        let source = fingerprint(entry)
            .and_then(|print| by_content.get_mut(&print)?.pop())
            .filter(|source| same_content(source, entry));
        let (status, differs) = match source {
            Some(source) if source.kind != entry.kind => (Status::Moved, vec![Aspect::Mode]),
            Some(_) => (Status::Moved, Vec::new()),
            None => (Status::Added, Vec::new()),
        };
        moved_from.extend(source.map(|source| source.path.as_str()));
        changes.push(FileChange {
            path: entry.path.clone(),
            status,
            old: source.map(state),
            new: Some(state(entry)),
            differs,
            detail: None,
        });
    }
    let moved_from: std::collections::HashSet<&str> = moved_from.into_iter().collect();
    changes.extend(gone.into_iter().filter(|entry| !moved_from.contains(entry.path.as_str())).map(|entry| {
        FileChange {
            path: entry.path.clone(),
            status: Status::Removed,
            old: Some(state(entry)),
            new: None,
            differs: Vec::new(),
            detail: None,
        }
    }));
}

fn fingerprint(entry: &Entry<'_>) -> Option<(usize, u32)> {
    let is_telling = entry.kind.is_file() && !entry.data.is_empty();
    let bytes = is_telling.then(|| entry.data.read().ok()).flatten()?;
    Some((bytes.len(), crc32fast::hash(&bytes)))
}

fn state(entry: &Entry<'_>) -> FileState {
    FileState { path: entry.path.clone(), kind: entry.kind.clone(), size: entry.data.len(), span: entry.data.place() }
}

#[allow(clippy::ref_option)] // serde gives a reference to the field
fn serialize_span<S: serde::Serializer>(span: &Option<Span>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Ends {
        start: usize,
        end: usize,
    }
    span.map(|span| Ends { start: span.start(), end: span.end() }).serialize(serializer)
}
