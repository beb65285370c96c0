//! One side of a comparison: its bytes and what is known of them.

use std::sync::Arc;

use super::Cause;
use crate::image::{FlashAddr, PAGE_BYTES, Span, SpanSet};
use crate::map::{Kind, Region, State};

/// One of the two files that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Which {
    /// The first: what was flashed, or dumped earlier.
    Old,
    /// The second: what was dumped.
    New,
}

impl Which {
    /// The other side.
    pub const fn other(self) -> Self {
        match self {
            Self::Old => Self::New,
            Self::New => Self::Old,
        }
    }
}

/// How sure a [`Label`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// The contents were parsed, but one of them is damaged or has no checksum.
    Likely,
    /// Both contents were parsed whole, and checksums hold.
    Verified,
}

/// What a comparison of the contents says about a stretch of one side: this file changed, that one was added.
///
/// Labels are how the look inside (romfs against romfs by path, zip by member) reaches the bytes. They need not cover
/// anything: where nothing differs they are not asked, and where something does they compete with the other rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The bytes that it is about, as offsets in its side's image.
    pub span: Span,
    /// Why they differ.
    pub cause: Cause,
    /// What to tell, such as "/bin/camera has other content".
    pub note: Arc<str>,
    /// How sure it is.
    pub proof: Proof,
}

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// All bytes.
    pub bytes: &'a [u8],
    /// The bytes that are really known.
    pub known: &'a SpanSet,
    /// The map of the image.
    pub regions: &'a [Region],
    /// What the look inside says, in rising order and not overlapping.
    pub labels: &'a [Label],
    /// The address of byte 0, if known.
    pub address: Option<FlashAddr>,
    /// If the bytes come from a capture: those that its ASCII column contradicts.
    pub contradicted: Option<&'a SpanSet>,
}

impl<'a> Side<'a> {
    /// A side of which nothing is known but its bytes.
    pub const fn new(bytes: &'a [u8], known: &'a SpanSet) -> Self {
        Self { bytes, known, regions: &[], labels: &[], address: None, contradicted: None }
    }
}

/// A stretch of one side whose kind says why it differs, or that it is something recognised.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub span: Span,
    pub kind: Kind,
    pub state: State,
}

impl Place {
    /// Whether it is something with a meaning, not filler nor unknown bytes.
    pub fn is_recognised(&self) -> bool {
        (cause_of(self.kind).is_some() || is_payload(self.kind)) && self.kind != Kind::CarriedPage
    }

    /// Whether all of it is there and, as far as that shows, right.
    pub const fn is_whole(&self) -> bool {
        self.state.is_whole()
    }

    /// Whether it is known to be damaged or cut.
    pub const fn is_broken(&self) -> bool {
        matches!(self.state, State::Damaged | State::Truncated)
    }
}

/// A side, prepared for being asked about stretches.
pub(super) struct Ground<'a> {
    pub side: &'a Side<'a>,
    places: Vec<Place>,
    /// Stretches whose bytes are not known.
    unknown: Vec<Span>,
}

impl<'a> Ground<'a> {
    pub fn new(side: &'a Side<'a>) -> Self {
        let mut places = Vec::new();
        let mut coming: Vec<&Region> = side.regions.iter().rev().collect();
        while let Some(region) = coming.pop() {
            let place = Place { span: region.span, kind: region.kind, state: region.state };
            // An update is told by what it holds.
            let is_one = (cause_of(region.kind).is_some() || is_payload(region.kind)) && region.kind != Kind::Update;
            if is_one || region.regions.is_empty() {
                places.push(place);
            } else {
                coming.extend(region.regions.iter().rev());
            }
        }
        places.sort_by_key(|place| place.span.start());
        let unknown = side.known.gaps_in(Span::new(0, side.bytes.len()));
        Self { side, places, unknown }
    }

    /// The place that holds the first byte of `span`.
    pub fn place_at(&self, span: Span) -> Option<Place> {
        let behind = self.places.partition_point(|place| place.span.start() <= span.start());
        self.places.get(behind.checked_sub(1)?).filter(|place| place.span.contains(span.start())).copied()
    }

    /// The place that ends at `offset` or holds the byte before it.
    pub fn place_before(&self, offset: usize) -> Option<Place> {
        self.place_at(Span::at(offset.checked_sub(1)?, 1))
    }

    /// The recognised place that `span` lies in or, if it is empty, touches.
    pub fn place_around(&self, span: Span) -> Option<Place> {
        let before = if span.is_empty() { self.place_before(span.start()) } else { None };
        self.place_at(span).into_iter().chain(before).find(Place::is_recognised)
    }

