//! What the look inside says about bytes.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::files::{Compared, FileChange, Status};
use crate::compare::{Cause, Label, Proof, Which};
use crate::format::romfs::{Role, Romfs};
use crate::format::web_ui::WebUi;
use crate::image::Span;
use crate::map::{Content, Kind, Region, State};

/// Labels for the bytes of a container that is not the same on the other side.
pub fn of(region: &Region, compared: &Compared, which: Which) -> Vec<Label> {
    let changes = changes_by_path(compared, which);
    let whole = region.state == State::Verified;
    match &region.content {
        Content::Romfs(romfs) => romfs_labels(region, romfs, &changes, whole),
        Content::WebUi(package) => web_ui_labels(region, package, &changes),
        Content::KernelZip(_) => vec![kernel_label(region, compared)],
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

const fn proof(is_proved: bool) -> Proof {
    if is_proved { Proof::Verified } else { Proof::Likely }
}

fn changes_by_path(compared: &Compared, which: Which) -> FxHashMap<&str, &FileChange> {
    let changes = compared.changes.iter().filter_map(|change| {
        let state = match which {
            Which::Old => change.old.as_ref(),
            Which::New => change.new.as_ref(),
        }?;
        Some((state.path.as_str(), change))
    });
    changes.collect()
}

fn romfs_labels(region: &Region, romfs: &Romfs, changes: &FxHashMap<&str, &FileChange>, whole: bool) -> Vec<Label> {
    let mut labels: Vec<Label> = Vec::new();
    for part in romfs.layout(&[]) {
        let (cause, note, proved): (Cause, Arc<str>, bool) = match part.role {
            Role::VolumeHeader => {
                (Cause::RomfsHeader, "the header of the romfs: its size, checksum and name".into(), whole)
            }
            Role::EntryHeader(index) => {
                let Some(entry) = romfs.entries.get(index) else { continue };
                let note = format!("the header of {}: where the next entry is, its size and checksum", entry.path);
                match changes.get(entry.path.trim_start_matches('/')) {
                    Some(change) if matches!(change.status, Status::Added | Status::Removed) => {
                        (cause_of(change.status), format!("the header of {}", entry.path).into(), whole)
                    }
                    _ => (Cause::RomfsHeader, note.into(), whole),
                }
            }
            Role::Data(index) => {
                let Some(entry) = romfs.entries.get(index) else { continue };
                match changes.get(entry.path.trim_start_matches('/')) {
                    Some(change) => (cause_of(change.status), change.note().into(), whole && change.is_certain()),
                    None => {
                        (Cause::RomfsOrder, format!("{} is the same, but lies elsewhere", entry.path).into(), whole)
                    }
                }
            }
            Role::Zeros | Role::Stray => {
                // what fills up to the next entry belongs to the one before it
                if let Some(before) = labels.last_mut() {
                    before.span = Span::new(before.span.start(), part.span.shifted(region.span.start()).end());
                }
                continue;
            }
        };
        labels.push(Label { span: part.span.shifted(region.span.start()), cause, note, proof: proof(proved) });
    }
    labels
}

fn web_ui_labels(region: &Region, package: &WebUi, changes: &FxHashMap<&str, &FileChange>) -> Vec<Label> {
    let labels = package.entries.iter().filter_map(|entry| {
        let change = changes.get(entry.path.trim_start_matches('/'))?;
        let span = entry.data().shifted(region.span.start());
        let proof = proof(region.state == State::Verified);
        (!span.is_empty()).then(|| Label { span, cause: cause_of(change.status), note: change.note().into(), proof })
    });
    labels.collect()
}

fn kernel_label(region: &Region, compared: &Compared) -> Label {
    let note = match compared.changes.is_empty() {
        true => "the same kernel, packed differently",
        false => "another kernel",
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
    /// What to tell about its bytes.
    fn note(&self) -> String {
        match (self.status, &self.old) {
            (Status::Changed, _) => format!("{} has other content", self.path),
            (Status::Added, _) => format!("{}, which only the second file has", self.path),
            (Status::Removed, _) => format!("{}, which only the first file has", self.path),
            (Status::Moved, Some(old)) => format!("{}, which was {} before", self.path, old.path),
            (Status::Moved, None) => format!("{} was moved", self.path),
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
