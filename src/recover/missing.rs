//! What no file of a set holds, and how to get it.

use serde::Serialize;

use super::display::{addresses_of, command, displays};
use super::memory::Memory;
use super::set::{Set, Source};
use crate::finding::Fact;
use crate::image::{FLASH_MAX_BYTES, FlashAddr, PAGE_BYTES, Span, SpanSet};
use crate::map::{Content, Kind, Region, State};
use crate::words::{bytes, enumerate};

/// Where the boot loader keeps BOOT INFO on every camera (boot-loader.md section 5, certain).
const BOOT_INFO_ADDRESS: FlashAddr = FlashAddr(0x7F01_0000);

/// The length of BOOT INFO as factories write it (boot-loader.md section 2.2, certain).
const BOOT_INFO_BYTES: usize = 0x38;

/// Where the kernel starts if the camera's own upgrade or the usual commands wrote it (boot-loader.md section 4).
const KERNEL_ADDRESS: FlashAddr = FlashAddr(0x7F02_0000);

/// Bytes that no file of the set holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Which image they belong to.
    pub image: String,
    /// How many, if that is known.
    pub bytes: Option<usize>,
    /// What happened to them.
    pub why: String,
    /// Where to start displays that show them, in rising order, each for one `d -b` line; empty if no address is known.
    pub pages: Vec<FlashAddr>,
    /// Their flash addresses, as far as they are known.
    #[serde(skip)]
    pub(super) addresses: SpanSet,
    /// Whether an image is incomplete without them (boot info, which cameras run without, never came out whole).
    pub is_damage: bool,
    /// Whether they are missing in the middle of what is there.
    pub is_hole: bool,
}

impl Missing {
    /// Bytes of an image that is incomplete without them.
    fn new(image: impl Into<String>, bytes: Option<usize>, why: impl Into<String>, addresses: SpanSet) -> Self {
        let pages = displays(&addresses);
        Self { image: image.into(), bytes, why: why.into(), pages, addresses, is_damage: true, is_hole: false }
    }

    /// The lines to type at the boot loader's prompt, one a page.
    pub fn commands(&self) -> impl Iterator<Item = String> + '_ {
        self.pages.iter().map(|page| command(*page))
    }
}

/// What is not known within `span` of a memory: captured by nobody, or read differently by captures. `image` is what
/// the bytes belong to. `None` if all is known.
pub(super) fn unknown_in(set: &Set, memory: &Memory<'_>, gaps: &[Span], image: &str) -> Option<Missing> {
    let all: usize = gaps.iter().map(|gap| gap.len()).sum();
    if all == 0 {
        return None;
    }
    let (whose, these) =
        if memory.sources.len() > 1 { ("any of the captures", "the captures") } else { ("the capture", "the lines") };
    let listing = if memory.sources.len() > 1 { "any of the listings" } else { "the listing" };
    let absent: usize = match &memory.merged {
        Some(votes) => gaps.iter().map(|gap| votes.missing_in(*gap)).sum(),
        None => all,
    };
    let tied = all.saturating_sub(absent);
    let why = match (absent, tied) {
        (_, 0) if memory.is_listed(set) => format!("these bytes are not in {listing}; print it once more"),
        (_, 0) => format!("these bytes are not in {whose}"),
        (0, _) => format!("{these} contradict each other or themselves"),
        _ => format!(
            "{} are not in {whose}, of {} {these} contradict each other or themselves",
            bytes(absent),
            bytes(tied)
        ),
    };
    let start = memory.image().address();
    let addresses = gaps.iter().filter_map(|gap| addresses_of(start, *gap)).collect();
    Some(Missing { is_hole: true, ..Missing::new(image, Some(all), why, addresses) })
}

/// What lies between captures, where nobody asked for the bytes: one binary of all of them needs it as well.
pub(super) fn between_captures(set: &Set, memory: &Memory<'_>, gaps: &[Span], image: &str) -> Option<Missing> {
    let missing = unknown_in(set, memory, gaps, image)?;
    let why = "they lie between the captures; named with a folder as output, the images in them are written one by one";
    Some(Missing { why: why.to_owned(), ..missing })
}

