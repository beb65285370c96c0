//! A story as text.

use std::io::{self, Write};

use super::wrap::wrap;
use crate::recover::{Step, Story};
use crate::render::style::{ANSWER, COMMAND, paint};

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
    }
    steps(out, &story.next, width)
}

/// Prints what to type.
pub fn steps(out: &mut impl Write, steps: &[Step], width: usize) -> io::Result<()> {
    if !steps.is_empty() {
        writeln!(out, "\n{}", paint(ANSWER, "What to type next"))?;
    }
    for step in steps {
        indented(out, &format!("{}:", step.purpose), width)?;
        for command in &step.commands {
            writeln!(out, "    {}", paint(COMMAND, command))?;
        }
    }
    Ok(())
}

/// One idea, two blanks in, its further lines under its first.
fn indented(out: &mut impl Write, text: &str, width: usize) -> io::Result<()> {
    wrap(text, width, "  ", "  ").iter().try_for_each(|line| writeln!(out, "{line}"))
}
