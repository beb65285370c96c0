//! Loads and stores of one value, swaps.

use super::*;

const DATA: u32 = 0x4000;

fn with_data(program: &[u32]) -> Board {
    let mut board = Board::with(program);
    board.put(DATA, 0x8765_4321);
    board.put(DATA + 4, 0xF0E1_D2C3);
    board
}

#[test]
fn an_unaligned_word_is_loaded_rotated() {
    for (offset, expected) in [(0, 0x8765_4321), (1, 0x2187_6543), (2, 0x4321_8765), (3, 0x6543_2187)] {
        let board = with_data(&[
            0xE591_0000, // ldr r0, [r1]
        ]);
        let board = board.set([0, DATA + offset]).run(1);
        assert_eq!(board.r(0), expected, "{offset} bytes off");
    }
}

#[test]
fn an_unaligned_word_is_stored_where_its_address_is_cut() {
    let board = with_data(&[
        0xE581_0003, // str r0, [r1, #3]
        0xE1C2_00B1, // strh r0, [r2, #1]
    ]);
    let mut board = board.set([0x1122_3344, DATA, DATA + 4]).run(2);
    assert_eq!((board.word(DATA), board.word(DATA + 4)), (0x1122_3344, 0xF0E1_3344));
}

#[test]
fn bytes_and_halfwords_come_extended() {
    let program = [
        0xE5D9_0003, // ldrb r0, [r9, #3]
        0xE1D9_10D3, // ldrsb r1, [r9, #3]
        0xE1D9_20B2, // ldrh r2, [r9, #2]
        0xE1D9_30F2, // ldrsh r3, [r9, #2]
        0xE1D9_40D0, // ldrsb r4, [r9]
        0xE1D9_50F0, // ldrsh r5, [r9]
        0xE1D9_60B3, // ldrh r6, [r9, #3]
    ];
    let mut board = with_data(&program);
    board.cpu.set_register(9, DATA);
    let board = board.run(7);
    let loaded = [board.r(0), board.r(1), board.r(2), board.r(3), board.r(4), board.r(5), board.r(6)];
    assert_eq!(loaded, [0x87, 0xFFFF_FF87, 0x8765, 0xFFFF_8765, 0x21, 0x4321, 0x8765]);
}

#[test]
fn bytes_and_halfwords_are_stored_alone() {
    let program = [
        0xE5C1_0001, // strb r0, [r1, #1]
        0xE1C2_00B2, // strh r0, [r2, #2]
    ];
    let mut board = with_data(&program).set([0xAABB_CCDD, DATA, DATA + 4]).run(2);
    assert_eq!((board.word(DATA), board.word(DATA + 4)), (0x8765_DD21, 0xCCDD_D2C3));
}

#[test]
fn the_base_moves_before_after_or_not() {
    let cases = [
        (0xE590_1004, "ldr r1, [r0, #4]", DATA, 0xF0E1_D2C3, DATA),
        (0xE5B0_1004, "ldr r1, [r0, #4]!", DATA, 0xF0E1_D2C3, DATA + 4),
        (0xE490_1004, "ldr r1, [r0], #4", DATA, 0x8765_4321, DATA + 4),
        (0xE410_1004, "ldr r1, [r0], #-4", DATA + 4, 0xF0E1_D2C3, DATA),
        (0xE510_1004, "ldr r1, [r0, #-4]", DATA + 4, 0x8765_4321, DATA + 4),
        (0xE4B0_1004, "ldrt r1, [r0], #4", DATA, 0x8765_4321, DATA + 4),
        (0xE790_1102, "ldr r1, [r0, r2, lsl #2]", DATA, 0xF0E1_D2C3, DATA),
        (0xE7B0_1102, "ldr r1, [r0, r2, lsl #2]!", DATA, 0xF0E1_D2C3, DATA + 4),
        (0xE690_1102, "ldr r1, [r0], r2, lsl #2", DATA, 0x8765_4321, DATA + 4),
        (0xE710_1102, "ldr r1, [r0, -r2, lsl #2]", DATA + 4, 0x8765_4321, DATA + 4),
        (0xE1F0_10B4, "ldrh r1, [r0, #4]!", DATA, 0xD2C3, DATA + 4),
        (0xE0D0_10B2, "ldrh r1, [r0], #2", DATA, 0x4321, DATA + 2),
        (0xE190_10B2, "ldrh r1, [r0, r2]", DATA + 1, 0x8765, DATA + 1),
        (0xE010_10D2, "ldrsb r1, [r0], -r2", DATA + 1, 0x43, DATA),
    ];
    for (word, text, base, loaded, moved) in cases {
        let board = with_data(&[word]).set([base, 0, 1]).run(1);
        assert_eq!((board.r(1), board.r(0)), (loaded, moved), "{text}");
    }
}

