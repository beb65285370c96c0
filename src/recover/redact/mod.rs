//! A copy of a dump that is safe to share: without settings, what is left of older ones, and the MAC address.
//!
//! Erased (to FF, as flash is) are: every block of settings wherever it lies; whatever else is where the flash has
//! settings, or beside a block and nothing that is known; unknown bytes that have the mark of settings; and unknown
//! bytes that are the value of a setting. In BOOT INFO, the addresses and the serial number are taken out, for the
//! MAC address is the camera's name on the net and in its settings; the boot loader's own default stands for it. The
//! footers' checksums are made right again. Parts that a checksum covers and that cannot be made right are left alone,
//! and it is told that a value is still in them.

mod boot_info;
mod checks;
mod places;
#[cfg(test)]
mod tests;
mod values;

use serde::Serialize;
use thiserror::Error;

use crate::contents::{self, Depth};
use crate::format::settings;
use crate::image::{FlashAddr, Image, Offset, Span};
use crate::map::{Inspection, State};
use places::Places;

/// What stands where something was removed: erased flash.
const ERASED: u8 = 0xFF;

/// A copy of an image without what is the owner's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// All bytes of the copy.
    pub bytes: Vec<u8>,
    /// What was removed, in the order of the image.
    pub removed: Vec<Removed>,
    /// Which checksums were made right again.
    pub renewed: Vec<String>,
    /// Values of settings that are still in it, where they cannot be taken out.
    pub left: Vec<Left>,
}

/// Something that was removed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Removed {
    /// Where it was.
    #[serde(flatten)]
    pub span: Span,
    /// The flash address of its first byte, if known.
    pub address: Option<FlashAddr>,
    /// What it was.
    pub what: String,
}

/// A value of a setting that is still there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// Where it is.
    #[serde(flatten)]
    pub span: Span,
    /// The setting, by name.
    pub setting: String,
    /// What it lies in.
    pub part: String,
}

/// Why no copy can be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotRedacted {
    /// All of it is settings.
    #[error("is settings and nothing else, so that nothing would be left")]
    NothingLeft,
    /// A file in it is packed and has settings in it.
    #[error("holds settings in `{path}`, which is packed, so that they cannot be taken out")]
    Packed {
        /// The file, as `ls --recursive` has it.
        path: String,
    },
    /// A part is proved by a checksum that cannot be made right.
    #[error("holds settings in the {part} at {at}, whose checksum would be wrong without them")]
    Proved {
        /// The part.
        part: &'static str,
        /// Where it is.
        at: Offset,
    },
    /// Settings would still be found.
    #[error("holds settings in more places than can be taken out")]
    StillThere,
}

/// Makes the copy. What a capture does not show reads as erased in it.
///
/// # Errors
/// If nothing would be left, or something cannot be taken out.
pub fn redact(image: &Image, inspection: &Inspection) -> Result<Redacted, NotRedacted> {
    packed_settings(image, inspection)?;
    let mut copy = Sharable::of(image, inspection.address);
    let places = Places::of(image, inspection);
    for (span, what) in places.found() {
        copy.erase(span, what);
    }
    let secrets = values::Values::of(image, &places, inspection);
    let found = secrets.find(image, &places);
    for (setting, spans) in found.unknown {
        for span in spans.iter() {
            copy.erase(span, format!("the value of `{setting}` in unknown bytes"));
        }
    }
    boot_info::take_out(&mut copy, inspection);
    let renewed = checks::renew(&mut copy, image, inspection);
    let Sharable { bytes, mut removed, .. } = copy;
    removed.sort();
    let redacted = Redacted { bytes, removed, renewed, left: found.known };
    verify(&redacted, image, inspection)?;
    Ok(redacted)
}

/// The copy while it is made.
struct Sharable {
    bytes: Vec<u8>,
    address: Option<FlashAddr>,
    removed: Vec<Removed>,
}

impl Sharable {
    fn of(image: &Image, address: Option<FlashAddr>) -> Self {
        Self { bytes: image.to_vec(), address, removed: Vec::new() }
    }

    /// Writes other bytes over what the owner put there.
    fn replace(&mut self, span: Span, by: &[u8], what: String) {
        let Some(place) = self.bytes.get_mut(span.start()..span.end()) else { return };
        if place == by || span.is_empty() {
            return;
        }
        place.iter_mut().zip(by).for_each(|(place, byte)| *place = *byte);
        let address = self.address.and_then(|address| address.checked_add(span.start()));
        self.removed.push(Removed { span, address, what });
    }

    fn erase(&mut self, span: Span, what: String) {
        self.replace(span, &vec![ERASED; span.len()], what);
    }
}

/// Settings in something that would have to be unpacked and packed again.
fn packed_settings(image: &Image, inspection: &Inspection) -> Result<(), NotRedacted> {
    for entry in contents::list(image, &inspection.regions, Depth::Everything) {
        if entry.kind.is_file()
            && entry.data.place().is_none()
            && let Ok(bytes) = entry.data.read()
            && !settings::blocks_in(&bytes).is_empty()
        {
            return Err(NotRedacted::Packed { path: entry.path });
        }
    }
    Ok(())
}

/// Looks at the copy with fresh eyes: no settings, and all that was proved whole still is.
fn verify(redacted: &Redacted, image: &Image, inspection: &Inspection) -> Result<(), NotRedacted> {
    if redacted.removed.is_empty() {
        return Ok(());
    }
    if redacted.bytes.iter().all(|byte| matches!(byte, 0x00 | 0xFF)) {
        return Err(NotRedacted::NothingLeft);
    }
    if !settings::blocks_in(&redacted.bytes).is_empty() {
        return Err(NotRedacted::StillThere);
    }
    let copy = Image::with_holes(redacted.bytes.clone(), image.address(), image.known().clone());
    let seen = Inspection::of_image(&copy);
    let was_proved = inspection.regions.iter().filter(|region| {
        region.state == State::Verified && !region.kind.is_filler() && region.kind != crate::map::Kind::Settings
    });
    for region in was_proved {
        let still = seen
            .regions
            .iter()
            .any(|now| now.kind == region.kind && now.span == region.span && now.state == State::Verified);
        if !still {
            return Err(NotRedacted::Proved { part: region.kind.words(), at: Offset(region.span.start()) });
        }
    }
    Ok(())
}
