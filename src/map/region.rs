//! What a map is made of.

use serde::Serialize;

use crate::image::Span;

/// What a region is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[allow(missing_docs)] // the words of the design
pub enum Kind {
    BootLoader,
    BootInfo,
    Kernel,
    Romfs,
    WebUi,
    Settings,
    Footer,
    Update,
    Elf,
    Flat,
    Zip,
    Gzip,
    Capture,
    BootLog,
    Erased,
    Zero,
    CarriedPage,
    /// A file inside a romfs, web UI or zip whose content is of no format known here.
    File,
    /// A whole flash: never a region, only what a file is as a whole.
    Flash,
    Unknown,
}

/// How sure it is that a region is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum State {
    /// A checksum, or a look at every byte, proves it.
    Verified,
    /// Its structure holds; no checksum covers all of its bytes.
    Plausible,
    /// It ends too early.
    Truncated,
    /// A checksum or its structure proves damage.
    Damaged,
    /// Nothing is claimed about it.
    Unchecked,
}

/// One line of what is known of a region, such as `volume: rom 4cfdc420`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// What it is about, in a word or two.
    pub label: &'static str,
    /// The value for people.
    pub value: String,
}

/// What was parsed out of a region, for those who look further inside. Offsets in the values count from the start
/// of the region.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Content {
    /// Nothing that has an inside.
    #[default]
    Opaque,
}

/// A stretch of an image with one meaning. It can hold a map of its own, which then covers all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// What it is.
    pub kind: Kind,
    /// Where it lies, as offsets in the outermost image.
    pub span: Span,
    /// Its name, if it has one: an image's, a file's path, a volume's.
    pub name: Option<String>,
    /// How sure it is that it is whole.
    pub state: State,
    /// What is known of it, for people.
    pub details: Vec<Detail>,
    /// What was parsed out of it.
    pub content: Content,
    /// What it holds; empty, or covering every byte of it.
    pub regions: Vec<Region>,
}
