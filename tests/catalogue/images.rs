//! What the boot loader writes around an image.

use unbrick::format::boot_info::{BootInfo, Mac};
use unbrick::format::footer::{self, Flags, Footer};
use unbrick::image::FlashAddr;

const BASE: FlashAddr = FlashAddr(0x7F01_0000);

/// An image as it lies in the flash: its footer ends the erase block.
fn flashed(image: &[u8], footer: &Footer) -> Vec<u8> {
    let mut block = image.to_vec();
    block.resize(footer::place(image.len()), 0xFF);
    block.extend(footer.to_bytes());
    block
}

fn boot_info() -> Vec<u8> {
    BootInfo::factory(Mac([0x00, 0xD6, 0xFB, 1, 2, 3])).to_bytes()
}

fn footer_of(image: &[u8], base: FlashAddr) -> Footer {
    Footer::for_image(0, base, base, "BOOT INFO", Flags::ACTIVE | Flags::FILE_SYSTEM, image)
}

pub fn with_a_changed_footer() -> Vec<u8> {
    let image = boot_info();
    let mut footer = footer_of(&image, BASE);
    footer.length += 1;
    flashed(&image, &footer)
}

pub fn changed_after_flashing() -> Vec<u8> {
    let footer = footer_of(&boot_info(), BASE);
    let changed = BootInfo::factory(Mac([0x00, 0xD6, 0xFB, 9, 9, 9])).to_bytes();
    flashed(&changed, &footer)
}

pub fn with_a_footer_outside_of_the_flash() -> Vec<u8> {
    let image = boot_info();
    flashed(&image, &footer_of(&image, FlashAddr(0x10_0000)))
}

pub fn boot_info_of_another_type() -> Vec<u8> {
    let image = BootInfo { kind: 2, ..BootInfo::factory(Mac([0x00, 0xD6, 0xFB, 1, 2, 3])) }.to_bytes();
    flashed(&image, &footer_of(&image, BASE))
}
