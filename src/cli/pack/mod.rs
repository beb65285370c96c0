//! `unbrick pack`

mod flash;
mod folder;
mod kernel;
mod part;
mod romfs;
mod settings;
mod update;
mod webui;

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;

use super::failure::Failure;
use super::place::{Existing, Staged, ensure_free, stage};
use super::{Format, Outcome, output, print_json};
use crate::image::Image;
use crate::map::Inspection;
use crate::pack::Packed;
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
        What::Romfs(args) => romfs::pack(args),
        What::Kernel(args) => kernel::pack(args),
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

    /// The path as its user wrote it.
    fn shown(&self) -> String {
        self.output.display().to_string()
    }
}
