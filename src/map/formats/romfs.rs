//! A romfs as a region: its volume, and a region for every file in it.

use super::{FILES_MAX_BYTES, Look, at_start};
use crate::finding::{Code, Fact, Finding, Severity, worst};
use crate::format::Parsed;
use crate::format::kernel_zip::{UnpackError, Wrapper};
use crate::format::romfs::{self, Checksum, Entry, EntryKind, Integrity, Part, Role, Romfs};
use crate::image::{Span, SpanSet};
use crate::map::region::{Content, Kind, Region, State};
use crate::map::settle::{Candidate, Evidence, fill};
use crate::words::{count, enumerate};

/// At most this many damaged files are told one by one; the others are counted.
const DAMAGED_FILES_TOLD: usize = 20;

pub fn read(bytes: &[u8], look: &Look) -> Option<Candidate> {
    let Parsed { value, mut findings } = romfs::parse(bytes).ok()?;
    let (evidence, state) = match value.integrity {
        Integrity::Verified => (Evidence::Verified, State::Verified),
        Integrity::Truncated => (Evidence::Parsed, State::Truncated),
        Integrity::Damaged if value.entries.is_empty() => (Evidence::Magic, State::Damaged),
        Integrity::Damaged => (Evidence::Parsed, State::Damaged),
    };
    let mut region = Region::new(Kind::Romfs, Span::new(0, value.extent), state);
    if !value.volume.is_empty() {
        region = region.named(&value.volume).detail("volume", &value.volume);
    }
    if let Some(built) = value.built() {
        region = region.detail("built", crate::words::date(i64::from(built)));
    }
    region = region.detail("entries", entries_in_words(&value));
    let not_checked = look.not_checked();
    let inside = inside(bytes, &value, look);
    region.regions = inside.regions;
    if state == State::Verified {
        region = region
            .proved("the first 512 bytes sum up to zero")
            .proved(format!("all {} header checksums hold", count(value.entries.len())));
    }
    if state == State::Truncated {
        region.missing = value.declared_len.checked_sub(value.extent);
    }
    debug_assert!(state != State::Verified || worst(&findings) != Some(Severity::Error));
    // that a file is damaged takes nothing from the headers, which tell where the volume lies and ends
    if state == State::Verified && !inside.damage.is_empty() {
        region.state = State::Damaged;
    }
    findings.extend(told(inside.damage, region.span));
    let left_unchecked = look.not_checked().saturating_sub(not_checked);
    if left_unchecked > 0 {
        let fact = Fact::RomfsFilesNotChecked { count: left_unchecked, limit: FILES_MAX_BYTES };
        findings.push(Finding::new(fact, region.span));
    }
    region.content = Content::Romfs(Box::new(value));
    if state == State::Verified {
        region.proofs.extend(region.content_confirmed().and_then(|confirmed| confirmed.in_words()));
    }
    Some(Candidate { evidence, region, findings })
}

/// The damage that is told: no more of it than is worth reading.
fn told(mut damage: Vec<Finding>, volume: Span) -> Vec<Finding> {
    let left_out = damage.len().saturating_sub(DAMAGED_FILES_TOLD);
    let code = damage.get(DAMAGED_FILES_TOLD).map(Finding::code);
    damage.truncate(DAMAGED_FILES_TOLD);
    damage.extend(code.map(|code| Finding::new(Fact::FindingsLeftOut { code, count: left_out }, volume)));
    damage
}

fn entries_in_words(romfs: &Romfs) -> String {
    let of_kind = |is: fn(&EntryKind) -> bool| romfs.files().filter(|entry| is(&entry.kind)).count();
    let kinds = [
        (of_kind(|kind| matches!(kind, EntryKind::File)), "file", "files"),
        (of_kind(|kind| matches!(kind, EntryKind::Directory { .. })), "folder", "folders"),
        (of_kind(|kind| matches!(kind, EntryKind::Symlink)), "symlink", "symlinks"),
        (of_kind(|kind| matches!(kind, EntryKind::HardLink { .. })), "hard link", "hard links"),
        (
            of_kind(|kind| matches!(kind, EntryKind::BlockDevice { .. } | EntryKind::CharDevice { .. })),
            "device",
            "devices",
        ),
        (of_kind(|kind| matches!(kind, EntryKind::Socket | EntryKind::Fifo)), "socket or pipe", "sockets or pipes"),
    ];
    let told = kinds.into_iter().filter(|(number, ..)| *number > 0);
    let told = told.map(|(number, one, many)| format!("{} {}", count(number), if number == 1 { one } else { many }));
    let all = count(romfs.entries.len());
    format!("{all} directory entries, counting `.` and `..`: {}", enumerate(told))
}

