//! `unbrick explain`: the story for somebody who never opened a hex editor.

use crate::terminal::{answer, command, fixture, fixtures, project, real, samples, unbrick};

/// What the story of a dump must tell, whatever the camera.
fn assert_tells(prose: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(prose.contains(sentence), "{sentence:?} is not in: {prose}");
    }
}

#[test]
fn the_folder_of_a_dump_is_explained_from_the_first_file_to_the_command_to_type() {
    let answer = unbrick(&["explain", "fixtures/dump"]);
    assert_eq!((answer.code, answer.err.as_str()), (1, ""), "the kernel is cut");
    assert_tells(
        &answer.prose(),
        &[
            "all of them can be made whole",
            "It is a ZIP file already",
            "It need not be flashed",
            "The 96 bytes that are missing at the end of `linux` are the first 96 bytes of `romfs`.",
            "the boot loader answer `ERROR: unzip failed! -5`",
            "Boot info is only 56 bytes long, shorter than one page of 256",
            "unbrick convert fixtures/dump -o fixed",
        ],
    );
}

#[test]
fn the_folder_of_the_real_dump_is_explained() {
    let Some(folder) = real("") else { return };
    let answer = unbrick(&["explain", &folder]);
    assert_eq!((answer.code, answer.err.as_str()), (1, ""), "the kernel is cut");
    assert_tells(
        &answer.prose(),
        &[
            "Decoded, it is `linux` byte for byte",
            "It is a ZIP file already",
            "It need not be flashed",
            "The 80 bytes that are missing at the end of `linux` are the first 80 bytes of `romfs`.",
            "the boot loader answer `ERROR: unzip failed! -5`",
            "a whole kernel of 712,016 bytes",
            "CRC-32 0x83FB4F9D",
            "Boot info is only 56 bytes long, shorter than one page of 256",
            &format!("unbrick convert {folder} -o fixed"),
            "d -b 0x7F010000",
        ],
    );
}

#[test]
fn the_command_that_is_told_does_what_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let told = unbrick(&["explain", "fixtures/dump"]).out;
    let line = told.lines().find(|line| line.trim().starts_with("unbrick convert")).unwrap();
    let fixed = dir.path().join("fixed").to_str().unwrap().to_owned();
    let words: Vec<String> = line.split_whitespace().skip(1).map(|word| word.replace("fixed", &fixed)).collect();
    assert_eq!(unbrick(&words).code, 0);
}

#[test]
fn every_single_file_has_a_story() {
    for file in fixtures() {
        let answer = unbrick(&["explain", &file]);
        let expected = match std::fs::read(project().join(&file)).unwrap().is_empty() {
            true => 1,
            false => unbrick(&["inspect", &file]).code,
        };
        assert_eq!((answer.code, answer.err.as_str()), (expected, ""), "{file}: it ends as `inspect` does");
        assert!(answer.out.len() > 80, "{file}: {}", answer.out);
        assert!(!answer.prose().contains("nothing that belongs"), "{file}: {}", answer.out);
    }
}

#[test]
fn a_folder_ends_as_its_worst_file_does() {
    assert_eq!(unbrick(&["explain", "fixtures/flashed"]).code, 0);
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("whole"), fixture("flashed/romfs.img")).unwrap();
    std::fs::write(dir.path().join("BOOT INFO"), b"").unwrap();
    let folder = dir.path().to_str().unwrap();
    assert_eq!(unbrick(&["explain", folder]).code, 0, "the empty file is as it must be");
    std::fs::write(dir.path().join("cut"), &fixture("flashed/romfs.img")[..40_000]).unwrap();
    assert_eq!(unbrick(&["explain", folder]).code, 1);
}

#[test]
fn every_code_is_explained_one_by_one_and_in_the_list() {
    let list = unbrick(&["explain", "--list"]);
    let json = unbrick(&["explain", "--list", "--format", "json"]).json();
    assert_eq!(json["schema"], "unbrick.codes/1");
    let codes = json["codes"].as_array().unwrap();
    assert!(codes.len() > 200);
    for code in codes.iter().step_by(7) {
        let name = code["code"].as_str().unwrap();
        assert!(list.out.contains(name), "{name} is not in the list");
        let answer = unbrick(&["explain", name]);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{name}");
        // of a console line, what shows it; of a finding, its words
        assert!(["What shows it", "How it is worded"].iter().any(|title| answer.out.contains(title)), "{}", answer.out);
        let answer = unbrick(&["explain", name, "--format", "json"]).json();
        // a name in two catalogues is explained twice
        assert!(answer["codes"].as_array().unwrap().contains(code), "{name}");
    }
}

