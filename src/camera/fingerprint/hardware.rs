//! What the hardware has, as far as files and logs tell.

use serde::Serialize;

use super::Known;
use crate::camera::board::{FLASH_SIZES, Model};
use crate::camera::boot_log::Facts;
use crate::image::{FLASH_BASE, FlashAddr};
use crate::map::{Content, Region};

/// The hardware that a firmware came from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Hardware {
    /// How much flash it has, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flash_bytes: Option<Known<usize>>,
    /// The flash chip, as the kernel names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flash_chip: Option<Known<String>>,
    /// How much RAM it has, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ram_bytes: Option<Known<usize>>,
    /// How much RAM the kernel uses, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ram_used_bytes: Option<Known<usize>>,
}

impl Hardware {
    pub(super) fn of_image(image: &[u8], regions: &[Region], address: Option<FlashAddr>) -> Self {
        let is_all = address == Some(FLASH_BASE) && FLASH_SIZES.contains(&image.len());
        let by_len = is_all.then(|| Known::likely(image.len(), "the length of the image"));
        let place = |region: &Region| address?.checked_add(region.span.start());
        let web_uis = regions.iter().filter(|region| matches!(region.content, Content::WebUi(_)));
        let model = web_uis.filter_map(place).find_map(Model::by_web_ui_at);
        let by_web_ui = model.map(|model| Known::likely(model.flash_bytes(), "where the web UI lies"));
        Self { flash_bytes: by_len.or(by_web_ui), ..Self::default() }
    }

    /// What boot loader and kernel print about it (boot-loader.md sections 1.1 and 6, certain).
    pub(super) fn of_log(log: &Facts) -> Self {
        let by_loader = |bytes| Known::certain(bytes, "the boot loader's banner in the log");
        let by_kernel = "the kernel's lines in the log";
        Self {
            flash_bytes: log.flash_bytes.map(by_loader),
            flash_chip: log.flash_chip.clone().map(|chip| Known::certain(chip, by_kernel)),
            ram_bytes: log.ram_bytes.map(by_loader),
            ram_used_bytes: log.kernel_ram_bytes.map(|bytes| Known::certain(bytes, by_kernel)),
        }
    }

    /// What is known here, and what `other` knows besides; what is certain before what is likely.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            flash_bytes: better(self.flash_bytes, other.flash_bytes),
            flash_chip: better(self.flash_chip, other.flash_chip),
            ram_bytes: better(self.ram_bytes, other.ram_bytes),
            ram_used_bytes: better(self.ram_used_bytes, other.ram_used_bytes),
        }
    }
}

fn better<T>(one: Option<Known<T>>, two: Option<Known<T>>) -> Option<Known<T>> {
    match (one, two) {
        (Some(one), Some(two)) if two.certainty > one.certainty => Some(two),
        (one, two) => one.or(two),
    }
}
