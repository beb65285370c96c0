//! Noticing that a program only waits.
//!
//! A loop that comes round with every register as it was, that stored nothing and read nothing but memory, will come
//! round the same way for ever, or until an interrupt.

use super::{Bus, Cpu, Executed, Pause};

/// How far back a branch of a waiting loop goes at most, in bytes from where it reads r15.
const SHORT: i32 = 256;

/// A loop is compared with itself once in so many passes: often enough for waiting, and too seldom for a loop with
/// work to do to be slowed down.
const EVERY: u32 = 32;

/// The last loop seen.
#[derive(Debug, Clone, Default)]
pub(super) struct LoopWatch {
    /// What r15 reads as at the branch back.
    branch: u32,
    passes: u32,
    before: Pass,
}

/// All that decides how the next pass goes, memory apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Pass {
    registers: [u32; 16],
    status: u32,
    stores: u64,
    unsteady_reads: u64,
}

impl Cpu {
    /// After a branch that was taken: is it the end of a loop that only waits? `here` is what r15 read as.
    #[inline]
    pub(super) fn after_branch<B: Bus>(&mut self, bus: &B, here: u32, distance: i32) -> Executed {
        if !(-SHORT..0).contains(&distance) {
            return Ok(());
        }
        if self.watch.branch != here {
            self.watch.branch = here;
            self.watch.passes = 0;
        }
        self.watch.passes = self.watch.passes.wrapping_add(1);
        match self.watch.passes % EVERY {
            0 => self.compare_pass(bus),
            last if last == EVERY - 1 => {
                self.watch.before = self.pass(bus);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    #[cold]
    fn compare_pass<B: Bus>(&self, bus: &B) -> Executed {
        if self.watch.before == self.pass(bus) { Err(Pause::Idle) } else { Ok(()) }
    }

    fn pass<B: Bus>(&self, bus: &B) -> Pass {
        Pass {
            registers: self.registers,
            status: self.cpsr(),
            stores: self.stores,
            unsteady_reads: bus.unsteady_reads(),
        }
    }
}
