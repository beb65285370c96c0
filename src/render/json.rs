//! Answers for programs. Every document names its schema and version; offsets are file offsets, ends exclusive.

mod boot;
mod capture;
mod check;

use serde::Serialize;

pub use boot::{Boot, BootsDifference, Tried};
pub use check::Checked;

use self::capture::Decoded;
use super::text::RedactedView;
use crate::camera::fingerprint::{self, Fingerprint};
use crate::capture::merge::Tally;
use crate::codes;
use crate::compare::inside::{FileChange, Pair};
use crate::compare::{Agreement, Comparison, Says, Segment, Share};
use crate::contents::{Entry, EntryKind, Flaw};
use crate::finding::Finding;
use crate::format::footer::{self, Footer};
use crate::image::{FlashAddr, Span};
use crate::map::{Body, Detail, Kind, Region, State};
use crate::pack::{Change, Packed};
use crate::recover::redact::{Left, Removed};
use crate::recover::{
    Examined, GaveUp, LeftOut, Missing, Proved, Recovered, Recovery, Repair, SettingsBlock, Source, Step, Story,
    Together, command,
};

/// `unbrick inspect --format json`.
#[derive(Debug, Serialize)]
pub struct Inspections<'a> {
    schema: &'static str,
    files: Vec<File<'a>>,
    /// Only of several files: what they tell together and none of them alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    together: Option<&'a Together>,
}

#[derive(Debug, Serialize)]
struct File<'a> {
    path: &'a str,
    size: usize,
    kind: Kind,
    address: Option<FlashAddr>,
    regions: Vec<RegionView<'a>>,
    /// Only of a capture: the image that the text shows. The offsets in it, and those of the findings, count from its
    /// first byte, not from the text's.
    #[serde(skip_serializing_if = "Option::is_none")]
    decoded: Option<Decoded<'a>>,
    /// Which firmware it is, if anything tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<&'a Fingerprint>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    settings: &'a [SettingsBlock],
    findings: &'a [Finding],
}

#[derive(Debug, Serialize)]
struct RegionView<'a> {
    kind: Kind,
    start: usize,
    end: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    state: State,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    details: &'a [Detail],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    proofs: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    regions: Vec<RegionView<'a>>,
}

impl<'a> Inspections<'a> {
    /// The document about `files`, and what they tell `together`.
    pub fn of(files: &'a [Examined], together: Option<&'a Together>) -> Self {
        Self { schema: "unbrick.inspect/1", files: files.iter().map(File::of).collect(), together }
    }
}

impl<'a> File<'a> {
    fn of(file: &'a Examined) -> Self {
        let source = &file.source;
        let size = source.reading.file().len();
        let inspected = &source.inspection;
        let inside: Vec<RegionView<'a>> = inspected.regions.iter().map(RegionView::of).collect();
        let (kind, regions, decoded) = match source.reading.body() {
            Body::Capture(capture) => {
                let decoded = Decoded::of(capture, inspected.kind, inside);
                (Kind::Capture, vec![RegionView::whole(Kind::Capture, size)], Some(decoded))
            }
            Body::BootLog => (Kind::BootLog, vec![RegionView::whole(Kind::BootLog, size)], None),
            Body::Binary | Body::Empty => (inspected.kind, inside, None),
        };
        Self {
            path: &source.name,
            size,
            kind,
            address: inspected.address,
            regions,
            decoded,
            fingerprint: Some(&file.fingerprint).filter(|print| !print.is_empty()),
            settings: &file.settings,
            findings: &file.findings,
        }
    }
}

impl<'a> RegionView<'a> {
    fn of(region: &'a Region) -> Self {
        Self {
            kind: region.kind,
            start: region.span.start(),
            end: region.span.end(),
            name: region.name.as_deref(),
            state: region.state,
            details: &region.details,
            proofs: &region.proofs,
            missing: region.missing,
            regions: region.regions.iter().map(Self::of).collect(),
        }
    }

