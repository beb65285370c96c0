//! What speaks for and against flashing, as text.

use std::io::{self, Write};

use anstyle::Style;
use strum::IntoEnumIterator;

use super::boot::trial;
use super::inspection::findings;
use super::table::table;
use super::wrap::wrap;
use crate::camera::Board;
use crate::check::{AtHand, Check, Claim, Landing, Outcome, Plan, Question, Step, Verdict, Weight};
use crate::finding::Finding;
use crate::machine;
use crate::render::style::{ANSWER, BAD, COMMAND, GOOD, ODD, QUIET, paint};
use crate::words::{bytes, count, enumerate, plural, sentence};

/// Prints the verdict, then every claim it rests on, what to type, and what a virtual camera made of it if it was tried.
pub fn check(
    out: &mut impl Write,
    at_hand: &AtHand<'_>,
    checked: &Check<'_>,
    board: (&Board, &[Finding]),
    tried: Option<&machine::verdict::Verdict>,
    width: usize,
) -> io::Result<()> {
    let (board, told) = board;
    verdict(out, at_hand, checked, tried, width)?;
    writeln!(out)?;
    let rows: Vec<Vec<String>> = checked.landings.iter().map(row).collect();
    if !rows.is_empty() {
        writeln!(out, "{}\n", table(&rows, &[1], width))?;
    }
    let lines = wrap(&board_in_words(board), width, "  ", "  ");
    lines.iter().try_for_each(|line| writeln!(out, "{}", paint(QUIET, line)))?;
    for question in Question::iter() {
        let of_question: Vec<&Claim> = checked.claims.iter().filter(|claim| claim.question == question).collect();
        if !of_question.is_empty() {
            writeln!(out, "\n{}", paint(ANSWER, question))?;
            claims(out, &of_question, width)?;
        }
    }
    plan(out, &checked.plan, width)?;
    findings(out, told, width)?;
    tried.map_or(Ok(()), |tried| trial(out, tried, width))
}

fn verdict(
    out: &mut impl Write,
    at_hand: &AtHand<'_>,
    checked: &Check<'_>,
    tried: Option<&machine::verdict::Verdict>,
    width: usize,
) -> io::Result<()> {
    let (style, word) = match checked.verdict {
        Verdict::Safe => (GOOD, "Safe"),
        Verdict::Risky => (ODD, "Risky"),
        Verdict::WillNotBoot => (BAD, "Will not boot"),
    };
    let reasons: Vec<&Claim> = checked.verdict.reasons(&checked.claims).collect();
    let starts_not = tried.is_some_and(|tried| !tried.is_good);
    let style = if starts_not && reasons.is_empty() { BAD } else { style };
    let head = match reasons.as_slice() {
        [] if starts_not => format!(
            "Do not flash {}: nothing else that is known speaks against it, but the virtual camera does not come to its \
             shell with it, as is told at the end.",
            files(at_hand)
        ),
        [] => format!("{word}: nothing that is known speaks against flashing {}.", files(at_hand)),
        [first, ..] => format!("{word} because {}.", first.says),
    };
    for line in wrap(&head, width, "", "") {
        writeln!(out, "{}", paint(style.bold(), line))?;
    }
    for reason in reasons.iter().skip(1) {
        for line in wrap(&format!("Also, {}.", reason.says), width, "", "") {
            writeln!(out, "{}", paint(style, line))?;
        }
    }
    let unknown =
        checked.claims.iter().filter(|claim| claim.outcome == Outcome::Unknown && claim.weight == Weight::Nothing);
    let unknown = unknown.count();
    if unknown > 0 && checked.verdict == Verdict::Safe {
        let line = format!("{} could not be answered: see `?` below.", plural(unknown, "question"));
        writeln!(out, "{}", paint(QUIET, line))?;
    }
    Ok(())
}

fn files(at_hand: &AtHand<'_>) -> String {
    let mut names: Vec<String> = at_hand.sources().map(|source| format!("`{}`", source.file_name())).collect();
    names.dedup();
    enumerate(names.into_iter())
}

fn row(landing: &Landing<'_>) -> Vec<String> {
    let laid = &landing.laid;
    let place = match landing.is_placed {
        true => format!("to {}", laid.place),
        false => "to a place that is not known".to_owned(),
    };
    let footer = laid.footer.filter(|_| landing.is_placed).map_or(String::new(), |(at, _)| format!("footer at {at}"));
    let len = bytes(landing.given.bytes.len());
    vec![paint(ANSWER, landing.given.source.file_name()), len, landing.given.part.to_string(), place, footer]
}

