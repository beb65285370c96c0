//! Images made to harm whoever takes them apart: nothing is written outside of the folder, nothing is written through
//! a link, and everything that was in the image is in the manifest.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::Value;
use tempfile::{TempDir, tempdir};
use unbrick::checksum::{byte_sum, romfs_sum};
use unbrick::format::romfs::{self, Content, Node, NodeId, Volume};
use unbrick::image::Span;

use crate::terminal::{Answer, names, tree, unbrick};

/// A name with just the room of another one, which is written over it in the built image, for the builder refuses bad
/// names. With its NUL a name is filled up to a multiple of 16.
fn place_holder(number: usize, name: &[u8]) -> String {
    format!("{number:_>len$}", len = (name.len() + 1).next_multiple_of(16) - 1)
}

/// A volume of nodes whose names no builder would take, its checksums right.
#[derive(Default)]
struct Hostile<'a> {
    names: Vec<Vec<u8>>,
    volume: Option<Volume<'a>>,
}

impl<'a> Hostile<'a> {
    fn add(&mut self, directory: NodeId, name: impl AsRef<[u8]>, content: Content<'a>) -> NodeId {
        let held = place_holder(self.names.len(), name.as_ref());
        self.names.push(name.as_ref().to_vec());
        let volume = self.volume.get_or_insert_with(|| Volume::new("hostile"));
        volume.add(directory, Node::new(held, content)).unwrap()
    }

    fn file(&mut self, directory: NodeId, name: impl AsRef<[u8]>) -> NodeId {
        self.add(directory, name, Content::File(b"pwned\n".as_slice().into()))
    }

    fn symlink(&mut self, directory: NodeId, name: impl AsRef<[u8]>, target: &'a str) -> NodeId {
        self.add(directory, name, Content::Symlink(target.as_bytes().into()))
    }

    fn build(self) -> Vec<u8> {
        const CHECKSUM_AT: usize = 12;
        const NAME_AT: usize = 16;
        let mut image = self.volume.unwrap().build().unwrap();
        let entries = romfs::parse(&image).unwrap().value.entries;
        let seal = |image: &mut Vec<u8>, header: Span| {
            image[header.start() + CHECKSUM_AT..][..4].fill(0);
            let rest = romfs_sum(header.of(image)).wrapping_neg();
            image[header.start() + CHECKSUM_AT..][..4].copy_from_slice(&rest.to_be_bytes());
        };
        for (number, name) in self.names.iter().enumerate() {
            let held = place_holder(number, name);
            let entry = entries.iter().find(|entry| entry.name == held.as_bytes()).unwrap();
            let at = entry.header.start() + NAME_AT;
            image[at..at + held.len()].fill(0);
            image[at..at + name.len()].copy_from_slice(name);
            seal(&mut image, entry.header);
        }
        let covered = Span::new(0, 512.min(image.len()));
        seal(&mut image, covered);
        image
    }
}

/// What an extraction did. The folder it wrote to lies three deep in a folder of its own.
struct Extraction {
    root: TempDir,
    answer: Answer,
    files: BTreeMap<String, Option<Vec<u8>>>,
    manifest: Value,
}

impl Extraction {
    fn of(image: &[u8], options: &[&str]) -> Self {
        let root = tempdir().unwrap();
        let input = root.path().join("input");
        fs::write(&input, image).unwrap();
        fs::create_dir_all(root.path().join("a/b")).unwrap();
        let out = root.path().join("a/b/out");
        let arguments = ["extract", input.to_str().unwrap(), "-o", out.to_str().unwrap()];
        let answer = unbrick(&[&arguments[..], options].concat());
        assert!(answer.code < 2, "{answer:?}");
        let files = tree(&out);
        let manifest = serde_json::from_slice(files["unbrick-manifest.json"].as_ref().unwrap()).unwrap();
        let extraction = Self { root, answer, files, manifest };
        extraction.assert_nothing_outside();
        extraction
    }

    /// Nothing but the input and the folder; and no link in it leads out, however it is followed.
    fn assert_nothing_outside(&self) {
        let all = names(self.root.path());
        let outside: Vec<&String> = all
            .iter()
            .filter(|name| !name.starts_with("a/b/out/") && !["a", "a/b", "a/b/out", "input"].contains(&&name[..]))
            .collect();
        assert!(outside.is_empty(), "{outside:?} in {}", self.answer.out);
        let out = self.root.path().canonicalize().unwrap().join("a/b/out");
        for name in self.files.keys() {
            let path = out.join(name);
            if fs::symlink_metadata(&path).unwrap().is_symlink() {
                assert!(leads_inside(&out, &path), "{name} leads out of the folder");
            }
        }
    }

    /// How many entries the manifest tells of.
    fn told(&self) -> usize {
        self.manifest["entries"].as_array().unwrap().len()
    }

