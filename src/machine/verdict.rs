//! What a run means: whether the firmware boots, what stopped it, and whether that is the firmware's doing or the
//! virtual camera's.

use memchr::memmem;
use serde::Serialize;

use super::clock::{INSTRUCTIONS_PER_SECOND, seconds};
use super::cpu::Exception;
use super::firmware::Firmware;
use super::loader::KEY_WAIT;
use super::session::{End, Goal, Run};
use super::stage::Stage;
use super::{Fault, Start};
use crate::camera::boot_log::{self, Advice, BootLog, Kind, Matter};
use crate::finding::Code;
use crate::format::text::readable;
use crate::map::Detail;
use crate::words::{count, plural};

/// The rule of the boot log for a camera that restarts since its security chip does not answer.
const SECURITY_CHIP: &str = "security-chip";

/// The rule's guess for a kernel that says nothing; the processor knows more about it.
const KERNEL_SILENT: &str = "kernel-silent";

/// What the camera program prints where it finds no image sensor (soc-for-emulation.md section 9, certain).
const NO_VIDEO: &[u8] = b"open video device error";

/// What a run means.
#[derive(Debug, Serialize)]
pub struct Verdict {
    /// The answer, in a sentence or two.
    pub answer: String,
    /// Whether it came as far as was asked for: to the goal, to the end of the script, or else to the shell.
    pub is_good: bool,
    /// Why it ended as it did, in sentences.
    pub why: Vec<String>,
    /// What the virtual camera lacks, of all that this run asked for; a stop for want of these means nothing.
    pub lacks: Vec<String>,
    /// What the run told about the firmware.
    pub learned: Vec<Detail>,
    /// The line of the log that matters, if something is wrong.
    pub matter: Option<Matter>,
    /// What to do about it.
    #[serde(skip)]
    pub next: Vec<Advice>,
}

impl Verdict {
    /// What the run of a firmware means.
    pub fn of(run: &Run, firmware: &Firmware) -> Self {
        let log = boot_log::read(&run.log);
        let judged = Judged { run, log: &log, firmware };
        let blames_machine = judged.wants_chip() || judged.wants_sensor();
        let is_good = match (&run.goal, run.end) {
            (_, End::Goal | End::Script) => true,
            (Some(_), _) => false,
            (None, _) => run.waited_for.is_none() && run.has_reached(Stage::Shell),
        };
        let matter = log.matter.clone().filter(|_| judged.has_trouble() && !judged.knows_better());
        let next = matter.as_ref().filter(|_| !blames_machine).map(|matter| matter.rule.next.clone());
        Self {
            answer: judged.answer(is_good),
            is_good,
            why: judged.why(),
            lacks: judged.lacks(),
            learned: judged.learned(),
            matter,
            next: next.unwrap_or_default(),
        }
    }
}

struct Judged<'a> {
    run: &'a Run,
    log: &'a BootLog,
    firmware: &'a Firmware,
}

