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
use crate::format::kernel_zip::UNPACKED_MAX_BYTES;
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
    at: At,
    streams_left: Rc<Cell<usize>>,
    files: Rc<Files>,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// An image: what is packed in it is unpacked.
    Image,
    /// Files of a file system: those with a checksum of their own are unpacked, up to a limit for all together.
    Files,
    /// Files that a checksum covers anyway: their headers alone.
    Headers,
}

/// What unpacking the files in file systems of one image may still cost.
#[derive(Debug)]
struct Files {
    bytes_left: Cell<usize>,
    not_checked: Cell<usize>,
}

/// Regions nest this deep at most.
const MAX_DEPTH: usize = 6;

/// At most this many packed streams of one image are unpacked to check them.
const MAX_UNPACKS: usize = 64;

/// At most this much is unpacked to check the files in the file systems of one image: many times what a camera's holds,
/// and little beside reading a large one.
pub const FILES_MAX_BYTES: usize = 32 << 20;

/// What unpacking a file costs at least, however short it is.
const FILE_MIN_BYTES: usize = 16 << 10;

impl Look {
    /// Unpacks what is packed, and looks into what it finds.
    pub fn full() -> Self {
        let files = Files { bytes_left: Cell::new(FILES_MAX_BYTES), not_checked: Cell::new(0) };
        Self { depth: 0, at: At::Image, streams_left: Rc::new(Cell::new(MAX_UNPACKS)), files: Rc::new(files) }
    }

    /// Looks at what a package holds by its headers alone.
    pub fn glance(&self) -> Self {
        Self { at: At::Headers, ..self.inside() }
    }

    /// Looks at the files of a file system, whose own checksums say whether they are whole.
    pub fn at_files(&self) -> Self {
        let at = if self.at == At::Headers { At::Headers } else { At::Files };
        Self { at, ..self.inside() }
    }

    /// Looks as closely at what a container holds.
    pub fn inside(&self) -> Self {
        Self {
            depth: self.depth + 1,
            at: self.at,
            streams_left: Rc::clone(&self.streams_left),
            files: Rc::clone(&self.files),
        }
    }

    /// How many packed files were left unchecked so far, for all together would have been too much.
    pub fn not_checked(&self) -> usize {
        self.files.not_checked.get()
    }

    /// How many bytes one more stream may unpack to; `None` if it is not to be unpacked.
    fn may_unpack(&self) -> Option<usize> {
        match self.at {
            At::Headers => None,
            At::Image => {
                let left = self.streams_left.get();
                self.streams_left.set(left.saturating_sub(1));
                (left > 0).then_some(UNPACKED_MAX_BYTES)
            }
            At::Files => {
                let left = Some(self.files.bytes_left.get()).filter(|left| *left >= FILE_MIN_BYTES);
                if left.is_none() {
                    self.leave_unchecked();
                }
                left
            }
        }
    }

    /// Counts what a stream unpacked to, or what was read of it if that is more.
    fn unpacked(&self, bytes: usize) {
        if self.at == At::Files {
            let left = self.files.bytes_left.get();
            self.files.bytes_left.set(left.saturating_sub(bytes.max(FILE_MIN_BYTES)));
        }
    }

    /// Counts a file of which too much would come out.
    fn leave_unchecked(&self) {
        if self.at == At::Files {
            self.files.not_checked.set(self.files.not_checked.get() + 1);
        }
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
