//! How fast `unbrick diff` compares two large volumes, beside `cmp` over two equal files of the same length, the
//! Python package `romfs` and `diffoscope`. Figures and how to repeat them: `benches/README.md`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

mod side_by_side;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use side_by_side::{MEGABYTE, Noise, UNBRICK, files, romfs, run, side_by_side, two_percent_changed};

/// Two files in a folder, and a copy of the first for `cmp`.
struct Pair {
    old: PathBuf,
    new: PathBuf,
    copy: PathBuf,
}

impl Pair {
    fn write(folder: &Path, name: &str, old: &[u8], new: &[u8]) -> Self {
        let path = |which: &str| folder.join(format!("{name}-{which}"));
        let pair = Self { old: path("old"), new: path("new"), copy: path("copy") };
        for (path, bytes) in [(&pair.old, old), (&pair.new, new), (&pair.copy, old)] {
            fs::write(path, bytes).unwrap();
        }
        pair
    }

    /// Ours over both files, `cmp` over the first and its copy.
    fn beside_cmp(&self, what: &str, most_time: f64) {
        side_by_side(
            what,
            &[Path::new("diff"), &self.old, &self.new],
            ("cmp", &[&self.old, &self.copy]),
            most_time,
            200,
        );
    }

    fn remove(self) {
        [self.old, self.new, self.copy].iter().for_each(|path| fs::remove_file(path).unwrap());
    }
}

fn volumes(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let pair = {
        let old = files(20_000, 512 * MEGABYTE);
        let new = romfs(&two_percent_changed(&old), "rom 4cfdc421");
        Pair::write(folder.path(), "large", &romfs(&old, "rom 4cfdc420"), &new)
    };
    let arguments = [Path::new("diff"), &pair.old, &pair.new];
    let mut group = criterion.benchmark_group("diff");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(8));
    group.bench_function("512-megabytes", |bencher| bencher.iter(|| run(UNBRICK, &arguments).unwrap()));
    group.finish();
    pair.beside_cmp("diff, 2 % of 20,000 files in 512 MB changed", 2.0);
    let json = [Path::new("diff"), Path::new("--format=json"), &pair.old, &pair.new];
    side_by_side("the same as json", &json, ("cmp", &[&pair.old, &pair.copy]), 2.0, 200);
    pair.remove();

    let old = files(2_000, 64 * MEGABYTE);
    let new = romfs(&two_percent_changed(&old), "rom 4cfdc421");
    let pair = Pair::write(folder.path(), "medium", &romfs(&old, "rom 4cfdc420"), &new);
    let ours = [Path::new("diff"), &pair.old, &pair.new];
    side_by_side("diff, 64 MB", &ours, ("romfs", &ours), 1.0, 200);
    // once, for it takes a minute
    match (run(UNBRICK, &ours), run("diffoscope", &[&pair.old, &pair.new])) {
        (Some(ours), Some(theirs)) => println!("diff, 64 MB: {ours:.1?}, diffoscope {theirs:.1?}"),
        _ => eprintln!("skipped: diffoscope is not installed, or does not work"),
    }
}

/// Pairs on which a careless alignment takes time or memory without end. There is no goal but to stay linear.
fn worst(_: &mut Criterion) {
    const LEN: usize = 256 * MEGABYTE;
    let folder = tempfile::tempdir().unwrap();
    let page = Noise::new(3).bytes(256);
    let pages = |shift: usize| page.iter().copied().cycle().skip(shift).take(LEN).collect::<Vec<u8>>();
    let write = |name: &str, old: Vec<u8>, new: Vec<u8>| {
        let pair = Pair::write(folder.path(), name, &old, &new);
        drop((old, new));
        pair.beside_cmp(name, 20.0);
        pair.remove();
    };
    write("all different", Noise::new(4).bytes(LEN), Noise::new(5).bytes(LEN));
    write("erased and zero", vec![0xFF; LEN], vec![0; LEN]);
    write("a page a million times and shifted by one byte", pages(0), pages(1));
    write("a page a million times and once less", pages(0), pages(256)[256..].to_vec());
}

criterion_group!(benches, volumes, worst);
criterion_main!(benches);
