//! Whether a firmware is for this camera: its Wi-Fi chip, sensor, flash chip, kernel, system and RAM.
//!
//! This is the one place where fingerprints join the verdict: what [`compare`] finds becomes a broken rule, what both
//! sides show and share becomes a kept one, and what nothing tells is claimed to be unknown.

use super::Camera;
use super::claim::Claim;
use super::given::AtHand;
use super::rule::Rule;
use crate::camera::fingerprint::{Chip, Compared, Fingerprint, Kernel, Role, WIFI_CHIPS, compare};
use crate::camera::layout::Part;
use crate::finding::{Code, Finding};
use crate::words::{self, enumerate};

/// The RAM of the smaller cameras, on which newer programs find too little (boot-loader.md section 6, likely).
const SMALL_RAM_BYTES: usize = 0x80_0000;

/// What is known of whether these parts are for this camera.
pub fn claims(at_hand: &AtHand<'_>, camera: &Camera<'_>) -> Vec<Claim> {
    let brings = |part| at_hand.flash.is_some() || at_hand.part(part).is_some();
    let of_source = at_hand.sources().map(|source| Fingerprint::of(&source.reading, &source.inspection));
    let new = of_source.fold(Fingerprint::default(), Fingerprint::with);
    let old = camera.fingerprint;
    let found = compare(old, &new);
    let mut claims = Vec::new();
    if brings(Part::Kernel) {
        let kernels = [wifi(camera, &new, &found), sensor(camera, &new, &found), flash_chip(old, &new, &found)];
        claims.extend(kernels);
        claims.extend(new.kernel.as_ref().map(|new| kernel(old, new)));
    }
    if brings(Part::Romfs) {
        claims.push(system(old, &new, &found));
    }
    if !claims.is_empty() {
        claims.push(ram(camera));
    }
    claims
}

fn with_code(findings: &[Finding], codes: &[Code]) -> Option<Finding> {
    findings.iter().find(|finding| codes.contains(&finding.code())).cloned()
}

/// A finding as a broken rule.
fn broken(rule: Rule, finding: &Finding) -> Claim {
    Claim::fails(rule, finding.message()).because(finding.help())
}

/// Both kernels, if all of both could be looked at.
fn whole_kernels<'a>(old: &'a Fingerprint, new: &'a Fingerprint) -> Option<(&'a Kernel, &'a Kernel)> {
    let whole = |of: &'a Fingerprint| of.kernel.as_ref().filter(|kernel| kernel.whole);
    whole(old).zip(whole(new))
}

/// The Wi-Fi chips that a log shows to be there, because the camera's kernel has no driver for them.
fn unclaimed(camera: &Camera<'_>) -> Vec<(&'static Chip, String)> {
    let ids = camera.log.iter().flat_map(|log| &log.usb_without_driver);
    let chip = |id: &String| {
        let chip =
            WIFI_CHIPS.iter().find(|chip| chip.ids.iter().any(|known| known.to_string().eq_ignore_ascii_case(id)));
        Some((chip?, id.clone()))
    };
    ids.filter_map(chip).collect()
}

fn wifi(camera: &Camera<'_>, new: &Fingerprint, found: &Compared) -> Claim {
    let old = camera.fingerprint;
    for (chip, id) in unclaimed(camera) {
        let has =
            format!("the camera has the Wi-Fi chip {} ({id}, which no driver claimed in its boot log)", chip.name);
        match new.kernel.as_ref().and_then(|kernel| kernel.drives(chip)) {
            Some(true) => return Claim::holds(Rule::SuitsWifi, format!("{has}, and this kernel drives it")),
            Some(false) => {
                return Claim::fails(Rule::SuitsWifi, format!("{has}, and this kernel does not drive it either"));
            }
            None => {}
        }
    }
    let contradicts = with_code(&new.contradictions(), &[Code::WifiFirmwareWithoutDriver]);
    let driven = |kernel: &Kernel| {
        let chips = WIFI_CHIPS.iter().filter(|chip| kernel.drives(chip) == Some(true));
        chips.map(|chip| chip.name.to_owned()).collect::<Vec<_>>()
    };
    let both = whole_kernels(old, new).map(|(old, _)| driven(old)).filter(|chips| !chips.is_empty());
    let claim = match (with_code(&found.findings, &[Code::WifiDriverLost]), both) {
        (Some(finding), _) => broken(Rule::SuitsWifi, &finding),
        (None, Some(chips)) => {
            let says =
                format!("it drives the Wi-Fi chips that the camera's kernel drives: {}", enumerate(chips.into_iter()));
            Claim::holds(Rule::SuitsWifi, says)
        }
        (None, None) => {
            let claim = Claim::unknown(Rule::SuitsWifi, "nothing tells which Wi-Fi chip the camera has");
            let drives = new.kernel.as_ref().map(driven).filter(|chips| !chips.is_empty());
            drives.into_iter().fold(claim, |claim, chips| {
                claim.because(format!("this kernel drives {}", enumerate(chips.into_iter())))
            })
        }
    };
    contradicts.iter().fold(claim, |claim, finding| claim.because(finding.message()))
}

