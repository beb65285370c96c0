//! Each way in which a firmware fails, and what is said of it.

use super::*;
use crate::machine::Pause;
use crate::machine::cpu::Exception;
use crate::machine::session::{End, QUIET_AFTER};

#[test]
fn a_kernel_boots_to_its_shell_by_the_boot_loaders_rules() {
    let firmware = firmware();
    let run = run(&firmware, to(Stage::Shell));
    let verdict = Verdict::of(&run, &firmware);
    let stages: Vec<Stage> = run.reached.iter().map(|reached| reached.stage).collect();
    let expected =
        [Stage::Loader, Stage::Banner, Stage::Calibrated, Stage::Romfs, Stage::Init, Stage::Network, Stage::Shell];
    assert_eq!(stages, expected);
    let lines = lines(&run);
    for line in [
        "Press ESC to enter debug mode ......",
        "Cache enabled!",
        "Unzip image 7 ... ",
        "Calibrating delay loop... 39 BogoMIPS",
        "Memory: 16MB = 16MB total",
        "0: 7F030000-7F0407FF (RO)",
        "W19B320BTT Flash Detected",
        "Command: mount -t proc none /proc",
        "Wait for auto-negotiation complete...OK",
    ] {
        assert!(lines.iter().any(|printed| printed == line), "{line} is not in {lines:#?}");
    }
    assert!(verdict.is_good && verdict.answer.starts_with("It boots: the shell waits for commands"));
    assert_eq!(run.mac.unwrap().to_string(), "00:00:5E:00:53:01");
}

#[test]
fn two_runs_are_the_same_to_the_instruction() {
    let [one, other] = ["i2c", "i2c"].map(|line| typed(line).0);
    assert_eq!((one.instructions, one.executed, &one.reached), (other.instructions, other.executed, &other.reached));
    assert_eq!((one.registers, one.log), (other.registers, other.log));
}

#[test]
fn waiting_takes_time_and_no_work() {
    let (run, _) = typed("");
    assert_eq!(run.end, End::Quiet);
    assert!(run.instructions > QUIET_AFTER && run.executed < run.instructions / 50, "{}", run.executed);
}

#[test]
fn what_is_typed_reaches_the_shell_key_by_key() {
    let (run, _) = typed("no such thing");
    assert!(lines(&run).contains(&"/> no such thing".to_owned()), "each key is echoed");
    assert!(lines(&run).contains(&"no such thing: not found".to_owned()));
    assert_eq!(run.waited_for.unwrap().number, 3);
}

#[test]
fn a_restart_by_the_program_is_told_as_one() {
    let (run, verdict) = typed("reboot");
    assert_eq!(run.end, End::Reset);
    assert_eq!(run.reached.last().unwrap().stage, Stage::Reboot);
    assert!(verdict.answer.contains("restart"), "{}", verdict.answer);
}

#[test]
fn nobody_answers_on_the_i2c_bus() {
    let (run, _) = typed("i2c");
    assert!(lines(&run).contains(&"_i2c_write: write i2c error".to_owned()));
    assert_eq!(run.i2c_unanswered, 1);
}

#[test]
fn a_loop_with_interrupts_off_is_called_stuck_with_its_address() {
    let (run, verdict) = typed("hang");
    assert_eq!(run.end, End::Stuck);
    let place = format!("in a loop at 0x{:08X}", run.registers.pc);
    assert!(verdict.why.iter().any(|why| why.contains(&place)), "{:#?}", verdict.why);
    assert!(
        verdict.why.iter().any(|why| why.contains("The last line on the console: `/> hang`")),
        "{:#?}",
        verdict.why
    );
}

