//! Folders that are put together with a manifest and an original; the folder is a list in memory.

use std::io;

use proptest::prelude::*;

use super::*;
use crate::contents::{Depth, EntryKind, Fate, Manifest, list, stays_inside};
use crate::format::romfs::tests::properties::{grow, nodes};
use crate::format::romfs::{Content, Node, Piece, SEALED_BYTES, parse, seal};
use crate::image::Image;
use crate::map::{Inspection, Kind};
use crate::pack::{FileOnDisk, OnDisk, What};

/// A folder, its files' bytes in the order of `found`.
#[derive(Debug, Default, Clone)]
struct Folder {
    found: Vec<Found>,
    bytes: Vec<Vec<u8>>,
}

impl Disk for Folder {
    fn holds(&self, file: usize, bytes: &[u8]) -> io::Result<bool> {
        Ok(self.bytes[file] == bytes)
    }

    fn crc32(&self, file: usize) -> io::Result<u32> {
        Ok(crc32fast::hash(&self.bytes[file]))
    }

    fn are_alike(&self, one: usize, other: usize) -> io::Result<bool> {
        Ok(self.bytes[one] == self.bytes[other])
    }
}

impl Folder {
    fn put(&mut self, path: &str, what: OnDisk, bytes: &[u8]) {
        let at = self.found.partition_point(|found| found.path.as_slice() < path.as_bytes());
        self.found.insert(at, Found { path: path.as_bytes().to_vec(), what });
        self.bytes.insert(at, bytes.to_vec());
    }

    fn put_file(&mut self, path: &str, bytes: &[u8], executable: bool) {
        let file = FileOnDisk { len: bytes.len(), executable: Some(executable), identity: None };
        self.put(path, OnDisk::File(file), bytes);
    }

    fn take(&mut self, path: &str) {
        let at = self.found.iter().position(|found| found.path == path.as_bytes()).unwrap();
        self.found.remove(at);
        self.bytes.remove(at);
    }

    /// The file at `path` with other bytes.
    fn change(&mut self, path: &str, bytes: &[u8]) {
        let at = self.found.iter().position(|found| found.path == path.as_bytes()).unwrap();
        let OnDisk::File(file) = &mut self.found[at].what else { panic!("{path} is no file") };
        file.len = bytes.len();
        self.bytes[at] = bytes.to_vec();
    }
}

/// What an extraction of `image` leaves: hard links as copies, as on a disk that knows none.
fn extracted(image: &[u8]) -> (Folder, Manifest) {
    let regions = Inspection::of_image(&Image::new(image.to_vec(), None)).regions;
    let entries = list(image, &regions, Depth::Here);
    let mut folder = Folder::default();
    let fates = entries.iter().map(|entry| {
        let content_of = |path: &str| {
            let file = entries.iter().find(|other| other.path == path && other.kind.is_file())?;
            Some(file.data.read().unwrap().into_owned())
        };
        match &entry.kind {
            EntryKind::File { executable } => folder.put_file(&entry.path, &entry.data.read().unwrap(), *executable),
            EntryKind::Directory => folder.put(&entry.path, OnDisk::Folder, &[]),
            EntryKind::Symlink { target } if stays_inside(&entry.path, target) => {
                folder.put(&entry.path, OnDisk::Symlink(target.clone().into_bytes()), &[]);
            }
            EntryKind::HardLink { target } if content_of(target).is_some() => {
                folder.put_file(&entry.path, &content_of(target).unwrap(), false);
            }
            _ => return Fate::NotMade { why: String::new() },
        }
        Fate::Written { path: entry.path.clone() }
    });
    let fates = fates.collect();
    (folder, Manifest::new("original", Kind::Romfs, Depth::Here, &entries, fates))
}

