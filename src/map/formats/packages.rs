//! Web UIs, settings and vendor updates as regions.

use super::{Look, at_start};
use crate::format::settings::{self, Zone};
use crate::format::update::{self, System, Update};
use crate::format::{Parsed, web_ui};
use crate::image::{Span, SpanSet};
use crate::map::region::{Content, Kind, Region, State};
use crate::map::settle::{Candidate, Evidence, fill};
use crate::words::plural;

/// An update in a file or package is looked into; one that lies deeper is none that a camera takes, and as each has
/// two parts, looking into all of them would double the work with every level.
const UPDATE_MAX_DEPTH: usize = 1;

/// Web UI and settings share their magic; what follows tells them apart.
pub fn zone(bytes: &[u8], look: &Look) -> Option<Candidate> {
    web_ui(bytes, look).or_else(|| settings(bytes))
}

fn web_ui(bytes: &[u8], look: &Look) -> Option<Candidate> {
    let Parsed { value, findings } = web_ui::parse(bytes).ok()?;
    let (evidence, state) = by_checksum(value.is_verified(), value.len(), value.size);
    let files = value.entries.iter().filter(|entry| entry.kind != web_ui::EntryKind::Directory).count();
    let mut region = Region::new(Kind::WebUi, Span::new(0, value.len()), state)
        .named(value.version.to_string())
        .detail("version", value.version)
        .detail("holds", plural(files, "file"));
    if state == State::Verified {
        region = region.proved(format!("its byte sum 0x{:08X} holds", value.stored_checksum));
    }
    if state == State::Truncated {
        region.missing = value.size.checked_sub(value.len());
    }
    region.regions = web_ui_files(bytes, &value, look);
    region.content = Content::WebUi(Box::new(value));
    Some(Candidate { evidence, region, findings })
}

fn web_ui_files(bytes: &[u8], package: &web_ui::WebUi, look: &Look) -> Vec<Region> {
    let whole = Span::new(0, package.len());
    let mut files = Vec::with_capacity(package.entries.len());
    let mut header_at = 0;
    for entry in &package.entries {
        let data = entry.data();
        let header = Span::new(header_at, data.start());
        header_at = data.end();
        files.push(Region::new(Kind::WebUi, header, State::Unchecked).named(format!("header of {}", entry.path)));
        let mut file = Region::new(Kind::File, data, State::Unchecked).named(&entry.path);
        if let Some(content) = at_start(data.of(bytes), &look.glance()) {
            let content = content.region.shifted(data.start());
            file.regions = fill(bytes, &SpanSet::of(data), data, vec![content]);
        }
        files.push(file);
    }
    files.retain(|file| !file.span.is_empty());
    fill(bytes, &SpanSet::of(whole), whole, files)
}

fn settings(bytes: &[u8]) -> Option<Candidate> {
    let Parsed { value, findings } = settings::parse(bytes).ok()?;
    let (evidence, state) = by_checksum(value.is_verified(), value.len(), value.size);
    let span = Span::new(0, value.len());
    let mut region = Region::new(Kind::Settings, span, state).named(value.zone.to_string());
    if let Zone::Camera(camera) = &value.zone {
        region = region
            .detail("system version", camera.system_version)
            .detail("web UI version", camera.app_version)
            .detail("written", camera.generation)
            .detail("users", camera.users.len());
    }
    if state == State::Verified {
        region = region.proved(format!("their byte sum 0x{:08X} holds", value.stored_checksum));
    }
    if state == State::Truncated {
        region.missing = value.size.checked_sub(value.len());
    }
    region.content = Content::Settings(Box::new(value));
    Some(Candidate { evidence, region, findings })
}

/// What a byte sum over all of a block says about it.
fn by_checksum(holds: bool, present: usize, declared: usize) -> (Evidence, State) {
    if holds {
        (Evidence::Verified, State::Verified)
    } else if present < declared {
        (Evidence::Parsed, State::Truncated)
    } else {
        (Evidence::Parsed, State::Damaged)
    }
}

pub fn update(bytes: &[u8], look: &Look) -> Option<Candidate> {
    if look.depth > UPDATE_MAX_DEPTH {
        return None;
    }
    let Parsed { value, findings } = update::parse(bytes).ok()?;
    let span = Span::new(0, value.len());
    let (region, parts) = match &value {
        Update::System(system) => (system_region(system, span), vec![system.kernel, system.romfs]),
        Update::Wifi(wifi) => {
            let region = Region::new(Kind::Update, span, State::Plausible)
                .named("for a later camera of another processor")
                .detail("part", wifi.part);
            (region, vec![wifi.zip])
        }
    };
    let mut region = region;
    let inside: Vec<Candidate> = parts.iter().filter_map(|part| inner(bytes, *part, look)).collect();
    let mut findings = findings;
    let mut regions = Vec::new();
    for candidate in inside {
        findings.extend(candidate.findings);
        regions.push(candidate.region);
    }
    // parts that start exactly where the header says prove it; they belong to the update then, and not beside it
    let evidence = if regions.is_empty() { Evidence::Parsed } else { Evidence::Verified };
    let header_end = parts.iter().map(|part| part.start()).min().unwrap_or(span.end());
    regions.insert(0, Region::new(Kind::Update, Span::new(0, header_end), State::Plausible).named("header"));
    region.regions = fill(bytes, &SpanSet::of(span), span, regions);
    region.content = Content::Update(Box::new(value));
    Some(Candidate { evidence, region, findings })
}

fn system_region(system: &System, span: Span) -> Region {
    let state = if system.is_whole() { State::Plausible } else { State::Truncated };
    let mut region = Region::new(Kind::Update, span, state)
        .detail("form", system.form)
        .detail("kernel", plural(system.kernel.len(), "byte"))
        .detail("romfs", plural(system.romfs.len(), "byte"));
    if !system.is_whole() {
        region.missing = system.declared_len.checked_sub(span.end());
    }
    region
}

/// A part of an update, as exactly as its header tells where it ends.
fn inner(bytes: &[u8], part: Span, look: &Look) -> Option<Candidate> {
    let read = at_start(part.of(bytes), &look.inside())?;
    Some(read.shifted(part.start()))
}

/// An update without magic, which only a file's very start can be.
pub fn headless_update(bytes: &[u8], look: &Look) -> Option<Candidate> {
    update(bytes, look).filter(|candidate| candidate.region.state == State::Plausible)
}
