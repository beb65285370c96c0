//! What a boot log or a pasted `ls` tells of a board.
//!
//! ```text
//! Memory Size is 0x1000000 Bytes, Flash Size is 0x400000 Bytes         the boot loader, at power-on
//! Image: 6 name:romfs.img base:0x7F0E0000 size:0x0010C400 exec:0x7F0E0000 -a     its `ls`
//! 0: 7F0E0000-7F1EC3FF [VIRTUAL 7F0E0000-7F1EC3FF] (RO)                the kernel: where it found the romfs
//! ```
//!
//! boot-loader.md sections 1.1, 2.3 and 3, certain.

use super::Clues;
use super::clues::ROMFS;
use crate::camera::Known;
use crate::camera::Place;
use crate::camera::fingerprint::Hardware;
use crate::finding::{Fact, Finding};
use crate::format::footer::LsRow;
use crate::image::{FlashAddr, Span};

/// Where the kernel looks for a romfs when no image 6 is there: in RAM.
const ROMFS_IN_RAM: FlashAddr = FlashAddr(0x70_0000);

/// Longer lines are no console output.
const LINE_MAX_BYTES: usize = 512;

/// More lines with an image than footers can be are not read.
const MAX_ROWS: usize = 64;

impl Clues {
    /// What console text tells; any other text gives no clue.
    pub fn of_log(text: &[u8]) -> Self {
        let hardware = Hardware::of_boot_log(text);
        let mut clues = Self {
            flash_bytes: hardware.flash_bytes.into_iter().collect(),
            ram_bytes: hardware.ram_bytes.into_iter().collect(),
            ..Self::default()
        };
        let mut romfs_found = None;
        let mut at = 0;
        for line in text.split(|byte| matches!(byte, b'\n' | b'\r')) {
            let span = Span::at(at, line.len());
            at += line.len() + 1;
            let Ok(line) = std::str::from_utf8(line.get(..LINE_MAX_BYTES).unwrap_or(line)) else { continue };
            match LsRow::parse(line) {
                // a list that is printed again after flashing is the newer one
                Some(row) if clues.images.len() < MAX_ROWS => {
                    clues.images.retain(|known| known.value.number != row.number);
                    clues.images.push(Known::certain(row, "printed by the boot loader's `ls`"));
                }
                _ => {}
            }
            if let Some(found) = blkmem_range(line) {
                romfs_found = Some((found, span));
            }
        }
        if let Some((found, span)) = romfs_found {
            clues.findings.extend(contradiction(&clues, found, span));
            if found.start.is_in_flash() {
                clues.romfs.push(Known::certain(found, "printed by the kernel, which found it there"));
            }
        }
        clues
    }
}

/// The range of the romfs that the kernel prints under `Blkmem 1 disk images:`.
fn blkmem_range(line: &str) -> Option<Place> {
    let (range, _) = line.trim().strip_prefix("0: ")?.split_once(" [VIRTUAL ")?;
    let (first, last) = range.split_once('-')?;
    let address = |digits: &str| u32::from_str_radix(digits, 16).ok().map(FlashAddr);
    Some(Place::between(address(first)?, address(last)?.checked_add(1)?))
}

/// Why what the kernel found and what `ls` lists cannot both be the case.
fn contradiction(clues: &Clues, found: Place, span: Span) -> Option<Finding> {
    let romfs = clues.images.iter().find(|row| row.value.number == ROMFS);
    let one = match romfs {
        Some(row) if row.value.exec == found.start => return None,
        Some(row) => format!("`{}` (printed by the boot loader's `ls`)", row.value),
        None if found.start == ROMFS_IN_RAM => "image 6 is missing, or reaches behind the flash".to_owned(),
        None => return None,
    };
    let other = format!("the kernel looked at {}", found.start);
    Some(Finding::new(Fact::BoardContradiction { what: "where the romfs is".to_owned(), one, other }, span))
}
