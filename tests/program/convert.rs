//! `unbrick convert`: what is written, and that nothing else is.

use std::fs;
use std::process::Command;

use tempfile::tempdir;

use crate::terminal::{answer, command, fixture, fixtures, names, project, real, tree, unbrick};

#[test]
fn the_folder_of_a_dump_becomes_exactly_what_was_flashed() {
    let dir = tempdir().unwrap();
    let fixed = dir.path().join("fixed");
    let answer = unbrick(&["convert", "fixtures/dump", "-o", fixed.to_str().unwrap()]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    assert_eq!(names(&fixed), ["linux.zip", "romfs.img"]);
    assert!(fs::read(fixed.join("linux.zip")).unwrap() == fixture("flashed/linux.zip"));
    assert!(fs::read(fixed.join("romfs.img")).unwrap() == fixture("flashed/romfs.img"));
    for told in ["CRC-32 0x085CE278", "all 104 header checksums hold", "d -b 0x7F010000"] {
        assert!(answer.prose().contains(told), "{told:?} is not in {}", answer.out);
    }
}

#[test]
fn the_binaries_alone_are_enough() {
    let dir = tempdir().unwrap();
    let fixed = dir.path().join("fixed").to_str().unwrap().to_owned();
    let answer = unbrick(&["convert", "fixtures/dump/romfs", "fixtures/dump/linux", "-o", &fixed]);
    assert_eq!(answer.code, 0, "{}{}", answer.out, answer.err);
    assert!(fs::read(dir.path().join("fixed/linux.zip")).unwrap() == fixture("flashed/linux.zip"));
    assert!(fs::read(dir.path().join("fixed/romfs.img")).unwrap() == fixture("flashed/romfs.img"));
}

#[test]
fn a_single_capture_becomes_the_binary_beside_it() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("linux.bin");
    let answer = unbrick(&["convert", "fixtures/dump/linux.dat", "-o", out.to_str().unwrap()]);
    assert_eq!((answer.code, answer.err.as_str()), (1, ""), "the kernel is cut, which is told");
    assert!(fs::read(&out).unwrap() == fixture("dump/linux"));
    assert!(answer.out.contains("d -b 0x7F036200"), "{}", answer.out);
    assert_eq!(names(dir.path()), ["linux.bin"]);
}

#[test]
fn the_real_folder_becomes_a_whole_kernel_and_romfs() {
    let Some(folder) = real("") else { return };
    let dir = tempdir().unwrap();
    let fixed = dir.path().join("fixed");
    let answer = unbrick(&["convert", &folder, "-o", fixed.to_str().unwrap()]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
    let kernel = fs::read(fixed.join("linux.zip")).unwrap();
    assert_eq!(kernel.len(), 712_016);
    assert_eq!(unbrick::format::kernel_zip::parse(&kernel).unwrap().value.unpacked.unwrap().crc32, 0x83FB_4F9D);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&kernel)).unwrap();
    let unpacked = std::io::copy(&mut archive.by_name("linux.bin").unwrap(), &mut std::io::sink()).unwrap();
    assert_eq!(unpacked, 1_423_196, "also another program can unpack it");
    match Command::new("unzip").arg("-t").arg(fixed.join("linux.zip")).output() {
        Ok(unzip) => assert!(unzip.status.success(), "{unzip:?}"),
        Err(error) => eprintln!("skipped: unzip -t: {error}"),
    }
    let romfs = fs::read(fixed.join("romfs.img")).unwrap();
    assert_eq!(romfs.len(), 1_098_752);
    assert!(romfs.starts_with(b"-rom1fs-"));
    assert!(unbrick::format::romfs::parse(&romfs).unwrap().value.is_verified());
    assert!(fs::read(real("romfs").unwrap()).unwrap().ends_with(&romfs));
}

#[test]
fn the_real_capture_becomes_the_real_binary() {
    let (Some(capture), Some(binary)) = (real("linux.dat"), real("linux")) else { return };
    let dir = tempdir().unwrap();
    let out = dir.path().join("linux.bin");
    assert_eq!(unbrick(&["convert", &capture, "-o", out.to_str().unwrap()]).code, 1);
    assert!(fs::read(&out).unwrap() == fs::read(binary).unwrap());
}

#[test]
fn a_flash_image_is_taken_apart_into_what_was_flashed() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("parts");
    let answer = unbrick(&["convert", "fixtures/camera/flash.bin", "-o", &format!("{}/", out.display())]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{}", answer.out);
    for (written, flashed) in
        [("linux.zip", "flashed/linux.zip"), ("romfs.img", "flashed/romfs.img"), ("webui.bin", "flashed/webui.bin")]
    {
        assert!(fs::read(out.join(written)).unwrap() == fixture(flashed), "{written}");
    }
    assert!(answer.prose().contains("passwords"), "settings are private: {}", answer.out);
}

