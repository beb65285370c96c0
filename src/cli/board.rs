//! Which camera it is about: options that several commands share.

use std::path::PathBuf;

use clap::ValueEnum;

use super::failure::Failure;
use super::input::Inputs;
use crate::camera::boot_log::{self, Facts};
use crate::camera::fingerprint::Fingerprint;
use crate::camera::{Board, Clues, Model};
use crate::finding::Finding;
use crate::recover::Source;

/// What these options stand under in a help.
const HEADING: &str = "The camera";

/// What the user tells of the camera.
#[derive(Debug, clap::Args)]
pub struct BoardArgs {
    /// Its flash: 2 MB or 4 MB, with the layout that is known of cameras of this size
    #[arg(long, value_enum, value_name = "2m|4m", ignore_case = true, hide_possible_values = true, help_heading = HEADING)]
    board: Option<Size>,
    /// A dump of it: its footers, web UI and settings tell the layout, and what would be lost
    #[arg(long, value_name = "DUMP", help_heading = HEADING)]
    like: Option<PathBuf>,
    /// Its boot log, or what `ls` printed at the boot loader's prompt: sizes of flash and RAM, and its images
    #[arg(long, value_name = "BOOTLOG|LS-OUTPUT", help_heading = HEADING)]
    log: Option<PathBuf>,
}

/// The sizes of flash that cameras have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Size {
    /// 2 MB of flash
    #[value(name = "2m", aliases = ["2mb", "2"])]
    TwoMegabytes,
    /// 4 MB of flash
    #[value(name = "4m", aliases = ["4mb", "4"])]
    FourMegabytes,
}

impl Size {
    /// The model of this size.
    pub const fn model(self) -> Model {
        match self {
            Self::TwoMegabytes => Model::TwoMegabytes,
            Self::FourMegabytes => Model::FourMegabytes,
        }
    }
}

/// The camera that the options tell of.
#[derive(Debug)]
pub struct Told {
    /// Its layout.
    pub board: Board,
    /// Where what was told contradicts itself.
    pub findings: Vec<Finding>,
    /// The dump of it.
    pub dump: Option<Source>,
    /// What dump and log tell of its firmware and hardware.
    pub fingerprint: Fingerprint,
    /// What the log tells besides.
    pub log: Option<Facts>,
}

impl BoardArgs {
    /// Reads dump and log, and settles what board it is.
    ///
    /// # Errors
    /// If nothing is told, or a file tells nothing of a camera.
    pub fn read(&self, inputs: &Inputs) -> Result<Told, Failure> {
        if self.board.is_none() && self.like.is_none() && self.log.is_none() {
            return Err(Failure::general(
                "nothing tells which camera it is for",
                "name the size of its flash with `--board 2m` or `--board 4m` (the boot loader prints it at power-on), or \
                 give a dump of it with `--like` or its boot log with `--log`",
            ));
        }
        let mut clues = Clues::default();
        let mut fingerprint = Fingerprint::default();
        let mut log = None;
        let dump = self.like.as_deref().map(|path| inputs.open(path)).transpose()?;
        if let (Some(dump), Some(path)) = (&dump, &self.like) {
            let shown = Clues::of_dump(dump.image(), &dump.inspection);
            if shown == Clues::default() {
                let next = "give a dump of the whole flash, or name its size with `--board`";
                return Err(Failure::about(path, "nothing in it tells how a camera's flash is laid out", next));
            }
            clues = clues.and(shown);
            fingerprint = fingerprint.with(Fingerprint::of(&dump.reading, &dump.inspection));
        }
        if let Some(path) = &self.log {
            let text = inputs.read(path)?;
            let read = boot_log::read(&text);
            let told = Clues::of_log(&read);
            if told == Clues::default() {
                let next = "save what the boot loader prints at power-on, or its answer to `ls`";
                return Err(Failure::about(
                    path,
                    "holds neither the boot loader's messages nor lines of its `ls`",
                    next,
                ));
            }
            clues = clues.and(told);
            fingerprint = fingerprint.with(Fingerprint::of_log(&read.facts));
            log = Some(read.facts);
        }
        if let Some(size) = self.board {
            clues = clues.and(Clues::of_model(size.model()));
        }
        let (board, findings) = clues.settle();
        Ok(Told { board, findings, dump, fingerprint, log })
    }
}
