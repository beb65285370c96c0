//! Lines of hex digits and nothing else: `xxd -p`, and what people leave of a capture when they take all but the digits
//! out. Nothing tells where a line belongs but the lines before it, so that a line of another length is left out, and
//! what lies behind other text is another piece.

use std::borrow::Cow;

use memchr::memchr2;

use super::super::Dialect;
use super::super::evidence::{Evidence, Harm};
use super::super::line::{digit, read_pair};
use crate::image::Span;

/// Fewer digits than this are no line, unless lines of digits stand before it.
const LINE_MIN_DIGITS: usize = 16;

/// So many lines tell how long all of them are.
const SAMPLED_LINES: usize = 8;

/// Fewer bytes than this are any number.
const MIN_BYTES: usize = 64;

/// Digits of the usual hashes: a few lines of just so many digits are hashes.
const HASH_DIGITS: [usize; 6] = [32, 40, 56, 64, 96, 128];
const HASHES_MAX: usize = 64;

/// A line that has more digits too many or too few may have been two, or the ends of two: nothing tells where the lines
/// behind it belong.
const LOST_MAX_DIGITS: usize = 8;

/// The pieces of digits of a text; the longest of them counts.
#[derive(Debug, Default)]
pub(super) struct Plain {
    piece: Piece,
    longest: Piece,
    /// Lines in all pieces that ended, and their bytes.
    lines: usize,
    bytes: usize,
    /// `*` between lines of digits: how many lines each stands for nothing tells.
    stars: usize,
}

/// Lines of digits that follow on each other.
#[derive(Debug, Default)]
struct Piece {
    bytes: Vec<u8>,
    lines: usize,
    /// Digits of a whole line; 0 as long as there is none.
    width: usize,
    /// The digits of the last line, if it is shorter than the others: the last one may be, or a line was broken.
    pending: Vec<u8>,
    /// Stretches of `bytes` that could not be read, and where their lines start in the text.
    lost: Vec<(Span, usize)>,
}

impl Plain {
    /// Reads the lines of digits that `text` starts with and gives what is left of it.
    pub fn read<'text>(&mut self, text: &'text [u8], text_offset: usize) -> &'text [u8] {
        let mut rest = text;
        loop {
            rest = self.piece.take_whole(rest);
            if rest.is_empty() {
                return rest;
            }
            let line_end = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            let (line, behind) = rest.split_at_checked(line_end).unwrap_or((rest, &[]));
            let offset = text_offset.saturating_add(text.len().saturating_sub(rest.len()));
            if self.piece.width == 0 {
                self.piece.width = width(rest);
            }
            if self.piece.width == 0 || !self.piece.take(line, offset) {
                return rest;
            }
            rest = match behind {
                [b'\r', b'\n', next @ ..] | [b'\n', next @ ..] | [b'\r', next @ ..] => next,
                _ => behind,
            };
        }
    }

    /// Other text stands between.
    pub fn interrupt(&mut self) {
        if self.piece.lines == 0 {
            self.piece.width = 0;
            return;
        }
        let mut piece = std::mem::take(&mut self.piece);
        piece.end();
        self.lines = self.lines.saturating_add(piece.lines);
        self.bytes = self.bytes.saturating_add(piece.bytes.len());
        if piece.bytes.len() > self.longest.bytes.len() {
            self.longest = piece;
        }
    }

    /// Takes a `*` behind a line of digits; `false` if it stands behind something else.
    pub fn star(&mut self) -> bool {
        let is_behind_digits = self.piece.lines > 0;
        if is_behind_digits {
            self.stars = self.stars.saturating_add(1);
            self.interrupt();
        }
        is_behind_digits
    }

    /// Lines of digits that were read.
    pub fn lines(&self) -> usize {
        self.lines.saturating_add(self.piece.lines)
    }

    /// Whether the pieces are nearly all of a text, and no list of numbers or of hashes.
    pub fn make_up(mut self, text: &[u8]) -> bool {
        self.interrupt();
        let piece = &self.longest;
        let is_long = piece.bytes.len() >= MIN_BYTES;
        let mut own = piece.bytes.iter();
        let is_decimal = piece.bytes.iter().all(|byte| byte >> 4 < 10 && byte & 0xF < 10) && own.any(|byte| *byte != 0);
        let rows = piece.bytes.len().checked_div(piece.width / 2).unwrap_or(0);
        let is_hashes = HASH_DIGITS.contains(&piece.width) && rows == piece.lines && rows < HASHES_MAX;
        let digits = self.bytes.saturating_mul(2);
        let others = text.iter().filter(|character| !character.is_ascii_whitespace()).count().saturating_sub(digits);
        is_long && !is_decimal && !is_hashes && others <= digits / 10
    }

    /// Puts the longest piece into the evidence, counted from 0; the lines of the others have no place.
    pub fn finish(mut self, evidence: &mut Evidence) {
        self.interrupt();
        let piece = self.longest;
        evidence.stars_without_place = self.stars;
        evidence.without_place = evidence.without_place.saturating_add(self.lines.saturating_sub(piece.lines));
        piece.push(evidence);
    }
}

