//! Tracks to stretches: what agrees, and the gaps between, covering both images exactly once.

use super::align::{Order, Track};
use super::known::KnownSame;
use crate::image::Span;

/// What is known of a gap's bytes before any rule looks at them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// They are compared as they stand.
    Plain,
    /// The new bytes are the old ones in another order.
    Reordered(Order),
    /// They lie in a reordered stretch and differ even so.
    WrongIn(Order),
}

/// A stretch of both images: the same bytes, or a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub old: Span,
    pub new: Span,
    /// `None` where the bytes are the same.
    pub gap: Option<Fit>,
}

/// Agreeing runs shorter than this between longer differing ones are chance.
const RUN_MIN_BYTES: usize = 8;
/// So many stretches are kept apart; an image that has more of them is described more coarsely.
const STRETCHES_MAX: usize = 1 << 19;
/// Agreeing bytes inside a reordered stretch that are worth a stretch of their own.
const REORDERED_RUN_MIN_BYTES: usize = 16;

/// The stretches of both images, in order.
pub(super) fn stretches(old: &[u8], new: &[u8], tracks: &[Track], known: &KnownSame) -> Vec<Stretch> {
    let mut writer = Writer { found: Vec::new(), run_min: RUN_MIN_BYTES, limit: STRETCHES_MAX, old_at: 0, new_at: 0 };
    for track in tracks {
        writer.gap_up_to(track.old, track.new, Fit::Plain);
        let old = Span::at(track.old, track.len).of(old);
        let new = Span::at(track.new, track.len).of(new);
        match track.order {
            Order::Kept => writer.plain(old, new, known),
            Order::Words | Order::HalfWords => writer.reordered(track.order, old, new),
        }
    }
    writer.gap_up_to(old.len(), new.len(), Fit::Plain);
    writer.found
}

struct Writer {
    found: Vec<Stretch>,
    run_min: usize,
    /// So many stretches lead to a coarser description.
    limit: usize,
    old_at: usize,
    new_at: usize,
}

impl Writer {
    /// Both stretches lie on one lane.
    fn plain(&mut self, old: &[u8], new: &[u8], known: &KnownSame) {
        let (mut old, mut new) = (old, new);
        while !old.is_empty() {
            let same = known.common_prefix(old, new, self.old_at, self.new_at);
            self.push(same, same, None);
            (old, new) = (old.get(same..).unwrap_or_default(), new.get(same..).unwrap_or_default());
            let differing = old.iter().zip(new).take_while(|(old, new)| old != new).count();
            self.push(differing, differing, Some(Fit::Plain));
            (old, new) = (old.get(differing..).unwrap_or_default(), new.get(differing..).unwrap_or_default());
        }
    }

    fn reordered(&mut self, order: Order, old: &[u8], new: &[u8]) {
        let unit = order.unit_bytes();
        let mut same = 0;
        for (old, new) in old.chunks(unit).zip(new.chunks(unit)) {
            if old == new {
                same += old.len();
                continue;
            }
            self.same_in(order, same);
            same = 0;
            let fits = old.iter().rev().eq(new);
            let fit = if fits { Fit::Reordered(order) } else { Fit::WrongIn(order) };
            self.push(old.len(), new.len(), Some(fit));
        }
        self.same_in(order, same);
    }

    /// Units that are the same in either order.
    fn same_in(&mut self, order: Order, len: usize) {
        let gap = if len >= REORDERED_RUN_MIN_BYTES { None } else { Some(Fit::Reordered(order)) };
        self.push(len, len, gap);
    }

    fn gap_up_to(&mut self, old_end: usize, new_end: usize, fit: Fit) {
        self.push(old_end - self.old_at, new_end - self.new_at, Some(fit));
    }

    fn push(&mut self, old_len: usize, new_len: usize, gap: Option<Fit>) {
        if old_len == 0 && new_len == 0 {
            return;
        }
        let stretch = Stretch { old: Span::at(self.old_at, old_len), new: Span::at(self.new_at, new_len), gap };
        (self.old_at, self.new_at) = (stretch.old.end(), stretch.new.end());
        if self.found.len() >= self.limit {
            self.coarsen();
        }
        self.add(stretch);
    }

    /// Adds a stretch; a gap swallows a short agreeing run before it if it was chance.
    fn add(&mut self, mut stretch: Stretch) {
        if let (Some(Fit::Plain), [.., before, run]) = (stretch.gap, self.found.as_slice())
            && let (Some(Fit::Plain), None) = (before.gap, run.gap)
        {
            let single = |gap: &Stretch| is_paired(gap) && gap.old.len() <= 2 && self.run_min == RUN_MIN_BYTES;
            let one_sided = |gap: &Stretch| gap.old.is_empty() || gap.new.is_empty();
            let kept = one_sided(before) || one_sided(&stretch) || (single(before) && single(&stretch));
            if run.old.len() < self.run_min && !kept {
                stretch.old = Span::new(before.old.start(), stretch.old.end());
                stretch.new = Span::new(before.new.start(), stretch.new.end());
                self.found.truncate(self.found.len() - 2);
            }
        }
        match self.found.last_mut() {
            Some(last) if last.gap == stretch.gap && (is_paired(last) == is_paired(&stretch) || last.gap.is_none()) => {
                last.old = Span::new(last.old.start(), stretch.old.end());
                last.new = Span::new(last.new.start(), stretch.new.end());
            }
            _ => self.found.push(stretch),
        }
    }

    fn coarsen(&mut self) {
        self.run_min *= 4;
        for stretch in std::mem::take(&mut self.found) {
            self.add(stretch);
        }
        // What cannot be merged must not be tried again with every stretch.
        self.limit = STRETCHES_MAX.max(2 * self.found.len());
    }
}

/// Whether both sides hold the same number of bytes.
pub(super) fn is_paired(stretch: &Stretch) -> bool {
    stretch.old.len() == stretch.new.len()
}
