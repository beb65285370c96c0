mod flash;
mod places;

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use proptest::prelude::*;

use super::*;
use crate::camera::Certainty;
use crate::camera::board::Model;
use crate::camera::boot_log;
use crate::format::flat;
use crate::format::kernel;
use crate::format::kernel_zip::{self, DosTime, Effort};
use crate::format::romfs::{self, Node, Volume};
use crate::format::update::{self, Form};
use crate::image::Image;

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new("fixtures").join(path)).unwrap()
}

fn set(files: Vec<(&str, Vec<u8>)>) -> Set {
    Set { sources: files.into_iter().map(|(name, bytes)| Source::new(name, Image::new(bytes, None))).collect() }
}

/// What is claimed about files and a board, without the borrows.
struct Told {
    verdict: Verdict,
    claims: Vec<Claim>,
    losses: Vec<Loss>,
    plan: Plan,
}

impl Told {
    fn claim(&self, rule: Rule) -> &Claim {
        self.claims.iter().find(|claim| claim.rule == rule).unwrap_or_else(|| panic!("nothing is said about {rule}"))
    }

    fn outcome(&self, rule: Rule) -> Outcome {
        self.claim(rule).outcome
    }

    fn broken(&self) -> Vec<Rule> {
        self.claims.iter().filter(|claim| claim.outcome == Outcome::Fails).map(|claim| claim.rule).collect()
    }

    fn typed(&self) -> Vec<&str> {
        let steps = self.plan.steps.iter();
        steps.filter_map(|step| if let Step::Type { line, .. } = step { Some(line.as_str()) } else { None }).collect()
    }
}

fn told_on(files: Vec<(&str, Vec<u8>)>, board: &Board, dump: Option<&Source>) -> Told {
    let shown = |dump: &Source| Fingerprint::of(&dump.reading, &dump.inspection);
    let fingerprint = dump.map(shown).unwrap_or_default();
    told_by(files, &Camera { board, dump, fingerprint: &fingerprint, log: None })
}

/// With a boot log of the camera.
fn told_with_log(files: Vec<(&str, Vec<u8>)>, text: &[u8]) -> Told {
    let (board, _) = Board::from_log(text);
    let log = boot_log::read(text).facts;
    let fingerprint = Fingerprint::of_log(&log);
    told_by(files, &Camera { board: &board, dump: None, fingerprint: &fingerprint, log: Some(&log) })
}

fn told_by(files: Vec<(&str, Vec<u8>)>, camera: &Camera<'_>) -> Told {
    let set = set(files);
    let at_hand = AtHand::of(&set).unwrap();
    let Check { verdict, claims, losses, plan, .. } = check(&at_hand, &set, camera);
    Told { verdict, claims, losses, plan }
}

fn told(files: Vec<(&str, Vec<u8>)>, model: Model) -> Told {
    told_on(files, &model.board(), None)
}

fn linux() -> (&'static str, Vec<u8>) {
    ("linux.zip", fixture("flashed/linux.zip"))
}

fn romfs() -> (&'static str, Vec<u8>) {
    ("romfs.img", fixture("flashed/romfs.img"))
}

/// A romfs that starts, with a file of so many bytes.
fn romfs_with(len: usize) -> Vec<u8> {
    let mut volume = Volume::new("rom 4cfdc420");
    let bin = volume.add(Volume::ROOT, Node::directory("bin")).unwrap();
    volume.add(bin, Node::file("init", b"#!/bin/sh\n".as_slice()).executable()).unwrap();
    volume.add(Volume::ROOT, Node::file("data", vec![0xA5; len])).unwrap();
    volume.build().unwrap()
}

