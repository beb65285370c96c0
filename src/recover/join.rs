//! Whole images out of a set: cut ones are joined with the page that another file carried over.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::display::{addresses_of, displays};
use super::images::{Origin, file_name, images_in, is_image, is_packed};
use super::memory::{Memory, capture_of, memories};
use super::missing::{Missing, behind_the_end, cut_pages, names_of, of_empty_files, unknown_in};
use super::proof::{Proved, proofs, within, without_proof};
use super::repair::{GaveUp, Repair};
use super::set::{LeftOut, Set, Source};
use crate::capture::merge::Tally;
use crate::finding::{Code, Fact, Finding};
use crate::image::{FlashAddr, Image, PAGE_BYTES, Span, SpanSet};
use crate::map::{self, Kind, Region, State};
use crate::words::enumerate;

/// What came out of a set.
#[derive(Debug, Default)]
pub struct Recovery<'a> {
    /// Images, each as whole as it could be made.
    pub images: Vec<Recovered<'a>>,
    /// What is still not there.
    pub missing: Vec<Missing>,
    /// Bytes that a checksum decided.
    pub repairs: Vec<Repair>,
    /// Doubts that no checksum could decide.
    pub gave_up: Vec<GaveUp>,
    /// The captures of each memory: those that were merged. More than one if they contradict each other, or if nothing
    /// tells that they belong together.
    pub memories: Vec<Vec<String>>,
    /// Files of which nothing was used.
    pub left_out: Vec<LeftOut>,
    /// Whether whole images lie in what could not be written as one binary, so that each could be written by itself.
    pub has_whole_images_apart: bool,
    /// How captures were read and merged, as far as it is worth telling.
    told: Vec<Finding>,
}

/// One image out of a set.
#[derive(Debug)]
pub struct Recovered<'a> {
    /// What it is, how sure that is and why.
    pub region: Region,
    /// Its bytes, from the first to the last: those of a file of the set, unless they had to be put together.
    pub bytes: Cow<'a, [u8]>,
    /// The flash address of its first byte, if known.
    pub address: Option<FlashAddr>,
    /// The names of the files that it was made from, in the order of its bytes.
    pub made_from: Vec<String>,
    /// How many of its last bytes were brought in from another file.
    pub joined: usize,
    /// How it is usually called, with the ending.
    pub file_name: String,
    /// Which of its bytes checks prove.
    pub proved: Vec<Proved>,
    /// How its bytes were read, if it comes from captures.
    pub tally: Option<Tally>,
    /// Bytes that are not known: the fill byte stands there.
    pub holes: Vec<Span>,
}

impl Recovered<'_> {
    /// Whether nothing is known to be missing or damaged.
    pub fn is_whole(&self) -> bool {
        self.region.state.is_whole()
    }

    /// Where to start displays that fill the holes, each for one `d -b` line.
    pub fn pages_of_holes(&self) -> Vec<FlashAddr> {
        displays(&self.holes.iter().filter_map(|hole| addresses_of(self.address, *hole)).collect())
    }
}

