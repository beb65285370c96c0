//! What speaks for a value, and how much.
//!
//! A reading whose ASCII column shows the very character is the strongest: for it to be wrong, two characters of a
//! line must have changed to fit each other. Where the column shows a full stop, as it does for most bytes, it says
//! less; then come lines without a column, those that a `*` stands for, and half lines. Two readings that do not depend on
//! each other and agree outweigh one of any other kind, but for such a character against a weaker kind. A byte that its
//! own line's column contradicts is no reading, but both its digits and its character support the values that fit them.

use super::super::line::shown;
use super::Standing;
use super::readings::Backing;
use crate::image::PAGE_BYTES;

/// A printable character in the column, and the hex digits to it.
const CHARACTER: u32 = 7;
/// A full stop in the column, and hex digits that fit.
const FULL_STOP: u32 = 4;
const NO_COLUMN: u32 = 3;
const HALF: u32 = 2;
/// A `*` that stands for the line.
const SQUEEZED: u32 = 3;
/// Digits, or a character, of a line that contradicts itself.
const CONTRADICTED: u32 = 1;

/// What one line says of one byte.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub value: u8,
    pub backing: Backing,
    pub source: usize,
    /// Where it stood in the text, counted in bytes of memory.
    pub text_order: usize,
}

/// What a ballot comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The likeliest value.
    pub value: u8,
    pub standing: Standing,
    /// All values that anything speaks for, the likeliest first; empty if there is just one and it was read soundly.
    pub values: Vec<u8>,
    pub contradiction: Option<(u8, u8)>,
}

/// What speaks for one value.
#[derive(Debug, Clone, Copy, Default)]
struct Votes {
    weight: u32,
    /// Readings that no column contradicts and that do not depend on each other.
    sound: u32,
}

/// Counts the votes of one byte at a time; the room for it is used again and again.
pub(super) struct Ballot {
    votes: Box<[Votes; 256]>,
    readings: Vec<Reading>,
    values: Vec<u8>,
}

impl Ballot {
    pub fn new() -> Self {
        Self { votes: Box::new([Votes::default(); 256]), readings: Vec::new(), values: Vec::new() }
    }

    /// Counts what speaks for each value. `alike` is the standing of a byte for which just one value was read.
    ///
    /// Takes time in proportion to n log n of the readings.
    pub fn count(&mut self, readings: impl Iterator<Item = Reading>, alike: Standing) -> Outcome {
        self.readings.clear();
        self.readings.extend(readings);
        let first = self.readings.first().map_or(0xFF, |reading| reading.value);
        let is_uniform = self
            .readings
            .iter()
            .all(|reading| reading.value == first && !matches!(reading.backing, Backing::Contradicted(_)));
        if is_uniform {
            return Outcome { value: first, standing: alike, values: Vec::new(), contradiction: None };
        }
        // a line that stands twice in a text is one reading
        self.readings.sort_unstable_by_key(|reading| (reading.source, reading.value, reading.text_order));
        self.readings.dedup_by(|later, earlier| {
            let is_copy = is_copy((earlier.source, earlier.text_order), (later.source, later.text_order));
            later.value == earlier.value && is_copy && later.backing == earlier.backing
        });
        let mut contradiction = None;
        let mut columns: Vec<u8> = Vec::new();
        for reading in &self.readings {
            let (weight, sound) = match reading.backing {
                Backing::Column if shown(reading.value) != b'.' => (CHARACTER, 1),
                Backing::Column => (FULL_STOP, 1),
                Backing::NoColumn => (NO_COLUMN, 1),
                Backing::Half => (HALF, 1),
                Backing::Squeezed => (SQUEEZED, 1),
                Backing::Contradicted(character) => {
                    contradiction = contradiction.or(Some((reading.value, character)));
                    columns.push(character);
                    (CONTRADICTED, 0)
                }
            };
            vote(&mut self.votes[..], &mut self.values, reading.value, weight, sound);
        }
        // a character speaks for itself, a full stop for every value that was read and is shown so
        columns.sort_unstable();
        for same in columns.chunk_by(|one, other| one == other) {
            let Some(&character) = same.first() else { continue };
            let weight = u32::try_from(same.len()).unwrap_or(u32::MAX).saturating_mul(CONTRADICTED);
            if character != b'.' && shown(character) == character {
                vote(&mut self.votes[..], &mut self.values, character, weight, 0);
            } else if character == b'.' {
                let fitting: Vec<u8> = self.values.iter().copied().filter(|value| shown(*value) == b'.').collect();
                fitting.iter().for_each(|value| vote(&mut self.votes[..], &mut self.values, *value, weight, 0));
            }
        }
        self.outcome(contradiction)
    }

