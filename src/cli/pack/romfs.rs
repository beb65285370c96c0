//! `unbrick pack romfs`

use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rustc_hash::FxHashMap;

use super::Target;
use super::folder::{CopyError, Folder};
use crate::camera::board::Model;
use crate::check::{first_program, inits_in_words};
use crate::checksum::word_sum;
use crate::cli::failure::Failure;
use crate::cli::input::Inputs;
use crate::cli::part::Part;
use crate::cli::place::Outputs;
use crate::format::footer;
use crate::format::romfs::{self, Alignment, BuildError, Piece, Role, Romfs, SEALED_BYTES};
use crate::image::{ERASE_BLOCK_BYTES, FLASH_MAX_BYTES};
use crate::map::{Content, Kind};
use crate::pack::Packed;
use crate::pack::romfs::{Order, Ready, Refused};
use crate::words::{bytes, count, enumerate, plural};

/// Build a romfs from a folder
///
/// The same folder gives the same bytes on every computer: files in sorted order, no times. With `--like`, name, order,
/// alignment, modes, devices and links are those of an original: a folder that was extracted from it and not changed
/// gives the original byte for byte.
///
/// Devices, sockets, pipes and links that lead out of the folder come from `unbrick-manifest.json`, which
/// `unbrick extract` leaves in it, or from the original. Symbolic links are stored as links, never followed.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder, or the manifest in it
    #[arg(value_name = "FOLDER|MANIFEST")]
    input: PathBuf,
    /// Build it as this one is built: a file that holds a romfs, such as a dump, an update or a flash image
    #[arg(long, value_name = "ORIGINAL")]
    like: Option<PathBuf>,
    /// The volume's name, at most 127 bytes [default: the original's, or `romfs`]
    #[arg(long, value_name = "NAME")]
    volume: Option<String>,
    /// Where the data of files starts: on multiples of this, a power of two [default: the original's, or 16]
    #[arg(long, value_name = "BYTES", value_parser = alignment)]
    align: Option<Alignment>,
    /// Take exec bits from the manifest or the original, not from the files on disk (for disks that keep none)
    #[arg(long)]
    keep_modes: bool,
    /// Take files as they are that were cut or damaged when they were extracted, and a folder that may lack some
    #[arg(long)]
    anyway: bool,
    #[command(flatten)]
    target: Target,
}

fn alignment(text: &str) -> Result<Alignment, String> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => usize::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.ok().and_then(Alignment::new).ok_or_else(|| "it must be a power of two from 16 to 1073741824".to_owned())
}

/// The volume's name if nobody gives one: always the same, so that the bytes are.
const DEFAULT_NAME: &[u8] = b"romfs";

pub fn pack(args: &Args, inputs: &Inputs) -> Result<Packed, Failure> {
    args.target.ensure_writable(inputs)?;
    let original = args.like.as_deref().map(|path| Part::original(inputs, path, Kind::Romfs)).transpose()?;
    let folder = Folder::open(inputs, &args.input, Kind::Romfs, &args.target.output)?;
    let name = args.volume.as_ref().map(|name| name.as_bytes());
    let order = Order {
        found: &folder.found,
        manifest: folder.manifest.as_ref(),
        original: original.as_ref().and_then(volume),
        name: name.or(original.is_none().then_some(DEFAULT_NAME)),
        alignment: args.align,
        keep_modes: args.keep_modes,
        anyway: args.anyway,
    };
    let ready = order.ready(&folder).map_err(|error| refused(error, folder.path(), args.like.as_deref()))?;
    let target = &args.target;
    let mut len = 0;
    let outputs = target.outputs(inputs);
    let staged = outputs.stage_by(&target.output, |file| {
        len = write(file, &ready, &folder, outputs, &target.output)?;
        Ok(())
    })?;
    let extracted_from = folder.manifest.as_ref().map(|manifest| manifest.from.as_str());
    let mut is_startable = false;
    let mut packed = if original.is_none() && len > READ_BACK_MAX_BYTES {
        staged.finish()?;
        unread(&target.shown(), len)
    } else {
        let is_asked_for = args.volume.is_some() || args.align.is_some() || !ready.changes.is_empty();
        target.finish(staged, |packed, image| {
            is_startable = tell_of_image(packed, image);
            packed.remarks.extend(original.as_ref().and_then(|original| compared_with(original, image, is_asked_for)));
        })?
    };
    packed.remarks.extend(order.flawed(&folder).map(|flawed| format!("Taken as it is: {flawed}.")));
    tell(&mut packed, ready, original.as_ref(), extracted_from);
    let fits = fits_a_camera(&mut packed);
    if fits && is_startable {
        let command = format!("unbrick pack update --kernel linux.zip --romfs {} -o update.bin", packed.typed());
        packed.then("put it into a file for the camera's web page", [command]);
    }
    Ok(packed)
}

