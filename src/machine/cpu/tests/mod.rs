//! What the CPU promises, instruction by instruction. Words of programs stand beside what they mean.

mod blocks;
mod data;
mod differential;
mod exceptions;
mod idling;
mod robustness;
mod short;
mod statuses;
mod transfers;

use super::{Abort, Bus, Cpu, Stop};

/// Where programs start.
const CODE: u32 = 0x8000;
const RAM_BYTES: usize = 0x1_0000;
/// A register that shows the time. Writing it calls for attention.
const DEVICE: u32 = 0xFFF0_0000;

const SVC: u32 = 0xD3;

/// 64 KB of RAM, a device, and nothing else.
#[derive(Debug, Clone)]
struct TestBus {
    ram: Vec<u8>,
    attention: bool,
    irq: bool,
    fiq: bool,
    unsteady_reads: u64,
}

impl TestBus {
    fn new() -> Self {
        Self { ram: vec![0; RAM_BYTES], attention: false, irq: false, fiq: false, unsteady_reads: 0 }
    }

    fn read<const LEN: usize>(&mut self, address: u32, now: u64) -> Result<[u8; LEN], Abort> {
        assert_eq!(address as usize % LEN, 0, "the CPU aligns");
        if address == DEVICE {
            self.unsteady_reads += 1;
            return Ok(*now.to_le_bytes().first_chunk().unwrap());
        }
        self.ram.get(address as usize..).and_then(<[u8]>::first_chunk).copied().ok_or(Abort)
    }

    fn write<const LEN: usize>(&mut self, address: u32, bytes: [u8; LEN]) -> Result<(), Abort> {
        assert_eq!(address as usize % LEN, 0, "the CPU aligns");
        if address == DEVICE {
            self.attention = true;
            return Ok(());
        }
        *self.ram.get_mut(address as usize..).and_then(<[u8]>::first_chunk_mut).ok_or(Abort)? = bytes;
        Ok(())
    }

    fn fetch<const LEN: usize>(&mut self, address: u32) -> Result<[u8; LEN], Abort> {
        if address == DEVICE { Err(Abort) } else { self.read(address, 0) }
    }
}

#[rustfmt::skip]
impl Bus for TestBus {
    fn fetch32(&mut self, address: u32) -> Result<u32, Abort> { self.fetch(address).map(u32::from_le_bytes) }
    fn fetch16(&mut self, address: u32) -> Result<u16, Abort> { self.fetch(address).map(u16::from_le_bytes) }
    fn read32(&mut self, address: u32, now: u64) -> Result<u32, Abort> { self.read(address, now).map(u32::from_le_bytes) }
    fn read16(&mut self, address: u32, now: u64) -> Result<u16, Abort> { self.read(address, now).map(u16::from_le_bytes) }
    fn read8(&mut self, address: u32, now: u64) -> Result<u8, Abort> { self.read(address, now).map(u8::from_le_bytes) }
    fn write32(&mut self, address: u32, value: u32, _: u64) -> Result<(), Abort> { self.write(address, value.to_le_bytes()) }
    fn write16(&mut self, address: u32, value: u16, _: u64) -> Result<(), Abort> { self.write(address, value.to_le_bytes()) }
    fn write8(&mut self, address: u32, value: u8, _: u64) -> Result<(), Abort> { self.write(address, [value]) }
    fn wants_attention(&self) -> bool { self.attention }
    fn irq(&self) -> bool { self.irq }
    fn fiq(&self) -> bool { self.fiq }
    fn unsteady_reads(&self) -> u64 { self.unsteady_reads }
}

/// A CPU at the start of a program, in supervisor mode with interrupts off.
#[derive(Debug, Clone)]
struct Board {
    cpu: Cpu,
    bus: TestBus,
}

impl Board {
    fn with(program: &[u32]) -> Self {
        let mut board = Self { cpu: Cpu::starting_at(CODE), bus: TestBus::new() };
        for (address, &word) in (CODE..).step_by(4).zip(program) {
            board.put(address, word);
        }
        board
    }

    fn with_thumb(program: &[u16]) -> Self {
        let mut board = Self::with(&[]);
        for (address, &half) in (CODE..).step_by(2).zip(program) {
            board.bus.write16(address, half, 0).unwrap();
        }
        board.cpu.set_cpsr(SVC | 0x20);
        board
    }

    /// Registers from r0 on.
    fn set<const COUNT: usize>(mut self, registers: [u32; COUNT]) -> Self {
        for (number, value) in (0..).zip(registers) {
            self.cpu.set_register(number, value);
        }
        self
    }

    /// Executes so many instructions, none of them out of the ordinary.
    fn run(mut self, instructions: u64) -> Self {
        assert_eq!(self.cpu.run(&mut self.bus, instructions), Stop::Budget);
        self
    }

    fn stops(&mut self, instructions: u64) -> Stop {
        self.cpu.run(&mut self.bus, instructions)
    }

    fn put(&mut self, address: u32, word: u32) {
        self.bus.write32(address, word, 0).unwrap();
    }

    fn word(&mut self, address: u32) -> u32 {
        self.bus.read32(address, 0).unwrap()
    }

    /// r0 and so on.
    fn r(&self, number: u32) -> u32 {
        self.cpu.register(number)
    }

    /// NZCV as a number of four bits.
    fn flags(&self) -> u32 {
        self.cpu.cpsr() >> 28
    }

    fn set_flags(mut self, flags: u32) -> Self {
        self.cpu.set_cpsr(self.cpu.cpsr() & 0xFF | flags << 28);
        self
    }
}

#[test]
fn it_starts_as_after_a_reset() {
    let cpu = Cpu::starting_at(0x8000);
    let registers = cpu.registers();
    assert_eq!((registers.pc, registers.cpsr, registers.general), (0x8000, SVC, [0; 15]));
    assert_eq!((cpu.now(), cpu.executed()), (0, 0));
}

#[test]
fn time_counts_instructions_whether_executed_or_skipped() {
    let mut board = Board::with(&[]).run(5);
    board.cpu.skip(100);
    let board = board.run(2);
    assert_eq!((board.cpu.now(), board.cpu.executed()), (107, 7));
}

#[test]
fn registers_are_printed_four_a_line() {
    let mut board = Board::with(&[]).set([0, 1, 0xDEAD_BEEF]).set_flags(0b0110);
    board.cpu.set_cpsr(0x6000_0013);
    assert_eq!(
        board.cpu.registers().to_string(),
        "pc  00008000  cpsr 60000013 SVC nZCvif ARM  spsr 00000010 USR\n\
         r0  00000000  r1  00000001  r2  DEADBEEF  r3  00000000\n\
         r4  00000000  r5  00000000  r6  00000000  r7  00000000\n\
         r8  00000000  r9  00000000  r10 00000000  r11 00000000\n\
         r12 00000000  sp  00000000  lr  00000000"
    );
}
