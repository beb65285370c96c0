//! A comparison as text: the verdict, the causes, a picture, the files, the details.

use std::io::{self, Write};

use super::fingerprint::compared;
use super::inspection::findings;
use super::table::{table, table_rows};
use super::wrap::wrap;
use super::{bars, changes};
use crate::compare::{Cause, Comparison, Meaning, Segment};
use crate::image::{Offset, Span};
use crate::recover::Source;
use crate::render::style::{ANSWER, QUIET, of_meaning, paint};
use crate::words::{count, plural, shown};

/// How much to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The verdict and the numbers.
    Numbers,
    /// What fits a screen or two.
    Usual,
    /// Every segment and every line of every change.
    Everything,
}

impl Extent {
    /// As many as there are, or the usual limit.
    pub(super) const fn limit(self, usual: usize) -> usize {
        match self {
            Self::Everything => usize::MAX,
            Self::Numbers | Self::Usual => usual,
        }
    }
}

/// A comparison with what it is a comparison of.
pub struct ComparisonView<'a> {
    /// What was found.
    pub comparison: &'a Comparison,
    /// The old file.
    pub old: &'a Source,
    /// The new file.
    pub new: &'a Source,
    /// Which causes are listed.
    pub counts: &'a dyn Fn(Cause) -> bool,
    /// How much to tell.
    pub extent: Extent,
    /// The columns to fill.
    pub width: usize,
}

/// Without `--details`, at most this many stretches that differ are listed.
const MAX_STRETCHES: usize = 12;

/// Prints a comparison.
pub fn comparison(out: &mut impl Write, view: &ComparisonView<'_>) -> io::Result<()> {
    let comparison = view.comparison;
    for line in wrap(&comparison.verdict, view.width, "", "") {
        writeln!(out, "{}", paint(ANSWER, line))?;
    }
    if comparison.summary.equal {
        return Ok(());
    }
    writeln!(out, "\n{}\n", sides(view))?;
    writeln!(out, "{}", causes(comparison, view.width))?;
    if view.extent == Extent::Numbers {
        return Ok(());
    }
    writeln!(out)?;
    bars::bars(out, comparison, view.width)?;
    stretches(out, view)?;
    changes::inside(out, comparison, view.extent, view.width)?;
    compared(out, &comparison.firmware, view.width)?;
    findings(out, &comparison.firmware.findings, view.width)
}

fn sides(view: &ComparisonView<'_>) -> String {
    let row = |name: &str, source: &Source| {
        vec![
            paint(QUIET, name),
            shown(&source.name).into_owned(),
            format!("{} bytes", count(source.image().len())),
            source.inspection.kind.words().to_owned(),
        ]
    };
    table(&[row("first", view.old), row("second", view.new)], &[2], view.width)
}

fn causes(comparison: &Comparison, width: usize) -> String {
    let header = ["cause", "first", "second", "share", ""].map(|title| paint(QUIET, title)).to_vec();
    let rows = comparison.summary.causes.iter().map(|share| {
        vec![
            paint(of_meaning(share.meaning), share.cause),
            count(share.old_bytes),
            count(share.new_bytes),
            format!("{:.2} %", share.share * 100.0),
            meaning_in_words(share.meaning).to_owned(),
        ]
    });
    table(&std::iter::once(header).chain(rows).collect::<Vec<_>>(), &[1, 2, 3], width)
}

const fn meaning_in_words(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Same => "",
        Meaning::Harmless => "harmless",
        Meaning::Changed => "other content",
        Meaning::BadDump => "a fault of the dump",
        Meaning::BadFlash => "a fault of the flash",
        Meaning::Unknown => "no rule fits",
    }
}

/// Segments of the same cause with nothing but equal bytes between them.
struct Stretch<'a> {
    first: &'a Segment,
    /// The worst of what its segments mean.
    meaning: Meaning,
    segments: usize,
    old_bytes: usize,
    new_bytes: usize,
    notes: Vec<String>,
}

/// Without `--details`, segments of one cause in a row are one line; with it, each has its own.
fn in_a_row<'a>(segments: &'a [Segment], view: &ComparisonView<'_>) -> Vec<Stretch<'a>> {
    let mut stretches: Vec<Stretch<'a>> = Vec::new();
    for segment in segments.iter().filter(|segment| (view.counts)(segment.cause)) {
        let joins = view.extent != Extent::Everything;
        match stretches.last_mut().filter(|last| joins && last.first.cause == segment.cause) {
            Some(last) => {
                last.segments += 1;
                last.meaning = last.meaning.max(segment.meaning());
                last.old_bytes += segment.old.len();
                last.new_bytes += segment.new.len();
                if last.notes.len() <= MAX_NOTES && !last.notes.contains(&segment.note()) {
                    last.notes.push(segment.note());
                }
            }
            None => stretches.push(Stretch {
                first: segment,
                meaning: segment.meaning(),
                segments: 1,
                old_bytes: segment.old.len(),
                new_bytes: segment.new.len(),
                notes: vec![segment.note()],
            }),
        }
    }
    stretches
}

/// Without `--details`, at most this many notes stand under a line.
const MAX_NOTES: usize = 2;

fn stretches(out: &mut impl Write, view: &ComparisonView<'_>) -> io::Result<()> {
    let stretches = in_a_row(&view.comparison.segments, view);
    if stretches.is_empty() {
        return Ok(());
    }
    let limit = view.extent.limit(MAX_STRETCHES);
    writeln!(out, "\n{}", paint(ANSWER, "Where they differ"))?;
    let place = |span: Span, source: &Source| match source.address_of(span.start()) {
        Some(address) => address.to_string(),
        None => Offset(span.start()).to_string(),
    };
    let header = ["first at", "bytes", "second at", "bytes", "cause"].map(|title| paint(QUIET, title)).to_vec();
    let rows = stretches.iter().take(limit).map(|stretch| {
        let cause = stretch.first.cause;
        let times =
            if stretch.segments > 1 { format!(" in {}", plural(stretch.segments, "place")) } else { String::new() };
        vec![
            place(stretch.first.old, view.old),
            count(stretch.old_bytes),
            place(stretch.first.new, view.new),
            count(stretch.new_bytes),
            format!("{}{}", paint(of_meaning(stretch.meaning), cause), paint(QUIET, times)),
        ]
    });
    let rows: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    let mut rows = table_rows(&rows, &[0, 1, 2, 3], view.width).into_iter();
    rows.next().map_or(Ok(()), |header| writeln!(out, "{header}"))?;
    for (row, stretch) in rows.zip(&stretches) {
        writeln!(out, "{row}")?;
        for note in stretch.notes.iter().take(MAX_NOTES) {
            for line in wrap(note, view.width, "      ", "      ") {
                writeln!(out, "{}", paint(QUIET, line))?;
            }
        }
        if stretch.notes.len() > MAX_NOTES {
            writeln!(out, "      {}", paint(QUIET, "and more of this kind: add `--details`"))?;
        }
    }
    if let Some(more) = stretches.len().checked_sub(limit).filter(|&more| more > 0) {
        writeln!(out, "  {}", paint(QUIET, format!("and {} further on: add `--details`", plural(more, "difference"))))?;
    }
    Ok(())
}
