//! Branches, SWI, and what this CPU does not have.

use super::mode::THUMB;
use super::{Bus, Cpu, Exception, Executed, LR, Pause};

/// In bits 24 to 20 of B and BL.
const LINKS: u32 = 1 << 4;

impl Cpu {
    pub(super) fn branch<B: Bus, const BITS: u32>(&mut self, bus: &mut B, word: u32) -> Executed {
        let distance = (word << 8).cast_signed() >> 6;
        let here = self.get(super::PC);
        if BITS & LINKS != 0 {
            self.set(LR, here.wrapping_sub(4));
            self.jump(here.wrapping_add_signed(distance));
            return Ok(());
        }
        self.jump(here.wrapping_add_signed(distance));
        self.after_branch(bus, here, distance)
    }

    pub(super) fn branch_exchange<B: Bus, const BITS: u32>(&mut self, _: &mut B, word: u32) -> Executed {
        let target = self.get(word);
        self.control = if target & 1 == 0 { self.control & !THUMB } else { self.control | THUMB };
        self.jump(target);
        Err(Pause::NewStatus)
    }

    pub(super) fn software_interrupt<B: Bus, const BITS: u32>(&mut self, _: &mut B, _: u32) -> Executed {
        self.step_back();
        self.take(Exception::SoftwareInterrupt);
        Err(Pause::NewStatus)
    }

    pub(super) fn undefined<B: Bus, const BITS: u32>(&mut self, _: &mut B, _: u32) -> Executed {
        Err(Pause::Undefined)
    }
}