    fn fates(&self) -> Vec<(&str, &str)> {
        let entries = self.manifest["entries"].as_array().unwrap();
        entries.iter().map(|entry| (entry["path"].as_str().unwrap(), entry["fate"].as_str().unwrap())).collect()
    }

    /// The files that hold what a hostile file holds.
    fn pwned(&self) -> Vec<&str> {
        let is = |bytes: &&Option<Vec<u8>>| bytes.as_deref() == Some(b"pwned\n");
        self.files.iter().filter(|(_, bytes)| is(bytes)).map(|(name, _)| name.as_str()).collect()
    }
}

/// Whether a link, followed step by step also where its end does not exist, stays in `folder`.
fn leads_inside(folder: &Path, link: &Path) -> bool {
    let mut at = link.parent().unwrap().to_owned();
    let mut parts: Vec<std::ffi::OsString> =
        fs::read_link(link).unwrap().components().rev().map(|part| part.as_os_str().to_owned()).collect();
    for _ in 0..1000 {
        let Some(part) = parts.pop() else { return true };
        match part.to_str() {
            Some("..") => {
                at.pop();
            }
            Some(".") => {}
            Some("/") => return false,
            _ => {
                let next = at.join(&part);
                match fs::read_link(&next) {
                    Ok(target) => parts.extend(target.components().rev().map(|part| part.as_os_str().to_owned())),
                    Err(_) => at = next,
                }
            }
        }
        if !at.starts_with(folder) {
            return false;
        }
    }
    true // a link that leads in a circle leads nowhere
}

#[test]
fn names_that_climb_are_written_under_safe_names() {
    let mut hostile = Hostile::default();
    let names =
        ["..", "/etc/passwd", "a/../../b", "../../../../tmp/x", ".", "", "a\nb", "\x1B[31mred", "C:\\x", "~", "-rf"];
    for name in names {
        hostile.file(Volume::ROOT, name);
    }
    let directory = hostile.add(Volume::ROOT, "../up", Content::Directory);
    hostile.file(directory, "inside");
    hostile.file(Volume::ROOT, b"caf\xE9");
    hostile.file(Volume::ROOT, [b'x'; 60]);
    let extraction = Extraction::of(&hostile.build(), &[]);
    // a file called `.` or `..` is taken for the directory's own entry, which every directory has
    assert_eq!(extraction.pwned().len(), names.len() + 3 - 2, "{:?}", extraction.fates());
    assert!(extraction.files.keys().all(|name| !name.contains(['\n', '\x1B'])), "{:?}", extraction.files.keys());
}

#[test]
fn the_manifest_is_not_replaced_by_a_file_of_its_name() {
    let mut hostile = Hostile::default();
    hostile.file(Volume::ROOT, "unbrick-manifest.json");
    hostile.file(Volume::ROOT, ".unbrick-part");
    let extraction = Extraction::of(&hostile.build(), &[]);
    assert_eq!(extraction.pwned().len(), 2, "{:?}", extraction.files.keys());
    assert_eq!(extraction.told(), 2);
}

