//! What a camera's console log tells, in plain words.

use super::{Chapter, Row, Step, Story};
use crate::camera::Certainty;
use crate::camera::boot_log::rules::Place;
use crate::camera::boot_log::{Advice, Boot, BootLog, End, Event, Facts, ImageList, Kind, Listed, Matter, Outcome};
use crate::words::{bytes, count, enumerate, plural, quoted, sentence};

/// Rows of one timeline; a log with more is a long conversation.
const MAX_ROWS: usize = 40;

/// The name that stands for the log in the tables of rules.
const THIS_LOG: &str = "THIS.LOG";

/// Tells of a log. `path` is how the user wrote it.
pub(super) fn of_log(log: BootLog, path: &str) -> Story {
    let mut chapters = Vec::new();
    chapters.extend(log.matter.as_ref().map(matter_chapter));
    chapters.push(timeline(&log));
    chapters.extend(also_chapter(&log));
    chapters.extend(log.images.as_ref().map(images_chapter));
    chapters.extend(harmless_chapter(&log));
    chapters.extend(camera_chapter(&log.facts));
    chapters.extend(doubt_chapter(&log));
    let told = log.matter.as_ref().or_else(|| log.also.first());
    let next = told.map_or_else(|| unclear(&log), |matter| steps(&matter.rule.next, path));
    Story { answer: answer(&log), chapters, next, log: Some(Box::new(log)) }
}

/// What a rule's advice comes to, for a log of that name.
pub(crate) fn steps(advice: &[Advice], path: &str) -> Vec<Step> {
    advice.iter().map(|advice| step(advice, path)).collect()
}

fn step(advice: &Advice, path: &str) -> Step {
    let at_loader = advice.place() == Place::BootLoader && !advice.commands.is_empty();
    let place = if at_loader { ", at the boot loader's prompt" } else { "" };
    let commands = advice.commands.iter().map(|command| command.replace(THIS_LOG, &quoted(path)));
    Step { purpose: format!("{}{place}", advice.purpose), commands: commands.collect() }
}

/// A log in which nothing is wrong, and which does not go on to the picture either.
fn unclear(log: &BootLog) -> Vec<Step> {
    let purpose = match log.outcome {
        Outcome::LogEnds => "record again from power-on, and let it run for two minutes",
        _ => return Vec::new(),
    };
    vec![Step { purpose: purpose.to_owned(), commands: Vec::new() }]
}

/// The answer in a few sentences.
pub(super) fn answer(log: &BootLog) -> String {
    if let Some(matter) = &log.matter {
        let what = sentence(&matter.says);
        return match matter.rule.kind {
            Kind::Foreign => what,
            Kind::Odd => format!("{} One thing is odd: {}.", ending(log), matter.says),
            _ => match matter.certainty {
                Certainty::Certain => what,
                _ => format!("{what} That is likely, not certain."),
            },
        };
    }
    ending(log)
}

/// How a log ends in which nothing is wrong.
fn ending(log: &BootLog) -> String {
    let whole = log.images.as_ref().is_some_and(|images| images.whole);
    match log.outcome {
        Outcome::Runs => "The camera starts, and its program opens the picture sensor: nothing in this log is wrong with it.".to_owned(),
        Outcome::Prompt if whole => {
            "The boot loader works, and nothing that it answered is wrong: all three images are there, at the right places.".to_owned()
        }
        Outcome::Prompt => "The boot loader works and waits for commands; nothing that it answered is wrong.".to_owned(),
        _ => {
            let last = log.boots.last().and_then(last_milestone);
            let place = last.map_or(String::new(), |event| format!(" The last that it tells of the start: {} (line {}).", event.told(), event.last_line));
            format!("Nothing in this log is wrong, but it ends before the camera has a picture: either the recording stopped there, or the camera hung.{place}")
        }
    }
}

fn last_milestone(boot: &Boot) -> Option<&Event> {
    boot.events.iter().filter(|event| event.rule.kind == Kind::Milestone).max_by_key(|event| event.last_line)
}

fn matter_chapter(matter: &Matter) -> Chapter {
    let times = match matter.count {
        0 | 1 => String::new(),
        many => format!(", {} times", count(many)),
    };
    let mut sentences = vec![format!("Line {}{times}: `{}`", matter.line, matter.text)];
    sentences.extend((!matter.rule.why.is_empty()).then(|| matter.rule.why.clone()));
    sentences.push(format!("How sure: {}. Source: {}.", matter.certainty, matter.rule.source));
    Chapter::new("The line that matters", sentences)
}

/// The start that tells most, row by row.
fn timeline(log: &BootLog) -> Chapter {
    let matter_line = log.matter.as_ref().map(|matter| matter.line);
    let holds = |boot: &&Boot| matter_line.is_some_and(|line| (boot.first_line..=boot.last_line).contains(&line));
    let told =
        log.boots.iter().find(holds).or_else(|| log.boots.iter().max_by_key(|boot| (boot.reached, boot.last_line)));
    let mut sentences = Vec::new();
    sentences.extend(loop_sentence(log));
    let Some(boot) = told else {
        return Chapter::new(HOW_FAR, sentences);
    };
    if log.boots.len() > 1 {
        let place = log.boots.iter().position(|other| std::ptr::eq(other, boot)).map_or(0, |place| place + 1);
        sentences.push(format!("This is start {place}, lines {} to {}.", boot.first_line, boot.last_line));
    }
    let mut rows: Vec<Row> = Vec::new();
    for event in boot.events.iter().filter(|event| is_told(event)) {
        let says = row_text(event);
        if rows.iter().any(|row| row.says == says) {
            continue;
        }
        let matters =
            log.matter.as_ref().is_some_and(|matter| (matter.line, &matter.text) == (event.line, &event.text));
        rows.push(Row { line: event.line, says, count: event.count, matters });
    }
    if rows.len() > MAX_ROWS {
        let rest = rows.split_off(MAX_ROWS);
        sentences.push(format!("{} more are not shown here.", plural(rest.len(), "event")));
        rows.extend(rest.into_iter().filter(|row| row.matters));
    }
    rows.push(Row { line: boot.last_line, says: end_text(boot).to_owned(), count: 1, matters: false });
    Chapter { rows, ..Chapter::new(HOW_FAR, sentences) }
}

