//! The flash chip: 16 bits wide, AMD command set.
//!
//! ```text
//! identify   AA at 0x5555, 55 at 0x2AAA, 90 at 0x5555; then word 0 reads as maker and word 1 as device
//! program    AA, 55, A0, then the data at its place: bits can only be cleared
//! erase      AA, 55, 80, AA, 55, then 30 at a block, or 10 at 0x5555 for all of the chip
//! ```
//!
//! The places are numbers of 16-bit words, of which the low 11 bits count. Everything takes effect at once. Any write
//! that is no part of a command ends identification: the kernel leaves it by writing FFFF, the boot loader by F0
//! (soc-for-emulation.md section 7, certain).

use crate::camera::board::{SmallBlocks, erase_blocks};
use crate::image::{FLASH_BASE, FlashAddr, Span};
use crate::machine::memory::Memory;

/// The bits of a word's number that a command is known by.
const COMMAND_PLACE: u32 = 0x7FF;
const PLACE_1: u32 = 0x555;
const PLACE_2: u32 = 0x2AA;

/// A kind of flash chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chip {
    /// What the kernel calls it.
    pub name: &'static str,
    /// The number of its maker.
    pub maker: u16,
    /// The number of the chip among its maker's.
    pub device: u16,
    /// Its size.
    pub len_bytes: usize,
    /// Where its small erase blocks are.
    pub small_blocks: SmallBlocks,
}

/// The chips that this machine can have, out of the 22 of the camera kernel's table. The 4 MB one was seen working with
/// kernel and boot loader; of the 2 MB one the table's entry is certain (soc-for-emulation.md section 7).
impl Chip {
    /// 4 MB.
    pub const FOUR_MEGABYTES: Self =
        Self { name: "W19B320BTT", maker: 0x00DA, device: 0x22BA, len_bytes: 4 << 20, small_blocks: SmallBlocks::Top };
    /// 2 MB.
    pub const TWO_MEGABYTES: Self =
        Self { name: "MX29LV160BT", maker: 0x00C2, device: 0x22C4, len_bytes: 2 << 20, small_blocks: SmallBlocks::Top };
}

/// How much of a command was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Command {
    /// Nothing.
    None,
    /// AA.
    Unlocking,
    /// AA, 55.
    Unlocked,
    /// AA, 55, A0: what is written next is programmed.
    Program,
    /// AA, 55, 80.
    Erase,
    /// AA, 55, 80, AA.
    EraseUnlocking,
    /// AA, 55, 80, AA, 55.
    EraseUnlocked,
}

/// A flash chip and what is in it.
#[derive(Debug)]
pub struct Flash {
    chip: Chip,
    cells: Memory,
    blocks: Vec<Span>,
    command: Command,
    identifies: bool,
    changes: u64,
}

impl Flash {
    /// A chip that holds `bytes`, erased behind them; what does not fit is left out.
    pub fn new(chip: Chip, bytes: &[u8]) -> Self {
        let mut cells = Memory::new(chip.len_bytes);
        let erased = vec![0xFF; chip.len_bytes];
        cells.load(0, &erased);
        cells.load(0, bytes);
        let blocks = erase_blocks(chip.len_bytes, chip.small_blocks);
        let blocks = blocks.iter().filter_map(|block| block.in_flash()).collect();
        Self { chip, cells, blocks, command: Command::None, identifies: false, changes: 0 }
    }

    /// The kind of chip.
    pub fn chip(&self) -> Chip {
        self.chip
    }

    /// What is in it now.
    pub fn bytes(&self) -> &[u8] {
        self.cells.bytes()
    }

    /// How often something was programmed or erased.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether it shows its numbers instead of what is in it.
    pub fn identifies(&self) -> bool {
        self.identifies
    }

    /// The chip as after a reset: what is in it stays.
    pub fn reset(&mut self) {
        self.command = Command::None;
        self.identifies = false;
    }

    /// Erases the block at `start` and writes pieces into it, each at its offset.
    pub fn rewrite_block(&mut self, start: FlashAddr, pieces: &[(usize, &[u8])]) {
        let Some(start) = start.bytes_since(FLASH_BASE) else { return };
        self.erase_block(start);
        for (offset, piece) in pieces {
            self.cells.load(u32::try_from(start.saturating_add(*offset)).unwrap_or(u32::MAX), piece);
        }
    }

    /// The word at `offset`; `None` behind the end.
    #[inline]
    pub fn word(&self, offset: u32) -> Option<u32> {
        let word = self.cells.word(offset)?;
        let half = |offset| u32::from(self.identity(offset));
        Some(if self.identifies { half(offset & !3) | half(offset & !3 | 2) << 16 } else { word })
    }

    /// The half word at `offset`.
    #[inline]
    pub fn half_word(&self, offset: u32) -> Option<u16> {
        let half = self.cells.half_word(offset)?;
        Some(if self.identifies { self.identity(offset) } else { half })
    }

    /// The byte at `offset`.
    #[inline]
    pub fn byte(&self, offset: u32) -> Option<u8> {
        let byte = self.cells.byte(offset)?;
        let [low, high] = self.identity(offset).to_le_bytes();
        Some(match (self.identifies, offset & 1) {
            (false, _) => byte,
            (true, 0) => low,
            (true, _) => high,
        })
    }

    fn identity(&self, offset: u32) -> u16 {
        match offset >> 1 & 0xFF {
            0 => self.chip.maker,
            1 => self.chip.device,
            _ => 0,
        }
    }

