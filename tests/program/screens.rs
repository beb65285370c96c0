//! What people see, whole screens of it. A changed word shows in review; read the screens in `snapshots/` as prose.

#![cfg(unix)]

use std::path::Path;

use insta::assert_snapshot;
use tempfile::tempdir;

use crate::terminal::{answer, command, fixture, project};

/// What is typed, what comes back and the exit code, in a folder of its own in which `fixtures` is the project's.
fn screen(arguments: &[&str]) -> String {
    let dir = tempdir().unwrap();
    std::os::unix::fs::symlink(project().join("fixtures"), dir.path().join("fixtures")).unwrap();
    shown(dir.path(), arguments)
}

fn shown(folder: &Path, arguments: &[&str]) -> String {
    let answer = answer(command(arguments).current_dir(folder));
    format!("$ unbrick {}\n{}{}[exit code {}]", arguments.join(" "), answer.out, answer.err, answer.code)
}

macro_rules! screens {
    ($($name:ident: $($argument:literal)+;)*) => {
        $(#[test] fn $name() { assert_snapshot!(stringify!($name), screen(&[$($argument),+])); })*
    };
}

screens! {
    help: "--help";
    help_inspect: "inspect" "--help";
    help_explain: "explain" "--help";
    help_convert: "convert" "--help";
    help_diff: "diff" "--help";
    help_check: "check" "--help";
    help_boot: "boot" "--help";
    help_pack_flash: "pack" "flash" "--help";
    help_ls: "ls" "--help";
    help_cat: "cat" "--help";
    help_extract: "extract" "--help";
    help_pack: "pack" "--help";
    help_pack_romfs: "pack" "romfs" "--help";
    help_pack_kernel: "pack" "kernel" "--help";
    help_pack_webui: "pack" "webui" "--help";
    help_pack_update: "pack" "update" "--help";
    help_pack_settings: "pack" "settings" "--help";

    inspect_dump_boot_info: "inspect" "fixtures/dump/BOOT INFO" "fixtures/dump/BOOT INFO.dat";
    inspect_dump_linux: "inspect" "fixtures/dump/linux";
    inspect_dump_linux_dat: "inspect" "fixtures/dump/linux.dat";
    inspect_dump_romfs: "inspect" "fixtures/dump/romfs";
    inspect_dump_romfs_dat: "inspect" "fixtures/dump/romfs.dat";
    inspect_flash: "inspect" "fixtures/camera/flash.bin";
    inspect_linux_zip: "inspect" "fixtures/flashed/linux.zip";
    inspect_romfs_with_webui: "inspect" "fixtures/flashed/romfs-with-webui.img";
    inspect_webui: "inspect" "fixtures/flashed/webui.bin";
    inspect_log: "inspect" "fixtures/log/boot-info-and-footer.log";
    inspect_log_of_words: "inspect" "fixtures/log/web-ui-words.log";
    inspect_hexdump: "inspect" "fixtures/listing/boot-info.hexdump";
    inspect_plain_digits: "inspect" "fixtures/listing/boot-info.txt";
    inspect_xxd: "inspect" "fixtures/listing/settings.xxd";
    inspect_intel_hex: "inspect" "fixtures/listing/footers.hex";
    inspect_log_in_every_form: "inspect" "fixtures/log/mixed-utf16.log";
    inspect_boot_log: "inspect" "fixtures/log/boot.log";
    inspect_settings: "inspect" "fixtures/settings/params.bin";
    inspect_sister: "inspect" "fixtures/update/sister_0_41_1_12.bin";
    inspect_update: "inspect" "fixtures/update/hazel_0_37_2_61.bin";

    boot_parts: "boot" "--kernel" "fixtures/boot/linux.zip" "--romfs" "fixtures/flashed/romfs.img" "--until" "shell";

    explain_dump: "explain" "fixtures/dump";
    explain_linux: "explain" "fixtures/dump/linux";
    explain_linux_dat: "explain" "fixtures/dump/linux.dat";
    explain_romfs: "explain" "fixtures/dump/romfs";
    explain_boot_info: "explain" "fixtures/dump/BOOT INFO";
    explain_boot_info_dat: "explain" "fixtures/dump/BOOT INFO.dat";
    explain_flash: "explain" "fixtures/camera/flash.bin";
    explain_settings: "explain" "fixtures/settings/params.bin";
    explain_update: "explain" "fixtures/update/hazel_0_37_2_61.bin";
    explain_boot_log: "explain" "fixtures/log/boot.log";
    explain_log: "explain" "fixtures/log/boot-info-and-footer.log";
    explain_hexdump: "explain" "fixtures/listing/boot-info.hexdump";
    explain_plain_digits: "explain" "fixtures/listing/boot-info.txt";
    explain_intel_hex: "explain" "fixtures/listing/footers.hex";
    explain_code: "explain" "kernel-truncated";
    explain_code_of_two_catalogues: "explain" "carried-page";
    explain_code_of_the_boot_loader: "explain" "ERROR: unzip failed! -5";
    explain_code_misspelt: "explain" "kernel-truncatd";
    explain_list: "explain" "--list";
    explain_console_banner: "explain" "fixtures/console/banner.log";
    explain_console_flashed_by_hand: "explain" "fixtures/console/flashed-by-hand.log";
    explain_console_foreign_kernel: "explain" "fixtures/console/foreign-kernel.log";
    explain_console_image_0_lost: "explain" "fixtures/console/image-0-lost.log";
    explain_console_loop: "explain" "fixtures/console/loop.log";
    explain_console_no_memory: "explain" "fixtures/console/no-memory.log";
    explain_console_noisy: "explain" "fixtures/console/noisy.log";
    explain_console_other_device: "explain" "fixtures/console/other-device.log";
    explain_console_prompt: "explain" "fixtures/console/prompt.log";
    explain_console_romfs_missing: "explain" "fixtures/console/romfs-missing.log";
    explain_console_security_chip: "explain" "fixtures/console/security-chip.log";
    explain_console_silent_kernel: "explain" "fixtures/console/silent-kernel.log";
    explain_console_unzip_5: "explain" "fixtures/console/unzip-5.log";
    explain_console_wifi_driver: "explain" "fixtures/console/wifi-driver.log";

    convert_dump: "convert" "fixtures/dump" "-o" "fixed";
    convert_linux_dat: "convert" "fixtures/dump/linux.dat" "-o" "linux.bin";
    convert_flash: "convert" "fixtures/camera/flash.bin" "-o" "parts";

    convert_redact: "convert" "fixtures/camera/flash.bin" "--redact" "-o" "share.bin";
    convert_redact_settings: "convert" "fixtures/settings/params.bin" "--redact" "-o" "share.bin";
    inspect_show_secrets: "inspect" "--show-secrets" "fixtures/settings/params.bin";

    diff_romfs: "diff" "fixtures/flashed/romfs.img" "fixtures/dump/romfs";
    diff_linux: "diff" "fixtures/flashed/linux.zip" "fixtures/dump/linux";
    diff_web_ui: "diff" "fixtures/flashed/romfs-with-webui.img" "fixtures/dump/romfs";
    diff_updates: "diff" "fixtures/update/hazel_0_37_2_60.bin" "fixtures/update/hazel_0_37_2_61.bin";
    diff_sister: "diff" "fixtures/update/hazel_0_37_2_60.bin" "fixtures/update/sister_0_41_1_12.bin";
    diff_same: "diff" "fixtures/dump/romfs" "fixtures/dump/romfs";
    diff_flash_and_capture: "diff" "fixtures/camera/flash.bin" "fixtures/dump/romfs.dat";

    ls_web_ui: "ls" "fixtures/flashed/webui.bin";
    ls_flash: "ls" "fixtures/camera/flash.bin";
    ls_recursive_below: "ls" "--recursive" "fixtures/update/hazel_0_37_2_61.bin" "romfs.img.d/bin";
    extract_romfs: "extract" "fixtures/flashed/romfs.img" "-o" "files";
    extract_cut_kernel: "extract" "fixtures/dump/linux" "-o" "files";

    check_parts: "check" "fixtures/flashed/linux.zip" "fixtures/flashed/romfs.img" "--board" "4m";
    check_parts_like_a_dump: "check" "fixtures/flashed/linux.zip" "fixtures/update/romfs-2_61.img" "--like" "fixtures/camera/flash.bin";
    check_dump: "check" "fixtures/dump/linux" "fixtures/dump/romfs" "--board" "4m";
    check_kernel_with_log: "check" "fixtures/flashed/linux.zip" "--log" "fixtures/log/boot-info-and-footer.log";
    check_web_ui: "check" "fixtures/flashed/webui.bin" "--board" "2m";
    check_update: "check" "fixtures/update/hazel_0_37_2_61.bin" "--board" "4m";
    check_update_of_another_model: "check" "fixtures/update/sister_0_41_1_12.bin" "--like" "fixtures/camera/flash.bin" "--log" "fixtures/log/boot.log";
    check_flash: "check" "fixtures/camera/flash.bin" "--board" "2m";
    check_settings: "check" "fixtures/settings/params.bin" "--like" "fixtures/camera/flash.bin";
    check_captures: "check" "fixtures/dump/romfs.dat" "--log" "fixtures/log/boot.log";
    check_without_camera: "check" "fixtures/flashed/linux.zip";
    pack_flash: "pack" "flash" "--board" "4m" "--kernel" "fixtures/flashed/linux.zip" "--romfs" "fixtures/flashed/romfs.img" "-o" "flash.bin";
    pack_flash_of_a_dump: "pack" "flash" "--like" "fixtures/camera/flash.bin" "--boot-loader" "fixtures/camera/flash.bin" "--boot-info" "fixtures/camera/flash.bin" "--kernel" "fixtures/flashed/linux.zip" "--romfs" "fixtures/update/romfs-2_61.img" "--web-ui" "fixtures/flashed/webui.bin" "--settings" "fixtures/camera/flash.bin" "-o" "flash.bin";
    pack_flash_cut_kernel: "pack" "flash" "--board" "4m" "--kernel" "fixtures/dump/linux" "--romfs" "fixtures/flashed/romfs.img" "-o" "flash.bin";
    pack_update: "pack" "update" "--kernel" "fixtures/flashed/linux.zip" "--romfs" "fixtures/flashed/romfs.img" "-o" "update.bin";
    pack_update_cut: "pack" "update" "--kernel" "fixtures/dump/linux" "--anyway" "-o" "update.bin";
    pack_settings: "pack" "settings" "fixtures/settings/params.bin" "-o" "sealed.bin";

    missing_file: "inspect" "fixtures/nothing";
    folder_for_a_file: "diff" "fixtures/flashed" "fixtures/dump/romfs";
    wrong_option: "convert" "fixtures/dump";
}

#[test]
fn check_of_a_romfs_that_is_too_big() {
    let mut volume = unbrick::format::romfs::Volume::new("rom 4cfdc420");
    let file = |name, bytes: Vec<u8>| unbrick::format::romfs::Node::file(name, bytes);
    let root = unbrick::format::romfs::Volume::ROOT;
    let bin = volume.add(root, unbrick::format::romfs::Node::directory("bin")).unwrap();
    volume.add(bin, file("init", b"#!/bin/sh\n".to_vec()).executable()).unwrap();
    volume.add(root, file("data", vec![0xA5; 1_850_000])).unwrap();
    let dir = tempdir().unwrap();
    std::fs::write(dir.path().join("big.img"), volume.build().unwrap()).unwrap();
    assert_snapshot!("check_big_romfs", shown(dir.path(), &["check", "big.img", "--board", "2m"]));
}

/// What is said of an extracted romfs and of an extracted web UI that were changed, and of a kernel.
#[test]
fn packed_folders() {
    let dir = tempdir().unwrap();
    let folder = dir.path();
    std::os::unix::fs::symlink(project().join("fixtures"), folder.join("fixtures")).unwrap();
    let run = |arguments: &[&str]| assert_eq!(answer(command(arguments).current_dir(folder)).code, 0);
    let write = |path: &str, bytes: &[u8]| std::fs::write(folder.join(path), bytes).unwrap();

    run(&["extract", "fixtures/flashed/romfs.img", "-o", "files"]);
    let like = ["pack", "romfs", "files", "--like", "fixtures/flashed/romfs.img", "-o"];
    assert_snapshot!("pack_romfs_same", shown(folder, &[&like[..], &["same.img"]].concat()));
    write("files/bin/hazel.conf", b"ssid=other\n");
    write("files/bin/aaa", b"new\n");
    std::fs::remove_file(folder.join("files/share/CHANGES")).unwrap();
    std::fs::remove_dir(folder.join("files/proc")).unwrap();
    assert_snapshot!("pack_romfs_changed", shown(folder, &[&like[..], &["changed.img"]].concat()));
    assert_snapshot!("pack_romfs_sorted", shown(folder, &["pack", "romfs", "files", "-o", "sorted.img"]));

    run(&["extract", "fixtures/flashed/webui.bin", "-o", "pages"]);
    write("pages/live.htm", b"<html>\n");
    let like = ["pack", "webui", "pages", "--like", "fixtures/flashed/webui.bin", "-o", "webui.bin"];
    assert_snapshot!("pack_webui", shown(folder, &like));

    let kernel = command(&["cat", "fixtures/flashed/linux.zip", "linux.bin"]).output().unwrap().stdout;
    write("linux.bin", &kernel);
    assert_snapshot!("pack_kernel", shown(folder, &["pack", "kernel", "linux.bin", "-o", "linux.zip"]));
}

/// What is said of a file with these bytes.
fn screen_of_file(bytes: &[u8]) -> String {
    let dir = tempdir().unwrap();
    std::fs::write(dir.path().join("input.bin"), bytes).unwrap();
    shown(dir.path(), &["inspect", "input.bin"])
}

#[test]
fn damaged_files() {
    let romfs = fixture("flashed/romfs.img");
    assert_snapshot!("truncated_romfs", screen_of_file(&romfs[..40_000]));
    let mut changed = romfs;
    changed[0x1003] ^= 0x40;
    changed[0x28] ^= 0x01;
    assert_snapshot!("damaged_romfs", screen_of_file(&changed));
    assert_snapshot!("unknown_bytes", screen_of_file(&[0xA5, 0x5A, 0x3C].repeat(100)));
    assert_snapshot!("erased_flash", screen_of_file(&[0xFF; 0x1_0000]));
    assert_snapshot!("jpeg", screen_of_file(b"\xFF\xD8\xFF\xE0\x00\x10JFIF\x00\x01\x01\x01\x00\x48\x00\x48\x00\x00"));
    assert_snapshot!("text", screen_of_file(b"Dear camera,\nwhy?\n"));
}

/// Every answer keeps to the columns that are asked for, but for names, commands and what is quoted from a console,
/// which are not broken.
#[test]
fn answers_are_as_wide_as_columns_says() {
    let dir = tempdir().unwrap();
    std::os::unix::fs::symlink(project().join("fixtures"), dir.path().join("fixtures")).unwrap();
    let narrow = |arguments: &[&str]| {
        let answer = answer(command(arguments).current_dir(dir.path()).env("COLUMNS", "60"));
        let too_wide = answer.out.lines().filter(|line| line.chars().count() > 60);
        // what is quoted or typed stays on one line, however long, and so do rows of addresses
        let too_wide: Vec<&str> = too_wide
            .filter(|line| !line.contains(['`', '$']) && !line.starts_with("    unbrick "))
            .filter(|line| !line.contains("0x") && !line.trim_start().starts_with("offset "))
            .collect();
        assert_eq!(too_wide, [""; 0], "{arguments:?}");
        format!("$ COLUMNS=60 unbrick {}\n{}", arguments.join(" "), answer.out)
    };
    narrow(&["inspect", "fixtures/camera/flash.bin"]);
    narrow(&["explain", "fixtures/camera/flash.bin"]);
    narrow(&["explain", "fixtures/log/boot.log"]);
    narrow(&["check", "fixtures/flashed/linux.zip", "fixtures/flashed/romfs.img", "--board", "4m"]);
    narrow(&["diff", "fixtures/camera/flash.bin", "fixtures/dump/romfs.dat"]);
    narrow(&["inspect", "--show-secrets", "fixtures/settings/params.bin"]);
    narrow(&["extract", "fixtures/flashed/romfs.img", "-o", "files"]);
    narrow(&["pack", "romfs", "files", "-o", "romfs.img"]);
    narrow(&["convert", "fixtures/dump", "-o", "fixed"]);
    assert_snapshot!("narrow_inspect", narrow(&["inspect", "fixtures/dump/linux.dat"]));
    assert_snapshot!("narrow_convert", narrow(&["convert", "fixtures/dump/romfs.dat", "-o", "parts/"]));
    let long = ["convert", "fixtures/dump/romfs.dat", "-o", "a-folder-with-a-long-name/"];
    assert_snapshot!("narrow_convert_long_name", narrow(&long));
    let parts = ["boot", "--kernel", "fixtures/boot/linux.zip", "--romfs", "fixtures/flashed/romfs.img", "--quiet"];
    assert_snapshot!("narrow_boot", narrow(&parts));
}
