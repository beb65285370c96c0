//! The contract with other programs: names of schemas and fields, and that every byte is told of exactly once.

use serde_json::Value;
use tempfile::tempdir;

use crate::terminal::{fixtures, samples, unbrick};

const KINDS: &str = "boot-loader boot-info kernel romfs web-ui settings footer update elf flat zip gzip capture boot-log \
    erased zero carried-page unknown file";

const STATES: [&str; 6] = ["verified", "plausible", "truncated", "partial", "damaged", "unchecked"];

const CAUSES: &str = "equal carried-page cut-tail xmodem-padding xmodem-resend erased zero-fill footer boot-loader \
    boot-info web-ui settings missing-line missing-page repeated-line repeated-page word-order half-word-order \
    digit-error address-mirror unknown-bytes romfs-header romfs-order file-changed file-added file-removed file-moved \
    kernel-changed unexplained";

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))).unwrap()
}

fn is_in(list: &str, value: &Value) -> bool {
    list.split_whitespace().any(|word| value == word)
}

/// Regions cover `start..end`, in order and without gaps; the ones inside do the same for theirs.
fn assert_covers(regions: &Value, start: usize, end: usize, file: &str) {
    let mut at = start;
    for region in regions.as_array().unwrap() {
        assert_eq!(number(&region["start"]), at, "{file}: {region}");
        let region_end = number(&region["end"]);
        assert!(region_end > at, "{file}: an empty region {region}");
        assert!(is_in(KINDS, &region["kind"]), "{file}: {}", region["kind"]);
        assert!(STATES.iter().any(|state| region["state"] == *state), "{file}: {}", region["state"]);
        assert!(region.get("name").is_none_or(Value::is_string), "{file}: {region}");
        if let Some(inner) = region.get("regions") {
            assert_covers(inner, at, region_end, file);
        }
        at = region_end;
    }
    assert_eq!(at, end, "{file}");
}

fn assert_findings(findings: &Value, len: usize, file: &str) {
    for finding in findings.as_array().unwrap() {
        for field in ["code", "severity", "message", "help"] {
            assert!(finding[field].as_str().is_some_and(|text| !text.is_empty()), "{file}: {field} of {finding}");
        }
        assert!(["note", "warning", "error"].iter().any(|severity| finding["severity"] == *severity), "{finding}");
        assert!(number(&finding["start"]) <= number(&finding["end"]), "{file}: {finding}");
        assert!(number(&finding["end"]) <= len, "{file}: {finding}");
    }
}

/// All that the contract says of one file of an `inspect`.
fn assert_inspected(file: &Value) {
    let path = file["path"].as_str().unwrap();
    let size = number(&file["size"]);
    assert_eq!(size as u64, std::fs::metadata(crate::terminal::project().join(path)).unwrap().len(), "{path}");
    assert!(is_in(KINDS, &file["kind"]) || file["kind"] == "flash", "{path}: {}", file["kind"]);
    assert!(file["address"].is_u64() || file["address"].is_null(), "{path}");
    assert_covers(&file["regions"], 0, size, path);
    let image_len = match file.get("decoded") {
        Some(decoded) => {
            assert_covers(&decoded["regions"], 0, number(&decoded["size"]), path);
            number(&decoded["size"])
        }
        None => size,
    };
    assert_findings(&file["findings"], image_len, path);
}

#[test]
fn inspect_tells_of_every_byte_of_every_file_exactly_once() {
    for path in fixtures().iter().filter(|path| *path != "fixtures/dump/BOOT INFO") {
        let document = unbrick(&["inspect", path, "--format", "json"]).json();
        assert_eq!(keys(&document), ["files", "schema"]);
        assert_eq!(document["schema"], "unbrick.inspect/1");
        assert_eq!(document["files"].as_array().unwrap().len(), 1);
        assert_eq!(document["files"][0]["path"], path.as_str());
        assert_inspected(&document["files"][0]);
    }
}

