//! Doubtful bytes, decided by checksums.
//!
//! Where captures disagree, or hex digits and ASCII column contradict each other, few values are possible for a byte.
//! All of them are tried, and one is taken only if a check then holds that did not hold with any other. Sums can be
//! made to hold by a second error as well, a CRC-32 cannot; so a sum that chose a byte is spent: it proves nothing else
//! unless all other bytes that it covers were read several times alike.
//!
//! Bounds: [`SUM_TRIALS_MAX`] combinations for a sum and [`UNPACK_TRIALS_MAX`] for a CRC-32, [`ROUNDS_MAX`] rounds, and
//! for all of them together a [`Budget`]: a few seconds at most, whatever is in the image.

mod checks;
mod search;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::capture::merge::{Contested, shown};
use crate::finding::ByteValue;
use crate::image::{FlashAddr, Image, Span, SpanSet};
use crate::map::Inspection;
use checks::{Check, checks_of};
use search::{Found, search};

/// Combinations of values that are tried for one sum.
pub const SUM_TRIALS_MAX: usize = 1 << 20;

/// Combinations of values that are tried by unpacking.
pub const UNPACK_TRIALS_MAX: usize = 512;

/// What all searches of a repair together may do.
#[derive(Debug, Clone, Copy)]
struct Budget {
    /// Combinations that are tried for sums.
    sum_trials: usize,
    /// Bytes that are unpacked, and those that come out.
    unpacked_bytes: usize,
}

impl Budget {
    /// A second or so for each on a slow computer; the kernel of a camera is tried 400 times.
    const WHOLE: Self = Self { sum_trials: 1 << 27, unpacked_bytes: 900_000_000 };
}

/// A repair can make more readable, so that there is more to repair; after so many rounds it ends.
pub const ROUNDS_MAX: usize = 4;

/// A byte that was decided by a checksum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// Where it lies in the image that was put together.
    pub offset: usize,
    /// Its flash address, if known.
    pub address: Option<FlashAddr>,
    /// The value that was likeliest before; hidden in settings.
    pub from: ByteValue,
    /// The value that is right; hidden in settings.
    pub to: ByteValue,
    /// Why.
    pub why: String,
}

/// Doubtful bytes that no checksum could decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GaveUp {
    /// What they belong to.
    pub what: String,
    /// Why not.
    pub why: String,
}

/// What came out.
pub(super) struct Mended {
    pub image: Image,
    pub inspection: Inspection,
    pub repairs: Vec<Repair>,
    pub gave_up: Vec<GaveUp>,
    pub spent: Vec<Span>,
}

/// A byte and the values that are possible for it.
#[derive(Debug, Clone)]
struct Doubt {
    offset: usize,
    /// Whether the captures' evidence left it open.
    is_open: bool,
    values: Vec<u8>,
}

/// Tries to decide contested bytes. `is_backed` tells whether all bytes of a stretch, but for the chosen ones, were
/// read several times.
pub(super) fn repair(
    image: Image,
    contested: &[Contested],
    is_backed: &dyn Fn(Span, &BTreeSet<usize>) -> bool,
) -> Mended {
    let mut bench = Bench {
        address: image.address(),
        known: image.known().clone(),
        bytes: image.to_vec(),
        doubts: contested.iter().map(Doubt::of).collect(),
        repairs: Vec::new(),
        spent: Vec::new(),
        budget: Budget::WHOLE,
    };
    drop(image);
    let mut round = 0;
    loop {
        let image = Image::with_holes(std::mem::take(&mut bench.bytes), bench.address, bench.known.clone());
        let inspection = Inspection::of_image(&image);
        let is_last = round == ROUNDS_MAX || bench.doubts.is_empty();
        bench.bytes = image.to_vec();
        let (changed, gave_up) = if is_last { (false, Vec::new()) } else { bench.round(&inspection, is_backed) };
        if !changed {
            let Bench { mut repairs, spent, .. } = bench;
            for repair in &mut repairs {
                if inspection.is_private(image.address(), Span::at(repair.offset, 1)) {
                    [repair.from, repair.to] = [ByteValue::HIDDEN; 2];
                }
            }
            return Mended { image, inspection, repairs, gave_up, spent };
        }
        round += 1;
    }
}

