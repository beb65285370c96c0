//! A terminal to type in, and the files at hand.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Answer {
    /// The first line of the answer.
    pub fn first_line(&self) -> &str {
        self.out.lines().next().unwrap_or_default()
    }

    /// The answer with its lines joined, so that what is said does not depend on where it is wrapped.
    pub fn prose(&self) -> String {
        self.out.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The answer as the document that `--format json` promises.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

/// One sentence on standard error, nothing on standard output, exit code 2.
pub fn assert_refused(answer: &Answer, told: &str) {
    assert_eq!((answer.code, answer.out.as_str()), (2, ""), "{answer:?}");
    assert_eq!(answer.err.lines().count(), 1, "{}", answer.err);
    assert!(answer.err.starts_with("unbrick: ") && answer.err.contains("; "), "{}", answer.err);
    assert!(answer.err.contains(told), "{told:?} is not in {}", answer.err);
    assert!(!answer.err.contains("os error"), "{}", answer.err);
}

/// A file of its own with these bytes.
pub fn file(bytes: &[u8]) -> (TempDir, String) {
    let dir = tempdir().unwrap();
    let path = dir.path().join("input");
    fs::write(&path, bytes).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (dir, path)
}

/// The program with its arguments, started from the project's folder without a terminal.
pub fn command(arguments: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unbrick"));
    command.current_dir(project()).env_clear().args(arguments);
    command
}

/// Types a command.
pub fn unbrick(arguments: &[impl AsRef<OsStr>]) -> Answer {
    answer(&mut command(arguments))
}

/// Runs a command that was made ready.
pub fn answer(command: &mut Command) -> Answer {
    let output = command.output().unwrap();
    Answer {
        code: output.status.code().expect("the program ended by itself"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The project's folder.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The bytes of a file in `fixtures/`.
pub fn fixture(path: &str) -> Vec<u8> {
    fs::read(project().join("fixtures").join(path)).unwrap()
}

/// Every file in `fixtures/` that came out of a camera or goes into one, by its path from the project's folder.
pub fn fixtures() -> Vec<String> {
    let mut files = Vec::new();
    for folder in ["camera", "dump", "flashed", "log", "settings", "update"] {
        let folder = format!("fixtures/{folder}");
        for entry in fs::read_dir(project().join(&folder)).unwrap() {
            files.push(format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy()));
        }
    }
    files.sort();
    files
}

/// The folder of real samples, if this machine has it: `UNBRICK_SAMPLES`, or `../shared/samples`. It is not part of
/// the project; a test that finds none says so and passes.
pub fn samples() -> Option<PathBuf> {
    let near = project().join("../shared/samples");
    let folder = std::env::var_os("UNBRICK_SAMPLES").map_or(near, PathBuf::from);
    let found = folder.is_dir().then_some(folder);
    if found.is_none() {
        eprintln!("skipped: the real samples are not here");
    }
    found
}

/// A file or folder of the recovery tool's real output.
pub fn real(name: &str) -> Option<String> {
    samples().map(|folder| folder.join("recovery-tool").join(name).to_str().unwrap().to_owned())
}

/// Every path below a folder, with what is there: a file's bytes, or `None`. Links are not followed.
pub fn tree(folder: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            let path = entry.path();
            let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            found.insert(name, kind.is_file().then(|| fs::read(&path).unwrap()));
            if kind.is_dir() {
                open.push(path);
            }
        }
    }
    found
}

/// The names below a folder.
pub fn names(folder: &Path) -> Vec<String> {
    tree(folder).into_keys().collect()
}