fn board_in_words(board: &Board) -> String {
    let flash = &board.flash_bytes;
    let ram = board
        .ram_bytes
        .as_ref()
        .map_or(String::new(), |ram| format!(", {} of RAM ({}: {})", bytes(ram.value), ram.certainty, ram.from));
    format!(
        "Held against a camera with {} of flash ({}: {}){ram}; web UI at {} ({}: {}), settings at {} ({}: {}).",
        bytes(flash.value),
        flash.certainty,
        flash.from,
        board.web_ui.value.start,
        board.web_ui.certainty,
        board.web_ui.from,
        board.settings.value.start,
        board.settings.certainty,
        board.settings.from,
    )
}

/// Claims with a mark before each; where they are known from is said once for several in a row.
fn claims(out: &mut impl Write, claims: &[&Claim], width: usize) -> io::Result<()> {
    const INDENT: &str = "        ";
    for (index, claim) in claims.iter().enumerate() {
        let (style, mark) = mark(claim);
        let first = format!("  {mark:<4}  ");
        for (line_index, line) in wrap(&sentence(&claim.says), width, &first, INDENT).iter().enumerate() {
            match line.strip_prefix(&first).filter(|_| line_index == 0) {
                Some(line) => writeln!(out, "  {}  {line}", paint(style, format!("{mark:<4}")))?,
                None => writeln!(out, "{line}")?,
            }
        }
        for evidence in &claim.evidence {
            let other = format!("{INDENT}  ");
            let lines = wrap(evidence, width, &format!("{INDENT}- "), &other);
            lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
        }
        let source = |claim: &Claim| (claim.outcome != Outcome::Unknown).then(|| claim.source_in_words());
        let Some(told) = source(claim) else { continue };
        let next = claims.get(index + 1).and_then(|next| source(next));
        if next.as_ref() != Some(&told) {
            let lines = wrap(&told, width, INDENT, INDENT);
            lines.iter().try_for_each(|line| writeln!(out, "{}", paint(QUIET, line)))?;
        }
    }
    Ok(())
}

const fn mark(claim: &Claim) -> (Style, &'static str) {
    match (claim.outcome, claim.weight) {
        (Outcome::Holds, _) => (GOOD, "ok"),
        (Outcome::Fails, Weight::NoBoot) => (BAD, "stop"),
        (Outcome::Fails, _) => (ODD, "risk"),
        (Outcome::Unknown, Weight::Nothing) => (QUIET, "?"),
        (Outcome::Unknown, _) => (ODD, "?"),
    }
}

fn plan(out: &mut impl Write, plan: &Plan, width: usize) -> io::Result<()> {
    if plan.steps.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", paint(ANSWER, "What to do"))?;
    for step in &plan.steps {
        match step {
            Step::Note { says } => told(out, &sentence(says), width, "  ")?,
            Step::Run { line, says } => {
                told(out, &format!("{}:", sentence(says).trim_end_matches('.')), width, "  ")?;
                writeln!(out, "    {}", paint(COMMAND, line))?;
            }
            Step::Type { line, prints, says } => {
                writeln!(out, "    {}", paint(COMMAND, line))?;
                prints.iter().try_for_each(|line| writeln!(out, "      {}", paint(QUIET, line)))?;
                if let Some(says) = says {
                    told(out, says, width, "      ")?;
                }
            }
            Step::Send { file, bytes, blocks } => {
                let text = format!("then send `{file}` ({} bytes, {})", count(*bytes), plural(*blocks, "block"));
                told(out, &text, width, "      ")?;
            }
        }
    }
    if !plan.cautions.is_empty() {
        writeln!(out, "\n{}", paint(ANSWER, "Beware"))?;
    }
    plan.cautions.iter().try_for_each(|caution| {
        wrap(&sentence(caution), width, "  - ", "    ").iter().try_for_each(|line| writeln!(out, "{line}"))
    })
}

fn told(out: &mut impl Write, text: &str, width: usize, indent: &str) -> io::Result<()> {
    wrap(text, width, indent, indent).iter().try_for_each(|line| writeln!(out, "{line}"))
}
