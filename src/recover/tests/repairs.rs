//! Few doubtful bytes, and the checks that decide them.

use super::*;
use crate::map::{Kind, State};

fn line_of(text: &[u8], address: u32) -> String {
    let text = String::from_utf8_lossy(text);
    let from = text.find(&format!("[{address:08X}]")).unwrap();
    text[from..from + 62].to_owned()
}

/// The text with the digits of the first byte from `address` on that is shown as it should be (`from`) changed.
fn misread(
    text: &[u8],
    address: u32,
    is_fit: impl Fn(u8) -> bool,
    change: impl Fn(u8) -> u8,
) -> (Vec<u8>, u32, u8, u8) {
    for line in (address..).step_by(16) {
        let shown = line_of(text, line);
        for place in 0..8 {
            let digits = &shown[11 + place * 3..13 + place * 3];
            let value = u8::from_str_radix(digits, 16).unwrap();
            if is_fit(value) {
                let other = change(value);
                let changed = shown.replacen(&format!(" {digits}"), &format!(" {other:02X}"), 1);
                if changed[11 + place * 3..13 + place * 3] == format!("{other:02X}") {
                    return (altered(text, &shown, &shown, &changed), line + place as u32, value, other);
                }
            }
        }
    }
    unreachable!()
}

const fn is_printable(value: u8) -> bool {
    value > 0x21 && value < 0x7F
}

#[test]
fn a_digit_that_the_column_contradicts_is_decided_by_the_kernels_crc_32() {
    let mut chance = Chance(1);
    let kernel = kernel(30_000, &mut chance);
    let text = printed(&kernel, KERNEL);
    // shown as a full stop, so that many values are possible
    let (text, address, right, wrong) =
        misread(&text, KERNEL.0 + 0x2000, |value| value > 0x80, |value| b'A' | (value & 0x0F) | 0x40);
    let wrong_is_near = (wrong ^ right) & 0xF0 == 0 || (wrong ^ right) & 0x0F == 0;
    let recovery = recover(set([("a.log", text)]), None);
    let image = recovery.images.iter().find(|image| image.region.kind == Kind::Kernel);
    assert!(wrong_is_near);
    let image = image.unwrap_or_else(|| panic!("{recovery:#?}"));
    assert!(image.bytes == kernel && image.region.state == State::Verified, "{:?}", recovery.gave_up);
    let [repair] = recovery.repairs.as_slice() else { panic!("{:?}", recovery.repairs) };
    assert_eq!((repair.address, repair.from, repair.to), (Some(FlashAddr(address)), wrong.into(), right.into()));
    assert!(repair.why.contains("the CRC-32 0x"), "{}", repair.why);
    assert!(recovery.pages_to_dump().is_empty());
}

#[test]
fn captures_that_disagree_in_three_bytes_are_decided_by_the_kernels_crc_32() {
    let mut chance = Chance(2);
    let kernel = kernel(30_000, &mut chance);
    let text = printed(&kernel, KERNEL);
    let not_shown = |value: u8| value >= 0x90;
    let mut other = text.clone();
    for step in 1..4 {
        (other, ..) = misread(&other, KERNEL.0 + step * 0x500, not_shown, |value| value ^ 0x01);
    }
    let recovery = recover(set([("a.log", text), ("b.log", other)]), None);
    assert!(recovery.images[0].bytes == kernel, "{:?}", recovery.gave_up);
    assert_eq!(recovery.repairs.len(), 3);
    assert_eq!(recovery.images[0].tally.map(|tally| tally.tied), Some(3));
}

#[test]
fn a_sum_that_chose_a_byte_proves_no_other_that_was_read_once() {
    let mut chance = Chance(3);
    let image = web_ui(&mut chance);
    let text = printed(&image, FlashAddr(0x7F20_0000));
    let (text, ..) = misread(&text, 0x7F20_0100, is_printable, |value| value ^ 0x80);
    let once = recover(set([("a.log", text.clone())]), None);
    let [found] = once.images.as_slice() else { panic!("{once:#?}") };
    assert!(found.bytes == image);
    assert_eq!((found.region.state, found.proved.len(), once.repairs.len()), (State::Plausible, 0, 1));

    let sound = printed(&image, FlashAddr(0x7F20_0000));
    let (other, ..) = misread(&sound, 0x7F20_0100, is_printable, |value| value ^ 0x80);
    let twice = recover(set([("a.log", other.clone()), ("b.dat", sound)]), None);
    assert_eq!((twice.images[0].region.state, twice.repairs.len()), (State::Verified, 0), "the other capture is clean");
}

