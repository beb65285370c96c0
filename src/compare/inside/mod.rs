//! The look inside: containers of the same kind on both sides, compared file by file.
//!
//! Romfs is paired with romfs, kernel with kernel, web UI with web UI, wherever they lie: behind foreign bytes, in a
//! flash image, in an update. What differs becomes [`Label`]s for the bytes; files that belong together become
//! [`Hint`]s for the alignment.

mod detail;
mod files;
mod labels;

use serde::Serialize;

pub use detail::{Detail, HexLine};
pub use files::{Aspect, FileChange, FileState, Status};

use super::{Hint, Label};
use crate::contents::{self, Depth, Entry};
use crate::image::{Image, Span};
use crate::map::{Content, Kind, Region, State};

/// How two containers of the same kind compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sameness {
    /// Byte for byte the same.
    Bytes,
    /// Other bytes, but every file in them is the same: packed or ordered differently.
    Content,
    /// Files differ.
    Differs,
    /// One of them is cut or damaged, so that what is packed in it cannot be compared.
    Unclear,
}

/// Two containers of the same kind.
#[derive(Debug, Clone)]
pub struct Pair {
    /// What they are.
    pub kind: Kind,
    /// Where the old one lies.
    pub old: Span,
    /// Where the new one lies.
    pub new: Span,
    /// How they compare.
    pub sameness: Sameness,
    /// Whether both are whole, so that a difference is none of a fault.
    pub whole: bool,
}

/// What the look inside found.
#[derive(Debug, Default)]
pub struct Inside {
    /// Containers that have a counterpart, in the order of the old image.
    pub pairs: Vec<Pair>,
    /// Files that are not the same on both sides.
    pub files: Vec<FileChange>,
    /// For the bytes of the old image.
    pub old_labels: Vec<Label>,
    /// For the bytes of the new image.
    pub new_labels: Vec<Label>,
    /// Stretches that belong together.
    pub hints: Vec<Hint>,
}

/// Looks inside both images, given their maps.
pub fn look(old: &Image, old_regions: &[Region], new: &Image, new_regions: &[Region]) -> Inside {
    let mut inside = Inside::default();
    let (old_containers, new_containers) = (containers(old_regions), containers(new_regions));
    let pairs = paired(&old_containers, &new_containers);
    let several = pairs.len() > 1;
    for (old_region, new_region) in &pairs {
        let prefix = if several { format!("{}.d/", contents::part_name(old_region)) } else { String::new() };
        look_at_pair(old, old_region, new, new_region, &prefix, &mut inside);
    }
    let is_paired_old = |region: &Region| pairs.iter().any(|(old, _)| std::ptr::eq(*old, region));
    let is_paired_new = |region: &Region| pairs.iter().any(|(_, new)| std::ptr::eq(*new, region));
    inside.old_labels.extend(
        old_containers
            .iter()
            .filter(|region| !is_paired_old(region))
            .map(|region| labels::lone(region, Status::Removed)),
    );
    inside.new_labels.extend(
        new_containers.iter().filter(|region| !is_paired_new(region)).map(|region| labels::lone(region, Status::Added)),
    );
    inside.old_labels.sort_by_key(|label| label.span);
    inside.new_labels.sort_by_key(|label| label.span);
    inside
}

/// The containers of a map, also those in updates, in order.
fn containers(regions: &[Region]) -> Vec<&Region> {
    let mut found = Vec::new();
    for region in regions {
        match region.content {
            Content::Romfs(_) | Content::KernelZip(_) | Content::WebUi(_) => found.push(region),
            Content::Update(_) => found.extend(containers(&region.regions)),
            Content::Opaque | Content::Footer(_) | Content::Settings(_) => {}
        }
    }
    found
}

/// The first of a kind belongs to the first of that kind, the second to the second.
fn paired<'a>(old: &[&'a Region], new: &[&'a Region]) -> Vec<(&'a Region, &'a Region)> {
    let group = |region: &Region| match region.kind {
        Kind::Kernel | Kind::Zip | Kind::Gzip => Kind::Kernel,
        kind => kind,
    };
    let mut pairs = Vec::new();
    for kind in [Kind::Kernel, Kind::Romfs, Kind::WebUi] {
        let of_kind =
            |regions: &[&'a Region]| regions.iter().copied().filter(|region| group(region) == kind).collect::<Vec<_>>();
        pairs.extend(of_kind(old).into_iter().zip(of_kind(new)));
    }
    pairs.sort_by_key(|(old, _)| old.span.start());
    pairs
}

fn look_at_pair(old: &Image, old_region: &Region, new: &Image, new_region: &Region, prefix: &str, inside: &mut Inside) {
    let (old_span, new_span) = (own_span(old_region), own_span(new_region));
    let same_bytes = old_span.of(old) == new_span.of(new);
    inside.hints.push(Hint { old: old_region.span, new: new_region.span });
    let sameness = if same_bytes {
        Sameness::Bytes
    } else if is_packed_and_damaged(old_region) || is_packed_and_damaged(new_region) {
        Sameness::Unclear
    } else {
        let old_files = contents::list_container(old, old_region, Depth::Here);
        let new_files = contents::list_container(new, new_region, Depth::Here);
        let compared = files::compare(&old_files, &new_files);
        inside.old_labels.extend(labels::of(old_region, &compared, super::Which::Old));
        inside.new_labels.extend(labels::of(new_region, &compared, super::Which::New));
        inside.hints.extend(hints(&old_files, &new_files, &compared));
        let sameness = if compared.changes.is_empty() { Sameness::Content } else { Sameness::Differs };
        inside.files.extend(compared.changes.into_iter().map(|change| change.below(prefix)));
        sameness
    };
    let whole = old_region.state == State::Verified && new_region.state == State::Verified;
    inside.pairs.push(Pair { kind: old_region.kind, old: old_span, new: new_span, sameness, whole });
}

/// A container without what fills a romfs up to the next 1024.
fn own_span(region: &Region) -> Span {
    let span = region.span;
    match &region.content {
        Content::Romfs(romfs) => {
            Span::new(span.start(), span.end().min(span.start().saturating_add(romfs.declared_len)))
        }
        _ => span,
    }
}

/// A damaged kernel is no other kernel: what went wrong, the bytes have to tell.
fn is_packed_and_damaged(region: &Region) -> bool {
    matches!(region.content, Content::KernelZip(_)) && region.state != State::Verified
}

fn hints(old: &[Entry<'_>], new: &[Entry<'_>], compared: &files::Compared) -> Vec<Hint> {
    let place = |entries: &[Entry<'_>], index: usize| {
        entries.get(index).and_then(|entry| entry.data.place()).filter(|place| !place.is_empty())
    };
    let both = compared.in_both.iter().filter_map(|&(a, b)| Some(Hint { old: place(old, a)?, new: place(new, b)? }));
    both.collect()
}