fn sensor(camera: &Camera<'_>, new: &Fingerprint, found: &Compared) -> Claim {
    let old = camera.fingerprint;
    let named = |kernel: &Kernel| kernel.of_role(Role::Sensor).map(|driver| driver.name.clone()).collect::<Vec<_>>();
    let both = whole_kernels(old, new).map(|(old, _)| named(old)).filter(|names| !names.is_empty());
    let seen = camera.log.and_then(|log| log.sensor.as_ref());
    if let (Some(seen), Some(names)) = (seen, new.kernel.as_ref().filter(|kernel| kernel.whole).map(named)) {
        let is_named = names.iter().any(|name| name.contains(&seen.to_ascii_lowercase()));
        let has = format!("the camera has the sensor {seen}, as its boot log shows");
        return match is_named {
            true => Claim::holds(Rule::SuitsSensor, format!("{has}, and this kernel names it")),
            false => Claim::fails(Rule::SuitsSensor, format!("{has}, and this kernel does not name it")),
        };
    }
    match (with_code(&found.findings, &[Code::SensorLost]), both) {
        (Some(finding), _) => broken(Rule::SuitsSensor, &finding),
        (None, Some(names)) => {
            let says = format!("it names the sensors that the camera's kernel names: {}", enumerate(names.into_iter()));
            Claim::holds(Rule::SuitsSensor, says)
        }
        (None, None) => {
            let claim = Claim::unknown(Rule::SuitsSensor, "nothing tells which sensor the camera has");
            let names = new.kernel.as_ref().map(named).filter(|names| !names.is_empty());
            names.into_iter().fold(claim, |claim, names| {
                claim.because(format!("this kernel names {}", enumerate(names.into_iter())))
            })
        }
    }
}

fn flash_chip(old: &Fingerprint, new: &Fingerprint, found: &Compared) -> Claim {
    let chip = old.hardware.flash_chip.as_ref();
    let known = new.kernel.as_ref().filter(|kernel| kernel.whole && !kernel.flash_chips.is_empty());
    let lost = with_code(&found.findings, &[Code::FlashChipNotInKernel, Code::FlashChipsLost]);
    match (lost, chip, known) {
        (Some(finding), ..) => broken(Rule::SuitsFlashChip, &finding),
        (None, Some(chip), Some(_)) => {
            let says = format!("it knows {}, the camera's flash chip", chip.value);
            Claim::holds(Rule::SuitsFlashChip, says).because(format!("the camera has it by {}", chip.from))
        }
        (None, None, Some(_)) if whole_kernels(old, new).is_some_and(|(old, _)| !old.flash_chips.is_empty()) => {
            Claim::holds(Rule::SuitsFlashChip, "it knows every flash chip that the camera's kernel knows")
        }
        _ if is_same_kernel(old, new) => Claim::holds(
            Rule::SuitsFlashChip,
            "its kernel is the one that the camera has, and knows the camera's flash chip",
        ),
        _ => Claim::unknown(Rule::SuitsFlashChip, "nothing tells whether it knows the camera's flash chip"),
    }
}

/// Whether two kernels are one build; the date of one can be spoilt in a log.
fn is_same(one: &Kernel, two: &Kernel) -> bool {
    one.version.value == two.version.value && one.build == two.build && one.builder == two.builder
}

fn is_same_kernel(old: &Fingerprint, new: &Fingerprint) -> bool {
    old.kernel.as_ref().zip(new.kernel.as_ref()).is_some_and(|(old, new)| is_same(old, new))
}

fn kernel(old: &Fingerprint, new: &Kernel) -> Claim {
    let build = |kernel: &Kernel| {
        let build = kernel.build.map_or(String::new(), |build| format!(" #{build}"));
        let built = kernel.built.as_ref().map_or(String::new(), |built| format!(" of {built}"));
        format!("{}{build}{built}", kernel.version.value)
    };
    match &old.kernel {
        Some(old) if is_same(old, new) => {
            Claim::holds(Rule::SuitsKernel, format!("it is the kernel that the camera has: {}", build(new)))
        }
        Some(old) => {
            let says = format!("it is another kernel than the camera's: {} instead of {}", build(new), build(old));
            Claim::unknown(Rule::SuitsKernel, says)
        }
        None => Claim::unknown(
            Rule::SuitsKernel,
            format!("nothing tells which kernel the camera has; this is {}", build(new)),
        ),
    }
}

fn system(old: &Fingerprint, new: &Fingerprint, found: &Compared) -> Claim {
    let versions = old.system_version().map(|known| known.value).or(old.saved_by.as_ref().map(|saved| saved.system));
    let claim = match (with_code(&found.findings, &[Code::SystemForOtherHardware]), versions, new.system_version()) {
        (Some(finding), ..) => broken(Rule::SuitsSystem, &finding),
        (None, Some(old), Some(new)) => {
            let says = format!("system {} has the middle numbers of system {old}, which the camera has", new.value);
            Claim::holds(Rule::SuitsSystem, says)
        }
        (None, None, Some(new)) => Claim::unknown(
            Rule::SuitsSystem,
            format!("nothing tells which system the camera has; this is {}", new.value),
        ),
        (None, _, None) => Claim::unknown(Rule::SuitsSystem, "its camera program tells no version"),
    };
    let stays = with_code(&found.findings, &[Code::WebUiNotUpgraded]);
    stays.iter().fold(claim, |claim, finding| claim.because(finding.message()))
}

fn ram(camera: &Camera<'_>) -> Claim {
    let claim = Claim::unknown(Rule::SuitsRam, "nothing tells how much RAM this firmware needs");
    let Some(has) = &camera.board.ram_bytes else { return claim };
    let claim = claim.because(format!("the camera has {}: {}", words::bytes(has.value), has.from));
    if has.value > SMALL_RAM_BYTES {
        return claim;
    }
    claim.because(
        "programs of newer firmware find too little on such cameras: `allocation of 118 pages failed!` in the boot log",
    )
}
