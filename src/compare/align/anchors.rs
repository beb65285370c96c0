//! Anchors: stretches that occur in both windows and only once in the old one, found with a hash table whose size is
//! bounded, and the best chain of them.

use rustc_hash::FxHashMap;

use super::scan::{common_prefix, common_suffix, weight};
use super::{Order, Track};

/// The table never holds more entries than this (8 bytes each, half of its places empty).
const ENTRIES_MAX: usize = 1 << 17;
/// A stretch is looked for in this many places before it is given up, whatever the bytes are.
const PROBES_MAX: usize = 16;
/// So many of the most telling anchors of a window are chained; the rest is found between them later.
const CHAINED_MAX: usize = 96;
/// What changing the lane costs a chain, in telling bytes.
const LANE_CHANGE_COST: usize = 8;
/// Reordered stretches are looked for in windows up to this size.
const REORDERED_WINDOW_MAX: usize = 1 << 18;
/// An anchor on the current lane is a run of at least this many agreeing bytes.
const LANE_RUN_BYTES: usize = 16;

/// An anchor: bytes that agree in both windows, offsets counted from the start of the images.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchor {
    pub track: Track,
    pub weight: usize,
}

/// The part of both images in which anchors are looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window<'a> {
    pub old: &'a [u8],
    pub new: &'a [u8],
    /// Where the window starts in the images.
    pub old_start: usize,
    pub new_start: usize,
    /// What may be looked at behind the window when an anchor is followed to its end.
    pub old_ahead: &'a [u8],
    pub new_ahead: &'a [u8],
    /// Anchors less telling than this are left out.
    pub weight_min: usize,
}

/// A hash table of stretches, kept from window to window so that memory is taken once.
#[derive(Debug, Default)]
pub(super) struct Index {
    table: Vec<u64>,
}

/// Marks a stretch that occurs more than once.
const REPEATED: u32 = u32::MAX;

impl Index {
    /// The anchors of a window, in no order, and the number of bytes looked at.
    pub fn anchors(&mut self, window: &Window<'_>) -> (Vec<Anchor>, usize) {
        let size = window.old.len().max(window.new.len());
        if size <= 1024 { self.anchors_of::<1>(window) } else { self.anchors_of::<2>(window) }
    }

    fn anchors_of<const WORDS: usize>(&mut self, window: &Window<'_>) -> (Vec<Anchor>, usize) {
        let size = window.old.len().max(window.new.len());
        let thinning = thinning(size);
        self.fill::<WORDS>(window.old, thinning);
        let mut anchors = Anchors { window, found: Vec::new(), ends: FxHashMap::default(), steps: 0 };
        let steps_max = 8 * size + 4096;
        let reordered = (256..=REORDERED_WINDOW_MAX).contains(&size);
        let mut skip_to = 0;
        for (at, words) in words_of::<WORDS>(window.new) {
            if at < skip_to {
                continue;
            }
            if let Some(from) = self.lookup(hash(words), thinning) {
                skip_to = anchors.add::<WORDS>(from, at, Order::Kept);
            } else if reordered {
                for order in [Order::Words, Order::HalfWords] {
                    if (window.new_start + at).is_multiple_of(Order::Words.unit_bytes())
                        && let Some(from) = self.lookup(hash(words.map(|word| order.apply(word))), thinning)
                    {
                        anchors.add::<WORDS>(from, at, order);
                    }
                }
            }
            if anchors.steps > steps_max {
                break;
            }
        }
        let steps = anchors.steps + window.old.len() + window.new.len();
        (anchors.found, steps)
    }

    fn fill<const WORDS: usize>(&mut self, old: &[u8], thinning: u64) {
        let entries = old.len().min(ENTRIES_MAX);
        let places = (2 * entries).next_power_of_two().max(64);
        self.table.clear();
        self.table.resize(places, 0);
        let mut free = entries;
        for (at, words) in words_of::<WORDS>(old) {
            let hash = hash(words);
            // A run of one byte value says nothing about where it belongs.
            if hash & thinning != 0 || words.iter().all(|word| word.rotate_left(8) == *word) {
                continue;
            }
            let Ok(position) = u32::try_from(at) else { break };
            let tag = (hash >> 32) as u32;
            let Some(place) = self.place_of(tag) else { continue };
            match *place {
                0 if free > 0 => {
                    free -= 1;
                    *place = entry(tag, position);
                }
                0 => {}
                _ => *place = entry(tag, REPEATED - 1),
            }
        }
    }

    fn lookup(&mut self, hash: u64, thinning: u64) -> Option<usize> {
        if hash & thinning != 0 {
            return None;
        }
        let found = *self.place_of((hash >> 32) as u32)?;
        let position = (found as u32).checked_sub(1)?;
        (position != REPEATED - 1).then_some(position as usize)
    }

