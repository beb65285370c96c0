//! Copies that are safe to share, as text.

use std::io::{self, Write};

use super::table::table;
use super::wrap::wrap;
use crate::image::Offset;
use crate::recover::Source;
use crate::recover::redact::Redacted;
use crate::render::style::{ANSWER, BAD, GOOD, ODD, QUIET, paint};
use crate::words::{bytes, count, enumerate, plural};

/// A copy, where it was written, and what it was made from.
pub struct RedactedView<'a> {
    /// What it was made from.
    pub source: &'a Source,
    /// Where it was written.
    pub path: String,
    /// The copy.
    pub redacted: Redacted,
}

/// At most this many places are told of one kind; JSON has all.
const MAX_PLACES: usize = 40;

/// Prints what was written and what was taken out.
pub fn redactions(out: &mut impl Write, copies: &[RedactedView<'_>], width: usize) -> io::Result<()> {
    for (index, copy) in copies.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        redaction(out, copy, width)?;
    }
    Ok(())
}

fn redaction(out: &mut impl Write, copy: &RedactedView<'_>, width: usize) -> io::Result<()> {
    let redacted = &copy.redacted;
    let (len, path, source) = (bytes(redacted.bytes.len()), &copy.path, &copy.source.name);
    let answer = match (redacted.removed.is_empty(), redacted.left.is_empty()) {
        (true, true) => {
            format!("Wrote {path}, {len}: the same as `{source}`, for it holds no settings and no MAC address.")
        }
        (_, true) => format!("Wrote {path}, {len}: a copy of `{source}` to share, without what is its owner's."),
        (_, false) => {
            format!("Wrote {path}, {len}: a copy of `{source}` without settings, but look at what is still in it.")
        }
    };
    for line in wrap(&answer, width, "", "") {
        writeln!(out, "{}", paint(ANSWER, line))?;
    }
    if !redacted.removed.is_empty() {
        writeln!(out, "\n{}\n", paint(ANSWER, "Removed"))?;
        let place = |start: usize, address: Option<crate::image::FlashAddr>| {
            address.map_or_else(|| Offset(start).to_string(), |address| address.to_string())
        };
        let rows = redacted.removed.iter().take(MAX_PLACES).map(|removed| {
            vec![place(removed.span.start(), removed.address), count(removed.span.len()), removed.what.clone()]
        });
        writeln!(out, "{}", table(&rows.collect::<Vec<_>>(), &[0, 1], width))?;
        more(out, redacted.removed.len())?;
        let all = redacted.removed.iter().map(|removed| removed.span.len()).sum();
        writeln!(
            out,
            "  {}",
            paint(QUIET, format!("{} in all; unless said otherwise FF is there now, as in erased flash", bytes(all)))
        )?;
    }
    if !redacted.renewed.is_empty() {
        let names = enumerate(redacted.renewed.iter().cloned());
        let told = format!("Made right again: {names}.");
        writeln!(out)?;
        wrap(&told, width, "", "  ").iter().try_for_each(|line| writeln!(out, "{}", paint(GOOD, line)))?;
    }
    if !redacted.left.is_empty() {
        writeln!(out, "\n{}\n", paint(BAD, "Still in it"))?;
        let rows = redacted.left.iter().take(MAX_PLACES).map(|left| {
            let what = format!("the value of {} in the {}", left.setting, left.part);
            vec![Offset(left.span.start()).to_string(), count(left.span.len()), what]
        });
        writeln!(out, "{}", table(&rows.collect::<Vec<_>>(), &[0, 1], width))?;
        more(out, redacted.left.len())?;
        let told =
            "These are parts that a checksum covers, or that are packed. It can be chance; look before you share.";
        wrap(told, width, "  ", "  ").iter().try_for_each(|line| writeln!(out, "{}", paint(ODD, line)))?;
    }
    if redacted.removed.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let told = "Do not flash the copy: the camera would lose its settings and its address. Values shorter than five \
                letters were looked for in settings only.";
    wrap(told, width, "", "").iter().try_for_each(|line| writeln!(out, "{}", paint(QUIET, line)))
}

fn more(out: &mut impl Write, all: usize) -> io::Result<()> {
    match all.checked_sub(MAX_PLACES).filter(|&more| more > 0) {
        Some(more) => writeln!(
            out,
            "  {}",
            paint(QUIET, format!("and {}: `--format json` lists all", plural(more, "more place")))
        ),
        None => Ok(()),
    }
}