impl Recovery<'_> {
    /// What is worth telling about the images, and about how their captures were read.
    pub fn findings(&self) -> Vec<Finding> {
        // a page that found its place needs no word, nor does one that is no part of what came out and is whole
        let is_done = self.images.iter().any(|image| image.joined > 0)
            || (!self.images.is_empty() && self.missing.is_empty() && self.images.iter().all(Recovered::is_whole));
        let told = self.told.iter().filter(|finding| !(is_done && finding.code() == Code::CarriedPage));
        let mut findings: Vec<Finding> = told.cloned().collect();
        let settings = self.images.iter().find(|image| image.region.kind == Kind::Settings);
        findings.extend(settings.map(|image| Finding::new(Fact::SettingsPrivate {}, Span::new(0, image.bytes.len()))));
        findings
    }

    /// Where to start displays that show all that is missing, in rising order: one `d -b` line each, and no fewer would
    /// do.
    pub fn pages_to_dump(&self) -> Vec<FlashAddr> {
        displays(&self.missing.iter().flat_map(|missing| missing.addresses.iter()).collect())
    }

    /// The same without images that came out twice, as of an outcome that is given beside what it was made from.
    fn without_copies(mut self) -> Self {
        let images = std::mem::take(&mut self.images);
        let is_copy = |at: usize, image: &Recovered<'_>, (number, other): (usize, &Recovered<'_>)| {
            let is_better = image.tally.is_none() && (other.tally.is_some() || number < at);
            number != at && is_better && other.region.kind == image.region.kind && other.bytes == image.bytes
        };
        let copied = images.iter().enumerate().map(|(at, image)| {
            let original = images.iter().enumerate().find(|other| is_copy(at, image, *other));
            original.map(|(_, original)| enumerate(original.made_from.iter().map(|name| format!("`{name}`"))))
        });
        let copied: Vec<Option<String>> = copied.collect();
        for (image, copied) in images.into_iter().zip(copied) {
            let Some(original) = copied else {
                self.images.push(image);
                continue;
            };
            let why = format!("its {} is the same as that from {original}", image.region.kind.words());
            self.left_out.extend(image.made_from.into_iter().map(|file| LeftOut { file, why: why.clone() }));
        }
        self
    }

    /// Notes a file of which nothing came out, unless it is known why.
    fn leave_out(&mut self, file: String) {
        if self.left_out.iter().all(|left_out| left_out.file != file) {
            self.left_out.push(LeftOut { file, why: "it holds no image that is known".to_owned() });
        }
    }

    /// That of a set of which nothing is worked on yet.
    pub(super) fn of(set: &Set) -> Self {
        Self { left_out: set.left_out().collect(), ..Self::default() }
    }

    /// Takes over what is to be told about a memory.
    pub(super) fn told(&mut self, memory: &Memory<'_>, set: &Set) {
        if memory.merged.is_some() {
            self.memories.push(set.names(&memory.sources));
        }
        self.told.extend(memory.findings(set));
        // that an image is damaged shows in its state; which of its files is, only here
        let in_files = memory.inspection.findings.iter().filter(|finding| finding.file.is_some());
        self.told.extend(in_files.cloned());
        self.repairs.extend(memory.repairs.iter().cloned());
        self.gave_up.extend(memory.gave_up.iter().cloned());
    }
}

/// Makes whole images out of a set, and says what is missing. An image with holes comes out only if a `fill` byte may
/// stand in them.
pub fn recover(set: &Set, fill: Option<u8>) -> Recovery<'_> {
    let mut recovery = Recovery::of(set);
    recovery.missing.extend(of_empty_files(set));
    let memories = memories(set);
    let known: SpanSet = memories.iter().flat_map(Memory::known_addresses).collect();
    for memory in &memories {
        recovery.told(memory, set);
        let proved = proofs(&memory.inspection.regions, memory.image(), &memory.spent);
        let gaps = without_proof(&memory.image().gaps(), &proved).into_iter();
        let mut gaps: Vec<Span> = gaps.filter(|gap| !memory.is_between_captures(*gap)).collect();
        let mut has_images = false;
        for region in images_in(&memory.inspection.regions, Origin::of(memory.merged.is_some())) {
            has_images = true;
            let region = as_it_stands(memory, region);
            let (inside, outside): (Vec<Span>, Vec<Span>) =
                gaps.iter().partition(|gap| gap.overlap(region.span).is_some());
            gaps = outside;
            recovery.missing.extend(unknown_in(set, memory, &inside, &names(set, memory, &region)));
            match rejoin(set, memory, &region) {
                Some(rejoined) => recovery.images.push(rejoined),
                None => {
                    recovery.missing.extend(behind_the_end(memory, &region, &known));
                    recovery.images.extend(as_found(set, memory, &region, &proved, fill));
                }
            }
        }
        recovery.missing.extend(unknown_in(set, memory, &gaps, &names_of(set, &memory.sources)));
        recovery.missing.extend(cut_pages(set, memory, &known));
        if !has_images && gaps.is_empty() {
            set.names(&memory.sources).into_iter().for_each(|file| recovery.leave_out(file));
        }
    }
    recovery.without_copies()
}

