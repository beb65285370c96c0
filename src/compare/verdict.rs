//! What a comparison comes to, in words that a camera's owner understands.

use super::inside::{FieldChange, FileChange, Pair, Sameness, Status, ValueChange};
use super::segment::Evidence;
use super::{Cause, Meaning, Segment, Summary, Which};
use crate::camera::fingerprint::Compared;
use crate::image::Offset;
use crate::map::Kind;
use crate::words::{bytes, count, enumerate, plural, sentence};

/// The verdict, its most important sentence first.
pub fn of(
    segments: &[Segment],
    summary: &Summary,
    pairs: &[Pair],
    blocks: &[Pair],
    files: &[FileChange],
    firmware: &Compared,
    blank: Option<&Blank>,
) -> String {
    if summary.equal {
        let len = segments.iter().map(|segment| segment.new.len()).sum();
        return format!("Both files are the same, byte for byte: {}.", bytes(len));
    }
    if let Some(blank) = blank {
        return blank.verdict();
    }
    let different = || segments.iter().filter(|segment| segment.cause != Cause::Equal);
    let worst = different().map(|segment| weight(segment, pairs)).max().unwrap_or(Weight::Nothing);
    if worst >= Weight::Unexplained && pairs.is_empty() && is_chance(segments) {
        let next = "Name the file that was flashed and a dump of it, to see what went wrong.";
        return format!("These files have next to nothing in common: neither is a copy of the other. {next}");
    }
    let is_told = |block: &&Pair| block.sameness == Sameness::Differs && (block.whole || worst <= Weight::Content);
    let told_blocks = differing_blocks(blocks.iter().filter(is_told));
    let mut sentences = vec![match worst {
        Weight::Nothing => same_content(pairs),
        Weight::Content if says_nothing(pairs, files) && told_blocks.is_some() => String::new(),
        Weight::Content => changed(pairs, files),
        Weight::Unexplained => unknown(summary, pairs),
        Weight::Dump => damaged(segments, pairs, "The second file is a damaged or incomplete copy"),
        Weight::Flash => damaged(segments, pairs, "The flash holds a damaged copy"),
    }];
    // what a fault did to files is no change of theirs
    let are_certain = pairs.iter().all(|pair| pair.whole || pair.sameness == Sameness::Bytes);
    if worst > Weight::Content && !files.is_empty() && are_certain {
        sentences.push(changed(pairs, files));
    }
    sentences.extend(other_firmware(firmware));
    sentences.extend(told_blocks);
    sentences.extend([Which::Old, Which::New].into_iter().filter_map(|which| besides(segments, which)));
    sentences.push(match worst {
        Weight::Nothing => "This is harmless.".to_owned(),
        Weight::Content => "See below what is different.".to_owned(),
        _ => advice(segments, worst, pairs),
    });
    sentences.retain(|sentence| !sentence.is_empty());
    sentences.join(" ")
}

/// What is the same in two files, or looks like a fault of one, takes at least one in so many bytes if it means anything.
const MIN_SHARE_ALIKE: usize = 20;

/// Whether what the files share is so little that it is chance.
fn is_chance(segments: &[Segment]) -> bool {
    let of = |is_so: &dyn Fn(&Segment) -> bool| -> usize {
        segments.iter().filter(|segment| is_so(segment)).map(Segment::len_bytes).sum()
    };
    let alike = of(&|segment| segment.cause == Cause::Equal || weight(segment, &[]) > Weight::Unexplained);
    alike * MIN_SHARE_ALIKE < of(&|_| true)
}

/// A file of nothing but filler, beside one that has content.
pub struct Blank {
    /// Which of the files.
    pub which: Which,
    /// The byte that all of it is.
    pub byte: u8,
    /// How many there are.
    pub len: usize,
    /// What most of the other file is, if that is known.
    pub beside: Option<Kind>,
}

impl Blank {
    fn verdict(&self) -> String {
        let Self { which, byte, len, beside } = self;
        let (what, next) = match byte {
            0xFF => ("erased flash", "If it was dumped, this part of the flash was erased, or never written."),
            _ => ("zeros", "If it was dumped, this part of the flash was overwritten with zeros."),
        };
        let (all, other) = (bytes(*len), beside.map_or("other file", Kind::words));
        format!(
            "The {which} file is empty: all of its {all} are {byte:02X}, {what}. Nothing of the {other} is in it. {next}"
        )
    }
}

/// Whether files and containers do not show what differs.
fn says_nothing(pairs: &[Pair], files: &[FileChange]) -> bool {
    files.is_empty() && pairs.iter().all(|pair| pair.sameness != Sameness::Content)
}

