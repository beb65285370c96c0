//! The memory that a set shows: captures of one camera in one address space, files of unknown place each for itself.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::display::addresses_of;
use super::group::{Placed, of_one_memory};
use super::repair::{GaveUp, Repair, repair};
use super::set::{Set, Source};
use crate::capture::merge::{Contested, Merged, Outliers, Share, Standing, Tally, merge_at};
use crate::capture::{Addresses, Capture};
use crate::finding::{Code, Fact, Finding};
use crate::image::{FlashAddr, Image, Span, SpanSet};
use crate::map::{Body, Inspection};
use crate::words::enumerate;

/// One stretch of a camera's memory, and where its bytes are from.
#[derive(Debug)]
pub(super) struct Memory<'s> {
    /// Places of its files in the set, in the order given.
    pub sources: Vec<usize>,
    image: Shown<'s>,
    /// Its map.
    pub inspection: Cow<'s, Inspection>,
    /// What the captures say of each byte; `None` of a binary.
    pub merged: Option<Votes>,
    /// What was changed since a checksum then holds.
    pub repairs: Vec<Repair>,
    /// What could not be repaired.
    pub gave_up: Vec<GaveUp>,
    /// Sums that served to choose bytes, and so no longer prove the others that they cover.
    pub spent: Vec<Span>,
}

#[derive(Debug)]
enum Shown<'s> {
    File(&'s Image),
    Merged(Image),
}

/// What captures say of each byte.
#[derive(Debug)]
pub(super) struct Votes {
    merged: Merged,
    /// What each source gave, in the order of the sources.
    pub shares: Vec<Share>,
}

impl Votes {
    /// How many bytes of a stretch stand how.
    pub fn tally(&self, span: Span) -> Tally {
        self.merged.tally(span)
    }

    /// The bytes that no line gave.
    pub fn missing_in(&self, span: Span) -> usize {
        self.merged.tally(span).missing
    }

    /// Bytes that stay contested although all was tried.
    fn open<'m>(&'m self, known: &'m SpanSet) -> impl Iterator<Item = &'m Contested> {
        self.merged.contested.iter().filter(|byte| !known.encloses(Span::at(byte.offset, 1)))
    }
}

