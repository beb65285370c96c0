//! `unbrick pack`: what is built, what is refused, and that what was taken apart can be put together again.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::{TempDir, tempdir};
use unbrick::format::kernel_zip::{self, UnzipVerdict};
use unbrick::format::{romfs, settings, update, web_ui};

use crate::terminal::{Answer, command, fixture, names, real, samples, unbrick};

/// A folder for one test.
struct Bench(TempDir);

impl Bench {
    fn new() -> Self {
        Self(tempdir().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// Takes a file apart into `name`.
    fn extract(&self, file: &str, name: &str) -> String {
        let folder = self.path(name);
        let answer = unbrick(&["extract", file, "-o", &folder]);
        // of a whole flash it warns of the settings in it, of a damaged file of the damage
        let is_expected = |line: &str| line.contains("holds settings as they are") || answer.code == 1;
        assert!(answer.err.lines().all(is_expected), "{answer:?}");
        folder
    }

    /// Packs into `name`, which must work.
    fn pack(&self, arguments: &[&str], name: &str) -> Answer {
        let out = self.path(name);
        let answer = unbrick(&[&["pack"], arguments, &["-o", &out]].concat());
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{arguments:?}: {}", answer.out);
        answer
    }

    /// Packs, which must be refused in one sentence that says `told`, and must leave nothing behind.
    fn refused(&self, arguments: &[&str], told: &str) {
        let out = self.path("refused");
        let answer = unbrick(&[&["pack"], arguments, &["-o", &out]].concat());
        assert_eq!((answer.code, answer.out.as_str(), answer.err.lines().count()), (2, "", 1), "{answer:?}");
        assert!(answer.err.starts_with("unbrick: ") && answer.err.contains("; "), "{}", answer.err);
        assert!(answer.err.contains(told), "{told:?} is not in {}", answer.err);
        let left =
            names(self.0.path()).into_iter().filter(|name| name.starts_with("refused") || name.contains(".unbrick-"));
        assert_eq!(left.count(), 0);
    }
}

/// The changes that the document tells, as `change path`.
fn changes(document: &Value) -> Vec<String> {
    let told = |change: &Value| format!("{} {}", change["change"].as_str().unwrap(), change["path"].as_str().unwrap());
    document["changes"].as_array().unwrap().iter().map(told).collect()
}

/// Takes the romfs at `file` apart and puts it together again; what came out must be `expected`.
fn assert_packs_back(file: &str, expected: &[u8]) {
    let bench = Bench::new();
    let folder = bench.extract(file, "files");
    let answer = bench.pack(&["romfs", &folder, "--like", file], "again.img");
    assert!(bench.read("again.img") == expected, "{file}: {}", answer.out);
    assert!(answer.prose().contains("byte for byte"), "{}", answer.out);
    fs::remove_file(bench.path("files/unbrick-manifest.json")).unwrap();
    bench.pack(&["romfs", &folder, "--like", file], "without-manifest.img");
    assert!(bench.read("without-manifest.img") == expected, "{file} without its manifest");
}

#[test]
fn every_romfs_that_was_taken_apart_is_packed_byte_for_byte() {
    let romfs = fixture("flashed/romfs.img");
    assert_packs_back("fixtures/flashed/romfs.img", &romfs);
    assert_packs_back("fixtures/dump/romfs", &romfs);
    assert_packs_back("fixtures/dump/romfs.dat", &romfs);
    assert_packs_back("fixtures/update/romfs-2_61.img", &fixture("update/romfs-2_61.img"));
}

#[test]
fn a_romfs_in_a_flash_image_or_an_update_can_be_packed_after() {
    let bench = Bench::new();
    let folder = bench.extract("fixtures/flashed/romfs.img", "files");
    for original in ["camera/flash.bin", "update/hazel_0_37_2_60.bin", "flashed/romfs-with-webui.img"] {
        let answer = bench.pack(&["romfs", &folder, "--force", "--like", &format!("fixtures/{original}")], "again.img");
        assert!(bench.read("again.img") == fixture("flashed/romfs.img"), "{original}");
        assert!(answer.prose().contains(&format!("It is the romfs in fixtures/{original}, byte for byte")));
    }
}

#[test]
fn the_real_romfs_is_packed_byte_for_byte() {
    let Some(dump) = real("romfs") else { return };
    let image = fs::read(&dump).unwrap()[256..].to_vec();
    assert_packs_back(&dump, &image);
}

#[test]
fn the_volumes_of_other_systems_are_packed_byte_for_byte() {
    let Some(folder) = samples() else { return };
    for name in ["one-file", "nuttx-nsh", "nuttx-testdir", "all-eight-types", "escaping-symlinks"] {
        let path = folder.join(format!("romfs/{name}.romfs"));
        assert_packs_back(path.to_str().unwrap(), &fs::read(&path).unwrap());
    }
    let looped = folder.join("romfs/malformed-directory-loop.romfs");
    let bench = Bench::new();
    let files = bench.extract(looped.to_str().unwrap(), "files");
    bench.refused(
        &["romfs", &files, "--like", looped.to_str().unwrap()],
        "cannot be built after: the header checksum of",
    );
}

#[test]
fn a_romfs_that_no_camera_has_room_for_is_built_with_a_warning() {
    let bench = Bench::new();
    bench.write("files/bin/init", b"mount -t proc\n");
    let fits = bench.pack(&["romfs", &bench.path("files")], "fits.img");
    assert!(fits.prose().contains("unbrick pack update") && !fits.out.contains("Warning"), "{}", fits.out);
    for (name, len) in [("files/data", 2 << 20), ("files/more", 70 << 20)] {
        // a file with holes on disk, so that it takes no time
        fs::File::create(bench.path(name)).unwrap().set_len(len).unwrap();
        let answer = bench.pack(&["romfs", &bench.path("files"), "--force"], "large.img");
        let told = "Warning: no known camera takes it; in the largest flash, of 4 MB, a romfs can have at most 1,834,956 \
                    bytes (certain: ";
        assert!(answer.prose().contains(told), "{}", answer.out);
        assert!(!answer.prose().contains("unbrick pack update"), "{}", answer.out);
    }
}

#[test]
fn a_romfs_without_a_first_program_is_one_for_another_system() {
    let bench = Bench::new();
    fs::create_dir(bench.path("empty")).unwrap();
    bench.write("data/motd", b"hello\n");
    for folder in ["empty", "data"] {
        let answer = bench.pack(&["romfs", &bench.path(folder), "--force"], "other.img");
        let told = "No camera starts from it, for it has none of the programs that the kernel starts first: /sbin/init, \
                    /etc/init, /bin/init and /bin/sh; for another system it may be right as it is.";
        assert!(answer.prose().contains(told), "{}", answer.out);
        assert!(!answer.prose().contains("unbrick pack update"), "{}", answer.out);
    }
}

#[test]
fn a_folder_out_of_a_cut_romfs_is_packed_only_if_that_is_wanted() {
    let bench = Bench::new();
    let image = fixture("flashed/romfs.img");
    let camera = romfs::parse(&image).unwrap().value;
    let camera = camera.entries.iter().find(|entry| entry.path == "/bin/camera").unwrap().data;
    let half = bench.write("half.img", &image[..camera.start() + 10_000]);
    let folder = bench.path("files");
    assert_eq!(unbrick(&["extract", &half, "-o", &folder]).code, 1);
    bench.refused(&["romfs", &folder], "`bin/camera` is cut: 10,000 of its 21,688 bytes are here");
    bench.write("files/bin/camera", camera.of(&image));
    bench.refused(&["romfs", &folder], "so that things may be missing in it: the romfs says that it is");
    let answer = bench.pack(&["romfs", &folder, "--anyway"], "anyway.img");
    assert!(answer.prose().contains("Taken as it is: it was extracted from a damaged file"), "{}", answer.out);
}

#[test]
fn a_damaged_program_that_was_replaced_by_a_whole_one_of_the_same_length_is_packed() {
    let bench = Bench::new();
    let mut image = fixture("flashed/romfs.img");
    let camera = romfs::parse(&image).unwrap().value;
    let camera = camera.entries.iter().find(|entry| entry.path == "/bin/camera").unwrap().data;
    let whole = camera.of(&image).to_vec();
    image[camera.end() - 1000] ^= 0x01;
    let damaged = bench.write("damaged.img", &image);
    let folder = bench.path("files");
    assert_eq!(unbrick(&["extract", &damaged, "-o", &folder]).code, 1);
    bench.refused(&["romfs", &folder], "`bin/camera` is damaged: the packed part");
    bench.write("files/bin/camera", &whole);
    bench.pack(&["romfs", &folder, "--like", &damaged, "--keep-modes"], "mended.img");
    assert!(bench.read("mended.img") == fixture("flashed/romfs.img"));
}

#[test]
fn the_same_folder_gives_the_same_bytes_wherever_it_lies() {
    let bench = Bench::new();
    for (root, order) in [("one", [0, 1, 2, 3]), ("two", [3, 1, 2, 0])] {
        let files = ["bin/init", "bin/sh", "a.b", "a/b"];
        order
            .iter()
            .for_each(|index| drop(bench.write(&format!("{root}/{}", files[*index]), files[*index].as_bytes())));
    }
    bench.pack(&["romfs", &bench.path("one")], "one.img");
    bench.pack(&["romfs", &bench.path("two")], "two.img");
    let image = bench.read("one.img");
    assert!(image == bench.read("two.img"));
    let parsed = romfs::parse(&image).unwrap().value;
    assert!(parsed.is_verified());
    assert_eq!((parsed.volume.as_str(), image.len() % 1024), ("romfs", 0));
    let paths: Vec<&str> = parsed.files().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["/a", "/a/b", "/a.b", "/bin", "/bin/init", "/bin/sh"]);
}

#[test]
fn what_changed_in_the_folder_is_told_and_packed() {
    let bench = Bench::new();
    let folder = bench.extract("fixtures/flashed/romfs.img", "files");
    bench.write("files/bin/hazel.conf", b"ssid=other\n");
    bench.write("files/bin/aaa", b"new");
    fs::remove_file(bench.path("files/share/CHANGES")).unwrap();
    let arguments = ["romfs", &folder, "--like", "fixtures/flashed/romfs.img", "--format", "json"];
    let document = bench.pack(&arguments, "changed.img").json();
    assert_eq!(changes(&document), ["added bin/aaa", "changed bin/hazel.conf", "removed share/CHANGES"]);
    assert_eq!(document["changes_against"], "fixtures/flashed/romfs.img");
    let listed =
        unbrick(&["diff", "fixtures/flashed/romfs.img", &bench.path("changed.img"), "--format", "json"]).json();
    let told: Vec<String> = listed["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| {
            format!("{} {}", file["status"].as_str().unwrap(), file["path"].as_str().unwrap().trim_start_matches('/'))
        })
        .collect();
    for change in changes(&document) {
        assert!(
            told.iter().any(|told| told.ends_with(change.split_once(' ').unwrap().1)),
            "{change} is not in {told:?}"
        );
    }
    let paths = unbrick(&["ls", &bench.path("changed.img"), "bin"]).out;
    assert!(paths.trim_end().ends_with("bin/aaa"), "what is new comes last: {paths}");
}

