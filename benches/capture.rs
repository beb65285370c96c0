//! How fast captures are decoded, and how fast `xxd -r` and `srec_cat` turn texts of the same memory into bytes.
//! Figures and how to repeat them: `benches/README.md`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use unbrick::capture::print::Case;
use unbrick::capture::{self, Dialect, print};
use unbrick::image::FlashAddr;

mod side_by_side;

use side_by_side::side_by_side as compare;

/// The flash of most of these cameras.
const FLASH_BYTES: usize = 4 << 20;

/// Four bytes of private memory for each that is captured, and what a program needs at least, in MiB.
const MEMORY_GOAL: usize = 4 * (FLASH_BYTES >> 20) + 4;

const ADDRESS: FlashAddr = FlashAddr(0x0010_0000);

/// Bytes that look like packed firmware: every value, no pattern.
fn firmware(len: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(len)
    .collect()
}

/// The text with its lines changed: what stands between line ends, in turn.
fn lines(text: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    text.split_terminator("\r\n\r").map(change).collect::<String>().into_bytes()
}

fn decode(criterion: &mut Criterion) {
    let image = firmware(0xC0_0000);
    let log = |dialect| print::terminal_log(&image, ADDRESS, dialect);
    let bytes = log(Dialect::Bytes);
    let listing = |dialect| print::listing(&image, ADDRESS, dialect);
    let texts = [
        ("recovery-tool", print::recovery_tool(&image, ADDRESS)),
        ("terminal-log", bytes.clone()),
        ("terminal-log-half-words", log(Dialect::HalfWords)),
        ("terminal-log-words", log(Dialect::Words)),
        ("terminal-log-swapped-words", log(Dialect::SwappedWords)),
        ("line-feeds-alone", lines(&bytes, |line| format!("{line}\n"))),
        (
            "without-column",
            lines(&bytes, |line| format!("{}\r\n", line.get(..line.len().max(18) - 18).unwrap_or_default())),
        ),
        ("hexdump", listing(Dialect::Hexdump)),
        ("xxd", listing(Dialect::Xxd)),
        ("xxd-bytes", print::xxd(&image, ADDRESS, 1, Case::Upper)),
        ("xxd-little-endian", listing(Dialect::XxdLittleEndian)),
        ("plain", listing(Dialect::Plain)),
        ("od", listing(Dialect::Od)),
        ("od-octal", listing(Dialect::OdOctal)),
        ("md-bytes", listing(Dialect::MdBytes)),
        ("md-half-words", listing(Dialect::MdHalfWords)),
        ("md-words", listing(Dialect::MdWords)),
        ("intel-hex", listing(Dialect::IntelHex)),
        ("s-record", listing(Dialect::SRecord)),
        ("garbage-brackets", vec![b'['; bytes.len()]),
        ("garbage-anchors", b"[7F020000] 50 4B 03 ".repeat(bytes.len() / 20)),
        ("garbage-closed-brackets", b"[12345678] ".repeat(bytes.len() / 11)),
    ];
    for (name, text) in &texts {
        let is_whole = *capture::decode(text).image == *image;
        assert_eq!(is_whole, !name.starts_with("garbage"), "{name}");
    }

    let mut group = criterion.benchmark_group("capture");
    group.sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(4));
    for (name, text) in &texts {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(*name, |bencher| bencher.iter(|| capture::decode(black_box(text))));
    }

    group.finish();
    side_by_side(&image);
}

/// Whole programs, ours and theirs in turns on the same text.
fn side_by_side(image: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let (ours, theirs) = (place("ours.bin"), place("theirs.bin"));
    let file = |name: &str, text: Vec<u8>| {
        std::fs::write(place(name), text).unwrap();
        place(name)
    };
    // a file of the flash's size, counted from 0 as these tools count
    let image = &image[..FLASH_BYTES];
    let xxd = file("memory.xxd", print::xxd(image, FlashAddr(0), 1, Case::Upper));
    let records = file("memory.srec", print::listing(image, FlashAddr(0), Dialect::SRecord));
    let hex = file("memory.hex", print::listing(image, FlashAddr(0), Dialect::IntelHex));
    let display = file("memory.log", print::terminal_log(image, ADDRESS, Dialect::Bytes));
    let arg = Path::new;
    let convert = |text| [arg("convert"), text, arg("-o"), &ours, arg("--force")];
    let of_srec_cat = |text, form| [text, arg(form), arg("-o"), theirs.as_path(), arg("-binary")];
    let of_xxd = [arg("-r"), xxd.as_path(), &theirs];
    let goal = 1.0;
    compare("`xxd` text of 4 MiB", &convert(&xxd), ("xxd", &of_xxd), goal, MEMORY_GOAL);
    compare("log of `d -b`, 4 MiB, and their `xxd` text", &convert(&display), ("xxd", &of_xxd), goal, MEMORY_GOAL);
    compare(
        "S-records of 4 MiB",
        &convert(&records),
        ("srec_cat", &of_srec_cat(&records, "-motorola")),
        goal,
        MEMORY_GOAL,
    );
    compare("Intel HEX of 4 MiB", &convert(&hex), ("srec_cat", &of_srec_cat(&hex, "-intel")), goal, MEMORY_GOAL);
}

criterion_group!(benches, decode);
criterion_main!(benches);
