//! What terminals, loggers and editors put into a text besides its characters, taken out before anything is read: wide
//! encodings, NULs, escape sequences, backspaces, the time in front of lines. A text without any of it is not copied.

mod controls;
mod stamps;

use std::borrow::Cow;

use serde::Serialize;

/// How much of the start tells whether characters are two bytes wide.
const ENCODING_SAMPLE_BYTES: usize = 4096;

/// Characters beyond ASCII are nothing that a capture is made of.
const FOREIGN: u8 = b'?';

/// What was taken out of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct TakenOut {
    /// How its characters are written, if two bytes wide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<Encoding>,
    /// NULs between characters.
    pub nuls: usize,
    /// Escape sequences of a terminal.
    pub escapes: usize,
    /// Characters that a backspace took back.
    pub backspaces: usize,
    /// Times in front of lines, or where a line was broken.
    pub timestamps: usize,
}

/// Characters that are two bytes wide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// The low byte comes first.
    #[strum(serialize = "UTF-16 LE")]
    Utf16Le,
    /// The high byte comes first.
    #[strum(serialize = "UTF-16 BE")]
    Utf16Be,
}

/// A text as it can be read, and where its characters come from.
#[derive(Debug)]
pub(super) struct Cleaned<'t> {
    pub text: Cow<'t, [u8]>,
    pub taken_out: TakenOut,
    /// The last step first.
    steps: Vec<Places>,
    /// Bytes in front of the first character, and bytes of a character.
    start: usize,
    width: usize,
}

/// Where stretches of characters came from: place behind a step, place before it, in rising order.
#[derive(Debug, Default)]
struct Places(Vec<(usize, usize)>);

impl Cleaned<'_> {
    /// Where in the text as it came the character at `offset` stands.
    pub fn original(&self, offset: usize) -> usize {
        let place = self.steps.iter().fold(offset, |place, step| step.before(place));
        place.saturating_mul(self.width).saturating_add(self.start)
    }
}

impl Places {
    fn before(&self, place: usize) -> usize {
        let behind = self.0.partition_point(|(after, _)| *after <= place);
        let stretch = behind.checked_sub(1).and_then(|at| self.0.get(at));
        stretch.map_or(place, |(after, before)| before.saturating_add(place.saturating_sub(*after)))
    }
}

/// A text in the making, of what a step keeps of another.
#[derive(Debug, Default)]
struct Kept {
    text: Vec<u8>,
    places: Places,
}

impl Kept {
    /// Keeps characters that stand at `from` of the text before.
    fn push(&mut self, characters: &[u8], from: usize) {
        if !characters.is_empty() {
            self.places.0.push((self.text.len(), from));
            self.text.extend_from_slice(characters);
        }
    }

    /// Takes the last character of the line back.
    fn pop(&mut self) -> bool {
        let has_some = !matches!(self.text.last(), None | Some(b'\n' | b'\r'));
        if has_some {
            self.text.pop();
            // nothing may come from behind the end
            while self.places.0.pop_if(|(after, _)| *after >= self.text.len()).is_some() {}
        }
        has_some
    }
}

/// Takes everything out of a text that is no part of what was printed.
pub(super) fn clean(text: &[u8]) -> Cleaned<'_> {
    let (narrow, encoding, start) = decoded(text);
    let mut cleaned = Cleaned {
        text: narrow,
        taken_out: TakenOut { encoding, ..TakenOut::default() },
        steps: Vec::new(),
        start,
        width: if encoding.is_some() { 2 } else { 1 },
    };
    for step in [controls::take_out, stamps::take_out] {
        if let Some(kept) = step(&cleaned.text, &mut cleaned.taken_out) {
            cleaned.text = Cow::Owned(kept.text);
            cleaned.steps.insert(0, kept.places);
        }
    }
    cleaned
}

/// The text with one byte a character, whether its characters were wide, and where the first one stands.
fn decoded(text: &[u8]) -> (Cow<'_, [u8]>, Option<Encoding>, usize) {
    let (encoding, start) = match text {
        [0xFF, 0xFE, ..] => (Some(Encoding::Utf16Le), 2),
        [0xFE, 0xFF, ..] => (Some(Encoding::Utf16Be), 2),
        [0xEF, 0xBB, 0xBF, ..] => (None, 3),
        _ => (encoding_without_mark(text), 0),
    };
    let characters = text.get(start..).unwrap_or_default();
    (encoding.map_or(Cow::Borrowed(characters), |encoding| Cow::Owned(encoding.narrow(characters))), encoding, start)
}

