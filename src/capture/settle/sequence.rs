//! The check of the address sequence: a line whose address was changed on the way must not put its bytes elsewhere.
//!
//! Only a line that stands alone can be one: a line that continues the one before or is continued by the next is in
//! its place. Lines of other tools say nothing about it.

use super::super::dialect::Family;
use super::super::evidence::Run;

/// Addresses that one command of the boot loader shows.
const PAGE: u32 = 0x100;

/// A whole line whose address does not fit the lines around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Misplaced {
    pub printed: u32,
    /// The address that the line before or behind it speaks for.
    pub expected: u32,
    /// Bytes that it shows.
    pub len: usize,
}

/// A run, and what its neighbours in the text expect at its place.
struct Place<'r> {
    run: &'r Run,
    /// The line before's successor.
    after: Option<u32>,
    /// The predecessor of the line behind.
    ahead: Option<u32>,
}

/// Takes the misplaced lines out of the runs, which come in the order of the text. Two neighbours that changed places
/// are no such lines. Where one of the `unreadable` lines stands, in rising order, no other is due.
pub(super) fn in_sequence(runs: &[Run], unreadable: &[u32]) -> (Vec<Run>, Vec<Misplaced>) {
    let mut runs = runs.to_vec();
    for at in 1..runs.len().saturating_sub(2) {
        let around = at.checked_sub(1).and_then(|before| runs.get_mut(before..)).unwrap_or_default();
        if let [before, one, other, behind, ..] = around
            && is_exchange(before, one, other, behind)
        {
            std::mem::swap(one, other);
        }
    }
    without_misplaced(&runs, unreadable)
}

/// Whether each of two single lines stands where the other one is due.
fn is_exchange(before: &Run, one: &Run, other: &Run, behind: &Run) -> bool {
    let lines = [before.last_line, other.first_line, one.first_line, behind.first_line];
    let is_in_step =
        lines.iter().zip(lines.iter().skip(1)).all(|(line, next)| line.checked_add(one.step) == Some(*next));
    let is_of_one_tool = [before, other, behind].iter().all(|run| (run.family, run.step) == (one.family, one.step));
    is_in_step && is_of_one_tool && one.lines == 1 && other.lines == 1
}

fn without_misplaced(runs: &[Run], unreadable: &[u32]) -> (Vec<Run>, Vec<Misplaced>) {
    // First where both neighbours agree. Such a line then stands where they expect it, so that it casts no doubt on them.
    let mut corrected = runs.to_vec();
    let mut sure = Vec::new();
    for (at, place) in places(runs).enumerate() {
        if place.stands_alone() && place.after == place.ahead && place.after.is_some() {
            sure.push((at, place.after));
        }
    }
    for (at, expected) in &sure {
        if let (Some(run), Some(expected)) = (corrected.get_mut(*at), expected) {
            (run.first_line, run.last_line) = (*expected, *expected);
        }
    }
    let mut sure = sure.into_iter().peekable();
    let mut kept = Vec::with_capacity(runs.len());
    let mut misplaced = Vec::new();
    for ((at, run), place) in runs.iter().enumerate().zip(places(&corrected)) {
        let agreed = sure.next_if(|(misplaced_at, _)| *misplaced_at == at).and_then(|(_, expected)| expected);
        match agreed.or_else(|| place.likely_instead(unreadable)) {
            Some(expected) => misplaced.push(Misplaced { printed: run.first_line, expected, len: run.len }),
            None => kept.push(*run),
        }
    }
    (kept, misplaced)
}

fn places(runs: &[Run]) -> impl Iterator<Item = Place<'_>> {
    let befores = std::iter::once(None).chain(runs.iter().map(Some));
    let behinds = runs.iter().skip(1).map(Some).chain(std::iter::once(None));
    runs.iter().zip(befores).zip(behinds).map(|((run, before), behind)| Place {
        run,
        after: of_family(before, run).and_then(|before| before.last_line.checked_add(before.step)),
        ahead: of_family(behind, run).and_then(|behind| behind.first_line.checked_sub(run.step)),
    })
}

/// A neighbour that the same tool printed.
fn of_family<'r>(neighbour: Option<&'r Run>, run: &Run) -> Option<&'r Run> {
    neighbour.filter(|neighbour| neighbour.family == run.family)
}

