//! What is known about the cameras, with where it is known from and how sure that is.

use std::borrow::Cow;

use serde::Serialize;

/// How sure something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Certainty {
    /// Assumed, because nothing tells.
    Unknown,
    /// Strongly suggested, but not shown for every camera.
    Likely,
    /// Documented behaviour, seen at work; or printed by the camera itself.
    Certain,
}

/// A value with its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it is known from, for people.
    pub source: Cow<'static, str>,
    /// How sure it is.
    pub certainty: Certainty,
}

impl<T> Sourced<T> {
    /// A value that is certain.
    pub fn certain(value: T, source: impl Into<Cow<'static, str>>) -> Self {
        Self { value, source: source.into(), certainty: Certainty::Certain }
    }

    /// A value that is likely.
    pub fn likely(value: T, source: impl Into<Cow<'static, str>>) -> Self {
        Self { value, source: source.into(), certainty: Certainty::Likely }
    }

    /// A value that is assumed.
    pub fn assumed(value: T, source: impl Into<Cow<'static, str>>) -> Self {
        Self { value, source: source.into(), certainty: Certainty::Unknown }
    }

    /// Another value that is known from the same source.
    pub fn map<U>(&self, value: impl FnOnce(&T) -> U) -> Sourced<U> {
        Sourced { value: value(&self.value), source: self.source.clone(), certainty: self.certainty }
    }
}
