//! The same instruction on another emulator, `armv4t_emu`.
//!
//! Left out is what that one does otherwise than the chip: condition "never", status bit 4, the carry behind an
//! immediate that is not rotated, swaps that do not rotate, multiplications that clear flags, tests that write r15,
//! empty register lists, register lists at addresses that are no whole words, shifts of r15 by a register and transfers with r15 as base or offset; and coprocessor and
//! later instructions, which it executes or takes for others.

use armv4t_emu::{Cpu as Other, Memory, Mode};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::*;

const CPSR: u8 = armv4t_emu::reg::CPSR;

/// RAM for both, so small that copying it is quick. Addresses wrap, so that every access finds something.
struct SmallRam([u8; SMALL_RAM_BYTES]);

const SMALL_RAM_BYTES: usize = 0x200;

impl SmallRam {
    fn read<const LEN: usize>(&self, address: u32) -> [u8; LEN] {
        std::array::from_fn(|index| self.0[(address as usize + index) % SMALL_RAM_BYTES])
    }

    fn write(&mut self, address: u32, bytes: &[u8]) {
        for (index, byte) in bytes.iter().enumerate() {
            self.0[(address as usize + index) % SMALL_RAM_BYTES] = *byte;
        }
    }
}

#[rustfmt::skip]
impl Memory for SmallRam {
    fn r8(&mut self, address: u32) -> u8 { u8::from_le_bytes(self.read(address)) }
    fn r16(&mut self, address: u32) -> u16 { u16::from_le_bytes(self.read(address & !1)) }
    fn r32(&mut self, address: u32) -> u32 { u32::from_le_bytes(self.read(address & !3)) }
    fn w8(&mut self, address: u32, value: u8) { self.write(address, &[value]); }
    fn w16(&mut self, address: u32, value: u16) { self.write(address & !1, &value.to_le_bytes()); }
    fn w32(&mut self, address: u32, value: u32) { self.write(address & !3, &value.to_le_bytes()); }
}

#[rustfmt::skip]
impl Bus for SmallRam {
    fn fetch32(&mut self, address: u32) -> Result<u32, Abort> { Ok(self.r32(address)) }
    fn fetch16(&mut self, address: u32) -> Result<u16, Abort> { Ok(self.r16(address)) }
    fn read32(&mut self, address: u32, _: u64) -> Result<u32, Abort> { Ok(self.r32(address)) }
    fn read16(&mut self, address: u32, _: u64) -> Result<u16, Abort> { Ok(self.r16(address)) }
    fn read8(&mut self, address: u32, _: u64) -> Result<u8, Abort> { Ok(self.r8(address)) }
    fn write32(&mut self, address: u32, value: u32, _: u64) -> Result<(), Abort> { self.w32(address, value); Ok(()) }
    fn write16(&mut self, address: u32, value: u16, _: u64) -> Result<(), Abort> { self.w16(address, value); Ok(()) }
    fn write8(&mut self, address: u32, value: u8, _: u64) -> Result<(), Abort> { self.w8(address, value); Ok(()) }
    fn wants_attention(&self) -> bool { false }
    fn irq(&self) -> bool { false }
    fn unsteady_reads(&self) -> u64 { 0 }
}

/// Both execute the instruction at `CODE`, and are left with the same registers and memory.
fn agree(instruction: u32, thumb: bool, mode: u32, flags: u32, registers: [u32; 15]) -> TestCaseResult {
    let mut ram = SmallRam(std::array::from_fn(|address| (address * 7 + address / 256) as u8));
    ram.w32(CODE, instruction);
    let status = flags << 28 | mode | if thumb { 0x20 } else { 0 };

    let mut ours = Cpu::starting_at(CODE);
    let mut theirs = Other::new();
    ours.set_cpsr(status);
    theirs.reg_set(Mode::User, CPSR, status);
    let their_mode = theirs.mode();
    theirs.reg_set(their_mode, 15, CODE);
    for (number, value) in (0..).zip(registers) {
        ours.set_register(number, value);
        theirs.reg_set(their_mode, number as u8, value);
    }

    let (mut our_bus, mut their_bus) = (SmallRam(ram.0), ram);
    if let Stop::Fault(exception) = ours.run(&mut our_bus, 1) {
        ours.take(exception); // as the other one does
    }
    theirs.step(&mut their_bus);

    let their_mode = theirs.mode();
    prop_assert_eq!(ours.cpsr(), theirs.reg_get(their_mode, CPSR), "status");
    for number in 0..15 {
        prop_assert_eq!(ours.register(number), theirs.reg_get(their_mode, number as u8), "r{}", number);
    }
    let their_pc = theirs.reg_get(their_mode, 15);
    prop_assert_eq!(ours.pc(), if ours.cpsr() & 0x20 == 0 { their_pc & !3 } else { their_pc & !1 }, "pc");
    prop_assert!(our_bus.0 == their_bus.0, "memory");
    Ok(())
}

