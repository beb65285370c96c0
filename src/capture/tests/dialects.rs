//! Each dialect printed and read back, alone, in a log and mixed with others.

use proptest::collection::vec;
use proptest::prelude::*;
use strum::IntoEnumIterator;

use super::super::print::{Case, listing, listing_in_full, terminal_log, xxd};
use super::super::*;
use super::sample;
use crate::finding::{Code, Fact};
use crate::image::{FlashAddr, Span};

/// Bytes as a flash has them: noise, text, and stretches of one byte.
fn flash_bytes() -> impl Strategy<Value = Vec<u8>> {
    let stretch = prop_oneof![
        vec(any::<u8>(), 1..100),
        vec(0x20_u8..0x7F, 1..100),
        (any::<u8>(), 1_usize..200).prop_map(|(byte, len)| vec![byte; len]),
        (1_usize..20).prop_map(|times| b"0123456789abcdef".repeat(times)),
    ];
    vec(stretch, 1..12).prop_map(|stretches| stretches.concat())
}

fn dialect() -> impl Strategy<Value = Dialect> {
    proptest::sample::select(Dialect::iter().collect::<Vec<_>>())
}

/// A handful of digits with nothing around them is a number, not a capture; and where a `*` stands behind the first row,
/// hexadecimal and octal numbers can look alike.
fn tells_something(image: &[u8], dialect: Dialect) -> bool {
    let mut rows = image.chunks(16);
    let is_repeated = rows.next().zip(rows.next()).is_some_and(|(first, second)| first.starts_with(second));
    match dialect {
        Dialect::Plain => image.len() >= 16,
        Dialect::HexdumpPairs | Dialect::OdPairs | Dialect::OdWords => !is_repeated,
        _ => true,
    }
}

/// What is not told of a text that nothing is wrong with.
fn faults(capture: &Capture) -> Vec<&crate::finding::Finding> {
    let order = [Code::CaptureWordOrder, Code::CaptureWordOrderUnproved];
    capture.findings.iter().filter(|finding| !order.contains(&finding.code())).collect()
}

