//! What cannot be read or written: one clear sentence, exit code 2, and nothing left behind.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::tempdir;

use crate::terminal::{Answer, assert_refused, file, fixture, names, project, unbrick};

/// The start of a JPEG file as a camera takes it.
const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x01\x00\x48\x00\x48\x00\x00\xFF\xDB\x00\x43\x00";

const TEXT: &[u8] = b"Dear camera,\nyou have a red light and nothing else. Why?\n";

/// Asks every command about one input; `convert` and `extract` write to a folder that does not exist.
fn every_command(input: &str, check: impl Fn(&str, &Answer)) {
    let dir = tempdir().unwrap();
    let out = dir.path().join("out").to_str().unwrap().to_owned();
    let other = "fixtures/flashed/romfs.img";
    for arguments in [
        vec!["inspect", input],
        vec!["explain", input],
        vec!["convert", input, "-o", &out],
        vec!["diff", input, other],
        vec!["diff", other, input],
        vec!["ls", input],
        vec!["cat", input, "bin/init"],
        vec!["extract", input, "-o", &out],
        vec!["check", input, "--board", "4m"],
        vec!["check", other, "--like", input],
        vec!["pack", "flash", "--board", "4m", "--kernel", input, "--romfs", other, "-o", &out],
        vec!["pack", "kernel", input, "-o", &out],
        vec!["pack", "settings", input, "-o", &out],
        vec!["pack", "update", "--kernel", input, "-o", &out],
        vec!["pack", "update", "--romfs", input, "-o", &out],
        vec!["pack", "webui", "fixtures/make", "--like", input, "-o", &out],
        vec!["pack", "romfs", "fixtures/make", "--like", input, "-o", &out],
    ] {
        check(arguments[0], &unbrick(&arguments));
        assert!(names(dir.path()).is_empty(), "{arguments:?} left something behind");
    }
}

#[test]
fn a_missing_file_is_told_by_every_command() {
    every_command("fixtures/nothing.bin", |_, answer| {
        assert_refused(answer, "fixtures/nothing.bin: there is no such file");
    });
}

#[test]
fn an_empty_file_is_told_by_every_command() {
    let (_dir, path) = file(b"");
    every_command(&path, |command, answer| match command {
        // what an empty file means is just what somebody asks who asks this
        "explain" => {
            assert_eq!(answer.code, 1, "nothing in it can be flashed");
            assert!(answer.out.contains("An empty file: nothing was saved here."), "{}", answer.out);
        }
        _ => assert_refused(answer, "input: is empty (0 bytes)"),
    });
}

#[test]
fn a_folder_is_told_where_a_file_is_meant() {
    let folder = "fixtures/flashed";
    let file = "fixtures/flashed/romfs.img";
    let dir = tempdir().unwrap();
    let out = dir.path().join("out").to_str().unwrap().to_owned();
    for arguments in [
        vec!["inspect", folder],
        vec!["diff", folder, file],
        vec!["diff", file, folder],
        vec!["ls", folder],
        vec!["cat", folder, "bin/init"],
        vec!["extract", folder, "-o", &out],
    ] {
        assert_refused(&unbrick(&arguments), "fixtures/flashed: is a folder, and one file is meant here");
    }
    assert!(names(dir.path()).is_empty());
}

#[test]
fn a_picture_is_no_firmware() {
    let (_dir, path) = file(JPEG);
    every_command(&path, |_, answer| assert_refused(answer, "image/jpeg"));
}

#[test]
fn a_text_is_no_capture() {
    let (_dir, path) = file(TEXT);
    every_command(&path, |_, answer| assert_refused(answer, "is text in which no line shows memory"));
}

#[test]
fn a_folder_without_files_is_told() {
    let dir = tempdir().unwrap();
    let empty = dir.path().join("dump");
    fs::create_dir(&empty).unwrap();
    let empty = empty.to_str().unwrap();
    assert_refused(&unbrick(&["explain", empty]), "the folder holds no files");
    let out = dir.path().join("out").to_str().unwrap().to_owned();
    assert_refused(&unbrick(&["convert", empty, "-o", &out]), "the folder holds no files");
    assert_eq!(names(dir.path()), ["dump"]);
}

