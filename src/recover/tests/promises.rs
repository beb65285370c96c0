//! What is promised of captures that are read badly, whatever prints them and whatever is in them:
//!
//! - no byte that is wrong is said to be proved;
//! - three captures with an error in 20,000 characters each, or five with one in 2,000, make the image, but for one
//!   time in a hundred;
//! - every byte that did not come out is listed as missing.
//!
//! For dialects other than the boot loader's nothing tells that a line is lost before the first or behind the last one
//! that is left, and `xxd -p` has no addresses: of a line that is lost in it nothing tells. What is proved is right all
//! the same.
//!
//! `CASES=1000 cargo test --release recover::tests::promises` tries more.

use strum::IntoEnumIterator;

use super::*;
use crate::capture::Dialect;
use crate::capture::merge::tests::damage::damaged;
use crate::format::settings::Draft;
use crate::format::update;
use crate::image::{PAGE_BYTES, Span, SpanSet};

const NAMES: [&str; 5] = ["a.dat", "b.log", "c.dat", "d.log", "e.dat"];

/// How many cases are tried of a kind.
fn cases(usual: u64) -> u64 {
    std::env::var("CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}

/// Whole pages of what a flash has, proved by each of the checks in turn.
fn memory(case: u64, chance: &mut Chance) -> Vec<u8> {
    let len = 1 + chance.below(8_000);
    let mut image = match case % 8 {
        0 => kernel(len, chance),
        1 => romfs(1 + len / 3_000, chance),
        2 => web_ui(chance),
        3 => Draft::camera().finish(),
        4 => filler(len, chance),
        5 if case % 40 == 5 => {
            let kernel = kernel(len, chance);
            let footer = Footer::for_image(7, KERNEL, KERNEL, "linux.bin", Flags(0x17), &kernel);
            let behind = vec![0xFF; place(kernel.len()) - kernel.len()];
            [kernel.as_slice(), &behind, &footer.to_bytes()].concat()
        }
        5 => vec![if case % 16 == 5 { 0xFF } else { 0 }; len],
        6 => {
            let mut both = kernel(len, chance);
            both.resize(both.len().next_multiple_of(PAGE_BYTES), 0xFF);
            both.extend(romfs(1, chance));
            both
        }
        _ => {
            let (kernel, romfs) = (kernel(len, chance), romfs(1, chance));
            update::build(update::Form::Bneg { version: 1 }, update::Flags::ZIPPED_KERNEL, &kernel, &romfs).unwrap()
        }
    };
    image.resize(image.len().next_multiple_of(PAGE_BYTES), 0xFF);
    image
}

/// The same memory printed so many times, in turn in the dialects, each text damaged.
fn captures(image: &[u8], number: usize, one_in: usize, dialects: &[Dialect], chance: &mut Chance) -> &'static Set {
    let first = chance.below(dialects.len() * 2);
    let stride = chance.below(2);
    set(NAMES.into_iter().take(number).enumerate().map(|(index, name)| {
        let at = first + index * stride;
        let dialect = dialects[at / 2 % dialects.len()];
        let text = match dialect {
            Dialect::Bytes if at.is_multiple_of(2) => print::recovery_tool(image, KERNEL),
            _ => print::terminal_log(image, KERNEL, dialect),
        };
        (name, damaged(&text, one_in, chance))
    }))
}

/// What a recovery comes to, held against what was printed.
#[derive(Debug, Default)]
struct Judged {
    is_whole: bool,
    wrong_proved: Vec<String>,
    not_listed: Vec<String>,
    wrong_known: usize,
    repairs: usize,
}

fn judge(set: &Set, original: &[u8], has_pages: bool) -> Judged {
    let parts = recover(set, Some(0xFF));
    let whole = whole_captures(set, Some(0xFF));
    let offset = |image: &Recovered<'_>| image.address.map_or(0, |address| i64::from(address.0) - i64::from(KERNEL.0));
    let mut judged = Judged { repairs: whole.repairs.len(), ..Judged::default() };
    for image in parts.images.iter().chain(&whole.images) {
        let start = offset(image);
        let is_right =
            |at: usize| usize::try_from(start + at as i64).ok().and_then(|at| original.get(at)) == image.bytes.get(at);
        for proved in &image.proved {
            // of an image of which nothing tells where it lies, only that its bytes are there is said
            let is_there = || memchr::memmem::find(original, proved.span.of(&image.bytes)).is_some();
            let is_sound = match image.address {
                Some(_) => (proved.span.start()..proved.span.end()).all(is_right),
                None => is_there(),
            };
            if !is_sound {
                judged.wrong_proved.push(format!("{proved:?} of the {} at {start:#X}", image.region.kind));
            }
        }
    }
    let mut known = SpanSet::default();
    for image in &whole.images {
        let start = offset(image);
        let holes: SpanSet = image.holes.iter().copied().collect();
        for span in holes.gaps_in(Span::new(0, image.bytes.len())) {
            for at in span.start()..span.end() {
                match usize::try_from(start + at as i64).ok().filter(|at| *at < original.len()) {
                    Some(place) if original[place] == image.bytes[at] => known.insert(Span::at(place, 1)),
                    Some(place) => {
                        known.insert(Span::at(place, 1));
                        judged.wrong_known += 1;
                    }
                    None => judged.wrong_known += 1,
                }
            }
        }
    }
    let first = whole.images.iter().map(offset).min().unwrap_or(0);
    let last = whole.images.iter().map(|image| offset(image) + image.bytes.len() as i64).max().unwrap_or(0);
    let extent = |at: i64| usize::try_from(at).unwrap_or(0).min(original.len());
    let told_of = if has_pages { Span::new(0, original.len()) } else { Span::new(extent(first), extent(last)) };
    for (recovery, how) in [(&parts, "in parts"), (&whole, "as a whole")] {
        let starts = recovery.pages_to_dump().into_iter().filter_map(|start| start.bytes_since(KERNEL));
        let listed: SpanSet = starts.map(|start| Span::at(start, PAGE_BYTES)).chain(known.iter()).collect();
        let forgotten = listed.gaps_in(told_of).into_iter();
        judged.not_listed.extend(forgotten.map(|gap| format!("{gap}, {how}")));
    }
    judged.is_whole = matches!(whole.images.as_slice(), [image] if image.bytes == original && image.address == Some(KERNEL))
        && known.encloses(Span::new(0, original.len()));
    judged
}

/// Types the lines that are listed, without any error this time: whether all is there then.
fn is_completed(set: &Set, original: &[u8]) -> bool {
    let again: Vec<u8> = whole_captures(set, None)
        .pages_to_dump()
        .into_iter()
        .flat_map(|start| {
            let page = Span::at(start.bytes_since(KERNEL).unwrap(), PAGE_BYTES).of(original);
            print::terminal_log(page, start, Dialect::Bytes)
        })
        .collect();
    let files = set.sources.iter().map(|source| (source.name.as_str(), source.reading.file().to_vec()));
    let sources = files.chain([("again.log", again)]).map(|(name, bytes)| Source::new(name, Image::new(bytes, None)));
    let set = Set { sources: sources.collect() };
    let whole = whole_captures(&set, None);
    matches!(whole.images.as_slice(), [image] if image.bytes == original)
}

/// Tries cases and says what went wrong; how many came out whole.
fn tried(usual: u64, number: usize, one_in: usize, dialects: &[Dialect]) -> (u64, u64) {
    let (mut whole, mut wrong_known, mut repairs, mut failures) = (0, 0, 0, Vec::new());
    let cases = cases(usual);
    let has_pages = dialects == Dialect::BOOT_LOADER;
    for case in 0..cases {
        let mut chance = Chance(case * 1_000 + number as u64 * 100_000_007 + one_in as u64);
        let original = memory(case, &mut chance);
        let set = captures(&original, number, one_in, dialects, &mut chance);
        let judged = judge(set, &original, has_pages);
        whole += u64::from(judged.is_whole);
        wrong_known += usize::from(judged.wrong_known > 0);
        repairs += judged.repairs;
        let told = || format!("case {case}, {number} x 1/{one_in}, {} bytes: ", original.len());
        failures.extend(judged.wrong_proved.iter().map(|wrong| format!("{}proved, but wrong: {wrong}", told())));
        failures.extend(judged.not_listed.iter().take(3).map(|page| format!("{}not listed: {page}", told())));
        // worse lines show bytes where there are none
        let is_readable = has_pages && one_in >= 2_000 && judged.wrong_known == 0 && judged.not_listed.is_empty();
        if is_readable && !is_completed(set, &original) {
            failures.push(format!("{}not complete after the listed lines were typed", told()));
        }
        if !judged.is_whole && number > 2 {
            eprintln!("{}not whole, {} wrong", told(), judged.wrong_known);
        }
    }
    eprintln!(
        "{number} captures, one in {one_in}: {whole} of {cases} whole, {wrong_known} with a wrong byte, {repairs} repairs"
    );
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures[..failures.len().min(40)].join("\n"));
    (whole, cases)
}