#[test]
fn devices_come_from_the_manifest_and_the_manifest_stays_out() {
    let bench = Bench::new();
    let folder = bench.extract("fixtures/flashed/romfs.img", "files");
    bench.pack(&["romfs", &folder], "sorted.img");
    bench.pack(&["romfs", &bench.path("files/unbrick-manifest.json")], "named.img");
    assert!(bench.read("sorted.img") == bench.read("named.img"));
    let paths = |image: &[u8]| {
        let mut paths: Vec<String> = romfs::parse(image).unwrap().value.files().map(|e| e.path.clone()).collect();
        paths.sort();
        paths
    };
    assert_eq!(paths(&bench.read("sorted.img")), paths(&fixture("flashed/romfs.img")));
    fs::rename(bench.path("files/unbrick-manifest.json"), bench.path("files/bin/other.json")).unwrap();
    let again = bench.pack(&["romfs", &folder], "bare.img");
    assert!(again.out.contains("files"), "{}", again.out);
    assert!(paths(&bench.read("bare.img")).contains(&"/bin/other.json".to_owned()), "a name that says nothing");
}

#[cfg(unix)]
#[test]
fn links_are_stored_and_never_followed() {
    let bench = Bench::new();
    bench.write("tree/sub/file", b"inside");
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, bench.path(name)).unwrap();
    link("/etc", "tree/abs");
    link("../../outside", "tree/sub/out");
    link("tree", "tree/loop");
    fs::hard_link(bench.path("tree/sub/file"), bench.path("tree/twin")).unwrap();
    bench.pack(&["romfs", &bench.path("tree")], "tree.img");
    let image = bench.read("tree.img");
    let parsed = romfs::parse(&image).unwrap().value;
    let target = |path: &str| {
        let entry = parsed.files().find(|entry| entry.path == path).unwrap();
        (entry.kind, String::from_utf8(entry.data.of(&image).to_vec()).unwrap())
    };
    assert_eq!(target("/abs"), (romfs::EntryKind::Symlink, "/etc".to_owned()));
    assert_eq!(target("/sub/out"), (romfs::EntryKind::Symlink, "../../outside".to_owned()));
    assert_eq!(target("/loop"), (romfs::EntryKind::Symlink, "tree".to_owned()));
    assert!(matches!(target("/twin").0, romfs::EntryKind::HardLink { .. }));
}

