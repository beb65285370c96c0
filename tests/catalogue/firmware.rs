//! Firmwares that do not fit together, and cameras that they do not fit.

use unbrick::camera::fingerprint::version_stores;
use unbrick::format::flat::{self, Flags, NewFlat};
use unbrick::format::kernel::{Draft, FlashChip, UsbId};
use unbrick::format::kernel_zip::{self, DosTime, Effort};
use unbrick::format::romfs::{Node, Volume};
use unbrick::format::web_ui::{self, NewEntry, Version};

const RT3070: UsbId = UsbId::new(0x148F, 0x3070);
const BRIDGE: UsbId = UsbId::new(0x0AC8, 0x301B);

fn packed(kernel: &Draft) -> Vec<u8> {
    kernel_zip::build("linux.bin", &kernel.finish(), DosTime { time: 0x411D, date: 0x3D86 }, Effort::default()).unwrap()
}

fn banner() -> Draft {
    Draft::new(b"Linux version 2.4.20-uc0 (a@b) (gcc version 3.0) #7 Mon Dec 6 08:08:33 CST 2010\n")
}

fn chips(names: &[&str]) -> Vec<FlashChip> {
    names.iter().map(|name| FlashChip { name: (*name).to_owned(), maker: 1, device: 2, mib: 4 }).collect()
}

/// The kernel that the camera has.
pub fn kernel() -> Vec<u8> {
    let mut kernel = banner();
    kernel.text(b"sensor ov7725 found").usb_driver("wifi", &[RT3070, UsbId::new(0x148F, 0x3071)]);
    kernel.flash_chips(&chips(&["S29GL032N", "W19B320ABT", "MX29LV160BB"]));
    packed(&kernel)
}

/// A kernel for another one.
pub fn other_kernel() -> Vec<u8> {
    let mut kernel = banner();
    kernel.usb_driver("camera", &[BRIDGE, UsbId::new(0x0AC8, 0x303B)]);
    kernel.flash_chips(&chips(&["W19B320ABT", "MX29LV160BB"]));
    packed(&kernel)
}

fn romfs(version: Version) -> Vec<u8> {
    let stores = version_stores(version);
    let flags = Flags::RAM | Flags::GZIP;
    let data = b"sw version is %s\n\0";
    let camera =
        flat::build(&NewFlat { text: &stores, data, bss_len: 0, stack_len: 0x1000, relocations: &[], flags, time: 1 });
    let mut volume = Volume::new("rom 4cfdc420");
    volume.add(Volume::ROOT, Node::file("camera", camera)).unwrap();
    volume.add(Volume::ROOT, Node::file("rt73.bin", vec![0x5A; 64])).unwrap();
    volume.build().unwrap()
}

fn web_ui() -> Vec<u8> {
    let pages = [NewEntry::File { path: b"/index.htm", data: b"<html></html>" }];
    web_ui::build(Version([0, 3, 1, 8]), &pages).unwrap()
}

pub fn of_another_wifi_chip() -> Vec<u8> {
    [kernel(), romfs(Version([0, 37, 2, 60]))].concat()
}

pub fn with_settings_of_an_older_one() -> Vec<u8> {
    [crate::packages::settings(), web_ui()].concat()
}

pub fn with_its_web_ui(version: Version) -> Vec<u8> {
    [romfs(version), web_ui()].concat()
}

/// A boot log of a camera with a flash chip that only the first of both kernels knows.
pub fn boot_log() -> Vec<u8> {
    b"W90P745 Boot Loader [ Version 1.1 $Revision: 1 $ ] Rebuilt on Dec 10 2009\n\
      Memory Size is 0x1000000 Bytes, Flash Size is 0x400000 Bytes\nProcessing image 7 ... \nS29GL032N Flash Detected\n"
        .to_vec()
}
