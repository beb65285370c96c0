//! Multiplication. `BITS` are bits 24 to 20 of the instruction. The carry, which the chip leaves meaningless, stays as
//! it was.

use super::{Bus, Cpu, Executed};

const SETS_FLAGS: u32 = 1;
const ACCUMULATES: u32 = 1 << 1;
const SIGNED: u32 = 1 << 2;

impl Cpu {
    pub(super) fn multiply<B: Bus, const BITS: u32>(&mut self, _: &mut B, word: u32) -> Executed {
        let added = if BITS & ACCUMULATES != 0 { self.get(word >> 12) } else { 0 };
        let result = self.get(word).wrapping_mul(self.get(word >> 8)).wrapping_add(added);
        if BITS & SETS_FLAGS != 0 {
            self.flags.set_sign(result);
        }
        self.put(word >> 16 & 15, result);
        Ok(())
    }

    #[allow(clippy::cast_possible_truncation)] // into halves
    pub(super) fn multiply_long<B: Bus, const BITS: u32>(&mut self, _: &mut B, word: u32) -> Executed {
        let (low, high) = (word >> 12 & 15, word >> 16 & 15);
        let (a, b) = (self.get(word), self.get(word >> 8));
        let product = if BITS & SIGNED != 0 {
            (i64::from(a.cast_signed()) * i64::from(b.cast_signed())).cast_unsigned()
        } else {
            u64::from(a) * u64::from(b)
        };
        let added =
            if BITS & ACCUMULATES != 0 { u64::from(self.get(high)) << 32 | u64::from(self.get(low)) } else { 0 };
        let result = product.wrapping_add(added);
        if BITS & SETS_FLAGS != 0 {
            self.flags.set_long_sign(result);
        }
        self.put(low, result as u32);
        self.put(high, (result >> 32) as u32);
        Ok(())
    }
}
