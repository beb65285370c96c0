//! Processor modes, exceptions, and the registers that are kept apart for them.

use std::fmt;
use std::mem;

/// Bit 7 of a status register: no interrupts.
pub(super) const IRQ_OFF: u32 = 1 << 7;
/// Bit 6 of a status register: no fast interrupts.
pub(super) const FIQ_OFF: u32 = 1 << 6;
/// Bit 5 of a status register: Thumb instructions.
pub(super) const THUMB: u32 = 1 << 5;
/// Bit 4 of a status register. It is 1 whatever is written: these chips have no 26-bit modes, and the camera's kernel
/// relies on it when it starts programs with a saved status of 0 (certain: seen with the kernel).
const ALWAYS: u32 = 1 << 4;
/// The bits of a status register that say the mode.
pub(super) const MODE_MASK: u32 = 0x1F;
/// The bits of a status register that this chip has.
const STATUS_MASK: u32 = 0xF000_00FF;

/// A status as the register would hold it.
pub(super) fn status(value: u32) -> u32 {
    value & STATUS_MASK | ALWAYS
}

/// A set of registers of its own: user and system share one, each exception mode has another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bank {
    User,
    Fiq,
    Irq,
    Supervisor,
    Abort,
    Undefined,
}

impl Bank {
    /// The bank of a mode. Mode bits that mean nothing keep their value, and count as system mode: the real chip is
    /// beyond recovery then, this one can be looked at.
    pub(super) fn of(status: u32) -> Self {
        match status & MODE_MASK {
            0x11 => Self::Fiq,
            0x12 => Self::Irq,
            0x13 => Self::Supervisor,
            0x17 => Self::Abort,
            0x1B => Self::Undefined,
            _ => Self::User,
        }
    }
}

/// The mode as people call it.
pub(super) fn mode_name(status: u32) -> &'static str {
    match status & MODE_MASK {
        0x10 => "USR",
        0x11 => "FIQ",
        0x12 => "IRQ",
        0x13 => "SVC",
        0x17 => "ABT",
        0x1B => "UND",
        0x1F => "SYS",
        _ => "???",
    }
}

/// What a bank keeps while another one is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Banked {
    /// r13 and r14.
    pub(super) pointers: [u32; 2],
    /// The status before the exception.
    saved_status: u32,
}

impl Default for Banked {
    fn default() -> Self {
        Self { pointers: [0; 2], saved_status: status(0) }
    }
}

/// All registers that are not in use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Banks {
    user: Banked,
    fiq: Banked,
    irq: Banked,
    supervisor: Banked,
    abort: Banked,
    undefined: Banked,
    /// r8 to r12 of fast interrupts, or of all others while those of fast interrupts are in use.
    pub(super) high: [u32; 5],
}

impl Banks {
    /// Where the bank keeps its registers while it is not in use.
    pub(super) fn of(&mut self, bank: Bank) -> &mut Banked {
        match bank {
            Bank::User => &mut self.user,
            Bank::Fiq => &mut self.fiq,
            Bank::Irq => &mut self.irq,
            Bank::Supervisor => &mut self.supervisor,
            Bank::Abort => &mut self.abort,
            Bank::Undefined => &mut self.undefined,
        }
    }

    /// Puts the registers in use away as those of `from` and fetches those of `to`.
    pub(super) fn switch(&mut self, registers: &mut [u32; 16], saved_status: &mut u32, from: Bank, to: Bank) {
        let [_, _, _, _, _, _, _, _, r8, r9, r10, r11, r12, sp, lr, _] = registers;
        *self.of(from) = Banked { pointers: [*sp, *lr], saved_status: *saved_status };
        Banked { pointers: [*sp, *lr], saved_status: *saved_status } = *self.of(to);
        if from == Bank::Fiq || to == Bank::Fiq {
            for (used, kept) in [r8, r9, r10, r11, r12].into_iter().zip(&mut self.high) {
                mem::swap(used, kept);
            }
        }
    }
}

/// What makes the CPU leave the program for a vector in the first 32 bytes of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exception {
    /// Power on.
    Reset,
    /// An instruction that this CPU does not have, coprocessor instructions among them.
    Undefined,
    /// SWI: a system call.
    SoftwareInterrupt,
    /// There is no memory where the next instruction should be.
    PrefetchAbort,
    /// There is nothing where the instruction wants to load or store.
    DataAbort,
    /// The interrupt line.
    Irq,
    /// The fast interrupt line.
    Fiq,
}

impl Exception {
    /// Address of the vector.
    pub fn vector(self) -> u32 {
        match self {
            Self::Reset => 0x00,
            Self::Undefined => 0x04,
            Self::SoftwareInterrupt => 0x08,
            Self::PrefetchAbort => 0x0C,
            Self::DataAbort => 0x10,
            Self::Irq => 0x18,
            Self::Fiq => 0x1C,
        }
    }

    /// The mode bits that it is taken in.
    pub(super) fn mode(self) -> u32 {
        match self {
            Self::Fiq => 0x11,
            Self::Irq => 0x12,
            Self::Reset | Self::SoftwareInterrupt => 0x13,
            Self::PrefetchAbort | Self::DataAbort => 0x17,
            Self::Undefined => 0x1B,
        }
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reset => "reset",
            Self::Undefined => "undefined instruction",
            Self::SoftwareInterrupt => "software interrupt",
            Self::PrefetchAbort => "jump to where no memory is",
            Self::DataAbort => "access to where nothing is",
            Self::Irq => "interrupt",
            Self::Fiq => "fast interrupt",
        })
    }
}
