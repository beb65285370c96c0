//! An I2C bus at 0xFFF86000 with nobody on it: every transfer ends at once, without an answer.
//!
//! The bus must read as idle (SWR bits 3 and 4), else the driver says "busy" (error 16) instead of "nobody there"
//! (error 5) (soc-for-emulation.md section 10, certain).

const INTERRUPTS: u32 = 1 << 1;
const PENDING: u32 = 1 << 2;
const NO_ANSWER: u32 = 1 << 11;
const IDLE_BUS: u32 = 0x18;
/// What a program can set in CSR: enable, interrupt enable.
const CONTROL: u32 = 0x03;

/// The bus.
#[derive(Debug, Default)]
pub struct I2c {
    control: u32,
    divider: u32,
    command: u32,
    pending: bool,
    transmit: u32,
    /// Bytes that were sent to nobody.
    unanswered: u64,
}

impl I2c {
    /// What a register reads as.
    pub fn read(&self, offset: u32) -> u32 {
        match offset {
            0x00 => self.status(),
            0x04 => self.divider,
            0x08 => self.command,
            0x0C => IDLE_BUS,
            0x10 => 0xFF,
            0x14 => self.transmit,
            _ => 0,
        }
    }

    /// Does what is asked for: nobody answers.
    pub fn write(&mut self, offset: u32, value: u32) {
        match offset {
            0x00 => {
                self.control = value & CONTROL;
                self.pending &= value & PENDING == 0;
            }
            0x04 => self.divider = value,
            0x08 => {
                self.command = value;
                self.pending = true;
                self.unanswered = self.unanswered.saturating_add(1);
            }
            0x14 => self.transmit = value,
            _ => {}
        }
    }

    fn status(&self) -> u32 {
        let refused = if self.unanswered > 0 { NO_ANSWER } else { 0 };
        let pending = if self.pending { PENDING } else { 0 };
        self.control | refused | pending
    }

    /// Whether it interrupts.
    pub fn interrupts(&self) -> bool {
        self.pending && self.control & INTERRUPTS != 0
    }

    /// Bytes that were sent or asked for and that nobody answered.
    pub fn unanswered(&self) -> u64 {
        self.unanswered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_transfer_ends_at_once_without_an_answer() {
        let mut i2c = I2c::default();
        assert_eq!((i2c.read(0x00), i2c.read(0x0C) & 0x18), (0, 0x18), "the bus is idle");
        i2c.write(0x00, 3);
        i2c.write(0x14, 0xA0);
        i2c.write(0x08, 0x12);
        assert_eq!((i2c.read(0x00), i2c.interrupts()), (0x807, true));
        i2c.write(0x00, 7);
        assert_eq!((i2c.read(0x00), i2c.interrupts()), (0x803, false));
        assert_eq!(i2c.unanswered(), 1);
    }
}
