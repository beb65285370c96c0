//! The table of what a console line means, and the words for what follows from several of them.
//!
//! The rules are the `.toml` files beside this one; they are compiled in. To teach the program a new line, add a rule to
//! the file that fits:
//!
//! ```toml
//! [[rule]]
//! id = "flash-chip"                     # its name, which never changes; `unbrick explain flash-chip` tells of it
//! stage = "drivers"                     # how far the camera is when it prints this; see Stage
//! kind = "milestone"                    # what the line is to somebody whose camera does not work; see Kind
//! pattern = '(?P<chip>[A-Z0-9]+) Flash Detected'    # a regular expression; named groups become values
//! example = "W19B320BTT Flash Detected"             # a whole line as it is printed; a test holds the pattern to it
//! says = "the kernel knows the flash chip"          # what it means: one line, without a full stop
//! tells = "the kernel knows the flash chip, {chip}" # the same with values in it; may be left out
//! why = "..."                           # why it comes to that, in sentences; may be left out if nothing is wrong
//! certainty = "certain"                 # certain, likely or unknown
//! source = "a log of a real kernel"     # how we know
//! weight = 50                           # 0 to 100: which line matters most, among those of one kind
//! next = [{ do = "why to type this", type = ["ls"] }]   # what to do; for everything that is not normal or harmless;
//!                                         # `{fx kernel}` is the line that flashes a packed kernel
//! ```
//!
//! Commands that do not begin with `unbrick` are for the boot loader's prompt, unless `at = "computer"` stands beside them.
//! `weak = true` says that other systems print such a line as well, so that it does not make a text a log of a camera;
//! `starts = true`, that the camera starts anew here; `ends = true`, that it restarts after this. Where two patterns fit
//! the same characters, the rule that stands first wins. What is kept of damaged lines is found by the `example`.
//!
//! The files' order is that of a start: `loader`, `shell`, `kernel`, `camera`; `conclusions` are rules without a pattern.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};
use serde::{Deserialize, Serialize};

use super::damaged::Examples;
use crate::camera::Certainty;
use crate::format::footer::flashing;

/// How far a camera is on its way from power-on to its picture, in this order.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::Display, strum::EnumIter,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Stage {
    /// Not on the way: what is typed at the boot loader's prompt.
    Shell,
    /// Before the boot loader's banner.
    Power,
    /// The boot loader tells of itself.
    Loader,
    /// The boot loader looks for images.
    Images,
    /// The boot loader unpacks the kernel.
    Unzip,
    /// The boot loader jumped to the kernel.
    Start,
    /// The kernel prints.
    Kernel,
    /// The kernel's drivers start.
    Drivers,
    /// The kernel mounts its romfs.
    Root,
    /// The start script runs.
    Init,
    /// The camera's program runs.
    Camera,
    /// The network is up.
    Network,
    /// There is a picture.
    Running,
}

/// What a line is to somebody whose camera does not work.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::Display, strum::EnumIter,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Kind {
    /// Every camera prints it.
    Normal,
    /// It looks alarming, and is not.
    Harmless,
    /// The camera came as far as the rule's stage.
    Milestone,
    /// Something is not as it should be, and the camera goes on.
    Odd,
    /// The camera stops or restarts here; the reason stands elsewhere.
    Symptom,
    /// Why the camera stops or restarts, or lacks something.
    Cause,
    /// A line that no such camera prints.
    Foreign,
}

/// Where something is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// On the computer.
    Computer,
    /// At the boot loader's prompt.
    BootLoader,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// What for.
    #[serde(rename = "do")]
    pub purpose: String,
    /// What to type, one line each: a command of unbrick's, or one for the boot loader's prompt.
    #[serde(rename = "type")]
    pub commands: Vec<String>,
    /// Where to type them, if the commands themselves do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Place>,
}

impl Advice {
    /// Where to type the commands: those of unbrick on the computer, others at the boot loader's prompt unless said
    /// otherwise.
    pub fn place(&self) -> Place {
        let is_ours = self.commands.first().is_some_and(|command| command.starts_with("unbrick "));
        self.at.unwrap_or(if is_ours { Place::Computer } else { Place::BootLoader })
    }
}

