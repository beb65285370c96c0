//! `unbrick inspect`

use std::io::Write;
use std::path::PathBuf;

use super::failure::Failure;
use super::{Format, Outcome, input, output, print_json};
use crate::finding::{Severity, worst};
use crate::recover::Source;
use crate::render::{json, text};

/// Say what files are: their parts, checksums, and what is wrong with them
///
/// Reads dumped binaries, captures (`.dat` and terminal logs), flash images, romfs, linux.zip, web UIs, vendor updates
/// and settings; which of them a file is, its content tells, never its name.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files to look at; `-` reads standard input
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub fn run(args: &Args, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    let mut sources = Vec::new();
    let mut last_failure = None;
    for path in &args.files {
        match input::open(path) {
            Ok(source) => sources.push(source),
            Err(failure) => {
                // the other files are told of all the same; the last complaint is the program's own
                if let Some(before) = last_failure.replace(failure) {
                    output::complain(&before);
                }
            }
        }
    }
    if !sources.is_empty() {
        match format {
            Format::Text => text::inspections(out, &sources, output::width()).map_err(Failure::output)?,
            Format::Json => print_json(out, &json::Inspections::of(&sources))?,
        }
        out.flush().map_err(Failure::output)?;
    }
    match last_failure {
        Some(failure) => Err(failure),
        None => Ok(judge(&sources)),
    }
}

fn judge(sources: &[Source]) -> Outcome {
    let is_bad = |source: &Source| worst(&source.inspection.findings) == Some(Severity::Error);
    if sources.iter().any(is_bad) { Outcome::Differs } else { Outcome::Fine }
}
