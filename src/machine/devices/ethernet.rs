//! The Ethernet controller at 0xFFF03000 and its PHY: the cable is in, 100 MBit full duplex, and nobody answers.
//!
//! What the kernel sends is taken from its descriptors and counted; no frame ever arrives (soc-for-emulation.md section
//! 8, certain).

use super::registers::Registers;
use crate::format::boot_info::Mac;
use crate::machine::memory::Memory;

const CAM0_HIGH: u32 = 0x08;
const CAM0_LOW: u32 = 0x0C;
const SEND_LIST: u32 = 0x88;
const RECEIVE_LIST: u32 = 0x8C;
const COMMAND: u32 = 0x90;
const MII_DATA: u32 = 0x94;
const MII_ADDRESS: u32 = 0x98;
const SEND_DEMAND: u32 = 0xA0;
const INTERRUPTS_WANTED: u32 = 0xAC;
const STATUS: u32 = 0xB0;
const CURRENT_SEND: u32 = 0xCC;
const CURRENT_RECEIVE: u32 = 0xD4;

const SENDS: u32 = 1 << 8;
const SOFTWARE_RESET: u32 = 1 << 24;
const MII_WRITE: u32 = 1 << 16;
const MII_BUSY: u32 = 1 << 17;

/// The bit of a descriptor's first word by which the controller owns it.
const OWNED: u32 = 1 << 31;
/// What a sent frame's status says: sent, and it wants its interrupt.
const SENT: u32 = 1 << 19 | 1 << 16;
const STATUS_SENT: u32 = 1 << 18;
const STATUS_SEND_INTERRUPT: u32 = 1 << 16;
const STATUS_NOTHING_TO_SEND: u32 = 1 << 23;

/// The half of status and mask that belongs to sending.
const SENDING: u32 = 0xFFFF_0000;

/// No list of frames is followed further than this at once.
const FRAMES_AT_ONCE: usize = 64;

/// The one PHY that is there.
const PHY: u32 = 1;
/// Its first registers: a DM9161 whose link is up after negotiation.
const PHY_REGISTERS: [u16; 6] = [0x3100, 0x786D, 0x0181, 0xB8A0, 0x01E1, 0x41E1];

/// The controller.
#[derive(Debug)]
pub struct Ethernet {
    registers: Registers,
    phy: [u16; 32],
    frames_sent: u64,
}

impl Default for Ethernet {
    fn default() -> Self {
        let mut phy = [0; 32];
        phy.iter_mut().zip(PHY_REGISTERS).for_each(|(register, value)| *register = value);
        Self { registers: Registers::default(), phy, frames_sent: 0 }
    }
}

impl Ethernet {
    /// What a register reads as.
    pub fn read(&self, offset: u32) -> u32 {
        self.registers.read(offset)
    }

    /// Sets up, sends what is in memory, or talks to the PHY.
    pub fn write(&mut self, offset: u32, value: u32, memory: &mut Memory) {
        match offset {
            STATUS => self.registers.write(STATUS, self.registers.read(STATUS) & !value),
            COMMAND if value & SOFTWARE_RESET != 0 => {
                self.registers = Registers::default().with(COMMAND, value & !SOFTWARE_RESET);
            }
            MII_ADDRESS => {
                self.talk_to_phy(value);
                self.registers.write(MII_ADDRESS, value & !MII_BUSY);
            }
            SEND_LIST | RECEIVE_LIST => {
                let current = if offset == SEND_LIST { CURRENT_SEND } else { CURRENT_RECEIVE };
                self.registers.write(current, value);
                self.registers.write(offset, value);
            }
            SEND_DEMAND => self.send(memory),
            _ => self.registers.write(offset, value),
        }
    }

    fn talk_to_phy(&mut self, request: u32) {
        let is_there = request >> 8 & 0x1F == PHY;
        let register = (request & 0x1F) as usize;
        if request & MII_WRITE != 0 {
            let [low, high, ..] = self.registers.read(MII_DATA).to_le_bytes();
            // status and identity cannot be written, and negotiation is over at once
            if let Some(place) = self.phy.get_mut(register).filter(|_| is_there && !matches!(register, 0..=3 | 5)) {
                *place = u16::from_le_bytes([low, high]);
            }
        } else {
            let value = self.phy.get(register).filter(|_| is_there).map_or(0xFFFF, |value| u32::from(*value));
            self.registers.write(MII_DATA, value);
        }
    }

    fn send(&mut self, memory: &mut Memory) {
        if self.registers.read(COMMAND) & SENDS == 0 {
            return;
        }
        let mut at = self.registers.read(CURRENT_SEND);
        let mut status = self.registers.read(STATUS);
        for _ in 0..FRAMES_AT_ONCE {
            let mode = memory.dma_word(at);
            if mode & OWNED == 0 {
                status |= STATUS_NOTHING_TO_SEND;
                break;
            }
            memory.set_dma_word(at, mode & !OWNED);
            let len_at = at.wrapping_add(8);
            memory.set_dma_word(len_at, memory.dma_word(len_at) | SENT);
            at = memory.dma_word(at.wrapping_add(12));
            status |= STATUS_SENT | STATUS_SEND_INTERRUPT;
            self.frames_sent += 1;
        }
        self.registers.write(CURRENT_SEND, at);
        self.registers.write(STATUS, status);
    }

