//! How a virtual camera got on, as text.

use std::io::{self, Write};

use super::inspection::findings;
use super::table::table;
use super::wrap::wrap;
use crate::finding::Finding;
use crate::machine::clock::seconds;
use crate::machine::compare::{Booted, DiffLine, Stretch};
use crate::machine::session::{End, Run};
use crate::machine::verdict::Verdict;
use crate::render::style::{ANSWER, BAD, COMMAND, GOOD, QUIET, paint};
use crate::words::{count, shown};

/// Prints the answer, then how far it came, what stopped it, what the virtual camera lacks, and what was learned.
/// `damage` is what was found in the files that were run.
pub fn boot(out: &mut impl Write, run: &Run, verdict: &Verdict, damage: &[Finding], width: usize) -> io::Result<()> {
    let style = if verdict.is_good { GOOD.bold() } else { BAD.bold() };
    for line in wrap(&verdict.answer, width, "", "") {
        writeln!(out, "{}", paint(style, line))?;
    }
    stages(out, run, width)?;
    chapter(out, "What happened", &verdict.why, width)?;
    chapter(out, "What the virtual camera lacks", &verdict.lacks, width)?;
    if !verdict.learned.is_empty() {
        writeln!(out, "\n{}", paint(ANSWER, "What it told"))?;
        let learned = verdict.learned.iter();
        let rows: Vec<Vec<String>> =
            learned.map(|detail| vec![detail.label.to_string(), shown(&detail.value).into_owned()]).collect();
        writeln!(out, "{}", table(&rows, &[], width))?;
    }
    if matches!(run.end, End::Fault(_) | End::Stuck | End::Quiet | End::Budget) && !verdict.is_good {
        writeln!(out, "\n{}", paint(ANSWER, "The processor"))?;
        run.registers.to_string().lines().try_for_each(|line| writeln!(out, "  {line}"))?;
    }
    if !verdict.next.is_empty() {
        writeln!(out, "\n{}", paint(ANSWER, "What to do next"))?;
    }
    for advice in &verdict.next {
        let colon = if advice.commands.is_empty() { "" } else { ":" };
        let lines = wrap(&format!("{}{colon}", advice.purpose), width, "  ", "  ");
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        advice.commands.iter().try_for_each(|command| writeln!(out, "    {}", paint(COMMAND, command)))?;
    }
    findings(out, damage, width)
}

/// Prints what a virtual camera made of what was checked.
pub(super) fn trial(out: &mut impl Write, verdict: &Verdict, width: usize) -> io::Result<()> {
    let style = if verdict.is_good { GOOD } else { BAD };
    writeln!(out, "\n{}", paint(ANSWER, "In a virtual camera"))?;
    for line in wrap(&verdict.answer, width, "  ", "  ") {
        writeln!(out, "{}", paint(style, line))?;
    }
    let lines = verdict.why.iter().flat_map(|sentence| wrap(sentence, width, "  ", "    "));
    lines.into_iter().try_for_each(|line| writeln!(out, "{line}"))
}

/// Prints where two firmwares part when they are booted.
pub fn boots(out: &mut impl Write, old: &Booted, new: &Booted, stretches: &[Stretch], width: usize) -> io::Result<()> {
    let lines = || stretches.iter().flat_map(|stretch| &stretch.lines);
    let gone = lines().filter(|line| matches!(line, DiffLine::Old(_))).count();
    let come = lines().filter(|line| matches!(line, DiffLine::New(_))).count();
    let answer = match (gone, come) {
        (0, 0) => "Both print the same when they are booted, addresses and process numbers apart.".to_owned(),
        _ => format!(
            "They print different lines when they are booted: {gone} only the old one, {come} only the new one."
        ),
    };
    for line in wrap(&answer, width, "", "") {
        writeln!(out, "{}", paint(ANSWER, line))?;
    }
    writeln!(out)?;
    for booted in [old, new] {
        let style = if booted.verdict.is_good { GOOD } else { BAD };
        let text = format!("{}: {}", booted.name, booted.verdict.answer);
        wrap(&text, width, "  ", "    ").iter().try_for_each(|line| writeln!(out, "{}", paint(style, line)))?;
    }
    for stretch in stretches {
        let place = format!("@@ line {} of the old one, line {} of the new one @@", stretch.old_line, stretch.new_line);
        writeln!(out, "\n{}", paint(QUIET, place))?;
        for line in &stretch.lines {
            match line {
                DiffLine::Both(text) => writeln!(out, " {text}")?,
                DiffLine::Old(text) => writeln!(out, "{}", paint(BAD, format!("-{text}")))?,
                DiffLine::New(text) => writeln!(out, "{}", paint(GOOD, format!("+{text}")))?,
            }
        }
    }
    Ok(())
}

fn stages(out: &mut impl Write, run: &Run, width: usize) -> io::Result<()> {
    if run.reached.is_empty() {
        return Ok(());
    }
    let rows: Vec<Vec<String>> = run
        .reached
        .iter()
        .map(|reached| {
            let instructions = usize::try_from(reached.instructions).unwrap_or(usize::MAX);
            vec![
                reached.stage.to_string(),
                seconds(reached.instructions),
                paint(QUIET, format!("{} instructions", count(instructions))),
                reached.stage.words().to_owned(),
            ]
        })
        .collect();
    writeln!(out, "\n{}\n{}", paint(ANSWER, "How far it came, counted from power-on"), table(&rows, &[1, 2], width))
}

fn chapter(out: &mut impl Write, title: &str, sentences: &[String], width: usize) -> io::Result<()> {
    if sentences.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", paint(ANSWER, title))?;
    let lines = sentences.iter().flat_map(|sentence| wrap(sentence, width, "  ", "    "));
    lines.into_iter().try_for_each(|line| writeln!(out, "{line}"))
}
