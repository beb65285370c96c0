//! The lines of a console log without what terminals, loggers and forums add to them.
//!
//! Colours and cursor moves, time stamps in front of lines, NULs, UTF-16, Chinese in GBK (also when it was taken for
//! Latin-1, or written as `\xD2\xBB`), backspaces of who typed, and any mix of line ends.

use std::borrow::Cow;
use std::sync::LazyLock;

use encoding_rs::{Encoding, GBK, UTF_16BE, UTF_16LE};
use memchr::{memchr, memchr2};
use regex::Regex;

/// A longer line is taken for several: no line of a camera is this long, but a log without line ends is.
const LINE_MAX_BYTES: usize = 4096;

/// How much of a text tells whether it is UTF-16.
const SAMPLE_BYTES: usize = 4096;

/// A line of a log.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line<'t> {
    /// Which line it is for an editor, from 1 on.
    pub(super) number: usize,
    /// What the camera printed, without blanks around it.
    pub(super) text: Cow<'t, str>,
    /// The time stamp in front of it, in seconds from some beginning, often midnight.
    pub(super) seconds: Option<f64>,
}

/// A text as bytes of one kind: UTF-16 becomes UTF-8, everything else stays.
pub(super) fn decoded(text: &[u8]) -> Cow<'_, [u8]> {
    match utf_16(text) {
        Some(encoding) => Cow::Owned(encoding.decode_with_bom_removal(text).0.into_owned().into_bytes()),
        None => Cow::Borrowed(text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text)),
    }
}

/// By the mark at the start, or since nearly every other byte of the start is zero.
fn utf_16(text: &[u8]) -> Option<&'static Encoding> {
    match text {
        [0xFF, 0xFE, ..] => return Some(UTF_16LE),
        [0xFE, 0xFF, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let (pairs, _) = text.get(..SAMPLE_BYTES).unwrap_or(text).as_chunks::<2>();
    let mostly = |zeros: usize| pairs.len() >= 8 && zeros * 10 >= pairs.len() * 9;
    if mostly(pairs.iter().filter(|[low, high]| *low != 0 && *high == 0).count()) {
        return Some(UTF_16LE);
    }
    mostly(pairs.iter().filter(|[high, low]| *low != 0 && *high == 0).count()).then_some(UTF_16BE)
}

/// The lines of a text that [`decoded`] gave, without the empty ones.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut rest = text;
    let mut number = 1;
    // old Macintosh files, and consoles that return without a line feed
    let counted = if memchr(b'\n', text).is_some() { b'\n' } else { b'\r' };
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let this = number;
            let found = memchr2(b'\n', b'\r', rest);
            let end = found.unwrap_or(rest.len());
            let (raw, behind) = if end > LINE_MAX_BYTES {
                rest.split_at_checked(LINE_MAX_BYTES)?
            } else {
                number += usize::from(rest.get(end) == Some(&counted));
                (rest.get(..end)?, rest.get(end + 1..).unwrap_or_default())
            };
            rest = behind;
            if !raw.trim_ascii().is_empty() {
                return Some(line(raw, this));
            }
        }
    })
}

/// The time stamps of minicom, Tera Term, PuTTY, grabserial, `ts` and the like.
static STAMP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let clock = r"(?:[A-Z][a-z]{2} )?(?:[A-Z][a-z]{2} +\d{1,2} |\d{4}[-/]\d\d[-/]\d\d[ T]|\d\d[./]\d\d[./]\d{4} )?(\d{1,2}):(\d\d):(\d\d(?:[.,:]\d{1,6})?)(?: \d{4})?Z?";
    let counter = r"\[ *(\d+\.\d{2,9})(?: +\d+\.\d+)?\]";
    Regex::new(&format!(r"^\s*(?:[\[(<]?{clock}[\])>]?|{counter})(?:[ \t]*[|>:-]+)?[ \t]+")).ok()
});

fn line(raw: &[u8], number: usize) -> Line<'_> {
    let text = readable(raw);
    let stamp = STAMP.as_ref().filter(|_| has_stamp_start(&text)).and_then(|stamp| stamp.captures(&text));
    let Some(stamp) = stamp else {
        return Line { number, text: trimmed(text), seconds: None };
    };
    let field = |index: usize| stamp.get(index)?.as_str().replace([',', ':'], ".").parse::<f64>().ok();
    let seconds = match (field(1), field(2), field(3)) {
        (Some(hours), Some(minutes), Some(seconds)) => Some(hours.mul_add(3600.0, minutes.mul_add(60.0, seconds))),
        _ => field(4),
    };
    let behind = stamp.get(0).map_or(0, |stamp| stamp.end());
    Line { number, text: Cow::Owned(text.get(behind..).unwrap_or_default().trim().to_owned()), seconds }
}

/// Most lines have no stamp; this sees so at once.
fn has_stamp_start(text: &str) -> bool {
    let start = text.trim_start_matches(['[', '(', '<', ' ']).bytes().take(24);
    start.clone().any(|byte| byte.is_ascii_digit()) && start.clone().any(|byte| matches!(byte, b':' | b'.'))
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// The characters of a line: UTF-8, else GBK, without control characters.
fn readable(raw: &[u8]) -> Cow<'_, str> {
    let is_plain = raw.iter().all(|byte| matches!(byte, b'\t' | 0x20..=0x7E)) && memchr(b'\\', raw).is_none();
    if is_plain && let Ok(text) = std::str::from_utf8(raw) {
        return Cow::Borrowed(text);
    }
    let mut bytes = without_controls(raw);
    if memchr(ESCAPE, &bytes).is_some() {
        bytes = anstream::adapter::strip_bytes(&bytes).into_vec();
    }
    if memchr(b'\\', &bytes).is_some() {
        bytes = unescaped(&bytes);
    }
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => GBK.decode_without_bom_handling(&bytes).0.into_owned(),
    };
    let text = from_latin_1(&text).unwrap_or(text);
    // what is left can only be of the kind that has two bytes in UTF-8, and a terminal may still obey it
    Cow::Owned(text.chars().filter(|char| !char.is_control()).collect())
}

