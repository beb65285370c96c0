use proptest::prelude::*;

use super::*;
use crate::format::boot_info;
use crate::format::settings::Draft;
use crate::image::FLASH_BASE;
use crate::map::Kind;

const ZONE: usize = 0x1F_0000;
const GAP: usize = 0x10_0000;

fn flash() -> Vec<u8> {
    std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/camera/flash.bin")).unwrap()
}

fn redacted(bytes: Vec<u8>) -> Result<Redacted, NotRedacted> {
    let image = Image::new(bytes, None);
    redact(&image, &Inspection::of_image(&image))
}

fn settings(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut draft = Draft::camera();
    draft.set("id", "00D6FB010203").unwrap();
    for (field, value) in fields {
        draft.set(field, value).unwrap();
    }
    draft.finish()
}

fn put(flash: &mut [u8], at: usize, bytes: &[u8]) {
    flash[at..at + bytes.len()].copy_from_slice(bytes);
}

fn what(redacted: &Redacted) -> Vec<(usize, &str)> {
    redacted.removed.iter().map(|removed| (removed.span.start(), removed.what.as_str())).collect()
}

#[test]
fn a_flash_loses_its_settings_and_its_mac_address_and_nothing_else() {
    let before = flash();
    let redacted = redacted(before.clone()).unwrap();
    assert_eq!(
        what(&redacted),
        [
            (0x1_0008, "MAC address, now the boot loader's default 00:00:00:00:00:01"),
            (ZONE, "camera settings"),
            (ZONE + 0x7000, "video settings"),
            (ZONE + 0x7100, "dynamic DNS state"),
            (ZONE + 0x7200, "preset positions"),
            (ZONE + 0x8000, "camera settings"),
            (ZONE + 0xF000, "video settings"),
        ]
    );
    assert_eq!(redacted.removed[1].address, FLASH_BASE.checked_add(ZONE));
    assert_eq!(
        (redacted.renewed.as_slice(), redacted.left.as_slice()),
        (["the footer of BOOT INFO".to_owned()].as_slice(), [].as_slice())
    );
    for (at, (old, new)) in before.iter().zip(&redacted.bytes).enumerate() {
        let is_removed = redacted.removed.iter().any(|removed| removed.span.contains(at));
        let is_footer = (0x1_FFCC..0x2_0000).contains(&at);
        assert!(old == new || is_removed || is_footer, "0x{at:X}");
    }
    let seen = Inspection::of_image(&Image::new(redacted.bytes.clone(), None));
    let boot_info = seen.regions.iter().find(|region| region.kind == Kind::BootInfo).unwrap();
    assert_eq!(boot_info.state, State::Verified, "its footer's checksum was made right");
    assert!(seen.regions.iter().all(|region| region.kind != Kind::Settings));
    assert!(seen.findings.is_empty(), "{:?}", seen.findings);
    assert_eq!(redacted.bytes.len(), before.len());
}

#[test]
fn remains_of_older_settings_are_erased_as_well() {
    let old = settings(&[("wifi_wpa_psk", "an-older-secret"), ("msn_user", "older@example.org")]);
    let mut flash = flash();
    // behind the declared length; the second half of a block whose head is gone, far from the zone; a whole block
    put(&mut flash, ZONE + 0x1800, b"left-over of a longer block");
    put(&mut flash, GAP, &old[0xA00..]);
    put(&mut flash, GAP + 0x2_0000, &old);
    let redacted = redacted(flash).unwrap();
    for secret in [b"older@example.org".as_slice(), b"an-older-secret", b"left-over of a longer"] {
        assert_eq!(memchr::memmem::find(&redacted.bytes, secret), None, "{}", String::from_utf8_lossy(secret));
    }
    let told = what(&redacted);
    assert!(told.contains(&(ZONE + 0x1800, "what else is where the flash has settings")), "{told:?}");
    assert!(told.contains(&(GAP + 0x2_0000, "camera settings")), "{told:?}");
    assert!(told.iter().any(|(at, what)| *at < GAP + 0x600 && what.contains("without a head")), "{told:?}");
}

#[test]
fn a_value_of_a_setting_is_erased_in_unknown_bytes_and_told_where_it_cannot_be() {
    let mut flash = flash();
    put(&mut flash, GAP, b"noise wpa=this-is-not-a-real-key; more noise");
    let wide: Vec<u8> = "hazel-hedge".encode_utf16().flat_map(u16::to_le_bytes).collect();
    put(&mut flash, GAP + 0x1000, &wide);
    put(&mut flash, GAP + 0x2000, &[0x00, 0xD6, 0xFB, 0x01, 0x02, 0x03]);
    put(&mut flash, GAP + 0x2006, b" is between bytes that nobody knows");
    // in the boot loader, which no checksum covers but which is known
    put(&mut flash, 0x9000, b"fake-visitor");
    let redacted = redacted(flash).unwrap();
    let values: Vec<(usize, &str)> =
        what(&redacted).into_iter().filter(|(_, what)| what.starts_with("the value")).collect();
    assert_eq!(
        values,
        [
            (GAP + 10, "the value of `wifi_wpa_psk` in unknown bytes"),
            (GAP + 0x1000, "the value of `wifi_ssid` in unknown bytes"),
            (GAP + 0x2000, "the value of `MAC address` in unknown bytes"),
        ]
    );
    assert_eq!(redacted.bytes[GAP..GAP + 10], *b"noise wpa=");
    let left: Vec<_> = redacted.left.iter().map(|left| (left.setting.as_str(), left.part.as_str())).collect();
    assert_eq!(left, [("user2_pwd", "boot loader")]);
}