/// What a line means, or what several lines come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The stable name.
    pub id: String,
    /// How far the camera is.
    pub stage: Stage,
    /// What the line is to somebody whose camera does not work.
    pub kind: Kind,
    /// Which of several of one kind matters most, 0 to 100.
    #[serde(default = "usual_weight")]
    pub weight: u8,
    /// The regular expression that finds the line; a conclusion has none.
    #[serde(default)]
    pub pattern: Option<String>,
    /// A whole line as it is printed.
    #[serde(default)]
    pub example: Option<String>,
    /// What it means, in one line without a full stop.
    pub says: String,
    /// The same with values of the pattern in it, as `{chip}`; used if all of them are there.
    #[serde(default)]
    pub tells: Option<String>,
    /// Why it comes to that, in sentences; empty where nothing is wrong.
    #[serde(default)]
    pub why: String,
    /// How sure it is.
    pub certainty: Certainty,
    /// How it is known.
    pub source: String,
    /// What to do.
    #[serde(default)]
    pub next: Vec<Advice>,
    /// Whether the camera starts anew with this line.
    #[serde(default)]
    pub starts: bool,
    /// Whether the camera restarts after this line.
    #[serde(default)]
    pub ends: bool,
    /// Whether other systems print such a line as well.
    #[serde(default)]
    pub weak: bool,
}

const fn usual_weight() -> u8 {
    50
}

impl Rule {
    /// What it means, with `values` put in if it has places for them and all are there.
    pub fn told(&self, values: &BTreeMap<&str, String>) -> String {
        let Some(template) = &self.tells else { return self.says.clone() };
        let told = values
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .fold(template.clone(), |told, (name, value)| told.replace(&format!("{{{name}}}"), value));
        if told.contains('{') { self.says.clone() } else { told }
    }

    /// Whether the line can be what matters: something is wrong, odd or foreign.
    pub fn tells_trouble(&self) -> bool {
        self.kind > Kind::Milestone
    }
}

/// What a rule found in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'r> {
    /// The rule.
    pub rule: &'r Rule,
    /// Where in the line, as byte offsets.
    pub start: usize,
    /// The end of it.
    pub end: usize,
    /// The named groups of its pattern that took part.
    pub values: Vec<(&'r str, String)>,
    /// Whether the line only resembles the rule's example: characters were lost or changed.
    pub damaged: bool,
}

/// All rules, ready to be used.
#[derive(Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
    conclusions: Vec<Rule>,
    any: RegexSet,
    each: Vec<Regex>,
    examples: Examples,
}

