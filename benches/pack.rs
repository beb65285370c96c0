//! How fast `unbrick pack romfs` builds a large volume from a folder, beside `genromfs` on the same folder. Figures and
//! how to repeat them: `benches/README.md`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

mod side_by_side;

use std::fs;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use side_by_side::{MEGABYTE, UNBRICK, files, run, side_by_side, write_folder};

fn pack(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let tree = folder.path().join("tree");
    write_folder(&files(20_000, 512 * MEGABYTE), &tree);

    let image = folder.path().join("ours.img");
    let ours: Vec<&Path> = ["pack", "romfs", "--force", "-o"].iter().map(Path::new).chain([&*image, &*tree]).collect();
    let mut group = criterion.benchmark_group("pack");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(10));
    group.bench_function("512-megabytes", |bencher| bencher.iter(|| run(UNBRICK, &ours).unwrap()));
    group.finish();

    let other = folder.path().join("theirs.img");
    let theirs: [&Path; 6] =
        [Path::new("-f"), &other, Path::new("-d"), &tree, Path::new("-V"), Path::new("rom 4cfdc420")];
    side_by_side("pack romfs", &ours, ("genromfs", &theirs), 1.0, 64);
    if let (Ok(ours), Ok(theirs)) = (fs::metadata(&image), fs::metadata(&other)) {
        assert_eq!(ours.len(), theirs.len(), "both hold the same");
    }
}

criterion_group!(benches, pack);
criterion_main!(benches);
