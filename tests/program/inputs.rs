//! What is read is never written over, whatever it is called and whatever is asked for; standard input is read once.

use std::fs;
use std::path::Path;

use tempfile::{TempDir, tempdir};

use crate::terminal::{Answer, answer, assert_refused, command, fixture, project, tree, unbrick};

/// A folder of one's own with copies of fixtures, each by its new name.
fn folder_of(files: &[(&str, &str)]) -> TempDir {
    let dir = tempdir().unwrap();
    for (name, fixture) in files {
        fs::create_dir_all(dir.path().join(name).parent().unwrap()).unwrap();
        fs::copy(project().join("fixtures").join(fixture), dir.path().join(name)).unwrap();
    }
    dir
}

/// Types a line in a folder.
fn typed_in(folder: &Path, line: &str) -> Answer {
    let words: Vec<&str> = line.split_whitespace().collect();
    answer(command(&words).current_dir(folder))
}

#[test]
fn no_output_takes_the_place_of_an_input() {
    let dir = folder_of(&[
        ("linux.zip", "boot/linux.zip"),
        ("romfs.img", "flashed/romfs.img"),
        ("romfs.bin", "dump/romfs"),
        ("linux.dat", "dump/linux.dat"),
        ("params.bin", "settings/params.bin"),
        ("flash.bin", "camera/flash.bin"),
        ("boot.log", "log/boot.log"),
        ("dump/romfs.img", "flashed/romfs.img"),
        ("pages/index.htm", "dump/romfs"),
    ]);
    // with three lines less, there is something to dump again
    let text = fs::read_to_string(dir.path().join("linux.dat")).unwrap();
    let holes: Vec<&str> = text.lines().enumerate().filter(|(at, _)| !(60..63).contains(at)).map(|(_, l)| l).collect();
    for name in ["holes.log", "linux.bin.holes.json"] {
        fs::write(dir.path().join(name), holes.join("\r\n")).unwrap();
    }
    fs::write(dir.path().join("script"), "wait />\n").unwrap();
    let extracted = "extract romfs.img -o files --force";
    assert_eq!(typed_in(dir.path(), extracted).code, 0);
    fs::copy(dir.path().join("romfs.img"), dir.path().join("files/bin/romfs.img")).unwrap();
    let before = tree(dir.path());
    for line in [
        "convert linux.dat -o linux.dat --force",
        "convert holes.log -o new.bin --dump-list holes.log --fill FF --force",
        "convert holes.log linux.bin.holes.json -o linux.bin --fill FF --force",
        "convert dump -o dump --force",
        "convert flash.bin --redact -o flash.bin --force",
        "convert dump --redact -o dump --force",
        "boot --kernel linux.zip --romfs romfs.img --save-flash romfs.img --force",
        "boot --kernel linux.zip --romfs romfs.img --script script --save-flash script --force",
        "boot flash.bin --save-flash flash.bin --force",
        "pack update --romfs romfs.img -o romfs.img --force",
        "pack update --romfs romfs.img --tail script -o script --force",
        "pack settings params.bin -o params.bin --force",
        "pack flash --kernel linux.zip --romfs romfs.img --log boot.log -o boot.log --force",
        "pack romfs files --like romfs.img -o romfs.img --force",
    ] {
        assert_refused(&typed_in(dir.path(), line), "is to be read and written at once");
        assert!(tree(dir.path()) == before, "{line} changed something");
    }
    assert_refused(
        &typed_in(dir.path(), "pack webui pages --version 1.2.3.4 -o pages/index.htm --force"),
        "lies in the folder that is packed",
    );
    assert!(tree(dir.path()) == before);
}

#[test]
fn an_extraction_does_not_replace_the_file_that_it_takes_apart() {
    let dir = folder_of(&[("index.htm", "flashed/webui.bin")]);
    let before = tree(dir.path());
    let answer = typed_in(dir.path(), "extract index.htm -o . --force");
    assert_refused(&answer, "index.htm: is the same file as index.htm, and is to be read and written at once");
    assert!(tree(dir.path()) == before, "nothing else was written either");
}