#[test]
fn what_has_the_same_path_is_kept_beside_each_other() {
    let mut hostile = Hostile::default();
    hostile.file(Volume::ROOT, "same");
    hostile.file(Volume::ROOT, "same");
    hostile.file(Volume::ROOT, "same~2");
    hostile.file(Volume::ROOT, "folder");
    let folder = hostile.add(Volume::ROOT, "folder", Content::Directory);
    hostile.file(folder, "below");
    let late = hostile.add(Volume::ROOT, "late", Content::Directory);
    hostile.file(late, "below");
    hostile.file(Volume::ROOT, "late");
    let extraction = Extraction::of(&hostile.build(), &[]);
    assert_eq!(extraction.pwned().len(), 7, "{:?}", extraction.fates());
    assert_eq!(extraction.told(), 9);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    for (target, link_first) in [("/tmp", true), ("/tmp", false), ("..", true), ("../..", false), ("other", true)] {
        let mut hostile = Hostile::default();
        hostile.add(Volume::ROOT, "other", Content::Directory);
        if link_first {
            hostile.symlink(Volume::ROOT, "way", target);
        }
        let way = hostile.add(Volume::ROOT, "way", Content::Directory);
        hostile.file(way, "pwned-by-unbrick-test");
        if !link_first {
            hostile.symlink(Volume::ROOT, "way", target);
        }
        let extraction = Extraction::of(&hostile.build(), &[]);
        assert_eq!(extraction.pwned(), ["way/pwned-by-unbrick-test"], "{target}: {:?}", extraction.fates());
        assert!(!Path::new("/tmp/pwned-by-unbrick-test").exists());
    }
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_are_not_made_whatever_way_they_take() {
    let mut hostile = Hostile::default();
    let deep = hostile.add(Volume::ROOT, "deep", Content::Directory);
    let deeper = hostile.add(deep, "deeper", Content::Directory);
    for (number, target) in [
        "/etc/passwd",
        "..",
        "../..",
        "../../..",
        "../../../..",
        "deeper/../../..",
        "up/..",
        "./../../..",
        "//etc",
        "deep/../../x",
        "",
        ".",
    ]
    .into_iter()
    .enumerate()
    {
        for directory in [Volume::ROOT, deep, deeper] {
            hostile.symlink(directory, format!("link{number}"), target);
        }
    }
    // links that stay inside, each a way for the next
    hostile.symlink(deeper, "up", "../..");
    hostile.symlink(Volume::ROOT, "chain1", "deep/deeper/up/chain2");
    hostile.symlink(Volume::ROOT, "chain2", "chain1");
    // a directory below a name that is a link as well
    let up = hostile.add(deeper, "up", Content::Directory);
    let below = hostile.add(up, "below", Content::Directory);
    hostile.symlink(below, "out", "../../../../..");
    hostile.symlink(below, "out2", "../../../..");
    let extraction = Extraction::of(&hostile.build(), &[]);
    let made = extraction.fates().iter().filter(|(path, fate)| path.contains("link") && *fate == "written").count();
    assert!(made > 0, "those that stay inside are made");
    assert!(extraction.answer.out.contains("it leads out of the folder"), "{}", extraction.answer.out);
}

/// What an earlier extraction left may be links; a later one into the same folder must not be led out by them.
#[cfg(unix)]
#[test]
fn links_in_the_folder_do_not_lead_a_later_extraction_out() {
    let mut first = Hostile::default();
    let deep = first.add(Volume::ROOT, "deep", Content::Directory);
    let deeper = first.add(deep, "deeper", Content::Directory);
    first.symlink(deeper, "up", "../..");
    let mut second = Hostile::default();
    let deep = second.add(Volume::ROOT, "deep", Content::Directory);
    let deeper = second.add(deep, "deeper", Content::Directory);
    let up = second.add(deeper, "up", Content::Directory);
    second.file(up, "file");
    second.symlink(up, "out", "../../..");

    let root = tempdir().unwrap();
    let out = root.path().join("out");
    for (number, image) in [first.build(), second.build()].into_iter().enumerate() {
        let input = root.path().join(format!("input{number}"));
        fs::write(&input, image).unwrap();
        let answer = unbrick(&["extract", input.to_str().unwrap(), "-o", out.to_str().unwrap(), "--force"]);
        assert!(answer.code < 2, "{answer:?}");
    }
    let folder = out.canonicalize().unwrap();
    for name in names(&folder) {
        let path = folder.join(&name);
        assert!(!fs::symlink_metadata(&path).unwrap().is_symlink() || leads_inside(&folder, &path), "{name} leads out");
    }
    assert_eq!(names(root.path()).iter().filter(|name| !name.starts_with("out")).count(), 2);
}

#[test]
fn devices_sockets_and_pipes_are_told_and_not_made() {
    let mut hostile = Hostile::default();
    hostile.add(Volume::ROOT, "sda", Content::BlockDevice { major: 8, minor: 0 });
    hostile.add(Volume::ROOT, "mem", Content::CharDevice { major: 1, minor: 1 });
    hostile.add(Volume::ROOT, "socket", Content::Socket);
    hostile.add(Volume::ROOT, "pipe", Content::Fifo);
    let extraction = Extraction::of(&hostile.build(), &[]);
    assert_eq!(extraction.answer.code, 0);
    assert_eq!(extraction.files.len(), 1);
    assert!(extraction.fates().iter().all(|(_, fate)| *fate == "not-made"), "{:?}", extraction.fates());
    assert_eq!(extraction.manifest["entries"][0]["major"], 8);
}

#[test]
fn hard_links_without_end_do_not_fill_the_disk() {
    let mut hostile = Hostile::default();
    let big = hostile.add(Volume::ROOT, "big", Content::File(vec![0x55; 1 << 20].into()));
    for number in 0..50 {
        hostile.add(Volume::ROOT, format!("link{number}"), Content::HardLink(big));
    }
    let extraction = Extraction::of(&hostile.build(), &[]);
    assert_eq!((extraction.answer.code, extraction.told()), (0, 51));
    assert_eq!(extraction.files["link49"].as_ref().map(Vec::len), Some(1 << 20));
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let on_disk = fs::metadata(extraction.root.path().join("a/b/out/link49")).unwrap();
        assert_eq!(on_disk.nlink(), 51, "a hard link is one on disk as well");
    }
}

