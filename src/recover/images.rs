//! Which regions of a map are images of a camera, and how each is called.

use super::set::Source;
use crate::contents;
use crate::format::update::Update;
use crate::map::{Content, Kind, Region};

/// The images of a map, also those in an update.
pub(super) fn images_in(regions: &[Region], from: Origin) -> impl Iterator<Item = &Region> {
    regions.iter().flat_map(move |region| {
        let inside = if region.kind == Kind::Update { region.regions.as_slice() } else { std::slice::from_ref(region) };
        // what the update of a camera holds is its kernel and its romfs, however they are packed
        let is_system = matches!(&region.content, Content::Update(update) if matches!(**update, Update::System(_)));
        let keeps_packed = is_system || from == Origin::Capture;
        inside.iter().filter(move |part| is_image(part) || (keeps_packed && is_packed(part)))
    })
}

/// Where bytes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A text that shows a camera's memory: a zip in it is a kernel, or was one before it was read badly.
    Capture,
    /// Any file.
    Binary,
}

impl Origin {
    pub(super) const fn of(is_capture: bool) -> Self {
        if is_capture { Self::Capture } else { Self::Binary }
    }
}

/// How an image is called on disk. A zip of which not enough is right to tell what it holds is called a kernel, which
/// every zip of these cameras is.
pub(super) fn file_name(region: &Region) -> String {
    let is_unreadable = is_packed(region) && !region.state.is_whole();
    let name = match region.kind {
        Kind::Zip if is_unreadable => "linux.zip",
        Kind::Gzip if is_unreadable => "linux.gz",
        _ => contents::part_name(region),
    };
    name.to_owned()
}

/// Whether it is a zip or gzip, of which no kernel is known.
pub(super) fn is_packed(region: &Region) -> bool {
    matches!(region.kind, Kind::Zip | Kind::Gzip)
}

/// Whether an image is in a file that can be flashed or kept on its own.
pub fn holds_images(source: &Source) -> bool {
    let from = Origin::of(source.reading.is_capture());
    images_in(&source.inspection.regions, from).next().is_some()
}

/// Whether a file holds nothing but zips or gzips of other things than kernels.
pub(super) fn holds_packed_files(source: &Source) -> bool {
    source.inspection.regions.iter().any(is_packed) && !holds_images(source)
}

/// Whether a region is an image that can be flashed or kept on its own. Of zips and gzips, only kernels are, and what a
/// footer names: the boot loader takes that for a kernel whatever it is.
pub(super) fn is_image(region: &Region) -> bool {
    let is_one = matches!(
        region.kind,
        Kind::BootLoader | Kind::BootInfo | Kind::Kernel | Kind::Romfs | Kind::WebUi | Kind::Settings
    );
    is_one || (is_packed(region) && region.is_named_by_footer())
}
