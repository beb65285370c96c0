//! The memory that a set shows: captures of one camera in one address space, files of unknown place each for itself.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::locate::{SAME_MEMORY_SHARE, locate};
use super::repair::{GaveUp, Repair, repair};
use super::set::{Set, Source};
use crate::capture::Capture;
use crate::capture::merge::{Contested, Merged, Share, Standing, Tally, agreement, merge_at};
use crate::finding::{Code, Fact, Finding};
use crate::image::{FlashAddr, Image, PAGE_BYTES, Span, SpanSet};
use crate::map::{Body, Inspection};

/// A capture is held against so many others of a memory, to tell whether it belongs to it.
const COMPARED_MAX: usize = 4;

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

    /// Whether all of the page at an address is known.
    pub fn knows_page(&self, page: FlashAddr) -> bool {
        let at = self.image().address().and_then(|start| page.bytes_since(start));
        at.is_some_and(|at| self.image().known().encloses(Span::at(at, PAGE_BYTES)))
    }

    /// Whether a gap lies between captures, where nobody asked for the bytes, and not within one of them.
    pub fn is_between_captures(&self, gap: Span) -> bool {
        let Some(votes) = &self.merged else { return false };
        let spans_it = |share: &Share| {
            let starts_before = share.own.iter().next().is_some_and(|first| first.start() < gap.start());
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
        let sources = || self.sources.iter().filter_map(|index| set.sources.get(*index));
        let Some(votes) = &self.merged else { return Vec::new() };
        let is_merge = self.sources.len() > 1;
        // what is missing is told with the lines to type; what other captures make up for needs no word
        let is_told = |code: Code| match code {
            Code::CaptureEmpty | Code::CaptureGap | Code::CaptureConflict | Code::CaptureAsciiMismatch => false,
            Code::CarriedPage | Code::CaptureBadLine | Code::CaptureCutPage | Code::CaptureRepeatedPage => !is_merge,
            _ => true,
        };
        let of_captures = sources().filter_map(capture_of).flat_map(|capture| &capture.findings);
        let mut findings: Vec<Finding> = of_captures.filter(|finding| is_told(finding.code())).cloned().collect();
        findings.extend(
            votes
                .merged
                .strays
                .iter()
                .map(|address| Finding::new(Fact::CaptureStrayPage { address: *address, lines: 1 }, Span::default())),
        );
        findings.extend(votes.open(self.image().known()).filter_map(|byte| self.contested_finding(byte)));
        findings
    }

    fn contested_finding(&self, byte: &Contested) -> Option<Finding> {
        let address = self.image().address()?.checked_add(byte.offset)?;
        let fact = match (byte.contradiction, byte.values.as_slice()) {
            (None, [first, second, ..]) => Fact::CaptureConflict { address, first: *first, second: *second },
            (Some((hex, character)), _) => {
                let is_shown = character.is_ascii_graphic() || character == b' ';
                let ascii = if is_shown { char::from(character) } else { '\u{FFFD}' };
                Fact::CaptureAsciiMismatch { address, hex, ascii }
            }
            _ => return None,
        };
        Some(Finding::new(fact, Span::at(byte.offset, 1)))
    }
}

/// A file of a memory.
#[derive(Debug, Clone, Copy)]
struct Member {
    /// Its place in the set.
    source: usize,
    /// Where its first byte lies among those of the others; of a binary it says nothing.
    at: FlashAddr,
}

