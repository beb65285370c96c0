//! What is the owner's stays at home: no command shows a letter of it unless it is asked to, and a redacted copy has none
//! of it.
//!
//! Every text of a block of settings is set to letters that occur nowhere else, and any five of its letters in a row
//! are looked for: as they are, as UTF-16, as hexadecimal digits in any spacing, and as base64.

use std::fs;
use std::path::Path;

use aho_corasick::AhoCorasick;
use tempfile::{TempDir, tempdir};
use unbrick::capture::{Dialect, print};
use unbrick::format::settings::{self, Draft, Field, Value};
use unbrick::image::FlashAddr;

use crate::terminal::{Answer, answer, command, fixture, tree};

const ZONE: usize = 0x1F_0000;
const ZONE_ADDRESS: FlashAddr = FlashAddr(0x7F1F_0000);

/// As many letters in a row give a secret away.
const WINDOW: usize = 5;

/// Letters that no program, page or word has in this order, the same for the same seed.
fn letters(seed: usize, len: usize) -> String {
    const ALPHABET: &[u8] = b"bcdfghjkmnpqrstvwxyzBCDFGHJKLMNPQRSTVWXYZ23456789";
    let mut state = seed as u64 * 2 + 1;
    let letter = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(ALPHABET[(state >> 33) as usize % ALPHABET.len()])
    });
    letter.skip(3).take(len).collect()
}

fn fields_of(block: &[u8]) -> Vec<Field> {
    settings::parse(block).unwrap().value.fields(block)
}

/// Settings of which every text and address is a secret, and the secrets.
fn owned(seed: usize) -> (Vec<u8>, Vec<String>) {
    let mut draft = Draft::camera();
    let mut secrets = Vec::new();
    for (index, field) in fields_of(&Draft::camera().finish()).iter().enumerate() {
        if !matches!(field.value, Value::Secret(_)) {
            continue;
        }
        let name = field.name.as_ref();
        let value = match name {
            "id" => letters(seed + index, 12).bytes().map(|letter| format!("{:X}", letter % 16)).collect(),
            _ if field.span.len() == 4 => format!("203.{}.113.{}", 100 + seed % 100, 100 + index % 100),
            _ => letters(seed * 1000 + index, (field.span.len() - 1).min(24)),
        };
        draft.set(name, &value).unwrap();
        secrets.push(value);
    }
    assert!(secrets.len() > 80, "{}", secrets.len());
    (draft.finish(), secrets)
}

/// The state of dynamic DNS of somebody who has it.
fn dynamic_dns(secrets: &mut Vec<String>) -> Vec<u8> {
    let host = letters(77_777, 30);
    let mut content = host.clone().into_bytes();
    content.resize(0xE0 - 0x0C, 0);
    secrets.push(host);
    let mut draft = Draft::dynamic_dns();
    draft.set("content", &hex::encode(content)).unwrap();
    draft.finish()
}

fn flash_with(block: &[u8], dynamic_dns: &[u8]) -> Vec<u8> {
    let mut flash = fixture("camera/flash.bin");
    flash[ZONE..ZONE + block.len()].copy_from_slice(block);
    flash[ZONE + 0x7100..ZONE + 0x7100 + dynamic_dns.len()].copy_from_slice(dynamic_dns);
    flash[ZONE + 0x8000..ZONE + 0x8000 + block.len()].copy_from_slice(block);
    flash
}

/// Everything that would give a secret away, in every form.
struct Search {
    forms: Vec<(Vec<u8>, String)>,
    automaton: AhoCorasick,
}

impl Search {
    fn of(secrets: &[String]) -> Self {
        let mut forms: Vec<(Vec<u8>, String)> = Vec::new();
        for secret in secrets {
            for window in secret.as_bytes().windows(WINDOW) {
                // what all of the addresses have in common gives none away
                if window.iter().filter(|letter| letter.is_ascii_digit() || **letter == b'.').count() == WINDOW
                    && secret.contains('.')
                {
                    continue;
                }
                let wide = window.iter().flat_map(|&byte| [byte, 0]).collect();
                let digits = hex::encode(window);
                let forms_of =
                    [window.to_vec(), wide, digits.to_uppercase().into_bytes(), digits.into_bytes(), base64(window)];
                forms.extend(forms_of.map(|form| (form, secret.clone())));
            }
            if secret.contains('.') {
                let octets: Vec<u8> = secret.split('.').map(|octet| octet.parse().unwrap()).collect();
                forms.extend([secret.clone().into_bytes(), octets].map(|form| (form, secret.clone())));
            }
        }
        let automaton = AhoCorasick::new(forms.iter().map(|(form, _)| form)).unwrap();
        Self { forms, automaton }
    }

