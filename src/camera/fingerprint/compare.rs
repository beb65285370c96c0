//! Two fingerprints held against each other, and the parts of one: what fits together, and what may not.

use serde::Serialize;

use super::chips::WIFI_CHIPS;
use super::{Certainty, Fingerprint, Kernel, Known, Role};
use crate::finding::{Fact, Finding};
use crate::format::web_ui::Version;
use crate::image::Span;
use crate::words::{enumerate, plural};

/// Something that two firmwares tell differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What it is, as `system version`.
    pub what: &'static str,
    /// The old one's, unless it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// The new one's, unless it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
    /// How sure both are.
    pub certainty: Certainty,
}

/// Two firmwares compared.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Compared {
    /// What they tell differently; only what both tell is compared.
    pub differences: Vec<Difference>,
    /// What the new one may not be fit for, where the old one was. Offsets are those of the new image.
    pub findings: Vec<Finding>,
}

/// Compares what is to be flashed, `new`, with what a camera has, `old`.
pub fn compare(old: &Fingerprint, new: &Fingerprint) -> Compared {
    let mut compared = Compared::default();
    compared.versions(old, new);
    if let (Some(old), Some(new)) = (&old.kernel, &new.kernel) {
        compared.kernels(old, new);
    }
    if let (Some(chip), Some(kernel)) = (&old.hardware.flash_chip, &new.kernel)
        && kernel.whole
        && !kernel.flash_chips.is_empty()
        && kernel.flash_chips.iter().all(|known| known.name != chip.value)
    {
        compared.find(Fact::FlashChipNotInKernel { chip: chip.value.clone() }, kernel.span);
    }
    compared
}

impl Compared {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.differences.is_empty() && self.findings.is_empty()
    }

    fn find(&mut self, fact: Fact, span: Span) {
        self.findings.push(Finding::new(fact, span));
    }

    /// What both tell, if it is not the same.
    fn differ(&mut self, what: &'static str, old: Option<String>, new: Option<String>, certainty: Certainty) {
        if old != new && old.is_some() && new.is_some() {
            self.differences.push(Difference { what, old, new, certainty });
        }
    }

    fn differ_known<T: ToString>(&mut self, what: &'static str, old: Option<&Known<T>>, new: Option<&Known<T>>) {
        if let (Some(old), Some(new)) = (old, new) {
            let certainty = old.certainty.min(new.certainty);
            self.differ(what, Some(old.value.to_string()), Some(new.value.to_string()), certainty);
        }
    }

    fn versions(&mut self, old: &Fingerprint, new: &Fingerprint) {
        // settings tell as well what the camera ran when it saved them
        let saved = old.saved_by.as_ref().map(|saved| Known::likely(saved.system, "its settings"));
        let before = old.system_version().or(saved.as_ref());
        self.differ_known("system version", before, new.system_version());
        self.differ_known("web UI version", old.web_ui.as_ref(), new.web_ui.as_ref());
        let built = |of: &Fingerprint| of.romfs.as_ref()?.camera.as_ref()?.built.clone();
        self.differ_known("camera program built", built(old).as_ref(), built(new).as_ref());
        let (Some(before), Some(after)) = (before, new.system_version()) else { return };
        let span = new.romfs.as_ref().map_or(Span::default(), |romfs| romfs.span);
        let (before, after) = (before.value, after.value);
        if hardware_of(before) != hardware_of(after) {
            self.find(Fact::SystemForOtherHardware { old: before.to_string(), new: after.to_string() }, span);
        }
        if let (Some(one), Some(two)) = (&old.web_ui, &new.web_ui)
            && before != after
            && one.value == two.value
        {
            let web_ui = one.value.to_string();
            self.find(Fact::WebUiNotUpgraded { web_ui, old: before.to_string(), new: after.to_string() }, span);
        }
    }

    fn kernels(&mut self, old: &Kernel, new: &Kernel) {
        let build = |kernel: &Kernel| kernel.build.map(|build| format!("#{build}"));
        self.differ_known("kernel version", Some(&old.version), Some(&new.version));
        self.differ("kernel build", build(old), build(new), Certainty::Certain);
        self.differ("kernel built", old.built.clone(), new.built.clone(), Certainty::Certain);
        if !old.whole || !new.whole {
            return;
        }
        for role in [Role::Camera, Role::Sensor, Role::Wifi, Role::Audio, Role::PanTilt] {
            let names = |kernel: &Kernel| Some(names(kernel, role));
            let sure = |kernel: &Kernel| kernel.of_role(role).map(|driver| driver.certainty).min();
            let certainty = sure(old).into_iter().chain(sure(new)).min().unwrap_or(Certainty::Certain);
            self.differ(role_in_words(role), names(old), names(new), certainty);
        }
        let count =
            |kernel: &Kernel| Some(plural(kernel.flash_chips.len(), "chip")).filter(|_| !kernel.flash_chips.is_empty());
        self.differ("flash chips known", count(old), count(new), Certainty::Certain);
        self.lost(old, new);
    }

    /// What the old kernel was good for and the new one may not be.
    fn lost(&mut self, old: &Kernel, new: &Kernel) {
        let wifi = WIFI_CHIPS.iter().filter(|chip| old.drives(chip) == Some(true) && new.drives(chip) == Some(false));
        let wifi: Vec<String> = wifi.map(|chip| chip.name.to_owned()).collect();
        let sensors =
            old.of_role(Role::Sensor).filter(|sensor| new.of_role(Role::Sensor).all(|other| other.name != sensor.name));
        let sensors: Vec<String> = sensors.map(|sensor| sensor.name.clone()).collect();
        let is_known = |name: &str| new.flash_chips.iter().any(|chip| chip.name == name);
        let chips = old.flash_chips.iter().filter(|chip| !new.flash_chips.is_empty() && !is_known(&chip.name));
        let chips: Vec<String> = chips.map(|chip| chip.name.clone()).collect();
        let told = |names: Vec<String>| (!names.is_empty()).then(|| enumerate(names.into_iter()));
        let facts = [
            told(wifi).map(|chips| Fact::WifiDriverLost { chips }),
            told(sensors).map(|sensors| Fact::SensorLost { sensors }),
            told(chips).map(|chips| Fact::FlashChipsLost { chips }),
        ];
        facts.into_iter().flatten().for_each(|fact| self.find(fact, new.span));
    }
}

