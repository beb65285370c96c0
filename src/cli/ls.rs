//! `unbrick ls`

use std::io::Write;
use std::path::PathBuf;

use super::failure::Failure;
use super::input::Inputs;
use super::inside::Inside;
use super::{Format, Outcome, print_json};
use crate::render::{json, text};

/// List the files inside a romfs, web UI, zip, vendor update or flash image
///
/// Files that are cut or damaged are marked; the exit code is then 1.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to look into; `-` reads standard input
    file: PathBuf,
    /// Only this path and what lies below it
    path: Option<String>,
    /// Also list what containers inside hold
    #[arg(short, long)]
    recursive: bool,
}

pub fn run(args: &Args, inputs: &Inputs, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    let inside = Inside::open(inputs, &args.file, args.recursive)?;
    let entries = match &args.path {
        Some(path) => inside.below(path)?,
        None => inside.entries()?,
    };
    match format {
        Format::Text => text::listing(out, &entries).map_err(Failure::output)?,
        Format::Json => print_json(out, &json::Listing::of(&inside.source.name, &entries))?,
    }
    Ok(if inside.warn(&entries).is_some() { Outcome::Differs } else { Outcome::Fine })
}
