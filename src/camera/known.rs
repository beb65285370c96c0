//! What is known about cameras and firmware, with where it is known from and how sure that is.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// How sure something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Certainty {
    /// Assumed, because nothing tells.
    Unknown,
    /// A strong sign, which may mislead, or what some cameras show and others may not.
    Likely,
    /// The bytes say so, the camera prints it, or it is documented behaviour that was seen at work.
    Certain,
}

/// Something known, how sure it is and where it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Known<T> {
    /// What is known.
    pub value: T,
    /// How sure it is.
    pub certainty: Certainty,
    /// Where it was read, in a few words.
    pub from: Cow<'static, str>,
}

impl<T> Known<T> {
    /// Something that is certain.
    pub fn certain(value: T, from: impl Into<Cow<'static, str>>) -> Self {
        Self { value, certainty: Certainty::Certain, from: from.into() }
    }

    /// Something that only a sign speaks for.
    pub fn likely(value: T, from: impl Into<Cow<'static, str>>) -> Self {
        Self { value, certainty: Certainty::Likely, from: from.into() }
    }

    /// Something that is assumed.
    pub fn assumed(value: T, from: impl Into<Cow<'static, str>>) -> Self {
        Self { value, certainty: Certainty::Unknown, from: from.into() }
    }

    /// Something else that is known from the same place.
    pub fn map<U>(&self, value: impl FnOnce(&T) -> U) -> Known<U> {
        Known { value: value(&self.value), certainty: self.certainty, from: self.from.clone() }
    }
}
