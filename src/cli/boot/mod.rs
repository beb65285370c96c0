//! `unbrick boot`

mod attended;
mod goal;
mod terminal;
mod wire;

use std::io::{IsTerminal, Write, stdin, stdout};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use self::goal::{address, budget, goal};
use super::board::Size;
use super::failure::Failure;
use super::input::{Inputs, ensure_tells_something};
use super::part::taken;
use super::place::Outputs;
use super::{Format, Outcome, input, output, print_json};
use crate::camera::Model;
use crate::camera::layout::Parts;
use crate::image::FlashAddr;
use crate::machine::firmware::{Firmware, NotBootable, damage};
use crate::machine::script::Script;
use crate::machine::session::{Goal, Plan, Run, Session, USUAL_BUDGET};
use crate::machine::shown::Shown;
use crate::machine::verdict::Verdict;
use crate::machine::{Machine, Ram, Start};
use crate::map::Kind;
use crate::recover::{Set, Source};
use crate::render::{json, text};

/// Boot it in a virtual camera: live console, how far it gets, what stopped it
///
/// Give a whole flash, a vendor update, captures, or the parts by themselves: they are laid on a blank flash as the camera's
/// own upgrade does it, and a W90N745 with its flash chip, memory and devices starts from there. A boot loader in the
/// flash is run; where there is none, its known rules are applied. No file that is given is changed.
///
/// On a terminal the console is live: type to the boot loader and to the camera's shell, and leave with Ctrl-]. Elsewhere,
/// or with --until or --script, the console is printed as it comes and the verdict follows: how far it came, what stopped
/// it, and whether that is the firmware's doing or the virtual camera's, which has no security chip, no picture, no Wi-Fi
/// and nobody on its network. Time is counted in instructions, 40 to the microsecond, so that every run is the same.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP, override_usage = USAGE)]
pub struct Args {
    /// A whole flash, an update, captures, or the parts; or a folder of them; `-` reads standard input
    #[arg(value_name = "FLASH|UPDATE|FOLDER")]
    inputs: Vec<PathBuf>,
    /// The kernel, packed or not, whatever it looks like
    #[arg(long, value_name = "FILE", help_heading = "Parts", conflicts_with = "inputs")]
    kernel: Option<PathBuf>,
    /// The romfs, whatever it looks like
    #[arg(long, value_name = "FILE", help_heading = "Parts", conflicts_with = "inputs")]
    romfs: Option<PathBuf>,
    /// The web UI
    #[arg(long, value_name = "FILE", help_heading = "Parts", conflicts_with = "inputs")]
    web_ui: Option<PathBuf>,
    /// The camera's settings
    #[arg(long, value_name = "FILE", help_heading = "Parts", conflicts_with = "inputs")]
    settings: Option<PathBuf>,
    /// BOOT INFO, with the MAC address; without it one is made up
    #[arg(long, value_name = "FILE", help_heading = "Parts", conflicts_with = "inputs")]
    boot_info: Option<PathBuf>,
    /// A boot loader, which is run instead of applying the known rules
    #[arg(long, value_name = "FILE", help_heading = "Parts", conflicts_with = "inputs")]
    boot_loader: Option<PathBuf>,
    /// The size of the flash; else what is given tells, and parts get 4 MB
    #[arg(
        long,
        value_enum,
        value_name = "2m|4m",
        ignore_case = true,
        hide_possible_values = true,
        help_heading = "The camera"
    )]
    board: Option<Size>,
    /// Main memory, in megabytes
    #[arg(
        long,
        value_enum,
        value_name = "8|16",
        default_value = "16",
        hide_possible_values = true,
        help_heading = "The camera"
    )]
    ram: RamSize,
    /// The image sensor: one on the USB that answers questions and sends no picture, or none
    #[arg(
        long,
        value_enum,
        value_name = "usb|none",
        default_value = "usb",
        hide_possible_values = true,
        help_heading = "The camera"
    )]
    camera: Sensor,
    /// Apply the boot loader's known rules even if the flash holds the code of one
    #[arg(long, help_heading = "The camera")]
    rules: bool,
    /// Stop when the console shows TEXT, when a STAGE is reached, or so many seconds after power-on, of which the boot
    /// loader waits three for a key
    #[arg(long, value_name = "TEXT|STAGE|SECONDS", value_parser = goal)]
    until: Option<Goal>,
    /// Wait and type as a file says; see below
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// The most instructions from power-on, waiting included (as in 500M or 2G); a camera has 40M in a second
    #[arg(long, value_name = "N", default_value_t = USUAL_BUDGET, hide_default_value = true, value_parser = budget)]
    budget: u64,
    /// Print the verdict without the console
    #[arg(short, long)]
    quiet: bool,
    /// Write the flash as it is in the end
    #[arg(long, value_name = "FILE")]
    save_flash: Option<PathBuf>,
    /// Replace the file of --save-flash if it exists
    #[arg(long, requires = "save_flash")]
    force: bool,
    /// Put the console on a pseudo terminal, for a terminal program as if to a camera's serial line; its name is printed,
    /// and the camera is switched on when somebody opens it
    #[cfg(unix)]
    #[arg(long, conflicts_with_all = ["tcp", "until", "script"])]
    pty: bool,
    /// Put the console on a TCP port (7450 and this computer only, unless an address is given); the camera is switched on
    /// when somebody connects
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = "127.0.0.1:7450", value_parser = address, conflicts_with_all = ["until", "script"])]
    tcp: Option<SocketAddr>,
}