#[test]
fn a_console_line_is_explained_as_it_was_printed() {
    for (line, says) in [
        ("ERROR: unzip failed! -5", "The packed kernel stops before its end"),
        ("unzip -3", "not packed with deflate"),
        ("ERROR: Data corrupted, please check the free space of flash.", "refused to flash"),
        ("Write failed", "could not write it to the flash"),
        ("Invalid zip file", "is no zip"),
        ("write i2c error", "security chip"),
        ("BINFMT_FLAT: bad magic/rev (0x74202d74, need 0x4)", "/bin/init is a script"),
    ] {
        let answer = unbrick(&["explain", line]);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{line}");
        assert_tells(&answer.prose(), &[says]);
    }
}

#[test]
fn a_console_line_needs_no_quotes() {
    for line in ["write i2c error", "ERROR: unzip failed! -5", "unzip -3"] {
        let words: Vec<&str> = std::iter::once("explain").chain(line.split(' ')).collect();
        assert_eq!(unbrick(&words).out, unbrick(&["explain", line]).out, "{line}");
    }
    let unknown = unbrick(&["explain", "no", "such", "line"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("no known console line `no such line`"), "{}", unknown.err);
    let several = unbrick(&["explain", "fixtures/dump/linux", "fixtures/dump/romfs"]);
    assert_eq!((several.code, several.err.lines().count()), (2, 1));
    assert!(several.err.contains("several files are named, and one thing is explained at a time"), "{}", several.err);
}

#[test]
fn a_name_that_is_nearly_right_is_suggested_and_nonsense_is_said_to_be_unknown() {
    let answer = unbrick(&["explain", "kernel-truncatd"]);
    assert_eq!((answer.code, answer.out.as_str()), (2, ""));
    assert!(answer.err.contains("did you mean `kernel-truncated`?"), "{}", answer.err);
    let answer = unbrick(&["explain", "no-such-code"]);
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("explain --list"), "{}", answer.err);
    assert!(unbrick(&["explain", "nothing.log"]).err.contains("no such file"));
    assert_eq!(unbrick(&["explain"]).code, 2);
    assert_eq!(unbrick(&["explain", "--list", "carried-page"]).code, 2);
}

/// The console logs of the fixtures.
const CONSOLE: &str = "fixtures/console";

#[test]
fn a_log_from_standard_input_has_the_story_of_the_file() {
    let path = format!("{CONSOLE}/security-chip.log");
    let read = answer(command(&["explain", "-"]).write_stdin(fixture("console/security-chip.log")));
    let named = unbrick(&["explain", &path]);
    assert_eq!((read.code, read.out), (0, named.out));
}

#[test]
fn a_log_in_utf_16_with_colours_and_zeros_has_the_story_of_the_plain_one() {
    let plain = unbrick(&["explain", &format!("{CONSOLE}/unzip-5.log")]).out;
    let dir = tempfile::tempdir().unwrap();
    let text = String::from_utf8(fixture("console/unzip-5.log")).unwrap();
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xFF\xFE".as_slice(), &wide].concat();
    let coloured = text.replace("ERROR:", "\x1b[1;31mERROR:\x1b[0m").replace("Cache", "\0Cache");
    for bytes in [wide, marked, coloured.into_bytes()] {
        let path = dir.path().join("unzip-5.log");
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(unbrick(&["explain", path.to_str().unwrap()]).out, plain);
    }
}

#[test]
fn a_capture_with_a_log_in_it_tells_of_both() {
    let prose = unbrick(&["explain", "fixtures/log/boot-info-and-footer.log"]).prose();
    assert_tells(
        &prose,
        &[
            "The text log of a serial dump",
            "It holds a console log as well",
            "all three images are there",
            "typed: `chk`",
        ],
    );
    let document = unbrick(&["explain", "fixtures/log/boot-info-and-footer.log", "--format", "json"]).json();
    assert_eq!(document["log"]["images"]["images"].as_array().unwrap().len(), 3);
}

