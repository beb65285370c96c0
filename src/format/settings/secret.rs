//! What must not be shown unless somebody asks for it.

use std::fmt;

use serde::{Serialize, Serializer};

/// A password, key, name or address. However it is printed or serialised, it reads `(hidden, set)` or `(empty)`,
/// whatever its length.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Takes what must not be shown.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// What it really is.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is printed in its place.
    pub const fn mask(&self) -> &'static str {
        if self.0.is_empty() { "(empty)" } else { "(hidden, set)" }
    }

    /// Whether nothing is set.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mask())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mask())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.mask())
    }
}
