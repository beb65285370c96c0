//! Zips and gzips that hold something else than a kernel: they are no firmware, and nothing is written under a kernel's
//! name.

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::tempdir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::terminal::{fixture, names, unbrick};

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        if name.ends_with('/') {
            writer.add_directory(*name, SimpleFileOptions::default()).unwrap();
        } else {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn what_holds_no_kernel_is_not_written_as_one_and_not_called_firmware() {
    let log = fixture("log/boot.log");
    let docs = zip(&[("docs.py", b"print(1)\n")]);
    let folder = zip(&[("dump/", b""), ("dump/boot.log", &log), ("dump/docs.py", b"print(1)\n")]);
    let is_zip = "is a zip of other files; unpack it and give the folder";
    let is_gzip = "is a gzip of another file; unpack it and give what comes out";
    for (name, bytes, told) in [
        ("docs.zip", docs, is_zip),
        // the banner of a kernel is in it, as text
        ("logs.zip", zip(&[("boot.log", &log)]), is_zip),
        ("folder.zip", folder, is_zip),
        ("linux.dat.gz", gzip(&fixture("dump/linux.dat")), is_gzip),
    ] {
        let dir = tempdir().unwrap();
        let (given, out) = (dir.path().join("given"), dir.path().join("out"));
        fs::create_dir(&given).unwrap();
        let file = given.join(name);
        fs::write(&file, bytes).unwrap();
        for input in [file.as_path(), &given] {
            let answer = unbrick(&[Path::new("convert"), input, Path::new("-o"), &out]);
            assert_eq!((answer.code, answer.out.as_str()), (2, ""), "{name}");
            assert!(answer.err.contains(told) && answer.err.contains(name), "{name}: {}", answer.err);
            assert!(!out.exists());
            let answer = unbrick(&[Path::new("explain"), input]);
            let prose = answer.prose();
            assert!(prose.contains(&format!("It {}", told.replace(';', ":"))), "{name}: {prose}");
            assert!(!prose.contains("of one camera") && !prose.contains("The kernel"), "{name}: {prose}");
        }
    }
}

#[test]
fn beside_a_dump_they_are_left_out_and_told() {
    let dir = tempdir().unwrap();
    let (given, out) = (dir.path().join("dump"), dir.path().join("out"));
    fs::create_dir(&given).unwrap();
    for name in ["linux.dat", "romfs.dat"] {
        fs::write(given.join(name), fixture(&format!("dump/{name}"))).unwrap();
    }
    fs::write(given.join("docs.zip"), zip(&[("docs.py", b"print(1)\n")])).unwrap();
    let [given, out] = [&given, &out].map(|path| path.to_str().unwrap());
    let answer = unbrick(&["convert", given, "-o", out]);
    let told = "Not used: `docs.zip`: it is a zip of other files: unpack it and give the folder.";
    assert!(answer.prose().contains(told), "{}", answer.out);
    assert_eq!(names(Path::new(out)), ["linux.zip", "romfs.img"]);
    let document = unbrick(&["convert", given, "-o", out, "--force", "--format", "json"]).json();
    assert_eq!(document["left_out"][0]["file"], "docs.zip");
    let answer = unbrick(&["explain", given]);
    assert!(answer.prose().contains("This folder holds the kernel and the romfs of one camera"), "{}", answer.out);
}

#[test]
fn the_checksum_of_its_first_file_verifies_no_zip_of_several() {
    let dir = tempdir().unwrap();
    let file = dir.path().join("folder.zip");
    fs::write(&file, zip(&[("dump/", b""), ("dump/docs.py", b"print(1)\n")])).unwrap();
    let document = unbrick(&["inspect", file.to_str().unwrap(), "--format", "json"]).json();
    let region = &document["files"][0]["regions"][0];
    assert_eq!((region["state"].as_str(), region.get("proofs")), (Some("plausible"), None));
}

#[test]
fn a_kernel_in_a_gzip_is_written_as_one() {
    let dir = tempdir().unwrap();
    let kernel = ::unbrick::format::kernel_zip::unpack(&fixture("flashed/linux.zip")).unwrap();
    let (file, out) = (dir.path().join("k.gz"), dir.path().join("out/"));
    fs::write(&file, gzip(&kernel)).unwrap();
    let out_folder = format!("{}/", out.display());
    let answer = unbrick(&["convert", file.to_str().unwrap(), "-o", &out_folder]);
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    assert_eq!(names(&out), ["linux.gz"]);
}