/// Whether the other emulator does with this ARM instruction what the chip does.
fn is_comparable(word: u32) -> bool {
    let field = |from: u32| word >> from & 15;
    let (sets_flags, immediate) = (word >> 20 & 1 == 1, word >> 25 & 1 == 1);
    match word >> 25 & 7 {
        0 if word & 0x90 == 0x90 => match word >> 4 & 15 {
            9 => {
                let is_multiplication = word >> 24 & 1 == 0 && (word >> 22 & 3 != 1);
                let registers = [field(0), field(8), field(12), field(16)];
                is_multiplication && !sets_flags && !registers.contains(&15) && field(12) != field(16)
            }
            // later instructions have these places where no load is
            13 | 15 if !sets_flags => false,
            _ => {
                let offset_is_whole = word >> 22 & 1 == 1 || field(8) == 0;
                offset_is_whole && field(16) != 15 && (word >> 22 & 1 == 1 || field(0) != 15)
            }
        },
        // what is no test that sets flags
        0 | 1 if word >> 23 & 3 == 2 && !sets_flags => {
            let writes_flags_only = word >> 16 & 0x7F == 0b010_1000;
            writes_flags_only && field(12) == 15 && (immediate || word & 0xFF0 == 0 && field(0) != 15)
        }
        0 | 1 => {
            let by_register = !immediate && word & 0x10 != 0;
            let reads_late = by_register && [field(0), field(8), field(16)].contains(&15);
            let is_logic = !matches!(word >> 21 & 15, 2..=7 | 10 | 11);
            let keeps_carry = immediate && field(8) == 0 && is_logic && sets_flags;
            !(reads_late || keeps_carry || sets_flags && field(12) == 15)
        }
        2 => field(16) != 15,
        3 => word & 0x10 != 0 || field(16) != 15 && field(0) != 15,
        4 => word & 0xFFFF != 0 && field(16) != 15 && word >> 22 & 1 == 0,
        5 => true,
        6 => false,
        _ => word >> 24 & 1 == 1,
    }
}

/// Whether the other emulator does with this Thumb instruction what the chip does.
fn is_comparable_in_thumb(half: u32) -> bool {
    match half >> 8 {
        // MUL clears flags
        0x43 => half & 0xC0 != 0x40,
        // the chip has no unaligned r15 to add to
        0x44..=0x46 => half & 0x87 != 0x87 && half >> 3 & 15 != 15,
        // stack: what is no push or pop; lists without a register
        0xB0 => true,
        0xB4..=0xB5 | 0xBC..=0xBD => half & 0xFF != 0,
        0xB1..=0xBF => false,
        0xC0..=0xCF => half & 0xFF != 0,
        0xDE => false,
        _ => true,
    }
}

/// Register contents: anything, addresses, shift amounts.
fn registers() -> impl Strategy<Value = [u32; 15]> {
    proptest::array::uniform15(prop_oneof![any::<u32>(), 0..0x1_0000_u32, 0..40_u32])
}

/// The register lists of the other emulator want whole words.
fn with_aligned(mut registers: [u32; 15], base: u32) -> [u32; 15] {
    registers[base as usize] &= !3;
    registers
}

proptest! {
    // each case tries many instructions on one set of registers
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arm_instructions_do_what_they_do_elsewhere(
        words in vec(any::<u32>().prop_filter("comparable", |word| is_comparable(*word)), 40),
        condition in prop_oneof![3 => Just(14), 1 => 0..15_u32],
        mode in prop_oneof![Just(0x10), Just(0x13), Just(0x1F), Just(0x12)],
        flags in 0..16_u32,
        registers in registers(),
    ) {
        for word in words {
            let registers = if word >> 25 & 7 == 4 { with_aligned(registers, word >> 16 & 15) } else { registers };
            agree(word & 0x0FFF_FFFF | condition << 28, false, mode, flags, registers)?;
        }
    }

    #[test]
    fn thumb_instructions_do_what_they_do_elsewhere(
        halves in vec(any::<u16>().prop_map(u32::from).prop_filter("comparable", |half| is_comparable_in_thumb(*half)), 40),
        mode in prop_oneof![Just(0x10), Just(0x13), Just(0x1F)],
        flags in 0..16_u32,
        registers in registers(),
    ) {
        for half in halves {
            let registers = match half >> 12 {
                0xB => with_aligned(registers, 13),
                0xC => with_aligned(registers, half >> 8 & 7),
                _ => registers,
            };
            agree(half, true, mode, flags, registers)?;
        }
    }
}
