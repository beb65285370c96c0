//! The processor of the crate `armv4t_emu`, behind the interface of our own.

use armv4t_emu::{Cpu as Core, Exception as CoreException, Memory as CoreMemory, Mode, reg};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abort;

pub trait Bus {
    fn fetch32(&mut self, address: u32) -> Result<u32, Abort>;
    fn fetch16(&mut self, address: u32) -> Result<u16, Abort>;
    fn read32(&mut self, address: u32, now: u64) -> Result<u32, Abort>;
    fn read16(&mut self, address: u32, now: u64) -> Result<u16, Abort>;
    fn read8(&mut self, address: u32, now: u64) -> Result<u8, Abort>;
    fn write32(&mut self, address: u32, value: u32, now: u64) -> Result<(), Abort>;
    fn write16(&mut self, address: u32, value: u16, now: u64) -> Result<(), Abort>;
    fn write8(&mut self, address: u32, value: u8, now: u64) -> Result<(), Abort>;
    fn wants_attention(&self) -> bool;
    fn irq(&self) -> bool;
    fn fiq(&self) -> bool {
        false
    }
    fn unsteady_reads(&self) -> u64;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exception {
    Undefined,
    PrefetchAbort,
    DataAbort,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    Budget,
    Attention,
    Idle,
    Fault(Exception),
}

#[derive(Debug)]
pub struct Cpu {
    core: Core,
    now: u64,
}

struct Adapter<'a, B> {
    bus: &'a mut B,
    now: u64,
    word: u32,
    abort: bool,
    stores: u64,
}

impl<B: Bus> CoreMemory for Adapter<'_, B> {
    fn r8(&mut self, addr: u32) -> u8 {
        self.bus.read8(addr, self.now).unwrap_or(0)
    }
    fn r16(&mut self, addr: u32) -> u16 {
        self.bus.read16(addr & !1, self.now).unwrap_or(0)
    }
    fn r32(&mut self, addr: u32) -> u32 {
        self.bus.read32(addr & !3, self.now).unwrap_or(0)
    }
    fn w8(&mut self, addr: u32, val: u8) {
        self.stores += 1;
        let _ = self.bus.write8(addr, val, self.now);
    }
    fn w16(&mut self, addr: u32, val: u16) {
        self.stores += 1;
        let _ = self.bus.write16(addr & !1, val, self.now);
    }
    fn w32(&mut self, addr: u32, val: u32) {
        self.stores += 1;
        let _ = self.bus.write32(addr & !3, val, self.now);
    }
    fn x16(&mut self, addr: u32) -> u16 {
        match self.bus.fetch16(addr & !1) {
            Ok(w) => w,
            Err(Abort) => {
                self.abort = true;
                0x46C0
            }
        }
    }
    fn x32(&mut self, addr: u32) -> u32 {
        let word = match self.bus.fetch32(addr & !3) {
            Ok(w) => w,
            Err(Abort) => {
                self.abort = true;
                0xE1A0_0000
            }
        };
        let word = if word >> 28 == 0xF { 0xE1A0_0000 } else { word };
        self.word = word;
        word
    }
}

impl Cpu {
    pub fn starting_at(pc: u32) -> Self {
        let mut core = Core::new();
        core.reg_set(Mode::User, reg::PC, pc);
        Self { core, now: 0 }
    }
    pub fn now(&self) -> u64 {
        self.now
    }
    pub fn pc(&self) -> u32 {
        self.core.reg_get(Mode::User, reg::PC)
    }
    pub fn register(&self, n: u8) -> u32 {
        self.core.reg_get(self.core.mode(), n)
    }
    pub fn skip(&mut self, n: u64) {
        self.now += n;
    }
    pub fn run<B: Bus>(&mut self, bus: &mut B, instructions: u64) -> Stop {
        let end = self.now + instructions;
        let mut mem = Adapter { bus, now: self.now, word: 0, abort: false, stores: 0 };
        while self.now < end {
            if mem.bus.irq() {
                self.core.exception(CoreException::Interrupt);
            }
            self.now += 1;
            mem.now = self.now;
            let fine = self.core.step(&mut mem);
            if mem.word & 0x0DF0_F000 == 0x0160_F000 {
                for mode in [Mode::Irq, Mode::Supervisor, Mode::Abort, Mode::Undefined] {
                    let spsr = self.core.reg_get(mode, reg::SPSR);
                    self.core.reg_set(mode, reg::SPSR, spsr | 0x10);
                }
            }
            if mem.abort {
                return Stop::Fault(Exception::PrefetchAbort);
            }
            if !fine {
                return Stop::Fault(Exception::Undefined);
            }
            if mem.bus.wants_attention() {
                return Stop::Attention;
            }
        }
        Stop::Budget
    }
}
