//! `unbrick check`

use std::io::Write;
use std::path::{Path, PathBuf};

use super::board::BoardArgs;
use super::failure::Failure;
use super::{Format, Outcome, input, output, print_json};
use crate::check::{AtHand, Camera, Verdict, check};
use crate::render::{json, text};

/// Tell before flashing whether it will work, and print the lines to type
///
/// Give what you want to flash: a kernel, a romfs, a web UI, a vendor update, settings, or a whole flash for a programmer,
/// and tell which camera it is for. Every rule that the boot loader, the kernel and the camera program are known to
/// follow is tried: whether the parts are whole, the boot loader's own unzip takes the kernel, everything fits with its
/// footer below web UI and settings, and what would be lost. If nothing speaks against it, the exact lines for the boot
/// loader's prompt follow, with what it must answer.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What is to be flashed, or a folder of it; `-` reads standard input
    #[arg(required = true)]
    parts: Vec<PathBuf>,
    #[command(flatten)]
    camera: BoardArgs,
}

pub fn run(args: &Args, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    input::ensure_one_stdin(args.parts.iter().chain(args.camera.paths()))?;
    let told = args.camera.read()?;
    let set = input::open_all(&args.parts)?;
    let at_hand = AtHand::of(&set).map_err(|error| {
        let next = "name the files that are to be flashed, and no others";
        match error.file() {
            Some(file) => Failure::about(Path::new(file), error.to_string(), next),
            None => Failure::general(error.to_string(), next),
        }
    })?;
    let camera = Camera { board: &told.board, dump: told.dump.as_ref(), fingerprint: &told.fingerprint };
    let checked = check(&at_hand, &set, &camera);
    match format {
        Format::Text => {
            let board = (&told.board, told.findings.as_slice());
            text::check(out, &at_hand, &checked, board, output::width()).map_err(Failure::output)?;
        }
        Format::Json => print_json(out, &json::Checked::of(&at_hand, &checked, &told.board, &told.findings))?,
    }
    Ok(if checked.verdict == Verdict::Safe { Outcome::Fine } else { Outcome::Differs })
}
