//! Conditions, arithmetic and logic, the shifter, multiplication.

use super::*;

const N: u32 = 8;
const Z: u32 = 4;
const C: u32 = 2;
const V: u32 = 1;

#[test]
fn each_condition_passes_with_its_flags_and_never_never() {
    for flags in 0..16 {
        let (n, z, c, v) = (flags & N != 0, flags & Z != 0, flags & C != 0, flags & V != 0);
        let expected =
            [z, !z, c, !c, n, !n, v, !v, c && !z, !c || z, n == v, n != v, !z && n == v, z || n != v, true, false];
        for (condition, expected) in (0..).zip(expected) {
            // mov r0, #1
            let board = Board::with(&[condition << 28 | 0x03A0_0001]).set_flags(flags).run(1);
            assert_eq!(board.r(0) == 1, expected, "condition {condition}, flags {flags:04b}");
        }
    }
}

#[test]
fn the_word_in_the_camera_program_that_later_chips_take_for_a_call_does_nothing() {
    let before = Board::with(&[0xFAFF_FFED]);
    let after = before.clone().run(1);
    assert_eq!(after.cpu.pc(), CODE + 4);
    assert_eq!(after.cpu.registers().general, before.cpu.registers().general);
    assert_eq!(after.cpu.cpsr(), before.cpu.cpsr());
}

#[test]
fn shifts_by_a_number_treat_0_as_32_or_as_a_rotation_through_the_carry() {
    let high_and_low = 0x8000_0001;
    let cases = [
        // instruction, carry before, result, carry after
        (0xE1B0_0001, "movs r0, r1", high_and_low, 0, 0x8000_0001, 0),
        (0xE1B0_0001, "movs r0, r1", high_and_low, 1, 0x8000_0001, 1),
        (0xE1B0_0081, "movs r0, r1, lsl #1", high_and_low, 0, 0x0000_0002, 1),
        (0xE1B0_0F81, "movs r0, r1, lsl #31", high_and_low, 1, 0x8000_0000, 0),
        (0xE1B0_00A1, "movs r0, r1, lsr #1", high_and_low, 0, 0x4000_0000, 1),
        (0xE1B0_0021, "movs r0, r1, lsr #32", high_and_low, 0, 0, 1),
        (0xE1B0_0021, "movs r0, r1, lsr #32", 0x7FFF_FFFF, 1, 0, 0),
        (0xE1B0_00C1, "movs r0, r1, asr #1", high_and_low, 0, 0xC000_0000, 1),
        (0xE1B0_0041, "movs r0, r1, asr #32", high_and_low, 0, 0xFFFF_FFFF, 1),
        (0xE1B0_0041, "movs r0, r1, asr #32", 0x7FFF_FFFF, 1, 0, 0),
        (0xE1B0_00E1, "movs r0, r1, ror #1", high_and_low, 0, 0xC000_0000, 1),
        (0xE1B0_0061, "movs r0, r1, rrx", high_and_low, 0, 0x4000_0000, 1),
        (0xE1B0_0061, "movs r0, r1, rrx", 0x0000_0002, 1, 0x8000_0001, 0),
    ];
    for (word, text, value, carry, expected, carry_after) in cases {
        let board = Board::with(&[word]).set([0, value]).set_flags(carry << 1).run(1);
        assert_eq!((board.r(0), board.flags() >> 1 & 1), (expected, carry_after), "{text}, carry {carry}");
    }
}