/// Packs a folder; gives the image and the changes as `change path`.
fn packed(
    folder: &Folder,
    manifest: Option<&Manifest>,
    original: Option<&[u8]>,
) -> Result<(Vec<u8>, Vec<String>), Refused> {
    let parsed = original.map(|original| parse(original).unwrap().value);
    let order = Order {
        found: &folder.found,
        manifest,
        original: parsed.as_ref().zip(original),
        name: None,
        alignment: None,
        keep_modes: false,
        anyway: false,
    };
    let ready = order.ready(folder)?;
    let bytes_of = |node: NodeId| {
        let (_, found) = ready.streamed.iter().find(|(id, _)| *id == node).unwrap();
        folder.bytes[*found].clone()
    };
    let pieces = ready.volume.pieces().map_err(Refused::Build)?;
    let mut image: Vec<u8> = pieces
        .flat_map(|piece| match piece {
            Piece::Bytes(bytes) => bytes.into_owned(),
            Piece::Streamed { node, .. } => bytes_of(node),
        })
        .collect();
    seal(&mut image[..SEALED_BYTES]);
    assert_eq!(parse(&image).unwrap().findings, []);
    let told = ready.changes.iter().map(|change| format!("{} {}", change.change, change.path));
    Ok((image, told.collect()))
}

/// The paths of a volume in its order, without `.` and `..`.
fn paths(image: &[u8]) -> Vec<String> {
    parse(image).unwrap().value.files().map(|entry| entry.path.clone()).collect()
}

/// A camera in small: programs, a link to one, devices, an empty folder that something is mounted to.
fn camera() -> Vec<u8> {
    let mut volume = Volume::new("rom 4cfdc420");
    volume.add(Volume::ROOT, Node::directory("proc")).unwrap();
    let bin = volume.add(Volume::ROOT, Node::directory("bin")).unwrap();
    let sh = volume.add(bin, Node::file("sh", b"bFLT shell".as_slice()).executable()).unwrap();
    volume.add(bin, Node::new("init", Content::HardLink(sh))).unwrap();
    volume.add(bin, Node::file("conf", b"a=1".as_slice())).unwrap();
    let dev = volume.add(Volume::ROOT, Node::directory("dev")).unwrap();
    volume.add(dev, Node::new("ttyS0", Content::CharDevice { major: 4, minor: 64 })).unwrap();
    volume.add(dev, Node::new("log", Content::Fifo)).unwrap();
    volume.add(Volume::ROOT, Node::symlink("etc", b"/tmp/etc".as_slice())).unwrap();
    volume.build().unwrap()
}

#[test]
fn a_tree_that_was_not_touched_is_the_original_with_or_without_its_manifest() {
    let image = camera();
    let (folder, manifest) = extracted(&image);
    assert_eq!(packed(&folder, Some(&manifest), Some(&image)).unwrap(), (image.clone(), vec![]));
    assert_eq!(packed(&folder, None, Some(&image)).unwrap(), (image, vec![]));
}

#[test]
fn without_an_original_all_is_sorted_and_the_manifest_has_what_no_folder_holds() {
    let image = camera();
    let (folder, manifest) = extracted(&image);
    let (sorted, changes) = packed(&folder, Some(&manifest), None).unwrap();
    assert_eq!(changes, [""; 0]);
    let expected = ["/bin", "/bin/conf", "/bin/init", "/bin/sh", "/dev", "/dev/log", "/dev/ttyS0", "/etc", "/proc"];
    assert_eq!(paths(&sorted), expected);
    let (bare, _) = packed(&folder, None, None).unwrap();
    assert_eq!(paths(&bare), ["/bin", "/bin/conf", "/bin/init", "/bin/sh", "/dev", "/proc"]);
}

#[test]
fn what_changed_stays_in_its_place_what_is_new_comes_last_and_what_is_gone_is_dropped() {
    let image = camera();
    let (mut folder, manifest) = extracted(&image);
    folder.change("bin/conf", b"a=2");
    folder.put_file("bin/aaa", b"new", true);
    folder.put("home", OnDisk::Folder, &[]);
    folder.put_file("home/index.htm", b"<html>", false);
    folder.take("proc");
    let (changed, told) = packed(&folder, Some(&manifest), Some(&image)).unwrap();
    assert_eq!(told, ["added bin/aaa", "changed bin/conf", "added home", "added home/index.htm", "removed proc"]);
    let expected = [
        "/bin",
        "/bin/sh",
        "/bin/init",
        "/bin/conf",
        "/bin/aaa",
        "/dev",
        "/dev/ttyS0",
        "/dev/log",
        "/etc",
        "/home",
        "/home/index.htm",
    ];
    assert_eq!(paths(&changed), expected);
    let (_, told) = packed(&folder, Some(&manifest), None).unwrap();
    assert_eq!(told, ["added bin/aaa", "added home", "added home/index.htm", "removed proc"]);
}

