//! From lines to starts: which rules a log's lines follow, and where the camera started anew.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Serialize, Serializer};

use super::clean::{self, Line};
use super::rules::{Kind, Match, Rule, Rules, Stage};
use crate::format::kernel;

/// Starts of which everything is kept; of a log with more, the last one takes the place of those between.
const MAX_BOOTS: usize = 500;

/// Events of one start; what comes on top is counted only.
const MAX_EVENTS: usize = 2000;

/// Lines that no rule fits are compared with examples, but no more different ones than this: it takes time.
const MAX_COMPARED: usize = 2000;

/// Unknown lines that are quoted.
const MAX_QUOTED: usize = 5;

/// A quoted line is cut to this.
const QUOTE_CHARS: usize = 160;

/// Something that the log tells, once or several times in one start.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// The rule's name.
    #[serde(serialize_with = "id_of")]
    pub rule: &'static Rule,
    /// The first line.
    pub line: usize,
    /// The last line.
    pub last_line: usize,
    /// How often it is there.
    pub count: usize,
    /// The first line's text.
    pub text: String,
    /// What the rule's pattern picked out of it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<&'static str, String>,
    /// Whether the line only resembles what the camera prints: characters were lost or changed.
    pub damaged: bool,
}

impl Event {
    /// What it tells, in one line without a full stop.
    pub fn told(&self) -> String {
        self.rule.told(&self.values)
    }

    /// What the rule's pattern picked out of the line under this name.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

pub(super) fn id_of<S: Serializer>(rule: &&'static Rule, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rule.id)
}

/// How a start ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum End {
    /// The log ends.
    LogEnds,
    /// The camera started anew.
    Restarted,
}

/// What the camera printed from one start to the next.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Boot {
    /// Its first line in the log.
    pub first_line: usize,
    /// Its last one.
    pub last_line: usize,
    /// How far it came; nothing if no line tells.
    pub reached: Option<Stage>,
    /// Whether it ended at the boot loader's prompt.
    pub prompt: bool,
    /// How it ended.
    pub end: End,
    /// What it told, in the order of the first lines.
    pub events: Vec<Event>,
    /// Lines behind the last milestone that no rule fits.
    pub unknown_at_end: usize,
    /// The time stamp of its first line.
    #[serde(skip)]
    pub(super) seconds: Option<f64>,
}

impl Boot {
    fn new(line: &Line<'_>) -> Self {
        Self {
            first_line: line.number,
            last_line: line.number,
            reached: None,
            prompt: false,
            end: End::LogEnds,
            events: Vec::new(),
            unknown_at_end: 0,
            seconds: line.seconds,
        }
    }

    /// The first event of a rule.
    pub fn event(&self, id: &str) -> Option<&Event> {
        self.events_of(id).next()
    }

    /// All events of a rule.
    pub fn events_of(&self, id: &str) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |event| event.rule.id == id)
    }
}

/// A line that no rule fits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quote {
    /// Where it stands.
    pub line: usize,
    /// What it says.
    pub text: String,
}

/// How much of the log is understood, in lines that are not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// All of them.
    pub lines: usize,
    /// Those that a rule fits.
    pub known: usize,
    /// Those of them that only resemble what the camera prints.
    pub damaged: usize,
    /// Memory display, which a capture holds.
    pub display: usize,
    /// Notes of who wrote the log down, behind `#`.
    pub notes: usize,
    /// Those that no rule fits.
    pub unknown: usize,
}

/// What was read, before anything is concluded.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) boots: Vec<Boot>,
    pub(super) boots_left_out: usize,
    pub(super) tally: Tally,
    pub(super) unknown: Vec<Quote>,
}

/// Reads the lines of a text that [`clean::decoded`] gave.
pub(super) fn read(text: &[u8]) -> Read {
    let mut reader = Reader::new(Rules::built_in());
    clean::lines(text).for_each(|line| reader.line(&line));
    reader.read
}

