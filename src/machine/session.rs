//! Drives a machine to a goal, and writes down how far it came and what stopped it.

use serde::Serialize;

use super::clock::INSTRUCTIONS_PER_SECOND;
use super::console::Console;
use super::cpu::{Exception, Registers};
use super::script::{Line, Script, Step};
use super::stage::{self, Stage};
use super::{Fault, Machine, Pause, Setup, Stray};
use crate::format::boot_info::Mac;

/// What a run is to come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goal {
    /// The console shows this text.
    Text(String),
    /// A stage is reached.
    Stage(Stage),
    /// So many instructions, as [`Machine::now`] counts.
    Time(u64),
}

/// How to drive a machine.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where to stop; at the end of the script, or where nothing happens any more, if there is no goal.
    pub goal: Option<Goal>,
    /// What to type.
    pub script: Script,
    /// The most instructions.
    pub budget: u64,
    /// Whether somebody sits at the console: then a camera that restarts or falls silent is no end.
    pub attended: bool,
}

/// The instructions that a run has if nobody says otherwise: a minute of the camera's time.
pub const USUAL_BUDGET: u64 = 60 * INSTRUCTIONS_PER_SECOND;

/// A camera that prints nothing for this long will not print anything.
pub const QUIET_AFTER: u64 = 30 * INSTRUCTIONS_PER_SECOND;

/// How long a script waits for an answer to what it typed last.
const ANSWER_TIME: u64 = INSTRUCTIONS_PER_SECOND;

impl Default for Plan {
    fn default() -> Self {
        Self { goal: None, script: Script::default(), budget: USUAL_BUDGET, attended: false }
    }
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It came to what was asked for.
    Goal,
    /// The script is over, and no other goal was named.
    Script,
    /// The program reset the chip.
    Reset,
    /// The boot loader's rules ended at its prompt.
    Prompt,
    /// The program waits for somebody to type, and for nothing else.
    Input,
    /// The program goes round in a loop that nothing can end.
    Stuck,
    /// An instruction could not be executed, and no handler was there.
    #[serde(serialize_with = "exception")]
    Fault(Exception),
    /// Nothing was printed for half a minute.
    Quiet,
    /// The budget is used up.
    Budget,
    /// It printed more than any camera does.
    Output,
    /// Whoever sat at the console left.
    Left,
}

fn exception<S: serde::Serializer>(exception: &Exception, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(exception)
}

/// A stage, and when it was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// The stage.
    pub stage: Stage,
    /// When, as [`Machine::now`] counts.
    pub instructions: u64,
}

/// How a run went.
#[derive(Debug)]
pub struct Run {
    /// What it ran on.
    pub setup: Setup,
    /// What it was to come to.
    pub goal: Option<Goal>,
    /// The most instructions that it was given.
    pub budget: u64,
    /// Why it ended.
    pub end: End,
    /// The stages in the order in which they were reached.
    pub reached: Vec<Reached>,
    /// All that was printed.
    pub log: Vec<u8>,
    /// The last line with something in it.
    pub last_line: Vec<u8>,
    /// The time at the end, as in [`Reached`].
    pub instructions: u64,
    /// Instructions that were executed: the time but for the waiting.
    pub executed: u64,
    /// The processor at the end.
    pub registers: Registers,
    /// The line of the script that was waited for in vain.
    pub waited_for: Option<Line>,
    /// The first instruction that could not be executed, and how many there were.
    pub faults: (Option<Fault>, u64),
    /// The first access to nowhere with the address behind the instruction that made it, and how many there were.
    pub strays: (Option<(Stray, u32)>, u64),
    /// Whether the flash chip was left showing its numbers.
    pub flash_identifies: bool,
    /// How often the flash was programmed or erased.
    pub flash_changes: u64,
    /// The MAC address that the kernel found.
    pub mac: Option<Mac>,
    /// Ethernet frames that were sent.
    pub frames_sent: u64,
    /// Bytes that were sent on the I2C bus to nobody.
    pub i2c_unanswered: u64,
}

impl Run {
    /// Whether a stage was reached.
    pub fn has_reached(&self, stage: Stage) -> bool {
        self.reached.iter().any(|reached| reached.stage == stage)
    }

    /// The furthest stage on the way, the restart left out.
    pub fn furthest(&self) -> Option<Stage> {
        self.reached.iter().map(|reached| reached.stage).filter(|stage| *stage != Stage::Reboot).max()
    }
}

/// A run that goes on.
#[derive(Debug)]
pub struct Session {
    plan: Plan,
    console: Console,
    reached: Vec<Reached>,
    goal_reached: bool,
    /// The script's next line.
    next_line: usize,
    /// Until when the script pauses.
    pause: u64,
    printed_at: u64,
}

impl Session {
    /// A run at its beginning.
    pub fn new(plan: Plan) -> Self {
        Self {
            plan,
            console: Console::default(),
            reached: Vec::new(),
            goal_reached: false,
            next_line: 0,
            pause: 0,
            printed_at: 0,
        }
    }

    /// Runs to the end; what is printed goes to `printed` at once.
    pub fn run(mut self, machine: &mut Machine, printed: &mut dyn FnMut(&[u8])) -> Run {
        loop {
            if let Some(end) = self.go_on(machine, machine.now().saturating_add(QUIET_AFTER), printed) {
                return self.finish(machine, end);
            }
        }
    }