#[test]
fn shifts_by_a_register_take_its_low_byte_and_go_beyond_32() {
    let (lsl, lsr, asr, ror) = (0xE1B0_0211, 0xE1B0_0231, 0xE1B0_0251, 0xE1B0_0271);
    let cases = [
        // instruction, value, register, result, carry after (1 before)
        (lsl, 0x8000_0001, 0, 0x8000_0001, 1),
        (lsl, 0x8000_0001, 0x100, 0x8000_0001, 1),
        (lsl, 0x8000_0001, 1, 0x0000_0002, 1),
        (lsl, 0x8000_0001, 32, 0, 1),
        (lsl, 0x8000_0001, 33, 0, 0),
        (lsl, 0x8000_0001, 255, 0, 0),
        (lsr, 0x8000_0001, 0, 0x8000_0001, 1),
        (lsr, 0x8000_0001, 31, 1, 0),
        (lsr, 0x8000_0001, 32, 0, 1),
        (lsr, 0x8000_0001, 33, 0, 0),
        (asr, 0x8000_0001, 0, 0x8000_0001, 1),
        (asr, 0x8000_0001, 31, 0xFFFF_FFFF, 0),
        (asr, 0x8000_0001, 32, 0xFFFF_FFFF, 1),
        (asr, 0x7000_0001, 200, 0, 0),
        (ror, 0x8000_0001, 0, 0x8000_0001, 1),
        (ror, 0x8000_0001, 4, 0x1800_0000, 0),
        (ror, 0x8000_0001, 32, 0x8000_0001, 1),
        (ror, 0x0000_0001, 64, 0x0000_0001, 0),
        (ror, 0x8000_0001, 33, 0xC000_0000, 1),
    ];
    for (word, value, amount, expected, carry) in cases {
        let board = Board::with(&[word]).set([0, value, amount]).set_flags(C).run(1);
        assert_eq!((board.r(0), board.flags() >> 1 & 1), (expected, carry), "{word:08X} of {value:08X} by {amount}");
    }
}

#[test]
fn a_rotated_immediate_sets_the_carry_and_a_plain_one_keeps_it() {
    let program = [
        0xE3B0_0102, // movs r0, #0x80000000
        0xE3B0_1001, // movs r1, #0x1
        0xE3B0_2C01, // movs r2, #0x100
        0xE3B0_3000, // movs r3, #0x0
    ];
    let board = Board::with(&program).run(1);
    assert_eq!((board.r(0), board.flags()), (0x8000_0000, N | C));
    let board = board.run(1);
    assert_eq!((board.r(1), board.flags()), (1, C));
    let board = board.run(1);
    assert_eq!((board.r(2), board.flags()), (0x100, 0));
    let board = board.run(1);
    assert_eq!((board.r(3), board.flags()), (0, Z));
}

#[test]
fn arithmetic_sets_all_flags() {
    let (adds, subs, rsbs) = (0xE091_0002, 0xE051_0002, 0xE071_0002);
    let (adcs, sbcs, rscs) = (0xE0B1_0002, 0xE0D1_0002, 0xE0F1_0002);
    let cases = [
        // instruction, r1, r2, carry before, result, flags after
        (adds, 1, 2, 1, 3, 0),
        (adds, 0xFFFF_FFFF, 1, 0, 0, Z | C),
        (adds, 0x7FFF_FFFF, 1, 0, 0x8000_0000, N | V),
        (adds, 0x8000_0000, 0x8000_0000, 0, 0, Z | C | V),
        (adcs, 0xFFFF_FFFF, 0, 1, 0, Z | C),
        (adcs, 0xFFFF_FFFF, 0xFFFF_FFFF, 1, 0xFFFF_FFFF, N | C),
        (adcs, 0x7FFF_FFFF, 0, 1, 0x8000_0000, N | V),
        (adcs, 1, 2, 0, 3, 0),
        (subs, 3, 3, 0, 0, Z | C),
        (subs, 2, 3, 1, 0xFFFF_FFFF, N),
        (subs, 0x8000_0000, 1, 0, 0x7FFF_FFFF, C | V),
        (subs, 0, 0, 0, 0, Z | C),
        (subs, 0, 0x8000_0000, 0, 0x8000_0000, N | V),
        (sbcs, 3, 3, 1, 0, Z | C),
        (sbcs, 3, 3, 0, 0xFFFF_FFFF, N),
        (sbcs, 0, 0xFFFF_FFFF, 0, 0, Z),
        (sbcs, 0x8000_0000, 0, 0, 0x7FFF_FFFF, C | V),
        (rsbs, 3, 2, 0, 0xFFFF_FFFF, N),
        (rsbs, 1, 5, 0, 4, C),
        (rscs, 1, 5, 0, 3, C),
        (rscs, 1, 5, 1, 4, C),
    ];
    for (word, a, b, carry, expected, flags) in cases {
        let board = Board::with(&[word]).set([0, a, b]).set_flags(carry << 1).run(1);
        assert_eq!((board.r(0), board.flags()), (expected, flags), "{word:08X} of {a:X}, {b:X}, carry {carry}");
    }
}