#[cfg(unix)]
#[test]
fn a_pipe_or_socket_of_this_computer_is_told() {
    let bench = Bench::new();
    bench.write("tree/file", b"");
    let _socket = std::os::unix::net::UnixListener::bind(bench.path("tree/log")).unwrap();
    bench.refused(&["romfs", &bench.path("tree")], "`log` is a socket of this computer");
    bench.refused(&["webui", &bench.path("tree"), "--version", "1.2.3.4"], "`log` is a socket");
}

#[test]
fn a_romfs_that_cannot_be_is_not_built() {
    let bench = Bench::new();
    let tree = bench.path("tree");
    bench.write(&format!("tree/{}", "n".repeat(128)), b"");
    bench.refused(&["romfs", &tree], "must have 1 to 127 bytes");
    fs::remove_dir_all(&tree).unwrap();
    bench.write("tree/file", b"");
    bench.refused(&["romfs", &tree, "--volume", &"v".repeat(128)], "cannot be the name of a romfs");
    bench.refused(&["romfs", &bench.path("nothing")], "there is no such folder");
    bench.refused(&["romfs", "fixtures/flashed/romfs.img"], "is a romfs already, and is built from a folder");
    bench.refused(&["romfs", &tree, "--like", "fixtures/flashed/webui.bin"], "holds no romfs (found: web UI)");
    bench.write("tree/unbrick-manifest.json", b"{}");
    bench.refused(&["romfs", &tree], "unbrick-manifest.json: is no record of an extraction");
    bench.write("tree/unbrick-manifest.json", br#"{"schema": "unbrick.manifest/9", "from": "", "entries": []}"#);
    bench.refused(&["romfs", &tree], "its schema is `unbrick.manifest/9`");
}

#[test]
fn a_folder_that_holds_more_than_the_files_of_a_romfs_is_refused() {
    let bench = Bench::new();
    let flash = bench.extract("fixtures/camera/flash.bin", "flash");
    bench.refused(&["romfs", &flash], "holds what was in a flash image, and not the files of a romfs");
    let pages = bench.extract("fixtures/flashed/webui.bin", "pages");
    bench.refused(&["romfs", &pages], "holds what was in a web UI");
    let recursive = bench.path("recursive");
    assert_eq!(unbrick(&["extract", "-r", "fixtures/flashed/romfs.img", "-o", &recursive]).code, 0);
    bench.refused(&["romfs", &recursive], "was extracted with `--recursive`");
    let files = bench.extract("fixtures/flashed/romfs.img", "files");
    for place in ["files/new.img", "files/bin/new.img", "files/not/there/new.img"] {
        let inside = unbrick(&["pack", "romfs", &files, "-o", &bench.path(place)]);
        assert_eq!(inside.code, 2);
        assert!(inside.err.contains("lies in the folder that is packed"), "{}", inside.err);
    }
}

#[test]
fn a_result_that_is_there_is_replaced_by_force_only() {
    let bench = Bench::new();
    let there = bench.write("there", b"mine");
    let folder = bench.extract("fixtures/flashed/webui.bin", "pages");
    let conf = fixture("settings/params.bin");
    let settings = bench.write("params.bin", &conf);
    let kernel = "fixtures/flashed/linux.zip";
    for arguments in
        [&["webui", &folder, "--version", "1.2.3.4"][..], &["settings", &settings], &["update", "--kernel", kernel]]
    {
        let arguments = [&["pack"], arguments, &["-o", &there]].concat();
        let answer = unbrick(&arguments);
        assert_eq!((answer.code, answer.out.as_str()), (2, ""));
        assert!(answer.err.contains("exists already and was left as it is"), "{}", answer.err);
        assert_eq!(bench.read("there"), b"mine");
        assert_eq!(unbrick(&[&arguments[..], &["--force"]].concat()).code, 0);
        assert_ne!(bench.read("there"), b"mine");
        bench.write("there", b"mine");
    }
}

#[test]
fn a_kernel_is_packed_as_the_boot_loader_wants_it() {
    let bench = Bench::new();
    let kernel = command(&["cat", "fixtures/flashed/linux.zip", "linux.bin"]).output().unwrap().stdout;
    let input = bench.write("linux.bin", &kernel);
    for level in ["1", "9"] {
        let answer = bench.pack(&["kernel", &input, "--level", level, "--force"], "linux.zip");
        assert!(answer.out.contains("Executing image 7 ..."), "{}", answer.out);
        let zip = bench.read("linux.zip");
        let parsed = kernel_zip::parse(&zip).unwrap();
        assert_eq!(parsed.findings, []);
        assert_eq!((parsed.value.name.as_str(), parsed.value.method, parsed.value.members), ("linux.bin", 8, 1));
        assert_eq!(parsed.value.boot, UnzipVerdict::Unpacks);
        assert!(kernel_zip::unpack(&zip).unwrap() == kernel);
    }
    bench.pack(&["kernel", &input], "again.zip");
    assert!(bench.read("again.zip") == bench.read("linux.zip"), "the time is the kernel's own");
    let packed_at = kernel_zip::parse(&fixture("flashed/linux.zip")).unwrap().value.modified.civil().unwrap();
    bench.pack(&["kernel", &input, "--time", &packed_at.to_string()], "as-flashed.zip");
    assert!(bench.read("as-flashed.zip") == fixture("flashed/linux.zip"));
    bench.pack(&["kernel", &input, "--level", "max", "--time", "2011-02-03T04:05:06"], "max.zip");
    assert!(bench.read("max.zip").len() < bench.read("linux.zip").len());
    assert!(kernel_zip::unpack(&bench.read("max.zip")).unwrap() == kernel);
}

#[test]
fn what_is_no_unpacked_kernel_is_told() {
    let bench = Bench::new();
    bench.refused(&["kernel", "fixtures/flashed/linux.zip"], "is a zip already");
    bench.refused(&["kernel", "fixtures/flashed/romfs.img"], "does not start like a kernel of these cameras");
    let gzip = bench.write("linux.gz", b"\x1F\x8B\x08\0\0\0\0\0\0\x03 and more");
    bench.refused(&["kernel", &gzip], "is a gzip already");
    let elf = bench.write("vmlinux", b"\x7FELF\x01\x01\x01\0");
    bench.refused(&["kernel", &elf], "is an ELF file");
    let big = bench.write("big", &vec![0xA5; 0x30_0000]);
    bench.refused(&["kernel", &big, "--anyway"], "would overwrite the boot loader's buffer");
    let some = bench.write("some", &[0xA5; 5000]);
    let answer = unbrick(&["pack", "kernel", &some, "--anyway", "-o", &bench.path("some.zip")]);
    assert_eq!(answer.code, 0, "its name makes it a kernel: {}", answer.out);
    let stored = unbrick(&["pack", "kernel", &some, "--level", "0", "-o", &bench.path("stored.zip")]);
    assert_eq!((stored.code, stored.out.as_str()), (2, ""));
    assert!(stored.err.contains("must be compressed"), "{}", stored.err);
}

#[test]
fn a_web_ui_that_was_taken_apart_is_packed_byte_for_byte() {
    let bench = Bench::new();
    let folder = bench.extract("fixtures/flashed/webui.bin", "pages");
    for original in ["flashed/webui.bin", "camera/flash.bin"] {
        bench.pack(&["webui", &folder, "--force", "--like", &format!("fixtures/{original}")], "again.bin");
        assert!(bench.read("again.bin") == fixture("flashed/webui.bin"), "{original}");
    }
    bench.pack(&["webui", &folder, "--version", "2.4.10.5"], "sorted.bin");
    let sorted = web_ui::parse(&bench.read("sorted.bin")).unwrap();
    assert_eq!((sorted.findings, sorted.value.version.to_string().as_str()), (vec![], "2.4.10.5"));
    let paths: Vec<&str> = sorted.value.entries.iter().map(|entry| entry.path.as_str()).collect();
    assert!(paths.is_sorted() && paths.len() == 17, "{paths:?}");
    bench.write("pages/new/page.htm", b"<html>");
    fs::remove_file(bench.path("pages/live.htm")).unwrap();
    bench.write("pages/hazel.css", b"other");
    let like = ["webui", &folder, "--like", "fixtures/flashed/webui.bin", "--format", "json"];
    let document = bench.pack(&like, "changed.bin").json();
    assert_eq!(changes(&document), ["removed /live.htm", "changed /hazel.css", "added /new", "added /new/page.htm"]);
}

#[test]
fn a_web_ui_that_would_make_the_camera_restart_is_not_built() {
    let bench = Bench::new();
    let tree = bench.path("tree");
    let version = ["--version", "1.2.3.4"];
    fs::create_dir(&tree).unwrap();
    bench.refused(&[&["webui", &tree], &version[..]].concat(), "there is no file in it");
    bench.write(&format!("tree/{}/{}", "d".repeat(50), "f".repeat(49)), b"");
    bench.refused(&[&["webui", &tree], &version[..]].concat(), "the path has 101 bytes, more than 100");
    fs::remove_dir_all(&tree).unwrap();
    bench.write(&format!("tree/{}/{}", "d".repeat(50), "f".repeat(48)), b"");
    bench.pack(&[&["webui", &tree], &version[..]].concat(), "just.bin");
    let head = fs::metadata(bench.path("just.bin")).unwrap().len();
    // an entry of a file called `x` takes 4 + 2 + 1 + 4 bytes beside its data
    let room = |limit: u64| usize::try_from(limit - head - 11).unwrap();
    bench.write("tree/x", &vec![1; room(0x7_0000)]);
    bench.pack(&[&["webui", &tree, "--board", "2m", "--force"], &version[..]].concat(), "just.bin");
    assert_eq!(bench.read("just.bin").len(), 0x7_0000);
    bench.write("tree/x", &vec![1; room(0x7_0001)]);
    bench.refused(
        &[&["webui", &tree, "--board", "2m"], &version[..]].concat(),
        "would make a web UI of 458,753 bytes; a camera with 2 MB of flash takes at most 458,752 bytes",
    );
    let answer = bench.pack(&[&["webui", &tree], &version[..]].concat(), "large.bin");
    assert!(answer.prose().contains("A camera with 2 MiB of flash refuses it"), "{}", answer.out);
    bench.write("tree/x", &vec![1; room(0x20_0001)]);
    bench.refused(&[&["webui", &tree], &version[..]].concat(), "any camera takes at most 2,097,152 bytes");
}

#[test]
fn an_update_that_was_taken_apart_is_packed_byte_for_byte() {
    for original in ["update/hazel_0_37_2_60.bin", "update/hazel_0_37_2_61.bin"] {
        let bench = Bench::new();
        bench.extract(&format!("fixtures/{original}"), "parts");
        let (kernel, romfs, tail) =
            (bench.path("parts/linux.zip"), bench.path("parts/romfs.img"), bench.path("parts/tail.bin"));
        let mut arguments = vec!["update", "--kernel", &kernel, "--romfs", &romfs];
        if Path::new(&tail).exists() {
            arguments.extend(["--tail", &tail]);
        }
        bench.pack(&arguments, "again.bin");
        assert!(bench.read("again.bin") == fixture(original), "{original}");
    }
}

#[test]
fn an_update_may_have_one_part() {
    let bench = Bench::new();
    let parts = [("--kernel", "fixtures/flashed/linux.zip"), ("--romfs", "fixtures/flashed/romfs.img")];
    for (option, file) in parts {
        bench.pack(&["update", option, file, "--force"], "one.bin");
        let update = bench.read("one.bin");
        let Ok(update::Update::System(system)) = update::parse(&update).map(|parsed| parsed.value) else { panic!() };
        let (there, empty) =
            if option == "--kernel" { (system.kernel, system.romfs) } else { (system.romfs, system.kernel) };
        assert!(there.of(&update) == fs::read(crate::terminal::project().join(file)).unwrap() && empty.is_empty());
    }
    let neither = unbrick(&["pack", "update", "-o", &bench.path("neither.bin")]);
    assert_eq!((neither.code, neither.out.as_str()), (2, ""));
}

#[test]
fn parts_that_no_camera_could_start_are_refused() {
    let bench = Bench::new();
    bench.refused(&["update", "--kernel", "fixtures/dump/linux"], "would answer `ERROR: unzip failed! -5`");
    bench.refused(&["update", "--kernel", "fixtures/flashed/romfs.img"], "holds no kernel (found: romfs)");
    let kernel = command(&["cat", "fixtures/flashed/linux.zip", "linux.bin"]).output().unwrap().stdout;
    let raw = bench.write("linux.bin", &kernel);
    bench.refused(&["update", "--kernel", &raw], "is a kernel that is not packed");
    let mut broken = fixture("flashed/romfs.img");
    broken[0x28] ^= 1;
    let broken = bench.write("broken.img", &broken);
    bench.refused(&["update", "--romfs", &broken], "checksum");
    let mut wrong = fixture("flashed/linux.zip");
    wrong[0x0E] ^= 1;
    let wrong = bench.write("wrong.zip", &wrong);
    bench.refused(&["update", "--kernel", &wrong], "to other bytes than were packed");
    let tail = bench.write("tail", &[0; 0x401]);
    bench.refused(&["update", "--romfs", "fixtures/flashed/romfs.img", "--tail", &tail], "nothing that long follows");

    let out = bench.path("anyway.bin");
    for (option, file, findings) in
        [("--kernel", "fixtures/dump/linux", "kernel-truncated"), ("--romfs", &broken, "romfs-")]
    {
        let answer = unbrick(&["pack", "update", option, file, "--anyway", "--force", "-o", &out]);
        assert_eq!(answer.code, 1, "{}", answer.out);
        assert!(answer.out.contains(findings), "{}", answer.out);
    }
    let answer = bench.pack(&["update", "--kernel", &raw, "--anyway"], "raw.bin");
    assert!(answer.out.contains("-acx\n"), "{}", answer.out);
}

/// Footers as packages-and-formats.md section 1 has them for the real parts.
#[test]
fn the_real_parts_make_the_update_and_the_footers_that_the_facts_name() {
    let Some(folder) = samples() else { return };
    let bench = Bench::new();
    let dump = folder.join("recovery-tool");
    assert_eq!(unbrick(&["convert", dump.to_str().unwrap(), "-o", &bench.path("set")]).code, 0);
    let (kernel, romfs) = (bench.path("set/linux.zip"), bench.path("set/romfs.img"));
    let arguments = ["update", "--kernel", &kernel, "--romfs", &romfs, "--format", "json"];
    let document = bench.pack(&arguments, "update.bin").json();
    assert_eq!((document["schema"].as_str(), document["size"].as_u64()), (Some("unbrick.pack/1"), Some(1_810_788)));
    let numbers = |footer: &Value| {
        ["image", "base", "size", "load", "image_checksum", "footer", "checksum"]
            .map(|field| footer[field].as_u64().unwrap())
    };
    let footers = document["footers"].as_array().unwrap();
    assert_eq!(numbers(&footers[0]), [7, 0x7F02_0000, 0xA_DD50, 0x8000, 0x9EF5_D166, 0x7F0C_FFCC, 0x622B_B938]);
    assert_eq!(numbers(&footers[1]), [6, 0x7F0D_0000, 0x10_C400, 0x7F0D_0000, 0x5D99_EFA2, 0x7F1D_FFCC, 0xB057_AE68]);
    bench.extract(&bench.path("update.bin"), "parts");
    assert!(bench.read("parts/linux.zip") == bench.read("set/linux.zip"));
    assert!(bench.read("parts/romfs.img") == bench.read("set/romfs.img"));
}

#[test]
fn edited_settings_get_their_checksum_and_nothing_else() {
    let bench = Bench::new();
    let mut edited = fixture("settings/params.bin");
    edited[0x21..0x26].copy_from_slice(b"Attic");
    let input = bench.write("params.bin", &edited);
    let document = bench.pack(&["settings", &input, "--format", "json"], "sealed.bin").json();
    assert_eq!(changes(&document), ["changed camera settings at 0x0"]);
    let sealed = bench.read("sealed.bin");
    assert!(settings::parse(&sealed).unwrap().value.is_verified());
    assert_eq!((&sealed[..4], &sealed[8..]), (&edited[..4], &edited[8..]));
    let answer = bench.pack(&["settings", &bench.path("sealed.bin")], "again.bin");
    assert!(bench.read("again.bin") == sealed);
    assert!(answer.prose().contains("All checksums were right already"), "{}", answer.out);
}

#[test]
fn all_settings_in_a_block_of_the_flash_get_their_checksums() {
    let bench = Bench::new();
    let mut sector = fixture("camera/flash.bin")[0x1F_0000..0x20_0000].to_vec();
    for block in [0x0, 0x7000, 0x7100, 0x7200, 0x8000, 0xF000] {
        sector[block + 0x10] ^= 0x55;
    }
    let input = bench.write("sector.bin", &sector);
    let document = bench.pack(&["settings", &input, "--format", "json"], "sealed.bin").json();
    assert_eq!(changes(&document).len(), 6, "{}", document["changes"]);
    let sealed = bench.read("sealed.bin");
    for block in [0x0, 0x7000, 0x7100, 0x7200, 0x8000, 0xF000] {
        assert!(settings::parse(&sealed[block..]).unwrap().value.is_verified(), "0x{block:X}");
    }
}

#[test]
fn what_a_flash_is_taken_apart_to_is_what_pack_takes_back() {
    let bench = Bench::new();
    bench.extract("fixtures/camera/flash.bin", "parts");
    for name in names(Path::new(&bench.path("parts"))).iter().filter(|name| name.starts_with("settings")) {
        bench.pack(&["settings", &bench.path(&format!("parts/{name}")), "--force"], "again.bin");
        assert!(bench.read("again.bin") == bench.read(&format!("parts/{name}")), "{name}");
    }
    for (part, inside) in [("romfs.img", "files"), ("webui.bin", "pages")] {
        let part_path = bench.path(&format!("parts/{part}"));
        let folder = bench.extract(&part_path, inside);
        let what = if part == "romfs.img" { "romfs" } else { "webui" };
        bench.pack(&[what, &folder, "--like", &part_path, "--force"], "again.bin");
        assert!(bench.read("again.bin") == bench.read(&format!("parts/{part}")), "{part}");
    }
}

#[test]
fn settings_whose_length_was_changed_are_refused() {
    let bench = Bench::new();
    let whole = fixture("settings/params.bin");
    let short = bench.write("short.bin", &whole[..5000]);
    bench.refused(&["settings", &short], "lacks 352 bytes of the settings at 0x0");
    let long = bench.write("long.bin", &[whole.as_slice(), b"more than there was"].concat());
    bench.refused(&["settings", &long], "has bytes beside the settings");
    bench.refused(&["settings", "fixtures/camera/flash.bin"], "is no block of settings (found: flash image)");
}