#[test]
fn a_value_is_erased_however_often_it_is_there() {
    let mut flash = flash();
    let times = 3000;
    for number in 0..times {
        put(&mut flash, GAP + number * 0x40, b"this-is-not-a-real-key");
    }
    let redacted = redacted(flash).unwrap();
    assert_eq!(memchr::memmem::find(&redacted.bytes, b"this-is-not-a-real"), None);
    assert_eq!(redacted.removed.len(), 7 + times);
}

#[test]
fn an_image_at_an_unknown_place_loses_what_is_near_its_settings() {
    let noise: Vec<u8> =
        (0..0x4_0000_u32).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[0] | 1).collect();
    let block = settings(&[("ftp_pwd", "a-secret-of-ftp")]);
    let mut memory = noise.clone();
    put(&mut memory, 0x2_0000, &block);
    let redacted = redacted(memory).unwrap();
    assert_eq!(redacted.bytes[..0x1_0000], noise[..0x1_0000]);
    assert!(redacted.bytes[0x1_8000..0x2_8000].iter().all(|&byte| byte == 0xFF));
    assert_eq!(redacted.bytes[0x3_8000..], noise[0x3_8000..]);
}

#[test]
fn settings_alone_and_packed_ones_are_refused() {
    let block = settings(&[]);
    assert_eq!(redacted(block.clone()), Err(NotRedacted::NothingLeft));
    assert_eq!(redacted(block[..0x900].to_vec()), Err(NotRedacted::NothingLeft));
    let mut zip = Vec::new();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(&mut zip));
    writer.start_file("params.bin", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut writer, &block).unwrap();
    writer.finish().unwrap();
    assert_eq!(redacted(zip), Err(NotRedacted::Packed { path: "params.bin".to_owned() }));
}

/// A web UI that carries settings would be refused by the camera without them.
#[test]
fn a_part_that_a_checksum_proves_is_not_broken() {
    use crate::format::web_ui::{NewEntry, Version, build};
    let block = settings(&[]);
    let package = build(Version([1, 2, 3, 4]), &[NewEntry::File { path: b"/params.bin", data: &block }]).unwrap();
    assert_eq!(redacted(package), Err(NotRedacted::Proved { part: "web UI", at: Offset(0) }));
}

#[test]
fn a_full_boot_info_loses_its_addresses_and_its_serial_number() {
    let mut flash = flash();
    let info = boot_info::BootInfo {
        ip0: [192, 0, 2, 9].into(),
        baud: Some(115_200),
        rmii: Some(1),
        serial_number: Some(4_711),
        usb: Some(0),
        ..boot_info::BootInfo::factory(boot_info::Mac([0, 0xD6, 0xFB, 1, 2, 3]))
    };
    put(&mut flash, 0x1_0000, &info.to_bytes());
    let redacted = redacted(flash).unwrap();
    let seen = boot_info::parse(&redacted.bytes[0x1_0000..]).unwrap().value;
    assert_eq!((seen.mac0.to_string().as_str(), seen.ip0.is_unspecified()), ("00:00:00:00:00:01", true));
    assert_eq!((seen.serial_number, seen.baud), (Some(0), Some(115_200)));
}

/// Another layout: the romfs reaches through where other cameras have settings.
#[test]
fn a_romfs_that_a_footer_proves_is_left_alone_where_others_have_settings() {
    use crate::format::footer::{self, Footer};
    use crate::format::romfs::{Node, Volume};
    let mut volume = Volume::new("root");
    volume.add(Volume::ROOT, Node::file("big", vec![0x5A; 0x9_0000])).unwrap();
    let romfs = volume.build().unwrap();
    let base = FlashAddr(0x7F17_0000);
    let mut flash = vec![0xFF; 0x40_0000];
    put(&mut flash, 0, &self::flash()[..0x4_0000]);
    put(&mut flash, 0x17_0000, &romfs);
    let footer = Footer::for_image(2, base, base, "root", "-f".parse().unwrap(), &romfs);
    put(&mut flash, 0x17_0000 + footer::place(romfs.len()), &footer.to_bytes());
    let redacted = redacted(flash.clone()).unwrap();
    assert_eq!(what(&redacted).len(), 1, "{:?}", redacted.removed);
    assert_eq!(redacted.bytes[0x17_0000..], flash[0x17_0000..]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Wherever a block lies and however it is damaged behind its head, none of its texts is in the copy.
    #[test]
    fn no_damage_lets_a_secret_through(
        at in 0_usize..0x3000, damage in proptest::collection::vec((0x0C_usize..0x14E8, any::<u8>()), 0..30), cut in 0x900_usize..0x14E8,
    ) {
        let secrets = [("wifi_wpa_psk", "the-key-of-the-house"), ("ftp_pwd", "the-key-of-the-shed")];
        let mut block = settings(&secrets);
        for (place, byte) in damage {
            block[place] = byte;
        }
        block.truncate(cut);
        let mut memory = vec![0x77; 0x4_0000];
        put(&mut memory, 0x1_8000 + at, &block);
        let image = Image::new(memory, None);
        if let Ok(copy) = redact(&image, &Inspection::of_image(&image)) {
            for (_, secret) in secrets {
                let found = memchr::memmem::find(&copy.bytes, secret.as_bytes());
                prop_assert_eq!(found, None);
            }
        }
    }
}