    /// The place that holds `tag`, or the free one where it belongs.
    fn place_of(&mut self, tag: u32) -> Option<&mut u64> {
        let mask = self.table.len().checked_sub(1)?;
        let first = tag.wrapping_mul(0x9E37_79B1) as usize;
        let free_or_same = (0..PROBES_MAX)
            .map(|probe| (first + probe) & mask)
            .find(|&place| self.table.get(place).is_some_and(|&found| found == 0 || (found >> 32) as u32 == tag))?;
        self.table.get_mut(free_or_same)
    }
}

const fn entry(tag: u32, position: u32) -> u64 {
    ((tag as u64) << 32) | (position as u64 + 1)
}

/// Of the stretches of a window only those whose hash has none of these bits are looked at. In small windows that is
/// all of them; in large ones the more are left out, the longer a stretch must be to be found for sure.
fn thinning(window_bytes: usize) -> u64 {
    let one_in = match window_bytes {
        0..=0x1000 => 1,
        0x1001..=0x1_0000 => 4,
        _ => window_bytes.div_ceil(ENTRIES_MAX).next_power_of_two().max(8),
    };
    one_in as u64 - 1
}

/// Every stretch of `8 * WORDS` bytes with its offset.
fn words_of<const WORDS: usize>(bytes: &[u8]) -> impl Iterator<Item = (usize, [u64; WORDS])> + '_ {
    // Each word slides along on its own, taking up one byte a step.
    let mut words = [0_u64; WORDS];
    let later: [&[u8]; WORDS] = std::array::from_fn(|word| bytes.get(8 * word + 7..).unwrap_or_default());
    for (word, start) in words.iter_mut().zip((0..).step_by(8)) {
        for byte in bytes.iter().skip(start).take(7) {
            *word = (*word >> 8) | (u64::from(*byte) << 56);
        }
    }
    let last = later.last().map_or(0, |later| later.len());
    (0..last).map(move |at| {
        for (word, later) in words.iter_mut().zip(&later) {
            *word = (*word >> 8) | (u64::from(later.get(at).copied().unwrap_or_default()) << 56);
        }
        (at, words)
    })
}

