//! System manager, external bus and cache control: how big the memory is, and the reset switch.
//!
//! soc-for-emulation.md section 3, certain unless said.

use super::registers::Registers;

const CLKSEL: u32 = 0x0C;
const ROMCON: u32 = 0x04;
const SDCONF0: u32 = 0x08;
const CAHCON: u32 = 0x04;

/// Writing this bit of CLKSEL resets the chip.
const RESET: u32 = 1;

/// Bits of ROMCON: the flash starts at 0x7F000000 and is 16 bits wide.
const ROM_BASE_AND_WIDTH: u32 = 0xFE00_0004;

/// The system manager at 0xFFF00000.
#[derive(Debug, Default)]
pub struct SystemManager {
    registers: Registers,
    reset: bool,
}

impl SystemManager {
    /// What a register reads as: what was written last.
    pub fn read(&self, offset: u32) -> u32 {
        self.registers.read(offset)
    }

    /// Keeps the value, and takes note if it is to reset the chip.
    pub fn write(&mut self, offset: u32, value: u32) {
        self.reset |= offset == CLKSEL && value & RESET != 0;
        self.registers.write(offset, value);
    }

    /// Whether the program asked for a reset.
    pub fn wants_reset(&self) -> bool {
        self.reset
    }
}

/// The registers of the external bus at 0xFFF01000 as the boot loader leaves them.
///
/// The kernel's RAM has 2 MB << ((SDCONF0 & 7) + (SDCONF1 & 7) - 1); the values for 8 MB and for flashes other than
/// 4 MB are likely, not seen.
pub fn external_bus(ram_len_bytes: usize, flash_len_bytes: usize) -> Registers {
    let size_code = |len: usize, of_one: u32| len.max(1).ilog2().saturating_sub(of_one.ilog2());
    let ram_code = size_code(ram_len_bytes, 0x10_0000);
    let flash_code = size_code(flash_len_bytes, 0x4_0000);
    Registers::default().with(ROMCON, ROM_BASE_AND_WIDTH | flash_code << 16).with(SDCONF0, 0x0000_90E0 | ram_code)
}

/// The cache control at 0xFFF02000: commands are done at once, so that CAHCON always reads as zero.
#[derive(Debug, Default)]
pub struct CacheControl(Registers);

impl CacheControl {
    /// What a register reads as.
    pub fn read(&self, offset: u32) -> u32 {
        if offset == CAHCON { 0 } else { self.0.read(offset) }
    }

    /// Keeps the value.
    pub fn write(&mut self, offset: u32, value: u32) {
        self.0.write(offset, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// soc-for-emulation.md section 3; the kernel's RAM has 2 MB << ((SDCONF0 & 7) - 1).
    #[test]
    fn the_sizes_are_where_kernel_and_boot_loader_look_for_them() {
        let bus = external_bus(16 << 20, 4 << 20);
        assert_eq!((bus.read(0x04), bus.read(0x08), bus.read(0x0C)), (0xFE04_0004, 0x90E4, 0));
        let bus = external_bus(8 << 20, 2 << 20);
        assert_eq!((bus.read(0x04), bus.read(0x08)), (0xFE03_0004, 0x90E3));
    }

    #[test]
    fn a_flush_is_over_at_once_and_bit_0_of_clksel_resets() {
        let mut cache = CacheControl::default();
        cache.write(0x00, 7);
        cache.write(0x04, 0x87);
        assert_eq!((cache.read(0x00), cache.read(0x04)), (7, 0));
        let mut system = SystemManager::default();
        system.write(0x0C, 0x1_0000);
        system.write(0x30, 1);
        assert!(!system.wants_reset());
        assert_eq!(system.read(0x0C), 0x1_0000);
        system.write(0x0C, 1);
        assert!(system.wants_reset());
    }
}
