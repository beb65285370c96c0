//! A serial port, 16550-like, its registers four bytes apart: the console is the one at 0xFFF80000.
//!
//! What is sent is sent at once. The kernel's driver looks at the *bits* of IIR: 4 while input waits, 2 once after each
//! byte sent and when sending interrupts are switched on, 1 else (soc-for-emulation.md section 4, certain).

use std::collections::VecDeque;

const DIVISOR_ACCESS: u32 = 0x80;
const WANTS_RECEIVED: u32 = 1;
const WANTS_SENT: u32 = 2;

/// A serial port and what hangs on its wires.
#[derive(Debug, Default)]
pub struct Uart {
    interrupts_wanted: u32,
    line_control: u32,
    modem_control: u32,
    divisor: [u32; 2],
    time_out: u32,
    /// A byte was sent, or sending was switched on, and nobody has read so from IIR yet.
    sent_pending: bool,
    sent: Vec<u8>,
    /// How often a program looked whether input is there, and none was.
    asked: u64,
    typed: VecDeque<u8>,
}

impl Uart {
    /// What a register reads as, and whether reading it changed something: the data register gives a byte away, and
    /// IIR tells once only that a byte was sent.
    pub fn read(&mut self, offset: u32) -> (u32, bool) {
        let has_divisor = self.line_control & DIVISOR_ACCESS != 0;
        let steady = |value: u32| (value, false);
        match offset {
            0x00 if has_divisor => steady(self.divisor[0]),
            0x04 if has_divisor => steady(self.divisor[1]),
            0x00 => self.typed.pop_front().map_or((0, false), |byte| (byte.into(), true)),
            0x04 => steady(self.interrupts_wanted),
            0x08 => self.identify(),
            0x0C => steady(self.line_control),
            0x10 => steady(self.modem_control),
            0x14 => {
                self.asked += u64::from(self.typed.is_empty());
                steady(0x60 | u32::from(!self.typed.is_empty()))
            }
            0x1C => steady(self.time_out),
            _ => steady(0),
        }
    }

    /// Sends a byte, or sets the port up.
    pub fn write(&mut self, offset: u32, value: u32) {
        let has_divisor = self.line_control & DIVISOR_ACCESS != 0;
        match offset {
            0x00 if has_divisor => self.divisor[0] = value,
            0x04 if has_divisor => self.divisor[1] = value,
            0x00 => {
                let [byte, ..] = value.to_le_bytes();
                self.sent.push(byte);
                self.sent_pending = true;
            }
            0x04 => {
                self.sent_pending |= value & !self.interrupts_wanted & WANTS_SENT != 0;
                self.interrupts_wanted = value;
            }
            0x0C => self.line_control = value,
            0x10 => self.modem_control = value,
            0x1C => self.time_out = value,
            _ => {}
        }
    }

    fn identify(&mut self) -> (u32, bool) {
        if self.interrupts_wanted & WANTS_RECEIVED != 0 && !self.typed.is_empty() {
            return (4, false);
        }
        if self.interrupts_wanted & WANTS_SENT != 0 && self.sent_pending {
            self.sent_pending = false;
            return (2, true);
        }
        (1, false)
    }

    /// Whether it interrupts.
    pub fn interrupts(&self) -> bool {
        let received = self.interrupts_wanted & WANTS_RECEIVED != 0 && !self.typed.is_empty();
        received || self.interrupts_wanted & WANTS_SENT != 0 && self.sent_pending
    }

    /// How often a program looked for input in vain.
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// Whether a program waits for input to interrupt it.
    pub fn listens(&self) -> bool {
        self.interrupts_wanted & WANTS_RECEIVED != 0
    }

    /// Sends bytes on behalf of a program that is not there.
    pub fn send(&mut self, bytes: &[u8]) {
        self.sent.extend_from_slice(bytes);
    }

    /// Takes a typed byte on behalf of such a program.
    pub fn take_typed(&mut self) -> Option<u8> {
        self.typed.pop_front()
    }

    /// What somebody types, to be read byte by byte.
    pub fn type_bytes(&mut self, bytes: &[u8]) {
        self.typed.extend(bytes);
    }

    /// Whether something was sent that was not taken yet.
    pub fn has_sent(&self) -> bool {
        !self.sent.is_empty()
    }

    /// The port as after a reset; what was sent and typed is still on the wire.
    pub fn reset(&mut self) {
        let (sent, typed) = (std::mem::take(&mut self.sent), std::mem::take(&mut self.typed));
        *self = Self { sent, typed, ..Self::default() };
    }

    /// Takes what was sent since the last time.
    pub fn take_sent(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.sent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_divisor_hides_behind_bit_7_of_the_line_control() {
        let mut uart = Uart::default();
        uart.write(0x0C, 0x80);
        uart.write(0x00, 6);
        uart.write(0x0C, 3);
        assert_eq!(uart.take_sent(), b"");
        uart.write(0x00, u32::from(b'A'));
        assert_eq!(uart.take_sent(), b"A");
        uart.write(0x0C, 0x80);
        assert_eq!(uart.read(0x00), (6, false));
    }

    #[test]
    fn sending_interrupts_once_after_each_byte_and_when_switched_on() {
        let mut uart = Uart::default();
        uart.write(0x04, 2);
        assert!(uart.interrupts());
        assert_eq!((uart.read(0x08), uart.read(0x08)), ((2, true), (1, false)));
        assert!(!uart.interrupts());
        uart.write(0x00, 1);
        assert!(uart.interrupts());
        uart.write(0x04, 0);
        assert!(!uart.interrupts());
    }

    #[test]
    fn input_interrupts_until_the_last_byte_was_read() {
        let mut uart = Uart::default();
        uart.type_bytes(b"ls");
        assert!(!uart.interrupts(), "nobody asked for it");
        assert_eq!(uart.read(0x14), (0x61, false));
        uart.write(0x04, 3);
        assert_eq!((uart.read(0x08), uart.read(0x08)), ((4, false), (4, false)), "receiving comes first, and stays");
        assert_eq!((uart.read(0x00), uart.read(0x00)), ((0x6C, true), (0x73, true)));
        assert_eq!((uart.read(0x00), uart.read(0x14)), ((0, false), (0x60, false)));
        assert_eq!(uart.asked(), 1);
    }
}