const USAGE: &str = "\
unbrick boot [OPTIONS] <FLASH|UPDATE|FOLDER>...
       unbrick boot [OPTIONS] --kernel <FILE> --romfs <FILE>";

const AFTER_HELP: &str = "\
Stages: loader, banner, calibrated, romfs, init, shell, camera, network, video, reboot.

A script has one step a line:
  wait TEXT      go on when the console has shown TEXT, behind what was waited for before
  type TEXT      type TEXT and Enter
  send KEYS      type just these: \\r Enter, \\e Escape, \\n, \\t, \\xNN any byte, \\\\ a backslash
  pause SECONDS  let the camera's time pass
  # a comment

Examples:
  unbrick boot --kernel linux.zip --romfs romfs.img --until shell
  unbrick boot flash.bin

Exit codes: 0 it came as far as was asked (or to the shell), 1 it did not, 2 could not do it.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RamSize {
    #[value(name = "8")]
    Mb8,
    #[value(name = "16")]
    Mb16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Sensor {
    Usb,
    None,
}

pub fn run(args: &Args, inputs: &Inputs, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    if args.inputs.is_empty() && args.parts().next().is_none() {
        let next =
            "name a flash, an update or a folder, or the parts: `unbrick boot --kernel linux.zip --romfs romfs.img`";
        return Err(Failure::general("nothing is named that could be booted", next));
    }
    let firmware = firmware(args, inputs)?;
    let ram = if args.ram == RamSize::Mb8 { Ram::Mb8 } else { Ram::Mb16 };
    let mut setup = firmware.setup(ram, args.camera == Sensor::Usb);
    if args.rules {
        setup.start = Start::Rules;
    }
    let plan = plan(args, inputs)?;
    let saved = Outputs::new(inputs, "--save-flash", args.force);
    if let Some(path) = &args.save_flash {
        // what somebody typed for an hour is not to be lost for a wrong name
        saved.ensure_writable(path)?;
    }
    let mut machine = Machine::power_on(setup, &firmware.flash);
    let run = drive(args, format, plan, &mut machine, out)?;
    let verdict = Verdict::of(&run, &firmware);
    if let Some(path) = &args.save_flash {
        saved.stage(path, machine.flash())?.finish()?;
    }
    match format {
        Format::Text => text::boot(out, &run, &verdict, &firmware.damage, output::width()).map_err(Failure::output)?,
        Format::Json => print_json(out, &json::Boot::of(&run, &verdict, &firmware.damage))?,
    }
    Ok(if verdict.is_good { Outcome::Fine } else { Outcome::Differs })
}

fn plan(args: &Args, inputs: &Inputs) -> Result<Plan, Failure> {
    let script = args.script.as_deref().map(|path| read_script(inputs, path)).transpose()?;
    Ok(Plan { goal: args.until.clone(), script: script.unwrap_or_default(), budget: args.budget, ..Plan::default() })
}

fn read_script(inputs: &Inputs, path: &Path) -> Result<Script, Failure> {
    let next = "`unbrick boot --help` shows how a script is written";
    let bytes = inputs.read(path)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Failure::about(path, "is no text", next))?;
    let script: Script = text.parse().map_err(|error| Failure::about(path, format!("{error}"), next))?;
    if script.lines.is_empty() {
        return Err(Failure::about(path, "is a script without a step", next));
    }
    Ok(script)
}

/// Runs the machine in the way that the options and the terminal call for.
fn drive(args: &Args, format: Format, plan: Plan, machine: &mut Machine, out: &mut impl Write) -> Result<Run, Failure> {
    #[cfg(unix)]
    if args.pty {
        return attended::run(machine, plan, &mut wire::Pty::open()?);
    }
    if let Some(address) = args.tcp {
        return attended::run(machine, plan, &mut wire::Tcp::accept(address)?);
    }
    let is_live = format == Format::Text && !args.quiet && plan.goal.is_none() && plan.script.lines.is_empty();
    if is_live && stdin().is_terminal() && stdout().is_terminal() && !args.reads_stdin() {
        return attended::run(machine, plan, &mut terminal::Terminal::open()?);
    }
    let prints = format == Format::Text && !args.quiet;
    let mut shown = Shown::default();
    let mut printed = Ok(());
    let run = Session::new(plan).run(machine, &mut |bytes| {
        if prints && printed.is_ok() {
            printed = write!(out, "{}", shown.push(bytes));
        }
    });
    printed
        .and_then(|()| if prints { writeln!(out, "{}\n", shown.rest()) } else { Ok(()) })
        .map_err(Failure::output)?;
    Ok(run)
}

