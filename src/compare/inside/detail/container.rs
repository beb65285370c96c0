//! What is packed, or a container, inside a container.

use super::{Detail, Sides, of_bytes};
use crate::compare::inside::effort::Effort;
use crate::compare::inside::{fields, files};
use crate::contents::{self, Depth};
use crate::format::kernel_zip::{self, KernelZip};
use crate::map::{Content, Region, read_at_start};

/// Both opened and compared, if both are containers of the same kind.
pub fn containers(sides: &Sides<'_>, effort: &mut Effort) -> Option<Detail> {
    let (old, new) = (read_at_start(sides.old)?, read_at_start(sides.new)?);
    match (&old.content, &new.content) {
        (Content::KernelZip(before), Content::KernelZip(after)) if is_one_file(before) && is_one_file(after) => {
            effort.deeper(|effort| Some(packed(sides, (&old, before), (&new, after), effort)))
        }
        (Content::KernelZip(_), Content::KernelZip(_))
        | (Content::Romfs(_), Content::Romfs(_))
        | (Content::WebUi(_), Content::WebUi(_))
        | (Content::Update(_), Content::Update(_)) => effort.deeper(|effort| members(sides, &old, &new, effort)),
        (Content::Settings(_), Content::Settings(_)) => {
            let fields = header_fields(sides, &old, &new);
            (!fields.is_empty()).then_some(Detail::Fields(fields))
        }
        _ => None,
    }
}

const fn is_one_file(packed: &KernelZip) -> bool {
    packed.members <= 1
}

fn header_fields(sides: &Sides<'_>, old: &Region, new: &Region) -> Vec<fields::FieldChange> {
    fields::of_containers(sides.old, &old.content, sides.new, &new.content)
}

type Packed<'a> = (&'a Region, &'a KernelZip);

fn packed(sides: &Sides<'_>, old: Packed<'_>, new: Packed<'_>, effort: &mut Effort) -> Detail {
    let packing = header_fields(sides, old.0, new.0);
    let len = |packed: &KernelZip| packed.unpacked.map_or(0, |unpacked| unpacked.len);
    // to find out what they are took as much
    effort.has_looked_at(len(old.1).saturating_add(len(new.1)));
    if old.1.is_verified() && new.1.is_verified() && old.1.unpacked == new.1.unpacked {
        return Detail::Packed { packing, content: None };
    }
    if !effort.may_unpack(len(old.1).saturating_add(len(new.1))) {
        return Detail::Packed { packing, content: Some(Box::new(Detail::NotOpened)) };
    }
    match (kernel_zip::unpack(sides.old), kernel_zip::unpack(sides.new)) {
        (Ok(before), Ok(after)) if before == after => Detail::Packed { packing, content: None },
        (Ok(before), Ok(after)) => {
            let content = of_bytes(&sides.with(&before, &after), effort);
            Detail::Packed { packing, content: Some(Box::new(content)) }
        }
        (Err(error), _) => Detail::Unreadable(format!("the old one is damaged: {error}")),
        (_, Err(error)) => Detail::Unreadable(format!("the new one is damaged: {error}")),
    }
}

/// `None` if neither the headers nor the files differ: what does lies between them.
fn members(sides: &Sides<'_>, old: &Region, new: &Region, effort: &mut Effort) -> Option<Detail> {
    let old_files = contents::list_container(sides.old, old, Depth::Here);
    let new_files = contents::list_container(sides.new, new, Depth::Here);
    let files = files::compare(&old_files, &new_files, effort).changes;
    let fields = header_fields(sides, old, new);
    (!files.is_empty() || !fields.is_empty()).then_some(Detail::Members { fields, files })
}
