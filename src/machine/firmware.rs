//! What a camera is switched on with: a whole flash, or the parts of one laid on a blank flash.

use thiserror::Error;

use super::devices::flash::Chip;
use super::session::{Plan, Run, Session};
use super::verdict::Verdict;
use super::{Machine, Ram, Setup, Start};
use crate::camera::layout::{Layout, LayoutError, Part, Parts};
use crate::camera::{Board, Model};
use crate::check::AtHand;
use crate::finding::{Finding, Severity};
use crate::format::boot_info::{BootInfo, Mac};
use crate::format::{footer, kernel, romfs};
use crate::image::{FLASH_BASE, FlashAddr};
use crate::map::Kind;
use crate::recover::Source;
use crate::words;

/// The MAC address of a camera that was given none: one that nobody's camera has, kept free for documents (RFC 7042).
const MADE_UP_MAC: Mac = Mac([0x00, 0x00, 0x5E, 0x00, 0x53, 0x01]);

/// The number of the romfs among the images.
const ROMFS_NUMBER: u32 = 6;

/// A flash to switch a camera on with.
#[derive(Debug)]
pub struct Firmware {
    /// The chip.
    pub chip: Chip,
    /// What is in it, from its first byte on.
    pub flash: Vec<u8>,
    /// What keeps the files that it was made of from being whole.
    pub damage: Vec<Finding>,
}

/// Why no flash can be made of what is at hand.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotBootable {
    /// Neither a flash nor a kernel nor a romfs.
    #[error("there is neither a flash nor a kernel to start")]
    Nothing,
    /// The flash is longer than the chip.
    #[error("the flash has {}, more than the {} of the chip", words::bytes(*.len), words::bytes(*.chip))]
    TooLong {
        /// Its bytes.
        len: usize,
        /// Those of the chip.
        chip: usize,
    },
    /// The parts do not fit.
    #[error(transparent)]
    Layout(#[from] LayoutError),
}

impl Firmware {
    /// A flash of what is at hand. Parts are laid on a blank flash as the camera's own upgrade does; without BOOT INFO one
    /// with a made-up MAC address is added. `model` is the board; if nothing is said, the flash's own length tells, and
    /// parts get the larger one.
    ///
    /// # Errors
    /// If there is nothing to boot, or it does not fit.
    pub fn of(at_hand: &AtHand<'_>, model: Option<Model>) -> Result<Self, NotBootable> {
        if let Some(flash) = at_hand.flash {
            return Self::of_flash(flash, model);
        }
        let bytes = |part: Part| at_hand.part(part).map(|given| given.bytes);
        let parts = Parts {
            boot_loader: bytes(Part::BootLoader),
            boot_info: bytes(Part::BootInfo),
            kernel: bytes(Part::Kernel),
            romfs: bytes(Part::Romfs),
            web_ui: bytes(Part::WebUi),
            settings: bytes(Part::Settings),
        };
        let damage = at_hand.sources().flat_map(damage).collect();
        Self::of_parts(&parts, model.unwrap_or(Model::FourMegabytes), damage)
    }

    /// A flash of parts that somebody named.
    ///
    /// # Errors
    /// If there is neither kernel nor boot loader, or they do not fit.
    pub fn of_parts(parts: &Parts<'_>, model: Model, damage: Vec<Finding>) -> Result<Self, NotBootable> {
        if parts.kernel.is_none() && parts.boot_loader.is_none() {
            return Err(NotBootable::Nothing);
        }
        let board: Board = model.board();
        let made_up = BootInfo::factory(MADE_UP_MAC).to_bytes();
        let parts = Parts { boot_info: parts.boot_info.or(Some(&made_up)), ..*parts };
        let flash = Layout::new(&board, &parts)?.image();
        Ok(Self { chip: chip(model), flash, damage })
    }

    /// A dump or capture of a flash; where it starts in the flash, its own footers and addresses tell, and what is not
    /// known of it is erased.
    ///
    /// # Errors
    /// If it is longer than the chip.
    pub fn of_flash(source: &Source, model: Option<Model>) -> Result<Self, NotBootable> {
        let image = source.image();
        let start = source.inspection.address.and_then(|address| address.bytes_since(FLASH_BASE)).unwrap_or(0);
        let end = start.saturating_add(image.len());
        let is_small = end <= Model::TwoMegabytes.flash_bytes();
        let model = model.unwrap_or(if is_small { Model::TwoMegabytes } else { Model::FourMegabytes });
        let chip = chip(model);
        if end > chip.len_bytes {
            return Err(NotBootable::TooLong { len: end, chip: chip.len_bytes });
        }
        let mut flash = vec![0xFF; start];
        flash.extend_from_slice(image);
        Ok(Self { chip, flash, damage: damage(source).collect() })
    }

    /// Why the kernel does not find its romfs, if the footer of image 6 leads it astray; where it looks is the footer's
    /// load address (boot-loader.md section 2.3, certain).
    pub fn lost_romfs(&self) -> Option<String> {
        let footer = footer::installed(&self.flash).into_iter().find(|footer| footer.number == ROMFS_NUMBER)?;
        let starts_at = |address: FlashAddr| {
            let start = address.bytes_since(FLASH_BASE)?;
            self.flash.get(start..).filter(|bytes| bytes.starts_with(romfs::MAGIC)).map(|_| address)
        };
        // a romfs in RAM was unpacked there
        if !footer.load.is_in_flash() || starts_at(footer.load).is_some() {
            return None;
        }
        let there = starts_at(footer.base).map_or_else(String::new, |base| format!("; one starts at {base}"));
        Some(format!("The footer of image 6 sends the kernel to {}, where no romfs starts{there}.", footer.load))
    }

    /// Runs it in the usual camera to its end, and judges it.
    pub fn try_out(&self, ram: Ram) -> (Run, Verdict) {
        let mut machine = Machine::power_on(self.setup(ram, true), &self.flash);
        let run = Session::new(Plan::default()).run(&mut machine, &mut |_| {});
        let verdict = Verdict::of(&run, self);
        (run, verdict)
    }

    /// A camera with this flash, that starts in the way that suits it.
    pub fn setup(&self, ram: Ram, sensor: bool) -> Setup {
        Setup { chip: self.chip, ram, sensor, start: Start::of(&self.flash) }
    }
}

/// What keeps a file from being whole. In the code of a program, such as a kernel that is not packed, much looks like
/// damaged formats and is none.
pub fn damage(source: &Source) -> impl Iterator<Item = Finding> {
    let is_program = source.image().starts_with(&kernel::START);
    let is_known = matches!(
        source.inspection.kind,
        Kind::Kernel | Kind::Zip | Kind::Gzip | Kind::Romfs | Kind::WebUi | Kind::Settings | Kind::Update | Kind::Flash
    );
    let findings = source.inspection.findings.iter().filter(move |_| is_known && !is_program);
    findings.filter(|finding| finding.severity() == Severity::Error).cloned()
}

fn chip(model: Model) -> Chip {
    match model {
        Model::TwoMegabytes => Chip::TWO_MEGABYTES,
        Model::FourMegabytes => Chip::FOUR_MEGABYTES,
    }
}
