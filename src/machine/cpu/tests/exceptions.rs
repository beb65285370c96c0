//! Exceptions, and where they return to.

use super::*;
use crate::machine::cpu::Exception;

#[test]
fn a_system_call_returns_behind_itself() {
    let mut board = Board::with(&[
        0xEF90_0001, // swi 0x900001
    ]);
    board.cpu.set_cpsr(0x6000_0010);
    board = board.run(1);
    let registers = board.cpu.registers();
    assert_eq!((registers.pc, registers.cpsr, registers.spsr), (0x08, 0x6000_0093, Some(0x6000_0010)));
    assert_eq!(board.r(14), CODE + 4);
}

#[test]
fn an_interrupt_returns_with_subs_pc_lr_4_to_the_next_instruction() {
    let mut board = Board::with(&[
        0xE3A0_0001, // mov r0, #1
        0xE3A0_1002, // mov r1, #2
    ]);
    board.put(
        0x18,
        0xE25E_F004, // subs pc, lr, #4
    );
    board.cpu.set_cpsr(0x2000_0013);
    let mut board = board.run(1);
    board.bus.irq = true;
    let mut board = board.run(1);
    assert_eq!((board.r(0), board.r(1), board.cpu.pc()), (1, 0, CODE + 4), "there and back");
    board.cpu.take(Exception::Irq);
    let registers = board.cpu.registers();
    assert_eq!((registers.pc, registers.cpsr, registers.spsr), (0x18, 0x2000_0092, Some(0x2000_0013)));
    assert_eq!(board.r(14), CODE + 8);
}

#[test]
fn an_interrupt_waits_until_the_program_allows_it() {
    let program = [
        0xE3A0_0001, // mov r0, #1
        0xE321_F053, // msr cpsr_c, #0x53
        0xE3A0_1002, // mov r1, #2
    ];
    let mut board = Board::with(&program);
    board.bus.irq = true;
    let board = board.run(2);
    assert_eq!((board.r(0), board.cpu.pc()), (1, CODE + 8));
    let board = board.run(1);
    assert_eq!((board.r(1), board.cpu.pc(), board.cpu.cpsr()), (0, 0x1C, 0xD2));
    assert_eq!(board.r(14), CODE + 12);
}

#[test]
fn an_interrupt_is_seen_in_the_middle_of_a_slice_when_the_program_allows_it() {
    let program = [
        0xE321_F053, // msr cpsr_c, #0x53
        0xE3A0_1002, // mov r1, #2
    ];
    let mut board = Board::with(&program);
    board.bus.irq = true;
    let board = board.run(2);
    assert_eq!((board.r(1), board.cpu.pc()), (0, 0x1C));
}

#[test]
fn a_fast_interrupt_goes_first_and_shuts_out_both() {
    let mut board = Board::with(&[]);
    board.cpu.set_cpsr(0x13);
    (board.bus.irq, board.bus.fiq) = (true, true);
    let board = board.run(1);
    assert_eq!((board.cpu.pc(), board.cpu.cpsr(), board.r(14)), (0x20, 0xD1, CODE + 4));
}

#[test]
fn a_fast_interrupt_can_come_while_an_interrupt_is_handled() {
    let mut board = Board::with(&[]);
    board.cpu.set_cpsr(0x13);
    board.bus.irq = true;
    let mut board = board.run(1);
    assert_eq!((board.cpu.pc(), board.cpu.cpsr()), (0x1C, 0x92));
    board.bus.fiq = true;
    let board = board.run(1);
    assert_eq!((board.cpu.pc(), board.cpu.cpsr()), (0x20, 0xD1));
}

#[test]
fn instructions_that_the_chip_does_not_have_stop_before_they_are_executed() {
    let words = [
        (0xE7F0_00F0, "undefined for ever"),
        (0xE600_0010, "a media instruction"),
        (0xEE01_0F10, "mcr p15, 0, r0, c1, c0, 0"),
        (0xEE00_0000, "cdp"),
        (0xED90_0000, "ldc"),
        (0xEC40_0000, "mcrr"),
        (0xE16F_0F11, "clz r0, r1"),
        (0xE120_0070, "bkpt"),
        (0xE12F_FF30, "blx r0"),
        (0xE0C0_00D0, "ldrd r0, [r0]"),
        (0xE0C0_00F0, "strd r0, [r0]"),
        (0xE102_0051, "qadd r0, r1, r2"),
        (0xE102_0180, "smlabb"),
        (0xE340_0000, "movt"),
        (0xE060_0291, "mls"),
    ];
    for (word, text) in words {
        let mut board = Board::with(&[word]);
        assert_eq!(board.stops(5), Stop::Fault(Exception::Undefined), "{text}");
        assert_eq!((board.cpu.pc(), board.cpu.now()), (CODE, 1), "{text}");
        board.cpu.take(Exception::Undefined);
        assert_eq!((board.cpu.pc(), board.r(14), board.cpu.cpsr()), (0x04, CODE + 4, 0xDB), "{text}");
    }
}

