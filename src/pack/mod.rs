//! What was built, and what a camera does with it.

mod disk;
pub mod romfs;
pub mod web_ui;

use serde::Serialize;

pub use disk::{Disk, FileOnDisk, Found, OnDisk};

use crate::finding::{Finding, Severity, worst};
use crate::format::footer::Footer;
use crate::image::Span;
use crate::map::{Detail, Inspection, Kind, Region, State};
use crate::recover::Step;
use crate::words::quoted;

/// A file that was built, looked at once more as any file is that comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Where it is, as its user wrote it.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Its length in bytes.
    pub size: usize,
    /// How sure it is that it is right.
    pub state: State,
    /// What is in it, for people.
    pub details: Vec<Detail>,
    /// The checks that hold.
    pub proofs: Vec<String>,
    /// The images that a camera makes of it in its flash, with the footers that it writes; none if it makes none, or
    /// if their places depend on more than this file.
    pub footers: Vec<Footer>,
    /// What is worth knowing about it, a sentence each.
    pub remarks: Vec<String>,
    /// What is other than in what it was made from or after.
    pub changes: Vec<Change>,
    /// The file that the changes are counted against.
    pub changes_against: Option<String>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// What to do with it.
    pub next: Vec<Step>,
}

/// One thing in a file that was built that is other than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// What became of it.
    pub change: What,
    /// Its path, or its name.
    pub path: String,
    /// What is other about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What became of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum What {
    /// It is other than it was.
    Changed,
    /// It is new.
    Added,
    /// It is gone.
    Removed,
}

impl Packed {
    /// The file at `path`, of `size` bytes, as `inspection` found it. What it is in the flash, and what to do next, is
    /// for the caller to add.
    pub fn of(path: &str, size: usize, inspection: Inspection) -> Self {
        let Inspection { kind, mut regions, findings, .. } = inspection;
        let told = regions.iter().position(|region| region.kind == kind);
        let region = told.map(|at| regions.remove(at));
        let region = region.unwrap_or_else(|| Region::new(kind, Span::default(), State::Plausible));
        let Region { state, details, proofs, .. } = region;
        Self { state, details, proofs, findings, ..Self::unread(path, size, kind) }
    }

    /// The file at `path`, of `size` bytes and this kind, that nobody looked at again.
    pub fn unread(path: &str, size: usize, kind: Kind) -> Self {
        Self {
            path: path.to_owned(),
            kind,
            size,
            state: State::Unchecked,
            details: Vec::new(),
            proofs: Vec::new(),
            footers: Vec::new(),
            remarks: Vec::new(),
            changes: Vec::new(),
            changes_against: None,
            findings: Vec::new(),
            next: Vec::new(),
        }
    }

    /// One more line of what is known of it.
    pub fn detail(&mut self, label: &'static str, value: impl Into<String>) {
        self.details.push(Detail { label, value: value.into() });
    }

    /// One more thing to do.
    pub fn then(&mut self, purpose: &str, commands: impl IntoIterator<Item = String>) {
        self.next.push(Step { purpose: purpose.to_owned(), commands: commands.into_iter().collect() });
    }

    /// The path as it must be typed.
    pub fn typed(&self) -> String {
        quoted(&self.path)
    }

    /// The comparison with what it was made from or after.
    pub fn then_diff(&mut self, original: &str) {
        let command = format!("unbrick diff {} {}", quoted(original), self.typed());
        self.then("see every difference", [command]);
    }

    /// The question whether a camera should get it.
    pub fn then_check(&mut self) {
        let command = format!("unbrick check {} --board 4m", self.typed());
        self.then("know before flashing whether it will work (`2m` for a camera with 2 MB of flash)", [command]);
    }

    /// Whether nothing says "do not flash this".
    pub fn is_fine(&self) -> bool {
        worst(&self.findings) != Some(Severity::Error)
    }
}
