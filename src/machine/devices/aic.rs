//! The interrupt controller at 0xFFF82000. All sources are levels: pending is what devices pull now.
//!
//! The camera kernel reads the mask of pending sources (ISR) until it is zero; the kernel of the board support package
//! reads the number of the most urgent one (IPER) and ends with EOSCR. Both ways work, since nothing is ever "in
//! service" here (soc-for-emulation.md section 6, certain).

/// The sources that devices of this machine have, as bits of the mask.
pub mod source {
    #![allow(missing_docs)] // the names of the devices
    pub const UART0: u32 = 1 << 9;
    pub const UART1: u32 = 1 << 10;
    pub const TIMER0: u32 = 1 << 13;
    pub const TIMER1: u32 = 1 << 14;
    pub const USB_HOST: u32 = 1 << 15;
    pub const ETHERNET_SENT: u32 = 1 << 17;
    pub const I2C0: u32 = 1 << 25;
    pub const I2C1: u32 = 1 << 26;
}

/// How many sources there are; number 0 is none.
const SOURCES: usize = 32;

/// The controller.
#[derive(Debug, Default)]
pub struct Aic {
    /// Source control: bits 2:0 are the priority, 1 the most urgent.
    control: [u32; SOURCES],
    lines: u32,
    enabled: u32,
}

impl Aic {
    /// What a register reads as.
    pub fn read(&self, offset: u32) -> u32 {
        match offset {
            0x000..0x080 => self.control.get((offset >> 2) as usize).copied().unwrap_or(0),
            0x100 => self.lines,
            0x108 => self.pending(),
            0x10C => self.most_urgent() * 4,
            0x110 => self.most_urgent(),
            0x114 => self.enabled,
            0x118 => u32::from(self.interrupts()) << 1,
            _ => 0,
        }
    }

    /// Sets priorities, and which sources get through.
    pub fn write(&mut self, offset: u32, value: u32) {
        match offset {
            0x000..0x080 => {
                if let Some(control) = self.control.get_mut((offset >> 2) as usize) {
                    *control = value;
                }
            }
            0x120 => self.enabled |= value,
            0x124 => self.enabled &= !value,
            _ => {}
        }
    }

    /// Takes what the devices pull now.
    pub fn set_lines(&mut self, lines: u32) {
        self.lines = lines;
    }

    /// Whether the processor is interrupted.
    pub fn interrupts(&self) -> bool {
        self.pending() != 0
    }

    fn pending(&self) -> u32 {
        self.lines & self.enabled
    }

    /// The number of the pending source that comes first by priority, then by number; 0 if there is none.
    fn most_urgent(&self) -> u32 {
        let pending = self.pending();
        let sources = (0_u32..).zip(self.control).filter(|(number, _)| pending >> number & 1 != 0);
        sources.min_by_key(|(number, control)| (control & 7, *number)).map_or(0, |(number, _)| number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_of_pending_sources_is_the_camera_kernels_way() {
        let mut aic = Aic::default();
        aic.set_lines(source::UART0 | source::TIMER0);
        assert_eq!((aic.interrupts(), aic.read(0x100), aic.read(0x108)), (false, 0x2200, 0));
        aic.write(0x120, source::TIMER0);
        assert_eq!((aic.interrupts(), aic.read(0x108), aic.read(0x114)), (true, 0x2000, 0x2000));
        aic.write(0x120, source::UART0);
        aic.write(0x124, source::TIMER0);
        assert_eq!((aic.read(0x108), aic.read(0x118)), (0x200, 2));
        aic.set_lines(0);
        assert!(!aic.interrupts(), "a level that is gone is gone");
    }

    #[test]
    fn the_most_urgent_source_is_the_board_support_packages_way() {
        let mut aic = Aic::default();
        aic.write(9 << 2, 0x47);
        aic.write(13 << 2, 0x41);
        aic.write(15 << 2, 0x41);
        aic.write(0x120, !0);
        aic.set_lines(source::UART0 | source::TIMER0 | source::USB_HOST);
        assert_eq!((aic.read(0x10C), aic.read(0x110)), (13 * 4, 13), "by priority, then by number");
        aic.write(0x130, 1);
        assert_eq!(aic.read(0x110), 13, "nothing is in service");
        aic.set_lines(0);
        assert_eq!(aic.read(0x10C), 0);
    }
}
