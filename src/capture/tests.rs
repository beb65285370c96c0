use std::path::PathBuf;

use super::*;
use crate::finding::{Code, Fact};
use crate::image::{FlashAddr, Span};

/// A real sample's bytes, or `None` (and a word about it) where the samples are not.
fn sample(name: &str) -> Option<Vec<u8>> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples");
    let folder = std::env::var_os("UNBRICK_SAMPLES").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let bytes = std::fs::read(folder.join(name)).ok();
    if bytes.is_none() {
        eprintln!("skipped: no {name} among the samples");
    }
    bytes
}

fn codes(capture: &Capture) -> Vec<Code> {
    capture.findings.iter().map(crate::finding::Finding::code).collect()
}

#[test]
fn the_real_capture_of_a_kernel_is_the_saved_binary_byte_for_byte() {
    let (Some(text), Some(binary)) = (sample("recovery-tool/linux.dat"), sample("recovery-tool/linux")) else { return };
    assert_eq!(detect(&text), Some(Source::RecoveryTool));
    let capture = decode(&text);
    assert_eq!(capture.findings, []);
    assert_eq!(&*capture.image, binary);
    assert_eq!(capture.image.gaps(), []);
    assert_eq!(capture.image.address(), Some(FlashAddr(0x7F02_0000)));
    assert_eq!(capture.dialects, [(Dialect::Bytes, 44_496)]);
    let expected = Stats { lines: 44_496, used: 44_496, pages: 2_781, ..Stats::default() };
    assert_eq!(capture.stats, expected);
    assert_eq!(twin(&capture.image, &binary), Twin::Identical);
}

#[test]
fn the_real_capture_of_a_boot_info_is_empty() {
    let Some(text) = sample("recovery-tool/BOOT INFO.dat") else { return };
    assert_eq!(detect(&text), Some(Source::RecoveryTool));
    assert_eq!(codes(&decode(&text)), [Code::CaptureEmpty]);
}
