//! Both images as bars of the same scale, one letter a stretch, aligned where they hold the same.

use std::io::{self, Write};

use textwrap::core::display_width;

use crate::compare::{Cause, Comparison, Segment};
use crate::render::style::{QUIET, of_meaning, paint};

/// The columns that stand in front of a bar.
const MARGIN: usize = 10;

/// What stands between two marks that are explained.
const BETWEEN: &str = "   ";

/// What stands where a side has no bytes.
const NOTHING: char = '·';

/// What stands where both sides hold the same.
const SAME: char = '█';

/// What stands for the causes of a picture, in the order of their bytes; the last for all further ones.
const MARKS: [char; 8] = ['▒', '▞', '░', '▚', '▓', '▖', '▝', '▪'];

/// One column of the picture: the segment that it mostly shows.
struct Column<'a> {
    segment: &'a Segment,
}

/// Prints both images as bars and what the marks mean.
pub fn bars(out: &mut impl Write, comparison: &Comparison, width: usize) -> io::Result<()> {
    let columns = columns(&comparison.segments, width.saturating_sub(MARGIN));
    let mut causes: Vec<Cause> =
        comparison.summary.causes.iter().map(|share| share.cause).filter(|cause| *cause != Cause::Equal).collect();
    causes.retain(|cause| columns.iter().any(|column| column.segment.cause == *cause));
    let mark = |cause: Cause| match causes.iter().position(|other| *other == cause) {
        Some(place) => MARKS.get(place).or(MARKS.last()).copied().unwrap_or(SAME),
        None => SAME,
    };
    for (name, is_new) in [("first", false), ("second", true)] {
        let bar: String = columns
            .iter()
            .map(|Column { segment }| {
                let span = if is_new { segment.new } else { segment.old };
                let letter = if span.is_empty() { NOTHING } else { mark(segment.cause) };
                let style = if span.is_empty() { QUIET } else { of_meaning(segment.meaning()) };
                paint(style, letter)
            })
            .collect();
        writeln!(out, "  {}{bar}", paint(QUIET, format!("{name:<8}")))?;
    }
    let meaning = |cause: Cause| comparison.summary.share_of(cause).map_or(cause.meaning(), |share| share.meaning);
    let legend = causes.iter().map(|cause| format!("{} {cause}", paint(of_meaning(meaning(*cause)), mark(*cause))));
    let legend: Vec<String> = std::iter::once(format!("{SAME} equal"))
        .chain(legend)
        .chain([format!("{} not there", paint(QUIET, NOTHING))])
        .collect();
    let mut room = 0;
    for (index, part) in legend.iter().enumerate() {
        let wide = display_width(part) + BETWEEN.len();
        let fits = index > 0 && wide <= room;
        let before = match (fits, index) {
            (true, _) => BETWEEN.to_owned(),
            (false, 0) => " ".repeat(MARGIN),
            (false, _) => format!("\n{}", " ".repeat(MARGIN)),
        };
        room = if fits { room - wide } else { (width + BETWEEN.len()).saturating_sub(MARGIN + wide) };
        write!(out, "{before}{part}")?;
    }
    writeln!(out)
}

/// Shares the columns out among segments by their length. Each segment that differs gets one at least, as long as
/// there are enough; small ones next to each other share.
fn columns(segments: &[Segment], width: usize) -> Vec<Column<'_>> {
    let total: usize = segments.iter().map(Segment::len_bytes).sum();
    let mut columns: Vec<Column<'_>> = Vec::with_capacity(width);
    let differing = |segment: &Segment| segment.cause != Cause::Equal;
    // room for those that are too short for a column of their own
    let mut still_to_come = segments.iter().filter(|segment| differing(segment)).count().min(width / 2);
    let mut done = 0_usize;
    for segment in segments {
        done += segment.len_bytes();
        let at_least = usize::from(differing(segment) && still_to_come > 0);
        still_to_come -= at_least;
        let due = proportion(done, total, width).min(width - still_to_come);
        let wanted = due.saturating_sub(columns.len()).max(at_least);
        columns.extend((0..wanted).map(|_| Column { segment }));
    }
    columns.truncate(width);
    columns
}

/// `part` of `total` in columns, rounded.
fn proportion(part: usize, total: usize, width: usize) -> usize {
    let scaled = (part as u128 * width as u128 + total as u128 / 2).checked_div(total as u128);
    scaled.and_then(|columns| usize::try_from(columns).ok()).unwrap_or(0)
}
