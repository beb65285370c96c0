//! Thumb instructions. Nearly all are short forms of ARM instructions and are executed as such.

use super::{Bus, Cpu, Executed, LR, PC, Pause};

impl Cpu {
    pub(super) fn run_thumb<B: Bus>(&mut self, bus: &mut B, end: u64) -> Executed {
        while self.now < end {
            self.now += 1;
            let next = self.get(PC);
            self.set(PC, next.wrapping_add(2));
            let fetched = bus.fetch16(next.wrapping_sub(2)).map_err(|_| Pause::PrefetchAbort)?;
            self.execute_thumb(bus, u32::from(fetched))?;
        }
        Ok(())
    }

    fn execute_thumb<B: Bus>(&mut self, bus: &mut B, half: u32) -> Executed {
        let here = self.get(PC);
        let (target, byte) = (half >> 8 & 7, half & 0xFF);
        match half >> 11 {
            // LDR rd, [pc, #]: r15 counts without its bit 1
            0b01001 => {
                let loaded = bus.read32((here & !3).wrapping_add(4 * byte), self.now)?;
                self.set(target, loaded);
                self.after_access(bus)
            }
            // ADD rd, pc, #
            0b10100 => {
                self.set(target, (here & !3).wrapping_add(4 * byte));
                Ok(())
            }
            0b11010 | 0b11011 => match half >> 8 & 15 {
                14 => Err(Pause::Undefined),
                15 => self.software_interrupt::<B, 0>(bus, half),
                condition if self.flags.pass(condition) => self.thumb_branch(bus, (half << 24).cast_signed() >> 23),
                _ => Ok(()),
            },
            0b11100 => self.thumb_branch(bus, (half << 21).cast_signed() >> 20),
            // BL is two instructions
            0b11110 => {
                self.set(LR, here.wrapping_add_signed((half << 21).cast_signed() >> 9));
                Ok(())
            }
            0b11111 => {
                let to = self.get(LR).wrapping_add((half & 0x7FF) << 1);
                self.set(LR, here.wrapping_sub(2) | 1);
                self.jump(to);
                Ok(())
            }
            _ => match long_form(half) {
                Some(word) => self.execute_arm(bus, word),
                None => Err(Pause::Undefined),
            },
        }
    }

    fn thumb_branch<B: Bus>(&mut self, bus: &B, distance: i32) -> Executed {
        let here = self.get(PC);
        self.jump(here.wrapping_add_signed(distance));
        self.after_branch(bus, here, distance)
    }
}

/// The ARM instruction that does the same.
fn long_form(half: u32) -> Option<u32> {
    // where short forms have their operands
    let (d, s, n) = (half & 7, half >> 3 & 7, half >> 6 & 7);
    let (number, byte, d8) = (half >> 6 & 31, half & 0xFF, half >> 8 & 7);
    let load = half >> 11 & 1;
    Some(match half >> 11 {
        // MOVS rd, rs, shift #
        0b00000..=0b00010 => 0xE1B0_0000 | d << 12 | number << 7 | half >> 11 << 5 | s,
        0b00011 => {
            // ADDS or SUBS rd, rs, rn or #
            let operation = if half >> 9 & 1 == 0 { 0xE090_0000 } else { 0xE050_0000 };
            operation | (half >> 10 & 1) << 25 | s << 16 | d << 12 | n
        }
        0b00100 => 0xE3B0_0000 | d8 << 12 | byte,
        0b00101 => 0xE350_0000 | d8 << 16 | byte,
        0b00110 => 0xE290_0000 | d8 << 16 | d8 << 12 | byte,
        0b00111 => 0xE250_0000 | d8 << 16 | d8 << 12 | byte,
        0b01000 if half >> 10 & 1 == 0 => arithmetic(half >> 6 & 15, d, s),
        0b01000 => high_registers(half),
        // STR, STRH, STRB, LDRSB, LDR, LDRH, LDRB, LDRSH rd, [rs, rn]
        0b01010 | 0b01011 => {
            let operation = match half >> 9 & 7 {
                0 => 0xE780_0000,
                1 => 0xE180_00B0,
                2 => 0xE7C0_0000,
                3 => 0xE190_00D0,
                4 => 0xE790_0000,
                5 => 0xE190_00B0,
                6 => 0xE7D0_0000,
                _ => 0xE190_00F0,
            };
            operation | s << 16 | d << 12 | n
        }
        // STR, LDR, STRB, LDRB rd, [rs, #]
        0b01100 | 0b01101 => 0xE580_0000 | load << 20 | s << 16 | d << 12 | number << 2,
        0b01110 | 0b01111 => 0xE5C0_0000 | load << 20 | s << 16 | d << 12 | number,
        // STRH, LDRH rd, [rs, #]
        0b10000 | 0b10001 => {
            let offset = number << 1;
            0xE1C0_00B0 | load << 20 | s << 16 | d << 12 | (offset & 0xF0) << 4 | offset & 15
        }
        // STR, LDR rd, [sp, #]
        0b10010 | 0b10011 => 0xE58D_0000 | load << 20 | d8 << 12 | byte << 2,
        // ADD rd, sp, #: an immediate that is rotated to the left by two
        0b10101 => 0xE28D_0F00 | d8 << 12 | byte,
        0b10110 | 0b10111 => return stack(half),
        // STMIA, LDMIA rd!
        0b11000 | 0b11001 => 0xE8A0_0000 | load << 20 | d8 << 16 | byte,
        _ => return None,
    })
}

fn arithmetic(operation: u32, d: u32, s: u32) -> u32 {
    let two = |form: u32| form | d << 16 | d << 12 | s;
    let shift = |kind: u32| 0xE1B0_0010 | d << 12 | s << 8 | kind << 5 | d;
    match operation {
        0 => two(0xE010_0000),
        1 => two(0xE030_0000),
        2 => shift(0),
        3 => shift(1),
        4 => shift(2),
        5 => two(0xE0B0_0000),
        6 => two(0xE0D0_0000),
        7 => shift(3),
        8 => two(0xE110_0000) & !0xF000,
        // NEG rd, rs is RSBS rd, rs, #0
        9 => 0xE270_0000 | s << 16 | d << 12,
        10 => two(0xE150_0000) & !0xF000,
        11 => two(0xE170_0000) & !0xF000,
        12 => two(0xE190_0000),
        13 => 0xE010_0090 | d << 16 | s << 8 | d,
        14 => two(0xE1D0_0000),
        _ => 0xE1F0_0000 | d << 12 | s,
    }
}

/// ADD, CMP, MOV with any register, and BX.
fn high_registers(half: u32) -> u32 {
    let (d, s) = (half >> 4 & 8 | half & 7, half >> 3 & 15);
    match half >> 8 & 3 {
        0 => 0xE080_0000 | d << 16 | d << 12 | s,
        1 => 0xE150_0000 | d << 16 | s,
        2 => 0xE1A0_0000 | d << 12 | s,
        _ => 0xE12F_FF10 | s,
    }
}

/// ADD sp, SUB sp, PUSH, POP.
fn stack(half: u32) -> Option<u32> {
    let (list, more) = (half & 0xFF, half >> 8 & 1);
    match half >> 8 & 15 {
        0 if half & 0x80 == 0 => Some(0xE28D_DF00 | half & 0x7F),
        0 => Some(0xE24D_DF00 | half & 0x7F),
        4 | 5 => Some(0xE92D_0000 | more << LR | list),
        12 | 13 => Some(0xE8BD_0000 | more << PC | list),
        _ => None,
    }
}
