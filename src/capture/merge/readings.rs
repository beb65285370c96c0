//! What every line of one capture says, kept for a merge.

use super::super::evidence::{Doubt, Evidence, Run};
use super::super::line::LINE_BYTES;
use crate::image::{FlashAddr, Image, Span};

/// How well a line stands for the bytes that it shows, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Backing {
    /// The ASCII column of the line contradicts this byte; it shows this character for it.
    Contradicted(u8),
    /// No line of its own shows this byte: a `*` stands for lines like the one before it. A line that is lost in front of
    /// it, or an address that is changed behind it, makes many such bytes wrong at once.
    Squeezed,
    /// Only the line's first half is there.
    Half,
    /// The line is there, its ASCII column is not or not wholly.
    NoColumn,
    /// The ASCII column fits.
    Column,
}

/// Bytes whose addresses follow on each other and for which the same speaks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    /// The address of the first byte.
    pub address: u32,
    /// Where its bytes are among those of the capture.
    pub bytes: Span,
    pub backing: Backing,
    /// Whether it belongs to the page that was carried over from another image.
    pub is_carried: bool,
}

/// What the lines of a capture say, as far as they are believed to be in their place. Memory: one byte for each
/// byte that was read, unless the image has the very same bytes, and a [`Piece`] for each damage.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    /// The bytes in the order of the text; empty if those of the image are the same.
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
    /// Bytes from the image's first one to where it is meant to end, if its lines tell that.
    told_len: Option<usize>,
}

impl Readings {
    /// Keeps what the runs of a carried page and of the image say. `told_len` is how long the image is meant to be, if
    /// that is told.
    pub(in super::super) fn new(carried: &[Run], chosen: &[Run], told_len: Option<usize>, evidence: Evidence) -> Self {
        let mut pieces = Vec::new();
        carried.iter().for_each(|run| split(run, true, &evidence, &mut pieces));
        chosen.iter().for_each(|run| split(run, false, &evidence, &mut pieces));
        Self { bytes: evidence.bytes, pieces, told_len }
    }

    /// Moves all pieces by so many addresses.
    pub(in super::super) fn move_by(&mut self, bytes: u32) {
        self.pieces.iter_mut().for_each(|piece| piece.address = piece.address.wrapping_add(bytes));
    }

    /// Where the image whose first byte lies at `address` is meant to end.
    pub(super) fn end(&self, address: FlashAddr) -> Option<u64> {
        self.told_len.map(|len| u64::from(address.0).saturating_add(len as u64))
    }

    /// The bytes that no line of their own shows, but a `*`, counted from the address of the image's first one.
    pub(in super::super) fn squeezed(&self, first: FlashAddr) -> impl Iterator<Item = Span> {
        let squeezed = self.pieces.iter().filter(|piece| piece.backing == Backing::Squeezed);
        squeezed
            .filter_map(move |piece| Some(Span::at(FlashAddr(piece.address).bytes_since(first)?, piece.bytes.len())))
    }

    /// The pieces in rising order of their addresses within the carried page and within the image, each with its
    /// bytes. `image` is the one of the same capture.
    pub(super) fn pieces<'c>(&'c self, image: &'c Image) -> impl Iterator<Item = (Piece, &'c [u8])> {
        let bytes = if self.bytes.is_empty() { image } else { self.bytes.as_slice() };
        self.pieces.iter().map(move |piece| (*piece, piece.bytes.of(bytes)))
    }
}

/// Splits a run where what speaks for its bytes changes.
fn split(run: &Run, is_carried: bool, evidence: &Evidence, pieces: &mut Vec<Piece>) {
    let whole = Span::at(run.start, run.len);
    let address_of = |at: usize| run.address.saturating_add(u32::try_from(at.saturating_sub(run.start)).unwrap_or(0));
    let mut push = |bytes: Span, backing: Backing| {
        if !bytes.is_empty() {
            pieces.push(Piece { address: address_of(bytes.start()), bytes, backing, is_carried });
        }
    };
    // a half line ends its run
    let half_from = whole.end().saturating_sub(run.cut_bytes());

    let mut marks: Vec<(Span, Backing)> = Vec::new();
    marks.extend(evidence.unconfirmed.overlapping(whole).map(|span| (span, Backing::NoColumn)));
    marks.extend(evidence.put_in.overlapping(whole).map(|span| (span, Backing::Squeezed)));
    let first = evidence.doubts.partition_point(|doubt| doubt.start < whole.start());
    let doubts = evidence.doubts.get(first..).unwrap_or_default().iter().take_while(|doubt| doubt.start < whole.end());
    marks.extend(doubts.flat_map(contradicted));
    marks.sort_by_key(|(span, _)| span.start());
    let mut at = whole.start();
    for (span, backing) in marks {
        let span = Span::new(span.start().max(at), span.end().min(whole.end()));
        if span.is_empty() {
            continue;
        }
        push(Span::new(at, span.start()), Backing::Column);
        let full = Span::new(span.start(), span.end().min(half_from).max(span.start()));
        push(full, backing);
        push(Span::new(full.end(), span.end()), backing.min(Backing::Half));
        at = span.end();
    }
    let sound_end = half_from.max(at);
    push(Span::new(at, sound_end), Backing::Column);
    push(Span::new(sound_end, whole.end()), Backing::Half);
}

/// The bytes of a line that its ASCII column contradicts, with the characters that it shows.
fn contradicted(doubt: &Doubt) -> impl Iterator<Item = (Span, Backing)> {
    let named = (0..LINE_BYTES).zip(doubt.shown).filter(|(place, _)| doubt.names(*place));
    named.map(|(place, shown)| (Span::at(doubt.start.saturating_add(place), 1), Backing::Contradicted(shown)))
}
