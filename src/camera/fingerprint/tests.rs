use proptest::prelude::*;

use super::*;
use crate::format::kernel::{Draft, FlashChip, UsbId};
use crate::format::kernel_zip::{self, DosTime, Effort};
use crate::image::Image;

const BANNER: &[u8] = b"Linux version 2.4.20-uc0 (a@b) (gcc version 3.0) #7 \xD2\xBB 12\xD4\xC2 6 08:08:33 CST 2010\n";
const RT3070: UsbId = UsbId::new(0x148F, 0x3070);
const RT73: UsbId = UsbId::new(0x148F, 0x2573);

fn print_of(bytes: Vec<u8>) -> Fingerprint {
    let image = Image::new(bytes, None);
    let inspection = Inspection::of_image(&image);
    Fingerprint::of_image(&image, &inspection.regions, inspection.address)
}

#[test]
fn the_real_camera_is_21_37_2_37_with_three_usb_drivers_and_22_flash_chips() {
    let Some(samples) = crate::format::sample_dir() else { return };
    let file = |name: &str| std::fs::read(samples.join("recovery-tool").join(name)).unwrap();
    let mut kernel = file("linux");
    kernel.extend(&file("romfs")[..80]);
    let print = print_of(kernel).with(print_of(file("romfs")));

    let kernel = print.kernel.as_ref().unwrap();
    assert_eq!((kernel.version.value.as_str(), kernel.build), ("2.4.20-uc0", Some(1452)));
    assert_eq!(kernel.built.as_deref(), Some("2010-12-06 08:08:33"));
    assert_eq!(
        (kernel.builder.as_deref(), kernel.compiler.as_deref()),
        (Some("root@maverick-linux"), Some("gcc version 3.0"))
    );
    let of_role =
        |role| kernel.of_role(role).map(|driver| (driver.name.as_str(), driver.ids.len())).collect::<Vec<_>>();
    assert_eq!(of_role(Role::Camera), [("dvm", 2), ("dvm usb cam driver for sonix288", 5)]);
    assert_eq!(of_role(Role::Wifi), [("rt2870", 70)]);
    assert_eq!(
        of_role(Role::Sensor),
        [("mi360", 0), ("sn9c236d_ov10625", 0), ("sn9c236d_ov7725", 0), ("sn9c258c_ov7725", 0)]
    );
    assert_eq!(of_role(Role::Audio), [("USB audio class", 0), ("Winbond audio", 0)]);
    assert_eq!(of_role(Role::PanTilt), [("PTZ driver", 0)]);
    assert_eq!(of_role(Role::OtherUsb), []);
    assert_eq!(kernel.flash_chips.len(), 22);
    let first = &kernel.flash_chips[0];
    assert_eq!((first.name.as_str(), first.maker, first.device, first.mib), ("W19B320ABT", 0xDA, 0x7E, 4));

    let romfs = print.romfs.as_ref().unwrap();
    let camera = romfs.camera.as_ref().unwrap();
    assert_eq!(camera.path, "bin/camera");
    let version = camera.system_version.as_ref().unwrap();
    assert_eq!((version.value, version.certainty), (Version([21, 37, 2, 37]), Certainty::Certain));
    assert_eq!(camera.built.as_ref().unwrap().value, "2010-12-07 05:20:31 UTC");
    assert_eq!(romfs.wifi_firmware, [WifiFirmware { path: "bin/rt73.bin".to_owned(), chip: "RT73" }]);
    assert_eq!(romfs.init, ["mount", "mkdir", "camera", "sh"]);
    assert_eq!(romfs.programs.len(), 12);

    let told: Vec<String> = print.contradictions().iter().map(crate::finding::Finding::message).collect();
    assert_eq!(
        told,
        ["this kernel has no driver for 148f:2573 (RT73 wifi), but the romfs carries its firmware, bin/rt73.bin"]
    );
}

/// No other program of the camera, and not its kernel, stores anything that looks like a version.
#[test]
fn only_the_camera_program_of_the_real_set_stores_a_version() {
    use crate::format::{flat, kernel_zip};
    let Some(samples) = crate::format::sample_dir() else { return };
    let romfs = std::fs::read(samples.join("recovery-tool/romfs")).unwrap();
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(&romfs, &flat::MAGIC).filter(|at| at % 16 == 0) {
        let Ok(program) = flat::unpack(&romfs[at..]) else { continue };
        found.extend(version::versions_in(flat::parse(&program).unwrap().value.text.of(&program)));
    }
    assert_eq!(found, [Version([21, 37, 2, 37])]);
    let kernel = kernel_zip::salvage(&std::fs::read(samples.join("recovery-tool/linux")).unwrap()).unwrap();
    assert_eq!(version::versions_in(&kernel), []);
}

