//! How fast captures are decoded, and how fast `xxd -r` turns the same memory's `xxd` text into bytes.
//! Figures and how to repeat them: `benches/README.md`.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)]

use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use unbrick::capture::{self, Dialect, print};
use unbrick::image::FlashAddr;

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

    // The same memory as `xxd` writes it, a line of text for a line of text.
    let folder = tempfile::tempdir().unwrap();
    let (binary, text) = (folder.path().join("image"), folder.path().join("text"));
    std::fs::write(&binary, &image).unwrap();
    let made = Command::new("xxd").args(["-g1", "-u"]).arg(&binary).arg(&text).status();
    if made.is_ok_and(|status| status.success()) {
        group.throughput(Throughput::Bytes(std::fs::metadata(&text).unwrap().len()));
        group.bench_function("xxd -r", |bencher| {
            bencher.iter(|| {
                let status = Command::new("xxd").arg("-r").arg(&text).arg(folder.path().join("out")).status();
                assert!(status.unwrap().success());
            });
        });
    } else {
        eprintln!("skipped: xxd is not installed");
    }
    group.finish();
}

criterion_group!(benches, decode);
criterion_main!(benches);