    /// The last place of a kind that starts before `span` ends or where it starts, not many places further in front.
    pub fn last_of(&self, kind: Kind, span: Span) -> Option<Place> {
        const LOOKED_AT: usize = 4;
        let behind = self.places.partition_point(|place| place.span.start() <= span.start());
        self.places.get(..behind)?.iter().rev().take(LOOKED_AT).find(|place| place.kind == kind).copied()
    }

    /// Whether `span` holds a recognised place whole: bytes that were put there as something of their own.
    pub fn holds_a_whole_place(&self, span: Span) -> bool {
        let first = self.places.partition_point(|place| place.span.start() < span.start());
        let inside = self.places.iter().skip(first).take_while(|place| place.span.end() <= span.end());
        inside.filter(|place| !place.span.is_empty()).any(Place::is_recognised)
    }

    /// Whether a recognised place starts or ends inside `span`.
    pub fn crosses_a_place(&self, span: Span) -> bool {
        let first = self.places.partition_point(|place| place.span.end() <= span.start());
        let inside = |offset: usize| span.start() < offset && offset < span.end();
        let around = self.places.iter().skip(first).take_while(|place| place.span.start() < span.end());
        around.filter(|place| place.is_recognised()).any(|place| inside(place.span.start()) || inside(place.span.end()))
    }

    /// Whether something recognised starts at `offset`.
    pub fn starts_payload(&self, offset: usize) -> bool {
        let behind = self.places.partition_point(|place| place.span.start() < offset);
        self.places.get(behind).is_some_and(|place| place.span.start() == offset && is_payload(place.kind))
    }

    /// The label of the first byte of `span`.
    pub fn label_at(&self, span: Span) -> Option<&'a Label> {
        let labels = self.side.labels;
        let behind = labels.partition_point(|label| label.span.start() <= span.start());
        labels.get(behind.checked_sub(1)?).filter(|label| label.span.contains(span.start()))
    }

    /// Whether the bytes of `span` are known; after [`Self::cuts`] a stretch is known or unknown as a whole.
    pub fn is_known(&self, span: Span) -> bool {
        let behind = self.unknown.partition_point(|gap| gap.end() <= span.start());
        self.unknown.get(behind).is_none_or(|gap| gap.start() >= span.end())
    }

    /// The offsets inside `span` at which known bytes end or begin.
    pub fn known_cuts(&self, span: Span) -> Vec<usize> {
        edges_in(&self.unknown, |gap| *gap, span)
    }

    /// The offsets inside `span` at which anything known of it changes.
    pub fn cuts(&self, span: Span) -> Vec<usize> {
        let mut cuts = self.known_cuts(span);
        cuts.extend(edges_in(&self.places, |place| place.span, span));
        cuts.extend(edges_in(self.side.labels, |label| label.span, span));
        cuts.sort_unstable();
        cuts.dedup();
        cuts
    }

    /// `offset` as display commands count it: from a multiple of a page.
    pub fn in_pages(&self, offset: usize) -> usize {
        offset + self.side.address.map_or(0, |address| address.0 as usize % PAGE_BYTES)
    }
}

/// The starts and ends inside `span` of sorted stretches that do not overlap.
fn edges_in<T>(sorted: &[T], span_of: impl Fn(&T) -> Span, span: Span) -> Vec<usize> {
    let first = sorted.partition_point(|item| span_of(item).end() <= span.start());
    let inside = |offset: &usize| span.start() < *offset && *offset < span.end();
    sorted
        .iter()
        .skip(first)
        .map(&span_of)
        .take_while(|item| item.start() < span.end())
        .flat_map(|item| [item.start(), item.end()])
        .filter(inside)
        .collect()
}

/// The cause that a region's kind stands for.
pub(super) const fn cause_of(kind: Kind) -> Option<Cause> {
    match kind {
        Kind::BootLoader => Some(Cause::BootLoader),
        Kind::BootInfo => Some(Cause::BootInfo),
        Kind::WebUi => Some(Cause::WebUi),
        Kind::Settings => Some(Cause::Settings),
        Kind::Footer => Some(Cause::Footer),
        Kind::CarriedPage => Some(Cause::CarriedPage),
        _ => None,
    }
}

/// Whether a region is something that an image begins with.
const fn is_payload(kind: Kind) -> bool {
    matches!(kind, Kind::Kernel | Kind::Romfs | Kind::Zip | Kind::Update | Kind::Gzip | Kind::Elf | Kind::Flat)
}