fn kernel_of(draft: &Draft) -> Kernel {
    let packed =
        kernel_zip::build("linux.bin", &draft.finish(), DosTime { time: 0x411D, date: 0x3D86 }, Effort::default())
            .unwrap();
    print_of(packed).kernel.unwrap()
}

#[test]
fn a_table_of_usb_ids_gives_its_driver_a_name_and_a_role() {
    let mut draft = Draft::new(BANNER);
    draft.usb_driver("wlan", &[RT3070]).usb_driver("eye", &[UsbId::new(0x0AC8, 0x301B)]);
    draft.usb_driver("lamp", &[UsbId::new(0x1234, 0x0001), UsbId::new(0x1234, 0x0002)]);
    let kernel = kernel_of(&draft);
    let told: Vec<_> =
        kernel.drivers.iter().map(|driver| (driver.role, driver.name.as_str(), driver.ids.len())).collect();
    assert_eq!(told, [(Role::Camera, "eye", 1), (Role::Wifi, "wlan", 1), (Role::OtherUsb, "lamp", 2)]);
    assert!(kernel.drivers.iter().all(|driver| driver.certainty == Certainty::Certain));
    assert_eq!(kernel.built.as_deref(), Some("2010-12-06 08:08:33"));
}

#[test]
fn a_table_without_a_driver_is_likely_and_one_record_alone_is_none() {
    let table = |ids: &[[u8; 4]]| {
        let records = ids.iter().flat_map(|id| [&[3, 0], id.as_slice(), &[0; 14]].concat());
        records.chain([0; 20]).collect::<Vec<u8>>()
    };
    let mut draft = Draft::new(BANNER);
    draft.append(&table(&[[0x8F, 0x14, 0x73, 0x25]]));
    assert_eq!(kernel_of(&draft).drivers, []);
    draft.append(&table(&[[0x8F, 0x14, 0x73, 0x25], [0x8F, 0x14, 0x71, 0x26]]));
    let kernel = kernel_of(&draft);
    assert_eq!((kernel.drivers[0].role, kernel.drivers[0].certainty), (Role::Wifi, Certainty::Likely));
    assert_eq!(kernel.drivers[0].ids[0], RT73);
}

#[test]
fn what_a_kernel_does_not_drive_can_be_said_only_of_a_whole_one_with_tables() {
    let chip = |name: &str| WIFI_CHIPS.iter().find(|chip| chip.name == name).unwrap();
    let with_table = kernel_of(Draft::new(BANNER).usb_driver("wlan", &[RT3070]));
    assert_eq!((with_table.drives(chip("RT3070")), with_table.drives(chip("RT73"))), (Some(true), Some(false)));
    let by_name = kernel_of(Draft::new(BANNER).text(b"wlan: rt73 firmware, %d bytes"));
    assert_eq!((by_name.drives(chip("RT73")), by_name.drives(chip("RT3070"))), (Some(true), None));
    let mut cut = Draft::new(BANNER).usb_driver("wlan", &[RT3070]).append(&[0xA5; 4000]).finish();
    cut.extend((0_u32..4000).flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes()));
    let mut packed =
        kernel_zip::build("linux.bin", &cut, DosTime { time: 0x411D, date: 0x3D86 }, Effort::default()).unwrap();
    packed.truncate(packed.len() - 1000);
    let kernel = print_of(packed).kernel.unwrap();
    assert_eq!((kernel.whole, kernel.drives(chip("RT3070")), kernel.drives(chip("RT73"))), (false, Some(true), None));
}

#[test]
fn sensors_are_words_with_a_number_and_no_others() {
    let mut draft = Draft::new(BANNER);
    for text in ["%s: mi360", "sn9c236d_ov7725 probed", "ov7670", "oven 7", "move2", "ov7 fail: 99 times", "ovation"] {
        draft.text(text.as_bytes());
    }
    let kernel = kernel_of(&draft);
    let sensors: Vec<_> = kernel.of_role(Role::Sensor).map(|driver| driver.name.as_str()).collect();
    assert_eq!(sensors, ["mi360", "ov7670", "sn9c236d_ov7725"]);
}

