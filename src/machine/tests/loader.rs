//! The boot loader: its rules and prompt in this program's own words, and the code of one run in place.

use super::*;
use crate::machine::session::End;

fn scripted(firmware: &Firmware, script: &str) -> Run {
    run(firmware, Plan { script: script.parse().unwrap(), ..Plan::default() })
}

const TO_PROMPT: &str = "wait Press ESC\nsend \\e\nwait bootloader > \n";

fn at_prompt(firmware: &Firmware, typed: &str) -> Vec<String> {
    lines(&scripted(firmware, &format!("{TO_PROMPT}{typed}")))
}

#[test]
fn esc_leads_to_a_prompt_that_lists_and_checks_and_displays() {
    let mut firmware = firmware();
    let lines = at_prompt(&firmware, "type ls\nwait > \ntype chk\nwait > \ntype d -b 0x7f010000");
    for line in [
        "Press ESC to enter debug mode .",
        "bootloader > ls",
        "Image: 0 name:BOOT INFO base:0x7F010000 size:0x00000038 exec:0x7F010000 -af",
        "Image: 7 name:linux.bin base:0x7F020000 size:0x000008A4 exec:0x00008000 -acxz",
        "Image: 6 name:romfs.img base:0x7F030000 size:0x00010800 exec:0x7F030000 -a",
        "Image check finished. 0 checksum error found.",
        "Displaying memory at 0x7F010000",
        "[7F010000] 48 00 00 00 01 00 00 00 - 00 00 5E 00 53 01 00 00  H.........^.S...",
    ] {
        assert!(lines.iter().any(|printed| printed == line), "{line} is not in {lines:#?}");
    }
    firmware.flash[0x3_4000] ^= 1;
    assert!(at_prompt(&firmware, "type chk").contains(&"ERROR: Image 6 checksum error found !".to_owned()));
}

#[test]
fn the_prompt_reads_lines_as_the_boot_loader_does() {
    let firmware = firmware();
    let answer = |typed: &str| at_prompt(&firmware, typed);
    let unknown = "ERROR: unrecognised command".to_owned();
    assert!(answer("type dir").contains(&unknown));
    assert!(answer("type \"LS\"").iter().any(|line| line.starts_with("Image: 0")), "case and quotes do not matter");
    assert!(answer("send \\els\\r").contains(&unknown), "ESC swallows the next key");
    assert!(answer("send lx\\x08s\\r").iter().any(|line| line.starts_with("Image: 0")), "0x08 takes a key back");
    assert!(answer("type fx 7").iter().any(|line| line.contains("LS, D, CHK, G and BOOT work here")));
    let long = answer(&format!("send {}", "x".repeat(80)));
    assert!(long.iter().any(|line| line.ends_with(&unknown)), "the 80th key executes the line: {long:#?}");
    let halves = answer("type d 0x7F010002");
    assert!(
        halves.iter().any(|line| line.starts_with("[7F010000]         ")),
        "what lies before is blank: {halves:#?}"
    );
}

#[test]
fn boot_and_go_lead_from_the_prompt_to_the_kernel() {
    let firmware = firmware();
    for typed in ["type boot\nwait />", "type boot\nwait Press\nsend b\nwait > \ntype ls\nwait -acxz"] {
        let run = scripted(&firmware, &format!("{TO_PROMPT}{typed}"));
        assert_eq!(run.end, End::Script, "{typed}: {:#?}", lines(&run));
    }
    // nothing was copied there
    let run = scripted(&firmware, &format!("{TO_PROMPT}type g 0x8000"));
    assert!(!run.has_reached(Stage::Banner));
}

#[test]
fn a_lost_image_0_is_made_anew_with_the_mac_that_all_such_cameras_share() {
    let mut firmware = firmware();
    firmware.flash[0x1_0000..0x2_0000].fill(0xFF);
    let lines = at_prompt(&firmware, "type ls\nwait > \ntype d -b 0x7F010008");
    assert!(lines.contains(&"WARNING: Image 0 was not found. Try to create one ... ".to_owned()), "{lines:#?}");
    assert!(lines.contains(&".Image 0 created".to_owned()));
    let row = "Image: 0 name:BOOT INFO base:0x7F010000 size:0x00000048 exec:0x7F010000 -af";
    assert!(lines.contains(&row.to_owned()), "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with("[7F010008] 00 00 00 00 00 01")), "{lines:#?}");
}

#[test]
fn an_image_that_is_no_zip_is_started_all_the_same() {
    use crate::format::footer::{self, Footer};
    use crate::image::FlashAddr;
    let mut firmware = firmware();
    firmware.flash[0x2_0000..0x2_0002].copy_from_slice(b"XX");
    let run = run(&firmware, Plan::default());
    let lines = lines(&run);
    let at = lines.iter().position(|line| line == "ERROR: Invalid zip file").unwrap();
    assert_eq!(lines[at + 1], "Executing image 7 ... ");

    // without `x` it is unzipped, and that is all
    let zip = fixture("boot/linux.zip");
    let mut firmware = super::firmware();
    let flags = "-acz".parse().unwrap();
    let footer = Footer::for_image(7, FlashAddr(0x7F02_0000), FlashAddr(0x8000), "linux.bin", flags, &zip);
    let at = 0x2_0000 + footer::place(zip.len());
    firmware.flash[at..at + footer::LEN].copy_from_slice(&footer.to_bytes());
    let run = super::run(&firmware, Plan::default());
    assert_eq!(run.end, End::Prompt);
    assert!(super::lines(&run).contains(&"Unzip image 7 ... ".to_owned()));
}

fn with_loader() -> Firmware {
    let (loader, kernel, romfs) =
        (fixture("boot/boot-loader.bin"), fixture("boot/linux.bin"), fixture("flashed/romfs.img"));
    let parts = Parts { boot_loader: Some(&loader), kernel: Some(&kernel), romfs: Some(&romfs), ..Parts::default() };
    Firmware::of_parts(&parts, Model::TwoMegabytes, Vec::new()).unwrap()
}

#[test]
fn the_code_of_a_boot_loader_runs_in_place_and_answers_ls() {
    let lines = at_prompt(&with_loader(), "type ls");
    assert!(lines.iter().any(|line| line.starts_with("W90P745 Boot Loader [ Version 1.1")), "{lines:#?}");
    let row = "Image: 7 name:linux.bin base:0x7F020000 size:0x00000D78 exec:0x00008000 -acx";
    assert!(lines.contains(&row.to_owned()), "{lines:#?}");
}

#[test]
fn the_code_of_a_boot_loader_waits_counts_and_starts_the_kernel() {
    let firmware = with_loader();
    let run = run(&firmware, to(Stage::Shell));
    assert_eq!(run.end, End::Goal, "{:#?}", lines(&run));
    // six half seconds, polled a thousand times a second
    let banner = run.reached.iter().find(|reached| reached.stage == Stage::Banner).unwrap().instructions;
    assert!((119_000_000..122_000_000).contains(&banner), "{banner}");
    assert!(run.executed < banner / 5, "waiting for the timer is skipped: {}", run.executed);
}

#[test]
fn a_reset_by_the_boot_loader_starts_it_again_and_one_by_the_kernel_is_the_end() {
    let firmware = with_loader();
    let run = scripted(&firmware, &format!("{TO_PROMPT}type boot\nwait />\ntype reboot\nwait for ever"));
    assert_eq!(run.end, End::Reset);
    let banners = lines(&run).iter().filter(|line| line.starts_with("W90P745 Boot Loader")).count();
    assert_eq!(banners, 2);
}
