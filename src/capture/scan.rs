//! The walk over a text from line to line, in linear time whatever is in it.

use memchr::memchr;

use super::evidence::Evidence;
use super::line::{self, Read, WHOLE_CHARS};

/// Reads every line of memory display in `text`.
pub(super) fn read(text: &[u8]) -> Evidence {
    let mut evidence = Evidence::with_room_for(text.len());
    let mut rest = text;
    while let Some(bracket) = memchr(b'[', rest) {
        rest = rest.get(bracket..).unwrap_or_default();
        let behind_whole = whole_lines(rest, &mut evidence);
        rest = if behind_whole.len() < rest.len() {
            behind_whole
        } else if let Some(address) = line::anchor(rest) {
            let text_offset = text.len().saturating_sub(rest.len());
            anchored(address, rest, text_offset, &mut evidence)
        } else {
            rest.get(1..).unwrap_or_default()
        };
    }
    evidence
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