impl Judged<'_> {
    /// The check of the security chip restarted the camera; the virtual camera has none.
    fn wants_chip(&self) -> bool {
        let is_said = self.log.matter.as_ref().is_some_and(|matter| matter.rule.id == SECURITY_CHIP);
        is_said && self.run.i2c_unanswered > 0
    }

    /// The camera program found no sensor, and there is none.
    fn wants_sensor(&self) -> bool {
        !self.run.setup.sensor && memmem::find(&self.run.log, NO_VIDEO).is_some()
    }

    /// Something stopped the camera, other than that it was asked to stop or has nothing more to do.
    fn has_trouble(&self) -> bool {
        !matches!(self.run.end, End::Goal | End::Script | End::Left) || self.run.waited_for.is_some()
    }

    /// The processor's state tells more than the guess that the log allows.
    fn knows_better(&self) -> bool {
        self.log.matter.as_ref().is_none_or(|matter| {
            let is_guess = matter.rule.id == KERNEL_SILENT && matches!(self.run.end, End::Stuck | End::Fault(_));
            // that it is no maker's kernel stops nothing
            is_guess || matter.rule.kind == Kind::Foreign
        })
    }

    fn answer(&self, is_good: bool) -> String {
        let run = self.run;
        let boots = run.has_reached(Stage::Shell);
        match (&run.goal, run.end) {
            (Some(goal), End::Goal) => return self.goal_reached(goal),
            (_, End::Script) if run.waited_for.is_none() && !boots => {
                return "The script was played to its end.".to_owned();
            }
            _ => {}
        }
        let opening = match (boots, is_good) {
            (true, _) if self.crc_is_wrong() => format!(
                "It boots ({}), but what runs is not the kernel that was packed: its CRC-32 is wrong.",
                self.came(Stage::Shell)
            ),
            (true, true) => format!("It boots: {}.", self.came(Stage::Shell)),
            (true, false) => format!("It boots, but does not come as far as was asked: {}.", self.came(Stage::Shell)),
            (false, _) => return format!("It does not boot: {}.", self.cause()),
        };
        if self.wants_chip() {
            return format!(
                "{opening} In the end the camera program restarts the camera because the virtual camera has no security \
                 chip: this is not the firmware's fault."
            );
        }
        if self.wants_sensor() {
            return format!(
                "{opening} In the end the camera program restarts the camera because the virtual camera was given no \
                 image sensor: this is not the firmware's fault."
            );
        }
        if self.has_trouble() && !matches!(run.end, End::Quiet | End::Input | End::Budget) {
            return format!("{opening} Then it stops: {}.", self.cause());
        }
        opening
    }

    fn goal_reached(&self, goal: &Goal) -> String {
        let at = seconds(self.run.instructions);
        match goal {
            Goal::Stage(Stage::Shell) => format!("It boots: {}.", self.came(Stage::Shell)),
            Goal::Stage(stage) => format!("It comes as far as was asked: {}.", self.came(*stage)),
            Goal::Text(text) => format!("The console shows `{text}`, {at} after power-on."),
            Goal::Time(_) => match self.run.furthest() {
                Some(stage) => format!("It runs for {at}: {}.", self.came(stage)),
                None if self.run.setup.start == Start::Rules && self.run.instructions <= KEY_WAIT => format!(
                    "It runs for {at}: the boot loader still waits for a key, as it does for the first {}.",
                    seconds(KEY_WAIT)
                ),
                None => format!("It runs for {at} and prints nothing that is known."),
            },
        }
    }

    /// How far it came, and when.
    fn came(&self, stage: Stage) -> String {
        let at = self.run.reached.iter().find(|reached| reached.stage == stage).map(|reached| reached.instructions);
        at.map_or_else(|| stage.words().to_owned(), |at| format!("{}, {} after power-on", stage.words(), seconds(at)))
    }

    /// What stopped it, in words that can follow a colon.
    fn cause(&self) -> String {
        let run = self.run;
        let by_log = self.log.matter.as_ref().filter(|_| !self.knows_better());
        if let Some(matter) = by_log {
            return matter.says.clone();
        }
        let is_silent = !run.has_reached(Stage::Banner);
        if is_silent && self.crc_is_wrong() && self.has_executed() {
            return "the packed kernel is damaged: the boot loader starts it without noticing, and it prints nothing"
                .to_owned();
        }
        let starts = match is_silent {
            false => "the kernel starts, then",
            true if run.log.is_empty() || self.ends_with_the_start() => "the kernel prints nothing:",
            true => "no kernel shows up:",
        };
        let pc = run.registers.pc;
        match run.end {
            End::Fault(_) => match run.faults.0 {
                Some(fault) => format!("{starts} {}", fault_in_words(&fault)),
                None => format!("{starts} it stops at 0x{pc:08X}"),
            },
            End::Stuck => format!("{starts} it goes round in a loop at 0x{pc:08X} that nothing can end"),
            End::Reset => format!("{starts} it restarts the camera"),
            End::Prompt => "the boot loader ends at its prompt".to_owned(),
            End::Output => format!("{starts} it prints without an end"),
            End::Quiet | End::Input => format!("{starts} it waits at 0x{pc:08X} for something that does not come"),
            End::Budget => format!("{starts} it is still at work at 0x{pc:08X} when its instructions are used up"),
            End::Goal | End::Script | End::Left => format!("it was ended after {}", seconds(run.instructions)),
        }
    }

    fn why(&self) -> Vec<String> {
        let run = self.run;
        let mut why = Vec::new();
        if let Some(line) = &run.waited_for {
            why.push(format!("The script still waits at its line {}.", line.number));
        }
        if let Some(matter) = self.log.matter.as_ref().filter(|_| self.has_trouble() && !self.knows_better()) {
            let times = if matter.count > 1 { format!(", {} times", count(matter.count)) } else { String::new() };
            why.push(format!("The line that matters: `{}`{times}.", matter.text));
            if !matter.rule.why.is_empty() && !self.wants_chip() {
                why.push(matter.rule.why.clone());
            }
        }
        if self.wants_chip() {
            why.push(
                "Everything before that works: boot loader, kernel, romfs and camera program. A real camera has the chip; \
                 whether this firmware suits the chip of yours, no virtual camera can tell."
                    .to_owned(),
            );
        }
        why.extend(self.damage_in_words());
        why.extend(self.end_in_words());
        if run.flash_identifies {
            why.push("The flash chip was left showing its numbers: nothing in the flash can be read then.".to_owned());
        }
        if let (Some(fault), number) = run.faults {
            let again = if number > 1 {
                format!(" There were {} such stops in all.", count_u64(number))
            } else {
                String::new()
            };
            why.push(format!("After {}, {}.{again}", seconds(fault.at), fault_in_words(&fault)));
        }
        if let (Some((stray, from)), number) = run.strays {
            let times = plural(usize::try_from(number).unwrap_or(usize::MAX), "time");
            why.push(format!(
                "Addresses where nothing is were used {times}, first 0x{:08X} by the instruction before 0x{from:08X}.",
                stray.address
            ));
        }
        if self.has_trouble() && !run.last_line.is_empty() {
            why.push(format!("The last line on the console: `{}`.", readable(&run.last_line)));
        }
        why
    }

    /// The boot loader would start the kernel, although other bytes come out than were packed.
    fn crc_is_wrong(&self) -> bool {
        self.firmware.damage.iter().any(|finding| finding.code() == Code::KernelCrc)
    }

    /// Whether the boot loader's word is the last one.
    fn ends_with_the_start(&self) -> bool {
        self.run.last_line.starts_with(b"Executing image ")
    }

    /// Whether the boot loader said that it starts a program.
    fn has_executed(&self) -> bool {
        memmem::find(&self.run.log, b"Executing image ").is_some()
    }

    /// Damage in the files that explains what happened.
    fn damage_in_words(&self) -> Vec<String> {
        let is_late = self.run.has_reached(Stage::Shell);
        let lost_romfs = self.firmware.lost_romfs().filter(|_| !self.run.has_reached(Stage::Romfs));
        let error = self.firmware.damage.iter().find(|finding| !is_late || finding.code() == Code::KernelCrc);
        let error = error.map(|error| format!("Something is wrong with what was started: {}.", error.message()));
        lost_romfs.into_iter().filter(|_| self.run.has_reached(Stage::Banner)).chain(error).collect()
    }

    fn end_in_words(&self) -> Option<String> {
        let run = self.run;
        let pc = run.registers.pc;
        Some(match run.end {
            End::Quiet => format!(
                "Nothing was printed for {} seconds of its time, so the run was ended; the processor is at 0x{pc:08X}.",
                super::session::QUIET_AFTER / INSTRUCTIONS_PER_SECOND
            ),
            End::Input => format!("It waits at 0x{pc:08X} for somebody to type, and for nothing else."),
            End::Stuck => {
                format!("The processor goes round in a loop at 0x{pc:08X} with interrupts off or none to come.")
            }
            End::Budget => format!(
                "Its {} instructions were used up ({}); `--budget` gives it more.",
                count_u64(run.budget),
                seconds(run.budget)
            ),
            End::Output => format!("It printed more than {}, which no camera does.", plural(run.log.len(), "byte")),
            End::Prompt => "Without a key the boot loader waits at its prompt for ever.".to_owned(),
            _ => return None,
        })
    }

    fn lacks(&self) -> Vec<String> {
        let run = self.run;
        let came = |stage: Stage| run.has_reached(stage);
        let mut lacks = Vec::new();
        if run.setup.start == Start::Rules {
            lacks.push(
                "the code of a boot loader: the flash holds none, so its known rules were applied, without its banner"
                    .to_owned(),
            );
        }
        if run.i2c_unanswered > 0 && came(Stage::Camera) {
            lacks.push(format!(
                "a security chip, motors and whatever else hangs on the I2C bus: {} went unanswered",
                plural(usize::try_from(run.i2c_unanswered).unwrap_or(usize::MAX), "byte")
            ));
        }
        if !run.setup.sensor && came(Stage::Init) {
            lacks.push("an image sensor: none was asked for".to_owned());
        } else if came(Stage::Video) {
            lacks.push("a picture: the image sensor answers questions and never sends a frame".to_owned());
        }
        if run.frames_sent > 0 {
            let frames = usize::try_from(run.frames_sent).unwrap_or(usize::MAX);
            lacks.push(format!(
                "a network with somebody on it: {} went out and nothing came back",
                plural(frames, "frame")
            ));
        }
        if came(Stage::Camera) {
            lacks.push("a Wi-Fi adapter".to_owned());
        }
        lacks
    }

    fn learned(&self) -> Vec<Detail> {
        let facts = &self.log.facts;
        let megabytes = |len: usize| format!("{} MB", len >> 20);
        let built = facts.kernel_built.as_ref().map(|built| format!(", built {built}")).unwrap_or_default();
        let kernel = facts.kernel.as_ref().map(|banner| {
            let version = banner.split_whitespace().nth(2).unwrap_or_default();
            let build = facts.kernel_build.map(|build| format!(" #{build}")).unwrap_or_default();
            format!("Linux {version}{build}{built}")
        });
        let drivers = self.drivers();
        let flash_written = self.run.flash_changes > 0;
        [
            ("system version", facts.system_version.clone()),
            ("kernel", kernel),
            ("web UI version", facts.web_ui_version.clone()),
            ("MAC address", self.run.mac.map(|mac| mac.to_string()).or_else(|| facts.mac.clone())),
            ("flash chip", facts.flash_chip.clone()),
            ("RAM", facts.ram_bytes.map(megabytes)),
            ("romfs at", facts.romfs.clone()),
            ("sensor", facts.sensor.clone()),
            ("USB drivers", (!drivers.is_empty()).then(|| drivers.join(", "))),
            ("flash writes", flash_written.then(|| count_u64(self.run.flash_changes))),
        ]
        .into_iter()
        .filter_map(|(label, value)| Some(Detail { label, value: value? }))
        .collect()
    }

    /// The drivers that the kernel's USB part names, in its order.
    fn drivers(&self) -> Vec<String> {
        const SIGN: &[u8] = b"usb.c: registered new driver ";
        let lines = self.run.log.split(|byte| matches!(byte, b'\n' | b'\r'));
        let mut drivers: Vec<String> = Vec::new();
        for name in lines.filter_map(|line| line.strip_prefix(SIGN)).map(readable) {
            if !drivers.contains(&name) {
                drivers.push(name);
            }
        }
        drivers
    }
}

fn fault_in_words(fault: &Fault) -> String {
    let pc = fault.pc;
    match (fault.exception, fault.word) {
        (Exception::Undefined, Some(word)) => {
            format!("the word 0x{word:08X} at 0x{pc:08X} is to be executed, and is no instruction of this processor")
        }
        (Exception::PrefetchAbort, _) => format!("it jumps to 0x{pc:08X}, where no memory is"),
        (exception, _) => format!("it stops at 0x{pc:08X} ({exception})"),
    }
}

fn count_u64(number: u64) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX))
}
