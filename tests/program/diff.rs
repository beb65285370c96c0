//! `unbrick diff`: the answer in the first sentence, and the exit code.

use crate::terminal::{fixtures, real, unbrick};

#[test]
fn a_dump_with_a_carried_page_is_told_to_be_the_same_romfs_with_256_foreign_bytes() {
    let answer = unbrick(&["diff", "fixtures/flashed/romfs.img", "fixtures/dump/romfs"]);
    assert_eq!((answer.code, answer.err.as_str()), (1, ""));
    assert!(answer.first_line().starts_with("The romfs is the same in both files."), "{}", answer.first_line());
    assert!(answer.first_line().contains("256 foreign bytes in front"), "{}", answer.first_line());
    assert!(!answer.out.contains("unexplained"), "{}", answer.out);
}

#[test]
fn the_real_dump_is_told_to_be_the_same_romfs_with_256_foreign_bytes() {
    let Some(folder) = real("") else { return };
    let dir = tempfile::tempdir().unwrap();
    let fixed = dir.path().to_str().unwrap();
    assert_eq!(unbrick(&["convert", &folder, "-o", fixed]).code, 0);
    let answer = unbrick(&["diff", &format!("{fixed}/romfs.img"), &real("romfs").unwrap()]);
    assert_eq!((answer.code, answer.err.as_str()), (1, ""));
    assert!(answer.first_line().starts_with("The romfs is the same in both files."), "{}", answer.first_line());
    assert!(answer.first_line().contains("256 foreign bytes in front"), "{}", answer.first_line());
    let answer = unbrick(&["diff", &format!("{fixed}/linux.zip"), &real("linux").unwrap()]);
    assert_eq!(answer.code, 1);
    assert!(answer.first_line().contains("80 bytes missing at the end"), "{}", answer.first_line());
}

#[test]
fn a_file_is_equal_to_itself() {
    // nothing is in the one, and most of the others was not captured: see below
    let not_whole = [
        "fixtures/dump/BOOT INFO",
        "fixtures/log/boot-info-and-footer.log",
        "fixtures/log/mixed-utf16.log",
        "fixtures/listing/footers.hex",
    ];
    for file in fixtures().into_iter().filter(|file| !not_whole.contains(&file.as_str())) {
        let answer = unbrick(&["diff", &file, &file]);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{file}");
        assert!(answer.first_line().to_lowercase().contains("same"), "{file}: {}", answer.first_line());
    }
}

#[test]
fn what_was_not_captured_is_not_called_equal() {
    let log = "fixtures/log/boot-info-and-footer.log";
    let answer = unbrick(&["diff", log, log]);
    assert_eq!(answer.code, 1);
    assert!(answer.prose().contains("326,656 bytes not captured"), "{}", answer.out);
}

#[test]
fn a_capture_is_equal_to_the_binary_beside_it() {
    let answer = unbrick(&["diff", "fixtures/dump/linux", "fixtures/dump/linux.dat"]);
    assert_eq!(answer.code, 0, "{}", answer.out);
}

#[test]
fn what_changed_in_an_update_is_told_file_by_file() {
    let answer = unbrick(&["diff", "fixtures/update/hazel_0_37_2_60.bin", "fixtures/update/hazel_0_37_2_61.bin"]);
    assert_eq!((answer.code, answer.err.as_str()), (1, ""));
    let prose = answer.prose();
    assert!(prose.contains("2 files changed, 1 file added and 1 file removed"), "{prose}");
    for line in ["-frame_rate = 15", "+frame_rate = 20", "-camera&", "+camera -w /tmp/run/networks&"] {
        assert!(prose.contains(line), "{line:?} is not in {prose}");
    }
    assert!(prose.contains("bin/wifiscan added, executable, 3,265 bytes"), "{prose}");
    assert!(prose.contains("share/CHANGES removed, 136 bytes"), "{prose}");
}

#[test]
fn one_of_the_two_may_come_by_standard_input_but_not_both() {
    let romfs = crate::terminal::fixture("flashed/romfs.img");
    let mut command = crate::terminal::command(&["diff", "-", "fixtures/flashed/romfs.img"]);
    assert_eq!(crate::terminal::answer(command.write_stdin(romfs)).code, 0);
    let answer = unbrick(&["diff", "-", "-"]);
    assert_eq!((answer.code, answer.err.lines().count()), (2, 1), "{}", answer.err);
}