    /// The outcome, with the room cleared for the next byte.
    fn outcome(&mut self, contradiction: Option<(u8, u8)>) -> Outcome {
        let mut ranked: Vec<(u8, Votes)> = Vec::with_capacity(self.values.len());
        for value in self.values.drain(..) {
            if let Some(votes) = self.votes.get_mut(usize::from(value)) {
                ranked.push((value, std::mem::take(votes)));
            }
        }
        ranked.sort_by_key(|(value, votes)| (std::cmp::Reverse(votes.weight), *value));
        let (value, best) = ranked.first().copied().unwrap_or((0xFF, Votes::default()));
        let runner_up = ranked.get(1).map_or(0, |(_, votes)| votes.weight);
        let was_read_otherwise = ranked.iter().skip(1).any(|(_, votes)| votes.sound > 0);
        let standing = if best.sound == 0 || best.weight == runner_up {
            Standing::Tied
        } else if best.sound > 1 && !was_read_otherwise {
            Standing::Alike
        } else {
            Standing::Outvoted
        };
        Outcome { value, standing, values: ranked.into_iter().map(|(value, _)| value).collect(), contradiction }
    }
}

fn vote(votes: &mut [Votes], values: &mut Vec<u8>, value: u8, weight: u32, sound: u32) {
    let Some(votes) = votes.get_mut(usize::from(value)) else { return };
    if votes.weight == 0 {
        values.push(value);
    }
    votes.weight = votes.weight.saturating_add(weight);
    votes.sound = votes.sound.saturating_add(sound);
}

/// Whether two readings (source and place in its text) are one line that stands twice: what is less than a page apart
/// was not asked for twice, for a command prints a page.
fn is_copy(one: (usize, usize), other: (usize, usize)) -> bool {
    one.0 == other.0 && one.1.abs_diff(other.1) < PAGE_BYTES
}

/// How many readings, each given by source and place in its text, do not depend on each other.
pub(super) fn independent(mut readings: Vec<(usize, usize)>) -> usize {
    readings.sort_unstable();
    readings.chunk_by(|one, other| is_copy(*one, *other)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(readings: &[(u8, Backing)]) -> (u8, Standing) {
        let all = readings.iter().enumerate();
        let all =
            all.map(|(source, (value, backing))| Reading { value: *value, backing: *backing, source, text_order: 0 });
        let outcome = Ballot::new().count(all, Standing::Alike);
        (outcome.value, outcome.standing)
    }

    #[test]
    fn two_that_agree_outvote_one() {
        assert_eq!(
            outcome(&[(1, Backing::Column), (2, Backing::Column), (1, Backing::Column)]),
            (1, Standing::Outvoted)
        );
        assert_eq!(
            outcome(&[(1, Backing::NoColumn), (2, Backing::Column), (1, Backing::NoColumn)]),
            (1, Standing::Outvoted)
        );
    }

    #[test]
    fn of_two_that_differ_the_better_line_counts_and_else_neither() {
        assert_eq!(outcome(&[(1, Backing::NoColumn), (2, Backing::Column)]), (2, Standing::Outvoted));
        assert_eq!(outcome(&[(1, Backing::NoColumn), (2, Backing::Half)]), (1, Standing::Outvoted));
        assert_eq!(outcome(&[(b'A', Backing::Column), (2, Backing::Column)]), (b'A', Standing::Outvoted));
        assert_eq!(outcome(&[(1, Backing::Column), (2, Backing::Column)]).1, Standing::Tied);
        assert_eq!(outcome(&[(b'A', Backing::Column), (b'B', Backing::Column)]).1, Standing::Tied);
    }

    #[test]
    fn a_contradicted_byte_is_no_reading_but_supports_what_fits() {
        let alone = [(b'A', Backing::Contradicted(b'B'))];
        assert_eq!(outcome(&alone).1, Standing::Tied);
        assert_eq!(outcome(&[alone[0], (b'B', Backing::Column)]), (b'B', Standing::Outvoted));
        let tie = [(1, Backing::Column), (2, Backing::Column)];
        assert_eq!(outcome(&[tie[0], tie[1], (2, Backing::Contradicted(b'x'))]), (2, Standing::Outvoted));
        assert_eq!(outcome(&[tie[0], (b'C', Backing::Contradicted(b'.'))]), (1, Standing::Outvoted));
    }

    #[test]
    fn a_ballot_leaves_nothing_behind_for_the_next() {
        let mut ballot = Ballot::new();
        let reading = |value, source| Reading { value, backing: Backing::Column, source, text_order: 0 };
        ballot.count([reading(1, 0), reading(2, 1)].into_iter(), Standing::Alike);
        let next = ballot.count([reading(2, 0), reading(3, 1)].into_iter(), Standing::Alike);
        assert_eq!((next.standing, next.values), (Standing::Tied, vec![2, 3]));
    }

    #[test]
    fn a_line_that_stands_twice_in_a_text_is_one_reading_and_a_page_dumped_twice_are_two() {
        assert_eq!(independent(vec![(0, 16), (0, 32)]), 1);
        assert_eq!(independent(vec![(0, 16), (0, 272)]), 2);
        assert_eq!(independent(vec![(0, 16), (1, 16)]), 2);
    }
}
