//! How far a camera came, by what it printed.

use memchr::memmem;
use serde::Serialize;

/// A step on the way from power-on to the picture, in the usual order. The camera program and the shell start at the
/// same time, so that either can be first.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    strum::Display,
    strum::EnumIter,
    strum::EnumString,
    strum::VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Stage {
    /// The boot loader looks for images.
    Loader,
    /// The kernel prints its first line.
    Banner,
    /// The kernel has measured its speed: timer and interrupts work.
    Calibrated,
    /// The kernel has mounted its romfs.
    Romfs,
    /// The start script runs.
    Init,
    /// The shell waits for commands.
    Shell,
    /// The camera program tells its version.
    Camera,
    /// The network link is up.
    Network,
    /// The camera program has opened the image sensor.
    Video,
    /// The program restarts the camera.
    Reboot,
}

/// What is printed when a stage is reached (soc-for-emulation.md section 14, certain). A reboot is told by the chip.
const SIGNS: [(Stage, &[u8]); 11] = [
    (Stage::Loader, b"Boot Loader [ Version"),
    (Stage::Loader, b"Processing image "),
    (Stage::Banner, b"Linux version "),
    (Stage::Calibrated, b" BogoMIPS"),
    (Stage::Romfs, b"VFS: Mounted root (romfs filesystem)"),
    (Stage::Init, b"Shell invoked to run file:"),
    (Stage::Shell, b"Sash command shell"),
    (Stage::Shell, b"/>"),
    (Stage::Camera, b"sw version is "),
    (Stage::Network, b"Wait for auto-negotiation complete...OK"),
    (Stage::Video, b"video0 opened"),
];

impl Stage {
    /// What having come so far means, in a few words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Loader => "the boot loader looks for images",
            Self::Banner => "the kernel starts",
            Self::Calibrated => "timer and interrupts work",
            Self::Romfs => "the kernel has mounted its romfs",
            Self::Init => "the start script runs",
            Self::Shell => "the shell waits for commands",
            Self::Camera => "the camera program tells its version",
            Self::Network => "the network link is up",
            Self::Video => "the camera program has opened the image sensor",
            Self::Reboot => "the camera restarts itself",
        }
    }
}

/// The stages that a line, whole or not, is a sign of.
pub fn shown_by(line: &[u8]) -> impl Iterator<Item = Stage> {
    SIGNS.into_iter().filter(move |(stage, sign)| is_sign(*stage, line, sign)).map(|(stage, _)| stage)
}

fn is_sign(stage: Stage, line: &[u8], sign: &[u8]) -> bool {
    match stage {
        // a prompt stands at the start of its line
        Stage::Shell | Stage::Banner => line.starts_with(sign),
        _ => memmem::find(line, sign).is_some(),
    }
}
