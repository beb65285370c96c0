//! Whatever the memory holds, the CPU goes on or says why not.

use proptest::prelude::*;

use super::*;
use crate::machine::cpu::Exception;

/// Lets a program of random bytes run, and the machine do all it may do.
fn survives(bytes: &[u8], status: u32, registers: [u32; 15], interrupts: bool) {
    let mut board = Board::with(&[]).set(registers);
    for (byte, random) in board.bus.ram.iter_mut().zip(bytes.iter().cycle()) {
        *byte = *random;
    }
    board.cpu.set_cpsr(status);
    for slice in 0..40 {
        let before = board.cpu.now();
        board.bus.irq = interrupts && slice % 3 == 0;
        match board.stops(50) {
            Stop::Budget => assert_eq!(board.cpu.now(), before + 50),
            Stop::Attention => board.bus.attention = false,
            Stop::Idle => board.cpu.skip(50),
            Stop::Fault(exception) => {
                board.cpu.take(exception);
                assert_ne!(exception, Exception::Irq);
            }
        }
        assert!(board.cpu.now() > before, "time moves");
        let registers = board.cpu.registers();
        let width = if registers.cpsr & 0x20 == 0 { 4 } else { 2 };
        assert_eq!(registers.pc % width, 0);
        assert_eq!(registers.cpsr & !0xF000_00EF, 0x10, "bit 4 is set, and bits that do not exist are not");
        assert_ne!(registers.to_string(), "");
    }
}

/// Values at which something happens, and others.
fn value() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(u32::MAX), Just(0x8000_0000), Just(DEVICE), 0..64_u32, 0..0x1_0010_u32, any::<u32>(),]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_memory_never_breaks_the_cpu(
        bytes in proptest::collection::vec(any::<u8>(), 4..4096),
        status in any::<u32>(),
        registers in proptest::array::uniform15(value()),
        interrupts in any::<bool>(),
    ) {
        survives(&bytes, status, registers, interrupts);
    }

    #[test]
    fn random_instructions_that_are_always_executed_never_break_the_cpu(
        words in proptest::collection::vec(any::<u32>(), 1..1024),
        status in any::<u32>(),
        registers in proptest::array::uniform15(value()),
    ) {
        let bytes: Vec<u8> = words.iter().flat_map(|word| (word & 0x0FFF_FFFF | 0xE000_0000).to_le_bytes()).collect();
        survives(&bytes, status, registers, true);
    }
}

#[test]
fn every_kind_of_instruction_is_executed_in_every_mode_without_breaking_the_cpu() {
    for mode in 0x10..0x20 {
        for kind in 0..0x1000_u32 {
            for rest in [0, 0x000F_FF0F, 0x0001_0203, 0x000F_000E] {
                let mut board =
                    Board { cpu: Cpu::starting_at(CODE), bus: TestBus { ram: vec![0; 0x8008], ..TestBus::new() } };
                board.put(CODE, 0xE000_0000 | (kind & 0xFF0) << 16 | (kind & 0xF) << 4 | rest);
                board.cpu.set_cpsr(0xC0 | mode);
                board.stops(1);
                assert_eq!(board.cpu.now(), 1);
            }
        }
    }
}

#[test]
fn the_last_address_is_followed_by_the_first() {
    let mut board = Board::with(&[]).set([u32::MAX, u32::MAX]);
    board.cpu.set_pc(u32::MAX);
    assert_eq!(board.stops(1), Stop::Fault(Exception::PrefetchAbort));
    assert_eq!(board.cpu.pc(), u32::MAX - 3);
    // ldmia r0!, {r1, r2}
    board.put(CODE, 0xE8B0_0006);
    board.cpu.set_pc(CODE);
    assert_eq!(board.stops(1), Stop::Fault(Exception::DataAbort));
}
