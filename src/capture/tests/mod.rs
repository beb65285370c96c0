//! Real captures, and one test for each thing that a capture can have.
#![allow(clippy::arithmetic_side_effects)]

mod dialects;
mod disturbances;
mod round_trips;
mod tools;

use std::path::PathBuf;

use super::*;
use crate::finding::{Code, Fact};
use crate::image::{FlashAddr, Span};

/// A real sample's bytes, or `None` (and a word about it) where the samples are not.
fn sample(name: &str) -> Option<Vec<u8>> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples");
    let folder = std::env::var_os("UNBRICK_SAMPLES").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let bytes = std::fs::read(folder.join(name)).ok();
    if bytes.is_none() {
        eprintln!("skipped: no {name} among the samples");
    }
    bytes
}

fn codes(capture: &Capture) -> Vec<Code> {
    capture.findings.iter().map(crate::finding::Finding::code).collect()
}

#[test]
fn the_real_capture_of_a_kernel_is_the_saved_binary_byte_for_byte() {
    let (Some(text), Some(binary)) = (sample("recovery-tool/linux.dat"), sample("recovery-tool/linux")) else { return };
    assert_eq!(detect(&text), Some(Writer::RecoveryTool));
    let capture = decode(&text);
    assert_eq!(capture.findings, []);
    assert_eq!(&*capture.image, binary);
    assert_eq!(capture.image.gaps(), []);
    assert_eq!(capture.image.address(), Some(FlashAddr(0x7F02_0000)));
    assert_eq!(capture.dialects, [(Dialect::Bytes, 44_496)]);
    let expected = Stats { lines: 44_496, used: 44_496, pages: 2_781, ..Stats::default() };
    assert_eq!(Stats { other_text: 0, ..capture.stats }, expected);
    assert_eq!(twin(&capture, &binary), Twin::Identical);
}

#[test]
fn the_real_capture_of_a_boot_info_is_empty() {
    let Some(text) = sample("recovery-tool/BOOT INFO.dat") else { return };
    assert_eq!(detect(&text), Some(Writer::RecoveryTool));
    assert_eq!(codes(&decode(&text)), [Code::CaptureEmpty]);
}

#[test]
fn the_lines_quoted_in_a_forum_thread_decode_and_the_ram_line_is_left_out() {
    let Some(text) = sample("transcripts/t6_topic84_bootinfo_and_bad_flash.txt") else { return };
    assert_eq!(detect(&text), Some(Writer::TerminalLog));
    let capture = decode(&text);
    assert_eq!(capture.image.address(), Some(FlashAddr(0x7F00_0000)));
    assert_eq!(capture.image.len(), 32);
    assert!(capture.image.starts_with(&[0xB4, 0x01, 0x9F, 0xE5]));
    assert_eq!(capture.stats.stray, 1);
    // the lines of `hexdump` in it count from the start of a file
    assert_eq!(capture.stats.without_place, 5);
    assert_eq!(codes(&capture), [Code::CaptureStrayPage, Code::CaptureCutPage, Code::CaptureWithoutPlace]);
}

#[test]
fn the_words_quoted_in_a_forum_thread_are_little_endian_by_their_ascii_column() {
    let Some(text) = sample("transcripts/t2_wansview_nc541_4MB_may2010.txt") else { return };
    let capture = decode(&text);
    assert_eq!(capture.dialects, [(Dialect::Words, 4)]);
    assert_eq!(capture.image.len(), 64);
    assert!(capture.image.starts_with(b"PK\x03\x04\x14\x00\x02\x00"));
    assert_eq!(Span::at(0x1E, 9).of(&capture.image), b"linux.bin");
    assert_eq!(capture.stats.without_ascii, 1);
    assert_eq!(codes(&capture), [Code::CaptureCutPage, Code::CaptureWordOrder]);
}

#[test]
fn no_other_sample_is_taken_for_a_capture() {
    for name in [
        "recovery-tool/linux",
        "recovery-tool/romfs",
        "recovery-tool/BOOT INFO",
        "romfs/one-file.romfs",
        "transcripts/t1_computersolutions_2MB_dec2009.txt",
        "transcripts/t8_real_kernel_and_camera_program_in_an_emulator.txt",
        "updates/lr_cmos_11_14_1_46.first48",
    ] {
        let Some(bytes) = sample(name) else { return };
        assert_eq!(detect(&bytes), None, "{name}");
    }
}

