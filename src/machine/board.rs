//! The board: what lies at which address, and what all devices do together.
//!
//! | range | what |
//! |---|---|
//! | 0x00000000 | RAM, 8 or 16 MB |
//! | 0x7F000000 | flash, 2 or 4 MB |
//! | 0x80000000 + x | the same past the cache |
//! | 0xFFF00000 | devices of the fast bus, 0x1000 each |
//! | 0xFFF80000 | devices of the slow bus |
//!
//! soc-for-emulation.md section 1, certain. Reading anywhere else gives zero and writing does nothing, as far as the
//! boot loader's search for the end of RAM shows; both are counted and the first is remembered.

use super::cpu::{Abort, Bus};
use super::devices::aic::{Aic, source};
use super::devices::ethernet::Ethernet;
use super::devices::flash::{Chip, Flash};
use super::devices::gpio::Gpio;
use super::devices::i2c::I2c;
use super::devices::registers::Registers;
use super::devices::system::{CacheControl, SystemManager, external_bus};
use super::devices::timers::Timers;
use super::devices::uart::Uart;
use super::devices::usb_camera::UsbCamera;
use super::devices::usb_host::UsbHost;
use super::memory::{CACHE_BYPASS, Memory};
use crate::image::FLASH_BASE;

/// How much main memory a board has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ram {
    /// 8 MB.
    Mb8,
    /// 16 MB.
    Mb16,
}

impl Ram {
    /// Its size.
    pub const fn len_bytes(self) -> usize {
        match self {
            Self::Mb8 => 8 << 20,
            Self::Mb16 => 16 << 20,
        }
    }
}

/// An access to an address where nothing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stray {
    /// Where.
    pub address: u32,
    /// When.
    pub at: u64,
}

/// Everything outside the processor.
#[derive(Debug)]
pub struct Board {
    /// When a device has to act next; never, if at the end of time.
    deadline: u64,
    /// Whether the interrupt controller interrupts.
    interrupts: bool,
    /// Something changed that the processor must know of before its next instruction.
    attention: bool,
    /// Reads of registers whose next answer can be another one.
    unsteady_reads: u64,
    /// Accesses to nowhere, and the first of them.
    pub stray: Option<Stray>,
    pub stray_count: u64,
    pub ram: Memory,
    pub flash: Flash,
    pub system: SystemManager,
    external_bus: Registers,
    cache: CacheControl,
    pub ethernet: Ethernet,
    usb_host: UsbHost,
    usb_device: Registers,
    gdma: Registers,
    audio: Registers,
    pub uart0: Uart,
    uart1: Uart,
    other_uarts: Registers,
    timers: Timers,
    aic: Aic,
    gpio: Gpio,
    pub i2c0: I2c,
    i2c1: I2c,
}

impl Board {
    /// A board at power-on.
    pub fn new(ram: Ram, chip: Chip, flash: &[u8], camera: Option<UsbCamera>) -> Self {
        Self {
            deadline: u64::MAX,
            interrupts: false,
            attention: false,
            unsteady_reads: 0,
            stray: None,
            stray_count: 0,
            ram: Memory::new(ram.len_bytes()),
            flash: Flash::new(chip, flash),
            system: SystemManager::default(),
            external_bus: external_bus(ram.len_bytes(), chip.len_bytes),
            cache: CacheControl::default(),
            ethernet: Ethernet::default(),
            usb_host: UsbHost::new(camera),
            usb_device: Registers::default(),
            gdma: Registers::default(),
            audio: Registers::default(),
            uart0: Uart::default(),
            uart1: Uart::default(),
            other_uarts: Registers::default(),
            timers: Timers::default(),
            aic: Aic::default(),
            gpio: Gpio::default(),
            i2c0: I2c::default(),
            i2c1: I2c::default(),
        }
    }

    /// When a device has to act next; `u64::MAX` if none will on its own.
    pub fn deadline(&self) -> u64 {
        self.deadline
    }

    /// Lets every device act whose time has come, and forgets that there was something to attend to.
    pub fn attend(&mut self, now: u64) {
        if self.deadline <= now {
            self.timers.advance(now);
            self.usb_host.advance(now, &mut self.ram);
        }
        self.settle();
        self.attention = false;
    }

    /// What somebody types at the console.
    pub fn type_bytes(&mut self, bytes: &[u8]) {
        self.uart0.type_bytes(bytes);
        self.settle();
    }

    /// Prints on the console in the boot loader's way: each line ends LF CR (boot-loader.md section 1, certain).
    pub fn print(&mut self, text: &str) {
        self.print_bytes(text.replace('\n', "\n\r").as_bytes());
    }

    /// Prints bytes as they are.
    pub fn print_bytes(&mut self, bytes: &[u8]) {
        self.uart0.send(bytes);
    }

    /// The byte of RAM or flash at an address, without any effect; `None` where neither is.
    pub fn peek(&self, address: u32) -> Option<u8> {
        self.ram.byte(address & !CACHE_BYPASS).or_else(|| self.flash.byte(Self::flash_offset(address)))
    }

