//! Boards of other sizes.

use super::*;
use crate::machine::Start;

#[test]
fn a_board_with_2_mb_of_flash_and_8_mb_of_ram_is_found_out_by_the_kernel() {
    let parts = (fixture("boot/linux.zip"), fixture("flashed/romfs.img"));
    let parts = Parts { kernel: Some(&parts.0), romfs: Some(&parts.1), ..Parts::default() };
    let firmware = Firmware::of_parts(&parts, Model::TwoMegabytes, Vec::new()).unwrap();
    assert_eq!(firmware.flash.len(), 2 << 20);
    let mut machine = Machine::power_on(firmware.setup(Ram::Mb8, true), &firmware.flash);
    let run = Session::new(to(Stage::Shell)).run(&mut machine, &mut |_| {});
    let lines = lines(&run);
    assert!(lines.contains(&"MX29LV160BT Flash Detected".to_owned()), "{lines:#?}");
    assert!(lines.contains(&"Memory: 8MB = 8MB total".to_owned()), "{lines:#?}");
}

#[test]
fn the_start_suits_what_the_first_block_holds() {
    assert_eq!(Start::of(&fixture("boot/boot-loader.bin")), Start::BootLoader);
    assert_eq!(Start::of(&fixture("camera/flash.bin")), Start::BootLoader);
    assert_eq!(Start::of(&[0xFF; 64]), Start::Rules);
    assert_eq!(Start::of(&[0; 64]), Start::Rules);
    assert_eq!(Start::of(b"PK"), Start::Rules);
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let romfs = vec![0; 0x20_0000];
    let parts = Parts { kernel: Some(b"PK"), romfs: Some(&romfs), ..Parts::default() };
    let error = Firmware::of_parts(&parts, Model::TwoMegabytes, Vec::new()).unwrap_err();
    assert!(error.to_string().contains("the place of the web UI starts at 0x7F180000"), "{error}");
    let alone = Parts { romfs: Some(&romfs), ..Parts::default() };
    assert!(Firmware::of_parts(&alone, Model::FourMegabytes, Vec::new()).is_err());
}
