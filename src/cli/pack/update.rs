//! `unbrick pack update`

use std::path::{Path, PathBuf};

use super::Target;
use crate::camera::layout::{self, Laid};
use crate::cli::failure::Failure;
use crate::cli::input::Inputs;
use crate::cli::part::Part;
use crate::finding::{Finding, Severity};
use crate::format::footer::{self, Footer};
use crate::format::kernel_zip::{self, UnzipVerdict};
use crate::format::update::{self, Flags, Form, Update};
use crate::format::{kernel, romfs};
use crate::image::{Image, Span};
use crate::map::{Inspection, Kind, State};
use crate::pack::Packed;
use crate::words::{bytes, count};

/// Put a kernel and a romfs into one file, as the camera's web page takes it (`BNEG`)
///
/// Both parts are checked first: a kernel that the boot loader would not start, or a romfs with a wrong sum in
/// it or in one of its files, is refused.
#[derive(Debug, clap::Args)]
#[group(id = "parts", required = true, multiple = true, args = ["kernel", "romfs"])]
pub struct Args {
    /// The kernel as a zip (or gzip); without it the camera keeps its own
    #[arg(long, value_name = "FILE")]
    kernel: Option<PathBuf>,
    /// The romfs; without it the camera keeps its own
    #[arg(long, value_name = "FILE")]
    romfs: Option<PathBuf>,
    /// Bytes to put behind the romfs, such as the `tail.bin` of an update that was taken apart
    #[arg(long, value_name = "FILE")]
    tail: Option<PathBuf>,
    /// Take parts as they are, even those that no camera could start
    #[arg(long)]
    anyway: bool,
    #[command(flatten)]
    target: Target,
}

pub fn pack(args: &Args, inputs: &Inputs) -> Result<Packed, Failure> {
    args.target.ensure_writable(inputs)?;
    let kernel = args.kernel.as_deref().map(|path| kernel(inputs, path, args.anyway)).transpose()?;
    let romfs = args.romfs.as_deref().map(|path| romfs(inputs, path, args.anyway)).transpose()?;
    let tail = args.tail.as_deref().map(|path| tail(inputs, path)).transpose()?.unwrap_or_default();
    let flag =
        |part: &Option<Ready>, flag: Flags| if part.as_ref().is_some_and(|part| part.is_packed) { flag.0 } else { 0 };
    let flags = Flags(flag(&kernel, Flags::ZIPPED_KERNEL) | flag(&romfs, Flags::ZIPPED_ROMFS));
    let built = update::build(Form::Bneg { version: 1 }, flags, bytes_of(kernel.as_ref()), bytes_of(romfs.as_ref()));
    let mut built = built.map_err(|error| Failure::general(error.to_string(), "leave files out of it"))?;
    built.extend_from_slice(&tail);
    let footers = footers(&built);
    args.target.write(inputs, &built, |packed, _| {
        packed.remarks.extend([&kernel, &romfs].into_iter().flatten().filter_map(|part| part.remark.clone()));
        packed.detail("2 MiB camera", upload(built.len(), update::MAX_LEN_2M));
        packed.detail("4 MiB camera", upload(built.len(), update::MAX_LEN));
        packed.footers = footers;
        packed.then_check();
    })
}

/// A kernel or romfs that a camera can start.
pub(super) struct Ready {
    pub(super) bytes: Vec<u8>,
    /// Whether it is a zip or gzip.
    is_packed: bool,
    pub(super) remark: Option<String>,
}

fn bytes_of(part: Option<&Ready>) -> &[u8] {
    part.map_or(&[], |part| part.bytes.as_slice())
}

pub(super) fn kernel(inputs: &Inputs, path: &Path, anyway: bool) -> Result<Ready, Failure> {
    let source = inputs.open(path)?;
    if source.image().starts_with(&kernel::START) {
        if !anyway {
            let what = "is a kernel that is not packed; no camera is known that was updated with one";
            return Err(Failure::about(path, what, "pack it first: `unbrick pack kernel`, or add `--anyway`"));
        }
        let remark = Some(format!("{} is not packed: the boot loader copies it to memory as it is.", source.name));
        return Ok(Ready { bytes: source.image().to_vec(), is_packed: false, remark });
    }
    let part = Part::of(source, path, &[Kind::Kernel, Kind::Zip, Kind::Gzip])?;
    if let (false, Some(why)) = (anyway, kernel_refused(part.bytes())) {
        return Err(Failure::about(path, why, "mend it, or add `--anyway` to pack it as it is"));
    }
    Ok(Ready { bytes: part.bytes().to_vec(), is_packed: true, remark: part.remark() })
}

