//! Lays the parts of a firmware on a board, as the camera's own upgrade would: footers placed and summed, the romfs behind
//! the kernel, nothing on top of anything else.
//!
//! A [`Layout`] exists only if every part lies within its place and no two share a byte, so that whoever holds one can
//! write it. [`Layout::image`] is the whole flash, erased between the parts.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde::Serialize;
use thiserror::Error;

use super::Place;
use super::board::{BOOT_INFO_BASE, Board, Tenant};
use crate::format::footer::flashing::{KERNEL, PACKED_KERNEL_FLAGS, ROMFS};
use crate::format::footer::{self, Flags, Footer, KERNEL_BASE};
use crate::format::{boot_info, kernel};
use crate::image::{ERASE_BLOCK_BYTES, FLASH_BASE, FlashAddr};
use crate::words;

/// The RAM address that a zipped romfs is unpacked to (packages-and-formats.md section 1, certain).
pub const ROMFS_IN_RAM: FlashAddr = FlashAddr(0x70_0000);

/// How erased flash reads.
const ERASED: u8 = 0xFF;

/// What can lie in the flash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::Display, strum::IntoStaticStr)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the words of the design
pub enum Part {
    #[strum(to_string = "boot loader")]
    BootLoader,
    #[strum(to_string = "BOOT INFO")]
    BootInfo,
    #[strum(to_string = "kernel")]
    Kernel,
    #[strum(to_string = "romfs")]
    Romfs,
    #[strum(to_string = "web UI")]
    WebUi,
    #[strum(to_string = "settings")]
    Settings,
}

impl Part {
    /// The number, the name and the flags that the camera's own upgrade gives an image with these bytes; `None` for parts
    /// that are no image (packages-and-formats.md section 1, certain; BOOT INFO: boot-loader.md section 2.1, certain).
    pub fn as_image(self, bytes: &[u8]) -> Option<(u32, &'static str, Flags)> {
        let active = Flags::ACTIVE;
        match (self, is_packed(bytes)) {
            (Self::BootInfo, _) => Some((0, "BOOT INFO", active | Flags::FILE_SYSTEM)),
            (Self::Kernel, true) => Some((KERNEL.0, KERNEL.1, PACKED_KERNEL_FLAGS)),
            (Self::Kernel, false) => Some((KERNEL.0, KERNEL.1, active | Flags::COPY | Flags::EXECUTE)),
            (Self::Romfs, true) => Some((ROMFS.0, ROMFS.1, active | Flags::COPY | Flags::ZIP)),
            (Self::Romfs, false) => Some((ROMFS.0, ROMFS.1, active)),
            (Self::BootLoader | Self::WebUi | Self::Settings, _) => None,
        }
    }

    /// The address that such an image at `base` is loaded to, and looked for by the kernel.
    pub fn load_address(self, base: FlashAddr, bytes: &[u8]) -> FlashAddr {
        match self {
            Self::Kernel => FlashAddr(KERNEL_LOAD),
            Self::Romfs if is_packed(bytes) => ROMFS_IN_RAM,
            _ => base,
        }
    }
}

/// [`kernel::LOAD_ADDRESS`] as an address.
const KERNEL_LOAD: u32 = kernel::LOAD_ADDRESS as u32;

/// Whether the boot loader would take the bytes for something to unzip (boot-loader.md section 1.2, certain).
fn is_packed(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK") || bytes.starts_with(b"\x1F\x8B")
}

/// What is to lie in a flash; whatever is `None` stays erased.
#[derive(Debug, Clone, Copy, Default)]
pub struct Parts<'a> {
    /// The boot loader, at most 64 KiB.
    pub boot_loader: Option<&'a [u8]>,
    /// BOOT INFO: 0x38 or 0x48 bytes, or its whole erase block with a footer, which is then kept as it is.
    pub boot_info: Option<&'a [u8]>,
    /// The kernel, packed or not.
    pub kernel: Option<&'a [u8]>,
    /// The romfs.
    pub romfs: Option<&'a [u8]>,
    /// The web UI.
    pub web_ui: Option<&'a [u8]>,
    /// The camera settings, or the whole erase block of all settings.
    pub settings: Option<&'a [u8]>,
}

