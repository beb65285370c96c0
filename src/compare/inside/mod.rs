//! The look inside: containers of the same kind on both sides, compared file by file.
//!
//! Romfs is paired with romfs, kernel with kernel, web UI with web UI, wherever they lie: behind foreign bytes, in a
//! flash image, in an update. What differs becomes [`Label`]s for the bytes; files that belong together become
//! [`Hint`]s for the alignment.

mod blocks;
mod detail;
mod effort;
mod fields;
mod files;
mod labels;
mod moved;
#[cfg(test)]
mod tests;

use serde::{Serialize, Serializer};

pub use detail::{Detail, HexLine, KernelChange, Picture, ProgramChange, ProgramFormat, SectionChange, StringsChange};
pub use effort::Thoroughness;
pub use fields::{FieldChange, SecretChange, ValueChange};
pub use files::{Aspect, FileChange, FileState, Status};

use self::effort::Effort;
use super::{Hint, Label, Which};
use crate::contents::{self, Depth, Entry};
use crate::image::{Image, Span};
use crate::map::{Content, Kind, Region};

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

/// Two containers of the same kind, or two blocks of named values: settings, BOOT INFO, footers, an update's header.
#[derive(Debug, Clone, Serialize)]
pub struct Pair {
    /// What they are.
    pub kind: Kind,
    /// What they are called, as `kernel` or `footer of image 7`.
    pub name: String,
    /// Where the old one lies.
    #[serde(serialize_with = "as_ends")]
    pub old: Span,
    /// Where the new one lies.
    #[serde(serialize_with = "as_ends")]
    pub new: Span,
    /// How they compare.
    pub sameness: Sameness,
    /// Whether both are whole, so that a difference is none of a fault.
    pub whole: bool,
    /// What is not the same of the values in a block, of a volume's header, or of how a kernel is packed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// Bytes of a block that differ and belong to no value that is known.
    #[serde(skip_serializing_if = "is_zero")]
    pub unnamed_bytes: usize,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde gives references to the fields
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn as_ends<S: Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Ends {
        start: usize,
        end: usize,
    }
    Ends { start: span.start(), end: span.end() }.serialize(serializer)
}

/// What the look inside found.
#[derive(Debug, Default)]
pub struct Inside {
    /// Containers that have a counterpart, in the order of the old image.
    pub pairs: Vec<Pair>,
    /// Settings, BOOT INFO, footers and headers of updates that have a counterpart, in the order of the old image.
    pub blocks: Vec<Pair>,
    /// Files that are not the same on both sides.
    pub files: Vec<FileChange>,
    /// For the bytes of the old image.
    pub old_labels: Vec<Label>,
    /// For the bytes of the new image.
    pub new_labels: Vec<Label>,
    /// Stretches that belong together.
    pub hints: Vec<Hint>,
}

/// One image and its map.
#[derive(Debug, Clone, Copy)]
pub struct Mapped<'a> {
    /// Its bytes.
    pub image: &'a Image,
    /// Its map.
    pub regions: &'a [Region],
}

/// A container or block of an image.
#[derive(Debug, Clone, Copy)]
struct Part<'a> {
    image: &'a Image,
    region: &'a Region,
}

impl<'a> Part<'a> {
    fn bytes(&self) -> &'a [u8] {
        self.region.span.of(self.image)
    }

    /// Where it lies, without what fills a romfs up to the next 1024.
    fn own_span(&self) -> Span {
        let span = self.region.span;
        match &self.region.content {
            Content::Romfs(romfs) => {
                Span::new(span.start(), span.end().min(span.start().saturating_add(romfs.declared_len)))
            }
            _ => span,
        }
    }

    fn own_bytes(&self) -> &'a [u8] {
        self.own_span().of(self.image)
    }

    /// What fills it up behind its own bytes.
    fn filler(&self) -> &'a [u8] {
        Span::new(self.own_span().end(), self.region.span.end()).of(self.image)
    }

    /// Whether it is proved that all of it is here, and that what tells where its files lie is right.
    fn is_whole(&self) -> bool {
        self.region.is_sound()
    }
}

