//! The lines for the boot loader's prompt that put images into the flash: the only place where they are made.
//!
//! `fx N NAME BASE EXEC -FLAGS` (boot-loader.md section 3, certain). The name is for people: the boot loader goes by number
//! and flags. Ours is the one that the camera's own upgrade gives (packages-and-formats.md section 1, certain); lines on
//! the web say `linux.zip` for image 7, which is as good.

use super::{Flags, KERNEL_BASE, LsRow, romfs_base};
use crate::format::kernel;
use crate::image::FlashAddr;

/// The longest line that can be typed: the 80th character executes it (boot-loader.md section 1, certain).
pub const LINE_MAX_BYTES: usize = 79;

/// The number and the name of the kernel's image.
pub const KERNEL: (u32, &str) = (7, "linux.bin");

/// The number and the name of the romfs' image.
pub const ROMFS: (u32, &str) = (6, "romfs.img");

/// What the boot loader does with a packed kernel.
pub const PACKED_KERNEL_FLAGS: Flags = Flags(Flags::ACTIVE.0 | Flags::COPY.0 | Flags::EXECUTE.0 | Flags::ZIP.0);

/// What stands for the line that flashes a packed kernel, in tables of advice.
const KERNEL_LINE: &str = "{fx kernel}";

/// The line that deletes an image. Without a number, `del` can delete BOOT INFO.
pub fn delete(number: u32) -> String {
    format!("del {number}")
}

/// The line that flashes an image, with further options behind it.
pub fn flash(row: &LsRow, options: &str) -> String {
    let LsRow { number, name, base, exec, flags, .. } = row;
    // a name with blanks is one word for the boot loader only in double quotes
    let quote = if name.contains(' ') { "\"" } else { "" };
    let line = format!("fx {number} {quote}{name}{quote} {base} 0x{:X} {flags}{options}", exec.0);
    debug_assert!(line.len() <= LINE_MAX_BYTES, "{line}");
    line
}

/// The lines that replace images, each by its line of `flash` at the same place: first all is deleted, the last one first.
/// The old romfs may lie where the new kernel ends, and `fx` refuses what reaches into another image.
pub fn deletions(numbers: impl DoubleEndedIterator<Item = u32>) -> impl Iterator<Item = String> {
    numbers.rev().map(delete)
}

/// The lines that replace a camera's kernel by a packed one of `kernel_len` bytes, and its romfs.
pub fn usual(kernel_len: usize) -> Vec<String> {
    let images = [Some(kernel_row()), romfs_base(kernel_len).map(romfs_row)];
    let numbers = [KERNEL.0, ROMFS.0].into_iter();
    deletions(numbers).chain(images.into_iter().flatten().map(|row| flash(&row, ""))).collect()
}

/// A line of advice, in which the lines of this module have their names.
pub fn spelled_out(line: String) -> String {
    if line == KERNEL_LINE { flash(&kernel_row(), "") } else { line }
}

fn kernel_row() -> LsRow {
    let exec = FlashAddr(u32::try_from(kernel::LOAD_ADDRESS).unwrap_or(u32::MAX));
    let (number, name) = KERNEL;
    LsRow { number, name: name.to_owned(), base: KERNEL_BASE, size: 0, exec, flags: PACKED_KERNEL_FLAGS }
}

fn romfs_row(base: FlashAddr) -> LsRow {
    let (number, name) = ROMFS;
    LsRow { number, name: name.to_owned(), base, size: 0, exec: base, flags: Flags::ACTIVE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_deleted_before_anything_is_written() {
        let lines = usual(786_012);
        let expected =
            ["del 6", "del 7", "fx 7 linux.bin 0x7F020000 0x8000 -acxz", "fx 6 romfs.img 0x7F0E0000 0x7F0E0000 -a"];
        assert_eq!(lines, expected);
        assert_eq!(usual(712_016)[3], "fx 6 romfs.img 0x7F0D0000 0x7F0D0000 -a", "it follows a shorter kernel");
    }

    #[test]
    fn a_name_with_a_blank_is_in_double_quotes() {
        let row = LsRow { number: 0, name: "BOOT INFO".to_owned(), ..romfs_row(FlashAddr(0x7F01_0000)) };
        assert_eq!(flash(&row, ""), "fx 0 \"BOOT INFO\" 0x7F010000 0x7F010000 -a");
    }

    #[test]
    fn advice_names_the_line_and_keeps_others() {
        assert_eq!(spelled_out("{fx kernel}".to_owned()), usual(0)[2]);
        assert_eq!(spelled_out("chk".to_owned()), "chk");
    }
}
