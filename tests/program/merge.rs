//! `unbrick convert` with several captures of the same flash: one image, and what of it is proved.

use std::fs;

use serde_json::json;
use tempfile::{TempDir, tempdir};

use unbrick::capture::{Dialect, print};
use unbrick::image::FlashAddr;

use crate::terminal::{answer, command, fixture, names, real, unbrick};

/// The fixture's kernel capture three times, each with other damage: a changed digit, a lost line, a lost page.
fn three_captures() -> (TempDir, Vec<String>) {
    let text = String::from_utf8(fixture("dump/linux.dat")).unwrap();
    let between = |from: &str, to: &str| text.find(from).unwrap()..text.find(to).unwrap();
    let mut damaged = [text.clone(), text.clone(), text.clone()];
    let digit = text.find("[7F021230] ").unwrap() + 12;
    let other = if &text[digit..=digit] == "7" { "6" } else { "7" };
    damaged[0].replace_range(digit..=digit, other);
    damaged[1].replace_range(between("[7F022340]", "[7F022350]"), "");
    damaged[2].replace_range(between("[7F025000]", "[7F025100]"), "");
    let dir = tempdir().unwrap();
    let paths = damaged.iter().zip(["a.dat", "b.log", "c.dat"]).map(|(text, name)| {
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    });
    let paths = paths.collect();
    (dir, paths)
}

#[test]
fn three_bad_captures_make_one_whole_binary() {
    let (dir, inputs) = three_captures();
    let out = dir.path().join("flash.bin");
    let arguments = ["convert", &inputs[0], &inputs[1], &inputs[2], "-o", out.to_str().unwrap()];
    let answer = unbrick(&arguments);
    assert!(fs::read(&out).unwrap() == fixture("dump/linux"), "{}", answer.out);
    assert!(answer.prose().contains("several times alike"), "{}", answer.out);
    assert!(!names(dir.path()).iter().any(|name| name.ends_with(".holes.json")));

    let document = unbrick(&[&arguments[..], &["--force", "--format", "json"]].concat()).json();
    let output = &document["outputs"][0];
    assert_eq!(output["address"], 0x7F02_0000);
    assert_eq!(output["read"]["missing"], 0);
    assert_eq!(output["read"]["tied"], 0);
    assert_eq!(output["holes"], json!([]));
    assert_eq!(output["made_from"].as_array().unwrap().len(), 3);
}

#[test]
fn with_the_file_behind_it_the_merged_kernel_is_proved() {
    let (dir, mut inputs) = three_captures();
    let romfs = dir.path().join("romfs.dat");
    fs::write(&romfs, fixture("dump/romfs.dat")).unwrap();
    inputs.insert(0, romfs.to_str().unwrap().to_owned());
    let out = dir.path().join("fixed/");
    let mut arguments = vec!["convert"];
    arguments.extend(inputs.iter().map(String::as_str));
    let place = format!("{}/", out.display());
    arguments.extend(["-o", &place, "--format", "json"]);
    let document = unbrick(&arguments).json();
    assert!(fs::read(out.join("linux.zip")).unwrap() == fixture("flashed/linux.zip"), "{document}");
    assert!(fs::read(out.join("romfs.img")).unwrap() == fixture("flashed/romfs.img"));
    let proof = &document["outputs"][0]["proved"][0];
    assert_eq!(proof["by"], "CRC-32 0x085CE278 of the unpacked bytes");
    assert!(proof["end"].as_u64().unwrap() > 90_000);
    assert_eq!(document["missing"], json!([]));
}

#[test]
fn holes_are_listed_beside_the_file_and_as_lines_to_send() {
    let (dir, inputs) = three_captures();
    let (out, list) = (dir.path().join("linux.bin"), dir.path().join("again.txt"));
    let (place, lines) = (out.to_str().unwrap(), list.to_str().unwrap());
    let arguments = ["convert", &inputs[2], "-o", place, "--dump-list", lines];

    assert_eq!(unbrick(&arguments).code, 1);
    assert!(!out.exists());
    let to_send = fs::read_to_string(&list).unwrap();
    assert_eq!(to_send, "d -b 0x7F025000\rd -b 0x7F036200\r", "the hole, and the end that the recovery tool cuts off");

    let answer = unbrick(&[&arguments[..], &["--fill", "00", "--force"]].concat());
    assert_eq!(answer.code, 1, "{}", answer.out);
    let mut expected = fixture("dump/linux");
    expected[0x5000..0x5100].fill(0);
    assert!(fs::read(&out).unwrap() == expected);
    let holes: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.path().join("linux.bin.holes.json")).unwrap()).unwrap();
    let listed = json!({
        "schema": "unbrick.holes/1", "file": "linux.bin", "address": 0x7F02_0000, "fill": 0, "bytes": 256,
        "holes": [{"start": 0x5000, "end": 0x5100}], "dump": ["d -b 0x7F025000"],
    });
    assert_eq!(holes, listed);
}

