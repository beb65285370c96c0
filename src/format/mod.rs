//! One module per on-disk format, each of them parse, verify and build.
//!
//! Everything here is pure: bytes in, values and findings out. A parser gets the bytes from the format's first byte
//! on (more bytes may follow that belong to something else), reads as far as the bytes hold, and returns a value that
//! can be trusted together with findings about what was off. Offsets in values and findings count from the first
//! byte given.
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod boot_info;
pub mod elf;
pub mod flat;
pub mod footer;
pub mod kernel;
pub mod kernel_zip;
pub mod romfs;
pub mod settings;
pub(crate) mod text;
pub mod update;
pub mod web_ui;
mod zone;

use std::fmt;

use thiserror::Error;

use crate::finding::Finding;
use crate::image::Span;

/// A value and what was off about the bytes it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed<T> {
    /// What the bytes say, as far as they hold.
    pub value: T,
    /// What is wrong or worth knowing, offsets counted from the first byte given.
    pub findings: Vec<Finding>,
}

impl<T> Parsed<T> {
    /// A value with nothing to tell about it.
    pub fn clean(value: T) -> Self {
        Self { value, findings: Vec::new() }
    }
}

/// A compressed stream whose CRC-32 holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmed {
    /// The stream's bytes, without those that may be without meaning.
    pub span: Span,
    /// The CRC-32 of what they unpack to.
    pub crc32: u32,
}

/// Why bytes are not of a format at all (damage inside a format is a [`Finding`] instead).
///
/// A scanner asks for millions of these and reads none, so that nothing is put into words before it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a {format}: expected {expected} at 0x{offset:X}, found {found}")]
pub struct NotThisFormat {
    /// The format's name, as in "romfs".
    pub format: &'static str,
    /// Where the bytes stop being of the format.
    pub offset: usize,
    /// What should be there.
    pub expected: &'static str,
    /// What is there.
    pub found: Found,
}

/// How many bytes of a mismatch are shown.
const SHOWN_BYTES: usize = 8;

/// The first bytes of a mismatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    bytes: [u8; SHOWN_BYTES],
    len: usize,
}

impl Found {
    /// The bytes, at most eight; none at the end of what was given.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bytes() {
            [] => f.write_str("the end"),
            shown => write!(f, "bytes {}", hex::encode_upper(shown)),
        }
    }
}

impl NotThisFormat {
    /// A mismatch at `offset` of `bytes`, showing the bytes that are there.
    pub(crate) fn at(format: &'static str, offset: usize, expected: &'static str, bytes: &[u8]) -> Self {
        let there = bytes.get(offset..).unwrap_or_default();
        let mut found = Found { bytes: [0; SHOWN_BYTES], len: there.len().min(SHOWN_BYTES) };
        for (place, byte) in found.bytes.iter_mut().zip(there) {
            *place = *byte;
        }
        Self { format, offset, expected, found }
    }
}

/// The folder of real samples, for tests; says so and gives `None` where it is not at hand.
#[cfg(test)]
pub(crate) fn sample_dir() -> Option<std::path::PathBuf> {
    let beside = || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let folder = std::env::var_os("UNBRICK_SAMPLES").map_or_else(beside, Into::into);
    if !folder.is_dir() {
        eprintln!("skipped: there are no real samples in {}", folder.display());
        return None;
    }
    Some(folder)
}
