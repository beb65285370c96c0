//! `unbrick convert`

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::failure::Failure;
use super::input::Inputs;
use super::place::Outputs;
use super::{Format, Outcome, input, output, print_json, redact};
use crate::finding::{Finding, Severity, worst};
use crate::map::Body;
use crate::recover::{Recovered, Recovery, Set, Source, command, holds_images, packed_files, recover, whole_captures};
use crate::render::{json, text};
use crate::words::{bytes, count, enumerate};

/// Turn captures and dumped binaries of one camera into whole, verified files
///
/// Give it the whole folder of the dump: bytes that the recovery tool saved in the wrong file are put back, every
/// checksum is tried, and what is still missing is listed as lines to type at the boot loader's prompt.
///
/// Several captures of the same flash are merged: each byte goes where its address says, and where captures disagree,
/// the value that more speaks for stands (captures that agree, the ASCII column, whole lines). Bytes that stay in doubt
/// are decided only if a checksum proves one value; else they count as not known. With a folder as output the images in
/// it are written one by one; with a file that has an ending, such as `flash.bin`, all that captures show becomes one
/// binary. So does a single capture, unless a folder is named and images are in it.
///
/// Captures can be logs of the boot loader's `d` or of U-Boot's `md`, output of hexdump, xxd and od, Intel HEX or
/// S-records. One whose lines do not tell flash addresses joins others only where its bytes prove where it belongs.
#[derive(Debug, clap::Args)]
#[command(override_usage = USAGE)]
#[command(
    after_help = "Exit codes: 0 everything came out whole, 1 something is damaged, missing or still private, 2 could not do it."
)]
pub struct Args {
    /// Captures, dumped binaries, or a folder of them; `-` reads standard input
    #[arg(required = true)]
    inputs: Vec<PathBuf>,
    /// Where to write: a folder, or a file if just one comes out or all captures are to become one; needed unless
    /// `--dump-list` is all that is asked for
    #[arg(short, long, value_name = "FOLDER|FILE")]
    output: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    /// Write files with holes all the same, with this byte where nothing is known; a `.holes.json` beside each tells
    /// where
    #[arg(long, value_enum, ignore_case = true)]
    fill: Option<Fill>,
    /// Write the lines that dump what is missing to a file, for a terminal program's "send file" (let it wait 200 ms
    /// after each line: the boot loader does not listen while it prints); each ends as the Enter key ends it, with CR
    #[arg(long, value_name = "FILE")]
    dump_list: Option<PathBuf>,
    /// Write a copy of each input that is safe to share instead: settings erased wherever they are, with what is left of
    /// older ones; the MAC address replaced; the footers' checksums made right again
    #[arg(long, conflicts_with = "dump_list")]
    redact: bool,
}

const USAGE: &str = "\
unbrick convert [OPTIONS] <INPUTS>... -o <FOLDER|FILE>
       unbrick convert [OPTIONS] <INPUTS>... --dump-list <FILE>";

/// The options that name what is written.
const OUTPUT: &str = "-o";
const DUMP_LIST: &str = "--dump-list";

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

pub fn run(args: &Args, inputs: &Inputs, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    if let Some(output) = args.output.as_ref().filter(|output| output.as_os_str() == input::STDIN) {
        let what = "cannot be written to, for more than one file can come out";
        return Err(Failure::about(output, what, "name a file or a folder with `-o`"));
    }
    if args.output.is_none() && args.dump_list.is_none() {
        let next = "add `-o` with a folder, or a file if one comes out, as in `unbrick convert linux.dat -o linux.bin`; or \
                    `--dump-list FILE`, to get no more than the lines that dump what is missing";
        return Err(Failure::general("nothing says where to write", next));
    }
    let set = read_inputs(inputs, &args.inputs)?;
    let fill = args.fill.map(Fill::byte);
    if let Some(output) = args.output.as_ref().filter(|_| args.redact) {
        let into_folder = names_folder(output) || args.inputs.iter().any(|input| input.is_dir());
        let outputs = Outputs::new(inputs, OUTPUT, args.force);
        return redact::run(&redact::Task { output, into_folder, outputs, fill }, &set, format, out);
    }
    let as_one = become_one_file(args, &set);
    let recovery = if as_one { whole_captures(&set, fill) } else { recover(&set, fill) };
    if recovery.images.is_empty() && recovery.missing.is_empty() {
        return Err(cut_update(&set).unwrap_or_else(|| nothing_found(&args.inputs, &set, &recovery)));
    }
    if as_one && recovery.memories.len() > 1 {
        return Err(several_memories(&recovery.memories));
    }
    let files = files(args, inputs, &recovery)?;
    let paths = files.images.as_slice();
    let findings = recovery.findings();
    write_all(&files, args, inputs, &recovery)?;
    match format {
        Format::Text => text::recovery(out, &recovery, paths, args.dump_list.as_deref(), &findings, output::width())
            .map_err(Failure::output)?,
        Format::Json => print_json(out, &document(&recovery, paths, &findings))?,
    }
    Ok(judge(&recovery, &findings))
}

