//! What is wrong with what a container holds: files that are cut, damaged or not captured, and what to do about it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Entry;
use crate::finding::{Finding, Severity};
use crate::image::{Image, Span};
use crate::map::{Inspection, Kind, Region, State};
use crate::words::{bytes, count};

/// What is wrong with a file. Displays as a clause about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum Flaw {
    /// Its end is not here.
    Cut {
        /// Bytes that are here.
        present: usize,
        /// Bytes that it should have, if that is known.
        declared: Option<usize>,
    },
    /// A checksum or its structure proves damage.
    Damaged {
        /// What shows it.
        why: String,
    },
    /// The capture has holes in it.
    NotCaptured {
        /// Bytes that are not known.
        missing: usize,
    },
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cut { present, declared: Some(declared) } => {
                write!(f, "cut: {} of its {} are here", count(*present), bytes(*declared))
            }
            Self::Cut { present, declared: None } => write!(f, "cut after {}", bytes(*present)),
            Self::Damaged { why } => write!(f, "damaged: {why}"),
            Self::NotCaptured { missing } => write!(f, "not whole: {} of it were not captured", bytes(*missing)),
        }
    }
}

/// Why what is listed of a file is not to be relied on, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What is wrong, a clause.
    pub what: String,
    /// The part of it that is wrong with more than single files, so that things may be missing.
    pub structure: Option<String>,
    /// What to do.
    pub next: String,
}

/// Marks files of an image as flawed: those with a hole in them, and those in which the map found damage.
pub(super) fn mark(entries: &mut [Entry<'_>], image: &Image, inspection: &Inspection) {
    let errors = inspection.findings.iter().filter(|finding| finding.severity() == Severity::Error);
    let mut errors: Vec<&Finding> = errors.filter(|finding| finding.file.is_some()).collect();
    errors.sort_by_key(|finding| finding.span.start());
    for entry in entries.iter_mut().filter(|entry| entry.kind.is_file() && entry.flaw.is_none()) {
        let Some(place) = place_of(entry) else { continue };
        let holes = image.known().gaps_in(place);
        let missing: usize = holes.iter().map(|hole| hole.len()).sum();
        let first = errors.partition_point(|finding| finding.span.start() < place.start());
        let damage = errors.get(first).filter(|finding| place.encloses(finding.span));
        entry.flaw = match damage {
            _ if missing > 0 => Some(Flaw::NotCaptured { missing }),
            Some(finding) => Some(Flaw::Damaged { why: finding.fact.to_string() }),
            None => None,
        };
    }
}

/// Where the bytes of a file lie in the image, packed or not; none if they came out of something packed.
fn place_of(entry: &Entry<'_>) -> Option<Span> {
    entry.data.stored().and_then(super::Bytes::place).filter(|place| !place.is_empty())
}

/// What is wrong with an image and these entries of it; none if nothing is known to be.
pub fn trouble(inspection: &Inspection, entries: &[Entry<'_>]) -> Option<Trouble> {
    let parts: Vec<&Region> = inspection.regions.iter().flat_map(parts_of).filter(is_broken).collect();
    let mut flawed = entries.iter().filter_map(|entry| Some((entry.path.as_str(), entry.flaw.as_ref()?)));
    let first = flawed.next();
    let of_file = first.map(|(path, flaw)| match flawed.count() {
        0 => format!("`{path}` in it is {flaw}"),
        more => format!("{} files in it are cut or damaged, `{path}` is {flaw}", count(more.saturating_add(1))),
    });
    let is_told = |finding: &&Finding| {
        // of holes, the files tell that they are in
        let is_in_part = parts
            .iter()
            .filter(|part| part.state != State::Partial)
            .any(|part| finding.span.start() >= part.span.start() && finding.span.start() <= part.span.end());
        // what is wrong with a file, the file tells
        finding.severity() == Severity::Error && finding.file.is_none() && is_in_part
    };
    let error = inspection.findings.iter().find(is_told);
    let next = match (error, first) {
        (Some(error), _) => error.help(),
        (None, Some((_, Flaw::NotCaptured { .. }))) => "`unbrick convert` lists what to dump again",
        (None, Some((_, Flaw::Cut { .. }))) => "get the rest of it, or dump it once more",
        (None, _) => "compare it with another dump (`unbrick diff`), or dump it once more",
    };
    let broken_part = || parts.first().map(|part| format!("the {} in it is {}", part.kind.words(), part.state));
    let structure = match (error, &of_file) {
        (Some(error), _) => Some(error.message()),
        (None, Some(_)) => None,
        (None, None) => broken_part(),
    };
    let is_zip = parts.iter().all(|part| matches!(part.kind, Kind::Kernel | Kind::Zip | Kind::Gzip));
    let is_damaged_zip = is_zip && matches!(first, Some((_, Flaw::Damaged { .. })));
    let what = match (&structure, of_file) {
        // what is wrong with the one thing that a zip holds, the error tells already
        (Some(structure), Some(_)) if is_damaged_zip => structure.clone(),
        (Some(structure), Some(of_file)) => format!("{structure}, and {of_file}"),
        (Some(one), None) => one.clone(),
        (None, of_file) => of_file?,
    };
    Some(Trouble { what, structure, next: next.to_owned() })
}

fn parts_of(region: &Region) -> impl Iterator<Item = &Region> {
    let inside = if region.kind == Kind::Update { region.regions.as_slice() } else { &[] };
    std::iter::once(region).chain(inside)
}

fn is_broken(region: &&Region) -> bool {
    let is_broken = matches!(region.state, State::Damaged | State::Truncated | State::Partial);
    is_broken && !matches!(region.kind, Kind::Footer | Kind::Unknown | Kind::CarriedPage)
}
