//! A [`Finding`]: one thing worth telling about a stretch of bytes.
//!
//! What can be found, in which words, how bad it is and what to do about it stands in one place, the
//! [`catalogue`]. The rest of the crate states a [`Fact`] and where it holds.

mod catalogue;

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

pub use catalogue::{Code, Fact};

use crate::image::Span;
use crate::words;

/// How much a finding matters to somebody who wants the camera to boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Odd, or a risk; the bytes may still be good.
    Warning,
    /// The bytes are damaged or incomplete: do not flash them as they are.
    Error,
}

/// A byte that is told, or that there is one which must not be shown: what lies in settings is the owner's.
///
/// Displays as two hexadecimal digits, or as `??`; written out as a number or null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ByteValue(Option<u8>);

impl ByteValue {
    /// One that is not shown.
    pub const HIDDEN: Self = Self(None);
}

impl From<u8> for ByteValue {
    fn from(byte: u8) -> Self {
        Self(Some(byte))
    }
}

impl fmt::Display for ByteValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(byte) => write!(f, "{byte:02X}"),
            None => f.write_str("??"),
        }
    }
}

/// The file inside a container that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFile {
    /// Its path in the container.
    pub path: String,
    /// Its bytes, as offsets in the image.
    pub data: Span,
}

/// One thing worth telling: what, and about which bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was found, with the values that show it.
    pub fact: Fact,
    /// The bytes that it is about, as offsets in the image.
    pub span: Span,
    /// Short lines of proof: bytes, sums, places.
    pub evidence: Vec<String>,
    /// The file that it is about, if it is about one inside of something.
    pub file: Option<InFile>,
}

impl Finding {
    /// A finding about `span` without further evidence.
    pub fn new(fact: Fact, span: Span) -> Self {
        Self { fact, span, evidence: Vec::new(), file: None }
    }

    /// The same finding, about the file at `path` in a container, whose bytes are `data`.
    #[must_use]
    pub fn in_file(mut self, path: &str, data: Span) -> Self {
        self.file = Some(InFile { path: path.to_owned(), data });
        self
    }

    /// The same finding with one more line of proof.
    #[must_use]
    pub fn with_evidence(mut self, line: impl Into<String>) -> Self {
        self.evidence.push(line.into());
        self
    }

    /// The same finding without the values of bytes.
    #[must_use]
    pub fn without_bytes(mut self) -> Self {
        match &mut self.fact {
            Fact::CaptureConflict { first, second, .. } => [*first, *second] = [ByteValue::HIDDEN; 2],
            Fact::CaptureAsciiMismatch { hex, ascii, .. } => (*hex, *ascii) = (ByteValue::HIDDEN, '?'),
            _ => {}
        }
        self
    }

    /// The same finding, its offsets counted from an origin `bytes` earlier.
    #[must_use]
    pub fn shifted(mut self, bytes: usize) -> Self {
        self.span = self.span.shifted(bytes);
        if let Some(file) = &mut self.file {
            file.data = file.data.shifted(bytes);
        }
        self
    }

    /// The same finding about an image of `len` bytes: what a damaged header says can lie behind the end.
    #[must_use]
    pub fn within(mut self, len: usize) -> Self {
        self.span = Span::new(self.span.start().min(len), self.span.end().min(len));
        self
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.fact.code()
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.code().severity()
    }

    /// One line for people: what is so, and in which file.
    pub fn message(&self) -> String {
        match &self.file {
            Some(file) => format!("{}: {}", words::short(&file.path), self.fact),
            None => self.fact.to_string(),
        }
    }

    /// One line for people: what to do about it.
    pub fn help(&self) -> &'static str {
        self.code().help()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}] {}: {}", self.severity(), self.code(), self.span, self.message())
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Finding", 8)?;
        fields.serialize_field("code", &self.code().to_string())?;
        fields.serialize_field("severity", &self.severity())?;
        fields.serialize_field("start", &self.span.start())?;
        fields.serialize_field("end", &self.span.end())?;
        match &self.file {
            Some(file) => fields.serialize_field("file", &file.path)?,
            None => fields.skip_field("file")?,
        }
        fields.serialize_field("message", &self.message())?;
        fields.serialize_field("evidence", &self.evidence)?;
        fields.serialize_field("help", &self.help())?;
        fields.end()
    }
}

/// The worst severity among `findings`; `None` if there are none.
pub fn worst(findings: &[Finding]) -> Option<Severity> {
    findings.iter().map(Finding::severity).max()
}
