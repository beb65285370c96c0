//! The terminal as the camera's console: every key goes to the camera, until Ctrl-] leaves.

use std::io::{self, Stdout, Write, stdout};
use std::time::Duration;

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use encoding_rs::GBK;

use super::super::failure::Failure;
use super::attended::{Seat, Typed};

/// The terminal in raw mode, as long as this lives.
pub struct Terminal {
    out: Stdout,
    /// The first half of a character that has two bytes.
    held: Vec<u8>,
}

impl Terminal {
    /// Takes the terminal.
    pub fn open() -> Result<Self, Failure> {
        anstream::eprintln!("The console of a virtual camera. Ctrl-] leaves it and prints the verdict.");
        enable_raw_mode().map_err(Failure::output)?;
        Ok(Self { out: stdout(), held: Vec::new() })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = disable_raw_mode();
        // the verdict starts on a line of its own
        let _ = self.out.write_all(b"\n\n");
    }
}

impl Seat for Terminal {
    fn typed(&mut self) -> io::Result<Typed> {
        let mut bytes = Vec::new();
        while event::poll(Duration::ZERO)? {
            let Event::Key(key) = event::read()? else { continue };
            if key.kind == KeyEventKind::Release {
                continue;
            }
            match sent_by(key) {
                Some(keys) => bytes.extend(keys),
                None => return Ok(Typed::Left),
            }
        }
        Ok(if bytes.is_empty() { Typed::Nothing } else { Typed::Bytes(bytes) })
    }

    fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
        let text = self.decoded(bytes);
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

impl Terminal {
    /// What is no ASCII is GBK, the makers' encoding, or UTF-8.
    fn decoded(&mut self, bytes: &[u8]) -> String {
        self.held.extend_from_slice(bytes);
        let is_cut = |bytes: &[u8]| bytes.iter().rev().take_while(|byte| !byte.is_ascii()).count() % 2 == 1;
        let whole = if is_cut(&self.held) { self.held.len() - 1 } else { self.held.len() };
        let rest = self.held.split_off(whole);
        let text = std::mem::replace(&mut self.held, rest);
        match String::from_utf8(text) {
            Ok(text) => text,
            Err(error) => GBK.decode_without_bom_handling(error.as_bytes()).0.into_owned(),
        }
    }
}

/// The bytes that a key sends on a serial line; `None` for the one that leaves.
fn sent_by(key: KeyEvent) -> Option<Vec<u8>> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        // terminals report Ctrl-] as either
        KeyCode::Char(']' | '5') if control => return None,
        KeyCode::Char(letter @ ('a'..='z' | 'A'..='Z')) if control => vec![letter.to_ascii_lowercase() as u8 & 0x1F],
        KeyCode::Char(letter) => letter.to_string().into_bytes(),
        KeyCode::Enter => b"\r".to_vec(),
        KeyCode::Backspace => b"\x08".to_vec(),
        KeyCode::Tab => b"\t".to_vec(),
        KeyCode::Esc => b"\x1B".to_vec(),
        KeyCode::Delete => b"\x7F".to_vec(),
        KeyCode::Up => b"\x1B[A".to_vec(),
        KeyCode::Down => b"\x1B[B".to_vec(),
        KeyCode::Right => b"\x1B[C".to_vec(),
        KeyCode::Left => b"\x1B[D".to_vec(),
        _ => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Option<Vec<u8>> {
        sent_by(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn keys_send_what_a_serial_terminal_sends() {
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(vec![3]));
        assert_eq!(key(KeyCode::Char('é'), KeyModifiers::NONE), Some(vec![0xC3, 0xA9]));
        assert_eq!(key(KeyCode::Enter, KeyModifiers::NONE), Some(vec![b'\r']));
        assert_eq!(key(KeyCode::Char(']'), KeyModifiers::CONTROL), None);
        assert_eq!(key(KeyCode::Char(']'), KeyModifiers::NONE), Some(vec![b']']));
        assert_eq!(key(KeyCode::F(1), KeyModifiers::NONE), Some(Vec::new()));
    }
}
