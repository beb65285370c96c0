//! What is printed is what the real tools print, wherever they are installed.

use std::process::Command;

use super::super::print::{Case, listing, listing_in_full, xxd};
use super::*;

/// What a tool prints of a file with these bytes, or `None` (and a word about it) where it is not installed.
fn tool(arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("flash.bin"), input).unwrap();
    let (program, arguments) = arguments.split_first().unwrap();
    let output = Command::new(program).args(arguments).current_dir(folder.path()).env("LC_ALL", "C").output();
    let printed = output.ok().filter(|output| output.status.success()).map(|output| output.stdout);
    if printed.is_none() {
        eprintln!("skipped: {program} is not installed");
    }
    printed
}

/// Every byte, stretches that repeat, and a last line that is not full.
fn image() -> Vec<u8> {
    let mut image: Vec<u8> = (0..=255).collect();
    image.extend([0xFF; 100]);
    image.extend([0; 72]);
    image.extend(b"a last line");
    image
}

fn assert_same_text(ours: &[u8], theirs: &[u8], tool: &str) {
    assert_eq!(String::from_utf8_lossy(ours), String::from_utf8_lossy(theirs), "{tool}");
}

#[test]
fn each_listing_is_what_the_tool_prints() {
    let image = image();
    let at = FlashAddr;
    for (ours, tool_line) in [
        (listing(&image, at(0), Dialect::Hexdump), "hexdump -C flash.bin"),
        (listing_in_full(&image, at(0), Dialect::Hexdump), "hexdump -v -C flash.bin"),
        (listing(&image, at(0), Dialect::Xxd), "xxd flash.bin"),
        (listing(&image, at(0x7F02_0000), Dialect::Xxd), "xxd -o 0x7f020000 flash.bin"),
        (xxd(&image, at(0), 1, Case::Lower), "xxd -g1 flash.bin"),
        (xxd(&image, at(0), 4, Case::Upper), "xxd -u -g4 flash.bin"),
        (listing(&image, at(0), Dialect::XxdLittleEndian), "xxd -e flash.bin"),
        (listing(&image, at(0), Dialect::Plain), "xxd -p flash.bin"),
        (listing(&image, at(0), Dialect::Od), "od -A x -t x1z flash.bin"),
        (listing_in_full(&image, at(0), Dialect::Od), "od -v -A x -t x1z flash.bin"),
        (listing(&image, at(0), Dialect::OdOctal), "od -t x1 flash.bin"),
        (listing(&image, at(0), Dialect::HexdumpPairs), "hexdump flash.bin"),
        (listing(&image, at(0), Dialect::OdPairs), "od -t x2 flash.bin"),
        (listing(&image, at(0), Dialect::OdPairs), "od -x flash.bin"),
        (listing(&image, at(0), Dialect::OdWords), "od -t x4 flash.bin"),
    ] {
        let Some(theirs) = tool(&tool_line.split(' ').collect::<Vec<_>>(), &image) else { continue };
        assert_same_text(&ours, &theirs, tool_line);
    }
}

#[test]
fn record_files_become_the_same_bytes_with_srec_cat() {
    let image = image();
    for (dialect, format) in [(Dialect::IntelHex, "-intel"), (Dialect::SRecord, "-motorola")] {
        let text = listing(&image, FlashAddr(0x7F02_FFF8), dialect);
        let line = ["srec_cat", "flash.bin", format, "-offset", "-0x7F02FFF8", "-o", "-", "-binary"];
        let Some(theirs) = tool(&line, &text) else { return };
        assert_eq!(theirs, image, "{dialect}");
    }
}