/// What a segment weighs in a verdict, the lightest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// The content is the same.
    Nothing,
    /// The content was changed on purpose, or by the camera.
    Content,
    /// Nobody knows why.
    Unexplained,
    /// The dump went wrong.
    Dump,
    /// The flash went wrong.
    Flash,
}

/// A part that only one file has does not make the part that both have another one.
fn weight(segment: &Segment, pairs: &[Pair]) -> Weight {
    let is_besides = is_besides(segment, pairs);
    let is_filler = matches!(segment.evidence, Evidence::InsteadOfContent(_));
    match segment.meaning() {
        Meaning::BadFlash if is_filler && is_besides => Weight::Nothing,
        Meaning::Same | Meaning::Harmless => Weight::Nothing,
        Meaning::Changed if is_besides => Weight::Nothing,
        Meaning::Changed => Weight::Content,
        Meaning::Unknown => Weight::Unexplained,
        Meaning::BadDump => Weight::Dump,
        Meaning::BadFlash => Weight::Flash,
    }
}

/// Whether it lies beside the containers that both files have.
fn is_besides(segment: &Segment, pairs: &[Pair]) -> bool {
    let outside = |pair: &Pair| pair.old.overlap(segment.old).is_none() && pair.new.overlap(segment.new).is_none();
    !pairs.is_empty() && pairs.iter().all(outside)
}

/// The containers of which it can be said that they are the same.
fn same_content(pairs: &[Pair]) -> String {
    let same: Vec<&Pair> =
        pairs.iter().filter(|pair| matches!(pair.sameness, Sameness::Bytes | Sameness::Content)).collect();
    let names = enumerate(same.iter().map(|pair| format!("the {}", pair.kind.words())));
    match same.len() {
        0 => "Both files hold the same.".to_owned(),
        1 if same.iter().all(|pair| pair.kind != Kind::Settings) => {
            sentence(&format!("{names} is the same in both files"))
        }
        _ => sentence(&format!("{names} are the same in both files")),
    }
}

fn changed(pairs: &[Pair], files: &[FileChange]) -> String {
    if files.is_empty() {
        let repacked = pairs.iter().find(|pair| pair.sameness == Sameness::Content);
        return match repacked {
            Some(pair) if pair.kind == Kind::Kernel => "The kernel is the same, packed differently.".to_owned(),
            Some(pair) => {
                format!("Every file in the {} is the same, but they are arranged differently.", pair.kind.words())
            }
            None => "The files hold other content.".to_owned(),
        };
    }
    let of = |status: Status| files.iter().filter(|file| file.status == status).count();
    let statuses = [Status::Changed, Status::Added, Status::Removed, Status::Moved];
    let told = statuses
        .into_iter()
        .filter(|status| of(*status) > 0)
        .map(|status| format!("{} {status}", plural(of(status), "file")));
    let differing =
        pairs.iter().filter(|pair| pair.sameness == Sameness::Differs).map(|pair| format!("the {}", pair.kind.words()));
    sentence(&format!("{} differs: {}", enumerate(differing), enumerate(told)))
}

/// That it is another firmware, by what tells most.
fn other_firmware(firmware: &Compared) -> Option<String> {
    let most = ["system version", "kernel build", "kernel built"];
    let difference = most.iter().find_map(|what| firmware.differences.iter().find(|found| found.what == *what))?;
    let (old, new) = (difference.old.as_deref()?, difference.new.as_deref()?);
    Some(format!("The {} is {old} in the first file and {new} in the second.", difference.what))
}

/// Names of changed values that are told of one block.
const MAX_NAMES_TOLD: usize = 3;

/// The settings, BOOT INFO and footers that differ, with the names of the values.
fn differing_blocks<'a>(blocks: impl Iterator<Item = &'a Pair>) -> Option<String> {
    let told: Vec<String> = blocks
        .map(|block| {
            let is_secret = |field: &&FieldChange| matches!(field.value, ValueChange::Secret { .. });
            let (secret, shown): (Vec<&FieldChange>, Vec<&FieldChange>) = block.fields.iter().partition(is_secret);
            let more = shown.len().saturating_sub(MAX_NAMES_TOLD);
            let names = shown.iter().take(MAX_NAMES_TOLD).map(|field| field.name.to_string());
            let secrets = (!secret.is_empty()).then(|| plural(secret.len(), "hidden value"));
            let more = (more > 0).then(|| format!("{} more", count(more)));
            let what: Vec<String> = names.chain(more).chain(secrets).collect();
            match what.as_slice() {
                [] => format!("the {}", block.name),
                what => format!("the {} ({})", block.name, enumerate(what.iter().cloned())),
            }
        })
        .collect();
    (!told.is_empty()).then(|| sentence(&format!("not the same: {}", enumerate(told.into_iter()))))
}

