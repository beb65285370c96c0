//! `unbrick inspect`

use std::io::Write;
use std::path::PathBuf;

use super::failure::Failure;
use super::input::Inputs;
use super::{Format, Outcome, output, print_json};
use crate::recover::{Examined, Secrets, together};
use crate::render::{json, text};

/// Say what files are: their parts, checksums, and what is wrong with them
///
/// Reads dumped binaries, captures (`.dat`, terminal logs, hexdump, xxd, od, U-Boot's md, Intel HEX, S-records), flash
/// images, romfs, linux.zip, web UIs, vendor updates and settings; which of them a file is, its content tells, never its name. Says which firmware it is as well: kernel,
/// drivers, sensors, wifi chips, flash chips, and the system's version, which is in the camera program's code.
///
/// Of settings, every text and address is hidden: passwords and keys, but also names, mail addresses and hosts.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 nothing that is told says \"do not flash this\", 1 an error does, 2 could not do it."
)]
pub struct Args {
    /// Files to look at; `-` reads standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Show passwords, keys, names and addresses in settings as they are
    #[arg(long)]
    show_secrets: bool,
}

pub fn run(args: &Args, inputs: &Inputs, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    let secrets = Secrets::from_show(args.show_secrets);
    let mut files = Vec::new();
    let mut last_failure = None;
    for path in &args.files {
        match inputs.open(path) {
            Ok(source) => files.push(Examined::of(source, secrets)),
            Err(failure) => {
                // the other files are told of all the same; the last complaint is the program's own
                if let Some(before) = last_failure.replace(failure) {
                    output::complain(&before);
                }
            }
        }
    }
    if !files.is_empty() {
        let together = together(&files);
        match format {
            Format::Text => {
                let view = text::InspectionView { files: &files, together: together.as_ref(), secrets };
                text::inspections(out, &view, output::width()).map_err(Failure::output)?;
            }
            Format::Json => print_json(out, &json::Inspections::of(&files, together.as_ref()))?,
        }
        out.flush().map_err(Failure::output)?;
    }
    match last_failure {
        Some(failure) => Err(failure),
        None if files.iter().any(Examined::speaks_against) => Ok(Outcome::Differs),
        None => Ok(Outcome::Fine),
    }
}
