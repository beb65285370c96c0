//! Damage in the files of a romfs, which its own header checksums do not show: every command that reads the romfs
//! tells it.

use std::fs;

use tempfile::tempdir;
use unbrick::format::romfs;

use crate::terminal::{Answer, fixture, unbrick};

/// The romfs of the fixture with one bit of `bin/camera` changed.
fn damaged() -> Vec<u8> {
    let mut image = fixture("flashed/romfs.img");
    let romfs = romfs::parse(&image).unwrap().value;
    let camera = romfs.entries.iter().find(|entry| entry.path == "/bin/camera").unwrap().data;
    image[camera.end() - 1000] ^= 0x01;
    image
}

const TOLD: &str = "/bin/camera: the packed part of the flat binary is damaged";

/// Runs the program with the damaged romfs in place of `ROMFS` and a free name in place of `OUT`.
fn run(arguments: &[&str]) -> Answer {
    let dir = tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("romfs.img"), damaged()).unwrap();
    let real = |argument: &&str| match *argument {
        "ROMFS" => path("romfs.img"),
        "OUT" => path("out"),
        other => other.to_owned(),
    };
    unbrick(&arguments.iter().map(real).collect::<Vec<String>>())
}

#[test]
fn inspect_convert_check_and_explain_tell_which_file_is_damaged() {
    for arguments in [
        &["inspect", "ROMFS"][..],
        &["convert", "ROMFS", "-o", "OUT"],
        &["check", "fixtures/flashed/linux.zip", "ROMFS", "--board", "4m"],
        &["explain", "ROMFS"],
    ] {
        let answer = run(arguments);
        let prose = answer.prose();
        assert!(prose.contains(TOLD), "{arguments:?}: {prose}");
        assert!(
            prose.contains("damaged romfs")
                || prose.contains("romfs, damaged")
                || prose.contains("romfs damaged")
                || prose.contains("Risky because"),
            "{arguments:?}: {prose}"
        );
        assert_eq!((answer.code, answer.err.as_str()), (1, ""), "{arguments:?}");
    }
}

#[test]
fn the_document_names_the_file_and_its_place() {
    let document = run(&["inspect", "ROMFS", "--format", "json"]).json();
    let finding = &document["files"][0]["findings"][0];
    assert_eq!((finding["code"].as_str(), finding["file"].as_str()), (Some("flat-body"), Some("/bin/camera")));
    assert_eq!(document["files"][0]["regions"][0]["state"], "damaged");
}

#[test]
fn no_update_or_flash_is_built_with_it_unless_it_is_wanted_as_it_is() {
    let parts = ["--kernel", "fixtures/flashed/linux.zip", "--romfs", "ROMFS", "-o", "OUT"];
    for what in [&["pack", "update"][..], &["pack", "flash", "--board", "4m"]] {
        let refused = run(&[what, &parts].concat());
        assert_eq!((refused.code, refused.out.as_str()), (2, ""), "{what:?}");
        assert!(refused.err.contains(TOLD) && refused.err.contains("--anyway"), "{}", refused.err);
        let built = run(&[what, &parts, &["--anyway"]].concat());
        assert_eq!(built.code, 1, "{what:?}");
        assert!(built.prose().contains(TOLD), "{}", built.out);
    }
}

#[test]
fn convert_tells_which_bytes_the_checksums_in_files_prove() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("romfs.img");
    let answer = unbrick(&["convert", "fixtures/dump/romfs", "-o", out.to_str().unwrap()]);
    let prose = answer.prose();
    assert_eq!(answer.code, 0, "{prose}");
    assert!(prose.contains("bytes by CRC-32 in `bin/camera`"), "{prose}");
    assert!(prose.contains("the CRC-32 in each of 3 files confirms 33,035 of 63,507 bytes of content"), "{prose}");
}
