//! `unbrick pack`

mod flash;
mod folder;
mod kernel;
mod romfs;
mod settings;
mod update;
mod webui;

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::failure::Failure;
use super::place::{Existing, Staged, ensure_free, stage};
use super::{Format, Outcome, output, print_json};
use crate::image::Image;
use crate::map::{Inspection, Kind, Region};
use crate::pack::Packed;
use crate::recover::Source;
use crate::render::{json, text};

/// Build what gets flashed, with the right checksums
///
/// What is built is read back and checked by the camera's own rules before it gets its name.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Kernel(kernel::Args),
    Romfs(romfs::Args),
    Webui(webui::Args),
    Update(update::Args),
    Flash(flash::Args),
    Settings(settings::Args),
}

/// What every kind of file asks for.
#[derive(Debug, clap::Args)]
struct Target {
    /// Where to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
}

pub fn run(args: &Args, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    let packed = match &args.what {
        What::Kernel(args) => kernel::pack(args),
        What::Romfs(args) => romfs::pack(args),
        What::Webui(args) => webui::pack(args),
        What::Update(args) => update::pack(args),
        What::Flash(args) => flash::pack(args),
        What::Settings(args) => settings::pack(args),
    }?;
    match format {
        Format::Text => text::packed(out, &packed, output::width()).map_err(Failure::output)?,
        Format::Json => print_json(out, &json::Packing::of(&packed))?,
    }
    Ok(if packed.is_fine() { Outcome::Fine } else { Outcome::Differs })
}

impl Target {
    /// Refuses a place that is taken, before any work is done.
    fn ensure_free(&self) -> Result<(), Failure> {
        ensure_free(&self.output, self.existing())
    }

    fn existing(&self) -> Existing {
        Existing::from_force(self.force)
    }

    /// Writes `bytes` and tells what they are; `adds` says more about it. The file gets its name last.
    fn write(&self, bytes: &[u8], adds: impl FnOnce(&mut Packed, &Image)) -> Result<Packed, Failure> {
        self.finish(stage(&self.output, bytes)?, adds)
    }

    /// As [`write`](Self::write), of a file that waits under a temporary name.
    fn finish(&self, staged: Staged, adds: impl FnOnce(&mut Packed, &Image)) -> Result<Packed, Failure> {
        let image = staged.image()?;
        let mut packed = Packed::of(&self.shown(), image.len(), Inspection::of_image(&image));
        adds(&mut packed, &image);
        drop(image);
        staged.finish(self.existing())?;
        Ok(packed)
    }

    /// The path as its user wrote it, ready to be typed again.
    fn shown(&self) -> String {
        crate::words::quoted(&self.output.display().to_string())
    }
}

/// A part in a file that somebody named.
struct Part {
    source: Source,
    region: Region,
}

impl Part {
    /// The one thing of these kinds in a file, whatever lies around it.
    fn of(source: Source, path: &Path, kinds: &[Kind]) -> Result<Self, Failure> {
        let mut found = Vec::new();
        collect(&source.inspection.regions, kinds, &mut found);
        match found.as_slice() {
            [only] => Ok(Self { region: (*only).clone(), source }),
            [] => {
                let wanted = kinds.first().map_or("part", |kind| kind.words());
                let what = format!("holds no {wanted} (found: {})", source.inspection.kind.words());
                Err(Failure::about(path, what, "`unbrick inspect` tells what is in it"))
            }
            several => {
                let what = format!("holds {} of what is meant, not one", several.len());
                Err(Failure::about(path, what, "take them apart with `unbrick extract` and name the right one"))
            }
        }
    }

    /// Its bytes.
    fn bytes(&self) -> &[u8] {
        self.region.span.of(self.source.image())
    }

    /// What was left out of the file, in a sentence.
    fn remark(&self) -> Option<String> {
        let left_out = self.source.image().len().saturating_sub(self.region.span.len());
        (left_out > 0).then(|| {
            let kind = self.region.kind.words();
            format!("Of {} only the {kind} was taken, from 0x{:X} on.", self.source.name, self.region.span.start())
        })
    }
}

/// The regions of these kinds, also those inside updates.
fn collect<'a>(regions: &'a [Region], kinds: &[Kind], found: &mut Vec<&'a Region>) {
    for region in regions {
        if kinds.contains(&region.kind) {
            found.push(region);
        } else if region.kind == Kind::Update {
            collect(&region.regions, kinds, found);
        }
    }
}