#[test]
fn a_folder_of_holiday_pictures_becomes_nothing() {
    let dir = tempdir().unwrap();
    fs::create_dir(dir.path().join("holiday")).unwrap();
    fs::write(dir.path().join("holiday/sea.jpg"), JPEG).unwrap();
    fs::write(dir.path().join("holiday/notes.txt"), TEXT).unwrap();
    let holiday = dir.path().join("holiday").to_str().unwrap().to_owned();
    let out = dir.path().join("out").to_str().unwrap().to_owned();
    assert_refused(&unbrick(&["convert", &holiday, "-o", &out]), "nothing here is a capture or an image");
    assert_eq!(names(dir.path()), ["holiday", "holiday/notes.txt", "holiday/sea.jpg"]);
    let story = unbrick(&["explain", &holiday]);
    assert_eq!(story.code, 0);
    assert!(story.first_line().starts_with("Nothing in this folder is firmware"), "{}", story.out);
}

#[test]
fn a_capture_without_a_valid_line_is_told() {
    let (dir, path) = file(b"bootloader > d -b 0x7F020000\r\nDisplaying memory at 0x7F020000\r\n");
    let answer = unbrick(&["inspect", &path]);
    assert_eq!(answer.code, 1);
    assert!(answer.out.contains("capture-empty"), "{}", answer.out);
    let out = dir.path().join("out.bin");
    let answer = unbrick(&["convert", &path, "-o", out.to_str().unwrap()]);
    assert_eq!(answer.code, 1, "{answer:?}");
    assert_eq!(names(dir.path()), ["input"]);
    assert!(answer.out.contains("nothing was captured"), "{}", answer.out);
    for arguments in [vec!["ls", &path], vec!["diff", &path, "fixtures/flashed/romfs.img"]] {
        let answer = unbrick(&arguments);
        assert!(answer.code > 0, "{arguments:?}: {answer:?}");
    }
}

#[test]
fn a_file_that_is_longer_than_anything_here_is_told_and_others_beside_it_are_read() {
    let dir = tempdir().unwrap();
    let huge = dir.path().join("huge.img");
    // as long as a disk, without a byte on it
    fs::File::create(&huge).unwrap().set_len(3 << 30).unwrap();
    let told = "huge.img: has 3,221,225,472 bytes, and no more than 1 GiB is read";
    every_command(huge.to_str().unwrap(), |_, answer| assert_refused(answer, told));
    let folder = dir.path().to_str().unwrap().to_owned();
    assert_refused(&unbrick(&["explain", &folder]), told);
    fs::write(dir.path().join("romfs.img"), fixture("flashed/romfs.img")).unwrap();
    let out = dir.path().join("out").to_str().unwrap().to_owned();
    for arguments in [vec!["explain", &folder], vec!["convert", &folder, "-o", &out]] {
        let answer = unbrick(&arguments);
        assert_eq!(answer.code, 0, "{answer:?}");
        assert!(answer.err.starts_with("unbrick: left out: ") && answer.err.contains(told), "{}", answer.err);
        assert!(answer.out.contains("romfs"), "{}", answer.out);
    }
}

#[test]
fn a_truncated_romfs_is_read_as_far_as_it_goes() {
    let (dir, path) = file(&fixture("flashed/romfs.img")[..40_000]);
    let answer = unbrick(&["inspect", &path]);
    assert_eq!(answer.code, 1);
    assert!(
        answer.prose().contains("romfs says that it is 67,024 bytes long, but only 40,000 are here"),
        "{}",
        answer.out
    );
    assert_eq!(unbrick(&["ls", &path]).code, 1);
    let out = dir.path().join("romfs.img").to_str().unwrap().to_owned();
    let answer = unbrick(&["convert", &path, "-o", &out]);
    assert_eq!(answer.code, 1);
    assert!(answer.out.contains("do not flash"), "{}", answer.out);
}

#[test]
fn a_zip_without_a_kernel_is_told() {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file("holiday.txt", zip::write::SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut writer, b"We went to the sea.").unwrap();
    let (_dir, path) = file(&writer.finish().unwrap().into_inner());
    let answer = unbrick(&["inspect", &path]);
    assert_eq!(answer.code, 1);
    assert!(answer.prose().contains("the zip holds `holiday.txt` and no kernel"), "{}", answer.out);
}

