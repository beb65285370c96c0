//! Merges of what was printed and damaged, held against what was printed.

#![allow(clippy::arithmetic_side_effects)]

pub(crate) mod damage;
mod squeezed;

use super::super::{Capture, Dialect, decode, print};
use super::*;
use crate::image::FlashAddr;
use damage::{Chance, damaged, flash};

const ADDRESS: FlashAddr = FlashAddr(0x7F02_0000);

/// The same memory printed in turn as the recovery tool and as terminal programs write it, each text damaged.
fn captures(image: &[u8], number: usize, one_in: usize, chance: &mut Chance) -> Vec<Capture> {
    let print = |index: usize| match index % 3 {
        1 => print::terminal_log(image, ADDRESS, Dialect::Bytes),
        _ => print::recovery_tool(image, ADDRESS),
    };
    (0..number).map(|index| decode(&damaged(&print(index), one_in, chance))).collect()
}

fn merged(captures: &[Capture]) -> Merged {
    merge(&captures.iter().collect::<Vec<_>>())
}

/// Holds a merged image against what was printed: what is known is right, but for what no evidence could show; gives
/// how many known bytes are wrong, and whether all is there.
fn judge(merged: &Merged, original: &[u8]) -> (usize, bool) {
    let start = merged.image.address().unwrap();
    let mut wrong = 0;
    for span in merged.image.known().iter() {
        let from = i64::from(start.0) - i64::from(ADDRESS.0) + span.start() as i64;
        for (place, byte) in span.of(&merged.image).iter().enumerate() {
            let original = usize::try_from(from + place as i64).ok().and_then(|at| original.get(at));
            wrong += usize::from(original != Some(byte));
        }
    }
    (wrong, start == ADDRESS && &*merged.image == original && merged.image.gaps().is_empty())
}

fn whole_of(runs: u64, number: usize, one_in: usize) -> (usize, usize) {
    let (mut whole, mut wrong) = (0, 0);
    for seed in 0..runs {
        let mut chance = Chance(seed * 1000 + number as u64);
        let len = 256 * (8 + chance.below(40));
        let image = flash(len, &mut chance);
        let captures = captures(&image, number, one_in, &mut chance);
        let (wrong_bytes, is_whole) = judge(&merged(&captures), &image);
        whole += usize::from(is_whole);
        wrong += wrong_bytes;
        if !is_whole {
            eprintln!("seed {seed}: {wrong_bytes} wrong, {:?}", merged(&captures).tally(Span::new(0, usize::MAX)));
        }
    }
    (whole, wrong)
}

#[test]
fn three_captures_with_an_error_in_20_000_characters_make_the_image() {
    let (whole, wrong) = whole_of(100, 3, 20_000);
    assert!(whole >= 99 && wrong == 0, "{whole} of 100 are whole, {wrong} bytes are wrong");
}

#[test]
fn five_captures_with_an_error_in_2_000_characters_make_the_image() {
    let (whole, wrong) = whole_of(100, 5, 2_000);
    assert!(whole >= 99 && wrong == 0, "{whole} of 100 are whole, {wrong} bytes are wrong");
}
