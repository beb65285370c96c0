//! The walk over a text from line to line, in linear time whatever is in it.

use memchr::memchr;

use super::dialect::{Others, wrap};
use super::evidence::Evidence;
use super::line::{self, Column, LINE_BYTES, Read, WHOLE_CHARS};

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
    // up to here every character belongs to something
    let mut done = 0_usize;
    let mut from = 0_usize;
    while let Some((anchor_at, address)) = next_anchor(text, from) {
        let behind_others = others.read(text, done, anchor_at, &mut evidence);
        if behind_others > anchor_at {
            (done, from) = (behind_others, behind_others);
            continue;
        }
        let rest = text.get(anchor_at..).unwrap_or_default();
        let behind_whole = whole_lines(rest, &mut evidence);
        let behind = if behind_whole.len() < rest.len() {
            behind_whole
        } else {
            anchored(address, rest, anchor_at, &mut evidence)
        };
        done = text.len().saturating_sub(behind.len());
        from = done;
    }
    others.read(text, done, text.len(), &mut evidence);
    (evidence, others)
}

/// The next anchor of a line of `d`, and its address.
fn next_anchor(text: &[u8], from: usize) -> Option<(usize, u32)> {
    let mut at = from;
    loop {
        let rest = text.get(at..)?;
        let bracket = memchr(b'[', rest)?;
        let anchored = rest.get(bracket..)?;
        at = at.saturating_add(bracket);
        if let Some(address) = line::anchor(anchored) {
            return Some((at, address));
        }
        at = at.saturating_add(1);
    }
}

/// Reads lines as long as one perfect line follows the other, and gives what is left of the text.
fn whole_lines<'text>(text: &'text [u8], evidence: &mut Evidence) -> &'text [u8] {
    let mut rest = text;
    while let Some((chars, behind)) = rest.split_first_chunk::<WHOLE_CHARS>()
        && let Some((address, bytes)) = line::whole(chars)
    {
        evidence.push_whole(address, &bytes);
        rest = match behind {
            [b'\r', b'\n', b'\r', next @ ..] | [b'\r', b'\n', next @ ..] => next,
            other => other,
        };
    }
    rest
}

/// Reads the line at an anchor and gives the text behind it. Every step goes at least the anchor's length onward and
/// looks at most a line's length ahead.
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
