//! The lines of the boot loader's `ls`, one a footer (boot-loader.md section 3, certain).

use std::fmt;

use serde::Serialize;

use super::{Flags, Footer};
use crate::image::FlashAddr;

/// What `ls` tells of an image. Displays as its line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LsRow {
    /// Which image it is.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Where it starts.
    pub base: FlashAddr,
    /// Bytes in it, as its footer says.
    pub size: u32,
    /// Where it is started; of image 6, where the kernel looks for the romfs.
    pub exec: FlashAddr,
    /// What the boot loader does with it.
    pub flags: Flags,
}

impl From<&Footer> for LsRow {
    fn from(footer: &Footer) -> Self {
        Self {
            number: footer.number,
            name: footer.name.to_string(),
            base: footer.base,
            size: footer.length,
            exec: footer.exec,
            flags: footer.flags,
        }
    }
}

impl fmt::Display for LsRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, name, base, size, exec, flags } = self;
        write!(f, "Image:{number:2} name:{name} base:0x{:08X} size:0x{size:08X} exec:0x{:08X} {flags}", base.0, exec.0)
    }
}

impl LsRow {
    /// The bytes of the image, as its footer says.
    pub fn len_bytes(&self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX)
    }
}