    /// Where a secret shows, if one does.
    fn find(&self, printed: &[u8]) -> Option<String> {
        // digits in pairs or words, with blanks between them, are digits as well
        let joined: Vec<u8> = printed.iter().copied().filter(|byte| !matches!(byte, b' ' | b'\n' | b'-')).collect();
        [printed, &joined].into_iter().find_map(|printed| {
            let hit = self.automaton.find(printed)?;
            let near = &printed[hit.start().saturating_sub(60)..(hit.end() + 60).min(printed.len())];
            let (_, secret) = &self.forms[hit.pattern().as_usize()];
            Some(format!("`{secret}` at 0x{:X}: {}", hit.start(), String::from_utf8_lossy(near)))
        })
    }
}

/// The whole groups of six bits at the start of `bytes`, as base64 has them.
fn base64(bytes: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = bytes.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let digits = bytes.len() * 8 / 6;
    let shift = bytes.len() * 8 - digits * 6;
    (0..digits).map(|index| DIGITS[(bits >> shift >> (6 * (digits - 1 - index))) as usize & 0x3F]).collect()
}

struct Desk {
    dir: TempDir,
    search: Search,
}

impl Desk {
    /// Two cameras' settings in every form that they can come in.
    fn new() -> Self {
        let (old, mut secrets) = owned(1);
        let (new, more) = owned(2);
        secrets.extend(more);
        let dynamic_dns = dynamic_dns(&mut secrets);
        let dir = tempdir().unwrap();
        let put = |name: &str, bytes: &[u8]| fs::write(dir.path().join(name), bytes).unwrap();
        for (name, block) in [("old", &old), ("new", &new)] {
            put(&format!("{name}.params"), block);
            let flash = flash_with(block, &dynamic_dns);
            put(&format!("{name}.flash"), &flash);
            put(&format!("{name}.cut"), &block[..0x700]);
            put(&format!("{name}.memory"), &[&[0x11; 0x2_1234], block.as_slice(), &[0x22; 0x2_4321]].concat());
            let capture = print::recovery_tool(&flash[ZONE..ZONE + 0x1_0000], ZONE_ADDRESS);
            put(&format!("{name}.dat"), &capture);
            put(
                &format!("{name}.log"),
                &print::terminal_log(&flash[ZONE..ZONE + 0x2000], ZONE_ADDRESS, Dialect::Words),
            );
            put(&format!("{name}.noisy"), &noisy(&capture));
            put(
                &format!("{name}.zip"),
                &zip_of(&[("flash.bin", &flash), ("backup.bin", block), ("dump.dat", &capture)]),
            );
        }
        Self { dir, search: Search::of(&secrets) }
    }

    fn run(&self, arguments: &[&str]) -> Answer {
        answer(command(arguments).current_dir(self.dir.path()))
    }

    fn shows_nothing(&self, arguments: &[&str]) {
        for format in ["text", "json"] {
            let arguments = [arguments, &["--format", format]].concat();
            let answer = self.run(&arguments);
            assert!(answer.code <= 2 && !answer.err.contains("panicked"), "{arguments:?}: {}", answer.err);
            self.assert_hidden(answer.out.as_bytes(), &arguments.join(" "));
            self.assert_hidden(answer.err.as_bytes(), &arguments.join(" "));
        }
    }

    fn assert_hidden(&self, printed: &[u8], by: &str) {
        if let Some(found) = self.search.find(printed) {
            panic!("{by} shows {found}");
        }
    }
}

