//! Whole images out of a set: cut ones are joined with the page that another file carried over.

use std::borrow::Cow;

use serde::Serialize;

use super::set::{Set, Source, stem};
use crate::contents;
use crate::finding::{Code, Fact, Finding};
use crate::image::{FlashAddr, PAGE_BYTES, Span};
use crate::map::{self, Body, Kind, Region, State};

/// Where the boot loader keeps BOOT INFO on every camera (boot-loader.md section 5, certain).
const BOOT_INFO_ADDRESS: FlashAddr = FlashAddr(0x7F01_0000);

/// Where the kernel starts if the camera's own upgrade or the usual commands wrote it (boot-loader.md section 4).
const KERNEL_ADDRESS: FlashAddr = FlashAddr(0x7F02_0000);

/// What came out of a set.
#[derive(Debug, Default)]
pub struct Recovery<'a> {
    /// Images, each as whole as it could be made.
    pub images: Vec<Recovered<'a>>,
    /// What is still not there.
    pub missing: Vec<Missing>,
}

/// One image out of a set.
#[derive(Debug)]
pub struct Recovered<'a> {
    /// What it is, how sure that is and why.
    pub region: Region,
    /// Its bytes, from the first to the last: those of a file of the set, unless they had to be joined or filled.
    pub bytes: Cow<'a, [u8]>,
    /// The flash address of its first byte, if known.
    pub address: Option<FlashAddr>,
    /// The names of the files that it was made from, in the order of its bytes.
    pub made_from: Vec<String>,
    /// How many of its last bytes were brought in from another file.
    pub joined: usize,
    /// How it is usually called, with the ending.
    pub file_name: String,
}

/// Bytes that no file of the set holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Which image they belong to.
    pub image: String,
    /// How many, if that is known.
    pub bytes: Option<usize>,
    /// What happened to them.
    pub why: String,
    /// Flash addresses of the pages to dump, each for one `d -b` line; empty if no address is known.
    pub pages: Vec<FlashAddr>,
    /// Whether an image is incomplete without them (boot info, which cameras run without, never came out whole).
    pub is_damage: bool,
    /// Whether they are missing in the middle of what is there.
    pub is_hole: bool,
}

impl Missing {
    /// The lines to type at the boot loader's prompt, one a page.
    pub fn commands(&self) -> impl Iterator<Item = String> + '_ {
        self.pages.iter().map(|page| format!("d -b {page}"))
    }
}

impl Recovered<'_> {
    /// Whether nothing is known to be missing or damaged.
    pub fn is_whole(&self) -> bool {
        matches!(self.region.state, State::Verified | State::Plausible)
    }
}

impl Recovery<'_> {
    /// What is worth telling about the images, and about how their captures were read.
    pub fn findings(&self, set: &Set) -> Vec<Finding> {
        let captures = set.sources.iter().filter_map(|source| match source.reading.body() {
            Body::Capture(capture) => Some(&capture.findings),
            _ => None,
        });
        // what is missing is told with the lines to type, and a page that found its place needs no word
        let joined = self.images.iter().any(|image| image.joined > 0);
        let is_told = |code: Code| match code {
            Code::CaptureEmpty | Code::CaptureGap => true,
            Code::CarriedPage => joined,
            _ => false,
        };
        let told = captures.flatten().filter(|finding| !is_told(finding.code()));
        let mut findings: Vec<Finding> = told.cloned().collect();
        let settings = self.images.iter().find(|image| image.region.kind == Kind::Settings);
        findings.extend(settings.map(|image| Finding::new(Fact::SettingsPrivate {}, Span::new(0, image.bytes.len()))));
        findings
    }
}