#[test]
fn an_image_with_a_web_ui_behind_it_is_parted_in_two() {
    let dir = tempdir().unwrap();
    let out = dir.path().to_str().unwrap();
    let answer = unbrick(&["convert", "fixtures/flashed/romfs-with-webui.img", "-o", out]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{}", answer.out);
    assert_eq!(names(dir.path()), ["romfs.img", "webui.bin"]);
    assert!(fs::read(dir.path().join("webui.bin")).unwrap() == fixture("flashed/webui.bin"));
    assert!(fixture("flashed/romfs.img").starts_with(&fs::read(dir.path().join("romfs.img")).unwrap()));
}

#[test]
fn inputs_are_left_as_they_are() {
    let dir = tempdir().unwrap();
    let dump = dir.path().join("dump");
    fs::create_dir(&dump).unwrap();
    for name in ["BOOT INFO", "BOOT INFO.dat", "linux", "linux.dat", "romfs", "romfs.dat"] {
        fs::write(dump.join(name), fixture(&format!("dump/{name}"))).unwrap();
    }
    let before = tree(&dump);
    let fixed = dir.path().join("fixed");
    assert_eq!(unbrick(&["convert", dump.to_str().unwrap(), "-o", fixed.to_str().unwrap()]).code, 0);
    assert!(tree(&dump) == before);
    // into the same folder: beside the inputs, which stay
    assert_eq!(unbrick(&["convert", dump.to_str().unwrap(), "-o", dump.to_str().unwrap()]).code, 0);
    let after = tree(&dump);
    assert!(before.iter().all(|(name, bytes)| after.get(name) == Some(bytes)));
    assert_eq!(after.len(), before.len() + 2);
}

#[test]
fn an_output_that_exists_is_kept_unless_told_otherwise() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("romfs.img"), b"mine").unwrap();
    let out = dir.path().to_str().unwrap();
    let answer = unbrick(&["convert", "fixtures/dump", "-o", out]);
    assert_eq!((answer.code, answer.out.as_str()), (2, ""));
    assert!(answer.err.contains("romfs.img: exists already and was left as it is"), "{}", answer.err);
    assert!(answer.err.contains("--force"), "{}", answer.err);
    assert_eq!(names(dir.path()), ["romfs.img"], "neither the other image nor a temporary file is left");
    assert_eq!(fs::read(dir.path().join("romfs.img")).unwrap(), b"mine");

    assert_eq!(unbrick(&["convert", "fixtures/dump", "-o", out, "--force"]).code, 0);
    assert_eq!(names(dir.path()), ["linux.zip", "romfs.img"]);
    assert!(fs::read(dir.path().join("romfs.img")).unwrap() == fixture("flashed/romfs.img"));
}

