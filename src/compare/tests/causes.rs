//! For each cause: put it into believable images at any place, and count what is found.

use super::*;

/// Numbers that only depend on a seed.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// A believable image: packed programs, text, a directory of 32-byte headers, erased and zeroed stretches.
pub fn image(dice: &mut Dice) -> Vec<u8> {
    let mut image = noise(dice.below(usize::MAX) as u64, 2048);
    for _ in 0..8 + dice.below(10) {
        let len = 16 * (8 + dice.below(600));
        match dice.below(6) {
            0 => image.extend(std::iter::repeat_n([0xFF, 0x00][dice.below(2)], len)),
            1 => {
                for word in 0..len / 8 {
                    let words = ["var ", "the camera ", "</td><td>", "=0x", "\n    ", "value", "if (", ");\n"];
                    image.extend(words[dice.below(8)].bytes());
                    image.extend(format!("{}", word * dice.below(90)).bytes());
                }
                image.resize(image.len().next_multiple_of(16), 0);
            }
            2 => {
                for number in 0..len as u32 / 32 {
                    let at = image.len() as u32;
                    for word in [at + 0x29, number << 4, 64 + number % 7, !at.wrapping_mul(0x0101_3127)] {
                        image.extend(word.to_be_bytes());
                    }
                    image.extend(format!("file{number:04}.htm").bytes());
                    image.resize(image.len().next_multiple_of(16), 0);
                }
            }
            _ => image.extend(noise(dice.below(usize::MAX) as u64, len)),
        }
    }
    image.extend(noise(dice.below(usize::MAX) as u64, 2048 + dice.below(300)));
    image
}

/// A place whose surroundings are not mere filler, as a multiple of `unit`, with `room` bytes behind it.
fn place(dice: &mut Dice, bytes: &[u8], unit: usize, room: usize) -> usize {
    let told = |at: usize, len: usize| {
        bytes[at..at + len].chunks(16).all(|line| line.iter().filter(|byte| **byte != line[0]).count() > 2)
    };
    (0..200)
        .map(|_| (1024 + dice.below(bytes.len() - room - 2048)) / unit * unit)
        .find(|&at| told(at - 64, room + 128))
        .unwrap_or(0)
}

/// What was done: the cause, and the bytes of either image that it made differ.
pub struct Done {
    pub cause: Cause,
    pub old: Vec<usize>,
    pub new: Vec<usize>,
}

/// Puts `cause` into a copy of `old` at any place where it can be.
pub fn inject(cause: Cause, dice: &mut Dice, old: &[u8]) -> (Vec<u8>, Done) {
    let mut new = old.to_vec();
    let (mut in_old, mut in_new): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    let few = 1 + dice.below(5);
    match cause {
        Cause::CarriedPage => {
            new.splice(0..0, noise(dice.below(usize::MAX) as u64, 256));
            in_new.extend(0..256);
        }
        Cause::CutTail => {
            new.truncate(old.len() / 256 * 256);
            in_old.extend(new.len()..old.len());
        }
        Cause::XmodemPadding => {
            let end = new.len();
            new.resize(end.next_multiple_of(128), 0x1A);
            in_new.extend(end..new.len());
        }
        Cause::XmodemResend => {
            let at = place(dice, old, 128, 256);
            let mut block = old[at..at + 128].to_vec();
            for _ in 0..few {
                block[dice.below(128)] ^= 1 << dice.below(8);
            }
            new.splice(at..at, block);
            in_new.extend(at..at + 128);
        }
        Cause::MissingLine | Cause::MissingPage => {
            let (unit, len) = if cause == Cause::MissingLine { (16, 16 * few) } else { (256, 256 * few) };
            let at = place(dice, old, unit, len);
            new.drain(at..at + len);
            in_old.extend(at..at + len);
        }
        Cause::RepeatedLine | Cause::RepeatedPage => {
            let len = if cause == Cause::RepeatedLine { 16 } else { 256 };
            let at = place(dice, old, len, len);
            new.splice(at..at, old[at..at + len].to_vec());
            in_new.extend(at + len..at + 2 * len);
        }
        Cause::WordOrder | Cause::HalfWordOrder => {
            let unit = if cause == Cause::WordOrder { 4 } else { 2 };
            let (at, end) =
                if dice.below(2) == 0 { (0, old.len()) } else { (place(dice, old, 256, 512), old.len() / 512 * 256) };
            let end = end.max(at + 512).min(old.len());
            new[at..end].chunks_exact_mut(unit).for_each(<[u8]>::reverse);
            in_new.extend((at..end).filter(|&at| old[at] != new[at]));
        }
        Cause::DigitError => {
            let rate = [1000, 2000, 5000, 20_000][dice.below(4)];
            for _ in 0..(old.len() / rate).max(1) {
                let at = dice.below(old.len());
                new[at] = old[at] ^ ((1 + dice.below(15) as u8) << (4 * dice.below(2)));
            }
            in_new.extend((0..old.len()).filter(|&at| old[at] != new[at]));
        }
        Cause::Erased | Cause::ZeroFill => {
            let fill = if cause == Cause::Erased { 0xFF } else { 0 };
            if dice.below(2) == 0 {
                let end = new.len();
                new.resize(end + 1024 * few, fill);
                in_new.extend(end..new.len());
            } else {
                let at = place(dice, old, 1, 256 * few);
                new[at..at + 256 * few].fill(fill);
                in_new.extend((at..at + 256 * few).filter(|&at| old[at] != new[at]));
            }
        }
        Cause::AddressMirror => {
            // Erased flash mirrored is just erased flash.
            let at = place(dice, old, 1024, 1024) ^ 1024;
            let twin = at ^ 1024;
            new[at..at + 1024].copy_from_slice(&old[twin..twin + 1024]);
            in_new.extend((at..at + 1024).filter(|&at| old[at] != new[at]));
        }
        Cause::Unexplained => {
            let at = place(dice, old, 1, 700);
            new[at..at + 700].copy_from_slice(&noise(dice.below(usize::MAX) as u64, 700));
            in_new.extend((at..at + 700).filter(|&at| old[at] != new[at]));
        }
        other => unreachable!("{other} needs a map"),
    }
    (new, Done { cause, old: in_old, new: in_new })
}

