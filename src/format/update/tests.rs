use proptest::prelude::*;

use super::*;
use crate::finding::Code;

const BNEG: Form = Form::Bneg { version: 1 };

fn system_of(bytes: &[u8]) -> (System, Vec<Code>) {
    let parsed = parse(bytes).unwrap();
    let Update::System(system) = parsed.value else { panic!("an update of another camera") };
    (system, parsed.findings.iter().map(Finding::code).collect())
}

/// The header of lr_cmos_11_14_1_46.bin, a file of 1,350,539 bytes (packages-and-formats.md section 1).
#[test]
fn a_real_header_gives_the_real_lengths() {
    let mut bytes = hex::decode("424e4547010000000100000077cb0b0000d00800").unwrap();
    bytes.resize(1_350_539, 0);
    let (system, findings) = system_of(&bytes);
    assert_eq!((system.form, system.flags), (BNEG, Flags::ZIPPED_KERNEL));
    assert_eq!((system.kernel, system.romfs.len()), (Span::at(0x14, 772_983), 577_536));
    assert!(findings.is_empty() && system.is_whole());
    bytes.truncate(48);
    assert_eq!(system_of(&bytes).1, [Code::UpdateTruncated]);
}

#[test]
fn the_tail_of_a_newer_update_is_told_but_not_judged() {
    let mut bytes = build(BNEG, Flags(1), b"PKkernel", b"-rom1fs-").unwrap();
    let whole = bytes.len();
    bytes.extend(hex::decode("9fc01b0b60aaba34").unwrap());
    let (system, findings) = system_of(&bytes);
    assert_eq!((system.tail, findings), (Span::at(whole, 8), vec![Code::UpdateTail]));
    bytes.resize(whole + TAIL_LIMIT + 1, 0);
    let (system, findings) = system_of(&bytes);
    assert_eq!((system.tail, findings), (Span::at(whole, 0), vec![]));
}

#[test]
fn an_update_without_magic_is_known_by_its_lengths_and_parts() {
    let bytes = build(Form::Headless, Flags(1), b"PK a kernel", b"-rom1fs- a romfs").unwrap();
    let (system, findings) = system_of(&bytes);
    assert_eq!((system.form, findings), (Form::Headless, vec![]));
    assert_eq!(system.kernel.of(&bytes), b"PK a kernel");
    assert_eq!(system.romfs.of(&bytes), b"-rom1fs- a romfs");
    for strange in [
        build(Form::Headless, Flags(1), b"no kernel", b"-rom1fs-").unwrap(),
        build(Form::Headless, Flags(1), b"PK", b"no romfs").unwrap(),
        build(Form::Headless, Flags(5), b"PK", b"-rom1fs-").unwrap(),
        bytes[..bytes.len() - 1].to_vec(),
    ] {
        assert!(parse(&strange).is_err());
    }
}

#[test]
fn an_update_for_a_later_camera_holds_a_zip() {
    for (part, head, end) in WIFI_PARTS {
        let mut bytes = head.to_vec();
        bytes.extend([3, 0, 0, 0]);
        bytes.extend(b"PK!");
        bytes.extend(end);
        let parsed = parse(&bytes).unwrap();
        assert_eq!(parsed, Parsed::clean(Update::Wifi(Wifi { part, zip: Span::at(36, 3), len: 71 })));
        bytes[70] ^= 1;
        assert_eq!(parse(&bytes).unwrap().findings[0].code(), Code::UpdateEndMark);
        bytes.pop();
        assert_eq!(parse(&bytes).unwrap().findings[0].code(), Code::UpdateTruncated);
    }
}

#[test]
fn the_word_bneg_in_a_text_is_no_update() {
    assert!(parse(b"BNEG is the magic of an update").is_err());
    assert!(parse(b"BNEG").is_err());
    assert!(parse(b"wifi-camera-manual").is_err());
}

#[test]
fn the_published_pieces_of_real_updates_are_read() {
    let Some(samples) = crate::format::sample_dir() else { return };
    let head = std::fs::read(samples.join("updates/lr_cmos_11_14_1_46.first48")).unwrap();
    let (system, findings) = system_of(&head);
    assert_eq!((system.kernel, findings), (Span::new(0x14, 48), vec![Code::UpdateTruncated]));
    assert!(system.kernel.of(&head).starts_with(b"PK\x03\x04"));
    assert_eq!(system.declared_len, 1_350_539);
    let tail = std::fs::read(samples.join("updates/lr_cmos_11_37_2_51.last8")).unwrap();
    let mut newer = build(BNEG, Flags(1), &[0; 764_064], &[0; 1_054_720]).unwrap();
    newer.extend(&tail);
    let (system, findings) = system_of(&newer);
    assert_eq!((newer.len(), system.tail.of(&newer), findings), (1_818_812, &*tail, vec![Code::UpdateTail]));
}

proptest! {
    #[test]
    fn a_built_update_parses_to_its_parts(
        kernel in proptest::collection::vec(any::<u8>(), 0..99), flags in 0_u32..4, version in 0_u32..9,
        romfs in proptest::collection::vec(any::<u8>(), 0..99),
    ) {
        let form = Form::Bneg { version };
        let bytes = build(form, Flags(flags), &kernel, &romfs).unwrap();
        let (system, findings) = system_of(&bytes);
        prop_assert_eq!((system.form, system.flags, findings), (form, Flags(flags), vec![]));
        prop_assert_eq!((system.kernel.of(&bytes), system.romfs.of(&bytes)), (&*kernel, &*romfs));
        prop_assert_eq!(parse(&bytes).unwrap().value.len(), bytes.len());
        let again = build(system.form, system.flags, system.kernel.of(&bytes), system.romfs.of(&bytes));
        prop_assert!(again.unwrap() == bytes, "what was read builds the same bytes");
    }

    #[test]
    fn arbitrary_bytes_never_panic(start in 0_usize..4, bytes in proptest::collection::vec(any::<u8>(), 0..99)) {
        let start = [b"".as_slice(), &MAGIC, WIFI_PARTS[0].1, WIFI_PARTS[1].1][start];
        let bytes = [start, &bytes].concat();
        if let Ok(parsed) = parse(&bytes) {
            prop_assert!(parsed.value.len() <= bytes.len());
        }
    }
}
