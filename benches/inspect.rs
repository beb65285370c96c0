//! How fast `unbrick inspect` says what a large romfs holds, beside `sha256sum`, which reads it once; and how fast
//! every command starts. Figures and how to repeat them: `benches/README.md`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

mod side_by_side;

use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use side_by_side::{MEGABYTE, UNBRICK, files, romfs, run, side_by_side};

/// A start-up that a user notices.
const START_MOST: Duration = Duration::from_millis(20);

fn inspect(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("romfs.img");
    std::fs::write(&image, romfs(&files(20_000, 512 * MEGABYTE), "rom 4cfdc420")).unwrap();

    let text: [&Path; 2] = [Path::new("inspect"), &image];
    let json = [Path::new("inspect"), Path::new("--format=json"), &image];
    let mut group = criterion.benchmark_group("inspect");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    group.bench_function("512-megabytes", |bencher| bencher.iter(|| run(UNBRICK, &text).unwrap()));
    group.bench_function("512-megabytes-json", |bencher| bencher.iter(|| run(UNBRICK, &json).unwrap()));
    group.finish();
    side_by_side("inspect", &text, ("sha256sum", &[&image]), 0.25, 64);
    side_by_side("inspect --format json", &json, ("sha256sum", &[&image]), 0.25, 64);
}

/// Every command says how it is used, and does its work on a file of 4 KiB.
fn start(_: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let small = folder.path().join("romfs.img");
    std::fs::write(&small, romfs(&files(3, 4096), "small")).unwrap();
    let out = folder.path().join("out");
    let (out, small) = (out.to_str().unwrap(), small.to_str().unwrap());
    let starts: [&[&str]; 15] = [
        &["--help"],
        &["inspect", "--help"],
        &["explain", "--help"],
        &["convert", "--help"],
        &["diff", "--help"],
        &["ls", "--help"],
        &["cat", "--help"],
        &["extract", "--help"],
        &["inspect", small],
        &["explain", small],
        &["convert", small, "--force", "-o", out],
        &["diff", small, small],
        &["ls", small],
        &["cat", small, "folder-000/file-00000.bin"],
        &["extract", small, "-o", out],
    ];
    for arguments in starts {
        let paths: Vec<&Path> = arguments.iter().map(Path::new).collect();
        let is_extract = arguments.first() == Some(&"extract");
        let best = (0..20).map(|round| {
            let fresh = folder.path().join(format!("out-{round}"));
            let mut paths = paths.clone();
            if let (true, Some(last)) = (is_extract && paths.len() > 2, paths.last_mut()) {
                *last = &fresh;
            }
            run(UNBRICK, &paths).unwrap()
        });
        let best = best.min().unwrap();
        let is_met = if best < START_MOST { "met" } else { "MISSED" };
        let shown = arguments.join(" ").replace(&folder.path().display().to_string(), "");
        println!("start of `{shown}`: {:.1} ms (goal 20): {is_met}", best.as_secs_f64() * 1e3);
    }
}

criterion_group!(benches, inspect, start);
criterion_main!(benches);
