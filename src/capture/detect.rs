//! Whether bytes are a capture, told from their content at small and bounded cost.

use memchr::memmem;

use super::clean::clean;
use super::dialect::Family;
use super::line::Order;
use super::{Writer, scan};

/// How much of the start is looked at.
const HEAD_BYTES: usize = 0x1_0000;

/// How much is looked at in each of the places further on, if there is nothing in the start.
const WINDOW_BYTES: usize = 0x4000;

/// In how many places further on, the end included.
const WINDOWS: usize = 8;

/// Lines that one command prints.
const PAGE_LINES: usize = 16;

/// Less than a page is still a capture if it makes up one in so many characters of the text around it.
const QUOTED_SHARE: usize = 20;

/// The longest text that is taken for a log of commands without any answer.
const ECHO_MAX_BYTES: usize = 0x1000;

/// Who wrote a capture down, if `bytes` are one: text with memory display (a page, or a twentieth of the text) in one of the
/// places looked at (the first 64 KiB; then eight more of 16 KiB each), or nothing but echoes of `d` without an answer.
pub fn detect(bytes: &[u8]) -> Option<Writer> {
    let is_echo = || bytes.len() <= ECHO_MAX_BYTES && is_only_echoes(&clean(bytes).text);
    let is_capture = places(bytes).any(has_display) || is_echo();
    is_capture.then(|| writer(bytes))
}

/// The places looked at: the start, and more of them further on.
pub(super) fn places(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::once(bytes.get(..HEAD_BYTES).unwrap_or(bytes)).chain(windows(bytes))
}

/// Who wrote down a text that is known to be a capture.
pub(super) fn writer(bytes: &[u8]) -> Writer {
    let mut writer = Writer::BareLines;
    for place in places(bytes) {
        let has = |words: &[u8]| memmem::find(place, words).is_some();
        if has(b"bootloader >") || has(b"Displaying memory at") {
            return Writer::TerminalLog;
        }
        let glued_echo = has(b"-b 0x") || has(b" D\r\n") || place.trim_ascii() == b"D";
        if writer == Writer::BareLines && glued_echo {
            writer = Writer::RecoveryTool;
        }
    }
    writer
}

/// Places behind the head, evenly spaced up to the end.
fn windows(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let behind = bytes.get(HEAD_BYTES..).unwrap_or_default();
    let step = behind.len().saturating_sub(WINDOW_BYTES) / (WINDOWS - 1);
    let places = if behind.is_empty() { 0 } else { WINDOWS };
    (0..places).map(move |place| {
        let start = place.saturating_mul(step);
        behind.get(start..start.saturating_add(WINDOW_BYTES).min(behind.len())).unwrap_or_default()
    })
}

/// Whether a stretch of bytes is text with memory display in it. A binary that happens to hold such a line is not, nor
/// is an article that quotes a few.
fn has_display(place: &[u8]) -> bool {
    let cleaned = clean(place);
    let (evidence, others) = scan::walk(&cleaned.text);
    let lines = evidence.whole_lines();
    if lines == 0 {
        // digits alone are a capture only if there is nothing else
        return evidence.lines_read == 0 && others.are_all_plain(&cleaned.text);
    }
    let line_chars = evidence.line_chars();
    let all_chars = cleaned.text.len().saturating_add(cleaned.taken_out.nuls);
    let is_quotation = lines < PAGE_LINES && line_chars < all_chars / QUOTED_SHARE;
    let texty = |byte: &&u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x08 | 0x1B | 0x20..=0x7F);
    let text_chars = || cleaned.text.iter().filter(texty).count();
    !is_quotation && (line_chars >= all_chars / 2 || text_chars() >= all_chars.saturating_sub(all_chars / 10))
}

/// Whether a text holds prompts and echoes of the display command and nothing else, however the echoes are split:
/// `D␍␊`, `D␍␊ -b 0x7F020000␊␍`.
fn is_only_echoes(text: &[u8]) -> bool {
    let packed: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let mut rest = packed.as_slice();
    while !rest.is_empty() {
        match echo(rest) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    // `D` and `D` again are two commands; `DD` is none.
    let glued = |token: &[u8]| token.len() > 1 && token.iter().all(|byte| matches!(byte, b'D' | b'd'));
    !packed.is_empty() && !text.split(u8::is_ascii_whitespace).any(glued)
}

/// Takes one prompt, answer's head line or echo (whole or its end) off a text without white space.
fn echo(text: &[u8]) -> Option<&[u8]> {
    if let Some(behind) = text.strip_prefix(b"bootloader>") {
        return Some(behind);
    }
    if let Some(address) = text.strip_prefix(b"Displayingmemoryat") {
        return hex_address(address);
    }
    match text {
        [b'D' | b'd', b'-', b'w' | b'h' | b'b' | b's', rest @ ..] | [b'-', b'w' | b'h' | b'b' | b's', rest @ ..] => {
            Some(hex_address(rest).unwrap_or(rest))
        }
        [b'D' | b'd', rest @ ..] => Some(hex_address(rest).unwrap_or(rest)),
        _ => None,
    }
}

/// Takes `0x` and up to eight hex digits off.
fn hex_address(text: &[u8]) -> Option<&[u8]> {
    let digits = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X"))?;
    let len = digits.iter().take(8).take_while(|digit| digit.is_ascii_hexdigit()).count();
    digits.get(len..)
}

/// The order in which a tool prints words by what was typed: the boot loader's `d -s` swaps their bytes, `d` and `d -w`
/// do not; `xxd -e` prints little-endian words, every other `xxd` the order of the memory. `None` if nothing or both was
/// typed.
pub(super) fn typed_order(text: &[u8], family: Family) -> Option<Order> {
    let is_typed = |words: &[&[u8]]| words.iter().any(|word| memmem::find(text, word).is_some());
    let (swapped, plain) = match family {
        Family::BootLoader => {
            (is_typed(&[b"d -s", b"D -s"]), is_typed(&[b"d -w", b"D -w", b"> d 0x", b"> D 0x", b"> d\n", b"> d\r"]))
        }
        Family::Xxd => (is_typed(&[b"xxd -g", b"xxd -u", b"xxd /"]), is_typed(&[b"xxd -e"])),
        _ => (false, false),
    };
    match (swapped, plain) {
        (true, false) => Some(Order::Swapped),
        (false, true) => Some(Order::LittleEndian),
        _ => None,
    }
}