struct Reader {
    rules: &'static Rules,
    read: Read,
    /// Where the events of the present start are, by rule and values.
    places: HashMap<(*const Rule, BTreeMap<&'static str, String>), usize>,
    /// Lines that resemble nothing.
    strange: HashSet<String>,
    /// The camera restarts with the next line that is known.
    restarting: bool,
    /// `i` was typed, which prints the banner again.
    banner_asked: bool,
}

impl Reader {
    fn new(rules: &'static Rules) -> Self {
        Self {
            rules,
            read: Read::default(),
            places: HashMap::new(),
            strange: HashSet::new(),
            restarting: false,
            banner_asked: false,
        }
    }

    fn line(&mut self, line: &Line<'_>) {
        let text = line.text.as_ref();
        if text.is_empty() {
            return;
        }
        self.read.tally.lines += 1;
        if text.starts_with("# ") {
            self.read.tally.notes += 1;
            return;
        }
        if is_display(text) {
            self.read.tally.display += 1;
            return;
        }
        if self.is_repetition(text) {
            self.read.tally.known += 1;
            return;
        }
        let mut matches = self.rules.matches(text);
        if matches.is_empty() {
            matches.extend(self.resembling(text));
        }
        if matches.is_empty() {
            self.unknown(line);
            return;
        }
        self.read.tally.known += 1;
        self.read.tally.damaged += usize::from(matches.iter().any(|found| found.damaged));
        let ends: Vec<usize> = matches.iter().skip(1).map(|next| next.start).chain([text.len()]).collect();
        for (found, end) in matches.into_iter().zip(ends) {
            self.found(line, found, end);
        }
    }

    fn resembling(&mut self, text: &str) -> Option<Match<'static>> {
        if self.strange.len() >= MAX_COMPARED || self.strange.contains(text) {
            return None;
        }
        let found = self.rules.resembling(text);
        if found.is_none() {
            self.strange.insert(text.to_owned());
        }
        found
    }

    fn unknown(&mut self, line: &Line<'_>) {
        self.read.tally.unknown += 1;
        if self.read.unknown.len() < MAX_QUOTED {
            self.read.unknown.push(Quote { line: line.number, text: quoted(&line.text) });
        }
        if let Some(boot) = self.read.boots.last_mut() {
            boot.unknown_at_end += 1;
        }
    }

    /// `next` is where the next match in the line starts.
    fn found(&mut self, line: &Line<'_>, found: Match<'static>, next: usize) {
        let rule = found.rule;
        let mut values: BTreeMap<&'static str, String> = found.values.into_iter().collect();
        if rule.id == PROMPT {
            let typed = line.text.get(found.end..next).unwrap_or_default().trim();
            self.banner_asked = typed.eq_ignore_ascii_case("i");
            // a dump has thousands of these: they count as one
            values.insert("typed", if is_display_command(typed) { String::new() } else { typed.to_owned() });
        } else if let Some(built) = kernel_built(rule, &line.text) {
            values.insert("built", built);
        }
        if self.starts_anew(rule) {
            self.start(line);
        }
        let Some(boot) = self.read.boots.last_mut() else { return };
        boot.last_line = line.number;
        if rule.id == PROMPT {
            boot.prompt = true;
        } else if rule.starts || rule.stage == Stage::Start {
            boot.prompt = false;
        }
        // the boot loader's network, when a file is fetched at its prompt, is no progress
        if rule.kind == Kind::Milestone && !boot.prompt {
            boot.reached = boot.reached.max(Some(rule.stage));
            boot.unknown_at_end = 0;
        }
        self.restarting = rule.ends;
        let key = (std::ptr::from_ref(rule), values);
        let is_conversation = rule.id == LIST || key.1.get("typed").is_some_and(|typed| !typed.is_empty());
        if let Some(event) = self.places.get(&key).and_then(|&place| boot.events.get_mut(place))
            && !is_conversation
        {
            event.count += 1;
            event.last_line = line.number;
            return;
        }
        if boot.events.len() >= MAX_EVENTS {
            return;
        }
        let whole_line = found.damaged || line.text.chars().count() <= QUOTE_CHARS;
        let text = if whole_line { &line.text } else { line.text.get(found.start..found.end).unwrap_or_default() };
        boot.events.push(Event {
            rule,
            line: line.number,
            last_line: line.number,
            count: 1,
            text: quoted(text),
            values: key.1.clone(),
            damaged: found.damaged,
        });
        self.places.insert(key, boot.events.len() - 1);
    }

