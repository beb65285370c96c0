//! The pins at 0xFFF83000: registers that keep what was written; no input pin is pulled up.
//!
//! Each port has CFG, DIR, DATAOUT and DATAIN, 16 bytes apart (soc-for-emulation.md section 3, certain).

use super::registers::Registers;

const DATAIN: u32 = 0x0C;

/// The pins.
#[derive(Debug, Default)]
pub struct Gpio(Registers);

impl Gpio {
    /// What a register reads as.
    pub fn read(&self, offset: u32) -> u32 {
        if offset & 0x0F == DATAIN { 0 } else { self.0.read(offset) }
    }

    /// Keeps the value.
    pub fn write(&mut self, offset: u32, value: u32) {
        self.0.write(offset, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_kept_and_inputs_are_low() {
        let mut gpio = Gpio::default();
        gpio.write(0x20, 0x55555);
        gpio.write(0x2C, 0xFFFF);
        assert_eq!((gpio.read(0x20), gpio.read(0x2C)), (0x55555, 0));
    }
}
