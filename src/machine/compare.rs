//! Two runs side by side: where the one prints another line than the other.
//!
//! Addresses and process numbers differ between any two firmwares and mean nothing, so that lines that differ in these
//! alone count as the same.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use super::session::Run;
use super::shown;
use super::verdict::Verdict;

/// Lines of each log that are compared; no real one has as many.
const LINES_MAX: usize = 5000;

/// Lines that are shown around a difference.
const CONTEXT_LINES: usize = 3;

/// What counts as the same wherever it stands: an address of five digits and more, the number of a process, a share of
/// the processor's time.
static MEANINGLESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?x) [0-9.]+ % | ^ \[ [0-9]+ \] $ | \b (?: 0x )? [0-9A-Fa-f]* [0-9] [0-9A-Fa-f]* \b").ok()
});

/// A firmware that was booted.
#[derive(Debug)]
pub struct Booted {
    /// What it is called.
    pub name: String,
    /// How it ran.
    pub run: Run,
    /// What that means.
    pub verdict: Verdict,
}

/// A stretch of both logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stretch {
    /// The first line of the stretch in the old log, from 1 on.
    pub old_line: usize,
    /// That in the new one.
    pub new_line: usize,
    /// The lines, in order.
    pub lines: Vec<DiffLine>,
}

/// A line of one log or of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DiffLine {
    /// Both print it, addresses apart; as the new one does.
    Both(String),
    /// Only the old one prints it.
    Old(String),
    /// Only the new one does.
    New(String),
}

/// Where two logs differ; empty if they say the same.
pub fn compare(old: &Run, new: &Run) -> Vec<Stretch> {
    let [old, new] = [old, new].map(|run| {
        let mut lines = shown::lines(&run.log);
        lines.truncate(LINES_MAX);
        lines
    });
    let [neutral_old, neutral_new]: [Vec<String>; 2] =
        [&old, &new].map(|lines| lines.iter().map(|line| neutral(line)).collect());
    let line = |lines: &[String], index: usize| lines.get(index).cloned().unwrap_or_default();
    let ops = capture_diff_slices(Algorithm::Myers, &neutral_old, &neutral_new);
    let stretches = group_diff_ops(ops, CONTEXT_LINES);
    stretches
        .iter()
        .filter_map(|group| {
            let first = group.first()?;
            let lines = group.iter().flat_map(|op| {
                let (is_equal, olds, news) = (matches!(op, DiffOp::Equal { .. }), op.old_range(), op.new_range());
                let gone = olds.filter(|_| !is_equal).map(|index| DiffLine::Old(line(&old, index)));
                let here = news.map(|index| line(&new, index));
                let here = here.map(move |text| if is_equal { DiffLine::Both(text) } else { DiffLine::New(text) });
                gone.chain(here).collect::<Vec<DiffLine>>()
            });
            let (old_line, new_line) = (first.old_range().start + 1, first.new_range().start + 1);
            Some(Stretch { old_line, new_line, lines: lines.collect() })
        })
        .collect()
}

/// A line without what means nothing.
fn neutral(line: &str) -> String {
    let Some(meaningless) = MEANINGLESS.as_ref() else { return line.to_owned() };
    let replaced = meaningless.replace_all(line, |found: &regex::Captures<'_>| {
        let text = found.get(0).map_or("", |found| found.as_str());
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let is_short = digits.len() < 5 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_short { text.to_owned() } else { "*".to_owned() }
    });
    replaced.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_process_numbers_mean_nothing_and_versions_do() {
        assert_eq!(neutral("0: 7F0D0000-7F1DC3FF (RO)"), neutral("0: 7F0E0000-7F1EC3FF (RO)"));
        assert_eq!(neutral("new USB device :80fcc004-fed6c0"), neutral("new USB device :80fb4004-fed740"));
        assert_eq!(neutral("[8]"), neutral("[29]"));
        assert_eq!(neutral("    8      S    2389K  99.9% camera"), neutral("    8      S    2389K  12.0% camera"));
        assert_ne!(neutral("sw version is 21.37.2.37"), neutral("sw version is 21.37.2.49"));
        assert_ne!(neutral("Linux version 2.4.20-uc0 #1452"), neutral("Linux version 2.4.20-uc0 #1042"));
        assert_ne!(neutral("Memory: 8MB"), neutral("Memory: 16MB"));
        assert_eq!(neutral("facade"), "facade", "a word is no address");
    }
}
