//! Which firmware this is, and for which hardware: what kernel, programs, web pages, settings and boot logs tell about
//! themselves, each with how sure it is and where it was read.
//!
//! Nothing comes from file names. Versions are no text anywhere: the system's is in the code of the camera program
//! (`version`), the web UI's in its header (captures-and-questions.md section 5, certain).

mod arm;
mod chips;
mod compare;
mod hardware;
mod kernel;
mod romfs;
#[cfg(test)]
mod tests;
mod version;

use serde::Serialize;

pub use chips::{Chip, WIFI_CHIPS};
pub use compare::{Compared, Difference, compare};
pub use hardware::Hardware;
pub use kernel::{Driver, Kernel, Role};
pub use romfs::{CameraProgram, Program, Romfs, WifiFirmware};
pub use version::stores as version_stores;

pub use super::known::{Certainty, Known};

use crate::camera::boot_log::{self, Facts};
use crate::format::kernel as raw_kernel;
use crate::format::settings::Zone;
use crate::format::web_ui::Version;
use crate::image::{FlashAddr, Span};
use crate::map::{Body, Content, Inspection, Kind, Reading, Region};

/// What is known of a firmware. What nothing was found of is `None` or empty.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Fingerprint {
    /// The kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kernel: Option<Kernel>,
    /// The file system with the camera program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub romfs: Option<Romfs>,
    /// The version of the web UI that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web_ui: Option<Known<Version>>,
    /// The versions that the camera's settings were saved by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved_by: Option<SavedBy>,
    /// What the hardware has.
    pub hardware: Hardware,
}

/// The versions that settings carry (packages-and-formats.md section 4, certain).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SavedBy {
    /// The system firmware that saved them.
    pub system: Version,
    /// The web UI at that time.
    pub web_ui: Version,
    /// Where they lie.
    #[serde(skip)]
    pub span: Span,
}

impl Fingerprint {
    /// The fingerprint of a file that was read and mapped.
    pub fn of(reading: &Reading, inspection: &Inspection) -> Self {
        match reading.body() {
            Body::Empty => Self::default(),
            Body::BootLog => Self::of_log(&boot_log::read(reading.file()).facts),
            Body::Binary | Body::Capture(_) => Self::of_image(reading.image(), &inspection.regions, inspection.address),
        }
    }

    /// The fingerprint of an image, given its map and the flash address of its first byte, if known.
    pub fn of_image(image: &[u8], regions: &[Region], address: Option<FlashAddr>) -> Self {
        let mut found = Self { hardware: Hardware::of_image(image, regions, address), ..Self::default() };
        found.take_regions(image, regions);
        if found.kernel.is_none() && image.starts_with(&raw_kernel::START) {
            found.kernel = Kernel::of_unpacked(image, true, Span::new(0, image.len()));
        }
        found
    }

    /// What a boot log tells: the kernel that printed it, and the hardware that it found.
    pub fn of_log(log: &Facts) -> Self {
        Self { kernel: Kernel::of_log(log), hardware: Hardware::of_log(log), ..Self::default() }
    }

    fn take_regions(&mut self, image: &[u8], regions: &[Region]) {
        for region in regions {
            match &region.content {
                Content::KernelZip(_) if region.kind == Kind::Kernel && self.kernel.is_none() => {
                    self.kernel = Kernel::of_region(image, region);
                }
                Content::Romfs(_) if self.romfs.is_none() => self.romfs = Some(Romfs::of_region(image, region)),
                Content::WebUi(package) if self.web_ui.is_none() => {
                    self.web_ui = Some(Known::certain(package.version, "the header of the web UI"));
                }
                Content::Settings(settings) if self.saved_by.is_none() => {
                    if let Zone::Camera(camera) = &settings.zone {
                        self.saved_by = Some(SavedBy {
                            system: camera.system_version,
                            web_ui: camera.app_version,
                            span: region.span,
                        });
                    }
                }
                Content::Update(_) => self.take_regions(image, &region.regions),
                _ => {}
            }
        }
    }

    /// Adds what `other`, of another file of the same camera, knows besides.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let kernel = match (self.kernel, other.kernel) {
            // a log tells of a kernel less than the kernel itself
            (Some(one), Some(two)) => Some(if two.knows_more_than(&one) { two } else { one }),
            (one, two) => one.or(two),
        };
        Self {
            kernel,
            romfs: self.romfs.or(other.romfs),
            web_ui: self.web_ui.or(other.web_ui),
            saved_by: self.saved_by.or(other.saved_by),
            hardware: self.hardware.with(other.hardware),
        }
    }

    /// Whether it says what firmware this is: the sizes of the hardware alone do not.
    pub fn is_empty(&self) -> bool {
        self.kernel.is_none() && self.romfs.is_none() && self.web_ui.is_none() && self.saved_by.is_none()
    }

    /// The version of the system firmware, which is that of the camera program in the romfs.
    pub fn system_version(&self) -> Option<&Known<Version>> {
        self.romfs.as_ref()?.camera.as_ref()?.system_version.as_ref()
    }
}
