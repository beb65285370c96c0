//! One thing that is claimed about a firmware and a camera, and what a list of such claims comes to.

use std::borrow::Cow;

use serde::Serialize;

use super::rule::{Question, Rule, Weight};
use crate::camera::{Certainty, Known};

/// Whether a rule is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is.
    Holds,
    /// It is broken.
    Fails,
    /// Nothing tells.
    Unknown,
}

/// A rule, whether it is kept, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// The rule.
    pub rule: Rule,
    /// The question that it belongs to.
    pub question: Question,
    /// Whether it is kept.
    pub outcome: Outcome,
    /// What comes of it.
    pub weight: Weight,
    /// What is so: a clause that starts small and has no full stop.
    pub says: String,
    /// Numbers and places that show it.
    pub evidence: Vec<String>,
    /// Where the rule, or the number it compares with, is known from.
    pub source: Cow<'static, str>,
    /// How sure that is.
    pub certainty: Certainty,
}

impl Claim {
    fn new(rule: Rule, outcome: Outcome, says: impl Into<String>) -> Self {
        let weight = match outcome {
            Outcome::Holds => Weight::Nothing,
            Outcome::Fails => rule.if_broken(),
            Outcome::Unknown => rule.if_unknown(),
        };
        Self {
            rule,
            question: rule.question(),
            outcome,
            weight,
            says: says.into(),
            evidence: Vec::new(),
            source: rule.source().into(),
            certainty: rule.certainty(),
        }
    }

    /// How sure it is, and where it is known from.
    pub fn source_in_words(&self) -> String {
        format!("{}: {}", self.certainty, self.source)
    }

    /// The rule is kept.
    pub fn holds(rule: Rule, says: impl Into<String>) -> Self {
        Self::new(rule, Outcome::Holds, says)
    }

    /// The rule is broken.
    pub fn fails(rule: Rule, says: impl Into<String>) -> Self {
        Self::new(rule, Outcome::Fails, says)
    }

    /// Nothing tells.
    pub fn unknown(rule: Rule, says: impl Into<String>) -> Self {
        Self::new(rule, Outcome::Unknown, says)
    }

    /// The same claim with one more line that shows it.
    #[must_use]
    pub fn because(mut self, evidence: impl Into<String>) -> Self {
        self.evidence.push(evidence.into());
        self
    }

    /// The same claim, resting on a number that is known from elsewhere.
    #[must_use]
    pub fn resting_on<T>(mut self, number: &Known<T>) -> Self {
        self.source = number.from.clone();
        self.certainty = number.certainty;
        self
    }
}

/// What it all comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No rule is broken.
    Safe,
    /// Something is lost, or may go wrong.
    Risky,
    /// The camera does not start.
    WillNotBoot,
}

impl Verdict {
    /// What the gravest of the claims makes of it.
    pub fn of(claims: &[Claim]) -> Self {
        match claims.iter().map(|claim| claim.weight).max() {
            Some(Weight::NoBoot) => Self::WillNotBoot,
            Some(Weight::Risk) => Self::Risky,
            Some(Weight::Nothing) | None => Self::Safe,
        }
    }

    /// The weight of the claims that it rests on.
    const fn weight(self) -> Weight {
        match self {
            Self::Safe => Weight::Nothing,
            Self::Risky => Weight::Risk,
            Self::WillNotBoot => Weight::NoBoot,
        }
    }

    /// Why it is no better: the claims that make it what it is.
    pub fn reasons(self, claims: &[Claim]) -> impl Iterator<Item = &Claim> {
        claims.iter().filter(move |claim| self != Self::Safe && claim.weight == self.weight())
    }
}
