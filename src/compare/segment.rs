//! A [`Segment`]: a stretch of a comparison with its cause, the proof, and what to tell about it.

use std::sync::Arc;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::{Cause, Meaning, Which};
use crate::image::{Offset, Span};
use crate::words;

/// What a capture's ASCII column says about a byte whose hex digits differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsciiColumn {
    /// Neither side is a capture.
    None,
    /// It shows the other value: the digits went wrong on the serial line.
    Contradicts,
    /// It fits the digits.
    Agrees,
    /// It shows the same character for both values.
    Blind,
}

/// What shows that a cause is the right one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// The rule says it all.
    Rule,
    /// One side only holds the bytes, or has the property that the rule speaks of.
    In(Which),
    /// One side holds the bytes, a page of them or more, where the other one has content.
    InsteadOfContent(Which),
    /// One side holds the bytes, and they are those of another stretch of it, `wrong` bytes excepted.
    CopyOf {
        /// The side that holds both.
        which: Which,
        /// The other stretch.
        twin: Span,
        /// Bytes that differ from it.
        wrong: usize,
    },
    /// The new side's bytes are those of another stretch of it, at an address that differs in one bit.
    AddressBit {
        /// The side that holds both.
        which: Which,
        /// The value of the bit.
        bit: usize,
        /// The other stretch.
        twin: Span,
    },
    /// What the ASCII column says.
    Digits(AsciiColumn),
    /// What the look inside says.
    Told(Arc<str>),
}

/// A stretch of a comparison. Either span can be empty: the bytes are then in the other file only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Why it differs, or that it does not.
    pub cause: Cause,
    /// The bytes of the old file.
    pub old: Span,
    /// The bytes of the new file.
    pub new: Span,
    /// What shows it.
    pub evidence: Evidence,
    /// Another cause that fits, with weaker evidence.
    pub also: Option<Cause>,
}

impl Segment {
    /// The larger of both sides' lengths: how much of a picture the segment takes.
    pub fn len_bytes(&self) -> usize {
        self.old.len().max(self.new.len())
    }

    /// What it means for somebody who wants the camera to work: that of its cause, but filler in place of content is a loss.
    pub fn meaning(&self) -> Meaning {
        match self.evidence {
            Evidence::InsteadOfContent(Which::New) => Meaning::BadFlash,
            Evidence::InsteadOfContent(Which::Old) => Meaning::Changed,
            _ => self.cause.meaning(),
        }
    }

    /// What to tell about it, in plain words.
    pub fn note(&self) -> String {
        let mut note = self.story();
        if let Some(also) = self.also {
            note.push_str(&format!(" ({also} would fit as well)"));
        }
        note
    }

    fn instead(&self) -> String {
        match self.evidence {
            Evidence::InsteadOfContent(which) => format!(" where the {} one has content", which.other()),
            _ => String::new(),
        }
    }