impl Doubt {
    fn of(byte: &Contested) -> Self {
        let mut values = byte.values.clone();
        if let Some((hex, b'.')) = byte.contradiction {
            // a digit was changed: the right one makes a value that is shown as a full stop
            let neighbours = (1..16_u8).flat_map(|bits| [hex ^ bits, hex ^ (bits << 4)]);
            values.extend(neighbours.filter(|value| shown(*value) == b'.'));
        }
        let mut seen = BTreeSet::new();
        values.retain(|value| seen.insert(*value));
        Self { offset: byte.offset, is_open: !byte.is_decided, values }
    }
}

/// The image under repair.
struct Bench {
    address: Option<FlashAddr>,
    bytes: Vec<u8>,
    known: SpanSet,
    doubts: Vec<Doubt>,
    repairs: Vec<Repair>,
    spent: Vec<Span>,
    /// What is left of it.
    budget: Budget,
}

impl Bench {
    /// Tries every check once; whether anything was decided, and what could not be.
    fn round(
        &mut self,
        inspection: &Inspection,
        is_backed: &dyn Fn(Span, &BTreeSet<usize>) -> bool,
    ) -> (bool, Vec<GaveUp>) {
        let mut changed = false;
        let mut gave_up = Vec::new();
        let checks = checks_of(inspection, &self.bytes);
        for check in &checks {
            let (open, decided): (Vec<Doubt>, Vec<Doubt>) =
                self.doubts_in(check.span).iter().cloned().partition(|doubt| doubt.is_open);
            if open.is_empty() && (decided.is_empty() || check.holds(&self.bytes)) || self.lacks_bytes(check, &open) {
                continue;
            }
            let mut look = |doubts: &[Doubt]| search(check, &checks, &self.bytes, doubts, &mut self.budget);
            let mut found = if open.is_empty() { Found::None { trials: 0 } } else { look(&open) };
            if matches!(found, Found::None { .. }) && !decided.is_empty() {
                let mut all = [open, decided].concat();
                all.sort_by_key(|doubt| doubt.offset);
                found = look(&all);
            }
            match found {
                Found::One { values, trials } => {
                    self.accept(check, &values, trials, is_backed);
                    changed = true;
                }
                other => gave_up.extend(other.why_not(check)),
            }
        }
        (changed, gave_up)
    }

    fn doubts_in(&self, span: Span) -> &[Doubt] {
        let first = self.doubts.partition_point(|doubt| doubt.offset < span.start());
        let end = self.doubts.partition_point(|doubt| doubt.offset < span.end());
        self.doubts.get(first..end).unwrap_or_default()
    }

    /// Whether bytes of a check are not known, and there are no values to try for them.
    fn lacks_bytes(&self, check: &Check, open: &[Doubt]) -> bool {
        let is_doubt = |offset: usize| open.binary_search_by_key(&offset, |doubt| doubt.offset).is_ok();
        let mut gaps = self.known.gaps_in(check.span).into_iter();
        gaps.any(|gap| gap.len() > open.len() || (gap.start()..gap.end()).any(|offset| !is_doubt(offset)))
    }

    fn accept(
        &mut self,
        check: &Check,
        values: &[(usize, u8)],
        trials: usize,
        is_backed: &dyn Fn(Span, &BTreeSet<usize>) -> bool,
    ) {
        let with = if values.len() == 1 { "it" } else { "them" };
        let why =
            format!("with {with}, and with no other of {} tried, {} holds", crate::words::count(trials), check.by);
        for (offset, value) in values {
            let Some(byte) = self.bytes.get_mut(*offset) else { continue };
            let address = self.address.and_then(|address| address.checked_add(*offset));
            let (from, to) = ((*byte).into(), (*value).into());
            self.repairs.push(Repair { offset: *offset, address, from, to, why: why.clone() });
            *byte = *value;
            self.known.insert(Span::at(*offset, 1));
        }
        let chosen: BTreeSet<usize> = values.iter().map(|(offset, _)| *offset).collect();
        self.doubts.retain(|doubt| !chosen.contains(&doubt.offset));
        if check.is_sum() && !is_backed(check.span, &chosen) {
            self.spent.push(check.span);
        }
    }
}