#[cfg(unix)]
#[test]
fn a_file_without_read_permission_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let (_dir, path) = file(&fixture("flashed/romfs.img"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    every_command(&path, |_, answer| assert_refused(answer, "input: no permission to read it"));
}

#[test]
fn an_output_folder_that_is_a_file_is_told() {
    let (dir, path) = file(b"mine");
    assert_refused(&unbrick(&["convert", "fixtures/dump", "-o", &path]), "input: is a file, and 2 files come out");
    assert_refused(&unbrick(&["extract", "fixtures/flashed/romfs.img", "-o", &path]), "input: is a file");
    let below = format!("{path}/below");
    for arguments in [
        vec!["convert", "fixtures/dump", "-o", &below],
        vec!["convert", "fixtures/dump/linux.dat", "-o", &below],
        vec!["extract", "fixtures/flashed/romfs.img", "-o", &below],
        vec!["extract", "fixtures/flashed/romfs.img", "-o", &path, "--force"],
    ] {
        let answer = unbrick(&arguments);
        assert_eq!((answer.code, answer.err.lines().count()), (2, 1), "{arguments:?}: {answer:?}");
    }
    assert_eq!(names(dir.path()), ["input"]);
    assert_eq!(fs::read(&path).unwrap(), b"mine");
}

#[test]
fn an_output_file_that_is_a_folder_is_told() {
    let dir = tempdir().unwrap();
    fs::create_dir_all(dir.path().join("out/linux.zip")).unwrap();
    let out = dir.path().join("out").to_str().unwrap().to_owned();
    for force in [&[][..], &["--force"]] {
        let answer = unbrick(&[&["convert", "fixtures/dump", "-o", &out], force].concat());
        assert_refused(&answer, "linux.zip: is a folder");
        assert_eq!(names(dir.path()), ["out", "out/linux.zip"]);
    }
}

#[test]
fn missing_folders_of_an_output_are_made() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("a/b/linux.bin");
    assert_eq!(unbrick(&["convert", "fixtures/dump/linux.dat", "-o", out.to_str().unwrap()]).code, 1);
    assert!(fs::read(out).unwrap() == fixture("dump/linux"));
    let out = dir.path().join("c/d");
    let extract = ["extract", "fixtures/flashed/webui.bin", "-o", out.to_str().unwrap()];
    assert_eq!(unbrick(&extract).code, 0);
    assert!(out.join("index.htm").is_file());
}

#[test]
fn a_folder_that_is_not_empty_is_extracted_to_only_by_force() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("index.htm"), b"mine").unwrap();
    fs::write(dir.path().join("other"), b"mine").unwrap();
    let arguments = ["extract", "fixtures/flashed/webui.bin", "-o", dir.path().to_str().unwrap()];
    assert_refused(&unbrick(&arguments), "is not empty, and nothing in it was touched");
    assert_eq!(names(dir.path()), ["index.htm", "other"]);
    assert_eq!(unbrick(&[&arguments[..], &["--force"]].concat()).code, 0);
    assert_eq!(fs::read(dir.path().join("other")).unwrap(), b"mine");
    assert_ne!(fs::read(dir.path().join("index.htm")).unwrap(), b"mine");
}

#[test]
fn nothing_by_standard_input_is_an_empty_file() {
    let answer = crate::terminal::answer(crate::terminal::command(&["inspect", "-"]).write_stdin(""));
    assert_refused(&answer, "is empty (0 bytes)");
}

#[test]
fn a_wrong_command_line_exits_with_2_and_shows_the_usage() {
    for arguments in [&["inspect"][..], &["frobnicate"], &["diff", "one"], &["convert"], &[]] {
        let answer = unbrick(arguments);
        assert_eq!((answer.code, answer.out.as_str()), (2, ""), "{arguments:?}");
        assert!(answer.err.contains("Usage: unbrick"), "{}", answer.err);
    }
}

/// As with `| head -1`: the reader goes away after the first line.
#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for arguments in [
        &["ls", "-r", "fixtures/camera/flash.bin", "--format", "json"][..],
        &["inspect", "fixtures/camera/flash.bin", "--format", "json"],
        &["cat", "fixtures/camera/flash.bin", "romfs.img"],
        &["diff", "fixtures/update/hazel_0_37_2_60.bin", "fixtures/camera/flash.bin", "--details"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_unbrick"))
            .current_dir(project())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = Vec::new();
        BufReader::with_capacity(16, child.stdout.take().unwrap()).read_until(b'\n', &mut first).unwrap();
        let mut complaints = String::new();
        child.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
        let code = child.wait().unwrap().code();
        assert!(!first.is_empty());
        assert_eq!(complaints, "", "{arguments:?}");
        assert!(matches!(code, Some(0 | 1)), "{arguments:?}: {code:?}");
    }
}

