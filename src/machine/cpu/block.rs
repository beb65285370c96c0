//! LDM and STM: loads and stores of many registers. `BITS` are bits 24 to 20 of the instruction.

use super::mode::Bank;
use super::{Bus, Cpu, Executed, PC};

const LOADS: u32 = 1;
const WRITES_BACK: u32 = 1 << 1;
/// The `^` of the assembler.
const USER_OR_RETURN: u32 = 1 << 2;
const UP: u32 = 1 << 3;
const PRE: u32 = 1 << 4;

/// What the chip does when no register is named: r15 is transferred, and the base moves as for all sixteen.
const EMPTY_LIST: (u32, u32) = (1 << PC, 0x40);

/// What is transferred, and where.
struct Block {
    /// Number of the base register, and its value afterwards.
    base: u32,
    moved: u32,
    /// Address of the lowest register.
    first: u32,
    /// A bit for each register.
    list: u32,
}

impl Cpu {
    pub(super) fn block<B: Bus, const BITS: u32>(&mut self, bus: &mut B, word: u32) -> Executed {
        let (list, bytes) = match word & 0xFFFF {
            0 => EMPTY_LIST,
            list => (list, 4 * list.count_ones()),
        };
        let base = self.get(word >> 16);
        let moved = if BITS & UP != 0 { base.wrapping_add(bytes) } else { base.wrapping_sub(bytes) };
        // registers go up in memory by their number, whatever the direction
        let lowest = if BITS & UP != 0 { base } else { moved };
        let first = if (BITS & PRE != 0) == (BITS & UP != 0) { lowest.wrapping_add(4) } else { lowest };
        let moved = if BITS & WRITES_BACK != 0 { moved } else { base };
        let block = Block { base: word >> 16 & 15, moved, first: first & !3, list };
        if BITS & LOADS != 0 {
            self.load_block::<B, BITS>(bus, block)?;
        } else {
            self.store_block::<B, BITS>(bus, block)?;
        }
        self.after_access(bus)
    }

    /// A base that is loaded is not moved. When nothing is at an address, it is moved and keeps that value.
    #[inline(always)]
    fn load_block<B: Bus, const BITS: u32>(&mut self, bus: &mut B, block: Block) -> Executed {
        let Block { base, moved, first, list } = block;
        let returns = BITS & USER_OR_RETURN != 0 && list >> PC != 0;
        let user = BITS & USER_OR_RETURN != 0 && !returns;
        self.move_base(base, moved);
        let (mut left, mut address) = (list, first);
        while left != 0 {
            let register = left.trailing_zeros();
            let value = match bus.read32(address, self.now) {
                Ok(value) => value,
                Err(abort) => {
                    self.move_base(base, moved);
                    return Err(abort.into());
                }
            };
            match register {
                PC if returns => return self.return_to(value),
                PC => self.jump(value),
                _ if user => self.set_user(register, value),
                _ => self.set(register, value),
            }
            left &= left - 1;
            address = address.wrapping_add(4);
        }
        Ok(())
    }

    /// A base that is the first one stored is stored as it was, else as it will be.
    #[inline(always)]
    fn store_block<B: Bus, const BITS: u32>(&mut self, bus: &mut B, block: Block) -> Executed {
        let Block { base, moved, first, list } = block;
        self.stores += 1;
        let (mut left, mut address) = (list, first);
        while left != 0 {
            let register = left.trailing_zeros();
            let value = if BITS & USER_OR_RETURN != 0 { self.get_user(register) } else { self.get_late(register) };
            self.move_base(base, moved);
            bus.write32(address, value, self.now)?;
            left &= left - 1;
            address = address.wrapping_add(4);
        }
        Ok(())
    }

    /// As a base that moves, r15 stays where it is: the architecture leaves that case open.
    #[inline]
    fn move_base(&mut self, base: u32, moved: u32) {
        if base != PC {
            self.set(base, moved);
        }
    }

    /// A register of user mode, from any mode.
    fn get_user(&mut self, number: u32) -> u32 {
        match self.user_register(number) {
            Some(register) => *register,
            None => self.get_late(number),
        }
    }

    fn set_user(&mut self, number: u32, value: u32) {
        match self.user_register(number) {
            Some(register) => *register = value,
            None => self.set(number, value),
        }
    }

    /// Where a register of user mode is kept, if it is not in use.
    fn user_register(&mut self, number: u32) -> Option<&mut u32> {
        match (Bank::of(self.control), number) {
            (Bank::User, _) => None,
            (Bank::Fiq, 8..=12) => self.banks.high.get_mut(number as usize - 8),
            (_, 13 | 14) => self.banks.of(Bank::User).pointers.get_mut(number as usize - 13),
            _ => None,
        }
    }
}
