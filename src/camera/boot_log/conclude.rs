//! What the lines come to: which of them matters, how the camera ended, and what follows from what is missing.

use serde::Serialize;

use super::facts::Facts;
use super::images::ImageList;
use super::read::{Boot, End, Event, PROMPT, id_of};
use super::rules::{Kind, Rule, Rules, Stage};
use crate::camera::Certainty;

/// What no line says by itself. The words are in `rules/conclusions.toml`, under the name in kebab case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr, strum::EnumIter)]
#[strum(serialize_all = "kebab-case")]
pub(super) enum Conclusion {
    SecurityChip,
    KernelSilent,
    KernelNotFound,
    KernelNotStarted,
    RomfsAtDefault,
    #[strum(serialize = "kernel-for-8-mb")]
    KernelFor8Mb,
    #[strum(serialize = "kernel-for-16-mb")]
    KernelFor16Mb,
    OtherKernel,
    MacLost,
    PromptWithoutKey,
    DeleteWithoutNumber,
    RestartsOverAndOver,
    #[strum(serialize = "image-0-not-listed")]
    Image0NotListed,
    #[strum(serialize = "image-7-not-listed")]
    Image7NotListed,
    #[strum(serialize = "image-6-not-listed")]
    Image6NotListed,
    #[strum(serialize = "image-6-exec")]
    Image6Exec,
    #[strum(serialize = "image-7-exec")]
    Image7Exec,
    #[strum(serialize = "image-7-letters")]
    Image7Letters,
    ImagesOverlap,
    ImageOverSettings,
}

/// Failures of the check in a row after which the camera's program restarts the camera (boot-loader.md section 6,
/// certain).
const CHECKS_UNTIL_RESTART: usize = 10;

/// The kernel of every such camera (boot-loader.md section 6, certain).
const KERNEL_VERSION: &str = "2.4.20-uc0";

/// What the boot loader puts in when it writes a new image 0 (boot-loader.md section 2.2, certain).
const LOST_MAC: &str = "00:00:00:00:00:01";

/// The dots that stand for three seconds without a key (boot-loader.md section 1.1, certain).
const DOTS_WITHOUT_KEY: usize = 6;

/// Where the kernel looks for a romfs if there is no image 6 (boot-loader.md section 2.3, certain).
const ROMFS_DEFAULT: &str = "700000";

/// A line, or what several come to, that tells why the camera does not work, or what is odd about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Matter {
    /// The name of its rule, which has the words.
    #[serde(serialize_with = "id_of")]
    pub rule: &'static Rule,
    /// The line that shows it.
    pub line: usize,
    /// What stands there.
    pub text: String,
    /// What it means, in one line without a full stop.
    pub says: String,
    /// How often.
    pub count: usize,
    /// How sure it is that this is so.
    pub certainty: Certainty,
}

impl Matter {
    fn of(event: &Event) -> Self {
        let certainty = if event.damaged { event.rule.certainty.min(Certainty::Likely) } else { event.rule.certainty };
        Self {
            rule: event.rule,
            line: event.line,
            text: event.text.clone(),
            says: event.told(),
            count: event.count,
            certainty,
        }
    }

    pub(super) fn concluded(conclusion: Conclusion, line: usize, text: &str) -> Option<Self> {
        let rule = Rules::built_in().named(conclusion.into())?;
        let says = rule.says.clone();
        Some(Self { rule, line, text: text.to_owned(), says, count: 1, certainty: rule.certainty })
    }

    fn from(conclusion: Conclusion, event: &Event) -> Option<Self> {
        let concluded = Self::concluded(conclusion, event.line, &event.text)?;
        let certainty = if event.damaged { concluded.certainty.min(Certainty::Likely) } else { concluded.certainty };
        Some(Self { count: event.count, certainty, ..concluded })
    }

    fn is(&self, conclusion: Conclusion) -> bool {
        self.rule.id == <&'static str>::from(conclusion)
    }

    /// What matters more is greater.
    fn rank(&self) -> (u8, u8) {
        let kind = match self.rule.kind {
            Kind::Cause | Kind::Foreign => 3,
            Kind::Symptom => 2,
            Kind::Odd => 1,
            Kind::Normal | Kind::Harmless | Kind::Milestone => 0,
        };
        (kind, self.rule.weight)
    }

    /// Whether it is why the camera does not work, and not only a consequence or an oddity.
    fn is_reason(&self) -> bool {
        matches!(self.rule.kind, Kind::Cause | Kind::Foreign)
    }
}

/// How the log ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Outcome {
    /// The camera has a picture.
    Runs,
    /// The camera restarts.
    Restarts,
    /// The camera stops, or lacks something.
    Stops,
    /// The boot loader waits for commands.
    Prompt,
    /// Nothing tells whether it goes on.
    LogEnds,
    /// It is the log of another kind of device.
    Foreign,
}

/// What the starts of a log come to.
#[derive(Debug)]
pub(super) struct Concluded {
    pub(super) outcome: Outcome,
    pub(super) matter: Option<Matter>,
    pub(super) also: Vec<Matter>,
}

