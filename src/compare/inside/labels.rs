//! What the look inside says about bytes.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::blocks;
use super::files::{Compared, FileChange, Status};
use crate::compare::{Cause, Label, Proof, Which};
use crate::contents::safe_path;
use crate::format::kernel_zip::KernelZip;
use crate::format::romfs::{Entry, EntryKind, Role, Romfs};
use crate::format::web_ui::WebUi;
use crate::image::Span;
use crate::map::{Content, Kind, Region, State};

/// Labels for the bytes of a container that is not the same on the other side.
///
/// `whole` says whether both containers are: what a damaged one lacks may have been taken by the damage.
pub fn of(region: &Region, compared: &Compared, which: Which, whole: bool) -> Vec<Label> {
    let changes = Changes::of(compared, which);
    match &region.content {
        Content::Romfs(romfs) => romfs_labels(region, romfs, &changes, whole),
        Content::WebUi(package) => web_ui_labels(region, package, &changes, whole),
        Content::KernelZip(packed) => vec![kernel_label(region, packed, compared)],
        _ => Vec::new(),
    }
}

/// A label for a container that the other side does not have.
pub fn lone(region: &Region, status: Status) -> Label {
    let cause = match (region.kind, status) {
        (Kind::WebUi, _) => Cause::WebUi,
        (_, Status::Added) => Cause::FileAdded,
        _ => Cause::FileRemoved,
    };
    let note = format!("the {}, which the other file does not have", region.kind.words());
    Label { span: region.span, cause, note: note.into(), proof: proof(region.state == State::Verified) }
}

/// Labels for what is an update's own: its header and its tail. Those that the other side has no counterpart of have
/// the given status.
pub fn of_updates(updates: &[&Region], others: &[&Region], lone: Status) -> Vec<Label> {
    let of_update = |(index, region): (usize, &&Region)| {
        let other = others.get(index).map(|other| blocks::of_update(other)).unwrap_or_default();
        let label = |(part, span): (&'static str, Span)| {
            let is_in_both = other.iter().any(|(name, _)| *name == part);
            let (status, note) = match is_in_both {
                true => (Status::Changed, format!("the {part} of the vendor update")),
                false => (lone, format!("the {part} of the vendor update, which the other file does not have")),
            };
            Label { span, cause: cause_of(status), note: note.into(), proof: proof(false) }
        };
        blocks::of_update(region).into_iter().map(label).collect::<Vec<Label>>()
    };
    updates.iter().enumerate().flat_map(of_update).collect()
}

const fn proof(is_proved: bool) -> Proof {
    if is_proved { Proof::Verified } else { Proof::Likely }
}

/// Sorted, and cut so that none overlaps the one before, as labels have to be.
pub fn in_order(mut labels: Vec<Label>) -> Vec<Label> {
    labels.sort_by_key(|label| label.span);
    let mut at = 0;
    labels.retain_mut(|label| {
        label.span = Span::new(label.span.start().max(at), label.span.end());
        at = at.max(label.span.end());
        !label.span.is_empty()
    });
    labels
}

/// A path, and where the file's bytes lie: a damaged volume can have a path twice.
type Key<'a> = (&'a str, Option<Span>);

/// The files of one side that are not the same on the other.
struct Changes<'a>(FxHashMap<Key<'a>, &'a FileChange>);

impl<'a> Changes<'a> {
    fn of(compared: &'a Compared, which: Which) -> Self {
        let changes = compared.changes.iter().filter_map(|change| {
            let state = match which {
                Which::Old => change.old.as_ref(),
                Which::New => change.new.as_ref(),
            }?;
            Some(((state.path.as_str(), state.span.filter(|span| !span.is_empty())), change))
        });
        Self(changes.collect())
    }