#[test]
fn the_parts_of_the_fixture_are_safe_on_both_boards() {
    for model in [Model::TwoMegabytes, Model::FourMegabytes] {
        let told = told(vec![linux(), romfs()], model);
        assert_eq!((told.verdict, told.broken()), (Verdict::Safe, vec![]));
        assert_eq!(told.losses, []);
        let unknown = told.claims.iter().filter(|claim| claim.outcome == Outcome::Unknown);
        assert!(unknown.clone().all(|claim| claim.question == Question::Suits), "only what a fingerprint would tell");
        assert_eq!(unknown.count(), 6);
        assert_eq!(
            told.typed(),
            [
                "ls",
                "del 6",
                "del 7",
                "fx 7 linux.bin 0x7F020000 0x8000 -acxz",
                "fx 6 romfs.img 0x7F040000 0x7F040000 -a",
                "ls",
                "chk",
                "boot"
            ]
        );
    }
}

/// The romfs of the fixture with one bit of the packed part of `path` changed.
fn romfs_with_a_damaged(path: &str) -> Vec<u8> {
    let mut image = fixture("flashed/romfs.img");
    let romfs = romfs::parse(&image).unwrap().value;
    let data = romfs.entries.iter().find(|entry| entry.path == path).unwrap().data;
    image[data.end() - 100] ^= 0x01;
    image
}

#[test]
fn a_romfs_is_as_sure_as_its_checksums_which_do_not_cover_all_of_its_files() {
    let told = told(vec![romfs()], Model::FourMegabytes);
    let claim = told.claim(Rule::PartWhole);
    assert_eq!((claim.outcome, claim.certainty), (Outcome::Holds, Certainty::Likely));
    assert!(claim.says.contains("those of its 104 headers, and those in 3 files of it, over 33,035 of 63,507 bytes"));
    assert_eq!(claim.evidence, ["30,472 bytes of content have no checksum: damage in them would not show"]);
}

#[test]
fn a_romfs_whose_camera_program_is_damaged_is_not_safe() {
    let told = told(vec![linux(), ("romfs.img", romfs_with_a_damaged("/bin/camera"))], Model::FourMegabytes);
    assert_eq!((told.verdict, told.broken()), (Verdict::Risky, vec![Rule::PartWhole]));
    let claim = told.claims.iter().find(|claim| claim.outcome == Outcome::Fails).unwrap();
    assert!(claim.says.starts_with("`romfs.img` is not whole: /bin/camera: the packed part"), "{}", claim.says);
}

#[test]
fn a_damaged_program_is_none_that_the_kernel_could_start_first() {
    let mut program = flat::build(&flat::NewFlat {
        text: &[0xA5; 500],
        data: b"data",
        bss_len: 0,
        stack_len: 0x1000,
        relocations: &[],
        flags: flat::Flags::RAM | flat::Flags::GZIP,
        time: 0,
    });
    let starts = |program: &[u8]| {
        let mut volume = Volume::new("rom 4cfdc420");
        let bin = volume.add(Volume::ROOT, Node::directory("bin")).unwrap();
        volume.add(bin, Node::file("init", program).executable()).unwrap();
        let romfs = volume.build().unwrap();
        told(vec![("romfs.img", romfs)], Model::FourMegabytes).outcome(Rule::RomfsHasInit)
    };
    assert_eq!(starts(&program), Outcome::Holds);
    let crc_at = program.len() - 8;
    program[crc_at] ^= 0x01;
    assert_eq!(starts(&program), Outcome::Fails);
}