pub(super) fn conclude(boots: &[Boot], facts: &Facts, images: Option<&ImageList>) -> Concluded {
    let mut all: Vec<Vec<Matter>> = boots.iter().map(|boot| matters(boot, facts)).collect();
    let listed = images.map(|images| images.verdict(facts.flash_bytes)).unwrap_or_default();
    if let Some(last) = all.last_mut() {
        last.extend(listed);
    }
    let last_runs = boots
        .last()
        .is_some_and(|boot| boot.reached == Some(Stage::Running) && !restarts(boot) && boot.end == End::LogEnds)
        && !all.last().is_some_and(|matters| matters.iter().any(stops));
    let matter = if last_runs { None } else { decisive(&all) };
    let matter = matter.or_else(|| over_and_over(boots));
    let outcome = match (&matter, boots.last()) {
        (Some(matter), _) if matter.rule.kind == Kind::Foreign => Outcome::Foreign,
        _ if last_runs => Outcome::Runs,
        (Some(_), _) if boots.iter().any(restarts) => Outcome::Restarts,
        (Some(matter), _) if matter.is_reason() || matter.rule.kind == Kind::Symptom => Outcome::Stops,
        (_, Some(boot)) if boot.prompt => Outcome::Prompt,
        _ => Outcome::LogEnds,
    };
    let mut also: Vec<Matter> = Vec::new();
    for other in all.into_iter().flatten() {
        let is_new = matter.iter().chain(&also).all(|told| told.rule.id != other.rule.id);
        if is_new && other.rule.kind != Kind::Symptom && !is_part_of(&other, matter.as_ref()) {
            also.push(other);
        }
    }
    also.sort_by_key(|other| std::cmp::Reverse(other.rank()));
    Concluded { outcome, matter, also }
}

/// Whether the camera is worse off than without Wi-Fi or with a strange memory size.
fn stops(matter: &Matter) -> bool {
    matter.is_reason() && matter.rule.weight >= 50
}

fn restarts(boot: &Boot) -> bool {
    (boot.end == End::Restarted && !boot.prompt) || boot.events.iter().any(|event| event.rule.id == "program-restart")
}

/// Of the last start that tells a reason, the one that matters most; else a consequence; else what is odd.
fn decisive(all: &[Vec<Matter>]) -> Option<Matter> {
    let best = |kinds: fn(&Matter) -> bool| {
        all.iter()
            .rev()
            .find_map(|matters| matters.iter().filter(|matter| kinds(matter)).max_by_key(|matter| matter.rank()))
    };
    let reason = best(Matter::is_reason);
    // ten failures and the restart may stand in an earlier start than the last failures
    let is_check = reason.is_some_and(|matter| matter.rule.id == CHECK);
    let check = all.iter().flatten().find(|matter| is_check && matter.is(Conclusion::SecurityChip));
    check
        .or(reason)
        .or_else(|| best(|matter| matter.rule.kind == Kind::Symptom && matter.rule.weight >= 50))
        .or_else(|| best(|matter| matter.rule.kind == Kind::Odd && matter.rule.weight >= 30))
        .cloned()
}

/// The rule of a failed check.
const CHECK: &str = "security-chip-no-answer";

fn is_part_of(other: &Matter, matter: Option<&Matter>) -> bool {
    let Some(matter) = matter else { return false };
    (matter.is(Conclusion::SecurityChip) && other.rule.id == CHECK)
        || other.is(Conclusion::PromptWithoutKey)
        || (other.rule.id == "loader-image-0-created" && matter.rule.id == "loader-image-0-missing")
}

fn matters(boot: &Boot, facts: &Facts) -> Vec<Matter> {
    let told = boot.events.iter().filter(|event| event.rule.tells_trouble()).map(Matter::of);
    let mut matters: Vec<Matter> = told.collect();
    let concluded = [
        security_chip(boot),
        kernel_never_came(boot),
        romfs_at_default(boot),
        memory(boot, facts),
        other_kernel(boot),
        mac_lost(boot),
        delete_without_number(boot),
    ];
    matters.extend(concluded.into_iter().flatten());
    matters.extend(typed_addresses(boot));
    if !matters.iter().any(Matter::is_reason) {
        matters.extend(prompt_without_key(boot));
    }
    matters
}

/// The check failed right before the restart. The log may show fewer than ten failures, if it begins late.
fn security_chip(boot: &Boot) -> Option<Matter> {
    let restart = boot.event("program-restart")?;
    let check = boot.event(CHECK)?;
    let telling = |event: &&Event| event.last_line < restart.line && event.rule.kind > Kind::Milestone;
    let before = boot.events.iter().filter(telling).max_by_key(|event| event.last_line)?;
    if !before.rule.id.starts_with("security-chip") {
        return None;
    }
    let mut matter = Matter::from(Conclusion::SecurityChip, check)?;
    if check.count < CHECKS_UNTIL_RESTART {
        matter.certainty = Certainty::Likely;
    }
    Some(matter)
}

