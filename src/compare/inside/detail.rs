//! How the content of a file changed: as a text diff, as hex, or in a sentence.

use std::ops::Range;
use std::time::Duration;

use serde::Serialize;
use similar::{Algorithm, TextDiff};

use crate::contents::Entry;

/// How the content of a file changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// Both are text: a unified diff.
    Text(String),
    /// One is not text: the first lines of 16 bytes that differ, and how many more there are.
    Hex {
        /// The lines.
        lines: Vec<HexLine>,
        /// Lines that differ and are not shown.
        more: usize,
    },
    /// It cannot be looked at.
    Unreadable(String),
}

/// A line of 16 bytes in both files; where the other is longer, empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HexLine {
    /// Offset of its first byte in the file.
    pub offset: usize,
    /// The old bytes as hex digits.
    pub old: String,
    /// The new bytes as hex digits.
    pub new: String,
}

/// At most this many lines of 16 bytes are shown of a file.
const MAX_HEX_LINES: usize = 8;

/// Bytes in a line of hex.
const LINE_BYTES: usize = 16;

/// Text longer than this is not diffed line by line.
const MAX_TEXT_BYTES: usize = 1 << 20;

/// A text diff that takes longer than this is finished in a coarser way.
const TEXT_DEADLINE: Duration = Duration::from_millis(500);

/// Lines of a text diff around a change.
const CONTEXT_LINES: usize = 3;

/// How the content of a file changed from `old` to `new`.
pub fn of(old: &Entry<'_>, new: &Entry<'_>) -> Detail {
    match (old.data.read(), new.data.read()) {
        (Ok(before), Ok(after)) => match (text(&before), text(&after)) {
            (Some(before), Some(after)) => Detail::Text(unified(before, after, &old.path, &new.path)),
            _ => hex_lines(&before, &after),
        },
        (Err(error), _) => Detail::Unreadable(format!("the old one is damaged: {error}")),
        (_, Err(error)) => Detail::Unreadable(format!("the new one is damaged: {error}")),
    }
}

/// The bytes as text, if they are: UTF-8 without control characters that no text has.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= MAX_TEXT_BYTES)?;
    let odd = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}');
    (!text.contains(odd)).then_some(text)
}

fn unified(before: &str, after: &str, old_path: &str, new_path: &str) -> String {
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).timeout(TEXT_DEADLINE).diff_lines(before, after);
    diff.unified_diff().context_radius(CONTEXT_LINES).header(old_path, new_path).to_string()
}

fn hex_lines(before: &[u8], after: &[u8]) -> Detail {
    let count = before.len().max(after.len()).div_ceil(LINE_BYTES);
    let line = |bytes: &[u8], range: &Range<usize>| {
        bytes.get(range.start.min(bytes.len())..range.end.min(bytes.len())).unwrap_or_default().to_vec()
    };
    let mut lines = Vec::new();
    let mut more = 0;
    for index in 0..count {
        let range = index * LINE_BYTES..(index + 1) * LINE_BYTES;
        let (old, new) = (line(before, &range), line(after, &range));
        if old == new {
            continue;
        }
        if lines.len() < MAX_HEX_LINES {
            lines.push(HexLine { offset: range.start, old: hex::encode(old), new: hex::encode(new) });
        } else {
            more += 1;
        }
    }
    Detail::Hex { lines, more }
}