#[test]
fn an_input_is_never_replaced_by_its_output_without_force() {
    let dir = tempdir().unwrap();
    let capture = dir.path().join("linux.dat");
    fs::write(&capture, fixture("dump/linux.dat")).unwrap();
    let path = capture.to_str().unwrap();
    assert_eq!(unbrick(&["convert", path, "-o", path]).code, 2);
    assert!(fs::read(&capture).unwrap() == fixture("dump/linux.dat"));
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_an_output_is_not_written_through() {
    let dir = tempdir().unwrap();
    let precious = dir.path().join("precious");
    fs::write(&precious, b"keep me").unwrap();
    let out = dir.path().join("out");
    fs::create_dir(&out).unwrap();
    std::os::unix::fs::symlink(&precious, out.join("linux.zip")).unwrap();
    let arguments = ["convert", "fixtures/dump", "-o", out.to_str().unwrap()];
    assert_eq!(unbrick(&arguments).code, 2);
    assert_eq!(unbrick(&[&arguments[..], &["--force"]].concat()).code, 0);
    assert_eq!(fs::read(&precious).unwrap(), b"keep me");
    assert!(fs::read(out.join("linux.zip")).unwrap() == fixture("flashed/linux.zip"));
}

#[test]
fn a_capture_with_holes_is_not_written_unless_they_may_be_filled() {
    let text = String::from_utf8(fixture("dump/linux.dat")).unwrap();
    let lost = text.find("[7F025000]").unwrap();
    let behind = text.find("[7F025100]").unwrap();
    let dir = tempdir().unwrap();
    let capture = dir.path().join("linux.dat");
    fs::write(&capture, format!("{}{}", &text[..lost], &text[behind..])).unwrap();
    let capture = capture.to_str().unwrap();
    let out = dir.path().join("linux.bin");
    let arguments = ["convert", capture, "-o", out.to_str().unwrap()];

    let answer = unbrick(&arguments);
    assert_eq!(answer.code, 1);
    assert!(answer.out.contains("d -b 0x7F025000"), "{}", answer.out);
    assert!(!out.exists(), "{}", answer.out);

    for (fill, byte) in [("FF", 0xFF), ("00", 0x00)] {
        let answer = unbrick(&[&arguments[..], &["--fill", fill, "--force"]].concat());
        assert_eq!(answer.code, 1, "{}{}", answer.out, answer.err);
        let mut expected = fixture("dump/linux");
        expected[0x5000..0x5100].fill(byte);
        assert!(fs::read(&out).unwrap() == expected, "--fill {fill}");
    }
}

/// The checksums of a romfs cover its headers only: they hold although a page of a file is not there.
#[test]
fn a_romfs_of_a_set_with_a_hole_in_a_file_is_not_called_whole() {
    let dir = tempdir().unwrap();
    let dump = dir.path().join("dump");
    fs::create_dir(&dump).unwrap();
    fs::write(dump.join("linux.dat"), fixture("dump/linux.dat")).unwrap();
    let text = String::from_utf8(fixture("dump/romfs.dat")).unwrap();
    let (lost, behind) = (text.find("[7F048000]").unwrap(), text.find("[7F048100]").unwrap());
    fs::write(dump.join("romfs.dat"), format!("{}{}", &text[..lost], &text[behind..])).unwrap();
    let out = dir.path().join("fixed");
    let arguments = ["convert", dump.to_str().unwrap(), "-o", out.to_str().unwrap()];

    let answer = unbrick(&arguments);
    assert_eq!(answer.code, 1);
    assert!(answer.out.contains("d -b 0x7F048000"), "{}", answer.out);
    assert_eq!(names(&out), ["linux.zip"]);
    let inspected = unbrick(&["inspect", dump.join("romfs.dat").to_str().unwrap()]);
    assert!(inspected.prose().contains("romfs partial"), "{}", inspected.out);
    assert!(inspected.prose().contains("captured 67,328 of 67,584 bytes"), "{}", inspected.out);
    let story = unbrick(&["explain", dump.to_str().unwrap()]);
    assert!(story.prose().contains("cannot be made whole"), "{}", story.out);

    let answer = unbrick(&[&arguments[..], &["--fill", "00", "--force"]].concat());
    assert_eq!(answer.code, 1);
    assert!(answer.prose().contains("do not flash"), "{}", answer.out);
    let mut expected = fixture("flashed/romfs.img");
    expected[0x8000..0x8100].fill(0);
    assert!(fs::read(out.join("romfs.img")).unwrap() == expected);
}

#[test]
fn whatever_is_given_what_is_written_was_in_it() {
    for file in fixtures().into_iter().filter(|file| !file.ends_with(".dat") && !file.ends_with(".log")) {
        let dir = tempdir().unwrap();
        let out = format!("{}/", dir.path().join("out").display());
        let answer = unbrick(&["convert", &file, "-o", &out]);
        let input = fs::read(project().join(&file)).unwrap();
        let Ok(_) = fs::metadata(&out) else {
            assert_ne!(answer.code, 0, "{file}: {}", answer.out);
            continue;
        };
        for (name, bytes) in tree(dir.path().join("out").as_path()) {
            let bytes = bytes.unwrap();
            assert!(memchr::memmem::find(&input, &bytes).is_some(), "{name} is not in {file}");
        }
    }
}

#[test]
fn a_redacted_copy_leaves_the_input_alone_and_comes_out_complete_or_not_at_all() {
    let dir = tempdir().unwrap();
    let flash = fixture("camera/flash.bin");
    let at = |name: &str| dir.path().join(name);
    std::fs::write(at("flash.bin"), &flash).unwrap();
    let run = |arguments: &[&str]| answer(command(arguments).current_dir(dir.path()));

    let same = run(&["convert", "flash.bin", "--redact", "-o", "./flash.bin", "--force"]);
    assert_eq!(same.code, 2);
    assert!(same.err.contains("is to be read and written at once"), "{}", same.err);
    assert_eq!(std::fs::read(at("flash.bin")).unwrap(), flash);

    let told = run(&["convert", "flash.bin", "--redact", "-o", "share.bin", "--format", "json"]);
    assert_eq!(told.code, 0, "{}", told.err);
    let document = told.json();
    assert_eq!(document["schema"], "unbrick.redact/1");
    let output = &document["outputs"][0];
    assert_eq!(output["removed"][1]["what"], "camera settings");
    assert_eq!(output["removed"][1]["address"], 0x7F1F_0000);
    assert_eq!(output["renewed"][0], "the footer of BOOT INFO");
    assert_eq!(std::fs::read(at("share.bin")).unwrap().len(), flash.len());

    let again = run(&["convert", "flash.bin", "--redact", "-o", "share.bin"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("exists already"), "{}", again.err);
    let both = run(&["convert", "flash.bin", "share.bin", "--redact", "-o", "one.bin"]);
    assert_eq!(both.code, 2);
    assert!(both.err.contains("name a folder"), "{}", both.err);
    assert_eq!(run(&["convert", "flash.bin", "share.bin", "--redact", "-o", "both/"]).code, 0);
    assert_eq!(run(&["convert", "flash.bin", "--redact"]).code, 2);
}

#[test]
fn all_bytes_of_a_capture_with_a_carried_page_count_as_read_and_nothing_speaks_against_what_is_whole() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("romfs.bin");
    let document =
        unbrick(&["convert", "fixtures/dump/romfs.dat", "-o", out.to_str().unwrap(), "--format", "json"]).json();
    assert!(fs::read(&out).unwrap() == fixture("flashed/romfs.img"));
    assert_eq!(
        (&document["outputs"][0]["read"]["once"], &document["outputs"][0]["read"]["missing"]),
        (&67_584.into(), &0.into())
    );
    assert!(document["findings"].as_array().unwrap().is_empty(), "{document:#}");
    let folder = dir.path().join("dump");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("romfs.dat"), fixture("dump/romfs.dat")).unwrap();
    let told = unbrick(&["explain", folder.to_str().unwrap()]);
    assert!(!told.out.contains("is too short"), "{}", told.out);
}

