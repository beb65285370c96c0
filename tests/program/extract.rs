//! `unbrick ls`, `cat` and `extract` on what cameras hold.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::tempdir;
use unbrick::format::romfs;

use crate::terminal::{Answer, command, fixture, fixtures, names, real, tree, unbrick};

const MANIFEST: &str = "unbrick-manifest.json";

/// Takes a file apart into a new folder and gives back what was told and written, and the manifest.
fn extracted(file: &str, options: &[&str]) -> (Answer, BTreeMap<String, Option<Vec<u8>>>, Value) {
    let dir = tempdir().unwrap();
    let out = dir.path().join("out");
    let answer = unbrick(&[&["extract", file, "-o", out.to_str().unwrap()], options].concat());
    assert_eq!(names(dir.path()).iter().filter(|name| !name.starts_with("out")).count(), 0);
    let mut files = tree(&out);
    let manifest = serde_json::from_slice(&files.remove(MANIFEST).unwrap().unwrap()).unwrap();
    (answer, files, manifest)
}

fn fates(manifest: &Value) -> BTreeMap<&str, &Value> {
    manifest["entries"].as_array().unwrap().iter().map(|entry| (entry["path"].as_str().unwrap(), entry)).collect()
}

/// What `cat` prints, byte for byte.
fn printed(file: &str, path: &str) -> Vec<u8> {
    command(&["cat", file, path]).output().unwrap().stdout
}

#[test]
fn a_romfs_comes_out_file_by_file_and_its_devices_go_to_the_manifest() {
    let (answer, files, manifest) = extracted("fixtures/flashed/romfs.img", &[]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    assert!(files["bin/init"].as_ref().unwrap().starts_with(b"mount -t proc"));
    assert!(files["share/hazel.gif"].as_ref().unwrap().starts_with(b"GIF89a"));
    assert_eq!(files["dev"], None, "a folder");
    assert_eq!(manifest["schema"], "unbrick.manifest/1");
    let fates = fates(&manifest);
    let rom0 = fates["dev/rom0"];
    assert_eq!(
        (&rom0["type"], &rom0["major"], &rom0["fate"]),
        (&"block-device".into(), &31.into(), &"not-made".into())
    );
    assert!(!files.contains_key("dev/rom0"));
    assert!(fates.len() >= 60, "{}", fates.len());
    for (path, entry) in &fates {
        assert_eq!(entry["fate"] == "written", files.contains_key(*path), "{path}: {entry}");
    }
}

#[cfg(unix)]
#[test]
fn programs_stay_executable_and_links_stay_links() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempdir().unwrap();
    let out = dir.path().to_str().unwrap();
    assert_eq!(unbrick(&["extract", "fixtures/flashed/romfs.img", "-o", out]).code, 0);
    let mode = |path: &str| fs::metadata(dir.path().join(path)).unwrap().permissions().mode();
    assert_eq!(mode("bin/camera") & 0o100, 0o100);
    assert_eq!(mode("bin/hazel.conf") & 0o111, 0);
    assert_eq!(fs::read_link(dir.path().join("etc")).unwrap(), Path::new("tmp/etc"));
}

#[test]
fn cat_prints_the_bytes_that_extract_writes() {
    let file = "fixtures/camera/flash.bin";
    let (answer, files, _) = extracted(file, &["--recursive"]);
    assert_eq!(answer.code, 0, "{}", answer.out);
    let written = files.iter().filter_map(|(path, bytes)| Some((path, bytes.as_ref()?)));
    let programs =
        written.filter(|(path, _)| ["linux.bin", "/bin/camera", ".flat", ".gif"].iter().any(|end| path.ends_with(end)));
    let mut compared = 0;
    for (path, bytes) in programs {
        assert!(&printed(file, path) == bytes, "{path}");
        compared += 1;
    }
    assert!(compared >= 5, "{compared}");
}

#[test]
fn a_flash_is_taken_apart_down_to_the_unpacked_programs() {
    let (answer, files, manifest) = extracted("fixtures/camera/flash.bin", &["--recursive"]);
    assert_eq!((answer.code, answer.err.lines().count()), (0, 1), "one warning of all settings: {}", answer.err);
    assert!(files["linux.zip"].as_deref() == Some(&fixture("flashed/linux.zip")[..]));
    assert!(files["romfs.img"].as_deref() == Some(&fixture("flashed/romfs.img")[..]));
    assert!(files["webui.bin"].as_deref() == Some(&fixture("flashed/webui.bin")[..]));
    assert!(files["linux.zip.d/linux.bin"].as_ref().unwrap().len() > 190_000);
    assert!(files["romfs.img.d/bin/camera.d/unpacked.flat"].as_ref().unwrap().starts_with(b"bFLT"));
    assert!(files["webui.bin.d/index.htm"].is_some());
    assert!(fates(&manifest).contains_key("romfs.img.d/dev/rom0"));
}

