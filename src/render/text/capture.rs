//! How a text was read, as text: which dialects, how many lines of each, what of the memory they show.

use std::io::{self, Write};

use super::table::table;
use crate::capture::{Addresses, Capture, Stats, TakenOut, WordOrder};
use crate::image::{FlashAddr, Offset, Span};
use crate::render::style::{QUIET, paint};
use crate::words::{bytes, count, enumerate, plural, shown};

/// At most this many stretches are named in a row; JSON has all.
const MAX_SPANS: usize = 4;

/// Prints what the lines of a capture were and what they show.
pub fn reading(out: &mut impl Write, capture: &Capture, width: usize) -> io::Result<()> {
    let rows = rows(capture).into_iter();
    let rows: Vec<Vec<String>> =
        rows.map(|(label, value)| vec![paint(QUIET, label), shown(&value).into_owned()]).collect();
    writeln!(out, "{}", table(&rows, &[], width))
}

/// What there is to tell, each with a label.
fn rows(capture: &Capture) -> Vec<(&'static str, String)> {
    let stats = &capture.stats;
    let mut rows = vec![("lines", lines(capture))];
    rows.extend(left_out(stats).map(|left_out| ("left out", left_out)));
    if capture.is_empty() {
        return rows;
    }
    let start = capture.image.address();
    let captured: Vec<Span> = capture.captured.iter().collect();
    rows.push(("captured", format!("{}: {}", plural(stats.pages, "page"), places(&captured, start))));
    let gaps = capture.captured.gaps_in(capture.image.span());
    if !gaps.is_empty() {
        rows.push(("gaps", format!("{}: {}", bytes(stats.missing_bytes), places(&gaps, start))));
    }
    rows.extend(doubtful(stats).map(|doubtful| ("doubtful", doubtful)));
    rows.extend(capture.word_order.map(|order| ("words", order_in_words(order))));
    rows.extend(where_it_lies(capture).map(|place| ("addresses", place)));
    rows.extend(taken_out(&capture.taken_out).map(|taken_out| ("taken out", taken_out)));
    rows
}

fn lines(capture: &Capture) -> String {
    let Stats { used, lines, squeezed, other_text, .. } = capture.stats;
    let dialects = match capture.dialects.as_slice() {
        [] => String::new(),
        [(dialect, _)] => format!(", all of them `{dialect}`"),
        several => {
            format!(": {}", enumerate(several.iter().map(|(dialect, lines)| format!("{} `{dialect}`", count(*lines)))))
        }
    };
    let stars = if squeezed > 0 { format!("; a `*` stands for {}", count(squeezed)) } else { String::new() };
    let others =
        if other_text > 0 { format!("; {} of other text between", plural(other_text, "piece")) } else { String::new() };
    format!("{} of {} used{dialects}{stars}{others}", count(used), count(lines))
}

/// Why lines were left out.
fn left_out(stats: &Stats) -> Option<String> {
    let reasons = [
        (stats.damaged, "damaged in part or as a whole"),
        (stats.bad_checksums, "with a checksum that does not hold"),
        (stats.out_of_sequence, "whose address does not fit the lines around"),
        (stats.stray, "that lie apart from the rest"),
        (stats.without_place, "of which nothing tells where they belong"),
    ];
    let reasons = reasons.into_iter().filter(|(lines, _)| *lines > 0);
    let told: Vec<String> = reasons.map(|(lines, why)| format!("{} {why}", count(lines))).collect();
    (!told.is_empty()).then(|| enumerate(told.into_iter()))
}

fn doubtful(stats: &Stats) -> Option<String> {
    let kinds = [
        (stats.conflicts, "read twice with different values"),
        (stats.ascii_mismatches, "that the ASCII column contradicts"),
    ];
    let told: Vec<String> = kinds
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", bytes(number)))
        .collect();
    (!told.is_empty()).then(|| enumerate(told.into_iter()))
}

fn order_in_words(order: WordOrder) -> String {
    let WordOrder { little_endian, swapped, typed, by_neighbours, unsettled } = order;
    let by_column = match (little_endian, swapped) {
        (0, 0) => "no ASCII column shows the order of their bytes".to_owned(),
        (lines, 0) => format!("little-endian, as the ASCII column of {} shows", plural(lines, "line")),
        (0, lines) => format!("in the order of the memory, as the ASCII column of {} shows", plural(lines, "line")),
        (little_endian, swapped) => format!(
            "the ASCII column shows both orders: {} little-endian, {} in the order of the memory",
            plural(little_endian, "line"),
            count(swapped)
        ),
    };
    let neighbours = match by_neighbours {
        0 => String::new(),
        lines => format!("; {} whose column leaves it open follow those beside them", plural(lines, "line")),
    };
    let by_command = match typed {
        0 => String::new(),
        lines => format!("; of {} the command tells it that was typed", plural(lines, "line")),
    };
    let guessed = match unsettled {
        0 => String::new(),
        lines => format!("; of {} the order is a guess", plural(lines, "line")),
    };
    format!("{by_column}{neighbours}{by_command}{guessed}")
}

/// How it is known where the image lies, unless the lines say it themselves.
fn where_it_lies(capture: &Capture) -> Option<String> {
    let counted = match capture.addresses {
        Addresses::Printed => return None,
        Addresses::Offsets { first } => {
            format!(
                "the numbers count from the start of a file, and the first is {}",
                Offset(usize::try_from(first).unwrap_or(0))
            )
        }
        Addresses::None => "the lines have none, so that a lost line would not show".to_owned(),
    };
    Some(match capture.image.address() {
        Some(address) => format!("{counted}; what is in it proves that it lies at {address}"),
        None => format!("{counted}; nothing tells where in the flash it lies"),
    })
}

fn taken_out(from_text: &TakenOut) -> Option<String> {
    let kinds = [
        (from_text.nuls, "NUL"),
        (from_text.escapes, "escape sequence"),
        (from_text.backspaces, "backspace"),
        (from_text.timestamps, "timestamp"),
    ];
    let encoding = from_text.encoding.map(|encoding| format!("the second byte of each character ({encoding})"));
    let counts = kinds.into_iter().filter(|(number, _)| *number > 0).map(|(number, what)| plural(number, what));
    let told: Vec<String> = encoding.into_iter().chain(counts).collect();
    (!told.is_empty()).then(|| enumerate(told.into_iter()))
}

/// Stretches by their addresses, if these are known, the first of them one by one.
fn places(spans: &[Span], start: Option<FlashAddr>) -> String {
    let named = spans.iter().take(MAX_SPANS).map(|span| match start {
        Some(start) => {
            let address = |offset: usize| start.checked_add(offset).unwrap_or(FlashAddr(u32::MAX));
            format!("{}..{}", address(span.start()), address(span.end()))
        }
        None => span.to_string(),
    });
    let more = spans.len().saturating_sub(MAX_SPANS);
    let rest = if more > 0 { vec![format!("{} more", count(more))] } else { Vec::new() };
    enumerate(named.chain(rest))
}
