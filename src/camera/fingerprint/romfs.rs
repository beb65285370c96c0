//! What a romfs tells: when it was made, its programs, wifi firmware, and the camera program's version.

use serde::Serialize;

use super::chips::of_firmware;
use super::version::versions_in;
use super::{Certainty, Known};
use crate::contents::{self, Depth, Entry};
use crate::format::flat::{self, Packing};
use crate::format::web_ui::Version;
use crate::image::Span;
use crate::map::{Content, Region};
use crate::words::date;

/// A romfs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Romfs {
    /// The volume's name, which genromfs makes of the time.
    pub volume: String,
    /// When it was made, if its name tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub built: Option<Known<String>>,
    /// Whether all of it is here.
    pub whole: bool,
    /// Its programs, in the order of the volume.
    pub programs: Vec<Program>,
    /// The program that is the camera, by what is in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub camera: Option<CameraProgram>,
    /// Firmware that drivers load into wifi chips.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wifi_firmware: Vec<WifiFirmware>,
    /// The commands that `/bin/init` starts with, without what follows them; empty if it is no script.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub init: Vec<String>,
    /// Where it lies in the image.
    #[serde(skip)]
    pub span: Span,
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Program {
    /// Where it is.
    pub path: String,
    /// Its length in bytes, packed as it is.
    pub size: usize,
    /// CRC-32 of these.
    pub crc32: u32,
    /// When it was built or packed, if it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub built: Option<String>,
}

/// The program that is the camera.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CameraProgram {
    /// Where it is.
    pub path: String,
    /// When it was built, in UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub built: Option<Known<String>>,
    /// The version that its code stores into the settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_version: Option<Known<Version>>,
    /// Versions that could be it, if the code stores more than one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Version>,
}

/// A file that a driver loads into a wifi chip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WifiFirmware {
    /// Where it is.
    pub path: String,
    /// The chip.
    pub chip: &'static str,
}

/// Texts that only the camera program has (boot-loader.md section 6, certain).
const CAMERA_TEXTS: [&[u8]; 3] = [b"sw version is ", b"params zone not inited", b"params length is "];

/// At most this many programs are told of; a camera has some twenty.
const MAX_PROGRAMS: usize = 256;

/// A longer program fits into no camera, and is not looked at.
const MAX_PROGRAM_BYTES: usize = 8 << 20;

/// At most this much is unpacked to look for the camera program.
const MAX_UNPACKED_BYTES: usize = 64 << 20;

/// At most this many commands of `/bin/init` are told.
const MAX_COMMANDS: usize = 32;

/// Longer words are no commands.
const MAX_COMMAND_BYTES: usize = 64;

impl Romfs {
    /// The romfs in a region of an image.
    pub(super) fn of_region(image: &[u8], region: &Region) -> Self {
        let files = contents::list_container(image, region, Depth::Here);
        let files: Vec<&Entry<'_>> = files.iter().filter(|entry| entry.kind.is_file()).collect();
        let (volume, built) = match &region.content {
            Content::Romfs(romfs) => (romfs.volume.clone(), romfs.built()),
            _ => Default::default(),
        };
        let firmware = |entry: &&Entry<'_>| {
            let name = entry.path.rsplit('/').next().unwrap_or_default();
            let is_program = flat::parse(entry.data.raw()).is_ok();
            let chip = of_firmware(name).filter(|_| !is_program)?;
            Some(WifiFirmware { path: entry.path.clone(), chip: chip.name })
        };
        Self {
            volume,
            built: built.map(|time| Known::likely(date(i64::from(time)), "the volume's name")),
            whole: region.is_sound(),
            programs: files.iter().filter_map(|entry| program(entry)).take(MAX_PROGRAMS).collect(),
            camera: camera_program(&files),
            wifi_firmware: files.iter().filter_map(firmware).take(MAX_PROGRAMS).collect(),
            init: files.iter().find(|entry| entry.path == "bin/init").map_or_else(Vec::new, |init| commands(init)),
            span: region.span,
        }
    }
}

fn program(entry: &Entry<'_>) -> Option<Program> {
    let bytes = entry.data.raw();
    let built = built(bytes).filter(|_| bytes.len() <= MAX_PROGRAM_BYTES)?;
    Some(Program { path: entry.path.clone(), size: bytes.len(), crc32: crc32fast::hash(bytes), built })
}

/// When a flat binary was built, if it says so; `None` if it is none.
fn built(bytes: &[u8]) -> Option<Option<String>> {
    let flat = flat::parse(bytes).ok()?.value;
    let packed_at = match flat.packing {
        Packing::Gzip { time, .. } => time,
        Packing::Plain => None,
    };
    Some(flat.build_date.or(packed_at).map(|time| date(i64::from(time))))
}

/// The program that has a text of the camera's, or else one whose code stores a version where the camera's does.
fn camera_program(files: &[&Entry<'_>]) -> Option<CameraProgram> {
    let mut left = MAX_UNPACKED_BYTES;
    let mut by_code = None;
    for entry in files {
        let Ok(parsed) = flat::parse(entry.data.raw()) else { continue };
        let len = parsed.value.unpacked_len();
        let Some(still) = left.checked_sub(len).filter(|_| len <= MAX_PROGRAM_BYTES) else { continue };
        left = still;
        let Ok(program) = flat::unpack(entry.data.raw()) else { continue };
        let is_camera = CAMERA_TEXTS.iter().any(|text| memchr::memmem::find(&program, text).is_some());
        if !is_camera && by_code.is_some() {
            continue;
        }
        let versions = versions_in(parsed.value.text.of(&program));
        if is_camera {
            return Some(described(entry, &versions, Certainty::Certain));
        }
        by_code = (!versions.is_empty()).then(|| described(entry, &versions, Certainty::Likely));
    }
    by_code
}

fn described(entry: &Entry<'_>, versions: &[Version], certainty: Certainty) -> CameraProgram {
    let from = "four bytes that its code stores into the settings";
    let (system_version, candidates) = match versions {
        [only] => (Some(Known { value: *only, certainty, from: from.into() }), Vec::new()),
        several => (None, several.to_vec()),
    };
    let built = built(entry.data.raw()).flatten();
    CameraProgram {
        path: entry.path.clone(),
        built: built.map(|built| Known::certain(built, "the time in its header")),
        system_version,
        candidates,
    }
}

/// The first word of each line of a script: what follows can be a key.
fn commands(init: &Entry<'_>) -> Vec<String> {
    let Some(script) = std::str::from_utf8(init.data.raw()).ok().filter(|script| !script.contains('\0')) else {
        return Vec::new();
    };
    let words =
        script.lines().filter_map(|line| line.split([' ', '\t', '&', ';', '|', '=']).find(|word| !word.is_empty()));
    let is_command = |word: &&str| {
        !word.starts_with('#')
            && word.len() <= MAX_COMMAND_BYTES
            && word.chars().all(|letter| letter.is_ascii_graphic())
    };
    let mut commands: Vec<String> = Vec::new();
    for word in words.filter(is_command) {
        if commands.len() < MAX_COMMANDS && commands.iter().all(|known| known != word) {
            commands.push(word.to_owned());
        }
    }
    commands
}
