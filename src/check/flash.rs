//! A whole flash for a programmer: the boot loader's way through it, step by step.

use super::Camera;
use super::claim::Claim;
use super::given::{Given, Route};
use super::keeps::{Owned, owned};
use super::rule::Rule;
use super::starts;
use crate::camera::Place;
use crate::camera::layout::Part;
use crate::format::footer::{self, Flags, Footer};
use crate::format::kernel::LOAD_ADDRESS;
use crate::image::{FLASH_BASE, Span};
use crate::map::{Kind, Region, State};
use crate::recover::{Set, Source};
use crate::words;

/// Everything that is claimed about a whole flash.
pub fn claims(flash: &Source, camera: &Camera<'_>, set: &Set) -> Vec<Claim> {
    let footers = footers(flash);
    let mut claims = vec![fits(flash, camera)];
    if flash.inspection.address.is_some_and(|start| start != FLASH_BASE) {
        return claims;
    }
    claims.push(boot_loader(flash));
    claims.extend(kernel(flash, &footers, camera, set));
    claims.extend(romfs(flash, &footers, camera));
    claims.extend(others_whole(flash));
    claims.extend(keeps(flash, camera));
    claims
}

/// The footers that the boot loader would find, if the image starts where the flash does.
fn footers(flash: &Source) -> Vec<Footer> {
    footer::installed(flash.image())
}

fn fits(flash: &Source, camera: &Camera<'_>) -> Claim {
    let (len, board) = (flash.image().len(), camera.board);
    let name = format!("`{}`", flash.file_name());
    let starts_elsewhere = flash.inspection.address.filter(|start| *start != FLASH_BASE);
    let claim = match starts_elsewhere {
        Some(start) => Claim::fails(
            Rule::InFlash,
            format!("{name} starts at {start} and not at {FLASH_BASE}, where the flash does"),
        ),
        None if len == board.flash_bytes.value => {
            Claim::holds(Rule::InFlash, format!("{name} is as long as the flash: {}", words::bytes(len)))
        }
        None => {
            let says =
                format!("{name} has {}, and the flash {}", words::bytes(len), words::bytes(board.flash_bytes.value));
            Claim::fails(Rule::InFlash, says)
        }
    };
    claim.resting_on(&board.flash_bytes)
}

fn boot_loader(flash: &Source) -> Claim {
    let first = flash.inspection.regions.first();
    match first.filter(|region| region.kind == Kind::BootLoader && region.span.start() == 0) {
        Some(region) => {
            let len = words::bytes(region.span.len());
            Claim::holds(Rule::BootLoaderThere, format!("a boot loader of {len} is at {FLASH_BASE}"))
        }
        None => Claim::fails(
            Rule::BootLoaderThere,
            format!("there is no boot loader at {FLASH_BASE}: the camera would stay dead"),
        ),
    }
}

/// An image by its footer, as the boot loader takes it.
fn image<'a>(flash: &'a Source, footer: &Footer, part: Part) -> Option<Given<'a>> {
    let start = footer.base.bytes_since(FLASH_BASE)?;
    let span = Span::at(start, footer.len_bytes());
    let bytes = flash.image().get(span.start()..span.end())?;
    let region = flash.inspection.regions.iter().find(|region| region.span.start() == start);
    Some(Given { source: flash, part, bytes, span, region, route: Route::Programmer })
}

fn kernel(flash: &Source, footers: &[Footer], camera: &Camera<'_>, set: &Set) -> Vec<Claim> {
    let Some(footer) = footers.iter().find(|footer| footer.number == 7) else {
        let says = "no footer of an image 7: the boot loader would process image 7 and fall back to its prompt";
        return vec![Claim::fails(Rule::KernelListed, says)];
    };
    let mut claims = vec![Claim::holds(Rule::KernelListed, format!("the boot loader finds `{}`", footer.ls_line()))];
    let flags = footer.flags;
    let runs = flags.has(Flags::ACTIVE | Flags::EXECUTE) && (flags.has(Flags::ZIP) || flags.has(Flags::COPY));
    claims.push(match runs {
        true => Claim::holds(Rule::KernelFlags, format!("its flags `{flags}` make the boot loader load and start it")),
        false => Claim::fails(
            Rule::KernelFlags,
            format!("its flags `{flags}` do not make the boot loader load and start it"),
        ),
    });
    let addresses = [footer.load.0, footer.exec.0].map(|address| usize::try_from(address).unwrap_or(usize::MAX));
    claims.push(match addresses == [LOAD_ADDRESS; 2] {
        true => Claim::holds(Rule::KernelLoadAddress, format!("it is loaded to and started at {}", footer.exec)),
        false => Claim::fails(
            Rule::KernelLoadAddress,
            format!(
                "it would be loaded to {} and started at {}, but kernels run at 0x{LOAD_ADDRESS:X}",
                footer.load, footer.exec
            ),
        ),
    });
    match image(flash, footer, Part::Kernel) {
        Some(given) => {
            claims.push(image_checksum(footer, &given));
            claims.extend(starts::starts(&given, camera.board, set));
        }
        None => claims.push(outside(footer)),
    }
    claims
}