#[test]
fn two_values_that_both_fit_a_sum_are_not_chosen_from() {
    let mut chance = Chance(4);
    let image = web_ui(&mut chance);
    let text = printed(&image, FlashAddr(0x7F20_0000));
    // one digit up in one line and down in another: the other way round makes the same sum
    let even = |value: u8| value >= 0x90 && value & 1 == 0;
    let odd = |value: u8| value >= 0x90 && value & 1 == 1;
    let (other, ..) = misread(&text, 0x7F20_0100, even, |value| value ^ 1);
    let (other, ..) = misread(&other, 0x7F20_0200, odd, |value| value ^ 1);
    let recovery = recover(set([("a.log", text), ("b.log", other)]), None);
    assert!(recovery.images.is_empty() && recovery.repairs.is_empty(), "{recovery:#?}");
    assert!(recovery.gave_up[0].why.contains("more than one of the 4 combinations"), "{:?}", recovery.gave_up);
    assert_eq!(recovery.pages_to_dump(), [FlashAddr(0x7F20_0100), FlashAddr(0x7F20_0200)]);
}

#[test]
fn a_header_of_a_romfs_is_repaired_by_its_checksum_and_a_file_is_not() {
    let mut volume = crate::format::romfs::Volume::new("rom 4d3a90c7");
    for name in ["file1", "file2"] {
        let text = "all work and no play ".repeat(50).into_bytes();
        volume.add(crate::format::romfs::Volume::ROOT, crate::format::romfs::Node::file(name, text)).unwrap();
    }
    let romfs = volume.build().unwrap();
    let text = printed(&romfs, FlashAddr(0x7F0E_0000));
    let header = crate::format::romfs::parse(&romfs)
        .unwrap()
        .value
        .entries
        .iter()
        .find(|entry| entry.path.ends_with("file2"))
        .unwrap()
        .header;
    let at = 0x7F0E_0000 + header.start() as u32;
    let (header_misread, address, right, _) = misread(&text, at + 16, is_printable, |value| value ^ 0x80);
    assert_eq!(right, b'f');
    let recovery = recover(set([("a.log", header_misread)]), None);
    assert!(recovery.images[0].bytes == romfs);
    assert_eq!(recovery.repairs[0].address, Some(FlashAddr(address)));

    let (file_misread, address, ..) = misread(&text, at + 0x40, is_printable, |value| value ^ 0x80);
    let recovery = recover(set([("a.log", file_misread)]), None);
    assert!(recovery.images.is_empty() && recovery.repairs.is_empty());
    assert_eq!(recovery.pages_to_dump(), [FlashAddr(address & !0xFF)]);
}

/// A packed file can unpack to a thousand times as much: all combinations of nine bytes would take minutes.
#[test]
fn a_search_that_would_take_too_long_is_given_up_and_told() {
    let mut bomb = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    bomb.start_file("linux.bin", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut bomb, &(0..=250).collect::<Vec<u8>>().repeat(250_000)).unwrap();
    let bomb = bomb.finish().unwrap().into_inner();
    let text = printed(&bomb, KERNEL);
    let mut other = text.clone();
    for step in 1..10 {
        (other, ..) =
            misread(&other, KERNEL.0 + step * 0x500, |value| !(0x20..0x80).contains(&value), |value| value ^ 1);
    }
    let recovery = recover(set([("a.log", text), ("b.log", other)]), None);
    let [gave_up] = recovery.gave_up.as_slice() else { panic!("{:?} {:?}", recovery.gave_up, recovery.repairs) };
    assert!(gave_up.why.contains("the search was given up after"), "{}", gave_up.why);
    assert!(recovery.repairs.is_empty() && recovery.pages_to_dump().len() == 9, "{:?}", recovery.pages_to_dump());
}