/// Runs `case` for many seeds; it returns what was injected. Panics with what was not found.
fn all_found(name: &str, cases: u64, case: impl Fn(&mut Dice) -> (Vec<u8>, Vec<u8>, Vec<Done>)) -> Option<String> {
    let cases = std::env::var("CASES").map_or(cases, |cases| cases.parse().unwrap());
    let failed: Vec<String> = (0..cases)
        .filter_map(|seed| {
            let (old, new, done) = case(&mut Dice(seed + 1000));
            let found = compared(&old, &new);
            let (right, all, wrong) = score(&found, &old, &new, &done);
            if right * 100 >= all * 95 && wrong * 100 <= old.len() {
                return None;
            }
            let story: Vec<String> = found
                .iter()
                .filter(|segment| segment.cause != Cause::Equal)
                .take(6)
                .map(|segment| format!("{} {} {} {:?}", segment.cause, segment.old, segment.new, segment.also))
                .collect();
            Some(format!(
                "  seed {seed}: {right} of {all} right, {wrong} of {} wrong\n    {}",
                old.len(),
                story.join("\n    ")
            ))
        })
        .collect();
    (!failed.is_empty())
        .then(|| format!("{name}: {} of {cases}\n{}", failed.len(), failed[..failed.len().min(2)].join("\n")))
}

/// Bytes of the truth that got their cause, all bytes of the truth, and bytes that got a wrong one.
pub fn score(found: &[Segment], old: &[u8], new: &[u8], done: &[Done]) -> (usize, usize, usize) {
    let mut truth = [vec![None; old.len()], vec![None; new.len()]];
    for done in done {
        done.old.iter().for_each(|&at| truth[0][at] = Some(done.cause));
        done.new.iter().for_each(|&at| truth[1][at] = Some(done.cause));
    }
    let (mut right, mut wrong) = (0, 0);
    for segment in found {
        for (span, truth) in [(segment.old, &truth[0]), (segment.new, &truth[1])] {
            for truth in &truth[span.start()..span.end()] {
                match truth {
                    Some(cause) if *cause == segment.cause => right += 1,
                    // Its counterpart in the other image carries the truth.
                    None if segment.cause == Cause::Equal => {}
                    _ if done.iter().any(|done| done.cause == segment.cause) => {}
                    _ => wrong += 1,
                }
            }
        }
    }
    let all = done.iter().map(|done| done.old.len() + done.new.len()).sum();
    (right, all, wrong)
}

pub const CAUSES: [Cause; 15] = [
    Cause::CarriedPage,
    Cause::CutTail,
    Cause::XmodemPadding,
    Cause::XmodemResend,
    Cause::MissingLine,
    Cause::MissingPage,
    Cause::RepeatedLine,
    Cause::RepeatedPage,
    Cause::WordOrder,
    Cause::HalfWordOrder,
    Cause::DigitError,
    Cause::Erased,
    Cause::ZeroFill,
    Cause::AddressMirror,
    Cause::Unexplained,
];

#[test]
fn each_cause_is_found_wherever_it_is() {
    let bad = CAUSES.into_iter().filter_map(|cause| {
        all_found(&cause.to_string(), 16, |dice| {
            let old = image(dice);
            let (new, done) = inject(cause, dice, &old);
            (old, new, vec![done])
        })
    });
    let bad: Vec<String> = bad.collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn two_causes_at_once_are_both_found() {
    let pairs = CAUSES.iter().flat_map(|first| CAUSES.iter().map(move |second| (*first, *second)));
    let bad = pairs.filter(|(first, second)| first < second).filter_map(|(first, second)| {
        all_found(&format!("{first} and {second}"), 2, |dice| {
            // The causes come in the order in which the bytes pass: first the flash, then the dump.
            let (mut front, behind) = (image(dice), image(dice));
            let room = front.len().next_multiple_of(4096) - front.len();
            front.extend(noise(dice.below(usize::MAX) as u64, room));
            let (first, second) = if happens_at_end(first) { (second, first) } else { (first, second) };
            let (new_front, done_front) = inject(first, dice, &front);
            let (new_behind, done_behind) = inject(second, dice, &behind);
            let shifted = Done {
                cause: done_behind.cause,
                old: done_behind.old.iter().map(|at| at + front.len()).collect(),
                new: done_behind.new.iter().map(|at| at + new_front.len()).collect(),
            };
            ([front, behind].concat(), [new_front, new_behind].concat(), vec![done_front, shifted])
        })
    });
    let bad: Vec<String> = bad.collect();
    assert!(bad.is_empty(), "{} pairs\n{}", bad.len(), bad.join("\n"));
}

const fn happens_at_end(cause: Cause) -> bool {
    matches!(cause, Cause::CutTail | Cause::XmodemPadding | Cause::Erased | Cause::ZeroFill)
}
