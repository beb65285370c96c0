use proptest::prelude::*;

use super::*;
use crate::camera::Certainty;

fn id(log: &BootLog) -> &str {
    log.matter.as_ref().map_or("", |matter| matter.rule.id.as_str())
}

const BANNER: &str = "W90P745 Boot Loader [ Version 1.1 $Revision: 1 $ ] Rebuilt on Dec 10 2009\n\
    Memory Size is 0x1000000 Bytes, Flash Size is 0x400000 Bytes\n\
    Press ESC to enter debug mode ......\nCache enabled!\n";

const STARTED: &str = "Processing image 7 ... \nUnzip image 7 ... \nExecuting image 7 ... \n";

const KERNEL: &str =
    "Linux version 2.4.20-uc0 (a@b) (gcc version 3.0) #1042 Mon Dec  7 10:01:02 CST 2009\nMemory: 16MB = 16MB total\n";

fn of(parts: &[&str]) -> BootLog {
    read(parts.concat().as_bytes())
}

#[test]
fn ten_failed_checks_and_a_restart_are_the_security_chip() {
    let text = format!("audio_dev.state not AU_STATE_RECORDING\n[29]\n{}myreboot\n", "write i2c error\n".repeat(10));
    let log = read(text.as_bytes());
    assert_eq!((id(&log), log.outcome), ("security-chip", Outcome::Restarts));
    let matter = log.matter.unwrap();
    assert_eq!((matter.line, matter.count, matter.certainty), (3, 10, Certainty::Certain));
}

#[test]
fn fewer_failures_before_the_restart_are_likely_the_same_and_none_are_not() {
    let log = of(&["write i2c error\nwrite i2c error\nmyreboot\n"]);
    assert_eq!((id(&log), log.matter.as_ref().unwrap().certainty), ("security-chip", Certainty::Likely));
    assert_eq!(id(&of(&["write i2c error\nwrite i2c error\n"])), "security-chip-no-answer");
    assert_eq!(id(&of(&["video0 opened\nmyreboot\n"])), "program-restart");
    // the motor does not answer either, and it is something else that restarts the camera
    assert_eq!(
        id(&of(&["_i2c_write: write i2c error\nread camera params error !\nmyreboot\n"])),
        "settings-unreadable"
    );
}

#[test]
fn a_kernel_that_says_nothing_is_told_from_one_that_speaks_and_from_one_that_is_not_there() {
    assert_eq!(id(&of(&[BANNER, STARTED])), "kernel-silent");
    assert_eq!(id(&of(&[BANNER, STARTED, BANNER, STARTED, BANNER])), "kernel-silent");
    assert_eq!(id(&of(&[BANNER, STARTED, KERNEL])), "");
    assert_eq!(id(&of(&[BANNER, "Processing image 7 ... \n\n\rbootloader > "])), "kernel-not-found");
    assert_eq!(id(&of(&[BANNER, "Processing image 7 ... \n"])), "", "the log may end here");
    assert_eq!(
        id(&of(&[BANNER, "Processing image 7 ... \nUnzip image 7 ... \n\rbootloader > "])),
        "kernel-not-started"
    );
}

#[test]
fn every_unzip_error_has_a_rule_of_its_own() {
    for code in 1..=6 {
        let log = of(&[BANNER, "Unzip image 7 ... \n", &format!("ERROR: unzip failed! -{code}\n\rbootloader > ")]);
        assert_eq!((id(&log), log.outcome), (format!("loader-unzip-{code}").as_str(), Outcome::Stops));
    }
    assert_eq!(id(&of(&[BANNER, "ERROR: unzip failed! -7\n"])), "loader-unzip-failed");
}

#[test]
fn a_romfs_that_is_looked_for_at_the_default_place_is_a_missing_image_6() {
    let place =
        "0: 00700000-007003FF [VIRTUAL 00700000-007003FF] (RO)\nKernel panic: VFS: Unable to mount root fs on 1f:00\n";
    let log = of(&[BANNER, STARTED, KERNEL, place]);
    assert_eq!((id(&log), log.reached), ("romfs-at-default", Some(Stage::Drivers)));
    let right =
        "0: 7F0E0000-7F16D3FF [VIRTUAL 7F0E0000-7F16D3FF] (RO)\nKernel panic: VFS: Unable to mount root fs on 1f:00\n";
    assert_eq!(id(&of(&[BANNER, STARTED, KERNEL, right])), "root-not-mounted");
}