/// What is missing behind a region that ends too early, and is not among the flash addresses that are `known`. Where it
/// has holes only its own header tells how long it is, and not what stands in them.
pub(super) fn behind_the_end(memory: &Memory<'_>, region: &Region, known: &SpanSet) -> Option<Missing> {
    let image = memory.image();
    let start = region.span.start();
    let (len, missing) = if image.known().encloses(region.span) {
        let is_cut = region.state == State::Truncated;
        (region.span.len(), is_cut.then_some(region.missing)?)
    } else if image.known().encloses(Span::at(start, HEADER_BYTES)) {
        let len = image.len().saturating_sub(start);
        (len, Some(declared_len(region)?.checked_sub(len).filter(|missing| *missing > 0)?))
    } else {
        return None;
    };
    if memory.inspection.kind == Kind::Update {
        // no camera can be asked for it
        let why = "the update is cut short, so download it once more";
        return Some(Missing::new(region.kind.words(), missing, why, SpanSet::default()));
    }
    let address = memory.address_of(start).or((region.kind == Kind::Kernel).then_some(KERNEL_ADDRESS));
    let behind = addresses_of(address, Span::at(len, missing.unwrap_or(PAGE_BYTES)));
    let addresses = behind.map_or(Vec::new(), |behind| known.gaps_in(behind)).into_iter().collect();
    Some(Missing::new(region.kind.words(), missing, "the dump stops before the end of the image", addresses))
}

/// What tells the length of any image lies in so many of its first bytes.
const HEADER_BYTES: usize = 32;

fn declared_len(region: &Region) -> Option<usize> {
    let declared = match &region.content {
        Content::KernelZip(zip) => zip.expected_len?,
        Content::Romfs(romfs) => romfs.declared_len,
        Content::WebUi(web_ui) => web_ui.size,
        Content::Settings(settings) => settings.size,
        _ => return None,
    };
    Some(declared).filter(|declared| *declared <= FLASH_MAX_BYTES)
}

/// What is missing of the pages that captures start and end in, and of lines beside them that could not be read, and is
/// not among the flash addresses that are known.
pub(super) fn cut_pages(set: &Set, memory: &Memory<'_>, known: &SpanSet) -> Option<Missing> {
    let shown = addresses_of(memory.image().address(), memory.image().span())?;
    let beside = Span::new(shown.start().saturating_sub(PAGE_BYTES), shown.end().saturating_add(PAGE_BYTES));
    let of_page = memory.captures(set).flat_map(|capture| &capture.findings).filter_map(|finding| match finding.fact {
        Fact::CaptureCutPage { address, .. } => {
            addresses_of(Some(FlashAddr(address.0 & !0xFF)), Span::at(0, PAGE_BYTES))
        }
        Fact::CaptureBadLine { address, of, .. } => addresses_of(Some(address), Span::at(0, of))?.overlap(beside),
        _ => None,
    });
    let pages: SpanSet = of_page.collect();
    let shown: SpanSet = known.iter().chain([shown]).collect();
    let addresses: SpanSet = pages.iter().flat_map(|page| shown.gaps_in(page)).collect();
    let all = Some(addresses.len_bytes()).filter(|all| *all > 0)?;
    let why = "the capture starts or ends within a page";
    let missing = Missing::new(names_of(set, &memory.sources), Some(all), why, addresses);
    Some(Missing { is_damage: !memory.has_whole_images(), ..missing })
}

/// What empty files mean: those that no log explains.
pub(super) fn of_empty_files(set: &Set) -> impl Iterator<Item = Missing> + '_ {
    set.distinct().filter(|(_, source)| source.image().is_empty()).filter_map(|(index, source)| {
        let told_by_its_log = set.twin_of(index).is_some() && !source.reading.is_capture();
        (!told_by_its_log).then(|| nothing_dumped(source))
    })
}

/// What an empty file means. Its name is the only evidence there is: BOOT INFO is shorter than one page, so the
/// recovery tool saves nothing of it.
pub(super) fn nothing_dumped(source: &Source) -> Missing {
    if !source.name.to_ascii_uppercase().contains("BOOT INFO") {
        return Missing::new(&source.name, None, "nothing was captured", SpanSet::default());
    }
    let why = "boot info is shorter than the 256-byte pages that the recovery tool saves, so nothing of it was saved";
    let addresses = addresses_of(Some(BOOT_INFO_ADDRESS), Span::at(0, BOOT_INFO_BYTES));
    let missing = Missing::new(&source.name, Some(BOOT_INFO_BYTES), why, addresses.into_iter().collect());
    Missing { is_damage: false, ..missing }
}

/// The names of a memory's files, for a sentence.
pub(super) fn names_of(set: &Set, sources: &[usize]) -> String {
    enumerate(set.names(sources).into_iter())
}
