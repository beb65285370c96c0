use proptest::prelude::*;

use super::*;
use crate::finding::Code;
use crate::format::Confirmed;

const PROGRAM: NewFlat<'static> = NewFlat {
    text: b"the text of a program, which is long enough to start in",
    data: b"its data",
    bss_len: 0x100,
    stack_len: 0x1000,
    relocations: &[4, 8],
    flags: Flags(1),
    time: 0x4CFD_C41F,
};

fn packed(flags: Flags) -> NewFlat<'static> {
    NewFlat { flags: Flags::RAM | flags, ..PROGRAM }
}

fn codes(findings: &[Finding]) -> Vec<Code> {
    findings.iter().map(Finding::code).collect()
}

#[test]
fn a_plain_program_has_its_sections_where_the_header_says() {
    let mut bytes = build(&PROGRAM);
    let len = bytes.len();
    bytes.extend([0; 16]);
    let parsed = parse(&bytes).unwrap();
    let flat = parsed.value;
    assert_eq!(parsed.findings, []);
    assert_eq!((flat.text.of(&bytes), flat.data.of(&bytes)), (PROGRAM.text, PROGRAM.data));
    assert_eq!(flat.relocations.of(&bytes), [0, 0, 0, 4, 0, 0, 0, 8]);
    assert_eq!((flat.bss_len, flat.stack_len, flat.entry), (0x100, 0x1000, 0x40));
    assert_eq!((flat.len(), flat.packing), (len, Packing::Plain));
    assert_eq!(unpack(&bytes).unwrap(), bytes[..len]);
    assert_eq!(verify(&bytes), Ok(Body { end: len, unpacked_len: len, proved: None, findings: vec![] }));
}

#[test]
fn a_packed_program_unpacks_to_the_plain_one() {
    let plain = build(&PROGRAM);
    for (flags, start) in [(Flags::GZIP, 0x40), (Flags::GZIP_DATA, 0x40 + PROGRAM.text.len())] {
        let mut bytes = build(&packed(flags));
        let end = bytes.len();
        assert_eq!(bytes[start..start + 10], hex::decode("1f8b08001fc4fd4c0203").unwrap());
        bytes.extend([0; 16]);
        let flat = parse(&bytes).unwrap().value;
        assert_eq!(flat.packing, Packing::Gzip { start, time: Some(0x4CFD_C41F) });
        assert_eq!(unpack(&bytes).unwrap(), plain);
        // a gzip header of 10 bytes, the stream, and the CRC-32 with the length
        let crc32 = crc32fast::hash(&plain[start..]);
        let proved = Some(Confirmed { span: Span::new(start + 10, end - 9), crc32 });
        assert_eq!(verify(&bytes), Ok(Body { end, unpacked_len: plain.len(), proved, findings: vec![] }));
    }
}

#[test]
fn flags_are_named() {
    assert_eq!(Flags(0x27).to_string(), "ram, got, gzip");
    assert_eq!(Flags(0).to_string(), "none");
}

#[test]
fn a_damaged_body_is_told_with_how_far_it_goes() {
    let bytes = build(&packed(Flags::GZIP));
    let reason = |bytes: &[u8]| {
        let findings = verify(bytes).unwrap().findings;
        assert_eq!(codes(&findings), [Code::FlatBody]);
        findings[0].message()
    };
    assert!(reason(&bytes[..bytes.len() - 1]).contains("it stops after 71 of 71 unpacked bytes"));
    assert!(reason(&bytes[..0x40]).contains("no gzip member starts at 0x40"));
    let mut wrong_crc = bytes.clone();
    let crc = bytes.len() - 8;
    wrong_crc[crc] ^= 1;
    assert!(reason(&wrong_crc).contains("after 71 of 71 unpacked bytes"));
    assert!(matches!(unpack(&wrong_crc), Err(NotUnpacked::Damaged(_))));
    for (count, message) in [(3, "it unpacks to 71 bytes instead of the 75"), (1, "more than the 67 bytes")] {
        let mut other_len = bytes.clone();
        other_len[0x23] = count;
        assert!(reason(&other_len).contains(message));
    }
    assert!(reason(&build(&PROGRAM)[..0x50]).contains("55 of its 135 bytes are missing"));
}

#[test]
fn fields_that_contradict_each_other_are_told() {
    for (offset, value) in [(0x08, 0_u32), (0x0C, 0), (0x10, 0), (0x14, 0), (0x1C, 0x44), (0x20, 0x2000_0000)] {
        let mut bytes = build(&PROGRAM);
        bytes[offset..offset + 4].copy_from_slice(&value.to_be_bytes());
        let findings = parse(&bytes).unwrap().findings;
        assert!(codes(&findings).contains(&Code::FlatLayout), "offset 0x{offset:X}");
    }
}

