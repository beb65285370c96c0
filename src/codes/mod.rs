//! Every code that an answer can name: what it is, why it comes about, what shows it, what to do about it.
//!
//! The codes themselves live where they are made: findings in [`crate::finding`], causes in [`crate::compare`], rules that a
//! firmware is held against in [`crate::check`], the boot loader's errors and all other console lines in the rules of [`crate::camera::boot_log`]. Here they are put into one
//! form and found by name, by console text, and by a name that is nearly right.

mod find;
mod told;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;

pub use find::{Asked, find};
pub use told::told;

use crate::camera::Certainty;
use crate::camera::boot_log::{Rule, Rules};
use crate::check::{Rule as Demand, Weight};
use crate::compare::{Cause, Meaning};
use crate::finding::{Code, Severity};
use crate::recover::{Step, steps};
use crate::words::sentence;

/// Where a code comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::Display, strum::EnumIter)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Catalogue {
    /// What `inspect` and others find in a file.
    Finding,
    /// Why two files differ.
    Cause,
    /// What a firmware is held against before it is flashed.
    Check,
    /// What the boot loader prints.
    BootLoader,
    /// What kernel and camera program print, and what several lines come to.
    Log,
}

impl Catalogue {
    /// What it holds, as the title of a list.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Finding => "Findings: what is told about a file",
            Self::Cause => "Causes: why two files differ",
            Self::Check => "Rules: what `unbrick check` holds a firmware against",
            Self::BootLoader => "What the boot loader prints",
            Self::Log => "What kernel and camera program print, and what it comes to",
        }
    }
}

/// One code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its name.
    pub code: String,
    /// Where it comes from.
    pub catalogue: Catalogue,
    /// How much it matters: a severity, a meaning or a kind, by catalogue.
    pub weight: String,
    /// What it is, in one line with a full stop.
    pub what: String,
    /// How it is worded, with `{...}` for values: a message of unbrick's, or a console line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wording: Option<String>,
    /// Why it comes about.
    pub why: String,
    /// What shows it.
    pub evidence: String,
    /// How sure it is, of what a rule says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certainty: Option<Certainty>,
    /// What to do.
    pub next: Vec<Step>,
}

/// What `findings.toml` adds to the catalogue.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfFinding {
    why: String,
    evidence: String,
}

/// What `causes.toml` adds to the catalogue.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfCause {
    what: String,
    why: String,
}

type Table<T> = LazyLock<BTreeMap<String, T>>;

/// A test reads both tables, so that they cannot fail here.
static FINDINGS: Table<OfFinding> = LazyLock::new(|| toml::from_str(include_str!("findings.toml")).unwrap_or_default());
static CAUSES: Table<OfCause> = LazyLock::new(|| toml::from_str(include_str!("causes.toml")).unwrap_or_default());

/// Every code of every catalogue, in the order of the catalogues.
pub fn entries() -> impl Iterator<Item = Entry> {
    let findings = Code::iter().map(Entry::of_finding);
    let causes = Cause::iter().map(Entry::of_cause);
    let rules = || Rules::built_in().iter();
    let loader = rules().filter(|rule| catalogue_of(rule) == Catalogue::BootLoader);
    let log = rules().filter(|rule| catalogue_of(rule) == Catalogue::Log);
    let demands = Demand::iter().map(Entry::of_demand);
    findings.chain(causes).chain(demands).chain(loader.chain(log).map(Entry::of_rule))
}

/// The rules of the boot loader's lines begin with its name.
fn catalogue_of(rule: &Rule) -> Catalogue {
    if rule.id.starts_with("loader-") { Catalogue::BootLoader } else { Catalogue::Log }
}

impl Entry {
    fn of_finding(code: Code) -> Self {
        let name = code.to_string();
        let more = FINDINGS.get(&name);
        Self {
            catalogue: Catalogue::Finding,
            weight: code.severity().to_string(),
            what: code.meaning().to_owned(),
            wording: Some(code.wording().to_owned()),
            why: more.map_or(String::new(), |more| more.why.clone()),
            evidence: more.map_or(String::new(), |more| more.evidence.clone()),
            certainty: None,
            next: vec![Step { purpose: code.help().to_owned(), commands: Vec::new() }],
            code: name,
        }
    }

    fn of_cause(cause: Cause) -> Self {
        let name = cause.to_string();
        let more = CAUSES.get(&name);
        Self {
            catalogue: Catalogue::Cause,
            weight: cause.meaning().to_string(),
            what: more.map_or(String::new(), |more| more.what.clone()),
            wording: None,
            why: more.map_or(String::new(), |more| more.why.clone()),
            evidence: sentence(cause.rule()),
            certainty: None,
            next: vec![Step { purpose: cause.advice().to_owned(), commands: Vec::new() }],
            code: name,
        }
    }