/// A part in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Laid<'a> {
    /// What it is.
    pub part: Part,
    /// Where its bytes lie, without the footer.
    pub place: Place,
    /// Its bytes.
    pub bytes: Cow<'a, [u8]>,
    /// Its footer and where that lies, if it is an image.
    pub footer: Option<(FlashAddr, Footer)>,
}

impl<'a> Laid<'a> {
    /// A part at `start`, whether or not it fits there; with its footer if it is an image.
    pub fn at(part: Part, start: FlashAddr, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        let bytes = bytes.into();
        let footer = part.as_image(&bytes).map(|(number, name, flags)| {
            let load = part.load_address(start, &bytes);
            let at = start.checked_add(footer::place(bytes.len())).unwrap_or(FlashAddr(u32::MAX));
            (at, Footer::for_image(number, start, load, name, flags, &bytes))
        });
        Self { part, place: Place::new(start, bytes.len()), bytes, footer }
    }

    /// Everything up to the end of its footer: nothing else can lie in there.
    pub fn taken(&self) -> Place {
        match &self.footer {
            Some((at, _)) => Place::between(self.place.start, Place::new(*at, footer::LEN).end()),
            None => self.place,
        }
    }

    /// Whether it keeps to its own place on `board`; kernel and romfs, to the room before what the camera uses otherwise,
    /// whether or not anything lies there now.
    ///
    /// # Errors
    /// How far it goes beyond.
    pub fn ensure_room(&self, board: &Board) -> Result<(), LayoutError> {
        let own = match self.part {
            Part::BootLoader => Some(board.boot_loader.value),
            Part::BootInfo => Some(board.boot_info.value),
            Part::WebUi => Some(board.web_ui.value),
            Part::Settings => Some(board.settings.value),
            Part::Kernel | Part::Romfs => None,
        };
        let (part, taken) = (self.part, self.taken());
        if let Some(place) = own {
            let fits = place.encloses(taken);
            return if fits { Ok(()) } else { Err(LayoutError::TooBig { part, len: self.bytes.len(), place }) };
        }
        let (room, other) = board.image_room();
        let limit = room.value.end();
        match taken.end().bytes_since(limit) {
            Some(too_many) if too_many > 0 => Err(LayoutError::NoRoom { part, taken, other, limit, too_many }),
            _ => Ok(()),
        }
    }
}

/// Why parts cannot be laid on a board.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LayoutError {
    /// A part reaches into the place of something else.
    #[error("the {part} would take {taken} with its footer, but the place of the {other} starts at {limit}: {} too many", words::bytes(*.too_many))]
    NoRoom {
        /// The part that is too big.
        part: Part,
        /// What it would take, its footer included.
        taken: Place,
        /// Whose place comes next.
        other: Tenant,
        /// Where that starts.
        limit: FlashAddr,
        /// By how many bytes it is too big.
        too_many: usize,
    },
    /// A part is larger than its own place.
    #[error("the {part} has {}, and its place {place} takes no more than {}: {} too many",
        words::bytes(*.len), words::count(.place.len_bytes), words::bytes(.len.saturating_sub(.place.len_bytes)))]
    TooBig {
        /// The part.
        part: Part,
        /// Its bytes.
        len: usize,
        /// Its place.
        place: Place,
    },
    /// Two parts would share bytes.
    #[error("the {first} takes {first_taken} and the {second} {second_taken}: {} of them are the same", words::bytes(*.shared))]
    Overlap {
        /// The part that starts first.
        first: Part,
        /// What it takes.
        first_taken: Place,
        /// The other part.
        second: Part,
        /// What that takes.
        second_taken: Place,
        /// How many bytes both take.
        shared: usize,
    },
    /// A part without bytes.
    #[error("no bytes are given for the {part}")]
    Empty {
        /// The part.
        part: Part,
    },
}

/// Parts in their places on a board: in the order of their addresses, no byte taken twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout<'a> {
    flash_bytes: usize,
    laid: Vec<Laid<'a>>,
}

