//! What true volumes are read as and built to; what damage does is in [`damage`], what is built otherwise in [`building`], any tree and any bytes in
//! [`properties`].

mod building;
mod damage;
pub(crate) mod properties;

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

/// A small volume with one of everything.
fn volume() -> Volume<'static> {
    let mut volume = Volume::new("rom 4cfdc420");
    let bin = volume.add(Volume::ROOT, Node::directory("bin")).unwrap();
    let camera = volume.add(bin, Node::file("camera", vec![0xAB; 1000]).executable()).unwrap();
    volume.add(bin, Node::new("ipcam", Content::HardLink(camera))).unwrap();
    volume.add(bin, Node::symlink("sh", b"../bin/camera".as_slice())).unwrap();
    let dev = volume.add(Volume::ROOT, Node::directory("dev")).unwrap();
    volume.add(dev, Node::new("video0", Content::CharDevice { major: 81, minor: 300 })).unwrap();
    volume.add(dev, Node::new("rom0", Content::BlockDevice { major: 31, minor: 0 })).unwrap();
    volume.add(dev, Node::new("log", Content::Socket)).unwrap();
    volume.add(dev, Node::new("pipe", Content::Fifo)).unwrap();
    volume.add(Volume::ROOT, Node::directory("empty")).unwrap();
    volume.add(Volume::ROOT, Node::file("nothing", b"".as_slice())).unwrap();
    volume
}

fn entry<'a>(romfs: &'a Romfs, path: &str) -> &'a Entry {
    romfs.entries.iter().find(|entry| entry.path == path).unwrap()
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
fn a_volume_with_one_of_everything_is_read_as_it_was_built() {
    let image = volume().build().unwrap();
    assert_eq!(image.len() % PADDING, 0);
    let parsed = parse(&image).unwrap();
    assert_eq!(parsed.findings, []);
    let romfs = &parsed.value;
    let paths: Vec<&str> = romfs.files().map(|entry| entry.path.as_str()).collect();
    let expected = "/bin /bin/camera /bin/ipcam /bin/sh /dev /dev/video0 /dev/rom0 /dev/log /dev/pipe /empty /nothing";
    assert_eq!(paths.join(" "), expected);
    assert_eq!(romfs.entries.len(), 11 + 2 * 4);
    assert_eq!(entry(romfs, "/dev/video0").kind, EntryKind::CharDevice { major: 81, minor: 300 });
    assert_eq!(entry(romfs, "/bin/camera").data.of(&image), [0xAB; 1000]);
    assert!(entry(romfs, "/bin/camera").executable);
    assert_eq!(entry(romfs, "/bin/sh").data.of(&image), b"../bin/camera");
    assert_eq!(romfs.resolve(entry(romfs, "/bin/ipcam")), Some(entry(romfs, "/bin/camera")));
    assert_eq!(romfs.resolve(entry(romfs, "/bin/..")), Some(entry(romfs, "/.")));
    assert_eq!(romfs.resolve(entry(romfs, "/empty/.")), Some(entry(romfs, "/empty")));
    assert_covers(romfs, &image);
    assert_eq!(Volume::from_image(romfs, &image).unwrap().build().unwrap(), image);
}

#[test]
fn what_follows_the_volume_is_not_part_of_it() {
    let image = volume().build().unwrap();
    let declared = parse(&image).unwrap().value.declared_len;
    for tail in [&[0xFF; 2048][..], &[0; 2048], b"\xBD\x9A\x0C\x44 a web UI"] {
        let parsed = parse(&[image.as_slice(), tail].concat()).unwrap();
        assert_eq!((parsed.value.extent, parsed.findings), (image.len(), vec![]));
    }
    // A web UI right behind the declared size, where the padding should be.
    let parsed = parse(&[&image[..declared], b"\xBD\x9A\x0C\x44 a web UI".as_slice(), &[1; 2048]].concat()).unwrap();
    assert_eq!((parsed.value.extent, codes(&parsed.findings)), (declared, vec![Code::RomfsNotPadded]));
    assert!(parsed.value.is_verified());
}

#[test]
fn only_the_default_volume_name_tells_the_time_of_building() {
    for (name, built) in
        [("rom 4cfdc420", Some(0x4CFD_C420)), ("rom +cfdc420", None), ("rom 4cfdc42", None), ("", None)]
    {
        let image = Volume::new(name).build().unwrap();
        let parsed = parse(&image).unwrap();
        assert_eq!(parsed.findings, []);
        assert_eq!((parsed.value.volume.as_str(), parsed.value.built()), (name, built));
        assert_eq!(parsed.value.header.len(), 32, "an empty name still takes 16 zeros");
    }
}

#[test]
fn names_that_the_kernel_cannot_read_are_not_built() {
    let mut volume = Volume::new("");
    let mut add = |name: &[u8]| volume.add(Volume::ROOT, Node::directory(name)).map(|_| ());
    assert_eq!(add(&[b'a'; 127]), Ok(()));
    for name in [b"".as_slice(), b".", b"..", b"a/b", b"a\0", &[b'a'; 128]] {
        assert!(matches!(add(name), Err(BuildError::Name { .. })), "{name:?}");
    }
    assert!(matches!(add(&[b'a'; 127]), Err(BuildError::Duplicate { .. })));
    let file = volume.add(Volume::ROOT, Node::file("file", vec![])).unwrap();
    assert!(matches!(volume.add(file, Node::directory("x")), Err(BuildError::NoDirectory { .. })));
    assert!(matches!(Volume::new("a\0b").build(), Err(BuildError::VolumeName { .. })));
}

#[test]
fn a_hard_link_from_another_volume_is_not_built() {
    let mut other = volume();
    let foreign = other.add(Volume::ROOT, Node::directory("foreign")).unwrap();
    let mut volume = Volume::new("");
    volume.add(Volume::ROOT, Node::new("link", Content::HardLink(foreign))).unwrap();
    assert_eq!(volume.build(), Err(BuildError::BrokenLink { name: "link".to_owned() }));
}

#[test]
fn odd_bytes_of_a_name_are_shown_and_kept() {
    let mut volume = Volume::new("v\u{202E}");
    for name in [b"\xD2\xBB\xD4\xC2".as_slice(), "日本".as_bytes(), b"a\\b", b"a b"] {
        volume.add(Volume::ROOT, Node::file(name, vec![])).unwrap();
    }
    let image = volume.build().unwrap();
    let romfs = parse(&image).unwrap().value;
    let paths: Vec<&str> = romfs.files().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["/\u{4BB}\\xD4\\xC2", "/日本", "/a\\x5Cb", "/a b"]);
    assert_eq!(romfs.files().next().unwrap().name, b"\xD2\xBB\xD4\xC2");
    assert_eq!(romfs.volume, "v\\xE2\\x80\\xAE");
}

#[test]
fn bytes_that_are_no_romfs_say_so() {
    let error = parse(b"PK\x03\x04 and more").unwrap_err().to_string();
    assert_eq!(error, "not a romfs: expected `-rom1fs-` at 0x0, found bytes 504B030420616E64");
    assert!(
        parse(b"-rom1fs-\0\0\x10\0")
            .unwrap_err()
            .to_string()
            .contains("expected the rest of a header of 16 bytes at 0xC, found the end")
    );
    assert!(parse(b"").is_err());
}