#[test]
fn texts_and_binaries_without_memory_display_are_no_captures() {
    let elf = std::env::current_exe().and_then(std::fs::read).unwrap();
    let license = b"Permission is hereby granted, [free of charge], to any person D obtaining a copy".repeat(20);
    let kernel_log = b"[00000012] usb.c: registered new driver - hub\r\n".repeat(50);
    let article = format!("{}\n{FIRST}\n{}", "How I dumped my camera. ".repeat(60), "Then I slept well. ".repeat(60));
    let mut firmware = vec![0_u8; 4000];
    firmware.extend_from_slice(FIRST.repeat(9).as_bytes());
    let others: [&[u8]; 11] = [
        article.as_bytes(),
        &firmware,
        b"",
        b"\r\n",
        b"\xFF\xD8\xFF\xE0\0\x10JFIF",
        b"Dear all",
        b"bin",
        b"DD",
        &license,
        &kernel_log,
        &elf,
    ];
    for bytes in others {
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(20)]);
        assert_eq!(detect(bytes), None, "{start:?}");
    }
}

#[test]
fn echoes_without_an_answer_are_an_empty_capture() {
    for text in [
        "D\r\n",
        " D",
        "D\r\n -b 0x7F010000\n\r",
        " D\r\n -b 0x7F03\r\n1D00\n\r D -\r\nb 0x7F031E00",
        "\rbootloader > d -b 0x7F010000\n\rDisplaying memory at 0x7F010000\n\r",
    ] {
        assert!(detect(text.as_bytes()).is_some(), "{text:?}");
        let capture = decode(text.as_bytes());
        assert!(capture.is_empty());
        assert_eq!(capture.image.address(), None);
        assert_eq!(codes(&capture), [Code::CaptureEmpty]);
    }
}

const FIRST: &str = "[7F020000] 50 4B 03 04 14 00 02 00 - 08 00 1D 41 86 3D 9D 4F  PK.........A.=.O";
const SECOND: &str = "[7F020010] FB 83 DC DC 0A 00 5C B7 - 15 00 09 00 00 00 6C 69  ......\\.......li";
const THIRD: &str = "[7F020020] 6E 75 78 2E 62 69 6E 00 - 00 00 00 00 00 00 00 00  nux.bin.........";
const FOURTH: &str = "[7F020030] 01 00 00 00 00 00 00 00 - 00 00 00 00 00 00 00 00  ................";

fn known(capture: &Capture) -> Vec<Span> {
    capture.image.known().iter().collect()
}

#[test]
fn every_split_of_an_echo_between_pages_is_skipped() {
    for gap in [
        "\r\n",
        " D\r\n -b 0x7F020010\n\r",
        " \r\n",
        " D \r\n-b 0x7F020010\n\r",
        " D -b 0x7F02\r\n0010\n\r",
        " D -b 0x7F020010\n\r\n\r",
        " D -b 0x7F020010\r\n\n\r",
        " D -\r\nb 0x7F020010\n\r",
        " D -b 0x\r\n7F020010\n\r",
        "\r\n\r\n\rbootloader > d -b 0x7F020010\n\rDisplaying memory at 0x7F020010\n\r",
        " ",
        "",
        " Displaying memory at 0x7F020010 ",
    ] {
        let capture = decode(format!("{FIRST}{gap}{SECOND}\r\n").as_bytes());
        assert_eq!(capture.stats.used, 2, "{gap:?}");
        assert_eq!(known(&capture), [Span::new(0, 32)], "{gap:?}");
        assert_eq!(codes(&capture), [Code::CaptureCutPage], "{gap:?}");
    }
}

#[test]
fn an_address_inside_an_ascii_column_starts_no_line() {
    let text = "[7F020000] 00 00 00 00 00 00 5B 37 - 46 30 32 30 30 31 30 5D  ......[7F020010] D\r\n -b 0x7F020010\n\r";
    let capture = decode(format!("{text}{SECOND}").as_bytes());
    assert_eq!((capture.stats.lines, capture.stats.damaged), (2, 0));
    assert_eq!(known(&capture), [Span::new(0, 32)]);
}

#[test]
fn a_line_without_its_ascii_column_counts_and_a_glued_echo_is_not_taken_for_one() {
    for end in ["", "\r\n", "  \r\n", "   ", " D\r\n -b 0x7F020010\n\r", " [7F020010] "] {
        let capture = decode(format!("{}{end}", &FIRST[..60]).as_bytes());
        assert_eq!(known(&capture), [Span::new(0, 16)], "{end:?}");
        assert_eq!(capture.stats.without_ascii, 1, "{end:?}");
        assert_eq!(capture.stats.ascii_mismatches, 0, "{end:?}");
    }
}