/// The parts of a volume, and what is wrong with the content of its files.
#[derive(Default)]
struct Inside {
    regions: Vec<Region>,
    damage: Vec<Finding>,
}

/// A region for every part of the volume; a file's header, data and padding are one.
fn inside(bytes: &[u8], romfs: &Romfs, look: &Look) -> Inside {
    let parts = romfs.layout(bytes);
    let mut inside = Inside { regions: Vec::with_capacity(romfs.entries.len()), damage: Vec::new() };
    let mut parts = parts.iter().copied().peekable();
    while let Some(part) = parts.next() {
        let region = match part.role {
            Role::VolumeHeader => Region::new(Kind::Romfs, part.span, State::Verified).named("volume header"),
            Role::Zeros => Region::new(Kind::Zero, part.span, State::Verified),
            Role::Stray | Role::Data(_) => Region::new(Kind::Unknown, part.span, State::Unchecked),
            Role::EntryHeader(index) => {
                let data = parts.next_if(|next| next.role == Role::Data(index));
                let padding = data
                    .and_then(|_| parts.next_if(|next| next.role == Role::Zeros && next.span.len() < romfs::ALIGNMENT));
                let Some(entry) = romfs.entries.get(index) else { continue };
                let (region, damage) = entry_region(bytes, entry, part, data, padding, look);
                inside.damage.extend(damage);
                region
            }
        };
        inside.regions.push(region);
    }
    inside
}

fn entry_region(
    bytes: &[u8],
    entry: &Entry,
    header: Part,
    data: Option<Part>,
    padding: Option<Part>,
    look: &Look,
) -> (Region, Vec<Finding>) {
    let header_state = match entry.checksum {
        Checksum::Holds => State::Verified,
        Checksum::Wrong(_) => State::Damaged,
    };
    if entry.kind != EntryKind::File {
        let end = padding.or(data).unwrap_or(header).span.end();
        let region = Region::new(Kind::Romfs, Span::new(header.span.start(), end), header_state).named(&entry.path);
        return (region, Vec::new());
    }
    let data_span = data.map_or(Span::at(header.span.end(), 0), |data| data.span);
    let span = Span::new(header.span.start(), padding.map_or(data_span.end(), |padding| padding.span.end()));
    let state = if entry.is_whole() { State::Unchecked } else { State::Truncated };
    let mut file = Region::new(Kind::File, span, state).named(&entry.path);
    let mut damage = Vec::new();
    if let Some(content) = at_start(data_span.of(bytes), &look.at_files()) {
        // what is cut, or runs into another file, is told of the volume
        if entry.is_whole() && data_span == entry.data {
            damage = damage_of(&content);
        }
        let content = content.region.shifted(data_span.start());
        let header = Region::new(Kind::Romfs, header.span, header_state).named("header");
        file.regions = fill(bytes, &SpanSet::of(span), span, vec![header, content]);
    }
    if !damage.is_empty() {
        file.state = State::Damaged;
    }
    let in_file = |finding: Finding| finding.shifted(data_span.start()).in_file(&entry.path, data_span);
    (file, damage.into_iter().map(in_file).collect())
}

/// What a checksum or the structure of a file's own proves to be damaged in it; what is only odd about it as the
/// firmware of a camera, which it is not, is left out.
fn damage_of(content: &Candidate) -> Vec<Finding> {
    match (&content.region.content, content.region.kind) {
        (Content::KernelZip(zip), _) => {
            let what = if zip.wrapper == Wrapper::Gzip { "gzip" } else { "zip" };
            let fault = zip.fault().filter(|_| !zip.is_encrypted);
            let reason =
                |fault: UnpackError| Fact::PackedFileDamaged { what: what.to_owned(), reason: fault.to_string() };
            fault.map(|fault| Finding::new(reason(fault), zip.stream)).into_iter().collect()
        }
        (_, Kind::Flat | Kind::Romfs | Kind::WebUi | Kind::Settings | Kind::Update) => {
            let is_damage = |finding: &&Finding| {
                // a program of an old revision is right where a kernel runs such
                finding.severity() == Severity::Error && finding.code() != Code::FlatRevision
            };
            content.findings.iter().filter(is_damage).cloned().collect()
        }
        _ => Vec::new(),
    }
}