fn hash<const WORDS: usize>(words: [u64; WORDS]) -> u64 {
    let mixed =
        words.iter().fold(0_u64, |mixed, word| (mixed.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    mixed ^ (mixed >> 29)
}

/// Anchors as they are found.
struct Anchors<'w, 'a> {
    window: &'w Window<'a>,
    found: Vec<Anchor>,
    /// Where the last anchor of each lane ended in the new window, so that it is not found again.
    ends: FxHashMap<(i64, Order), usize>,
    steps: usize,
}

impl Anchors<'_, '_> {
    /// Follows a hit to both ends. Returns where to go on in the new window.
    fn add<const WORDS: usize>(&mut self, from: usize, at: usize, order: Order) -> usize {
        let lane = (from as i64 - at as i64, order);
        if self.ends.get(&lane).is_some_and(|&end| at < end) {
            return 0;
        }
        let window = self.window;
        let (old_ahead, new_ahead) = (window.old_ahead, window.new_ahead);
        let reach = 2 * window.old.len().max(window.new.len()) + 1024;
        let old_rest = old_ahead.get(from..old_ahead.len().min(from + reach)).unwrap_or_default();
        let new_rest = new_ahead.get(at..new_ahead.len().min(at + reach)).unwrap_or_default();
        let (back, ahead) = match order {
            Order::Kept => (
                common_suffix(window.old.get(..from).unwrap_or_default(), window.new.get(..at).unwrap_or_default()),
                common_prefix(old_rest, new_rest),
            ),
            Order::Words | Order::HalfWords => {
                let fitting = old_rest.chunks_exact(order.unit_bytes()).zip(new_rest.chunks_exact(order.unit_bytes()));
                (0, order.unit_bytes() * fitting.take_while(|(old, new)| super::scan::unit_fits(old, new)).count())
            }
        };
        self.steps += back + ahead;
        if ahead < 8 * WORDS {
            return 0; // another stretch with the same hash
        }
        self.ends.insert(lane, at + ahead);
        let track =
            Track { old: window.old_start + from - back, new: window.new_start + at - back, len: back + ahead, order };
        let weight = weight(new_ahead.get(at - back..at + ahead).unwrap_or_default());
        if weight >= window.weight_min {
            self.found.push(Anchor { track, weight });
        }
        // A long anchor is not searched for others that begin inside it.
        if ahead >= 256 { at + ahead - 8 * WORDS } else { 0 }
    }
}

/// Where the lane on which the window starts goes on, if it does so for longer than it was interrupted: then no other
/// lane can be better.
pub(super) fn lane_resumed(window: &Window<'_>, reach: usize) -> Option<Track> {
    let old = window.old_ahead.get(..reach.min(window.old_ahead.len()))?;
    let new = window.new_ahead.get(..reach.min(window.new_ahead.len()))?;
    let ahead = Window { old, new, ..*window };
    lane_runs(&ahead).into_iter().find_map(|run| {
        let interrupted = run.track.new - window.new_start;
        (run.weight >= interrupted + 64).then_some(run.track)
    })
}

/// The runs of agreeing bytes on the lane on which the window starts.
pub(super) fn lane_runs(window: &Window<'_>) -> Vec<Anchor> {
    let len = window.old.len().min(window.new.len());
    let mut runs = Vec::new();
    let mut behind = 0;
    // A run that is long enough holds one of these bytes.
    let probed = window.old.iter().zip(window.new).enumerate().skip(LANE_RUN_BYTES - 1).step_by(LANE_RUN_BYTES);
    for (at, _) in probed.filter(|(_, (old, new))| old == new) {
        if at < behind {
            continue;
        }
        let back = common_suffix(
            window.old.get(behind..at).unwrap_or_default(),
            window.new.get(behind..at).unwrap_or_default(),
        );
        // It may go on behind the window.
        let old = window.old_ahead.get(at..window.old_ahead.len().min(2 * len + 1024)).unwrap_or_default();
        let ahead = common_prefix(old, window.new_ahead.get(at..).unwrap_or_default());
        let (start, end) = (at - back, at + ahead);
        behind = end;
        if end - start < LANE_RUN_BYTES {
            continue;
        }
        let weight = weight(window.new_ahead.get(start..end).unwrap_or_default());
        if 2 * weight >= window.weight_min.min(16) {
            let (old, new) = (window.old_start + start, window.new_start + start);
            runs.push(Anchor { track: Track { old, new, len: end - start, order: Order::Kept }, weight });
        }
    }
    runs
}

/// The most telling chain of anchors that follow each other in both images, starting from the lane `lane`; anchors
/// are cut where they overlap the one before.
pub(super) fn best_chain(mut anchors: Vec<Anchor>, lane: i64) -> Vec<Track> {
    if anchors.len() > CHAINED_MAX {
        anchors.sort_unstable_by_key(|anchor| std::cmp::Reverse(anchor.weight));
        anchors.truncate(CHAINED_MAX);
    }
    anchors.sort_unstable_by_key(|anchor| (anchor.track.new, anchor.track.old, anchor.track.len));
    anchors.dedup_by_key(|anchor| (anchor.track.new, anchor.track.old, anchor.track.order));
    let change_cost = |from: i64, to: i64| match from.abs_diff(to) {
        0 => 0,
        far => LANE_CHANGE_COST as i64 + i64::from(far.ilog2()),
    };
    // For each anchor: the best score of a chain that ends with it, and the anchor before it.
    let mut ends: Vec<(i64, Option<usize>)> = Vec::with_capacity(anchors.len());
    for (at, anchor) in anchors.iter().enumerate() {
        let weight = anchor.weight as i64;
        let mut best = (weight - change_cost(lane, anchor.track.lane()), None);
        for (before, (previous, &(score, _))) in anchors.iter().zip(&ends).enumerate().take(at) {
            let Some(overlap) = overlap(&previous.track, &anchor.track) else { continue };
            let kept = anchor.track.len - overlap;
            let score = score + weight * kept as i64 / anchor.track.len as i64
                - change_cost(previous.track.lane(), anchor.track.lane());
            if score > best.0 {
                best = (score, Some(before));
            }
        }
        ends.push(best);
    }
    let last = ends.iter().enumerate().max_by_key(|(at, (score, _))| (*score, std::cmp::Reverse(*at)));
    let mut next = last.filter(|(_, (score, _))| *score > 0).map(|(at, _)| at);
    let mut chain: Vec<Track> = Vec::new();
    while let Some((anchor, end)) = next.and_then(|at| Some((anchors.get(at)?, ends.get(at)?))) {
        chain.push(anchor.track);
        next = end.1;
    }
    chain.reverse();
    let mut previous: Option<Track> = None;
    for track in &mut chain {
        if let Some(overlap) = previous.and_then(|previous| overlap(&previous, track)) {
            track.cut_front(overlap);
        }
        previous = Some(*track);
    }
    chain
}

/// How many bytes of `next` must be cut so that it follows `previous` in both images; `None` if it does not follow.
fn overlap(previous: &Track, next: &Track) -> Option<usize> {
    if previous.old >= next.old || previous.new >= next.new {
        return None;
    }
    let overlap = previous.old_end().saturating_sub(next.old).max(previous.new_end().saturating_sub(next.new));
    let overlap = overlap.next_multiple_of(next.order.unit_bytes());
    (overlap < next.len).then_some(overlap)
}
