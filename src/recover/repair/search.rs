//! The search for the one combination of values with which a check holds.

use std::collections::BTreeSet;

use super::checks::{Check, Rule, little_endian, unpacks};
use super::{Budget, Doubt, GaveUp, SUM_TRIALS_MAX, UNPACK_TRIALS_MAX};
use crate::image::Span;
use crate::words::{bytes as count_bytes, count};

/// What a search comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// This one and no other; each value with its place in the image.
    One { values: Vec<(usize, u8)>, trials: usize },
    /// None of so many.
    None { trials: usize },
    /// More than one.
    Several { trials: usize },
    /// There are more combinations than are tried.
    TooMany { doubts: usize, limit: usize },
    /// All searches together took too long.
    OutOfTime { trials: usize },
}

impl Found {
    pub fn why_not(self, check: &Check) -> Option<GaveUp> {
        let why = match self {
            Self::One { .. } => return None,
            Self::None { trials } => format!(
                "with none of the {} combinations of doubtful values {} holds: more is wrong than the captures show",
                count(trials),
                check.by
            ),
            Self::Several { trials } => {
                format!(
                    "{} holds with more than one of the {} combinations of doubtful values",
                    check.by,
                    count(trials)
                )
            }
            Self::TooMany { doubts, limit } => format!(
                "{} are in doubt, which makes more than the {} combinations that are tried",
                count_bytes(doubts),
                count(limit)
            ),
            Self::OutOfTime { trials } => format!(
                "the search was given up after {} combinations of doubtful values, for it would take too long",
                count(trials)
            ),
        };
        Some(GaveUp { what: check.what.clone(), why })
    }
}

/// Looks for the values of `doubts` with which `check` holds. `others` are all checks of the map: a sum over the same
/// bytes can save most of the unpacking.
pub fn search(check: &Check, others: &[Check], bytes: &[u8], doubts: &[Doubt], budget: &mut Budget) -> Found {
    if let Rule::Unpack { archive_at } = check.rule {
        return by_unpacking(check, archive_at, others, bytes, doubts, budget);
    }
    match by_sum(check, bytes, doubts, budget) {
        Ok((fitting, trials)) => one_of(fitting, doubts, trials),
        Err(found) => found,
    }
}

fn one_of(mut fitting: Vec<Vec<u8>>, doubts: &[Doubt], trials: usize) -> Found {
    match (fitting.pop(), fitting.len()) {
        (Some(values), 0) => {
            Found::One { values: doubts.iter().map(|doubt| doubt.offset).zip(values).collect(), trials }
        }
        (None, _) => Found::None { trials },
        _ => Found::Several { trials },
    }
}

/// How many combinations there are, if no more than `limit`.
fn combinations(doubts: &[Doubt], limit: usize) -> Option<usize> {
    doubts
        .iter()
        .try_fold(1_usize, |product, doubt| product.checked_mul(doubt.values.len()))
        .filter(|all| *all <= limit)
}

/// At most this many combinations that fit a sum are tried by unpacking.
const FITTING_MAX: usize = 64;

/// Every combination with which a sum holds (as many as are of use), and how many were tried.
fn by_sum(check: &Check, bytes: &[u8], doubts: &[Doubt], budget: &mut Budget) -> Result<(Vec<Vec<u8>>, usize), Found> {
    let too_many = Found::TooMany { doubts: doubts.len(), limit: SUM_TRIALS_MAX };
    let Some(trials) = combinations(doubts, SUM_TRIALS_MAX) else { return Err(too_many) };
    let Some(left) = budget.sum_trials.checked_sub(trials) else { return Err(Found::OutOfTime { trials: 0 }) };
    budget.sum_trials = left;
    let Some(mut sum) = Sum::new(check, bytes, doubts) else { return Err(Found::None { trials: 0 }) };
    let mut fitting = Vec::new();
    let mut choice = vec![0_usize; doubts.len()];
    loop {
        if sum.holds() && fitting.len() < FITTING_MAX {
            fitting.push(doubts.iter().zip(&choice).filter_map(|(doubt, at)| doubt.values.get(*at).copied()).collect());
        }
        // the next combination: as an odometer counts, most steps change one byte
        let mut turned = false;
        for (place, (doubt, at)) in doubts.iter().zip(&mut choice).enumerate() {
            let next = if *at + 1 < doubt.values.len() { *at + 1 } else { 0 };
            sum.replace(place, doubt, *at, next);
            *at = next;
            if next > 0 {
                turned = true;
                break;
            }
        }
        if !turned {
            return Ok((fitting, trials));
        }
    }
}

