//! Causes that need more than the bytes: the map, labels, what is known, and what a capture shows.

use std::sync::Arc;

use super::*;
use crate::image::Image;
use crate::map::{Inspection, Kind, Region, State};

fn region(kind: Kind, start: usize, end: usize, state: State) -> Region {
    Region::new(kind, Span::new(start, end), state)
}

fn causes(found: &[Segment]) -> Vec<Cause> {
    found.iter().map(|segment| segment.cause).collect()
}

#[test]
fn what_the_map_knows_names_the_stretch_that_the_flash_has_more() {
    let flashed = noise(1, 0x4000);
    let extra = [(Kind::Footer, Cause::Footer), (Kind::WebUi, Cause::WebUi), (Kind::Settings, Cause::Settings)];
    for (kind, cause) in extra {
        let dumped = [&flashed[..], &[0xFF; 0x300], &noise(2, 0x400)].concat();
        let regions = [
            region(Kind::Romfs, 0, 0x4000, State::Verified),
            region(Kind::Erased, 0x4000, 0x4300, State::Verified),
            region(kind, 0x4300, 0x4700, State::Verified),
        ];
        let (known_old, known_new) = (all_of(&flashed), all_of(&dumped));
        let new = Side { regions: &regions, ..Side::new(&dumped, &known_new) };
        let found = segments(&Side::new(&flashed, &known_old), &new, &[]);
        assert_covered(&found, &flashed, &dumped);
        assert_eq!(causes(&found), [Cause::Equal, Cause::Erased, cause]);
    }
}

#[test]
fn data_that_each_camera_has_for_itself_is_told_by_its_place() {
    let old = noise(3, 0x3000);
    for (kind, cause) in [
        (Kind::BootLoader, Cause::BootLoader),
        (Kind::BootInfo, Cause::BootInfo),
        (Kind::Settings, Cause::Settings),
        (Kind::CarriedPage, Cause::CarriedPage),
    ] {
        let mut new = old.clone();
        new[0x1010..0x1040].copy_from_slice(&noise(4, 0x30));
        let regions = [
            region(Kind::Unknown, 0, 0x1000, State::Unchecked),
            region(kind, 0x1000, 0x1100, State::Plausible),
            region(Kind::Unknown, 0x1100, 0x3000, State::Unchecked),
        ];
        let known = all_of(&old);
        let side = |bytes| Side { regions: &regions, ..Side::new(bytes, &known) };
        let found = segments(&side(&old), &side(&new), &[]);
        assert!(found.iter().all(|segment| [Cause::Equal, cause].contains(&segment.cause)), "{found:?}");
    }
}

#[test]
fn bytes_that_the_capture_lacks_are_unknown_even_where_the_filler_is_right_by_chance() {
    let mut flashed = noise(5, 0x2000);
    flashed[0x880..0x900].fill(0xFF);
    let mut dumped = flashed.clone();
    dumped[0x800..0x900].fill(0xFF);
    let (known_old, hole) = (all_of(&flashed), SpanSet::of(Span::new(0x800, 0x900)));
    let known_new: SpanSet = hole.gaps_in(Span::new(0, 0x2000)).into_iter().collect();
    let found = segments(&Side::new(&flashed, &known_old), &Side::new(&dumped, &known_new), &[]);
    assert_covered(&found, &flashed, &dumped);
    assert_eq!(causes(&found), [Cause::Equal, Cause::UnknownBytes, Cause::Equal]);
    assert!(!Summary::of(&found).equal);
}

#[test]
fn a_label_from_the_look_inside_wins_over_what_the_bytes_suggest() {
    let old = noise(6, 0x4000);
    let mut new = old.clone();
    new[0x1200..0x1400].copy_from_slice(&noise(7, 0x200));
    new.drain(0x2000..0x2100);
    let label = |start, end, cause, note: &str| Label {
        span: Span::new(start, end),
        cause,
        note: Arc::from(note),
        proof: Proof::Verified,
    };
    let labels_old = [label(0x2000, 0x2100, Cause::FileRemoved, "/bin/route is only in the first file")];
    let labels_new = [label(0x1180, 0x1500, Cause::FileChanged, "/bin/camera has other content")];
    let (known_old, known_new) = (all_of(&old), all_of(&new));
    let found = segments(
        &Side { labels: &labels_old, ..Side::new(&old, &known_old) },
        &Side { labels: &labels_new, ..Side::new(&new, &known_new) },
        &[],
    );
    assert_eq!(causes(&found), [Cause::Equal, Cause::FileChanged, Cause::Equal, Cause::FileRemoved, Cause::Equal]);
    assert_eq!(found[1].note(), "/bin/camera has other content");
    assert_eq!(found[3].also, None, "what is far weaker is not mentioned");
}

#[test]
fn the_ascii_column_says_whether_a_digit_is_wrong() {
    let old = b"The quick brown fox jumps over the lazy dog. ".repeat(40);
    for (value, contradicted, column) in
        [(old[100] ^ 0x02, true, AsciiColumn::Contradicts), (old[100] ^ 0x02, false, AsciiColumn::Agrees)]
    {
        let mut new = old.clone();
        new[100] = value;
        let known = all_of(&old);
        let wrong = if contradicted { SpanSet::of(Span::at(100, 1)) } else { SpanSet::default() };
        let found =
            segments(&Side::new(&old, &known), &Side { contradicted: Some(&wrong), ..Side::new(&new, &known) }, &[]);
        assert_eq!(causes(&found), [Cause::Equal, Cause::DigitError, Cause::Equal]);
        assert_eq!(found[1].evidence, Evidence::Digits(column));
    }
}

#[test]
fn filler_in_place_of_content_is_a_loss_and_content_in_place_of_filler_is_new() {
    let whole = include_bytes!("../../../fixtures/flashed/romfs.img");
    let mut erased = whole.to_vec();
    erased[20_000..24_096].fill(0xFF);
    let verdict = |old: &[u8], new: &[u8]| {
        let [old, new] = [old, new].map(|bytes| Image::new(bytes.to_vec(), None));
        let [of_old, of_new] = [&old, &new].map(Inspection::of_image);
        let subject = |image, regions| super::Subject { image, address: None, regions, capture: None };
        Comparison::of(subject(&old, of_old.regions.as_slice()), subject(&new, of_new.regions.as_slice())).verdict
    };
    let lost = verdict(whole, &erased);
    assert!(lost.starts_with("The flash holds a damaged copy: 4,096 bytes erased at 0x4E20"), "{lost}");
    assert!(!verdict(&erased, whole).contains("damaged") && !verdict(&erased, whole).contains("harmless"));
    for (byte, what) in [(0xFF, "erased flash"), (0, "zeros")] {
        let empty = verdict(whole, &vec![byte; 100_000]);
        let told = format!(
            "The second file is empty: all of its 100,000 bytes are {byte:02X}, {what}. Nothing of the romfs is in it."
        );
        assert!(empty.starts_with(&told), "{empty}");
    }
    let unrelated: Vec<u8> = (0..90_000_u32).map(|at| (at.wrapping_mul(0x9E37_79B9) >> 24) as u8 | 1).collect();
    let chance = verdict(whole, &unrelated);
    assert!(chance.starts_with("These files have next to nothing in common"), "{chance}");
    // behind all that is there it hurts nobody
    assert!(verdict(whole, &[&whole[..], &[0xFF; 4096]].concat()).contains("harmless"));
}
