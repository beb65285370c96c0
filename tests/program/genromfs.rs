//! `unbrick pack romfs` beside other programs that write and read volumes, where they are installed: genromfs, and the
//! Python package `romfs`.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::{TempDir, tempdir};

use crate::terminal::unbrick;

/// Whether a program is installed; says so if it is not.
fn is_installed(program: &str) -> bool {
    let mut probe = Command::new(program);
    let found = probe.arg("-h").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        eprintln!("skipped: {program} is not installed");
    }
    found
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A tree with all that a folder can hold. Within each folder things are made in sorted order, or in the reverse.
struct Tree {
    dir: TempDir,
    root: PathBuf,
}

#[derive(Clone, Copy)]
enum Thing {
    File(&'static [u8]),
    Folder,
    Link(&'static str),
}

const FILES: [(&str, &[u8]); 8] = [
    ("bin/init", b"#!/bin/sh\nmount -t proc proc /proc\n"),
    ("bin/sh", &[0x5A; 5000]),
    ("empty", b""),
    ("etc.d/a", b"x"),
    ("etc.d/b", &[7; 15]),
    ("etc.d/c", &[8; 16]),
    ("etc.d/deep/er/still", &[9; 17]),
    ("z", b"last"),
];

impl Tree {
    fn new(place: Option<&Path>, reversed: bool) -> Self {
        let dir = place.map_or_else(tempdir, tempfile::tempdir_in).unwrap();
        let root = dir.path().join("tree");
        let mut things: Vec<(&str, Thing)> = FILES.map(|(path, bytes)| (path, Thing::File(bytes))).to_vec();
        things.extend(["bin", "dev", "etc.d", "etc.d/deep", "etc.d/deep/er"].map(|path| (path, Thing::Folder)));
        things.extend([("bin/link", Thing::Link("../z")), ("out", Thing::Link("/etc/passwd"))]);
        things.sort_by_key(|(path, _)| *path);
        if reversed {
            things.reverse();
        }
        // a folder has to be there before what is in it; the sort keeps the order of all else
        things.sort_by_key(|(path, _)| path.matches('/').count());
        fs::create_dir(&root).unwrap();
        for (path, thing) in things {
            match thing {
                Thing::File(bytes) => fs::write(root.join(path), bytes).unwrap(),
                Thing::Folder => fs::create_dir(root.join(path)).unwrap(),
                Thing::Link(target) => symlink(target, root.join(path)).unwrap(),
            }
        }
        fs::set_permissions(root.join("bin/sh"), fs::Permissions::from_mode(0o755)).unwrap();
        Self { dir, root }
    }

    fn root(&self) -> &str {
        self.root.to_str().unwrap()
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).to_str().unwrap().to_owned()
    }

    /// The image that genromfs makes of it.
    fn by_genromfs(&self, name: &str, options: &[&str]) -> String {
        let image = self.path(name);
        run("genromfs", &[&["-f", &image, "-d", self.root()], options].concat());
        image
    }

    /// The image that `pack romfs` makes of it.
    fn by_unbrick(&self, name: &str, options: &[&str]) -> String {
        let image = self.path(name);
        let answer = unbrick(&[&["pack", "romfs", self.root(), "-o", &image], options].concat());
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{}", answer.out);
        image
    }

    /// Devices, if this user may make them, and hard links.
    fn add_what_genromfs_knows(&self) {
        fs::hard_link(self.root.join("bin/sh"), self.root.join("bin/ash")).unwrap();
        fs::hard_link(self.root.join("z"), self.root.join("etc.d/first")).unwrap();
        let made = |arguments: &[&str]| {
            let path = self.root.join("dev").join(arguments[0]);
            let mut mknod = Command::new("mknod");
            mknod.arg(path).args(&arguments[1..]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        };
        if !made(&["console", "c", "5", "1"]) || !made(&["rom0", "b", "31", "300"]) {
            eprintln!("without devices: this user may not make any");
        }
        made(&["pipe", "p"]);
    }
}

#[test]
fn what_genromfs_made_is_taken_apart_and_packed_byte_for_byte() {
    if !is_installed("genromfs") {
        return;
    }
    let tree = Tree::new(None, false);
    tree.add_what_genromfs_knows();
    let cases: [&[&str]; 8] = [
        &[],
        &["-V", ""],
        &["-V", "a name of more than sixteen bytes"],
        &["-a", "4096"],
        &["-a", "64", "-V", "x"],
        &["-A", "1024,sh"],
        &["-A", "256,/bin", "-A", "128,link", "-A", "64,console"],
        &["-a", "32", "-A", "2048,*"],
    ];
    for (number, options) in cases.into_iter().enumerate() {
        let image = tree.by_genromfs(&format!("{number}.img"), options);
        let folder = tree.path(&format!("{number}"));
        assert_eq!(unbrick(&["extract", &image, "-o", &folder]).code, 0);
        let again = tree.path(&format!("{number}-again.img"));
        let answer = unbrick(&["pack", "romfs", &folder, "--like", &image, "-o", &again]);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{options:?}: {}", answer.out);
        assert!(fs::read(&again).unwrap() == fs::read(&image).unwrap(), "{options:?}: {}", answer.out);
        assert!(answer.prose().contains("byte for byte"), "{options:?}: {}", answer.out);
    }
}

/// A tree in which this system lists every folder in sorted order, so that genromfs does as well.
fn sorted_tree() -> Option<Tree> {
    let is_sorted = |folder: &Path| {
        let names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.is_sorted()
    };
    let memory = Path::new("/dev/shm");
    let places = [memory.is_dir().then_some(memory), None];
    let trees = places.into_iter().flat_map(|place| [false, true].map(|reversed| Tree::new(place, reversed)));
    let found = trees.into_iter().find(|tree| {
        ["", "bin", "etc.d"].iter().all(|folder| is_sorted(&tree.root.join(folder)))
            // `.` and `..` have to come first as well, which `read_dir` does not show
            && run("ls", &["-f", tree.root()]).starts_with(".\n..\n")
    });
    if found.is_none() {
        eprintln!("skipped: no disk here lists folders in sorted order");
    }
    found
}

#[test]
fn a_sorted_tree_is_packed_as_genromfs_packs_it() {
    if !is_installed("genromfs") {
        return;
    }
    let Some(tree) = sorted_tree() else { return };
    for (number, (theirs, ours)) in [
        (&["-V", "romfs"][..], &[][..]),
        (&["-V", "rom 4cfdc420"], &["--volume", "rom 4cfdc420"]),
        (&["-V", ""], &["--volume", ""]),
        (&["-V", "romfs", "-a", "512"], &["--align", "512"]),
    ]
    .into_iter()
    .enumerate()
    {
        let theirs = tree.by_genromfs(&format!("theirs-{number}.img"), theirs);
        let ours = tree.by_unbrick(&format!("ours-{number}.img"), ours);
        assert!(fs::read(&ours).unwrap() == fs::read(&theirs).unwrap(), "{ours} is not {theirs}");
    }
}

#[test]
fn another_reader_finds_the_same_in_our_volume_as_in_that_of_genromfs() {
    if !is_installed("genromfs") || !is_installed("romfs") {
        return;
    }
    let tree = Tree::new(None, false);
    let images = [tree.by_genromfs("theirs.img", &["-V", "romfs"]), tree.by_unbrick("ours.img", &[])];
    let listings = images.each_ref().map(|image| {
        let mut lines: Vec<String> = run("romfs", &["list", image]).lines().map(str::to_owned).collect();
        lines.sort();
        lines
    });
    assert!(listings[0].len() > FILES.len(), "{listings:?}");
    assert_eq!(listings[0], listings[1]);
    // it ends with 1 if one byte of one file differs
    run("romfs", &["diff", &images[0], &images[1]]);
}
