//! MRS, MSR: status registers. `BITS` are bits 24 to 20 of the instruction.

use super::mode::{MODE_MASK, THUMB, status};
use super::{Bus, Cpu, Executed, Pause};

const SPSR: u32 = 1 << 2;

/// The mode that may not change its own control bits.
const USER: u32 = 0x10;

impl Cpu {
    /// MRS. Where there is no SPSR, the CPSR is read: the architecture leaves that case open.
    pub(super) fn read_status<B: Bus, const BITS: u32>(&mut self, _: &mut B, word: u32) -> Executed {
        let before = if BITS & SPSR != 0 { self.spsr() } else { None };
        let value = before.unwrap_or_else(|| self.cpsr());
        self.put(word >> 12 & 15, value);
        Ok(())
    }

    pub(super) fn write_status_immediate<B: Bus, const BITS: u32>(&mut self, _: &mut B, word: u32) -> Executed {
        let (value, _) = self.immediate(word);
        self.write_status::<BITS>(word, value)
    }

    pub(super) fn write_status_register<B: Bus, const BITS: u32>(&mut self, _: &mut B, word: u32) -> Executed {
        self.write_status::<BITS>(word, self.get(word))
    }

    /// MSR: bit 19 writes the flags, bit 16 the control byte. The fields between do not exist on this chip. Thumb state
    /// cannot be changed this way; where there is no SPSR, nobody sees what was written.
    fn write_status<const BITS: u32>(&mut self, word: u32, value: u32) -> Executed {
        let flags = if word >> 19 & 1 != 0 { 0xF000_0000 } else { 0 };
        let control = if word >> 16 & 1 != 0 { 0xFF } else { 0 };
        if BITS & SPSR != 0 {
            let mask = flags | control;
            self.saved_status = status(self.saved_status & !mask | value & mask);
            return Ok(());
        }
        let may = if self.control & MODE_MASK == USER { flags } else { flags | control & !THUMB };
        self.restore(self.cpsr() & !may | value & may);
        Err(Pause::NewStatus)
    }
}
