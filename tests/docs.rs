//! The book in `docs/` and the README: that the reference pages are what the program's tables make, that every example
//! runs and prints what is shown, that every link leads somewhere, and that every question is answered.
// a helper of a test fails the test, as the test itself does
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../docs/make/pages.rs"]
mod pages;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use regex::Regex;

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every page of the book, and the README, by its path.
fn pages() -> Vec<(PathBuf, String)> {
    let mut files = vec![project().join("README.md")];
    for folder in ["docs/src", "docs/src/reference"] {
        files.extend(fs::read_dir(project().join(folder)).unwrap().map(|entry| entry.unwrap().path()));
    }
    files.retain(|file| file.extension().is_some_and(|ending| ending == "md"));
    files.sort();
    files.into_iter().map(|file| (file.clone(), fs::read_to_string(file).unwrap())).collect()
}

#[test]
fn the_reference_pages_are_those_that_the_tables_make() {
    let readme = fs::read_to_string(project().join("README.md")).unwrap();
    let made = pages::all(&readme);
    for page in &made {
        let path = project().join("docs/src/reference").join(page.name);
        let on_disk = fs::read_to_string(&path).unwrap_or_default();
        assert!(on_disk == page.text, "docs/src/reference/{} is stale: run `cargo run --example make-docs`", page.name);
    }
    let made: BTreeSet<String> = made.iter().map(|page| page.name.to_owned()).collect();
    let on_disk = fs::read_dir(project().join("docs/src/reference")).unwrap();
    let on_disk: BTreeSet<String> =
        on_disk.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(made, on_disk);
}

/// The blocks of a page that show a session at a terminal.
fn sessions(text: &str) -> Vec<&str> {
    text.split("```console\n").skip(1).map(|behind| behind.split("\n```").next().unwrap()).collect()
}

/// The commands of a session, each with the lines that it is shown to print.
fn commands(session: &str) -> Vec<(Vec<String>, Vec<&str>)> {
    let mut commands: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
    for line in session.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((words(command), Vec::new())),
            None => commands.last_mut().expect("a session starts with a command").1.push(line),
        }
    }
    commands
}

/// The words of a command, of which some are in quotes.
fn words(command: &str) -> Vec<String> {
    let words = Regex::new(r#""([^"]*)"|(\S+)"#).unwrap();
    words.captures_iter(command).map(|word| word.get(1).or(word.get(2)).unwrap().as_str().to_owned()).collect()
}

/// Whether `shown` is what was printed, where a line `...` stands for any lines.
fn is_shown(printed: &[&str], shown: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.iter().all(|line| line.trim().is_empty()),
        Some((&"...", behind)) => (0..=printed.len()).any(|skipped| is_shown(&printed[skipped..], behind)),
        Some((line, behind)) => printed.first() == Some(line) && is_shown(&printed[1..], behind),
    }
}

#[test]
fn the_lines_that_flash_a_camera_are_those_that_the_program_prints() {
    let page = fs::read_to_string(project().join("docs/src/flashing.md")).unwrap();
    let lines: Vec<String> =
        unbrick::format::footer::flashing::usual(786_012).iter().map(|line| format!("   {line}\n")).collect();
    assert!(page.contains(&lines.concat()), "{}", lines.concat());
}

#[cfg(unix)]
#[test]
fn every_example_prints_what_is_shown() {
    let mut count = 0;
    for (page, text) in pages() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(project().join("fixtures"), dir.path().join("fixtures")).unwrap();
        for (command, shown) in sessions(&text).into_iter().flat_map(commands) {
            assert_eq!(command[0], "unbrick", "{}", page.display());
            let _ = fs::remove_dir_all(dir.path().join("fixed"));
            let mut program = Command::new(env!("CARGO_BIN_EXE_unbrick"));
            let output = program.args(&command[1..]).current_dir(dir.path()).env_clear().output().unwrap();
            let printed = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
            assert!(output.status.code() != Some(2), "{}: {}\n{printed}", page.display(), command.join(" "));
            assert!(is_shown(&lines, &shown), "{}: {}\nprints\n{printed}", page.display(), command.join(" "));
            count += 1;
        }
    }
    assert!(count > 20, "{count}");
}

#[test]
fn files_of_the_project_are_named_only_where_an_example_runs_on_them() {
    for (page, text) in pages() {
        if page.ends_with("README.md") || page.parent().unwrap().ends_with("reference") {
            continue;
        }
        let mut rest = text.clone();
        for session in sessions(&text) {
            rest = rest.replace(session, "");
        }
        assert!(!rest.contains("fixtures/"), "{} names a fixture outside of an example", page.display());
    }
}

/// Commands that are described here and come soon.
const COMING: [&str; 1] = ["boot"];

#[test]
fn every_command_that_is_named_exists() {
    let help = Command::new(env!("CARGO_BIN_EXE_unbrick")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let known: BTreeSet<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .chain(COMING)
        .collect();
    // in quotes or at the start of a line, so that no sentence about the program is taken for one
    let named = Regex::new(r"(?m)(?:`|^ *\$ |^ *)unbrick ([a-z]+)").unwrap();
    for (page, text) in pages() {
        for command in named.captures_iter(&text) {
            assert!(known.contains(&command[1]), "{}: there is no `unbrick {}`", page.display(), &command[1]);
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    for (page, text) in pages() {
        for target in link.captures_iter(&text) {
            let target = &target[1];
            if target.starts_with("http") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let path = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            let there =
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {target}: {error}", page.display()));
            let has = there.contains(&format!("<a id=\"{anchor}\">")) || there.contains(&format!("\n## {anchor}\n"));
            assert!(anchor.is_empty() || has, "{}: {target} leads to no heading", page.display());
        }
    }
}

#[test]
fn the_summary_lists_every_page_once() {
    let summary = fs::read_to_string(project().join("docs/src/SUMMARY.md")).unwrap();
    for (page, _) in pages() {
        let Ok(name) = page.strip_prefix(project().join("docs/src")) else { continue };
        let entry = format!("]({})", name.display());
        let times = if name.ends_with("SUMMARY.md") { 0 } else { 1 };
        assert_eq!(summary.matches(&entry).count(), times, "{entry}");
    }
}

/// Questions about the boot loader's own commands and about the wiring, which no command of ours answers.
const WITHOUT_COMMAND: [usize; 2] = [24, 34];

#[test]
fn each_of_the_45_questions_has_an_answer_that_the_list_leads_to() {
    let list = fs::read_to_string(project().join("docs/src/questions.md")).unwrap();
    let all: String = pages().into_iter().map(|(_, text)| text).collect();
    for number in 1..=45 {
        let anchor = format!("<a id=\"q{number}\"></a>");
        let answers: Vec<&str> = all.split(&anchor).skip(1).collect();
        assert_eq!(answers.len(), 1, "question {number}");
        let (title, answer) = answers[0].split_once('\n').unwrap();
        let answer = answer.split("\n## ").next().unwrap();
        assert!(answer.trim().len() > 60, "question {number} is not answered");
        assert!(list.contains(&format!("\n{number}. [{title}](")), "{number}. {title}");
        let says_nobody = answer.contains("obody");
        assert!(
            answer.contains("unbrick") || says_nobody || WITHOUT_COMMAND.contains(&number),
            "question {number} names no command"
        );
    }
}