/// The numbers of a version that stand for the hardware (captures-and-questions.md section 5, likely).
const fn hardware_of(version: Version) -> (u8, u8) {
    let Version([_, second, third, _]) = version;
    (second, third)
}

const fn role_in_words(role: Role) -> &'static str {
    match role {
        Role::Camera => "camera drivers",
        Role::Sensor => "sensors named",
        Role::Wifi => "wifi drivers",
        Role::Audio => "audio drivers",
        Role::PanTilt => "pan and tilt",
        Role::OtherUsb => "other USB drivers",
    }
}

fn names(kernel: &Kernel, role: Role) -> String {
    let names = kernel.of_role(role).map(|driver| match driver.ids.len() {
        0 => driver.name.clone(),
        ids => format!("{} ({})", driver.name, plural(ids, "USB id")),
    });
    let names: Vec<String> = names.collect();
    if names.is_empty() { "none".to_owned() } else { enumerate(names.into_iter()) }
}

impl Fingerprint {
    /// What does not fit together within one firmware. Offsets are those of its image.
    pub fn contradictions(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let (Some(kernel), Some(romfs)) = (&self.kernel, &self.romfs) {
            for firmware in &romfs.wifi_firmware {
                let chip = WIFI_CHIPS.iter().find(|chip| chip.name == firmware.chip);
                if let Some(chip) = chip.filter(|chip| kernel.drives(chip) == Some(false)) {
                    let fact = Fact::WifiFirmwareWithoutDriver {
                        file: firmware.path.clone(),
                        chip: chip.name.to_owned(),
                        ids: enumerate(chip.ids.iter().map(ToString::to_string)),
                    };
                    findings.push(Finding::new(fact, romfs.span));
                }
            }
        }
        if let Some(saved) = &self.saved_by {
            let pairs =
                [("system", saved.system, self.system_version()), ("web UI", saved.web_ui, self.web_ui.as_ref())];
            for (part, saved_by, found) in pairs {
                if let Some(found) = found.filter(|found| found.value != saved_by) {
                    let (saved_by, found) = (saved_by.to_string(), found.value.to_string());
                    let fact = Fact::SettingsOfOtherFirmware { part: part.to_owned(), saved_by, found };
                    findings.push(Finding::new(fact, saved.span));
                }
            }
        }
        findings
    }
}
