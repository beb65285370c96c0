//! The evaluation: every cause in every believable image, compared as the command line does it, with the truth known
//! for each byte. `CASES=50 cargo test --release --lib compare::tests::whole` tries more of them.

use super::camera::{Subject, files, flash, kernel, romfs, romfs_named};
use super::causes::{CAUSES, Dice, Done, inject, score};
use super::*;
use crate::capture::{self, Capture};
use crate::image::{FLASH_BASE, FlashAddr, Image};
use crate::map::Inspection;

/// Compares two images with all that can be known of them.
fn compared(old: &Image, new: &Image, capture: Option<&Capture>) -> Comparison {
    let (old_map, new_map) = (Inspection::of_image(old), Inspection::of_image(new));
    let comparison = Comparison::of(
        super::Subject { image: old, address: old_map.address, regions: &old_map.regions, capture: None },
        super::Subject { image: new, address: new_map.address, regions: &new_map.regions, capture },
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
        self.judge(seed, &Image::new(old, None), &Image::new(new, None), None, done);
    }

    fn judge(&mut self, seed: u64, old: &Image, new: &Image, capture: Option<&Capture>, done: &[Done]) {
        let found = compared(old, new, capture);
        let (right, all, wrong) = score(&found.segments, old, new, done);
        self.cases += 1;
        self.right += right as f64 / all.max(1) as f64;
        if right * 100 >= all * 95 && wrong * 100 <= old.len() {
            return;
        }
        let is_true = |segment: &&Segment| done.iter().any(|done| done.cause == segment.cause);
        let differing = found
            .segments
            .iter()
            .filter(|segment| segment.cause != Cause::Equal && !is_true(segment))
            .chain(found.segments.iter().filter(|segment| is_true(segment)));
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

    /// The truth is known for every byte that can differ.
    fn add_all(&mut self, seed: u64, old: Vec<u8>, new: Vec<u8>, truth: [Vec<(Cause, Vec<usize>)>; 2]) {
        let (old, new) = (Image::new(old, None), Image::new(new, None));
        let found = compared(&old, &new, None);
        let mut of = [vec![None; old.len()], vec![None; new.len()]];
        for (side, truth) in of.iter_mut().zip(truth) {
            truth.iter().for_each(|(cause, bytes)| bytes.iter().for_each(|at| side[*at] = Some(*cause)));
        }
        let (mut right, mut all) = (0, 0);
        let mut story = Vec::new();
        for segment in found.segments.iter().filter(|segment| segment.cause != Cause::Equal) {
            let mut wrong = 0;
            let of_both = (segment.old.len() == segment.new.len()).then_some(());
            for (span, truth, other, others) in
                [(segment.old, &of[0], segment.new, &of[1]), (segment.new, &of[1], segment.old, &of[0])]
            {
                for at in 0..span.len() {
                    // Where two things of a romfs came to lie on each other, either tells the truth. The footer that
                    // names an image changes with it, and what it no longer fills is erased.
                    let counterpart = of_both.and_then(|()| others[other.start() + at]);
                    let own = truth[span.start() + at];
                    let fits = own == Some(segment.cause)
                        || counterpart == Some(segment.cause)
                        || (own.is_none() && matches!(segment.cause.meaning(), Meaning::Harmless | Meaning::Changed));
                    all += 1;
                    right += usize::from(fits);
                    wrong += usize::from(!fits);
                }
            }
            if wrong > 0 && story.len() < 10 {
                let at = segment.new.start().min(new.len() - 1);
                story.push(format!(
                    "{} {} {} {:?}; {wrong} wrong, truth {:?} {:?}",
                    segment.cause,
                    segment.old,
                    segment.new,
                    segment.note(),
                    of[0].get(segment.old.start()),
                    of[1][at]
                ));
            }
        }
        self.cases += 1;
        self.right += right as f64 / all.max(1) as f64;
        if right * 100 < all * 95 {
            self.failed.push(format!("  seed {seed}: {right} of {all} right\n    {}", story.join("\n    ")));
        }
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
    // What is inside a known thing and differs is that thing's change.
    let unknown = [Subject::Foreign, Subject::Text, Subject::Table];
    let kinds = kinds.filter(|(cause, subject)| *cause != Cause::Unexplained || unknown.contains(subject));
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

/// The truth for every byte of a romfs, given what became of each of its files.
fn romfs_truth(romfs: &[u8], start: usize, of: impl Fn(&str) -> Option<Cause>) -> Vec<(Cause, Vec<usize>)> {
    use crate::format::romfs::{Role, parse};
    let parsed = parse(romfs).unwrap().value;
    let mut truth = Vec::new();
    let mut last = Cause::RomfsHeader;
    for part in parsed.layout(romfs) {
        let name = |entry: usize| parsed.entries[entry].path.trim_start_matches("/bin/").to_owned();
        last = match part.role {
            Role::VolumeHeader => Cause::RomfsHeader,
            Role::EntryHeader(entry) => match of(&name(entry)) {
                Some(cause @ (Cause::FileAdded | Cause::FileRemoved)) => cause,
                _ => Cause::RomfsHeader,
            },
            Role::Data(entry) => of(&name(entry)).unwrap_or(Cause::RomfsOrder),
            Role::Zeros if part.span.len() > 16 => continue,
            Role::Zeros | Role::Stray => last,
        };
        truth.push((last, (part.span.start() + start..part.span.end() + start).collect()));
    }
    truth
}

/// What can be done to the files of a romfs.
#[derive(Debug, Clone, Copy)]
enum Edit {
    Header,
    Order,
    Changed,
    Rewritten,
    Added,
    Removed,
    Moved,
    Several,
}

impl Edit {
    const ALL: [Self; 8] = [
        Self::Header,
        Self::Order,
        Self::Changed,
        Self::Rewritten,
        Self::Added,
        Self::Removed,
        Self::Moved,
        Self::Several,
    ];

    /// The files afterwards, and what became of which (in the old list, in the new one).
    fn of(self, dice: &mut Dice, old: &[super::camera::File]) -> (Vec<super::camera::File>, Vec<(String, Cause)>) {
        let mut new = old.to_vec();
        let mut done = Vec::new();
        let at = dice.below(new.len());
        match self {
            Self::Header => {}
            Self::Order => {
                let by = 1 + dice.below(old.len() - 1);
                new.rotate_left(by);
            }
            Self::Changed => {
                let place = dice.below(new[at].1.len());
                let more = noise(dice.below(999) as u64, 1 + dice.below(200));
                new[at].1.splice(place..place, more);
                done.push((new[at].0.clone(), Cause::FileChanged));
            }
            Self::Rewritten => {
                let (start, seed) = (dice.below(new[at].1.len()), dice.below(999) as u64);
                let changed = noise(seed, new[at].1.len() - start);
                new[at].1[start..].copy_from_slice(&changed);
                done.push((new[at].0.clone(), Cause::FileChanged));
            }
            Self::Added => {
                let content = noise(dice.below(999) as u64, 20 + dice.below(3000));
                new.insert(at, ("added".to_owned(), content));
                done.push(("added".to_owned(), Cause::FileAdded));
            }
            Self::Removed => done.push((new.remove(at).0, Cause::FileRemoved)),
            Self::Moved => {
                let (name, content) = new.remove(at);
                new.push(("moved".to_owned(), content));
                done.extend([(name, Cause::FileMoved), ("moved".to_owned(), Cause::FileMoved)]);
            }
            Self::Several => {
                for edit in [Self::Changed, Self::Removed, Self::Added] {
                    let (after, also) = edit.of(dice, &new);
                    new = after;
                    done.retain(|(name, _)| !also.iter().any(|(other, _)| other == name));
                    done.extend(also);
                }
                done.retain(|(name, cause)| *cause != Cause::FileChanged || new.iter().any(|(other, _)| other == name));
            }
        }
        (new, done)
    }
}

#[test]
fn each_change_of_a_romfs_is_found_wherever_it_lies() {
    let kinds = Edit::ALL.into_iter().flat_map(|edit| [Subject::Romfs, Subject::Flash].map(|subject| (edit, subject)));
    all_good(kinds.map(|(edit, subject)| {
        let mut tally = Tally::default();
        for seed in 0..cases(2) {
            let dice = &mut Dice(seed * 91 + 3);
            let before = files(dice);
            let (after, done) = edit.of(dice, &before);
            let (old_romfs, new_romfs) = (romfs(&before), romfs_named("rom 4e000000", &after));
            let (old, new, start) = match subject {
                Subject::Flash => {
                    let kernel = kernel(dice);
                    let (old, new) = (flash(&kernel, &old_romfs), flash(&kernel, &new_romfs));
                    let start = memchr::memmem::find(&old, b"-rom1fs-").unwrap();
                    (old, new, start)
                }
                _ => (old_romfs.clone(), new_romfs.clone(), 0),
            };
            let of = |name: &str| done.iter().find(|(done, _)| done == name).map(|(_, cause)| *cause);
            let parts = (romfs_truth(&old_romfs, start, of), romfs_truth(&new_romfs, start, of));
            tally.add_all(seed, old, new, [parts.0, parts.1]);
        }
        tally.report(&format!("{edit:?} in {subject:?}"))
    }));
}

#[test]
fn two_causes_at_once_are_both_found_in_each_image() {
    let pairs = CAUSES.iter().flat_map(|first| CAUSES.iter().map(move |second| (*first, *second)));
    let pairs = pairs.filter(|(first, second)| first != second && chosen(*first) && !is_at_an_end(*first));
    // What is inside a known thing and differs is that thing's change.
    let pairs = pairs.filter(|(first, second)| ![*first, *second].contains(&Cause::Unexplained));
    let all =
        Subject::ALL.into_iter().filter(|subject| std::env::var_os("CASES").is_some() || *subject == Subject::Kernel);
    let kinds: Vec<_> =
        pairs.flat_map(|(first, second)| all.clone().map(move |subject| (first, second, subject))).collect();
    all_good(kinds.into_iter().map(|(first, second, subject)| {
        let mut tally = Tally::default();
        for seed in 0..cases(1) {
            let dice = &mut Dice(seed * 177 + 55);
            let old = subject.bytes(dice);
            let Some((new, done)) = one_behind_the_other(first, second, dice, &old) else { continue };
            tally.add(seed, old, new, &done);
        }
        tally.report(&format!("{first} and {second} in {subject:?}"))
    }));
}

/// Causes that happen where an image begins or ends, or to all of it.
const fn is_at_an_end(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::CutTail
            | Cause::XmodemPadding
            | Cause::Erased
            | Cause::ZeroFill
            | Cause::WordOrder
            | Cause::HalfWordOrder
    )
}

/// One cause in the first part of an image, another in the rest.
fn one_behind_the_other(first: Cause, second: Cause, dice: &mut Dice, old: &[u8]) -> Option<(Vec<u8>, Vec<Done>)> {
    let cut = old.len() / 2 / 4096 * 4096;
    let (front, behind) = old.split_at(cut);
    if front.len() < 4096 || second == Cause::CarriedPage {
        return None;
    }
    let (new_front, done_front) = inject(first, dice, front);
    let (new_behind, done) = inject(second, dice, behind);
    let shifted = Done {
        cause: done.cause,
        old: done.old.iter().map(|at| at + cut).collect(),
        new: done.new.iter().map(|at| at + new_front.len()).collect(),
    };
    Some(([new_front, new_behind].concat(), vec![done_front, shifted]))
}

/// What a sender, a dump or the flash's wiring does on a larger scale.
fn larger(name: &str, dice: &mut Dice, old: &[u8]) -> (Vec<u8>, Done) {
    let mut new = old.to_vec();
    let mut done = Done { cause: Cause::Unexplained, old: Vec::new(), new: Vec::new() };
    let in_front = |unit: usize, dice: &mut Dice| (unit + dice.below(old.len() - 4 * unit)) / unit * unit;
    match name {
        "some blocks resent" => {
            done.cause = Cause::XmodemResend;
            let at = in_front(1024, dice);
            let times = 1 + dice.below(3);
            for _ in 0..times {
                let mut block = old[at..at + 128].to_vec();
                for _ in 0..1 + dice.below(12) {
                    block[dice.below(128)] = dice.below(256) as u8;
                }
                new.splice(at..at, block);
            }
            done.new.extend(at..at + 128 * times);
        }
        "words from a page on" | "half words from a page on" => {
            let (cause, unit) =
                if name.starts_with("half") { (Cause::HalfWordOrder, 2) } else { (Cause::WordOrder, 4) };
            done.cause = cause;
            let at = in_front(256, dice);
            new[at..].chunks_exact_mut(unit).for_each(<[u8]>::reverse);
            done.new.extend((at..old.len()).filter(|&at| old[at] != new[at]));
        }
        "a mirrored erase block" => {
            done.cause = Cause::AddressMirror;
            let at = (1 + dice.below(old.len() / 0x1_0000 - 1)) << 16;
            let len = 0x1_0000.min(old.len() - at);
            let bits: Vec<usize> = (16..22).map(|bit| 1 << bit).filter(|bit| (at ^ bit) + len <= old.len()).collect();
            let twin = at ^ bits[dice.below(bits.len())];
            new[at..at + len].copy_from_slice(&old[twin..twin + len]);
            done.new.extend((at..at + len).filter(|&at| old[at] != new[at]));
        }
        "an erased end" => {
            done.cause = Cause::Erased;
            let at = in_front(256, dice);
            new[at..].fill(0xFF);
            done.new.extend((at..old.len()).filter(|&at| old[at] != 0xFF));
        }
        "cut anywhere" => {
            done.cause = Cause::CutTail;
            let at = in_front(256, dice);
            new.truncate(at);
            done.old.extend(at..old.len());
        }
        other => unreachable!("{other}"),
    }
    (new, done)
}

#[test]
fn what_goes_wrong_on_a_large_scale_is_found() {
    let names = [
        "some blocks resent",
        "words from a page on",
        "half words from a page on",
        "a mirrored erase block",
        "an erased end",
        "cut anywhere",
    ];
    let kinds = names.into_iter().flat_map(|name| Subject::ALL.map(|subject| (name, subject)));
    // A mirror needs more than one erase block.
    let kinds = kinds.filter(|(name, subject)| *name != "a mirrored erase block" || *subject == Subject::Flash);
    all_good(kinds.map(|(name, subject)| {
        let mut tally = Tally::default();
        for seed in 0..cases(1) {
            let dice = &mut Dice(seed * 13 + 9);
            let old = subject.bytes(dice);
            let (new, done) = larger(name, dice, &old);
            // What was erased or alike before does not differ.
            if done.old.len() + done.new.len() >= 16 {
                tally.add(seed, old, new, &[done]);
            }
        }
        tally.report(&format!("{name} in {subject:?}"))
    }));
}

#[test]
fn what_a_capture_lacks_is_unknown() {
    let mut tally = Tally::default();
    for seed in 0..cases(2) {
        let dice = &mut Dice(seed * 19 + 9);
        let mut old = Subject::Romfs.bytes(dice);
        old.truncate(old.len() / 256 * 256);
        let address = FlashAddr(FLASH_BASE.0 + 0x4_0000);
        let lost = 1 + dice.below(old.len() / 256 - 2);
        let pages: Vec<(FlashAddr, &[u8])> = old
            .chunks(256)
            .enumerate()
            .filter(|(page, _)| *page != lost)
            .map(|(page, bytes)| (address.checked_add(256 * page).unwrap(), bytes))
            .collect();
        let capture = capture::decode(&capture::print::recovery_tool_pages(&pages));
        assert_eq!(capture.image.len(), old.len());
        let done = Done {
            cause: Cause::UnknownBytes,
            old: (256 * lost..256 * (lost + 1)).collect(),
            new: (256 * lost..256 * (lost + 1)).collect(),
        };
        tally.judge(seed, &Image::new(old, None), &capture.image, Some(&capture), &[done]);
    }
    all_good(std::iter::once(tally.report("a lost page")));
}
