//! Which bytes of two images belong together, although lines, pages and blocks were inserted, lost or repeated.
//!
//! ```text
//! old  AAAAAAAA  BBBBBBBB CCCCCCCC          a track: a stretch of both images that lies on one lane
//!      ||||||||  ||x||||| \\\\\\\\\         (lane = offset in old - offset in new), a few bytes wrong at most
//! new  AAAAAAAA  BBxBBBBB ++ CCCCCCCC
//! ```
//!
//! The walk follows the current lane at the speed of a memory comparison and over single wrong bytes. Where the lane
//! breaks off it looks into windows of both images that grow fourfold, from 64 bytes up to all that is left, for
//! anchors (see [`anchors`]) on any lane, chains the most telling ones, and goes on behind them; the space before an
//! anchor is searched again, more finely. Where two lanes meet, the place of the change is moved to where the fewest
//! bytes are wrong, and among equals to the roundest offset.
//!
//! Every window that is searched in vain is four times the one before, so time is linear in the bytes walked over;
//! the hash table is bounded. Should an image be made to defeat this, a budget ends the search for other lanes.

mod anchors;
mod join;
mod scan;

use super::known::KnownSame;
use crate::image::{PAGE_BYTES, Span};
use anchors::{Index, Window};
use scan::OrderFit;
pub(super) use scan::{common_prefix, is_filler, weight};

/// How the bytes of a track in the new image are ordered, compared with the old one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// Byte for byte.
    #[default]
    Kept,
    /// The bytes of every four are backwards, as `d` without `-b` prints them (captures-and-questions.md section 2.1).
    Words,
    /// The bytes of every two are backwards, as `d -h` prints them.
    HalfWords,
}

impl Order {
    /// Bytes in one unit of the new image.
    pub const fn unit_bytes(self) -> usize {
        match self {
            Self::Kept => 1,
            Self::HalfWords => 2,
            Self::Words => 4,
        }
    }

    /// Eight bytes, each unit backwards.
    const fn apply(self, word: u64) -> u64 {
        match self {
            Self::Kept => word,
            Self::Words => word.swap_bytes().rotate_left(32),
            Self::HalfWords => ((word & 0x00FF_00FF_00FF_00FF) << 8) | ((word >> 8) & 0x00FF_00FF_00FF_00FF),
        }
    }
}

/// A stretch of both images whose bytes belong together one by one (or unit by unit). Some of them may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Track {
    /// Where it starts in the old image.
    pub old: usize,
    /// Where it starts in the new image.
    pub new: usize,
    /// Its bytes in each of them.
    pub len: usize,
    /// How the new bytes are ordered.
    pub order: Order,
}

impl Track {
    /// Offset of the first byte behind it in the old image.
    pub const fn old_end(&self) -> usize {
        self.old + self.len
    }

    /// Offset of the first byte behind it in the new image.
    pub const fn new_end(&self) -> usize {
        self.new + self.len
    }

    /// How far the old image is ahead of the new one.
    const fn lane(&self) -> i64 {
        self.old as i64 - self.new as i64
    }

    const fn cut_front(&mut self, bytes: usize) {
        self.old += bytes;
        self.new += bytes;
        self.len -= bytes;
    }
}

/// Two stretches that the caller takes to belong together: the same file in two file systems, for instance. It counts
/// if they hold the same bytes; what differs in them the walk finds on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint {
    /// The stretch of the old image.
    pub old: Span,
    /// The stretch of the new image.
    pub new: Span,
    /// Whether the caller found all their bytes to be the same; nobody looks again.
    pub same: bool,
}

/// What came out of an alignment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alignment {
    /// In rising order in both images, none empty.
    pub tracks: Vec<Track>,
    /// Bytes looked at: what it cost, whatever the machine.
    pub steps: usize,
}

