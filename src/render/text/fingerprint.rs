//! Which firmware something is, as text.

use std::fmt::Display;
use std::io::{self, Write};

use super::table::table;
use crate::camera::fingerprint::{CameraProgram, Certainty, Compared, Driver, Fingerprint, Kernel, Known, Role, Romfs};
use crate::render::style::{ANSWER, QUIET, paint};
use crate::words::{enumerate, plural};

/// At most this many USB ids of one driver are told.
const MAX_IDS: usize = 6;

/// At most this many flash chips are told.
const MAX_CHIPS: usize = 40;

/// What is known, as a word or two and a value.
type Rows = Vec<(&'static str, String)>;

/// Prints what a kernel or a romfs tells; other parts have nothing to add to what their map says.
pub fn fingerprint(out: &mut impl Write, print: &Fingerprint, width: usize) -> io::Result<()> {
    if print.kernel.is_none() && print.romfs.is_none() {
        return Ok(());
    }
    let mut told = Rows::new();
    told.extend(print.system_version().map(|version| ("system", shown(version))));
    told.extend(print.web_ui.as_ref().map(|version| ("web UI", shown(version))));
    let saved = print.saved_by.as_ref();
    told.extend(saved.map(|by| ("settings", format!("saved by system {} with web UI {}", by.system, by.web_ui))));
    print.kernel.iter().for_each(|print| kernel(&mut told, print));
    print.romfs.iter().for_each(|print| romfs(&mut told, print));
    let hardware = &print.hardware;
    told.extend(hardware.flash_bytes.as_ref().map(|known| ("flash", in_mib(known))));
    told.extend(hardware.flash_chip.as_ref().map(|known| ("flash chip", shown(known))));
    told.extend(hardware.ram_bytes.as_ref().map(|known| ("RAM", in_mib(known))));
    told.extend(hardware.ram_used_bytes.as_ref().map(|known| ("RAM in use", in_mib(known))));
    writeln!(out, "\n{}", paint(ANSWER, "Fingerprint"))?;
    rows(out, &told, width)
}

/// One row a thing; a label that is the one before is not said again.
fn rows(out: &mut impl Write, told: &Rows, width: usize) -> io::Result<()> {
    let mut before = "";
    let row = |(label, value): &(&'static str, String)| {
        let again = std::mem::replace(&mut before, label) == *label;
        vec![paint(QUIET, if again { "" } else { label }), crate::words::shown(value).into_owned()]
    };
    let rows: Vec<Vec<String>> = told.iter().map(row).collect();
    writeln!(out, "{}", table(&rows, &[], width))
}

fn shown<T: Display>(known: &Known<T>) -> String {
    with_doubt(known.value.to_string(), known.certainty, &known.from)
}

fn with_doubt(value: String, certainty: Certainty, from: &str) -> String {
    match certainty {
        Certainty::Certain => format!("{value}, by {from}"),
        unsure => format!("{value} ({unsure}), by {from}"),
    }
}

fn in_mib(known: &Known<usize>) -> String {
    with_doubt(format!("{} MiB", known.value >> 20), known.certainty, &known.from)
}

fn kernel(told: &mut Rows, kernel: &Kernel) {
    let build = kernel.build.map_or(String::new(), |build| format!(" #{build}"));
    let built = kernel.built.as_ref().map_or(String::new(), |built| format!(", built {built}"));
    let by = kernel.builder.as_ref().map_or(String::new(), |by| format!(" by {by}"));
    let compiler = kernel.compiler.as_ref().map_or(String::new(), |compiler| format!(" with {compiler}"));
    let cut = if kernel.whole || kernel.drivers.is_empty() { "" } else { "; not all of it could be unpacked" };
    told.push(("kernel", format!("{}{build}{built}{by}{compiler}{cut}", kernel.version.value)));
    let roles = [
        (Role::Camera, "camera"),
        (Role::Sensor, "sensors"),
        (Role::Wifi, "wifi"),
        (Role::Audio, "audio"),
        (Role::PanTilt, "pan and tilt"),
        (Role::OtherUsb, "other USB"),
    ];
    for (role, label) in roles {
        let drivers: Vec<&Driver> = kernel.of_role(role).collect();
        if let Some(sure) = drivers.iter().map(|driver| driver.certainty).min() {
            let doubt = if sure == Certainty::Likely { " (likely: by name only)" } else { "" };
            let (with_ids, others): (Vec<&Driver>, Vec<&Driver>) =
                drivers.iter().partition(|driver| !driver.ids.is_empty());
            told.extend(with_ids.into_iter().map(|driver| (label, driver_in_words(driver))));
            if !others.is_empty() {
                let names = enumerate(others.into_iter().map(|driver| driver.name.clone()));
                told.push((label, format!("{names}{doubt}")));
            }
        }
    }
    if !kernel.flash_chips.is_empty() {
        let mut sizes: Vec<u32> = kernel.flash_chips.iter().map(|chip| chip.mib).collect();
        sizes.sort_unstable();
        sizes.dedup();
        told.extend(sizes.into_iter().map(|mib| {
            let names = kernel.flash_chips.iter().filter(|chip| chip.mib == mib).take(MAX_CHIPS);
            ("flash chips", format!("{mib} MiB: {}", enumerate(names.map(|chip| chip.name.clone()))))
        }));
    }
}

fn driver_in_words(driver: &Driver) -> String {
    let ids: Vec<String> = driver.ids.iter().take(MAX_IDS).map(ToString::to_string).collect();
    let more = driver.ids.len().saturating_sub(MAX_IDS);
    let more = if more > 0 { format!(" and {}", plural(more, "more USB id")) } else { String::new() };
    format!("{}: {}{more}", driver.name, ids.join(", "))
}

fn romfs(told: &mut Rows, romfs: &Romfs) {
    let built = romfs.built.as_ref().map_or(String::new(), |built| format!(", made {} (likely)", built.value));
    told.push(("romfs", format!("{}{built}, {}", romfs.volume, plural(romfs.programs.len(), "program"))));
    told.extend(romfs.camera.as_ref().map(|camera| ("camera program", camera_in_words(camera))));
    let firmware = romfs.wifi_firmware.iter().map(|firmware| format!("{} ({})", firmware.path, firmware.chip));
    if !romfs.wifi_firmware.is_empty() {
        told.push(("wifi firmware", enumerate(firmware)));
    }
    if !romfs.init.is_empty() {
        told.push(("bin/init runs", enumerate(romfs.init.iter().cloned())));
    }
}

fn camera_in_words(camera: &CameraProgram) -> String {
    let built = camera.built.as_ref().map_or(String::new(), |built| format!(", built {}", built.value));
    let version = match (&camera.system_version, camera.candidates.as_slice()) {
        (Some(_), _) => String::new(),
        (None, []) => "; its code shows no version".to_owned(),
        (None, several) => {
            format!("; its code shows several versions: {}", enumerate(several.iter().map(ToString::to_string)))
        }
    };
    format!("{}{built}{version}", camera.path)
}

/// Prints what two firmwares tell differently.
pub fn compared(out: &mut impl Write, compared: &Compared, width: usize) -> io::Result<()> {
    if compared.differences.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", paint(ANSWER, "Firmware"))?;
    let told = compared.differences.iter().map(|difference| {
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "not known".to_owned());
        let doubt = if difference.certainty == Certainty::Likely { " (likely)" } else { "" };
        (difference.what, format!("{} → {}{doubt}", value(&difference.old), value(&difference.new)))
    });
    rows(out, &told.collect(), width)
}
