//! From an instruction to the function that executes it.
//!
//! Bits 27 to 20 and 7 to 4 tell nearly everything, so that they index a table of functions. Each handler is compiled
//! once for every value of bits 24 to 20, which select its variants.

use std::marker::PhantomData;

use super::{Bus, Cpu, Executed};

/// Executes an instruction whose condition holds.
pub(super) type Handler<B> = fn(&mut Cpu, &mut B, u32) -> Executed;

/// The table for one kind of bus.
pub(super) struct Decoder<B>(PhantomData<B>);

/// A handler for given bits 24 to 20.
macro_rules! variant {
    ($bits:expr, $handler:ident) => {
        variant!($bits, $handler, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30)
    };
    ($bits:expr, $handler:ident, $($value:literal)*) => {
        match $bits {
            $($value => Cpu::$handler::<B, $value>,)*
            _ => Cpu::$handler::<B, 31>,
        }
    };
}

impl<B: Bus> Decoder<B> {
    const TABLE: [Handler<B>; 0x1000] = Self::table();

    #[inline]
    pub(super) fn handler(word: u32) -> Handler<B> {
        let index = word >> 16 & 0xFF0 | word >> 4 & 0xF;
        // the index cannot be too large, so that the check goes away
        Self::TABLE.get(index as usize).copied().unwrap_or(Cpu::undefined::<B, 0>)
    }

    const fn table() -> [Handler<B>; 0x1000] {
        let mut table: [Handler<B>; 0x1000] = [Cpu::undefined::<B, 0>; 0x1000];
        let mut index = 0;
        while index < 0x1000 {
            #[allow(clippy::indexing_slicing, clippy::cast_possible_truncation)] // at compile time
            {
                table[index] = Self::decode(index as u32 >> 4, index as u32 & 15);
            }
            index += 1;
        }
        table
    }

    /// `high` are bits 27 to 20, `low` bits 7 to 4.
    const fn decode(high: u32, low: u32) -> Handler<B> {
        let bits = high & 31;
        match high >> 5 {
            0 if low & 9 == 9 => Self::extension(bits, low),
            // tests that do not set flags are other instructions
            0 if bits & 0b11001 == 0b10000 => match (bits, low) {
                (0b10010, 1) => Cpu::branch_exchange::<B, 0>,
                (0b10000 | 0b10100, 0) => variant!(bits, read_status),
                (0b10010 | 0b10110, 0) => variant!(bits, write_status_register),
                _ => Cpu::undefined::<B, 0>,
            },
            0 if low & 1 == 0 => variant!(bits, data_register),
            0 => variant!(bits, data_register_shifted),
            1 if bits & 0b11011 == 0b10010 => variant!(bits, write_status_immediate),
            1 if bits & 0b11001 == 0b10000 => Cpu::undefined::<B, 0>,
            1 => variant!(bits, data_immediate),
            2 => variant!(bits, transfer_immediate),
            3 if low & 1 == 0 => variant!(bits, transfer_register),
            4 => variant!(bits, block),
            5 => variant!(bits, branch),
            7 if bits & 0b10000 != 0 => Cpu::software_interrupt::<B, 0>,
            // media instructions of later chips, coprocessors
            _ => Cpu::undefined::<B, 0>,
        }
    }

    /// Bits 7 and 4 are set where a shift cannot have both: multiplications, swaps, halfwords and signed bytes.
    const fn extension(bits: u32, low: u32) -> Handler<B> {
        match (low, bits & 1) {
            (0b1001, _) => match bits {
                0..=3 => variant!(bits, multiply),
                8..=15 => variant!(bits, multiply_long),
                0b10000 | 0b10100 => variant!(bits, swap),
                _ => Cpu::undefined::<B, 0>,
            },
            (0b1011, 0) => variant!(bits, store_halfword),
            (0b1011, _) => variant!(bits, load_halfword),
            (0b1101, 1) => variant!(bits, load_signed_byte),
            (0b1111, 1) => variant!(bits, load_signed_halfword),
            // doublewords of later chips
            _ => Cpu::undefined::<B, 0>,
        }
    }
}