impl<'s> Memory<'s> {
    /// The bytes of `span`; those of a file are not copied.
    pub fn bytes(&self, span: Span) -> Cow<'s, [u8]> {
        match &self.image {
            Shown::File(image) => Cow::Borrowed(span.of(image)),
            Shown::Merged(image) => Cow::Owned(span.of(image).to_vec()),
        }
    }

    /// The bytes, from the lowest to the highest address.
    pub fn image(&self) -> &Image {
        match &self.image {
            Shown::File(image) => image,
            Shown::Merged(image) => image,
        }
    }

    /// The address of the byte at `offset`, if anything tells where it belongs.
    pub fn address_of(&self, offset: usize) -> Option<FlashAddr> {
        self.inspection.address?.checked_add(offset)
    }

    /// The flash addresses of the bytes that are known.
    pub fn known_addresses(&self) -> impl Iterator<Item = Span> + '_ {
        let start = self.image().address();
        self.image().known().iter().filter_map(move |span| addresses_of(start, span))
    }

    /// Whether all that is known to be an image is whole, and there is one.
    pub fn has_whole_images(&self) -> bool {
        let mut images = self.inspection.regions.iter().filter(|region| !region.kind.is_filler()).peekable();
        images.peek().is_some() && images.all(|region| region.state.is_whole())
    }

    /// Its files.
    pub fn files<'m>(&'m self, set: &'m Set) -> impl Iterator<Item = &'m Source> {
        self.sources.iter().filter_map(|index| set.sources.get(*index))
    }

    /// Those of its files that are captures.
    pub fn captures<'m>(&'m self, set: &'m Set) -> impl Iterator<Item = &'m Capture> {
        self.files(set).filter_map(capture_of)
    }

    /// Whether all of it was listed on a computer, by tools whose numbers are no flash addresses.
    pub fn is_listed(&self, set: &Set) -> bool {
        let mut sources = self.files(set).peekable();
        let is_listing = |source: &Source| {
            capture_of(source).is_some_and(|capture| !capture.is_empty() && capture.addresses != Addresses::Printed)
        };
        sources.peek().is_some() && sources.all(is_listing)
    }

    /// Whether a gap lies between captures, where nobody asked for the bytes, and not within one of them.
    pub fn is_between_captures(&self, gap: Span) -> bool {
        let Some(votes) = &self.merged else { return false };
        let spans_it = |share: &Share| {
            let starts_before = share.own.iter().next().is_some_and(|first| first.start() <= gap.start());
            starts_before && share.own.iter().last().is_some_and(|last| last.end() > gap.start())
        };
        !votes.shares.iter().any(spans_it)
    }

    /// The files that gave bytes of `span`, and how many of its bytes only carried pages gave. Files of which only
    /// the carried page is in it come last.
    pub fn origin(&self, span: Span) -> (Vec<usize>, usize) {
        let Some(votes) = &self.merged else { return (self.sources.clone(), 0) };
        let first_in = |set: &SpanSet| set.overlapping(span).next().map(Span::start);
        let mut files: Vec<(bool, usize, usize)> = Vec::new();
        for (share, source) in votes.shares.iter().zip(&self.sources) {
            let own = first_in(&share.own).map(|at| (false, at, *source));
            files.extend(own.or_else(|| first_in(&share.carried).map(|at| (true, at, *source))));
        }
        files.sort_unstable();
        let own: SpanSet = votes.shares.iter().flat_map(|share| share.own.overlapping(span)).collect();
        let carried: SpanSet = votes.shares.iter().flat_map(|share| share.carried.overlapping(span)).collect();
        let only_carried = carried.iter().flat_map(|span| own.gaps_in(span)).map(Span::len).sum();
        (files.into_iter().map(|(.., source)| source).collect(), only_carried)
    }

    /// What is worth telling about how the captures were read and merged.
    pub fn findings(&self, set: &Set) -> Vec<Finding> {
        let Some(votes) = &self.merged else { return Vec::new() };
        let is_merge = self.sources.len() > 1;
        // what is missing is told with the lines to type; what other captures make up for needs no word
        let is_told = |code: Code| match code {
            Code::CaptureEmpty | Code::CaptureGap | Code::CaptureConflict | Code::CaptureAsciiMismatch => false,
            Code::CaptureListingGap => false,
            Code::CarriedPage | Code::CaptureBadLine | Code::CaptureCutPage | Code::CaptureRepeatedPage => !is_merge,
            _ => true,
        };
        let of_captures = self.captures(set).flat_map(|capture| &capture.findings);
        let mut findings: Vec<Finding> = of_captures.filter(|finding| is_told(finding.code())).cloned().collect();
        let Outliers { strays, overlong } = &votes.merged.outliers;
        let strays = strays.iter().map(|address| Fact::CaptureStrayPage { address: *address, lines: 1 });
        let overlong = overlong.map(|(end, len)| Fact::CaptureOverlong { end, len });
        findings.extend(strays.chain(overlong).map(|fact| Finding::new(fact, Span::default())));
        findings.extend(votes.open(self.image().known()).filter_map(|byte| self.contested_finding(set, byte)));
        let is_private = |span| self.inspection.is_private(self.image().address(), span);
        let hidden = |finding: Finding| if is_private(finding.span) { finding.without_bytes() } else { finding };
        findings.into_iter().map(hidden).collect()
    }

    fn contested_finding(&self, set: &Set, byte: &Contested) -> Option<Finding> {
        let address = self.image().address()?.checked_add(byte.offset)?;
        let fact = match (byte.contradiction, byte.values.as_slice()) {
            (None, [first, second, ..]) => {
                Fact::CaptureConflict { address, first: (*first).into(), second: (*second).into() }
            }
            (Some((hex, character)), _) => {
                let is_shown = character.is_ascii_graphic() || character == b' ';
                let ascii = if is_shown { char::from(character) } else { '\u{FFFD}' };
                Fact::CaptureAsciiMismatch { address, hex: hex.into(), ascii }
            }
            _ => return None,
        };
        let finding = Finding::new(fact, Span::at(byte.offset, 1));
        let witnesses = if self.sources.len() > 1 { self.witnesses(set, address, byte) } else { Vec::new() };
        Some(witnesses.into_iter().fold(finding, Finding::with_evidence))
    }

    /// Which files show what at a contested byte, as far as they tell their addresses; of settings, which files only.
    fn witnesses(&self, set: &Set, address: FlashAddr, byte: &Contested) -> Vec<String> {
        let shown_by = |is_so: &dyn Fn(&Capture, usize) -> bool| {
            let of_source = |source: &Source| {
                let capture = capture_of(source)?;
                let offset = address.bytes_since(capture.image.address()?)?;
                is_so(capture, offset).then(|| format!("`{}`", source.name))
            };
            let names: Vec<String> = self.files(set).filter_map(of_source).collect();
            (!names.is_empty()).then(|| enumerate(names.into_iter()))
        };
        let at = |offset: usize| Span::at(offset, 1);
        let shows = |capture: &Capture, offset: usize, value: u8| {
            capture.image.known().encloses(at(offset)) && capture.image.get(offset) == Some(&value)
        };
        let told = byte.values.get(..2).unwrap_or_default();
        if byte.contradiction.is_some() {
            let by = shown_by(&|capture, offset| capture.contradicted.encloses(at(offset)));
            return by.map(|names| format!("in {names}")).into_iter().collect();
        }
        if self.inspection.is_private(self.image().address(), at(byte.offset)) {
            let by = shown_by(&|capture, offset| told.iter().any(|value| shows(capture, offset, *value)));
            return by.map(|names| format!("in {names}")).into_iter().collect();
        }
        let each = told.iter().filter_map(|&value| {
            let names = shown_by(&|capture, offset| shows(capture, offset, value))?;
            Some(format!("{value:02X} in {names}"))
        });
        let both = shown_by(&|capture, offset| capture.conflicts.encloses(at(offset)));
        each.chain(both.map(|names| format!("both in {names}"))).collect()
    }
}

