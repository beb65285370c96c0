//! What a dump of a camera's flash tells of its board.

use super::{Clues, FLASH_SIZES, Model, SmallBlocks};
use crate::camera::Known;
use crate::camera::Place;
use crate::format::footer::{self, Footer, LsRow};
use crate::format::settings::Zone;
use crate::image::{ERASE_BLOCK_BYTES, FLASH_BASE, FlashAddr, Image, Span};
use crate::map::{Content, Inspection, Kind, Region};

impl Clues {
    /// What a dump tells: its length if it starts where the flash does, its footers, and where web UI and settings stand.
    /// A dump whose address nothing tells gives no clue.
    pub fn of_dump(image: &Image, inspection: &Inspection) -> Self {
        let mut clues = Self::default();
        // a flash that shows itself twice has its footers in two places, which tell no address
        let starts_flash = || starts_with_boot_loader(&inspection.regions).then_some(FLASH_BASE);
        let start = image.address().or(inspection.address).or_else(starts_flash);
        let Some(start) = start.filter(|start| start.is_in_flash()) else { return clues };
        if start == FLASH_BASE {
            clues.flash_bytes.extend(size_by_length(image));
        }
        let place = |region: &Region| {
            let start = start.checked_add(region.span.start())?;
            let source = || format!("the dump has it at {start}");
            Some(Known::certain(Place::new(start, region.span.len()), source()))
        };
        for region in &inspection.regions {
            match &region.content {
                Content::WebUi(_) => clues.web_ui.extend(place(region)),
                Content::Romfs(_) => clues.romfs.extend(place(region)),
                // the owner's come before the factory's
                Content::Settings(settings)
                    if matches!(settings.zone, Zone::Camera(_)) && clues.settings.is_empty() =>
                {
                    clues.settings.extend(place(region));
                }
                Content::Footer(footer) if footer.is_valid() => {
                    let footer_at = start.checked_add(region.span.start());
                    clues.images.extend(footer_at.and_then(|at| image_by_footer(footer, at)));
                    clues.small_blocks.extend(footer_at.and_then(small_blocks_by_footer));
                }
                _ => {}
            }
        }
        clues.flash_bytes.extend(size_by_web_ui(&inspection.regions, start));
        clues
    }
}

fn starts_with_boot_loader(regions: &[Region]) -> bool {
    regions.first().is_some_and(|region| region.kind == Kind::BootLoader && region.span.start() == 0)
}

/// A footer that lies where its own image says.
fn image_by_footer(footer: &Footer, at: FlashAddr) -> Option<Known<LsRow>> {
    let is_right = footer.base.checked_add(footer::place(footer.len_bytes())) == Some(at);
    is_right.then(|| Known::certain(LsRow::from(footer), format!("the footer at {at} of the dump")))
}

/// Footers stand at the ends of erase blocks: one that ends inside the last 64 KiB shows that these are small.
fn small_blocks_by_footer(at: FlashAddr) -> Option<Known<SmallBlocks>> {
    let end = at.checked_add(footer::LEN)?.bytes_since(FLASH_BASE)?;
    let is_small = !end.is_multiple_of(ERASE_BLOCK_BYTES) && end.is_multiple_of(0x2000);
    is_small.then(|| Known::likely(SmallBlocks::Top, format!("the footer at {at} of the dump")))
}

/// The length of a dump that starts where the flash does, if it is one that flash parts have. A smaller part that is read
/// beyond its end shows itself again.
fn size_by_length(image: &Image) -> Option<Known<usize>> {
    let len = image.len();
    if !FLASH_SIZES.contains(&len) {
        return None;
    }
    let half = len / 2;
    let (first, second) = (Span::new(0, half), Span::new(half, len));
    if first.of(image) == second.of(image) && image.known().encloses(image.span()) {
        return Some(Known::likely(half, "the dump shows the same bytes twice"));
    }
    Some(Known::likely(len, "the length of the dump"))
}

/// Where the web UI is tells the model, and that its size.
fn size_by_web_ui(regions: &[Region], start: FlashAddr) -> Option<Known<usize>> {
    let web_uis = regions.iter().filter(|region| region.kind == Kind::WebUi);
    let mut starts = web_uis.filter_map(|region| start.checked_add(region.span.start()));
    let model = starts.find_map(Model::by_web_ui_at)?;
    Some(Known::likely(model.flash_bytes(), "the place of the web UI in the dump"))
}