/// The image that a single capture shows, byte for byte. With holes it comes out only if a `fill` byte may stand in
/// them.
pub fn whole_capture(source: &Source, fill: Option<u8>) -> Recovery<'_> {
    let image = source.image();
    let gaps = image.gaps();
    let mut recovery = Recovery { images: Vec::new(), missing: gaps_of(source) };
    if image.is_empty() {
        recovery.missing.push(nothing_dumped(source));
        return recovery;
    }
    let mut bytes = Cow::Borrowed(&**image);
    for gap in &gaps {
        if let (Some(fill), Some(hole)) = (fill, bytes.to_mut().get_mut(gap.start()..gap.end())) {
            hole.fill(fill);
        }
    }
    if gaps.is_empty() || fill.is_some() {
        recovery.missing.extend(
            source
                .inspection
                .regions
                .iter()
                .filter(|region| region.state == State::Truncated)
                .map(|region| cut_off(region, source.address_of(region.span.start()))),
        );
        recovery.images.push(Recovered {
            region: whole_region(source, &gaps),
            bytes,
            address: source.inspection.address,
            made_from: vec![source.name.clone()],
            joined: 0,
            file_name: format!("{}.bin", stem(source.file_name())),
        });
    }
    recovery
}

/// A capture as one region: what its only image is, or what all of them are together.
fn whole_region(source: &Source, gaps: &[Span]) -> Region {
    let regions = &source.inspection.regions;
    let told = || regions.iter().filter(|region| !region.kind.is_filler());
    let state = if !gaps.is_empty() || told().any(|region| region.state == State::Damaged) {
        State::Damaged
    } else if told().any(|region| region.state == State::Truncated) {
        State::Truncated
    } else if told().all(|region| region.state == State::Verified) {
        State::Verified
    } else {
        State::Plausible
    };
    let mut region = Region::new(source.inspection.kind, source.image().span(), state);
    region.proofs = told().flat_map(|region| region.proofs.iter().cloned()).collect();
    region
}

/// At most this many pages are listed one by one.
const MAX_PAGES: usize = crate::image::FLASH_MAX_BYTES / PAGE_BYTES;

/// Makes whole images out of a set, and says what is missing. An image with holes comes out only if a `fill` byte may
/// stand in them.
pub fn recover(set: &Set, fill: Option<u8>) -> Recovery<'_> {
    let mut recovery = Recovery::default();
    for (index, source) in set.distinct() {
        recovery.missing.extend(gaps_of(source));
        if source.image().is_empty() {
            let told_by_its_log = set.twin_of(index).is_some() && !source.reading.is_capture();
            if !told_by_its_log {
                recovery.missing.push(nothing_dumped(source));
            }
            continue;
        }
        for region in images_in(&source.inspection.regions) {
            let found = || as_found(source, region, fill);
            let Some(recovered) = rejoin(set, index, source, region).or_else(found) else { continue };
            if recovered.region.state == State::Truncated {
                recovery.missing.push(cut_off(&recovered.region, recovered.address));
            }
            recovery.images.push(recovered);
        }
    }
    recovery
}

/// The images of a map, also those in an update.
fn images_in(regions: &[Region]) -> impl Iterator<Item = &Region> {
    let parts = regions.iter().flat_map(|region| match region.kind {
        Kind::Update => region.regions.as_slice(),
        _ => std::slice::from_ref(region),
    });
    parts.filter(|region| is_image(region.kind))
}

/// Whether a region of this kind is an image that can be flashed or kept on its own.
fn is_image(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::BootLoader
            | Kind::BootInfo
            | Kind::Kernel
            | Kind::Romfs
            | Kind::WebUi
            | Kind::Settings
            | Kind::Zip
            | Kind::Gzip
    )
}

/// An image as it is there; `None` if some of it was not captured, nothing proves what stands in the holes, and no
/// `fill` byte may.
fn as_found<'a>(source: &'a Source, region: &Region, fill: Option<u8>) -> Option<Recovered<'a>> {
    let image = source.image();
    let mut bytes = Cow::Borrowed(region.span.of(image));
    let holes = image.known().gaps_in(region.span);
    if region.state != State::Verified && !holes.is_empty() {
        let fill = fill?;
        for hole in holes {
            let from = hole.start().saturating_sub(region.span.start());
            if let Some(hole) = bytes.to_mut().get_mut(from..from.saturating_add(hole.len())) {
                hole.fill(fill);
            }
        }
    }
    Some(Recovered {
        region: region.clone(),
        bytes,
        address: source.address_of(region.span.start()),
        made_from: vec![source.name.clone()],
        joined: 0,
        file_name: contents::part_name(region).to_owned(),
    })
}

