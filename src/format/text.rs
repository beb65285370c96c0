//! Names as firmware writes them: bytes that may be of any encoding, or damaged.

use std::fmt::Write;

/// The bytes before the first NUL; all of them if there is none.
pub fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// The bytes as text: UTF-8 as it is, control characters and stray bytes as `\xNN`, so that nothing reaches a terminal
/// that could steer it.
pub fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\u{0}'..='\u{1F}' | '\u{7F}' => escape(&mut text, u32::from(character)),
                '\u{80}'..='\u{9F}' => {
                    let mut utf8 = [0; 4];
                    character.encode_utf8(&mut utf8).bytes().for_each(|byte| escape(&mut text, u32::from(byte)));
                }
                _ => text.push(character),
            }
        }
        chunk.invalid().iter().for_each(|&byte| escape(&mut text, u32::from(byte)));
    }
    text
}

fn escape(text: &mut String, byte: u32) {
    // Writing into a `String` cannot fail.
    let _ = write!(text, "\\x{byte:02X}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_stray_bytes_are_escaped() {
        assert_eq!(readable(b"rom\x1B[2J\xFF/\xC3\xA9"), "rom\\x1B[2J\\xFF/é");
        assert_eq!(readable("\u{9B}".as_bytes()), "\\xC2\\x9B");
        assert_eq!(until_nul(b"linux.bin\0stack"), b"linux.bin");
        assert_eq!(until_nul(b""), b"");
    }
}