#[test]
fn of_a_cut_line_only_a_closed_half_counts() {
    for cut in 11..60 {
        let capture = decode(&FIRST.as_bytes()[..cut]);
        // The dash closes the first half.
        let certain = if cut < 36 { 0 } else { 8 };
        assert_eq!(capture.image.len(), certain, "{cut}");
        assert_eq!(capture.stats.damaged, usize::from(cut > 11), "{cut}");
        assert_eq!(codes(&capture).contains(&Code::CaptureBadLine), cut > 11, "{cut}");
    }
}

#[test]
fn a_lost_byte_never_shifts_the_rest_unnoticed() {
    for at in 0..16 {
        let start = 10 + 3 * at + if at < 8 { 0 } else { 2 };
        let text = format!("{}{}\r\n", &FIRST[..start], &FIRST[start + 3..]);
        let capture = decode(text.as_bytes());
        assert_eq!(known(&capture), if at < 8 { vec![] } else { vec![Span::new(0, 8)] }, "{at}");
        assert!(codes(&capture).contains(&Code::CaptureBadLine));
    }
}

#[test]
fn a_digit_that_contradicts_the_ascii_column_is_told_and_its_byte_not_known() {
    let text = format!("{}\r\n{SECOND}\r\n", FIRST.replace("50 4B", "50 4A"));
    let capture = decode(text.as_bytes());
    assert_eq!(known(&capture), [Span::new(0, 1), Span::new(2, 32)]);
    let fact = Fact::CaptureAsciiMismatch { address: FlashAddr(0x7F02_0001), hex: 0x4A.into(), ascii: 'K' };
    assert!(capture.findings.iter().any(|finding| finding.fact == fact && finding.span == Span::new(1, 2)));
    assert_eq!(capture.stats.ascii_mismatches, 1);
}

#[test]
fn a_digit_that_is_none_is_made_up_for_by_the_ascii_column() {
    // 4B is a K, 50 a P
    for (from, to) in [
        ("50 4B", "50 4x"),
        ("50 4B", "50 _B"),
        ("50 4B 03", "5~ K  03".trim_end()),
        ("[7F020000] 50", "[7F020000] P0"),
    ] {
        let text = format!("{}\r\n{SECOND}\r\n", FIRST.replace(from, to));
        let capture = decode(text.as_bytes());
        assert_eq!(known(&capture), [Span::new(0, 32)], "{to}");
        assert!(capture.image.starts_with(b"PK\x03"), "{to}");
    }
    let words = "[7F020000] 04034x50 00020014 - 43E50008 983B3D86  PK.........C.=;.\r\n";
    assert!(decode(words.as_bytes()).image.starts_with(b"PK\x03\x04"));
    let swapped = "[7F020010] 504*0304 14000200 - 0800E543 863D3B98  PK.........C.=;.\r\n";
    assert!(decode(swapped.as_bytes()).image.starts_with(b"PK\x03\x04"));
}

#[test]
fn a_digit_that_is_none_and_that_no_character_tells_leaves_one_byte_in_doubt() {
    for (from, to, byte) in [("4B 03", "4B 0x", 2), ("4B 03", "4x 03", 1), ("9D 4F", "9. 4F", 14)] {
        let text = format!("{}\r\n{SECOND}\r\n", FIRST.replace(from, to)).replace("PK.", "P+.");
        let capture = decode(text.as_bytes());
        let doubtful = if byte == 1 { 1 } else { 2 };
        let gaps: Vec<usize> = capture.image.gaps().iter().flat_map(|gap| gap.start()..gap.end()).collect();
        assert!(gaps.contains(&byte) && gaps.contains(&1) && gaps.len() == doubtful, "{to}: {gaps:?}");
    }
    // three of them: it may be another line
    let text = format!("{}\r\n{SECOND}\r\n", FIRST.replace("50 4B 03", "5x 4x 0x"));
    assert_eq!(known(&decode(text.as_bytes())), [Span::new(0, 16)]);
}

#[test]
fn the_start_of_one_line_spliced_to_the_end_of_another_is_no_line() {
    let text = format!("{}{}\r\n{THIRD}\r\n{FOURTH}\r\n", &FIRST[..25], &SECOND[25..]);
    let capture = decode(text.as_bytes());
    assert_eq!(capture.image.address(), Some(FlashAddr(0x7F02_0020)));
    assert_eq!(capture.stats.damaged, 1);
    assert!(codes(&capture).contains(&Code::CaptureBadLine));
}