#[test]
fn another_revision_is_told_and_its_flags_are_not_trusted() {
    let mut bytes = build(&packed(Flags::GZIP));
    bytes[7] = 2;
    let parsed = parse(&bytes).unwrap();
    assert!(codes(&parsed.findings).contains(&Code::FlatRevision));
    assert_eq!(parsed.value.packing, Packing::Plain);
}

#[test]
fn the_word_in_the_kernel_is_no_program() {
    assert!(parse(b"bFLT").is_err());
    assert!(parse(b"bFLT\0BINFMT_FLAT: bad magic/rev (0x%x, need 0x%x)\n\0and more of its text\0").is_err());
}

/// A stream that unpacks to far more than the header says is given up after one byte too much.
#[test]
fn a_bomb_is_not_unpacked() {
    let zeros = vec![0; 1 << 20];
    let mut bytes = build(&NewFlat { data: &zeros, ..packed(Flags::GZIP) });
    let data_end = (0x40 + PROGRAM.text.len() + 8) as u32;
    bytes[0x10..0x14].copy_from_slice(&data_end.to_be_bytes());
    bytes[0x1C..0x20].copy_from_slice(&data_end.to_be_bytes());
    let body = verify(&bytes).unwrap();
    assert_eq!(codes(&body.findings), [Code::FlatBody]);
    assert!(body.unpacked_len < 0x100);
}

#[test]
fn the_programs_of_a_real_camera_unpack_to_their_exact_length() {
    let Some(samples) = crate::format::sample_dir() else { return };
    let romfs = std::fs::read(samples.join("recovery-tool/romfs")).unwrap();
    let mut packed_at = Vec::new();
    let mut plain = 0;
    for offset in memchr::memmem::find_iter(&romfs, &MAGIC).filter(|offset| offset % 16 == 0) {
        let bytes = &romfs[offset..];
        let flat = parse(bytes).unwrap();
        assert_eq!(flat.findings, [], "at 0x{offset:X}");
        let body = verify(bytes).unwrap();
        assert_eq!((body.findings, body.unpacked_len), (vec![], flat.value.unpacked_len()), "at 0x{offset:X}");
        match flat.value.packing {
            Packing::Plain => plain += 1,
            Packing::Gzip { start, time } => {
                assert_eq!(start, HEADER_LEN, "at 0x{offset:X}");
                packed_at.extend(time);
            }
        }
        let unpacked = unpack(bytes).unwrap();
        assert_eq!(unpacked.len(), body.unpacked_len);
        assert!(parse(&unpacked).unwrap().findings.is_empty());
    }
    eprintln!("{} packed and {plain} plain programs", packed_at.len());
    assert!(packed_at.contains(&0x4CFD_C41F), "the camera's own program was built in December 2010");
}

proptest! {
    #[test]
    fn a_built_program_unpacks_to_its_parts(
        text in proptest::collection::vec(any::<u8>(), 1..200), data in proptest::collection::vec(any::<u8>(), 0..200),
        relocations in proptest::collection::vec(any::<u32>(), 0..20), flags in 0_u32..12, time: u32, bss_len in 0_u32..99,
    ) {
        let program = NewFlat {
            text: &text, data: &data, relocations: &relocations, flags: Flags(flags), time, bss_len, stack_len: 0x1000,
        };
        let bytes = build(&program);
        let plain = unpack(&bytes).unwrap();
        let flat = parse(&plain).unwrap();
        prop_assert_eq!(&flat.findings, &[]);
        prop_assert_eq!(&plain, &build(&NewFlat { flags: Flags(flags & 3), ..program }));
        prop_assert_eq!((flat.value.text.of(&plain), flat.value.data.of(&plain)), (&*text, &*data));
        prop_assert_eq!(verify(&bytes).unwrap().findings, []);
        prop_assert_eq!(verify(&bytes).unwrap().end, bytes.len());
    }

    #[test]
    fn a_damaged_program_never_panics(
        flags in 0_u32..16, damage in proptest::collection::vec((0_usize..0x100, any::<u8>()), 0..8), cut in 0_usize..0x100,
    ) {
        let mut bytes = build(&NewFlat { flags: Flags(flags), ..PROGRAM });
        let len = bytes.len();
        for (at, byte) in damage {
            bytes[at % len] = byte;
        }
        bytes.truncate(cut);
        if let Ok(body) = verify(&bytes) {
            prop_assert!(body.end <= bytes.len());
            prop_assert!(parse(&bytes).unwrap().value.len() <= bytes.len());
        }
        let _ = unpack(&bytes);
    }
}
