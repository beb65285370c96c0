//! `unbrick inspect`: what is shown of each file.

use crate::terminal::{fixtures, real, unbrick};

/// The lines of the answer, blanks folded, for rows of a table.
fn rows(out: &str) -> Vec<String> {
    out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn a_dumped_romfs_shows_the_carried_page_the_volume_its_entries_and_the_checks() {
    let answer = unbrick(&["inspect", "fixtures/dump/romfs"]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    let rows = rows(&answer.out);
    assert!(rows.contains(&"0x0 256 carried page of the image dumped before this one".to_owned()), "{rows:#?}");
    assert!(rows.contains(&"0x100 67,584 romfs verified rom 4d1ddd3a".to_owned()), "{rows:#?}");
    let prose = answer.prose();
    assert!(prose.contains("built 2010-12-31"), "{prose}");
    assert!(prose.contains("104 directory entries, counting `.` and `..`"), "{prose}");
    assert!(prose.contains("all 104 header checksums hold"), "{prose}");
}

#[test]
fn the_real_dumped_romfs_is_read_in_full() {
    let Some(romfs) = real("romfs") else { return };
    let answer = unbrick(&["inspect", &romfs]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    let prose = answer.prose();
    for told in [
        "0x0 256 carried page",
        "0x100 1,098,752 romfs verified rom 4cfdc420",
        "built 2010-12-07",
        "147 directory entries, counting `.` and `..`",
        "all 147 header checksums hold",
    ] {
        assert!(prose.contains(told), "{told:?} is not in: {prose}");
    }
}

#[test]
fn the_real_dumped_kernel_lacks_80_bytes_and_the_loader_would_refuse_it() {
    let Some(linux) = real("linux") else { return };
    let answer = unbrick(&["inspect", &linux]);
    assert_eq!(answer.code, 1);
    let prose = answer.prose();
    assert!(prose.contains("boot loader ERROR: unzip failed! -5"), "{prose}");
    assert!(prose.contains("missing 80 bytes"), "{prose}");
    assert!(prose.contains("0x83FB4F9D as stored"), "{prose}");
    assert!(prose.contains("Linux version 2.4.20-uc0"), "{prose}");
}

#[test]
fn the_real_camera_is_known_by_its_code_and_its_kernel_lacks_a_driver() {
    let (Some(linux), Some(romfs)) = (real("linux"), real("romfs")) else { return };
    let answer = unbrick(&["inspect", &linux, &romfs]);
    let prose = answer.prose();
    for told in [
        "2.4.20-uc0 #1452, built 2010-12-06 08:08:33 by root@maverick-linux with gcc version 3.0; not all of it could be unpacked",
        "rt2870: 148f:3070, 148f:3071, 148f:3072,",
        "system 21.37.2.37, by four bytes",
        "wifi firmware bin/rt73.bin (RT73)",
    ] {
        assert!(prose.contains(told), "{told:?} is not in: {prose}");
    }
    // of a cut kernel nobody can say what it lacks; of the whole one
    assert!(!prose.contains("no driver for 148f:2573"), "{prose}");
    let dir = tempfile::tempdir().unwrap();
    let fixed = dir.path().to_str().unwrap();
    let folder = real("").unwrap();
    unbrick(&["convert", &folder, "-o", fixed]);
    let whole = [format!("{fixed}/linux.zip"), format!("{fixed}/romfs.img")];
    let answer = unbrick(&["inspect", &whole[0], &whole[1]]);
    let told = "this kernel has no driver for 148f:2573 (RT73 wifi), but the romfs carries its firmware, bin/rt73.bin";
    assert!(answer.prose().contains(told), "{}", answer.out);
    let answer = unbrick(&["inspect", &whole[0], &whole[1], "--format", "json"]);
    let document = answer.json();
    assert_eq!(document["files"][1]["fingerprint"]["romfs"]["camera"]["system_version"]["value"], "21.37.2.37");
    assert_eq!(document["files"][0]["fingerprint"]["kernel"]["flash_chips"].as_array().unwrap().len(), 22);
    assert_eq!(document["together"]["findings"][0]["code"], "wifi-firmware-without-driver");
}

#[test]
fn every_file_of_the_camera_is_known_and_only_damaged_ones_exit_with_1() {
    let damaged = ["fixtures/dump/BOOT INFO.dat", "fixtures/dump/linux", "fixtures/dump/linux.dat"];
    // a log of pages picked by hand has holes, which must be dumped before it is an image
    let with_holes =
        ["fixtures/log/boot-info-and-footer.log", "fixtures/log/mixed-utf16.log", "fixtures/listing/footers.hex"];
    for file in fixtures() {
        let answer = unbrick(&["inspect", &file]);
        let expected = match file.as_str() {
            "fixtures/dump/BOOT INFO" => 2,
            file if damaged.contains(&file) || with_holes.contains(&file) => 1,
            _ => 0,
        };
        assert_eq!(answer.code, expected, "{file}: {}{}", answer.out, answer.err);
        assert_eq!(answer.err.is_empty(), expected < 2, "{file}: {}", answer.err);
        assert!(!answer.first_line().contains("unknown"), "{file}: {}", answer.first_line());
    }
}

#[test]
fn several_files_are_told_one_after_the_other() {
    let answer = unbrick(&["inspect", "fixtures/flashed/linux.zip", "fixtures/flashed/romfs.img"]);
    assert_eq!(answer.code, 0);
    let zip = answer.out.find("fixtures/flashed/linux.zip  kernel").unwrap();
    let romfs = answer.out.find("fixtures/flashed/romfs.img  romfs").unwrap();
    assert!(zip < romfs);
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide_the_others() {
    let answer = unbrick(&["inspect", "fixtures/nothing", "fixtures/flashed/romfs.img", "fixtures"]);
    assert_eq!(answer.code, 2);
    assert!(answer.out.starts_with("fixtures/flashed/romfs.img  romfs"), "{}", answer.out);
    assert_eq!(answer.err.lines().count(), 2, "{}", answer.err);
}

#[test]
fn what_comes_in_by_standard_input_is_read_like_a_file() {
    let romfs = crate::terminal::fixture("flashed/romfs.img");
    let answer = crate::terminal::answer(crate::terminal::command(&["inspect", "-"]).write_stdin(romfs));
    assert_eq!(answer.code, 0);
    assert!(answer.first_line().contains("romfs, 67,584 bytes"), "{}", answer.first_line());
}

#[test]
fn passwords_are_never_shown() {
    for arguments in [["inspect", "fixtures/settings/params.bin"], ["explain", "fixtures/settings/params.bin"]] {
        let mut told = unbrick(&arguments).out;
        told.push_str(&unbrick(&[arguments[0], arguments[1], "--format", "json"]).out);
        assert!(!told.contains("fake") && !told.contains("not-a-real"), "{told}");
    }
    let answer = unbrick(&["inspect", "fixtures/camera/flash.bin", "--format", "json"]);
    assert!(!answer.out.contains("not-a-real"));
}
