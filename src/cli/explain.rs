//! `unbrick explain`

use std::io::Write;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::input::Inputs;
use super::{Format, Outcome, input, output, print_json};
use crate::codes::{self, Asked};
use crate::recover::{Story, speaks_against, story};
use crate::render::{json, text};

/// Tell in plain words what a file, the folder of a dump, or a console log is, and what to type next
///
/// Of a log that a camera printed while it started: how far it came, which line matters, what it means, what is
/// harmless. Also tells what a code means, as in `unbrick explain carried-page`, and what a line of the console means, as
/// in `unbrick explain "unzip failed! -5"`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 nothing that is told says \"do not flash this\", 1 an error does, as in `unbrick inspect`, or the file is empty; 2 could not do it."
)]
pub struct Args {
    /// A file, a folder, a code or a console line, with or without quotes; `-` reads standard input
    #[arg(value_name = "FILE|FOLDER|CODE|LINE", required_unless_present = "list", allow_negative_numbers = true)]
    subject: Vec<PathBuf>,
    /// List every code with what it means
    #[arg(long, conflicts_with = "subject")]
    list: bool,
}

pub fn run(args: &Args, inputs: &Inputs, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    if args.list {
        return list(format, out);
    }
    let subject = &subject(&args.subject)?;
    let path = subject.display().to_string();
    let mut outcome = Outcome::Fine;
    let (story, entries) = if subject.is_dir() {
        let set = inputs.open_folder(subject)?;
        // the recovery tool leaves an empty file for what is shorter than a page, which is as it must be
        outcome = outcome_of(set.sources.iter().any(speaks_against));
        (story::of_set(&set, &path), Vec::new())
    } else if subject.exists() || path == input::STDIN {
        (of_file(inputs, subject, &mut outcome)?, Vec::new())
    } else {
        match codes::find(&path) {
            Asked::Codes(entries) => (codes::told(&entries), entries),
            Asked::Nearly(name) => {
                return Err(unknown(
                    &path,
                    &format!("did you mean `{name}`? `unbrick explain --list` lists all codes"),
                ));
            }
            Asked::Unknown if is_code(&path) => return Err(unknown(&path, "`unbrick explain --list` lists all codes")),
            Asked::Unknown => (of_file(inputs, subject, &mut outcome)?, Vec::new()),
        }
    };
    match format {
        Format::Text => text::story(out, &story, output::width()).map_err(Failure::output)?,
        Format::Json => print_json(out, &json::StoryView::of(&path, &story, &entries))?,
    }
    Ok(outcome)
}

fn of_file(inputs: &Inputs, path: &Path, outcome: &mut Outcome) -> Result<Story, Failure> {
    let source = inputs.open_even_empty(path)?;
    *outcome = outcome_of(source.reading.file().is_empty() || speaks_against(&source));
    Ok(story::of_file(source, &path.display().to_string()))
}

fn outcome_of(is_bad: bool) -> Outcome {
    if is_bad { Outcome::Differs } else { Outcome::Fine }
}

/// What is asked about. Several words that are no files are a line of the console that was typed without quotes.
fn subject(words: &[PathBuf]) -> Result<PathBuf, Failure> {
    match words {
        [only] => Ok(only.clone()),
        several if several.iter().any(|word| word.exists() || word.as_os_str() == input::STDIN) => {
            Err(Failure::general(
                "several files are named, and one thing is explained at a time",
                "name one of them, or the folder that they lie in",
            ))
        }
        words => Ok(words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ").into()),
    }
}

/// Whether what was typed was meant as a code or a console line rather than as a file's name.
fn is_code(typed: &str) -> bool {
    !typed.contains(['/', '\\', '.']) && typed.contains(['-', ' '])
}

fn unknown(typed: &str, next: &str) -> Failure {
    Failure::general(format!("there is no file, no code and no known console line `{typed}`"), next)
}

fn list(format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    let entries: Vec<codes::Entry> = codes::entries().collect();
    match format {
        Format::Text => text::codes(out, &entries, output::width()).map_err(Failure::output)?,
        Format::Json => print_json(out, &json::Codes::of(&entries))?,
    }
    Ok(Outcome::Fine)
}
