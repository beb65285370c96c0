//! Several dumps against what was flashed, as text.

use std::io::{self, Write};

use super::comparison::Extent;
use super::table::table;
use super::wrap::wrap;
use crate::compare::{Agreement, Comparison, Says};
use crate::image::Offset;
use crate::recover::Source;
use crate::render::style::{ANSWER, BAD, GOOD, ODD, QUIET, paint};
use crate::words::{count, enumerate, plural, shown};

/// Several dumps with what they are dumps of.
#[derive(Debug)]
pub struct DumpsView<'a> {
    /// What was flashed.
    pub old: &'a Source,
    /// The dumps.
    pub dumps: &'a [Source],
    /// The comparison of each with what was flashed.
    pub comparisons: &'a [Comparison],
    /// What they say together.
    pub agreements: &'a [Agreement],
    /// How much to tell.
    pub extent: Extent,
    /// The columns to fill.
    pub width: usize,
}

/// Without `--details`, at most this many stretches are listed.
const MAX_STRETCHES: usize = 20;

/// Prints what several dumps say together, then each one's verdict.
pub fn dumps(out: &mut impl Write, view: &DumpsView<'_>) -> io::Result<()> {
    for line in wrap(&Agreement::verdict(view.agreements, view.dumps.len()), view.width, "", "") {
        writeln!(out, "{}", paint(ANSWER, line))?;
    }
    writeln!(out)?;
    for (dump, comparison) in view.dumps.iter().zip(view.comparisons) {
        writeln!(out, "  {}", paint(ANSWER, &dump.name))?;
        wrap(&comparison.verdict, view.width, "    ", "    ").iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    if view.agreements.is_empty() || view.extent == Extent::Numbers {
        return Ok(());
    }
    writeln!(out, "\n{}", paint(ANSWER, "Where dumps differ from what was flashed"))?;
    let limit = if view.extent == Extent::Everything { usize::MAX } else { MAX_STRETCHES };
    let header = ["flashed at", "bytes", "who is wrong", "dumps that differ"].map(|title| paint(QUIET, title)).to_vec();
    let rows = view.agreements.iter().take(limit).map(|agreement| {
        let (style, says) = match agreement.says {
            Says::FlashDiffers => (BAD, "the flash: all dumps agree"),
            Says::SomeDumpsWrong => (GOOD, "the dump: the others agree with what was flashed"),
            Says::Undecided => (ODD, "undecided: one more dump would tell"),
        };
        let names = agreement
            .differing
            .iter()
            .filter_map(|&dump| view.dumps.get(dump))
            .map(|dump| shown(dump.file_name()).into_owned());
        vec![
            Offset(agreement.old.start()).to_string(),
            count(agreement.old.len()),
            paint(style, says),
            enumerate(names),
        ]
    });
    writeln!(out, "{}", table(&std::iter::once(header).chain(rows).collect::<Vec<_>>(), &[0, 1], view.width))?;
    if let Some(more) = view.agreements.len().checked_sub(limit).filter(|&more| more > 0) {
        writeln!(out, "  {}", paint(QUIET, format!("and {} further on: add `--details`", plural(more, "place"))))?;
    }
    Ok(())
}
