//! Where one lane ends and the next begins, and which tracks are mere coincidence.

use std::collections::BTreeMap;

use super::scan::{extend, worth};
use super::{Aligner, Hint, Order, Track};
use crate::image::Span;

/// A walk back over a lane is given up when it has lost this much against the best place.
const DROP: i64 = 48;
/// What an end that is no anchor must gain to take bytes away from the track before it.
const END_GAIN_MIN: i64 = 8;
/// The roundest offset that is preferred over others: that of a page.
const ROUNDEST_BITS: u32 = 8;
/// Tracks shorter than this may be coincidence.
const COINCIDENCE_MAX_BYTES: usize = 48;

impl Aligner<'_> {
    /// Appends a track, joined with the one before it: on the same lane they become one, otherwise the change of
    /// lanes is moved to where it leaves the fewest bytes wrong.
    pub(super) fn append(&mut self, track: Track) {
        self.append_gaining(track, 1);
    }

    /// Takes the end of both images for a place where they agree, if the bytes before it do.
    pub(super) fn append_end(&mut self, old_end: usize, new_end: usize) {
        let end = Track { old: old_end, new: new_end, len: 0, order: Order::Kept };
        self.append_gaining(end, END_GAIN_MIN);
    }

    fn append_gaining(&mut self, mut next: Track, gain_min: i64) {
        self.walk_back += 8 * next.len;
        loop {
            let Some(last) = self.tracks.last().copied() else {
                next = self.extended_back(next, Track { old: 0, new: 0, len: 0, order: Order::Kept }, gain_min);
                break;
            };
            if last.lane() == next.lane() && last.order == next.order {
                if let Some(last) = self.tracks.last_mut() {
                    last.len = next.old_end() - last.old;
                }
                return;
            }
            if next.order != Order::Kept {
                // It may begin a few bytes earlier, with the unit that the first differing byte belongs to.
                let overlap = last.old_end().saturating_sub(next.old).max(last.new_end().saturating_sub(next.new));
                if overlap > 0 && overlap >= last.len {
                    self.tracks.pop();
                    continue;
                }
                if let Some(last) = self.tracks.last_mut() {
                    last.len -= overlap;
                }
                break;
            }
            if last.order != Order::Kept {
                break;
            }
            let (last, moved) = self.settle(last, next, gain_min);
            next = moved;
            if last.len > 0 {
                if let Some(place) = self.tracks.last_mut() {
                    *place = last;
                }
                break;
            }
            self.tracks.pop();
        }
        if next.len > 0 {
            self.tracks.push(next);
        }
    }

    /// `next` with the agreeing bytes before it, down to the end of `last`.
    fn extended_back(&mut self, next: Track, last: Track, gain_min: i64) -> Track {
        let room = (next.old - last.old_end()).min(next.new - last.new_end());
        let old = self.old.get(next.old - room..next.old).unwrap_or_default();
        let new = self.new.get(next.new - room..next.new).unwrap_or_default();
        let extension = extend(old.iter().rev().zip(new.iter().rev()));
        self.steps += extension.steps;
        if next.len == 0 && (extension.len as i64) < gain_min {
            return next;
        }
        let len = extension.len;
        Track { old: next.old - len, new: next.new - len, len: next.len + len, ..next }
    }

    /// Both tracks with the change of lanes at its best place. The first comes back empty if the second is the better
    /// one for all of it.
    fn settle(&mut self, mut last: Track, next: Track, gain_min: i64) -> (Track, Track) {
        let room = (next.old - last.old_end()).min(next.new - last.new_end());
        let ahead = {
            let old = self.old.get(last.old_end()..last.old_end() + room).unwrap_or_default();
            let new = self.new.get(last.new_end()..last.new_end() + room).unwrap_or_default();
            extend(old.iter().zip(new))
        };
        self.steps += ahead.steps;
        let moved = self.extended_back(next, last, gain_min);
        let back = next.old - moved.old;
        if ahead.len + back < room || (room > 0 && back == 0 && next.len == 0) {
            last.len += ahead.len;
            return (last, moved);
        }
        // The lanes meet: from the start of `last` to the start of `next` each byte can lie on either of them.
        last.len += room;
        let back = self.best_back(&last, &next, gain_min);
        last.len -= back;
        (last, Track { old: next.old - back, new: next.new - back, len: next.len + back, ..next })
    }

    /// How many of the last bytes of `last` lie better on the lane of `next`.
    fn best_back(&mut self, last: &Track, next: &Track, gain_min: i64) -> usize {
        const STRIDE: usize = 64;
        let far = last.len.min(self.walk_back);
        // Lines, pages and blocks are counted in the old image, which is not shifted by what went wrong before.
        let foreign = last.old_end();
        // A page begins at a multiple of a page, a line at one of a line; rounder than that says no more.
        let bits = last.lane().abs_diff(next.lane()).trailing_zeros().min(ROUNDEST_BITS);
        let roundness = |back: usize| (foreign - back).trailing_zeros().min(bits);
        let mut best = Best { score: gain_min - 1, back: 0 };
        let (mut score, mut back) = (0_i64, 0);
        'walk: while back < far {
            let stride = STRIDE.min(far - back);
            let (last_old, last_new, next_old, next_new) = (
                before(self.old, last.old_end() - back, stride),
                before(self.new, last.new_end() - back, stride),
                before(self.old, next.old - back, stride),
                before(self.new, next.new - back, stride),
            );
            let tie_counts = gain_min == 1 || best.back > 0;
            if last_old == last_new && next_old == next_new {
                if score == best.score && tie_counts {
                    let roundest = foreign - roundest_in(foreign - back - stride, foreign - back - 1, bits);
                    if roundness(roundest) > roundness(best.back) {
                        best.back = roundest;
                    }
                }
                back += stride;
                continue;
            }
            let on_last = last_old.iter().zip(last_new).rev().map(|(old, new)| worth(old == new));
            let on_next = next_old.iter().zip(next_new).rev().map(|(old, new)| worth(old == new));
            for (on_last, on_next) in on_last.zip(on_next) {
                score += on_next - on_last;
                back += 1;
                let rounder = tie_counts && score == best.score && roundness(back) > roundness(best.back);
                if score > best.score || rounder {
                    best = Best { score, back };
                }
                if score < best.score.max(0) - DROP {
                    break 'walk;
                }
            }
        }
        self.steps += back / 8;
        self.walk_back -= back.min(self.walk_back);
        best.back
    }
}

