//! Thumb instructions.

use super::*;
use crate::machine::cpu::Exception;

const THUMB: u32 = 0x20;
const DATA: u32 = 0x4000;

#[test]
fn bx_goes_to_thumb_and_back() {
    let board = Board::with(&[
        0xE12F_FF10, // bx r0
    ]);
    let mut board = board.set([0x9001, 0xA000]);
    board.bus.write16(0x9000, 0x4708, 0).unwrap(); // bx r1
    let board = board.run(1);
    assert_eq!((board.cpu.pc(), board.cpu.cpsr()), (0x9000, SVC | THUMB));
    let board = board.run(1);
    assert_eq!((board.cpu.pc(), board.cpu.cpsr()), (0xA000, SVC));
}

#[test]
fn bx_pc_goes_to_the_next_whole_word_in_arm_state() {
    let board = Board::with_thumb(&[
        0x4778, // bx pc
    ]);
    let board = board.run(1);
    assert_eq!((board.cpu.pc(), board.cpu.cpsr()), (CODE + 4, SVC));
}

#[test]
fn a_call_is_two_instructions() {
    // bl to 0x2000 before it, then behind it
    for (first, second, distance) in [(0xF7FE, 0xF800, -0x2000), (0xF001, 0xFFFE, 0x1FFC)] {
        let board = Board::with_thumb(&[first, second]).run(2);
        assert_eq!(board.cpu.pc(), (CODE + 4).wrapping_add_signed(distance));
        assert_eq!(board.r(14), (CODE + 4) | 1);
    }
}

#[test]
fn r15_counts_in_whole_words_as_a_base() {
    let program = [
        0x46C0, // nop
        0x4801, // ldr r0, [pc, #4]
        0xA102, // add r1, pc, #8
        0x467A, // mov r2, pc
    ];
    let mut board = Board::with_thumb(&program);
    board.put(CODE + 8, 0x1234_5678);
    let board = board.run(4);
    assert_eq!([board.r(0), board.r(1), board.r(2)], [0x1234_5678, CODE + 4 + 4 + 8, CODE + 6 + 4]);
}

#[test]
fn loads_and_stores_scale_their_offsets() {
    let program = [
        0x67C8, // str r0, [r1, #124]
        0x77C8, // strb r0, [r1, #31]
        0x87C8, // strh r0, [r1, #62]
        0x6FCA, // ldr r2, [r1, #124]
        0x7FCB, // ldrb r3, [r1, #31]
        0x8FCC, // ldrh r4, [r1, #62]
        0x57CD, // ldrsb r5, [r1, r7]
        0x5FCE, // ldrsh r6, [r1, r7]
    ];
    let mut board = Board::with_thumb(&program).set([0x89AB_CDEF, DATA]);
    board.cpu.set_register(7, 124);
    let board = board.run(8);
    let loaded = [board.r(2), board.r(3), board.r(4), board.r(5), board.r(6)];
    assert_eq!(loaded, [0x89AB_CDEF, 0xEF, 0xCDEF, 0xFFFF_FFEF, 0xFFFF_CDEF]);
}

#[test]
fn push_and_pop_carry_the_link_to_r15_and_stay_in_thumb() {
    let program = [
        0xB503, // push {r0, r1, lr}
        0xBD0C, // pop {r2, r3, pc}
    ];
    let mut board = Board::with_thumb(&program).set([1, 2]);
    board.cpu.set_register(13, DATA);
    board.cpu.set_register(14, 0x9001);
    let mut board = board.run(1);
    assert_eq!([board.word(DATA - 12), board.word(DATA - 8), board.word(DATA - 4)], [1, 2, 0x9001]);
    let board = board.run(1);
    assert_eq!((board.r(2), board.r(3), board.r(13)), (1, 2, DATA));
    assert_eq!((board.cpu.pc(), board.cpu.cpsr()), (0x9000, SVC | THUMB));
    // what pop loads for r15 does not choose the instruction set on this chip
}

#[test]
fn the_stack_pointer_moves_by_up_to_508() {
    let program = [
        0xB07F, // add sp, #508
        0xB081, // sub sp, #4
        0xA8FF, // add r0, sp, #1020
        0x9102, // str r1, [sp, #8]
        0x9A02, // ldr r2, [sp, #8]
    ];
    let mut board = Board::with_thumb(&program).set([0, 77]);
    board.cpu.set_register(13, DATA);
    let mut board = board.run(5);
    assert_eq!((board.r(13), board.r(0), board.r(2)), (DATA + 504, DATA + 504 + 1020, 77));
    assert_eq!(board.word(DATA + 512), 77);
}

#[test]
fn conditional_branches_take_their_condition() {
    let program = [
        0x2805, // cmp r0, #5
        0xD07E, // beq 0x8102
        0xD1FC, // bne 0x8000
    ];
    let board = Board::with_thumb(&program).set([5]).run(2);
    assert_eq!(board.cpu.pc(), CODE + 6 + 252);
    let board = Board::with_thumb(&program).set([4]).run(3);
    assert_eq!(board.cpu.pc(), CODE);
}

#[test]
fn high_registers_are_added_compared_and_moved_without_the_flags_of_low_ones() {
    let program = [
        0x4680, // mov r8, r0
        0x4488, // add r8, r1
        0x4588, // cmp r8, r1
        0x4642, // mov r2, r8
        0x469F, // mov pc, r3
    ];
    let board = Board::with_thumb(&program).set([0xFFFF_FFFF, 1, 9, 0x9001]).set_flags(0b0010).run(2);
    assert_eq!((board.r(8), board.flags()), (0, 0b0010));
    let board = board.run(1);
    assert_eq!(board.flags(), 0b1000);
    let board = board.run(2);
    assert_eq!((board.r(2), board.cpu.pc(), board.cpu.cpsr() & THUMB), (0, 0x9000, THUMB));
}

#[test]
fn an_instruction_of_later_chips_is_undefined() {
    for half in [0xDE00, 0xE800, 0xEFFE, 0xBE00, 0xB100, 0xB200, 0xBF00] {
        let mut board = Board::with_thumb(&[half]);
        assert_eq!(board.stops(3), Stop::Fault(Exception::Undefined), "{half:04X}");
        assert_eq!(board.cpu.pc(), CODE);
        board.cpu.take(Exception::Undefined);
        assert_eq!((board.cpu.pc(), board.r(14)), (0x04, CODE + 2));
    }
}
