//! Erase blocks: 64 KiB each, but for one end of the flash on parts that have small blocks there.
//!
//! | part | small blocks |
//! |---|---|
//! | 32 Mbit top-boot (AM29LV320DT and like) | 8 of 8 KiB in the last 64 KiB |
//! | 32 Mbit bottom-boot | 8 of 8 KiB in the first 64 KiB |
//! | 16 Mbit bottom-boot | 16, 8, 8 and 32 KiB in the first 64 KiB |
//! | 16 Mbit top-boot | the same from the end: 32, 8, 8 and 16 KiB |
//!
//! boot-loader.md section 2.1, certain; the last row is likely.

use serde::Serialize;

use crate::camera::Place;
use crate::image::{ERASE_BLOCK_BYTES, FLASH_BASE};

/// The sizes of the small blocks of 16 Mbit parts, from the end of the flash inwards.
const SMALL_16_MBIT: [usize; 4] = [0x4000, 0x2000, 0x2000, 0x8000];

/// Those of larger parts.
const SMALL_32_MBIT: [usize; 8] = [0x2000; 8];

/// Bytes of a 16 Mbit part.
const LEN_16_MBIT: usize = 0x20_0000;

/// Where a flash part has its small erase blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SmallBlocks {
    /// Nowhere.
    None,
    /// In its first 64 KiB.
    Bottom,
    /// In its last 64 KiB.
    Top,
}

/// The erase blocks of a flash of `flash_bytes`, in the order of their addresses; what is no multiple of 64 KiB at its
/// end is left out.
pub fn erase_blocks(flash_bytes: usize, small: SmallBlocks) -> Vec<Place> {
    let small_lens: &[usize] = if flash_bytes <= LEN_16_MBIT { &SMALL_16_MBIT } else { &SMALL_32_MBIT };
    let large = flash_bytes / ERASE_BLOCK_BYTES;
    let is_split = |block: usize| match small {
        SmallBlocks::None => false,
        SmallBlocks::Bottom => block == 0,
        SmallBlocks::Top => block + 1 == large,
    };
    let mut lens = Vec::with_capacity(large + small_lens.len());
    for block in 0..large {
        match (is_split(block), small) {
            (false, _) => lens.push(ERASE_BLOCK_BYTES),
            (true, SmallBlocks::Top) => lens.extend(small_lens.iter().rev()),
            (true, _) => lens.extend(small_lens),
        }
    }
    let mut start = FLASH_BASE;
    let place = |len: usize| {
        let place = Place::new(start, len);
        start = place.end();
        place
    };
    lens.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::FlashAddr;

    fn starts(flash_bytes: usize, small: SmallBlocks) -> Vec<u32> {
        erase_blocks(flash_bytes, small).iter().map(|block| block.start.0 - FLASH_BASE.0).collect()
    }

    #[test]
    fn small_blocks_stand_where_the_part_has_them() {
        assert_eq!(starts(0x20_0000, SmallBlocks::None).len(), 32);
        assert_eq!(starts(0x20_0000, SmallBlocks::Bottom)[..6], [0, 0x4000, 0x6000, 0x8000, 0x1_0000, 0x2_0000]);
        assert_eq!(starts(0x20_0000, SmallBlocks::Top)[31..], [0x1F_0000, 0x1F_8000, 0x1F_A000, 0x1F_C000]);
        assert_eq!(
            starts(0x40_0000, SmallBlocks::Top)[62..],
            [0x3E_0000, 0x3F_0000, 0x3F_2000, 0x3F_4000, 0x3F_6000, 0x3F_8000, 0x3F_A000, 0x3F_C000, 0x3F_E000]
        );
    }

    #[test]
    fn blocks_cover_the_flash_once() {
        for flash_bytes in [0x20_0000, 0x40_0000, 0x80_0000] {
            for small in [SmallBlocks::None, SmallBlocks::Bottom, SmallBlocks::Top] {
                let mut at = FLASH_BASE;
                for block in erase_blocks(flash_bytes, small) {
                    assert_eq!(block.start, at);
                    at = block.end();
                }
                assert_eq!(at, FlashAddr(FLASH_BASE.0 + u32::try_from(flash_bytes).unwrap()));
            }
        }
    }
}