/// A volume up to this length is read back and checked once it is written. A longer one fits into no camera by far, and
/// would fill the memory.
const READ_BACK_MAX_BYTES: usize = 64 << 20;

fn unread(path: &str, len: usize) -> Packed {
    let mut packed = Packed::unread(path, len, Kind::Romfs);
    let limit = bytes(READ_BACK_MAX_BYTES);
    packed.remarks.push(format!("It is longer than {limit} and was not read back; `unbrick inspect` checks it."));
    packed
}

/// The volume of a part and its bytes.
fn volume(part: &Part) -> Option<(&Romfs, &[u8])> {
    match &part.region.content {
        Content::Romfs(romfs) => Some((romfs, part.bytes())),
        _ => None,
    }
}

/// Whether the romfs that was built is the original, and what it means if it is not; `is_other` if nobody expects that.
fn compared_with(original: &Part, image: &[u8], is_other: bool) -> Option<String> {
    let named = original.in_words();
    match image.strip_prefix(original.bytes()) {
        Some([]) => Some(format!("It is {named}, byte for byte.")),
        Some(behind) if behind.iter().all(|byte| *byte == 0) => {
            Some(format!("It is {named}, byte for byte, with {} behind it.", plural(behind.len(), "zero")))
        }
        _ if is_other => {
            let (needed, had) = (blocks(image.len()), blocks(original.bytes().len()));
            let more = format!(
                "It takes {} in the flash, where {named} takes {}: what lies behind that one, such as the web UI or the \
                 settings, may be in its way.",
                plural(needed, "erase block"),
                count(had)
            );
            (needed > had).then_some(more)
        }
        _ => {
            let why = volume(original).map(|(romfs, bytes)| why_not_the_same(romfs, bytes, image)).unwrap_or_default();
            Some(format!("Every file is as in {named}, but not every byte: {why}."))
        }
    }
}

/// What of the original cannot be built again, though nothing reads it.
fn why_not_the_same(romfs: &Romfs, original: &[u8], image: &[u8]) -> &'static str {
    if romfs.layout(original).iter().any(|part| part.role == Role::Stray) {
        return "it has bytes between its files that no entry names";
    }
    let starts = |romfs: &Romfs| romfs.entries.iter().map(|entry| entry.header.start()).collect::<Vec<_>>();
    match romfs::parse(image) {
        Ok(built) if starts(&built.value) == starts(romfs) => "fields that nothing reads are set in its headers",
        _ => "its entries do not lie one behind the other, each folder followed by what it holds",
    }
}

fn refused(error: Refused, root: &Path, original: Option<&Path>) -> Failure {
    let next = match error {
        Refused::Original(_) => {
            let original = original.unwrap_or(root);
            return Failure::about(
                original,
                error.to_string(),
                "leave `--like` out: what is in the folder can be packed",
            );
        }
        Refused::Special { .. } => {
            "remove it from the folder, and add a line with `type`, `major` and `minor` to `unbrick-manifest.json` if the camera needs one"
        }
        Refused::Twice { .. } => "rename one of them",
        Refused::Lost { .. } => "name the romfs that it comes from with `--like`, or remove its line from the manifest",
        Refused::Flawed { .. } => "put a whole one in its place, or add `--anyway` to pack it as it is",
        Refused::Damaged(_) => "extract a whole one, or add `--anyway` to pack what is here",
        Refused::Read { .. } => "make it readable (`chmod u+r`)",
        Refused::Build(BuildError::TooBig { .. }) => "leave files out",
        Refused::Build(BuildError::VolumeName { .. }) => "give another name with `--volume`",
        Refused::Build(_) => "rename or remove it",
    };
    Failure::about(root, error.to_string(), next)
}

