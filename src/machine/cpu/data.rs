//! Arithmetic and logic.
//!
//! The handlers are compiled once for each value of `BITS`, bits 24 to 20 of the instruction: the operation, and
//! whether it sets flags.

use super::flags::add;
use super::shift::Shifted;
use super::{Bus, Cpu, Executed, PC};

impl Cpu {
    pub(super) fn data_immediate<B: Bus, const BITS: u32>(&mut self, _: &mut B, word: u32) -> Executed {
        self.data::<BITS>(word, self.get(word >> 16), self.immediate(word))
    }

    pub(super) fn data_register<B: Bus, const BITS: u32>(&mut self, _: &mut B, word: u32) -> Executed {
        // most registers are taken as they are
        let operand =
            if word & 0xFF0 == 0 { (self.get(word), self.flags.carry()) } else { self.shifted_by_number(word) };
        self.data::<BITS>(word, self.get(word >> 16), operand)
    }

    pub(super) fn data_register_shifted<B: Bus, const BITS: u32>(&mut self, _: &mut B, word: u32) -> Executed {
        self.data::<BITS>(word, self.get_late(word >> 16), self.shifted_by_register(word))
    }

    #[inline(always)]
    fn data<const BITS: u32>(&mut self, word: u32, first: u32, (second, shifted_out): Shifted) -> Executed {
        let (sets_flags, operation) = (BITS & 1 != 0, BITS >> 1);
        let (is_test, carry) = (matches!(operation, 8..=11), self.flags.carry());
        let arithmetic = match operation {
            2 | 10 => Some(add(first, !second, 1)),
            3 => Some(add(second, !first, 1)),
            4 | 11 => Some(add(first, second, 0)),
            5 => Some(add(first, second, carry)),
            6 => Some(add(first, !second, carry)),
            7 => Some(add(second, !first, carry)),
            _ => None,
        };
        let result = match operation {
            0 | 8 => first & second,
            1 | 9 => first ^ second,
            12 => first | second,
            13 => second,
            14 => first & !second,
            15 => !second,
            _ => arithmetic.map_or(0, |sum| sum.value),
        };
        let target = word >> 12 & 15;
        if sets_flags && (is_test || target != PC) {
            match arithmetic {
                Some(sum) => self.flags.set_arithmetic(sum),
                None => self.flags.set_logical(result, shifted_out),
            }
        }
        if is_test {
            return Ok(());
        }
        if target != PC {
            self.set(target, result);
        } else if sets_flags {
            return self.return_to(result);
        } else {
            self.jump(result);
        }
        Ok(())
    }
}
