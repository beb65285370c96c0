//! The walk over a text from line to line, in linear time whatever is in it.

use super::evidence::Evidence;
use super::line::{self, Read};

/// Reads every line of memory display in `text`.
pub(super) fn read(text: &[u8]) -> Evidence {
    let mut evidence = Evidence::with_room_for(text.len());
    let offset_of = |rest: &[u8]| text.len().saturating_sub(rest.len());
    let mut rest = text;
    loop {
        // as long as one perfect line follows the other
        while let Some(line) = line::whole(rest) {
            evidence.push_line(&line, offset_of(rest));
            rest = behind_line_end(rest.get(line.chars..).unwrap_or_default());
        }
        match line::find_anchor(rest) {
            Some((0, address)) => rest = anchored(address, rest, offset_of(rest), &mut evidence),
            Some((at, _)) => rest = rest.get(at..).unwrap_or_default(),
            None => return evidence,
        }
    }
}

fn behind_line_end(mut text: &[u8]) -> &[u8] {
    while let [b'\r' | b'\n', rest @ ..] = text {
        text = rest;
    }
    text
}

/// Reads the line at an anchor and gives the text behind it. Every step goes at least the anchor's length onward and
/// looks at most a line's length ahead.
fn anchored<'text>(address: u32, text: &'text [u8], text_offset: usize, evidence: &mut Evidence) -> &'text [u8] {
    let chars = match line::careful(address, text) {
        Read::Line(line) => {
            evidence.push_line(&line, text_offset);
            line.chars
        }
        Read::Damaged => {
            evidence.push_damaged(address, text_offset);
            line::ANCHOR_CHARS
        }
        Read::Foreign => line::ANCHOR_CHARS,
    };
    text.get(chars..).unwrap_or_default()
}
