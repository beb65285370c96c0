//! `unbrick pack`

mod flash;
mod folder;
mod kernel;
mod romfs;
mod settings;
mod update;
mod webui;

use std::io::Write;
use std::path::PathBuf;

use clap::Subcommand;

use super::failure::Failure;
use super::input::Inputs;
use super::place::{Outputs, Staged};
use super::{Format, Outcome, output, print_json};
use crate::image::Image;
use crate::map::Inspection;
use crate::pack::Packed;
use crate::render::{json, text};

/// Build what gets flashed, with the right checksums
///
/// What is built is read back and checked by the camera's own rules before it gets its name.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 what was built is fine, 1 something in it says \"do not flash this\", 2 could not do it."
)]
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

pub fn run(args: &Args, inputs: &Inputs, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    let packed = match &args.what {
        What::Romfs(args) => romfs::pack(args, inputs),
        What::Kernel(args) => kernel::pack(args, inputs),
        What::Webui(args) => webui::pack(args, inputs),
        What::Update(args) => update::pack(args, inputs),
        What::Flash(args) => flash::pack(args, inputs),
        What::Settings(args) => settings::pack(args, inputs),
    }?;
    match format {
        Format::Text => text::packed(out, &packed, output::width()).map_err(Failure::output)?,
        Format::Json => print_json(out, &json::Packing::of(&packed))?,
    }
    Ok(if packed.is_fine() { Outcome::Fine } else { Outcome::Differs })
}

impl Target {
    /// How it is written.
    fn outputs<'a>(&self, inputs: &'a Inputs) -> Outputs<'a> {
        Outputs::new(inputs, "-o", self.force)
    }

    /// Refuses a place where it cannot be written, before any work is done.
    fn ensure_writable(&self, inputs: &Inputs) -> Result<(), Failure> {
        self.outputs(inputs).ensure_writable(&self.output)
    }

    /// Writes `bytes` and tells what they are; `adds` says more about it. The file gets its name last.
    fn write(&self, inputs: &Inputs, bytes: &[u8], adds: impl FnOnce(&mut Packed, &Image)) -> Result<Packed, Failure> {
        self.finish(self.outputs(inputs).stage(&self.output, bytes)?, adds)
    }

    /// As [`write`](Self::write), of a file that waits under a temporary name.
    fn finish(&self, staged: Staged<'_>, adds: impl FnOnce(&mut Packed, &Image)) -> Result<Packed, Failure> {
        let image = staged.image()?;
        let mut packed = Packed::of(&self.shown(), image.len(), Inspection::of_image(&image));
        adds(&mut packed, &image);
        drop(image);
        staged.finish()?;
        Ok(packed)
    }

    /// The path as its user wrote it.
    fn shown(&self) -> String {
        self.output.display().to_string()
    }
}