/// The best place so far for a change of lanes, counted backwards.
struct Best {
    score: i64,
    back: usize,
}

/// The last of the roundest offsets from `low` to `high`, up to multiples of two to the power of `bits`.
fn roundest_in(low: usize, high: usize, bits: u32) -> usize {
    let rounded = (0..=bits).rev().map(|bits| high >> bits << bits);
    rounded.into_iter().find(|&rounded| rounded >= low).unwrap_or(high)
}

fn before(bytes: &[u8], end: usize, len: usize) -> &[u8] {
    bytes.get(end - len..end).unwrap_or_default()
}

/// The heaviest set of hints that hold the same bytes and rise in both images.
pub(super) fn rising(hints: &[Hint], old: &[u8], new: &[u8]) -> Vec<Hint> {
    let mut hints: Vec<Hint> = hints
        .iter()
        .filter(|hint| hint.old.len() == hint.new.len() && !hint.old.is_empty())
        .filter(|hint| hint.old.end() <= old.len() && hint.new.end() <= new.len())
        .filter(|hint| hint.old.of(old) == hint.new.of(new))
        .copied()
        .collect();
    hints.sort_unstable_by_key(|hint| (hint.old.start(), hint.old.end(), hint.new.start()));
    let mut end = 0;
    hints.retain(|hint| {
        let apart = hint.old.start() >= end;
        if apart {
            end = hint.old.end();
        }
        apart
    });
    // Per end in the new image the heaviest chain that ends there; only chains that beat all that end earlier stay.
    let mut chains: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(hints.len());
    for (at, hint) in hints.iter().enumerate() {
        let previous = chains.range(..=hint.new.start()).next_back().map(|(_, &chain)| chain);
        let weight = previous.map_or(0, |(weight, _)| weight) + hint.new.len().min(hint.old.len());
        before.push(previous.map(|(_, last)| last));
        let end = hint.new.end();
        if chains.range(..=end).next_back().is_some_and(|(_, &(best, _))| best >= weight) {
            continue;
        }
        while let Some((&later, &(lighter, _))) = chains.range(end..).next() {
            if lighter > weight {
                break;
            }
            chains.remove(&later);
        }
        chains.insert(end, (weight, at));
    }
    let mut next = chains.last_key_value().map(|(_, &(_, last))| last);
    let mut rising = Vec::new();
    while let Some((at, hint)) = next.and_then(|at| Some((at, hints.get(at)?))) {
        rising.push(*hint);
        next = before.get(at).copied().flatten();
    }
    rising.reverse();
    rising
}

