//! The walk over a text from line to line, in linear time whatever is in it.

use super::dialect::{Others, wrap};
use super::evidence::Evidence;
use super::line::{self, Column, LINE_BYTES, Read};

/// Reads every line of memory display in `text`: those of the boot loader, and what other tools print in between.
pub(super) fn read(text: &[u8]) -> Evidence {
    let (mut evidence, others) = walk(text);
    others.finish(&mut evidence);
    evidence
}

/// Reads every line with an address, and keeps apart those that have none.
pub(super) fn walk(text: &[u8]) -> (Evidence, Others) {
    let mut evidence = Evidence::with_room_for(text.len());
    let mut others = Others::default();
    let offset_of = |rest: &[u8]| text.len().saturating_sub(rest.len());
    let mut rest = text;
    loop {
        // as long as one perfect line follows the other
        while let Some(line) = line::whole(rest) {
            evidence.push_whole_line(&line);
            rest = behind_line_end(rest.get(line.chars..).unwrap_or_default());
        }
        match line::find_anchor(rest) {
            Some((0, address)) => rest = anchored(address, rest, offset_of(rest), &mut evidence),
            found => {
                let anchor_at = found.map_or(text.len(), |(at, _)| offset_of(rest).saturating_add(at));
                let behind = others.read(text, offset_of(rest), anchor_at, &mut evidence);
                rest = text.get(behind..).unwrap_or_default();
                if found.is_none() {
                    return (evidence, others);
                }
            }
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
/// looks at most a few lines' length ahead.
fn anchored<'text>(address: u32, text: &'text [u8], text_offset: usize, evidence: &mut Evidence) -> &'text [u8] {
    let read = line::careful(address, text);
    let is_whole = matches!(&read, Read::Line(line) if line.end == LINE_BYTES && line.column == Column::Agrees);
    if !is_whole && let Some((line, chars)) = wrap::display_line(text) {
        evidence.push_line(&line, text_offset);
        return text.get(chars..).unwrap_or_default();
    }
    let chars = match read {
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
