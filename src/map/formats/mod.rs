//! Every format that the scanner knows: one row each.

mod images;
mod kernel;
mod packages;
mod programs;
mod romfs;

use std::cell::Cell;
use std::rc::Rc;

pub use packages::headless_update;

use super::settle::Candidate;
use crate::format::{boot_info, flat, footer, update, web_ui};

/// A format: the bytes that give it away, and how to read it.
pub struct Format {
    /// Bytes that every file of the format has.
    pub magic: &'static [u8],
    /// Where they are, counted from the format's first byte.
    pub magic_at: usize,
    /// Reads the format from its first byte on; more bytes may follow that are of something else.
    pub read: fn(&[u8], &Look) -> Option<Candidate>,
}

/// The formats, by their magics. Two of them can share one; the first that can be read stands.
pub const FORMATS: [Format; 11] = [
    Format { magic: &footer::SIGNATURE.to_le_bytes(), magic_at: footer::SIGNATURE_OFFSET, read: images::footer },
    Format { magic: images::BOOT_LOADER_MAGIC, magic_at: images::BOOT_LOADER_MAGIC_AT, read: images::boot_loader },
    Format { magic: b"\x48\0\0\0\x01\0\0\0", magic_at: 0, read: images::boot_info },
    Format { magic: crate::format::romfs::MAGIC, magic_at: 0, read: romfs::read },
    Format { magic: b"PK\x03\x04", magic_at: 0, read: kernel::zip },
    Format { magic: b"\x1F\x8B\x08", magic_at: 0, read: kernel::gzip },
    Format { magic: &web_ui::MAGIC, magic_at: 0, read: packages::zone },
    Format { magic: &update::MAGIC, magic_at: 0, read: packages::update },
    Format { magic: update::WIFI_MAGIC, magic_at: 0, read: packages::update },
    Format { magic: &flat::MAGIC, magic_at: 0, read: programs::flat },
    Format { magic: b"\x7FELF", magic_at: 0, read: programs::elf },
];

/// How closely to look, so that no image, however nested, takes time or memory without end.
#[derive(Debug)]
pub struct Look {
    depth: usize,
    unpacks_left: Rc<Cell<usize>>,
}

/// Regions nest this deep at most.
const MAX_DEPTH: usize = 6;

/// At most this many packed streams of one image are unpacked to check them.
const MAX_UNPACKS: usize = 64;

impl Look {
    /// Unpacks what is packed, and looks into what it finds.
    pub fn full() -> Self {
        Self { depth: 0, unpacks_left: Rc::new(Cell::new(MAX_UNPACKS)) }
    }

    /// Looks at what a file system holds by its headers alone.
    pub fn glance(&self) -> Self {
        Self { depth: self.depth + 1, unpacks_left: Rc::default() }
    }

    /// Looks as closely at what a container holds.
    pub fn inside(&self) -> Self {
        Self { depth: self.depth + 1, unpacks_left: Rc::clone(&self.unpacks_left) }
    }

    /// Whether one more stream may be unpacked.
    fn may_unpack(&self) -> bool {
        let left = self.unpacks_left.get();
        self.unpacks_left.set(left.saturating_sub(1));
        left > 0
    }
}

/// Reads the format that starts right at the first byte, if one does.
pub fn at_start(bytes: &[u8], look: &Look) -> Option<Candidate> {
    if look.depth > MAX_DEPTH {
        return None;
    }
    let fits = |format: &&Format| bytes.get(format.magic_at..).is_some_and(|rest| rest.starts_with(format.magic));
    let read = FORMATS.iter().filter(fits).find_map(|format| (format.read)(bytes, look));
    read.or_else(|| headless_update(bytes, look))
}

/// As [`at_start`], for the image that a footer gives this number: image 0 is BOOT INFO also if its first words, by
/// which it is found elsewhere, are wrong.
pub fn image_at_start(bytes: &[u8], number: u32, look: &Look) -> Option<Candidate> {
    let read = at_start(bytes, look);
    if number == boot_info::IMAGE_NUMBER { read.or_else(|| images::boot_info(bytes, look)) } else { read }
}
