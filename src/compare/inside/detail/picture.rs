//! Pictures, by their format and dimensions alone.

use imagesize::ImageType;
use serde::Serialize;

use super::{Detail, Sides};
use crate::compare::inside::effort::Effort;

/// A picture; its bytes are not looked at any further.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// Its format, as `PNG`.
    pub format: &'static str,
    /// Pixels from left to right.
    pub width: usize,
    /// Pixels from top to bottom.
    pub height: usize,
}

/// Both pictures, if both are one.
pub fn pictures(sides: &Sides<'_>, _: &mut Effort) -> Option<Detail> {
    Some(Detail::Picture { old: picture(sides.old)?, new: picture(sides.new)? })
}

fn picture(bytes: &[u8]) -> Option<Picture> {
    let format = match imagesize::image_type(bytes).ok()? {
        ImageType::Png => "PNG",
        ImageType::Gif => "GIF",
        ImageType::Jpeg => "JPEG",
        _ => return None,
    };
    let size = imagesize::blob_size(bytes).ok()?;
    Some(Picture { format, width: size.width, height: size.height })
}
