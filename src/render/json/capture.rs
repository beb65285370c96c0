//! The image that the text of a capture shows, and how the text was read.

use serde::Serialize;

use super::RegionView;
use crate::capture::{Addresses, Capture, Dialect, Stats, TakenOut, WordOrder, Writer};
use crate::image::{FlashAddr, Offset, Span, SpanSet};
use crate::map::Kind;

#[derive(Debug, Serialize)]
pub(super) struct Decoded<'a> {
    size: usize,
    kind: Kind,
    writer: Writer,
    dialects: Vec<Dialect>,
    /// How many lines of each dialect.
    dialect_lines: Vec<DialectLines>,
    /// What the numbers in front of lines say.
    addresses: Addresses,
    stats: Stats,
    /// What a line gave, known or not.
    ranges: Vec<Range>,
    gaps: Vec<Range>,
    /// Bytes that were read twice with different values.
    conflicts: Vec<Range>,
    /// Bytes whose digits and ASCII column contradict each other.
    contradicted: Vec<Range>,
    #[serde(skip_serializing_if = "Option::is_none")]
    word_order: Option<WordOrder>,
    /// What was taken out of the text before it was read.
    taken_out: TakenOut,
    regions: Vec<RegionView<'a>>,
}

#[derive(Debug, Serialize)]
struct DialectLines {
    dialect: Dialect,
    lines: usize,
}

/// A stretch of a decoded image, and the flash address of its first byte if that is known.
#[derive(Debug, Serialize)]
struct Range {
    start: usize,
    end: usize,
    address: Option<FlashAddr>,
}

impl<'a> Decoded<'a> {
    pub(super) fn of(capture: &Capture, kind: Kind, regions: Vec<RegionView<'a>>) -> Self {
        let image = &capture.image;
        let range = |span: Span| {
            let address = image.address_of(Offset(span.start()));
            Range { start: span.start(), end: span.end(), address }
        };
        let ranges = |spans: &SpanSet| spans.iter().map(range).collect();
        let lines = capture.dialects.iter().map(|(dialect, lines)| DialectLines { dialect: *dialect, lines: *lines });
        Self {
            size: image.len(),
            kind,
            writer: capture.writer,
            dialects: capture.dialects.iter().map(|(dialect, _)| *dialect).collect(),
            dialect_lines: lines.collect(),
            addresses: capture.addresses,
            stats: capture.stats,
            ranges: ranges(&capture.captured),
            gaps: capture.captured.gaps_in(image.span()).into_iter().map(range).collect(),
            conflicts: ranges(&capture.conflicts),
            contradicted: ranges(&capture.contradicted),
            word_order: capture.word_order,
            taken_out: capture.taken_out,
            regions,
        }
    }
}