impl Place<'_> {
    fn printed(&self) -> u32 {
        self.run.first_line
    }

    fn stands_alone(&self) -> bool {
        let printed = Some(self.printed());
        let can_be_wrong = self.run.lines == 1 && !self.run.family.has_sure_addresses();
        can_be_wrong && self.after != printed && self.ahead != printed
    }

    /// The address that a line printed alone should rather have: one digit away from what it shows, or in the short
    /// gap between its neighbours. `None` if it is likely where it should be, with lost lines around it: for it to be
    /// wrong then, a digit must have changed *and* a line must have been lost at the same place.
    fn likely_instead(&self, unreadable: &[u32]) -> Option<u32> {
        let printed = self.printed();
        let same_page = |other: u32| self.run.family == Family::BootLoader && other / PAGE == printed / PAGE;
        let starts_its_page = printed.is_multiple_of(PAGE) && self.ahead.is_some_and(same_page);
        let ends_its_page = printed % PAGE == 0xF0 && self.after.is_some_and(same_page);
        let once_more = self.after.and_then(|after| after.checked_sub(self.run.step)) == Some(printed)
            || self.ahead.and_then(|ahead| ahead.checked_add(self.run.step)) == Some(printed);
        if !self.stands_alone() || starts_its_page || ends_its_page || once_more {
            return None;
        }
        if let (Some(after), Some(ahead)) = (self.after, self.ahead)
            && after <= ahead
            && ahead.wrapping_sub(after) < PAGE
        {
            return (!(after..=ahead).contains(&printed)).then_some(after);
        }
        let is_due = |expected: &u32| unreadable.binary_search(expected).is_err();
        let mut near = [self.after, self.ahead].into_iter().flatten().filter(is_due);
        near.find(|expected| differing_digits(*expected, printed) == 1)
    }
}

/// In how many hex digits two addresses differ.
fn differing_digits(one: u32, other: u32) -> u32 {
    let bits = one ^ other;
    ((bits | (bits >> 1) | (bits >> 2) | (bits >> 3)) & 0x1111_1111).count_ones()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(address: u32) -> Run {
        let family = Family::BootLoader;
        Run { family, address, start: 0, len: 16, first_line: address, last_line: address, step: 16, lines: 1 }
    }

    fn run(first: u32, last: u32) -> Run {
        Run { last_line: last, lines: 2, ..line(first) }
    }

    fn taken_out(runs: &[Run]) -> Vec<u32> {
        in_sequence(runs, &[]).1.into_iter().map(|misplaced| misplaced.printed).collect()
    }

    #[test]
    fn a_line_that_both_neighbours_contradict_is_taken_out_and_they_stay() {
        assert_eq!(taken_out(&[line(0x100), line(0x910), line(0x120)]), [0x910]);
        assert_eq!(taken_out(&[run(0x100, 0x1E0), line(0xABC0), run(0x200, 0x2F0)]), [0xABC0]);
    }

    #[test]
    fn a_line_one_digit_off_at_either_end_of_the_text_is_taken_out() {
        assert_eq!(taken_out(&[run(0x100, 0x1E0), line(0x7F0)]), [0x7F0]);
        assert_eq!(taken_out(&[line(0x7F00_0110), run(0x7F02_0120, 0x7F02_01F0)]), [0x7F00_0110]);
    }

    #[test]
    fn a_line_with_lost_neighbours_stays() {
        assert!(taken_out(&[line(0x100), run(0x120, 0x1F0)]).is_empty());
        assert!(taken_out(&[run(0x100, 0x110), line(0x130), run(0x150, 0x1F0)]).is_empty());
        assert!(taken_out(&[run(0x100, 0x1D0), line(0x1F0)]).is_empty());
        assert!(taken_out(&[run(0x100, 0x1F0), line(0x700), run(0x720, 0x7F0)]).is_empty());
        assert!(taken_out(&[line(0x8000), run(0x7F00_0000, 0x7F00_0010)]).is_empty());
    }

    #[test]
    fn a_line_beside_one_that_cannot_be_read_stays() {
        let runs = [line(0x7F00_0110), run(0x7F00_0130, 0x7F00_01F0)];
        assert_eq!(in_sequence(&runs, &[]).1.len(), 1);
        assert_eq!(in_sequence(&runs, &[0x7F00_0120]).0, runs);
    }

    #[test]
    fn two_lines_that_changed_places_stay() {
        assert!(taken_out(&[run(0x100, 0x160), line(0x180), line(0x170), run(0x190, 0x1F0)]).is_empty());
        assert_eq!(taken_out(&[run(0x100, 0x160), line(0x1A0), line(0x180), run(0x190, 0x1F0)]), [0x1A0]);
    }

    #[test]
    fn lines_of_another_tool_cast_no_doubt() {
        let of_hexdump = Run { family: Family::Hexdump, ..line(0x910) };
        assert!(taken_out(&[line(0x100), of_hexdump, line(0x120)]).is_empty());
    }

    #[test]
    fn a_line_printed_twice_stays() {
        assert!(taken_out(&[line(0x100), line(0x100)]).is_empty());
    }
}
