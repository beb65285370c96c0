//! What a camera prints on its serial console while it starts.

use memchr::memmem;

/// How much of a file is searched for the lines that only a camera prints.
const SEARCHED_BYTES: usize = 1 << 20;

/// Lines of the boot loader and the kernel (boot-loader.md sections 1.1 and 6, certain).
const TELL_TALES: [&str; 6] = [
    "Boot Loader [ Version",
    "Press ESC to enter debug mode",
    "Processing image ",
    "Executing image ",
    "Memory Size is 0x",
    "Blkmem 1 disk images",
];

/// Whether the text is a boot log: at least two of the lines that only such a log has, and no binary.
pub fn detect(bytes: &[u8]) -> bool {
    let start = bytes.get(..SEARCHED_BYTES).unwrap_or(bytes);
    // a kernel holds such lines too, but between zeros
    if memchr::memchr(0, start).is_some() {
        return false;
    }
    TELL_TALES.iter().filter(|line| memmem::find(start, line.as_bytes()).is_some()).count() >= 2
}
