//! What a file, a set or a log is, told to somebody who never opened a hex editor.

mod capture;
mod log;
mod next;

pub(crate) use log::steps;

use serde::Serialize;

use super::join::{Recovered, recover};
use super::memory::capture_of;
use super::set::{Set, Source, packed_files, stem};
use crate::camera::boot_log::{self, BootLog};
use crate::capture::Twin;
use crate::finding::Severity;
use crate::image::PAGE_BYTES;
use crate::map::{Body, Kind, Region, State};
use crate::words::{bytes, enumerate, quoted, sentence};

/// A plain answer, what it rests on, and what to type next.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Story {
    /// The answer in a sentence or two.
    pub answer: String,
    /// What it rests on, in reading order.
    pub chapters: Vec<Chapter>,
    /// What to do, in order.
    pub next: Vec<Step>,
    /// What the console log says that the file is, or holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<Box<BootLog>>,
}

/// A few sentences on one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Chapter {
    /// What it is about: a file's name, or a question.
    pub title: String,
    /// One idea each.
    pub sentences: Vec<String>,
    /// Lines of a log in their order, behind the sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Row>,
}

/// A line of a log, and what happened there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The line's number.
    pub line: usize,
    /// What happened.
    pub says: String,
    /// How many lines tell the same.
    pub count: usize,
    /// Whether this is the line that matters.
    pub matters: bool,
}

impl Chapter {
    pub(crate) fn new(title: impl Into<String>, sentences: Vec<String>) -> Self {
        Self { title: title.into(), sentences, rows: Vec::new() }
    }

    /// The chapter of the only file, whose headline is the answer already.
    fn without_headline(mut self) -> Self {
        self.sentences.drain(..1.min(self.sentences.len()));
        self
    }
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Why.
    pub purpose: String,
    /// What to type, one line each.
    pub commands: Vec<String>,
}

/// What stands for a byte that was not captured, in images that are only told of.
const UNKNOWN: u8 = 0xFF;

/// Tells of a folder. `folder` is its path as the user wrote it, for the command to type next.
pub fn of_set(set: &Set, folder: &str) -> Story {
    let recovery = recover(set, Some(UNKNOWN));
    let mut chapters: Vec<Chapter> = (0..set.sources.len()).filter_map(|index| chapter(set, index)).collect();
    let joins = recovery.images.iter().filter(|image| image.joined > 0);
    chapters.extend(joins.map(join_chapter));
    let damaged = recovery.images.iter().filter(|image| !image.is_whole()).count();
    let whole = recovery.images.len() - damaged;
    let holds_log = set.sources.iter().any(|source| matches!(source.reading.body(), Body::BootLog));
    let answer = match (whole, damaged) {
        (0, 0) if holds_log => {
            "This folder holds logs of a camera's console, and no firmware that unbrick can read.".to_owned()
        }
        (0, 0) if set.sources.iter().any(|source| packed_files(source).is_some()) => {
            "Nothing in this folder is firmware that unbrick can read, but there is something packed: unpack it first."
                .to_owned()
        }
        (0, 0) => "Nothing in this folder is firmware that unbrick can read.".to_owned(),
        (_, 0) => format!(
            "This folder holds {} of one camera, and all of them can be made whole. Do not flash the files as they are: \
             turn them into true binaries first.",
            images_in_words(&recovery.images)
        ),
        _ => format!(
            "This folder holds {} of one camera; {damaged} of them cannot be made whole from what is here.",
            images_in_words(&recovery.images)
        ),
    };
    let mut next = Vec::new();
    if !recovery.images.is_empty() {
        next.push(Step {
            purpose: "write whole, verified files that can be flashed".to_owned(),
            commands: vec![format!("unbrick convert {} -o fixed", quoted(folder))],
        });
    }
    next.extend(recovery.missing.iter().filter_map(next::dump_step));
    Story { answer, chapters, next, log: None }
}

/// Tells of a single file: the firmware in it, the console log in it, or both. `path` is how the user wrote it.
pub fn of_file(source: Source, path: &str) -> Story {
    let is_text = matches!(source.reading.body(), Body::BootLog | Body::Capture(_));
    let log = is_text.then(|| boot_log::read(source.reading.file())).filter(BootLog::tells_something);
    match (source.reading.body(), log) {
        (Body::BootLog, Some(log)) => log::of_log(log, path),
        (_, Some(log)) => of_firmware(source, path).with(log::of_log(log, path)),
        (_, None) => of_firmware(source, path),
    }
}

impl Story {
    /// This story of a capture, and that of the log around it.
    fn with(mut self, log: Self) -> Self {
        self.answer = format!("{} It holds a console log as well. {}", self.answer, log.answer);
        self.chapters.extend(log.chapters);
        self.next.extend(log.next);
        self.log = log.log;
        self
    }
}