#[test]
fn a_list_of_lines_to_send_needs_no_output() {
    let (dir, inputs) = three_captures();
    let list = dir.path().join("again.txt");
    let answer = unbrick(&["convert", &inputs[1], "--dump-list", list.to_str().unwrap()]);
    assert_eq!(answer.code, 1, "{}{}", answer.out, answer.err);
    assert_eq!(fs::read_to_string(&list).unwrap(), "d -b 0x7F022300\rd -b 0x7F036200\r", "{}", answer.out);
    assert_eq!(names(dir.path()), ["a.dat", "again.txt", "b.log", "c.dat"]);
}

/// A text as a bad serial line brings it: one in so many characters is changed, lost or doubled, now and then a line is
/// lost, doubled or merged with the next. The same for the same seed.
fn read_badly(text: &[u8], one_in: u64, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut number = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 20
    };
    let mut bad = Vec::with_capacity(text.len());
    let mut skips_line = false;
    for byte in text {
        let happens = number() % one_in == 0;
        match (happens, number() % 12) {
            _ if skips_line => skips_line = *byte != b'\n',
            (true, 0..=5) => bad.push(b"0123456789ABCDEF"[(number() % 16) as usize]),
            (true, 6..=7) => {}
            (true, 8) => bad.extend([*byte, *byte]),
            (true, 9) => skips_line = true,
            (true, 10) => bad.extend(b"usb.c: new device\r\n"),
            _ => bad.push(*byte),
        }
    }
    bad
}