/// Whether all captures are to become one binary: the output is named as a file, or there is just one capture, with no
/// image in it that a folder could be filled with.
fn become_one_file(args: &Args, set: &Set) -> bool {
    let shows_bytes = |source: &&Source| !matches!(source.reading.body(), Body::Empty | Body::BootLog);
    let sources = || set.distinct().map(|(_, source)| source).filter(shows_bytes);
    let is_file = |output: &PathBuf| !names_folder(output) && output.extension().is_some();
    let from_folder = args.inputs.iter().any(|input| input.is_dir());
    let is_of_captures = sources().all(|source| source.reading.is_capture());
    let mut captures = sources().filter(|source| source.reading.is_capture());
    match (captures.next(), captures.next()) {
        _ if !is_of_captures => false,
        (Some(only), None) => !(from_folder || args.output.as_deref().is_some_and(names_folder)) || !holds_images(only),
        (Some(_), Some(_)) => !from_folder && args.output.as_ref().is_some_and(is_file),
        (None, _) => false,
    }
}

fn names_folder(output: &Path) -> bool {
    output.is_dir() || output.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR])
}

impl Fill {
    const fn byte(self) -> u8 {
        match self {
            Self::Erased => 0xFF,
            Self::Zero => 0x00,
        }
    }
}

fn read_inputs(inputs: &Inputs, paths: &[PathBuf]) -> Result<Set, Failure> {
    if let [only] = paths {
        return if only.is_dir() { inputs.open_folder(only) } else { Ok(Set { sources: vec![inputs.open(only)?] }) };
    }
    let mut set = Set::default();
    for same in paths.chunk_by(|one, other| !one.is_dir() && !other.is_dir()) {
        match same {
            [folder] if folder.is_dir() => set.sources.extend(inputs.open_folder(folder)?.sources),
            files => set.sources.extend(inputs.open_several(files.iter().map(PathBuf::as_path))?),
        }
    }
    Ok(set)
}

/// Why nothing comes out of a vendor update that is cut before its first part ends.
fn cut_update(set: &Set) -> Option<Failure> {
    set.sources.iter().find_map(|source| {
        let (declared, present) = source.cut_update()?;
        let what = format!(
            "is a vendor update that is cut short: it says that it is {} long, but only {} are here",
            bytes(declared),
            count(present)
        );
        Some(Failure::about(Path::new(&source.name), what, "download it once more"))
    })
}

fn nothing_found(inputs: &[PathBuf], set: &Set, recovery: &Recovery<'_>) -> Failure {
    let packed = set.sources.iter().find_map(|source| Some((source, packed_files(source)?)));
    if let Some((source, (what, next))) = packed {
        return Failure::about(Path::new(&source.name), what, next);
    }
    let (what, next) = if recovery.memories.is_empty() {
        ("nothing here is a capture or an image of a camera's flash", "`unbrick inspect` tells what it is instead")
    } else {
        let next = "name a file with an ending, such as `-o flash.bin`, to get all bytes that are shown as one binary";
        ("no image is known in what is shown here", next)
    };
    match inputs {
        [only] => Failure::about(only, what, next),
        _ => Failure::general(what, next),
    }
}

fn several_memories(memories: &[Vec<String>]) -> Failure {
    let groups = memories.iter().map(|names| enumerate(names.iter().map(|name| format!("`{name}`"))));
    let groups: Vec<String> = groups.collect();
    Failure::general(
        format!("the captures are of {} different cameras or places: {}", memories.len(), groups.join("; ")),
        "convert those of one camera at a time, or name a folder with `-o` to write the images one by one",
    )
}

/// Where everything goes that is written.
struct Files {
    /// A place for each image.
    images: Vec<PathBuf>,
    /// A place for the list of holes, for each image that has some.
    holes: Vec<Option<PathBuf>>,
}