#[test]
fn ls_names_what_extract_writes() {
    for file in fixtures().iter().filter(|file| file.contains("flashed") || file.contains("update")) {
        let listed = unbrick(&["ls", "-r", file, "--format", "json"]).json();
        let listed: Vec<&Value> = listed["entries"].as_array().unwrap().iter().map(|entry| &entry["path"]).collect();
        let (_, _, manifest) = extracted(file, &["-r"]);
        let extracted: Vec<&Value> = manifest["entries"].as_array().unwrap().iter().map(|e| &e["path"]).collect();
        assert_eq!(listed, extracted, "{file}");
        let text = unbrick(&["ls", "-r", file]);
        assert_eq!((text.code, text.out.lines().count()), (0, listed.len()), "{file}");
    }
}

#[test]
fn a_path_narrows_the_listing_down_to_what_lies_below() {
    let answer = unbrick(&["ls", "fixtures/flashed/romfs.img", "share"]);
    assert_eq!(answer.code, 0);
    assert!(answer.out.lines().all(|line| line.contains("share/")), "{}", answer.out);
    let answer = unbrick(&["ls", "fixtures/flashed/romfs.img", "no/such"]);
    assert_eq!((answer.code, answer.out.as_str()), (2, ""));
    assert!(answer.err.contains("nothing in it is called `no/such`"), "{}", answer.err);
}

#[test]
fn cat_tells_of_what_is_no_file() {
    let cat = |path: &str| unbrick(&["cat", "fixtures/flashed/romfs.img", path]);
    for (path, told) in [
        ("bin", "`bin` in it is no file"),
        ("etc", "is a symbolic link to `tmp/etc`"),
        ("x", "nothing in it is called"),
    ] {
        let answer = cat(path);
        assert_eq!((answer.code, answer.out.as_str(), answer.err.lines().count()), (2, "", 1));
        assert!(answer.err.contains(told), "{}", answer.err);
    }
    assert_eq!(cat("/bin/init").out, cat("bin/init").out);
}

#[test]
fn a_cut_kernel_is_told_with_what_to_do_and_what_is_whole_comes_out() {
    let (answer, files, manifest) = extracted("fixtures/dump/linux", &[]);
    assert_eq!((answer.code, answer.err.lines().count()), (1, 1), "{}", answer.err);
    for told in ["`linux.bin` in it is cut: 191,979 of its 192,", "`unbrick convert` on the folder joins them"] {
        assert!(answer.err.contains(told), "{told:?} is not in {}", answer.err);
    }
    assert!(files.is_empty());
    assert_eq!(manifest["entries"][0]["fate"], "damaged");
    assert!(answer.out.contains("linux.bin"), "{}", answer.out);
}

/// The first bytes of the fixture's romfs, cut in `bin/camera`; and how much of that is left.
fn cut_romfs() -> (Vec<u8>, usize) {
    let image = fixture("flashed/romfs.img");
    let parsed = romfs::parse(&image).unwrap().value;
    let camera = parsed.entries.iter().find(|entry| entry.path == "/bin/camera").unwrap().data;
    (image[..camera.start() + 10_000].to_vec(), 10_000)
}

#[test]
fn what_comes_out_of_a_cut_romfs_is_marked_as_cut_wherever_it_is_told() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("half.romfs");
    let (half, left) = cut_romfs();
    fs::write(&file, half).unwrap();
    let file = file.to_str().unwrap();
    let told = "`bin/camera` in it is cut: 10,000 of its 21,688 bytes are here";

    let cat = command(&["cat", file, "bin/camera"]).output().unwrap();
    let err = String::from_utf8(cat.stderr).unwrap();
    assert_eq!((cat.status.code(), cat.stdout.len(), err.lines().count()), (Some(1), left, 1));
    assert!(err.contains(told), "{err}");
    let whole = unbrick(&["cat", file, "bin/init"]);
    assert_eq!((whole.code, whole.err.as_str()), (0, ""), "what is whole needs no word");

    let ls = unbrick(&["ls", file]);
    assert_eq!((ls.code, ls.err.lines().count()), (1, 1));
    assert!(ls.err.contains("but only ") && ls.err.contains(told), "{}", ls.err);
    assert!(ls.out.contains("10,000  bin/camera  cut: 10,000 of its 21,688 bytes are here"), "{}", ls.out);
    let document = unbrick(&["ls", file, "--format", "json"]).json();
    let camera = document["entries"].as_array().unwrap().iter().find(|entry| entry["path"] == "bin/camera").unwrap();
    assert_eq!(camera["flaw"], serde_json::json!({"is": "cut", "present": 10_000, "declared": 21_688}));

    let (answer, files, manifest) = extracted(file, &[]);
    assert_eq!((answer.code, answer.err.lines().count()), (1, 1));
    assert!(answer.out.contains("not whole  bin/camera: cut: 10,000 of its 21,688 bytes"), "{}", answer.out);
    assert_eq!(files["bin/camera"].as_ref().unwrap().len(), left);
    assert_eq!(fates(&manifest)["bin/camera"]["flaw"], camera["flaw"]);
    assert!(manifest["damaged"].as_str().unwrap().starts_with("the romfs says that it is "));
}

