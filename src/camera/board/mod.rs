//! A [`Board`]: the flash layout of a camera, every number with its source.
//!
//! | address | content |
//! |---|---|
//! | 0x7F000000 | boot loader, at most 64 KiB |
//! | 0x7F010000 | image 0, BOOT INFO with the MAC address; footer at 0x7F01FFCC |
//! | 0x7F020000 | image 7, the kernel; image 6, the romfs, at the next erase block behind its footer |
//! | 0x7F180000 | web UI of 2 MB cameras, at most 0x70000 bytes |
//! | 0x7F1F0000 | settings, 64 KiB |
//! | 0x7F200000 | web UI of 4 MB cameras, at most 0x200000 bytes |
//!
//! boot-loader.md section 5 and packages-and-formats.md sections 3 and 4, certain for the boot loader and for the camera
//! program 21.37.2.37. What a dump or a log of a camera shows are [`Clues`]; they settle what its board is.

mod blocks;
mod clues;
mod dump;
mod log;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub use blocks::{SmallBlocks, erase_blocks};
pub use clues::Clues;

use super::Known;
use super::Place;
use super::boot_log;
use crate::finding::Finding;
use crate::format::footer::{self, KERNEL_BASE, LsRow};
use crate::format::{kernel, settings, update, web_ui};
use crate::image::{ERASE_BLOCK_BYTES, FLASH_BASE, FLASH_MAX_BYTES, FlashAddr, Image};
use crate::map::Inspection;

/// Where the boot loader keeps BOOT INFO, and where the kernel's Ethernet driver looks for the MAC address
/// (boot-loader.md sections 2.2 and 5, certain).
pub const BOOT_INFO_BASE: FlashAddr = FlashAddr(0x7F01_0000);

/// Where the settings start on 2 MB and on 4 MB cameras (boot-loader.md section 5, certain for system 21.37.2.37).
pub const SETTINGS_BASE: FlashAddr = FlashAddr(settings::FLASH_ZONE.start);

/// The sizes of flash that the boot loader knows (boot-loader.md sections 1.1 and 5, certain; no camera with the largest was
/// seen).
pub const FLASH_SIZES: [usize; 3] =
    [Model::TwoMegabytes.flash_bytes(), Model::FourMegabytes.flash_bytes(), FLASH_MAX_BYTES];

/// The settings blocks, by their distance from the first of them and their bytes, the largest known where builds differ
/// (packages-and-formats.md section 4, certain for system 21.37.2.37).
const SETTINGS_BLOCKS: [(&str, usize, usize); 6] = [
    ("camera settings", 0x0000, 0x14E8),
    ("video settings", 0x7000, 0x14),
    ("dynamic DNS state", 0x7100, 0xE0),
    ("preset positions", 0x7200, 0x12C),
    ("factory settings", 0x8000, 0x14E8),
    ("factory video settings", 0xF000, 0x14),
];

/// Whose numbers they are.
const BOOT_LOADER: &str = "the boot loader's source";
const CAMERA_PROGRAM: &str = "the camera program of system 21.37.2.37";
const KERNEL_AND_LOADER: &str = "the boot loader's source and kernel 2.4.20-uc0 #1452";

/// The layouts that camera programs know: a camera has the one or the other, by the size of its flash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, strum::Display)]
pub enum Model {
    /// 2 MiB of flash.
    #[serde(rename = "2m")]
    #[strum(to_string = "2 MB")]
    TwoMegabytes,
    /// 4 MiB of flash.
    #[serde(rename = "4m")]
    #[strum(to_string = "4 MB")]
    FourMegabytes,
}

impl Model {
    /// Bytes of its flash.
    pub const fn flash_bytes(self) -> usize {
        match self {
            Self::TwoMegabytes => 0x20_0000,
            Self::FourMegabytes => 0x40_0000,
        }
    }

    /// The model of a camera with so many bytes of flash. The kernel knows parts of both sizes and none of any other
    /// (`/proc/flash_2m` and `/proc/flash_4m`, boot-loader.md section 6, certain).
    const fn of_flash(flash_bytes: usize) -> Self {
        if flash_bytes <= Self::TwoMegabytes.flash_bytes() { Self::TwoMegabytes } else { Self::FourMegabytes }
    }

    /// How it is named on the command line.
    pub const fn option(self) -> &'static str {
        match self {
            Self::TwoMegabytes => "2m",
            Self::FourMegabytes => "4m",
        }
    }

    /// Where the camera program reads and writes the web UI, up to the largest that it takes.
    const fn web_ui(self) -> Place {
        match self {
            Self::TwoMegabytes => Place::new(FlashAddr(0x7F18_0000), 0x7_0000),
            Self::FourMegabytes => Place::new(FlashAddr(0x7F20_0000), web_ui::MAX_LEN),
        }
    }

    /// The model whose web UI starts here.
    pub fn by_web_ui_at(start: FlashAddr) -> Option<Self> {
        [Self::TwoMegabytes, Self::FourMegabytes].into_iter().find(|model| model.web_ui().start == start)
    }

    /// The largest file that the camera's upgrade page takes (packages-and-formats.md section 1, certain).
    const fn upload_limit(self) -> usize {
        match self {
            Self::TwoMegabytes => update::MAX_LEN_2M,
            Self::FourMegabytes => update::MAX_LEN,
        }
    }

    /// Its board, by the table alone.
    pub fn board(self) -> Board {
        Clues::of_model(self).settle().0
    }
}

