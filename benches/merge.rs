//! How fast several captures of one flash become one image. Figures and how to repeat them: `benches/README.md`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use unbrick::capture::merge::merge;
use unbrick::capture::{self, Capture, Dialect, print};
use unbrick::image::FlashAddr;

const ADDRESS: FlashAddr = FlashAddr(0x7F00_0000);

/// The flash of most of these cameras.
const FLASH_BYTES: usize = 4 << 20;

const CAPTURES: usize = 9;

struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// A text with a character in so many changed to a hex digit.
fn misread(text: &[u8], one_in: usize, chance: &mut Chance) -> Vec<u8> {
    let mut text = text.to_vec();
    for _ in 0..text.len() / one_in {
        let at = usize::try_from(chance.next()).unwrap() % text.len();
        text[at] = b"0123456789ABCDEF"[usize::try_from(chance.next() % 16).unwrap()];
    }
    text
}

fn merging(criterion: &mut Criterion) {
    let mut chance = Chance(0x9E37_79B9_7F4A_7C15);
    let flash: Vec<u8> = (0..FLASH_BYTES / 8).flat_map(|_| chance.next().to_le_bytes()).collect();
    let text = print::terminal_log(&flash, ADDRESS, Dialect::Bytes);
    let mut group = criterion.benchmark_group("merge");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(6));
    for (name, one_in) in [("nine-clean", usize::MAX), ("nine-1-in-20000", 20_000), ("nine-1-in-2000", 2_000)] {
        let texts: Vec<Vec<u8>> = (0..CAPTURES).map(|_| misread(&text, one_in, &mut chance)).collect();
        let captures: Vec<Capture> = texts.iter().map(|text| capture::decode(text)).collect();
        let captures: Vec<&Capture> = captures.iter().collect();
        assert_eq!(*merge(&captures).image, *flash);
        group.throughput(Throughput::Bytes((CAPTURES * FLASH_BYTES) as u64));
        group.bench_function(name, |bencher| bencher.iter(|| merge(black_box(&captures))));
        group.bench_function(format!("{name}-from-text"), |bencher| {
            bencher.iter(|| {
                let captures: Vec<Capture> = texts.iter().map(|text| capture::decode(black_box(text))).collect();
                merge(&captures.iter().collect::<Vec<_>>())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, merging);
criterion_main!(benches);
