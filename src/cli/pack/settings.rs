//! `unbrick pack settings`

use std::path::PathBuf;

use super::Target;
use crate::cli::failure::Failure;
use crate::cli::input::Inputs;
use crate::format::settings;
use crate::image::ERASE_BLOCK_BYTES;
use crate::map::{Content, Kind, Region, State};
use crate::pack::{Change, Packed, What};
use crate::words::bytes;

/// Put the right checksums into settings that were edited
///
/// Nothing else is changed. Of a whole 64 KiB block of the flash, all settings in it get theirs: the owner's, the
/// factory's, and the small ones.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The edited settings: a backup from the camera's web page, or their block of the flash
    #[arg(value_name = "FILE")]
    input: PathBuf,
    #[command(flatten)]
    target: Target,
}

pub fn pack(args: &Args, inputs: &Inputs) -> Result<Packed, Failure> {
    args.target.ensure_writable(inputs)?;
    let source = inputs.open(&args.input)?;
    if source.inspection.kind != Kind::Settings {
        let what = format!("is no block of settings (found: {})", source.inspection.kind.words());
        let next = "name a backup of the settings, or take them out of a flash image with `unbrick extract`";
        return Err(Failure::about(&args.input, what, next));
    }
    let is_block_of_flash = source.image().len() == ERASE_BLOCK_BYTES;
    if !is_block_of_flash && source.inspection.regions.iter().any(|region| region.kind == Kind::Unknown) {
        let what = "has bytes beside the settings that do not belong to them";
        return Err(Failure::about(&args.input, what, "an edited file must be as long as before: edit it once more"));
    }
    let mut image = source.image().to_vec();
    let mut changes = Vec::new();
    for region in source.inspection.regions.iter().filter(|region| region.kind == Kind::Settings) {
        if region.state == State::Truncated {
            let missing = region.missing.map_or_else(|| "some bytes".to_owned(), bytes);
            let what = format!("lacks {missing} of the settings at 0x{:X}", region.span.start());
            return Err(Failure::about(
                &args.input,
                what,
                "an edited file must be as long as before: edit it once more",
            ));
        }
        if let Some(block) = image.get_mut(region.span.start()..region.span.end()) {
            let sealed = settings::sealed(block);
            block.copy_from_slice(&sealed);
            changes.extend(change(region, &sealed));
        }
    }
    args.target.write(inputs, &image, |packed, _| {
        if changes.is_empty() {
            packed.remarks.push("All checksums were right already: nothing was changed.".to_owned());
        }
        match is_block_of_flash {
            true => packed.detail("in flash", "0x7F1F0000, the erase block of all settings"),
            false => packed.detail("restore", "the camera's web page takes it back, if its own settings are as long"),
        }
        if !changes.is_empty() {
            packed.then_diff(&source.name);
        }
        packed.then_check();
        packed.changes_against = Some(source.name.clone());
        packed.changes = changes;
    })
}

fn change(region: &Region, sealed: &[u8]) -> Option<Change> {
    let Content::Settings(settings) = &region.content else { return None };
    let (old, sum) = (settings.stored_checksum, settings::parse(sealed).ok()?.value.stored_checksum);
    let detail = format!("checksum 0x{sum:08X}, was 0x{old:08X}");
    let path = format!("{} at 0x{:X}", settings.zone, region.span.start());
    (old != sum).then_some(Change { change: What::Changed, path, detail: Some(detail) })
}
