use std::path::PathBuf;

use super::*;
use crate::finding::Code;

/// Real samples, if this machine has them; a test that finds none says so and passes.
fn sample(path: &str) -> Option<Vec<u8>> {
    let near = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let samples = std::env::var_os("UNBRICK_SAMPLES").map_or(near, PathBuf::from);
    let bytes = std::fs::read(samples.join(path)).ok();
    if bytes.is_none() {
        eprintln!("skipped: {path} is not among the samples here");
    }
    bytes
}

fn codes(findings: &[crate::finding::Finding]) -> Vec<Code> {
    findings.iter().map(crate::finding::Finding::code).collect()
}

fn assert_covers(romfs: &Romfs, bytes: &[u8]) {
    let mut at = 0;
    for part in romfs.layout(bytes) {
        assert_eq!(part.span.start(), at);
        assert!(!part.span.is_empty());
        at = part.span.end();
    }
    assert_eq!(at, romfs.extent);
    assert!(romfs.extent <= bytes.len());
}

#[test]
fn the_romfs_of_a_real_camera_is_read_and_built_again_byte_for_byte() {
    let Some(dump) = sample("recovery-tool/romfs") else { return };
    let image = &dump[256..];
    let parsed = parse(image).unwrap();
    let romfs = &parsed.value;
    assert_eq!(parsed.findings, []);
    assert_eq!(romfs.entries.len(), 147);
    assert_eq!(romfs.volume, "rom 4cfdc420");
    assert_eq!(romfs.built(), Some(0x4CFD_C420));
    assert_eq!(romfs.declared_len, 1_098_032);
    assert_eq!(romfs.extent, 1_098_752);
    assert!(romfs.is_verified());
    assert_covers(romfs, image);
    assert!(romfs.layout(image).iter().all(|part| part.role != Role::Stray));
    let camera = romfs.entries.iter().find(|entry| entry.path == "/bin/camera").unwrap();
    assert_eq!(camera.kind, EntryKind::File);
    let rebuilt = Volume::from_image(romfs, image).unwrap().build().unwrap();
    assert!(rebuilt == image);
}

#[test]
fn other_systems_volumes_are_read_and_built_again_byte_for_byte() {
    for name in ["one-file", "nuttx-nsh", "nuttx-testdir", "all-eight-types", "escaping-symlinks"] {
        let Some(image) = sample(&format!("romfs/{name}.romfs")) else { return };
        let parsed = parse(&image).unwrap();
        assert_eq!(parsed.findings, [], "{name}");
        assert!(parsed.value.is_verified());
        assert_covers(&parsed.value, &image);
        let rebuilt = Volume::from_image(&parsed.value, &image).unwrap().build().unwrap();
        assert!(rebuilt == image, "{name}");
    }
}

#[test]
fn a_directory_that_holds_its_own_parent_is_read_once() {
    let mut volume = Volume::new("loop");
    let foo = volume.add(Volume::ROOT, Node::directory("foo")).unwrap();
    volume.add(foo, Node::directory("bar")).unwrap();
    let mut image = volume.build().unwrap();
    let romfs = parse(&image).unwrap().value;
    let header_of = |path: &str| romfs.entries.iter().find(|entry| entry.path == path).unwrap().header;
    let (foo, bar) = (header_of("/foo"), header_of("/foo/bar"));
    // bar's spec now leads to foo; the checksum is made right again, as an image made to harm would have it.
    let (old, new) = (u32::from_be_bytes(image[bar.start() + 4..][..4].try_into().unwrap()), foo.start() as u32);
    image[bar.start() + 4..][..4].copy_from_slice(&new.to_be_bytes());
    let sum = u32::from_be_bytes(image[bar.start() + 12..][..4].try_into().unwrap());
    image[bar.start() + 12..][..4].copy_from_slice(&(sum.wrapping_add(old).wrapping_sub(new)).to_be_bytes());
    let parsed = parse(&image).unwrap();
    assert_eq!(codes(&parsed.findings), [Code::RomfsLoop, Code::RomfsNotPadded][..1]);
    assert_eq!(parsed.value.entries.len(), 6);
    assert_eq!(parsed.value.integrity, Integrity::Damaged);
}
