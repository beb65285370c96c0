//! MRS and MSR, modes and their registers, the bits that a status does not have.

use super::*;

#[test]
fn a_field_mask_chooses_what_is_written() {
    let cases = [
        (0xE128_F000, "msr cpsr_f, r0", 0xF000_00D3),
        (0xE121_F000, "msr cpsr_c, r0", 0x0000_00DF),
        (0xE129_F000, "msr cpsr_fc, r0", 0xF000_00DF),
        (0xE126_F000, "msr cpsr_sx, r0", 0x0000_00D3),
        (0xE120_F000, "msr without a field", 0x0000_00D3),
        (0xE320_F003, "msr without a field, what later chips call wfi", 0x0000_00D3),
    ];
    for (word, text, expected) in cases {
        let board = Board::with(&[word]).set([0xFFFF_FFDF]).run(1);
        assert_eq!(board.cpu.cpsr(), expected, "{text}");
    }
    let board = Board::with(&[
        0xE328_F20A, // msr cpsr_f, #0xA0000000
    ]);
    assert_eq!(board.run(1).cpu.cpsr(), 0xA000_00D3);
}

#[test]
fn user_mode_changes_flags_only() {
    let program = [
        0xE129_F000, // msr cpsr_fc, r0
        0xE10F_1000, // mrs r1, cpsr
    ];
    let mut board = Board::with(&program).set([0xF000_00D3]);
    board.cpu.set_cpsr(0x10);
    let board = board.run(2);
    assert_eq!((board.cpu.cpsr(), board.r(1)), (0xF000_0010, 0xF000_0010));
}

#[test]
fn bit_4_of_a_status_is_always_1() {
    let program = [
        0xE169_F000, // msr spsr_fc, r0
        0xE14F_1000, // mrs r1, spsr
        0xE321_F0C3, // msr cpsr_c, #0xC3
        0xE10F_2000, // mrs r2, cpsr
    ];
    let board = Board::with(&program).run(4);
    assert_eq!((board.r(1), board.r(2)), (0x10, SVC));
}

#[test]
fn returning_with_a_saved_status_of_0_lands_in_user_mode() {
    let program = [
        0xE169_F000, // msr spsr_fc, r0
        0xE1B0_F00E, // movs pc, lr
    ];
    let mut board = Board::with(&program);
    board.cpu.set_register(14, 0x9000);
    let board = board.run(2);
    assert_eq!((board.cpu.pc(), board.cpu.cpsr()), (0x9000, 0x10));
}

#[test]
fn returning_to_thumb_goes_on_with_thumb() {
    let program = [
        0xE169_F000, // msr spsr_fc, r0
        0xE1B0_F00E, // movs pc, lr
    ];
    let mut board = Board::with(&program).set([0x30]);
    board.cpu.set_register(14, 0x9002);
    let board = board.run(3);
    assert_eq!((board.cpu.pc(), board.cpu.cpsr()), (0x9004, 0x30));
}

#[test]
fn each_mode_has_its_own_stack_link_and_saved_status() {
    let program = [
        0xE169_F000, // msr spsr_fc, r0
    ];
    let mut board = Board::with(&program);
    for (mode, value) in [(0x11, 1), (0x12, 2), (0x13, 3), (0x17, 4), (0x1B, 5), (0x1F, 6)] {
        board.cpu.set_cpsr(0xC0 | mode);
        board.cpu.set_pc(CODE);
        board.cpu.set_register(0, value << 28 | 0x10);
        board.cpu.set_register(13, 0x100 * value);
        board.cpu.set_register(14, 0x200 * value);
        board = board.run(1);
    }
    for (mode, value) in [(0x11, 1), (0x12, 2), (0x13, 3), (0x17, 4), (0x1B, 5), (0x1F, 6), (0x10, 6)] {
        board.cpu.set_cpsr(0xC0 | mode);
        assert_eq!((board.r(13), board.r(14)), (0x100 * value, 0x200 * value), "mode {mode:02X}");
        let saved = if value == 6 { None } else { Some(value << 28 | 0x10) };
        assert_eq!(board.cpu.registers().spsr, saved, "mode {mode:02X}");
    }
}

#[test]
fn fast_interrupts_have_their_own_r8_to_r12() {
    let mut board = Board::with(&[]);
    for number in 8..13 {
        board.cpu.set_register(number, number);
    }
    board.cpu.set_cpsr(0xD1);
    for number in 8..13 {
        assert_eq!(board.r(number), 0);
        board.cpu.set_register(number, 100 + number);
    }
    board.cpu.set_cpsr(0xD2);
    assert_eq!([board.r(8), board.r(12)], [8, 12]);
    board.cpu.set_cpsr(0xD1);
    assert_eq!([board.r(8), board.r(12)], [108, 112]);
}

#[test]
fn a_mode_that_does_not_exist_counts_as_system_mode() {
    let program = [
        0xE321_F0D4, // msr cpsr_c, #0xD4
        0xE10F_1000, // mrs r1, cpsr
        0xE14F_2000, // mrs r2, spsr
        0xE321_F0D3, // msr cpsr_c, #0xD3
    ];
    let mut board = Board::with(&program);
    board.cpu.set_register(13, 0x77);
    let board = board.run(3);
    assert_eq!((board.r(1), board.r(2), board.r(13)), (0xD4, 0xD4, 0));
    assert_eq!(board.cpu.registers().mode(), "???");
    let board = board.run(1);
    assert_eq!((board.cpu.cpsr(), board.r(13)), (SVC, 0x77));
}

#[test]
fn thumb_cannot_be_entered_by_writing_the_status() {
    let board = Board::with(&[
        0xE321_F0F3, // msr cpsr_c, #0xF3
    ]);
    let board = board.run(1);
    assert_eq!((board.cpu.cpsr(), board.cpu.pc()), (SVC, CODE + 4));
}