/// What bytes of a region are called: the image, if captures were put together, else the file.
fn names(set: &Set, memory: &Memory<'_>, region: &Region) -> String {
    match memory.sources.as_slice() {
        [_] => names_of(set, &memory.sources),
        _ => region.kind.words().to_owned(),
    }
}

/// The region, read again without what lies behind a gap that ends it: an image whose captures stop before its end is
/// cut there, whatever is captured further on.
fn as_it_stands(memory: &Memory<'_>, region: &Region) -> Region {
    let image = memory.image();
    let start = region.span.start();
    if region.state.is_whole() {
        return region.clone();
    }
    let gaps = image.known().gaps_in(Span::new(start, image.len()));
    let Some(gap) = gaps.into_iter().find(|gap| memory.is_between_captures(*gap)) else { return region.clone() };
    let reaches_it = gap.start() <= region.span.end().saturating_add(PAGE_BYTES);
    let cut = Span::new(start, gap.start());
    let read =
        map::read_at_start(cut.of(image)).filter(|read| read.state == State::Truncated && image.known().encloses(cut));
    match read {
        Some(read) if reaches_it && read.kind == region.kind => read.shifted(start),
        _ => region.clone(),
    }
}

/// The bytes of `span` with the `fill` byte in its `holes`; `None` if there are holes and nothing may stand in them.
pub(super) fn filled<'s>(memory: &Memory<'s>, span: Span, holes: &[Span], fill: Option<u8>) -> Option<Cow<'s, [u8]>> {
    let mut bytes = memory.bytes(span);
    for hole in holes {
        let fill = fill?;
        let from = hole.start().saturating_sub(span.start());
        if let Some(hole) = bytes.to_mut().get_mut(from..from.saturating_add(hole.len())) {
            hole.fill(fill);
        }
    }
    Some(bytes)
}

/// An image as it is there; `None` if some of it was not captured, nothing proves what stands in the holes, and no
/// `fill` byte may.
fn as_found<'s>(
    set: &Set,
    memory: &Memory<'s>,
    region: &Region,
    proved: &[Proved],
    fill: Option<u8>,
) -> Option<Recovered<'s>> {
    let image = memory.image();
    let span = region.span;
    let holes = without_proof(&image.known().gaps_in(span), proved);
    let bytes = filled(memory, span, &holes, fill)?;
    let mut region = region.clone();
    if region.state == State::Verified && !holes.is_empty() {
        region.state = State::Partial;
    } else if region.state == State::Verified && memory.spent.iter().any(|spent| spent.encloses(span)) {
        region.state = State::Plausible;
    }
    let (made_from, joined) = memory.origin(span);
    Some(Recovered {
        bytes,
        address: memory.address_of(span.start()),
        made_from: set.names(&made_from),
        joined,
        file_name: file_name(&region),
        proved: within(proved, span),
        tally: memory.merged.as_ref().map(|votes| votes.tally(span)),
        holes: holes.into_iter().map(|hole| Span::at(hole.start() - span.start(), hole.len())).collect(),
        region,
    })
}