/// Some digits and some letters of the ASCII column changed, in the settings above all.
fn noisy(capture: &[u8]) -> Vec<u8> {
    let mut text = capture.to_vec();
    let len = text.len();
    for number in 0..400 {
        let at = (number * 7919) % len.min(0x8000);
        match text[at] {
            b'0'..=b'8' => text[at] += 1,
            b'A'..=b'E' | b'g'..=b'y' => text[at] += 1,
            _ => {}
        }
    }
    text
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::{Cursor, Write};
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const FORMS: [&str; 8] = ["params", "flash", "cut", "memory", "dat", "log", "noisy", "zip"];

#[test]
fn no_command_shows_a_secret_unless_it_is_asked_to() {
    let desk = Desk::new();
    for form in FORMS {
        let (old, new) = (format!("old.{form}"), format!("new.{form}"));
        desk.shows_nothing(&["inspect", &old]);
        desk.shows_nothing(&["explain", &old]);
        desk.shows_nothing(&["ls", "--recursive", &old]);
        desk.shows_nothing(&["diff", "--details", &old, &new]);
        desk.shows_nothing(&["diff", "--details", &old, &new, &old]);
        desk.shows_nothing(&["convert", &old, "-o", "out/", "--force"]);
        desk.shows_nothing(&["convert", &old, "-o", "out.bin", "--force", "--fill", "FF", "--dump-list", "list.txt"]);
        desk.shows_nothing(&["extract", &old, "-o", &format!("{form}.d"), "--force"]);
        desk.shows_nothing(&["convert", &old, "--redact", "-o", &format!("{form}.share"), "--force", "--fill", "FF"]);
    }
    desk.shows_nothing(&["diff", "--details", "old.flash", "new.dat"]);
    desk.shows_nothing(&["diff", "--details", "old.params", "new.memory"]);
    desk.shows_nothing(&["convert", "old.dat", "old.noisy", "old.log", "-o", "merged.bin", "--force", "--fill", "FF"]);
    desk.shows_nothing(&["explain", "."]);
    for (part, camera) in [("old.flash", "new.flash"), ("old.params", "new.flash"), ("old.dat", "new.dat")] {
        desk.shows_nothing(&["check", part, "--like", camera]);
    }
    desk.shows_nothing(&["check", "old.params", "--board", "4m"]);
    desk.shows_nothing(&["pack", "settings", "old.params", "-o", "sealed", "--force"]);
}

#[test]
fn a_redacted_copy_has_no_secret_in_it() {
    let desk = Desk::new();
    for form in ["flash", "memory", "dat", "log", "noisy"] {
        let copy = format!("{form}.share");
        let answer = desk.run(&["convert", &format!("old.{form}"), "--redact", "-o", &copy, "--fill", "FF"]);
        if form == "log" || form == "dat" || form == "noisy" {
            // these show nothing but settings
            assert_eq!(answer.code, 2, "{form}: {}", answer.out);
            assert!(answer.err.contains("nothing would be left"), "{}", answer.err);
            assert!(!desk.dir.path().join(&copy).exists());
            continue;
        }
        assert_eq!(answer.code, 0, "{form}: {}{}", answer.out, answer.err);
        let bytes = fs::read(desk.dir.path().join(&copy)).unwrap();
        desk.assert_hidden(&bytes, &copy);
        desk.assert_hidden(answer.out.as_bytes(), "convert --redact");
    }
    for form in ["params", "cut"] {
        let answer = desk.run(&["convert", &format!("old.{form}"), "--redact", "-o", "share"]);
        assert_eq!(answer.code, 2);
        assert!(answer.err.contains("nothing would be left"), "{}", answer.err);
    }
    let answer = desk.run(&["convert", "old.zip", "--redact", "-o", "share"]);
    assert_eq!(answer.code, 2);
    assert!(answer.err.contains("`flash.bin`, which is packed"), "{}", answer.err);
    assert!(!tree(desk.dir.path()).keys().any(|name| name == "share"));
}

#[test]
fn secrets_are_shown_to_those_who_ask() {
    let desk = Desk::new();
    let (_, secrets) = owned(1);
    for arguments in [["inspect", "old.params"], ["inspect", "old.flash"]] {
        for format in ["text", "json"] {
            let told = desk.run(&[&arguments[..], &["--show-secrets", "--format", format]].concat()).out;
            for secret in &secrets {
                assert!(told.contains(secret.as_str()), "{secret} is not in {arguments:?}");
            }
            assert!(desk.search.find(told.as_bytes()).is_some(), "what is there is found");
        }
    }
    let told = desk.run(&["diff", "old.params", "new.params", "--show-secrets", "--details"]).out;
    assert!(secrets.iter().all(|secret| told.contains(secret.as_str())), "{told}");
}

#[test]
fn a_change_of_a_secret_is_told_without_it() {
    let desk = Desk::new();
    let told = desk.run(&["diff", "--details", "old.params", "new.params"]).out;
    assert!(told.contains("wifi_wpa_psk") && told.contains("changed (hidden)"), "{told}");
}

/// Where bytes leave that hold settings, somebody who looks only at the terminal must know.
#[test]
fn whoever_takes_settings_out_is_warned() {
    let warned = |arguments: &[&str], folder: &Path| {
        let output = command(arguments).current_dir(folder).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let desk = Desk::new();
    let folder = desk.dir.path();
    assert!(
        warned(&["cat", "old.flash", "settings.bin"], folder).contains("`settings.bin` holds settings as they are")
    );
    assert!(warned(&["extract", "old.flash", "-o", "files"], folder).contains("`files` holds settings"));
    for harmless in ["linux.zip", "settings-video.bin"] {
        assert_eq!(warned(&["cat", "old.flash", harmless], folder), "");
    }
    assert!(desk.run(&["convert", "old.params", "-o", "out/"]).out.contains("settings-private"));
}
