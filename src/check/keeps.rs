//! What would be lost: everything in the erase blocks that are written anew, by region and bytes.

use serde::Serialize;

use super::claim::Claim;
use super::landing::{Landing, image_place};
use super::rule::Rule;
use crate::camera::Place;
use crate::camera::board::{Board, Tenant};
use crate::camera::layout::Part;
use crate::camera::{Certainty, Known};
use crate::format::footer::LsRow;
use crate::image::FlashAddr;
use crate::map::{Kind, Region, State};
use crate::recover::Source;
use crate::words;

/// Something in the flash that would not be there any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// What it is.
    pub what: String,
    /// Where it lies, as far as it is lost.
    pub place: Place,
    /// The part that is written over it.
    pub by: Part,
    /// Whether it is really there: certain if a dump shows it, unknown if only the layout has a place for it.
    pub certainty: Certainty,
    /// The rule that is broken.
    pub rule: Rule,
}

/// A camera's flash as a dump shows it: regions with their places.
pub fn shown(dump: &Source) -> Vec<(Place, &Region)> {
    let Some(start) = dump.inspection.address else { return Vec::new() };
    let place = |region: &Region| Some(Place::new(start.checked_add(region.span.start())?, region.span.len()));
    let told = dump.inspection.regions.iter().filter(|region| !region.kind.is_filler());
    told.filter_map(|region| Some((place(region)?, region))).collect()
}

/// The stretch that a dump shows.
fn seen(dump: &Source) -> Option<Place> {
    Some(Place::new(dump.inspection.address?, dump.image().len()))
}

