//! Two lists of files, matched by path and, where that fails, by content.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::detail::{self, Detail};
use super::effort::Effort;
use super::moved;
use crate::contents::{Data, Entry, EntryKind};
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
    /// What has the same path in both lists.
    pub in_both: Vec<InBoth>,
}

/// What has the same path in both lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InBoth {
    /// Its place in the old list.
    pub old: usize,
    /// Its place in the new list.
    pub new: usize,
    /// Whether it is a file with the same content in both.
    pub same_content: bool,
}

impl FileChange {
    /// Tells what the secrets in settings were and are.
    pub fn reveal(&mut self) {
        if let Some(detail) = &mut self.detail {
            detail.reveal();
        }
    }

    /// The same change, its paths below `prefix`.
    pub fn below(mut self, prefix: &str) -> Self {
        if !prefix.is_empty() {
            self.path.insert_str(0, prefix);
            for state in [&mut self.old, &mut self.new].into_iter().flatten() {
                state.path.insert_str(0, prefix);
                if let EntryKind::HardLink { target } = &mut state.kind {
                    target.insert_str(0, prefix);
                }
            }
        }
        self
    }
}

/// A change whose content was not looked at yet, and both files if it is worth a look.
struct Unopened<'a, 'b> {
    change: FileChange,
    files: Option<(&'b Entry<'a>, &'b Entry<'a>)>,
}

/// Compares two lists of files. A path that is there twice belongs to the same path on the other side in order.
pub fn compare(old: &[Entry<'_>], new: &[Entry<'_>], effort: &mut Effort) -> Compared {
    let mut new_by_path = ByPath::new(new);
    let mut in_both = Vec::with_capacity(old.len().min(new.len()));
    let mut unopened = Vec::new();
    let mut gone = Vec::new();
    let mut is_in_both = vec![false; new.len()];
    for (index, entry) in old.iter().enumerate() {
        let Some((at, other)) = new_by_path.take(&entry.path).and_then(|at| Some((at, new.get(at)?))) else {
            gone.push(entry);
            continue;
        };
        is_in_both.get_mut(at).into_iter().for_each(|seen| *seen = true);
        let change = changed(entry, other, effort);
        let same_content = entry.kind.is_file()
            && other.kind.is_file()
            && change.as_ref().is_none_or(|unopened| !unopened.change.differs.contains(&Aspect::Content));
        in_both.push(InBoth { old: index, new: at, same_content });
        unopened.extend(change);
    }
    let come: Vec<&Entry<'_>> =
        new.iter().zip(&is_in_both).filter(|(_, both)| !**both).map(|(entry, _)| entry).collect();
    let moved = moved_added_removed(&gone, &come, effort);
    unopened.extend(moved.into_iter().map(|change| Unopened { change, files: None }));
    unopened.sort_by(|a, b| a.change.path.cmp(&b.change.path));
    // what is listed first is opened first
    let open = |Unopened { mut change, files }: Unopened<'_, '_>| {
        change.detail = files.map(|(old, new)| detail::of(old, new, effort));
        change
    };
    Compared { changes: unopened.into_iter().map(open).collect(), in_both }
}

/// Places in a list by path, those of one path in their order.
struct ByPath<'a> {
    first: FxHashMap<&'a str, usize>,
    next: Vec<Option<usize>>,
}

impl<'a> ByPath<'a> {
    fn new(entries: &'a [Entry<'_>]) -> Self {
        let mut first = FxHashMap::with_capacity_and_hasher(entries.len(), rustc_hash::FxBuildHasher);
        let mut next = vec![None; entries.len()];
        for ((index, entry), next) in entries.iter().enumerate().zip(&mut next).rev() {
            *next = first.insert(entry.path.as_str(), index);
        }
        Self { first, next }
    }

    fn take(&mut self, path: &str) -> Option<usize> {
        let first = self.first.get_mut(path)?;
        let taken = *first;
        match self.next.get(taken).copied().flatten() {
            Some(next) => *first = next,
            None => {
                self.first.remove(path);
            }
        }
        Some(taken)
    }
}

fn changed<'a, 'b>(old: &'b Entry<'a>, new: &'b Entry<'a>, effort: &mut Effort) -> Option<Unopened<'a, 'b>> {
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
    let both_files = old.kind.is_file() && new.kind.is_file();
    let has_other_content = both_files && same_content(old, new, effort) != Some(true);
    if has_other_content {
        differs.push(Aspect::Content);
    }
    if differs.is_empty() {
        return None;
    }
    let change = FileChange {
        path: new.path.clone(),
        status: Status::Changed,
        old: Some(state(old)),
        new: Some(state(new)),
        differs,
        detail: None,
    };
    Some(Unopened { change, files: has_other_content.then_some((old, new)) })
}

/// Whether two files hold the same, found with as little work as it takes; `None` if that would be too much.
pub fn same_content(old: &Entry<'_>, new: &Entry<'_>, effort: &mut Effort) -> Option<bool> {
    if old.data.len() != new.data.len() {
        return Some(false);
    }
    if let (Some(before), Some(after)) = (old.data.crc32(), new.data.crc32())
        && before != after
    {
        return Some(false);
    }
    let same_bytes = effort.may_compare(old.data.raw().len()).then(|| old.data.raw() == new.data.raw())?;
    match (&old.data, &new.data) {
        (Data::Plain(_), Data::Plain(_)) => return Some(same_bytes),
        (Data::Packed { .. }, Data::Packed { .. }) if same_bytes => return Some(true),
        (Data::Member { method: before, .. }, Data::Member { method: after, .. }) if same_bytes && before == after => {
            return Some(true);
        }
        _ => {}
    }
    if !effort.may_unpack(old.data.len().saturating_add(new.data.len())) {
        // both are packed, and their checksums agree if there are any
        return old.data.crc32().and(new.data.crc32()).map(|_| true);
    }
    Some(match (old.data.read(), new.data.read()) {
        (Ok(old), Ok(new)) => old == new,
        // what cannot be unpacked on either side is compared as it is packed
        (Err(old), Err(new)) => same_bytes && old.to_string() == new.to_string(),
        _ => false,
    })
}

/// Tells files that only changed their path from those that came or went.
fn moved_added_removed(gone: &[&Entry<'_>], come: &[&Entry<'_>], effort: &mut Effort) -> Vec<FileChange> {
    let sources = moved::sources(gone, come, effort);
    let mut is_source = vec![false; gone.len()];
    for index in sources.iter().flatten() {
        is_source.get_mut(*index).into_iter().for_each(|is_source| *is_source = true);
    }
    let change = |status: Status, old: Option<&Entry<'_>>, new: Option<&Entry<'_>>| {
        let mode_differs = old.zip(new).is_some_and(|(old, new)| old.kind != new.kind);
        FileChange {
            path: new.or(old).map(|entry| entry.path.clone()).unwrap_or_default(),
            status,
            old: old.map(state),
            new: new.map(state),
            differs: if mode_differs { vec![Aspect::Mode] } else { Vec::new() },
            detail: None,
        }
    };
    let arrived = come.iter().zip(&sources).map(|(entry, source)| match source.and_then(|index| gone.get(index)) {
        Some(source) => change(Status::Moved, Some(source), Some(entry)),
        None => change(Status::Added, None, Some(entry)),
    });
    let left = gone.iter().zip(&is_source).filter(|(_, is_source)| !**is_source);
    arrived.chain(left.map(|(entry, _)| change(Status::Removed, Some(entry), None))).collect()
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
