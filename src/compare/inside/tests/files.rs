use super::*;
use crate::compare::inside::effort::Effort;
use crate::compare::inside::files;
use crate::compare::inside::{Aspect, Sameness, Thoroughness};
use crate::compare::tests::noise;
use crate::contents::{Bytes, Data, Entry, EntryKind};
use crate::format::romfs::{self, Content};
use crate::format::sample_dir;
use crate::image::Span;
use crate::map::Kind;

fn entry<'a>(path: &str, kind: EntryKind, bytes: &'a [u8]) -> Entry<'a> {
    let data =
        if kind.is_file() { Data::Plain(Bytes::InImage(bytes, Span::new(0, bytes.len()))) } else { Data::Nothing };
    Entry::new(path, kind, data)
}

fn file<'a>(path: &str, bytes: &'a [u8]) -> Entry<'a> {
    entry(path, EntryKind::File { executable: false }, bytes)
}

fn changes(old: &[Entry<'_>], new: &[Entry<'_>]) -> Vec<FileChange> {
    files::compare(old, new, &mut Effort::new(Thoroughness::Usual, 1 << 20)).changes
}

#[test]
fn type_mode_target_and_device_numbers_are_told_apart() {
    let link = |target: &str| EntryKind::Symlink { target: target.to_owned() };
    let hard_link = |target: &str| EntryKind::HardLink { target: target.to_owned() };
    let device = |minor| EntryKind::CharDevice { major: 81, minor };
    let old = [
        entry("bin/sh", EntryKind::File { executable: false }, b"sh"),
        entry("dev/video0", device(0), b""),
        entry("etc", link("/tmp/etc"), b""),
        entry("home", EntryKind::Directory, b""),
        entry("init", hard_link("bin/sh"), b""),
        entry("same", EntryKind::Fifo, b""),
    ];
    let new = [
        entry("bin/sh", EntryKind::File { executable: true }, b"sh"),
        entry("dev/video0", device(1), b""),
        entry("etc", link("/var/etc"), b""),
        entry("home", link("/var/home"), b""),
        entry("init", hard_link("bin/msh"), b""),
        entry("same", EntryKind::Fifo, b""),
    ];
    let differs: Vec<_> = changes(&old, &new).into_iter().map(|change| (change.path, change.differs)).collect();
    let expected = [
        ("bin/sh", Aspect::Mode),
        ("dev/video0", Aspect::Device),
        ("etc", Aspect::Target),
        ("home", Aspect::Type),
        ("init", Aspect::Target),
    ];
    assert_eq!(differs, expected.map(|(path, aspect)| (path.to_owned(), vec![aspect])));
}

#[test]
fn a_folder_that_was_moved_keeps_its_names_though_all_files_in_it_are_the_same() {
    let same = noise(1, 100);
    let old = romfs(&[("de/a.htm", &same), ("de/b.htm", &same), ("en/a.htm", &same), ("en/b.htm", &same)]);
    let new =
        romfs(&[("www/en/b.htm", &same), ("www/en/a.htm", &same), ("www/de/b.htm", &same), ("www/de/a.htm", &same)]);
    let moved: Vec<String> =
        told(&compared(&old, &new).files).into_iter().filter(|line| line.contains("htm")).collect();
    assert_eq!(
        moved,
        [
            "moved de/a.htm to www/de/a.htm",
            "moved de/b.htm to www/de/b.htm",
            "moved en/a.htm to www/en/a.htm",
            "moved en/b.htm to www/en/b.htm",
        ]
    );
}

#[test]
fn of_equal_files_as_many_are_moved_as_there_are_on_both_sides() {
    let old = [file("a", b"twin"), file("b", b"twin"), file("c", b"other")];
    let new = [file("x", b"twin"), file("y", b"other"), file("z", b"other")];
    assert_eq!(told(&changes(&old, &new)), ["removed b", "moved a to x", "moved c to y", "added z"]);
}