#[test]
fn the_example_of_the_readme_needs_no_terminal() {
    // no HOME, no TERM, no PATH: nothing of the kind is needed
    assert!(Path::new(env!("CARGO_BIN_EXE_unbrick")).is_file());
    assert_eq!(unbrick(&["--version"]).out.trim(), concat!("unbrick ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_check_that_lacks_a_camera_or_has_two_kernels_is_told() {
    let kernel = "fixtures/flashed/linux.zip";
    let refused = |arguments: &[&str], told: &str| assert_refused(&unbrick(arguments), told);
    refused(&["check", kernel], "nothing tells which camera it is for");
    refused(
        &["check", kernel, "--like", "fixtures/flashed/romfs.img"],
        "nothing in it tells how a camera's flash is laid out",
    );
    refused(&["check", kernel, "--log", kernel], "neither the boot loader's messages nor lines of its `ls`");
    refused(&["check", kernel, "--like", "fixtures/flashed"], "is a folder, and one file is meant here");
    refused(
        &["check", kernel, "fixtures/dump/linux", "--board", "4m"],
        "holds a kernel, as `fixtures/flashed/linux.zip` does",
    );
    refused(&["check", "fixtures/log/boot.log", "--board", "4m"], "goes into no camera's flash");
}

#[test]
fn a_flash_is_not_built_of_the_wrong_or_too_large_parts() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("flash.bin").to_str().unwrap().to_owned();
    let (kernel, romfs) = ("fixtures/flashed/linux.zip", "fixtures/flashed/romfs.img");
    let pack = |more: &[&str]| unbrick(&[&["pack", "flash", "-o", &out], more].concat());
    assert_refused(&pack(&["--kernel", kernel, "--romfs", romfs]), "nothing tells which camera it is for");
    let parts = ["--board", "2m", "--kernel", kernel, "--romfs", romfs];
    assert_refused(&pack(&[&parts[..], &["--settings", "fixtures/flashed/webui.bin"]].concat()), "holds no settings");
    assert_refused(&pack(&[&parts[..], &["--boot-loader", romfs]].concat()), "holds no boot loader");
    let mut settings = fixture("settings/params.bin");
    settings[0x100] ^= 1;
    let (_dir, damaged) = file(&settings);
    assert_refused(&pack(&[&parts[..], &["--settings", &damaged]].concat()), "the checksum of the settings is");
    let big: Vec<u8> = unbrick::format::web_ui::build(
        unbrick::format::web_ui::Version([1, 0, 0, 0]),
        &[unbrick::format::web_ui::NewEntry::File { path: b"/a", data: &vec![b'.'; 0x7_0000] }],
    )
    .unwrap();
    let (_dir, big) = file(&big);
    assert_refused(
        &pack(&[&parts[..], &["--web-ui", &big]].concat()),
        "its place 0x7F180000..0x7F1F0000 takes no more than",
    );
    assert!(names(dir.path()).is_empty(), "nothing is left behind");
    assert_eq!(pack(&parts).code, 0);
    assert_eq!(names(dir.path()), ["flash.bin"]);
    assert_refused(&pack(&parts), "exists already and was left as it is");
    assert_eq!(pack(&[&parts[..], &["--settings", &damaged, "--anyway", "--force"]].concat()).code, 0);
}

/// All commands say the same of an update that is cut, wherever it is.
#[test]
fn a_cut_update_is_to_be_downloaded_once_more() {
    let whole = fixture("update/hazel_0_37_2_61.bin");
    for len in [48, 60_000, 120_000] {
        let (dir, path) = file(&whole[..len]);
        let inspected = unbrick(&["inspect", &path]);
        assert!(inspected.prose().contains("vendor update truncated"), "{}", inspected.out);
        assert!(inspected.prose().contains("-> download it once more"), "{}", inspected.out);

        let explained = unbrick(&["explain", &path]);
        assert!(explained.prose().contains("a vendor update that is cut short"), "{}", explained.out);
        assert!(explained.prose().contains("download the update once more"), "{}", explained.out);
        assert!(!explained.out.contains("unbrick convert") && !explained.out.contains("d -b"), "{}", explained.out);

        let checked = unbrick(&["check", &path, "--board", "4m"]);
        assert!(checked.prose().contains("cut short, so download it once more"), "{}", checked.out);
        assert!(!checked.out.contains("unbrick convert"), "{}", checked.out);

        let out = dir.path().join("parts");
        let converted = unbrick(&["convert", &path, "-o", out.to_str().unwrap()]);
        let told = format!("{}{}", converted.prose(), converted.err);
        assert!(told.contains("cut short") && told.contains("download it once more"), "{told}");
        assert!(!told.contains("d -b") && converted.code != 0, "{told}");
        if len == 48 {
            let why =
                "is a vendor update that is cut short: it says that it is 161,396 bytes long, but only 48 are here";
            assert_refused(&converted, why);
        }
    }
}
