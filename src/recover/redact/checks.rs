//! Checksums of what was changed, made right again.

use super::Sharable;
use crate::format::footer;
use crate::image::{Image, Span};
use crate::map::{Content, Inspection};

/// Writes the footers of images that were changed again, if their checksums held before. The names of the images.
pub fn renew(copy: &mut Sharable, image: &Image, inspection: &Inspection) -> Vec<String> {
    let mut renewed = Vec::new();
    for region in &inspection.regions {
        let Content::Footer(footer) = &region.content else { continue };
        let Some(start) = region.span.start().checked_sub(footer::place(footer.len_bytes())) else { continue };
        let span = Span::at(start, footer.len_bytes());
        let held = footer.is_valid() && footer.verify_image(span.of(image)).is_none();
        if !held || footer.verify_image(span.of(&copy.bytes)).is_none() {
            continue;
        }
        let footer = footer.with_image(span.of(&copy.bytes));
        if let Some(place) = copy.bytes.get_mut(region.span.start()..region.span.end()) {
            place.iter_mut().zip(footer.to_bytes()).for_each(|(place, byte)| *place = byte);
            renewed.push(format!("the footer of {}", footer.name));
        }
    }
    renewed
}