    fn story(&self) -> String {
        let len = self.len_bytes();
        let bytes = words::bytes(len);
        let holder = match self.evidence {
            Evidence::In(which)
            | Evidence::InsteadOfContent(which)
            | Evidence::CopyOf { which, .. }
            | Evidence::AddressBit { which, .. } => which,
            _ if self.new.is_empty() => Which::Old,
            _ => Which::New,
        };
        let other = holder.other();
        if let Evidence::Told(told) = &self.evidence {
            return told.to_string();
        }
        match self.cause {
            Cause::Equal => format!("{bytes}, the same in both files"),
            Cause::CarriedPage => {
                format!("{bytes} in front of the {holder} file that belong to the image dumped before it")
            }
            Cause::CutTail => format!("the {other} file ends {bytes} earlier"),
            Cause::XmodemPadding => {
                format!("{bytes} with which XMODEM filled its last block of 128 in the {holder} file")
            }
            Cause::XmodemResend => match self.evidence {
                Evidence::CopyOf { twin, wrong, .. } => format!(
                    "{bytes} too many in the {holder} file: a copy of {twin} with {}, kept after a NAK; all that follows is shifted",
                    words::plural(wrong, "wrong byte")
                ),
                _ => format!(
                    "{bytes} too many in the {holder} file, at a block boundary of XMODEM, as a NAK leaves them; all that follows is shifted"
                ),
            },
            Cause::Erased => format!("erased flash (FF) in the {holder} file{}, {bytes}", self.instead()),
            Cause::ZeroFill => format!("zeros in the {holder} file{}, {bytes}", self.instead()),
            Cause::Footer => format!("an image footer of the boot loader, {bytes}"),
            Cause::BootLoader => format!("part of the boot loader, {bytes}"),
            Cause::BootInfo => format!("part of BOOT INFO, {bytes}: each camera has its own"),
            Cause::WebUi => format!("part of the web UI, {bytes}"),
            Cause::Settings => format!("part of the settings, {bytes}: the camera writes them itself"),
            Cause::MissingLine => format!(
                "{bytes} ({} of 16) are missing in the {other} file; all that follows is shifted",
                words::plural(len / 16, "line")
            ),
            Cause::MissingPage => format!(
                "{bytes} ({} of 256) are missing in the {other} file; all that follows is shifted",
                words::plural(len / 256, "page")
            ),
            Cause::RepeatedLine | Cause::RepeatedPage => match self.evidence {
                Evidence::CopyOf { twin, .. } => format!("{bytes} of the {holder} file repeat {twin}"),
                _ => format!("{bytes} of the {holder} file are there twice"),
            },
            Cause::WordOrder => format!("{bytes} with the bytes of every four backwards, as plain `d` prints them"),
            Cause::HalfWordOrder => format!("{bytes} with the bytes of every two backwards, as `d -h` prints them"),
            Cause::DigitError => {
                let column = match self.evidence {
                    Evidence::Digits(AsciiColumn::Contradicts) => {
                        "; the capture's ASCII column shows that the digit is wrong"
                    }
                    Evidence::Digits(AsciiColumn::Agrees) => {
                        "; the capture's ASCII column fits the digit, so it may be right"
                    }
                    Evidence::Digits(AsciiColumn::Blind) => "; the capture's ASCII column shows the same for both",
                    _ => "",
                };
                format!("one hex digit of {} differs{column}", if len == 1 { "a byte" } else { "each byte" })
            }
            Cause::AddressMirror => match self.evidence {
                Evidence::AddressBit { bit, twin, .. } => {
                    format!("{bytes} of the {holder} file repeat {twin}: address bit 0x{bit:X} did not count")
                }
                _ => format!("{bytes} of the {holder} file repeat another part of it"),
            },
            Cause::UnknownBytes => format!("{bytes} that the capture of the {holder} file does not hold"),
            Cause::Unexplained if self.old.is_empty() || self.new.is_empty() => {
                format!("{bytes} that only the {holder} file holds, and no rule says why")
            }
            Cause::Unexplained if len == 1 => "1 byte differs, and no rule says why".to_owned(),
            Cause::Unexplained => format!("{bytes} differ, and no rule says why"),
            Cause::RomfsHeader
            | Cause::RomfsOrder
            | Cause::FileChanged
            | Cause::FileAdded
            | Cause::FileRemoved
            | Cause::FileMoved
            | Cause::KernelChanged => format!("{bytes}: {}", self.cause.rule()),
        }
    }
}

impl std::fmt::Display for Which {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Old => "first",
            Self::New => "second",
        })
    }
}

impl Serialize for Segment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Ends {
            start: usize,
            end: usize,
        }
        let ends = |span: Span| Ends { start: span.start(), end: span.end() };
        let mut fields = serializer.serialize_struct("Segment", 5)?;
        fields.serialize_field("cause", &self.cause)?;
        fields.serialize_field("old", &ends(self.old))?;
        fields.serialize_field("new", &ends(self.new))?;
        fields.serialize_field("note", &self.note())?;
        match self.also {
            Some(also) => fields.serialize_field("also", &also)?,
            None => fields.skip_field("also")?,
        }
        fields.end()
    }
}

impl std::fmt::Display for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (old, new) = (Offset(self.old.start()), Offset(self.new.start()));
        write!(f, "{} at {old} / {new}: {}", self.cause, self.note())
    }
}