/// Holds a decoded image against what was printed: the same bytes, and erased flash where a unit or a page was filled up.
fn assert_shows(capture: &Capture, image: &[u8]) {
    let shown = &*capture.image;
    // where no character shows in which order the bytes stand, they are taken as the tool usually prints them
    if capture.word_order.is_some_and(|order| order.unsettled > 0) {
        return assert!(shown.len() >= image.len(), "{} of {} bytes", shown.len(), image.len());
    }
    assert!(shown.len() >= image.len(), "{} of {} bytes", shown.len(), image.len());
    let differing = image.iter().zip(shown).position(|(one, other)| one != other);
    assert_eq!(differing, None, "{:?}", capture.dialects);
    assert!(shown[image.len()..].iter().all(|byte| *byte == 0xFF));
    assert_eq!(capture.image.gaps(), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_is_printed_in_a_dialect_is_read_back(
        image in flash_bytes(),
        dialect in dialect(),
        place in prop_oneof![Just(0_u32), Just(0x7F02_0000), (0_u32..0x40_000).prop_map(|step| 0x7F00_0000 + step * 16)],
        is_squeezed in any::<bool>(),
    ) {
        prop_assume!(tells_something(&image, dialect));
        let print = if is_squeezed { listing } else { listing_in_full };
        let text = print(&image, FlashAddr(place), dialect);
        let capture = decode(&text);
        assert_shows(&capture, &image);
        prop_assert_eq!(faults(&capture), Vec::<&crate::finding::Finding>::new());
        let is_known = place >= 0x7F00_0000 && dialect != Dialect::Plain;
        let is_memory = is_known || matches!(dialect.family(), dialect::Family::BootLoader | dialect::Family::UBoot);
        prop_assert_eq!(capture.image.address(), is_memory.then_some(FlashAddr(place)));
        prop_assert_eq!(capture.stats.lines, capture.stats.used);
        prop_assert_eq!(capture.stats.other_text, 0);
    }

    #[test]
    fn a_log_of_a_dialect_is_read_back_and_the_rest_of_it_counted(image in flash_bytes(), dialect in dialect()) {
        prop_assume!(tells_something(&image, dialect));
        let log = b"Image: 7 name:linux.bin base:0x7F020000 size:0x000BFE5C exec:0x00008000 -acxz\r\n\
            usb.c: registered new driver hub\r\n# ls -l\r\n-rw-r--r-- 1 root root 4194304 Jan  1 00:00 mtd0\r\n";
        let text = [log, &*terminal_log(&image, FlashAddr(0x7F02_0000), dialect), b"\r\n# reboot\r\n"].concat();
        let capture = decode(&text);
        assert_shows(&capture, &image);
        prop_assert!(capture.stats.other_text >= 5);
        prop_assert_eq!(faults(&capture), Vec::<&crate::finding::Finding>::new());
    }

    #[test]
    fn groups_of_xxd_are_read_in_either_case(image in flash_bytes(), group in prop::sample::select(vec![1, 2, 4, 8, 16])) {
        // one row that is no whole group tells neither group nor order
        prop_assume!(group <= 4 || image.len() >= 16);
        for case in [Case::Lower, Case::Upper] {
            let capture = decode(&xxd(&image, FlashAddr(0), group, case));
            assert_shows(&capture, &image);
        }
    }

    #[test]
    fn dialects_in_one_text_make_one_image(
        // plain digits have no addresses, and where no character shows the order `d -s` would be taken for `d`
        parts in vec((flash_bytes(), dialect().prop_filter("", |dialect| {
            !matches!(dialect, Dialect::Plain | Dialect::SwappedWords)
        })), 2..5),
    ) {
        let mut text = Vec::new();
        let mut image = Vec::new();
        for (bytes, dialect) in &parts {
            let rows = bytes.len().next_multiple_of(256);
            let bytes: Vec<u8> = bytes.iter().copied().chain(std::iter::repeat(0xFF)).take(rows).collect();
            text.extend(terminal_log(&bytes, FlashAddr(0x7F10_0000 + u32::try_from(image.len()).unwrap()), *dialect));
            text.extend(b"\r\n");
            image.extend(bytes);
        }
        let capture = decode(&text);
        prop_assert_eq!(capture.image.address(), Some(FlashAddr(0x7F10_0000)));
        assert_shows(&capture, &image);
    }
}

#[test]
fn the_real_kernel_is_the_same_in_every_dialect() {
    let Some(kernel) = sample("recovery-tool/linux") else { return };
    for dialect in Dialect::iter() {
        let text = listing(&kernel, FlashAddr(0x7F02_0000), dialect);
        assert!(detect(&text).is_some(), "{dialect}");
        let capture = decode(&text);
        assert!(*capture.image == *kernel, "{dialect}");
        assert_eq!(capture.image.gaps(), [], "{dialect}");
        assert_eq!(capture.dialects.first().map(|(dialect, _)| *dialect), Some(dialect));
    }
}

#[test]
fn the_order_of_units_is_told_by_the_column() {
    let image = b"PK\x03\x04words in the order of memory";
    let order = |dialect| decode(&listing(image, FlashAddr(0x7F02_0000), dialect)).word_order;
    assert_eq!(order(Dialect::MdWords).map(|order| (order.little_endian, order.swapped)), Some((2, 0)));
    assert_eq!(order(Dialect::XxdLittleEndian).map(|order| order.little_endian), Some(2));
    assert_eq!(order(Dialect::Xxd), None);
    assert_eq!(order(Dialect::Hexdump), None);
}

#[test]
fn words_without_characters_follow_their_own_page_and_not_the_one_before() {
    let page = |at: u32, dialect| {
        let image = [&[6, 0, 0, 0].repeat(4)[..], b"romfs.img and more"].concat();
        terminal_log(&image, FlashAddr(at), dialect)
    };
    let both = [page(0x7F02_0000, Dialect::Words), page(0x7F04_0000, Dialect::SwappedWords)];
    for text in [both.concat(), both.iter().rev().cloned().collect::<Vec<_>>().concat()] {
        let capture = decode(&text);
        assert_eq!(capture.image[..4], [6, 0, 0, 0]);
        assert_eq!(capture.image[0x2_0000..0x2_0004], [6, 0, 0, 0]);
    }
}

#[test]
fn offsets_of_a_file_are_no_addresses() {
    let capture = decode(&listing(&[7; 64], FlashAddr(0x1_0000), Dialect::Hexdump));
    assert_eq!(capture.image.address(), None);
    assert_eq!(capture.addresses, Addresses::Offsets { first: 0x1_0000 });
    assert_eq!(decode(&listing(&[7; 64], FlashAddr(0), Dialect::Plain)).addresses, Addresses::None);
    assert_eq!(decode(&listing(&[7; 64], FlashAddr(0), Dialect::MdBytes)).addresses, Addresses::Printed);
}

const HEXDUMP: [&str; 3] = [
    "00000000  50 4b 03 04 14 00 02 00  08 00 1d 41 86 3d 9d 4f  |PK.........A.=.O|",
    "00000010  fb 83 dc dc 0a 00 5c b7  15 00 09 00 00 00 6c 69  |......\\.......li|",
    "00000020  6e 75 78 2e 62 69 6e 00  00 00 00 00 00 00 00 00  |nux.bin.........|",
];

#[test]
fn a_line_of_stars_that_a_lost_line_follows_stands_for_nothing() {
    let rows = HEXDUMP.join("\n*\n");
    let capture = decode(format!("{rows}\n00000030\n").as_bytes());
    assert_eq!(capture.stats.squeezed, 0);
    assert_eq!(capture.image.len(), 48);
    let claims_4_gib = format!("{}\n*\nfffffff0  {}\n", HEXDUMP[0], &HEXDUMP[1][10..]);
    assert!(decode(claims_4_gib.as_bytes()).image.len() <= 16);
}

#[test]
fn an_end_behind_the_last_row_tells_what_is_missing() {
    let text = format!("{}\n{}\n00000040\n", HEXDUMP[0], HEXDUMP[1]);
    let missing: Vec<&Fact> = faults(&decode(text.as_bytes()))
        .iter()
        .map(|finding| &finding.fact)
        .cloned()
        .collect::<Vec<_>>()
        .leak()
        .iter()
        .collect();
    assert!(matches!(missing.as_slice(), [Fact::CaptureListingGap { len: 32, .. }]), "{missing:?}");
    let cut = decode(HEXDUMP.join("\n").as_bytes());
    assert!(matches!(faults(&cut).as_slice(), [finding] if finding.code() == Code::CaptureNoEnd));
}

#[test]
fn rows_that_an_editor_merged_are_read() {
    let bytes = |dialect| listing(&(0x20..0x80).collect::<Vec<u8>>(), FlashAddr(0x7F02_0000), dialect);
    for dialect in [Dialect::Hexdump, Dialect::Xxd, Dialect::MdBytes, Dialect::MdWords, Dialect::XxdLittleEndian] {
        let text = String::from_utf8(bytes(dialect)).unwrap();
        for between in ["", " ", "  "] {
            let merged = text.replace('\n', between);
            let capture = decode(merged.as_bytes());
            assert_eq!(capture.image.len(), 96, "{dialect} {between:?}");
            assert_eq!(capture.image.gaps(), [], "{dialect} {between:?}");
        }
    }
    for dialect in [Dialect::IntelHex, Dialect::SRecord] {
        let merged = String::from_utf8(bytes(dialect)).unwrap().replace('\n', " ");
        assert_eq!(decode(merged.as_bytes()).image.len(), 96, "{dialect}");
    }
}

#[test]
fn rows_without_their_column_count_and_are_told() {
    for (dialect, cells_end) in [(Dialect::Hexdump, 58), (Dialect::MdBytes, 57), (Dialect::Xxd, 49), (Dialect::Od, 54)]
    {
        let text = listing(&(0..96).collect::<Vec<u8>>(), FlashAddr(0), dialect);
        let text = String::from_utf8(text).unwrap();
        let cut: String = text.lines().map(|line| format!("{}\r\n", &line[..line.len().min(cells_end)])).collect();
        let capture = decode(cut.as_bytes());
        assert_eq!(&*capture.image, (0..96).collect::<Vec<u8>>(), "{dialect}");
        assert_eq!(capture.stats.without_ascii, 6, "{dialect}");
    }
}

#[test]
fn a_digit_that_contradicts_the_column_makes_its_byte_unknown() {
    for dialect in
        [Dialect::Hexdump, Dialect::Xxd, Dialect::XxdLittleEndian, Dialect::MdBytes, Dialect::MdWords, Dialect::Od]
    {
        let text = String::from_utf8(listing(b"sixteen letters.and sixteen more", FlashAddr(0), dialect)).unwrap();
        let changed = text.replacen("73", "72", 1);
        let capture = decode(changed.as_bytes());
        assert_eq!(capture.image.gaps(), [Span::new(0, 1)], "{dialect}");
        assert_eq!(capture.stats.ascii_mismatches, 1, "{dialect}");
    }
}

#[test]
fn a_digit_that_is_none_takes_no_more_than_its_unit() {
    for (dialect, lost) in [(Dialect::Hexdump, 1), (Dialect::Xxd, 2), (Dialect::MdWords, 4), (Dialect::Od, 1)] {
        let text = String::from_utf8(listing(b"sixteen letters.and sixteen more", FlashAddr(0), dialect)).unwrap();
        let capture = decode(text.replacen("73", "7G", 1).as_bytes());
        assert_eq!(
            capture.image.gaps().iter().map(|gap| gap.len()).sum::<usize>(),
            lost.min(capture.image.gaps().len() * 4),
            "{dialect}"
        );
        assert_eq!(capture.stats.damaged, 1, "{dialect}");
    }
}

#[test]
fn of_a_row_with_a_lost_character_only_what_is_certain_counts() {
    let image: Vec<u8> = (0x21..0x51).collect();
    for dialect in [
        Dialect::Hexdump,
        Dialect::Xxd,
        Dialect::XxdLittleEndian,
        Dialect::MdBytes,
        Dialect::MdWords,
        Dialect::Od,
        Dialect::OdOctal,
        Dialect::HexdumpPairs,
        Dialect::OdPairs,
        Dialect::OdWords,
    ] {
        let text = listing(&image, FlashAddr(0), dialect);
        for lost in 0..text.len() {
            for len in [1, 2, 3] {
                let damaged = [&text[..lost], text.get(lost + len..).unwrap_or_default()].concat();
                let capture = decode(&damaged);
                let first = match capture.addresses {
                    Addresses::Offsets { first } => usize::try_from(first).unwrap(),
                    _ => capture.image.address().map_or(0, |address| address.0 as usize),
                };
                for known in capture.image.known().iter() {
                    let expected = known.shifted(first).of(&image);
                    assert_eq!(known.of(&capture.image), expected, "{dialect}, {len} lost at {lost}");
                }
            }
        }
    }
}

#[test]
fn records_with_a_bad_checksum_are_told_and_the_others_used() {
    for dialect in [Dialect::IntelHex, Dialect::SRecord] {
        let text = String::from_utf8(listing(&(0..96).collect::<Vec<u8>>(), FlashAddr(0x7F02_0000), dialect)).unwrap();
        let capture = decode(text.replacen("2122", "2133", 1).as_bytes());
        assert_eq!(capture.image.gaps(), [Span::new(32, 48)], "{dialect}");
        assert_eq!((capture.stats.used, capture.stats.bad_checksums), (5, 1), "{dialect}");
        assert!(faults(&capture).iter().any(|finding| finding.code() == Code::CaptureBadChecksum), "{dialect}");
    }
}

#[test]
fn without_its_upper_address_no_record_of_intel_hex_has_a_place() {
    let image: Vec<u8> = (0..0x60).collect();
    let text = String::from_utf8(listing(&image, FlashAddr(0x7F01_FFD0), Dialect::IntelHex)).unwrap();
    let upper = text.lines().rfind(|line| line.starts_with(":02000004")).unwrap();
    for broken in [String::new(), upper.replace("7F", "7E")] {
        let capture = decode(text.replace(upper, &broken).as_bytes());
        assert_eq!(capture.image.address(), Some(FlashAddr(0x7F01_FFD0)));
        assert_eq!(&*capture.image, &image[..0x30]);
        assert_eq!(capture.stats.without_place, 3 + usize::from(!broken.is_empty()));
    }
}

#[test]
fn lost_records_are_noticed_by_their_count() {
    let text = String::from_utf8(listing(&[7; 96], FlashAddr(0x7F02_0000), Dialect::SRecord)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let capture = decode([&lines[..5], &lines[6..]].concat().join("\n").as_bytes());
    assert!(faults(&capture).iter().any(|finding| finding.fact == Fact::CaptureRecordCount { told: 6, read: 5 }));
}

#[test]
fn plain_digits_behind_other_text_or_of_another_length_have_no_place() {
    let image: Vec<u8> = (0..=255).collect();
    let text = String::from_utf8(listing(&image, FlashAddr(0), Dialect::Plain)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let whole = |lines: &[&str]| decode(lines.join("\n").as_bytes());
    assert_eq!(&*whole(&lines).image, &image);

    let mut lost_digit = lines.clone();
    lost_digit[2] = &lines[2][..59];
    assert_eq!(whole(&lost_digit).image.gaps(), [Span::new(60, 90)]);

    let mut torn = lines.clone();
    torn[2] = &lines[2][..20];
    let capture = whole(&torn);
    assert!(image.windows(capture.image.len()).any(|part| part == &*capture.image), "one piece of it");
    assert!(faults(&capture).iter().any(|finding| finding.code() == Code::CaptureWithoutPlace));

    let mut interrupted = lines.clone();
    interrupted.insert(3, "usb.c: registered new driver hub");
    let capture = whole(&interrupted);
    assert_eq!(&*capture.image, &image[90..]);

    let apart: String = image
        .chunks(16)
        .map(|row| row.iter().map(|byte| format!("{byte:02X} ")).collect::<String>() + "\r\n")
        .collect();
    assert_eq!(&*decode(apart.as_bytes()).image, &image);
}

#[test]
fn text_with_some_hex_in_it_is_no_capture() {
    let hashes: String = (0..20).map(|number| format!("{:064x}\n", u128::MAX / (number + 3))).collect();
    let numbers: String =
        (0..200).map(|number| format!("{:016}\n", 1_234_567_890_123_456_u64 + number * 7919)).collect();
    let source = "const TABLE: [u8; 16] = [0x50, 0x4b, 0x03, 0x04];\nlet deadbeef: u32 = 0x12345678;\n".repeat(100);
    let addresses =
        "00:d6:fb:01:02:03 fe80::2d6:fbff:fe01:203\n20110304 12:00:01 started\n12345678: done\n".repeat(100);
    let dates = "20110304 10 20 30 40 50 rain\n1234567 11 22 33 words\n".repeat(100);
    let disassembly =
        "    8000:\te59f01b4 \tldr\tr0, [pc, #436]\n    8004:\te59f119f \tldr\tr1, [pc, #415]\n".repeat(100);
    let article =
        format!("{}\n{}\n{}", "How I dumped my camera. ".repeat(100), HEXDUMP[0], "Then I slept well. ".repeat(100));
    for text in [hashes, numbers, source, addresses, dates, disassembly, article, "deadbeef".to_owned()] {
        assert_eq!(detect(text.as_bytes()), None, "{}", &text[..text.len().min(60)]);
    }
}

#[test]
fn garbage_that_looks_like_rows_is_read_in_linear_time() {
    for garbage in [
        "00000000: ",
        "00000000  00 ",
        "000000 00 ",
        "*\n",
        ":00000000",
        "S3150000",
        "00",
        "0000000 ",
        "a b ",
        "00000000\n",
    ] {
        let capture = decode(garbage.repeat(0x4_0000).as_bytes());
        assert!(capture.image.len() <= garbage.len() * 0x4_0000);
    }
}