#[test]
fn the_story_of_a_log_is_the_same_for_people_and_programs() {
    for entry in std::fs::read_dir(project().join(CONSOLE)).unwrap() {
        let path = format!("{CONSOLE}/{}", entry.unwrap().file_name().to_string_lossy());
        let prose = unbrick(&["explain", &path]).prose();
        let document = unbrick(&["explain", &path, "--format", "json"]).json();
        assert_eq!(document["schema"], "unbrick.explain/1");
        assert!(prose.starts_with(document["answer"].as_str().unwrap()), "{path}");
        let matter = &document["log"]["matter"];
        if !matter.is_null() {
            assert_tells(&prose, &[&format!("Line {}", matter["line"])]);
            assert!(document["log"]["boots"].as_array().unwrap().iter().any(|boot| {
                boot["first_line"].as_u64() <= matter["line"].as_u64()
                    && matter["line"].as_u64() <= boot["last_line"].as_u64()
            }));
        }
    }
}

#[test]
fn the_folder_of_logs_is_explained_log_by_log() {
    let prose = unbrick(&["explain", CONSOLE]).prose();
    assert_tells(
        &prose,
        &[
            "This folder holds logs of a camera's console, and no firmware",
            "security-chip.log",
            "its security-chip check failed ten times in a row",
            "unzip-5.log",
            "is cut short",
        ],
    );
}

#[test]
fn every_published_log_is_told() {
    let Some(folder) = samples() else { return };
    for (name, says) in [
        ("t1_computersolutions_2MB_dec2009.txt", "typed: `fx 6 romfs.img 0x7f0e0000 0x7f0e0000 -a`"),
        ("t2_wansview_nc541_4MB_may2010.txt", "all three images are there"),
        ("t3_wanscam_4MB_panic_case_may2010.txt", "built for boards with 8 MB of memory, and this one has 16"),
        ("t4_fi8908w_clone_8MBram_4MB_aug2009.txt", "no stretch of 118 pages of memory was free"),
        ("t5_grenville_w90n745_jun2006.txt", "The board has 8 MB of memory and 4 MB of flash."),
        ("t6_topic84_bootinfo_and_bad_flash.txt", "Image 0 (BOOT INFO) is missing"),
        ("t7_i2c_reboot_logs.txt", "The flash is not damaged"),
        ("t8_real_kernel_and_camera_program_in_an_emulator.txt", "build 1452 of 2010-12-06 08:08:33"),
    ] {
        let path = folder.join("transcripts").join(name);
        let path = path.to_str().unwrap();
        let answer = unbrick(&["explain", path]);
        // some hold captures as well, of which much is missing
        assert_eq!((answer.code, answer.err.as_str()), (unbrick(&["inspect", path]).code, ""), "{name}");
        assert_tells(&answer.prose(), &[says]);
    }
}

#[test]
fn a_file_of_nothing_but_filler_is_called_so_and_what_to_do_is_told() {
    let dir = tempfile::tempdir().unwrap();
    for (byte, told) in [(0xFF, "nothing but erased flash (FF)"), (0, "nothing but zeros")] {
        let path = dir.path().join("dump.img");
        std::fs::write(&path, vec![byte; 70_000]).unwrap();
        let answer = unbrick(&["explain", path.to_str().unwrap()]);
        assert!(
            answer.prose().contains(told) && answer.prose().contains("see at the boot loader's prompt"),
            "{answer:?}"
        );
    }
}

#[test]
fn an_echo_with_an_address_is_no_waiting_xmodem_receiver() {
    let dump = String::from_utf8(fixture("dump/linux.dat")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("dump.log");
    std::fs::write(&path, dump.replacen("-b 0x7F020000", "-b 0x7F0CCC00", 1)).unwrap();
    let answer = unbrick(&["explain", path.to_str().unwrap()]);
    assert!(!answer.prose().contains("console log"), "{answer:?}");
}
