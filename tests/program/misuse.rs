//! What is typed wrong: one clear sentence that says what to type instead.

use std::fs;

use tempfile::tempdir;

use crate::terminal::{assert_refused, file, names, unbrick};

#[test]
fn what_is_needed_to_go_on_is_told_where_nothing_is_named() {
    for arguments in [&["convert", "fixtures/dump/linux.dat"][..], &["convert", "fixtures/dump", "--redact"]] {
        assert_refused(&unbrick(arguments), "nothing says where to write; add `-o` with a folder");
    }
    for arguments in [&["boot"][..], &["boot", "--until", "shell"]] {
        assert_refused(&unbrick(arguments), "`unbrick boot --kernel linux.zip --romfs romfs.img`");
    }
    for (command, told) in [("convert", "-o <FOLDER|FILE>\n"), ("boot", "--kernel <FILE> --romfs <FILE>\n")] {
        assert!(unbrick(&[command, "--help"]).out.contains(told));
    }
}

#[test]
fn a_place_where_nothing_can_be_written_is_told_before_any_work_with_the_option_that_named_it() {
    let (dir, file) = file(b"mine");
    let below = format!("{file}/below/x.bin");
    let (kernel, romfs) = ("fixtures/boot/linux.zip", "fixtures/flashed/romfs.img");
    let script = dir.path().join("script");
    fs::write(&script, "wait for something that never comes").unwrap();
    let boot = ["boot", "--kernel", kernel, "--romfs", romfs, "--script", script.to_str().unwrap(), "--save-flash"];
    for (arguments, option) in [
        (&boot[..], "--save-flash"),
        (&["pack", "update", "--romfs", romfs, "-o"], "-o"),
        (&["convert", "fixtures/dump/romfs", "-o"], "-o"),
        (&["convert", "fixtures/dump", "--dump-list"], "--dump-list"),
        (&["extract", romfs, "-o"], "-o"),
    ] {
        let answer = unbrick(&[arguments, &[&below]].concat());
        assert_refused(&answer, "input is a file, and no folder; choose another place with");
        assert!(answer.err.trim_end().ends_with(&format!("`{option}`")), "{}", answer.err);
        let answer = unbrick(&[arguments, &["/proc/unbrick/x.bin"]].concat());
        assert_refused(&answer, "x.bin: cannot be written: no file can be made in this folder; choose another place");
        assert!(!answer.err.contains("`-o`") || option == "-o", "{}", answer.err);
    }
    for (arguments, option) in
        [(&boot[..], "--save-flash"), (&["convert", "fixtures/dump", "--dump-list"], "--dump-list")]
    {
        let answer = unbrick(&[arguments, &[&file]].concat());
        assert_refused(&answer, &format!("exists already and was left as it is; choose another name with `{option}`"));
    }
    assert_eq!(names(dir.path()), ["input", "script"]);
}

#[test]
fn what_is_packed_from_a_folder_says_so() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("out").to_str().unwrap().to_owned();
    let (romfs, web_ui) = ("fixtures/flashed/romfs.img", "fixtures/flashed/webui.bin");
    let pages = ["--version", "1.2.3.4", "-o", &out];
    let refused = |arguments: &[&str], told: &str| assert_refused(&unbrick(arguments), told);
    refused(&["pack", "romfs", romfs, "-o", &out], "romfs.img: is a romfs already, and is built from a folder; name");
    refused(&[&["pack", "webui", web_ui], &pages[..]].concat(), "webui.bin: is a web UI already");
    refused(&["pack", "romfs", web_ui, "-o", &out], "is no folder, and no record of an extraction (found: web UI)");
    let (beside, empty) = file(b"");
    let out_beside = beside.path().join("out").to_str().unwrap().to_owned();
    refused(&["pack", "romfs", &empty, "-o", &out_beside], "input: is empty (0 bytes), and no folder");
    refused(&[&["pack", "webui", &empty], &pages[..]].concat(), "input: is empty (0 bytes), and no folder");
    let wrong = unbrick(&["boot", romfs, "--tcp", "999.1.1.1:80"]);
    assert!(wrong.err.contains("give an address and a port in numbers, as in 127.0.0.1:7450"), "{}", wrong.err);
}

#[cfg(unix)]
#[test]
fn a_device_or_a_link_to_a_folder_is_never_replaced() {
    let dir = tempdir().unwrap();
    let pipe = dir.path().join("pipe.bin");
    std::os::unix::net::UnixListener::bind(&pipe).unwrap();
    std::os::unix::fs::symlink(".", dir.path().join("link.bin")).unwrap();
    let romfs = "fixtures/flashed/romfs.img";
    for (name, told) in [("pipe.bin", "is a device, pipe or socket"), ("link.bin", "is a folder")] {
        let path = dir.path().join(name).to_str().unwrap().to_owned();
        assert_refused(&unbrick(&["pack", "update", "--romfs", romfs, "-o", &path, "--force"]), told);
    }
    assert_refused(&unbrick(&["pack", "update", "--romfs", romfs, "-o", "/dev/null", "--force"]), "is a device");
    assert_eq!(names(dir.path()), ["link.bin", "pipe.bin"]);
}