#[test]
fn a_wild_jump_goes_to_the_programs_handler_and_is_named() {
    let (run, verdict) = typed("jump");
    assert!(lines(&run).contains(&"prefetch abort".to_owned()));
    assert_eq!(run.end, End::Stuck);
    let (fault, count) = run.faults;
    assert_eq!((fault.unwrap().exception, fault.unwrap().pc, count), (Exception::PrefetchAbort, 0x4000_0000, 1));
    assert!(verdict.why.iter().any(|why| why.contains("it jumps to 0x40000000")), "{:#?}", verdict.why);
}

#[test]
fn an_instruction_that_is_none_is_named_and_the_program_may_go_on() {
    let (run, _) = typed("undefined");
    assert!(lines(&run).contains(&"undefined instruction".to_owned()));
    let (fault, count) = run.faults;
    assert_eq!((fault.unwrap().exception, fault.unwrap().word, count), (Exception::Undefined, Some(0xE7F0_00F0), 1));
    assert_eq!(run.end, End::Quiet, "it went on");
}

#[test]
fn an_access_to_nowhere_is_counted_and_named() {
    let (run, verdict) = typed("stray");
    assert_eq!(run.strays.1, 1);
    assert!(verdict.why.iter().any(|why| why.contains("first 0x40000020")), "{:#?}", verdict.why);
}

#[test]
fn a_flash_that_still_shows_its_numbers_is_told() {
    let (run, verdict) = typed("identify");
    assert!(run.flash_identifies);
    assert!(verdict.why.iter().any(|why| why.contains("left showing its numbers")), "{:#?}", verdict.why);
}

#[test]
fn printing_without_an_end_is_ended() {
    let (run, _) = typed("flood");
    assert_eq!(run.end, End::Output);
    let (run, verdict) = {
        let firmware = firmware();
        let script: Script = "wait />\ntype flood".parse().unwrap();
        let run = run_with_budget(&firmware, script, 122_000_000);
        let verdict = Verdict::of(&run, &firmware);
        (run, verdict)
    };
    assert_eq!(run.end, End::Budget);
    assert!(verdict.why.iter().any(|why| why.contains("122,000,000 instructions were used up")), "{:#?}", verdict.why);
}

fn run_with_budget(firmware: &Firmware, script: Script, budget: u64) -> Run {
    run(firmware, Plan { script, budget, ..Plan::default() })
}

#[test]
fn what_the_program_writes_stays_in_the_flash_and_the_input_as_it_was() {
    let firmware = firmware();
    let mut machine = Machine::power_on(firmware.setup(Ram::Mb16, true), &firmware.flash);
    let script: Script = "wait />\ntype mark\nwait />".parse().unwrap();
    Session::new(Plan { script, ..Plan::default() }).run(&mut machine, &mut |_| {});
    assert_eq!(&machine.flash()[0x1E_0010..0x1E_0012], b"!M");
    let changed = machine.flash().iter().zip(&firmware.flash).filter(|(now, before)| now != before).count();
    assert_eq!(changed, 2, "the rest is as it was");
}

#[test]
fn a_romfs_that_the_kernel_does_not_find_is_explained() {
    let mut romfs = fixture("flashed/romfs.img");
    romfs[0] = b'+';
    let firmware = of(&fixture("boot/linux.zip"), &romfs);
    let run = run(&firmware, Plan::default());
    let verdict = Verdict::of(&run, &firmware);
    assert!(!verdict.is_good);
    assert_eq!(verdict.answer, "It does not boot: where the kernel looks for the romfs there is none.");
    let told = "The footer of image 6 sends the kernel to 0x7F030000, where no romfs starts.";
    assert!(verdict.why.contains(&told.to_owned()), "{:#?}", verdict.why);
}

