//! Bytes against bytes, in lines of 16.

use serde::{Serialize, Serializer};

use super::{Detail, Private, Sides};
use crate::compare::align::{Order, Track, align};
use crate::image::{Span, SpanSet};

/// A line of 16 bytes in both files; where only one has bytes, the other's are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HexLine {
    /// Offset of its first byte in the old file.
    pub offset: usize,
    /// Offset of its first byte in the new file.
    pub new_offset: usize,
    /// The old bytes; written as hex digits.
    #[serde(serialize_with = "as_hex")]
    pub old: Vec<u8>,
    /// The new bytes; written as hex digits.
    #[serde(serialize_with = "as_hex")]
    pub new: Vec<u8>,
}

fn as_hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&::hex::encode(bytes))
}

/// At most this many lines are shown of a file.
const MAX_LINES: usize = 8;

/// Bytes in a line.
const LINE_BYTES: usize = 16;

/// Files longer than this are compared byte by byte at the same offset only.
const MAX_ALIGNED_BYTES: usize = 4 << 20;

/// Stretches of both sides that belong together, in order.
fn tracks(old: &[u8], new: &[u8]) -> Vec<Track> {
    if old.len().max(new.len()) <= MAX_ALIGNED_BYTES {
        return align(old, new, &[]).tracks;
    }
    vec![Track { old: 0, new: 0, len: old.len().min(new.len()), order: Order::Kept }]
}

/// How many bytes differ: those of the longer side that have no equal counterpart, whatever was inserted or lost.
pub fn differing_bytes(old: &[u8], new: &[u8]) -> usize {
    if old == new {
        return 0;
    }
    let equal = |track: &Track| match track.order {
        Order::Kept => {
            let (old, new) = (Span::at(track.old, track.len).of(old), Span::at(track.new, track.len).of(new));
            old.iter().zip(new).filter(|(old, new)| old == new).count()
        }
        Order::Words | Order::HalfWords => 0,
    };
    let equal: usize = tracks(old, new).iter().map(equal).sum();
    old.len().max(new.len()).saturating_sub(equal).max(1)
}

/// The first lines that differ.
pub fn lines(sides: &Sides<'_>, private: &Private) -> Detail {
    let mut told = Lines { sides, private, lines: Vec::new(), more: 0, hidden: 0 };
    let (mut old_at, mut new_at) = (0, 0);
    for track in tracks(sides.old, sides.new) {
        told.gap(Span::new(old_at, track.old), Span::new(new_at, track.new));
        told.track(&track);
        (old_at, new_at) = (track.old_end(), track.new_end());
    }
    told.gap(Span::new(old_at, sides.old.len()), Span::new(new_at, sides.new.len()));
    Detail::Hex { lines: told.lines, more: told.more, hidden: told.hidden }
}

struct Lines<'a> {
    sides: &'a Sides<'a>,
    private: &'a Private,
    lines: Vec<HexLine>,
    more: usize,
    hidden: usize,
}

impl Lines<'_> {
    fn push(&mut self, old: Span, new: Span) {
        let (before, after) = (old.of(self.sides.old), new.of(self.sides.new));
        if before == after {
            return;
        }
        let is_in = |private: &SpanSet, span| private.overlapping(span).next().is_some();
        if is_in(&self.private.old, old) || is_in(&self.private.new, new) {
            self.hidden += 1;
            return;
        }
        if self.lines.len() >= MAX_LINES {
            self.more += 1;
            return;
        }
        let (old_bytes, new_bytes) = (before.to_vec(), after.to_vec());
        self.lines.push(HexLine { offset: old.start(), new_offset: new.start(), old: old_bytes, new: new_bytes });
    }

    /// Bytes without counterparts.
    fn gap(&mut self, old: Span, new: Span) {
        let chunk = |span: Span, from: usize| {
            Span::at(span.start() + from, LINE_BYTES).overlap(span).unwrap_or(Span::at(span.end(), 0))
        };
        for from in (0..old.len().max(new.len())).step_by(LINE_BYTES) {
            self.push(chunk(old, from), chunk(new, from));
        }
    }

    /// Bytes that belong together one by one, in lines as a hex dump of the old file has them.
    fn track(&mut self, track: &Track) {
        let (old, new) = (Span::at(track.old, track.len), Span::at(track.new, track.len));
        if old.of(self.sides.old) == new.of(self.sides.new) {
            return;
        }
        let mut at = old.start();
        while at < old.end() {
            let end = (at + 1).next_multiple_of(LINE_BYTES).min(old.end());
            let from = new.start() + (at - old.start());
            self.push(Span::new(at, end), Span::at(from, end - at));
            at = end;
        }
    }
}