impl<'a> Layout<'a> {
    /// Lays the parts on `board`. The romfs follows the kernel; without a kernel it goes where the kernel would, as with
    /// an upgrade that brings a romfs only.
    ///
    /// # Errors
    /// If a part does not fit.
    pub fn new(board: &Board, parts: &Parts<'a>) -> Result<Self, LayoutError> {
        let mut layout = Self { flash_bytes: board.flash_bytes.value, laid: Vec::new() };
        let romfs_base = match parts.kernel {
            Some(kernel) => footer::romfs_base(kernel.len()).unwrap_or(FlashAddr(u32::MAX)),
            None => KERNEL_BASE,
        };
        let places = [
            (Part::BootLoader, parts.boot_loader, FLASH_BASE),
            (Part::BootInfo, parts.boot_info, BOOT_INFO_BASE),
            (Part::Kernel, parts.kernel, KERNEL_BASE),
            (Part::Romfs, parts.romfs, romfs_base),
            (Part::WebUi, parts.web_ui, board.web_ui.value.start),
            (Part::Settings, parts.settings, board.settings.value.start),
        ];
        for (part, bytes, start) in places {
            if let Some(bytes) = bytes {
                layout.put(board, lay(part, start, bytes)?)?;
            }
        }
        layout.laid.sort_by_key(|laid| laid.place.start);
        Ok(layout)
    }

    /// The parts, in the order of their addresses.
    pub fn laid(&self) -> &[Laid<'a>] {
        &self.laid
    }

    /// The part of this kind, if it was given.
    pub fn part(&self, part: Part) -> Option<&Laid<'a>> {
        self.laid.iter().find(|laid| laid.part == part)
    }

    /// The whole flash, from its first byte to its last: the parts, their footers, and erased flash between them.
    pub fn image(&self) -> Vec<u8> {
        let mut flash = vec![ERASED; self.flash_bytes];
        let mut write = |place: Place, bytes: &[u8]| {
            let span = place.in_flash().and_then(|span| flash.get_mut(span.start()..span.end()));
            if let Some(there) = span.filter(|there| there.len() == bytes.len()) {
                there.copy_from_slice(bytes);
            }
        };
        for laid in &self.laid {
            write(laid.place, &laid.bytes);
            if let Some((at, footer)) = &laid.footer {
                write(Place::new(*at, footer::LEN), &footer.to_bytes());
            }
        }
        flash
    }

    fn put(&mut self, board: &Board, laid: Laid<'a>) -> Result<(), LayoutError> {
        laid.ensure_room(board)?;
        let taken = laid.taken();
        for other in &self.laid {
            if let Some(shared) = other.taken().overlap(taken) {
                return Err(LayoutError::Overlap {
                    first: other.part,
                    first_taken: other.taken(),
                    second: laid.part,
                    second_taken: taken,
                    shared: shared.len_bytes,
                });
            }
        }
        self.laid.push(laid);
        Ok(())
    }
}

/// A part at `start`, with its footer if it is an image.
fn lay(part: Part, start: FlashAddr, bytes: &[u8]) -> Result<Laid<'_>, LayoutError> {
    if bytes.is_empty() {
        return Err(LayoutError::Empty { part });
    }
    if part != Part::BootInfo {
        return Ok(Laid::at(part, start, bytes));
    }
    if is_boot_info_block(bytes) {
        let place = Place::new(start, bytes.len());
        return Ok(Laid { part, place, bytes: Cow::Borrowed(bytes), footer: None });
    }
    let len = boot_info::parse(bytes).map_or(bytes.len(), |info| info.value.len());
    Ok(Laid::at(part, start, bytes.get(..len).unwrap_or(bytes)))
}

/// Whether it is the whole erase block of BOOT INFO, with a footer that the boot loader accepts.
fn is_boot_info_block(bytes: &[u8]) -> bool {
    let footer_at = ERASE_BLOCK_BYTES - footer::LEN;
    let footer = bytes.get(footer_at..).and_then(|behind| footer::parse(behind).ok());
    bytes.len() == ERASE_BLOCK_BYTES
        && footer.is_some_and(|footer| footer.value.is_valid() && footer.value.number == boot_info::IMAGE_NUMBER)
}
