//! The list of images that the boot loader's `ls` prints: what it tells of how they came there, and what is wrong with it.

use serde::Serialize;

use super::conclude::{Conclusion, Matter};
use super::read::{Boot, Event, LIST, PROMPT};
use crate::format::footer::{self, Flags, LsRow};
use crate::image::{FLASH_BASE, FlashAddr};

/// Bytes that one XMODEM block carries: what `fx` writes is a multiple of it (boot-loader.md section 3, certain).
const XMODEM_BLOCK_BYTES: usize = 128;

/// Where every kernel of these cameras runs (boot-loader.md section 4, certain).
const KERNEL_EXEC: u32 = 0x8000;

/// Where the kernel expects a romfs that the boot loader unpacked into memory (boot-loader.md section 2.3, certain).
const ROMFS_IN_MEMORY: u32 = 0x70_0000;

/// What a romfs must not reach: the settings on boards with 4 MB of flash, the web UI on boards with 2 MB
/// (captures-and-questions.md section 4.2, certain for firmware 21.37.2.37).
const ENDS: [(usize, FlashAddr); 2] = [(2 << 20, FlashAddr(0x7F18_0000)), (4 << 20, FlashAddr(0x7F1F_0000))];

/// One image in the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Listed {
    /// The line of the log.
    pub line: usize,
    /// What stands there.
    #[serde(flatten)]
    pub row: LsRow,
    /// What its numbers tell, a sentence each, without a full stop.
    pub remarks: Vec<String>,
}

/// What one `ls` printed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageList {
    /// Whether it is all that `ls` printed, from the command to the next prompt.
    pub whole: bool,
    /// In the order of the flash.
    pub images: Vec<Listed>,
}

impl ImageList {
    /// The last list in a start.
    pub(super) fn of(boot: &Boot) -> Option<Self> {
        let talk: Vec<&Event> =
            boot.events.iter().filter(|event| event.rule.id == LIST || event.rule.id == PROMPT).collect();
        let end = talk.iter().rposition(|event| event.rule.id == LIST)? + 1;
        let before = talk.get(..end)?.iter().rposition(|event| event.rule.id != LIST);
        let asked = before.and_then(|place| talk.get(place)).and_then(|event| event.value("typed"));
        let rows = talk.get(before.map_or(0, |place| place + 1)..end)?;
        let mut images: Vec<Listed> = rows.iter().filter_map(|event| Listed::of(event)).collect();
        let last_row = rows.last()?.line;
        let is_over = boot.events_of(PROMPT).any(|prompt| prompt.last_line > last_row);
        // a row that lost characters may be the one that seems to be missing
        let whole =
            is_over && images.len() == rows.len() && asked.is_some_and(|typed| typed.eq_ignore_ascii_case("ls"));
        let kernel = images.iter().find(|image| image.row.number == 7).map(|image| image.row.clone());
        for image in &mut images {
            image.remark(kernel.as_ref());
        }
        Some(Self { whole, images })
    }

    fn image(&self, number: u32) -> Option<&Listed> {
        self.images.iter().find(|image| image.row.number == number)
    }

    /// What is wrong with it. `flash_bytes` is the size of the flash, if the boot loader told it.
    pub(super) fn verdict(&self, flash_bytes: Option<usize>) -> Vec<Matter> {
        let mut wrong = Vec::new();
        let missing =
            [(0, Conclusion::Image0NotListed), (7, Conclusion::Image7NotListed), (6, Conclusion::Image6NotListed)];
        if let (true, Some(last)) = (self.whole, self.images.last()) {
            let missing = missing.into_iter().filter(|(number, _)| self.image(*number).is_none());
            wrong.extend(missing.filter_map(|(_, conclusion)| last.matter(conclusion)));
        }
        if let Some(romfs) = self.image(6) {
            let expected = if romfs.row.flags.has(Flags::ZIP) { ROMFS_IN_MEMORY } else { romfs.row.base.0 };
            wrong.extend((romfs.row.exec.0 != expected).then(|| romfs.matter(Conclusion::Image6Exec)).flatten());
            let limit = ENDS.iter().find(|(len, _)| Some(*len) == flash_bytes).map(|(_, limit)| *limit);
            let is_over = limit.zip(romfs.end()).is_some_and(|(limit, end)| romfs.row.base < limit && end > limit);
            wrong.extend(is_over.then(|| romfs.matter(Conclusion::ImageOverSettings)).flatten());
        }
        if let Some(kernel) = self.image(7) {
            wrong.extend((kernel.row.exec.0 != KERNEL_EXEC).then(|| kernel.matter(Conclusion::Image7Exec)).flatten());
            let flags = kernel.row.flags;
            let is_brought = flags.has(Flags::ZIP) || flags.has(Flags::COPY);
            let is_started = flags.has(Flags::ACTIVE | Flags::EXECUTE) && is_brought;
            wrong.extend((!is_started).then(|| kernel.matter(Conclusion::Image7Letters)).flatten());
        }
        let mut sorted: Vec<&Listed> = self.images.iter().collect();
        sorted.sort_by_key(|image| image.row.base);
        let overlaps = sorted.windows(2).find_map(|pair| match pair {
            [first, second] => first
                .end()
                .filter(|end| *end > second.row.base && second.row.number != first.row.number)
                .map(|_| *second),
            _ => None,
        });
        wrong.extend(overlaps.and_then(|image| image.matter(Conclusion::ImagesOverlap)));
        wrong
    }
}

impl Listed {
    fn of(event: &Event) -> Option<Self> {
        Some(Self { line: event.line, row: LsRow::parse(&event.text)?, remarks: Vec::new() })
    }

    fn matter(&self, conclusion: Conclusion) -> Option<Matter> {
        Matter::concluded(conclusion, self.line, &self.row.to_string())
    }

    /// The end of the block that its footer is in.
    fn end(&self) -> Option<FlashAddr> {
        self.row.base.checked_add(footer::place(self.row.len_bytes()).checked_add(footer::LEN)?)
    }

    fn remark(&mut self, kernel: Option<&LsRow>) {
        match self.row.number {
            // a zip ends anywhere; a romfs always at a multiple of 1024
            7 if !self.row.len_bytes().is_multiple_of(XMODEM_BLOCK_BYTES) => self.remarks.push(
                "its size is no multiple of 128, so that it was not sent by XMODEM: the camera's own upgrade or a programmer wrote it".to_owned(),
            ),
            7 => self.remarks.push(
                "its size is a multiple of 128, as of what was sent with `fx`: compare it with the file's, 128 more mean a block that was kept twice".to_owned(),
            ),
            6 => {
                let expected = kernel.filter(|kernel| kernel.base == footer::KERNEL_BASE);
                if let Some(expected) = expected.and_then(|kernel| footer::romfs_base(kernel.len_bytes())) {
                    self.remarks.push(match self.row.base.cmp(&expected) {
                        std::cmp::Ordering::Equal => {
                            format!("it lies at {expected}, where it belongs behind a kernel of this length")
                        }
                        std::cmp::Ordering::Greater => format!(
                            "it lies at {}; behind a kernel of this length it could start at {expected}, and works at either place",
                            self.row.base
                        ),
                        std::cmp::Ordering::Less => format!(
                            "it lies at {}, and behind a kernel of this length it must not start before {expected}",
                            self.row.base
                        ),
                    });
                }
            }
            _ => {}
        }
        if self.row.base.bytes_since(FLASH_BASE).is_none() {
            self.remarks.push("its base is not in the flash".to_owned());
        }
    }
}
