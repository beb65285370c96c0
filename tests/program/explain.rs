//! `unbrick explain`: the story for somebody who never opened a hex editor.

use strum::IntoEnumIterator;
use unbrick::finding::Code;

use crate::terminal::{fixtures, real, unbrick};

/// What the story of a dump must tell, whatever the camera.
fn assert_tells(prose: &str, sentences: &[&str]) {
    for sentence in sentences {
        assert!(prose.contains(sentence), "{sentence:?} is not in: {prose}");
    }
}

#[test]
fn the_folder_of_a_dump_is_explained_from_the_first_file_to_the_command_to_type() {
    let answer = unbrick(&["explain", "fixtures/dump"]);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
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
    assert_eq!((answer.code, answer.err.as_str()), (0, ""));
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
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{file}");
        assert!(answer.out.len() > 80, "{file}: {}", answer.out);
        assert!(!answer.prose().contains("nothing that belongs"), "{file}: {}", answer.out);
    }
}

#[test]
fn every_finding_code_is_explained() {
    for code in Code::iter() {
        let answer = unbrick(&["explain", &code.to_string()]);
        assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{code}");
        assert!(answer.out.contains("What to do"), "{}", answer.out);
    }
    assert_eq!(unbrick(&["explain", "no-such-code"]).code, 2);
}
