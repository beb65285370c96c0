//! Every finding code comes out of some input: bytes are made odd or damaged on purpose, and what is said about them
//! when they are read as any file is must name the code.
//!
//! [`made_odd`] is one exhaustive `match`: a new code does not compile without an input that shows it.
// a helper of a test fails the test, as the test itself does
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod captures;
mod firmware;
mod images;
mod logs;
mod packages;
mod packed;
mod programs;
mod romfs;

use std::collections::HashSet;

use strum::IntoEnumIterator;
use unbrick::camera::Board;
use unbrick::camera::fingerprint::{self, Fingerprint};
use unbrick::finding::{Code, Finding};
use unbrick::format::web_ui::Version;
use unbrick::image::Image;
use unbrick::map::{Inspection, Reading};
use unbrick::recover::{Set, Source, recover};

/// A file in which `code` is to be found.
fn made_odd(code: Code) -> Vec<u8> {
    match code {
        Code::CaptureGap => captures::without_its_second_line(),
        Code::CaptureListingGap => captures::of_hexdump_that_lost_a_line(),
        Code::CaptureConflict => captures::with_a_line_twice_and_different(),
        Code::CaptureAsciiMismatch => captures::with_a_changed_digit(),
        Code::CaptureRepeatedPage => captures::with_a_page_twice(),
        Code::CaptureStrayPage => captures::with_a_page_of_ram_in_front(),
        Code::CaptureSqueezed => captures::of_digits_with_a_star(),
        Code::CaptureOverlong => captures::of_hexdump_that_ends_at("7f024000"),
        Code::CaptureBadLine => captures::with_a_lost_byte(),
        Code::CaptureBadChecksum => captures::of_records_with_a_changed_digit(),
        Code::CaptureRecordCount => captures::of_records_without_one(),
        Code::CaptureNoEnd => captures::of_hexdump_without_its_end(),
        Code::CaptureWithoutPlace => captures::of_two_tools(),
        Code::CaptureCutPage => captures::of_two_lines(),
        Code::CaptureWordOrder => captures::of_words(),
        Code::CaptureWordOrderUnproved => captures::of_words_without_ascii_column(),
        Code::CaptureEmpty => captures::of_nothing(),

        Code::RomfsTruncated => romfs::cut_in_half(),
        Code::RomfsVolumeChecksum => romfs::with_a_changed_volume_name(),
        Code::RomfsEntryChecksum => romfs::with_a_changed_entry(),
        Code::RomfsWildOffset => romfs::with_an_entry_behind_its_end(),
        Code::RomfsLoop => romfs::with_a_directory_in_itself(),
        Code::RomfsBrokenLink => romfs::with_a_link_to_nothing(),
        Code::RomfsBadName => romfs::with_bad_names(1),
        Code::RomfsSizeTooSmall => romfs::with_a_size_too_small(),
        Code::RomfsTooMuch => romfs::with_more_entries_than_room(),
        Code::RomfsNotPadded => romfs::without_padding(),
        Code::RomfsFilesNotChecked => romfs::with_packed_files_without_end(),
        Code::PackedFileDamaged => romfs::with_a_damaged_gzip(),
        Code::FindingsLeftOut => romfs::with_bad_names(100),

        Code::KernelTruncated => packed::cut(),
        Code::KernelCorrupt => packed::erased_behind_its_header(),
        Code::KernelNotDeflated => packed::stored(),
        Code::KernelCrc => packed::with_another_crc(),
        Code::KernelDirectoryMissing => packed::without_its_directory(),
        Code::KernelDirectoryDamaged => packed::with_a_damaged_directory(),
        Code::KernelTrailerMissing => packed::as_gzip_without_its_end(),
        Code::ZipNotChecked => packed::bomb(),
        Code::KernelExtraMembers => packed::with_a_second_file(),
        Code::KernelTooBig => packed::too_big(),
        Code::ZipWithoutKernel => packed::without_kernel(),

        Code::FooterChecksum => images::with_a_changed_footer(),
        Code::FooterImageChecksum => images::changed_after_flashing(),
        Code::FooterImplausible => images::with_a_footer_outside_of_the_flash(),
        Code::BootInfoUnexpected => images::boot_info_of_another_type(),

        Code::WebUiChecksum => packages::web_ui_with_a_changed_page(),
        Code::WebUiTruncated => packages::web_ui_cut(),
        Code::WebUiBadEntry => packages::web_ui_that_climbs(),
        Code::WebUiSizeMismatch => packages::web_ui_with_bytes_behind_its_pages(),
        Code::WebUiTooBig => packages::web_ui_for_no_flash(),
        Code::SettingsChecksum => packages::settings_with_a_changed_byte(),
        Code::SettingsTruncated => packages::settings_cut(),
        Code::SettingsPrivate => packages::settings(),
        Code::UpdateTruncated => packages::update_cut(),
        Code::UpdateTail => packages::update_with_a_tail(),
        Code::UpdateTooBig => packages::update_too_big(),
        Code::UpdateEndMark => packages::later_update_with_a_wrong_end(),

        Code::FlatRevision => programs::flat_of_an_old_revision(),
        Code::FlatLayout => programs::flat_whose_fields_contradict(),
        Code::FlatBody => programs::flat_with_a_damaged_body(),
        Code::ElfDamaged => programs::elf_that_is_cut(),

        Code::BoardContradiction => logs::of_another_romfs_than_the_kernel_found(),
        Code::BoardSizeUnknown => logs::of_ls_alone(),

        Code::WifiFirmwareWithoutDriver => firmware::of_another_wifi_chip(),
        Code::SettingsOfOtherFirmware => firmware::with_settings_of_an_older_one(),
        Code::SystemForOtherHardware => firmware::with_its_web_ui(Version([0, 38, 2, 60])),
        Code::WebUiNotUpgraded => firmware::with_its_web_ui(Version([0, 37, 2, 61])),
        Code::WifiDriverLost | Code::SensorLost | Code::FlashChipsLost | Code::FlashChipNotInKernel => {
            firmware::other_kernel()
        }

        Code::ScanStopped => romfs::headers_without_end(),
        Code::CarriedPage => romfs::behind_a_foreign_page(),
    }
}