fn romfs(flash: &Source, footers: &[Footer], camera: &Camera<'_>) -> Vec<Claim> {
    let Some(footer) = footers.iter().find(|footer| footer.number == 6) else {
        let says = "no footer of an image 6: the kernel would look for its romfs in RAM, at 0x700000";
        return vec![Claim::fails(Rule::RomfsListed, says)];
    };
    let mut claims = vec![Claim::holds(Rule::RomfsListed, format!("the kernel finds `{}`", footer.ls_line()))];
    if !footer.flags.has(Flags::ZIP) {
        claims.push(match footer.load == footer.base {
            true => Claim::holds(
                Rule::RomfsAtItsAddress,
                format!("the kernel looks for the romfs at {}, where it is", footer.load),
            ),
            false => Claim::fails(
                Rule::RomfsAtItsAddress,
                format!("the kernel would look for the romfs at {}, but it is at {}", footer.load, footer.base),
            ),
        });
    }
    let Some(given) = image(flash, footer, Part::Romfs) else {
        claims.push(outside(footer));
        return claims;
    };
    claims.push(image_checksum(footer, &given));
    claims.extend(starts::damaged_files(&given));
    if !footer.flags.has(Flags::ZIP) {
        claims.extend(starts::starts(&given, camera.board, &Set::default()));
    }
    let (room, other) = camera.board.image_room();
    let end = footer.base.checked_add(footer::place(footer.len_bytes()).saturating_add(footer::LEN));
    let claim = match end.filter(|end| *end <= room.value.end()) {
        Some(end) => Claim::holds(
            Rule::BelowOthers,
            format!("the romfs and its footer end at {end}, below the place of the {other}"),
        ),
        None => {
            let says = format!(
                "the romfs reaches into the place of the {other} at {}: the camera would write over it",
                room.value.end()
            );
            Claim::fails(Rule::BelowOthers, says)
        }
    };
    claims.push(claim.resting_on(&room));
    claims
}

fn image_checksum(footer: &Footer, given: &Given<'_>) -> Claim {
    match footer.verify_image(given.bytes) {
        None => Claim::holds(Rule::ImageChecksum, format!("`chk` finds {} as its footer says", given.name())),
        Some(finding) => {
            let says = format!("{} was changed after it was flashed: {}", given.name(), finding.message());
            Claim::fails(Rule::ImageChecksum, says)
        }
    }
}

fn outside(footer: &Footer) -> Claim {
    let place = Place::new(footer.base, footer.len_bytes());
    Claim::fails(Rule::InFlash, format!("image {} would lie at {place}, which is not in this file", footer.number))
}

/// Web UI and settings have no footer, but sums of their own.
fn others_whole(flash: &Source) -> Vec<Claim> {
    let told =
        |region: &&Region| matches!(region.kind, Kind::WebUi | Kind::Settings) && region.state != State::Verified;
    let says = |region: &Region| {
        let start = FLASH_BASE.checked_add(region.span.start()).unwrap_or(FLASH_BASE);
        Claim::fails(Rule::PartWhole, format!("{} at {start}: {}", region.kind.words(), region.state))
    };
    flash.inspection.regions.iter().filter(told).map(says).collect()
}

/// A programmer writes everything anew: what the camera has of its own must be in the image.
fn keeps(flash: &Source, camera: &Camera<'_>) -> Vec<Claim> {
    let kinds =
        [(Kind::BootInfo, Rule::KeepsMac), (Kind::Settings, Rule::KeepsSettings), (Kind::WebUi, Rule::KeepsWebUi)];
    let owned = camera.dump.map(|dump| owned(dump, flash));
    kinds.into_iter().map(|(kind, rule)| keeps_one(flash, kind, rule, owned.as_deref())).collect()
}

fn keeps_one(flash: &Source, kind: Kind, rule: Rule, owned: Option<&[Owned]>) -> Claim {
    let regions: Vec<&Region> = flash.inspection.regions.iter().filter(|region| region.kind == kind).collect();
    let mac = || regions.first().and_then(|region| region.details.first()).map(|detail| detail.value.clone());
    let brings = match (kind, regions.is_empty()) {
        (Kind::BootInfo, false) => format!("it brings the MAC address {}", mac().unwrap_or_default()),
        (Kind::BootInfo, true) => {
            "it has no BOOT INFO: the boot loader would make one with the MAC address 00:00:00:00:00:01".to_owned()
        }
        (Kind::Settings, false) => "it brings settings".to_owned(),
        (Kind::Settings, true) => {
            "it has no settings: the camera would start with those of the factory program".to_owned()
        }
        (_, false) => "it brings a web UI".to_owned(),
        (_, true) => "it has no web UI: the camera would run without its pages".to_owned(),
    };
    let Some(owned) = owned else {
        return match (kind, regions.is_empty()) {
            (_, true) => Claim::fails(rule, brings),
            _ => Claim::unknown(
                rule,
                format!("{brings}; whether that is what the camera has, only a dump of it (`--like`) tells"),
            ),
        };
    };
    let owned: Vec<&Owned> = owned.iter().filter(|owned| owned.kind == kind).collect();
    let lost = owned.iter().filter(|owned| !owned.is_same);
    let lost: Vec<String> = lost.map(|owned| format!("{} at {}", owned.name, owned.start)).collect();
    match (owned.is_empty(), lost.is_empty()) {
        (true, _) => Claim::unknown(rule, format!("{brings}; the dump shows none to compare with")),
        (_, true) => Claim::holds(rule, format!("{brings}, the same as the camera has")),
        _ => Claim::fails(rule, format!("{brings}, but the camera has others: {}", words::enumerate(lost.into_iter()))),
    }
}
