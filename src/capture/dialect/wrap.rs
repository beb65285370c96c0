//! Lines that a terminal or a logger broke in two: put together again where all that belongs to a line is then there.

/// A line is put together of so many pieces at most.
const PIECES_MAX: usize = 4;

/// A line that was broken.
#[derive(Debug)]
pub(in super::super) struct Joined {
    /// The line, whole.
    pub line: Vec<u8>,
    /// Where in the text each piece starts, and where in the line.
    pieces: Vec<(usize, usize)>,
}

impl Joined {
    /// Where in the text the line's first `chars` characters end.
    pub fn text_chars(&self, chars: usize) -> usize {
        let piece = self.pieces.iter().rev().find(|(_, in_line)| *in_line < chars);
        piece.map_or(0, |(in_text, in_line)| in_text.saturating_add(chars.saturating_sub(*in_line)))
    }
}

/// Puts the line that `text` starts with together with what stands on the lines behind it, until it has `whole_chars`.
/// Blanks that were cut off where the line was broken are put back where `is_blank` says that a line has some.
/// `starts` tells whether a line of its own starts at a place: no piece does.
pub(in super::super) fn join(
    text: &[u8],
    whole_chars: usize,
    is_blank: impl Fn(usize) -> bool,
    starts: impl Fn(&[u8]) -> bool,
) -> Option<Joined> {
    let mut joined = Joined { line: Vec::with_capacity(whole_chars), pieces: Vec::new() };
    let mut at = 0_usize;
    for number in 0..PIECES_MAX {
        let rest = text.get(at..)?;
        let room = whole_chars.saturating_sub(joined.line.len());
        let near = rest.get(..room.saturating_add(1).min(rest.len()))?;
        let end = near.iter().position(|character| matches!(character, b'\n' | b'\r'));
        let piece = near.get(..end.unwrap_or(near.len()))?;
        if number > 0 {
            if piece.is_empty() || starts(rest) {
                return None;
            }
            while !piece.starts_with(b" ") && is_blank(joined.line.len()) {
                joined.line.push(b' ');
            }
        }
        joined.pieces.push((at, joined.line.len()));
        joined.line.extend_from_slice(piece);
        if joined.line.len() >= whole_chars {
            return (number > 0).then_some(joined);
        }
        // the end of the text ends the line as well
        let behind = rest.get(end?..)?;
        let line_end = match behind {
            [b'\r', b'\n', b'\r', ..] => 3,
            [b'\r', b'\n', ..] | [b'\n', b'\r', ..] => 2,
            _ => 1,
        };
        at = at.saturating_add(end?).saturating_add(line_end);
    }
    None
}