#[test]
fn flash_chips_are_read_from_a_table_of_two_at_least() {
    let chip = |name: &str| FlashChip { name: name.to_owned(), maker: 0xDA, device: 0xBA, mib: 4 };
    let both = [chip("W19B320BTT"), chip("S29GL032N")];
    assert_eq!(kernel_of(Draft::new(BANNER).flash_chips(&both)).flash_chips, both);
    assert_eq!(kernel_of(Draft::new(BANNER).flash_chips(&both[..1])).flash_chips, []);
}

/// Stores in any order, through copied and combined values, as compilers write them.
#[test]
fn a_version_is_found_however_its_bytes_come_into_registers() {
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
    // as the program of December 2010: orr from a register that is zero, one register stored twice
    let combined = words(&[
        0xE3A0_3000,
        0xE383_2015,
        0xE5C1_2019,
        0xE383_2025,
        0xE5C1_201A,
        0xE383_3002,
        0xE5C1_301B,
        0xE5C1_201C,
    ]);
    assert_eq!(version::versions_in(&combined), [Version([21, 37, 2, 37])]);
    let backwards = words(&[
        0xE3A0_0004,
        0xE1A0_2000,
        0xE5C4_201C,
        0xE240_2001,
        0xE5C4_201B,
        0xE3A0_2002,
        0xE5C4_201A,
        0xE5C4_0019,
    ]);
    assert_eq!(version::versions_in(&backwards), [Version([4, 2, 3, 4])]);
    // the same with the base register written in between, a call that may change r2, or a store that is conditional
    for (at, word) in [(4, 0xE284_4001), (1, 0xEB00_0010), (2, 0x05C4_201C)] {
        let mut changed = backwards.clone();
        changed.splice(at * 4..at * 4 + 4, u32::to_le_bytes(word));
        assert_eq!(version::versions_in(&changed), [], "{word:08X}");
    }
    let zeros = words(&[0xE3A0_3000, 0xE5C1_3019, 0xE5C1_301A, 0xE5C1_301B, 0xE5C1_301C]);
    assert_eq!(version::versions_in(&zeros), []);
    let two = [version_stores(Version([1, 2, 3, 4])), words(&[0xE3A0_1000]), version_stores(Version([1, 2, 3, 5]))];
    assert_eq!(version::versions_in(&two.concat()).len(), 2);
}

#[test]
fn a_boot_log_tells_the_kernel_the_flash_and_the_ram() {
    let log = [
        b"W90P745 Boot Loader [ Version 1.1 $Revision: 1 $ ] Rebuilt on Dec 10 2009\n\r\
          Memory Size is 0x1000000 Bytes, Flash Size is 0x400000 Bytes\n\rProcessing image 7 ... \n\r"
            .as_slice(),
        BANNER,
        b"Memory: 8MB = 8MB total\r\nS29GL032N Flash Detected\r\n",
    ]
    .concat();
    let reading = Reading::new(Image::new(log, None));
    let print = Fingerprint::of(&reading, &Inspection::of(&reading));
    let hardware = &print.hardware;
    assert_eq!(print.kernel.unwrap().build, Some(7));
    assert_eq!(hardware.ram_bytes.as_ref().unwrap().value, 16 << 20);
    assert_eq!(hardware.ram_used_bytes.as_ref().unwrap().value, 8 << 20);
    assert_eq!(hardware.flash_bytes.as_ref().unwrap().value, 4 << 20);
    assert_eq!(hardware.flash_chip.as_ref().unwrap().value, "S29GL032N");
}

proptest! {
    #[test]
    fn any_bytes_are_looked_at_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let kernel = [BANNER, &bytes].concat();
        let _ = Kernel::of_unpacked(&kernel, true, Span::default());
        let _ = version::versions_in(&bytes);
        let _ = Fingerprint::of_log(&boot_log::read(&bytes).facts);
    }

    #[test]
    fn any_version_that_is_stored_is_found(parts: [u8; 4], before in proptest::collection::vec(any::<u32>(), 0..20)) {
        prop_assume!(parts[1..].iter().any(|part| *part != 0));
        let code: Vec<u8> = before.iter().flat_map(|word| word.to_le_bytes()).chain(version_stores(Version(parts))).collect();
        prop_assert!(version::versions_in(&code).len() <= 1 + before.len());
        prop_assert_eq!(version::versions_in(&version_stores(Version(parts))), [Version(parts)]);
    }
}
