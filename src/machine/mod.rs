//! The virtual camera: a W90N745 with RAM, flash and devices, that runs what is in its flash.
//!
//! ```text
//! power on -> a boot loader in the flash runs in place, or its rules are applied -> kernel -> programs -> ...
//! ```
//!
//! [`Machine`] is the camera: it lets time pass, prints on its console and reads what is typed there. [`session`] drives
//! it to a goal and writes down how far it came, and [`verdict`] says what that means. Time is counted in instructions
//! and nothing else, so that every run of the same flash is the same ([`clock`]). What the machine lacks is listed
//! where it matters, in the verdict: no security chip, no picture, no Wi-Fi, nobody on the network.

mod board;
pub mod clock;
pub mod compare;
mod console;
pub mod cpu;
mod devices;
pub mod firmware;
mod loader;
mod memory;
pub mod script;
pub mod session;
pub mod shown;
pub mod stage;
#[cfg(test)]
mod tests;
pub mod verdict;

pub use board::{Ram, Stray};
pub use devices::flash::Chip;

use board::Board;
use clock::INSTRUCTIONS_PER_SECOND;
use cpu::{Cpu, Exception, Registers, Stop};
use devices::usb_camera::UsbCamera;
use loader::{Loader, Next};

use crate::format::boot_info::Mac;
use crate::image::FLASH_BASE;

/// What the camera is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setup {
    /// Its flash chip.
    pub chip: Chip,
    /// Its main memory.
    pub ram: Ram,
    /// Whether an image sensor hangs on its USB.
    pub sensor: bool,
    /// How it starts.
    pub start: Start,
}

/// How a camera starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the boot loader in its flash.
    BootLoader,
    /// By the boot loader's rules, without the code of one.
    Rules,
}

impl Start {
    /// What suits the flash: its boot loader if the first block starts with an instruction that is always executed, as
    /// that of every boot loader does; erased or zero it is not.
    pub fn of(flash: &[u8]) -> Self {
        const ALWAYS: u32 = 0xE;
        match flash.first_chunk::<4>() {
            Some(word) if u32::from_le_bytes(*word) >> 28 == ALWAYS => Self::BootLoader,
            _ => Self::Rules,
        }
    }
}

/// Why a machine paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// The time is up.
    Time,
    /// Something was printed that nobody took yet.
    Printed,
    /// The program reset the chip.
    Reset,
    /// Nothing will happen until somebody types: at the simulated prompt of the boot loader, or where the program waits
    /// for a byte and for nothing else.
    WaitsForInput,
    /// The program goes round in a loop that nothing can end.
    Stuck,
    /// It cannot go on: the exception has no handler yet.
    Fault(Exception),
}

/// An instruction that could not be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// What came of it.
    pub exception: Exception,
    /// The instruction's address.
    pub pc: u32,
    /// The instruction, if one is there.
    pub word: Option<u32>,
    /// When, as [`Machine::now`] counts.
    pub at: u64,
}

/// A program that waits with interrupts off for this long, in the same loop, waits for ever.
const STUCK_AFTER: u64 = 2 * INSTRUCTIONS_PER_SECOND;

/// More faults than this in one run are no longer handed to the program: it handles none of them.
const FAULTS_MAX: u64 = 10_000;

/// A program that goes round in a loop.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    registers: Registers,
    since: u64,
    /// How often it had asked the console for input.
    asked: u64,
}

/// A camera that is switched on.
#[derive(Debug)]
pub struct Machine {
    setup: Setup,
    cpu: Cpu,
    board: Board,
    /// The boot loader's rules, while they are in charge.
    loader: Option<Loader>,
    /// Whether they started a program.
    has_started: bool,
    /// Where the program waits, if it waits without being interrupted.
    waits: Option<Waiting>,
    faults: u64,
    first_fault: Option<Fault>,
    first_stray_from: Option<u32>,
}

impl Machine {
    /// Switches a camera on. The flash holds `flash`, erased behind it; what is too long for the chip is left out.
    pub fn power_on(setup: Setup, flash: &[u8]) -> Self {
        let board = Board::new(setup.ram, setup.chip, flash, setup.sensor.then(UsbCamera::default));
        let mut machine = Self {
            setup,
            cpu: Cpu::starting_at(FLASH_BASE.0),
            board,
            loader: None,
            has_started: false,
            waits: None,
            faults: 0,
            first_fault: None,
            first_stray_from: None,
        };
        machine.start();
        machine
    }

    fn start(&mut self) {
        self.loader = (self.setup.start == Start::Rules).then(Loader::new);
    }

    /// Resets the chip, as the program asked for: RAM and flash keep what is in them.
    pub fn reset(&mut self) {
        self.board.reset(self.setup.sensor.then(UsbCamera::default));
        self.jump_to(FLASH_BASE.0);
        self.start();
    }

    /// Starts a program as the boot loader does; time goes on.
    fn jump_to(&mut self, address: u32) {
        let now = self.cpu.now();
        self.cpu = Cpu::starting_at(address);
        self.cpu.skip(now);
        self.waits = None;
    }

    /// Goes on up to the time `until` at the latest. A pause that is no fault can be gone on from.
    pub fn run(&mut self, until: u64) -> Pause {
        while self.now() < until {
            let pause = match &self.loader {
                Some(_) => self.run_rules(until),
                None => self.run_code(until),
            };
            if let Some(pause) = pause {
                return pause;
            }
            if self.board.uart0.has_sent() {
                return Pause::Printed;
            }
        }
        Pause::Time
    }

