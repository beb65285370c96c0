//! Text against text, line by line.

use std::borrow::Cow;

use encoding_rs::{GBK, WINDOWS_1252};
use similar::{Algorithm, TextDiff};

use super::{Detail, Sides};
use crate::compare::inside::effort::Effort;

/// Text longer than this is not diffed line by line.
const MAX_BYTES: usize = 1 << 20;

/// Lines of a text diff around a change.
const CONTEXT_LINES: usize = 3;

/// Both as a unified diff, if both are text.
pub fn unified(sides: &Sides<'_>, effort: &mut Effort) -> Option<Detail> {
    let (before, after) = (text(sides.old)?, text(sides.new)?);
    let told = effort.in_time(|deadline| {
        let diff = TextDiff::configure().algorithm(Algorithm::Myers).timeout(deadline).diff_lines(&*before, &*after);
        diff.unified_diff().context_radius(CONTEXT_LINES).header(sides.old_path, sides.new_path).to_string()
    });
    Some(Detail::Text(told))
}

/// The bytes as text, if they are: without control characters that no text has, in UTF-8 or in what the makers of
/// these cameras write (packages-and-formats.md section 2: GBK, certain).
fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    const DELETE: u8 = 0x7F;
    let odd = |byte: &u8| match *byte {
        b'\n' | b'\r' | b'\t' | 0x0C | 0x1B => false,
        byte => byte < b' ' || byte == DELETE,
    };
    if bytes.len() > MAX_BYTES || bytes.iter().any(odd) {
        return None;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(Cow::Borrowed(text));
    }
    let gbk = GBK.decode_without_bom_handling_and_without_replacement(bytes);
    gbk.or_else(|| WINDOWS_1252.decode_without_bom_handling_and_without_replacement(bytes))
}