#[test]
fn a_kernel_that_the_recovery_tool_cut_fails_with_minus_5_and_its_rest_is_found() {
    let cut = ("linux", fixture("dump/linux"));
    let alone = told(vec![cut.clone()], Model::FourMegabytes);
    assert_eq!(alone.verdict, Verdict::WillNotBoot);
    let claim = alone.claim(Rule::LoaderUnzips);
    assert!(claim.says.contains("`ERROR: unzip failed! -5`"), "{}", claim.says);
    assert_eq!(claim.evidence[0], "its last 96 bytes are missing");
    assert!(claim.evidence[1].contains("most often `romfs`"), "{claim:?}");
    assert_eq!(alone.typed(), [] as [&str; 0], "nothing to type that would brick the camera");

    let both = told(vec![cut, ("romfs", fixture("dump/romfs"))], Model::FourMegabytes);
    let claim = both.claim(Rule::LoaderUnzips);
    assert!(claim.evidence[1].starts_with("they are the first 96 bytes of `romfs`: put together, CRC-32"), "{claim:?}");
    assert_eq!(both.outcome(Rule::RomfsAtItsAddress), Outcome::Fails, "256 foreign bytes are in front of it");
    assert!(both.plan.steps.contains(&Step::Run {
        line: "unbrick convert linux romfs -o fixed".to_owned(),
        says:
            "put cut and carried bytes back where they belong, with all files of the dump, and check again".to_owned(),
    }));
}

#[test]
fn the_real_cut_kernel_fails_with_minus_5_for_80_missing_bytes() {
    let Some(samples) = crate::format::sample_dir() else { return };
    let read = |name: &'static str| (name, std::fs::read(samples.join("recovery-tool").join(name)).unwrap());
    let told = told(vec![read("linux"), read("romfs")], Model::FourMegabytes);
    assert_eq!(told.verdict, Verdict::WillNotBoot);
    let claim = told.claim(Rule::LoaderUnzips);
    assert!(claim.says.contains("unzip failed! -5"), "{}", claim.says);
    assert_eq!(claim.evidence[0], "its last 80 bytes are missing");
    assert!(claim.evidence[1].contains("first 80 bytes of `romfs`: put together, CRC-32 0x83FB4F9D"), "{claim:?}");
}

#[test]
fn a_romfs_of_1_9_mb_on_a_2_mb_board_says_what_it_would_destroy() {
    let big = romfs_with(1_850_000);
    let told = told(vec![("big.img", big)], Model::TwoMegabytes);
    assert_eq!(told.verdict, Verdict::Risky);
    let lost: Vec<(&str, usize)> = told.losses.iter().map(|loss| (loss.what.as_str(), loss.place.len_bytes)).collect();
    assert_eq!(lost, [("web UI", 0x7_0000), ("settings", 0x1_0000)]);
    for rule in [Rule::BelowOthers, Rule::KeepsWebUi, Rule::KeepsSettings] {
        assert_eq!(told.outcome(rule), Outcome::Fails, "{rule}");
    }
    assert_eq!(told.outcome(Rule::RomfsAddress), Outcome::Unknown, "no kernel tells where it must go");
    assert_eq!(told.typed(), ["ls"]);
}

#[test]
fn a_dump_of_the_camera_tells_what_is_really_there() {
    let dump = Source::new("camera.bin", Image::new(fixture("camera/flash.bin"), None));
    let (board, _) = Board::from_dump(dump.image(), &dump.inspection);
    let told = told_on(vec![("big.img", romfs_with(1_800_000))], &board, Some(&dump));
    let lost: Vec<&str> = told.losses.iter().map(|loss| loss.what.as_str()).collect();
    assert_eq!(
        lost,
        [
            "camera settings",
            "video settings",
            "dynamic DNS state",
            "preset positions",
            "camera settings",
            "video settings"
        ]
    );
    assert!(told.losses.iter().all(|loss| loss.certainty == Certainty::Certain));
    assert_eq!(told.losses[0].place.len_bytes, 0x14E8);
    let claim = told.claim(Rule::KeepsSettings);
    assert!(claim.says.contains("camera settings, video settings, dynamic DNS state"), "{}", claim.says);
    // the images that are there are those to delete, and their names stay
    let told = told_on(vec![romfs()], &board, Some(&dump));
    assert_eq!(told.typed()[..2], ["del 6", "fx 6 romfs.img 0x7F040000 0x7F040000 -a"]);
}

