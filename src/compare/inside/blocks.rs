//! Blocks of named values in both images: settings, BOOT INFO and footers.

use super::fields::{self, FieldChange};
use super::{Mapped, Pair, Part, Sameness};
use crate::format::boot_info;
use crate::map::{Content, Kind, Region, State};

/// Every block that has a counterpart: settings of the same kind and footers of the same image belong together, the
/// first to the first and the second to the second. In the order of the old image.
pub fn compare(old: Mapped<'_>, new: Mapped<'_>) -> Vec<Pair> {
    let mut coming: Vec<(String, &Region)> = named_blocks(new.regions);
    let mut pairs = Vec::new();
    for (name, old_region) in named_blocks(old.regions) {
        let Some(place) = coming.iter().position(|(other, _)| *other == name) else { continue };
        let (_, new_region) = coming.remove(place);
        let (old, new) = (Part { image: old.image, region: old_region }, Part { image: new.image, region: new_region });
        pairs.push(pair(name, old, new));
    }
    pairs
}

/// At most this many blocks of an image are compared: a flash has three footers and some seven blocks of settings.
const MAX_BLOCKS: usize = 256;

fn named_blocks(regions: &[Region]) -> Vec<(String, &Region)> {
    let name = |region: &Region| match (&region.content, region.kind) {
        (Content::Settings(settings), _) => Some(settings.zone.to_string()),
        (Content::Footer(footer), _) => Some(format!("footer of image {}", footer.number)),
        (_, Kind::BootInfo) => Some(region.kind.words().to_owned()),
        _ => None,
    };
    regions.iter().filter_map(|region| Some((name(region)?, region))).take(MAX_BLOCKS).collect()
}

fn pair(name: String, old: Part<'_>, new: Part<'_>) -> Pair {
    let (old_bytes, new_bytes) = (old.bytes(), new.bytes());
    let (fields, unnamed_bytes) = if old_bytes == new_bytes { (Vec::new(), 0) } else { changes(old, new) };
    let is_broken = |part: Part<'_>| matches!(part.region.state, State::Truncated | State::Damaged);
    let sameness = match (old_bytes == new_bytes, fields.is_empty() && unnamed_bytes == 0) {
        (true, _) => Sameness::Bytes,
        (false, _) if is_broken(old) || is_broken(new) => Sameness::Unclear,
        (false, true) => Sameness::Content,
        (false, false) => Sameness::Differs,
    };
    let (old, new) = (old.region, new.region);
    Pair { kind: old.kind, name, old: old.span, new: new.span, sameness, fields, unnamed_bytes }
}

fn changes(old: Part<'_>, new: Part<'_>) -> (Vec<FieldChange>, usize) {
    let (old_bytes, new_bytes) = (old.bytes(), new.bytes());
    let fields = || fields::of_containers(old_bytes, &old.region.content, new_bytes, &new.region.content);
    match (&old.region.content, &new.region.content) {
        (Content::Settings(before), Content::Settings(after)) => {
            (fields(), fields::unnamed_settings_bytes(old_bytes, before, new_bytes, after))
        }
        (Content::Footer(_), Content::Footer(_)) => (fields(), 0),
        _ => match (boot_info::parse(old_bytes), boot_info::parse(new_bytes)) {
            (Ok(before), Ok(after)) => {
                (fields::changes(fields::of_boot_info(&before.value), fields::of_boot_info(&after.value)), 0)
            }
            _ => (Vec::new(), 0),
        },
    }
}