/// The first window that is searched when a lane breaks off.
const FIRST_WINDOW_BYTES: usize = 64;
/// The lane itself is followed so many times further than the window in which other lanes are looked for: that costs
/// little, and most changes leave the rest where it was.
const LANE_REACH: usize = 16;
/// A window of this size is taken for what it shows, be it convincing or not.
const CONVINCED_BYTES: usize = 1 << 16;
/// How often the space before an anchor is searched again for finer ones.
const DEPTH_MAX: usize = 6;
/// Steps that the search for other lanes may take, per byte of both images.
const STEPS_PER_BYTE: usize = 48;

/// Aligns two images. `hints` are followed as far as they hold the same bytes and rise in both images.
pub fn align(old: &[u8], new: &[u8], hints: &[Hint]) -> Alignment {
    let mut aligner = Aligner {
        old,
        new,
        known: KnownSame::of(hints, old.len(), new.len()),
        tracks: Vec::new(),
        index: Index::default(),
        steps: 0,
        steps_max: STEPS_PER_BYTE * (old.len() + new.len()) + (1 << 16),
        walk_back: 1 << 16,
    };
    let (mut old_at, mut new_at) = (0, 0);
    for hint in join::rising(hints, old, new) {
        aligner.walk(Space { old: Span::new(old_at, hint.old.start()), new: Span::new(new_at, hint.new.start()) }, 0);
        let len = hint.old.len();
        aligner.append(Track { old: hint.old.start(), new: hint.new.start(), len, order: Order::Kept });
        (old_at, new_at) = (hint.old.end(), hint.new.end());
    }
    aligner.walk(Space { old: Span::new(old_at, old.len()), new: Span::new(new_at, new.len()) }, 0);
    Alignment { tracks: join::without_coincidences(aligner.tracks, old, new), steps: aligner.steps }
}

/// A part of each image that is aligned on its own.
#[derive(Debug, Clone, Copy)]
struct Space {
    old: Span,
    new: Span,
}

impl Space {
    fn narrow(&self) -> usize {
        self.old.len().min(self.new.len())
    }

    /// How telling an anchor must be: chance agreements grow with the space that is searched.
    fn weight_min(&self) -> usize {
        let bits = self.narrow().checked_ilog2().unwrap_or(0) as usize;
        8 + 2 * bits.saturating_sub(8)
    }
}

struct Aligner<'a> {
    old: &'a [u8],
    new: &'a [u8],
    known: KnownSame,
    tracks: Vec<Track>,
    index: Index,
    steps: usize,
    steps_max: usize,
    /// Bytes that may still be walked backwards to find where a lane really begins; grows with every byte walked
    /// forwards.
    walk_back: usize,
}

impl<'a> Aligner<'a> {
    /// Aligns `space` and appends its tracks.
    fn walk(&mut self, space: Space, depth: usize) {
        let (mut old_at, mut new_at) = (space.old.start(), space.new.start());
        // Both ends of a space between anchors are settled, so it is searched in one go.
        let mut window_min = if depth == 0 { FIRST_WINDOW_BYTES } else { space.old.len().max(space.new.len()) };
        loop {
            let (old, new) = self.rest(space, old_at, new_at);
            let mut len = self.known.common_prefix(old, new, old_at, new_at);
            let reordered = if len == 0 { self.reordered(space, old_at, new_at) } else { None };
            if len == 0 && reordered.is_none() {
                let extension = scan::extend_until_agreed(old.iter().zip(new));
                self.steps += extension.steps;
                len = extension.len;
                if let Some((kept, better)) = self.better_lane(old, new, len) {
                    self.append(Track { old: old_at, new: new_at, len: kept, order: Order::Kept });
                    let better = Track { old: old_at + better.old, new: new_at + better.new, ..better };
                    self.append(better);
                    (old_at, new_at) = (better.old_end(), better.new_end());
                    continue;
                }
            }
            self.steps += len / 64 + 1;
            let plain = Track { old: old_at, new: new_at, len, order: Order::Kept };
            let track = reordered.or_else(|| (len > 0).then_some(plain));
            if let Some(track) = track {
                self.append(track);
                (old_at, new_at) = (track.old_end(), track.new_end());
                continue;
            }
            if old.is_empty() || new.is_empty() {
                break;
            }
            let (links, window) = self.resynchronise(space, old_at, new_at, window_min);
            let before = old_at + new_at;
            for link in links {
                let between = Space { old: Span::new(old_at, link.old), new: Span::new(new_at, link.new) };
                if depth < DEPTH_MAX && between.narrow() >= 8 {
                    self.walk(between, depth + 1);
                }
                self.append(link);
                (old_at, new_at) = (link.old_end(), link.new_end());
                if old_at + new_at - before >= window / 4 {
                    break;
                }
            }
            match old_at + new_at - before {
                0 => break,
                progress if progress < window / 16 => window_min = window,
                _ => window_min = FIRST_WINDOW_BYTES,
            }
        }
        if depth == 0 {
            self.append_end(space.old.end(), space.new.end());
        }
    }

