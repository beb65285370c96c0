//! Captures that are damaged or odd.

use unbrick::capture::{Dialect, print};
use unbrick::image::FlashAddr;

const FIRST: &str = "[7F020000] 50 4B 03 04 14 00 02 00 - 08 00 1D 41 86 3D 9D 4F  PK.........A.=.O";
const SECOND: &str = "[7F020010] FB 83 DC DC 0A 00 5C B7 - 15 00 09 00 00 00 6C 69  ......\\.......li";
const THIRD: &str = "[7F020020] 6E 75 78 2E 62 69 6E 00 - 00 00 00 00 00 00 00 00  nux.bin.........";
const FOURTH: &str = "[7F020030] 01 00 00 00 00 00 00 00 - 00 00 00 00 00 00 00 00  ................";

fn lines(lines: &[&str]) -> Vec<u8> {
    lines.iter().flat_map(|line| format!("{line}\r\n").into_bytes()).collect()
}

fn page(address: u32, fill: u8) -> Vec<u8> {
    print::terminal_log(&[fill; 256], FlashAddr(address), Dialect::Bytes)
}

pub fn without_its_second_line() -> Vec<u8> {
    lines(&[FIRST, THIRD, FOURTH])
}

pub fn with_a_line_twice_and_different() -> Vec<u8> {
    lines(&[FIRST, SECOND, &FIRST.replace(" 14 00", " 15 00"), SECOND])
}

pub fn with_a_changed_digit() -> Vec<u8> {
    lines(&[&FIRST.replace("50 4B", "50 4A"), SECOND])
}

pub fn with_a_page_twice() -> Vec<u8> {
    [page(0x7F02_0000, 7), page(0x7F02_0000, 7)].concat()
}

pub fn with_a_page_of_ram_in_front() -> Vec<u8> {
    [page(0x400, 1), page(0x7F02_0000, 7)].concat()
}

pub fn with_a_lost_byte() -> Vec<u8> {
    lines(&[FIRST, &SECOND.replace(" 15 00", " 15"), THIRD])
}

pub fn of_digits_with_a_star() -> Vec<u8> {
    let lines: String = (0..12_u8).map(|row| format!("{} \n", hex::encode([row | 0xA0; 24]))).collect();
    format!("{lines}*\n{lines}").into_bytes()
}

pub fn of_hexdump_that_ends_at(end: &str) -> Vec<u8> {
    let cells = "ff ff ff ff ff ff ff ff  ff ff ff ff ff ff ff ff  |................|";
    format!("7f020000  {cells}\n*\n{end}\n").into_bytes()
}

pub fn of_two_lines() -> Vec<u8> {
    lines(&[FIRST, SECOND])
}

pub fn of_words() -> Vec<u8> {
    print::terminal_log(b"PK\x03\x04 words in the order of memory", FlashAddr(0x7F02_0000), Dialect::Words)
}

pub fn of_words_without_ascii_column() -> Vec<u8> {
    lines(&["[7F020000] 04034B50 00020014 - 43E50008 983B3D86"])
}

pub fn of_nothing() -> Vec<u8> {
    b"D\r\n".to_vec()
}

fn listing(dialect: Dialect) -> String {
    String::from_utf8(print::listing(&[7; 96], FlashAddr(0x7F02_0000), dialect)).unwrap()
}

pub fn of_records_with_a_changed_digit() -> Vec<u8> {
    listing(Dialect::IntelHex).replacen("0707", "0708", 1).into_bytes()
}

pub fn of_records_without_one() -> Vec<u8> {
    let text = listing(Dialect::SRecord);
    text.split_inclusive('\n')
        .enumerate()
        .filter(|(number, _)| *number != 3)
        .flat_map(|(_, line)| line.bytes())
        .collect()
}

pub fn of_hexdump_without_its_end() -> Vec<u8> {
    let text = String::from_utf8(print::listing_in_full(&[7; 96], FlashAddr(0), Dialect::Hexdump)).unwrap();
    text.trim_end().rsplit_once('\n').unwrap().0.as_bytes().to_vec()
}

pub fn of_hexdump_that_lost_a_line() -> Vec<u8> {
    let bytes: Vec<u8> = (0..=255).collect();
    let text = String::from_utf8(print::listing(&bytes, FlashAddr(0), Dialect::Hexdump)).unwrap();
    text.split_inclusive('\n').filter(|line| !line.starts_with("00000080 ")).collect::<String>().into_bytes()
}

pub fn of_two_tools() -> Vec<u8> {
    [page(0x7F02_0000, 7), listing(Dialect::Plain).into_bytes()].concat()
}
