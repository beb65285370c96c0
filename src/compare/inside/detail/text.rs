//! Text against text, line by line.

use std::borrow::Cow;

use encoding_rs::{GBK, UTF_8, WINDOWS_1252};
use similar::{Algorithm, TextDiff};

use super::{Detail, Sides};
use crate::compare::inside::effort::Effort;

/// Text longer than this is not diffed line by line.
const MAX_BYTES: usize = 1 << 20;

/// Lines of a text diff around a change.
const CONTEXT_LINES: usize = 3;

/// Both as a unified diff, if both are text.
pub fn unified(sides: &Sides<'_>, effort: &mut Effort) -> Option<Detail> {
    if !has_no_odd_bytes(sides.old) || !has_no_odd_bytes(sides.new) {
        return None;
    }
    let (before, after) = texts(sides.old, sides.new)?;
    let told = effort.in_time(|deadline| {
        let diff = TextDiff::configure().algorithm(Algorithm::Myers).timeout(deadline).diff_lines(&*before, &*after);
        diff.unified_diff().context_radius(CONTEXT_LINES).header(sides.old_path, sides.new_path).to_string()
    });
    Some(Detail::Text(told))
}

/// Whether there are no control characters that no text has.
fn has_no_odd_bytes(bytes: &[u8]) -> bool {
    const DELETE: u8 = 0x7F;
    let is_odd = |byte: &u8| match *byte {
        b'\n' | b'\r' | b'\t' | 0x0C | 0x1B => false,
        byte => byte < b' ' || byte == DELETE,
    };
    bytes.len() <= MAX_BYTES && !bytes.iter().any(is_odd)
}

/// Both in the one encoding that fits both: UTF-8, or what the makers of these cameras write
/// (packages-and-formats.md section 2: GBK, certain), or that of western pages.
fn texts<'a>(old: &'a [u8], new: &'a [u8]) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
    [UTF_8, GBK, WINDOWS_1252].into_iter().find_map(|encoding| {
        let text = |bytes| encoding.decode_without_bom_handling_and_without_replacement(bytes);
        Some((text(old)?, text(new)?))
    })
}