    /// In tables and the like a lane that is a few lines off agrees nearly everywhere, and so would be followed
    /// forever. Where one is noisy for long, those that lost or repeated lines, pages and blocks lead to are tried.
    ///
    /// Returns how far the lane is good, and a track on the better one behind that; offsets in `old` and `new`.
    fn better_lane(&mut self, old: &[u8], new: &[u8], len: usize) -> Option<(usize, Track)> {
        /// A stretch of this length is noisy if it has so many wrong bytes.
        const STRETCH_BYTES: usize = 1024;
        const NOISY: usize = 12;
        /// What was put in may lie between.
        const SKIPPED_BYTES: usize = 512;
        const LINES_TRIED: usize = 40;
        const PAGES_TRIED: usize = 16;
        let lines = (1..=LINES_TRIED).map(|line| 16 * line);
        let pages = (1..=PAGES_TRIED).map(|page| PAGE_BYTES * page).skip_while(|bytes| *bytes <= 16 * LINES_TRIED);
        let pairs = old.get(..len)?.chunks(STRETCH_BYTES).zip(new.get(..len)?.chunks(STRETCH_BYTES));
        self.steps += len / 16;
        let noisy = pairs.enumerate().find(|(_, (old, new))| {
            scan::wrong_bytes(old, new) * STRETCH_BYTES >= NOISY * old.len().max(STRETCH_BYTES / 4)
        });
        let (number, (old_bytes, new_bytes)) = noisy?;
        let start = number * STRETCH_BYTES + scan::common_prefix(old_bytes, new_bytes);
        // What is compared lies behind the change, for as far as there is something.
        let room = (old.len() - start).min(new.len() - start);
        let skipped = SKIPPED_BYTES.min(room / 4);
        let at = start + skipped;
        let compared = STRETCH_BYTES.min(room - skipped);
        let wrong_at = |old_at: usize, new_at: usize| {
            let (old, new) = (Span::at(old_at, compared).of(old), Span::at(new_at, compared).of(new));
            let both = old.len().min(new.len());
            (both >= compared / 2 && both >= 64).then(|| scan::wrong_bytes(old, new) * compared / both)
        };
        let wrong = wrong_at(at, at)?;
        if wrong * STRETCH_BYTES < NOISY * compared {
            return None;
        }
        self.steps += STRETCH_BYTES;
        let shifted = lines.chain(pages).flat_map(|far| [(at + far, at), (at, at + far)]);
        let tried = shifted.filter_map(|(old_at, new_at)| Some((wrong_at(old_at, new_at)?, old_at, new_at)));
        let (fewest, old_at, new_at) = tried.min()?;
        let same = scan::common_prefix(old.get(old_at..)?, new.get(new_at..)?);
        (8 * fewest <= wrong && same >= 16)
            .then_some((start, Track { old: old_at, new: new_at, len: same, order: Order::Kept }))
    }