#[test]
fn a_hard_link_that_got_bytes_of_its_own_is_a_file_of_its_own() {
    let image = camera();
    let (mut folder, manifest) = extracted(&image);
    folder.change("bin/init", b"#!/bin/sh\n");
    let (changed, told) = packed(&folder, Some(&manifest), Some(&image)).unwrap();
    assert_eq!(told, ["changed bin/init"]);
    let parsed = parse(&changed).unwrap().value;
    let init = parsed.files().find(|entry| entry.path == "/bin/init").unwrap();
    assert_eq!(init.data.of(&changed), b"#!/bin/sh\n");
}

#[test]
fn a_hard_link_outlives_the_file_that_it_was_a_name_of() {
    let image = camera();
    let (mut folder, manifest) = extracted(&image);
    folder.take("bin/sh");
    let (changed, told) = packed(&folder, Some(&manifest), Some(&image)).unwrap();
    assert_eq!(told, ["changed bin/init", "removed bin/sh"]);
    let parsed = parse(&changed).unwrap().value;
    let init = parsed.files().find(|entry| entry.path == "/bin/init").unwrap();
    assert_eq!(init.data.of(&changed), b"bFLT shell");
}

#[test]
fn two_new_names_of_one_file_are_stored_once() {
    let mut folder = Folder::default();
    for path in ["a", "b", "c"] {
        let file = FileOnDisk { len: 3, executable: Some(false), identity: Some((1, 7)) };
        folder.put(path, OnDisk::File(file), b"one");
    }
    let (image, _) = packed(&folder, None, None).unwrap();
    let parsed = parse(&image).unwrap().value;
    let kinds: Vec<bool> = parsed.files().map(|entry| entry.kind == crate::format::romfs::EntryKind::File).collect();
    assert_eq!(kinds, [true, false, false]);
}

#[test]
fn modes_come_from_the_disk_unless_they_are_to_be_kept() {
    let image = camera();
    let (mut folder, manifest) = extracted(&image);
    for found in &mut folder.found {
        if let OnDisk::File(file) = &mut found.what {
            file.executable = Some(true);
        }
    }
    let (_, told) = packed(&folder, Some(&manifest), Some(&image)).unwrap();
    assert_eq!(told, ["changed bin/conf"]);
    for manifest in [Some(&manifest), None] {
        let parsed = parse(&image).unwrap().value;
        let (found, original) = (&folder.found, Some((&parsed, image.as_slice())));
        let order = Order { found, manifest, original, name: None, alignment: None, keep_modes: true, anyway: false };
        assert_eq!(order.ready(&folder).unwrap().changes, []);
    }
}

