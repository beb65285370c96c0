//! `unbrick diff`

use std::io::Write;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use strum::VariantNames;

use super::failure::Failure;
use super::input::Inputs;
use super::{Format, Outcome, boot, output, print_json};
use crate::compare::inside::Thoroughness;
use crate::compare::{Cause, Comparison, Subject, agreements};
use crate::image::Image;
use crate::machine::Ram;
use crate::machine::compare::{Booted, compare as compare_boots};
use crate::map::Body;
use crate::recover::Source;
use crate::render::{json, text};

/// Compare what was flashed with what was dumped, and say why they differ
///
/// Any two files do: images, captures, flash dumps, updates. Every differing byte gets a cause; files inside are
/// compared one by one. Give several dumps of the same flash to see what they agree on: where all of them differ from
/// what was flashed, the flash does; where one differs alone, it is that dump's fault.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 no difference, or none that counts; 1 differences; 2 could not do it.")]
pub struct Args {
    /// What was flashed, or the older one; `-` reads standard input
    old: PathBuf,
    /// What was dumped, or the newer one; several dumps of the same flash can be given
    #[arg(required = true)]
    new: Vec<PathBuf>,
    /// Show all segments, and every file's changes in full
    #[arg(long, conflicts_with = "stat")]
    details: bool,
    /// Show the verdict and the numbers only
    #[arg(long)]
    stat: bool,
    /// Show passwords, keys, names and addresses in settings as they are
    #[arg(long)]
    show_secrets: bool,
    /// Boot both in a virtual camera and compare what they print, line by line; addresses and process numbers do not
    /// count. A whole flash, an update, or a folder with a kernel and a romfs
    #[arg(long, conflicts_with_all = ["details", "stat", "show_secrets", "only", "ignore"])]
    boot: bool,
    /// Let only differences of this cause count, for listing and exit code; can be given several times
    #[arg(long, value_name = "CAUSE", value_parser = cause_parser(), hide_possible_values = true)]
    only: Vec<Cause>,
    /// Let differences of this cause not count; can be given several times
    #[arg(long, value_name = "CAUSE", value_parser = cause_parser(), hide_possible_values = true)]
    ignore: Vec<Cause>,
}

fn cause_parser() -> impl TypedValueParser<Value = Cause> {
    PossibleValuesParser::new(Cause::VARIANTS).try_map(|name| name.parse::<Cause>())
}

impl Args {
    fn counts(&self, cause: Cause) -> bool {
        cause != Cause::Equal && (self.only.is_empty() || self.only.contains(&cause)) && !self.ignore.contains(&cause)
    }
}

pub fn run(args: &Args, inputs: &Inputs, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    if args.boot {
        return boots(args, inputs, format, out);
    }
    let old = inputs.open(&args.old)?;
    let dumps = args.new.iter().map(|path| inputs.open(path)).collect::<Result<Vec<Source>, Failure>>()?;
    let thoroughness = if args.details { Thoroughness::Everything } else { Thoroughness::Usual };
    let compared = |new| Comparison::with(subject(&old), subject(new), thoroughness);
    let mut comparisons: Vec<Comparison> = dumps.iter().map(compared).collect();
    if args.show_secrets {
        comparisons.iter_mut().for_each(Comparison::reveal);
    }
    match (dumps.as_slice(), comparisons.as_slice()) {
        ([new], [comparison]) => one(args, format, &old, new, comparison, out)?,
        _ => several(args, format, &old, &dumps, &comparisons, out)?,
    }
    let differs =
        comparisons.iter().flat_map(|comparison| &comparison.segments).any(|segment| args.counts(segment.cause));
    Ok(if differs { Outcome::Differs } else { Outcome::Fine })
}

/// What both print in a virtual camera.
fn boots(args: &Args, inputs: &Inputs, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    let [new] = args.new.as_slice() else {
        return Err(Failure::general("more than two are to be booted", "name two, an old one and a new one"));
    };
    let booted = |path: &PathBuf| {
        let firmware = boot::recognised(inputs, std::slice::from_ref(path), None)?;
        let (run, verdict) = firmware.try_out(Ram::Mb16);
        Ok(Booted { name: path.display().to_string(), run, verdict })
    };
    let (old, new) = (booted(&args.old)?, booted(new)?);
    let stretches = compare_boots(&old.run, &new.run);
    match format {
        Format::Text => text::boots(out, &old, &new, &stretches, output::width()).map_err(Failure::output)?,
        Format::Json => print_json(out, &json::BootsDifference::of(&old, &new, &stretches))?,
    }
    Ok(if stretches.is_empty() { Outcome::Fine } else { Outcome::Differs })
}

fn one(
    args: &Args,
    format: Format,
    old: &Source,
    new: &Source,
    comparison: &Comparison,
    out: &mut impl Write,
) -> Result<(), Failure> {
    match format {
        Format::Text => {
            let counts = |cause| args.counts(cause);
            let extent = extent(args);
            let view = text::ComparisonView { comparison, old, new, counts: &counts, extent, width: output::width() };
            text::comparison(out, &view).map_err(Failure::output)
        }
        Format::Json => print_json(out, &json::Difference::of(comparison, old, new)),
    }
}

fn several(
    args: &Args,
    format: Format,
    old: &Source,
    dumps: &[Source],
    comparisons: &[Comparison],
    out: &mut impl Write,
) -> Result<(), Failure> {
    let compared: Vec<(&Image, &Comparison)> = dumps.iter().map(Source::image).zip(comparisons).collect();
    let agreements = agreements(old.image(), &compared);
    match format {
        Format::Text => {
            let view = text::DumpsView {
                old,
                dumps,
                comparisons,
                agreements: &agreements,
                extent: extent(args),
                width: output::width(),
            };
            text::dumps(out, &view).map_err(Failure::output)
        }
        Format::Json => print_json(out, &json::DumpsDifference::of(old, dumps, comparisons, &agreements)),
    }
}

fn extent(args: &Args) -> text::Extent {
    match (args.stat, args.details) {
        (true, _) => text::Extent::Numbers,
        (_, true) => text::Extent::Everything,
        _ => text::Extent::Usual,
    }
}

fn subject(source: &Source) -> Subject<'_> {
    let capture = match source.reading.body() {
        Body::Capture(capture) => Some(&**capture),
        _ => None,
    };
    let inspection = &source.inspection;
    Subject { image: source.image(), address: inspection.address, regions: &inspection.regions, capture }
}
