//! Whole flashes.

use super::*;
use crate::format::footer::{self, Footer};
use crate::image::{FLASH_BASE, FlashAddr};

/// The whole flash of the fixture with its footers changed.
fn flash_with(change: impl Fn(&mut Footer)) -> Vec<u8> {
    let mut flash = fixture("camera/flash.bin");
    for mut footer in footer::installed(&flash.clone()) {
        change(&mut footer);
        footer.checksum = footer.computed_checksum();
        let at = footer.base.bytes_since(FLASH_BASE).unwrap() + footer::place(footer.len_bytes());
        flash[at..at + footer::LEN].copy_from_slice(&footer.to_bytes());
    }
    flash
}

#[test]
fn a_flash_image_boots_only_with_the_right_footers() {
    let verdict = |flash: Vec<u8>| {
        let told = told(vec![("flash.bin", flash)], Model::FourMegabytes);
        (told.verdict, told.broken())
    };
    assert_eq!(verdict(fixture("camera/flash.bin")), (Verdict::Safe, vec![]));
    let wrong_load = flash_with(|footer| {
        if footer.number == 7 {
            footer.load = FlashAddr(0x1_0000);
        }
    });
    assert_eq!(verdict(wrong_load), (Verdict::WillNotBoot, vec![Rule::KernelLoadAddress]));
    let wrong_romfs = flash_with(|footer| {
        if footer.number == 6 {
            (footer.load, footer.exec) = (FlashAddr(0x7F0E_0000), FlashAddr(0x7F0E_0000));
        }
    });
    assert_eq!(verdict(wrong_romfs), (Verdict::WillNotBoot, vec![Rule::RomfsAtItsAddress]));
    let not_started = flash_with(|footer| {
        if footer.number == 7 {
            footer.flags = footer::Flags(0x13);
        }
    });
    assert_eq!(verdict(not_started), (Verdict::WillNotBoot, vec![Rule::KernelFlags]));
    let mut without_footer = fixture("camera/flash.bin");
    without_footer[0x3_FFCC..0x4_0000].fill(0xFF);
    assert_eq!(verdict(without_footer), (Verdict::WillNotBoot, vec![Rule::KernelListed]));
    let mut without_loader = fixture("camera/flash.bin");
    without_loader[..0x1_0000].fill(0xFF);
    assert_eq!(verdict(without_loader), (Verdict::WillNotBoot, vec![Rule::BootLoaderThere]));
    let mut changed = fixture("camera/flash.bin");
    changed[0x4_0000 + 0x8000] ^= 0xFF;
    assert_eq!(verdict(changed), (Verdict::Risky, vec![Rule::ImageChecksum]));
    assert_eq!(verdict(fixture("camera/flash.bin")[..0x30_0000].to_vec()).1, [Rule::InFlash]);
}

#[test]
fn a_flash_image_with_other_settings_than_the_camera_loses_them() {
    let dump = Source::new("camera.bin", Image::new(fixture("camera/flash.bin"), None));
    let (board, _) = Board::from_dump(dump.image(), &dump.inspection);
    let same = told_on(vec![("flash.bin", fixture("camera/flash.bin"))], &board, Some(&dump));
    assert_eq!((same.verdict, same.broken()), (Verdict::Safe, vec![]));
    let mut other = fixture("camera/flash.bin");
    other[0x1F_0000..0x20_0000].fill(0xFF);
    other[0x1_0008] ^= 0x10;
    let told = told_on(vec![("flash.bin", other)], &board, Some(&dump));
    assert_eq!(told.verdict, Verdict::Risky);
    assert_eq!(told.broken(), [Rule::KeepsMac, Rule::KeepsSettings]);
}

#[test]
fn a_flash_image_whose_camera_program_was_damaged_before_it_was_flashed_is_not_safe() {
    let mut flash = fixture("camera/flash.bin");
    let romfs = romfs_with_a_damaged("/bin/camera");
    flash[0x4_0000..0x4_0000 + romfs.len()].copy_from_slice(&romfs);
    let footer = footer::installed(&flash.clone()).into_iter().find(|footer| footer.number == 6).unwrap();
    let at = 0x4_0000 + footer::place(footer.len_bytes());
    let mut footer =
        Footer { image_checksum: crate::checksum::word_sum(&flash[0x4_0000..][..footer.len_bytes()]), ..footer };
    footer.checksum = footer.computed_checksum();
    flash[at..at + footer::LEN].copy_from_slice(&footer.to_bytes());
    let told = told(vec![("flash.bin", flash)], Model::FourMegabytes);
    assert_eq!((told.verdict, told.broken()), (Verdict::Risky, vec![Rule::PartWhole]));
    assert!(
        told.claim(Rule::PartWhole).says.contains("/bin/camera: the packed part"),
        "{:?}",
        told.claim(Rule::PartWhole)
    );
}
