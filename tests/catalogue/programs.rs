//! Programs that would not start.

use unbrick::format::flat::{self, Flags, NewFlat};

fn flat_binary() -> Vec<u8> {
    flat::build(&NewFlat {
        text: b"the text of a program, which is long enough to start in",
        data: b"its data",
        bss_len: 0x100,
        stack_len: 0x1000,
        relocations: &[4, 8],
        flags: Flags::RAM | Flags::GZIP,
        time: 0x4CFD_C41F,
    })
}

pub fn flat_of_an_old_revision() -> Vec<u8> {
    let mut program = flat_binary();
    program[7] = 2;
    program
}

pub fn flat_whose_fields_contradict() -> Vec<u8> {
    const DATA_START: usize = 0x0C;
    let mut program = flat_binary();
    program[DATA_START..DATA_START + 4].copy_from_slice(&[0; 4]);
    program
}

pub fn flat_with_a_damaged_body() -> Vec<u8> {
    let mut program = flat_binary();
    let crc_at = program.len() - 8;
    program[crc_at] ^= 0x01;
    program
}

/// The head of a program for ARM; the section headers that it promises are not there.
pub fn elf_that_is_cut() -> Vec<u8> {
    let mut elf = b"\x7FELF\x01\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    elf.extend([2_u16, 40].map(u16::to_le_bytes).as_flattened());
    elf.extend([1_u32, 0x8000, 52, 0x1000, 0].map(u32::to_le_bytes).as_flattened());
    elf.extend([52_u16, 32, 0, 40, 3, 2].map(u16::to_le_bytes).as_flattened());
    elf.resize(0x100, 0x41);
    elf
}