#[cfg(unix)]
#[test]
fn other_names_of_an_input_do_not_help() {
    let dir = folder_of(&[("romfs.img", "flashed/romfs.img"), ("params.bin", "settings/params.bin")]);
    std::os::unix::fs::symlink("romfs.img", dir.path().join("link.img")).unwrap();
    fs::hard_link(dir.path().join("romfs.img"), dir.path().join("twin.img")).unwrap();
    std::os::unix::fs::symlink(".", dir.path().join("here")).unwrap();
    let before = tree(dir.path());
    for output in ["link.img", "twin.img", "./romfs.img", "here/romfs.img"] {
        let told = format!("{output}: is the same file as romfs.img, and is to be read and written at once");
        assert_refused(&typed_in(dir.path(), &format!("pack update --romfs romfs.img -o {output} --force")), &told);
    }
    assert_refused(&typed_in(dir.path(), "pack update --romfs link.img -o romfs.img --force"), "is the same file");
    let redirected = fs::File::open(dir.path().join("params.bin")).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_unbrick"))
        .current_dir(dir.path())
        .args(["pack", "settings", "-", "-o", "params.bin", "--force"])
        .stdin(redirected)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "a file that was redirected is an input as well");
    assert!(tree(dir.path()) == before);
}

#[test]
fn what_was_not_read_is_replaced_by_force() {
    let dir = folder_of(&[("romfs.img", "flashed/romfs.img"), ("old.bin", "settings/params.bin")]);
    assert_eq!(typed_in(dir.path(), "pack update --romfs romfs.img -o old.bin --force").code, 0);
    assert!(fs::read(dir.path().join("old.bin")).unwrap().starts_with(b"BNEG"));
}

#[test]
fn standard_input_is_read_once_by_every_command() {
    let (kernel, romfs) = ("fixtures/boot/linux.zip", "fixtures/flashed/romfs.img");
    for line in [
        "diff - -",
        "check - - --board 4m",
        "check - --like -",
        "check - --log -",
        "boot - - -q",
        "boot --kernel - --romfs - -q",
        "boot --kernel - --script - -q",
        "boot --kernel fixtures/boot/linux.zip --settings - --boot-info - -q",
        "convert - - -o new",
        "pack update --kernel - --romfs - -o new",
        "pack update --romfs - --tail - -o new",
        "pack flash --kernel - --romfs - --board 4m -o new",
    ] {
        let words: Vec<&str> = line.split_whitespace().collect();
        let bytes = fixture(match line {
            _ if line.contains("settings -") => "settings/params.bin",
            _ if line.contains("tail") => "flashed/romfs.img",
            _ if line.contains("like") => "camera/flash.bin",
            _ if line.contains("log") => "log/boot.log",
            _ => "boot/linux.zip",
        });
        let answer = answer(command(&words).write_stdin(bytes));
        assert_refused(&answer, "several files are to come from standard input; save all but one of them");
    }
    let both = answer(command(&["inspect", "-", "-"]).write_stdin(fixture("flashed/romfs.img")));
    assert_eq!(both.code, 2);
    assert!(
        both.out.contains("romfs") && both.err.contains("several files are to come from standard input"),
        "{both:?}"
    );
    let alone = answer(command(&["boot", "-", "--until", "banner", "-q"]).write_stdin(fixture("boot/linux.zip")));
    assert_eq!(alone.code, 0, "{alone:?}");
    let parts = answer(command(&["boot", "-", romfs, "--until", "shell", "-q"]).write_stdin(fixture("boot/linux.zip")));
    assert_eq!(parts.code, 0, "{parts:?}");
    let twice = unbrick(&["diff", kernel, kernel]);
    assert_eq!(twice.code, 0, "a file can be read as often as it is named");
}

#[test]
fn a_part_that_is_none_is_not_booted_without_it() {
    let dir = tempdir().unwrap();
    let garbage: Vec<u8> = (0..20_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    fs::write(dir.path().join("garbage"), garbage).unwrap();
    let garbage = dir.path().join("garbage").to_str().unwrap().to_owned();
    let (kernel, romfs) = ("fixtures/boot/linux.zip", "fixtures/flashed/romfs.img");
    for (option, part) in [
        ("--boot-loader", "boot loader"),
        ("--boot-info", "boot info"),
        ("--web-ui", "web UI"),
        ("--settings", "settings"),
    ] {
        let parts = ["--kernel", kernel, "--romfs", romfs, option, &garbage];
        let told = format!("garbage: holds no {part} (found: unknown)");
        assert_refused(&unbrick(&[&["boot", "-q"], &parts[..]].concat()), &told);
        let out = dir.path().join("flash.bin").to_str().unwrap().to_owned();
        assert_refused(&unbrick(&[&["pack", "flash", "--board", "4m", "-o", &out], &parts[..]].concat()), &told);
    }
    // what is damaged is booted all the same, for to see what comes of it is the point
    let mut settings = fixture("settings/params.bin");
    settings[0x100] ^= 1;
    let damaged = dir.path().join("damaged").to_str().unwrap().to_owned();
    fs::write(&damaged, settings).unwrap();
    let parts = ["boot", "-q", "--until", "shell", "--kernel", kernel, "--romfs", romfs, "--settings", &damaged];
    assert_eq!(unbrick(&parts).code, 0);
}
