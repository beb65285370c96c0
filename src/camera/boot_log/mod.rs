//! What a camera prints on its serial console, line by line into an account of what happened.
//!
//! ```text
//! bytes -> clean (lines without what terminals add) -> rules (what a line means) -> read (starts and their events)
//!       -> images, facts, conclude (what it comes to)  -> BootLog
//! ```
//!
//! What lines mean stands in the tables in `rules/`, which also tell how sure that is and what to do. What follows from
//! several lines, or from one that is missing, is in `conclude`, its words in `rules/conclusions.toml`.
//!
//! ```
//! use unbrick::camera::boot_log::{self, Outcome};
//!
//! let log = boot_log::read(b"Unzip image 7 ... \n\rERROR: unzip failed! -5\n\r\rbootloader > ");
//! let matter = log.matter.unwrap();
//! assert_eq!((log.outcome, matter.line, matter.rule.id.as_str()), (Outcome::Stops, 2, "loader-unzip-5"));
//! assert_eq!(matter.rule.says, "the packed kernel stops before its end: what was flashed is cut short");
//! ```

mod clean;
mod conclude;
mod damaged;
mod facts;
mod images;
mod read;
pub mod rules;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use serde::Serialize;

pub use conclude::{Matter, Outcome};
pub use facts::Facts;
pub use images::{ImageList, Listed};
pub use read::{Boot, End, Event, Quote, Tally};
pub use rules::{Advice, Kind, Match, Rule, Rules, Stage};

/// Time stamps begin anew at midnight.
const SECONDS_A_DAY: f64 = 86_400.0;

/// How much of a file is searched for the lines that only a camera prints.
const SEARCHED_BYTES: usize = 1 << 18;

/// Whether the text is a boot log: two lines at least that only a camera prints, or one that makes up half of it.
pub fn detect(bytes: &[u8]) -> bool {
    let text = clean::decoded(bytes.get(..SEARCHED_BYTES).unwrap_or(bytes));
    if !is_text(&text) {
        return false;
    }
    let rules = Rules::built_in();
    let (mut lines, mut telling) = (0_usize, 0_usize);
    let mut seen = HashSet::new();
    // of a line there may be a time stamp and nothing else
    for line in clean::lines(&text).filter(|line| !line.text.is_empty()) {
        lines += 1;
        let matches = rules.matches(&line.text);
        let mut telling_here = matches.iter().filter(|found| !found.rule.weak).peekable();
        telling += usize::from(telling_here.peek().is_some());
        seen.extend(telling_here.map(|found| found.rule.id.as_str()));
        if seen.len() >= 2 {
            return true;
        }
    }
    telling > 0 && telling * 2 >= lines
}

/// A kernel holds such lines too, but between zeros and other bytes that no text has.
fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..0x1_0000).unwrap_or(bytes);
    let strange = head.iter().filter(|byte| matches!(byte, 0..=6 | 0x0E..=0x1A | 0x1C..=0x1F)).count();
    !head.is_empty() && strange * 20 <= head.len()
}

/// What a log tells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BootLog {
    /// How it ends.
    pub outcome: Outcome,
    /// How far the camera came in its best start.
    pub reached: Option<Stage>,
    /// The line that matters, if something is wrong.
    pub matter: Option<Matter>,
    /// What else is wrong or odd, the most important first.
    pub also: Vec<Matter>,
    /// What looks alarming and is not.
    pub harmless: Vec<Event>,
    /// What the log tells about the camera.
    pub facts: Facts,
    /// The images, if somebody typed `ls`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub images: Option<ImageList>,
    /// The starts, in their order.
    pub boots: Vec<Boot>,
    /// Starts that are not in `boots`, since the log has so many.
    pub boots_left_out: usize,
    /// How much of the log is understood.
    pub lines: Tally,
    /// The first lines that no rule fits.
    pub unknown: Vec<Quote>,
}

/// Reads a log, as far as it holds. Takes linear time.
pub fn read(text: &[u8]) -> BootLog {
    let read = read::read(&clean::decoded(text));
    let facts = Facts::of(&read.boots);
    let images = read.boots.iter().rev().find_map(ImageList::of);
    let concluded = conclude::conclude(&read.boots, &facts, images.as_ref());
    let mut harmless: Vec<Event> = Vec::new();
    for event in read.boots.iter().flat_map(|boot| &boot.events).filter(|event| event.rule.kind == Kind::Harmless) {
        match harmless.iter_mut().find(|told| std::ptr::eq(told.rule, event.rule)) {
            Some(told) => told.count += event.count,
            None => harmless.push(event.clone()),
        }
    }
    BootLog {
        outcome: concluded.outcome,
        reached: read.boots.iter().filter_map(|boot| boot.reached).max(),
        matter: concluded.matter,
        also: concluded.also,
        harmless,
        facts,
        images,
        boots: read.boots,
        boots_left_out: read.boots_left_out,
        lines: read.tally,
        unknown: read.unknown,
    }
}

/// The rounds of a log in which the camera starts several times.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rounds {
    /// How many are in the log from their first line to the next start.
    pub whole: usize,
    /// Whether they all came equally far.
    pub alike: bool,
    /// Lines in one, if all have as many, give or take one in ten.
    pub lines: Option<usize>,
    /// Seconds from one start to the next on average, if the lines have time stamps.
    pub seconds: Option<f64>,
}

impl BootLog {
    /// What the starts have in common.
    pub fn rounds(&self) -> Rounds {
        let whole: Vec<&Boot> = self.boots.iter().filter(|boot| boot.end == End::Restarted).collect();
        let alike = whole.windows(2).all(|pair| matches!(pair, [one, other] if one.reached == other.reached));
        let starts: Vec<usize> = self.boots.iter().map(|boot| boot.first_line).collect();
        let lens: Vec<usize> = starts.windows(2).filter_map(|pair| Some(pair.last()? - pair.first()?)).collect();
        let longest = lens.iter().copied().max();
        let lines = longest.filter(|longest| lens.iter().all(|len| longest - len <= longest / 10));
        let stamps: Vec<f64> = self.boots.iter().filter_map(|boot| boot.seconds).collect();
        let seconds = stamps.first().zip(stamps.last()).map(|(first, last)| (last - first).rem_euclid(SECONDS_A_DAY));
        let steps = stamps.len().saturating_sub(1);
        let seconds = seconds.filter(|_| steps > 0 && stamps.len() == self.boots.len() && self.boots_left_out == 0);
        Rounds { whole: whole.len(), alike, lines, seconds: seconds.map(|seconds| seconds / steps as f64) }
    }

    /// Whether there is more in it than memory display and a prompt: something to tell.
    pub fn tells_something(&self) -> bool {
        self.boots
            .iter()
            .flat_map(|boot| &boot.events)
            .any(|event| !matches!(event.rule.id.as_str(), read::PROMPT | "loader-command-answer"))
    }
}
