//! Chips that a camera can have, as kernels and file systems name them.

use crate::format::kernel::UsbId;

/// A wifi chip.
#[derive(Debug, PartialEq, Eq)]
pub struct Chip {
    /// What it is called.
    pub name: &'static str,
    /// The devices that have it and no other chip, as its maker numbers them.
    pub ids: &'static [UsbId],
    /// How the name of its firmware's file starts, in lower case; its driver loads it from the romfs.
    pub firmware: &'static [&'static str],
    /// How its driver's names start, in lower case.
    pub names: &'static [&'static str],
}

/// Every wifi chip that a camera of this kind is known to have (captures-and-questions.md section 5: RT73 as 148f:2573
/// and RT3070 as 148f:3070, certain; the others' names are from there too, their ids from the drivers of Linux, likely).
pub const WIFI_CHIPS: [Chip; 5] = [
    Chip { name: "RT73", ids: &[UsbId::new(0x148F, 0x2573)], firmware: &["rt73"], names: &["rt73"] },
    Chip {
        name: "RT2870",
        ids: &[UsbId::new(0x148F, 0x2870), UsbId::new(0x148F, 0x2770)],
        firmware: &["rt2870"],
        names: &["rt2870"],
    },
    Chip {
        name: "RT3070",
        ids: &[UsbId::new(0x148F, 0x3070), UsbId::new(0x148F, 0x3071), UsbId::new(0x148F, 0x3072)],
        firmware: &["rt3070", "rt30xx"],
        names: &["rt3070", "rt30xx"],
    },
    Chip {
        name: "ZD1211",
        ids: &[UsbId::new(0x0ACE, 0x1211), UsbId::new(0x0ACE, 0x1215)],
        firmware: &["zd1211"],
        names: &["zd1211"],
    },
    Chip { name: "VT6656", ids: &[UsbId::new(0x160A, 0x3184)], firmware: &["vt6656"], names: &["vt6656", "vntwusb"] },
];

/// Makers of the bridges between a picture sensor and USB (captures-and-questions.md section 5 names sn9c, Sonix, and
/// 1d0f:1801; 0ac8 is Vimicro's; likely).
pub const CAMERA_VENDORS: [u16; 3] = [0x0AC8, 0x0C45, 0x1D0F];

/// How the names of sensors and their bridges start, in lower case (captures-and-questions.md section 5, certain that
/// kernels name them so).
pub const SENSOR_NAMES: [&str; 7] = ["sn9c", "mi360", "mi1310", "ov7", "ov9", "ov10", "pap7"];

/// The chip whose firmware's file has this name.
pub fn of_firmware(file_name: &str) -> Option<&'static Chip> {
    let name = file_name.to_ascii_lowercase();
    WIFI_CHIPS.iter().find(|chip| chip.firmware.iter().any(|start| name.starts_with(start)))
}
