//! Volumes that are cut, changed, or made to harm.

use super::*;
use crate::checksum::romfs_sum;
use crate::finding::{Fact, Finding};

/// Writes a word, big-endian as all of them are.
fn set(image: &mut [u8], at: usize, word: u32) {
    image[at..at + 4].copy_from_slice(&word.to_be_bytes());
}

/// Makes the sums of a header and of the volume right again, as an image made to harm would have them.
fn seal(image: &mut [u8], header: Span) {
    for span in [header, Span::new(0, 512.min(image.len()))] {
        set(image, span.start() + 12, 0);
        let sum = romfs_sum(span.of(image));
        set(image, span.start() + 12, sum.wrapping_neg());
    }
}

/// The small volume, with a word of the header of `path` changed and sealed.
fn with_field(path: &str, field: usize, word: impl Fn(&Romfs) -> u32) -> (Vec<u8>, Parsed) {
    let mut image = volume().build().unwrap();
    let romfs = parse(&image).unwrap().value;
    let header = entry(&romfs, path).header;
    set(&mut image, header.start() + 4 * field, word(&romfs));
    seal(&mut image, header);
    let parsed = parse(&image).unwrap();
    assert_covers(&parsed.value, &image);
    (image, parsed)
}

type Parsed = crate::format::Parsed<Romfs>;

const NEXT: usize = 0;
const SPEC: usize = 1;
const SIZE: usize = 2;

fn facts(parsed: &Parsed) -> Vec<Fact> {
    parsed.findings.iter().map(|finding| finding.fact.clone()).collect()
}

fn header_of(romfs: &Romfs, path: &str) -> usize {
    entry(romfs, path).header.start()
}

#[test]
fn a_truncated_volume_says_what_is_cut() {
    let image = volume().build().unwrap();
    let camera = entry(&parse(&image).unwrap().value, "/bin/camera").data;
    let cut = &image[..camera.start() + 100];
    let parsed = parse(cut).unwrap();
    assert_eq!(parsed.value.integrity, Integrity::Truncated);
    assert_eq!(codes(&parsed.findings), [Code::RomfsTruncated]);
    let evidence = &parsed.findings[0].evidence;
    assert!(evidence.contains(&"/bin/camera has 100 of its 1000 bytes".to_owned()), "{evidence:?}");
    assert!(evidence.iter().any(|line| line.starts_with("entries of /bin from 0x")), "{evidence:?}");
    assert_covers(&parsed.value, cut);
    assert!(matches!(Volume::from_image(&parsed.value, cut), Err(BuildError::Cut { present: 100, .. })));
}

#[test]
fn every_cut_is_survived_and_told() {
    let image = volume().build().unwrap();
    let declared = parse(&image).unwrap().value.declared_len;
    for len in 16..image.len() {
        let parsed = parse(&image[..len]).unwrap();
        assert_covers(&parsed.value, &image[..len]);
        let expected = if len < declared { Code::RomfsTruncated } else { Code::RomfsNotPadded };
        assert_eq!(codes(&parsed.findings), [expected], "{len} bytes");
    }
}

#[test]
fn a_size_that_is_too_small_does_not_hide_the_entries() {
    let mut image = volume().build().unwrap();
    set(&mut image, 8, 96);
    let parsed = parse(&image).unwrap();
    assert_eq!(parsed.value.entries.len(), 19);
    assert_eq!(parsed.value.extent, image.len());
    assert_eq!(codes(&parsed.findings), [Code::RomfsVolumeChecksum, Code::RomfsSizeTooSmall]);
    assert_covers(&parsed.value, &image);
}

#[test]
fn a_changed_header_and_a_changed_start_are_told_apart() {
    let mut image = volume().build().unwrap();
    let nothing = entry(&parse(&image).unwrap().value, "/nothing").header;
    image[nothing.start() + 9] ^= 0x01;
    let parsed = parse(&image).unwrap();
    assert!(codes(&parsed.findings).contains(&Code::RomfsEntryChecksum));
    assert_ne!(entry(&parsed.value, "/nothing").checksum, Checksum::Holds);

    let mut image = volume().build().unwrap();
    image[0x1C] ^= 0x80;
    let parsed = parse(&image).unwrap();
    assert_eq!(codes(&parsed.findings), [Code::RomfsVolumeChecksum]);
    assert_eq!(parsed.value.integrity, Integrity::Damaged);
}

#[test]
fn a_chain_that_leaves_the_volume_ends_there() {
    let (_, parsed) = with_field("/dev/video0", NEXT, |_| 0x7FFF_FFF5);
    assert_eq!(facts(&parsed), [Fact::RomfsWildOffset { path: "/dev".into(), offset: 0x7FFF_FFF0 }]);
    assert!(parsed.value.entries.iter().all(|entry| entry.path != "/dev/rom0"));
    assert!(parsed.value.entries.iter().any(|entry| entry.path == "/empty"), "other directories are read");

    let (image, parsed) = with_field("/nothing", NEXT, |romfs| u32::try_from(romfs.extent - 16).unwrap() | 2);
    assert_eq!(facts(&parsed), [Fact::RomfsWildOffset { path: "/".into(), offset: image.len() - 16 }]);

    let (_, parsed) = with_field("/dev", SPEC, |_| 0x10);
    assert_eq!(facts(&parsed), [Fact::RomfsWildOffset { path: "/dev".into(), offset: 0x10 }]);
}

#[test]
fn data_that_leaves_the_volume_is_cut_at_its_end() {
    let (image, parsed) = with_field("/bin/camera", SIZE, |_| u32::MAX);
    assert_eq!(codes(&parsed.findings), [Code::RomfsWildOffset]);
    let camera = entry(&parsed.value, "/bin/camera");
    assert!(!camera.is_whole());
    assert!(camera.data.end() <= image.len());
}

