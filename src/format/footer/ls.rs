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
    /// Reads a line of a console log; what stands before `Image:` does not count. `None` if it is another line.
    pub fn parse(line: &str) -> Option<Self> {
        let (_, row) = line.split_once("Image:")?;
        let (number, row) = row.split_once(" name:")?;
        // a name can have blanks, even ` base:`
        let (name, row) = row.rsplit_once(" base:0x")?;
        let (base, row) = row.split_once(" size:0x")?;
        let (size, row) = row.split_once(" exec:0x")?;
        let (exec, flags) = row.split_once(' ')?;
        let hex = |digits: &str| u32::from_str_radix(digits, 16).ok();
        Some(Self {
            number: number.trim().parse().ok()?,
            name: name.to_owned(),
            base: FlashAddr(hex(base)?),
            size: hex(size)?,
            exec: FlashAddr(hex(exec)?),
            flags: flags.split_whitespace().next()?.parse().ok()?,
        })
    }

    /// The bytes of the image, as its footer says.
    pub fn len_bytes(&self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_published_line_reads_back_as_it_was_printed() {
        for line in [
            "Image: 0 name:BOOT INFO base:0x7F010000 size:0x00000038 exec:0x7F010000 -af",
            "Image: 7 name:linux.bin base:0x7F020000 size:0x000BFE5C exec:0x00008000 -acxz",
            "Image: 6 name:romfs.img base:0x7F0E0000 size:0x0010C400 exec:0x7F0E0000 -a",
        ] {
            assert_eq!(LsRow::parse(line).unwrap().to_string(), line);
            assert_eq!(LsRow::parse(&format!("  \r{line} \r")).unwrap().to_string(), line);
        }
        assert_eq!(LsRow::parse("Image check finished. 0 checksum error found."), None);
        assert_eq!(LsRow::parse("No image found!"), None);
    }

    proptest! {
        #[test]
        fn any_row_reads_back(number in 0_u32..8, name in "[a-zA-Z. ]{0,15}", base: u32, size: u32, exec: u32, flags in 0_u32..0x20) {
            let (base, exec, flags) = (FlashAddr(base), FlashAddr(exec), Flags(flags));
            let row = LsRow { number, name, base, size, exec, flags };
            prop_assert_eq!(LsRow::parse(&row.to_string()), Some(row));
        }

        #[test]
        fn any_text_is_read_without_panic(line in "(Image:| name:| base:0x| size:0x| exec:0x|[ -~]){0,20}") {
            let _ = LsRow::parse(&line);
        }
    }
}
