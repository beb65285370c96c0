//! `unbrick diff`

use std::io::Write;
use std::path::PathBuf;

use super::failure::Failure;
use super::{Format, Outcome, input, output, print_json};
use crate::compare::{Cause, Comparison, Subject};
use crate::map::Body;
use crate::recover::Source;
use crate::render::{json, text};

/// Compare what was flashed with what was dumped, and say why they differ
///
/// Any two files do: images, captures, flash dumps, updates. Every differing byte gets a cause; files inside are
/// compared one by one. Exit code 0: no difference (or only ignored ones), 1: differences.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What was flashed, or the older one; `-` reads standard input
    old: PathBuf,
    /// What was dumped, or the newer one; `-` reads standard input
    new: PathBuf,
    /// Show all segments, and every file's changes in full
    #[arg(long)]
    details: bool,
}

pub fn run(args: &Args, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    if args.old == args.new && args.old.as_os_str() == input::STDIN {
        return Err(Failure::general(
            "both files are to come from standard input",
            "save one of them to a file and name it",
        ));
    }
    let (old, new) = (input::open(&args.old)?, input::open(&args.new)?);
    let comparison = Comparison::of(subject(&old), subject(&new));
    match format {
        Format::Text => {
            let view = text::ComparisonView {
                comparison: &comparison,
                old: &old,
                new: &new,
                details: args.details,
                width: output::width(),
            };
            text::comparison(out, &view).map_err(Failure::output)?;
        }
        Format::Json => print_json(out, &json::Difference::of(&comparison, &old, &new))?,
    }
    let differs = comparison.segments.iter().any(|segment| segment.cause != Cause::Equal);
    Ok(if differs { Outcome::Differs } else { Outcome::Fine })
}

fn subject(source: &Source) -> Subject<'_> {
    let capture = match source.reading.body() {
        Body::Capture(capture) => Some(&**capture),
        _ => None,
    };
    Subject { image: source.image(), regions: &source.inspection.regions, capture }
}