/// Decides where each image goes, and that nothing stands there already.
fn files(args: &Args, inputs: &Inputs, recovery: &Recovery<'_>) -> Result<Files, Failure> {
    let images = match &args.output {
        Some(output) => places(args, output, &recovery.images)?,
        None => Vec::new(),
    };
    let holes: Vec<Option<PathBuf>> = images
        .iter()
        .zip(&recovery.images)
        .map(|(path, image)| (!image.holes.is_empty()).then(|| holes_path(path)))
        .collect();
    let list = args.dump_list.iter().filter(|_| !recovery.pages_to_dump().is_empty());
    let mut named = images.iter().chain(holes.iter().flatten());
    named.clone().try_for_each(|path| Outputs::new(inputs, OUTPUT, args.force).ensure_free(path))?;
    list.clone().try_for_each(|path| Outputs::new(inputs, DUMP_LIST, args.force).ensure_free(path))?;
    let mut taken = HashSet::new();
    if let Some(twice) = named.by_ref().chain(list).find(|path| !taken.insert(path.as_path())) {
        return Err(Failure::about(twice, "is to be written twice", "give `-o` and `--dump-list` different names"));
    }
    Ok(Files { images, holes })
}

/// The list of holes of the file at `path`: `flash.bin.holes.json`.
fn holes_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".holes.json");
    PathBuf::from(name)
}

fn places(args: &Args, output: &Path, images: &[Recovered<'_>]) -> Result<Vec<PathBuf>, Failure> {
    let from_folder = args.inputs.iter().any(|input| input.is_dir());
    if !names_folder(output) && !from_folder && images.len() <= 1 {
        return Ok(images.iter().map(|_| output.to_owned()).collect());
    }
    if output.exists() && !output.is_dir() {
        return Err(Failure::about(
            output,
            format!("is a file, and {} come out", crate::words::plural(images.len(), "file")),
            "name a folder with `-o`",
        ));
    }
    Ok(names(images).iter().map(|name| output.join(name)).collect())
}

/// A file name for each image; a second romfs becomes `romfs-2.img`.
fn names(images: &[Recovered<'_>]) -> Vec<String> {
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
fn write_all(files: &Files, args: &Args, inputs: &Inputs, recovery: &Recovery<'_>) -> Result<(), Failure> {
    let named = Outputs::new(inputs, OUTPUT, args.force);
    let listed = Outputs::new(inputs, DUMP_LIST, args.force);
    let fill = args.fill.map_or(0xFF, Fill::byte);
    let mut staged = Vec::new();
    for ((path, holes), image) in files.images.iter().zip(&files.holes).zip(&recovery.images) {
        staged.push(named.stage(path, &image.bytes)?);
        if let Some(holes) = holes {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let mut document = serde_json::to_vec_pretty(&json::Holes::of(&name, image, fill))
                .map_err(|error| named.failure(holes, &std::io::Error::from(error)))?;
            document.push(b'\n');
            staged.push(named.stage(holes, &document)?);
        }
    }
    let pages = recovery.pages_to_dump();
    if let Some(list) = args.dump_list.as_ref().filter(|_| !pages.is_empty()) {
        // the boot loader takes CR LF for two lines (boot-loader.md section 1, certain)
        let lines: String = pages.into_iter().map(|page| command(page) + "\r").collect();
        staged.push(listed.stage(list, lines.as_bytes())?);
    }
    staged.into_iter().try_for_each(|file| file.finish())
}

fn judge(recovery: &Recovery<'_>, findings: &[Finding]) -> Outcome {
    let is_damaged = recovery.missing.iter().any(|missing| missing.is_damage);
    let whole = !recovery.images.is_empty() && recovery.images.iter().all(Recovered::is_whole) && !is_damaged;
    if whole && worst(findings) != Some(Severity::Error) { Outcome::Fine } else { Outcome::Differs }
}

fn document<'a>(recovery: &'a Recovery<'a>, paths: &[PathBuf], findings: &'a [Finding]) -> json::Conversion<'a> {
    let outputs = recovery.images.iter().zip(paths).map(|(image, path)| output_view(image, path)).collect();
    json::Conversion::of(outputs, recovery, findings)
}

fn output_view<'a>(image: &'a Recovered<'a>, path: &Path) -> json::Output<'a> {
    json::Output {
        path: path.display().to_string(),
        kind: image.region.kind,
        size: image.bytes.len(),
        address: image.address,
        state: image.region.state,
        proofs: &image.region.proofs,
        made_from: &image.made_from,
        proved: &image.proved,
        read: image.tally,
        holes: image.holes.iter().copied().map(json::Ends::from).collect(),
    }
}
