//! What a `*` stands for, held against lines of other captures.

use super::*;

fn row(address: u32, byte: u8) -> String {
    let half = format!("{byte:02x} ").repeat(8);
    let column = char::from(if byte == 0xFF { b'.' } else { byte }).to_string().repeat(16);
    format!("{address:08x}  {half} {half} |{column}|\n")
}

fn listing(parts: &[String]) -> Capture {
    decode(parts.concat().as_bytes())
}

const STAR: &str = "*\n";
const START: u32 = 0x7F02_0000;

fn end(address: u32) -> String {
    format!("{address:08x}\n")
}

/// `A` once, then `B` up to 0x400.
fn right() -> Capture {
    listing(&[row(START, b'A'), row(START + 0x10, b'B'), STAR.into(), end(START + 0x400)])
}

#[test]
fn a_star_behind_a_lost_line_gives_way_to_the_line() {
    let lost = listing(&[row(START, b'A'), STAR.into(), end(START + 0x400)]);
    for captures in [[lost, right()], [right(), listing(&[row(START, b'A'), STAR.into(), end(START + 0x400)])]] {
        let merged = merged(&captures);
        assert_eq!(merged.tally(Span::new(0, 0x400)).tied, 0);
        assert!(merged.image.iter().skip(0x10).all(|byte| *byte == b'B'));
    }
}

#[test]
fn a_star_counts_up_to_the_first_line_that_shows_otherwise() {
    let with_c = |parts: &[String]| {
        listing(&[&[row(START, b'B'), STAR.into(), row(START + 0x200, b'C')], parts, &[end(START + 0x400)]].concat())
    };
    let lost = listing(&[row(START, b'B'), STAR.into(), end(START + 0x400)]);
    let merged = merged(&[lost, with_c(&[STAR.into()])]);
    assert_eq!(&merged.image[0x1F0..0x210], [[b'B'; 16], [b'C'; 16]].concat());
    assert!(merged.image.iter().skip(0x200).all(|byte| *byte == b'C'));
    assert_eq!(merged.tally(Span::new(0, 0x400)).tied, 0);
}

#[test]
fn a_changed_digit_of_one_line_does_not_end_a_star() {
    let changed = row(START + 0x100, 0xFF).replacen("ff ff ff", "ff fe ff", 1);
    let printed = listing(&[row(START, 0xFF), row(START + 0xF0, 0xFF), changed, row(START + 0x110, 0xFF)]);
    let squeezed = || listing(&[row(START, 0xFF), STAR.into(), end(START + 0x400)]);
    let merged = merged(&[squeezed(), printed, squeezed()]);
    assert_eq!(merged.image.len(), 0x400);
    assert!(merged.image.iter().all(|byte| *byte == 0xFF), "{:?}", merged.contested);
}

#[test]
fn a_star_that_goes_on_where_two_others_end_is_cut_there_and_told() {
    let overlong = listing(&[row(START, b'A'), row(START + 0x10, b'B'), STAR.into(), end(START + 0x4_0400)]);
    let merged = merged(&[overlong, right(), right()]);
    assert_eq!(merged.image.len(), 0x400);
    assert_eq!(merged.outliers.overlong, Some((FlashAddr(START + 0x400), 0x4_0000)));
}

#[test]
fn lines_of_their_own_go_on_where_two_others_end() {
    let longer = listing(&[row(START, b'A'), row(START + 0x10, b'B'), STAR.into(), row(START + 0x500, b'C')]);
    let merged = merged(&[longer, right(), right()]);
    assert_eq!((merged.image.len(), merged.outliers.overlong), (0x510, None));
}

#[test]
fn a_line_below_the_others_with_a_star_behind_it_stands_for_no_more_than_itself() {
    let text = [row(START + 0x1000, b'A'), row(START + 0x10, b'B'), STAR.into(), row(START + 0x2000, b'C')];
    assert_eq!(listing(&text).stats.squeezed, 0);
    // another listing starts behind a prompt
    let [first, second, star, next] = text;
    let two = listing(&[first, "# hexdump -C other.bin\n".into(), second, star, next, end(START + 0x2010)]);
    assert_eq!(two.stats.squeezed, 0x1FE);
}

#[test]
fn a_listing_whose_addresses_are_a_guess_says_nothing_about_the_next_one() {
    let guessed = "0000000 0000 0000 0000 0000 0000 0000 0000 0000\n*\n0000040\n# hexdump -C other.bin\n";
    let certain = [row(START, b'A'), STAR.into(), end(START + 0x400)].concat();
    assert_eq!(decode(format!("{guessed}{certain}").as_bytes()).stats.squeezed, 0x3F);
}
