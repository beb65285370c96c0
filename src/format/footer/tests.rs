use proptest::prelude::*;

use super::*;
use crate::finding::Code;

const ROMFS_BASE: FlashAddr = FlashAddr(0x7F0D_0000);

fn signed(footer: Footer) -> Footer {
    Footer { checksum: footer.computed_checksum(), ..footer }
}

fn published(number: u32, base: u32, length: u32, load: u32, name: &str, image_checksum: u32, flags: u32) -> Footer {
    signed(Footer {
        number,
        base: FlashAddr(base),
        length,
        load: FlashAddr(load),
        exec: FlashAddr(load),
        name: ImageName::new(name),
        image_checksum,
        flags: Flags(flags),
        checksum: 0,
    })
}

/// boot-loader.md section 2.1 and packages-and-formats.md section 1.
#[test]
fn the_published_footers_have_their_published_checksums() {
    let boot_info = published(0, 0x7F01_0000, 0x38, 0x7F01_0000, "BOOT INFO", 0xFEC6_B158, 9);
    let romfs_nc541 = published(6, 0x7F0E_0000, 0x10_C400, 0x7F0E_0000, "romfs.img", 0x5D99_EFA2, 1);
    let kernel = published(7, 0x7F02_0000, 0xA_DD50, 0x8000, "linux.bin", 0x9EF5_D166, 0x17);
    let romfs = published(6, 0x7F0D_0000, 0x10_C400, 0x7F0D_0000, "romfs.img", 0x5D99_EFA2, 1);
    assert_eq!(boot_info.checksum, 0x4898_B613);
    assert_eq!(romfs_nc541.checksum, 0xB054_AE68);
    assert_eq!(kernel.checksum, 0x622B_B938);
    assert_eq!(romfs.checksum, 0xB057_AE68);
}

#[test]
fn a_footer_prints_the_line_of_the_boot_loader() {
    let kernel = published(7, 0x7F02_0000, 0xB_FE5C, 0x8000, "linux.bin", 0, 0x17);
    assert_eq!(kernel.ls_line(), "Image: 7 name:linux.bin base:0x7F020000 size:0x000BFE5C exec:0x00008000 -acxz");
    let boot_info = published(0, 0x7F01_0000, 0x38, 0x7F01_0000, "BOOT INFO", 0, 9);
    assert_eq!(boot_info.ls_line(), "Image: 0 name:BOOT INFO base:0x7F010000 size:0x00000038 exec:0x7F010000 -af");
}

#[test]
fn a_footer_lies_at_the_end_of_the_last_block_or_of_the_next() {
    assert_eq!(KERNEL_BASE.checked_add(place(0xA_DD50)), Some(FlashAddr(0x7F0C_FFCC)));
    assert_eq!(ROMFS_BASE.checked_add(place(0x10_C400)), Some(FlashAddr(0x7F1D_FFCC)));
    assert_eq!(place(0x1_0000 - 52), 0x1_0000 - 52);
    assert_eq!(place(0x1_0000 - 55), 0x1_0000 - 52);
    assert_eq!(place(0x1_0000 - 51), 0x2_0000 - 52);
    assert_eq!(place(0x1_0000), 0x2_0000 - 52);
    assert_eq!(place(0), 0x1_0000 - 52);
}

#[test]
fn the_romfs_follows_the_kernel_where_real_cameras_have_it() {
    assert_eq!(romfs_base(0xB_FE5C), Some(FlashAddr(0x7F0E_0000)));
    assert_eq!(romfs_base(0xB_CB77), Some(FlashAddr(0x7F0E_0000)));
    assert_eq!(romfs_base(0xA_DD50), Some(ROMFS_BASE));
    assert_eq!(romfs_base(usize::MAX), None);
}

#[test]
fn a_footer_knows_whether_its_image_is_the_one_that_was_flashed() {
    let image = b"a kernel, 20 bytes..".as_slice();
    let footer = Footer::for_image(7, KERNEL_BASE, FlashAddr(0x8000), "linux.bin", Flags(0x17), image);
    assert_eq!(footer.verify_image(b"a kernel, 20 bytes..and what follows"), None);
    let changed = footer.verify_image(b"a kernel, 21 bytes..").unwrap();
    assert_eq!(changed.code(), Code::FooterImageChecksum);
    assert!(changed.evidence.is_empty());
    let short = footer.verify_image(b"a kernel").unwrap();
    assert_eq!(short.evidence, ["only 8 of the image's 20 bytes are here"]);
}

