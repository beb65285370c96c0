//! What terminals, loggers and editors do to a text, done to every dialect.

use strum::IntoEnumIterator;

use super::super::print::terminal_log;
use super::super::*;
use crate::image::FlashAddr;

const ADDRESS: FlashAddr = FlashAddr(0x7F02_0000);

/// Bytes that are shown in every way: text, noise, stretches of one byte.
fn image() -> Vec<u8> {
    let mut image: Vec<u8> = (0..=255).collect();
    image.extend(b"the quick brown fox jumps over the lazy dog, and so on: 7F020000] 50 4B [".repeat(4));
    image.extend([0xFF; 128]);
    image.truncate(512);
    image
}

/// The image in each dialect as a terminal shows it, with a name for messages.
fn texts() -> impl Iterator<Item = (Dialect, Vec<u8>)> {
    Dialect::iter().map(|dialect| (dialect, terminal_log(&image(), ADDRESS, dialect)))
}

#[track_caller]
fn assert_undisturbed(dialect: Dialect, text: &[u8], what: &str) {
    assert!(detect(text).is_some(), "{dialect}, {what}");
    let capture = decode(text);
    assert!(
        *capture.image == *image(),
        "{dialect}, {what}: {:?} {:?}\n{}",
        capture.stats,
        capture.findings,
        String::from_utf8_lossy(text)
    );
    assert_eq!(capture.image.gaps(), [], "{dialect}, {what}");
    assert_eq!(capture.stats.damaged + capture.stats.bad_checksums, 0, "{dialect}, {what}");
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|byte| *byte == b'\n')
}

#[test]
fn wide_characters_do_not_disturb() {
    for (dialect, text) in texts() {
        let text = String::from_utf8(text.into_iter().filter(u8::is_ascii).collect()).unwrap();
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_undisturbed(dialect, &little, "UTF-16 LE");
        assert_undisturbed(dialect, &big, "UTF-16 BE");
        assert_undisturbed(dialect, &[b"\xFF\xFE", &*little].concat(), "UTF-16 LE with a mark");
        assert_undisturbed(dialect, &[b"\xFE\xFF", &*big].concat(), "UTF-16 BE with a mark");
        assert_undisturbed(dialect, &[b"\xEF\xBB\xBF", text.as_bytes()].concat(), "UTF-8 with a mark");
    }
}

#[test]
fn nuls_escapes_and_backspaces_do_not_disturb() {
    for (dialect, text) in texts() {
        let everywhere: Vec<u8> = lines(&text)
            .enumerate()
            .flat_map(|(number, line)| {
                let (front, back) = line.split_at(number * 7 % line.len());
                let put_in = ["\0", "\x1B[0m", "\x1B[1;32m", "x\x08", "\0\0"][number % 5];
                [front, put_in.as_bytes(), back].concat()
            })
            .collect();
        assert_undisturbed(dialect, &everywhere, "controls");
        let coloured: Vec<u8> = lines(&text).flat_map(|line| [b"\x1B[K\x1B[33m", line, b"\x1B[0m"].concat()).collect();
        assert_undisturbed(dialect, &coloured, "colours");
    }
}

#[test]
fn line_ends_of_any_kind_do_not_disturb() {
    for (dialect, text) in texts() {
        for end in ["\r", "\n", "\r\n", "\n\r", "\r\r\n", "\r\n\r\n"] {
            let text: Vec<u8> = lines(&text).flat_map(|line| [line.trim_ascii(), end.as_bytes()].concat()).collect();
            assert_undisturbed(dialect, &text, &format!("{end:?}"));
        }
    }
}

const STAMPS: [&str; 6] = [
    "[12:00:01.123] ",
    "2011-03-04 12:00:01 ",
    "12:00:01.123> ",
    "[Fri Mar  4 12:00:01.123 2011] ",
    "12:00:01.123 -> ",
    "[   12.345678] ",
];

#[test]
fn the_time_in_front_of_lines_does_not_disturb() {
    for (dialect, text) in texts() {
        for stamp in STAMPS {
            let text: Vec<u8> = lines(&text).flat_map(|line| [stamp.as_bytes(), line].concat()).collect();
            assert_undisturbed(dialect, &text, stamp);
        }
    }
}

#[test]
fn the_time_where_a_line_came_in_two_parts_does_not_disturb() {
    // the first part of an offset that can have any number of digits is an offset as well
    let any_digits = [Dialect::OdOctal, Dialect::HexdumpPairs, Dialect::OdPairs, Dialect::OdWords];
    for (dialect, text) in texts().filter(|(dialect, _)| !any_digits.contains(dialect)) {
        for stamp in STAMPS {
            for (step, between) in [(5, "\r\n"), (7, "\r\n"), (11, "\n")] {
                let parts = lines(&text).enumerate().flat_map(|(number, line)| {
                    let (front, back) = line.split_at(if number % 3 == 0 { number * step % line.len() } else { 0 });
                    let is_split = !front.trim_ascii().is_empty() && !back.trim_ascii().is_empty();
                    let between: &str = if is_split { between } else { "" };
                    let stamp_behind = if is_split { stamp } else { "" };
                    [stamp.as_bytes(), front, between.as_bytes(), stamp_behind.as_bytes(), back].concat()
                });
                let text: Vec<u8> = parts.collect();
                assert_undisturbed(dialect, &text, &format!("{stamp:?} every {step}"));
            }
        }
    }
}

#[test]
fn lines_that_a_terminal_wrapped_are_put_together() {
    for (dialect, text) in texts() {
        for (stamp, width) in [("[12:00:01.123] ", 80), ("2011-03-04 12:00:01 ", 72), ("", 64), ("", 40)] {
            for keeps_blanks in [true, false] {
                let wrapped = lines(&text).flat_map(|line| {
                    let line = [stamp.as_bytes(), line.trim_ascii_end()].concat();
                    let rows =
                        line.chunks(width).map(|row| if keeps_blanks { row } else { row.trim_ascii_end() }.to_vec());
                    rows.flat_map(|row| [row, b"\r\n".to_vec()].concat()).collect::<Vec<u8>>()
                });
                let text: Vec<u8> = wrapped.collect();
                assert_undisturbed(dialect, &text, &format!("{stamp:?} at {width}, blanks {keeps_blanks}"));
            }
        }
    }
}
