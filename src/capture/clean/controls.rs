//! NULs, escape sequences and backspaces.

use memchr::{memchr3, memchr3_iter};

use super::super::line::anchor;
use super::{Kept, TakenOut};

const NUL: u8 = 0;
const BACKSPACE: u8 = 8;
const ESCAPE: u8 = 0x1B;
const BELL: u8 = 7;

/// Longer than this is no sequence that a terminal knows.
const SEQUENCE_MAX_CHARS: usize = 32;

/// A title or a path that is set by a sequence can be longer.
const TITLE_MAX_CHARS: usize = 512;

/// Takes them out; `None` if there are none.
pub(super) fn take_out(text: &[u8], taken_out: &mut TakenOut) -> Option<Kept> {
    memchr3(NUL, BACKSPACE, ESCAPE, text)?;
    let mut kept = Kept::default();
    kept.text.reserve(text.len());
    let mut done = 0_usize;
    for at in memchr3_iter(NUL, BACKSPACE, ESCAPE, text) {
        if at < done {
            continue; // part of a sequence
        }
        kept.push(text.get(done..at).unwrap_or_default(), done);
        let rest = text.get(at..).unwrap_or_default();
        let (chars, count) = match rest.first() {
            Some(&NUL) => (1, &mut taken_out.nuls),
            Some(&BACKSPACE) => {
                kept.pop();
                (1, &mut taken_out.backspaces)
            }
            _ => (sequence(rest), &mut taken_out.escapes),
        };
        *count = count.saturating_add(1);
        done = at.saturating_add(chars);
    }
    kept.push(text.get(done..).unwrap_or_default(), done);
    Some(kept)
}

/// How many characters belong to the escape sequence that `text` starts with.
fn sequence(text: &[u8]) -> usize {
    let is_within = |character: &&u8| matches!(**character, 0x20..=0x3F);
    let rest = text.get(1..).unwrap_or_default();
    match rest.first() {
        // the key that stops the boot loader is this character as well, and may stand before an address
        Some(b'[') if anchor(rest).is_some() => 1,
        Some(b'[') => {
            let within = rest.iter().skip(1).take(SEQUENCE_MAX_CHARS).take_while(is_within).count();
            let is_ended = rest.get(within.saturating_add(1)).is_some_and(|end| matches!(end, 0x40..=0x7E));
            if is_ended { within.saturating_add(3) } else { 2 }
        }
        Some(b']') => {
            let title = rest.get(..TITLE_MAX_CHARS.min(rest.len())).unwrap_or_default();
            match memchr3(BELL, ESCAPE, b'\n', title) {
                Some(end) if title.get(end) == Some(&BELL) => end.saturating_add(2),
                Some(end) if title.get(end..).is_some_and(|end| end.starts_with(b"\x1B\\")) => end.saturating_add(3),
                _ => 2,
            }
        }
        Some(0x20..=0x2F) => rest.iter().take(SEQUENCE_MAX_CHARS).take_while(is_within).count().saturating_add(2),
        Some(0x30..=0x7E) => 2,
        _ => 1,
    }
    .min(text.len())
}
