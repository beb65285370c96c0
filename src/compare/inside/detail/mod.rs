//! How the content of a file changed: told in the terms of its format, or else as text or hex.

mod container;
mod hex;
mod kernel;
mod picture;
mod program;
mod strings;
mod text;

use serde::Serialize;

pub use self::hex::HexLine;
pub use kernel::KernelChange;
pub use picture::Picture;
pub use program::{ProgramChange, ProgramFormat, SectionChange};
pub use strings::StringsChange;

use super::effort::Effort;
use super::fields::FieldChange;
use super::files::FileChange;
use super::is_zero;
use crate::capture;
use crate::contents::Entry;
use crate::format::settings;
use crate::image::SpanSet;

/// How the content of a file changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// Both are text: a unified diff.
    Text(String),
    /// Both are programs: what their headers say, and which sections differ.
    Program(ProgramChange),
    /// Both are kernels: their banners, and the strings that only one has.
    Kernel(KernelChange),
    /// Both are pictures.
    Picture {
        /// The old one.
        old: Picture,
        /// The new one.
        new: Picture,
    },
    /// Both are one packed file.
    Packed {
        /// What differs in how it is packed.
        packing: Vec<FieldChange>,
        /// How the unpacked file changed; nothing if it did not.
        #[serde(skip_serializing_if = "Option::is_none")]
        content: Option<Box<Detail>>,
    },
    /// Both are containers: a zip with several files, a romfs, a web UI, an update.
    Members {
        /// What differs in their headers.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        fields: Vec<FieldChange>,
        /// The files in them that are not the same.
        files: Vec<FileChange>,
    },
    /// Both are blocks of named values.
    Fields(Vec<FieldChange>),
    /// They are nothing that is known here: the first lines of 16 bytes that differ, and how many more there are.
    Hex {
        /// The lines.
        lines: Vec<HexLine>,
        /// Lines that differ and are not shown.
        more: usize,
        /// Lines that differ and must not be shown, for they are in settings.
        #[serde(skip_serializing_if = "is_zero")]
        hidden: usize,
    },
    /// It cannot be looked at.
    Unreadable(String),
    /// It was not looked at, for there are too many, or they are too large.
    NotOpened,
}

impl Detail {
    /// Tells what the secrets in settings were and are.
    pub fn reveal(&mut self) {
        match self {
            Self::Fields(fields) => fields.iter_mut().for_each(FieldChange::reveal),
            Self::Members { files, .. } => files.iter_mut().for_each(FileChange::reveal),
            Self::Packed { content: Some(content), .. } => content.reveal(),
            _ => {}
        }
    }
}

/// The bytes of a file on both sides, and its paths.
#[derive(Debug, Clone, Copy)]
struct Sides<'a> {
    old: &'a [u8],
    new: &'a [u8],
    old_path: &'a str,
    new_path: &'a str,
}

impl<'a> Sides<'a> {
    fn len(&self) -> usize {
        self.old.len().saturating_add(self.new.len())
    }

    /// Other bytes of the same file.
    fn with(self, old: &'a [u8], new: &'a [u8]) -> Self {
        Self { old, new, ..self }
    }
}

/// Tells how both sides differ in the terms of one format; `None` if they are not of it, or differ elsewhere.
type Teller = fn(&Sides<'_>, &mut Effort) -> Option<Detail>;

/// Every format that is opened, those with magic numbers first.
const TELLERS: [Teller; 6] =
    [program::flat, program::elf, picture::pictures, container::containers, text::unified, kernel::kernels];

/// Those that tell nothing but names and values, each hidden if it must be.
const TELLERS_OF_SECRETS: [Teller; 1] = [container::containers];

/// How the content of a file changed from `old` to `new`.
pub fn of(old: &Entry<'_>, new: &Entry<'_>, effort: &mut Effort) -> Detail {
    let len = old.data.len().saturating_add(new.data.len());
    let is_in_memory = old.data.place().is_none() || new.data.place().is_none();
    if !effort.may_open(len) || (is_in_memory && !effort.may_unpack(len)) {
        return Detail::NotOpened;
    }
    match (old.data.read(), new.data.read()) {
        (Ok(before), Ok(after)) => {
            of_bytes(&Sides { old: &before, new: &after, old_path: &old.path, new_path: &new.path }, effort)
        }
        (Err(error), _) => Detail::Unreadable(format!("the old one is damaged: {error}")),
        (_, Err(error)) => Detail::Unreadable(format!("the new one is damaged: {error}")),
    }
}

fn of_bytes(sides: &Sides<'_>, effort: &mut Effort) -> Detail {
    if [sides.old, sides.new].iter().any(|bytes| may_be_text(bytes) && capture::detect(bytes).is_some()) {
        // its digits could be those of settings, and line by line nothing of it is told anyway
        return Detail::Unreadable("it is a capture: compare it as a file of its own".to_owned());
    }
    let private = Private::of(sides);
    let tellers = if private.is_empty() { TELLERS.as_slice() } else { &TELLERS_OF_SECRETS };
    tellers.iter().find_map(|teller| teller(sides, effort)).unwrap_or_else(|| hex::lines(sides, &private))
}

/// Whether so few of the first bytes are NULs that it is worth a look whether it is a capture, which takes time.
fn may_be_text(bytes: &[u8]) -> bool {
    const SAMPLE_BYTES: usize = 4096;
    const MIN_BYTES_A_NUL: usize = 16;
    let sample = bytes.get(..SAMPLE_BYTES).unwrap_or(bytes);
    memchr::memchr_iter(0, sample).count() * MIN_BYTES_A_NUL < sample.len()
}

/// Where both sides have settings in the midst of something else, as a whole flash in a zip has.
struct Private {
    old: SpanSet,
    new: SpanSet,
}

impl Private {
    fn of(sides: &Sides<'_>) -> Self {
        Self { old: settings::blocks_in(sides.old), new: settings::blocks_in(sides.new) }
    }

    fn is_empty(&self) -> bool {
        self.old.is_empty() && self.new.is_empty()
    }
}