    fn starts_anew(&mut self, rule: &'static Rule) -> bool {
        let Some(boot) = self.read.boots.last() else { return true };
        if self.restarting {
            return !rule.ends;
        }
        if !rule.starts || (rule.stage == Stage::Loader && std::mem::take(&mut self.banner_asked)) {
            return false;
        }
        let is_repeated = boot.events.iter().any(|event| std::ptr::eq(event.rule, rule));
        let is_behind =
            boot.reached.is_some_and(|reached| reached > rule.stage) || (boot.prompt && rule.stage < Stage::Start);
        // a log that begins somewhere in the middle has no milestone yet
        let is_later = boot.events.iter().any(|event| event.rule.stage > Stage::Start && rule.stage <= Stage::Loader);
        is_repeated || is_behind || is_later
    }

    fn start(&mut self, line: &Line<'_>) {
        if let Some(boot) = self.read.boots.last_mut() {
            boot.end = End::Restarted;
        }
        if self.read.boots.len() >= MAX_BOOTS {
            self.read.boots.pop();
            self.read.boots_left_out += 1;
        }
        self.read.boots.push(Boot::new(line));
        self.places.clear();
        self.restarting = false;
    }

    /// `(line repeated, 10 in all)`, `last message repeated 9 times`: counts for the event before.
    fn is_repetition(&mut self, text: &str) -> bool {
        let Some(behind) = text.split_once("repeated").map(|(_, behind)| behind) else { return false };
        let digits: String =
            behind.chars().skip_while(|char| !char.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        let Ok(number) = digits.parse::<usize>() else { return false };
        let event =
            self.read.boots.last_mut().and_then(|boot| boot.events.iter_mut().max_by_key(|event| event.last_line));
        let Some(event) = event else { return false };
        event.count =
            if behind.contains("in all") { event.count.max(number) } else { event.count.saturating_add(number) };
        true
    }
}

/// When the kernel of this banner was built, in figures, whatever language the date is in.
fn kernel_built(rule: &Rule, text: &str) -> Option<String> {
    let banner = (rule.id == "kernel-banner").then(|| kernel::banner(text.as_bytes()))??;
    banner.built.map(|built| built.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

/// `d`, or an empty line, which counts for nothing either.
fn is_display_command(typed: &str) -> bool {
    typed.split_whitespace().next().is_none_or(|word| word.eq_ignore_ascii_case("d"))
}

/// The prompt's rule, whose value is what was typed.
pub(super) const PROMPT: &str = "loader-prompt";

/// The rule of a line of `ls`.
pub(super) const LIST: &str = "loader-ls";

fn quoted(text: &str) -> String {
    text.trim().chars().take(QUOTE_CHARS).collect()
}

/// `[7F020000] 50 4B ...`, or `00010000  48 00 ...` of a hex dump.
fn is_display(text: &str) -> bool {
    let (digits, behind) = match text.strip_prefix('[') {
        Some(inside) => inside.split_once(']').unwrap_or_default(),
        None => text.split_once([':', ' ']).unwrap_or_default(),
    };
    let is_hex = |word: &str| word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut words = behind.split_ascii_whitespace();
    digits.len() == 8
        && is_hex(digits)
        && (text.starts_with('[') || words.by_ref().take(4).filter(|word| word.len() == 2 && is_hex(word)).count() == 4)
}
