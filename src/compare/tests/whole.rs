//! The evaluation: every cause in every believable image, compared as the command line does it, with the truth known
//! for each byte. `CASES=50 cargo test --release --lib compare::tests::whole` tries more of them.

use super::camera::{Subject, files, flash, kernel, romfs, romfs_named, zipped};
use super::causes::{CAUSES, Dice, Done, inject, score};
use super::*;
use crate::image::{FLASH_BASE, Image};
use crate::map::Inspection;

/// Compares two images with all that can be known of them.
fn compared(old: &Image, new: &Image) -> Comparison {
    let (old_map, new_map) = (Inspection::of_image(old), Inspection::of_image(new));
    let comparison = Comparison::of(
        super::Subject { image: old, address: old_map.address, regions: &old_map.regions, capture: None },
        super::Subject { image: new, address: new_map.address, regions: &new_map.regions, capture: None },
    );
    assert_covered(&comparison.segments, old, new);
    comparison
}

/// What came of one kind of pair.
#[derive(Default)]
struct Tally {
    cases: usize,
    /// Shares of right bytes, summed up.
    right: f64,
    failed: Vec<String>,
}

impl Tally {
    fn add(&mut self, seed: u64, old: Vec<u8>, new: Vec<u8>, done: &[Done]) {
        let (old, new) = (Image::new(old, None), Image::new(new, None));
        let found = compared(&old, &new);
        let (right, all, wrong) = score(&found.segments, &old, &new, done);
        self.cases += 1;
        self.right += right as f64 / all.max(1) as f64;
        if right * 100 >= all * 95 && wrong * 100 <= old.len() {
            return;
        }
        let differing = found.segments.iter().filter(|segment| segment.cause != Cause::Equal);
        let story: Vec<String> = differing
            .take(8)
            .map(|segment| format!("{} {} {} {:?}", segment.cause, segment.old, segment.new, segment.note()))
            .collect();
        let truth: Vec<String> =
            done.iter().map(|done| format!("{} {:X?} {:X?}", done.cause, ends(&done.old), ends(&done.new))).collect();
        self.failed.push(format!(
            "  seed {seed}: {right} of {all} right, {wrong} of {} wrong; truth {}\n    {}",
            old.len(),
            truth.join(", "),
            story.join("\n    ")
        ));
    }

    fn report(&self, name: &str) -> Option<String> {
        if std::env::var_os("CASES").is_some() {
            eprintln!(
                "{name}: {:.2} % right, {} of {} failed",
                100.0 * self.right / self.cases as f64,
                self.failed.len(),
                self.cases
            );
        }
        let examples = self.failed.get(..self.failed.len().min(2))?.join("\n");
        (!self.failed.is_empty()).then(|| format!("{name}: {} of {}\n{examples}", self.failed.len(), self.cases))
    }
}

fn ends(bytes: &[usize]) -> Option<(usize, usize)> {
    Some((*bytes.first()?, *bytes.last()?))
}

fn cases(few: u64) -> u64 {
    std::env::var("CASES").map_or(few, |cases| cases.parse().unwrap())
}

/// The causes that `CAUSE` names, or all.
fn chosen(cause: Cause) -> bool {
    std::env::var("CAUSE").is_ok_and(|names| names.split(',').any(|name| name == cause.to_string()))
        || std::env::var_os("CAUSE").is_none()
}

fn all_good(bad: impl Iterator<Item = Option<String>>) {
    let bad: Vec<String> = bad.flatten().collect();
    assert!(bad.is_empty(), "{} kinds of pairs\n{}", bad.len(), bad.join("\n"));
}

#[test]
fn each_cause_is_found_in_each_image() {
    let kinds = CAUSES
        .into_iter()
        .filter(|cause| chosen(*cause))
        .flat_map(|cause| Subject::ALL.map(|subject| (cause, subject)));
    all_good(kinds.map(|(cause, subject)| {
        let mut tally = Tally::default();
        for seed in 0..cases(1) {
            let dice = &mut Dice(seed * 77 + 5);
            let old = subject.bytes(dice);
            let (new, done) = inject(cause, dice, &old);
            tally.add(seed, old, new, &[done]);
        }
        tally.report(&format!("{cause} in {subject:?}"))
    }));
}
