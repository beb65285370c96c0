//! Lines that a terminal or a logger broke in two: put together again where all that belongs to a line is then there.

use std::ops::RangeInclusive;

use super::super::line::{self, Column, LINE_BYTES, Line, Read};
use super::head;

/// A line is put together of so many pieces at most.
const PIECES_MAX: usize = 4;

/// A line that was broken.
#[derive(Debug)]
pub(super) struct Joined {
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

/// Puts the line that `text` starts with together with what stands on the lines behind it, until it has the most of
/// `chars`, or nothing more belongs to it and it has the fewest. Blanks that were cut off where the line was broken are put
/// back where `is_blank` says that a line has some. No piece starts as a line of its own does.
pub(super) fn join(text: &[u8], chars: RangeInclusive<usize>, is_blank: impl Fn(usize) -> bool) -> Option<Joined> {
    let most = *chars.end();
    let first = head::line_of(text, most);
    let mut at = next_piece(text, first)?;
    let mut joined = Joined { line: Vec::with_capacity(most), pieces: vec![(0, 0)] };
    joined.line.extend_from_slice(first);
    for _ in 1..PIECES_MAX {
        let rest = text.get(at..)?;
        let behind = joined.line.len();
        let meant = (behind..most).take_while(|at| is_blank(*at)).count();
        let kept = rest.iter().take(meant).take_while(|character| **character == b' ').count();
        joined.line.resize(behind.saturating_add(meant.saturating_sub(kept)), b' ');
        let piece = head::line_of(rest, most.saturating_sub(joined.line.len()));
        joined.pieces.push((at, joined.line.len()));
        joined.line.extend_from_slice(piece);
        match next_piece(rest, piece) {
            Some(next) if joined.line.len() < most => at = at.saturating_add(next),
            _ => break,
        }
    }
    chars.contains(&joined.line.len()).then_some(joined)
}

/// Where the line behind `piece`, which `text` starts with, begins, if it can be a piece of the same.
fn next_piece(text: &[u8], piece: &[u8]) -> Option<usize> {
    let behind = text.get(piece.len()..)?;
    let line_end = match behind {
        [b'\r', b'\n', b'\r', ..] => 3,
        [b'\r', b'\n', ..] | [b'\n', b'\r', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => return None,
    };
    let next = behind.get(line_end..)?;
    let is_piece = !matches!(next, [] | [b'\r' | b'\n', ..]) && !starts_line(next);
    is_piece.then(|| piece.len().saturating_add(line_end))
}

/// Whether a line of memory starts here, so that it does not belong to the one before.
fn starts_line(text: &[u8]) -> bool {
    head::starts(head::near_line(text)) || line::anchor(text).is_some()
}

/// Characters of the address that a line of `d` starts with.
const DISPLAY_ADDRESS_CHARS: usize = 10;

/// Characters of a unit of `d -b`, `d -h` and `d`, with the blank before it.
const DISPLAY_CELLS: [usize; 3] = [3, 5, 9];

/// The line of the boot loader's `d` that `text` starts with the first piece of, if all of it is then there, and how many
/// characters of the text it takes.
pub(in super::super) fn display_line(text: &[u8]) -> Option<(Line, usize)> {
    DISPLAY_CELLS.into_iter().find_map(|cell_chars| {
        let half_chars = cell_chars.saturating_mul(LINE_BYTES.checked_div(cell_chars.saturating_sub(1))?);
        let dash_at = DISPLAY_ADDRESS_CHARS.saturating_add(half_chars);
        let column_at = dash_at.saturating_add(half_chars).saturating_add(4);
        let is_blank = |at: usize| {
            let behind_dash = at.checked_sub(dash_at.saturating_add(2));
            let in_half = behind_dash.or_else(|| at.checked_sub(DISPLAY_ADDRESS_CHARS));
            let is_cell = in_half.is_some_and(|at| at < half_chars && at.is_multiple_of(cell_chars));
            is_cell || at == dash_at || (column_at.saturating_sub(2)..column_at).contains(&at)
        };
        let whole_chars = column_at.saturating_add(LINE_BYTES);
        let joined = join(text, whole_chars..=whole_chars, is_blank)?;
        match line::careful(line::anchor(&joined.line)?, &joined.line) {
            Read::Line(line) if line.end == LINE_BYTES && line.column == Column::Agrees => {
                let chars = joined.text_chars(line.chars);
                Some((line, chars))
            }
            _ => None,
        }
    })
}