    fn of_demand(demand: Demand) -> Self {
        Self {
            code: demand.to_string(),
            catalogue: Catalogue::Check,
            weight: consequence(demand.if_broken()).to_owned(),
            what: demand.demand().to_owned(),
            wording: None,
            why: format!("It answers one question of those who flash: {}", demand.question()),
            evidence: sentence(demand.source()),
            certainty: Some(demand.certainty()),
            next: Vec::new(),
        }
    }

    fn of_rule(rule: &Rule) -> Self {
        Self {
            code: rule.id.clone(),
            catalogue: catalogue_of(rule),
            weight: rule.kind.to_string(),
            what: sentence(&rule.says),
            wording: rule.example.as_deref().map(|example| example.trim().to_owned()),
            why: rule.why.clone(),
            evidence: sentence(&rule.source),
            certainty: Some(rule.certainty),
            next: steps(&rule.next, "THE.LOG"),
        }
    }

    /// What the weight means, to end a sentence with.
    fn weight_in_words(&self) -> &'static str {
        match self.catalogue {
            Catalogue::Finding => {
                Code::iter().find(|code| code.to_string() == self.code).map_or("", |code| severity(code.severity()))
            }
            Catalogue::Cause => {
                Cause::iter().find(|cause| cause.to_string() == self.code).map_or("", |cause| meaning(cause.meaning()))
            }
            Catalogue::Check => Demand::iter()
                .find(|demand| demand.to_string() == self.code)
                .map_or("", |demand| broken(demand.if_broken())),
            Catalogue::BootLoader => "a message of the boot loader",
            Catalogue::Log if self.wording.is_none() => "what several lines of a console log come to",
            Catalogue::Log => "a line of a console log",
        }
    }
}

const fn consequence(weight: Weight) -> &'static str {
    match weight {
        Weight::Nothing => "advice",
        Weight::Risk => "risk",
        Weight::NoBoot => "no-boot",
    }
}

const fn broken(weight: Weight) -> &'static str {
    match weight {
        Weight::Nothing => "a rule that may be broken without harm",
        Weight::Risk => "a rule: where it is broken, something is lost or may go wrong",
        Weight::NoBoot => "a rule: where it is broken, the camera does not start",
    }
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "a note: worth knowing, and nothing is wrong",
        Severity::Warning => "a warning: something is odd, though the bytes may still be good",
        Severity::Error => "an error: the bytes are damaged or incomplete, so do not flash them as they are",
    }
}

const fn meaning(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Same => "no difference",
        Meaning::Harmless => "a harmless difference: the bytes differ, the content does not",
        Meaning::Changed => "a difference that was made on purpose, or by the camera itself",
        Meaning::BadDump => "a difference that a bad dump makes: dump again",
        Meaning::BadFlash => "a difference that comes from the flash or how it was written",
        Meaning::Unknown => "a difference that nobody can explain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_every_catalogue_has_a_whole_entry() {
        let mut count = 0;
        for entry in entries() {
            let Entry { code, catalogue, what, why, evidence, next, weight, .. } = &entry;
            assert!(what.ends_with('.') && what.len() > 10, "{catalogue} {code} does not say what it is: {what:?}");
            assert!(evidence.ends_with('.') && evidence.len() > 10, "{catalogue} {code} does not say what shows it");
            assert!(!weight.is_empty() && !entry.weight_in_words().is_empty(), "{code}");
            let is_explained = matches!(catalogue, Catalogue::Finding | Catalogue::Cause);
            if is_explained {
                assert!(why.ends_with('.') && why.len() > 10, "{catalogue} {code} does not say why it comes about");
                assert!(!next.is_empty(), "{catalogue} {code} does not say what to do");
            }
            count += 1;
        }
        assert!(count > 200, "{count}");
    }

    #[test]
    fn the_tables_beside_the_catalogues_name_no_code_that_does_not_exist() {
        let findings: BTreeMap<String, OfFinding> = toml::from_str(include_str!("findings.toml")).unwrap();
        let causes: BTreeMap<String, OfCause> = toml::from_str(include_str!("causes.toml")).unwrap();
        for name in findings.keys() {
            assert!(name.parse::<Code>().is_ok(), "{name} is no finding");
        }
        for name in causes.keys() {
            assert!(name.parse::<Cause>().is_ok(), "{name} is no cause");
        }
    }
}