    /// A write of 16 bits.
    pub fn write(&mut self, offset: u32, value: u16) {
        let place = offset >> 1 & COMMAND_PLACE;
        let [low, _] = value.to_le_bytes();
        self.command = match (self.command, place, low) {
            (Command::Program, ..) => {
                self.program(offset, value);
                Command::None
            }
            (Command::EraseUnlocked, _, 0x30) => {
                self.erase_block(offset as usize);
                Command::None
            }
            (Command::EraseUnlocked, PLACE_1, 0x10) => {
                self.erase(Span::new(0, self.chip.len_bytes));
                Command::None
            }
            (Command::None, PLACE_1, 0xAA) => Command::Unlocking,
            (Command::Unlocking, PLACE_2, 0x55) => Command::Unlocked,
            (Command::Erase, PLACE_1, 0xAA) => Command::EraseUnlocking,
            (Command::EraseUnlocking, PLACE_2, 0x55) => Command::EraseUnlocked,
            (Command::Unlocked, PLACE_1, 0xA0) => Command::Program,
            (Command::Unlocked, PLACE_1, 0x80) => Command::Erase,
            (Command::Unlocked, PLACE_1, 0x90) => {
                self.identifies = true;
                Command::None
            }
            _ => {
                self.identifies = false;
                Command::None
            }
        };
    }

    fn program(&mut self, offset: u32, value: u16) {
        if let Some(half) = self.cells.half_word_mut(offset) {
            *half = (u16::from_le_bytes(*half) & value).to_le_bytes();
            self.changes += 1;
        }
    }

    fn erase_block(&mut self, offset: usize) {
        if let Some(block) = self.blocks.iter().find(|block| block.contains(offset)) {
            self.erase(*block);
        }
    }

    fn erase(&mut self, span: Span) {
        let erased = vec![0xFF; span.len()];
        self.cells.load(u32::try_from(span.start()).unwrap_or(u32::MAX), &erased);
        self.changes += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMAND_1: u32 = 0xAAAA;
    const COMMAND_2: u32 = 0x5554;

    fn flash(bytes: &[u8]) -> Flash {
        Flash::new(Chip::FOUR_MEGABYTES, bytes)
    }

    fn command(flash: &mut Flash, last: u16) {
        flash.write(COMMAND_1, 0xAA);
        flash.write(COMMAND_2, 0x55);
        flash.write(COMMAND_1, last);
    }

    #[test]
    fn it_shows_its_numbers_until_any_other_write() {
        for leave in [0xFFFF, 0x00F0, 0x1234] {
            let mut flash = flash(b"\xB4\x01\x9F\xE5");
            command(&mut flash, 0x90);
            assert_eq!((flash.half_word(0), flash.half_word(2)), (Some(0x00DA), Some(0x22BA)));
            assert_eq!((flash.byte(0), flash.byte(2), flash.word(0)), (Some(0xDA), Some(0xBA), Some(0x22BA_00DA)));
            flash.write(0, leave);
            assert_eq!(flash.word(0), Some(0xE59F_01B4), "left by {leave:04X}");
        }
    }

    #[test]
    fn it_answers_for_its_own_addresses_only() {
        let mut flash = flash(&[]);
        command(&mut flash, 0x90);
        assert_eq!(flash.word(0x40_0000), None);
        assert_eq!((flash.half_word(0xF8_2108), flash.byte(u32::MAX)), (None, None));
    }

    #[test]
    fn programming_clears_bits_and_sets_none() {
        let mut flash = flash(&[]);
        for (value, there) in [(0x0F0F, 0x0F0F), (0xFF00, 0x0F00), (0xFFFF, 0x0F00)] {
            command(&mut flash, 0xA0);
            flash.write(0x1F_7200, value);
            assert_eq!(flash.half_word(0x1F_7200), Some(there));
        }
        flash.write(0x1F_7200, 0);
        assert_eq!(flash.half_word(0x1F_7200), Some(0x0F00), "a write without a command changes nothing");
        assert_eq!(flash.changes(), 3);
    }

    #[test]
    fn erasing_takes_a_block_and_at_the_top_a_small_one() {
        let mut flash = flash(&vec![0; 4 << 20]);
        for (at, start, len) in [(0x1F_0010, 0x1F_0000, 0x1_0000), (0x3F_4000, 0x3F_4000, 0x2000)] {
            command(&mut flash, 0x80);
            flash.write(COMMAND_1, 0xAA);
            flash.write(COMMAND_2, 0x55);
            flash.write(at, 0x30);
            let erased = flash.bytes().iter().enumerate().filter(|(_, byte)| **byte == 0xFF).map(|(index, _)| index);
            let erased: Vec<usize> = erased.filter(|index| (start..start + len).contains(index)).collect();
            assert_eq!((erased.first(), erased.len()), (Some(&start), len));
        }
        let erased = flash.bytes().iter().filter(|byte| **byte == 0xFF).count();
        assert_eq!(erased, 0x1_2000, "nothing else is erased");
        command(&mut flash, 0x80);
        command(&mut flash, 0x10);
        assert!(flash.bytes().iter().all(|byte| *byte == 0xFF));
    }

    #[test]
    fn a_command_that_is_broken_off_is_forgotten() {
        let mut flash = flash(&[0; 16]);
        flash.write(COMMAND_1, 0xAA);
        flash.write(COMMAND_2, 0x54);
        flash.write(COMMAND_1, 0x90);
        assert!(!flash.identifies());
        command(&mut flash, 0x80);
        flash.reset();
        flash.write(0, 0x30);
        assert_eq!(flash.changes(), 0);
    }
}
