//! Where settings are, and what is left of older ones.

use crate::format::settings::{self, FLASH_ZONE, MAGIC};
use crate::format::web_ui;
use crate::image::{ERASE_BLOCK_BYTES, FlashAddr, Image, Span, SpanSet};
use crate::map::{Inspection, Kind, Region, State};

/// The places of an image that are the owner's, and those that are not.
pub struct Places {
    /// Blocks of settings.
    pub blocks: SpanSet,
    /// Parts that are known and proved, or at least hold together: never touched but for the settings in them.
    pub parts: SpanSet,
    found: Vec<(Span, String)>,
    erased: SpanSet,
}

impl Places {
    /// Looks for them by content and by address.
    pub fn of(image: &Image, inspection: &Inspection) -> Self {
        let mut blocks = settings::blocks_in(image);
        settings_regions(&inspection.regions, &mut blocks);
        let parts = inspection.regions.iter().filter(|region| is_part(region)).map(|region| region.span).collect();
        let mut places = Self { blocks, parts, found: Vec::new(), erased: SpanSet::default() };
        places.blocks(image);
        places.zone(image, inspection.address);
        places.beside(image, inspection.address);
        places.marked(image);
        places
    }

    /// What is to be erased, and what it is.
    pub fn found(&self) -> impl Iterator<Item = (Span, String)> + '_ {
        self.found.iter().cloned()
    }

    /// Whether all of it is going to be erased anyway.
    pub fn is_erased(&self, span: Span) -> bool {
        self.erased.encloses(span)
    }

    fn take(&mut self, span: Span, what: String) {
        if !span.is_empty() {
            self.erased.insert(span);
            self.found.push((span, what));
        }
    }

    fn blocks(&mut self, image: &Image) {
        for at in memchr::memmem::find_iter(image, &MAGIC) {
            let Some(Ok(parsed)) = image.get(at..).map(settings::parse) else { continue };
            let span = Span::at(at, parsed.value.len());
            if !self.is_erased(span) {
                self.take(span, parsed.value.zone.to_string());
            }
        }
    }

    /// Whatever else is where the flash has settings.
    fn zone(&mut self, image: &Image, address: Option<FlashAddr>) {
        let Some(zone) = address.map(|address| zone_in(address, image.len())) else { return };
        self.rest(image, zone, "what else is where the flash has settings");
    }

    /// Unknown bytes in the erase blocks that have settings; in an image that is at no known address, as far on
    /// either side as an erase block is long.
    fn beside(&mut self, image: &Image, address: Option<FlashAddr>) {
        let block_of = |at: usize| address.map_or(0, |address| address.0 as usize % ERASE_BLOCK_BYTES).wrapping_add(at);
        let around: Vec<Span> = self
            .blocks
            .iter()
            .map(|block| match address {
                Some(_) => {
                    let before = block_of(block.start()) % ERASE_BLOCK_BYTES;
                    let behind = (ERASE_BLOCK_BYTES - block_of(block.end()) % ERASE_BLOCK_BYTES) % ERASE_BLOCK_BYTES;
                    Span::new(block.start().saturating_sub(before), block.end().saturating_add(behind))
                }
                None => Span::new(
                    block.start().saturating_sub(ERASE_BLOCK_BYTES),
                    block.end().saturating_add(ERASE_BLOCK_BYTES),
                ),
            })
            .collect();
        for span in around {
            self.rest(image, span.overlap(image.span()).unwrap_or_default(), "unknown bytes beside settings");
        }
    }

    /// What in `span` is neither a part nor to be erased already, unless it is erased or zero.
    fn rest(&mut self, image: &Image, span: Span, what: &str) {
        let taken: SpanSet = self.parts.overlapping(span).chain(self.erased.overlapping(span)).collect();
        for gap in taken.gaps_in(span) {
            let is_written = |byte: &u8| !matches!(byte, 0x00 | 0xFF);
            let bytes = gap.of(image);
            let (Some(first), Some(last)) = (bytes.iter().position(is_written), bytes.iter().rposition(is_written))
            else {
                continue;
            };
            self.take(Span::new(gap.start() + first, gap.start() + last + 1), what.to_owned());
        }
    }

    /// Unknown bytes with the word that opens settings and every block that later builds appended to them: what is left
    /// of settings whose head is gone.
    fn marked(&mut self, image: &Image) {
        for at in memchr::memmem::find_iter(image, &MAGIC) {
            let mark = Span::at(at, MAGIC.len());
            let is_part = self.parts.overlapping(mark).next().is_some();
            let is_web_ui = image.get(at..).is_some_and(|bytes| web_ui::parse(bytes).is_ok());
            if is_part || is_web_ui || self.is_erased(mark) {
                continue;
            }
            // a block that ends or begins no farther away than the longest block is long
            let near = Span::new(at.saturating_sub(settings::CAMERA_LEN), at.saturating_add(settings::CAMERA_LEN));
            let near = near.overlap(image.span()).unwrap_or_default();
            self.rest(image, near, "what is left of settings without a head");
        }
    }
}

fn settings_regions(regions: &[Region], blocks: &mut SpanSet) {
    for region in regions {
        if region.kind == Kind::Settings {
            blocks.insert(region.span);
        }
        settings_regions(&region.regions, blocks);
    }
}

fn is_part(region: &Region) -> bool {
    let is_known =
        !region.kind.is_filler() && !matches!(region.kind, Kind::Unknown | Kind::Settings | Kind::CarriedPage);
    is_known && !matches!(region.state, State::Damaged | State::Unchecked)
}

/// The stretch of an image at `address` in which the flash has settings.
fn zone_in(address: FlashAddr, len: usize) -> Span {
    let offset = |place: u32| FlashAddr(place).bytes_since(address);
    match (offset(FLASH_ZONE.start), offset(FLASH_ZONE.end)) {
        (Some(start), Some(end)) => Span::new(start.min(len), end.min(len)),
        (None, Some(end)) => Span::new(0, end.min(len)),
        _ => Span::default(),
    }
}
