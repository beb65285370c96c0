//! What the hardware has, as far as files and logs tell.

use serde::Serialize;

use super::Known;
use crate::camera::board::{FLASH_SIZES, Model};
use crate::format::text::readable;
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
    pub(super) fn of_boot_log(log: &[u8]) -> Self {
        let mut found = Self::default();
        for line in log.split(|byte| matches!(byte, b'\n' | b'\r')).map(readable) {
            let printed = |label: &str| line.split_once(label).and_then(|(_, size)| hex_number(size));
            let (ram, flash) = (printed("Memory Size is 0x"), printed("Flash Size is 0x"));
            if ram.is_some() || flash.is_some() {
                let known = |size| Known::certain(size, "the boot loader's banner in the log");
                found.ram_bytes = ram.map(known).or(found.ram_bytes);
                found.flash_bytes = flash.map(known).or(found.flash_bytes);
            } else if let Some((chip, _)) = line.split_once(" Flash Detected") {
                let chip = chip.split_whitespace().next_back().unwrap_or_default().to_owned();
                found.flash_chip =
                    Some(Known::certain(chip, "the kernel's lines in the log")).filter(|chip| !chip.value.is_empty());
            } else if let Some((_, total)) = line.split_once("Memory: ").filter(|(_, rest)| rest.contains(" total")) {
                let mib = total.split_once(" = ").and_then(|(_, total)| total.split_once("MB"));
                let bytes = mib.and_then(|(mib, _)| mib.parse::<usize>().ok()).and_then(|mib| mib.checked_mul(1 << 20));
                found.ram_used_bytes = bytes.map(|bytes| Known::certain(bytes, "the kernel's lines in the log"));
            }
        }
        found
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

/// The hexadecimal number that a text starts with.
fn hex_number(text: &str) -> Option<usize> {
    let digits = text.find(|letter: char| !letter.is_ascii_hexdigit()).unwrap_or(text.len());
    usize::from_str_radix(text.get(..digits)?, 16).ok()
}
