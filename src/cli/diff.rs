//! `unbrick diff`

use std::io::Write;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;
use strum::VariantNames;

use super::failure::Failure;
use super::{Format, Outcome, input, output, print_json};
use crate::compare::inside::Thoroughness;
use crate::compare::{Cause, Comparison, Subject, agreements};
use crate::image::Image;
use crate::map::Body;
use crate::recover::Source;
use crate::render::{json, text};

/// Compare what was flashed with what was dumped, and say why they differ
///
/// Any two files do: images, captures, flash dumps, updates. Every differing byte gets a cause; files inside are
/// compared one by one. Give several dumps of the same flash to see what they agree on: where all of them differ from
/// what was flashed, the flash does; where one differs alone, it is that dump's fault.
///
/// Exit code 0: no difference, or none that counts; 1: differences.
#[derive(Debug, clap::Args)]
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

pub fn run(args: &Args, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    input::ensure_one_stdin(std::iter::once(&args.old).chain(&args.new))?;
    let old = input::open(&args.old)?;
    let dumps = args.new.iter().map(|path| input::open(path)).collect::<Result<Vec<Source>, Failure>>()?;
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
