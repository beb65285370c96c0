//! Whatever happens to captures: what is said to be proved is right, and what is not there is named.

use super::*;
use crate::capture::merge::tests::damage::damaged;
use crate::image::{PAGE_BYTES, Span, SpanSet};

const NAMES: [&str; 5] = ["a.dat", "b.log", "c.dat", "d.log", "e.dat"];

fn noisy(image: &[u8], number: usize, one_in: usize, chance: &mut Chance) -> &'static Set {
    let print = |index: usize| match index % 2 {
        0 => print::recovery_tool(image, KERNEL),
        _ => printed(image, KERNEL),
    };
    set(NAMES.into_iter().take(number).enumerate().map(|(index, name)| (name, damaged(&print(index), one_in, chance))))
}

/// Checks an outcome against what was printed, whose length is of whole pages.
fn judge(recovery: &Recovery<'_>, original: &[u8], told: &str) {
    let at = |image: &Recovered<'_>| image.address.and_then(|address| address.bytes_since(KERNEL));
    let mut recovered = SpanSet::default();
    for image in &recovery.images {
        let start = at(image).unwrap_or_else(|| panic!("{told}: the image lies before the first byte"));
        for proved in &image.proved {
            let right = proved.span.shifted(start).of(original);
            assert!(proved.span.of(&image.bytes) == right, "{told}: {proved:?} is wrong");
        }
        let whole = Span::new(0, image.bytes.len());
        image.holes.iter().copied().collect::<SpanSet>().gaps_in(whole).into_iter().for_each(|known| {
            recovered.insert(known.shifted(start));
        });
    }
    let starts = recovery.pages_to_dump().into_iter().filter_map(|start| start.bytes_since(KERNEL));
    let listed: SpanSet = starts.map(|start| Span::at(start, PAGE_BYTES)).chain(recovered.iter()).collect();
    let forgotten = listed.gaps_in(Span::new(0, original.len()));
    assert!(forgotten.is_empty(), "{told}: {forgotten:?} are not named");
}

#[test]
fn no_wrong_byte_is_proved_and_no_lost_one_forgotten() {
    for (number, one_in) in [(1, 20_000), (2, 20_000), (3, 20_000), (2, 2_000), (5, 2_000), (3, 300)] {
        for seed in 0..2 {
            let mut chance = Chance(seed * 77 + one_in as u64 + number as u64);
            let (kernel, romfs) = (kernel(20_000, &mut chance), romfs(6, &mut chance));
            let mut image = flash(&kernel, &romfs);
            image.resize(image.len().next_multiple_of(PAGE_BYTES), 0xFF);
            let set = noisy(&image, number, one_in, &mut chance);
            let told = format!("{number} captures, 1 in {one_in}, seed {seed}");
            if seed == 0 {
                judge(&whole_captures(set, Some(0xFF)), &image, &told);
                continue;
            }
            for image in recover(set, Some(0xFF)).images {
                let original = if image.region.kind == crate::map::Kind::Kernel { &kernel } else { &romfs };
                for proved in &image.proved {
                    assert!(proved.span.of(&image.bytes) == proved.span.of(original), "{told}: {proved:?}");
                }
            }
        }
    }
}

/// A byte sum holds by chance more often than any other check; a small image has few damages that would show.
#[test]
fn no_wrong_byte_of_a_small_image_is_proved_by_a_byte_sum() {
    let mut repaired = 0;
    for seed in 0..150 {
        let mut chance = Chance(seed);
        let mut image = web_ui(&mut chance);
        image.resize(image.len().next_multiple_of(PAGE_BYTES), 0xFF);
        let set = noisy(&image, 1, 8_000, &mut chance);
        let recovery = whole_captures(set, Some(0xFF));
        judge(&recovery, &image, &format!("seed {seed}"));
        repaired += usize::from(!recovery.repairs.is_empty());
    }
    assert!(repaired > 0, "nothing was tried");
}

#[test]
fn the_real_kernel_read_badly_is_verified_or_its_holes_are_named() {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples");
    let folder = std::env::var_os("UNBRICK_SAMPLES").map_or_else(|| beside.into(), std::path::PathBuf::from);
    let read = |name: &str| std::fs::read(folder.join("recovery-tool").join(name)).ok();
    let (Some(text), Some(binary), Some(romfs)) = (read("linux.dat"), read("linux"), read("romfs")) else {
        return eprintln!("skipped: no samples");
    };
    for (number, one_in, is_surely_whole) in [(3, 20_000, true), (1, 2_000, false)] {
        let mut chance = Chance(one_in as u64);
        let texts = NAMES.into_iter().take(number).map(|name| (name, damaged(&text, one_in, &mut chance)));
        let set = set(texts.chain([("romfs", romfs.clone())]));
        let recovery = recover(set, Some(0xFF));
        // with its header damaged it is known for a zip at best
        let kernel = recovery.images.iter().find(|image| image.address == Some(KERNEL)).unwrap();
        let is_whole = kernel.bytes.starts_with(&binary) && kernel.bytes.len() == 712_016;
        assert!(is_whole || !is_surely_whole, "{:?} {:?}", kernel.region, recovery.gave_up);
        if kernel.region.state == crate::map::State::Verified {
            assert!(is_whole && kernel.holes.is_empty());
            assert_eq!(kernel_zip::parse(&kernel.bytes).unwrap().value.unpacked.unwrap().crc32, 0x83FB_4F9D);
        } else {
            assert!(!recovery.pages_to_dump().is_empty());
        }
    }
}