    fn whole(kind: Kind, size: usize) -> Self {
        Self {
            kind,
            start: 0,
            end: size,
            name: None,
            state: State::Plausible,
            details: &[],
            proofs: &[],
            missing: None,
            regions: Vec::new(),
        }
    }
}

/// `unbrick explain --format json`.
#[derive(Debug, Serialize)]
pub struct StoryView<'a> {
    schema: &'static str,
    path: &'a str,
    #[serde(flatten)]
    story: &'a Story,
    /// Only of codes: what they are, field by field.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    codes: &'a [codes::Entry],
}

impl<'a> StoryView<'a> {
    /// The document about `path`, which may be a code.
    pub fn of(path: &'a str, story: &'a Story, codes: &'a [codes::Entry]) -> Self {
        Self { schema: "unbrick.explain/1", path, story, codes }
    }
}

/// `unbrick explain --list --format json`.
#[derive(Debug, Serialize)]
pub struct Codes<'a> {
    schema: &'static str,
    codes: &'a [codes::Entry],
}

impl<'a> Codes<'a> {
    /// The document about all codes.
    pub fn of(codes: &'a [codes::Entry]) -> Self {
        Self { schema: "unbrick.codes/1", codes }
    }
}

/// `unbrick convert --format json`.
#[derive(Debug, Serialize)]
pub struct Conversion<'a> {
    schema: &'static str,
    outputs: Vec<Output<'a>>,
    missing: &'a [Missing],
    /// The `d -b` lines of all that is missing, each once.
    dump: Vec<String>,
    repairs: &'a [Repair],
    gave_up: &'a [GaveUp],
    memories: &'a [Vec<String>],
    left_out: &'a [LeftOut],
    findings: &'a [Finding],
}

/// One file that was written.
#[derive(Debug, Serialize)]
pub struct Output<'a> {
    /// Where it was written.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Its length in bytes.
    pub size: usize,
    /// The flash address of its first byte, if known.
    pub address: Option<FlashAddr>,
    /// How sure it is that it is whole.
    pub state: State,
    /// The checks that hold.
    pub proofs: &'a [String],
    /// The files that its bytes came from.
    pub made_from: &'a [String],
    /// Which of its bytes a check proves, and which check.
    pub proved: &'a [Proved],
    /// How its bytes were read, if it comes from captures.
    pub read: Option<Tally>,
    /// Bytes that are not known, with the fill byte in their place.
    pub holes: Vec<Ends>,
}

impl<'a> Conversion<'a> {
    /// The document about what was written.
    pub fn of(outputs: Vec<Output<'a>>, recovery: &'a Recovery<'a>, findings: &'a [Finding]) -> Self {
        Self {
            schema: "unbrick.convert/1",
            outputs,
            missing: &recovery.missing,
            dump: recovery.pages_to_dump().into_iter().map(command).collect(),
            repairs: &recovery.repairs,
            gave_up: &recovery.gave_up,
            memories: &recovery.memories,
            left_out: &recovery.left_out,
            findings,
        }
    }
}

/// `unbrick convert --redact --format json`.
#[derive(Debug, Serialize)]
pub struct Redactions<'a> {
    schema: &'static str,
    outputs: Vec<RedactionView<'a>>,
}

#[derive(Debug, Serialize)]
struct RedactionView<'a> {
    path: &'a str,
    made_from: &'a str,
    kind: Kind,
    size: usize,
    address: Option<FlashAddr>,
    removed: &'a [Removed],
    renewed: &'a [String],
    left: &'a [Left],
}