#[test]
fn logic_keeps_the_overflow_and_tests_write_no_register() {
    let cases = [
        (0xE011_0002, "ands r0, r1, r2", 0x0000_0F00, 0),
        (0xE031_0002, "eors r0, r1, r2", 0xFFFF_F0F0, N),
        (0xE191_0002, "orrs r0, r1, r2", 0xFFFF_FFF0, N),
        (0xE1D1_0002, "bics r0, r1, r2", 0xFFFF_F000, N),
        (0xE1F0_0002, "mvns r0, r2", 0xFFFF_F00F, N),
        (0xE111_0002, "tst r1, r2", 0x77, 0),
        (0xE131_0002, "teq r1, r2", 0x77, N),
        (0xE151_0002, "cmp r1, r2", 0x77, N | C),
        (0xE171_0002, "cmn r1, r2", 0x77, C),
    ];
    for (word, text, expected, flags) in cases {
        let board = Board::with(&[word]).set([0x77, 0xFFFF_FF00, 0x0000_0FF0]).set_flags(V).run(1);
        let overflow = if text.starts_with("cm") { 0 } else { V };
        assert_eq!((board.r(0), board.flags()), (expected, flags | overflow), "{text}");
    }
}

#[test]
fn r15_reads_8_ahead_and_12_ahead_beside_a_shift_by_a_register() {
    let program = [
        0xE1A0_000F, // mov r0, pc
        0xE28F_1000, // add r1, pc, #0
        0xE08F_2A1A, // add r2, pc, r10, lsl r10
        0xE1A0_3A1F, // mov r3, pc, lsl r10
        0xE04F_400F, // sub r4, pc, pc
    ];
    let board = Board::with(&program).run(5);
    let expected = [CODE + 8, CODE + 4 + 8, CODE + 8 + 12, CODE + 12 + 12, 0];
    assert_eq!([board.r(0), board.r(1), board.r(2), board.r(3), board.r(4)], expected);
}

#[test]
fn writing_r15_jumps_to_a_whole_word() {
    let board = Board::with(&[
        0xE280_F003, // add pc, r0, #3
    ]);
    let board = board.set([0x9000]).run(1);
    assert_eq!(board.cpu.pc(), 0x9000);
    assert_eq!(board.cpu.cpsr(), SVC);
}

#[test]
fn multiplications_set_two_flags_and_keep_the_others() {
    let program = [
        0xE010_0291, // muls r0, r1, r2
        0xE033_4291, // mlas r3, r1, r2, r4
        0xE005_0191, // mul r5, r1, r1
    ];
    let board = Board::with(&program).set([0, 0x8000_0001, 3, 0, 0x7FFF_FFFD]).set_flags(C | V).run(1);
    assert_eq!((board.r(0), board.flags()), (0x8000_0003, N | C | V));
    let board = board.run(1);
    assert_eq!((board.r(3), board.flags()), (0, Z | C | V));
    let board = board.run(1);
    assert_eq!((board.r(5), board.flags()), (1, Z | C | V));
}

#[test]
fn long_multiplications_have_64_bits_signed_or_not() {
    let program = [
        0xE091_0594, // umulls r0, r1, r4, r5
        0xE0D3_2594, // smulls r2, r3, r4, r5
        0xE0B1_0594, // umlals r0, r1, r4, r5
        0xE0F3_2594, // smlals r2, r3, r4, r5
    ];
    let board = Board::with(&program).set([0, 0, 0, 0, 0xFFFF_FFFE, 3]).set_flags(C).run(1);
    assert_eq!((board.r(1), board.r(0), board.flags()), (2, 0xFFFF_FFFA, C));
    let board = board.run(1);
    assert_eq!((board.r(3), board.r(2), board.flags()), (0xFFFF_FFFF, 0xFFFF_FFFA, N | C));
    let board = board.run(1);
    assert_eq!((board.r(1), board.r(0), board.flags()), (5, 0xFFFF_FFF4, C));
    let board = board.run(1);
    assert_eq!((board.r(3), board.r(2), board.flags()), (0xFFFF_FFFF, 0xFFFF_FFF4, N | C));

    let board = Board::with(&program).set([0, 0, 0, 0, 0x1_0000, 0x1_0000]).run(1);
    assert_eq!((board.r(1), board.r(0), board.flags()), (1, 0, 0), "not zero, though its low half is");
}