/// Looks inside both images.
pub fn look(old: Mapped<'_>, new: Mapped<'_>, thoroughness: Thoroughness) -> Inside {
    let mut effort = Effort::new(thoroughness, old.image.len().saturating_add(new.image.len()));
    let mut inside = Inside::default();
    let (old_containers, new_containers) = (containers(old.regions), containers(new.regions));
    let pairs = paired(&old_containers, &new_containers);
    let several = pairs.len() > 1;
    for (old_region, new_region) in &pairs {
        let prefix = if several { format!("{}.d/", contents::part_name(old_region)) } else { String::new() };
        let (old, new) = (Part { image: old.image, region: old_region }, Part { image: new.image, region: new_region });
        look_at_pair(old, new, &prefix, &mut effort, &mut inside);
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
    let (old_updates, new_updates) = (blocks::updates(old.regions), blocks::updates(new.regions));
    inside.old_labels.extend(labels::of_updates(&old_updates, &new_updates, Status::Removed));
    inside.new_labels.extend(labels::of_updates(&new_updates, &old_updates, Status::Added));
    inside.old_labels = labels::in_order(inside.old_labels);
    inside.new_labels = labels::in_order(inside.new_labels);
    inside.blocks = blocks::compare(old, new);
    let is_whole = |block: &&Pair| block.kind != Kind::Update;
    let block_hints =
        inside.blocks.iter().filter(is_whole).map(|block| Hint { old: block.old, new: block.new, same: false });
    inside.hints.extend(block_hints);
    inside
}

/// The containers of a map, also those in updates, in order.
fn containers(regions: &[Region]) -> Vec<&Region> {
    let mut found = Vec::new();
    for region in regions {
        match region.content {
            Content::Romfs(_) | Content::KernelZip(_) | Content::WebUi(_) => found.push(region),
            Content::Update(_) => found.extend(containers(&region.regions)),
            Content::Opaque | Content::Footer(_) | Content::Settings(_) | Content::Program(_) => {}
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

fn look_at_pair(old: Part<'_>, new: Part<'_>, prefix: &str, effort: &mut Effort, inside: &mut Inside) {
    let same_bytes = old.own_bytes() == new.own_bytes();
    let same = same_bytes && old.filler() == new.filler();
    inside.hints.push(Hint { old: old.region.span, new: new.region.span, same });
    let (sameness, fields) = if same_bytes {
        (Sameness::Bytes, Vec::new())
    } else {
        let sameness = look_at_files(old, new, prefix, effort, inside);
        (sameness, header_fields(old, new, sameness))
    };
    inside.pairs.push(Pair {
        kind: old.region.kind,
        name: old.region.kind.words().to_owned(),
        old: old.own_span(),
        new: new.own_span(),
        sameness,
        whole: old.is_whole() && new.is_whole(),
        fields,
        unnamed_bytes: 0,
    });
}

/// What the headers of two containers say; of a packed one that is cut, only what came out of it counts.
fn header_fields(old: Part<'_>, new: Part<'_>, sameness: Sameness) -> Vec<FieldChange> {
    match (&old.region.content, &new.region.content) {
        (Content::KernelZip(before), Content::KernelZip(after)) if sameness == Sameness::Unclear => {
            match (&before.banner, &after.banner) {
                (Some(before), Some(after)) => fields::changes(fields::of_banner(before), fields::of_banner(after)),
                _ => Vec::new(),
            }
        }
        (before, after) => fields::of_containers(old.bytes(), before, new.bytes(), after),
    }
}

fn look_at_files(old: Part<'_>, new: Part<'_>, prefix: &str, effort: &mut Effort, inside: &mut Inside) -> Sameness {
    if is_packed_and_damaged(old.region) || is_packed_and_damaged(new.region) || is_cut_short(old, new) {
        return Sameness::Unclear;
    }
    let mut old_files = contents::list_container(old.image, old.region, Depth::Here);
    let new_files = contents::list_container(new.image, new.region, Depth::Here);
    if let ([before], [after], true) = (old_files.as_mut_slice(), new_files.as_slice(), is_packed(old.region)) {
        // the one packed file belongs to the one packed file, whatever its name: how it is packed tells that
        before.path.clone_from(&after.path);
    }
    let compared = files::compare(&old_files, &new_files, effort);
    let whole = old.is_whole() && new.is_whole();
    inside.old_labels.extend(labels::of(old.region, &compared, Which::Old, whole));
    inside.new_labels.extend(labels::of(new.region, &compared, Which::New, whole));
    inside.hints.extend(hints(&old_files, &new_files, &compared));
    let sameness = if compared.changes.is_empty() { Sameness::Content } else { Sameness::Differs };
    inside.files.extend(compared.changes.into_iter().map(|change| change.below(prefix)));
    sameness
}

fn is_packed(region: &Region) -> bool {
    matches!(region.content, Content::KernelZip(_))
}

/// A damaged kernel is no other kernel: what went wrong, the bytes have to tell.
fn is_packed_and_damaged(region: &Region) -> bool {
    matches!(&region.content, Content::KernelZip(packed) if !packed.is_verified())
}

/// Whether one of them is the other without its end.
fn is_cut_short(old: Part<'_>, new: Part<'_>) -> bool {
    let (old_bytes, new_bytes) = (old.bytes(), new.bytes());
    is_packed(old.region) && (old_bytes.starts_with(new_bytes) || new_bytes.starts_with(old_bytes))
}

fn hints(old: &[Entry<'_>], new: &[Entry<'_>], compared: &files::Compared) -> Vec<Hint> {
    let place = |entries: &[Entry<'_>], index: usize| {
        entries.get(index).and_then(|entry| entry.data.place()).filter(|place| !place.is_empty())
    };
    let both = compared.in_both.iter().filter_map(|both| {
        Some(Hint { old: place(old, both.old)?, new: place(new, both.new)?, same: both.same_content })
    });
    both.collect()
}
