use proptest::prelude::*;

use super::*;
use crate::finding::Code;
use crate::format::settings;

const VERSION: Version = Version([2, 4, 10, 5]);

const PAGES: [NewEntry<'static>; 4] = [
    NewEntry::File { path: b"/index.htm", data: b"<html>camera</html>" },
    NewEntry::Directory { path: b"/images" },
    NewEntry::File { path: b"/images/empty.gif", data: b"" },
    NewEntry::File { path: b"/images/logo.gif", data: b"GIF89a" },
];

fn codes(findings: &[Finding]) -> Vec<Code> {
    findings.iter().map(Finding::code).collect()
}

fn refused(entries: &[NewEntry<'_>]) -> String {
    build(VERSION, entries).unwrap_err().to_string()
}

#[test]
fn a_package_lists_its_pages_in_order() {
    let package = build(VERSION, &PAGES).unwrap();
    let web_ui = parse(&package).unwrap().value;
    assert!(web_ui.is_verified());
    assert_eq!(web_ui.version.to_string(), "2.4.10.5");
    assert_eq!(web_ui.len(), package.len());
    let paths: Vec<&str> = web_ui.entries.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["/index.htm", "/images", "/images/empty.gif", "/images/logo.gif"]);
    assert_eq!(web_ui.entries[1].kind, EntryKind::Directory);
    assert_eq!(web_ui.entries[3].data().of(&package), b"GIF89a");
    assert_eq!(web_ui.entries[3].name.of(&package), b"/images/logo.gif");
}

/// The bytes of the layout, one by one (packages-and-formats.md section 3).
#[test]
fn a_package_is_written_byte_by_byte_as_the_table_says() {
    let package = build(VERSION, &[NewEntry::File { path: b"/a", data: b"b" }]).unwrap();
    let sum: u32 = [2_u32, 4, 10, 5, 2, 0x2F, 0x61, 1, 1, 0x62].iter().sum();
    let mut expected = hex::decode("bd9a0c44").unwrap();
    expected.extend(sum.to_le_bytes());
    expected.extend(hex::decode("1c00000002040a05020000002f61010100000062").unwrap());
    assert_eq!(package, expected);
}

#[test]
fn what_follows_a_package_is_not_of_it() {
    let mut bytes = build(VERSION, &PAGES).unwrap();
    let whole = parse(&bytes).unwrap();
    bytes.extend([0xFF; 100]);
    assert_eq!(parse(&bytes).unwrap(), whole);
}

#[test]
fn a_changed_byte_shows_in_the_sum() {
    let mut package = build(VERSION, &PAGES).unwrap();
    let last = package.len() - 1;
    package[last] ^= 1;
    let parsed = parse(&package).unwrap();
    assert_eq!(codes(&parsed.findings), [Code::WebUiChecksum]);
    assert!(!parsed.value.is_verified());
}

#[test]
fn a_truncated_package_is_read_as_far_as_it_holds() {
    let package = build(VERSION, &PAGES).unwrap();
    let parsed = parse(&package[..package.len() - 2]).unwrap();
    assert_eq!(codes(&parsed.findings), [Code::WebUiTruncated]);
    assert_eq!(parsed.value.len(), package.len() - 2);
    let cut = parsed.value.entries.last().unwrap();
    assert_eq!((cut.data().len(), cut.kind), (4, EntryKind::File { data: cut.data(), declared_len: 6 }));
    for end in 0x18..package.len() {
        assert_eq!(codes(&parse(&package[..end]).unwrap().findings), [Code::WebUiTruncated], "cut at {end}");
    }
}

#[test]
fn a_page_that_the_camera_would_stumble_over_is_not_packed() {
    fn page(path: &str) -> NewEntry<'_> {
        NewEntry::File { path: path.as_bytes(), data: b"" }
    }
    let long = format!("/{}", "x".repeat(100));
    assert!(refused(&[page("index.htm")]).ends_with("index.htm: the path does not start with `/`"));
    assert!(refused(&[page("/a/b.htm")]).ends_with("/a/b.htm: its directory /a is not in the package before it"));
    assert!(refused(&[page("/a\\b.htm")]).contains("backslash"));
    assert!(refused(&[page(&long)]).ends_with("the path has 101 bytes, more than 100: `filename is too long`"));
    assert!(refused(&[page("/../sh")]).ends_with("/../sh: the path leads out of the pages' directory"));
    assert!(refused(&[page("")]).contains("its path is empty"));
    assert!(refused(&[page("/ok"), page("")]).contains("an entry without a path"));
    assert!(refused(&[page("/ok"), page("/a\0b")]).contains("NUL"));
    assert!(build(VERSION, &[page(&long[..100])]).is_ok());
}