/// A sum of which single bytes are exchanged.
struct Sum {
    rule: Rule,
    total: u64,
    stored: u32,
    /// For each doubt, by how much its value counts: in the total, and in the stored number.
    factors: Vec<(u64, u32)>,
}

impl Sum {
    /// The sum with the first value of every doubt.
    fn new(check: &Check, bytes: &[u8], doubts: &[Doubt]) -> Option<Self> {
        let (summed, stored_at, stored) = match check.rule {
            Rule::WordSum { summed, stored } => (summed, None, stored),
            Rule::OwnWordSum { summed } => (summed, Some(summed.end()), little_endian(bytes, summed.end())?),
            Rule::RomfsSum => (check.span, None, 0),
            Rule::ByteSum { summed, stored_at } => (summed, Some(stored_at), little_endian(bytes, stored_at)?),
            Rule::Unpack { .. } => return None,
        };
        let summed_bytes = summed.of(bytes);
        let mut sum = Self { rule: check.rule, total: total(check.rule, summed_bytes), stored, factors: Vec::new() };
        for doubt in doubts {
            let lane = (doubt.offset.wrapping_sub(summed.start()) % 4) as u32;
            let is_counted = summed.contains(doubt.offset) && !is_behind_words(check.rule, summed, doubt.offset);
            let in_total = match (is_counted, check.rule) {
                (false, _) => 0,
                (true, Rule::ByteSum { .. }) => 1,
                (true, Rule::RomfsSum) => 1 << (8 * (3 - lane)),
                (true, _) => 1 << (8 * lane),
            };
            let stored_lane = stored_at.and_then(|at| doubt.offset.checked_sub(at)).filter(|lane| *lane < 4);
            let in_stored = stored_lane.map_or(0, |lane| 1_u32 << (8 * lane as u32));
            let (now, first) = (*bytes.get(doubt.offset)?, *doubt.values.first()?);
            sum.factors.push((in_total, in_stored));
            sum.exchange(sum.factors.len() - 1, now, first);
        }
        Some(sum)
    }

    fn replace(&mut self, place: usize, doubt: &Doubt, from: usize, to: usize) {
        if let (Some(from), Some(to)) = (doubt.values.get(from), doubt.values.get(to)) {
            self.exchange(place, *from, *to);
        }
    }

    fn exchange(&mut self, place: usize, from: u8, to: u8) {
        let Some(&(in_total, in_stored)) = self.factors.get(place) else { return };
        let difference = u64::from(to).wrapping_sub(u64::from(from));
        self.total = self.total.wrapping_add(in_total.wrapping_mul(difference));
        let difference = u32::from(to).wrapping_sub(u32::from(from));
        self.stored = self.stored.wrapping_add(in_stored.wrapping_mul(difference));
    }

    #[allow(clippy::cast_possible_truncation)] // both sums are of 32 bits
    fn holds(&self) -> bool {
        let low = self.total as u32;
        match self.rule {
            Rule::WordSum { .. } | Rule::OwnWordSum { .. } => {
                !low.wrapping_add((self.total >> 32) as u32) == self.stored
            }
            Rule::RomfsSum => low == 0,
            _ => low == self.stored,
        }
    }
}

/// The boot loader's sum leaves out what does not fill a word.
fn is_behind_words(rule: Rule, summed: Span, offset: usize) -> bool {
    matches!(rule, Rule::WordSum { .. } | Rule::OwnWordSum { .. })
        && offset.saturating_sub(summed.start()) >= summed.len() / 4 * 4
}

/// What is summed up, before anything is done with it.
fn total(rule: Rule, bytes: &[u8]) -> u64 {
    match rule {
        Rule::ByteSum { .. } => u64::from(crate::checksum::byte_sum(bytes)),
        Rule::RomfsSum => u64::from(crate::checksum::romfs_sum(bytes)),
        _ => {
            let (words, _) = bytes.as_chunks::<4>();
            words.iter().fold(0_u64, |sum, word| sum.wrapping_add(u64::from(u32::from_le_bytes(*word))))
        }
    }
}