const HOW_FAR: &str = "How far it came";

fn is_told(event: &Event) -> bool {
    match event.rule.kind {
        Kind::Normal => event.value("typed").is_some_and(|typed| !typed.is_empty()),
        Kind::Harmless => false,
        Kind::Milestone | Kind::Odd | Kind::Symptom | Kind::Cause | Kind::Foreign => true,
    }
}

fn row_text(event: &Event) -> String {
    match (event.value("typed"), event.rule.kind) {
        (Some(typed), _) => format!("typed: `{typed}`"),
        (None, Kind::Milestone) => event.told(),
        (None, _) => format!("`{}`", event.text),
    }
}

const fn end_text(boot: &Boot) -> &'static str {
    match (boot.end, boot.prompt) {
        (End::Restarted, _) => "the camera starts anew",
        (End::LogEnds, true) => "the log ends at the boot loader's prompt",
        (End::LogEnds, false) => "the log ends",
    }
}

/// How often it starts, and how long one round takes.
fn loop_sentence(log: &BootLog) -> Option<String> {
    let starts = log.boots.len() + log.boots_left_out;
    if starts < 2 {
        return None;
    }
    let rounds = log.rounds();
    let alike = match rounds.alike {
        true if rounds.whole > 1 => " It ends at the same place each time.",
        _ => "",
    };
    let long = match (rounds.seconds, rounds.lines) {
        (Some(seconds), _) => format!(" One round takes {seconds:.0} s."),
        (None, Some(lines)) if rounds.whole > 1 && lines > 0 => {
            format!(" One round is {} long.", plural(lines, "line"))
        }
        _ => String::new(),
    };
    Some(format!("The camera starts {} times in this log.{alike}{long}", count(starts)))
}

fn also_chapter(log: &BootLog) -> Option<Chapter> {
    let sentences = log.also.iter().map(|other| format!("Line {}: {} (`{}`).", other.line, other.says, other.text));
    titled("Also worth knowing", sentences.collect())
}

fn images_chapter(images: &ImageList) -> Chapter {
    let told = |image: &Listed| {
        let remarks: String = image.remarks.iter().map(|remark| format!("; {remark}")).collect();
        let row = &image.row;
        format!("Image {}, `{}`: {} at {}{remarks}.", row.number, row.name, bytes(row.len_bytes()), row.base)
    };
    let title = if images.whole { "The images in the flash" } else { "Images that the log tells of" };
    Chapter::new(title, images.images.iter().map(told).collect())
}

fn harmless_chapter(log: &BootLog) -> Option<Chapter> {
    let told = |event: &Event| {
        let times = if event.count > 1 { format!(" ({} lines)", count(event.count)) } else { String::new() };
        format!("`{}`{times}: {}.", event.text, event.rule.says)
    };
    titled("Harmless, whatever it looks like", log.harmless.iter().map(told).collect())
}

fn camera_chapter(facts: &Facts) -> Option<Chapter> {
    const MIB: usize = 1 << 20;
    let mut parts = Vec::new();
    parts.extend(facts.ram_bytes.map(|ram| format!("{} MB of memory", ram / MIB)));
    parts.extend(facts.flash_bytes.map(|flash| format!("{} MB of flash", flash / MIB)));
    let mut sentences = Vec::new();
    if !parts.is_empty() {
        sentences.push(sentence(&format!("the board has {}", enumerate(parts.into_iter()))));
    }
    sentences.extend(facts.loader_built.as_ref().map(|date| format!("Its boot loader is of {date}.")));
    sentences.extend(facts.kernel_build.map(|build| {
        let built = facts.kernel_built.as_ref().map_or(String::new(), |built| format!(", built {built}"));
        format!("Its kernel is build {build}{built}.")
    }));
    sentences.extend(facts.system_version.as_ref().map(|version| format!("Its firmware is {version}.")));
    sentences.extend(facts.sensor.as_ref().map(|sensor| format!("Its picture sensor is `{sensor}`.")));
    titled("What the log tells of the camera", sentences)
}

fn doubt_chapter(log: &BootLog) -> Option<Chapter> {
    let tally = log.lines;
    let mut sentences = Vec::new();
    if tally.damaged > 0 {
        let lines = plural(tally.damaged, "line");
        sentences.push(format!("Taken for what it resembles, since characters were lost or changed: {lines}."));
    }
    if tally.unknown > 0 {
        let read = count(tally.lines - tally.unknown);
        sentences.push(format!("{read} of {} are understood. Of the others:", plural(tally.lines, "line")));
        sentences.extend(log.unknown.iter().map(|quote| format!("Line {}: `{}`", quote.line, quote.text)));
    }
    titled("What is not sure", sentences)
}

fn titled(title: &str, sentences: Vec<String>) -> Option<Chapter> {
    (!sentences.is_empty()).then(|| Chapter::new(title, sentences))
}
