//! For each cause: put it into believable images at any place, and count what is found.

use super::*;

/// Numbers that only depend on a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// A believable image: packed programs, text, a directory of 32-byte headers, erased and zeroed stretches.
fn image(dice: &mut Dice) -> Vec<u8> {
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
struct Done {
    cause: Cause,
    old: Vec<usize>,
    new: Vec<usize>,
}

/// Puts `cause` into `new` at any place from `from` on.
fn inject(cause: Cause, dice: &mut Dice, old: &mut Vec<u8>) -> (Vec<u8>, Done) {
    let mut new = old.clone();
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
            let (at, end) = if dice.below(2) == 0 { (0, old.len()) } else { (place(dice, old, 256, 512), old.len() / 512 * 256) };
            let end = end.max(at + 512).min(old.len());
            new[at..end].chunks_exact_mut(unit).for_each(<[u8]>::reverse);
            in_new.extend((at..end).filter(|&at| old[at] != new[at]));
        }
        Cause::DigitError => {
            for _ in 0..few * 10 {
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
            let at = place(dice, old, 256, 1024) / 1024 * 1024;
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

/// Bytes of the truth that got their cause, all bytes of the truth, and bytes that got a wrong one.
fn score(found: &[Segment], old: &[u8], new: &[u8], done: &[Done]) -> (usize, usize, usize) {
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

const CAUSES: [Cause; 15] = [
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
    let cases = std::env::var("CASES").map_or(24, |cases| cases.parse().unwrap());
    let mut bad = Vec::new();
    for cause in CAUSES {
        let mut failed = Vec::new();
        for seed in 0..cases {
            let mut dice = Dice(seed + 1000);
            let mut old = image(&mut dice);
            let (new, done) = inject(cause, &mut dice, &mut old);
            let found = compared(&old, &new);
            let (right, all, wrong) = score(&found, &old, &new, &[done]);
            if right * 100 < all * 95 || wrong * 100 > old.len() {
                failed.push(format!("seed {seed}: {right} of {all} right, {wrong} of {} wrong", old.len()));
                if failed.len() < 2 {
                    for segment in found.iter().take(12) {
                        eprintln!("  {cause} {seed}: {} {} {} {:?}", segment.cause, segment.old, segment.new, segment.also);
                    }
                }
            }
        }
        if !failed.is_empty() {
            bad.push(format!("{cause}: {} of {cases}: {}", failed.len(), failed[..failed.len().min(3)].join("; ")));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
