//! The map of an image, and what it all is together.

use super::formats::Look;
use super::reading::{Body, Reading};
use super::region::{Content, FOOTER_LABEL, Kind, Region, State};
use super::scan;
use super::settle::{Candidate, Evidence, fill, settle};
use crate::finding::{Fact, Finding};
use crate::format::footer::{self, Footer};
use crate::format::settings;
use crate::image::{FLASH_BASE, FlashAddr, Image, PAGE_BYTES, Span};
use crate::words;

/// How the proof begins that a footer gives of its image; its sum covers every byte.
pub const FOOTER_PROOF: &str = "the footer's image checksum";

/// What an image is: its map, and what was found.
#[derive(Debug, Clone, Default)]
pub struct Inspection {
    /// What it is as a whole.
    pub kind: Kind,
    /// The flash address of its first byte: told by a capture, by footers, or by the boot loader at its start.
    pub address: Option<FlashAddr>,
    /// Its regions, in order; together they cover every byte exactly once.
    pub regions: Vec<Region>,
    /// What is worth telling, offsets in the image.
    pub findings: Vec<Finding>,
}

impl Inspection {
    /// The map of what a file is or decodes to; a boot log has none.
    pub fn of(reading: &Reading) -> Self {
        match reading.body() {
            Body::Empty => Self::default(),
            Body::BootLog => Self { kind: Kind::BootLog, ..Self::default() },
            Body::Binary => Self::of_image(reading.image()),
            Body::Capture(capture) => {
                let mut inspection = Self::of_image(&capture.image);
                let is_private = |finding: &Finding| inspection.is_private(capture.image.address(), finding.span);
                let told = capture.findings.iter().cloned();
                let told = told.map(|finding| if is_private(&finding) { finding.without_bytes() } else { finding });
                let told: Vec<Finding> = told.collect();
                inspection.findings.splice(0..0, told);
                inspection
            }
        }
    }

    /// Whether any byte of `span` may be the owner's: it is settings, or lies where the flash has them, whatever is left
    /// of them. `address` is that of the image's first byte.
    pub fn is_private(&self, address: Option<FlashAddr>, span: Span) -> bool {
        let in_zone = |at: usize| {
            let place = address.and_then(|address| address.checked_add(at));
            place.is_some_and(|place| settings::FLASH_ZONE.contains(&place.0))
        };
        // they lie one behind the other
        let first = self.regions.partition_point(|region| region.span.end() <= span.start());
        let behind = self.regions.get(first..).unwrap_or_default().iter();
        let mut touched = behind.take_while(|region| region.span.start() < span.end());
        in_zone(span.start()) || touched.any(|region| region.kind == Kind::Settings)
    }

    /// The map of an image.
    pub fn of_image(image: &Image) -> Self {
        if image.is_empty() {
            return Self::default();
        }
        let look = Look::full();
        let scan = scan::everywhere(image, &look);
        let footers = named_by_footers(image, &scan.candidates, &look);
        let address = image.address().or_else(|| address_by_content(&scan.candidates));
        let (mut regions, mut findings) = settle(scan.candidates.into_iter().chain(footers).collect());
        if let Some(stopped_at) = scan.stopped_at {
            findings.push(Finding::new(Fact::ScanStopped {}, Span::new(stopped_at, image.len())));
        }
        if let Some((page, finding)) = carried_page(image, &regions) {
            regions.insert(0, page);
            findings.insert(0, finding);
        }
        if let [Region { kind: Kind::Zip, content: Content::KernelZip(zip), span, .. }] = regions.as_slice() {
            findings.push(Finding::new(Fact::ZipWithoutKernel { name: zip.name.clone() }, *span));
        }
        let regions = regions.into_iter().map(|region| admit_holes(image, region)).collect();
        let regions = fill(image, image.known(), image.span(), regions);
        // a file that was not captured as a whole is not damaged, but not known
        let is_known = |finding: &Finding| finding.file.as_ref().is_none_or(|file| image.known().encloses(file.data));
        let findings = findings.into_iter().filter(is_known).map(|finding| finding.within(image.len())).collect();
        Self { kind: kind_of_all(&regions), address, regions, findings }
    }
}

/// A region that a capture does not show as a whole is not whole, unless a checksum over each of its bytes proves what
/// stands in the holes as well; that of a romfs covers no file.
fn admit_holes(image: &Image, region: Region) -> Region {
    let proved = region.state == State::Verified && region.kind != Kind::Romfs;
    if image.known().encloses(region.span) || proved {
        return region;
    }
    let known: usize = image.known().overlapping(region.span).map(Span::len).sum();
    let state = if region.state == State::Truncated { State::Truncated } else { State::Partial };
    let captured = format!("{} of {}", words::count(known), words::bytes(region.span.len()));
    Region { state, proofs: Vec::new(), ..region }.detail("captured", captured)
}

