//! The list of all codes as text.

use std::io::{self, Write};

use super::wrap::wrap;
use crate::codes::Entry;
use crate::render::style::{ANSWER, COMMAND, paint};

/// Prints every code with what it is, under the title of its catalogue.
pub fn codes(out: &mut impl Write, entries: &[Entry], width: usize) -> io::Result<()> {
    let (mut before, mut gap) = (None, "");
    let longest = entries.iter().map(|entry| entry.code.len()).max().unwrap_or_default();
    let blank = " ".repeat(longest + 4);
    for entry in entries {
        if before.replace(entry.catalogue) != Some(entry.catalogue) {
            writeln!(out, "{gap}{}", paint(ANSWER, entry.catalogue.title()))?;
            gap = "\n";
        }
        let code = format!("  {}{}", paint(COMMAND, &entry.code), " ".repeat(longest + 2 - entry.code.len()));
        let lines = wrap(&entry.what, width.saturating_sub(blank.len()).max(24), "", "");
        for (index, line) in lines.iter().enumerate() {
            writeln!(out, "{}{line}", if index == 0 { &code } else { &blank })?;
        }
    }
    writeln!(out, "\nMore on one of them: `unbrick explain CODE`")
}