impl Args {
    /// The parts that are named.
    fn parts(&self) -> impl Iterator<Item = &PathBuf> {
        let parts = [&self.kernel, &self.romfs, &self.web_ui, &self.settings, &self.boot_info, &self.boot_loader];
        parts.into_iter().flatten()
    }

    fn reads_stdin(&self) -> bool {
        self.parts().chain(&self.inputs).chain(&self.script).any(|path| path.as_os_str() == input::STDIN)
    }
}

fn firmware(args: &Args, inputs: &Inputs) -> Result<Firmware, Failure> {
    let model = args.board.map(Size::model);
    if args.inputs.is_empty() { named_parts(args, inputs, model) } else { recognised(inputs, &args.inputs, model) }
}

/// What the user calls a kernel or a romfs is one, for to see what the camera makes of it is the point. Of the other parts
/// a camera would not even look at what is none, so that its answer would be about something else.
fn named_parts(args: &Args, inputs: &Inputs, model: Option<Model>) -> Result<Firmware, Failure> {
    let model = model.unwrap_or(Model::FourMegabytes);
    let board = model.board();
    let open = |path: &Option<PathBuf>| path.as_ref().map(|path| inputs.open_anything(path)).transpose();
    let [kernel, romfs, web_ui] = [open(&args.kernel)?, open(&args.romfs)?, open(&args.web_ui)?];
    let [settings, boot_info, boot_loader] = [open(&args.settings)?, open(&args.boot_info)?, open(&args.boot_loader)?];
    let part = |path: &Option<PathBuf>, source, kind, block| named_part(path.as_deref(), source, kind, block);
    let parts = Parts {
        boot_loader: part(&args.boot_loader, boot_loader.as_ref(), Kind::BootLoader, None)?,
        boot_info: part(&args.boot_info, boot_info.as_ref(), Kind::BootInfo, Some(board.boot_info.value.start))?,
        kernel: kernel.as_ref().map(|source| &**source.image()),
        romfs: romfs.as_ref().map(|source| &**source.image()),
        web_ui: part(&args.web_ui, web_ui.as_ref(), Kind::WebUi, None)?,
        settings: part(&args.settings, settings.as_ref(), Kind::Settings, Some(board.settings.value.start))?,
    };
    let sources = [&kernel, &romfs, &web_ui, &settings, &boot_info, &boot_loader];
    let damage = sources.into_iter().flatten().flat_map(damage).collect();
    Firmware::of_parts(&parts, model, damage).map_err(|error| not_bootable(&error))
}

/// The bytes of a part that a file was named for, damaged or not.
fn named_part<'a>(
    path: Option<&Path>,
    source: Option<&'a Source>,
    kind: Kind,
    block: Option<FlashAddr>,
) -> Result<Option<&'a [u8]>, Failure> {
    let (Some(path), Some(source)) = (path, source) else { return Ok(None) };
    ensure_tells_something(source, path)?;
    taken(source, path, kind, block, true).map(Some)
}

/// What the files are, their content tells; a single file of a flash's length is a flash, whatever is in it.
pub(super) fn recognised(inputs: &Inputs, paths: &[PathBuf], model: Option<Model>) -> Result<Firmware, Failure> {
    let set = match paths {
        [only] if !only.is_dir() => {
            let source = inputs.open_anything(only)?;
            let lens = [Model::TwoMegabytes, Model::FourMegabytes].map(Model::flash_bytes);
            if lens.contains(&source.image().len()) {
                return Firmware::of_flash(&source, model).map_err(|error| not_bootable(&error));
            }
            ensure_tells_something(&source, only)?;
            Set { sources: vec![source] }
        }
        _ => inputs.open_all(paths)?,
    };
    let at_hand = input::at_hand(&set, "name a flash, an update, or the parts of one camera")?;
    Firmware::of(&at_hand, model).map_err(|error| not_bootable(&error))
}

fn not_bootable(error: &NotBootable) -> Failure {
    let next = match error {
        NotBootable::Nothing => "give a kernel, too: `--kernel linux.zip --romfs romfs.img`",
        NotBootable::TooLong { .. } => "name a larger board with `--board 4m`; larger flashes are not known",
        NotBootable::Layout(_) => "name a larger board with `--board 4m`, or use smaller parts",
    };
    Failure::general(error.to_string(), next)
}