#[test]
fn the_real_kernel_out_of_bad_captures_is_verified_or_its_holes_are_named() {
    let (Some(capture), Some(romfs), Some(binary)) = (real("linux.dat"), real("romfs"), real("linux")) else { return };
    let (text, binary) = (fs::read(capture).unwrap(), fs::read(binary).unwrap());
    for (number, one_in) in [(3, 20_000), (5, 2_000), (1, 2_000)] {
        let dir = tempdir().unwrap();
        let mut arguments = vec!["convert".to_owned(), romfs.clone()];
        for seed in 0..number {
            let path = dir.path().join(format!("{seed}.dat"));
            fs::write(&path, read_badly(&text, one_in, seed + number * 10)).unwrap();
            arguments.push(path.to_str().unwrap().to_owned());
        }
        let out = dir.path().join("fixed");
        let place = format!("{}/", out.display());
        arguments.extend(["-o", &place, "--fill", "FF", "--format", "json"].map(str::to_owned));
        let answer = unbrick(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let document = answer.json();
        let outputs = document["outputs"].as_array().unwrap();
        let output = outputs.iter().find(|output| output["address"] == 0x7F02_0000).unwrap();
        let kernel = fs::read(output["path"].as_str().unwrap()).unwrap();
        let told = format!("{number} captures, one error in {one_in}: {output} {}", document["gave_up"]);
        if output["state"] == "verified" {
            assert!(kernel.starts_with(&binary) && kernel.len() == 712_016, "{told}");
            let unpacked = unbrick::format::kernel_zip::parse(&kernel).unwrap().value.unpacked.unwrap();
            assert_eq!(unpacked.crc32, 0x83FB_4F9D, "{told}");
            assert_eq!(output["holes"], json!([]));
        } else {
            assert_eq!(number, 1, "several captures make it: {told}");
            assert_eq!(answer.code, 1);
            assert!(
                !output["holes"].as_array().unwrap().is_empty() && document["dump"].as_array().unwrap().len() > 50,
                "{told}"
            );
            assert!(std::path::Path::new(&format!("{}.holes.json", output["path"].as_str().unwrap())).exists());
        }
    }
}

#[test]
fn logs_of_two_cameras_make_no_one_binary_and_are_named() {
    let dir = tempdir().unwrap();
    let kernel = fixture("flashed/linux.zip");
    let log = |name: &str, bytes: &[u8]| {
        let text = unbrick::capture::print::terminal_log(bytes, FlashAddr(0x7F02_0000), Dialect::Bytes);
        let path = dir.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let other: Vec<u8> = kernel.iter().map(|byte| byte.wrapping_mul(7).wrapping_add(3)).collect();
    let (one, other) = (log("one.log", &kernel), log("other.log", &other));
    let (file, folder) = (dir.path().join("flash.bin"), dir.path().join("parts/"));
    let answer = unbrick(&["convert", &one, &other, "-o", file.to_str().unwrap()]);
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("2 different cameras or places") && answer.err.contains("other.log"), "{}", answer.err);
    assert!(!file.exists());
    let answer = unbrick(&["convert", &one, &other, "-o", &format!("{}/", folder.display())]);
    assert!(answer.prose().contains("Not merged: these captures show different bytes"), "{}", answer.out);
    assert!(fs::read(folder.join("linux.zip")).unwrap() == kernel);
}

#[test]
fn an_empty_file_a_boot_log_and_the_same_file_again_do_no_harm() {
    let (dir, inputs) = three_captures();
    let empty = dir.path().join("empty.dat");
    fs::write(&empty, b"").unwrap();
    let out = dir.path().join("flash.bin");
    let given = [&inputs[0], &inputs[0], &inputs[1], &inputs[2], empty.to_str().unwrap(), "fixtures/log/boot.log"];
    let mut arguments = vec!["convert"];
    arguments.extend(given.iter().map(AsRef::<str>::as_ref));
    arguments.extend(["-o", out.to_str().unwrap()]);
    let answer = unbrick(&arguments);
    assert!(fs::read(&out).unwrap() == fixture("dump/linux"), "{}{}", answer.out, answer.err);
    for told in ["it was given twice", "`fixtures/log/boot.log`: it is a boot log", "empty.dat: nothing was captured"] {
        assert!(answer.prose().contains(told), "{told:?} is not in {}", answer.out);
    }
}

#[test]
fn what_lacks_an_output_or_names_a_stream_is_told() {
    let answer = unbrick(&["convert", "fixtures/dump/linux.dat", "-o", "-"]);
    assert_eq!((answer.code, answer.out.as_str()), (2, ""));
    assert!(answer.err.contains("name a file or a folder with `-o`"), "{}", answer.err);
    let answer = unbrick(&["convert", "fixtures/dump/linux.dat"]);
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("add `-o` with a folder, or a file"), "{}", answer.err);
}

#[test]
fn a_list_of_many_lines_is_cut_on_the_screen_and_whole_in_the_file() {
    let text = String::from_utf8(fixture("dump/linux.dat")).unwrap();
    let dir = tempdir().unwrap();
    let (capture, list) = (dir.path().join("cut.dat"), dir.path().join("again.txt"));
    fs::write(&capture, &text[..text.len() / 2]).unwrap();
    let answer = unbrick(&["convert", capture.to_str().unwrap(), "--dump-list", list.to_str().unwrap()]);
    let lines = fs::read_to_string(&list).unwrap();
    let lines: Vec<&str> = lines.split_terminator('\r').collect();
    assert!(
        lines.len() > 150 && lines.iter().all(|line| line.len() == 15 && line.starts_with("d -b 0x7F0")),
        "{lines:?}"
    );
    assert_eq!(answer.out.matches("d -b 0x").count(), 16, "{}", answer.out);
    assert!(answer.prose().contains(&format!("The {} lines to send are in", lines.len())), "{}", answer.out);
    let answer = unbrick(&["convert", capture.to_str().unwrap(), "-o", dir.path().join("a.bin").to_str().unwrap()]);
    assert!(answer.prose().contains(&format!("and {} more: `--dump-list FILE`", lines.len() - 16)), "{}", answer.out);
}