#[test]
fn a_footer_with_a_wrong_sum_is_read_and_reported() {
    let mut bytes = published(6, 0x7F0E_0000, 0x10_C400, 0x7F0E_0000, "romfs.img", 1, 1).to_bytes();
    bytes[8] ^= 1;
    let parsed = parse(&bytes).unwrap();
    assert_eq!(parsed.findings.iter().map(Finding::code).collect::<Vec<_>>(), [Code::FooterChecksum]);
    assert!(!parsed.value.is_valid());
    assert_eq!(parsed.value.to_bytes(), bytes);
}

#[test]
fn a_footer_outside_the_flash_is_implausible() {
    for footer in [
        published(6, 0x0010_0000, 4, 0x8000, "romfs.img", 0, 1),
        published(6, 0x7F7F_0000, 0x1_0001, 0x8000, "romfs.img", 0, 1),
        published(8, 0x7F02_0000, 4, 0x8000, "romfs.img", 0, 1),
    ] {
        let findings = parse(&footer.to_bytes()).unwrap().findings;
        assert_eq!(findings.iter().map(Finding::code).collect::<Vec<_>>(), [Code::FooterImplausible]);
    }
}

#[test]
fn bytes_without_the_signature_are_no_footer() {
    assert_eq!(parse(&[0xFF; LEN]).unwrap_err().offset, SIGNATURE_OFFSET);
    assert_eq!(parse(&[]).unwrap_err().found.to_string(), "the end");
}

#[test]
fn flags_read_back_from_their_letters() {
    assert_eq!("-acxz".parse(), Ok(Flags(0x17)));
    assert_eq!("af".parse(), Ok(Flags::ACTIVE | Flags::FILE_SYSTEM));
    assert_eq!(Flags(0x1F).to_string(), "-acxfz");
    assert_eq!(Flags(0).to_string(), "-");
    assert_eq!("-aq".parse::<Flags>(), Err(UnknownFlag('q')));
}

proptest! {
    #[test]
    fn a_built_footer_parses_to_itself(
        number in 0_u32..8, block in 1_u32..0x40, load: u32, flags in 0_u32..0x20,
        name in "[a-zA-Z. ]{0,15}", image in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let base = FlashAddr(0x7F00_0000 + block * 0x1_0000);
        let footer = Footer::for_image(number, base, FlashAddr(load), &name, Flags(flags), &image);
        let mut bytes = footer.to_bytes().to_vec();
        bytes.push(0xFF);
        prop_assert_eq!(parse(&bytes), Ok(Parsed::clean(footer)));
        prop_assert_eq!(footer.name.to_string(), name);
        prop_assert_eq!(footer.verify_image(&[image.as_slice(), &[ERASED; 3]].concat()), None);
    }

    #[test]
    fn any_bytes_with_a_signature_parse_to_themselves(mut bytes in proptest::collection::vec(any::<u8>(), LEN)) {
        bytes[SIGNATURE_OFFSET..SIGNATURE_OFFSET + 4].copy_from_slice(&SIGNATURE.to_le_bytes());
        let footer = parse(&bytes).unwrap().value;
        let _ = (footer.ls_line(), footer.verify_image(&bytes));
        prop_assert_eq!(footer.to_bytes().to_vec(), bytes);
    }

    /// boot-loader.md section 4 gives the web upgrade's own arithmetic.
    #[test]
    fn the_romfs_goes_where_the_camera_program_computes(block in 1_usize..0x20, before_end in 0_usize..70) {
        let len = block * ERASE_BLOCK_BYTES - before_end;
        let camera = 0x7F02_0000 + ((u32::try_from(len.next_multiple_of(4)).unwrap() + 0x1_0033) & !0xFFFF);
        prop_assert_eq!(romfs_base(len), Some(FlashAddr(camera)));
        let is_in_next = len.next_multiple_of(4) + LEN > block * ERASE_BLOCK_BYTES;
        prop_assert_eq!(place(len) / ERASE_BLOCK_BYTES, if is_in_next { block } else { block - 1 });
    }

    #[test]
    fn a_footer_never_overlaps_its_image(len in 0_usize..0x100_0000) {
        prop_assert!(place(len) >= len);
        prop_assert_eq!((place(len) + LEN) % ERASE_BLOCK_BYTES, 0);
        prop_assert!(place(len) - len < ERASE_BLOCK_BYTES);
    }
}