#[test]
fn inspect_tells_of_every_byte_of_the_real_files_exactly_once() {
    let Some(folder) = samples() else { return };
    for part in ["recovery-tool", "romfs", "updates", "transcripts"] {
        for entry in std::fs::read_dir(folder.join(part)).unwrap() {
            let path = entry.unwrap().path();
            let answer = unbrick(&["inspect", path.to_str().unwrap(), "--format", "json"]);
            match answer.code {
                0 | 1 => assert_inspected(&answer.json()["files"][0]),
                _ => assert_eq!(answer.out, "", "{}: {}", path.display(), answer.err),
            }
        }
    }
}

#[test]
fn inspect_gives_addresses_as_numbers_and_kinds_by_name() {
    let document = unbrick(&["inspect", "fixtures/camera/flash.bin", "--format", "json"]).json();
    let flash = &document["files"][0];
    assert_eq!((&flash["kind"], &flash["address"]), (&Value::from("flash"), &Value::from(0x7F00_0000)));
    let kinds: Vec<&str> = flash["regions"].as_array().unwrap().iter().map(|r| r["kind"].as_str().unwrap()).collect();
    for kind in ["boot-loader", "boot-info", "kernel", "romfs", "settings", "web-ui", "footer", "erased"] {
        assert!(kinds.contains(&kind), "{kind} is not among {kinds:?}");
    }
    let files = flash["regions"].as_array().unwrap().iter().find(|region| region["kind"] == "romfs").unwrap();
    let files = files["regions"].as_array().unwrap();
    let camera = files.iter().find(|region| region["name"] == "/bin/camera").unwrap();
    assert!(camera["regions"].as_array().unwrap().iter().any(|region| region["kind"] == "flat"), "{camera}");

    let document = unbrick(&["inspect", "fixtures/dump/linux.dat", "--format", "json"]).json();
    assert_eq!(document["files"][0]["kind"], "capture");
    assert_eq!(document["files"][0]["address"], 0x7F02_0000);
    assert_eq!(document["files"][0]["decoded"]["kind"], "kernel");
    let document = unbrick(&["inspect", "fixtures/dump/romfs", "--format", "json"]).json();
    assert_eq!(document["files"][0]["address"], Value::Null);
    assert_eq!(document["files"][0]["regions"][0]["kind"], "carried-page");
    assert_eq!(document["files"][0]["findings"][0]["code"], "carried-page");
}

/// All that the contract says of a `diff`.
fn assert_compared(document: &Value, told: &str) {
    for key in ["schema", "equal", "summary", "old", "new", "segments", "files", "findings"] {
        assert!(document.get(key).is_some(), "{told}: there is no {key}");
    }
    assert_eq!(document["schema"], "unbrick.diff/1");
    assert!(document["summary"].as_str().is_some_and(|summary| !summary.is_empty()), "{told}");
    let mut at = (0, 0);
    for segment in document["segments"].as_array().unwrap() {
        let ends = |side: &str| (number(&segment[side]["start"]), number(&segment[side]["end"]));
        let (old, new) = (ends("old"), ends("new"));
        assert_eq!((old.0, new.0), at, "{told}: {segment}");
        assert!(old.1 > old.0 || new.1 > new.0, "{told}: {segment}");
        assert!(is_in(CAUSES, &segment["cause"]), "{told}: {segment}");
        assert!(segment["note"].is_string(), "{told}: {segment}");
        if segment["cause"] == "equal" {
            assert_eq!(old.1 - old.0, new.1 - new.0, "{told}: {segment}");
        }
        at = (old.1, new.1);
    }
    assert_eq!(at, (number(&document["old"]["size"]), number(&document["new"]["size"])), "{told}");
    let all_equal = document["segments"].as_array().unwrap().iter().all(|segment| segment["cause"] == "equal");
    assert_eq!(document["equal"], all_equal, "{told}");
    for file in document["files"].as_array().unwrap() {
        let (old, new) = (file.get("old").is_some(), file.get("new").is_some());
        let expected = match file["status"].as_str().unwrap() {
            "added" => (false, true),
            "removed" => (true, false),
            "changed" | "moved" => (true, true),
            other => panic!("{told}: the status {other}"),
        };
        assert_eq!((old, new), expected, "{told}: {file}");
        assert!(file["path"].is_string(), "{told}: {file}");
    }
}

