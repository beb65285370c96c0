//! The walk over a text from line to line, in linear time whatever is in it.

use memchr::memchr;

use super::evidence::Evidence;
use super::line::{self, Read, WHOLE_CHARS};

/// Reads every line of memory display in `text`.
pub(super) fn read(text: &[u8]) -> Evidence {
    let mut evidence = Evidence::with_room_for(text.len());
    let mut rest = text;
    loop {
        rest = whole_lines(rest, &mut evidence);
        let Some(bracket) = memchr(b'[', rest) else { return evidence };
        let from_bracket = rest.get(bracket..).unwrap_or_default();
        // Between two brackets, most likely: only an anchor is worth a closer look.
        rest = match line::anchor(from_bracket) {
            Some(_) => anchored(from_bracket, text.len().saturating_sub(from_bracket.len()), &mut evidence),
            None => from_bracket.get(1..).unwrap_or_default(),
        };
    }
}

/// Reads lines as long as one perfect line follows the other, and gives what is left of the text.
fn whole_lines<'text>(text: &'text [u8], evidence: &mut Evidence) -> &'text [u8] {
    let mut rest = text;
    while let Some((chars, behind)) = rest.split_first_chunk::<WHOLE_CHARS>() {
        let Some((address, bytes)) = line::whole(chars) else { break };
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
fn anchored<'text>(text: &'text [u8], text_offset: usize, evidence: &mut Evidence) -> &'text [u8] {
    let anchor_chars = 10;
    if let Some((chars, behind)) = text.split_first_chunk::<WHOLE_CHARS>()
        && let Some((address, bytes)) = line::whole(chars)
    {
        evidence.push_whole(address, &bytes);
        return behind;
    }
    let chars = match line::careful(text) {
        Read::Line(line) => {
            evidence.push_line(&line, text_offset);
            line.chars.max(anchor_chars)
        }
        Read::Damaged { address } => {
            evidence.push_damaged(address, text_offset);
            anchor_chars
        }
        Read::Foreign => anchor_chars,
    };
    text.get(chars..).unwrap_or_default()
}
