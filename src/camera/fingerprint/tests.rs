use super::*;
use crate::image::Image;

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