impl<'a> Redactions<'a> {
    /// The document about copies.
    pub fn of(copies: &'a [RedactedView<'a>]) -> Self {
        let view = |copy: &'a RedactedView<'a>| RedactionView {
            path: &copy.path,
            made_from: &copy.source.name,
            kind: copy.source.inspection.kind,
            size: copy.redacted.bytes.len(),
            address: copy.source.inspection.address,
            removed: &copy.redacted.removed,
            renewed: &copy.redacted.renewed,
            left: &copy.redacted.left,
        };
        Self { schema: "unbrick.redact/1", outputs: copies.iter().map(view).collect() }
    }
}

/// The `.holes.json` beside a file with holes.
#[derive(Debug, Serialize)]
pub struct Holes<'a> {
    schema: &'static str,
    file: &'a str,
    /// The flash address of the file's first byte, if known.
    address: Option<FlashAddr>,
    /// What stands in the holes.
    fill: u8,
    /// Bytes in all holes.
    bytes: usize,
    holes: Vec<Ends>,
    /// The lines that dump them.
    dump: Vec<String>,
}

impl<'a> Holes<'a> {
    /// The document about the holes of `image`, which is written as `file`.
    pub fn of(file: &'a str, image: &Recovered<'_>, fill: u8) -> Self {
        Self {
            schema: "unbrick.holes/1",
            file,
            address: image.address,
            fill,
            bytes: image.holes.iter().map(|hole| hole.len()).sum(),
            holes: image.holes.iter().copied().map(Ends::from).collect(),
            dump: image.pages_of_holes().into_iter().map(command).collect(),
        }
    }
}

/// `unbrick ls --format json`.
#[derive(Debug, Serialize)]
pub struct Listing<'a> {
    schema: &'static str,
    path: &'a str,
    entries: Vec<Listed<'a>>,
}

#[derive(Debug, Serialize)]
struct Listed<'a> {
    path: &'a str,
    #[serde(flatten)]
    kind: &'a EntryKind,
    size: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    flaw: Option<&'a Flaw>,
}

impl<'a> Listing<'a> {
    /// The document about the entries of the file at `path`.
    pub fn of(path: &'a str, entries: &'a [Entry<'_>]) -> Self {
        let listed = entries.iter().map(|entry| Listed {
            path: &entry.path,
            kind: &entry.kind,
            size: entry.data.len(),
            flaw: entry.flaw.as_ref(),
        });
        Self { schema: "unbrick.ls/1", path, entries: listed.collect() }
    }
}

/// `unbrick pack --format json`.
#[derive(Debug, Serialize)]
pub struct Packing<'a> {
    schema: &'static str,
    path: &'a str,
    kind: Kind,
    size: usize,
    state: State,
    details: &'a [Detail],
    proofs: &'a [String],
    footers: Vec<FooterView>,
    changes: &'a [Change],
    changes_against: Option<&'a str>,
    remarks: &'a [String],
    findings: &'a [Finding],
    next: &'a [Step],
}

/// An image in the flash and its footer, all fields as numbers but the name and the letters of its flags.
#[derive(Debug, Serialize)]
struct FooterView {
    image: u32,
    name: String,
    base: FlashAddr,
    size: u32,
    load: FlashAddr,
    exec: FlashAddr,
    flags: String,
    image_checksum: u32,
    /// Where the footer is.
    footer: Option<FlashAddr>,
    checksum: u32,
}

impl<'a> Packing<'a> {
    /// The document about what was built.
    pub fn of(packed: &'a Packed) -> Self {
        let footer = |footer: &Footer| FooterView {
            image: footer.number,
            name: footer.name.to_string(),
            base: footer.base,
            size: footer.length,
            load: footer.load,
            exec: footer.exec,
            flags: footer.flags.to_string(),
            image_checksum: footer.image_checksum,
            footer: footer.base.checked_add(footer::place(footer.len_bytes())),
            checksum: footer.checksum,
        };
        Self {
            schema: "unbrick.pack/1",
            path: &packed.path,
            kind: packed.kind,
            size: packed.size,
            state: packed.state,
            details: &packed.details,
            proofs: &packed.proofs,
            footers: packed.footers.iter().map(footer).collect(),
            changes: &packed.changes,
            changes_against: packed.changes_against.as_deref(),
            remarks: &packed.remarks,
            findings: &packed.findings,
            next: &packed.next,
        }
    }
}