#[test]
fn diff_tells_of_every_byte_of_both_files_exactly_once() {
    let files = fixtures().into_iter().filter(|file| file != "fixtures/dump/BOOT INFO").collect::<Vec<_>>();
    for (index, old) in files.iter().enumerate() {
        // each with two others, in a circle, and the whole flash with all
        for step in [1, 3] {
            let new = &files[(index + step) % files.len()];
            let answer = unbrick(&["diff", old, new, "--format", "json"]);
            let document = answer.json();
            let told = format!("{old} and {new}");
            assert_compared(&document, &told);
            assert_eq!(answer.code == 0, document["equal"] == true, "{told}");
            assert_eq!((&document["old"]["path"], &document["new"]["path"]), (&old[..].into(), &new[..].into()));
        }
    }
}

#[test]
fn diff_names_cause_and_files_of_what_happened() {
    let diff = |old: &str, new: &str| unbrick(&["diff", old, new, "--format", "json"]).json();
    let document = diff("fixtures/flashed/romfs.img", "fixtures/dump/romfs");
    let causes: Vec<&Value> = document["segments"].as_array().unwrap().iter().map(|s| &s["cause"]).collect();
    assert_eq!(causes, ["carried-page", "equal"]);
    assert_eq!(document["segments"][0]["new"], serde_json::json!({"start": 0, "end": 256}));
    assert_eq!(document["files"].as_array().unwrap().len(), 0);

    let document = diff("fixtures/flashed/romfs.img", "fixtures/update/romfs-2_61.img");
    let files = document["files"].as_array().unwrap();
    let told: Vec<(&str, &str)> =
        files.iter().map(|file| (file["status"].as_str().unwrap(), file["path"].as_str().unwrap())).collect();
    for expected in [
        ("changed", "bin/hazel.conf"),
        ("changed", "bin/init"),
        ("added", "bin/wifiscan"),
        ("removed", "share/CHANGES"),
    ] {
        assert!(told.contains(&expected), "{expected:?} is not among {told:?}");
    }
}

#[test]
fn every_other_command_names_its_schema() {
    let dir = tempdir().unwrap();
    let out = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    for (arguments, schema) in [
        (vec!["explain", "fixtures/dump"], "unbrick.explain/1"),
        (vec!["explain", "carried-page"], "unbrick.explain/1"),
        (vec!["ls", "fixtures/flashed/romfs.img"], "unbrick.ls/1"),
        (vec!["convert", "fixtures/dump", "-o", &out("fixed")], "unbrick.convert/1"),
        (vec!["check", "fixtures/flashed/linux.zip", "--board", "4m"], "unbrick.check/1"),
        (vec!["extract", "fixtures/flashed/romfs.img", "-o", &out("files")], "unbrick.manifest/1"),
        (vec!["pack", "romfs", &out("files"), "-o", &out("romfs.img")], "unbrick.pack/1"),
        (vec!["pack", "update", "--romfs", &out("romfs.img"), "-o", &out("update.bin")], "unbrick.pack/1"),
        (vec!["pack", "settings", "fixtures/settings/params.bin", "-o", &out("params.bin")], "unbrick.pack/1"),
    ] {
        let document = unbrick(&[&arguments[..], &["--format", "json"]].concat()).json();
        assert_eq!(document["schema"], schema, "{arguments:?}");
    }
}

#[test]
fn convert_lists_what_it_wrote_and_what_to_dump() {
    let dir = tempdir().unwrap();
    let out = dir.path().to_str().unwrap();
    let document = unbrick(&["convert", "fixtures/dump", "-o", out, "--format", "json"]).json();
    for output in document["outputs"].as_array().unwrap() {
        let written = std::fs::metadata(output["path"].as_str().unwrap()).unwrap();
        assert_eq!(output["size"], written.len());
        assert_eq!(output["state"], "verified");
    }
    assert_eq!(document["outputs"].as_array().unwrap().len(), 2);
    assert_eq!(document["missing"][0]["pages"], serde_json::json!([0x7F01_0000]));
}