#[test]
fn a_stored_zip_fails_with_minus_3() {
    let mut stored = fixture("flashed/linux.zip");
    stored[8] = 0;
    let told = told(vec![("linux.zip", stored), romfs()], Model::FourMegabytes);
    assert_eq!(told.verdict, Verdict::WillNotBoot);
    let says = &told.claim(Rule::LoaderUnzips).says;
    assert!(says.contains("`ERROR: unzip failed! -3`") && says.contains("method 0"), "{says}");
}

#[test]
fn neither_zip_nor_gzip_is_an_invalid_zip_file() {
    let shifted = [b"..".as_slice(), &fixture("flashed/linux.zip")].concat();
    let told = told(vec![("linux.zip", shifted)], Model::FourMegabytes);
    let says = &told.claim(Rule::LoaderUnzips).says;
    assert!(says.contains("`ERROR: Invalid zip file`"), "{says}");
}

#[test]
fn a_kernel_that_unzips_to_other_bytes_is_told_though_the_boot_loader_is_silent() {
    let mut zip = fixture("flashed/linux.zip");
    // the stored checksum, in the local header and in the central directory
    let stored = zip[14..18].to_vec();
    let central = memchr::memmem::rfind(&zip, &stored).unwrap();
    zip[14] ^= 1;
    zip[central] ^= 1;
    let told = told(vec![("linux.zip", zip), romfs()], Model::FourMegabytes);
    assert_eq!(told.outcome(Rule::LoaderUnzips), Outcome::Holds);
    assert_eq!(told.outcome(Rule::UnzippedRight), Outcome::Fails);
    assert_eq!(told.verdict, Verdict::WillNotBoot);
}

#[test]
fn a_kernel_that_reaches_the_boot_loaders_buffer_does_not_boot() {
    for (more, outcome) in [(0, Outcome::Holds), (1, Outcome::Fails)] {
        let mut kernel = kernel::START.to_vec();
        kernel.resize(kernel::MAX_BYTES + more, 0);
        let mut deflater = DeflateEncoder::new(Vec::new(), Compression::best());
        deflater.write_all(&kernel).unwrap();
        let gzip = [b"\x1F\x8B\x08\0\0\0\0\0\x02\x03".as_slice(), &deflater.finish().unwrap()].concat();
        let len = u32::try_from(kernel.len()).unwrap();
        let gzip = [gzip, crc32fast::hash(&kernel).to_le_bytes().to_vec(), len.to_le_bytes().to_vec()].concat();
        let told = told(vec![("linux.gz", gzip), romfs()], Model::FourMegabytes);
        assert_eq!(told.outcome(Rule::KernelBelowBuffer), outcome, "{more} bytes too many");
        assert_eq!(told.verdict == Verdict::WillNotBoot, more > 0);
    }
}

#[test]
fn a_romfs_with_a_wrong_sum_or_without_init_does_not_boot() {
    let mut wrong = fixture("flashed/romfs.img");
    wrong[0x11] ^= 0x20;
    let damaged = told(vec![linux(), ("romfs.img", wrong)], Model::FourMegabytes);
    assert_eq!((damaged.verdict, damaged.outcome(Rule::RomfsMounts)), (Verdict::WillNotBoot, Outcome::Fails));
    let mut volume = Volume::new("empty");
    volume.add(Volume::ROOT, Node::file("readme", b"no init".as_slice())).unwrap();
    let without = told(vec![linux(), ("romfs.img", volume.build().unwrap())], Model::FourMegabytes);
    assert_eq!((without.verdict, without.broken()), (Verdict::WillNotBoot, vec![Rule::RomfsHasInit]));
}

