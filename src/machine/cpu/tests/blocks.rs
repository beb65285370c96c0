//! LDM and STM.

use super::*;

const DATA: u32 = 0x4000;

/// Words at `DATA - 0x40` and up, each its own address.
fn with_addresses(program: &[u32]) -> Board {
    let mut board = Board::with(program);
    for address in (DATA - 0x80..DATA + 0x80).step_by(4) {
        board.put(address, address);
    }
    board
}

#[test]
fn the_four_directions_load_the_lowest_register_from_the_lowest_address() {
    let cases = [
        (0xE8B0_000E, "ldmia r0!, {r1-r3}", DATA, DATA + 12),
        (0xE9B0_000E, "ldmib r0!, {r1-r3}", DATA + 4, DATA + 12),
        (0xE830_000E, "ldmda r0!, {r1-r3}", DATA - 8, DATA - 12),
        (0xE930_000E, "ldmdb r0!, {r1-r3}", DATA - 12, DATA - 12),
    ];
    for (word, text, first, moved) in cases {
        let board = with_addresses(&[word]).set([DATA]).run(1);
        assert_eq!([board.r(1), board.r(2), board.r(3)], [first, first + 4, first + 8], "{text}");
        assert_eq!(board.r(0), moved, "{text}");
        let without = with_addresses(&[word & !(1 << 21)]).set([DATA]).run(1);
        assert_eq!((without.r(0), without.r(1)), (DATA, first), "{text} without !");
    }
}

#[test]
fn the_four_directions_store_the_lowest_register_at_the_lowest_address() {
    let cases = [
        (0xE8A0_000E, "stmia r0!, {r1-r3}", DATA, DATA + 12),
        (0xE9A0_000E, "stmib r0!, {r1-r3}", DATA + 4, DATA + 12),
        (0xE820_000E, "stmda r0!, {r1-r3}", DATA - 8, DATA - 12),
        (0xE920_000E, "stmdb r0!, {r1-r3}", DATA - 12, DATA - 12),
    ];
    for (word, text, first, moved) in cases {
        let mut board = with_addresses(&[word]).set([DATA, 1, 2, 3]).run(1);
        assert_eq!([board.word(first), board.word(first + 4), board.word(first + 8)], [1, 2, 3], "{text}");
        assert_eq!(board.word(first - 4), first - 4, "{text}");
        assert_eq!(board.r(0), moved, "{text}");
    }
}

#[test]
fn a_base_that_is_stored_first_is_stored_as_it_was_else_as_it_will_be() {
    // stmia r0!, {r0, r1}
    let mut board = with_addresses(&[0xE8A0_0003]).set([DATA, 1]).run(1);
    assert_eq!((board.word(DATA), board.r(0)), (DATA, DATA + 8));
    // stmia r1!, {r0, r1}
    let mut board = with_addresses(&[0xE8A1_0003]).set([7, DATA]).run(1);
    assert_eq!((board.word(DATA), board.word(DATA + 4), board.r(1)), (7, DATA + 8, DATA + 8));
}

#[test]
fn a_base_that_is_loaded_does_not_move() {
    // ldmia r1!, {r0, r1}
    let board = with_addresses(&[0xE8B1_0003]).set([0, DATA]).run(1);
    assert_eq!((board.r(0), board.r(1)), (DATA, DATA + 4));
}

#[test]
fn an_empty_list_transfers_r15_and_moves_the_base_as_for_sixteen() {
    // ldmia r0!, {}
    let board = with_addresses(&[0xE8B0_0000]).set([DATA]).run(1);
    assert_eq!((board.cpu.pc(), board.r(0)), (DATA, DATA + 0x40));
    // stmia r0!, {}
    let mut board = with_addresses(&[0xE8A0_0000]).set([DATA]).run(1);
    assert_eq!((board.word(DATA), board.r(0), board.cpu.pc()), (CODE + 12, DATA + 0x40, CODE + 4));
    // stmdb r0!, {}
    let mut board = with_addresses(&[0xE920_0000]).set([DATA]).run(1);
    assert_eq!((board.word(DATA - 0x40), board.r(0)), (CODE + 12, DATA - 0x40));
}

#[test]
fn r15_is_stored_12_ahead_and_loaded_as_a_jump() {
    let mut board = with_addresses(&[
        0xE880_8002, // stmia r0, {r1, pc}
        0xE890_8002, // ldmia r0, {r1, pc}
    ]);
    board.put(DATA + 4, 0);
    let mut board = board.set([DATA, 5]).run(1);
    assert_eq!((board.word(DATA), board.word(DATA + 4)), (5, CODE + 12));
    board.put(DATA + 4, 0x9001);
    let board = board.run(1);
    assert_eq!((board.cpu.pc(), board.cpu.cpsr()), (0x9000, SVC));
}

#[test]
fn addresses_are_cut_to_words_and_the_base_is_not() {
    // ldmia r0!, {r1, r2}
    let board = with_addresses(&[0xE8B0_0006]).set([DATA + 3]).run(1);
    assert_eq!([board.r(0), board.r(1), board.r(2)], [DATA + 11, DATA, DATA + 4]);
}

#[test]
fn registers_of_user_mode_are_reached_from_a_mode_with_its_own() {
    let program = [
        0xE8D0_6100, // ldmia r0, {r8, r13, r14}^
        0xE9C0_6100, // stmib r0, {r8, r13, r14}^
    ];
    let mut board = with_addresses(&program).set([DATA]);
    board.cpu.set_register(13, 0x5111);
    board.cpu.set_register(14, 0x5222);
    let mut board = board.run(1);
    assert_eq!([board.r(8), board.r(13), board.r(14)], [DATA, 0x5111, 0x5222], "supervisor has its own r13 and r14");
    board.cpu.set_cpsr(0xDF);
    assert_eq!([board.r(8), board.r(13), board.r(14)], [DATA, DATA + 4, DATA + 8]);
    board.cpu.set_cpsr(0xD1);
    assert_eq!(board.r(8), 0, "fast interrupts have their own r8, too");
    let mut board = board.run(1);
    assert_eq!([board.word(DATA + 4), board.word(DATA + 8), board.word(DATA + 12)], [DATA, DATA + 4, DATA + 8]);
}

#[test]
fn loading_r15_with_a_hat_returns_to_the_status_before() {
    let board = with_addresses(&[
        0xE169_F001, // msr spsr_fc, r1
        0xE8F0_8004, // ldmia r0!, {r2, pc}^
    ]);
    let board = board.set([DATA, 0x6000_0010]).run(2);
    assert_eq!((board.cpu.pc(), board.cpu.cpsr()), (DATA + 4, 0x6000_0010));
    assert_eq!((board.r(0), board.r(2)), (DATA + 8, DATA));
}

#[test]
fn a_load_that_finds_nothing_keeps_the_moved_base() {
    let end = u32::try_from(RAM_BYTES).unwrap();
    // ldmia r0!, {r0, r1, r2}
    let mut board = with_addresses(&[0xE8B0_0007]).set([end - 4, 1, 2]);
    board.put(end - 4, 0x1234);
    assert_eq!(board.stops(1), Stop::Fault(crate::machine::cpu::Exception::DataAbort));
    assert_eq!([board.r(0), board.r(1), board.r(2)], [end + 8, 1, 2]);
    assert_eq!(board.cpu.pc(), CODE);
}
