//! What to do next with one file of firmware.

use super::super::join::{Recovered, Recovery};
use super::super::missing::Missing;
use super::super::set::Source;
use super::Step;
use super::capture;
use crate::map::{Kind, State};
use crate::words::quoted;

/// The steps, the most urgent first. `path` is how the user wrote the file.
pub(super) fn of_file(source: &Source, recovery: &Recovery<'_>, path: &str) -> Vec<Step> {
    let file = quoted(path);
    let step = |purpose: &str, command: String| Step { purpose: purpose.to_owned(), commands: vec![command] };
    let has = |kind: Kind| source.inspection.regions.iter().any(|region| region.kind == kind);
    let is_capture = source.reading.is_capture();
    let is_whole = recovery.images.iter().all(Recovered::is_whole);
    let is_cut = recovery.images.iter().any(|image| image.region.state == State::Truncated);
    let is_listing = capture::is_listing_with_gaps(source);
    let mut next = Vec::new();
    if source.cut_update().is_some() {
        let purpose = "download the update once more: the rest of it is nowhere else".to_owned();
        next.push(Step { purpose, commands: Vec::new() });
    } else if is_listing {
        let purpose = "print the listing once more with the tool that printed it, and put both texts together";
        next.push(step(purpose, format!("unbrick convert {file} AGAIN.txt -o whole.bin")));
    } else if is_cut || has(Kind::CarriedPage) {
        let purpose = "put bytes back that are cut off, or saved in the wrong file: give the whole folder of the dump";
        next.push(step(purpose, "unbrick convert FOLDER -o fixed".to_owned()));
    } else if !is_whole && !is_capture {
        let purpose = "do not flash it: dump it once more, and see where both dumps differ";
        next.push(step(purpose, format!("unbrick diff {file} AGAIN")));
    } else if is_only_filler(source) {
        let purpose = "no image is in it: see at the boot loader's prompt where the images lie, and dump them; if one \
                       should lie here, flash it again";
        next.push(step(purpose, "ls".to_owned()));
    } else if matches!(source.inspection.kind, Kind::Update | Kind::Flash) {
        let purpose = "take it apart into files that can be flashed one by one";
        next.push(step(purpose, format!("unbrick convert {file} -o parts")));
    } else if is_capture && !source.image().is_empty() {
        next.push(step("turn the text into the binary that it shows", format!("unbrick convert {file} -o dump.bin")));
    } else if matches!(source.inspection.kind, Kind::Kernel | Kind::Romfs) {
        let purpose = "before it is flashed, see whether that is safe for the camera, of which DUMP is a dump";
        next.push(step(purpose, format!("unbrick check {file} --like DUMP")));
    }
    if !source.reading.file().is_empty() {
        next.push(step("see every part and every check", format!("unbrick inspect {file}")));
    }
    next.extend(recovery.missing.iter().filter(|_| !is_listing).filter_map(dump_step));
    next
}

/// How to get what is missing, if its address is known.
pub(super) fn dump_step(missing: &Missing) -> Option<Step> {
    if missing.pages.is_empty() {
        return None;
    }
    let mut commands: Vec<String> = missing.commands().take(MAX_COMMANDS_TOLD).collect();
    if missing.pages.len() > MAX_COMMANDS_TOLD {
        commands
            .push(format!("... and {} more, which `unbrick convert` lists", missing.pages.len() - MAX_COMMANDS_TOLD));
    }
    Some(Step { purpose: format!("{}: {}; dump it at the boot loader's prompt", missing.image, missing.why), commands })
}

/// A story shows this many lines to type; `unbrick convert` prints them all.
const MAX_COMMANDS_TOLD: usize = 4;

/// Whether a file shows nothing that was ever put there.
fn is_only_filler(source: &Source) -> bool {
    let regions = &source.inspection.regions;
    !regions.is_empty() && regions.iter().all(|region| region.kind.is_filler())
}