#[test]
fn a_romfs_at_another_address_than_its_footer_says_is_explained() {
    use crate::format::footer::{self, Flags, Footer};
    use crate::image::FlashAddr;
    let mut firmware = firmware();
    let romfs = fixture("flashed/romfs.img");
    let (base, wrong) = (FlashAddr(0x7F03_0000), FlashAddr(0x7F0E_0000));
    let footer = Footer::for_image(6, base, wrong, "romfs.img", Flags::ACTIVE, &romfs);
    let at = 0x3_0000 + footer::place(romfs.len());
    firmware.flash[at..at + footer::LEN].copy_from_slice(&footer.to_bytes());
    let run = run(&firmware, Plan::default());
    let verdict = Verdict::of(&run, &firmware);
    assert!(lines(&run).iter().any(|line| line.contains("Kernel panic: VFS: Unable to mount root fs")));
    let told = "The footer of image 6 sends the kernel to 0x7F0E0000, where no romfs starts; one starts at 0x7F030000.";
    assert!(verdict.why.contains(&told.to_owned()), "{:#?}", verdict.why);
}

#[test]
fn a_kernel_that_is_cut_short_ends_with_minus_five_at_the_prompt() {
    let zip = fixture("boot/linux.zip");
    let firmware = of(&zip[..1500], &fixture("flashed/romfs.img"));
    let run = run(&firmware, Plan::default());
    assert_eq!(run.end, End::Prompt);
    assert!(lines(&run).contains(&"ERROR: unzip failed! -5".to_owned()));
    let verdict = Verdict::of(&run, &firmware);
    assert!(verdict.answer.contains("the packed kernel stops before its end"), "{}", verdict.answer);
}

/// A kernel of another board: it looks for memory that the registers do not tell of, and stops before it can print.
#[test]
fn a_kernel_that_says_nothing_is_told_by_where_it_is() {
    let program = [0xE3A0_00D3_u32, 0xE121_F000, 0xEAFF_FFFE];
    let firmware = of(program.map(u32::to_le_bytes).as_flattened(), &fixture("flashed/romfs.img"));
    let run = run(&firmware, Plan::default());
    assert_eq!(run.end, End::Stuck);
    let verdict = Verdict::of(&run, &firmware);
    assert_eq!(
        verdict.answer,
        "It does not boot: the kernel prints nothing: it goes round in a loop at 0x00008008 that nothing can end."
    );
}

#[test]
fn bytes_that_are_no_program_are_told_by_the_first_that_cannot_be_executed() {
    // a processor of this kind has no coprocessor
    let firmware = of(&[0xEE; 64], &fixture("flashed/romfs.img"));
    let run = run(&firmware, Plan::default());
    assert_eq!(run.end, End::Fault(Exception::Undefined));
    let verdict = Verdict::of(&run, &firmware);
    assert_eq!(
        verdict.answer,
        "It does not boot: the kernel prints nothing: the word 0xEEEEEEEE at 0x00008000 is to be executed, and is no \
         instruction of this processor."
    );
}

/// It polls the serial port of another chip, at an address where nothing is here.
#[test]
fn a_kernel_for_another_machine_is_told_by_the_address_that_it_uses() {
    // ldr r0, =0x101F1000; loop: ldr r1, [r0, #0x18]; tst r1, #0x80; beq loop
    let program = [0xE59F_0008_u32, 0xE590_1018, 0xE311_0080, 0x0AFF_FFFC, 0x101F_1000];
    let firmware = of(program.map(u32::to_le_bytes).as_flattened(), &fixture("flashed/romfs.img"));
    let run = run(&firmware, Plan::default());
    assert_eq!(run.end, End::Stuck);
    let verdict = Verdict::of(&run, &firmware);
    assert!(verdict.why.iter().any(|why| why.contains("first 0x101F1018")), "{:#?}", verdict.why);
}

#[test]
fn a_machine_can_go_on_after_any_pause() {
    let firmware = firmware();
    let mut machine = Machine::power_on(firmware.setup(Ram::Mb16, false), &firmware.flash);
    assert_eq!(machine.run(1), Pause::Printed);
    machine.take_printed();
    let mut pauses = 0;
    while machine.now() < 125_000_000 {
        machine.run(125_000_000);
        machine.take_printed();
        pauses += 1;
    }
    assert!(pauses > 100, "each printed byte is seen when it is printed");
}