#[test]
fn the_kernels_memory_is_held_against_the_boards() {
    let small = KERNEL.replace("16MB", "8MB");
    assert_eq!(id(&of(&[BANNER, STARTED, &small])), "kernel-for-8-mb");
    assert_eq!(id(&of(&[&BANNER.replace("0x1000000", "0x800000"), STARTED, KERNEL])), "kernel-for-16-mb");
    assert_eq!(id(&of(&[&BANNER.replace("0x1000000", "0x800000"), STARTED, &small])), "");
}

#[test]
fn the_harmless_line_of_the_start_script_is_told_from_a_damaged_program() {
    let log = of(&[BANNER, STARTED, KERNEL, "BINFMT_FLAT: bad magic/rev (0x74202d74, need 0x4)\n"]);
    assert_eq!((id(&log), log.harmless.len()), ("", 1));
    assert_eq!(id(&of(&[BANNER, STARTED, KERNEL, "BINFMT_FLAT: bad magic/rev (0x2, need 0x4)\n"])), "program-damaged");
}

const LIST: &str = "bootloader > ls\n\
    Image: 0 name:BOOT INFO base:0x7F010000 size:0x00000038 exec:0x7F010000 -af\n\
    Image: 7 name:linux.bin base:0x7F020000 size:0x000BFE5C exec:0x00008000 -acxz\n\
    Image: 6 name:romfs.img base:0x7F0E0000 size:0x0010C400 exec:0x7F0E0000 -a\n\rbootloader > ";

#[test]
fn a_list_of_images_is_judged_row_by_row() {
    let right = of(&[LIST]);
    assert_eq!((id(&right), right.outcome), ("", Outcome::Prompt));
    let images = right.images.unwrap();
    assert!(images.whole);
    assert!(images.images[1].remarks[0].contains("not sent by XMODEM"));
    assert!(images.images[2].remarks[0].contains("where it belongs"));

    let wrong = |from: &str, to: &str| id(&of(&[&LIST.replace(from, to)])).to_owned();
    assert_eq!(wrong("exec:0x7F0E0000", "exec:0x7F0D0000"), "image-6-exec");
    assert_eq!(wrong("exec:0x00008000", "exec:0x7F020000"), "image-7-exec");
    assert_eq!(wrong("-acxz", "-acz"), "image-7-letters");
    assert_eq!(wrong("-acxz", ""), "", "a cut line tells nothing of its letters");
    assert_eq!(wrong("0x7F0E0000", "0x7F0D0000"), "images-overlap");
    assert_eq!(wrong("Image: 0", "Image: 5"), "image-0-not-listed");
    assert_eq!(id(&of(&[&BANNER.replace("0x400000", "0x200000"), LIST])), "image-over-settings");
    assert_eq!(id(&of(&[&BANNER.replace("......", "."), LIST])), "");
    assert_eq!(id(&of(&[BANNER, LIST])), "prompt-without-key");
    assert!(
        of(&[&LIST.replace("0x000BFE5C", "0x000BFE80")]).images.unwrap().images[1].remarks[0].contains("with `fx`")
    );
}

#[test]
fn a_list_without_its_end_proves_no_image_missing() {
    let cut = LIST.split("Image: 6").next().unwrap();
    assert_eq!(id(&of(&[cut])), "");
    assert_eq!(id(&of(&[cut, "\rbootloader > "])), "image-6-not-listed");
}

#[test]
fn what_was_typed_is_judged_as_well() {
    assert_eq!(id(&of(&["bootloader > del\nDeleting Image 0 ...\n"])), "loader-image-0-deleted");
    assert_eq!(id(&of(&["bootloader > del\n\n"])), "delete-without-number");
    assert_eq!(id(&of(&["bootloader > del 6\n"])), "");
    assert_eq!(id(&of(&["bootloader > fx 6 romfs.img 0x7f0e0000 0x7f0d0000 -a\n"])), "image-6-exec");
    assert_eq!(id(&of(&["bootloader > fx 6 romfs.zip 0x7f0e0000 0x700000 -acz\n"])), "");
    assert_eq!(id(&of(&["bootloader > fx 7 linux.zip 0x7f020000 0x7f020000 -acxz\n"])), "image-7-exec");
}

