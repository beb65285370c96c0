//! The four flags and the conditions over them.

/// The flags as bits 3 to 0: N, Z, C, V.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Flags(u32);

const N: u32 = 8;
const Z: u32 = 4;
const C: u32 = 2;
const V: u32 = 1;

/// Always: what nearly all instructions are.
const ALWAYS: u32 = 14;

/// For each condition, the bit of every value of the flags that it passes with.
const CONDITIONS: [u16; 16] = conditions();

const fn conditions() -> [u16; 16] {
    let mut conditions = [0; 16];
    let mut flags = 0;
    while flags < 16 {
        let (n, z, c, v) = (flags & N != 0, flags & Z != 0, flags & C != 0, flags & V != 0);
        // the last one is "never": this is not an ARMv5, and the camera's own program relies on it (certain)
        let pass =
            [z, !z, c, !c, n, !n, v, !v, c && !z, !c || z, n == v, n != v, !z && n == v, z || n != v, true, false];
        let mut condition = 0;
        while condition < 16 {
            #[allow(clippy::indexing_slicing)] // at compile time
            if pass[condition] {
                conditions[condition] |= 1 << flags;
            }
            condition += 1;
        }
        flags += 1;
    }
    conditions
}

impl Flags {
    /// The flags of a status register.
    pub(super) fn of_status(status: u32) -> Self {
        Self(status >> 28)
    }

    /// The flags where a status register has them.
    #[inline]
    pub(super) fn in_status(self) -> u32 {
        self.0 << 28
    }

    /// Whether an instruction with this condition, a number below 16, is executed.
    #[inline]
    pub(super) fn pass(self, condition: u32) -> bool {
        condition == ALWAYS
            || CONDITIONS.get((condition & 15) as usize).is_some_and(|passing| passing >> (self.0 & 15) & 1 != 0)
    }

    /// C, as 0 or 1.
    #[inline]
    pub(super) fn carry(self) -> u32 {
        self.0 >> 1 & 1
    }

    /// N and Z of a result; C and V stay.
    #[inline]
    pub(super) fn set_sign(&mut self, result: u32) {
        self.0 = sign(result) | self.0 & (C | V);
    }

    /// N and Z of a result of 64 bits; C and V stay.
    #[inline]
    pub(super) fn set_long_sign(&mut self, result: u64) {
        let negative = if result >> 63 == 0 { 0 } else { N };
        let zero = if result == 0 { Z } else { 0 };
        self.0 = negative | zero | self.0 & (C | V);
    }

    /// N and Z of a result, C of the shifter; V stays.
    #[inline]
    pub(super) fn set_logical(&mut self, result: u32, carry: u32) {
        self.0 = sign(result) | carry << 1 | self.0 & V;
    }

    /// All four.
    #[inline]
    pub(super) fn set_arithmetic(&mut self, sum: Sum) {
        self.0 = sign(sum.value) | sum.carry << 1 | sum.overflow;
    }
}

#[inline]
fn sign(result: u32) -> u32 {
    result >> 31 << 3 | u32::from(result == 0) << 2
}

/// A sum with what went over its ends, as 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) value: u32,
    carry: u32,
    overflow: u32,
}

/// `a + b + carry`. The chip subtracts by adding the complement.
#[inline]
pub(super) fn add(a: u32, b: u32, carry: u32) -> Sum {
    let wide = u64::from(a) + u64::from(b) + u64::from(carry);
    #[allow(clippy::cast_possible_truncation)] // the low half is the sum
    let value = wide as u32;
    Sum { value, carry: (wide >> 32) as u32, overflow: ((a ^ value) & (b ^ value)) >> 31 }
}