#[test]
fn a_clean_second_reading_outdoes_one_that_contradicts_its_column() {
    let wrong = FIRST.replace("50 4B", "50 4A");
    for text in [format!("{wrong}\r\n{FIRST}\r\n"), format!("{FIRST}\r\n{wrong}\r\n")] {
        let capture = decode(text.as_bytes());
        assert!(capture.image.starts_with(b"PK"));
        assert_eq!(known(&capture), [Span::new(0, 16)]);
        assert_eq!(codes(&capture), [Code::CaptureCutPage]);
    }
}

#[test]
fn a_column_that_lost_a_character_neither_confirms_nor_contradicts() {
    for (at, _) in FIRST.char_indices().skip(62) {
        for end in ["\r\n", " D\r\n -b 0x7F020010\n\r"] {
            let text = format!("{}{}{end}{SECOND}", &FIRST[..at], &FIRST[at + 1..]);
            let capture = decode(text.as_bytes());
            assert_eq!(known(&capture), [Span::new(0, 32)], "{at} {end:?}");
            assert_eq!(capture.stats.without_ascii, 1, "{at} {end:?}");
        }
    }
}

#[test]
fn the_delete_character_is_raw_and_high_bytes_are_full_stops() {
    let text = b"[7F020000] 7F 80 20 21 FF 00 7E 0A - 08 00 1D 41 86 3D 9D 4F  \x7F..!..~....A.=.O\r\n";
    let capture = decode(text);
    assert_eq!(capture.stats.without_ascii, 0);
    assert_eq!(known(&capture), [Span::new(0, 16)]);
}

#[test]
fn a_missing_line_is_a_gap_of_sixteen_bytes() {
    let capture = decode(format!("{FIRST}\r\n{THIRD}\r\n{FOURTH}\r\n").as_bytes());
    let start = FlashAddr(0x7F02_0010);
    let gap = Fact::CaptureGap { start, end: FlashAddr(0x7F02_0020), len: 16 };
    assert!(capture.findings.iter().any(|finding| finding.fact == gap && finding.span == Span::new(16, 32)));
    assert_eq!(capture.image.gaps(), [Span::new(16, 32)]);
    assert_eq!(capture.stats.missing_bytes, 16);
}

#[test]
fn the_same_address_with_other_bytes_is_a_conflict_and_not_known() {
    let other = FIRST.replace(" 14 00", " 15 00");
    let capture = decode(format!("{FIRST}\r\n{SECOND}\r\n{other}\r\n{SECOND}\r\n").as_bytes());
    let fact = Fact::CaptureConflict { address: FlashAddr(0x7F02_0004), first: 0x14.into(), second: 0x15.into() };
    assert!(capture.findings.iter().any(|finding| finding.fact == fact));
    assert_eq!(capture.image[4], 0x14);
    assert_eq!(capture.image.gaps(), [Span::new(4, 5)]);
    assert!(!codes(&capture).contains(&Code::CaptureRepeatedPage));
}

#[test]
fn a_page_read_twice_is_told_once() {
    let page = print::terminal_log(&[7; 512], FlashAddr(0x7F02_0000), Dialect::Bytes);
    let capture = decode(&[page.clone(), page].concat());
    assert_eq!(codes(&capture), [Code::CaptureRepeatedPage, Code::CaptureRepeatedPage]);
    assert_eq!(capture.findings[1].span, Span::new(256, 512));
    assert_eq!(capture.image.gaps(), []);
}

#[test]
fn a_line_with_a_changed_address_is_left_out_and_named() {
    for changed in ["[7F0A0010]", "[7F020000]", "[3F020010]", "[7F020090]"] {
        let text = format!("{FIRST}\r\n{}\r\n{THIRD}\r\n{FOURTH}\r\n", SECOND.replace("[7F020010]", changed));
        let capture = decode(text.as_bytes());
        assert_eq!(capture.image.gaps(), [Span::new(16, 32)], "{changed}");
        assert_eq!(capture.image.len(), 64, "{changed}");
        assert_eq!(capture.stats.out_of_sequence, 1, "{changed}");
        assert!(codes(&capture).contains(&Code::CaptureBadLine), "{changed}");
    }
}

