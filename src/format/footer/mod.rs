//! The footer of a flash image: the 52 bytes by which the boot loader and the kernel find it.
//!
//! | off | size | field |
//! |---|---|---|
//! | 0x00 | 4 | number, 0 to 7 |
//! | 0x04 | 4 | base, where the image starts |
//! | 0x08 | 4 | length, a multiple of 4 |
//! | 0x0C | 4 | load address |
//! | 0x10 | 4 | exec address |
//! | 0x14 | 16 | name, up to a NUL; `fx` leaves garbage behind it |
//! | 0x24 | 4 | word sum of the image |
//! | 0x28 | 4 | signature 0xA0FFFF9F |
//! | 0x2C | 4 | flags |
//! | 0x30 | 4 | word sum of the 48 bytes before |
//!
//! All little-endian. It fills the end of the image's last erase block, or of the next one if there is no room
//! (boot-loader.md section 2.1, certain).

pub mod flashing;
mod ls;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::BitOr;
use std::str::FromStr;

use nom::bytes::complete::{tag, take};
use nom::number::complete::le_u32;
use nom::{IResult, Parser};
use serde::{Serialize, Serializer};
use thiserror::Error;

pub use ls::LsRow;

use super::text::{readable, until_nul};
use super::{NotThisFormat, Parsed};
use crate::checksum::word_sum;
use crate::finding::{Fact, Finding};
use crate::image::{ERASE_BLOCK_BYTES, FLASH_BASE, FLASH_MAX_BYTES, FlashAddr, Span};

/// Bytes in a footer.
pub const LEN: usize = 0x34;

/// The word at 0x28 that every footer carries.
pub const SIGNATURE: u32 = 0xA0FF_FF9F;

/// Where the signature lies in a footer: a scanner that meets it starts parsing this many bytes before.
pub const SIGNATURE_OFFSET: usize = 0x28;

/// Where the web upgrade puts the kernel (boot-loader.md section 4, certain).
pub const KERNEL_BASE: FlashAddr = FlashAddr(0x7F02_0000);

/// The bytes that the footer's own checksum covers.
const SUMMED_LEN: usize = 0x30;

/// How a flash byte reads that was never written.
const ERASED: u8 = 0xFF;

/// The highest image number.
const LAST_NUMBER: u32 = 7;

/// What the boot loader does with an image: a set of the letters that `ls` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Flags(pub u32);

impl Flags {
    /// `a`: looked at when booting.
    pub const ACTIVE: Self = Self(0x01);
    /// `c`: copied to its load address.
    pub const COPY: Self = Self(0x02);
    /// `x`: started at its exec address.
    pub const EXECUTE: Self = Self(0x04);
    /// `f`: a file system; the boot loader takes no notice.
    pub const FILE_SYSTEM: Self = Self(0x08);
    /// `z`: unzipped to its load address.
    pub const ZIP: Self = Self(0x10);

    /// The letters in the order in which `ls` prints them.
    const LETTERS: [(Self, char); 5] =
        [(Self::ACTIVE, 'a'), (Self::COPY, 'c'), (Self::EXECUTE, 'x'), (Self::FILE_SYSTEM, 'f'), (Self::ZIP, 'z')];

    /// Whether all of `other` is set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "-")?;
        Self::LETTERS.iter().filter(|(flag, _)| self.has(*flag)).try_for_each(|(_, letter)| write!(f, "{letter}"))
    }
}