#[test]
fn a_file_longer_than_the_package_is_too_long_for_the_camera() {
    let mut package = build(VERSION, &[NewEntry::File { path: b"/a", data: b"bcd" }]).unwrap();
    package[0x17] = 9;
    let findings = parse(&zone::seal(package)).unwrap().findings;
    assert_eq!(codes(&findings), [Code::WebUiBadEntry]);
    assert_eq!(findings[0].message(), "/a: the file has 9 bytes, but the package only 3 more: `file is too long`");
}

#[test]
fn bytes_behind_the_last_entry_do_not_match_the_size() {
    let mut package = build(VERSION, &PAGES).unwrap();
    package.extend([0xFF; 3]);
    assert_eq!(codes(&parse(&zone::seal(package)).unwrap().findings), [Code::WebUiSizeMismatch]);
}

#[test]
fn a_package_for_no_flash_is_too_big() {
    let data = vec![0; MAX_LEN];
    let Refused(findings) = build(VERSION, &[NewEntry::File { path: b"/a", data: &data }]).unwrap_err();
    assert_eq!(codes(&findings), [Code::WebUiTooBig]);
}

#[test]
fn a_package_of_countless_entries_is_read_up_to_a_limit() {
    let entries = vec![NewEntry::Directory { path: b"/a" }; MAX_ENTRIES + 9];
    let parsed = parse(&write(VERSION, &entries)).unwrap();
    assert_eq!(parsed.value.entries.len(), MAX_ENTRIES);
    assert_eq!(codes(&parsed.findings), [Code::WebUiBadEntry]);
}

#[test]
fn an_empty_package_is_a_web_ui_and_no_settings() {
    let package = build(VERSION, &[]).unwrap();
    assert_eq!(package.len(), 16);
    assert!(parse(&package).unwrap().value.entries.is_empty());
    assert!(settings::parse(&package).is_err());
}

prop_compose! {
    fn tree()(
        files in proptest::collection::vec(("[a-z]{1,8}", proptest::collection::vec(any::<u8>(), 0..40)), 0..12),
    ) -> Vec<(String, Option<Vec<u8>>)> {
        files.into_iter().enumerate().flat_map(|(number, (name, data))| [
            (format!("/d{number}"), None),
            (format!("/d{number}/{name}.htm"), Some(data)),
        ]).collect()
    }
}

fn as_entries(tree: &[(String, Option<Vec<u8>>)]) -> Vec<NewEntry<'_>> {
    tree.iter()
        .map(|(path, data)| match data {
            None => NewEntry::Directory { path: path.as_bytes() },
            Some(data) => NewEntry::File { path: path.as_bytes(), data },
        })
        .collect()
}

proptest! {
    #[test]
    fn a_built_package_parses_to_its_files(version: [u8; 4], tree in tree()) {
        let package = build(Version(version), &as_entries(&tree)).unwrap();
        let parsed = parse(&package).unwrap();
        prop_assert_eq!(parsed.findings, []);
        let read: Vec<(String, Option<Vec<u8>>)> = parsed.value.entries.iter().map(|entry| {
            let data = match entry.kind {
                EntryKind::Directory => None,
                EntryKind::File { data, .. } => Some(data.of(&package).to_vec()),
            };
            (entry.path.clone(), data)
        }).collect();
        prop_assert_eq!(&read, &tree);
        prop_assert!(build(parsed.value.version, &as_entries(&read)).unwrap() == package, "what was read builds the same");
        prop_assert!(settings::parse(&package).is_err());
    }

    #[test]
    fn a_damaged_package_never_panics(
        tree in tree(), damage in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..6), cut: usize,
    ) {
        let mut bytes = write(VERSION, &as_entries(&tree));
        for (at, byte) in damage {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        bytes.truncate(cut % (bytes.len() + 1));
        if let Ok(parsed) = parse(&bytes) {
            prop_assert!(parsed.value.len() <= bytes.len());
            prop_assert!(parsed.value.entries.iter().all(|entry| entry.data().end() <= bytes.len()));
            prop_assert!(settings::parse(&bytes).is_err());
        }
    }
}
