//! `unbrick check`

use std::io::Write;
use std::path::PathBuf;

use super::board::{BoardArgs, Told};
use super::failure::Failure;
use super::input::Inputs;
use super::{Format, Outcome, input, output, print_json};
use crate::camera::Board;
use crate::check::{AtHand, Camera, Verdict, check};
use crate::machine::firmware::Firmware;
use crate::machine::session::Run;
use crate::machine::{self, Ram};
use crate::render::{json, text};

/// Tell before flashing whether it will work, and print the lines to type
///
/// Give what you want to flash: a kernel, a romfs, a web UI, a vendor update, settings, or a whole flash for a programmer,
/// and tell which camera it is for. Every rule that the boot loader, the kernel and the camera program are known to
/// follow is tried: whether the parts are whole, the boot loader's own unzip takes the kernel, everything fits with its
/// footer below web UI and settings, and what would be lost. If nothing speaks against it, the exact lines for the boot
/// loader's prompt follow, with what it must answer.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 safe, 1 risky or will not boot, 2 could not do it. With `--boot`, also 1 if it does not come to its shell."
)]
pub struct Args {
    /// What is to be flashed, or a folder of it; `-` reads standard input
    #[arg(required = true)]
    parts: Vec<PathBuf>,
    #[command(flatten)]
    camera: BoardArgs,
    /// Boot it in a virtual camera as well, and let it count whether it comes to its shell
    #[arg(long)]
    boot: bool,
}

pub fn run(args: &Args, inputs: &Inputs, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    let told = args.camera.read(inputs)?;
    let set = inputs.open_all(&args.parts)?;
    let at_hand = input::at_hand(&set, "name the files that are to be flashed, and no others")?;
    let Told { board, dump, fingerprint, log, .. } = &told;
    let camera = Camera { board, dump: dump.as_ref(), fingerprint, log: log.as_ref() };
    let checked = check(&at_hand, &set, &camera);
    let trial = if args.boot { Some(trial(&at_hand, &told.board)?) } else { None };
    match format {
        Format::Text => {
            let board = (&told.board, told.findings.as_slice());
            let tried = trial.as_ref().map(|(_, verdict)| verdict);
            text::check(out, &at_hand, &checked, board, tried, output::width()).map_err(Failure::output)?;
        }
        Format::Json => {
            let checked = json::Checked::of(&at_hand, &checked, &told.board, &told.findings);
            print_json(out, &json::Tried::of(checked, trial.as_ref()))?;
        }
    }
    let boots = trial.as_ref().is_none_or(|(_, verdict)| verdict.is_good);
    Ok(if checked.verdict == Verdict::Safe && boots { Outcome::Fine } else { Outcome::Differs })
}

/// What a virtual camera of this board makes of it.
fn trial(at_hand: &AtHand<'_>, board: &Board) -> Result<(Run, machine::verdict::Verdict), Failure> {
    let firmware = Firmware::of(at_hand, Some(board.model)).map_err(|error| {
        Failure::general(
            format!("it cannot be booted: {error}"),
            "leave out `--boot`, or give everything that a camera starts with: a kernel and a romfs, an update, a flash",
        )
    })?;
    let has_little = board.ram_bytes.as_ref().is_some_and(|ram| ram.value <= Ram::Mb8.len_bytes());
    Ok(firmware.try_out(if has_little { Ram::Mb8 } else { Ram::Mb16 }))
}