    fn wanted(&self) -> u32 {
        self.registers.read(STATUS) & self.registers.read(INTERRUPTS_WANTED)
    }

    /// Whether sending interrupts; receiving never does.
    pub fn interrupts(&self) -> bool {
        self.wanted() & SENDING != 0
    }

    /// The address that the kernel gave the controller; `None` as long as it is zero.
    pub fn mac(&self) -> Option<Mac> {
        let [a, b, c, d] = self.registers.read(CAM0_HIGH).to_be_bytes();
        let [e, f, ..] = self.registers.read(CAM0_LOW).to_be_bytes();
        Some([a, b, c, d, e, f]).filter(|mac| *mac != [0; 6]).map(Mac)
    }

    /// Frames that went out.
    pub fn frames_sent(&self) -> u64 {
        self.frames_sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phy(ethernet: &mut Ethernet, memory: &mut Memory, address: u32, register: u32) -> u32 {
        ethernet.write(MII_ADDRESS, MII_BUSY | address << 8 | register, memory);
        assert_eq!(ethernet.read(MII_ADDRESS) & MII_BUSY, 0, "done at once");
        ethernet.read(MII_DATA)
    }

    #[test]
    fn the_phy_says_that_the_link_is_up_with_100_mbit() {
        let (mut ethernet, mut memory) = (Ethernet::default(), Memory::new(0x1000));
        assert_eq!(phy(&mut ethernet, &mut memory, 1, 1) & 0x24, 0x24);
        assert_eq!(phy(&mut ethernet, &mut memory, 1, 5) & 0x100, 0x100);
        assert_eq!(phy(&mut ethernet, &mut memory, 2, 1), 0xFFFF, "there is no other");
        ethernet.write(MII_DATA, 0x1200, &mut memory);
        ethernet.write(MII_ADDRESS, MII_BUSY | MII_WRITE | 1 << 8 | 4, &mut memory);
        assert_eq!(phy(&mut ethernet, &mut memory, 1, 4), 0x1200);
    }

    #[test]
    fn frames_are_taken_from_their_ring_in_memory() {
        let (mut ethernet, mut memory) = (Ethernet::default(), Memory::new(0x1000));
        for (at, next) in [(0x100, 0x110), (0x110, 0x120), (0x120, 0x100)] {
            memory.set_dma_word(at, if at == 0x120 { 0 } else { OWNED | 4 });
            memory.set_dma_word(at + 8, 60);
            memory.set_dma_word(at + 12, 0x8000_0000 | next);
        }
        ethernet.write(INTERRUPTS_WANTED, 0x0125_0811, &mut memory);
        ethernet.write(SEND_LIST, 0x8000_0100, &mut memory);
        ethernet.write(SEND_DEMAND, 1, &mut memory);
        assert_eq!(ethernet.frames_sent(), 0, "sending is not on");
        ethernet.write(COMMAND, SENDS, &mut memory);
        ethernet.write(SEND_DEMAND, 1, &mut memory);
        assert_eq!(ethernet.frames_sent(), 2);
        assert_eq!((memory.dma_word(0x100), memory.dma_word(0x108)), (4, SENT | 60));
        assert_eq!(ethernet.read(CURRENT_SEND), 0x8000_0120);
        assert!(ethernet.interrupts());
        ethernet.write(STATUS, !0, &mut memory);
        assert!(!ethernet.interrupts());
    }

    #[test]
    fn a_ring_that_never_ends_and_a_wild_one_do_no_harm() {
        let (mut ethernet, mut memory) = (Ethernet::default(), Memory::new(0x1000));
        ethernet.write(COMMAND, SENDS, &mut memory);
        for list in [0xFFFF_FFFC, 0x7F00_0000, 0xFF0] {
            memory.set_dma_word(0xFF0, OWNED);
            ethernet.write(SEND_LIST, list, &mut memory);
            ethernet.write(SEND_DEMAND, 1, &mut memory);
        }
        assert!(ethernet.frames_sent() <= 2);
    }

    #[test]
    fn the_kernels_mac_is_read_from_its_two_registers() {
        let (mut ethernet, mut memory) = (Ethernet::default(), Memory::new(0x10));
        assert_eq!(ethernet.mac(), None);
        ethernet.write(CAM0_HIGH, 0x00A8_F800, &mut memory);
        ethernet.write(CAM0_LOW, 0x5CA6_0000, &mut memory);
        assert_eq!(ethernet.mac().map(|mac| mac.to_string()).as_deref(), Some("00:A8:F8:00:5C:A6"));
        ethernet.write(COMMAND, SOFTWARE_RESET | SENDS, &mut memory);
        assert_eq!((ethernet.mac(), ethernet.read(COMMAND)), (None, SENDS), "the reset ends by itself");
    }
}