    fn run_rules(&mut self, until: u64) -> Option<Pause> {
        let now = self.now();
        let loader = self.loader.as_mut()?;
        let next = loader.advance(&mut self.board, now);
        match next {
            Next::At(time) => self.cpu.skip(time.min(until).saturating_sub(now)),
            Next::Input => return Some(Pause::WaitsForInput),
            Next::Start(address) => {
                self.jump_to(address);
                self.has_started = true;
                self.loader = None;
            }
            Next::Reset => self.reset(),
        }
        None
    }

    fn run_code(&mut self, until: u64) -> Option<Pause> {
        let len = until.min(self.board.deadline()).saturating_sub(self.now());
        let stop = self.cpu.run(&mut self.board, len);
        if self.board.stray.is_some() && self.first_stray_from.is_none() {
            self.first_stray_from = Some(self.cpu.pc());
        }
        self.board.attend(self.now());
        if self.board.system.wants_reset() {
            return Some(Pause::Reset);
        }
        match stop {
            Stop::Budget => None,
            Stop::Attention => {
                self.waits = None;
                None
            }
            Stop::Idle => self.wait(until),
            Stop::Fault(exception) => self.fault(exception),
        }
    }

    /// The program waits: lets the time pass up to the next event.
    fn wait(&mut self, until: u64) -> Option<Pause> {
        let now = self.now();
        let registers = self.cpu.registers();
        let is_interrupted = takes_interrupts(&registers);
        let next = self.board.deadline();
        if !is_interrupted || next == u64::MAX {
            let asked = self.board.uart0.asked();
            let before = self.waits.filter(|before| before.registers == registers);
            let waiting = before.unwrap_or(Waiting { registers, since: now, asked });
            let is_over = next == u64::MAX && before.is_some();
            if is_over || now.saturating_sub(waiting.since) > STUCK_AFTER {
                let is_asking = asked != waiting.asked || is_interrupted && self.board.uart0.listens();
                return Some(if is_asking { Pause::WaitsForInput } else { Pause::Stuck });
            }
            self.waits = Some(waiting);
            if next == u64::MAX {
                // one more round shows whether it asks for input
                return None;
            }
        }
        let next = next.min(until);
        self.cpu.skip(next.saturating_sub(now));
        self.board.attend(next);
        None
    }

    /// An instruction cannot be executed: the program's own handler has a look at it, if it has set one up.
    fn fault(&mut self, exception: Exception) -> Option<Pause> {
        let pc = self.cpu.pc();
        let word = self.peek_word(pc);
        self.faults += 1;
        let at = self.now();
        self.first_fault.get_or_insert(Fault { exception, pc, word, at });
        let has_handler = self.board.ram.word(exception.vector()).is_some_and(|word| word != 0);
        if !has_handler || self.faults > FAULTS_MAX {
            return Some(Pause::Fault(exception));
        }
        self.cpu.take(exception);
        None
    }

    /// Lets time pass in which the program does nothing: it waits for input.
    pub fn let_pass(&mut self, until: u64) {
        self.cpu.skip(until.saturating_sub(self.now()));
        self.board.attend(self.now());
    }

    /// What somebody types at the console.
    pub fn type_bytes(&mut self, bytes: &[u8]) {
        self.waits = None;
        self.board.type_bytes(bytes);
    }

    /// Takes what was printed on the console since the last time.
    pub fn take_printed(&mut self) -> Vec<u8> {
        self.board.uart0.take_sent()
    }

    /// The time: instructions since power-on.
    pub fn now(&self) -> u64 {
        self.cpu.now()
    }

    /// Instructions that were executed, the waiting left out.
    pub fn executed(&self) -> u64 {
        self.cpu.executed()
    }

    /// Whether the boot loader's rules started a program.
    pub fn has_started(&self) -> bool {
        self.has_started
    }

    /// Whether the simulated prompt of the boot loader is shown.
    pub fn is_at_simulated_prompt(&self) -> bool {
        self.loader.as_ref().is_some_and(Loader::is_at_prompt)
    }

    /// What it is made of.
    pub fn setup(&self) -> Setup {
        self.setup
    }

    /// The processor's registers.
    pub fn registers(&mut self) -> Registers {
        self.cpu.registers()
    }

    /// What is in the flash now.
    pub fn flash(&self) -> &[u8] {
        self.board.flash.bytes()
    }

    /// How often the flash was programmed or erased.
    pub fn flash_changes(&self) -> u64 {
        self.board.flash.changes()
    }

    /// Whether the flash chip shows its numbers instead of what is in it.
    pub fn flash_identifies(&self) -> bool {
        self.board.flash.identifies()
    }

    /// The first instruction that could not be executed, and how many there were.
    pub fn faults(&self) -> (Option<Fault>, u64) {
        (self.first_fault, self.faults)
    }

    /// The first access to an address where nothing is, the address behind the instruction that made it, and how many
    /// there were.
    pub fn strays(&self) -> (Option<(Stray, u32)>, u64) {
        (self.board.stray.zip(self.first_stray_from), self.board.stray_count)
    }

    /// The MAC address that the kernel gave the Ethernet controller.
    pub fn mac(&self) -> Option<Mac> {
        self.board.ethernet.mac()
    }

    /// Ethernet frames that were sent; nobody received them.
    pub fn frames_sent(&self) -> u64 {
        self.board.ethernet.frames_sent()
    }

    /// Bytes that were sent on the I2C bus to nobody.
    pub fn i2c_unanswered(&self) -> u64 {
        self.board.i2c0.unanswered()
    }

    fn peek_word(&self, address: u32) -> Option<u32> {
        let mut bytes = [0; 4];
        for (index, byte) in (0..).zip(&mut bytes) {
            *byte = self.board.peek(address.checked_add(index)?)?;
        }
        Some(u32::from_le_bytes(bytes))
    }
}

fn takes_interrupts(registers: &Registers) -> bool {
    const OFF: u32 = 1 << 7;
    registers.cpsr & OFF == 0
}