/// The same bytes are called the same, as one binary and one by one.
#[test]
fn what_has_holes_is_partial_as_a_file_and_in_a_folder() {
    let dir = tempdir().unwrap();
    let text = String::from_utf8(fixture("dump/romfs.dat")).unwrap();
    let (lost, behind) = (text.find("[7F048000]").unwrap(), text.find("[7F048100]").unwrap());
    let inputs = ["a.log", "b.log"].map(|name| {
        let path = dir.path().join(name);
        fs::write(&path, format!("{}{}{name}\n", &text[..lost], &text[behind..])).unwrap();
        path.to_str().unwrap().to_owned()
    });
    for place in ["m.bin", "parts/"] {
        let out = format!("{}/{place}", dir.path().display());
        let merged = ["convert", &inputs[0], &inputs[1], "-o", &out, "--fill", "FF", "--format", "json"];
        assert_eq!(unbrick(&merged).json()["outputs"][0]["state"], "partial", "{place}");
    }
}

/// Nobody dumps the erased flash between the parts, and one binary would need it.
#[test]
fn parts_with_undumped_flash_between_come_out_in_a_folder() {
    let dir = tempdir().unwrap();
    let text = String::from_utf8(fixture("dump/romfs.dat")).unwrap();
    let half = text.find("[7F048000]").unwrap();
    for (name, text) in [("monday.log", &text[..half]), ("tuesday.log", &text[half..])] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    fs::write(dir.path().join("linux.dat"), fixture("dump/linux.dat")).unwrap();
    let convert = |out: &str| {
        let arguments = ["convert", "monday.log", "tuesday.log", "linux.dat", "-o", out];
        answer(command(&arguments).current_dir(dir.path()))
    };
    let as_one = convert("flash.bin");
    assert_eq!(as_one.code, 1, "{}", as_one.out);
    let next = "Dump them, or add `--fill FF` to write the file with holes in it, or name a folder with `-o` to write the \
                images one by one.";
    assert!(
        as_one.prose().starts_with(&format!("Wrote nothing: what was captured has holes. {next}")),
        "{}",
        as_one.out
    );
    assert!(!dir.path().join("flash.bin").exists());

    let apart = convert("parts/");
    assert_eq!(apart.code, 0, "{}", apart.out);
    assert_eq!(names(&dir.path().join("parts")), ["linux.zip", "romfs.img"]);
}

#[test]
fn a_byte_that_two_files_show_differently_is_told_with_both_files() {
    let dir = tempdir().unwrap();
    let text = String::from_utf8(fixture("dump/linux.dat")).unwrap();
    // without their ASCII columns nothing decides between the two
    let line = text.lines().find(|line| line.starts_with("[7F021230] ")).unwrap();
    let (hex, _) = line.split_at("[7F021230] ".len() + 49);
    for (name, digits) in [("monday.log", "E4"), ("tuesday.log", "E6")] {
        let mut changed = hex.to_owned();
        changed.replace_range(11..13, digits);
        fs::write(dir.path().join(name), text.replace(line, &changed)).unwrap();
    }
    let arguments = ["convert", "monday.log", "tuesday.log", "-o", "linux.bin"];
    let answer = answer(command(&arguments).current_dir(dir.path()));
    let told = "the byte at 0x7F021230 was captured twice, as E4 and as E6 E4 in `monday.log` and E6 in `tuesday.log`";
    assert!(answer.prose().contains(told), "{}", answer.out);
}

#[test]
fn of_settings_the_files_are_told_that_show_a_byte_differently_and_not_the_values() {
    let dir = tempdir().unwrap();
    let settings = fixture("settings/params.bin");
    let text = print::terminal_log(&settings, FlashAddr(0x7F1F_0000), Dialect::Bytes);
    let text = String::from_utf8(text).unwrap();
    let line = text.lines().map(str::trim).find(|line| line.starts_with("[7F1F0100] ")).unwrap();
    let (hex, _) = line.split_at("[7F1F0100] ".len() + 49);
    for (name, digits) in [("monday.log", "E4"), ("tuesday.log", "E6")] {
        let mut changed = hex.to_owned();
        changed.replace_range(11..13, digits);
        fs::write(dir.path().join(name), text.replace(line, &changed)).unwrap();
    }
    let arguments = ["convert", "monday.log", "tuesday.log", "-o", "settings.bin"];
    let answer = answer(command(&arguments).current_dir(dir.path()));
    let told = "the byte at 0x7F1F0100 was captured twice, as ?? and as ?? in `monday.log` and `tuesday.log`";
    assert!(answer.prose().contains(told), "{}", answer.out);
    assert!(!answer.out.contains("E4") && !answer.out.contains("E6"), "{}", answer.out);
}