#[test]
fn a_loop_is_counted_and_measured() {
    let round = |minute: u32| {
        let lines = format!("{BANNER}{STARTED}{KERNEL}");
        lines.lines().map(|line| format!("[12:{minute:02}:30.000] {line}\n")).collect::<String>()
    };
    let log = of(&[&round(1), &round(2), &round(3), &round(4)]);
    assert_eq!((log.boots.len(), id(&log)), (4, "restarts-over-and-over"));
    let rounds = log.rounds();
    assert_eq!((rounds.whole, rounds.alike, rounds.seconds), (3, true, Some(60.0)));
    assert_eq!(rounds.lines, Some(9));
}

#[test]
fn asking_for_the_banner_again_is_no_new_start() {
    let log = of(&[BANNER, "bootloader > i\n", BANNER, "bootloader > boot\nRebooting the system ...\n", BANNER]);
    assert_eq!(log.boots.len(), 2);
}

#[test]
fn a_start_that_goes_well_outweighs_what_went_wrong_before() {
    let failed = "ERROR: unzip failed! -5\n\rbootloader > fx 7 linux.zip 0x7f020000 0x8000 -acxz\n";
    let well = "VFS: Mounted root (romfs filesystem) readonly.\nCommand: camera&\nvideo0 opened\n";
    let log = of(&[BANNER, failed, BANNER, STARTED, KERNEL, well]);
    assert_eq!((id(&log), log.outcome), ("", Outcome::Runs));
    assert_eq!(log.also[0].rule.id, "loader-unzip-5");
}

#[test]
fn logs_of_other_devices_are_told_from_those_of_cameras() {
    let other = "U-Boot 1.1.3 (Aug 12 2012 - 10:11:12)\nCPU revision is: 0001964c (MIPS 24Kc)\nLinux version 2.6.21 (x)\nVFS: Mounted root (squashfs filesystem) readonly.\n";
    assert!(detect(other.as_bytes()));
    let log = read(other.as_bytes());
    assert_eq!((id(&log), log.outcome), ("other-boot-loader", Outcome::Foreign));
}

#[test]
fn what_is_no_log_is_not_taken_for_one() {
    for text in [
        "Dear camera,\nwhy?\n",
        "",
        "\n\n",
        "set brightness 100\n1\n1\n",
        "I wrote an i2c driver.\nIt had an error.\nI called it.\n",
    ] {
        assert!(!detect(text.as_bytes()), "{text:?}");
    }
    let kernel = b"\0\0\x01\x02Executing image %d ... \0Processing image %d ... \0\x03\x04\x05Blkmem 1 disk images:\n\0\0\0\0\0\0\0\0\0\0";
    assert!(!detect(kernel));
}

#[test]
fn a_single_console_line_is_a_log() {
    assert!(detect(b"ERROR: unzip failed! -5"));
    assert!(detect(b"myreboot\n"));
    assert!(detect(
        b"[2011-02-03 10:00:00.000] \r\n[2011-02-03 10:00:00.130] \r\n[2011-02-03 10:00:00.260] myreboot\r\n"
    ));
}

#[test]
fn a_whole_log_on_one_line_is_still_understood() {
    let text = format!("{BANNER}{STARTED}{KERNEL}write i2c error\n").replace('\n', " ");
    let log = read(text.as_bytes());
    assert_eq!((id(&log), log.reached), ("security-chip-no-answer", Some(Stage::Kernel)));
    assert_eq!(log.facts.kernel_build, Some(1042));
}

#[test]
fn lost_characters_leave_the_story_as_it_is() {
    let text = format!("{BANNER}{STARTED}{KERNEL}{}mreboot\n", "write i2 error\n".repeat(10));
    let log = read(text.as_bytes());
    assert_eq!((id(&log), log.lines.damaged, log.lines.unknown), ("security-chip", 11, 0));
    assert_eq!(log.matter.unwrap().certainty, Certainty::Likely);
}

