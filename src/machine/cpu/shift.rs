//! The shifter in front of the second operand.

use super::Cpu;

/// A value and the bit that was shifted out last, 0 or 1.
pub(super) type Shifted = (u32, u32);

/// Bit `number` of `value`.
#[inline]
fn bit(value: u32, number: u32) -> u32 {
    value >> (number & 31) & 1
}

impl Cpu {
    /// An immediate: eight bits, rotated. Not rotated, it leaves the carry as it is.
    #[inline]
    pub(super) fn immediate(&self, word: u32) -> Shifted {
        let twice = word >> 7 & 0x1E;
        let value = (word & 0xFF).rotate_right(twice);
        (value, if twice == 0 { self.flags.carry() } else { value >> 31 })
    }

    /// A register shifted by a number in the instruction. 0 means 32 for LSR and ASR, and for ROR: by one through the
    /// carry.
    #[inline]
    pub(super) fn shifted_by_number(&self, word: u32) -> Shifted {
        let value = self.get(word);
        let amount = word >> 7 & 31;
        match (word >> 5 & 3, amount) {
            (0, 0) => (value, self.flags.carry()),
            (0, _) => (value << amount, bit(value, 32 - amount)),
            (1, 0) => (0, value >> 31),
            (1, _) => (value >> amount, bit(value, amount - 1)),
            (2, 0) => (spread(value, 31), value >> 31),
            (2, _) => (spread(value, amount), bit(value, amount - 1)),
            (_, 0) => (self.flags.carry() << 31 | value >> 1, value & 1),
            (_, _) => (value.rotate_right(amount), bit(value, amount - 1)),
        }
    }

    /// A register shifted by the low byte of another. It takes the chip a cycle more, in which r15 moves on.
    #[inline]
    pub(super) fn shifted_by_register(&self, word: u32) -> Shifted {
        let value = self.get_late(word);
        let amount = self.get(word >> 8) & 0xFF;
        match (word >> 5 & 3, amount) {
            (_, 0) => (value, self.flags.carry()),
            (0, 1..=31) => (value << amount, bit(value, 32 - amount)),
            (0, 32) => (0, value & 1),
            (1, 1..=31) => (value >> amount, bit(value, amount - 1)),
            (1, 32) => (0, value >> 31),
            (2, 1..=31) => (spread(value, amount), bit(value, amount - 1)),
            (2, _) => (spread(value, 31), value >> 31),
            (3, _) => (value.rotate_right(amount & 31), bit(value, (amount - 1) & 31)),
            _ => (0, 0),
        }
    }

    /// A register as it reads a cycle later than usual.
    #[inline]
    pub(super) fn get_late(&self, number: u32) -> u32 {
        let value = self.get(number);
        if number & 15 == super::PC { value.wrapping_add(self.instruction_bytes()) } else { value }
    }
}

/// An arithmetic shift to the right by less than 32.
#[inline]
fn spread(value: u32, amount: u32) -> u32 {
    (value.cast_signed() >> amount).cast_unsigned()
}