#[test]
fn pack_tells_what_it_built_with_numbers_for_addresses_and_sums() {
    let dir = tempdir().unwrap();
    let out = dir.path().join("an update.bin").to_str().unwrap().to_owned();
    let parts = ["--kernel", "fixtures/flashed/linux.zip", "--romfs", "fixtures/flashed/romfs.img"];
    let document = unbrick(&[&["pack", "update", "-o", &out, "--format", "json"], &parts[..]].concat()).json();
    let fields = "changes changes_against details findings footers kind next path proofs remarks schema size state";
    assert_eq!(keys(&document).join(" "), fields);
    assert_eq!((&document["path"], &document["kind"]), (&Value::from(out.as_str()), &Value::from("update")));
    let fields = "base checksum exec flags footer image image_checksum load name size";
    for footer in document["footers"].as_array().unwrap() {
        assert_eq!(keys(footer).join(" "), fields);
        for number in ["base", "checksum", "footer", "image_checksum", "size"] {
            assert!(footer[number].is_u64(), "{number} of {footer}");
        }
    }
    let check = document["next"][0]["commands"][0].as_str().unwrap();
    assert!(check.contains(&format!("'{out}'")), "a path with a blank is quoted to be typed: {check}");
}

#[test]
fn the_same_input_gives_the_same_document() {
    for arguments in [
        ["inspect", "fixtures/camera/flash.bin", "--format", "json"].as_slice(),
        &["diff", "fixtures/camera/flash.bin", "fixtures/update/hazel_0_37_2_61.bin", "--format", "json"],
    ] {
        assert_eq!(unbrick(arguments).out, unbrick(arguments).out);
    }
}

#[test]
fn check_gives_every_claim_with_rule_source_and_certainty() {
    let parts = ["fixtures/flashed/linux.zip", "fixtures/update/romfs-2_61.img"];
    for (arguments, verdict, code) in [
        (vec![parts[0], parts[1], "--board", "4m"], "safe", 0),
        (vec![parts[0], "--board", "4m"], "risky", 1),
        (vec!["fixtures/dump/linux", parts[1], "--board", "2m"], "will-not-boot", 1),
        (vec!["fixtures/camera/flash.bin", "--like", "fixtures/camera/flash.bin"], "safe", 0),
    ] {
        let answer = unbrick(&[&["check"], &arguments[..], &["--format", "json"]].concat());
        assert_eq!(answer.code, code, "{arguments:?}");
        let document = answer.json();
        assert_eq!(
            keys(&document),
            [
                "because", "board", "cautions", "claims", "files", "findings", "losses", "places", "schema", "steps",
                "verdict"
            ]
        );
        assert_eq!(document["verdict"], verdict, "{arguments:?}");
        assert_eq!(document["because"].as_array().unwrap().is_empty(), verdict == "safe");
        for claim in document["claims"].as_array().unwrap() {
            for field in ["rule", "question", "outcome", "weight", "says", "source", "certainty"] {
                assert!(claim[field].as_str().is_some_and(|text| !text.is_empty()), "{field} of {claim}");
            }
            assert!(is_in("holds fails unknown", &claim["outcome"]), "{claim}");
            assert!(is_in("certain likely unknown", &claim["certainty"]), "{claim}");
            assert!(is_in("nothing risk no-boot", &claim["weight"]), "{claim}");
        }
        for step in document["steps"].as_array().unwrap() {
            assert!(is_in("note run type send", &step["do"]), "{step}");
        }
        for number in ["flash_bytes", "web_ui", "settings", "upload_limit", "kernel_end"] {
            let number = &document["board"][number];
            assert!(number["from"].is_string() && number["certainty"].is_string(), "{number}");
        }
    }
}