#[test]
fn the_outcome_beside_what_it_was_made_from_does_not_come_out_twice() {
    let dir = tempdir().unwrap();
    for name in names(&project().join("fixtures/dump")) {
        fs::write(dir.path().join(&name), fixture(&format!("dump/{name}"))).unwrap();
    }
    let folder = dir.path().to_str().unwrap();
    assert_eq!(unbrick(&["convert", folder, "-o", folder]).code, 0);
    let elsewhere = tempdir().unwrap();
    let again = unbrick(&["convert", folder, "-o", elsewhere.path().to_str().unwrap()]);
    let whole = ["linux.zip", "romfs.img"].map(str::to_owned).to_vec();
    assert_eq!((again.code, names(elsewhere.path())), (0, whole), "{}", again.out);
    assert!(again.prose().contains("Not used: `linux.zip`: its kernel is the same as that from"), "{}", again.out);
}

#[test]
fn a_file_of_which_nothing_is_used_is_named() {
    let dir = tempdir().unwrap();
    let (garbage, out) = (dir.path().join("garbage"), dir.path().join("out"));
    fs::write(
        &garbage,
        (0..5_000_u32).flat_map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()).collect::<Vec<u8>>(),
    )
    .unwrap();
    let inputs = ["fixtures/dump/romfs.dat", garbage.to_str().unwrap()];
    let answer = unbrick(&["convert", inputs[0], inputs[1], "-o", out.to_str().unwrap()]);
    assert!(answer.prose().contains("it holds no image that is known"), "{}", answer.out);
    assert!(answer.prose().contains("garbage`"), "{}", answer.out);
}

#[test]
fn digits_with_lines_left_out_are_not_called_whole() {
    let dir = tempdir().unwrap();
    let (text, out) = (dir.path().join("plain.txt"), dir.path().join("out.bin"));
    let lines = |first: u8| (first..first + 12).map(|row| format!("{}\n", hex::encode([row; 24]))).collect::<String>();
    fs::write(&text, format!("{}*\n{}", lines(0xA0), lines(0xC0))).unwrap();
    let list = dir.path().join("again.txt");
    let arguments =
        ["convert", text.to_str().unwrap(), "-o", out.to_str().unwrap(), "--dump-list", list.to_str().unwrap()];
    let answer = unbrick(&arguments);
    assert_eq!((answer.code, fs::read(&out).unwrap().len()), (1, 12 * 24));
    for told in ["not whole", "error[capture-squeezed]", "`hexdump -v`"] {
        assert!(answer.prose().contains(told), "{told:?} is not in {}", answer.out);
    }
}

#[test]
fn what_is_not_written_for_its_holes_is_named_in_the_answer() {
    let dir = tempdir().unwrap();
    let text = String::from_utf8(fixture("dump/linux.dat")).unwrap();
    let line = text.find("[7F022340]").unwrap()..text.find("[7F022350]").unwrap();
    let log = dir.path().join("linux.log");
    fs::write(&log, [&text[..line.start], &text[line.end..]].concat()).unwrap();
    let out = format!("{}/out/", dir.path().display());
    let answer = unbrick(&["convert", log.to_str().unwrap(), "fixtures/flashed/romfs.img", "-o", &out]);
    assert!(
        answer.prose().starts_with("Wrote 1 whole file. Not written, for bytes of it are missing: "),
        "{}",
        answer.out
    );
    assert_eq!(names(&dir.path().join("out")), ["romfs.img"]);
}
