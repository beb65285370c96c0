//! A real kernel, romfs and camera program, where they are at hand.

use super::*;
use crate::format::sample_dir;
use crate::machine::session::End;

/// The kernel whose last 80 bytes the recovery tool saved in front of the romfs (captures-and-questions.md section 1).
fn real() -> Option<Firmware> {
    let folder = sample_dir()?.join("recovery-tool");
    let [linux, romfs] = ["linux", "romfs"].map(|name| std::fs::read(folder.join(name)).unwrap());
    Some(of(&[&linux, &romfs[..80]].concat(), &romfs[256..]))
}

/// soc-for-emulation.md section 14.2, from the shell on; one run, for a real kernel is much to do in a test.
#[test]
fn the_real_firmware_boots_answers_and_ends_for_want_of_a_security_chip() {
    let Some(firmware) = real() else { return };
    let script: Script = "wait />\ntype ps\nwait PID PORT STAT\nwait sh\nwait myreboot".parse().unwrap();
    let run = run(&firmware, Plan { script, ..Plan::default() });
    let verdict = Verdict::of(&run, &firmware);
    let lines = lines(&run);
    for line in [
        "Calibrating delay loop... 39.83 BogoMIPS",
        "Memory: 14616KB available (1274K code, 210K data, 40K init)",
        "0: 7F0D0000-7F1DC3FF [VIRTUAL 7F0D0000-7F1DC3FF] (RO)",
        "W19B320BTT Flash Detected",
        "hub.c: 2 ports detected",
        "VFS: Mounted root (romfs filesystem) readonly.",
        "Sash command shell (version 1.1.1)",
        "    8      S    2389K     0K 99.9 camera",
        "detect_sensor: mi360",
        "dvm camera registered as video0",
        "sw version is 21.37.2.37",
        "100MB - FULL",
        "video0 opened",
        "do_zoom_stop: write error 5",
    ] {
        assert!(lines.iter().any(|printed| printed == line), "{line} is not in {lines:#?}");
    }
    assert_eq!(lines.iter().filter(|line| *line == "write i2c error").count(), 10);
    // the stage table of soc-for-emulation.md section 11, in millions of instructions since the kernel was started, for
    // which the boot loader waits three seconds
    for (stage, earliest, latest) in [(Stage::Romfs, 36, 37), (Stage::Shell, 90, 95), (Stage::Camera, 205, 225)] {
        let at = run.reached.iter().find(|reached| reached.stage == stage).unwrap().instructions / 1_000_000 - 120;
        assert!((earliest..latest).contains(&at), "{stage} at {at}");
    }
    assert!(matches!(run.end, End::Script | End::Reset), "{:?}", run.end);
    assert!(verdict.is_good && run.frames_sent > 0 && run.strays.1 == 0 && run.faults.1 == 0);
}

#[test]
fn the_restart_of_the_real_firmware_is_blamed_on_the_missing_chip() {
    let Some(firmware) = real() else { return };
    // the machine is the same in every run, so that the end of the log is all that this needs
    let log = b"Linux version 2.4.20-uc0 (x) #1452\n/> \n".to_vec();
    let failures = "write i2c error\n".repeat(10) + "myreboot\n";
    let mut run = run(&firmware, to(Stage::Banner));
    run.end = End::Reset;
    run.goal = None;
    run.i2c_unanswered = 68;
    run.log = [log, failures.into_bytes()].concat();
    run.reached.push(crate::machine::session::Reached { stage: Stage::Shell, instructions: 92_000_000 });
    let verdict = Verdict::of(&run, &firmware);
    assert!(verdict.is_good);
    assert!(verdict.answer.contains("no security chip: this is not the firmware's fault"), "{}", verdict.answer);
    assert!(verdict.next.is_empty(), "there is nothing to repair");
}