    fn rest(&self, space: Space, old_at: usize, new_at: usize) -> (&'a [u8], &'a [u8]) {
        (Span::new(old_at, space.old.end()).of(self.old), Span::new(new_at, space.new.end()).of(self.new))
    }

    /// A track whose units are backwards, if one starts here.
    fn reordered(&mut self, space: Space, old_at: usize, new_at: usize) -> Option<Track> {
        const UNITS_LOOKED_AT: usize = 12;
        // A display command prints units at addresses that are multiples of the unit; either image may be shifted.
        let phases = [Order::Words, Order::HalfWords].map(|order| {
            let unit = order.unit_bytes();
            [(order, new_at % unit), (order, old_at % unit)]
        });
        phases.into_iter().flatten().find_map(|(order, phase)| {
            let unit = order.unit_bytes();
            let room = (new_at - space.new.start()).min(old_at - space.old.start());
            let (back, ahead) = if phase <= room { (phase, 0) } else { (0, unit - phase) };
            let (old_at, new_at) = (old_at - back + ahead, new_at - back + ahead);
            let (old, new) = self.rest(space, old_at, new_at);
            let look = |units: usize| Some(scan::order_fit(order, old.get(..units * unit)?, new.get(..units * unit)?));
            let is_clear = |fit: OrderFit, wrong_max: usize| fit.telling >= 4 && fit.fitting + wrong_max >= fit.units;
            let first = look(UNITS_LOOKED_AT)?;
            // Tables with many zeros take longer to tell.
            let in_long =
                || first.fitting == first.units && look(8 * UNITS_LOOKED_AT).is_some_and(|fit| is_clear(fit, 0));
            if !(is_clear(first, 2) || in_long()) {
                return None;
            }
            let extension = scan::extend_units(order, old, new);
            self.steps += extension.steps;
            Some(Track { old: old_at, new: new_at, len: extension.len, order })
        })
    }

    /// Where the images agree again behind a place where they do not: links in rising order, and the size of the
    /// window that showed them.
    fn resynchronise(&mut self, space: Space, old_at: usize, new_at: usize, first: usize) -> (Vec<Track>, usize) {
        let (old, new) = self.rest(space, old_at, new_at);
        let mut size = first;
        loop {
            let window = Window {
                old: old.get(..size.min(old.len())).unwrap_or_default(),
                new: new.get(..size.min(new.len())).unwrap_or_default(),
                old_start: old_at,
                new_start: new_at,
                old_ahead: old,
                new_ahead: new,
                weight_min: space.weight_min(),
            };
            let reach = LANE_REACH * size;
            if size == first || reach / 4 < old.len().min(new.len()) {
                self.steps += reach.min(old.len()).min(new.len()) / 8;
                if let Some(resumed) = anchors::lane_resumed(&window, reach) {
                    return (vec![resumed], size);
                }
            }
            let mut anchors = anchors::lane_runs(&window);
            self.steps += window.old.len().min(window.new.len());
            if self.steps < self.steps_max {
                let (others, steps) = self.index.anchors(&window);
                self.steps += steps;
                anchors.extend(others);
            }
            let chain = anchors::best_chain(anchors, old_at as i64 - new_at as i64);
            let settled = is_convincing(&chain, old_at, new_at) || size >= CONVINCED_BYTES;
            if (settled && !chain.is_empty()) || size >= old.len().max(new.len()) {
                return (chain, size);
            }
            size = size.saturating_mul(4);
        }
    }
}

/// Whether a chain explains what follows better than chance does: text and tables agree with themselves in many
/// places for a few bytes each.
fn is_convincing(chain: &[Track], old_at: usize, new_at: usize) -> bool {
    let Some(last) = chain.last() else { return false };
    let walked = (last.old_end() - old_at).max(last.new_end() - new_at);
    let agreeing: usize = chain.iter().map(|link| link.len).sum();
    2 * agreeing >= walked
}

#[cfg(test)]
mod tests;