/// The memory that a set shows, in the order of its files; empty files show none.
pub(super) fn memories(set: &Set) -> Vec<Memory<'_>> {
    let mut groups: Vec<Vec<Member>> = Vec::new();
    // a capture whose lines tell no address lies where the others say, whatever the order of the files
    let of_all = || set.distinct().filter(|(_, source)| !source.image().is_empty());
    let is_lost = |source: &Source| capture_of(source).is_some() && source.image().address().is_none();
    let told = of_all().filter(|(_, source)| !is_lost(source));
    for (source, file) in told.chain(of_all().filter(|(_, source)| is_lost(source))) {
        let capture = capture_of(file);
        let home = capture.and_then(|capture| {
            groups.iter_mut().find_map(|group| {
                let captures = group.iter().map(|member| {
                    let capture = set.sources.get(member.source).and_then(capture_of)?;
                    Some((capture, member.at))
                });
                let at = place_among(capture, &captures.collect::<Option<Vec<_>>>()?)?;
                Some((group, at))
            })
        });
        let at = capture.map_or(FlashAddr(0), Capture::first_number);
        match home {
            Some((group, at)) => group.push(Member { source, at }),
            None => groups.push(vec![Member { source, at }]),
        }
    }
    for group in &mut groups {
        group.sort_by_key(|member| member.source);
    }
    groups.sort_by_key(|group| group.first().map(|member| member.source));
    groups.into_iter().filter_map(|members| Memory::of(set, &members)).collect()
}

/// The capture that a source is.
pub(super) fn capture_of(source: &Source) -> Option<&Capture> {
    match source.reading.body() {
        Body::Capture(capture) => Some(capture),
        _ => None,
    }
}

/// Where a capture lies among others of one memory, if it shows the same: what they share is the same, but for a bad
/// serial line. The flash is one memory also for captures that share nothing; elsewhere an address alone says little,
/// for a file's offsets look like one. A capture without addresses lies where what it shows is found.
fn place_among(capture: &Capture, members: &[(&Capture, FlashAddr)]) -> Option<FlashAddr> {
    let in_flash = |capture: &Capture| capture.image.address().is_some_and(FlashAddr::is_in_flash);
    let has_address = |capture: &Capture| capture.image.address().is_some();
    let at = capture.first_number();
    let is_alike = |members: &mut dyn Iterator<Item = &(&Capture, FlashAddr)>| {
        let shared = members.map(|member| agreement((capture, at), *member)).filter(|(_, both)| *both > 0);
        let (alike, both) = shared.take(COMPARED_MAX).fold((0, 0), |(alike, both), (a, b)| (alike + a, both + b));
        (both > 0).then_some(both - alike <= both / SAME_MEMORY_SHARE)
    };
    let is_told_alike = members.iter().all(|(member, _)| has_address(member) == has_address(capture));
    let is_home = members.iter().all(|(member, _)| in_flash(member) == in_flash(capture))
        && is_told_alike
        && is_alike(&mut members.iter()).unwrap_or(in_flash(capture));
    if is_home {
        return Some(at);
    }
    members.iter().filter(|_| !has_address(capture)).take(COMPARED_MAX).find_map(|member| locate(capture, *member))
}

impl<'s> Memory<'s> {
    fn of(set: &'s Set, members: &[Member]) -> Option<Self> {
        let sources: Vec<usize> = members.iter().map(|member| member.source).collect();
        let first = set.sources.get(*sources.first()?)?;
        let captures: Vec<(&Capture, FlashAddr)> = members
            .iter()
            .filter_map(|member| Some((set.sources.get(member.source).and_then(capture_of)?, member.at)))
            .collect();
        let as_found = |sources: Vec<usize>, merged: Option<Votes>| Self {
            sources,
            image: Shown::File(first.image()),
            inspection: Cow::Borrowed(&first.inspection),
            merged,
            repairs: Vec::new(),
            gave_up: Vec::new(),
            spent: Vec::new(),
        };
        if captures.is_empty() {
            return Some(as_found(sources, None));
        }
        let mut merged = merge_at(&captures);
        let image = std::mem::replace(&mut merged.image, Image::new(Vec::new(), None));
        let shares = std::mem::take(&mut merged.shares);
        let is_clean = merged.contested.is_empty();
        let votes = Votes { merged, shares };
        if captures.len() == 1 && is_clean {
            return Some(as_found(sources, Some(votes)));
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
            spent: mended.spent,
        })
    }
}