/// Wide characters without a mark: every other byte is 0, and nearly all others are characters.
fn encoding_without_mark(text: &[u8]) -> Option<Encoding> {
    let sample = text.get(..ENCODING_SAMPLE_BYTES.min(text.len()))?;
    let pairs = sample.as_chunks::<2>().0;
    let is_text = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x20..=0x7E);
    let little = pairs.iter().filter(|[low, high]| *high == 0 && is_text(*low)).count();
    let big = pairs.iter().filter(|[high, low]| *high == 0 && is_text(*low)).count();
    let most = pairs.len().saturating_sub(pairs.len() / 16);
    if pairs.len() < 8 {
        None
    } else if little >= most {
        Some(Encoding::Utf16Le)
    } else if big >= most {
        Some(Encoding::Utf16Be)
    } else {
        None
    }
}

impl Encoding {
    fn narrow(self, text: &[u8]) -> Vec<u8> {
        let units = text.as_chunks::<2>().0.iter().map(|unit| match self {
            Self::Utf16Le => u16::from_le_bytes(*unit),
            Self::Utf16Be => u16::from_be_bytes(*unit),
        });
        units.map(|unit| u8::try_from(unit).ok().filter(u8::is_ascii).unwrap_or(FOREIGN)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &[u8]) -> (String, TakenOut) {
        let cleaned = clean(text);
        (String::from_utf8_lossy(&cleaned.text).into_owned(), cleaned.taken_out)
    }

    #[test]
    fn a_text_without_disturbance_is_not_copied() {
        let text = b"[7F020000] 50 4B 03 04 14 00 02 00 - 08 00 1D 41 86 3D 9D 4F  PK\x7F........A.=.O\r\n";
        assert!(matches!(clean(text).text, Cow::Borrowed(_)));
    }

    #[test]
    fn wide_characters_are_read_with_and_without_a_mark() {
        let text = "[7F020000] 50 4B 03 04 14 00 02 00\r\n";
        for (encoding, bytes) in [
            (Encoding::Utf16Le, text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
            (Encoding::Utf16Be, text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ] {
            assert_eq!(cleaned(&bytes).0, text);
            assert_eq!(cleaned(&bytes).1.encoding, Some(encoding));
        }
        let marked: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain("D\r\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(cleaned(&marked).0, "D\r\n");
        assert_eq!(clean(&marked).original(1), 4);
        assert_eq!(cleaned(b"\xEF\xBB\xBFD\r\n").0, "D\r\n");
    }

    #[test]
    fn controls_are_taken_out_and_what_follows_keeps_its_place() {
        let (text, taken_out) = cleaned(b"\x1B[32mab\0c\x1B]0;title\x07d\x1B(Bx\x08e\n\x08f\x1B");
        assert_eq!(text, "abcde\nf");
        assert_eq!((taken_out.nuls, taken_out.escapes, taken_out.backspaces), (1, 4, 2));
        let original = clean(b"\x1B[32mab\0cd");
        assert_eq!((original.original(0), original.original(1), original.original(2)), (5, 6, 8));
    }

    #[test]
    fn an_escape_in_front_of_an_address_takes_nothing_of_it() {
        assert_eq!(cleaned(b"\x1B[7F020000] 50 4B").0, "[7F020000] 50 4B");
    }

    #[test]
    fn times_in_front_of_lines_are_taken_out_whatever_writes_them() {
        for stamp in [
            "[12:00:01.123] ",
            "[2011-03-04 12:00:01.123] ",
            "[Fri Mar  4 12:00:01.123 2011] ",
            "2011-03-04 12:00:01 ",
            "2011-03-04T12:00:01.123Z ",
            "12:00:01.123> ",
            "12:00:01.123 -> ",
            "(12:00:01) ",
            "Mar 04 12:00:01 ",
            "04.03.2011 12:00:01.12: ",
            "3/4/2011 12:00:01 PM ",
            "[   12.345678] ",
            "[12.345678 0.000123] ",
            "12:00:01:123 | ",
        ] {
            let line = "00000010  50 4b 03 04";
            let text = format!("{stamp}{line}\r\n{stamp}[7F020000] 50\r\n{stamp} 14 00\r\n{stamp}\r\n");
            let (clean, taken_out) = cleaned(text.as_bytes());
            assert_eq!(clean, format!("{line}\r\n[7F020000] 50\r\n 14 00\r\n\r\n"), "{stamp:?}");
            assert_eq!(taken_out.timestamps, 4, "{stamp:?}");
        }
    }

    #[test]
    fn addresses_and_digits_are_no_times() {
        for line in ["00000010: 504b 0304", "[7F020000] 50 4B 03", "12 34 56", "2011", "[00001234] text", "1234567 50"]
        {
            let text = format!("{line}\n").repeat(20);
            assert_eq!(cleaned(text.as_bytes()).0, text);
        }
    }
}