/// Why no camera should get this packed kernel.
fn kernel_refused(bytes: &[u8]) -> Option<String> {
    let parsed = kernel_zip::parse(bytes).ok()?;
    let kernel = parsed.value;
    match first_error(&parsed.findings) {
        Some(why) => Some(why),
        None if kernel.boot != UnzipVerdict::Unpacks => Some(format!("the boot loader would answer `{}`", kernel.boot)),
        None if !kernel.is_verified() => Some("nothing proves that what comes out of it is what was packed".to_owned()),
        None if !kernel.looks_like_kernel() => Some(format!("it holds `{}` and no kernel", kernel.name)),
        None => None,
    }
}

pub(super) fn romfs(inputs: &Inputs, path: &Path, anyway: bool) -> Result<Ready, Failure> {
    let part = Part::of(inputs.open(path)?, path, &[Kind::Romfs, Kind::Zip, Kind::Gzip])?;
    let is_packed = part.region.kind != Kind::Romfs;
    let why = if is_packed {
        match kernel_zip::unpack(part.bytes()) {
            Ok(volume) => packed_romfs_refused(volume),
            Err(error) => Some(error.to_string()),
        }
    } else {
        (part.region.state != State::Verified).then(|| part.fault())
    };
    if let (false, Some(why)) = (anyway, why) {
        return Err(Failure::about(path, why, "mend it, or add `--anyway` to pack it as it is"));
    }
    Ok(Ready { bytes: part.bytes().to_vec(), is_packed, remark: part.remark() })
}

/// Why no camera should get the romfs that comes out of a zip.
fn packed_romfs_refused(volume: Vec<u8>) -> Option<String> {
    if let Err(error) = romfs::parse(&volume) {
        return Some(error.to_string());
    }
    let inspection = Inspection::of_image(&Image::new(volume, None));
    let is_right = inspection.regions.first().is_some_and(|region| region.state == State::Verified);
    let why = || first_error(&inspection.findings).unwrap_or_else(|| "it is damaged".to_owned());
    (!is_right).then(why)
}

fn first_error(findings: &[Finding]) -> Option<String> {
    findings.iter().find(|finding| finding.severity() == Severity::Error).map(Finding::message)
}

fn tail(inputs: &Inputs, path: &Path) -> Result<Vec<u8>, Failure> {
    let tail = inputs.read(path)?;
    if tail.len() > update::TAIL_LIMIT {
        let what = format!("has {}; nothing that long follows a romfs", bytes(tail.len()));
        return Err(Failure::about(path, what, format!("at most {} are taken", count(update::TAIL_LIMIT))));
    }
    Ok(tail.to_vec())
}

/// What the web upgrade makes of the parts of an update (packages-and-formats.md section 1, certain). Without a kernel
/// the romfs goes where the camera's own kernel leaves room, which this file does not tell.
fn footers(update: &[u8]) -> Vec<Footer> {
    let Ok(Update::System(system)) = update::parse(update).map(|parsed| parsed.value) else { return Vec::new() };
    // the one to three bytes up to a whole word are those that follow in the file; behind its end nobody knows them
    let words = |part: Span| Span::at(part.start(), part.len().next_multiple_of(4)).of(update);
    if system.kernel.is_empty() || words(system.kernel).len() % 4 > 0 {
        return Vec::new();
    }
    let kernel = Laid::at(layout::Part::Kernel, footer::KERNEL_BASE, words(system.kernel));
    let base = footer::romfs_base(system.kernel.len()).filter(|_| !system.romfs.is_empty());
    let romfs = base.map(|base| Laid::at(layout::Part::Romfs, base, words(system.romfs)));
    std::iter::once(kernel).chain(romfs).filter_map(|laid| laid.footer).map(|(_, footer)| footer).collect()
}

/// What the web page of a camera says to an update of this length.
fn upload(len: usize, limit: usize) -> String {
    let says = if len <= limit { "takes it" } else { "refuses it" };
    format!("its web page {says}: at most {} in all", bytes(limit))
}