/// The memory that a set shows, in the order of its files; empty files and boot logs show none.
pub(super) fn memories(set: &Set) -> Vec<Memory<'_>> {
    let is_boot_log = |source: &Source| matches!(source.reading.body(), Body::BootLog);
    let sources = set.distinct().filter(|(_, source)| !source.image().is_empty() && !is_boot_log(source));
    let (captures, others): (Vec<_>, Vec<_>) =
        sources.map(|(index, source)| (index, capture_of(source))).partition(|(_, capture)| capture.is_some());
    let captures = captures.into_iter().filter_map(|(index, capture)| Some(Placed::new(index, capture?)));
    let others = others.into_iter().map(|(index, _)| (vec![index], Vec::new()));
    let groups = of_one_memory(captures).into_iter();
    let groups = groups.map(|group| (group.iter().map(|placed| placed.source).collect(), group));
    let mut all: Vec<(Vec<usize>, Vec<Placed<'_>>)> = others.chain(groups).collect();
    all.sort_by(|(one, _), (other, _)| one.cmp(other));
    all.into_iter().filter_map(|(sources, captures)| Memory::of(set, sources, &captures)).collect()
}

/// The capture that a source is.
pub(super) fn capture_of(source: &Source) -> Option<&Capture> {
    match source.reading.body() {
        Body::Capture(capture) => Some(capture),
        _ => None,
    }
}

impl<'s> Memory<'s> {
    fn of(set: &'s Set, sources: Vec<usize>, captures: &[Placed<'s>]) -> Option<Self> {
        let first = set.sources.get(*sources.first()?)?;
        let as_found = |sources: Vec<usize>, merged: Option<Votes>, spent: Option<Span>| Self {
            sources,
            image: Shown::File(first.image()),
            inspection: Cow::Borrowed(&first.inspection),
            merged,
            repairs: Vec::new(),
            gave_up: Vec::new(),
            spent: spent.into_iter().collect(),
        };
        if captures.is_empty() {
            return Some(as_found(sources, None, None));
        }
        // bytes in a wrong order have the same sum: that of words may be a guess, and nothing tells whether lines without
        // addresses were exchanged
        let is_guessed = |placed: &Placed<'_>| {
            let capture = placed.capture;
            capture.addresses == Addresses::None || capture.word_order.is_some_and(|order| order.unsettled > 0)
        };
        let guessed = captures.iter().any(is_guessed).then_some(Span::new(0, usize::MAX));
        let captures: Vec<(&Capture, FlashAddr)> = captures.iter().map(|placed| (placed.capture, placed.at)).collect();
        let mut merged = merge_at(&captures);
        let image = std::mem::replace(&mut merged.image, Image::new(Vec::new(), None));
        let shares = std::mem::take(&mut merged.shares);
        let is_clean = merged.contested.is_empty();
        let votes = Votes { merged, shares };
        if captures.len() == 1 && is_clean {
            return Some(as_found(sources, Some(votes), guessed));
        }
        let is_backed = |span: Span, chosen: &BTreeSet<usize>| {
            let standing = votes.merged.standing.get(span.start()..span.end()).unwrap_or_default();
            let mut places = span.start()..;
            standing.iter().all(|standing| {
                let place = places.next().unwrap_or(usize::MAX);
                matches!(standing, Standing::Alike | Standing::Outvoted) || chosen.contains(&place)
            })
        };
        let mended = repair(image, &votes.merged.contested, &is_backed);
        Some(Self {
            sources,
            image: Shown::Merged(mended.image),
            inspection: Cow::Owned(mended.inspection),
            merged: Some(votes),
            repairs: mended.repairs,
            gave_up: mended.gave_up,
            spent: mended.spent.into_iter().chain(guessed).collect(),
        })
    }
}
