//! What a comparison comes to, in words that a camera's owner understands.

use super::inside::{FileChange, Pair, Sameness, Status};
use super::{Cause, Meaning, Segment, Summary, Which};
use crate::image::Offset;
use crate::map::Kind;
use crate::words::{bytes, count, enumerate, plural, sentence};

/// The verdict, its most important sentence first.
pub fn of(segments: &[Segment], summary: &Summary, pairs: &[Pair], files: &[FileChange]) -> String {
    if summary.equal {
        let len = segments.iter().map(|segment| segment.new.len()).sum();
        return format!("Both files are the same, byte for byte: {}.", bytes(len));
    }
    let different = || segments.iter().filter(|segment| segment.cause != Cause::Equal);
    let worst = different().map(|segment| segment.cause.meaning()).max_by_key(|meaning| gravity(*meaning));
    let mut sentences = vec![match worst {
        Some(Meaning::Same | Meaning::Harmless) | None => same_content(pairs),
        Some(Meaning::Changed) => changed(pairs, files),
        Some(Meaning::BadDump) => damaged(segments, pairs, "The second file is a damaged or incomplete copy"),
        Some(Meaning::BadFlash) => damaged(segments, pairs, "The flash holds a damaged copy"),
        Some(Meaning::Unknown) => unknown(summary, pairs),
    }];
    if !matches!(worst, Some(Meaning::Changed) | None) && !files.is_empty() {
        sentences.push(changed(pairs, files));
    }
    let extras: Vec<String> = harmless(segments).collect();
    if !extras.is_empty() {
        sentences.push(sentence(&enumerate(extras.into_iter())));
    }
    sentences.push(match worst {
        Some(Meaning::Same | Meaning::Harmless) | None => "This is harmless.".to_owned(),
        Some(meaning) => advice(segments, meaning),
    });
    sentences.join(" ")
}

/// How much a meaning weighs in a verdict: what went wrong in the flash most, then what went wrong in the dump.
const fn gravity(meaning: Meaning) -> u8 {
    match meaning {
        Meaning::Same => 0,
        Meaning::Harmless => 1,
        Meaning::Changed => 2,
        Meaning::Unknown => 3,
        Meaning::BadDump => 4,
        Meaning::BadFlash => 5,
    }
}

/// The containers of which it can be said that they are the same.
fn same_content(pairs: &[Pair]) -> String {
    let same: Vec<&Pair> =
        pairs.iter().filter(|pair| matches!(pair.sameness, Sameness::Bytes | Sameness::Content)).collect();
    let names = enumerate(same.iter().map(|pair| format!("the {}", pair.kind.words())));
    match same.len() {
        0 => "Both files hold the same.".to_owned(),
        1 => sentence(&format!("{names} is the same in both files")),
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

fn damaged(segments: &[Segment], pairs: &[Pair], opening: &str) -> String {
    let of_cause = |cause: Cause| segments.iter().filter(move |segment| segment.cause == cause);
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
        (Cause::UnknownBytes, "not captured"),
    ];
    let faults = told.into_iter().filter_map(|(cause, what)| {
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
    format!("{opening}: {}{rest}.", enumerate(faults))
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

/// What is there besides the content, and hurts nobody.
fn harmless(segments: &[Segment]) -> impl Iterator<Item = String> {
    let told = [
        (Cause::CarriedPage, "foreign bytes in front, carried over from the image that was dumped before"),
        (Cause::XmodemPadding, "bytes with which XMODEM filled its last block"),
        (Cause::Erased, "bytes of erased flash"),
        (Cause::ZeroFill, "zeros"),
        (Cause::Footer, "bytes of image footers, which the boot loader writes"),
        (Cause::BootLoader, "bytes of the boot loader"),
        (Cause::BootInfo, "bytes of boot info"),
        (Cause::WebUi, "bytes of web UI"),
        (Cause::Settings, "bytes of settings"),
    ];
    told.into_iter().flat_map(move |(cause, what)| {
        [Which::Old, Which::New].into_iter().filter_map(move |which| {
            let of_side = segments.iter().filter(|segment| segment.cause == cause).filter(|segment| match which {
                Which::Old => segment.new.is_empty(),
                Which::New => !segment.new.is_empty(),
            });
            let many: usize = of_side.map(Segment::len_bytes).sum();
            (many > 0).then(|| format!("the {which} file has {} {what}", count(many)))
        })
    })
}

/// What to do about the cause that takes most bytes among those of this meaning.
fn advice(segments: &[Segment], meaning: Meaning) -> String {
    let of_meaning = segments.iter().filter(|segment| segment.cause.meaning() == meaning);
    let largest = of_meaning.max_by_key(|segment| segment.len_bytes());
    largest.map_or(String::new(), |segment| sentence(segment.cause.advice()))
}