/// Tries combinations by unpacking: those that a footer's sum over all of the archive allows, and if none of them is
/// right, all.
fn by_unpacking(
    check: &Check,
    archive_at: usize,
    others: &[Check],
    bytes: &[u8],
    doubts: &[Doubt],
    budget: &mut Budget,
) -> Found {
    let all = combinations(doubts, UNPACK_TRIALS_MAX);
    let covers = |other: &&Check| matches!(other.rule, Rule::WordSum { .. }) && other.span.encloses(check.span);
    let fitting = others.iter().find(covers).and_then(|footer| by_sum(footer, bytes, doubts, budget).ok());
    let fitting = fitting.map(|(fitting, _)| fitting).filter(|fitting| fitting.len() < FITTING_MAX);
    let end = check.span.end().saturating_add(CLOSING_MAX_BYTES).min(bytes.len());
    let archive = Archive { at: archive_at, bytes: Span::new(archive_at, end).of(bytes).to_vec(), doubts };
    if let Some(fitting) = fitting.filter(|fitting| !fitting.is_empty()) {
        // what fits both checks is right
        let trials = fitting.len();
        match archive.those_that_unpack(fitting, budget) {
            Ok(right) if right.is_empty() => {}
            Ok(right) => return decided(right, archive_at, doubts, all.unwrap_or(trials)),
            Err(found) => return found,
        }
    }
    let Some(trials) = all else { return Found::TooMany { doubts: doubts.len(), limit: UNPACK_TRIALS_MAX } };
    match archive.those_that_unpack(all_combinations(doubts), budget) {
        Ok(right) => decided(right, archive_at, doubts, trials),
        Err(found) => found,
    }
}

/// A packed file with doubtful bytes.
struct Archive<'d> {
    at: usize,
    bytes: Vec<u8>,
    doubts: &'d [Doubt],
}

impl Archive<'_> {
    /// The combinations with which it unpacks right, each with the place of its stream.
    fn those_that_unpack(&self, tried: Vec<Vec<u8>>, budget: &mut Budget) -> Result<Vec<(Span, Vec<u8>)>, Found> {
        let mut bytes = self.bytes.clone();
        let mut right = Vec::new();
        for (trials, values) in tried.into_iter().enumerate() {
            if budget.unpacked_bytes == 0 {
                return Err(Found::OutOfTime { trials });
            }
            for (doubt, value) in self.doubts.iter().zip(&values) {
                if let Some(byte) = doubt.offset.checked_sub(self.at).and_then(|at| bytes.get_mut(at)) {
                    *byte = *value;
                }
            }
            let (stream, work) = unpacks(&bytes);
            budget.unpacked_bytes = budget.unpacked_bytes.saturating_sub(work);
            right.extend(stream.map(|stream| (stream, values)));
        }
        Ok(right)
    }
}

/// Of doubts outside of the stream and of the sizes in front the CRC-32 says nothing.
fn decided(right: Vec<(Span, Vec<u8>)>, archive_at: usize, doubts: &[Doubt], trials: usize) -> Found {
    let Some((stream, _)) = right.first() else { return Found::None { trials } };
    let stream = stream.shifted(archive_at);
    let is_proved = |doubt: &Doubt| stream.contains(doubt.offset) || doubt.offset < archive_at + ZIP_SIZES_END;
    let proved: Vec<Doubt> = doubts.iter().filter(|doubt| is_proved(doubt)).cloned().collect();
    let only_proved = |values: Vec<u8>| {
        doubts.iter().zip(values).filter(|(doubt, _)| is_proved(doubt)).map(|(_, value)| value).collect::<Vec<u8>>()
    };
    let distinct: BTreeSet<Vec<u8>> = right.into_iter().map(|(_, values)| only_proved(values)).collect();
    if proved.is_empty() {
        return Found::Several { trials };
    }
    one_of(distinct.into_iter().collect(), &proved, trials)
}

/// Where a zip's local header goes on with the name, which no checksum covers.
const ZIP_SIZES_END: usize = 26;

/// What may follow a stream: a zip's central directory and its end record.
const CLOSING_MAX_BYTES: usize = 1024;

fn all_combinations(doubts: &[Doubt]) -> Vec<Vec<u8>> {
    doubts.iter().fold(vec![Vec::new()], |all, doubt| {
        let longer = |values: Vec<u8>| doubt.values.iter().map(move |value| [values.as_slice(), &[*value]].concat());
        all.into_iter().flat_map(longer).collect()
    })
}