/// Writes the volume piece by piece, so that memory does not grow with it, and says how long it is.
fn write(
    file: &mut File,
    ready: &Ready<'_>,
    folder: &Folder,
    outputs: Outputs<'_>,
    output: &Path,
) -> Result<usize, Failure> {
    let pieces = ready.volume.pieces().map_err(|error| refused(Refused::Build(error), folder.path(), None))?;
    let len = pieces.len();
    let on_disk: FxHashMap<_, _> = ready.streamed.iter().copied().collect();
    let fail = |error| outputs.failure(output, &error);
    let mut out = BufWriter::with_capacity(1 << 20, &mut *file);
    let mut buffer = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => out.write_all(&bytes).map_err(fail)?,
            Piece::Streamed { node, len } => {
                let found = on_disk.get(&node).copied().unwrap_or(usize::MAX);
                folder.copy(found, len, &mut out, &mut buffer).map_err(|error| match error {
                    CopyError::Here(failure) => failure,
                    CopyError::There(error) => fail(error),
                })?;
            }
        }
    }
    out.flush().map_err(fail)?;
    drop(out);
    let mut first = [0; SEALED_BYTES];
    file.seek(SeekFrom::Start(0)).and_then(|_| file.read_exact(&mut first)).map_err(fail)?;
    romfs::seal(&mut first);
    file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(&first)).map_err(fail)?;
    Ok(len)
}

/// What a camera will make of the bytes; whether it could start from them.
fn tell_of_image(packed: &mut Packed, image: &[u8]) -> bool {
    if image.len() <= FLASH_MAX_BYTES {
        let blocks = blocks(image.len());
        packed.detail("in flash", format!("{} of 64 KiB with its footer", plural(blocks, "erase block")));
        packed.detail("word sum", format!("0x{:08X}, as the footer will have it", word_sum(image)));
    }
    let volume = romfs::parse(image);
    let is_startable = volume.is_ok_and(|volume| first_program(&volume.value, |_| false).is_some());
    if !is_startable {
        packed.remarks.push(format!(
            "No camera starts from it, for it has none of the programs that the kernel starts first: {}; for another system \
             it may be right as it is.",
            inits_in_words()
        ));
    }
    is_startable
}

/// Warns of a romfs for which no camera has room; whether one has.
fn fits_a_camera(packed: &mut Packed) -> bool {
    let limit = Model::FourMegabytes.board().romfs_max_bytes();
    if packed.size <= limit.value {
        return true;
    }
    packed.remarks.push(format!(
        "Warning: no known camera takes it; in the largest flash, of 4 MB, a romfs can have at most {} ({}: {}).",
        bytes(limit.value),
        limit.certainty,
        limit.from
    ));
    false
}

/// At most so many lost folders are named.
const LOST_FOLDERS_TOLD: usize = 10;

/// What became of the folder.
fn tell(packed: &mut Packed, ready: Ready<'_>, original: Option<&Part>, extracted_from: Option<&str>) {
    let alignment = ready.volume.alignment.bytes();
    if alignment > romfs::ALIGNMENT {
        packed.detail("aligned", format!("the data of files, to {}", bytes(alignment)));
    }
    if original.is_none() && extracted_from.is_some() {
        packed.remarks.push(
            "What came and went since the extraction is told, and no more, for the manifest has names only. With `--like \
             ORIGINAL` contents are compared as well, and the order is kept."
                .to_owned(),
        );
    }
    if !ready.lost_folders.is_empty() {
        let told = ready.lost_folders.iter().take(LOST_FOLDERS_TOLD).map(|folder| format!("`{folder}`"));
        let rest = ready.lost_folders.len().saturating_sub(LOST_FOLDERS_TOLD);
        let folders = enumerate(told.chain((rest > 0).then(|| format!("{} more", count(rest)))));
        packed.remarks.push(format!(
            "Gone though nothing in them could lie on disk: {folders}. git and zip lose empty folders, and the devices in \
             them are gone with them; make them again if that was not meant."
        ));
    }
    if let (false, Some(original)) = (ready.changes.is_empty(), original) {
        packed.then_diff(original.path());
    }
    if packed.size <= FLASH_MAX_BYTES {
        packed.then_check();
    }
    packed.changes = ready.changes;
    packed.changes_against = original.map(Part::path).or(extracted_from).map(str::to_owned);
}

/// Erase blocks that an image takes with its footer.
fn blocks(len: usize) -> usize {
    footer::place(len).saturating_add(footer::LEN) / ERASE_BLOCK_BYTES
}
