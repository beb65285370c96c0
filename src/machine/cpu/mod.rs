//! An ARM7TDMI: the ARMv4T instruction set, little-endian, as the camera's chip has it.
//!
//! [`Cpu::run`] executes a slice of instructions on a [`Bus`] and tells why it returned. Time is the number of
//! instructions executed; nothing else moves it. Interrupt lines and attention are the bus's; the CPU asks for them
//! only where they can have changed, so that the path of an ordinary instruction is: fetch, condition, a jump through
//! a table of [`decode`], the work.
//!
//! What the chip does is taken from the ARM7TDMI data sheet (ARM DDI 0029) and the ARM Architecture Reference Manual.
//! Where they leave it open, the code says what it does.

mod block;
mod branch;
mod bus;
mod data;
mod decode;
mod flags;
mod idle;
mod mode;
mod multiply;
mod registers;
mod shift;
mod status;
#[cfg(test)]
mod tests;
mod thumb;
mod transfer;

pub use bus::{Abort, Bus};
pub use mode::Exception;
pub use registers::Registers;

use decode::Decoder;
use flags::Flags;
use idle::LoopWatch;
use mode::{Bank, Banks, FIQ_OFF, IRQ_OFF, THUMB, status};

/// The program counter among the registers.
const PC: u32 = 15;
/// The link register.
const LR: u32 = 14;

/// Why [`Cpu::run`] returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// All instructions of the slice were executed.
    Budget,
    /// The bus wants attention. The instruction is complete.
    Attention,
    /// The program runs in a circle: nothing can change before the next event, so that time may jump there
    /// ([`Cpu::skip`]). Running on is right, too.
    Idle,
    /// [`Exception::Undefined`], [`Exception::PrefetchAbort`] or [`Exception::DataAbort`] is due, and not taken yet:
    /// [`Cpu::pc`] is the instruction that cannot be executed. [`Cpu::take`] lets the program see it, as the chip
    /// would.
    Fault(Exception),
}

/// Why the inner loop cannot just go on with the next instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pause {
    /// Interrupts may have been enabled, or the instruction set changed.
    NewStatus,
    Attention,
    Idle,
    Undefined,
    PrefetchAbort,
    DataAbort,
}

impl From<Abort> for Pause {
    fn from(Abort: Abort) -> Self {
        Self::DataAbort
    }
}

/// What executing an instruction comes to.
type Executed = Result<(), Pause>;

/// The registers and the time.
#[derive(Debug, Clone)]
pub struct Cpu {
    /// The registers of the current mode. While an instruction is executed r15 is what it reads as: the instruction's
    /// address and two instructions more. Between instructions it is the next one's address and one instruction more.
    registers: [u32; 16],
    flags: Flags,
    /// The low byte of the status: interrupts off, Thumb, mode.
    control: u32,
    /// The status before the exception. What it is in user mode, which has none, nobody sees.
    saved_status: u32,
    now: u64,
    skipped: u64,
    stores: u64,
    banks: Banks,
    watch: LoopWatch,
}

impl Cpu {
    /// The CPU as a boot loader leaves it, and as it is after a reset: supervisor mode, interrupts off, all registers
    /// 0, `pc` the next instruction.
    pub fn starting_at(pc: u32) -> Self {
        let mut cpu = Self {
            registers: [0; 16],
            flags: Flags::default(),
            control: Exception::Reset.mode() | IRQ_OFF | FIQ_OFF,
            saved_status: status(0),
            now: 0,
            skipped: 0,
            stores: 0,
            banks: Banks::default(),
            watch: LoopWatch::default(),
        };
        cpu.jump(pc);
        cpu
    }

    /// Executes up to `instructions` instructions. Time always moves by one at least, unless `instructions` is 0.
    pub fn run<B: Bus>(&mut self, bus: &mut B, instructions: u64) -> Stop {
        let end = self.now.saturating_add(instructions);
        while self.now < end {
            self.take_interrupt(bus);
            let pause = if self.control & THUMB == 0 { self.run_arm(bus, end) } else { self.run_thumb(bus, end) };
            match pause {
                Ok(()) => break,
                Err(Pause::NewStatus) if !bus.wants_attention() => {}
                Err(Pause::NewStatus | Pause::Attention) => return Stop::Attention,
                Err(Pause::Idle) => return Stop::Idle,
                Err(Pause::Undefined) => return self.fault(Exception::Undefined),
                Err(Pause::PrefetchAbort) => return self.fault(Exception::PrefetchAbort),
                Err(Pause::DataAbort) => return self.fault(Exception::DataAbort),
            }
        }
        Stop::Budget
    }

    /// Takes an exception as the chip does: the status and where to go on are kept in registers of the exception's
    /// mode, interrupts go off, and execution goes on at the vector. A program can only return from
    /// [`Exception::Reset`] to nowhere.
    pub fn take(&mut self, exception: Exception) {
        let pc = self.pc();
        let back_to = match exception {
            Exception::Undefined | Exception::SoftwareInterrupt => pc.wrapping_add(self.instruction_bytes()),
            Exception::PrefetchAbort | Exception::Irq | Exception::Fiq => pc.wrapping_add(4),
            Exception::DataAbort => pc.wrapping_add(8),
            Exception::Reset => 0,
        };
        let before = self.cpsr();
        let fast_off = match exception {
            Exception::Reset | Exception::Fiq => FIQ_OFF,
            _ => self.control & FIQ_OFF,
        };
        self.set_control(exception.mode() | IRQ_OFF | fast_off);
        self.saved_status = before;
        self.set(LR, back_to);
        self.jump(exception.vector());
    }