/// The tracks without detours that lead back to the lane where they left it and agree in less than half of what they
/// pass: where other bytes were put in place of a stretch, some of them agree with it by chance.
///
/// The images' starts belong together, and so do their ends, as far as this goes.
fn without_detours(mut tracks: Vec<Track>, old_len: usize, new_len: usize) -> Vec<Track> {
    /// A detour of more tracks is none.
    const DETOUR_TRACKS_MAX: usize = 64;
    let edge = |old, new| Track { old, new, len: 0, order: Order::Kept };
    tracks.insert(0, edge(0, 0));
    tracks.push(edge(old_len, new_len));
    let mut kept = Vec::with_capacity(tracks.len());
    let mut rest = tracks.as_slice();
    while let Some((first, behind)) = rest.split_first() {
        kept.push(*first);
        rest = behind;
        let mut agreeing = 0;
        for (number, track) in behind.iter().take(DETOUR_TRACKS_MAX).enumerate() {
            if track.lane() == first.lane() && track.order == first.order {
                if 2 * agreeing < track.old - first.old_end() {
                    rest = behind.get(number..).unwrap_or_default();
                }
                break;
            }
            agreeing += track.len;
        }
    }
    kept.retain(|track| track.len > 0);
    kept
}

/// The tracks without those that are short against the space around them: in stretches that have nothing in common
/// a few bytes agree by chance.
pub(super) fn without_coincidences(tracks: Vec<Track>, old: &[u8], new: &[u8]) -> Vec<Track> {
    let is_impure = |track: &Track| {
        let pairs = Span::at(track.old, track.len).of(old).iter().zip(Span::at(track.new, track.len).of(new));
        8 * pairs.filter(|(old, new)| old != new).count() > track.len
    };
    let mut kept: Vec<Track> = Vec::with_capacity(tracks.len());
    let mut coming = without_detours(tracks, old.len(), new.len()).into_iter().peekable();
    while let Some(mut track) = coming.next() {
        let distance =
            |from: &Track, to: &Track| to.old.saturating_sub(from.old_end()).max(to.new.saturating_sub(from.new_end()));
        let before = kept.last().map(|previous| distance(previous, &track));
        let after = coming.peek().map(|next| distance(&track, next));
        if let (Some(before), Some(after)) = (before, after)
            && track.order == Order::Kept
        {
            let is_short = track.len <= COINCIDENCE_MAX_BYTES;
            let between_one_lane =
                kept.last().zip(coming.peek()).is_some_and(|(previous, next)| previous.lane() == next.lane());
            // A detour from a lane and back to it must be worth what it leaves out.
            let needless = between_one_lane && track.len <= before + after && (is_short || is_impure(&track));
            if needless || (is_short && 4 * track.len < before.min(after)) {
                continue;
            }
        }
        if let Some(previous) = kept.last_mut() {
            if previous.lane() == track.lane() && previous.order == track.order {
                previous.len = track.old_end() - previous.old;
                continue;
            }
            // Tracks never overlap; should two touch, the first keeps its bytes.
            let overlap =
                previous.old_end().saturating_sub(track.old).max(previous.new_end().saturating_sub(track.new));
            let overlap = overlap.next_multiple_of(track.order.unit_bytes());
            if overlap >= track.len {
                continue;
            }
            track.cut_front(overlap);
        }
        kept.push(track);
    }
    kept
}
