//! How fast two images are compared. The yardstick is a plain comparison of equal bytes, as `cmp` does it.
#![allow(missing_docs, clippy::indexing_slicing)] // the macros below make public items; sizes are fixed here

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use unbrick::compare::{Side, segments};
use unbrick::image::{Span, SpanSet};

const MEGABYTE: usize = 1 << 20;

fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
    .take(len)
    .collect()
}

/// One stretch of 26 KB in fifty is other: files that changed.
fn mostly_equal(old: &[u8]) -> Vec<u8> {
    let mut new = old.to_vec();
    for (number, file) in new.chunks_mut(26 * 1024).enumerate().filter(|(number, _)| number % 50 == 7) {
        file.copy_from_slice(&noise(number as u64, file.len()));
    }
    new
}

fn compare(criterion: &mut Criterion) {
    let old = noise(1, 64 * MEGABYTE);
    let page = noise(2, 256);
    let pages = |len: usize| page.iter().copied().cycle().take(len).collect::<Vec<u8>>();
    let pairs = [
        ("mostly-equal", old.clone(), mostly_equal(&old)),
        ("shifted", old.clone(), [&noise(3, 256)[..], &old].concat()),
        ("all-different", old.clone(), noise(4, old.len())),
        ("erased-and-zero", vec![0xFF; 64 * MEGABYTE], vec![0; 64 * MEGABYTE]),
        ("one-page-repeated", pages(64 * MEGABYTE), pages(63 * MEGABYTE)),
        ("camera-flash", old[..4 * MEGABYTE].to_vec(), [&old[..MEGABYTE], &old[MEGABYTE + 16..4 * MEGABYTE]].concat()),
    ];
    let mut group = criterion.benchmark_group("compare");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(old.len() as u64));
    group.bench_function("cmp-of-equal-bytes", |bencher| {
        let new = old.clone();
        bencher.iter(|| black_box(&old) == black_box(&new));
    });
    for (name, old, new) in &pairs {
        let known_old = SpanSet::of(Span::at(0, old.len()));
        let known_new = SpanSet::of(Span::at(0, new.len()));
        let (old, new) = (Side::new(old, &known_old), Side::new(new, &known_new));
        group.throughput(Throughput::Bytes(old.bytes.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(name), &(old, new), |bencher, (old, new)| {
            bencher.iter(|| segments(black_box(old), black_box(new), &[]));
        });
    }
    group.finish();
}

criterion_group!(benches, compare);
criterion_main!(benches);