fn of_firmware(source: Source, path: &str) -> Story {
    let set = Set { sources: vec![source] };
    let recovery = recover(&set, Some(UNKNOWN));
    let chapters = chapter(&set, 0).map(Chapter::without_headline).filter(|chapter| !chapter.sentences.is_empty());
    let chapters: Vec<Chapter> = chapters.into_iter().collect();
    let told = set.sources.first().map(|source| (headline(source), next::of_file(source, &recovery, path)));
    let (answer, next) = told.unwrap_or_default();
    Story { answer, chapters, next, log: None }
}

fn chapter(set: &Set, index: usize) -> Option<Chapter> {
    let source = set.sources.get(index)?;
    let mut sentences = vec![headline(source)];
    match source.reading.body() {
        Body::Capture(_) => sentences.extend(capture_sentences(set, index, source)),
        Body::Binary => sentences.extend(binary_sentences(set, index, source)),
        Body::Empty => sentences.extend(empty_sentences(set, index, source)),
        Body::BootLog => sentences.push(log::answer(&boot_log::read(source.reading.file()))),
    }
    Some(Chapter::new(source.name.clone(), sentences))
}

/// What a file is, in one sentence.
fn headline(source: &Source) -> String {
    let image = source.image();
    match source.reading.body() {
        Body::Empty => "An empty file: nothing was saved here.".to_owned(),
        Body::BootLog => {
            "What the camera printed on its serial console while it started: a log, not firmware.".to_owned()
        }
        Body::Capture(capture) => capture::headline(capture, &contents_in_words(&source.inspection.regions)),
        Body::Binary => match source.inspection.kind {
            Kind::Unknown => {
                format!("{} in which unbrick finds nothing that belongs to such a camera.", bytes(image.len()))
            }
            _ => format!("A binary file, not hex text: {}.", contents_in_words(&source.inspection.regions)),
        },
    }
}

fn capture_sentences(set: &Set, index: usize, source: &Source) -> Vec<String> {
    let twin = set.twin_of(index);
    let of_twin = twin.map(|(binary, twin)| twin_sentence(&binary.name, twin, source.image().is_empty()));
    let of_capture = capture_of(source).map(capture::sentences).unwrap_or_default();
    of_twin.into_iter().chain(of_capture).collect()
}

fn twin_sentence(binary: &str, twin: Twin, nothing: bool) -> String {
    match twin {
        Twin::Identical if nothing => format!("`{binary}` beside it is therefore empty."),
        Twin::Identical => {
            format!("Decoded, it is `{binary}` byte for byte: the same dump, once as text and once as binary.")
        }
        Twin::Cut { binary_bytes: 0, .. } => format!("`{binary}` beside it is empty."),
        Twin::Cut { binary_bytes, capture_bytes } => format!(
            "Decoded, it agrees with `{binary}`, but has {} and not {}.",
            bytes(capture_bytes),
            bytes(binary_bytes)
        ),
        Twin::AgreesWhereKnown { unknown_bytes } => {
            format!("It agrees with `{binary}`, but {} of it are not in the log.", bytes(unknown_bytes))
        }
        Twin::Differs { first, bytes: differing } => format!(
            "Decoded, it differs from `{binary}` in {}, first at {first}: trust this log, which shows every byte twice, in hex and as a character.",
            bytes(differing)
        ),
    }
}

fn binary_sentences(set: &Set, index: usize, source: &Source) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    let is_flash = source.inspection.kind == Kind::Flash;
    let told = source.inspection.regions.iter().filter(|region| !(is_flash && region.kind == Kind::Kernel));
    for sentence in told.flat_map(region_sentences) {
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    if let Some((log, Twin::Identical)) = set.twin_of(index) {
        sentences.push(format!("`{}` shows the same bytes as text.", log.name));
    }
    if let Some((what, next)) = packed_files(source) {
        // what the boot loader would make of it is of no use to somebody who has to unpack it
        sentences.push(format!("It {what}: {next}."));
        return sentences;
    }
    let errors = source.inspection.findings.iter().filter(|finding| finding.severity() == Severity::Error);
    sentences.extend(errors.take(MAX_ERRORS_TOLD).map(|finding| sentence(&finding.message())));
    sentences
}

/// A story names this many errors of one file; `unbrick inspect` lists them all.
const MAX_ERRORS_TOLD: usize = 5;

fn region_sentences(region: &Region) -> Vec<String> {
    let mut sentences = Vec::new();
    match region.kind {
        Kind::Kernel => {
            sentences.push("It is a ZIP file already, whatever its name says: do not zip it again, and do not unzip it for flashing.".to_owned());
            if region.state == State::Truncated {
                sentences.push(match region.missing {
                    Some(missing) => format!("Its last {} are missing: the recovery tool saves whole pages of {PAGE_BYTES} bytes only.", bytes(missing)),
                    None => "Its end is missing.".to_owned(),
                });
            }
        }
        Kind::CarriedPage => sentences.push(format!(
            "Its first {} are not its own: they are the last page of the image that was dumped before. This is why it differs from what was flashed.",
            bytes(region.span.len())
        )),
        Kind::Romfs if region.state == State::Verified => {
            sentences.push(format!("Every checksum of the romfs in it holds: {}.", enumerate(region.proofs.iter().cloned())));
        }
        Kind::Update if region.state == State::Truncated => {
            sentences.push("It stops before its end, so do not give it to a camera: download it once more.".to_owned());
        }
        Kind::Update => sentences.push(
            "The camera's own upgrade page takes such a file as it is. The boot loader does not: it wants the kernel and the romfs as two files.".to_owned(),
        ),
        Kind::Settings => sentences.push("Settings hold your passwords and the key of your network: do not share this part.".to_owned()),
        _ => {}
    }
    sentences
}