impl Piece {
    /// Takes lines as long as one that nothing is wrong with follows the other, and gives what is left of the text.
    fn take_whole<'text>(&mut self, text: &'text [u8]) -> &'text [u8] {
        let mut rest = text;
        while self.width > 0 && self.pending.is_empty() {
            let Some((line, behind)) = rest.split_at_checked(self.width) else { break };
            let next = match behind {
                [b'\n', next @ ..] | [b'\r', b'\n', next @ ..] => next,
                _ => break,
            };
            if !decode(line, &mut self.bytes) {
                break;
            }
            self.lines = self.lines.saturating_add(1);
            rest = next;
        }
        rest
    }

    /// Takes a line; `false` if it is none of digits, or nothing tells which part of the piece it is.
    fn take(&mut self, line: &[u8], text_offset: usize) -> bool {
        if line.len() == self.width && self.pending.is_empty() && decode(line, &mut self.bytes) {
            self.lines = self.lines.saturating_add(1);
            return true;
        }
        let Some(digits) = digits(line) else { return self.take_damaged(line, text_offset) };
        if !self.pending.is_empty() && self.pending.len().saturating_add(digits.len()) == self.width {
            // a terminal broke the line in two
            self.pending.extend_from_slice(&digits);
            let whole = std::mem::take(&mut self.pending);
            return decode(&whole, &mut self.bytes);
        }
        if !self.close_pending(text_offset) {
            return false;
        }
        if digits.len() < self.width {
            self.pending = digits.into_owned();
        } else if !digits.len().is_multiple_of(self.width) || !decode(&digits, &mut self.bytes) {
            return self.take_damaged(line, text_offset);
        }
        self.lines = self.lines.saturating_add(1);
        true
    }

    /// Takes a line whose digits are changed, or a few too many or too few: they shift those behind them.
    fn take_damaged(&mut self, line: &[u8], text_offset: usize) -> bool {
        let chars = line.iter().filter(|character| **character != b' ').count();
        let digits = line.iter().filter(|character| digit(**character) < 16).count();
        // records are nearly the same, and have a place
        if matches!(line, [b':', ..] | [b'S', b'0'..=b'9', ..]) {
            return false;
        }
        let is_near = chars.abs_diff(self.width) <= LOST_MAX_DIGITS && chars.saturating_sub(digits) <= LOST_MAX_DIGITS;
        if self.lines == 0 || !is_near || !self.close_pending(text_offset) {
            return false;
        }
        self.push_lost(self.width / 2, text_offset);
        self.lines = self.lines.saturating_add(1);
        true
    }

    /// A short line that is not the last one lost some of its digits, and which of them nothing tells. `false` if it
    /// lost too many.
    fn close_pending(&mut self, text_offset: usize) -> bool {
        if self.pending.is_empty() {
            return true;
        }
        if self.width.saturating_sub(self.pending.len()) > LOST_MAX_DIGITS {
            return false;
        }
        self.pending.clear();
        self.push_lost(self.width / 2, text_offset);
        true
    }

    /// Bytes of a line that could not be read.
    fn push_lost(&mut self, bytes: usize, text_offset: usize) {
        let start = self.bytes.len();
        self.bytes.resize(start.saturating_add(bytes), 0xFF);
        self.lost.push((Span::new(start, self.bytes.len()), text_offset));
    }

    /// The short line at the end of it all.
    fn end(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        if !pending.is_empty() && !decode(&pending, &mut self.bytes) {
            self.push_lost(pending.len().div_ceil(2), 0);
        }
    }

    fn push(self, evidence: &mut Evidence) {
        let lost = self.lost.iter().map(|(span, _)| *span).collect::<crate::image::SpanSet>();
        let row_bytes = (self.width / 2).max(1);
        let read = lost.gaps_in(Span::new(0, self.bytes.len()));
        for span in read {
            let Ok(address) = u32::try_from(span.start()) else { break };
            let lines = span.len().div_ceil(row_bytes);
            evidence.push_block(Dialect::Plain, address, span.of(&self.bytes), lines);
        }
        for (span, text_offset) in self.lost {
            let Ok(address) = u32::try_from(span.start()) else { break };
            evidence.push_damage(address, span.len(), Span::new(0, span.len()), text_offset, Harm::Unreadable);
        }
    }
}

