//! What a log tells about the camera itself.

use serde::Serialize;

use super::read::Boot;
use crate::format::kernel::{self, Banner};

/// What a log tells about the camera: board, boot loader and firmware. What several starts tell, the last one counts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub struct Facts {
    /// When the boot loader was built, as it prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub loader_built: Option<String>,
    /// The memory that the boot loader measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ram_bytes: Option<usize>,
    /// The flash that the boot loader knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flash_bytes: Option<usize>,
    /// The MAC address in image 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac: Option<String>,
    /// The kernel's banner, its date decoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<String>,
    /// The kernel's build number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel_build: Option<u32>,
    /// When the kernel was built, on the clock of the computer that built it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel_built: Option<String>,
    /// The memory that the kernel uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel_ram_bytes: Option<usize>,
    /// Where the kernel looks for the romfs, as it prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub romfs: Option<String>,
    /// The flash chip that the kernel found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flash_chip: Option<String>,
    /// The picture sensor that the kernel found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensor: Option<String>,
    /// The version of the camera's program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_version: Option<String>,
    /// The version of the web UI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web_ui_version: Option<String>,
    /// USB devices that the kernel has no driver for, as `148f:2573`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub usb_without_driver: Vec<String>,
}

impl Facts {
    pub(super) fn of(boots: &[Boot]) -> Self {
        let value = |rule: &str, name: &str| {
            boots.iter().rev().find_map(|boot| boot.event(rule)?.value(name)).map(str::to_owned)
        };
        let hex = |rule: &str, name: &str| {
            let text = value(rule, name)?;
            usize::from_str_radix(text.trim_start_matches("0x"), 16).ok()
        };
        let banner = boots.iter().rev().find_map(banner);
        let mut usb: Vec<String> = Vec::new();
        for event in boots.iter().flat_map(|boot| boot.events_of("usb-not-claimed")) {
            if let (Some(vendor), Some(product)) = (event.value("vendor"), event.value("product")) {
                let id = format!("{vendor}:{product}").to_ascii_lowercase();
                if !usb.contains(&id) {
                    usb.push(id);
                }
            }
        }
        Self {
            loader_built: value("loader-banner", "date"),
            ram_bytes: hex("loader-memory", "ram"),
            flash_bytes: hex("loader-memory", "flash"),
            mac: value("loader-mac", "mac"),
            kernel_build: banner.as_ref().and_then(|banner| banner.build),
            kernel_built: value("kernel-banner", "built"),
            kernel: banner.map(|banner| banner.text),
            kernel_ram_bytes: value("kernel-memory", "mb")
                .and_then(|megabytes| megabytes.parse::<usize>().ok()?.checked_mul(1 << 20)),
            romfs: value("romfs-place", "start")
                .zip(value("romfs-place", "end"))
                .map(|(start, end)| format!("{start}-{end}")),
            flash_chip: value("flash-chip", "chip"),
            sensor: value("sensor-found", "sensor"),
            system_version: value("system-version", "version"),
            web_ui_version: value("web-ui-version", "version"),
            usb_without_driver: usb,
        }
    }
}

/// The kernel's banner in a start.
pub(super) fn banner(boot: &Boot) -> Option<Banner> {
    kernel::banner(boot.event("kernel-banner")?.text.as_bytes())
}