/// All dialects that show where their bytes lie.
fn with_addresses() -> Vec<Dialect> {
    Dialect::iter().filter(|dialect| *dialect != Dialect::Plain).collect()
}

/// Those that print repeated lines as one `*`: a line that is lost before it, or an address behind it that is changed,
/// takes many bytes along.
const SQUEEZING: [Dialect; 3] = [Dialect::Hexdump, Dialect::Od, Dialect::OdOctal];

#[test]
fn three_captures_with_an_error_in_20_000_characters_make_the_image() {
    for dialects in [&Dialect::BOOT_LOADER[..], &with_addresses(), &SQUEEZING] {
        let (whole, cases) = tried(100, 3, 20_000, dialects);
        assert!(whole * 100 >= cases * 99, "{whole} of {cases} in {dialects:?}");
    }
}

#[test]
fn five_captures_with_an_error_in_2_000_characters_make_the_image() {
    for dialects in [&Dialect::BOOT_LOADER[..], &with_addresses(), &SQUEEZING] {
        let (whole, cases) = tried(100, 5, 2_000, dialects);
        assert!(whole * 100 >= cases * 99, "{whole} of {cases} in {dialects:?}");
    }
}

#[test]
fn what_few_or_bad_captures_leave_out_is_listed_and_nothing_wrong_is_proved() {
    for dialects in [&Dialect::BOOT_LOADER[..], &with_addresses()] {
        for (number, one_in) in [(1, 20_000), (1, 2_000), (2, 20_000), (2, 2_000), (3, 300), (5, 300)] {
            tried(8, number, one_in, dialects);
        }
    }
}

#[test]
fn digits_without_addresses_prove_nothing_wrong_either() {
    for case in 0..cases(24) {
        let mut chance = Chance(case);
        let original = memory(case, &mut chance);
        for (number, one_in) in [(1, 20_000), (3, 20_000), (3, 2_000)] {
            let set = captures(&original, number, one_in, &[Dialect::Plain], &mut chance);
            let recovered = [recover(set, Some(0xFF)), whole_captures(set, Some(0xFF))];
            for image in recovered.iter().flat_map(|recovery| &recovery.images) {
                for proved in &image.proved {
                    let bytes = proved.span.of(&image.bytes);
                    let is_there = memchr::memmem::find(&original, bytes).is_some();
                    assert!(is_there, "case {case}, {number} x 1/{one_in}: {proved:?}");
                }
            }
        }
    }
}