fn damaged(segments: &[Segment], pairs: &[Pair], opening: &str) -> String {
    let is_fault = |segment: &&Segment| weight(segment, pairs) >= Weight::Dump;
    let faults: Vec<&Segment> = segments.iter().filter(is_fault).collect();
    let of_cause = |cause: Cause| faults.iter().copied().filter(move |segment| segment.cause == cause);
    let told = [
        (Cause::XmodemResend, "inserted"),
        (Cause::MissingPage, "lost"),
        (Cause::MissingLine, "lost"),
        (Cause::RepeatedPage, "repeated"),
        (Cause::RepeatedLine, "repeated"),
        (Cause::CutTail, "missing at the end"),
        (Cause::WordOrder, "in the wrong order"),
        (Cause::HalfWordOrder, "in the wrong order"),
        (Cause::DigitError, "changed by single wrong digits"),
        (Cause::AddressMirror, "copies of another address"),
        (Cause::Erased, "erased"),
        (Cause::ZeroFill, "overwritten with zeros"),
        (Cause::UnknownBytes, "not captured"),
    ];
    let told = told.into_iter().filter_map(|(cause, what)| {
        let first = of_cause(cause).next()?;
        let many: usize = of_cause(cause).map(Segment::len_bytes).sum();
        let place = if first.new.is_empty() && first.old.is_empty() {
            String::new()
        } else {
            format!(" at {}", Offset(first.old.start()))
        };
        let shift = if matches!(cause, Cause::XmodemResend) { ", so that everything behind is shifted" } else { "" };
        Some(format!("{} {what}{place}{shift}", bytes(many)))
    });
    let rest = match pairs {
        [pair] if pair.sameness == Sameness::Bytes => format!("; the {} itself is the same", pair.kind.words()),
        _ => String::new(),
    };
    format!("{opening}: {}{rest}.", enumerate(told))
}

fn unknown(summary: &Summary, pairs: &[Pair]) -> String {
    let many: usize = summary.unexplained.iter().map(|(old, new)| old.len().max(new.len())).sum();
    let same = pairs
        .iter()
        .filter(|pair| pair.sameness == Sameness::Bytes)
        .map(|pair| format!("the {} is the same", pair.kind.words()));
    let same: Vec<String> = same.collect();
    let opening = if same.is_empty() { String::new() } else { format!("{}, but ", enumerate(same.into_iter())) };
    let places = summary.unexplained.len();
    sentence(&format!(
        "{opening}{} differ in {} for no reason that unbrick knows",
        bytes(many),
        plural(places, "place")
    ))
}

/// Filler shorter than this is not worth a word.
const MIN_FILLER_TOLD_BYTES: usize = 64;

/// What one file has besides the content, and what hurts nobody.
fn besides(segments: &[Segment], which: Which) -> Option<String> {
    let told = [
        (Cause::CarriedPage, "foreign bytes in front, carried over from the image that was dumped before"),
        (Cause::XmodemPadding, "bytes with which XMODEM filled its last block"),
        (Cause::Footer, "bytes of image footers, which the boot loader writes"),
        (Cause::BootLoader, "bytes of the boot loader"),
        (Cause::BootInfo, "bytes of boot info"),
        (Cause::WebUi, "bytes of web UI"),
        (Cause::Settings, "bytes of settings"),
        (Cause::Erased, "bytes of erased flash"),
        (Cause::ZeroFill, "zeros"),
    ];
    let things = told.into_iter().filter_map(|(cause, what)| {
        let of_side = segments.iter().filter(|segment| segment.cause == cause).filter(|segment| match which {
            Which::Old => segment.old.len() > segment.new.len(),
            Which::New => segment.new.len() > segment.old.len(),
        });
        let many: usize = of_side.map(Segment::len_bytes).sum();
        let is_filler = matches!(cause, Cause::Erased | Cause::ZeroFill);
        let enough = many > 0 && (!is_filler || many >= MIN_FILLER_TOLD_BYTES);
        enough.then(|| format!("{} {what}", count(many)))
    });
    let things: Vec<String> = things.collect();
    (!things.is_empty()).then(|| format!("The {which} file has {}.", enumerate(things.into_iter())))
}

/// What to do about the cause that takes most bytes among those that weigh most.
fn advice(segments: &[Segment], worst: Weight, pairs: &[Pair]) -> String {
    let weighty = segments.iter().filter(|segment| segment.cause != Cause::Equal && weight(segment, pairs) == worst);
    let largest = weighty.max_by_key(|segment| segment.len_bytes());
    largest.map_or(String::new(), |segment| match segment.evidence {
        Evidence::InsteadOfContent(_) => "Flash it again: what belongs there was erased, or never written.".to_owned(),
        _ => sentence(segment.cause.advice()),
    })
}