/// What the landings destroy. Images with the numbers of those that are flashed are replaced, which is no loss.
pub fn losses(landings: &[Landing<'_>], board: &Board, dump: Option<&Source>) -> Vec<Loss> {
    let replaced: Vec<u32> =
        landings.iter().filter_map(|landing| Some(landing.laid.footer.as_ref()?.1.number)).collect();
    let written: Vec<Part> = landings.iter().map(|landing| landing.given.part).collect();
    let mut losses = Vec::new();
    for landing in landings {
        let erased = landing.erased();
        let by = landing.given.part;
        for (tenant, place) in board.tenants() {
            let Some(lost) = place.value.overlap(erased) else { continue };
            if own(tenant) == by {
                continue;
            }
            let rule = rule_of(tenant);
            match dump.filter(|dump| seen(dump).is_some_and(|seen| seen.encloses(lost))) {
                Some(dump) => losses.extend(shown_losses(dump, lost, by, rule)),
                None => {
                    let certainty = place.certainty.min(Certainty::Likely);
                    losses.push(Loss { what: tenant.to_string(), place: lost, by, certainty, rule });
                }
            }
        }
        for row in board.images.iter().filter(|row| !replaced.contains(&row.value.number)) {
            if row.value.number == 0
                && !written.contains(&Part::BootInfo)
                && board.boot_info.value.overlap(erased).is_some()
            {
                continue; // told as BOOT INFO
            }
            if let Some(lost) = image_place(row).overlap(erased) {
                let what = format!("image {} `{}`", row.value.number, row.value.name);
                losses.push(Loss { what, place: lost, by, certainty: row.certainty, rule: Rule::KeepsImages });
            }
        }
        losses.extend(dump.into_iter().flat_map(|dump| strays(dump, erased, by, board)));
    }
    losses
}

/// What a dump has in erased blocks that is neither an image nor has a place of its own.
fn strays(dump: &Source, erased: Place, by: Part, board: &Board) -> Vec<Loss> {
    let tenants = board.tenants().map(|(_, place)| place.value);
    let images: Vec<Place> = board.images.iter().map(image_place).collect();
    let is_stray = |place: Place| !tenants.iter().chain(&images).any(|known| known.overlap(place).is_some());
    let there = shown(dump).into_iter().filter(|(place, _)| is_stray(*place));
    let lost = there.filter_map(|(place, region)| Some((place.overlap(erased)?, region)));
    let loss = |(place, region): (Place, &Region)| {
        let what = format!("{}, of no image", region.kind.words());
        Loss { what, place, by, certainty: Certainty::Certain, rule: Rule::KeepsImages }
    };
    lost.map(loss).collect()
}

const fn own(tenant: Tenant) -> Part {
    match tenant {
        Tenant::BootLoader => Part::BootLoader,
        Tenant::BootInfo => Part::BootInfo,
        Tenant::WebUi => Part::WebUi,
        Tenant::Settings => Part::Settings,
    }
}

const fn rule_of(tenant: Tenant) -> Rule {
    match tenant {
        Tenant::BootLoader | Tenant::BootInfo => Rule::KeepsMac,
        Tenant::WebUi => Rule::KeepsWebUi,
        Tenant::Settings => Rule::KeepsSettings,
    }
}

/// What a dump really has in a place; what is erased there is no loss.
fn shown_losses(dump: &Source, lost: Place, by: Part, rule: Rule) -> Vec<Loss> {
    let there = shown(dump).into_iter().filter_map(|(place, region)| Some((place.overlap(lost)?, region)));
    let told = |(place, region): (Place, &Region)| {
        let name = region.name.as_deref().filter(|name| !name.is_empty()).map(|name| format!(" {name}"));
        let name = match region.kind {
            Kind::Settings => region.name.clone().unwrap_or_else(|| "settings".to_owned()),
            kind => format!("{}{}", kind.words(), name.unwrap_or_default()),
        };
        Loss { what: name, place, by, certainty: Certainty::Certain, rule }
    };
    there.map(told).collect()
}

/// Claims about everything that has a place of its own, and about other images.
pub fn claims(landings: &[Landing<'_>], losses: &[Loss], board: &Board, dump: Option<&Source>) -> Vec<Claim> {
    let written: Vec<Part> = landings.iter().map(|landing| landing.given.part).collect();
    let mut claims = Vec::new();
    for (tenant, place) in board.tenants().into_iter().filter(|(tenant, _)| *tenant != Tenant::BootLoader) {
        if written.contains(&own(tenant)) {
            claims.push(replaced(tenant, place));
        } else {
            let claim = kept_or_lost(rule_of(tenant), losses, dump, &stays(tenant, place)).resting_on(place);
            claims.push(if tenant == Tenant::Settings { with_blocks(claim, losses, board, dump) } else { claim });
        }
    }
    let others: Vec<&Known<LsRow>> = board.images.iter().filter(|row| (1..=5).contains(&row.value.number)).collect();
    let broken = losses.iter().any(|loss| loss.rule == Rule::KeepsImages);
    if broken || !others.is_empty() {
        claims.push(kept_or_lost(Rule::KeepsImages, losses, dump, "all other images stay as they are"));
    }
    claims
}

/// Which settings blocks are lost, where no dump has told it already.
fn with_blocks(claim: Claim, losses: &[Loss], board: &Board, dump: Option<&Source>) -> Claim {
    let of_settings = losses.iter().filter(|loss| loss.rule == Rule::KeepsSettings);
    let Some(lost) = of_settings.map(|loss| loss.place).next().filter(|_| dump.is_none()) else { return claim };
    let blocks = board.settings_blocks().filter(|(_, place)| place.overlap(lost).is_some());
    let names = blocks.map(|(name, place)| format!("{name} at {}", place.start));
    claim.because(format!("all that the camera keeps there: {}", words::enumerate(names)))
}

fn stays(tenant: Tenant, place: &Known<Place>) -> String {
    let start = place.value.start;
    match tenant {
        Tenant::BootInfo => format!("BOOT INFO at {start}, with the MAC address, stays as it is"),
        Tenant::Settings => format!("the settings at {start} stay as they are"),
        tenant => format!("the {tenant} at {start} stays as it is"),
    }
}

fn replaced(tenant: Tenant, place: &Known<Place>) -> Claim {
    let start = place.value.start;
    let says = match tenant {
        Tenant::BootInfo => format!("BOOT INFO at {start} is replaced, and the MAC address with it"),
        Tenant::Settings => format!("the settings at {start} are replaced, as asked"),
        tenant => format!("the {tenant} at {start} is replaced, as asked"),
    };
    Claim::holds(rule_of(tenant), says).resting_on(place)
}

fn kept_or_lost(rule: Rule, losses: &[Loss], dump: Option<&Source>, kept: &str) -> Claim {
    let lost: Vec<&Loss> = losses.iter().filter(|loss| loss.rule == rule).collect();
    let Some(first) = lost.first() else { return Claim::holds(rule, kept) };
    let bytes = lost.iter().map(|loss| loss.place.len_bytes).sum();
    let what = match dump.is_some() && first.certainty == Certainty::Certain {
        true => words::enumerate(lost.iter().map(|loss| loss.what.clone())),
        false => format!("the {}", first.what),
    };
    let says = format!("the {} would destroy {what}: {} from {} on", first.by, words::bytes(bytes), first.place.start);
    let told =
        lost.iter().map(|loss| format!("{} at {}, {}", loss.what, loss.place, words::bytes(loss.place.len_bytes)));
    told.skip(usize::from(lost.len() == 1)).fold(Claim::fails(rule, says), Claim::because)
}

/// Something of its own that a camera has, as a dump of it shows.
#[derive(Debug)]
pub struct Owned {
    /// BOOT INFO, settings or web UI.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Where it starts.
    pub start: FlashAddr,
    /// Whether the other image has the same bytes there.
    pub is_same: bool,
}

/// What the camera of a dump has of its own, and whether an image of the whole flash has the same.
pub fn owned(dump: &Source, flash: &Source) -> Vec<Owned> {
    let told = shown(dump).into_iter().filter(|(_, region)| {
        matches!(region.kind, Kind::Settings | Kind::WebUi | Kind::BootInfo) && region.state != State::Damaged
    });
    told.map(|(place, region)| {
        let name = region.name.clone().unwrap_or_else(|| region.kind.words().to_owned());
        let other = place.in_flash().map_or(&[][..], |span| span.of(flash.image()));
        let is_same = region.span.of(dump.image()) == other;
        Owned { kind: region.kind, name, start: place.start, is_same }
    })
    .collect()
}