#[test]
fn data_that_covers_other_entries_leaves_every_byte_covered_once() {
    let (image, parsed) = with_field("/bin/camera", SIZE, |romfs| {
        u32::try_from(romfs.declared_len - entry(romfs, "/bin/camera").data.start()).unwrap()
    });
    let parts = parsed.value.layout(&image);
    let headers = parts.iter().filter(|part| matches!(part.role, Role::EntryHeader(_))).count();
    assert_eq!(headers, parsed.value.entries.len());
}

#[test]
fn a_directory_that_holds_its_own_parent_is_read_once() {
    for (path, to) in [("/bin", "/bin"), ("/bin", "/."), ("/dev", "/bin"), ("/empty", "/bin/.")] {
        let (_, parsed) = with_field(path, SPEC, |romfs| u32::try_from(header_of(romfs, to)).unwrap());
        assert_eq!(facts(&parsed), [Fact::RomfsLoop { path: path.into() }], "{path} holds {to}");
    }
    let (_, parsed) = with_field("/bin/sh", NEXT, |romfs| u32::try_from(header_of(romfs, "/bin/.")).unwrap() | 3);
    assert_eq!(facts(&parsed), [Fact::RomfsLoop { path: "/bin".into() }]);
}

#[test]
fn hard_links_that_lead_nowhere_or_in_a_circle_are_broken() {
    let (_, parsed) = with_field("/bin/ipcam", SPEC, |_| 0x30);
    assert_eq!(facts(&parsed), [Fact::RomfsBrokenLink { path: "/bin/ipcam".into(), target: 0x30 }]);
    let (image, parsed) =
        with_field("/bin/ipcam", SPEC, |romfs| u32::try_from(header_of(romfs, "/bin/ipcam")).unwrap());
    assert_eq!(codes(&parsed.findings), [Code::RomfsBrokenLink]);
    assert_eq!(parsed.value.resolve(entry(&parsed.value, "/bin/ipcam")), None);
    let again = Volume::from_image(&parsed.value, &image).unwrap().build().unwrap();
    assert_eq!(codes(&parse(&again).unwrap().findings), [Code::RomfsBrokenLink]);
}

#[test]
fn names_that_no_file_can_have_are_told() {
    let mut volume = Volume::new("");
    for name in [b"".as_slice(), b"../../etc/passwd", b"a\nb", &[b'x'; 200]] {
        volume.push(Volume::ROOT, Node::file(name, b"data".as_slice()));
    }
    volume.push(Volume::ROOT, Node::file("..", b"data".as_slice()));
    let image = volume.build().unwrap();
    let parsed = parse(&image).unwrap();
    assert_eq!(codes(&parsed.findings), [Code::RomfsBadName; 5]);
    assert_eq!(parsed.value.files().map(|entry| entry.data.of(&image)).collect::<Vec<_>>(), [b"data"; 4]);
    let escaped = parsed.value.files().nth(1).unwrap();
    assert_eq!(escaped.path, "/..\\x2F..\\x2Fetc\\x2Fpasswd");
    assert_eq!(escaped.name, b"../../etc/passwd");
}

#[test]
fn many_findings_of_one_kind_are_counted_instead_of_listed() {
    let mut volume = Volume::new("");
    for number in 0..100 {
        volume.push(Volume::ROOT, Node::file(format!("a\n{number}"), vec![]));
    }
    let image = volume.build().unwrap();
    let findings = parse(&image).unwrap().findings;
    assert_eq!(findings.len(), 21);
    assert_eq!(findings[20].fact, Fact::FindingsLeftOut { code: Code::RomfsBadName, count: 80 });
    assert_eq!(
        findings.last().map(Finding::message).unwrap(),
        "80 more findings of the kind romfs-bad-name are not listed one by one"
    );
}

#[test]
fn headers_that_overlap_without_end_are_read_only_so_far() {
    let mut image = Volume::new("").build().unwrap();
    image.truncate(32);
    for row in 2..0x4000_u32 {
        image.extend([((row + 1) * 16) | 2, 0, 0, 0].iter().flat_map(|word| word.to_be_bytes()));
    }
    let len = image.len();
    set(&mut image, 8, u32::try_from(len).unwrap());
    let parsed = parse(&image).unwrap();
    assert!(codes(&parsed.findings).contains(&Code::RomfsTooMuch));
    assert!(parsed.value.entries.len() <= len / 32);
    assert_covers(&parsed.value, &image);
}

#[test]
fn directories_deeper_than_any_path_are_not_entered() {
    let mut volume = Volume::new("");
    let mut directory = Volume::ROOT;
    for _ in 0..5000 {
        directory = volume.push(directory, Node::directory("d"));
    }
    let image = volume.build().unwrap();
    let parsed = parse(&image).unwrap();
    assert_eq!(codes(&parsed.findings), [Code::RomfsTooMuch]);
    assert_eq!(parsed.value.files().count(), 2049);
}

#[test]
fn bytes_between_entries_are_stray() {
    let mut image = volume().build().unwrap();
    let gap = entry(&parse(&image).unwrap().value, "/bin/camera").data.end();
    image[gap + 1] = 0x55;
    let romfs = parse(&image).unwrap().value;
    let stray: Vec<Part> = romfs.layout(&image).into_iter().filter(|part| part.role == Role::Stray).collect();
    assert_eq!(stray.len(), 1);
    assert!(stray[0].span.contains(gap + 1));
}
