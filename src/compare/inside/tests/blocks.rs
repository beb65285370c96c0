use super::*;
use crate::compare::inside::{FieldChange, Sameness, SecretChange, ValueChange};
use crate::format::boot_info::{BootInfo, Mac};
use crate::format::footer::{Flags, Footer};
use crate::format::settings::{Draft, Secret};
use crate::image::FlashAddr;

fn settings(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut draft = Draft::camera();
    draft.set("id", "00D6FB010203").unwrap();
    for (field, value) in fields {
        draft.set(field, value).unwrap();
    }
    draft.finish()
}

#[test]
fn settings_are_compared_field_by_field_and_no_secret_gets_out() {
    let old =
        settings(&[("alias", "garden"), ("port", "80"), ("ftp_pwd", "old-secret"), ("wifi_wpa_psk", "kept-secret")]);
    let new = settings(&[
        ("alias", "porch"),
        ("port", "81"),
        ("ftp_user", "shed"),
        ("ftp_pwd", "new-secret"),
        ("wifi_wpa_psk", "kept-secret"),
    ]);
    let comparison = compared(&old, &new);
    let [pair] = comparison.blocks.as_slice() else { panic!("{:?}", comparison.blocks) };
    let changed =
        |old: &str, new: &str, change| ValueChange::Secret { old: Secret::new(old), new: Secret::new(new), change };
    let expected = [
        FieldChange { name: "alias".into(), value: changed("garden", "porch", SecretChange::Changed) },
        FieldChange {
            name: "port".into(),
            value: ValueChange::Shown { old: Some("80".into()), new: Some("81".into()) },
        },
        FieldChange { name: "ftp_user".into(), value: changed("", "shed", SecretChange::Set) },
        FieldChange { name: "ftp_pwd".into(), value: changed("old-secret", "new-secret", SecretChange::Changed) },
    ];
    assert_eq!((pair.sameness, pair.unnamed_bytes), (Sameness::Differs, 0));
    assert_eq!(pair.fields, expected);
    let told = format!("{} {} {pair:?}", serde_json::to_string(pair).unwrap(), comparison.verdict);
    assert!(!told.contains("-secret") && !told.contains("porch") && !told.contains("shed"), "{told}");
    assert!(comparison.verdict.contains("the camera settings (port and 3 hidden values)"), "{}", comparison.verdict);
    let mut revealed = pair.fields[3].clone();
    revealed.reveal();
    let shown = ValueChange::Shown { old: Some("old-secret".to_owned()), new: Some("new-secret".to_owned()) };
    assert_eq!(revealed.value, shown);
}

#[test]
fn boot_info_and_footers_are_compared_field_by_field() {
    let flash = |mac: u8, kernel: &[u8]| {
        let mut flash = vec![0xFF; 0x40_000];
        let info = BootInfo::factory(Mac([0, 0xD6, 0xFB, 1, 2, mac])).to_bytes();
        flash[0x10_000..0x10_000 + info.len()].copy_from_slice(&info);
        flash[0x20_000..0x20_000 + kernel.len()].copy_from_slice(kernel);
        let images: [(u32, u32, &[u8]); 2] = [(0, 0x7F01_0000, &info), (7, 0x7F02_0000, kernel)];
        for (number, base, image) in images {
            let footer = Footer::for_image(number, FlashAddr(base), FlashAddr(0x8000), "image", Flags(0), image);
            let end = (base as usize & 0xFF_0000) + 0x10_000;
            flash[end - 52..end].copy_from_slice(&footer.to_bytes());
        }
        flash
    };
    let kernel = fixture("flashed/linux.zip");
    let comparison = compared(&flash(3, &kernel[..40_000]), &flash(4, &kernel[..40_004]));
    let changed = comparison.blocks.iter().map(|block| {
        (block.name.as_str(), block.fields.iter().map(|field| field.name.as_ref()).collect::<Vec<&str>>())
    });
    assert_eq!(
        changed.collect::<Vec<_>>(),
        [
            ("boot info", vec!["MAC address"]),
            ("footer of image 0", vec!["image checksum"]),
            ("footer of image 7", vec!["length", "image checksum"]),
        ]
    );
}

#[test]
fn settings_that_are_the_same_are_found_in_a_whole_flash() {
    let comparison = compared(&fixture("settings/params.bin"), &fixture("camera/flash.bin"));
    assert_eq!(comparison.blocks.len(), 1);
    assert_eq!(comparison.blocks[0].sameness, Sameness::Bytes);
}

#[test]
fn the_header_and_the_tail_of_an_update_are_told() {
    let (old, new) = (fixture("update/hazel_0_37_2_60.bin"), fixture("update/hazel_0_37_2_61.bin"));
    let comparison = compared(&old, &new);
    assert_eq!(comparison.summary.unexplained, []);
    let block = comparison.blocks.iter().find(|block| block.name == "header of the vendor update").unwrap();
    let fields: Vec<_> = block.fields.iter().map(|field| field.name.as_ref()).collect();
    assert_eq!(fields, ["romfs", "tail"]);
}
