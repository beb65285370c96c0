//! The files of one camera, and which of them are the same bytes in two forms.

use std::panic::resume_unwind;

use serde::Serialize;

use super::images::holds_packed_files;
use crate::capture::{Twin, twin};
use crate::finding::Fact;
use crate::image::{FlashAddr, Image};
use crate::map::{Body, Inspection, Kind, Reading, Region};

/// One file of a set.
#[derive(Debug)]
pub struct Source {
    /// Its name, for messages only.
    pub name: String,
    /// What the file is.
    pub reading: Reading,
    /// The map of the image it holds; of an empty one, an empty map.
    pub inspection: Inspection,
}

impl Source {
    /// Reads one file.
    pub fn new(name: impl Into<String>, file: Image) -> Self {
        let mut reading = Reading::new(file);
        let mut inspection = Inspection::of(&reading);
        if inspection.address.is_some_and(|address| reading.place(address)) {
            inspection = Inspection::of(&reading);
        }
        Self { name: name.into(), reading, inspection }
    }

    /// Reads files side by side, as many at once as there are processors; they come out in the same order.
    pub fn all(files: Vec<(String, Image)>) -> Vec<Self> {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let mut waiting = files.into_iter().map(|(name, file)| move || Self::new(name, file));
        std::thread::scope(|scope| {
            let mut sources = Vec::new();
            loop {
                let running: Vec<_> = waiting.by_ref().take(workers).map(|read| scope.spawn(read)).collect();
                if running.is_empty() {
                    return sources;
                }
                let read =
                    running.into_iter().map(|reading| reading.join().unwrap_or_else(|panic| resume_unwind(panic)));
                sources.extend(read);
            }
        })
    }

    /// Its name without the folders before it.
    pub fn file_name(&self) -> &str {
        self.name.rsplit(['/', std::path::MAIN_SEPARATOR]).next().unwrap_or(&self.name)
    }

    /// How long a vendor update that stops before its end says that it is, and how long it is; `None` of all else.
    pub fn cut_update(&self) -> Option<(usize, usize)> {
        self.inspection.findings.iter().find_map(|finding| match finding.fact {
            Fact::UpdateTruncated { declared, present } => Some((declared, present)),
            _ => None,
        })
    }

    /// The flash address of the byte at `offset` of the image, if anything tells where it belongs.
    pub fn address_of(&self, offset: usize) -> Option<FlashAddr> {
        self.inspection.address?.checked_add(offset)
    }

    /// The image that the file is or decodes to.
    pub fn image(&self) -> &Image {
        self.reading.image()
    }
}

/// The files that came out of one camera.
#[derive(Debug, Default)]
pub struct Set {
    /// In the order given.
    pub sources: Vec<Source>,
}

impl Set {
    /// The source beside `index` that holds the same image in the other form, text or binary: the one with the same
    /// bytes, else the one whose name is the same up to `.dat`.
    pub fn twin_of(&self, index: usize) -> Option<(&Source, Twin)> {
        let this = self.sources.get(index)?;
        let related = self.sources.iter().filter_map(|other| Some((other, relation(this, other)?)));
        let related: Vec<(&Source, Twin)> = related.collect();
        let same = related.iter().find(|(other, twin)| *twin == Twin::Identical && !other.image().is_empty());
        same.or_else(|| related.iter().find(|(other, _)| stem(&other.name) == stem(&this.name))).copied()
    }

    /// The names of sources.
    pub(super) fn names(&self, sources: &[usize]) -> Vec<String> {
        sources.iter().filter_map(|index| self.sources.get(*index)).map(|source| source.name.clone()).collect()
    }

    /// The sources to work on: of twins with the same bytes only the capture, which knows addresses, and of files that
    /// are the same one.
    pub fn distinct(&self) -> impl Iterator<Item = (usize, &Source)> {
        self.sources.iter().enumerate().filter(|&(index, source)| {
            let is_first = self.repeated_by(index).is_none();
            is_first && (source.reading.is_capture() || !matches!(self.twin_of(index), Some((_, Twin::Identical))))
        })
    }

    /// The source that has all of the one at `index`: the same file once more, or a log that was saved again later. Of
    /// two that are the same the second one is the repetition.
    fn repeated_by(&self, index: usize) -> Option<&Source> {
        let this = self.sources.get(index)?;
        let own = this.reading.file();
        let is_repeated = |(at, other): &(usize, &Source)| {
            let all = other.reading.file();
            let goes_on = all.len() > own.len() && this.reading.is_capture() && other.reading.is_capture();
            *at != index && (goes_on || (all.len() == own.len() && *at < index)) && all.starts_with(own)
        };
        // without bytes, logs are alike and mean different things
        (!this.image().is_empty())
            .then(|| self.sources.iter().enumerate().find(is_repeated))
            .flatten()
            .map(|(_, other)| other)
    }

    /// Sources of which nothing is used, and why.
    pub fn left_out(&self) -> impl Iterator<Item = LeftOut> + '_ {
        self.sources.iter().enumerate().filter_map(|(index, source)| {
            let why = match (self.repeated_by(index), source.reading.body()) {
                (Some(other), _) if other.name == source.name => "it was given twice".to_owned(),
                (Some(other), _) => format!("all of it is in `{}` as well", other.name),
                (None, Body::BootLog) => "it is a boot log, which shows no bytes".to_owned(),
                (None, Body::Binary) => {
                    let (what, next) = packed_files(source)?;
                    format!("it {what}: {next}")
                }
                (None, _) => return None,
            };
            Some(LeftOut { file: source.name.clone(), why })
        })
    }
}

/// What a file is that holds other files, packed, and no firmware, and what to do with it; none if it is something else.
pub fn packed_files(source: &Source) -> Option<(&'static str, &'static str)> {
    let is_zip = |region: &Region| region.kind == Kind::Zip;
    holds_packed_files(source).then(|| match source.inspection.regions.iter().any(is_zip) {
        true => ("is a zip of other files", "unpack it and give the folder"),
        false => ("is a gzip of another file", "unpack it and give what comes out"),
    })
}

/// A file of which nothing was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Its name.
    pub file: String,
    /// Why not.
    pub why: String,
}

/// How a capture and a binary relate; `None` if they are not one of each.
fn relation(one: &Source, other: &Source) -> Option<Twin> {
    match (one.reading.body(), other.reading.body()) {
        (Body::Capture(capture), Body::Binary | Body::Empty) => Some(twin(capture, other.image())),
        (Body::Binary | Body::Empty, Body::Capture(capture)) => Some(twin(capture, one.image())),
        _ => None,
    }
}

/// The name that a file and its `.dat` share.
pub(super) fn stem(name: &str) -> &str {
    name.rsplit_once('.').filter(|(_, ending)| ending.eq_ignore_ascii_case("dat")).map_or(name, |(stem, _)| stem)
}
