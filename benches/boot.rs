//! How long a virtual camera takes to its shell. Figures and how to repeat them: `benches/README.md`.
#![allow(missing_docs)] // the macros below make public items

use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use unbrick::camera::Model;
use unbrick::camera::layout::Parts;
use unbrick::machine::firmware::Firmware;
use unbrick::machine::session::{Goal, Plan, Run, Session};
use unbrick::machine::stage::Stage;
use unbrick::machine::{Machine, Ram};

fn to_shell(firmware: &Firmware) -> Run {
    let mut machine = Machine::power_on(firmware.setup(Ram::Mb16, true), &firmware.flash);
    let plan = Plan { goal: Some(Goal::Stage(Stage::Shell)), ..Plan::default() };
    Session::new(plan).run(&mut machine, &mut |_| {})
}

fn firmware(kernel: &[u8], romfs: &[u8]) -> Option<Firmware> {
    let parts = Parts { kernel: Some(kernel), romfs: Some(romfs), ..Parts::default() };
    Firmware::of_parts(&parts, Model::FourMegabytes, Vec::new()).ok()
}

/// The kernel and romfs of a real camera, if they are at hand; the recovery tool saved the kernel's end before the romfs.
fn real() -> Option<Firmware> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples/recovery-tool");
    let (linux, romfs) = (std::fs::read(folder.join("linux")).ok()?, std::fs::read(folder.join("romfs")).ok()?);
    firmware(&[&linux, romfs.get(..80)?].concat(), romfs.get(256..)?)
}

fn boot(criterion: &mut Criterion) {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let read = |path: &str| std::fs::read(fixtures.join(path)).unwrap_or_default();
    let mut group = criterion.benchmark_group("boot");
    group.sample_size(10);
    let own = firmware(&read("boot/linux.zip"), &read("flashed/romfs.img"));
    for (name, firmware) in [("the kernel of a page", own), ("a real kernel", real())] {
        let Some(firmware) = firmware else {
            eprintln!("{name} is not at hand");
            continue;
        };
        let run = to_shell(&firmware);
        println!("{name}: {} instructions executed to the shell", run.executed);
        group.bench_function(name, |bencher| bencher.iter(|| to_shell(&firmware)));
    }
    group.finish();
}

criterion_group!(benches, boot);
criterion_main!(benches);
