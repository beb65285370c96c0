//! Two images compared: segments, files, and the verdict.

use super::align::is_filler;
use super::inside::{self, FieldChange, FileChange, Inside, Mapped, Pair, Sameness, Thoroughness};
use super::verdict::{self, Blank};
use super::{Segment, Side, Summary, Which, segments};
use crate::camera::fingerprint::{self, Compared, Fingerprint};
use crate::capture::Capture;
use crate::finding::Code;
use crate::image::{FlashAddr, Image, SpanSet};
use crate::map::{Kind, Region};

/// One image of a comparison, and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// Its bytes.
    pub image: &'a Image,
    /// The flash address of its first byte, if anything tells.
    pub address: Option<FlashAddr>,
    /// Its map.
    pub regions: &'a [Region],
    /// The capture that it was decoded from, if it was.
    pub capture: Option<&'a Capture>,
}

/// The file that is nothing but filler, if the other one is more.
fn blank(old: &Subject<'_>, new: &Subject<'_>) -> Option<Blank> {
    let fill = |subject: &Subject<'_>| {
        subject.image.first().copied().filter(|byte| matches!(byte, 0 | 0xFF) && is_filler(subject.image))
    };
    let (which, byte, this, other) = match (fill(old), fill(new)) {
        (None, Some(byte)) => (Which::New, byte, new, old),
        (Some(byte), None) => (Which::Old, byte, old, new),
        _ => return None,
    };
    let told = other.regions.iter().filter(|region| !region.kind.is_filler() && region.kind != Kind::Unknown);
    let largest = told.max_by_key(|region| region.span.len()).map(|region| region.kind);
    let is_known = !other.image.is_empty() && this.image.gaps().is_empty();
    is_known.then(|| Blank { which, byte, len: this.image.len(), beside: largest })
}

/// All that a comparison of two images says.
#[derive(Debug)]
pub struct Comparison {
    /// What it comes to, in a sentence or two for the camera's owner.
    pub verdict: String,
    /// Every byte of both images exactly once, in order, each stretch with its cause.
    pub segments: Vec<Segment>,
    /// The numbers.
    pub summary: Summary,
    /// Containers that have a counterpart on the other side.
    pub pairs: Vec<Pair>,
    /// Settings, BOOT INFO, footers and headers of updates that have a counterpart on the other side.
    pub blocks: Vec<Pair>,
    /// Files in them that are not the same.
    pub files: Vec<FileChange>,
    /// What they tell differently about the firmware that they are, if their kernels or romfses differ.
    pub firmware: Compared,
}

impl Comparison {
    /// Compares `new` with `old`.
    pub fn of(old: Subject<'_>, new: Subject<'_>) -> Self {
        Self::with(old, new, Thoroughness::Usual)
    }

    /// Compares `new` with `old`, and opens as many of the changed files as `thoroughness` says.
    pub fn with(old: Subject<'_>, new: Subject<'_>, thoroughness: Thoroughness) -> Self {
        let inside = inside::look(old.mapped(), new.mapped(), thoroughness);
        let Inside { pairs, blocks, files, old_labels, new_labels, hints } = inside;
        let (old_contradicted, new_contradicted) = (old.contradicted(), new.contradicted());
        let old_side = Side {
            regions: old.regions,
            labels: &old_labels,
            address: old.address,
            contradicted: old_contradicted.as_ref(),
            ..Side::new(old.image, old.image.known())
        };
        let new_side = Side {
            regions: new.regions,
            labels: &new_labels,
            address: new.address,
            contradicted: new_contradicted.as_ref(),
            ..Side::new(new.image, new.image.known())
        };
        let segments = segments(&old_side, &new_side, &hints);
        let summary = Summary::of(&segments);
        // a backup of settings has nothing else that the other file could have too
        let told = if pairs.is_empty() { &blocks } else { &pairs };
        let is_other =
            |pair: &Pair| matches!(pair.kind, Kind::Kernel | Kind::Romfs) && pair.sameness != Sameness::Bytes;
        let firmware = if pairs.iter().any(is_other) {
            fingerprint::compare(&old.fingerprint(), &new.fingerprint())
        } else {
            Compared::default()
        };
        let verdict = verdict::of(&segments, &summary, told, &blocks, &files, &firmware, blank(&old, &new).as_ref());
        Self { verdict, segments, summary, pairs, blocks, files, firmware }
    }

    /// Tells what the secrets in settings were and are.
    pub fn reveal(&mut self) {
        let of_pairs = self.pairs.iter_mut().chain(&mut self.blocks).flat_map(|pair| &mut pair.fields);
        of_pairs.for_each(FieldChange::reveal);
        self.files.iter_mut().for_each(FileChange::reveal);
    }
}

impl<'a> Subject<'a> {
    const fn mapped(&self) -> Mapped<'a> {
        Mapped { image: self.image, regions: self.regions }
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of_image(self.image, self.regions, self.address)
    }

    /// The bytes that the capture's ASCII column contradicts.
    fn contradicted(&self) -> Option<SpanSet> {
        let findings = self.capture?.findings.iter();
        Some(
            findings
                .filter(|finding| finding.code() == Code::CaptureAsciiMismatch)
                .map(|finding| finding.span)
                .collect(),
        )
    }
}
