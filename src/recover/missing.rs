//! What no file of a set holds, and how to get it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::memory::Memory;
use super::set::{Set, Source};
use crate::image::{FLASH_MAX_BYTES, FlashAddr, PAGE_BYTES, Span};
use crate::map::{Content, Kind, Region, State};
use crate::words::{bytes, enumerate};

/// Where the boot loader keeps BOOT INFO on every camera (boot-loader.md section 5, certain).
const BOOT_INFO_ADDRESS: FlashAddr = FlashAddr(0x7F01_0000);

/// The length of BOOT INFO as factories write it (boot-loader.md section 2.2, certain).
const BOOT_INFO_BYTES: usize = 0x38;

/// Where the kernel starts if the camera's own upgrade or the usual commands wrote it (boot-loader.md section 4).
const KERNEL_ADDRESS: FlashAddr = FlashAddr(0x7F02_0000);

/// At most this many pages of one image are listed.
const MAX_PAGES: usize = FLASH_MAX_BYTES / PAGE_BYTES;

/// Bytes that no file of the set holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Which image they belong to.
    pub image: String,
    /// How many, if that is known.
    pub bytes: Option<usize>,
    /// What happened to them.
    pub why: String,
    /// Flash addresses of the pages to dump in rising order, each for one `d -b` line; empty if no address is known.
    pub pages: Vec<FlashAddr>,
    /// Whether an image is incomplete without them (boot info, which cameras run without, never came out whole).
    pub is_damage: bool,
    /// Whether they are missing in the middle of what is there.
    pub is_hole: bool,
}

impl Missing {
    /// The lines to type at the boot loader's prompt, one a page.
    pub fn commands(&self) -> impl Iterator<Item = String> + '_ {
        self.pages.iter().map(|page| command(*page))
    }
}

/// The line that prints the page at an address.
pub fn command(page: FlashAddr) -> String {
    format!("d -b {page}")
}

/// What is not known within `span` of a memory: captured by nobody, or read differently by captures. `image` is what
/// the bytes belong to. `None` if all is known.
pub(super) fn unknown_in(memory: &Memory<'_>, gaps: &[Span], image: &str) -> Option<Missing> {
    let all: usize = gaps.iter().map(|gap| gap.len()).sum();
    if all == 0 {
        return None;
    }
    let (whose, these) =
        if memory.sources.len() > 1 { ("any of the captures", "the captures") } else { ("the capture", "the lines") };
    let absent: usize = match &memory.merged {
        Some(votes) => gaps.iter().map(|gap| votes.missing_in(*gap)).sum(),
        None => all,
    };
    let tied = all.saturating_sub(absent);
    let why = match (absent, tied) {
        (_, 0) => format!("these bytes are not in {whose}"),
        (0, _) => format!("{these} contradict each other or themselves"),
        _ => format!(
            "{} are not in {whose}, of {} {these} contradict each other or themselves",
            bytes(absent),
            bytes(tied)
        ),
    };
    let start = memory.image().address();
    let pages = gaps.iter().flat_map(|gap| start.map_or(Vec::new(), |start| pages_of(start, *gap)));
    let pages: BTreeSet<u32> = pages.map(|page| page.0).take(MAX_PAGES).collect();
    let pages = pages.into_iter().map(FlashAddr).collect();
    Some(Missing { image: image.to_owned(), bytes: Some(all), why, pages, is_damage: true, is_hole: true })
}

/// What is missing behind `region`, whose first byte has this `address` if that is known. `is_known` tells of a page
/// that another file has it.
pub(super) fn cut_off(region: &Region, address: Option<FlashAddr>, is_known: impl Fn(FlashAddr) -> bool) -> Missing {
    let start = address.or((region.kind == Kind::Kernel).then_some(KERNEL_ADDRESS));
    let behind = Span::at(region.span.len(), region.missing.unwrap_or(PAGE_BYTES));
    let mut pages = start.map_or(Vec::new(), |start| pages_of(start, behind));
    pages.retain(|page| !is_known(*page));
    Missing {
        image: region.kind.words().to_owned(),
        bytes: region.missing,
        why: "the dump stops before the end of the image".to_owned(),
        pages,
        is_damage: true,
        is_hole: false,
    }
}

/// What is missing behind the end of a memory of a region with holes, whose own header tells how long it is.
pub(super) fn behind_the_end(memory: &Memory<'_>, region: &Region) -> Option<Missing> {
    let declared = match &region.content {
        Content::KernelZip(zip) => zip.expected_len?,
        Content::Romfs(romfs) => romfs.declared_len,
        Content::WebUi(web_ui) => web_ui.size,
        Content::Settings(settings) => settings.size,
        _ => return None,
    };
    let here = memory.image().len().saturating_sub(region.span.start());
    let missing = declared.checked_sub(here).filter(|missing| *missing > 0 && declared <= FLASH_MAX_BYTES)?;
    if region.state != State::Partial {
        return None;
    }
    let cut = Region { span: Span::at(region.span.start(), here), missing: Some(missing), ..region.clone() };
    Some(cut_off(&cut, memory.address_of(region.span.start()), |page| memory.knows_page(page)))
}

/// The pages that hold the bytes of `span` of an image that starts at `start`; a page starts at a multiple of 256.
fn pages_of(start: FlashAddr, span: Span) -> Vec<FlashAddr> {
    let (Some(first), Some(last)) = (start.checked_add(span.start()), start.checked_add(span.end().saturating_sub(1)))
    else {
        return Vec::new();
    };
    let page = |address: FlashAddr| address.0 / PAGE_BYTES as u32;
    let pages = if span.is_empty() { 0..0 } else { page(first)..page(last) + 1 };
    pages.take(MAX_PAGES).map(|page| FlashAddr(page * PAGE_BYTES as u32)).collect()
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
        return Missing {
            image: source.name.clone(),
            bytes: None,
            why: "nothing was captured".to_owned(),
            pages: Vec::new(),
            is_damage: true,
            is_hole: false,
        };
    }
    Missing {
        image: source.name.clone(),
        bytes: Some(BOOT_INFO_BYTES),
        why: "boot info is shorter than the 256-byte pages that the recovery tool saves, so nothing of it was saved"
            .to_owned(),
        pages: vec![BOOT_INFO_ADDRESS],
        is_damage: false,
        is_hole: false,
    }
}

/// The names of a memory's files, for a sentence.
pub(super) fn names_of(set: &Set, sources: &[usize]) -> String {
    enumerate(sources.iter().filter_map(|index| set.sources.get(*index)).map(|source| source.name.clone()))
}
