//! The table of flash chips in a camera's kernel.
//!
//! ```text
//! 0x00  u8   number of the maker, low byte       0x14  u32     size in MiB
//! 0x01  u8   number of the chip, low byte        0x18  u32[5]  functions that handle such a chip
//! 0x02  18   name, filled up with zeros
//! ```
//!
//! soc-for-emulation.md section 7 lists what it holds (certain); the layout is read in the bytes of that kernel.

use serde::Serialize;

use super::pointer;
use crate::format::text::{readable, until_nul};
use crate::image::Span;

/// A flash chip that a kernel knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FlashChip {
    /// Its name.
    pub name: String,
    /// The number of its maker, the low byte.
    pub maker: u8,
    /// Its own number, the low byte.
    pub device: u8,
    /// How much it holds, in MiB.
    pub mib: u32,
}

/// Bytes in a row of the table.
pub(super) const LEN: usize = 0x2C;

pub(super) const NAME: Span = Span::new(0x02, 0x14);
const MIB: Span = Span::new(0x14, 0x18);
const FUNCTIONS: [usize; 5] = [0x18, 0x1C, 0x20, 0x24, 0x28];

const MIN_NAME_BYTES: usize = 4;

/// No table has as many chips.
const MAX_CHIPS: usize = 256;

/// The chips of the first table in the bytes of a kernel; none if it has no table of two chips at least.
pub fn flash_chips(kernel: &[u8]) -> Vec<FlashChip> {
    let mut at = 0_usize;
    while at.saturating_add(LEN) <= kernel.len() {
        let row = |number: usize| chip(kernel, at.saturating_add(number.saturating_mul(LEN)));
        let chips: Vec<FlashChip> = (0..MAX_CHIPS).map_while(row).collect();
        // one alone could be chance
        if chips.len() > 1 {
            return chips;
        }
        at = at.saturating_add(4);
    }
    Vec::new()
}

fn chip(kernel: &[u8], at: usize) -> Option<FlashChip> {
    let bytes = kernel.get(at..)?.get(..LEN)?;
    let mib = u32::from_le_bytes(MIB.of(bytes).try_into().ok()?);
    if !matches!(mib, 1 | 2 | 4 | 8 | 16) {
        return None;
    }
    let field = NAME.of(bytes);
    let name = until_nul(field);
    let is_filled_up = field.iter().skip(name.len()).all(|&byte| byte == 0);
    let is_name = (MIN_NAME_BYTES..NAME.len()).contains(&name.len()) && name.iter().all(u8::is_ascii_alphanumeric);
    let function = |field: usize| pointer(kernel, at.saturating_add(field)).filter(|place| place % 4 == 0);
    let [maker, device, ..] = *bytes else { return None };
    let fits = is_filled_up && is_name && FUNCTIONS.iter().all(|&field| function(field).is_some());
    fits.then(|| FlashChip { name: readable(name), maker, device, mib })
}
