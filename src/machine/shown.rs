//! Console output as people may see it: the kernel's Chinese date readable, and nothing in it that could steer a
//! terminal.

use encoding_rs::GBK;

use crate::format::text::readable;

/// A longer line is shown in pieces.
const LINE_MAX_BYTES: usize = 4096;

/// Turns bytes as they are printed into lines of harmless text.
#[derive(Debug, Default)]
pub struct Shown {
    line: Vec<u8>,
}

impl Shown {
    /// The whole lines that `bytes` complete, each with its line feed.
    pub fn push(&mut self, bytes: &[u8]) -> String {
        let mut text = String::new();
        for byte in bytes {
            match byte {
                b'\r' => {}
                b'\n' => self.end_line(&mut text),
                _ => {
                    self.line.push(*byte);
                    if self.line.len() >= LINE_MAX_BYTES {
                        self.end_line(&mut text);
                    }
                }
            }
        }
        text
    }

    /// The line that was begun and not completed.
    pub fn rest(&mut self) -> String {
        let rest = line(&self.line);
        self.line.clear();
        rest
    }

    fn end_line(&mut self, text: &mut String) {
        text.push_str(&line(&self.line));
        text.push('\n');
        self.line.clear();
    }
}

/// A line without its end, as text. What is no UTF-8 is taken for GBK, the makers' encoding, if it is that; tabs stay.
pub fn line(bytes: &[u8]) -> String {
    let told = match std::str::from_utf8(bytes) {
        Ok(_) => None,
        Err(_) => GBK.decode_without_bom_handling_and_without_replacement(bytes),
    };
    let bytes = told.as_ref().map_or(bytes, |text| text.as_bytes());
    let parts: Vec<String> = bytes.split(|byte| *byte == b'\t').map(readable).collect();
    parts.join("\t")
}

/// All lines of a log.
pub fn lines(log: &[u8]) -> Vec<String> {
    let mut shown = Shown::default();
    let mut text = shown.push(log);
    text.push_str(&shown.rest());
    text.lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_makers_date_is_chinese_and_a_terminal_is_not_steered() {
        assert_eq!(lines(b"#1452 \xD2\xBB 12\xD4\xC2 6\n\r\n\r\tMAC\n\rend"), ["#1452 一 12月 6", "", "\tMAC", "end"]);
        assert_eq!(lines(b"\x1B]0;title\x07\x9B2J"), ["\\x1B]0;title\\x07\\x9B2J"]);
    }

    #[test]
    fn lines_come_whole_however_the_bytes_are_cut() {
        let mut shown = Shown::default();
        assert_eq!(shown.push(b"one\n"), "one\n");
        assert_eq!(shown.push(b"\rtw"), "");
        assert_eq!(shown.push(b"o\n\r/"), "two\n");
        assert_eq!((shown.rest(), shown.rest()), ("/".to_owned(), String::new()));
    }
}