#[test]
fn pages_outside_of_the_flash_are_left_out_unless_all_is_ram() {
    let ram = print::terminal_log(&[1; 0x400], FlashAddr(0), Dialect::Bytes);
    let flash = print::terminal_log(&[2; 0x100], FlashAddr(0x7F01_0000), Dialect::Bytes);
    let capture = decode(&[ram.clone(), flash].concat());
    assert_eq!(capture.image.address(), Some(FlashAddr(0x7F01_0000)));
    assert_eq!(capture.image.len(), 0x100);
    assert_eq!(codes(&capture), [Code::CaptureStrayPage]);
    assert_eq!(capture.stats.stray, 64);

    let capture = decode(&ram);
    assert_eq!(capture.image.address(), Some(FlashAddr(0)));
    assert!(capture.findings.is_empty());
}

#[test]
fn addresses_at_both_ends_of_the_address_space_make_no_huge_image() {
    let at = |address: &str| format!("{}\r\n", FIRST.replace("7F020000", address));
    let capture = decode([at("00000000"), at("FFFFFFF0"), at("FFFFFFF8")].concat().as_bytes());
    assert_eq!(capture.image.len(), 16);
    assert_eq!(capture.stats.stray, 1);
    assert_eq!(capture.stats.damaged, 1, "a line cannot go beyond the address space");

    let scattered: String = (0..0x1000_u32).map(|step| at(&format!("{:08X}", step * 0x10_0000))).collect();
    assert!(decode(scattered.as_bytes()).image.len() <= 0x80_1000);
}

#[test]
fn findings_are_capped_and_the_last_tells_how_many_more() {
    let lines =
        (0..5000_u32).map(|line| format!("{}\r\n", FIRST.replace("7F020000", &format!("7F{:06X}", line * 0x300))));
    let capture = decode(lines.collect::<String>().as_bytes());
    let gaps: Vec<_> = capture.findings.iter().filter(|finding| finding.code() == Code::CaptureGap).collect();
    assert_eq!(gaps.len(), settle::FINDINGS_MAX);
    assert_eq!(gaps.last().unwrap().evidence, ["and 903 more like this"]);
    assert_eq!(capture.image.gaps().len(), 4999);
}

#[test]
fn words_that_no_column_settles_are_little_endian_and_in_doubt() {
    let bare = "[7F020000] 04034B50 00020014 - 43E50008 983B3D86\r\n";
    let capture = decode(bare.as_bytes());
    assert!(capture.image.starts_with(b"PK\x03\x04"));
    assert!(codes(&capture).contains(&Code::CaptureWordOrderUnproved));

    let swapped = "[7F020010] 504B0304 14000200 - 0800E543 863D3B98  PK.........C.=;.\r\n";
    let capture = decode(format!("{}{swapped}", bare.replace("04034B50", "504B0304")).as_bytes());
    assert!(capture.image.starts_with(b"PK\x03\x04"), "the order follows from the next line");
    assert_eq!(capture.dialects, [(Dialect::SwappedWords, 2)]);
}

#[test]
fn a_binary_beside_its_capture_is_told_apart() {
    let image = Image::new(vec![1, 2, 3, 4], None);
    assert_eq!(super::sidecar::compare(&image, &[1, 2, 3, 4], 0), Twin::Identical);
    assert_eq!(super::sidecar::compare(&image, &[1, 2], 0), Twin::Cut { binary_bytes: 2, capture_bytes: 4 });
    assert_eq!(
        super::sidecar::compare(&image, &[1, 9, 3, 8], 0),
        Twin::Differs { first: crate::image::Offset(1), bytes: 2 }
    );
    let holes = Image::with_holes(vec![1, 0xFF, 3], None, [Span::new(0, 1), Span::new(2, 3)].into_iter().collect());
    assert_eq!(super::sidecar::compare(&holes, &[1, 2, 3], 0), Twin::AgreesWhereKnown { unknown_bytes: 1 });
}

#[test]
fn a_log_that_starts_late_is_found() {
    let mut text = b"Memory: 16MB = 16MB total\r\n".repeat(20_000);
    text.extend_from_slice(&print::terminal_log(&[7; 4096], FlashAddr(0x7F02_0000), Dialect::Bytes));
    assert_eq!(detect(&text), Some(Writer::TerminalLog));
}

#[test]
fn brackets_and_broken_anchors_without_end_are_no_lines() {
    assert_eq!(decode(&vec![b'['; 0x10_0000]).stats.lines, 0);
    let capture = decode(&b"[7F020000] 50 4B 03 ".repeat(0x8000));
    assert_eq!((capture.stats.lines, capture.stats.used), (0x8000, 0));
    assert!(capture.is_empty());
}
