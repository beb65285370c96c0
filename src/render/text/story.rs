//! A story as text.

use std::io::{self, Write};

use anstyle::Style;

use super::wrap::wrap;
use crate::recover::{Row, Step, Story};
use crate::render::style::{ANSWER, BAD, COMMAND, paint};
use crate::words::count;

/// Prints the answer, then what it rests on, then what to type.
pub fn story(out: &mut impl Write, story: &Story, width: usize) -> io::Result<()> {
    for line in wrap(&story.answer, width, "", "") {
        writeln!(out, "{}", paint(ANSWER, line))?;
    }
    for chapter in &story.chapters {
        writeln!(out, "\n{}", paint(ANSWER, &chapter.title))?;
        for sentence in &chapter.sentences {
            indented(out, sentence, width)?;
        }
        rows(out, &chapter.rows, width)?;
    }
    steps(out, &story.next, width)
}

/// Prints what to type.
pub fn steps(out: &mut impl Write, steps: &[Step], width: usize) -> io::Result<()> {
    if !steps.is_empty() {
        writeln!(out, "\n{}", paint(ANSWER, "What to type next"))?;
    }
    for step in steps {
        let colon = if step.commands.is_empty() { "" } else { ":" };
        indented(out, &format!("{}{colon}", step.purpose), width)?;
        for command in &step.commands {
            writeln!(out, "    {}", paint(COMMAND, command))?;
        }
    }
    Ok(())
}

/// What stands behind the line that matters.
const MARK: &str = "  <-- this one";

/// Lines of a log, their numbers aligned; the one that matters stands out.
fn rows(out: &mut impl Write, rows: &[Row], width: usize) -> io::Result<()> {
    let digits = rows.iter().map(|row| row.line).max().unwrap_or_default().to_string().len();
    for row in rows {
        let times = if row.count > 1 { format!(" ({} lines)", count(row.count)) } else { String::new() };
        let number = format!("  {:>digits$}  ", row.line);
        let blank = " ".repeat(number.len());
        let width = if row.matters { width.saturating_sub(MARK.len()) } else { width };
        for (index, line) in wrap(&format!("{}{times}", row.says), width, &number, &blank).iter().enumerate() {
            let mark = if row.matters && index == 0 { paint(BAD, MARK) } else { String::new() };
            let style = if row.matters { ANSWER } else { Style::new() };
            writeln!(out, "{}{mark}", paint(style, line))?;
        }
    }
    Ok(())
}

/// One idea, two blanks in, its further lines under its first.
fn indented(out: &mut impl Write, text: &str, width: usize) -> io::Result<()> {
    wrap(text, width, "  ", "  ").iter().try_for_each(|line| writeln!(out, "{line}"))
}