#[test]
fn an_offset_can_be_shifted_by_32() {
    let board = with_data(&[
        0xE790_1022, // ldr r1, [r0, r2, lsr #32]
        0xE790_3042, // ldr r3, [r0, r2, asr #32]
    ]);
    let board = board.set([DATA + 1, 0, 0x8000_0000]).run(2);
    assert_eq!((board.r(1), board.r(3)), (0x2187_6543, 0x8765_4321));
}

#[test]
fn a_loaded_base_wins_over_its_moving() {
    let board = with_data(&[
        0xE490_0004, // ldr r0, [r0], #4
    ]);
    assert_eq!(board.set([DATA]).run(1).r(0), 0x8765_4321);
}

#[test]
fn a_base_is_stored_as_it_was() {
    // str r0, [r0, #4]!
    let mut board = with_data(&[0xE5A0_0004]).set([DATA]).run(1);
    assert_eq!((board.word(DATA + 4), board.r(0)), (DATA, DATA + 4));
}

#[test]
fn r15_is_stored_12_ahead_and_is_a_base_8_ahead() {
    let board = with_data(&[
        0xE580_F000, // str pc, [r0]
        0xE51F_1004, // ldr r1, [pc, #-4]
        0xE1E0_C009, // mvn r12, r9
    ]);
    let mut board = board.set([DATA]).run(2);
    assert_eq!((board.word(DATA), board.r(1)), (CODE + 12, 0xE1E0_C009));
}

#[test]
fn loading_r15_jumps_and_stays_with_arm_instructions() {
    let board = with_data(&[
        0xE590_F004, // ldr pc, [r0, #4]
    ]);
    let mut board = board.set([DATA]);
    board.put(DATA + 4, 0x9003);
    let board = board.run(1);
    assert_eq!((board.cpu.pc(), board.cpu.cpsr()), (0x9000, SVC));
}

#[test]
fn a_swap_loads_and_stores() {
    let board = with_data(&[
        0xE102_0091, // swp r0, r1, [r2]
        0xE144_3091, // swpb r3, r1, [r4]
        0xE105_1091, // swp r1, r1, [r5]
    ]);
    let mut board = board.set([0, 0xAABB_CCDD, DATA + 1, 0, DATA + 5, DATA + 4]).run(3);
    assert_eq!((board.r(0), board.r(3), board.r(1)), (0x2187_6543, 0xD2, 0xF0E1_DDC3));
    assert_eq!((board.word(DATA), board.word(DATA + 4)), (0xAABB_CCDD, 0xAABB_CCDD));
}

#[test]
fn a_device_is_told_the_time_of_the_instruction() {
    let board = Board::with(&[
        0xE3A0_04FF, // mov r0, #0xFF000000
        0xE380_060F, // orr r0, r0, #0x00F00000
        0xE590_1000, // ldr r1, [r0]
        0xE5D0_2000, // ldrb r2, [r0]
    ]);
    let board = board.run(4);
    assert_eq!((board.r(1), board.r(2)), (3, 4));
}

#[test]
fn attention_is_given_after_the_instruction_that_calls_for_it() {
    let program = [
        0xE480_1004, // str r1, [r0], #4
        0xE3A0_2001, // mov r2, #1
    ];
    let mut board = Board::with(&program).set([DEVICE]);
    assert_eq!(board.stops(10), Stop::Attention);
    assert_eq!((board.cpu.pc(), board.r(0), board.r(2), board.cpu.now()), (CODE + 4, DEVICE + 4, 0, 1));
    board.bus.attention = false;
    assert_eq!(board.run(1).r(2), 1);
}
