//! Web UIs, settings and vendor updates.

use unbrick::checksum::byte_sum;
use unbrick::format::romfs::{Node, Volume};
use unbrick::format::settings::Draft;
use unbrick::format::update::{self, Form};
use unbrick::format::web_ui::{self, MAX_LEN, NewEntry, Version};

use crate::packed;

const FIRST_PATH_AT: usize = 20;

fn web_ui() -> Vec<u8> {
    let pages = [
        NewEntry::File { path: b"/index.htm", data: b"<html>camera</html>" },
        NewEntry::File { path: b"/live.htm", data: b"<html></html>" },
    ];
    web_ui::build(Version([2, 4, 10, 5]), &pages).unwrap()
}

/// Writes size and byte sum again, as the packer of a package that is odd on purpose would.
fn sealed(mut package: Vec<u8>) -> Vec<u8> {
    let size = u32::try_from(package.len()).unwrap();
    let sum = byte_sum(&package[12..]);
    package[4..8].copy_from_slice(&sum.to_le_bytes());
    package[8..12].copy_from_slice(&size.to_le_bytes());
    package
}

pub fn web_ui_with_a_changed_page() -> Vec<u8> {
    let mut package = web_ui();
    let last = package.len() - 1;
    package[last] ^= 0x01;
    package
}

pub fn web_ui_cut() -> Vec<u8> {
    let mut package = web_ui();
    package.truncate(package.len() - 4);
    package
}

pub fn web_ui_that_climbs() -> Vec<u8> {
    let mut package = web_ui();
    package[FIRST_PATH_AT..FIRST_PATH_AT + 4].copy_from_slice(b"/../");
    sealed(package)
}

pub fn web_ui_with_bytes_behind_its_pages() -> Vec<u8> {
    let mut package = web_ui();
    package.extend([0xFF; 3]);
    sealed(package)
}

pub fn web_ui_for_no_flash() -> Vec<u8> {
    let mut package = web_ui();
    package.extend([2, 0, 0, 0, b'/', b'a', 1]);
    package.extend(u32::try_from(MAX_LEN).unwrap().to_le_bytes());
    package.resize(package.len() + MAX_LEN, 0);
    sealed(package)
}

pub fn settings() -> Vec<u8> {
    Draft::camera().finish()
}

pub fn settings_with_a_changed_byte() -> Vec<u8> {
    let mut settings = settings();
    settings[0x19] ^= 0x01;
    settings
}

pub fn settings_cut() -> Vec<u8> {
    let mut settings = settings();
    settings.truncate(0x200);
    settings
}

fn update() -> Vec<u8> {
    update_of(&Volume::new("rom"))
}

fn update_of(volume: &Volume<'_>) -> Vec<u8> {
    let romfs = volume.build().unwrap();
    update::build(Form::Bneg { version: 1 }, update::Flags::ZIPPED_KERNEL, &packed::whole(), &romfs).unwrap()
}

pub fn update_too_big() -> Vec<u8> {
    let mut volume = Volume::new("rom");
    volume.add(Volume::ROOT, Node::file("large", vec![0xA5; update::MAX_LEN])).unwrap();
    update_of(&volume)
}

pub fn update_cut() -> Vec<u8> {
    let mut update = update();
    update.truncate(update.len() - 0x100);
    update
}

pub fn update_with_a_tail() -> Vec<u8> {
    [update(), b"8 bytes.".to_vec()].concat()
}

pub fn later_update_with_a_wrong_end() -> Vec<u8> {
    let zip = packed::without_kernel();
    let mut update = b"wifi-camera-sys-qetyipadgjlzcbmn".to_vec();
    update.extend(u32::try_from(zip.len()).unwrap().to_le_bytes());
    update.extend(zip);
    update.extend(b"wifi-camera-end-this is another.");
    update
}