/// Candidates for the images that footers name: what the boot loader takes for an image is one, even if nothing in it
/// can be read.
fn named_by_footers(image: &Image, candidates: &[Candidate], look: &Look) -> Vec<Candidate> {
    let footers =
        candidates.iter().filter_map(|candidate| Some((footer_of(candidate)?, candidate.region.span.start())));
    footers.filter_map(|(footer, footer_at)| named_by(image, footer, footer_at, look)).collect()
}

fn named_by(image: &Image, footer: &Footer, footer_at: usize, look: &Look) -> Option<Candidate> {
    let start = footer_at.checked_sub(footer::place(footer.len_bytes()))?;
    let span = Span::at(start, footer.len_bytes());
    if span.is_empty() || span.end() > footer_at || !image.known().encloses(span) {
        return None;
    }
    let broken = footer.verify_image(span.of(image)).map(|finding| finding.shifted(start));
    let read = super::formats::image_at_start(span.of(image), footer.number, look);
    let read = read.map(|candidate| candidate.shifted(start));
    let (mut region, mut findings) = match read {
        Some(candidate) => (candidate.region, candidate.findings),
        None => (Region::new(Kind::Unknown, span, State::Unchecked), Vec::new()),
    };
    region = region.detail(FOOTER_LABEL, footer.ls_line());
    if region.name.is_none() {
        region = region.named(footer.name.to_string());
    }
    match broken {
        Some(finding) => findings.push(finding),
        None => {
            region = region.proved(format!("{FOOTER_PROOF} 0x{:08X} holds", footer.image_checksum));
            if region.state == State::Plausible || region.state == State::Unchecked {
                region.state = State::Verified;
            }
        }
    }
    Some(Candidate { evidence: Evidence::Footer, region, findings })
}

fn footer_of(candidate: &Candidate) -> Option<&Footer> {
    match &candidate.region.content {
        Content::Footer(footer) if footer.is_valid() => Some(footer),
        _ => None,
    }
}

/// The address of byte 0, if everything that tells one agrees: footers by the base they name, the boot loader because
/// it is at the start of the flash.
fn address_by_content(candidates: &[Candidate]) -> Option<FlashAddr> {
    let by_footers = candidates.iter().filter_map(|candidate| {
        let footer = footer_of(candidate)?;
        let image_at = candidate.region.span.start().checked_sub(footer::place(footer.len_bytes()))?;
        footer.base.0.checked_sub(u32::try_from(image_at).ok()?).map(FlashAddr)
    });
    let by_boot_loader = candidates
        .iter()
        .any(|candidate| candidate.region.kind == Kind::BootLoader && candidate.region.span.start() == 0)
        .then_some(FLASH_BASE);
    let mut told = by_footers.chain(by_boot_loader);
    let first = told.next()?;
    told.all(|address| address == first).then_some(first)
}

/// The page that the recovery tool saved in front of this image: the 256 bytes before an image that starts at 256
/// (captures-and-questions.md section 1.2, certain).
fn carried_page(image: &Image, regions: &[Region]) -> Option<(Region, Finding)> {
    let first = regions.first()?;
    let starts_behind_a_page = first.span.start() == PAGE_BYTES && image.known().encloses(Span::new(0, PAGE_BYTES));
    let opens_an_image =
        matches!(first.kind, Kind::Romfs | Kind::Kernel | Kind::WebUi | Kind::Zip | Kind::Gzip | Kind::BootInfo);
    if !starts_behind_a_page || !opens_an_image {
        return None;
    }
    let span = Span::new(0, PAGE_BYTES);
    let page = Region::new(Kind::CarriedPage, span, State::Unchecked).named("of the image dumped before this one");
    Some((page, Finding::new(Fact::CarriedPage { len: PAGE_BYTES }, span)))
}

fn kind_of_all(regions: &[Region]) -> Kind {
    let has = |kind: Kind| regions.iter().any(|region| region.kind == kind);
    let footers = regions.iter().filter(|region| region.kind == Kind::Footer).count();
    if footers >= 2 || (has(Kind::BootLoader) && footers >= 1) || (has(Kind::BootLoader) && has(Kind::Kernel)) {
        return Kind::Flash;
    }
    let told = regions
        .iter()
        .filter(|region| !region.kind.is_filler() && !matches!(region.kind, Kind::Unknown | Kind::Footer));
    let largest = told.max_by_key(|region| region.span.len()).map(|region| region.kind);
    match largest {
        Some(kind) => kind,
        None if regions.iter().all(|region| region.kind == Kind::Erased) => Kind::Erased,
        None if regions.iter().all(|region| region.kind == Kind::Zero) => Kind::Zero,
        None if footers > 0 => Kind::Footer,
        None => Kind::Unknown,
    }
}