#[test]
fn a_device_that_is_added_to_the_manifest_is_in_the_volume() {
    let image = camera();
    let (folder, manifest) = extracted(&image);
    let json = serde_json::to_string(&manifest).unwrap();
    let line = r#"{"path": "dev/video0", "type": "char-device", "major": 81, "minor": 0},"#;
    let json = json.replacen(r#""entries":["#, &format!(r#""entries":[{line}"#), 1);
    let manifest = Manifest::read(json.as_bytes()).unwrap();
    let (changed, told) = packed(&folder, Some(&manifest), Some(&image)).unwrap();
    assert_eq!(told, ["added dev/video0"]);
    assert!(paths(&changed).contains(&"/dev/video0".to_owned()));
}

#[test]
fn a_folder_that_a_copy_lost_is_told() {
    let image = camera();
    let (mut folder, manifest) = extracted(&image);
    folder.take("dev");
    folder.take("proc");
    let order = |manifest| Order {
        found: &folder.found,
        manifest,
        original: None,
        name: None,
        alignment: None,
        keep_modes: false,
        anyway: false,
    };
    let order = order(Some(&manifest));
    let ready = order.ready(&folder).unwrap();
    assert_eq!(ready.lost_folders, ["dev", "proc"]);
    let gone: Vec<&str> = ready.changes.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(gone, ["dev", "dev/log", "dev/ttyS0", "proc"]);
    assert!(ready.changes.iter().all(|change| change.change == What::Removed));
}

#[test]
fn what_cannot_be_packed_is_refused_by_name() {
    let image = camera();
    let (folder, manifest) = extracted(&image);
    let refused =
        |folder: &Folder, manifest: Option<&Manifest>| packed(folder, manifest, None).unwrap_err().to_string();

    let mut with_pipe = folder.clone();
    with_pipe.put("bin/pipe", OnDisk::Special("pipe"), &[]);
    assert_eq!(refused(&with_pipe, None), "`bin/pipe` is a pipe of this computer");
    with_pipe.take("bin/pipe");
    with_pipe.put("dev/log", OnDisk::Special("pipe"), &[]);
    assert!(packed(&with_pipe, Some(&manifest), None).is_ok(), "the manifest has it as well");

    let mut with_long_name = folder.clone();
    with_long_name.put_file(&"n".repeat(128), b"", false);
    assert!(refused(&with_long_name, None).contains("must have 1 to 127 bytes"));

    let (mut lossy, mut without) = (manifest, folder);
    let conf = lossy.entries.iter_mut().find(|item| item.path == "bin/conf").unwrap();
    conf.fate = Fate::NotWritten { why: "its name is too long for this computer".to_owned() };
    without.take("bin/conf");
    assert_eq!(
        refused(&without, Some(&lossy)),
        "`bin/conf` is not in the folder: its name is too long for this computer"
    );
    let (built, changes) = packed(&without, Some(&lossy), Some(&image)).unwrap();
    assert!(built == image && changes.is_empty(), "the original has it");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_volume_that_is_taken_apart_is_put_together_again(name in "[ -~]{0,20}", nodes in nodes()) {
        let (volume, _) = grow(&name, nodes);
        let image = volume.build().unwrap();
        let (folder, manifest) = extracted(&image);
        for manifest in [Some(&manifest), None] {
            let (built, changes) = packed(&folder, manifest, Some(&image)).unwrap();
            prop_assert_eq!(changes, Vec::<String>::new());
            prop_assert!(built == image);
        }
        let (sorted, changes) = packed(&folder, Some(&manifest), None).unwrap();
        prop_assert_eq!(changes, Vec::<String>::new());
        let (mut ours, mut theirs) = (paths(&sorted), paths(&image));
        ours.sort();
        theirs.sort();
        prop_assert_eq!(ours, theirs);
        let (again, manifest) = extracted(&sorted);
        prop_assert!(packed(&again, Some(&manifest), None).unwrap().0 == sorted, "sorted stays sorted");
    }

    #[test]
    fn any_changes_give_a_volume_without_a_fault(
        old in nodes(),
        new in nodes(),
        taken in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let image = grow("old", old).0.build().unwrap();
        let (_, manifest) = extracted(&image);
        let (mut folder, _) = extracted(&grow("new", new).0.build().unwrap());
        for index in taken.iter().filter(|_| !folder.found.is_empty()).map(|index| index.index(folder.found.len())).collect::<Vec<_>>() {
            let Some(found) = folder.found.get(index) else { continue };
            if found.what != OnDisk::Folder {
                let path = String::from_utf8(found.path.clone()).unwrap();
                folder.take(&path);
            }
        }
        for (manifest, original) in [(Some(&manifest), Some(&image)), (None, Some(&image)), (Some(&manifest), None)] {
            let _ = packed(&folder, manifest, original.map(Vec::as_slice));
        }
    }
}
