//! What a camera printed: all of it, line by line, and the text that somebody waits for.

use memchr::memmem;

/// The most that is kept of one run.
pub const LOG_MAX_BYTES: usize = 4 << 20;

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
}

impl Console {
    /// Adds what was printed, and shows each line whenever something was added to it.
    pub fn push(&mut self, bytes: &[u8], mut seen: impl FnMut(&[u8])) {
        let room = LOG_MAX_BYTES.saturating_sub(self.log.len());
        self.log.extend(bytes.iter().take(room));
        self.awaited.extend(bytes.iter().filter(|byte| **byte != b'\r'));
        if let Some(surplus) = self.awaited.len().checked_sub(AWAITED_MAX_BYTES) {
            self.awaited.drain(..surplus);
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
        match memmem::find(&self.awaited, text) {
            Some(at) => {
                self.awaited.drain(..at.saturating_add(text.len()).min(self.awaited.len()));
                true
            }
            None => false,
        }
    }
}