#[test]
fn an_instruction_that_is_not_executed_needs_not_exist() {
    let board = Board::with(&[0x0E01_0F10]).run(1);
    assert_eq!(board.cpu.pc(), CODE + 4);
}

#[test]
fn a_jump_to_nowhere_stops_there_with_all_registers_as_they_were() {
    let mut board = Board::with(&[
        0xE1A0_F000, // mov pc, r0
    ]);
    board.cpu.set_cpsr(0x10);
    let mut board = board.set([0x5555_5554]);
    assert_eq!(board.stops(5), Stop::Fault(Exception::PrefetchAbort));
    assert_eq!((board.cpu.pc(), board.cpu.cpsr()), (0x5555_5554, 0x10));
    assert_eq!(board.stops(5), Stop::Fault(Exception::PrefetchAbort), "again");
    assert_eq!(board.cpu.now(), 3, "time moves all the same");
    board.cpu.take(Exception::PrefetchAbort);
    assert_eq!((board.cpu.pc(), board.r(14), board.cpu.cpsr()), (0x0C, 0x5555_5558, 0x97));
}

#[test]
fn an_access_to_nowhere_changes_the_base_and_nothing_else() {
    let cases = [
        (0xE5B0_1004, "ldr r1, [r0, #4]!"),
        (0xE5F0_1004, "ldrb r1, [r0, #4]!"),
        (0xE1F0_10B4, "ldrh r1, [r0, #4]!"),
        (0xE1F0_10D4, "ldrsb r1, [r0, #4]!"),
        (0xE1F0_10F4, "ldrsh r1, [r0, #4]!"),
        (0xE5A0_1004, "str r1, [r0, #4]!"),
        (0xE5E0_1004, "strb r1, [r0, #4]!"),
        (0xE1E0_10B4, "strh r1, [r0, #4]!"),
        (0xE8A0_0002, "stmia r0!, {r1}"),
        (0xE8B0_0002, "ldmia r0!, {r1}"),
    ];
    for (word, text) in cases {
        let mut board = Board::with(&[word]).set([0x0100_0000, 7]);
        assert_eq!(board.stops(5), Stop::Fault(Exception::DataAbort), "{text}");
        assert_eq!((board.r(0), board.r(1), board.cpu.pc()), (0x0100_0004, 7, CODE), "{text}");
        board.cpu.take(Exception::DataAbort);
        assert_eq!((board.cpu.pc(), board.r(14), board.cpu.cpsr()), (0x10, CODE + 8, 0xD7), "{text}");
    }
    // swp r1, r2, [r0]
    let mut board = Board::with(&[0xE100_1092]).set([0x0100_0000, 7]);
    assert_eq!(board.stops(5), Stop::Fault(Exception::DataAbort));
    assert_eq!(board.r(1), 7);
}

#[test]
fn thumb_instructions_are_left_for_arm_handlers_and_come_back() {
    let mut board = Board::with_thumb(&[
        0x46C0, // nop
        0xDF01, // svc #1
        0x46C0, // nop
    ]);
    board.put(
        0x08,
        0xE1B0_F00E, // movs pc, lr
    );
    let board = board.run(2);
    assert_eq!((board.cpu.pc(), board.r(14), board.cpu.cpsr()), (0x08, CODE + 4, SVC));
    assert_eq!(board.cpu.registers().spsr, Some(SVC | 0x20));
    let mut board = board.run(1);
    assert_eq!((board.cpu.pc(), board.cpu.cpsr()), (CODE + 4, SVC | 0x20));
    board.cpu.take(Exception::Irq);
    assert_eq!((board.cpu.pc(), board.r(14)), (0x18, CODE + 8));
}

#[test]
fn a_reset_forgets_where_it_came_from() {
    let mut board = Board::with_thumb(&[]);
    board.cpu.take(Exception::Reset);
    assert_eq!((board.cpu.pc(), board.cpu.cpsr()), (0, SVC));
}