#[test]
fn empty_files_are_never_moved_and_a_moved_file_tells_its_new_mode() {
    let old = [file("nothing", b""), file("camera", b"program")];
    let new = [file("empty", b""), entry("ipcam", EntryKind::File { executable: true }, b"program")];
    let changes = changes(&old, &new);
    assert_eq!(told(&changes), ["added empty", "moved camera to ipcam", "removed nothing"]);
    assert_eq!(changes[1].differs, [Aspect::Mode]);
}

#[test]
fn a_path_that_is_there_twice_belongs_to_the_same_path_in_order() {
    let old = [file("twice", b"first"), file("twice", b"second")];
    let new = [file("twice", b"first"), file("twice", b"SECOND"), file("twice", b"third")];
    let changes = changes(&old, &new);
    assert_eq!(told(&changes), ["changed twice", "added twice"]);
    assert_eq!(changes[0].old.as_ref().unwrap().size, 6);
}

#[test]
fn a_romfs_is_found_and_compared_wherever_it_lies() {
    let update = fixture("update/hazel_0_37_2_61.bin");
    let whole = ["changed bin/hazel.conf", "changed bin/init", "added bin/wifiscan", "removed share/CHANGES"];
    for other in ["camera/flash.bin", "flashed/romfs.img", "flashed/romfs-with-webui.img", "dump/romfs"] {
        let comparison = compared(&fixture(other), &update);
        let lines: Vec<String> =
            told(&comparison.files).into_iter().map(|line| line.replace("romfs.img.d/", "")).collect();
        assert_eq!(lines, whole, "{other}");
    }
    let captured = crate::capture::decode(&fixture("dump/romfs.dat"));
    let comparison = compared(&captured.image, &fixture("update/romfs-2_61.img"));
    assert_eq!(told(&comparison.files), whole);
}

#[test]
fn a_file_that_was_edited_in_a_real_romfs_is_the_only_one_that_changed() {
    let Some(folder) = sample_dir() else { return };
    let dump = std::fs::read(folder.join("recovery-tool/romfs")).unwrap();
    let at = memchr::memmem::find(&dump, b"-rom1fs-").unwrap();
    let flashed = &dump[at..];
    let parsed = romfs::parse(flashed).unwrap().value;
    let mut volume = Volume::new(&parsed.volume);
    copy_edited(&Volume::from_image(&parsed, flashed).unwrap(), Volume::ROOT, &mut volume, Volume::ROOT);
    let edited = volume.build().unwrap();
    let comparison = compared(&dump, &edited);
    assert_eq!(told(&comparison.files), ["changed bin/init"]);
    assert!(matches!(&comparison.files[0].detail, Some(Detail::Text(diff)) if diff.contains("+# edited")));
    assert!(comparison.pairs.iter().any(|pair| (pair.kind, pair.sameness) == (Kind::Romfs, Sameness::Differs)));
}

/// Copies all but hard links, a line added to `init`.
fn copy_edited(from: &Volume<'_>, folder: NodeId, to: &mut Volume<'_>, into: NodeId) {
    for id in from.children(folder).to_vec() {
        let mut node = from.node(id).unwrap().clone();
        if matches!(node.content, Content::Itself | Content::Parent | Content::HardLink(_)) {
            continue;
        }
        if let (b"init", Content::File(bytes)) = (node.name.as_slice(), &mut node.content) {
            bytes.to_mut().extend(b"# edited\n");
        }
        let node = Node { content: owned(node.content), ..node };
        let is_folder = node.content == Content::Directory;
        let copy = to.add(into, node).unwrap();
        if is_folder {
            copy_edited(from, id, to, copy);
        }
    }
}

fn owned(content: Content<'_>) -> Content<'static> {
    match content {
        Content::File(bytes) => Content::File(bytes.into_owned().into()),
        Content::Streamed(len) => Content::Streamed(len),
        Content::Symlink(target) => Content::Symlink(target.into_owned().into()),
        Content::BlockDevice { major, minor } => Content::BlockDevice { major, minor },
        Content::CharDevice { major, minor } => Content::CharDevice { major, minor },
        Content::HardLink(id) => Content::HardLink(id),
        Content::Directory => Content::Directory,
        Content::Itself => Content::Itself,
        Content::Parent => Content::Parent,
        Content::Socket => Content::Socket,
        Content::Fifo => Content::Fifo,
    }
}