/// Why a table of rules cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadRules {
    /// It is not TOML, or a rule lacks a field, or has one that does not exist.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// A pattern is no regular expression.
    #[error("{0}")]
    Pattern(#[from] regex::Error),
    /// A rule has no pattern.
    #[error("the rule {0} has no pattern")]
    NoPattern(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Rule>,
    #[serde(default)]
    conclusion: Vec<Rule>,
}

/// The tables, in the order in which their rules are tried.
const FILES: [&str; 5] = [
    include_str!("loader.toml"),
    include_str!("shell.toml"),
    include_str!("kernel.toml"),
    include_str!("camera.toml"),
    include_str!("conclusions.toml"),
];

/// A test reads every table that is compiled in, so that they cannot fail here.
static BUILT_IN: LazyLock<Rules> = LazyLock::new(|| Rules::parse(&FILES).unwrap_or_default());

impl Rules {
    /// The rules that are compiled in.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Reads tables of rules.
    ///
    /// # Errors
    /// If a table is no TOML, has a field that does not exist, or a pattern that is no regular expression.
    pub fn parse(tables: &[&str]) -> Result<Self, BadRules> {
        let (mut rules, mut conclusions) = (Vec::new(), Vec::new());
        for table in tables {
            let mut file: File = toml::from_str(table)?;
            let advice = file.rule.iter_mut().chain(&mut file.conclusion).flat_map(|rule| &mut rule.next);
            for line in advice.flat_map(|advice| &mut advice.commands) {
                *line = flashing::spelled_out(std::mem::take(line));
            }
            rules.extend(file.rule);
            conclusions.extend(file.conclusion);
        }
        let pattern = |rule: &Rule| rule.pattern.clone().ok_or_else(|| BadRules::NoPattern(rule.id.clone()));
        let patterns: Vec<String> = rules.iter().map(pattern).collect::<Result<_, _>>()?;
        // the console prints ASCII, for which the tables of Unicode would only cost time
        let any = RegexSetBuilder::new(&patterns).unicode(false).build()?;
        let each = patterns.iter().map(|pattern| RegexBuilder::new(pattern).unicode(false).build());
        let each = each.collect::<Result<_, _>>()?;
        let examples = Examples::new(rules.iter().map(|rule| rule.example.as_deref().unwrap_or_default()));
        Ok(Self { rules, conclusions, any, each, examples })
    }

    /// Every rule and every conclusion, in the order of the tables.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().chain(&self.conclusions)
    }

    /// The rule or conclusion of that name.
    pub fn named(&self, id: &str) -> Option<&Rule> {
        self.iter().find(|rule| rule.id == id)
    }

    /// What stands in a line, in its order. Where two rules fit the same characters, the first in the table counts.
    pub fn matches(&self, line: &str) -> Vec<Match<'_>> {
        let mut found: Vec<Match<'_>> = Vec::new();
        let bytes = line.as_bytes();
        for index in &self.any.matches(bytes) {
            let (Some(rule), Some(regex)) = (self.rules.get(index), self.each.get(index)) else { continue };
            for captures in regex.captures_iter(bytes) {
                let Some(whole) = captures.get(0).filter(|whole| !whole.is_empty()) else { continue };
                if found.iter().any(|other| whole.start() < other.end && other.start < whole.end()) {
                    continue;
                }
                let names = regex.capture_names().flatten();
                let value = |name| captures.name(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
                let values = names.filter_map(|name| Some((name, value(name)?.trim().to_owned())));
                found.push(Match {
                    rule,
                    start: whole.start(),
                    end: whole.end(),
                    values: values.collect(),
                    damaged: false,
                });
            }
        }
        found.sort_by_key(|found| found.start);
        found
    }

    /// The rule whose example a line resembles that no pattern fits.
    pub fn resembling(&self, line: &str) -> Option<Match<'_>> {
        let rule = self.rules.get(self.examples.nearest(line)?)?;
        Some(Match { rule, start: 0, end: line.len(), values: Vec::new(), damaged: true })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_table_that_is_compiled_in_can_be_read() {
        let rules = Rules::parse(&FILES).unwrap();
        assert!(rules.rules.len() > 100);
        assert!(rules.conclusions.len() > 15);
        let names: HashSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
        assert_eq!(names.len(), rules.iter().count(), "names are unique");
    }

    #[test]
    fn every_example_is_found_by_its_own_rule_and_by_no_rule_before_it() {
        let rules = Rules::built_in();
        for rule in &rules.rules {
            let example = rule.example.as_deref().unwrap_or_else(|| panic!("{} has no example", rule.id));
            let found = rules.matches(example.trim());
            assert_eq!(found.first().map(|found| found.rule.id.as_str()), Some(rule.id.as_str()), "{example}");
        }
    }

    #[test]
    fn every_rule_that_tells_trouble_says_why_and_what_to_do() {
        for rule in Rules::built_in().iter() {
            assert!(!rule.says.ends_with('.') && !rule.says.is_empty(), "{}", rule.id);
            assert!(rule.why.is_empty() || rule.why.ends_with(['.', ')']), "{}", rule.id);
            if rule.tells_trouble() {
                assert!(!rule.next.is_empty(), "{} does not say what to do", rule.id);
                assert!(!rule.why.is_empty() || rule.kind == Kind::Foreign || rule.weight < 50, "{}", rule.id);
            }
            assert!(rule.weight <= 100);
        }
    }

    #[test]
    fn the_line_that_flashes_a_kernel_is_the_same_everywhere() {
        let lines = || Rules::built_in().iter().flat_map(|rule| &rule.next).flat_map(|advice| &advice.commands);
        let of_kernel: Vec<&String> = lines().filter(|line| line.starts_with("fx 7")).collect();
        assert!(of_kernel.len() > 5);
        assert!(of_kernel.iter().all(|line| flashing::usual(0).contains(line)));
        assert!(
            !lines().any(|line| line.contains('{') || line.starts_with("fx 6")),
            "its place is not always the same"
        );
    }

    #[test]
    fn a_mistake_in_a_table_is_said() {
        let broken = "[[rule]]\nid = \"x\"\nstage = \"loader\"\nkind = \"odd\"\npattern = '('\nsays = \"\"\ncertainty = \"certain\"\nsource = \"\"";
        assert!(matches!(Rules::parse(&[broken]), Err(BadRules::Pattern(_))));
        assert!(matches!(Rules::parse(&["[[rule]]\nidd = 1"]), Err(BadRules::Toml(_))));
        assert!(matches!(Rules::parse(&[&broken.replace("pattern = '('\n", "")]), Err(BadRules::NoPattern(_))));
    }

    #[test]
    fn merged_lines_give_every_rule_in_their_order() {
        let found = Rules::built_in().matches("Cache enabled!Processing image 1 ... Processing image 2 ...");
        let ids: Vec<&str> = found.iter().map(|found| found.rule.id.as_str()).collect();
        assert_eq!(ids, ["loader-cache", "loader-image", "loader-image"]);
    }
}