impl Serialize for Flags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A letter that is none of `a c x f z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("`{0}` is no image flag: a (active), c (copy), x (execute), f (file system) and z (zip) are")]
pub struct UnknownFlag(pub char);

impl FromStr for Flags {
    type Err = UnknownFlag;

    fn from_str(text: &str) -> Result<Self, UnknownFlag> {
        text.strip_prefix('-').unwrap_or(text).chars().try_fold(Self::default(), |flags, letter| {
            let known = Self::LETTERS.iter().find(|(_, known)| *known == letter);
            known.map(|(flag, _)| flags | *flag).ok_or(UnknownFlag(letter))
        })
    }
}

/// The 16-byte name field as it lies in flash, with what follows the NUL. Displays as the name up to the NUL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImageName(pub [u8; 16]);

impl ImageName {
    /// `name` filled up with zeros, as the web upgrade writes it; cut after 15 bytes, so that a NUL ends it.
    pub fn new(name: &str) -> Self {
        let mut field = [0; 16];
        for (place, byte) in field.iter_mut().take(15).zip(name.bytes()) {
            *place = byte;
        }
        Self(field)
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&readable(until_nul(&self.0)))
    }
}

/// A footer, every field as it lies in flash: [`Footer::to_bytes`] gives back what was parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footer {
    /// Which image it is: 0 is BOOT INFO, 6 the romfs, 7 the kernel.
    pub number: u32,
    /// Where the image starts.
    pub base: FlashAddr,
    /// Bytes in the image, rounded up to 4 (`fx` also counts XMODEM padding).
    pub length: u32,
    /// Where the image is copied or unzipped to; of image 6: where the kernel looks for the romfs.
    pub load: FlashAddr,
    /// Where it is started.
    pub exec: FlashAddr,
    /// Its name.
    pub name: ImageName,
    /// The word sum over `length` bytes from `base`. Only `chk` compares it; booting does not.
    pub image_checksum: u32,
    /// What the boot loader does with it.
    pub flags: Flags,
    /// The word sum over the footer's first 48 bytes. If it is wrong, the image does not exist for the boot loader.
    pub checksum: u32,
}

fn fields(bytes: &[u8]) -> IResult<&[u8], Footer> {
    let address = || le_u32.map(FlashAddr);
    let name = take(16_usize).map_opt(|field: &[u8]| field.try_into().ok().map(ImageName));
    let (rest, (number, base, length, load, exec)) = (le_u32, address(), le_u32, address(), address()).parse(bytes)?;
    let (rest, (name, image_checksum, _, flags, checksum)) =
        (name, le_u32, tag(SIGNATURE.to_le_bytes().as_slice()), le_u32.map(Flags), le_u32).parse(rest)?;
    Ok((rest, Footer { number, base, length, load, exec, name, image_checksum, flags, checksum }))
}

/// Reads the footer that `bytes` start with.
///
/// # Errors
/// If fewer than 52 bytes are there or the signature is not at 0x28. A wrong checksum is a finding.
pub fn parse(bytes: &[u8]) -> Result<Parsed<Footer>, NotThisFormat> {
    let Ok((_, footer)) = fields(bytes) else {
        return Err(NotThisFormat::at("footer", SIGNATURE_OFFSET, "the signature 9FFFFFA0", bytes));
    };
    let span = Span::at(0, LEN);
    let mut findings = Vec::new();
    let computed = word_sum(Span::at(0, SUMMED_LEN).of(bytes));
    if computed != footer.checksum {
        findings.push(Finding::new(Fact::FooterChecksum { stored: footer.checksum, computed }, span));
    }
    if let Some(reason) = footer.contradiction() {
        findings.push(Finding::new(Fact::FooterImplausible { name: footer.name.to_string(), reason }, span));
    }
    Ok(Parsed { value: footer, findings })
}

impl Footer {
    /// The footer of `image`, both checksums computed; `load` is also the exec address, as with `fx`.
    ///
    /// The length is rounded up to 4 as in every footer. The up to three bytes that this adds are taken to be erased
    /// flash; give them with the image if they are others (the web upgrade leaves the start of the romfs there).
    pub fn for_image(number: u32, base: FlashAddr, load: FlashAddr, name: &str, flags: Flags, image: &[u8]) -> Self {
        let (words, rest) = image.as_chunks::<4>();
        let image_len = image.len().next_multiple_of(4);
        let image_checksum = if rest.is_empty() {
            word_sum(words.as_flattened())
        } else {
            let filled: Vec<u8> = image.iter().copied().chain([ERASED; 3]).take(image_len).collect();
            word_sum(&filled)
        };
        let footer = Self {
            number,
            base,
            length: u32::try_from(image_len).unwrap_or(u32::MAX),
            load,
            exec: load,
            name: ImageName::new(name),
            image_checksum: 0,
            flags,
            checksum: 0,
        };
        footer.with_checksum(image_checksum)
    }

    /// The same footer for other bytes of the same length.
    #[must_use]
    pub fn with_image(self, image: &[u8]) -> Self {
        self.with_checksum(word_sum(image))
    }

    fn with_checksum(self, image_checksum: u32) -> Self {
        let mut footer = Self { image_checksum, ..self };
        footer.checksum = footer.computed_checksum();
        footer
    }

    /// The 52 bytes of the footer.
    pub fn to_bytes(&self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        let [n, b, l, o, x] = [self.number, self.base.0, self.length, self.load.0, self.exec.0].map(u32::to_le_bytes);
        let [i, s, f, c] = [self.image_checksum, SIGNATURE, self.flags.0, self.checksum].map(u32::to_le_bytes);
        let fields = [n, b, l, o, x].into_iter().flatten().chain(self.name.0).chain([i, s, f, c].into_iter().flatten());
        for (place, byte) in bytes.iter_mut().zip(fields) {
            *place = byte;
        }
        bytes
    }

    /// The word sum of the first 48 bytes, which [`Footer::checksum`] should be.
    pub fn computed_checksum(&self) -> u32 {
        word_sum(Span::at(0, SUMMED_LEN).of(&self.to_bytes()))
    }

    /// Whether the boot loader accepts this footer.
    pub fn is_valid(&self) -> bool {
        self.checksum == self.computed_checksum()
    }

    /// The bytes of the image, as `length` says.
    pub fn len_bytes(&self) -> usize {
        usize::try_from(self.length).unwrap_or(usize::MAX)
    }

    /// Compares the image checksum with `image`, the bytes from `base` on (more may follow). `None` if it matches.
    ///
    /// If fewer bytes than `length` are given, the finding says how many in its evidence.
    pub fn verify_image(&self, image: &[u8]) -> Option<Finding> {
        let span = Span::new(0, self.len_bytes().min(image.len()));
        let computed = word_sum(span.of(image));
        let is_short = span.len() < self.len_bytes();
        if computed == self.image_checksum && !is_short {
            return None;
        }
        let fact = Fact::FooterImageChecksum { name: self.name.to_string(), stored: self.image_checksum, computed };
        let finding = Finding::new(fact, span);
        Some(if is_short {
            finding.with_evidence(format!("only {} of the image's {} bytes are here", span.len(), self.length))
        } else {
            finding
        })
    }

    /// The line that the boot loader's `ls` prints for it (boot-loader.md section 3, certain).
    pub fn ls_line(&self) -> String {
        LsRow::from(self).to_string()
    }

    /// Why the fields cannot be true on any of these cameras.
    fn contradiction(&self) -> Option<String> {
        if self.number > LAST_NUMBER {
            return Some(format!("there is no image {}, only 0 to {LAST_NUMBER}", self.number));
        }
        let Some(start) = self.base.bytes_since(FLASH_BASE).filter(|&start| start < FLASH_MAX_BYTES) else {
            return Some(format!("its base {} is not in the flash", self.base));
        };
        let end = start.saturating_add(self.len_bytes());
        (end > FLASH_MAX_BYTES).then(|| format!("its {} bytes from {} on end behind the flash", self.length, self.base))
    }
}

/// How far from an image's base its footer starts: at the end of the image's last erase block, or of the next one if
/// fewer than 52 bytes are left (boot-loader.md section 2.1, certain).
pub fn place(image_len: usize) -> usize {
    let behind_words = image_len.saturating_add(3) & !3;
    let last_byte = behind_words.saturating_add(LEN).saturating_sub(1);
    (last_byte | ERASE_BLOCK_BYTES.saturating_sub(1)).saturating_sub(LEN.saturating_sub(1))
}

/// All footers of a flash that starts with `flash`'s first byte, in the order of the flash, as the boot loader finds
/// them: at the ends of erase blocks behind the boot loader, signature and own checksum right, no more than eight
/// (boot-loader.md section 2.1, certain).
///
/// Where the flash ends in small blocks of 8 KiB, as top-boot parts do, their ends count as well.
pub fn installed(flash: &[u8]) -> Vec<Footer> {
    const SMALL_BLOCK_BYTES: usize = 0x2000;
    const MOST: usize = 8;
    let last_block = flash.len().saturating_sub(ERASE_BLOCK_BYTES);
    let is_end = |end: &usize| end.is_multiple_of(ERASE_BLOCK_BYTES) || *end > last_block;
    let ends = (SMALL_BLOCK_BYTES..=flash.len()).step_by(SMALL_BLOCK_BYTES).filter(is_end);
    let behind_loader = ends.skip_while(|end| *end <= ERASE_BLOCK_BYTES);
    let footer = |end: usize| parse(Span::new(end.checked_sub(LEN)?, end).of(flash)).ok();
    let footers = behind_loader.filter_map(footer).map(|parsed| parsed.value);
    footers.filter(Footer::is_valid).take(MOST).collect()
}

/// Where the web upgrade puts the romfs behind a kernel of `kernel_len` bytes: at the first erase block behind the
/// kernel's footer. `None` if that would be beyond the address space (boot-loader.md section 4, certain).
pub fn romfs_base(kernel_len: usize) -> Option<FlashAddr> {
    KERNEL_BASE.checked_add(place(kernel_len).checked_add(LEN)?)
}
