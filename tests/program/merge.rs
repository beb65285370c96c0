//! `unbrick convert` with several captures of the same flash: one image, and what of it is proved.

use std::fs;

use serde_json::json;
use tempfile::{TempDir, tempdir};

use crate::terminal::{fixture, names, unbrick};

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