/// A web UI package of files at these paths; what the camera itself would not take, the builder refuses to write.
fn web_ui(paths: &[&str]) -> Vec<u8> {
    let mut package = vec![0xBD, 0x9A, 0x0C, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4, 10, 5];
    for path in paths {
        package.extend(u32::try_from(path.len()).unwrap().to_le_bytes());
        package.extend(path.bytes());
        package.extend([1, 6, 0, 0, 0]);
        package.extend(b"pwned\n");
    }
    let size = u32::try_from(package.len()).unwrap();
    let sum = byte_sum(&package[12..]);
    package[4..8].copy_from_slice(&sum.to_le_bytes());
    package[8..12].copy_from_slice(&size.to_le_bytes());
    package
}

const CLIMBING: [&str; 9] = [
    "/index.htm",
    "/../../x",
    "/..\\..\\x",
    "/a/../../../b",
    "//etc/passwd",
    "/./././c",
    "/C:\\windows\\x",
    "/unbrick-manifest.json",
    "/index.htm/below",
];

#[test]
fn paths_of_a_web_ui_that_climb_are_written_under_safe_names() {
    let extraction = Extraction::of(&web_ui(&CLIMBING), &[]);
    assert_eq!(extraction.told(), CLIMBING.len(), "{:?}", extraction.fates());
    assert_eq!(extraction.pwned().len(), CLIMBING.len(), "{:?}", extraction.fates());
    // a name that is a folder's as well keeps the folder
    assert!(extraction.pwned().contains(&"index.htm~2") && extraction.pwned().contains(&"index.htm/below"));
}

fn zip_of(files: &[&str]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(b"pwned\n").unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn files_of_a_zip_that_climb_are_written_under_safe_names() {
    let extraction = Extraction::of(&zip_of(&CLIMBING), &[]);
    assert_eq!(extraction.told(), CLIMBING.len(), "{:?}", extraction.fates());
    assert_eq!(extraction.pwned().len(), CLIMBING.len(), "{:?}", extraction.fates());
    // one file alone is unpacked by another way, as the kernel is
    for name in CLIMBING {
        let extraction = Extraction::of(&zip_of(&[name]), &[]);
        assert_eq!(extraction.pwned().len(), 1, "{name}: {:?}", extraction.fates());
    }
}

#[test]
fn names_longer_than_this_computer_takes_do_not_stop_the_rest() {
    let long = "x".repeat(3000);
    let extraction = Extraction::of(&zip_of(&["before", &long, "after"]), &[]);
    assert_eq!(extraction.pwned(), ["after", "before"]);
    assert_eq!(extraction.answer.code, 1, "not all was written: {}", extraction.answer.out);
    assert_eq!(extraction.told(), 3);

    let mut hostile = Hostile::default();
    hostile.file(Volume::ROOT, [0x01; 60]);
    hostile.file(Volume::ROOT, "after");
    let extraction = Extraction::of(&hostile.build(), &[]);
    assert!(extraction.pwned().contains(&"after"));
}

#[test]
fn what_is_nested_without_end_is_looked_into_only_so_far() {
    let mut nested = b"pwned\n".to_vec();
    for _ in 0..20 {
        let mut hostile = Hostile::default();
        hostile.add(Volume::ROOT, "inner", Content::File(nested.into()));
        nested = hostile.build();
    }
    let extraction = Extraction::of(&nested, &["--recursive"]);
    assert_eq!(extraction.answer.code, 0);
    assert!(extraction.told() < 40);
}

#[test]
fn no_text_of_an_image_reaches_the_terminal_as_a_command() {
    let mut hostile = Hostile::default();
    hostile.symlink(Volume::ROOT, "link", "\x1B]0;pwned\x07\r\nbin");
    hostile.file(Volume::ROOT, "\x1B[2J\x07");
    hostile.file(Volume::ROOT, "right\u{202E}left");
    let image = hostile.build();
    let reading = unbrick::map::Reading::new(unbrick::image::Image::new(image, None));
    let inspection = unbrick::map::Inspection::of(&reading);
    let entries = unbrick::contents::list(reading.image(), &inspection.regions, unbrick::contents::Depth::Everything);
    let mut shown = Vec::new();
    unbrick::render::text::listing(&mut shown, &entries).unwrap();
    let shown = String::from_utf8(shown).unwrap();
    assert!(shown.contains("link"), "{shown:?}");
    // our own colour is the only thing behind an escape
    let bare = shown.replace("\x1B[", "");
    assert!(!bare.chars().any(|letter| letter.is_control() && letter != '\n'), "{shown:?}");
    assert!(!shown.contains("\x1B[2J") && !shown.contains('\u{202E}'), "{shown:?}");
    assert_eq!(shown.lines().count(), 3, "{shown:?}");
}
