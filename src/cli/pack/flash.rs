//! `unbrick pack flash`

use std::path::PathBuf;

use super::{Target, update};
use crate::camera::layout::{Layout, Part as Place, Parts};
use crate::cli::board::BoardArgs;
use crate::cli::failure::Failure;
use crate::cli::input::Inputs;
use crate::cli::part;
use crate::format::footer;
use crate::image::FlashAddr;
use crate::map::Kind;
use crate::pack::Packed;
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

pub fn pack(args: &Args, inputs: &Inputs) -> Result<Packed, Failure> {
    args.target.ensure_writable(inputs)?;
    let told = args.camera.read(inputs)?;
    let board = &told.board;
    let kernel = update::kernel(inputs, &args.kernel, args.anyway)?;
    let romfs = update::romfs(inputs, &args.romfs, args.anyway)?;
    let part = |path: &Option<PathBuf>, kind: Kind, block: Option<FlashAddr>| {
        let taken =
            |path: &PathBuf| part::taken(&inputs.open(path)?, path, kind, block, args.anyway).map(<[u8]>::to_vec);
        path.as_ref().map(taken).transpose()
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
    args.target.write(inputs, &layout.image(), |packed, image| {
        packed.footers = footer::installed(image);
        packed.findings.splice(0..0, told.findings);
        packed.remarks.extend([&kernel, &romfs].into_iter().filter_map(|part| part.remark.clone()));
        describe(packed, &layout);
        let typed = packed.typed();
        packed.then(
            "see what the camera would do with it",
            [format!("unbrick check {typed} --board {}", board.model.option())],
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