    /// Everything but RAM and what is in the flash as after a reset; what was typed and printed stays as well.
    pub fn reset(&mut self, camera: Option<UsbCamera>) {
        self.flash.reset();
        self.uart0.reset();
        self.system = SystemManager::default();
        self.external_bus = external_bus(self.ram.bytes().len(), self.flash.chip().len_bytes);
        self.cache = CacheControl::default();
        self.ethernet = Ethernet::default();
        self.usb_host = UsbHost::new(camera);
        self.usb_device = Registers::default();
        self.gdma = Registers::default();
        self.audio = Registers::default();
        self.uart1 = Uart::default();
        self.other_uarts = Registers::default();
        self.timers = Timers::default();
        self.aic = Aic::default();
        self.gpio = Gpio::default();
        self.i2c0 = I2c::default();
        self.i2c1 = I2c::default();
        self.settle();
        self.attention = false;
    }

    /// Takes what the devices want now to the interrupt controller, and finds out when one of them acts next.
    fn settle(&mut self) {
        let [timer0, timer1] = self.timers.interrupts();
        let pulled = [
            (source::UART0, self.uart0.interrupts()),
            (source::UART1, self.uart1.interrupts()),
            (source::TIMER0, timer0),
            (source::TIMER1, timer1),
            (source::USB_HOST, self.usb_host.interrupts()),
            (source::ETHERNET_SENT, self.ethernet.interrupts()),
            (source::I2C0, self.i2c0.interrupts()),
            (source::I2C1, self.i2c1.interrupts()),
        ];
        let lines = pulled.into_iter().filter(|(_, pulls)| *pulls).fold(0, |lines, (source, _)| lines | source);
        self.aic.set_lines(lines);
        let interrupts = self.aic.interrupts();
        let events = [self.timers.next_event(), self.usb_host.next_event()];
        let deadline = events.into_iter().flatten().min().unwrap_or(u64::MAX);
        self.attention |= interrupts != self.interrupts || deadline != self.deadline || self.system.wants_reset();
        (self.interrupts, self.deadline) = (interrupts, deadline);
    }

    fn stray(&mut self, address: u32, now: u64) {
        self.stray_count += 1;
        self.stray.get_or_insert(Stray { address, at: now });
    }

    #[inline(never)]
    fn device_read(&mut self, address: u32, now: u64) -> u32 {
        let (block, offset) = (address & !0xFFF, address & 0xFFC);
        match block {
            0xFFF0_0000 => self.system.read(offset),
            0xFFF0_1000 => self.external_bus.read(offset),
            0xFFF0_2000 => self.cache.read(offset),
            0xFFF0_3000 => self.ethernet.read(offset),
            0xFFF0_4000 => self.gdma.read(offset),
            0xFFF0_5000 => self.usb_host.read(offset),
            0xFFF0_6000 => self.usb_device.read(offset),
            0xFFF0_9000 => self.audio.read(offset),
            0xFFF8_0000 if offset < 0x200 => {
                let port = if offset < 0x100 { &mut self.uart0 } else { &mut self.uart1 };
                let (value, had_effect) = port.read(offset & 0xFF);
                if had_effect {
                    self.unsteady_reads += 1;
                    self.settle();
                }
                value
            }
            0xFFF8_0000 => self.other_uarts.read(offset & 0x1FF),
            0xFFF8_1000 => {
                self.unsteady_reads += u64::from(Timers::shows_time(offset));
                self.timers.read(offset, now)
            }
            0xFFF8_2000 => self.aic.read(offset),
            0xFFF8_3000 => self.gpio.read(offset),
            0xFFF8_6000 if offset < 0x100 => self.i2c0.read(offset),
            0xFFF8_6000 => self.i2c1.read(offset - 0x100),
            _ => {
                self.stray(address, now);
                0
            }
        }
    }

    #[inline(never)]
    fn device_write(&mut self, address: u32, value: u32, now: u64) {
        let (block, offset) = (address & !0xFFF, address & 0xFFC);
        match block {
            0xFFF0_0000 => self.system.write(offset, value),
            0xFFF0_1000 => self.external_bus.write(offset, value),
            0xFFF0_2000 => self.cache.write(offset, value),
            0xFFF0_3000 => self.ethernet.write(offset, value, &mut self.ram),
            0xFFF0_4000 => self.gdma.write(offset, value),
            0xFFF0_5000 => self.usb_host.write(offset, value, now),
            0xFFF0_6000 => self.usb_device.write(offset, value),
            0xFFF0_9000 => self.audio.write(offset, value),
            0xFFF8_0000 => match offset {
                0x000..0x100 => {
                    self.uart0.write(offset, value);
                    // what is printed is seen at once, so that the time of every line is exact
                    self.attention |= self.uart0.has_sent();
                }
                0x100..0x200 => {
                    self.uart1.write(offset - 0x100, value);
                    self.uart1.take_sent();
                }
                _ => self.other_uarts.write(offset & 0x1FF, value),
            },
            0xFFF8_1000 => self.timers.write(offset, value, now),
            0xFFF8_2000 => self.aic.write(offset, value),
            0xFFF8_3000 => self.gpio.write(offset, value),
            0xFFF8_6000 if offset < 0x100 => self.i2c0.write(offset, value),
            0xFFF8_6000 => self.i2c1.write(offset - 0x100, value),
            _ => self.stray(address, now),
        }
        self.settle();
    }