    /// What became of the file at `path` whose data lies at `span` in the image; nothing if it is the same.
    fn at(&self, path: &'a str, span: Option<Span>) -> Option<&'a FileChange> {
        self.0.get(&(path, span.filter(|span| !span.is_empty()))).copied()
    }

    fn of_entry(&self, region: &Region, entry: &'a Entry) -> Option<&'a FileChange> {
        let data = (entry.kind == EntryKind::File).then(|| entry.data.shifted(region.span.start()));
        self.at(entry.path.trim_start_matches('/'), data.and_then(|data| data.overlap(region.span)))
    }
}

fn romfs_labels(region: &Region, romfs: &Romfs, changes: &Changes<'_>, whole: bool) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    for part in romfs.layout(&[]) {
        let (cause, note, proved): (Cause, Arc<str>, bool) = match part.role {
            Role::VolumeHeader => {
                (Cause::RomfsHeader, "the header of the romfs: its size, checksum and name".into(), whole)
            }
            Role::EntryHeader(index) => {
                let Some(entry) = romfs.entries.get(index) else { continue };
                let note = format!("the header of {}: where the next entry is, its size and checksum", entry.path);
                match changes.of_entry(region, entry) {
                    Some(change) if matches!(change.status, Status::Added | Status::Removed) => {
                        (cause_of(change.status), format!("the header of {}", entry.path).into(), whole)
                    }
                    _ => (Cause::RomfsHeader, note.into(), whole),
                }
            }
            Role::Data(index) => {
                let Some(entry) = romfs.entries.get(index) else { continue };
                match changes.of_entry(region, entry) {
                    Some(change) => (cause_of(change.status), change.note().into(), whole && change.is_certain()),
                    None => {
                        (Cause::RomfsOrder, format!("{} is the same, but lies elsewhere", entry.path).into(), whole)
                    }
                }
            }
            Role::Zeros | Role::Stray => {
                // what fills up to the next entry belongs to the one before it
                if let Some(before) = labels.last_mut() {
                    let end = part.span.shifted(region.span.start()).end().min(region.span.end());
                    before.span = Span::new(before.span.start(), end);
                }
                continue;
            }
        };
        let Some(span) = part.span.shifted(region.span.start()).overlap(region.span) else { continue };
        labels.push(Label { span, cause, note, proof: proof(proved) });
    }
    labels
}

fn web_ui_labels(region: &Region, package: &WebUi, changes: &Changes<'_>, whole: bool) -> Vec<Label> {
    let labels = package.entries.iter().filter_map(|entry| {
        let span = entry.data().shifted(region.span.start()).overlap(region.span)?;
        let path = safe_path(&entry.path);
        let change = changes.0.get(&(path.as_str(), Some(span)))?;
        let proof = proof(whole);
        Some(Label { span, cause: cause_of(change.status), note: change.note().into(), proof })
    });
    labels.collect()
}

fn kernel_label(region: &Region, packed: &KernelZip, compared: &Compared) -> Label {
    let thing = if packed.looks_like_kernel() { "kernel" } else { region.kind.words() };
    let note = match compared.changes.is_empty() {
        true => format!("the same {thing}, packed differently"),
        false => format!("another {thing}"),
    };
    Label { span: region.span, cause: Cause::KernelChanged, note: note.into(), proof: Proof::Verified }
}

const fn cause_of(status: Status) -> Cause {
    match status {
        Status::Changed => Cause::FileChanged,
        Status::Added => Cause::FileAdded,
        Status::Removed => Cause::FileRemoved,
        Status::Moved => Cause::FileMoved,
    }
}

impl FileChange {
    /// What to tell about its bytes, with paths as the camera has them.
    fn note(&self) -> String {
        let path = &self.path;
        match (self.status, &self.old) {
            (Status::Changed, _) => format!("/{path} has other content"),
            (Status::Added, _) => format!("/{path}, which only the second file has"),
            (Status::Removed, _) => format!("/{path}, which only the first file has"),
            (Status::Moved, Some(old)) => format!("/{path}, which was /{} before", old.path),
            (Status::Moved, None) => format!("/{path} was moved"),
        }
    }

    /// Whether it cannot be an error of the dump: the size is under a checksum, the content is not.
    fn is_certain(&self) -> bool {
        match (&self.old, &self.new) {
            (Some(old), Some(new)) => self.status == Status::Moved || old.size != new.size,
            _ => true,
        }
    }
}