/// What the camera has that the file of [`made_odd`] is meant for, where only both together show the code.
fn beside(code: Code) -> Option<Vec<u8>> {
    match code {
        Code::SystemForOtherHardware | Code::WebUiNotUpgraded => {
            Some(firmware::with_its_web_ui(Version([0, 37, 2, 60])))
        }
        Code::WifiDriverLost | Code::SensorLost | Code::FlashChipsLost => Some(firmware::kernel()),
        Code::FlashChipNotInKernel => Some(firmware::boot_log()),
        _ => None,
    }
}

fn read(file: Vec<u8>) -> (Inspection, Fingerprint) {
    let reading = Reading::new(Image::new(file, None));
    let inspection = Inspection::of(&reading);
    let fingerprint = Fingerprint::of(&reading, &inspection);
    (inspection, fingerprint)
}

/// All that is said about the file in which `code` is to be found.
fn told(code: Code) -> Vec<Finding> {
    let file = made_odd(code);
    let (_, of_board) = Board::from_log(&file);
    let (inspection, fingerprint) = read(file);
    let mut findings = inspection.findings;
    findings.extend(of_board);
    findings.extend(fingerprint.contradictions());
    if let Some(camera) = beside(code) {
        findings.extend(fingerprint::compare(&read(camera).1, &fingerprint).findings);
    }
    if code == Code::CaptureOverlong {
        let ends = ["7f024000", "7f020400", "7f020400"].map(captures::of_hexdump_that_ends_at);
        let [overlong, one, other] = ends.map(|text| Image::new(text, None));
        // one that is the same text once more would not count
        let other = Image::new([b"# ", &*other].concat(), None);
        let named = [("a.log", overlong), ("b.log", one), ("c.log", other)];
        let sources = named.map(|(name, file)| Source::new(name, file)).into();
        findings.extend(recover(&Set { sources }, None).findings());
    }
    findings
}

#[test]
fn every_code_comes_out_of_some_input() {
    let mut silent = Vec::new();
    for code in Code::iter() {
        let findings = told(code);
        if !findings.iter().any(|finding| finding.code() == code) {
            let told: Vec<String> = findings.iter().map(Finding::to_string).collect();
            silent.push(format!("{code}: {told:#?}"));
        }
    }
    assert!(silent.is_empty(), "codes that did not come out, and what was told instead: {}", silent.join("\n"));
}

#[test]
fn every_finding_lies_inside_of_the_file_and_is_said_in_whole_words() {
    for code in Code::iter() {
        let len = Reading::new(Image::new(made_odd(code), None)).image().len();
        for finding in told(code) {
            assert!(finding.span.end() <= len, "{finding} lies outside of {len} bytes");
            let message = finding.message();
            assert!(!message.ends_with(['.', ' ']) && !message.contains("  "), "{message:?}");
            assert!(!message.contains(['{', '}']), "{message:?}");
        }
    }
}

#[test]
fn codes_are_unique_and_in_kebab_case() {
    let names: Vec<String> = Code::iter().map(|code| code.to_string()).collect();
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    for name in &names {
        assert!(name.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase())), "{name}");
    }
}

#[test]
fn no_two_codes_say_the_same_thing() {
    let mut messages = HashSet::new();
    for code in Code::iter() {
        let finding = told(code).into_iter().find(|finding| finding.code() == code);
        assert!(messages.insert(finding.map(|finding| finding.message())), "the message of {code} is not its own");
    }
}