/// What each published log comes to: the line that matters, how the log ends, how far the camera came.
const PUBLISHED: [(&str, &str, Outcome, Option<Stage>); 8] = [
    ("t1_computersolutions_2MB_dec2009.txt", "", Outcome::Prompt, Some(Stage::Drivers)),
    ("t2_wansview_nc541_4MB_may2010.txt", "", Outcome::Prompt, Some(Stage::Loader)),
    ("t3_wanscam_4MB_panic_case_may2010.txt", "kernel-for-8-mb", Outcome::Stops, Some(Stage::Kernel)),
    ("t4_fi8908w_clone_8MBram_4MB_aug2009.txt", "program-no-memory", Outcome::Restarts, Some(Stage::Network)),
    ("t5_grenville_w90n745_jun2006.txt", "", Outcome::LogEnds, Some(Stage::Loader)),
    ("t6_topic84_bootinfo_and_bad_flash.txt", "loader-image-0-missing", Outcome::Stops, Some(Stage::Loader)),
    ("t7_i2c_reboot_logs.txt", "security-chip", Outcome::Restarts, Some(Stage::Camera)),
    ("t8_real_kernel_and_camera_program_in_an_emulator.txt", "security-chip", Outcome::Restarts, Some(Stage::Running)),
];

#[test]
fn every_published_log_has_its_right_story_and_hardly_a_line_is_unknown() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples/transcripts");
    if !folder.is_dir() {
        eprintln!("skipped: the published logs are not here");
        return;
    }
    for (name, matter, outcome, reached) in PUBLISHED {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        assert!(detect(&bytes), "{name}");
        let log = read(&bytes);
        assert_eq!((id(&log), log.outcome, log.reached), (matter, outcome, reached), "{name}");
        assert_eq!(log.lines.unknown, 0, "{name}: {:?}", log.unknown);
    }
}

#[test]
fn a_real_log_of_the_security_chip_tells_everything_that_it_holds() {
    let path = "../shared/samples/transcripts/t8_real_kernel_and_camera_program_in_an_emulator.txt";
    let Ok(bytes) = std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)) else {
        eprintln!("skipped: the published logs are not here");
        return;
    };
    let log = read(&bytes);
    assert_eq!((log.facts.kernel_build, log.facts.kernel_built.as_deref()), (Some(1452), Some("2010-12-06 08:08:33")));
    assert_eq!((log.facts.sensor.as_deref(), log.facts.system_version.as_deref()), (Some("mi360"), Some("21.37.2.37")));
    assert_eq!((log.facts.ram_bytes, log.facts.flash_bytes), (Some(16 << 20), Some(4 << 20)));
    let also: Vec<&str> = log.also.iter().map(|other| other.rule.id.as_str()).collect();
    assert_eq!(also, ["web-ui-none", "settings-none"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let log = read(&bytes);
        prop_assert_eq!(log.lines.known + log.lines.unknown + log.lines.display + log.lines.notes, log.lines.lines);
        detect(&bytes);
    }

    #[test]
    fn any_mix_of_console_lines_is_read_and_counted(picks in prop::collection::vec((0_usize..140, 0_usize..4), 0..60)) {
        let examples: Vec<&str> = Rules::built_in().iter().filter_map(|rule| rule.example.as_deref()).collect();
        let mut text = String::new();
        for (index, cut) in picks {
            let example = examples[index % examples.len()];
            text.extend(example.chars().skip(cut));
            text.push_str(if cut == 3 { "" } else { "\n" });
        }
        let log = read(text.as_bytes());
        prop_assert_eq!(log.lines.known + log.lines.unknown + log.lines.display + log.lines.notes, log.lines.lines);
        let lines: Vec<usize> = log.boots.iter().map(|boot| boot.first_line).collect();
        prop_assert!(lines.is_sorted());
        if let Some(matter) = &log.matter {
            prop_assert!(matter.line >= 1 && matter.line <= text.lines().count().max(1));
        }
    }
}
