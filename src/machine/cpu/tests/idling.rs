//! Which loops are seen to wait, and which are not.

use super::*;

/// How the loop stops within a thousand instructions.
fn stop_of(program: &[u32]) -> Stop {
    let mut board = Board::with(program).set([DEVICE, 0x4000, 0]);
    board.stops(1000)
}

#[test]
fn a_branch_to_itself_waits() {
    assert_eq!(
        stop_of(&[
            0xEAFF_FFFE, // b .
        ]),
        Stop::Idle
    );
}

#[test]
fn a_loop_that_tests_memory_waits_and_ends_when_the_memory_changes() {
    // as the kernel's idle loop: r1 points to a task, its fifth word asks for another one
    let program = [
        0xE591_2014, // ldr r2, [r1, #20]
        0xE352_0000, // cmp r2, #0
        0x0AFF_FFFC, // beq the load
        0xE3A0_3001, // mov r3, #1
    ];
    let mut board = Board::with(&program).set([0, 0x4000]);
    assert_eq!(board.stops(1000), Stop::Idle);
    assert_eq!(board.stops(1000), Stop::Idle, "still");
    assert_eq!(board.cpu.pc(), CODE);
    board.put(0x4014, 1);
    assert_eq!(board.run(4).r(3), 1);
}

#[test]
fn a_loop_that_calls_a_function_waits_too() {
    let program = [
        0xEB00_0001, // bl the load
        0xE352_0000, // cmp r2, #0
        0x0AFF_FFFC, // beq the call
        0xE591_2000, // ldr r2, [r1]
        0xE1A0_F00E, // mov pc, lr
    ];
    assert_eq!(stop_of(&program), Stop::Idle);
}

#[test]
fn a_loop_that_counts_does_not_wait() {
    let program = [
        0xE282_2001, // add r2, r2, #1
        0xEAFF_FFFD, // b the addition
    ];
    assert_eq!(stop_of(&program), Stop::Budget);
}

#[test]
fn a_loop_that_stores_does_not_wait() {
    for store in [
        0xE581_2000, // str r2, [r1]
        0xE5C1_2000, // strb r2, [r1]
        0xE1C1_20B0, // strh r2, [r1]
        0xE881_000C, // stmia r1, {r2, r3}
        0xE101_3092, // swp r3, r2, [r1]
    ] {
        assert_eq!(stop_of(&[store, 0xEAFF_FFFD]), Stop::Budget, "{store:08X}");
    }
}

#[test]
fn a_loop_that_asks_a_device_for_the_time_does_not_wait() {
    let program = [
        0xE590_3000, // ldr r3, [r0]
        0xE3A0_3000, // mov r3, #0
        0xEAFF_FFFC, // b the load
    ];
    assert_eq!(stop_of(&program), Stop::Budget);
}

#[test]
fn a_loop_that_turns_a_flag_does_not_wait() {
    let program = [
        0xE10F_3000, // mrs r3, cpsr
        0xE223_3202, // eor r3, r3, #0x20000000
        0xE128_F003, // msr cpsr_f, r3
        0xE3A0_3000, // mov r3, #0
        0xEAFF_FFFA, // b the first
    ];
    assert_eq!(stop_of(&program), Stop::Budget);
}

#[test]
fn thumb_loops_wait_as_well() {
    let program = [
        0x680A, // ldr r2, [r1]
        0x2A00, // cmp r2, #0
        0xD0FC, // beq the load
    ];
    let mut board = Board::with_thumb(&program).set([0, 0x4000]);
    assert_eq!(board.stops(1000), Stop::Idle);
}

#[test]
fn a_waiting_program_ends_as_if_it_had_not_been_told_apart() {
    // an interrupt at time 500 leaves the loop
    let program = [
        0xE591_2000, // ldr r2, [r1]
        0xE352_0000, // cmp r2, #0
        0x0AFF_FFFC, // beq the load
        0xE3A0_3001, // mov r3, #1
    ];
    let handler = [
        0xE3A0_4001, // mov r4, #1
        0xE585_4000, // str r4, [r5]
        0xE25E_F004, // subs pc, lr, #4
    ];
    let run = |skips: bool| {
        let mut board = Board::with(&program).set([0, 0x4000, 0, 0, 0, 0x4000]);
        for (address, word) in (0x18..).step_by(4).zip(handler) {
            board.put(address, word);
        }
        board.cpu.set_cpsr(0x53);
        while board.cpu.now() < 500 {
            let left = 500 - board.cpu.now();
            if board.stops(left) == Stop::Idle && skips {
                board.cpu.skip(500 - board.cpu.now());
            }
        }
        assert_eq!(skips, board.cpu.executed() < 200);
        board.bus.irq = true;
        board = board.run(2);
        board.bus.irq = false;
        board.run(8).cpu.registers().general[..13].to_vec()
    };
    assert_eq!(run(true), run(false));
}
