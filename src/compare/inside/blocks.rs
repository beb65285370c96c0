//! Blocks of named values in both images: settings, BOOT INFO, footers, and what is an update's own.

use super::fields::{self, FieldChange};
use super::{Mapped, Pair, Part, Sameness};
use crate::format::boot_info;
use crate::format::update::Update;
use crate::image::Span;
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
        (Content::Update(_), _) => Some("header of the vendor update".to_owned()),
        (_, Kind::BootInfo) => Some(region.kind.words().to_owned()),
        _ => None,
    };
    regions.iter().filter_map(|region| Some((name(region)?, region))).take(MAX_BLOCKS).collect()
}

fn pair(name: String, old: Part<'_>, new: Part<'_>) -> Pair {
    let same_bytes = own_bytes(old) == own_bytes(new);
    let (fields, unnamed_bytes) = if same_bytes { (Vec::new(), 0) } else { changes(old, new) };
    let is_broken = |part: Part<'_>| matches!(part.region.state, State::Truncated | State::Damaged);
    let sameness = match (same_bytes, fields.is_empty() && unnamed_bytes == 0) {
        (true, _) => Sameness::Bytes,
        (false, _) if is_broken(old) || is_broken(new) => Sameness::Unclear,
        (false, true) => Sameness::Content,
        (false, false) => Sameness::Differs,
    };
    let whole = old.is_whole() && new.is_whole();
    let (old, new) = (old.region, new.region);
    Pair { kind: old.kind, name, old: old.span, new: new.span, sameness, whole, fields, unnamed_bytes }
}

/// The bytes of a block; of an update, those of neither kernel nor romfs.
fn own_bytes(part: Part<'_>) -> Vec<&[u8]> {
    match &part.region.content {
        Content::Update(_) => of_update(part.region).into_iter().map(|(_, span)| span.of(part.image)).collect(),
        _ => vec![part.bytes()],
    }
}

/// The updates among the regions.
pub fn updates(regions: &[Region]) -> Vec<&Region> {
    regions.iter().filter(|region| matches!(region.content, Content::Update(_))).collect()
}

/// What of an update is neither kernel nor romfs: its header and its tail, as offsets in the image.
pub fn of_update(region: &Region) -> Vec<(&'static str, Span)> {
    let Content::Update(update) = &region.content else { return Vec::new() };
    let start = region.span.start();
    let own = match &**update {
        Update::System(system) => {
            vec![("header", Span::new(0, system.kernel.start())), ("tail", system.tail)]
        }
        Update::Wifi(wifi) => {
            vec![("header", Span::new(0, wifi.zip.start())), ("end mark", Span::new(wifi.zip.end(), update.len()))]
        }
    };
    own.into_iter().map(|(name, span)| (name, span.shifted(start))).filter(|(_, span)| !span.is_empty()).collect()
}

fn changes(old: Part<'_>, new: Part<'_>) -> (Vec<FieldChange>, usize) {
    let (old_bytes, new_bytes) = (old.bytes(), new.bytes());
    match (&old.region.content, &new.region.content) {
        (Content::Opaque, _) | (_, Content::Opaque) => {
            match (boot_info::parse(old_bytes), boot_info::parse(new_bytes)) {
                (Ok(before), Ok(after)) => {
                    (fields::changes(fields::of_boot_info(&before.value), fields::of_boot_info(&after.value)), 0)
                }
                _ => (Vec::new(), 0),
            }
        }
        (before, after) => {
            let unnamed_bytes = match (before, after) {
                (Content::Settings(before), Content::Settings(after)) => {
                    fields::unnamed_settings_bytes(old_bytes, before, new_bytes, after)
                }
                _ => 0,
            };
            (fields::of_containers(old_bytes, before, new_bytes, after), unnamed_bytes)
        }
    }
}