/// What has a place of its own in the flash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
pub enum Tenant {
    /// The boot loader.
    #[strum(to_string = "boot loader")]
    BootLoader,
    /// BOOT INFO, with the MAC address.
    #[strum(to_string = "BOOT INFO")]
    BootInfo,
    /// The web UI.
    #[strum(to_string = "web UI")]
    WebUi,
    /// The settings.
    #[strum(to_string = "settings")]
    Settings,
}

/// The flash layout of a camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Board {
    /// Which of the known layouts it has.
    pub model: Model,
    /// Bytes of flash.
    pub flash_bytes: Known<usize>,
    /// Where the flash has small erase blocks.
    pub small_blocks: Known<SmallBlocks>,
    /// Bytes of RAM, if anything tells.
    pub ram_bytes: Option<Known<usize>>,
    /// Where the boot loader is.
    pub boot_loader: Known<Place>,
    /// Where BOOT INFO is, with its footer.
    pub boot_info: Known<Place>,
    /// Where the web UI is, up to the largest that the camera takes.
    pub web_ui: Known<Place>,
    /// The erase block of all settings.
    pub settings: Known<Place>,
    /// The largest file that the camera's upgrade page takes, in bytes.
    pub upload_limit: Known<usize>,
    /// The RAM address that an unpacked kernel, loaded to 0x8000, must end at or below.
    pub kernel_end: Known<usize>,
    /// The images that this camera has, in the order of its flash; empty if nothing tells.
    pub images: Vec<Known<LsRow>>,
    /// Where this camera has its romfs, if anything tells.
    pub romfs: Option<Known<Place>>,
}

impl Board {
    /// The board that a dump of a camera's flash shows, and where the dump contradicts itself.
    pub fn from_dump(image: &Image, inspection: &Inspection) -> (Self, Vec<Finding>) {
        Clues::of_dump(image, inspection).settle()
    }

    /// The board that a boot log or a pasted `ls` shows, and where the text contradicts itself.
    pub fn from_log(text: &[u8]) -> (Self, Vec<Finding>) {
        Clues::of_log(&boot_log::read(text)).settle()
    }

    /// All of the flash.
    pub fn flash(&self) -> Place {
        Place::new(FLASH_BASE, self.flash_bytes.value)
    }

    /// The erase blocks, in the order of their addresses.
    pub fn erase_blocks(&self) -> Vec<Place> {
        erase_blocks(self.flash_bytes.value, self.small_blocks.value)
    }

    /// Where kernel and romfs can lie, footers included, and what must not be overwritten behind it: the web UI or the
    /// settings, whichever comes first.
    pub fn image_room(&self) -> (Known<Place>, Tenant) {
        let tenants = [(&self.web_ui, Tenant::WebUi), (&self.settings, Tenant::Settings)];
        let behind = tenants.into_iter().filter(|(place, _)| place.value.start > KERNEL_BASE);
        let (first, tenant) =
            behind.min_by_key(|(place, _)| place.value.start).unwrap_or((&self.settings, Tenant::Settings));
        (first.map(|place| Place::between(KERNEL_BASE, place.start)), tenant)
    }

    /// The longest romfs that fits between a kernel, which takes at least one erase block, and what lies behind.
    pub fn romfs_max_bytes(&self) -> Known<usize> {
        self.image_room().0.map(|room| room.len_bytes.saturating_sub(ERASE_BLOCK_BYTES).saturating_sub(footer::LEN))
    }

    /// Everything but images that has a place of its own, with that place.
    pub fn tenants(&self) -> [(Tenant, &Known<Place>); 4] {
        [
            (Tenant::BootLoader, &self.boot_loader),
            (Tenant::BootInfo, &self.boot_info),
            (Tenant::WebUi, &self.web_ui),
            (Tenant::Settings, &self.settings),
        ]
    }

    /// Every settings block that the camera program keeps, with its place.
    pub fn settings_blocks(&self) -> impl Iterator<Item = (&'static str, Place)> {
        let base = self.settings.value.start;
        let place = move |distance, len| Some(Place::new(base.checked_add(distance)?, len));
        SETTINGS_BLOCKS.iter().filter_map(move |(name, distance, len)| Some((*name, place(*distance, *len)?)))
    }

    /// The image with this number that the camera has, if anything tells; of several, the one that the boot loader
    /// takes, which is the first.
    pub fn image(&self, number: u32) -> Option<&Known<LsRow>> {
        self.images.iter().find(|row| row.value.number == number)
    }
}

/// The places that are the same on every camera.
fn fixed_places() -> (Known<Place>, Known<Place>) {
    (
        Known::certain(Place::new(FLASH_BASE, ERASE_BLOCK_BYTES), BOOT_LOADER),
        Known::certain(Place::new(BOOT_INFO_BASE, ERASE_BLOCK_BYTES), BOOT_LOADER),
    )
}

/// The RAM address that a kernel must not reach.
fn kernel_end() -> Known<usize> {
    Known::certain(kernel::BUFFER_ADDRESS, KERNEL_AND_LOADER)
}
