//! How fast several captures of one flash become one image, and in how much memory. Figures and how to repeat them:
//! `benches/README.md`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use unbrick::capture::merge::merge;
use unbrick::capture::{self, Capture, Dialect, print};
use unbrick::image::FlashAddr;

mod side_by_side;

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
    memory(&text, &mut chance);
}

/// The private memory of the whole program for each byte that is captured, and how long it takes.
fn memory(text: &[u8], chance: &mut Chance) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: String, text: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let mut read = |name: &str, captures: usize, one_in: usize| -> Vec<PathBuf> {
        (0..captures).map(|number| write(format!("{name}-{number}.log"), &misread(text, one_in, chance))).collect()
    };
    let clean = read("clean", CAPTURES, usize::MAX);
    let bad = read("bad", CAPTURES, 2_000);
    let scattered = write("scattered.log".to_owned(), &scattered(text));
    for (what, files) in [
        ("one log", &clean[..1]),
        ("nine logs", &clean),
        ("nine logs, an error in 2,000 characters", &bad),
        ("one log, no line beside the one that it follows", std::slice::from_ref(&scattered)),
    ] {
        let out = folder.path().join("flash.bin");
        let mut arguments = vec![Path::new("convert")];
        arguments.extend(files.iter().map(PathBuf::as_path));
        arguments.extend([Path::new("-o"), &out, Path::new("--force"), Path::new("--fill"), Path::new("FF")]);
        let wall = (0..5).filter_map(|_| side_by_side::run(side_by_side::UNBRICK, &arguments)).min().unwrap();
        let most = (0..5).filter_map(|_| side_by_side::private_bytes(side_by_side::UNBRICK, &arguments)).max().unwrap();
        println!(
            "{what}: {:.0} ms, {:.1} MB of private memory, {:.2} bytes for each that is captured",
            wall.as_secs_f64() * 1e3,
            most as f64 / side_by_side::MEGABYTE as f64,
            most as f64 / (files.len() * FLASH_BYTES) as f64,
        );
    }
}

/// The lines of a log, every one far from the one that it follows.
fn scattered(text: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').filter(|line| line.len() > 70).collect();
    (0..lines.len()).flat_map(|at| [lines[at * 40_503 % lines.len()], b"\n"].concat()).collect()
}

criterion_group!(benches, merging);
criterion_main!(benches);
