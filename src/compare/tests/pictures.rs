//! Comparisons whose whole answer is written out.

use super::*;

fn picture(found: &[Segment]) -> Vec<(Cause, [usize; 2], [usize; 2])> {
    found
        .iter()
        .map(|segment| {
            (segment.cause, [segment.old.start(), segment.old.end()], [segment.new.start(), segment.new.end()])
        })
        .collect()
}

fn sample(name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("UNBRICK_SAMPLES").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples"),
        std::path::PathBuf::from,
    );
    let bytes = std::fs::read(folder.join("recovery-tool").join(name)).ok();
    if bytes.is_none() {
        eprintln!("skipped: the real samples are not in {}", folder.display());
    }
    bytes
}

#[test]
fn the_real_romfs_dump_has_one_carried_page_in_front() {
    let Some(dumped) = sample("romfs") else { return };
    let flashed = &dumped[256..];
    assert_eq!(
        picture(&compared(flashed, &dumped)),
        [(Cause::CarriedPage, [0, 0], [0, 256]), (Cause::Equal, [0, flashed.len()], [256, dumped.len()])]
    );
}

#[test]
fn the_real_kernel_dump_lacks_its_last_80_bytes() {
    let (Some(dumped), Some(next)) = (sample("linux"), sample("romfs")) else { return };
    let flashed = [&dumped, &next[..80]].concat();
    let end = dumped.len();
    assert_eq!(
        picture(&compared(&flashed, &dumped)),
        [(Cause::Equal, [0, end], [0, end]), (Cause::CutTail, [end, end + 80], [end, end])]
    );
    assert_eq!(compared(&dumped, &flashed).last().unwrap().cause, Cause::CutTail);
}

#[test]
fn the_same_bytes_are_one_equal_segment_and_no_bytes_are_none() {
    let bytes = noise(1, 500);
    let found = compared(&bytes, &bytes);
    assert_eq!(picture(&found), [(Cause::Equal, [0, 500], [0, 500])]);
    assert!(Summary::of(&found).equal);
    assert!(compared(&[], &[]).is_empty());
    assert!(Summary::of(&[]).equal);
}

#[test]
fn a_segment_is_written_as_the_contract_says() {
    let old = noise(2, 4096);
    let new = [&old[..2048], &old[2064..]].concat();
    let written = serde_json::to_value(&compared(&old, &new)[1]).unwrap();
    assert_eq!(
        written,
        serde_json::json!({
            "cause": "missing-line",
            "old": {"start": 2048, "end": 2064},
            "new": {"start": 2048, "end": 2048},
            "note": "16 bytes (1 line of 16) are missing in the second file; all that follows is shifted",
        })
    );
}