/// The boot loader was there, and no line is the kernel's.
fn kernel_never_came(boot: &Boot) -> Option<Matter> {
    let is_told = boot.events.iter().any(|event| event.rule.kind == Kind::Cause);
    if is_told || boot.events.iter().any(|event| event.rule.stage >= Stage::Kernel) {
        return None;
    }
    if let Some(executing) = boot.event("loader-executing") {
        return (boot.unknown_at_end == 0 && !boot.prompt)
            .then(|| Matter::from(Conclusion::KernelSilent, executing))?;
    }
    let is_over = boot.prompt || boot.end == End::Restarted;
    if let Some(unzip) = boot.event("loader-unzip") {
        return is_over.then(|| Matter::from(Conclusion::KernelNotStarted, unzip))?;
    }
    let last = boot.events_of("loader-image").find(|event| event.value("number") == Some("7"))?;
    is_over.then(|| Matter::from(Conclusion::KernelNotFound, last))?
}

fn romfs_at_default(boot: &Boot) -> Option<Matter> {
    let place = boot.event("romfs-place")?;
    let start = place.value("start")?.trim_start_matches('0');
    (start == ROMFS_DEFAULT).then(|| Matter::from(Conclusion::RomfsAtDefault, place))?
}

fn memory(boot: &Boot, facts: &Facts) -> Option<Matter> {
    const MIB: usize = 1 << 20;
    let line = boot.event("kernel-memory")?;
    let kernel: usize = line.value("mb")?.parse().ok()?;
    match (kernel, facts.ram_bytes? / MIB) {
        (8, 16..) => Matter::from(Conclusion::KernelFor8Mb, line),
        (16.., 8) => Matter::from(Conclusion::KernelFor16Mb, line),
        _ => None,
    }
}

fn other_kernel(boot: &Boot) -> Option<Matter> {
    let banner = boot.event("kernel-banner")?;
    (banner.value("version")? != KERNEL_VERSION).then(|| Matter::from(Conclusion::OtherKernel, banner))?
}

fn mac_lost(boot: &Boot) -> Option<Matter> {
    let mac = boot.event("loader-mac")?;
    (mac.value("mac")? == LOST_MAC).then(|| Matter::from(Conclusion::MacLost, mac))?
}

fn delete_without_number(boot: &Boot) -> Option<Matter> {
    if boot.event("loader-image-0-deleted").is_some() {
        return None;
    }
    let typed = boot
        .events_of(PROMPT)
        .find(|event| event.value("typed").is_some_and(|typed| typed.eq_ignore_ascii_case("del")))?;
    Matter::from(Conclusion::DeleteWithoutNumber, typed)
}

/// `fx 6 romfs.img 0x7F0E0000 0x7F0D0000 -a`: addresses that contradict each other.
fn typed_addresses(boot: &Boot) -> Option<Matter> {
    let mut wrong = None;
    for event in boot.events_of(PROMPT) {
        let typed = event.value("typed").unwrap_or_default().to_ascii_lowercase();
        let words: Vec<&str> = typed.split_whitespace().collect();
        let [command, number, _, base, exec, ..] = words.as_slice() else { continue };
        let hex = |word: &str| u32::from_str_radix(word.strip_prefix("0x")?, 16).ok();
        let (Some(base), Some(exec)) = (hex(base), hex(exec)) else { continue };
        if !matches!(*command, "fx" | "ft") {
            continue;
        }
        let in_memory = typed.split_whitespace().last().is_some_and(|letters| letters.contains('z'));
        match *number {
            "6" if exec != base && !in_memory => wrong = Matter::from(Conclusion::Image6Exec, event),
            "7" if exec != 0x8000 => wrong = Matter::from(Conclusion::Image7Exec, event),
            "6" | "7" => wrong = None,
            _ => {}
        }
    }
    wrong
}

fn prompt_without_key(boot: &Boot) -> Option<Matter> {
    let wait = boot.event("loader-wait")?;
    let is_started = boot.reached >= Some(Stage::Start);
    let without_key = wait.value("dots").is_some_and(|dots| dots.len() >= DOTS_WITHOUT_KEY);
    (boot.prompt && without_key && !is_started).then(|| Matter::from(Conclusion::PromptWithoutKey, wait))?
}

/// Several starts that end alike, and not a line that tells why.
fn over_and_over(boots: &[Boot]) -> Option<Matter> {
    let ended: Vec<&Boot> = boots.iter().filter(|boot| restarts(boot)).collect();
    let (first, others) = ended.split_first()?;
    let alike = !others.is_empty() && others.iter().all(|boot| boot.reached == first.reached);
    let event = first.events.last().filter(|_| alike)?;
    let matter = Matter::concluded(Conclusion::RestartsOverAndOver, event.last_line, &event.text)?;
    Some(Matter { count: ended.len(), ..matter })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_conclusion_has_its_words_and_no_words_are_left_over() {
        let known: HashSet<&str> = Conclusion::iter().map(Into::into).collect();
        let written: HashSet<&str> =
            Rules::built_in().iter().filter(|rule| rule.pattern.is_none()).map(|rule| rule.id.as_str()).collect();
        assert_eq!(known, written);
    }
}
