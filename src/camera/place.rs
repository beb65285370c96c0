//! A stretch of the flash, by its addresses.

use std::fmt;

use serde::Serialize;

use crate::image::{ERASE_BLOCK_BYTES, FLASH_BASE, FlashAddr, Span};

/// `len_bytes` bytes of the flash from `start` on. Displays as `0x7F020000..0x7F0D0000`, the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The address of the first byte.
    pub start: FlashAddr,
    /// How many bytes.
    pub len_bytes: usize,
}

impl Place {
    /// `len_bytes` bytes from `start` on.
    pub const fn new(start: FlashAddr, len_bytes: usize) -> Self {
        Self { start, len_bytes }
    }

    /// The place from `start` up to `end`; empty if `end` lies before it.
    pub fn between(start: FlashAddr, end: FlashAddr) -> Self {
        Self { start, len_bytes: end.bytes_since(start).unwrap_or(0) }
    }

    /// The address of the first byte behind it; the last address there is if it would lie beyond that.
    pub fn end(self) -> FlashAddr {
        self.start.checked_add(self.len_bytes).unwrap_or(FlashAddr(u32::MAX))
    }

    /// Whether there is no byte in it.
    pub const fn is_empty(self) -> bool {
        self.len_bytes == 0
    }

    /// Whether all of `other` lies inside.
    pub fn encloses(self, other: Self) -> bool {
        self.start <= other.start && other.end() <= self.end()
    }

    /// What both have in common; `None` if they share no byte.
    pub fn overlap(self, other: Self) -> Option<Self> {
        let shared = Self::between(self.start.max(other.start), self.end().min(other.end()));
        (!shared.is_empty()).then_some(shared)
    }

    /// The whole erase blocks that it touches, taken as 64 KiB each.
    pub fn blocks(self) -> Self {
        const BLOCK: u32 = ERASE_BLOCK_BYTES as u32;
        let start = FlashAddr(self.start.0 / BLOCK * BLOCK);
        Self::between(start, FlashAddr(self.end().0.checked_next_multiple_of(BLOCK).unwrap_or(u32::MAX)))
    }

    /// Where it lies in a file that holds the flash from its first byte on; `None` outside the flash.
    pub fn in_flash(self) -> Option<Span> {
        Some(Span::at(self.start.bytes_since(FLASH_BASE)?, self.len_bytes))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end())
    }
}
