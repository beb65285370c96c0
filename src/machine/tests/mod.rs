//! The virtual camera as a whole, on programs of this project: `fixtures/boot`.

mod boards;
mod hostile;
mod loader;
mod real;
mod stories;

use super::firmware::Firmware;
use super::script::Script;
use super::session::{Goal, Plan, Run, Session};
use super::stage::Stage;
use super::verdict::Verdict;
use super::{Machine, Ram, shown};
use crate::camera::Model;
use crate::camera::layout::Parts;

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)).unwrap()
}

/// The kernel of a page, and the romfs of the camera that nobody ever sold.
fn firmware() -> Firmware {
    of(&fixture("boot/linux.zip"), &fixture("flashed/romfs.img"))
}

fn of(kernel: &[u8], romfs: &[u8]) -> Firmware {
    let parts = Parts { kernel: Some(kernel), romfs: Some(romfs), ..Parts::default() };
    Firmware::of_parts(&parts, Model::FourMegabytes, Vec::new()).unwrap()
}

fn run(firmware: &Firmware, plan: Plan) -> Run {
    let mut machine = Machine::power_on(firmware.setup(Ram::Mb16, true), &firmware.flash);
    Session::new(plan).run(&mut machine, &mut |_| {})
}

/// Types a line at the shell of the kernel of a page, and lets it run to its end.
fn typed(line: &str) -> (Run, Verdict) {
    let firmware = firmware();
    let script: Script = format!("wait />\ntype {line}\nwait that never comes").parse().unwrap();
    let run = run(&firmware, Plan { script, ..Plan::default() });
    let verdict = Verdict::of(&run, &firmware);
    (run, verdict)
}

fn to(stage: Stage) -> Plan {
    Plan { goal: Some(Goal::Stage(stage)), ..Plan::default() }
}

fn lines(run: &Run) -> Vec<String> {
    shown::lines(&run.log)
}
