//! `unbrick cat`

use std::io::Write;
use std::path::PathBuf;

use super::Outcome;
use super::failure::Failure;
use super::input::Inputs;
use super::inside::Inside;
use super::output;
use crate::format::settings;

/// Print one file from inside a romfs, web UI, zip, vendor update or flash image
///
/// The bytes come out as they are, so that they can be piped or redirected. Of a file that is cut or damaged, what is
/// there comes out; the exit code is then 1.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to look into; `-` reads standard input
    file: PathBuf,
    /// The path inside, as `unbrick ls` shows it
    path: String,
}

pub fn run(args: &Args, inputs: &Inputs, out: &mut impl Write) -> Result<Outcome, Failure> {
    let inside = Inside::open(inputs, &args.file, true)?;
    let entry = inside.file(&args.path)?;
    let bytes = entry.data.read().map_err(|error| {
        let what = format!("`{}` in it is damaged: {error}", args.path);
        Failure::about(&args.file, what, "`unbrick inspect` tells what is wrong; dump it again")
    })?;
    if settings::has_private(&bytes) {
        output::warn_of_settings(&format!("`{}`", args.path));
    }
    out.write_all(&bytes).and_then(|()| out.flush()).map_err(Failure::output)?;
    let Some(flaw) = &entry.flaw else { return Ok(Outcome::Fine) };
    let what = format!("`{}` in it is {flaw}", args.path);
    let next = "what is here was printed; take the rest from another dump, or dump it again";
    output::warn(&Failure::about(&args.file, what, next));
    Ok(Outcome::Differs)
}