/// How many digits most of the lines have that `text` starts with; 0 if it starts with none of digits. Of lines that a
/// terminal broke in two it is the digits of both parts.
fn width(text: &[u8]) -> usize {
    let lines = text.split(|character| matches!(character, b'\n' | b'\r')).filter(|line| !line.is_empty());
    let mut widths = lines.take(SAMPLED_LINES).map_while(digits).map(|digits| digits.len());
    let Some(first) = widths.next().filter(|first| *first >= LINE_MIN_DIGITS) else { return 0 };
    let widths: Vec<usize> = std::iter::once(first).chain(widths).collect();
    let is_broken = widths.len() > 3 && widths.iter().zip(widths.iter().skip(2)).all(|(one, other)| one == other);
    if let Some(second) = widths.get(1).filter(|second| is_broken && **second < first) {
        return first.saturating_add(*second);
    }
    let mut whole: Vec<usize> = widths.into_iter().filter(|width| *width >= LINE_MIN_DIGITS).collect();
    whole.sort_unstable();
    let most = whole.chunk_by(|one, other| one == other).max_by_key(|same| same.len());
    most.and_then(|same| same.first()).copied().filter(|width| width.is_multiple_of(2)).unwrap_or(0)
}

/// The digits of a line of bytes that stand close together, or all apart with one blank or two, or a dash, between them;
/// `None` if it is no such line.
fn digits(line: &[u8]) -> Option<Cow<'_, [u8]>> {
    let line = line.trim_ascii();
    if line.is_empty() || line.iter().all(|character| digit(*character) < 16) {
        return (!line.is_empty()).then_some(Cow::Borrowed(line));
    }
    let mut digits = Vec::with_capacity(line.len());
    for cell in line.split(|character| *character == b' ').filter(|cell| !matches!(*cell, b"" | b"-")) {
        let &[ten, one] = cell else { return None };
        if digit(ten) > 15 || digit(one) > 15 {
            return None;
        }
        digits.extend([ten, one]);
    }
    (!digits.is_empty()).then_some(Cow::Owned(digits))
}

/// Puts the bytes of digits behind the others, if all of them are digits in pairs.
fn decode(digits: &[u8], bytes: &mut Vec<u8>) -> bool {
    let (pairs, odd) = digits.as_chunks::<2>();
    let start = bytes.len();
    bytes.resize(start.saturating_add(pairs.len()), 0);
    let mut wrong = 0_u16;
    let place = bytes.get_mut(start..).unwrap_or_default();
    for (byte, [ten, one]) in place.iter_mut().zip(pairs) {
        let pair = read_pair(*ten, *one);
        wrong |= pair;
        *byte = pair as u8;
    }
    let is_sound = wrong <= 0xFF && odd.is_empty();
    if !is_sound {
        bytes.truncate(start);
    }
    is_sound
}