/// `unbrick diff --format json`.
#[derive(Debug, Serialize)]
pub struct Difference<'a> {
    schema: &'static str,
    equal: bool,
    summary: &'a str,
    old: Compared<'a>,
    new: Compared<'a>,
    causes: &'a [Share],
    segments: &'a [Segment],
    /// Containers and blocks that both sides have.
    pairs: Vec<&'a Pair>,
    files: &'a [FileChange],
    /// What both tell differently about the firmware that they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    firmware: Option<&'a fingerprint::Compared>,
    findings: Vec<SidedFinding<'a>>,
}

#[derive(Debug, Serialize)]
struct Compared<'a> {
    path: &'a str,
    /// Bytes of the image that was compared, which of a capture is the decoded one.
    size: usize,
    kind: Kind,
    address: Option<FlashAddr>,
}

#[derive(Debug, Serialize)]
struct SidedFinding<'a> {
    file: &'static str,
    #[serde(flatten)]
    finding: &'a Finding,
}

impl<'a> Difference<'a> {
    /// The document about a comparison of `old` and `new`.
    pub fn of(comparison: &'a Comparison, old: &'a Source, new: &'a Source) -> Self {
        let side = |source: &'a Source| Compared {
            path: &source.name,
            size: source.image().len(),
            kind: source.inspection.kind,
            address: source.inspection.address,
        };
        let findings = |file: &'static str, source: &'a Source| {
            source.inspection.findings.iter().map(move |finding| SidedFinding { file, finding })
        };
        Self {
            schema: "unbrick.diff/1",
            equal: comparison.summary.equal,
            summary: &comparison.verdict,
            old: side(old),
            new: side(new),
            causes: &comparison.summary.causes,
            segments: &comparison.segments,
            pairs: comparison.pairs.iter().chain(&comparison.blocks).collect(),
            files: &comparison.files,
            firmware: Some(&comparison.firmware).filter(|firmware| !firmware.is_empty()),
            findings: findings("old", old).chain(findings("new", new)).collect(),
        }
    }
}

/// `unbrick diff --format json` with several dumps.
#[derive(Debug, Serialize)]
pub struct DumpsDifference<'a> {
    schema: &'static str,
    summary: String,
    dumps: Vec<Difference<'a>>,
    agreements: Vec<AgreementView<'a>>,
}

#[derive(Debug, Serialize)]
struct AgreementView<'a> {
    says: Says,
    old: Ends,
    dumps: Vec<Ends>,
    differing: &'a [usize],
}

/// A stretch of bytes.
#[derive(Debug, Serialize)]
pub struct Ends {
    start: usize,
    end: usize,
}

impl From<Span> for Ends {
    fn from(span: Span) -> Self {
        Self { start: span.start(), end: span.end() }
    }
}

impl<'a> DumpsDifference<'a> {
    /// The document about `dumps` compared with `old`.
    pub fn of(
        old: &'a Source,
        dumps: &'a [Source],
        comparisons: &'a [Comparison],
        agreements: &'a [Agreement],
    ) -> Self {
        let view = |agreement: &'a Agreement| AgreementView {
            says: agreement.says,
            old: agreement.old.into(),
            dumps: agreement.dumps.iter().map(|span| Ends::from(*span)).collect(),
            differing: &agreement.differing,
        };
        Self {
            schema: "unbrick.diff-dumps/1",
            summary: Agreement::verdict(agreements, dumps.len()),
            dumps: comparisons
                .iter()
                .zip(dumps)
                .map(|(comparison, new)| Difference::of(comparison, old, new))
                .collect(),
            agreements: agreements.iter().map(view).collect(),
        }
    }
}
