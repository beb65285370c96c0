//! `unbrick convert`

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::failure::Failure;
use super::place::{Existing, ensure_free, stage};
use super::{Format, Outcome, input, output, print_json};
use crate::finding::{Finding, Severity, worst};
use crate::recover::{Recovered, Recovery, Set, recover, whole_captures};
use crate::render::{json, text};

/// Turn captures and dumped binaries of one camera into whole, verified files
///
/// Give it the whole folder of the dump: bytes that the recovery tool saved in the wrong file are put back, every
/// checksum is tried, and what is still missing is listed as lines to type at the boot loader's prompt. A single
/// capture becomes one binary, byte for byte what its text shows.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Captures, dumped binaries, or a folder of them; `-` reads standard input
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// Where to write: a folder, or a file if just one comes out
    #[arg(short, long, value_name = "FOLDER|FILE")]
    output: PathBuf,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    /// Write a capture with holes all the same, with this byte where nothing was captured
    #[arg(long, value_enum, ignore_case = true)]
    fill: Option<Fill>,
}

/// What stands for a byte that was not captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Fill {
    /// Erased flash
    #[value(name = "FF")]
    Erased,
    /// Zeros
    #[value(name = "00")]
    Zero,
}

pub fn run(args: &Args, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    let set = read_inputs(&args.inputs)?;
    let fill = args.fill.map(Fill::byte);
    let recovery = match set.sources.as_slice() {
        [only] if only.reading.is_capture() => whole_captures(&set, fill),
        _ => recover(&set, fill),
    };
    if recovery.images.is_empty() && recovery.missing.is_empty() {
        return Err(nothing_found(&args.inputs));
    }
    let paths = places(args, &recovery.images)?;
    let findings = recovery.findings();
    write_all(&paths, &recovery.images, Existing::from_force(args.force))?;
    match format {
        Format::Text => text::recovery(out, &recovery, &paths, &findings, output::width()).map_err(Failure::output)?,
        Format::Json => print_json(out, &document(&recovery, &paths, &findings))?,
    }
    Ok(judge(&recovery, &findings))
}

impl Fill {
    const fn byte(self) -> u8 {
        match self {
            Self::Erased => 0xFF,
            Self::Zero => 0x00,
        }
    }
}

fn read_inputs(inputs: &[PathBuf]) -> Result<Set, Failure> {
    let mut set = Set::default();
    for path in inputs {
        if path.is_dir() {
            set.sources.extend(input::open_folder(path)?.sources);
        } else {
            set.sources.push(input::open(path)?);
        }
    }
    Ok(set)
}

fn nothing_found(inputs: &[PathBuf]) -> Failure {
    let what = "nothing here is a capture or an image of a camera's flash";
    let next = "`unbrick inspect` tells what it is instead";
    match inputs {
        [only] => Failure::about(only, what, next),
        _ => Failure::general(what, next),
    }
}

/// Decides where each image goes, and that nothing stands there already.
fn places(args: &Args, images: &[Recovered]) -> Result<Vec<PathBuf>, Failure> {
    let output = &args.output;
    let named_as_folder = output.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]);
    let from_folder = args.inputs.iter().any(|input| input.is_dir());
    let into_folder = output.is_dir() || named_as_folder || from_folder || images.len() > 1;
    let paths = if into_folder {
        if output.exists() && !output.is_dir() {
            return Err(Failure::about(
                output,
                format!("is a file, and {} come out", crate::words::plural(images.len(), "file")),
                "name a folder with `-o`",
            ));
        }
        names(images).iter().map(|name| output.join(name)).collect()
    } else {
        images.iter().map(|_| output.clone()).collect::<Vec<PathBuf>>()
    };
    let existing = Existing::from_force(args.force);
    paths.iter().try_for_each(|path| ensure_free(path, existing))?;
    Ok(paths)
}

/// A file name for each image; a second romfs becomes `romfs-2.img`.
fn names(images: &[Recovered]) -> Vec<String> {
    let mut taken = HashSet::new();
    images
        .iter()
        .map(|image| {
            let (stem, ending) = image.file_name.rsplit_once('.').unwrap_or((&image.file_name, "bin"));
            let numbered = (2_usize..).map(|number| format!("{stem}-{number}.{ending}"));
            let free = std::iter::once(image.file_name.clone()).chain(numbered).find(|name| !taken.contains(name));
            let name = free.unwrap_or_default();
            taken.insert(name.clone());
            name
        })
        .collect()
}

/// Writes all files under temporary names before the first one gets its own.
fn write_all(paths: &[PathBuf], images: &[Recovered], existing: Existing) -> Result<(), Failure> {
    let staged: Result<Vec<_>, _> = paths.iter().zip(images).map(|(path, image)| stage(path, &image.bytes)).collect();
    staged?.into_iter().try_for_each(|file| file.finish(existing))
}

fn judge(recovery: &Recovery, findings: &[Finding]) -> Outcome {
    let is_damaged = recovery.missing.iter().any(|missing| missing.is_damage);
    let whole = !recovery.images.is_empty() && recovery.images.iter().all(Recovered::is_whole) && !is_damaged;
    if whole && worst(findings) != Some(Severity::Error) { Outcome::Fine } else { Outcome::Differs }
}

fn document<'a>(recovery: &'a Recovery, paths: &[PathBuf], findings: &'a [Finding]) -> json::Conversion<'a> {
    let outputs = recovery.images.iter().zip(paths).map(|(image, path)| output_view(image, path)).collect();
    json::Conversion::of(outputs, &recovery.missing, findings)
}

fn output_view<'a>(image: &'a Recovered, path: &Path) -> json::Output<'a> {
    json::Output {
        path: path.display().to_string(),
        kind: image.region.kind,
        size: image.bytes.len(),
        address: image.address,
        state: image.region.state,
        proofs: &image.region.proofs,
        made_from: &image.made_from,
    }
}
