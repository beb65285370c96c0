//! Names as people give them: with quotes, blanks and worse. What is suggested can be pasted, and no name breaks a line.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::tempdir;

use crate::terminal::{Answer, answer, command, fixture};

const QUOTES: &str = "it's \"q\" $HOME `x`.zip";

fn typed_in(folder: &Path, words: &[&str]) -> Answer {
    answer(command(words).current_dir(folder))
}

#[cfg(unix)]
#[test]
fn a_command_that_is_suggested_can_be_pasted_into_a_shell() {
    let dir = tempdir().unwrap();
    let mut checked = 0;
    for name in [QUOTES, "BOOT INFO", "a\\b.zip", "kamera-ü.zip", "*.zip", "~x;&|<>(){}[]#!?.zip", "-o.zip"] {
        fs::write(dir.path().join(name), fixture("flashed/linux.zip")).unwrap();
        let named = format!("./{name}");
        let told = typed_in(dir.path(), &["explain", &named]);
        let line = told.out.lines().find(|line| line.starts_with("    unbrick inspect ")).unwrap();
        let script = format!("unbrick() {{ '{}' \"$@\"; }}\n{line}", env!("CARGO_BIN_EXE_unbrick"));
        let pasted = Command::new("sh").arg("-c").arg(script).current_dir(dir.path()).output().unwrap();
        let out = String::from_utf8(pasted.stdout).unwrap();
        assert!(pasted.status.success() && out.starts_with(&named), "{line}: {out}");
        checked += 1;
    }
    assert_eq!(checked, 7);
}

#[cfg(unix)]
#[test]
fn no_name_breaks_a_line_or_steers_the_terminal() {
    let dir = tempdir().unwrap();
    let (romfs, log) = ("a\nb \x1b[31mred.img", "c\nd.dat");
    fs::create_dir(dir.path().join("in\nner")).unwrap();
    for (name, bytes) in [(romfs, "flashed/romfs.img"), (log, "dump/romfs.dat"), ("linux.zip", "flashed/linux.zip")] {
        fs::write(dir.path().join("in\nner").join(name), fixture(bytes)).unwrap();
        fs::write(dir.path().join(name), fixture(bytes)).unwrap();
    }
    for words in [
        &["explain", romfs][..],
        &["explain", "in\nner"],
        &["inspect", romfs, log],
        &["convert", "in\nner", "-o", "o\nut"],
        &["convert", romfs, "--redact", "-o", "re\nd"],
        &["diff", romfs, "linux.zip"],
        &["diff", "linux.zip", romfs, log],
        &["check", "linux.zip", romfs, "--board", "4m"],
        &["extract", romfs, "-o", "fi\nles"],
        &["pack", "update", "--romfs", romfs, "-o", "up\ndate"],
        &["pack", "romfs", "fi\nles", "--like", romfs, "-o", "ne\nw"],
        &["inspect", "no\nsuch"],
        &["ls", romfs, "no\nsuch"],
        &["pack", "update", "--romfs", romfs, "-o", romfs],
    ] {
        let answer = typed_in(dir.path(), words);
        let printed = answer.out.clone() + &answer.err;
        assert!(printed.contains("\\x0A"), "{words:?}: {printed}");
        let torn = ["b ", "b`", "d.dat", "ner", "ut", "les", "date", "such", "w,"];
        let is_torn = |line: &str| torn.iter().any(|rest| line.trim_start().starts_with(rest));
        assert!(!printed.contains('\x1b') && !printed.lines().any(is_torn), "{words:?}: {printed}");
    }
    let told = typed_in(dir.path(), &["explain", romfs]);
    assert!(told.out.contains("unbrick inspect $'a\\x0Ab \\x1B[31mred.img'\n"), "{}", told.out);
    let json = typed_in(dir.path(), &["inspect", romfs, "--format", "json"]).json();
    assert_eq!(json["files"][0]["path"], romfs, "programs get the name itself");
}
