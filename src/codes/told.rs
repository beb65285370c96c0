//! A code in plain words.

use super::{Catalogue, Entry};
use crate::recover::{Chapter, Step, Story};
use crate::words::sentence;

/// Tells of the codes that were asked for.
pub fn told(entries: &[Entry]) -> Story {
    let answers: Vec<String> = entries.iter().map(answer).collect();
    let mut chapters = Vec::new();
    for entry in entries {
        let about = if entries.len() > 1 { format!(" ({})", entry.catalogue) } else { String::new() };
        let titled = |title: &str, sentences: Vec<String>| {
            (!sentences.is_empty()).then(|| Chapter::new(format!("{title}{about}"), sentences))
        };
        chapters.extend(titled("How it is worded", wording(entry)));
        chapters.extend(titled("Why it comes about", said(&entry.why)));
        chapters.extend(titled("What shows it", evidence(entry)));
        let advice = entry.next.iter().filter(|step| step.commands.is_empty()).map(|step| sentence(&step.purpose));
        chapters.extend(titled("What to do", advice.collect()));
    }
    let next: Vec<Step> =
        entries.iter().flat_map(|entry| &entry.next).filter(|step| !step.commands.is_empty()).cloned().collect();
    Story { answer: answers.join(" "), chapters, next, log: None }
}

fn answer(entry: &Entry) -> String {
    let weight = entry.weight_in_words();
    match entry.catalogue {
        Catalogue::Finding | Catalogue::Cause | Catalogue::Check => {
            format!("`{}` is {weight}. {}", entry.code, entry.what)
        }
        Catalogue::BootLoader | Catalogue::Log => format!("{} (`{}`, {weight})", entry.what, entry.code),
    }
}

fn wording(entry: &Entry) -> Vec<String> {
    let quoted = |wording: &String| match entry.catalogue {
        Catalogue::Finding | Catalogue::Cause | Catalogue::Check => wording.clone(),
        Catalogue::BootLoader | Catalogue::Log => format!("`{wording}`"),
    };
    entry.wording.iter().map(quoted).collect()
}

fn evidence(entry: &Entry) -> Vec<String> {
    match entry.certainty {
        Some(certainty) => vec![format!("How sure: {certainty}. Source: {}", lower(&entry.evidence))],
        None => said(&entry.evidence),
    }
}

/// A sentence as it was before it got its capital letter, to stand behind a colon.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

fn said(text: &str) -> Vec<String> {
    if text.is_empty() { Vec::new() } else { vec![text.to_owned()] }
}