#[test]
fn an_update_that_is_too_big_is_refused_by_the_upgrade_page() {
    let kernel = fixture("flashed/linux.zip");
    let romfs = romfs_with(0x16_0000 - kernel.len());
    let update = update::build(Form::Bneg { version: 1 }, update::Flags::ZIPPED_KERNEL, &kernel, &romfs).unwrap();
    let told_on = |model| told(vec![("update.bin", update.clone())], model);
    let small = told_on(Model::TwoMegabytes);
    assert_eq!((small.verdict, small.outcome(Rule::UploadSize)), (Verdict::Risky, Outcome::Fails));
    let large = told_on(Model::FourMegabytes);
    assert_eq!((large.verdict, large.broken()), (Verdict::Safe, vec![]));
    assert!(large.typed().is_empty(), "an update goes in through the web page");
}

#[test]
fn an_update_whose_header_is_wrong_is_told() {
    let (kernel, romfs) = (fixture("flashed/linux.zip"), fixture("flashed/romfs.img"));
    let flags_wrong = update::build(Form::Bneg { version: 1 }, update::Flags(2), &kernel, &romfs).unwrap();
    let told_of = |bytes| told(vec![("update.bin", bytes)], Model::FourMegabytes);
    let wrong = told_of(flags_wrong);
    assert_eq!(
        (wrong.verdict, wrong.broken()),
        (Verdict::WillNotBoot, vec![Rule::KernelFlags, Rule::RomfsAtItsAddress])
    );
    let headless = told_of(update::build(Form::Headless, update::Flags::ZIPPED_KERNEL, &kernel, &romfs).unwrap());
    assert_eq!((headless.verdict, headless.broken()), (Verdict::Risky, vec![Rule::UploadHeader]));
}

#[test]
fn what_lies_in_the_way_without_a_footer_is_lost() {
    let mut flash = fixture("camera/flash.bin");
    flash[0x5_8000..0x5_8100].copy_from_slice(&[0x5A; 0x100]);
    flash[0x9_0000..0x9_0100].copy_from_slice(&[0x5A; 0x100]);
    let dump = Source::new("camera.bin", Image::new(flash, None));
    let (board, _) = Board::from_dump(dump.image(), &dump.inspection);
    assert_eq!(told_on(vec![romfs()], &board, Some(&dump)).losses, [], "image 6 takes its blocks anew");
    let big = told_on(vec![linux(), ("romfs.img", romfs_with(0x6_0000))], &board, Some(&dump));
    assert_eq!((big.verdict, big.broken()), (Verdict::Risky, vec![Rule::KeepsImages]));
    assert_eq!(big.losses.iter().map(|loss| loss.place.len_bytes).collect::<Vec<_>>(), [0x100]);
}

/// The update of a sister model, whose kernel drives another Wi-Fi chip and sensor.
#[test]
fn firmware_of_another_model_is_told_from_the_cameras_own() {
    let dump = Source::new("camera.bin", Image::new(fixture("camera/flash.bin"), None));
    let (board, _) = Board::from_dump(dump.image(), &dump.inspection);
    let sister = told_on(vec![("sister.bin", fixture("update/sister_0_41_1_12.bin"))], &board, Some(&dump));
    assert_eq!(sister.verdict, Verdict::Risky);
    assert_eq!(sister.broken(), [Rule::SuitsWifi, Rule::SuitsSensor, Rule::SuitsSystem]);
    assert!(sister.claim(Rule::SuitsWifi).says.contains("RT2870"), "{:?}", sister.claim(Rule::SuitsWifi));
    assert_eq!(sister.outcome(Rule::SuitsKernel), Outcome::Unknown);
    let own = told_on(vec![("own.bin", fixture("update/hazel_0_37_2_61.bin"))], &board, Some(&dump));
    assert_eq!((own.verdict, own.broken()), (Verdict::Safe, vec![]));
    for rule in [Rule::SuitsWifi, Rule::SuitsSensor, Rule::SuitsFlashChip, Rule::SuitsKernel] {
        assert_eq!(own.outcome(rule), Outcome::Holds, "{rule}");
    }
}