/// What colours and cursor moves begin with.
const ESCAPE: u8 = 0x1B;

/// Without NULs and bells; a backspace takes the character before it away.
fn without_controls(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        match byte {
            0x08 => drop(kept.pop()),
            b'\t' => kept.push(b' '),
            ESCAPE => kept.push(byte),
            0..0x20 | 0x7F => {}
            _ => kept.push(byte),
        }
    }
    kept
}

/// `\xD2` as the byte that it stands for.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, behind)) = rest.split_first() {
        let escape = rest.strip_prefix(b"\\x").and_then(|digits| digits.split_first_chunk::<2>());
        let escaped = escape.and_then(|(digits, behind)| {
            let value = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
            Some((value, behind)).filter(|(value, _)| *value >= 0x80)
        });
        let (byte, behind) = escaped.unwrap_or((first, behind));
        kept.push(byte);
        rest = behind;
    }
    kept
}

/// Chinese that was taken for Latin-1: `Ò» 12ÔÂ` is `一 12月`.
fn from_latin_1(text: &str) -> Option<String> {
    let is_latin = |char: char| (char as u32) < 0x100;
    if !text.chars().any(|char| (char as u32) >= 0xA1) || !text.chars().all(is_latin) {
        return None;
    }
    let bytes: Vec<u8> = text.chars().filter_map(|char| u8::try_from(char as u32).ok()).collect();
    GBK.decode_without_bom_handling_and_without_replacement(&bytes).map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &[u8]) -> Vec<(usize, String)> {
        lines(&decoded(text)).map(|line| (line.number, line.text.into_owned())).collect()
    }

    fn one(text: &[u8]) -> String {
        texts(text).remove(0).1
    }

    #[test]
    fn any_line_end_is_one_and_numbers_are_those_of_an_editor() {
        let expected = vec![(1, "a".to_owned()), (3, "b".to_owned())];
        assert_eq!(texts(b"a\n\nb"), expected);
        assert_eq!(texts(b"a\n\r\n\rb\n\r"), expected);
        assert_eq!(texts(b"a\r\n\r\n b \r\n"), expected);
        assert_eq!(texts(b"a\r\rb"), expected);
    }

    #[test]
    fn what_terminals_and_loggers_add_is_taken_away() {
        assert_eq!(one(b"\x1b[1;32mmyreboot\x1b[0m"), "myreboot");
        assert_eq!(one(b"\0my\0reboot\0"), "myreboot");
        assert_eq!(one(b"bootloader > dell\x08 7"), "bootloader > del 7");
        assert_eq!(one(b"[2011-04-01 12:00:03.250] myreboot"), "myreboot");
        assert_eq!(one(b"12:00:03 > myreboot"), "myreboot");
        assert_eq!(one(b"[Fri Apr 01 12:00:03.250 2011] myreboot"), "myreboot");
        assert_eq!(one(b"[    3.250000] myreboot"), "myreboot");
        assert_eq!(one("my\u{9b}31mreboot\u{85}".as_bytes()), "my31mreboot");
        assert_eq!(one(b"[29]"), "[29]");
        assert_eq!(one(b"[00008000] 00 11 A0 20"), "[00008000] 00 11 A0 20");
        assert_eq!(one(b"0: 7F0E0000-7F16D3FF [VIRTUAL"), "0: 7F0E0000-7F16D3FF [VIRTUAL");
        let wide: Vec<u8> = "myreboot\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(one(&wide), "myreboot");
        assert_eq!(one(&[b"\xFF\xFE", wide.as_slice()].concat()), "myreboot");
        let big: Vec<u8> = "myreboot\r\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(one(&big), "myreboot");
    }

    #[test]
    fn a_time_stamp_counts_in_seconds() {
        let text = b"[2011-04-01 01:01:01.5] a";
        assert_eq!(lines(text).next().unwrap().seconds, Some(3661.5));
        assert_eq!(lines(b"[    3.25] a").next().unwrap().seconds, Some(3.25));
        assert_eq!(lines(b"a").next().unwrap().seconds, None);
    }

    #[test]
    fn a_chinese_date_is_read_however_it_was_written_down() {
        assert_eq!(one(b"#1452 \xD2\xBB 12\xD4\xC2 6"), "#1452 一 12月 6");
        assert_eq!(one("#1452 Ò» 12ÔÂ 6".as_bytes()), "#1452 一 12月 6");
        assert_eq!(one("#1452 一 12月 6".as_bytes()), "#1452 一 12月 6");
        assert_eq!(one(b"#1452 \xD2\xBB 12\\xd4\\xc2 6"), "#1452 一 12月 6");
    }

    #[test]
    fn a_text_without_line_ends_is_read_in_pieces() {
        assert_eq!(lines(&b"x".repeat(LINE_MAX_BYTES * 2 + 5)).count(), 3);
    }
}
