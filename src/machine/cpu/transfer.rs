//! Loads and stores of one value.
//!
//! `BITS` are bits 24 to 20 of the instruction. When nothing is at the address, the base register has its new value and
//! no other register changed, as on the chip ("base updated abort model").

use super::{Bus, Cpu, Executed, PC, Pause};

const LOADS: u32 = 1;
const WRITES_BACK: u32 = 1 << 1;
/// In transfers of words and bytes.
const BYTE: u32 = 1 << 2;
/// In transfers of halfwords.
const IMMEDIATE: u32 = 1 << 2;
const UP: u32 = 1 << 3;
const PRE: u32 = 1 << 4;

impl Cpu {
    pub(super) fn transfer_immediate<B: Bus, const BITS: u32>(&mut self, bus: &mut B, word: u32) -> Executed {
        self.transfer::<B, BITS>(bus, word, word & 0xFFF)
    }

    pub(super) fn transfer_register<B: Bus, const BITS: u32>(&mut self, bus: &mut B, word: u32) -> Executed {
        let (offset, _) = self.shifted_by_number(word);
        self.transfer::<B, BITS>(bus, word, offset)
    }

    #[inline(always)]
    fn transfer<B: Bus, const BITS: u32>(&mut self, bus: &mut B, word: u32, offset: u32) -> Executed {
        let value = self.get_late(word >> 12);
        let address = self.address::<BITS>(word, offset);
        if BITS & LOADS != 0 {
            let loaded = if BITS & BYTE != 0 {
                u32::from(bus.read8(address, self.now)?)
            } else {
                self.read_rotated(bus, address)?
            };
            self.put(word >> 12 & 15, loaded);
        } else {
            self.stores += 1;
            if BITS & BYTE != 0 {
                bus.write8(address, low_byte(value), self.now)?;
            } else {
                bus.write32(address & !3, value, self.now)?;
            }
        }
        self.after_access(bus)
    }

    pub(super) fn store_halfword<B: Bus, const BITS: u32>(&mut self, bus: &mut B, word: u32) -> Executed {
        let value = self.get_late(word >> 12);
        let address = self.halfword_address::<BITS>(word);
        self.stores += 1;
        #[allow(clippy::cast_possible_truncation)] // the low half is what is stored
        bus.write16(address & !1, value as u16, self.now)?;
        self.after_access(bus)
    }

    pub(super) fn load_halfword<B: Bus, const BITS: u32>(&mut self, bus: &mut B, word: u32) -> Executed {
        let address = self.halfword_address::<BITS>(word);
        let loaded = bus.read16(address & !1, self.now)?;
        self.put(word >> 12 & 15, u32::from(loaded));
        self.after_access(bus)
    }

    pub(super) fn load_signed_halfword<B: Bus, const BITS: u32>(&mut self, bus: &mut B, word: u32) -> Executed {
        let address = self.halfword_address::<BITS>(word);
        let loaded = bus.read16(address & !1, self.now)?;
        self.put(word >> 12 & 15, i32::from(loaded.cast_signed()).cast_unsigned());
        self.after_access(bus)
    }

    pub(super) fn load_signed_byte<B: Bus, const BITS: u32>(&mut self, bus: &mut B, word: u32) -> Executed {
        let address = self.halfword_address::<BITS>(word);
        let loaded = bus.read8(address, self.now)?;
        self.put(word >> 12 & 15, i32::from(loaded.cast_signed()).cast_unsigned());
        self.after_access(bus)
    }

    /// SWP and SWPB: a load and a store that nothing comes between.
    pub(super) fn swap<B: Bus, const BITS: u32>(&mut self, bus: &mut B, word: u32) -> Executed {
        let (address, value) = (self.get(word >> 16), self.get_late(word));
        self.stores += 1;
        let loaded = if BITS & BYTE != 0 {
            let loaded = bus.read8(address, self.now)?;
            bus.write8(address, low_byte(value), self.now)?;
            u32::from(loaded)
        } else {
            let loaded = self.read_rotated(bus, address)?;
            bus.write32(address & !3, value, self.now)?;
            loaded
        };
        self.put(word >> 12 & 15, loaded);
        self.after_access(bus)
    }

    #[inline(always)]
    fn halfword_address<const BITS: u32>(&mut self, word: u32) -> u32 {
        let offset = if BITS & IMMEDIATE != 0 { word >> 4 & 0xF0 | word & 15 } else { self.get(word) };
        self.address::<BITS>(word, offset)
    }

    /// Where the transfer goes; the base register moves on. As a base that moves, r15 stays where it is: the
    /// architecture leaves that case open.
    #[inline(always)]
    fn address<const BITS: u32>(&mut self, word: u32, offset: u32) -> u32 {
        let register = word >> 16 & 15;
        let base = self.get(register);
        let moved = if BITS & UP != 0 { base.wrapping_add(offset) } else { base.wrapping_sub(offset) };
        if (BITS & PRE == 0 || BITS & WRITES_BACK != 0) && register != PC {
            self.set(register, moved);
        }
        if BITS & PRE != 0 { moved } else { base }
    }

    /// A word at any address: the aligned word that holds its first byte, rotated so that this byte is the lowest.
    #[inline]
    fn read_rotated<B: Bus>(&self, bus: &mut B, address: u32) -> Result<u32, Pause> {
        let word = bus.read32(address & !3, self.now)?;
        Ok(word.rotate_right(8 * (address & 3)))
    }

    #[inline]
    pub(super) fn after_access<B: Bus>(&self, bus: &B) -> Executed {
        if bus.wants_attention() { Err(Pause::Attention) } else { Ok(()) }
    }
}

#[inline]
#[allow(clippy::cast_possible_truncation)] // the low byte is what is stored
fn low_byte(value: u32) -> u8 {
    value as u8
}