    /// The time: all instructions executed, and those skipped.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// How many instructions were executed.
    pub fn executed(&self) -> u64 {
        self.now - self.skipped
    }

    /// Lets time pass in which nothing is executed, as after [`Stop::Idle`].
    pub fn skip(&mut self, instructions: u64) {
        let until = self.now.saturating_add(instructions);
        self.skipped += until - self.now;
        self.now = until;
    }

    /// Address of the next instruction, or of the one that faulted.
    pub fn pc(&self) -> u32 {
        self.get(PC).wrapping_sub(self.instruction_bytes())
    }

    /// Goes on at `address`, in the instruction set that is in use.
    pub fn set_pc(&mut self, address: u32) {
        self.jump(address);
    }

    /// r0 to r14 of the current mode; 0 for any other number.
    pub fn register(&self, number: u32) -> u32 {
        if number < PC { self.get(number) } else { 0 }
    }

    /// Changes one of r0 to r14 of the current mode; no other number changes anything.
    pub fn set_register(&mut self, number: u32, value: u32) {
        if number < PC {
            self.set(number, value);
        }
    }

    /// The status register.
    #[inline]
    pub fn cpsr(&self) -> u32 {
        self.flags.in_status() | self.control
    }

    /// Sets the status register, the mode and the instruction set with it; execution goes on at the same address.
    pub fn set_cpsr(&mut self, value: u32) {
        let pc = self.pc();
        self.restore(value);
        self.jump(pc);
    }

    /// The registers to look at.
    pub fn registers(&self) -> Registers {
        let [general @ .., _] = self.registers;
        Registers { general, pc: self.pc(), cpsr: self.cpsr(), spsr: self.spsr() }
    }

    fn take_interrupt<B: Bus>(&mut self, bus: &B) {
        if self.control & FIQ_OFF == 0 && bus.fiq() {
            self.take(Exception::Fiq);
        } else if self.control & IRQ_OFF == 0 && bus.irq() {
            self.take(Exception::Irq);
        }
    }

    fn run_arm<B: Bus>(&mut self, bus: &mut B, end: u64) -> Executed {
        while self.now < end {
            self.now += 1;
            let next = self.get(PC);
            self.set(PC, next.wrapping_add(4));
            let word = bus.fetch32(next.wrapping_sub(4)).map_err(|Abort| Pause::PrefetchAbort)?;
            if self.flags.pass(word >> 28) {
                self.execute_arm(bus, word)?;
            }
        }
        Ok(())
    }

    #[inline]
    fn execute_arm<B: Bus>(&mut self, bus: &mut B, word: u32) -> Executed {
        Decoder::handler(word)(self, bus, word)
    }

    /// The instruction before the next one could not be executed.
    fn fault(&mut self, exception: Exception) -> Stop {
        self.step_back();
        Stop::Fault(exception)
    }

    /// From inside an instruction to before it.
    fn step_back(&mut self) {
        self.set(PC, self.get(PC).wrapping_sub(self.instruction_bytes()));
    }

    #[inline]
    fn instruction_bytes(&self) -> u32 {
        if self.control & THUMB == 0 { 4 } else { 2 }
    }

    /// Makes `address` the next instruction.
    #[inline]
    fn jump(&mut self, address: u32) {
        let bytes = self.instruction_bytes();
        self.set(PC, (address & !(bytes - 1)).wrapping_add(bytes));
    }

    /// What an instruction reads from a register.
    #[inline]
    fn get(&self, number: u32) -> u32 {
        // all 16 numbers exist, so that the bounds check goes away
        self.registers.get((number & 15) as usize).copied().unwrap_or_default()
    }

    #[inline]
    fn set(&mut self, number: u32, value: u32) {
        if let Some(register) = self.registers.get_mut((number & 15) as usize) {
            *register = value;
        }
    }

    /// What an instruction does with its result: r15 is a jump.
    #[inline]
    fn put(&mut self, number: u32, value: u32) {
        if number == PC { self.jump(value) } else { self.set(number, value) }
    }

    fn spsr(&self) -> Option<u32> {
        (Bank::of(self.control) != Bank::User).then_some(self.saved_status)
    }

    fn set_control(&mut self, value: u32) {
        let value = status(value) & 0xFF;
        let (from, to) = (Bank::of(self.control), Bank::of(value));
        if from != to {
            self.banks.switch(&mut self.registers, &mut self.saved_status, from, to);
        }
        self.control = value;
    }

    /// Makes `value` the status. r15 needs a jump afterwards.
    fn restore(&mut self, value: u32) {
        self.flags = Flags::of_status(value);
        self.set_control(value);
    }

    /// Returns from an exception: the status of before, and a jump. Modes without a status of before just jump.
    fn return_to(&mut self, address: u32) -> Executed {
        if let Some(before) = self.spsr() {
            self.restore(before);
        }
        self.jump(address);
        Err(Pause::NewStatus)
    }
}
