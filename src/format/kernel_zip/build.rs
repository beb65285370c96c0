//! A kernel to the zip that the camera itself would make of it.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use thiserror::Error;

use super::{DEFLATE, DosTime};
use crate::format::kernel;

/// Version 2.0, the first with deflate.
const VERSION: u16 = 20;

/// "Maximum compression", bits 1 and 2 of the flags (packages-and-formats.md section 2, certain).
const FLAGS: u16 = 0x0002;

/// A regular file that its owner reads and writes, with the archive bit of DOS, as the camera's own kernels have it.
const ATTRIBUTES: u32 = 0o100_600 << 16 | 0x20;

/// Why a kernel cannot be packed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BuildError {
    /// The boot loader would overwrite its own buffer.
    #[error("the kernel has {len} bytes; more than {} would overwrite the boot loader's buffer", kernel::MAX_BYTES)]
    TooBig {
        /// Its length.
        len: usize,
    },
    /// A zip cannot hold the name.
    #[error("the name has {len} bytes; a zip holds names of 1 to 65535")]
    Name {
        /// Its length.
        len: usize,
    },
    /// The compressor failed, which it does not do in memory.
    #[error("the compressor failed: {0}")]
    Compressor(String),
}

/// How hard to pack. What the boot loader unpacks is the same, and it takes no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// As zlib does it, with its level: 1 is fast, 9 is small. Others are taken for the nearest of these, so that the
    /// stream is always compressed.
    Level(u8),
    /// As small as deflate gets: some percent smaller, and a hundred times slower.
    Most,
}

impl Default for Effort {
    fn default() -> Self {
        Self::Level(9)
    }
}

/// Packs `kernel` as the camera's packer does: one member, deflate, no extra field, so that the zip has 0x74 bytes
/// more than the stream for `linux.bin` (boot-loader.md section 4, certain). Same input, same bytes.
///
/// By hand, because the `zip` crate sets neither these flags nor this "made by".
///
/// # Errors
/// If the kernel could not be started, or the name cannot be stored.
pub fn build(name: &str, kernel: &[u8], modified: DosTime, effort: Effort) -> Result<Vec<u8>, BuildError> {
    if kernel.len() > kernel::MAX_BYTES {
        return Err(BuildError::TooBig { len: kernel.len() });
    }
    let name_len = u16::try_from(name.len()).ok().filter(|len| *len > 0);
    let name_len = name_len.ok_or(BuildError::Name { len: name.len() })?;
    let stream = deflate(kernel, effort).map_err(|error| BuildError::Compressor(error.to_string()))?;
    let word = |len: usize| u32::try_from(len).map_err(|_| BuildError::TooBig { len });

    let mut shared = Vec::with_capacity(26);
    for field in [VERSION, FLAGS, DEFLATE, modified.time, modified.date] {
        shared.extend_from_slice(&field.to_le_bytes());
    }
    for field in [crc32fast::hash(kernel), word(stream.len())?, word(kernel.len())?] {
        shared.extend_from_slice(&field.to_le_bytes());
    }
    shared.extend_from_slice(&name_len.to_le_bytes());
    shared.extend_from_slice(&[0; 2]); // no extra field

    let mut zip = Vec::with_capacity(stream.len().saturating_add(0x100));
    zip.extend_from_slice(b"PK\x03\x04");
    zip.extend_from_slice(&shared);
    zip.extend_from_slice(name.as_bytes());
    zip.extend_from_slice(&stream);

    let directory_at = zip.len();
    zip.extend_from_slice(b"PK\x01\x02");
    zip.extend_from_slice(&VERSION.to_le_bytes());
    zip.extend_from_slice(&shared);
    zip.extend_from_slice(&[0; 6]); // no comment, first disk, nothing internal
    zip.extend_from_slice(&ATTRIBUTES.to_le_bytes());
    zip.extend_from_slice(&[0; 4]); // the local header is at 0
    zip.extend_from_slice(name.as_bytes());

    let directory_len = zip.len().saturating_sub(directory_at);
    zip.extend_from_slice(b"PK\x05\x06");
    zip.extend_from_slice(&[0, 0, 0, 0, 1, 0, 1, 0]); // first disk; one file here, one in all
    zip.extend_from_slice(&word(directory_len)?.to_le_bytes());
    zip.extend_from_slice(&word(directory_at)?.to_le_bytes());
    zip.extend_from_slice(&[0; 2]); // no comment
    Ok(zip)
}

fn deflate(kernel: &[u8], effort: Effort) -> std::io::Result<Vec<u8>> {
    match effort {
        Effort::Level(level) => {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(u32::from(level.clamp(1, 9))));
            encoder.write_all(kernel)?;
            encoder.finish()
        }
        Effort::Most => {
            let mut stream = Vec::new();
            zopfli::compress(zopfli::Options::default(), zopfli::Format::Deflate, kernel, &mut stream)?;
            Ok(stream)
        }
    }
}
