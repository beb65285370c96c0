//! How a virtual camera got on, for programs.

use serde::Serialize;

use crate::finding::Finding;
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
    /// Instructions since the kernel was started; 40 are a microsecond.
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
