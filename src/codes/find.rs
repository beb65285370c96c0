//! Which code somebody asks for: by its name, or by what the console printed.

use strsim::damerau_levenshtein;

use super::{Entry, entries};
use crate::camera::boot_log::{Match, Rule, Rules};

/// Longer texts are no console line.
const LONGEST: usize = 300;

/// A part of a console line this long tells which one it is.
const SHORTEST_PART: usize = 8;

/// One character in so many may be wrong in a name.
const CHARS_PER_FAULT: usize = 4;

/// What a word or line on the command line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// These codes; of a name that is in two catalogues, both.
    Codes(Vec<Entry>),
    /// Nothing that is known, but this name is near.
    Nearly(String),
    /// Nothing that is known.
    Unknown,
}

/// Finds what `text` asks for: a code's name, a console line, or a part of one.
pub fn find(text: &str) -> Asked {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return Asked::Unknown;
    }
    let named: Vec<Entry> = entries().filter(|entry| entry.code.eq_ignore_ascii_case(text)).collect();
    if !named.is_empty() {
        return Asked::Codes(named);
    }
    let printed = printed(text);
    if !printed.is_empty() {
        return Asked::Codes(printed.into_iter().map(Entry::of_rule).collect());
    }
    nearest(text).map_or(Asked::Unknown, Asked::Nearly)
}

/// The rules of a console line, those that tell trouble first; normal ones only if there are no others.
fn printed(text: &str) -> Vec<&'static Rule> {
    let rules = Rules::built_in();
    let mut found: Vec<&'static Rule> = Vec::new();
    let matches: Vec<Match<'static>> = rules.matches(text);
    for rule in matches.iter().map(|found| found.rule).filter(|rule| !rule.weak) {
        if !found.iter().any(|other| other.id == rule.id) {
            found.push(rule);
        }
    }
    if found.iter().any(|rule| rule.tells_trouble()) {
        found.retain(|rule| rule.tells_trouble());
    }
    if found.is_empty() && text.len() >= SHORTEST_PART && text.contains(' ') {
        let part = text.to_ascii_lowercase();
        let holds =
            |rule: &&Rule| rule.example.as_ref().is_some_and(|example| example.to_ascii_lowercase().contains(&part));
        found.extend(rules.iter().find(holds));
        found.extend(rules.resembling(text).filter(|_| found.is_empty()).map(|found| found.rule));
    }
    found
}

fn nearest(text: &str) -> Option<String> {
    let text = text.to_ascii_lowercase().replace(['_', ' '], "-");
    let faults = (text.chars().count() / CHARS_PER_FAULT).max(1);
    let names = entries().map(|entry| entry.code);
    let measured = names.map(|name| (damerau_levenshtein(&name, &text), name));
    measured.filter(|(distance, _)| *distance <= faults).min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<String> {
        match find(text) {
            Asked::Codes(entries) => entries.into_iter().map(|entry| entry.code).collect(),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn every_code_is_found_by_its_name_and_every_console_line_by_its_text() {
        for entry in entries() {
            assert!(codes(&entry.code).contains(&entry.code));
        }
        for rule in Rules::built_in().iter().filter(|rule| !rule.weak) {
            if let Some(example) = &rule.example {
                assert!(codes(example).contains(&rule.id), "{example}");
            }
        }
    }

    #[test]
    fn a_code_in_two_catalogues_is_explained_twice() {
        assert_eq!(codes("carried-page"), ["carried-page", "carried-page"]);
    }

    #[test]
    fn errors_are_found_however_they_are_quoted() {
        assert_eq!(codes("unzip -5"), ["loader-unzip-5"]);
        assert_eq!(codes("unzip failed! -3"), ["loader-unzip-3"]);
        assert_eq!(codes("ERROR: unzip failed! -5"), ["loader-unzip-5"]);
        assert_eq!(codes("Data corrupted, please check the free space of flash"), ["loader-data-corrupted"]);
        assert_eq!(codes("data corrupted"), ["loader-data-corrupted"]);
        assert_eq!(codes("Write failed"), ["loader-write-failed"]);
        assert_eq!(codes("invalid zip file"), ["loader-invalid-zip"]);
        assert_eq!(codes("unrecognised command"), ["loader-unrecognised-command"]);
        assert_eq!(codes("write i2c error"), ["security-chip-no-answer"]);
        assert_eq!(codes("BINFMT_FLAT: bad magic/rev (0x74202d74, need 0x4)"), ["init-is-a-script"]);
    }

    #[test]
    fn a_typing_error_suggests_the_nearest_name_and_nonsense_nothing() {
        assert_eq!(find("kernel-truncatd"), Asked::Nearly("kernel-truncated".to_owned()));
        assert_eq!(find("romfs_volume_checksum"), Asked::Nearly("romfs-volume-checksum".to_owned()));
        assert_eq!(find("fixtures/nothing"), Asked::Unknown);
        assert_eq!(find(""), Asked::Unknown);
    }
}
