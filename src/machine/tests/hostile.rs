//! Whatever is in the flash: a verdict within the budget, and no panic.

use proptest::prelude::*;

use super::*;
use crate::machine::session::End;
use crate::machine::{Chip, Setup, Start};

const BUDGET: u64 = 121_000_000;

fn judged(flash: &[u8], start: Start, budget: u64) -> (Run, Verdict) {
    let setup = Setup { chip: Chip::TWO_MEGABYTES, ram: Ram::Mb8, sensor: true, start };
    let mut machine = Machine::power_on(setup, flash);
    let run = Session::new(Plan { budget, ..Plan::default() }).run(&mut machine, &mut |_| {});
    let firmware = Firmware { chip: setup.chip, flash: flash.to_vec(), damage: Vec::new() };
    let verdict = Verdict::of(&run, &firmware);
    assert!(!verdict.answer.is_empty());
    (run, verdict)
}

/// Code that is more likely to do something than bytes are: always executed, and of a kind that occurs.
fn instruction() -> impl Strategy<Value = u32> {
    prop_oneof![
        any::<u32>(),
        any::<u32>().prop_map(|word| word & 0x0FFF_FFFF | 0xE000_0000),
        (0_u32..16, 0_u32..16, any::<u16>())
            .prop_map(|(to, from, offset)| 0xE580_0000 | from << 16 | to << 12 | u32::from(offset) & 0xFFF),
        (0_u32..16, any::<u16>()).prop_map(|(to, value)| 0xE3A0_0000 | to << 12 | u32::from(value) & 0xFFF),
        any::<u8>().prop_map(|back| 0xEAFF_FF00 | u32::from(back)),
        any::<u8>().prop_map(|status| 0xE32F_F000 | u32::from(status)),
    ]
}

/// Registers that point to devices, then code that nobody wrote.
fn program(words: &[u32]) -> Vec<u8> {
    let devices =
        [0xFFF0_0000_u32, 0xFFF0_3000, 0xFFF0_5000, 0xFFF8_0000, 0xFFF8_1000, 0xFFF8_2000, 0xFFF8_6000, 0xFF00_0000];
    let loads = (0_u32..).zip(&devices).map(|(register, _)| 0xE59F_0018 + (register << 12));
    let around = std::iter::once(0xEA00_0007);
    let words = loads.chain(around).chain(devices).chain(words.iter().copied());
    words.flat_map(u32::to_le_bytes).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_code_ends_in_a_verdict(words in prop::collection::vec(instruction(), 1..200)) {
        let (run, _) = judged(&program(&words), Start::BootLoader, 300_000);
        prop_assert!(run.instructions <= 300_000 + 1);
    }

    #[test]
    fn any_flash_ends_in_a_verdict(
        seed in prop::collection::vec(any::<u8>(), 64), at in 0_usize..0x20_0000, len in 1_usize..0x1_0000,
    ) {
        let parts = (fixture("boot/linux.zip"), fixture("flashed/romfs.img"));
        let parts = Parts { kernel: Some(&parts.0), romfs: Some(&parts.1), ..Parts::default() };
        let mut flash = Firmware::of_parts(&parts, Model::TwoMegabytes, Vec::new()).unwrap().flash;
        let end = (at + len).min(flash.len());
        flash[at..end].iter_mut().zip(seed.iter().cycle()).for_each(|(byte, noise)| *byte ^= noise);
        let (run, _) = judged(&flash, Start::of(&flash), BUDGET);
        prop_assert!(run.instructions <= BUDGET);
    }

    #[test]
    fn any_footer_ends_in_a_verdict(number in 0_u32..9, base: u32, length: u32, load: u32, exec: u32, flags: u32) {
        use crate::format::footer::{Flags, Footer, ImageName};
        use crate::image::FlashAddr;
        let mut footer = Footer {
            number, base: FlashAddr(base), length, load: FlashAddr(load), exec: FlashAddr(exec),
            name: ImageName::new("x"), image_checksum: 0, flags: Flags(flags), checksum: 0,
        };
        footer.checksum = footer.computed_checksum();
        let mut flash = vec![0xFF; 0x20_0000];
        flash[0x2_FFCC..0x3_0000].copy_from_slice(&footer.to_bytes());
        judged(&flash, Start::Rules, BUDGET);
    }
}

#[test]
fn noise_erased_flash_and_zeros_end_in_a_verdict() {
    let mut chance = 1_u64;
    let mut noise = || {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        chance.to_be_bytes()[0]
    };
    let soup: Vec<u8> = (0..0x20_0000).map(|_| noise()).collect();
    for flash in [soup, vec![0; 0x20_0000], vec![0xFF; 0x20_0000], Vec::new()] {
        for start in [Start::Rules, Start::BootLoader] {
            let (run, verdict) = judged(&flash, start, BUDGET);
            assert!(!verdict.is_good && !run.has_reached(Stage::Banner));
        }
    }
}

/// Through zeros the processor runs to the end of the memory, which has no more instructions.
#[test]
fn a_run_through_zeros_ends_where_the_memory_does() {
    let (run, verdict) = judged(&[0; 0x20_0000], Start::BootLoader, BUDGET);
    assert!(matches!(run.end, End::Fault(_)));
    assert_eq!(run.faults.0.unwrap().pc, 0x7F20_0000);
    assert!(verdict.answer.contains("it jumps to 0x7F200000, where no memory is"), "{}", verdict.answer);
}