/// topic 126: the camera's own kernel had no driver for its RT73.
#[test]
fn a_boot_log_shows_the_chips_that_the_camera_has() {
    let log = |sensor: &str, id: &str| {
        format!(
            "Memory Size is 0x1000000 Bytes, Flash Size is 0x400000 Bytes\n\
             detect_sensor: {sensor}\n\
             usb.c: USB device 3 (vend/prod {id}) is not claimed by any active driver.\n"
        )
    };
    let sister = || vec![("sister.bin", fixture("update/sister_0_41_1_12.bin"))];
    let other = told_with_log(sister(), log("mi360", "0x148f/0x2573").as_bytes());
    assert_eq!(other.broken(), [Rule::SuitsWifi, Rule::SuitsSensor], "{:?}", other.claims);
    assert!(other.claim(Rule::SuitsWifi).says.contains("RT73 (148f:2573"), "{}", other.claim(Rule::SuitsWifi).says);
    let own = told_with_log(sister(), log("ov7725", "0x148f/0x3070").as_bytes());
    assert_eq!((own.verdict, own.broken()), (Verdict::Safe, vec![]));
    assert_eq!((own.outcome(Rule::SuitsWifi), own.outcome(Rule::SuitsSensor)), (Outcome::Holds, Outcome::Holds));
}

#[test]
fn two_of_a_kind_and_foreign_files_are_refused() {
    let refused = |files: Vec<(&'static str, Vec<u8>)>| AtHand::of(&set(files)).map(|_| ()).unwrap_err();
    let mut other = fixture("flashed/linux.zip");
    other.push(0);
    assert_eq!(
        refused(vec![linux(), ("other.zip", other)]),
        NotCheckable::Twice { file: "other.zip".into(), part: "kernel".into(), other: "linux.zip".into() }
    );
    let foreign = refused(vec![("noise", vec![0xA5; 1000])]);
    assert_eq!(foreign.file(), Some("noise"));
    assert_eq!(refused(vec![("BOOT INFO", Vec::new())]), NotCheckable::Nothing);
}

#[test]
fn a_verdict_is_what_the_gravest_claim_makes_it() {
    let holds = Claim::holds(Rule::LoaderUnzips, "");
    let risk = Claim::fails(Rule::KeepsSettings, "the settings");
    let no_boot = Claim::fails(Rule::LoaderUnzips, "-5");
    let unknown = Claim::unknown(Rule::SuitsWifi, "");
    assert_eq!(Verdict::of(&[]), Verdict::Safe);
    assert_eq!(Verdict::of(&[holds.clone(), unknown]), Verdict::Safe);
    assert_eq!(Verdict::of(&[holds.clone(), risk.clone()]), Verdict::Risky);
    let all = [risk, no_boot, holds];
    assert_eq!(Verdict::of(&all), Verdict::WillNotBoot);
    assert_eq!(Verdict::WillNotBoot.reasons(&all).map(|claim| claim.says.as_str()).collect::<Vec<_>>(), ["-5"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn damaged_parts_are_judged_without_panic(at in 0_usize..90_000, flip in 1_u8.., cut in 0_usize..90_000, two: bool) {
        let mut zip = fixture("flashed/linux.zip");
        zip[at] ^= flip;
        zip.truncate(cut.max(64));
        let mut romfs = fixture("flashed/romfs.img");
        let at = at % romfs.len();
        romfs[at] ^= flip;
        romfs.truncate(cut.max(64));
        let set = set(vec![("linux.zip", zip), ("romfs.img", romfs)]);
        let board = if two { Model::TwoMegabytes } else { Model::FourMegabytes }.board();
        if let Ok(at_hand) = AtHand::of(&set) {
            let checked = check(&at_hand, &set, &Camera { board: &board, dump: None, fingerprint: &Fingerprint::default(), log: None });
            prop_assert_eq!(checked.verdict, Verdict::of(&checked.claims));
            prop_assert!(checked.claims.is_sorted_by_key(|claim| claim.question));
        }
    }
}