    /// Goes on up to the time `until`; tells the end once it is there.
    pub fn go_on(&mut self, machine: &mut Machine, until: u64, printed: &mut dyn FnMut(&[u8])) -> Option<End> {
        while machine.now() < until {
            self.play(machine);
            if let Some(end) = self.is_over(machine) {
                return Some(end);
            }
            let mut slice = until.min(self.plan.budget).min(self.printed_at.saturating_add(QUIET_AFTER));
            if self.pause > machine.now() {
                slice = slice.min(self.pause);
            }
            if let Some(Goal::Time(time)) = self.plan.goal {
                slice = slice.min(time);
            }
            let pause = machine.run(slice.max(machine.now().saturating_add(1)));
            let bytes = machine.take_printed();
            if !bytes.is_empty() {
                printed(&bytes);
                self.take(&bytes, machine);
            }
            if let Some(end) = self.ended_by(pause, machine, until) {
                return Some(end);
            }
        }
        None
    }

    fn take(&mut self, bytes: &[u8], machine: &Machine) {
        self.printed_at = machine.now();
        let instructions = machine.now();
        let reached = &mut self.reached;
        self.console.push(bytes, |line| {
            for stage in stage::shown_by(line) {
                if !reached.iter().any(|reached| reached.stage == stage) {
                    reached.push(Reached { stage, instructions });
                }
            }
        });
    }

    /// Does what the script says, as far as it can now.
    fn play(&mut self, machine: &mut Machine) {
        while self.pause <= machine.now() {
            let Some(line) = self.plan.script.lines.get(self.next_line) else { return };
            match &line.step {
                Step::Wait(text) => {
                    if !self.console.found(text.as_bytes()) {
                        return;
                    }
                }
                Step::Type(bytes) => {
                    machine.type_bytes(bytes);
                    self.printed_at = machine.now();
                    let is_last = self.next_line + 1 == self.plan.script.lines.len();
                    if is_last {
                        self.pause = machine.now().saturating_add(ANSWER_TIME);
                    }
                }
                Step::Pause(instructions) => {
                    self.pause = machine.now().saturating_add(*instructions);
                    self.printed_at = self.pause;
                }
            }
            self.next_line += 1;
        }
    }

    fn script_is_over(&self, machine: &Machine) -> bool {
        self.next_line >= self.plan.script.lines.len() && self.pause <= machine.now()
    }

    fn is_over(&mut self, machine: &Machine) -> Option<End> {
        let script_is_over = self.script_is_over(machine);
        let now = machine.now();
        match &self.plan.goal {
            Some(Goal::Stage(stage)) => self.goal_reached |= self.reached.iter().any(|reached| reached.stage == *stage),
            Some(Goal::Time(time)) => self.goal_reached |= machine.now() >= *time,
            // what the script's answers show counts, and not what stood there before
            Some(Goal::Text(text)) if script_is_over => self.goal_reached |= self.console.found(text.as_bytes()),
            Some(Goal::Text(_)) | None => {}
        }
        match (&self.plan.goal, script_is_over) {
            (Some(_), true) if self.goal_reached => return Some(End::Goal),
            (None, true) if !self.plan.script.lines.is_empty() => return Some(End::Script),
            _ => {}
        }
        if self.plan.attended {
            return None;
        }
        if now >= self.plan.budget {
            return Some(End::Budget);
        }
        if self.console.is_full() {
            return Some(End::Output);
        }
        (now >= self.printed_at.saturating_add(QUIET_AFTER)).then_some(End::Quiet)
    }

    fn ended_by(&mut self, pause: Pause, machine: &mut Machine, until: u64) -> Option<End> {
        match pause {
            Pause::Time | Pause::Printed => None,
            Pause::Reset => {
                let is_by_kernel = machine.has_started() || self.has_reached(Stage::Banner);
                if self.plan.attended || !is_by_kernel {
                    machine.reset();
                    return None;
                }
                self.reached.push(Reached { stage: Stage::Reboot, instructions: machine.now() });
                let is_goal = self.plan.goal == Some(Goal::Stage(Stage::Reboot));
                Some(if is_goal { End::Goal } else { End::Reset })
            }
            Pause::WaitsForInput => self.asked_for_input(machine, until),
            Pause::Stuck => Some(End::Stuck),
            Pause::Fault(exception) => Some(End::Fault(exception)),
        }
    }

    /// Nothing happens before somebody types: whoever sits there may think, and a script types or pauses.
    fn asked_for_input(&mut self, machine: &mut Machine, until: u64) -> Option<End> {
        let next_line = self.next_line;
        self.play(machine);
        if self.next_line != next_line {
            return None;
        }
        if self.plan.attended || self.pause > machine.now() {
            machine.let_pass(if self.plan.attended { until } else { until.min(self.pause) });
            return None;
        }
        let simulated = machine.is_at_simulated_prompt();
        self.is_over(machine).or(Some(if simulated { End::Prompt } else { End::Input }))
    }

    fn has_reached(&self, stage: Stage) -> bool {
        self.reached.iter().any(|reached| reached.stage == stage)
    }

    /// The account of a run that ended.
    pub fn finish(self, machine: &mut Machine, end: End) -> Run {
        Run {
            setup: machine.setup(),
            goal: self.plan.goal,
            budget: self.plan.budget,
            end,
            reached: self.reached,
            last_line: self.console.last_line().to_vec(),
            log: self.console.log().to_vec(),
            instructions: machine.now(),
            executed: machine.executed(),
            registers: machine.registers(),
            waited_for: self.plan.script.lines.into_iter().nth(self.next_line),
            faults: machine.faults(),
            strays: machine.strays(),
            flash_identifies: machine.flash_identifies(),
            flash_changes: machine.flash_changes(),
            mac: machine.mac(),
            frames_sent: machine.frames_sent(),
            i2c_unanswered: machine.i2c_unanswered(),
        }
    }
}
