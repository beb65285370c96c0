//! `unbrick pack kernel`

use std::path::{Path, PathBuf};

use jiff::civil::DateTime;

use super::Target;
use crate::cli::failure::Failure;
use crate::cli::input::Inputs;
use crate::format::kernel::{self, Banner};
use crate::format::kernel_zip::{self, BuildError, DosTime, Effort};
use crate::format::{elf, footer};
use crate::pack::Packed;

/// Pack a kernel as the boot loader wants it: a zip with one member, `linux.bin`, deflated
///
/// The same kernel gives the same bytes: the time in the zip is that in the kernel's banner, or the first day of 1980.
/// The zip is unpacked once more by the boot loader's own rules before it gets its name.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The unpacked kernel, such as `linux.bin`
    #[arg(value_name = "FILE")]
    input: PathBuf,
    /// How hard to pack: 1 (fast) to 9 (small), or `max` for the last few percent, which takes a minute
    #[arg(long, default_value = "9", value_parser = effort)]
    level: Effort,
    /// The time to write into the zip, as in `2010-12-06T08:08:33`
    #[arg(long, value_parser = time)]
    time: Option<DosTime>,
    /// Pack a file that does not look like a kernel
    #[arg(long)]
    anyway: bool,
    #[command(flatten)]
    target: Target,
}

fn effort(text: &str) -> Result<Effort, String> {
    match (text, text.parse()) {
        ("max", _) => Ok(Effort::Most),
        (_, Ok(level @ 1..=9)) => Ok(Effort::Level(level)),
        (_, Ok(0)) => Err("0 would only store it, and a kernel must be compressed: take 1 to 9, or `max`".to_owned()),
        _ => Err("it must be 1 to 9, or `max`".to_owned()),
    }
}

fn time(text: &str) -> Result<DosTime, String> {
    let civil: DateTime = text.parse().map_err(|_| "it must be written as 2010-12-06T08:08:33".to_owned())?;
    DosTime::from_civil(civil).ok_or_else(|| "a zip knows the years 1980 to 2107".to_owned())
}

/// What every kernel's member is called (packages-and-formats.md section 2, certain).
const MEMBER: &str = "linux.bin";

/// The first day that a zip knows.
const NO_TIME: DosTime = DosTime { time: 0, date: 0x21 };

pub fn pack(args: &Args, inputs: &Inputs) -> Result<Packed, Failure> {
    args.target.ensure_writable(inputs)?;
    let source = inputs.open(&args.input)?;
    let kernel: &[u8] = source.image();
    let banner = kernel::banner(kernel);
    if let (false, Some(refused)) = (args.anyway, refused(&args.input, kernel, banner.as_ref())) {
        return Err(refused);
    }
    let built = banner.as_ref().and_then(|banner| banner.built).and_then(DosTime::from_civil);
    let zip = kernel_zip::build(MEMBER, kernel, args.time.or(built).unwrap_or(NO_TIME), args.level);
    let zip = zip.map_err(|error| not_built(&args.input, &error))?;
    args.target.write(inputs, &zip, |packed, _| {
        let share = (zip.len() * 100).div_ceil(kernel.len().max(1));
        packed.detail("packed", format!("to {share}%"));
        if let Some(at) = footer::KERNEL_BASE.checked_add(footer::place(zip.len())) {
            packed.detail("in flash", format!("image 7 at {}, footer at {at}", footer::KERNEL_BASE));
        }
        packed.then_check();
        let command = format!("unbrick pack update --kernel {} --romfs romfs.img -o update.bin", packed.typed());
        packed.then("put it into a file for the camera's web page", [command]);
    })
}

/// Why this is no kernel to pack.
fn refused(path: &Path, kernel: &[u8], banner: Option<&Banner>) -> Option<Failure> {
    let packed = |what: &str| {
        Failure::about(
            path,
            format!("is a {what} already, and the boot loader unpacks it once only"),
            "flash it as it is (`unbrick pack update --kernel`), or take the kernel out with `unbrick extract` first",
        )
    };
    if kernel.starts_with(b"PK\x03\x04") {
        return Some(packed("zip"));
    }
    if kernel.starts_with(b"\x1F\x8B") {
        return Some(packed("gzip"));
    }
    if kernel.starts_with(&elf::MAGIC) {
        let what = "is an ELF file, which the boot loader would start at its header";
        let next = "make a plain binary of it first: `objcopy -O binary`";
        return Some(Failure::about(path, what, next));
    }
    if kernel.starts_with(&kernel::START) || banner.is_some() {
        return None;
    }
    let what = "does not start like a kernel of these cameras, and has no banner `Linux version ...`";
    Some(Failure::about(path, what, "name the unpacked `linux.bin`, or add `--anyway` to pack it all the same"))
}

fn not_built(path: &Path, error: &BuildError) -> Failure {
    let next = match error {
        BuildError::TooBig { .. } => "leave drivers out of it: the boot loader would answer `ERROR: unzip failed! -2`",
        BuildError::Name { .. } | BuildError::Compressor(_) => "try another `--level`",
    };
    Failure::about(path, error.to_string(), next)
}
