//! What a boot log or a pasted `ls` tells of a board: the sizes that the boot loader prints at power-on, the images that its
//! `ls` lists, and where the kernel found its romfs (boot-loader.md sections 1.1, 2.3 and 3, certain).

use super::Clues;
use super::clues::ROMFS;
use crate::camera::boot_log::BootLog;
use crate::camera::{Known, Place};
use crate::finding::{Fact, Finding};
use crate::image::{FlashAddr, Span};

/// Where the kernel looks for a romfs when no image 6 is there: in RAM.
const ROMFS_IN_RAM: FlashAddr = FlashAddr(0x70_0000);

impl Clues {
    /// What console text tells; any other text gives no clue.
    pub fn of_log(log: &BootLog) -> Self {
        let printed = |bytes: &usize| Known::certain(*bytes, "the boot loader's banner in the log");
        let listed = log.images.iter().flat_map(|list| &list.images);
        let mut clues = Self {
            flash_bytes: log.facts.flash_bytes.iter().map(printed).collect(),
            ram_bytes: log.facts.ram_bytes.iter().map(printed).collect(),
            images: listed
                .map(|listed| Known::certain(listed.row.clone(), "the boot loader's `ls` in the log"))
                .collect(),
            ..Self::default()
        };
        if let Some(found) = log.facts.romfs.as_deref().and_then(range) {
            clues.findings.extend(contradiction(&clues, found));
            if found.start.is_in_flash() {
                clues.romfs.push(Known::certain(found, "the kernel's lines in the log, which found it there"));
            }
        }
        clues
    }
}

/// The range of the romfs as the kernel prints it, `7F0E0000-7F1EC3FF`: the last address counts.
fn range(text: &str) -> Option<Place> {
    let (first, last) = text.split_once('-')?;
    let address = |digits: &str| u32::from_str_radix(digits.trim_start_matches("0x"), 16).ok().map(FlashAddr);
    Some(Place::between(address(first)?, address(last)?.checked_add(1)?))
}

/// Why what the kernel found and what `ls` lists cannot both be the case.
fn contradiction(clues: &Clues, found: Place) -> Option<Finding> {
    let romfs = clues.images.iter().find(|row| row.value.number == ROMFS);
    let one = match romfs {
        Some(row) if row.value.exec == found.start => return None,
        Some(row) => format!("`{}` ({})", row.value, row.from),
        None if found.start == ROMFS_IN_RAM => "image 6 is missing, or reaches behind the flash".to_owned(),
        None => return None,
    };
    let other = format!("the kernel looked at {}", found.start);
    Some(Finding::new(Fact::BoardContradiction { what: "where the romfs is".to_owned(), one, other }, Span::default()))
}