fn empty_sentences(set: &Set, index: usize, source: &Source) -> Vec<String> {
    if source.name.to_ascii_uppercase().contains("BOOT INFO") {
        return vec![format!(
            "Boot info is only 56 bytes long, shorter than one page of {PAGE_BYTES}, so the recovery tool saved nothing of it. This is normal."
        )];
    }
    match set.twin_of(index) {
        Some((log, _)) if !log.image().is_empty() => vec![format!("Its log `{}` does hold data: use that.", log.name)],
        _ => vec!["Dump this image again.".to_owned()],
    }
}

fn join_chapter(image: &Recovered<'_>) -> Chapter {
    let names: Vec<&str> = image.made_from.iter().map(|name| stem(name)).collect();
    let (first, second) = match names.as_slice() {
        [first, second, ..] => (*first, *second),
        _ => ("", ""),
    };
    let kind = image.region.kind.words();
    let rest = bytes(image.joined);
    let mut sentences = vec![
        format!("The {rest} that are missing at the end of `{first}` are the first {rest} of `{second}`."),
        format!(
            "Put together they are a whole {kind} of {}: {}.",
            bytes(image.bytes.len()),
            image.region.proofs.join(", ")
        ),
    ];
    if image.region.kind == Kind::Kernel {
        sentences.insert(
            1,
            format!("Flashed as it stands, `{first}` would make the boot loader answer `ERROR: unzip failed! -5`: the packed data stops before its end."),
        );
    }
    Chapter::new(format!("Why `{first}` is too short"), sentences)
}

fn images_in_words(images: &[Recovered<'_>]) -> String {
    enumerate(images.iter().map(|image| format!("the {}", image.region.kind.words())))
}

fn contents_in_words(regions: &[Region]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in regions.iter().filter(|region| is_known(region)).map(region_in_words) {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    let is_all = |kind: Kind| !regions.is_empty() && regions.iter().all(|region| region.kind == kind);
    match parts.is_empty() {
        true if is_all(Kind::Erased) => "nothing but erased flash (FF)".to_owned(),
        true if is_all(Kind::Zero) => "nothing but zeros".to_owned(),
        true => "nothing that unbrick knows".to_owned(),
        false => enumerate(parts.into_iter()),
    }
}

/// Whether a region is worth a word.
fn is_known(region: &Region) -> bool {
    !region.kind.is_filler() && !matches!(region.kind, Kind::Unknown | Kind::Footer)
}

fn region_in_words(region: &Region) -> String {
    let words = region.kind.words();
    match (region.kind, region.state) {
        (Kind::CarriedPage, _) => format!("{} carried over from the image before", bytes(region.span.len())),
        (Kind::Kernel, State::Truncated) => "the kernel (packed as a ZIP and cut short)".to_owned(),
        (Kind::Kernel, State::Damaged) => "the kernel (packed as a ZIP and damaged)".to_owned(),
        (Kind::Kernel, _) => "the kernel (packed as a ZIP)".to_owned(),
        (Kind::Romfs, State::Truncated) => "a romfs (the camera's file system) that is cut short".to_owned(),
        (Kind::Romfs, State::Damaged) => "a damaged romfs (the camera's file system)".to_owned(),
        (Kind::Romfs, State::Partial) => "a romfs (the camera's file system) with holes".to_owned(),
        (Kind::Romfs, _) => "a romfs (the camera's file system)".to_owned(),
        (Kind::Update, _) => {
            let parts: Vec<Region> = region.regions.iter().filter(|part| part.kind != Kind::Update).cloned().collect();
            match (region.state, contents_in_words(&parts)) {
                (State::Truncated, _) if !parts.iter().any(is_known) => "a vendor update that is cut short".to_owned(),
                (State::Truncated, parts) => format!("a vendor update that is cut short, with {parts}"),
                (_, parts) => format!("a vendor update with {parts}"),
            }
        }
        (Kind::Elf, _) => "an ELF program".to_owned(),
        (Kind::BootInfo | Kind::Settings, state) if state.is_whole() => words.to_owned(),
        (Kind::BootInfo | Kind::Settings, state) => format!("{state} {words}"),
        (_, State::Truncated) => format!("a {words} that is cut short"),
        (_, State::Damaged) => format!("a damaged {words}"),
        _ => format!("a {words}"),
    }
}
