//! How a virtual camera got on, for programs.

use serde::Serialize;

use super::check::Checked;
use crate::finding::Finding;
use crate::machine::compare::{Booted, Stretch};
use crate::machine::session::{End, Reached, Run};
use crate::machine::verdict::Verdict;
use crate::machine::{Ram, Start, shown};

/// `unbrick boot --format json`.
#[derive(Debug, Serialize)]
pub struct Boot<'a> {
    schema: &'static str,
    #[serde(flatten)]
    verdict: &'a Verdict,
    end: End,
    machine: MachineView,
    /// Instructions since power-on; 40 are a microsecond.
    instructions: u64,
    /// Those of them that were executed: the rest was waiting.
    executed: u64,
    stages: &'a [Reached],
    log: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<FaultView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stray: Option<StrayView>,
    registers: RegistersView,
    findings: &'a [Finding],
}

/// `unbrick check --format json`, with what a virtual camera made of it.
#[derive(Debug, Serialize)]
pub struct Tried<'a> {
    #[serde(flatten)]
    checked: Checked<'a>,
    /// With `--boot` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    boot: Option<Trial<'a>>,
}

/// A run in short.
#[derive(Debug, Serialize)]
struct Trial<'a> {
    #[serde(flatten)]
    verdict: &'a Verdict,
    end: End,
    stages: &'a [Reached],
}

impl<'a> Tried<'a> {
    /// The document about what was checked and tried.
    pub fn of(checked: Checked<'a>, trial: Option<&'a (Run, Verdict)>) -> Self {
        Self { checked, boot: trial.map(|(run, verdict)| Trial::of(run, verdict)) }
    }
}

impl<'a> Trial<'a> {
    fn of(run: &'a Run, verdict: &'a Verdict) -> Self {
        Self { verdict, end: run.end, stages: &run.reached }
    }
}

/// `unbrick diff --boot --format json`.
#[derive(Debug, Serialize)]
pub struct BootsDifference<'a> {
    schema: &'static str,
    equal: bool,
    old: BootedView<'a>,
    new: BootedView<'a>,
    stretches: &'a [Stretch],
}

#[derive(Debug, Serialize)]
struct BootedView<'a> {
    path: &'a str,
    #[serde(flatten)]
    trial: Trial<'a>,
}

impl<'a> BootsDifference<'a> {
    /// The document about two runs.
    pub fn of(old: &'a Booted, new: &'a Booted, stretches: &'a [Stretch]) -> Self {
        let [old, new] =
            [old, new].map(|booted| BootedView { path: &booted.name, trial: Trial::of(&booted.run, &booted.verdict) });
        Self { schema: "unbrick.diff-boots/1", equal: stretches.is_empty(), old, new, stretches }
    }
}

#[derive(Debug, Serialize)]
struct MachineView {
    flash_bytes: usize,
    flash_chip: &'static str,
    ram_bytes: usize,
    sensor: bool,
    /// `code` of a boot loader in the flash, or its `rules`.
    boot_loader: &'static str,
}

#[derive(Debug, Serialize)]
struct FaultView {
    exception: String,
    pc: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    word: Option<u32>,
    instructions: u64,
    count: u64,
}

#[derive(Debug, Serialize)]
struct StrayView {
    address: u32,
    count: u64,
}

#[derive(Debug, Serialize)]
struct RegistersView {
    /// r0 to r14.
    general: [u32; 15],
    pc: u32,
    cpsr: u32,
    mode: &'static str,
}

impl<'a> Boot<'a> {
    /// The document about a run.
    pub fn of(run: &'a Run, verdict: &'a Verdict, findings: &'a [Finding]) -> Self {
        let setup = run.setup;
        let (fault, faults) = run.faults;
        let (stray, strays) = run.strays;
        Self {
            schema: "unbrick.boot/1",
            verdict,
            end: run.end,
            machine: MachineView {
                flash_bytes: setup.chip.len_bytes,
                flash_chip: setup.chip.name,
                ram_bytes: Ram::len_bytes(setup.ram),
                sensor: setup.sensor,
                boot_loader: if setup.start == Start::BootLoader { "code" } else { "rules" },
            },
            instructions: run.instructions,
            executed: run.executed,
            stages: &run.reached,
            log: shown::lines(&run.log),
            fault: fault.map(|fault| FaultView {
                exception: fault.exception.to_string(),
                pc: fault.pc,
                word: fault.word,
                instructions: fault.at,
                count: faults,
            }),
            stray: stray.map(|(stray, _)| StrayView { address: stray.address, count: strays }),
            registers: RegistersView {
                general: run.registers.general,
                pc: run.registers.pc,
                cpsr: run.registers.cpsr,
                mode: run.registers.mode(),
            },
            findings,
        }
    }
}
