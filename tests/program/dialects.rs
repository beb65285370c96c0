//! Captures in the dialects of other tools, from the command line.

use std::fs;
use std::path::Path;

use strum::IntoEnumIterator;
use tempfile::tempdir;
use unbrick::capture::{Dialect, print};
use unbrick::image::FlashAddr;

use crate::terminal::{answer, command, fixture, unbrick};

const KERNEL: FlashAddr = FlashAddr(0x7F02_0000);

fn save(folder: &Path, name: &str, bytes: &[u8]) -> String {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_capture_of_any_dialect_becomes_the_binary() {
    let kernel = fixture("dump/linux");
    for dialect in Dialect::iter() {
        let dir = tempdir().unwrap();
        let text = save(dir.path(), "capture.txt", &print::terminal_log(&kernel, KERNEL, dialect));
        let out = dir.path().join("linux.bin");
        let answer = unbrick(&["convert", &text, "-o", out.to_str().unwrap()]);
        assert!(fs::read(&out).is_ok_and(|bytes| bytes == kernel), "{dialect}: {}{}", answer.out, answer.err);
    }
}

/// A listing of the whole flash from offset 0 on, and a capture of its kernel with a lost page.
#[test]
fn a_listing_of_the_whole_flash_fills_the_holes_of_a_capture() {
    let flash = fixture("camera/flash.bin");
    let dir = tempdir().unwrap();
    let text = String::from_utf8(fixture("dump/linux.dat")).unwrap();
    let lost = text.find("[7F025000]").unwrap()..text.find("[7F025100]").unwrap();
    let capture = save(dir.path(), "linux.dat", &[&text[..lost.start], &text[lost.end..]].concat().into_bytes());
    let listing = print::listing(&flash[..0x8_0000], FlashAddr(0), Dialect::Hexdump);
    let listing = save(dir.path(), "flash.hexdump", &listing);
    let out = dir.path().join("flash.bin");
    let document = unbrick(&["convert", &capture, &listing, "-o", out.to_str().unwrap(), "--format", "json"]).json();
    assert_eq!(document["outputs"][0]["address"], 0x7F00_0000, "{document}");
    assert_eq!(document["outputs"][0]["made_from"].as_array().unwrap().len(), 2);
    assert!(fs::read(&out).unwrap() == flash[..0x8_0000]);
}

/// Only the bytes themselves can tell where a part without addresses belongs.
#[test]
fn digits_without_addresses_are_merged_where_their_bytes_are_found_and_else_not() {
    let kernel = fixture("dump/linux");
    let dir = tempdir().unwrap();
    let text = String::from_utf8(fixture("dump/linux.dat")).unwrap();
    let lost = text.find("[7F025000]").unwrap()..text.find("[7F025100]").unwrap();
    let capture = save(dir.path(), "linux.dat", &[&text[..lost.start], &text[lost.end..]].concat().into_bytes());
    let part = print::listing(&kernel[0x3000..0x8000], FlashAddr(0), Dialect::Plain);
    let part = save(dir.path(), "part.txt", &part);
    let out = dir.path().join("linux.bin");
    let arguments = ["convert", &capture, &part, "-o", out.to_str().unwrap()];
    let told = unbrick(&arguments);
    assert!(fs::read(&out).is_ok_and(|bytes| bytes == kernel), "{}{}", told.out, told.err);

    let foreign: Vec<u8> = (0..0x5000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    save(dir.path(), "part.txt", &print::listing(&foreign, FlashAddr(0), Dialect::Plain));
    fs::remove_file(&out).unwrap();
    let told = unbrick(&arguments);
    assert_eq!(told.code, 2, "{}", told.out);
    assert!(told.err.contains("different cameras or places"), "{}", told.err);
    assert!(!out.exists());
}

#[test]
fn what_was_read_of_a_text_is_complete_in_json() {
    let decoded = |name: &str| unbrick(&["inspect", name, "--format", "json"]).json()["files"][0]["decoded"].clone();
    let mixed = decoded("fixtures/log/mixed-utf16.log");
    let lines: u64 = mixed["dialect_lines"].as_array().unwrap().iter().map(|of| of["lines"].as_u64().unwrap()).sum();
    assert_eq!(lines, 64);
    assert_eq!(mixed["taken_out"]["encoding"], "utf16-le");
    assert_eq!((mixed["ranges"].as_array().unwrap().len(), mixed["gaps"].as_array().unwrap().len()), (4, 3));
    assert_eq!(mixed["ranges"][1]["address"], 0x7F01_FF00);
    assert_eq!(mixed["word_order"]["little_endian"].as_u64().unwrap(), 3);
    let hexdump = decoded("fixtures/listing/boot-info.hexdump");
    assert_eq!(
        (hexdump["addresses"]["are"].as_str(), hexdump["addresses"]["first"].as_u64()),
        (Some("offsets"), Some(0x1_0000))
    );
    assert_eq!(hexdump["stats"]["squeezed"], 4087);
    assert_eq!(decoded("fixtures/listing/boot-info.txt")["ranges"][0]["address"], serde_json::Value::Null);
}

#[test]
fn a_listing_comes_in_by_standard_input_as_well() {
    let listing = fixture("listing/settings.xxd");
    let told = answer(command(&["inspect", "-"]).write_stdin(listing));
    assert!(told.first_line().contains("capture (`xxd`)"), "{}", told.first_line());
}

/// A listing's numbers count from the start of a file: no boot loader could show what lies at them.
#[test]
fn a_listing_that_lost_lines_is_to_be_printed_once_more() {
    let dir = tempdir().unwrap();
    let text =
        String::from_utf8(print::listing(&fixture("flashed/romfs.img"), FlashAddr(0), Dialect::Hexdump)).unwrap();
    let without = |lost: &[&str], name: &str| {
        let kept = text.split_inclusive('\n').filter(|line| !lost.iter().any(|lost| line.starts_with(lost)));
        let path = dir.path().join(name);
        fs::write(&path, kept.collect::<String>()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let cut = without(&["00008010 ", "0000a020 "], "cut.txt");
    let inspected = unbrick(&["inspect", &cut]);
    let gap = "16 bytes from 0x8010 up to 0x8020 of the file that was listed are not in the listing";
    assert!(inspected.prose().contains(gap), "{}", inspected.out);
    assert!(inspected.prose().contains("-> print the listing once more"), "{}", inspected.out);
    let explained = unbrick(&["explain", &cut]);
    assert!(explained.prose().contains("print the listing once more"), "{}", explained.out);
    let out = dir.path().join("romfs.img").to_str().unwrap().to_owned();
    let converted = unbrick(&["convert", &cut, "-o", &out]);
    assert!(converted.prose().contains("are not in the listing; print it once more"), "{}", converted.out);
    for answer in [&inspected, &explained, &converted] {
        assert!(!answer.out.contains("d -b") && !answer.out.contains("Dump"), "{}", answer.out);
    }

    let again = without(&["00001230 "], "again.txt");
    let merged = unbrick(&["convert", &cut, &again, "-o", &out]);
    assert_eq!(merged.code, 0, "{}", merged.out);
    assert!(fs::read(&out).unwrap() == fixture("flashed/romfs.img"));
}
