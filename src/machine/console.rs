//! What a camera printed: all of it, line by line, and the text that somebody waits for.

use memchr::memmem;

/// The most that is kept of one run.
pub const LOG_MAX_BYTES: usize = 1 << 19;

/// Longer lines are looked at in pieces.
const LINE_MAX_BYTES: usize = 4096;

/// The most that is kept for somebody who waits for a text.
const AWAITED_MAX_BYTES: usize = 1 << 16;

/// A log that grows.
#[derive(Debug, Default)]
pub struct Console {
    log: Vec<u8>,
    line: Vec<u8>,
    last_line: Vec<u8>,
    awaited: Vec<u8>,
    /// What was looked for in vain, and up to where.
    missed: (Vec<u8>, usize),
}

impl Console {
    /// Adds what was printed, and shows each line whenever something was added to it.
    pub fn push(&mut self, bytes: &[u8], mut seen: impl FnMut(&[u8])) {
        let room = LOG_MAX_BYTES.saturating_sub(self.log.len());
        self.log.extend(bytes.iter().take(room));
        self.awaited.extend(bytes.iter().filter(|byte| **byte != b'\r'));
        // not for each byte: what is kept has to be moved
        if self.awaited.len() > 2 * AWAITED_MAX_BYTES {
            let surplus = self.awaited.len() - AWAITED_MAX_BYTES;
            self.awaited.drain(..surplus);
            self.missed.1 = self.missed.1.saturating_sub(surplus);
        }
        for byte in bytes {
            match byte {
                b'\r' => {}
                b'\n' => self.end_line(&mut seen),
                _ => {
                    self.line.push(*byte);
                    if self.line.len() >= LINE_MAX_BYTES {
                        self.end_line(&mut seen);
                    }
                }
            }
        }
        if !self.line.is_empty() {
            seen(&self.line);
        }
    }

    fn end_line(&mut self, seen: &mut impl FnMut(&[u8])) {
        if !self.line.is_empty() {
            seen(&self.line);
        }
        if !self.line.trim_ascii().is_empty() {
            std::mem::swap(&mut self.last_line, &mut self.line);
        }
        self.line.clear();
    }

    /// All that was printed, at most [`LOG_MAX_BYTES`].
    pub fn log(&self) -> &[u8] {
        &self.log
    }

    /// Whether more was printed than is kept.
    pub fn is_full(&self) -> bool {
        self.log.len() >= LOG_MAX_BYTES
    }

    /// The last line with something in it.
    pub fn last_line(&self) -> &[u8] {
        if self.line.trim_ascii().is_empty() { &self.last_line } else { &self.line }
    }

    /// Whether `text` was printed since it was asked for something and found it; line ends are as in the program's own
    /// text, without carriage returns.
    pub fn found(&mut self, text: &[u8]) -> bool {
        let (missed, up_to) = &self.missed;
        let from = if missed == text { up_to.saturating_sub(text.len()) } else { 0 };
        match memmem::find(self.awaited.get(from..).unwrap_or_default(), text) {
            Some(at) => {
                self.awaited.drain(..(from + at + text.len()).min(self.awaited.len()));
                self.missed = (Vec::new(), 0);
                true
            }
            None => {
                if self.missed.0 != text {
                    self.missed.0 = text.to_vec();
                }
                self.missed.1 = self.awaited.len();
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_once_however_its_bytes_come() {
        let mut console = Console::default();
        for byte in b"one two\n\rone" {
            console.push(&[*byte], |_| {});
            assert!(!console.found(b"nothing"));
        }
        assert!(console.found(b"two\none"), "carriage returns do not count");
        assert!(!console.found(b"one"), "what lies before was used up");
        let mut console = Console::default();
        let found = b"/> /> ".iter().filter(|byte| {
            console.push(&[**byte], |_| {});
            console.found(b"/> ")
        });
        assert_eq!(found.count(), 2);
    }

    #[test]
    fn lines_are_shown_as_they_grow_and_the_last_one_is_kept() {
        let mut console = Console::default();
        let mut seen = Vec::new();
        console.push(b"a\n\rb", |line| seen.push(line.to_vec()));
        console.push(b"c\n\r \n\r", |line| seen.push(line.to_vec()));
        assert_eq!(seen, [b"a".to_vec(), b"b".to_vec(), b"bc".to_vec(), b" ".to_vec()]);
        assert_eq!(console.last_line(), b"bc");
    }

    #[test]
    fn no_more_is_kept_than_is_bounded() {
        let mut console = Console::default();
        let flood = vec![b'x'; 1 << 16];
        for _ in 0..40 {
            console.push(&flood, |line| assert!(line.len() <= LINE_MAX_BYTES));
        }
        assert!(console.is_full());
        assert_eq!(console.log().len(), LOG_MAX_BYTES);
        assert!(console.awaited.len() <= 2 * AWAITED_MAX_BYTES);
    }
}
