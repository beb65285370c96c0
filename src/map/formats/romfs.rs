//! A romfs as a region: its volume, and a region for every file in it.

use super::{Look, at_start};
use crate::finding::{Severity, worst};
use crate::format::Parsed;
use crate::format::romfs::{self, Checksum, Entry, EntryKind, Integrity, Part, Role, Romfs};
use crate::image::{Span, SpanSet};
use crate::map::region::{Content, Kind, Region, State};
use crate::map::settle::{Candidate, Evidence, fill};
use crate::words::{count, enumerate};

pub fn read(bytes: &[u8], look: &Look) -> Option<Candidate> {
    let Parsed { value, findings } = romfs::parse(bytes).ok()?;
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
    if state == State::Verified {
        region = region
            .proved("the first 512 bytes sum up to zero")
            .proved(format!("all {} header checksums hold", value.entries.len()));
    }
    if state == State::Truncated {
        region.missing = value.declared_len.checked_sub(value.extent);
    }
    debug_assert!(state != State::Verified || worst(&findings) != Some(Severity::Error));
    region.regions = inside(bytes, &value, look);
    region.content = Content::Romfs(Box::new(value));
    Some(Candidate { evidence, region, findings })
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

/// A region for every part of the volume; a file's header, data and padding are one.
fn inside(bytes: &[u8], romfs: &Romfs, look: &Look) -> Vec<Region> {
    let parts = romfs.layout(bytes);
    let mut regions = Vec::with_capacity(romfs.entries.len());
    let mut parts = parts.iter().copied().peekable();
    while let Some(part) = parts.next() {
        match part.role {
            Role::VolumeHeader => {
                regions.push(Region::new(Kind::Romfs, part.span, State::Verified).named("volume header"))
            }
            Role::Zeros => regions.push(Region::new(Kind::Zero, part.span, State::Verified)),
            Role::Stray | Role::Data(_) => regions.push(Region::new(Kind::Unknown, part.span, State::Unchecked)),
            Role::EntryHeader(index) => {
                let data = parts.next_if(|next| next.role == Role::Data(index));
                let padding = data
                    .and_then(|_| parts.next_if(|next| next.role == Role::Zeros && next.span.len() < romfs::ALIGNMENT));
                if let Some(entry) = romfs.entries.get(index) {
                    regions.push(entry_region(bytes, entry, part, data, padding, look));
                }
            }
        }
    }
    regions
}

fn entry_region(
    bytes: &[u8],
    entry: &Entry,
    header: Part,
    data: Option<Part>,
    padding: Option<Part>,
    look: &Look,
) -> Region {
    let header_state = match entry.checksum {
        Checksum::Holds => State::Verified,
        Checksum::Wrong(_) => State::Damaged,
    };
    if entry.kind != EntryKind::File {
        let end = padding.or(data).unwrap_or(header).span.end();
        return Region::new(Kind::Romfs, Span::new(header.span.start(), end), header_state).named(&entry.path);
    }
    let data_span = data.map_or(Span::at(header.span.end(), 0), |data| data.span);
    let span = Span::new(header.span.start(), padding.map_or(data_span.end(), |padding| padding.span.end()));
    let state = if entry.is_whole() { State::Unchecked } else { State::Truncated };
    let mut file = Region::new(Kind::File, span, state).named(&entry.path);
    if let Some(content) = at_start(data_span.of(bytes), &look.glance()) {
        let content = content.region.shifted(data_span.start());
        let header = Region::new(Kind::Romfs, header.span, header_state).named("header");
        file.regions = fill(bytes, &SpanSet::of(span), span, vec![header, content]);
    }
    file
}