    /// How far into the flash an address leads.
    fn flash_offset(address: u32) -> u32 {
        (address & !CACHE_BYPASS).wrapping_sub(FLASH_BASE.0)
    }

    #[inline(never)]
    fn far_read8(&mut self, address: u32, now: u64) -> u8 {
        if let Some(byte) = self.flash.byte(Self::flash_offset(address)) {
            return byte;
        }
        let [byte, ..] = (self.device_read(address, now) >> (8 * (address & 3))).to_le_bytes();
        byte
    }

    #[inline(never)]
    fn far_read16(&mut self, address: u32, now: u64) -> u16 {
        if let Some(half) = self.flash.half_word(Self::flash_offset(address)) {
            return half;
        }
        let [low, high, ..] = (self.device_read(address, now) >> (8 * (address & 2))).to_le_bytes();
        u16::from_le_bytes([low, high])
    }

    #[inline(never)]
    fn far_read32(&mut self, address: u32, now: u64) -> u32 {
        match self.flash.word(Self::flash_offset(address)) {
            Some(word) => word,
            None => self.device_read(address, now),
        }
    }

    /// A write of one or two half words, or of a byte as the lower half of one.
    #[inline(never)]
    fn far_write(&mut self, address: u32, value: u32, half_words: u32, now: u64) {
        let offset = Self::flash_offset(address);
        if (offset as usize) >= self.flash.chip().len_bytes {
            self.device_write(address, value, now);
            return;
        }
        let [a, b, c, d] = value.to_le_bytes();
        self.flash.write(offset, u16::from_le_bytes([a, b]));
        if half_words == 2 {
            self.flash.write(offset | 2, u16::from_le_bytes([c, d]));
        }
    }

    #[inline(never)]
    fn far_fetch(&mut self, address: u32) -> Result<u32, Abort> {
        self.flash.word(Self::flash_offset(address)).ok_or(Abort)
    }
}

impl Bus for Board {
    #[inline(always)]
    fn fetch32(&mut self, address: u32) -> Result<u32, Abort> {
        match self.ram.word(address & !CACHE_BYPASS) {
            Some(word) => Ok(word),
            None => self.far_fetch(address),
        }
    }

    #[inline(always)]
    fn fetch16(&mut self, address: u32) -> Result<u16, Abort> {
        match self.ram.half_word(address & !CACHE_BYPASS) {
            Some(half) => Ok(half),
            None => {
                let [low, high, ..] = (self.far_fetch(address & !3)? >> (8 * (address & 2))).to_le_bytes();
                Ok(u16::from_le_bytes([low, high]))
            }
        }
    }

    #[inline(always)]
    fn read32(&mut self, address: u32, now: u64) -> Result<u32, Abort> {
        Ok(match self.ram.word(address & !CACHE_BYPASS) {
            Some(word) => word,
            None => self.far_read32(address, now),
        })
    }

    #[inline(always)]
    fn read16(&mut self, address: u32, now: u64) -> Result<u16, Abort> {
        Ok(match self.ram.half_word(address & !CACHE_BYPASS) {
            Some(half) => half,
            None => self.far_read16(address, now),
        })
    }

    #[inline(always)]
    fn read8(&mut self, address: u32, now: u64) -> Result<u8, Abort> {
        Ok(match self.ram.byte(address & !CACHE_BYPASS) {
            Some(byte) => byte,
            None => self.far_read8(address, now),
        })
    }

    #[inline(always)]
    fn write32(&mut self, address: u32, value: u32, now: u64) -> Result<(), Abort> {
        match self.ram.word_mut(address & !CACHE_BYPASS) {
            Some(word) => *word = value.to_le_bytes(),
            None => self.far_write(address, value, 2, now),
        }
        Ok(())
    }

    #[inline(always)]
    fn write16(&mut self, address: u32, value: u16, now: u64) -> Result<(), Abort> {
        match self.ram.half_word_mut(address & !CACHE_BYPASS) {
            Some(half) => *half = value.to_le_bytes(),
            None => self.far_write(address, value.into(), 1, now),
        }
        Ok(())
    }

    #[inline(always)]
    fn write8(&mut self, address: u32, value: u8, now: u64) -> Result<(), Abort> {
        match self.ram.byte_mut(address & !CACHE_BYPASS) {
            Some(byte) => *byte = value,
            None => self.far_write(address, value.into(), 1, now),
        }
        Ok(())
    }

    #[inline(always)]
    fn wants_attention(&self) -> bool {
        self.attention
    }

    #[inline(always)]
    fn irq(&self) -> bool {
        self.interrupts
    }

    #[inline(always)]
    fn unsteady_reads(&self) -> u64 {
        self.unsteady_reads
    }
}