/// Looks for the rest of an image that is cut at the end of its file: the first page of another file, if with it every
/// check holds.
fn rejoin<'a>(set: &Set, index: usize, source: &Source, region: &Region) -> Option<Recovered<'a>> {
    let image = source.image();
    if region.state != State::Truncated || region.span.end() != image.len() {
        return None;
    }
    set.distinct().filter(|&(other, _)| other != index).find_map(|(_, other)| {
        let page = page_before(other, source.address_of(region.span.end()))?;
        let joined = [region.span.of(image), page].concat();
        let whole = map::read_at_start(&joined)?;
        if whole.state != State::Verified || whole.kind != region.kind {
            return None;
        }
        Some(Recovered {
            bytes: Cow::Owned(whole.span.of(&joined).to_vec()),
            joined: whole.span.len().saturating_sub(region.span.len()),
            region: Region { name: region.name.clone().or(whole.name.clone()), ..whole },
            address: source.address_of(region.span.start()),
            made_from: vec![source.name.clone(), other.name.clone()],
            file_name: contents::part_name(region).to_owned(),
        })
    })
}

/// The page in front of a source's image, if it can be the one at `address`: the one that its capture tells apart
/// must have this address, if both are known.
fn page_before(source: &Source, address: Option<FlashAddr>) -> Option<&[u8]> {
    let carried = match source.reading.body() {
        Body::Capture(capture) => capture.carried.as_ref(),
        _ => None,
    };
    match carried {
        Some(page) => (page.address() == address || address.is_none()).then_some(&page[..]),
        None => Some(Span::new(0, PAGE_BYTES).of(source.image())),
    }
}

/// What is missing behind `region`, whose first byte has this `address` if that is known.
fn cut_off(region: &Region, address: Option<FlashAddr>) -> Missing {
    let start = address.or((region.kind == Kind::Kernel).then_some(KERNEL_ADDRESS));
    let behind = Span::at(region.span.len(), region.missing.unwrap_or(PAGE_BYTES));
    Missing {
        image: region.kind.words().to_owned(),
        bytes: region.missing,
        why: "the dump stops before the end of the image".to_owned(),
        pages: start.map_or(Vec::new(), |start| pages_of(start, behind)),
        is_damage: true,
        is_hole: false,
    }
}

fn gaps_of(source: &Source) -> Vec<Missing> {
    let image = source.image();
    let missing = |gap: Span| Missing {
        image: source.name.clone(),
        bytes: Some(gap.len()),
        why: "these bytes are not in the capture".to_owned(),
        pages: image.address().map_or(Vec::new(), |start| pages_of(start, gap)),
        is_damage: true,
        is_hole: true,
    };
    image.gaps().into_iter().map(missing).collect()
}

/// The pages of an image starting at `start` that hold the bytes of `span`.
fn pages_of(start: FlashAddr, span: Span) -> Vec<FlashAddr> {
    let first = span.start() / PAGE_BYTES * PAGE_BYTES;
    (first..span.end()).step_by(PAGE_BYTES).take(MAX_PAGES).filter_map(|offset| start.checked_add(offset)).collect()
}

/// What an empty file means. Its name is the only evidence there is: BOOT INFO is shorter than one page, so the
/// recovery tool saves nothing of it.
fn nothing_dumped(source: &Source) -> Missing {
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

/// The length of BOOT INFO as factories write it (boot-loader.md section 2.2, certain).
const BOOT_INFO_BYTES: usize = 0x38;