/// Looks for the rest of an image that is cut at the end of its file: the first page of another file, if with it every
/// check holds.
fn rejoin<'s>(set: &Set, memory: &Memory<'_>, region: &Region) -> Option<Recovered<'s>> {
    let image = memory.image();
    let ends_there = region.span.end() == image.len() || !image.known().encloses(Span::at(region.span.end(), 1));
    if region.state != State::Truncated || !ends_there {
        return None;
    }
    let others = set.distinct().filter(|(index, _)| !memory.sources.contains(index));
    let mut joined = others.filter_map(|(index, other)| Some((index, join_with(memory, region, other)?)));
    // a CRC-32 or byte sum proves the join; the headers of a romfs do not cover its files
    let is_proved = |join: &Join| region.kind != Kind::Romfs || join.is_by_address;
    let (index, join) = match joined.next()? {
        first if is_proved(&first.1) => first,
        first => match joined.find(|(_, join)| is_proved(join)) {
            Some(proved) => proved,
            None if joined_twice(set, memory, region) => return None,
            None => first,
        },
    };
    let Join { bytes, whole, address, is_by_address } = join;
    let state = if region.kind != Kind::Romfs || is_by_address { whole.state } else { State::Plausible };
    let (mut made_from, _) = memory.origin(region.span);
    made_from.push(index);
    let made = Image::new(bytes, address);
    let proved = within(&proofs(std::slice::from_ref(&whole), &made, &[]), made.span());
    let joined = whole.span.len().saturating_sub(region.span.len());
    Some(Recovered {
        bytes: Cow::Owned(made.to_vec()),
        joined,
        address,
        made_from: set.names(&made_from),
        file_name: file_name(region),
        proved,
        tally: memory.merged.as_ref().map(|votes| votes.tally(region.span)),
        holes: Vec::new(),
        region: Region { name: region.name.clone().or(whole.name.clone()), state, ..whole },
    })
}

/// An image with a page of another file behind it.
struct Join {
    bytes: Vec<u8>,
    whole: Region,
    address: Option<FlashAddr>,
    /// Whether the page's own address tells that it belongs there.
    is_by_address: bool,
}

fn join_with(memory: &Memory<'_>, region: &Region, other: &Source) -> Option<Join> {
    let carried = page_before(other, memory.address_of(region.span.end()))?;
    let joined = [region.span.of(memory.image()), carried.page].concat();
    let whole = map::read_at_start(&joined)?;
    if whole.state != State::Verified || whole.kind != region.kind || whole.span.len() <= region.span.len() {
        return None;
    }
    let by_page = carried.address.and_then(|page| page.0.checked_sub(u32::try_from(region.span.len()).ok()?));
    let address = memory.address_of(region.span.start());
    Some(Join {
        bytes: whole.span.of(&joined).to_vec(),
        is_by_address: carried.address.is_some() && address.is_some(),
        address: address.or(by_page.map(FlashAddr)),
        whole,
    })
}

/// Whether the pages of two files or more would do, so that it is open which is right.
fn joined_twice(set: &Set, memory: &Memory<'_>, region: &Region) -> bool {
    let others = set.distinct().filter(|(index, _)| !memory.sources.contains(index));
    let joins: BTreeSet<Vec<u8>> =
        others.filter_map(|(_, other)| join_with(memory, region, other)).map(|join| join.bytes).collect();
    joins.len() > 1
}

/// A page in front of an image that belongs to another one.
struct CarriedPage<'s> {
    page: &'s [u8],
    address: Option<FlashAddr>,
}

/// The page in front of a source's image, if it can be the one at `address`: the one that its capture tells apart
/// must have this address, if both are known. What opens with an image of its own carries no page.
fn page_before(source: &Source, address: Option<FlashAddr>) -> Option<CarriedPage<'_>> {
    match capture_of(source).and_then(|capture| capture.carried.as_ref()) {
        Some(page) if page.address() == address || address.is_none() => {
            Some(CarriedPage { page, address: page.address() })
        }
        Some(_) => None,
        None => {
            let opens_with_image =
                source.inspection.regions.first().is_some_and(|first| is_image(first) || is_packed(first));
            let page = Span::new(0, PAGE_BYTES).of(source.image());
            (!opens_with_image).then_some(CarriedPage { page, address: None })
        }
    }
}