#[test]
fn a_damaged_program_comes_out_as_it_is_with_a_warning() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("flip.img");
    let mut image = fixture("flashed/romfs.img");
    let parsed = romfs::parse(&image).unwrap().value;
    let camera = parsed.entries.iter().find(|entry| entry.path == "/bin/camera").unwrap().data;
    image[camera.end() - 1000] ^= 0x01;
    fs::write(&file, &image).unwrap();
    let file = file.to_str().unwrap();
    let cat = command(&["cat", file, "bin/camera"]).output().unwrap();
    assert!(cat.status.code() == Some(1) && cat.stdout == camera.of(&image));
    let (answer, _, manifest) = extracted(file, &[]);
    assert_eq!(answer.code, 1);
    assert!(answer.err.contains("`bin/camera` in it is damaged: the packed part"), "{}", answer.err);
    assert_eq!(fates(&manifest)["bin/camera"]["flaw"]["is"], "damaged");
    assert_eq!(manifest.get("damaged"), None, "only the one file is");
}

#[test]
fn a_damaged_zip_is_marked_in_its_listing() {
    let dir = tempdir().unwrap();
    let zip = fixture("flashed/linux.zip");
    let mut flipped = zip.clone();
    flipped[60_000] ^= 0x01;
    let cut = zip[..60_000].to_vec();
    for (bytes, is) in [(flipped, "damaged"), (cut, "cut")] {
        let file = dir.path().join("linux.zip");
        fs::write(&file, bytes).unwrap();
        let file = file.to_str().unwrap();
        let answer = unbrick(&["ls", file]);
        assert_eq!((answer.code, answer.err.lines().count()), (1, 1), "{}", answer.err);
        assert!(answer.out.contains(&format!("linux.bin  {is}")), "{}", answer.out);
        assert_eq!(unbrick(&["ls", file, "--format", "json"]).json()["entries"][0]["flaw"]["is"], is);
    }
}

#[test]
fn a_file_with_a_hole_in_its_capture_is_not_passed_off_as_whole() {
    let dir = tempdir().unwrap();
    let text = String::from_utf8(fixture("dump/romfs.dat")).unwrap();
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let middle = lines.len() / 2;
    lines.drain(middle..middle + 40);
    let file = dir.path().join("romfs.dat");
    fs::write(&file, lines.concat()).unwrap();
    let answer = unbrick(&["ls", file.to_str().unwrap()]);
    assert_eq!((answer.code, answer.err.lines().count()), (1, 1), "{}", answer.err);
    assert!(answer.out.contains("of it were not captured"), "{}", answer.out);
    assert!(answer.err.contains("`unbrick convert` lists what to dump again"), "{}", answer.err);
}

#[test]
fn a_dump_with_a_foreign_page_in_front_is_taken_apart_all_the_same() {
    let (answer, files, _) = extracted("fixtures/dump/romfs", &[]);
    assert_eq!(answer.code, 0);
    assert!(files == extracted("fixtures/flashed/romfs.img", &[]).1);
    assert!(files == extracted("fixtures/dump/romfs.dat", &[]).1, "also from the capture");
}

#[test]
fn the_real_romfs_is_taken_apart() {
    let Some(romfs) = real("romfs") else { return };
    let (answer, files, manifest) = extracted(&romfs, &["--recursive"]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{}", answer.out);
    assert!(files["bin/camera"].as_ref().unwrap().starts_with(b"bFLT"));
    assert!(manifest["entries"].as_array().unwrap().len() > 80);
}

#[test]
fn of_a_cut_romfs_cat_says_that_the_file_may_be_in_what_is_missing() {
    let dir = tempdir().unwrap();
    let cut = dir.path().join("cut.img");
    fs::write(&cut, &fixture("flashed/romfs.img")[..40_000]).unwrap();
    let answer = unbrick(&["cat", cut.to_str().unwrap(), "bin/camera"]);
    assert_eq!(answer.code, 2);
    assert!(
        answer.err.contains("it may be in what is missing, for the romfs says that it is 67,024 bytes long"),
        "{answer:?}"
    );
}
