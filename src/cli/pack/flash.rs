//! `unbrick pack flash`

use std::path::{Path, PathBuf};

use super::part::Part;
use super::{Target, update};
use crate::camera::layout::{Layout, Part as Place, Parts};
use crate::cli::board::BoardArgs;
use crate::cli::failure::Failure;
use crate::cli::input;
use crate::format::footer;
use crate::image::{ERASE_BLOCK_BYTES, FlashAddr, Span};
use crate::map::{Kind, State};
use crate::pack::Packed;
use crate::recover::Source;
use crate::words::bytes;

/// Lay parts out as a whole flash, for a programmer
///
/// Every part goes where boot loader, kernel and camera program look for it, with its footer; the rest is erased flash. A
/// part can be a file of its own, a capture, or a dump of a whole flash, of which only this part is taken. Damaged parts,
/// and those that would reach into another's place, are refused.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The boot loader; without it the camera does not start
    #[arg(long, value_name = "FILE", help_heading = "The parts")]
    boot_loader: Option<PathBuf>,
    /// BOOT INFO with the camera's MAC address; without it the boot loader makes one with an address of its own
    #[arg(long, value_name = "FILE", help_heading = "The parts")]
    boot_info: Option<PathBuf>,
    /// The kernel, as a zip
    #[arg(long, value_name = "FILE", help_heading = "The parts")]
    kernel: PathBuf,
    /// The romfs
    #[arg(long, value_name = "FILE", help_heading = "The parts")]
    romfs: PathBuf,
    /// The web UI; without it the camera has no pages until one is uploaded
    #[arg(long, value_name = "FILE", help_heading = "The parts")]
    web_ui: Option<PathBuf>,
    /// Settings: a backup, or the 64 KiB of all settings; without them the camera starts with its defaults
    #[arg(long, value_name = "FILE", help_heading = "The parts")]
    settings: Option<PathBuf>,
    /// Take parts as they are, even those that no camera could start
    #[arg(long)]
    anyway: bool,
    #[command(flatten)]
    camera: BoardArgs,
    #[command(flatten)]
    target: Target,
}

pub fn pack(args: &Args) -> Result<Packed, Failure> {
    args.target.ensure_free()?;
    let all = [&args.boot_loader, &args.boot_info, &args.web_ui, &args.settings].into_iter().flatten();
    input::ensure_one_stdin(all.chain([&args.kernel, &args.romfs]).chain(args.camera.paths()))?;
    let told = args.camera.read()?;
    let board = &told.board;
    let kernel = update::kernel(&args.kernel, args.anyway)?;
    let romfs = update::romfs(&args.romfs, args.anyway)?;
    let part = |path: &Option<PathBuf>, kind: Kind, block: Option<FlashAddr>| {
        path.as_deref().map(|path| taken(path, kind, block, args.anyway)).transpose()
    };
    let boot_loader = part(&args.boot_loader, Kind::BootLoader, None)?;
    let boot_info = part(&args.boot_info, Kind::BootInfo, Some(board.boot_info.value.start))?;
    let web_ui = part(&args.web_ui, Kind::WebUi, None)?;
    let settings = part(&args.settings, Kind::Settings, Some(board.settings.value.start))?;
    let parts = Parts {
        boot_loader: boot_loader.as_deref(),
        boot_info: boot_info.as_deref(),
        kernel: Some(&kernel.bytes),
        romfs: Some(&romfs.bytes),
        web_ui: web_ui.as_deref(),
        settings: settings.as_deref(),
    };
    let layout = Layout::new(board, &parts)
        .map_err(|error| Failure::general(error.to_string(), "leave files out of it, or choose another board"))?;
    args.target.write(&layout.image(), |packed, image| {
        packed.footers = footer::installed(image);
        packed.findings.splice(0..0, told.findings);
        packed.remarks.extend([&kernel, &romfs].into_iter().filter_map(|part| part.remark.clone()));
        describe(packed, &layout);
        let shown = packed.path.clone();
        packed.then(
            "see what the camera would do with it",
            [format!("unbrick check {shown} --board {}", board.model.option())],
        );
    })
}

/// Tells where everything lies, and what it means that something is not there.
fn describe(packed: &mut Packed, layout: &Layout<'_>) {
    for laid in layout.laid() {
        let footer = laid.footer.map_or(String::new(), |(at, _)| format!(", footer at {at}"));
        let label = laid.part.into();
        packed.detail(label, format!("{}, {}{footer}", laid.place, bytes(laid.bytes.len())));
    }
    let missing = |part: Place| layout.part(part).is_none();
    let remarks = [
        (
            Place::BootLoader,
            "There is no boot loader in it: a camera whose chip is programmed with all of it does not start. Write \
             only what lies behind the first 64 KiB, or add `--boot-loader`.",
        ),
        (
            Place::BootInfo,
            "There is no BOOT INFO in it: programmed with all of it, the camera loses its MAC address, and the boot loader \
             makes one up (00:00:00:00:00:01), with the cache off. Add `--boot-info`, or write the address with \
             `set -mac0` at the boot loader's prompt.",
        ),
        (Place::WebUi, "There is no web UI in it: the camera has no pages until one is uploaded."),
        (Place::Settings, "There are no settings in it: the camera starts with its defaults."),
    ];
    let told = remarks.into_iter().filter(|(part, _)| missing(*part)).map(|(_, remark)| remark.to_owned());
    packed.remarks.extend(told);
}

/// The bytes of a part in a file. If the file holds the whole erase block at `block`, or is one, that is taken.
fn taken(path: &Path, kind: Kind, block: Option<FlashAddr>, anyway: bool) -> Result<Vec<u8>, Failure> {
    let source = input::open(path)?;
    if let Some(whole) = block.and_then(|block| whole_block(&source, block, kind)) {
        return Ok(whole.to_vec());
    }
    let part = Part::of(source, path, &[kind])?;
    match part.region.state {
        State::Verified | State::Plausible => {}
        _ if anyway => {}
        _ => return Err(Failure::about(path, part.fault(), "mend it, or add `--anyway` to take it as it is")),
    }
    Ok(part.bytes().to_vec())
}

/// The erase block that starts at `block`, if the file shows all of it and it holds what is meant.
fn whole_block(source: &Source, block: FlashAddr, kind: Kind) -> Option<&[u8]> {
    let image = source.image();
    let start = match source.inspection.address {
        Some(address) => block.bytes_since(address)?,
        None if image.len() == ERASE_BLOCK_BYTES => 0,
        None => return None,
    };
    let whole = Span::at(start, ERASE_BLOCK_BYTES);
    let holds = source.inspection.regions.iter().any(|region| region.kind == kind && whole.encloses(region.span));
    image.get(whole.start()..whole.end()).filter(|_| holds && image.known().encloses(whole))
}
