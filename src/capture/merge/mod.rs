//! Several captures of one memory -> one image: every byte where its address says, and where they disagree, the value
//! that more speaks for.
//!
//! A serial line changes a character here and loses one there, each time elsewhere. So a value that two captures give
//! alike is right but for a wonder, and one capture's damage is made up for by another. What speaks for a value, and
//! how much, stands in `vote`. Where nothing speaks for one value more than for another, the byte is not known.
//!
//! Takes time and memory in proportion to the captured bytes, whatever they are.

mod outliers;
mod readings;
#[cfg(test)]
pub(crate) mod tests;
mod vote;

use serde::Serialize;

pub(crate) use super::line::shown;
pub use outliers::Outliers;
pub(crate) use readings::Readings;

use super::Capture;
use crate::image::{FlashAddr, Image, Span, SpanSet};
use readings::{Backing, Piece};
use vote::{Ballot, Reading};

/// What is held of a byte of a merged image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Standing {
    /// Nothing was read.
    Missing = 0,
    /// Several readings that do not depend on each other gave this value, and nothing else was read.
    Alike = 1,
    /// It was read once, and its line's ASCII column fits.
    Once = 2,
    /// It was read once, from a line whose ASCII column is not there or not whole.
    OnceBare = 3,
    /// Other values were read as well, but less speaks for them.
    Outvoted = 4,
    /// Nothing speaks for one value more than for another.
    Tied = 5,
}

/// How many bytes stand how; together they are the bytes of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    /// Read several times alike.
    pub alike: usize,
    /// Read once, confirmed by the ASCII column.
    pub once: usize,
    /// Read once, without an ASCII column.
    pub once_without_column: usize,
    /// Read differently, and decided by the better evidence.
    pub outvoted: usize,
    /// Read differently, or contradicted by the ASCII column, and not decided: not known.
    pub tied: usize,
    /// Not read.
    pub missing: usize,
}

/// A byte for which more than one value was read or shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contested {
    /// Where it lies in the image.
    pub offset: usize,
    /// Whether the better evidence decided it.
    pub is_decided: bool,
    /// The values that lines give in hex and that ASCII columns show, the likeliest first; no value twice.
    pub values: Vec<u8>,
    /// A hex value and the character that the same line's ASCII column contradicts it with.
    pub contradiction: Option<(u8, u8)>,
}

/// Which bytes of a merged image one capture gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Share {
    /// What its own image gave.
    pub own: SpanSet,
    /// What the page gave that it carries over from another image.
    pub carried: SpanSet,
}

/// At most this many contested bytes are listed; all of them are counted.
pub const CONTESTED_MAX: usize = 4096;

/// Several captures as one image.
#[derive(Debug)]
pub struct Merged {
    /// The bytes from the lowest to the highest address; known are those of which one value was decided.
    pub image: Image,
    /// A [`Standing`] for each byte.
    pub standing: Vec<Standing>,
    /// Contested bytes in rising order, at most [`CONTESTED_MAX`] of the tied and as many of the decided ones.
    pub contested: Vec<Contested>,
    /// What each capture gave, in the order of the captures.
    pub shares: Vec<Share>,
    /// What was left out.
    pub outliers: Outliers,
}

impl Merged {
    /// How many bytes of `span` stand how.
    pub fn tally(&self, span: Span) -> Tally {
        let mut tally = Tally::default();
        let standing = self.standing.get(span.start().min(span.end())..span.end().min(self.standing.len()));
        for standing in standing.unwrap_or_default() {
            let count = match standing {
                Standing::Missing => &mut tally.missing,
                Standing::Alike => &mut tally.alike,
                Standing::Once => &mut tally.once,
                Standing::OnceBare => &mut tally.once_without_column,
                Standing::Outvoted => &mut tally.outvoted,
                Standing::Tied => &mut tally.tied,
            };
            *count = count.saturating_add(1);
        }
        tally
    }
}

/// Merges captures of the same memory. Whether they are, the caller has to know.
pub fn merge(captures: &[&Capture]) -> Merged {
    let at_home: Vec<(&Capture, FlashAddr)> =
        captures.iter().map(|capture| (*capture, capture.first_number())).collect();
    merge_at(&at_home)
}

/// Merges captures of the same memory, each with the address that its first byte has among the others. The image has an
/// address if one of the captures has one.
pub fn merge_at(captures: &[(&Capture, FlashAddr)]) -> Merged {
    let mut layers = layers(captures);
    let ends = captures.iter().filter_map(|(capture, address)| capture.readings.end(*address));
    let outliers = Outliers::take_out(&mut layers, ends.collect());
    let Some(first) = layers.first() else { return Merged::empty(captures.len(), outliers) };
    let origin = first.piece.address;
    let end = layers.iter().map(Layer::end).max().unwrap_or(0);
    let len = usize::try_from(end.saturating_sub(u64::from(origin))).unwrap_or(0);
    let is_placed = captures.iter().any(|(capture, _)| capture.image.address().is_some());
    let mut merge = Merge::new(origin, is_placed, len, captures.len());
    merge.sweep(layers);
    merge.finish(outliers)
}

/// Of the bytes that both captures know from lines of their own, each with the address that its first byte would have, how
/// many are the same, and how many there are. What a `*` stands for multiplies one wrong digit.
pub fn agreement((one, start): (&Capture, FlashAddr), (other, other_start): (&Capture, FlashAddr)) -> (usize, usize) {
    let (mut alike, mut both) = (0_usize, 0_usize);
    let theirs_shown = other.shown();
    for known in one.shown().iter() {
        let Some(address) = start.checked_add(known.start()) else { continue };
        // the same stretch, counted in the other image; `cut` bytes of it lie before that
        let cut = other_start.bytes_since(address).unwrap_or(0).min(known.len());
        let from = address.bytes_since(other_start).unwrap_or(0);
        let there = Span::at(from, known.len().saturating_sub(cut));
        for shared in theirs_shown.overlapping(there) {
            let skipped = cut.saturating_add(shared.start().saturating_sub(from));
            let here = Span::at(known.start().saturating_add(skipped), shared.len());
            let (mine, theirs) = (here.of(&one.image), shared.of(&other.image));
            both = both.saturating_add(shared.len());
            alike = alike.saturating_add(if mine == theirs {
                shared.len()
            } else {
                mine.iter().zip(theirs).filter(|(mine, theirs)| mine == theirs).count()
            });
        }
    }
    (alike, both)
}

/// A piece of one capture, with its bytes.
#[derive(Debug, Clone, Copy)]
struct Layer<'c> {
    source: usize,
    piece: Piece,
    bytes: &'c [u8],
}

impl Layer<'_> {
    /// Takes off what lies behind `end`.
    fn cut(&mut self, end: u64) {
        self.bytes = self.bytes.get(..self.at(end)).unwrap_or(self.bytes);
    }

    /// Those of its bytes that lie at `len` addresses from `from` on.
    fn bytes_at(&self, from: u64, len: usize) -> &[u8] {
        Span::at(self.at(from), len).of(self.bytes)
    }

    fn end(&self) -> u64 {
        u64::from(self.piece.address).saturating_add(self.bytes.len() as u64)
    }

    /// The addresses of its bytes.
    fn addresses(&self) -> Span {
        Span::at(usize::try_from(self.piece.address).unwrap_or(usize::MAX), self.bytes.len())
    }

    /// How far into the layer `address` lies.
    fn at(&self, address: u64) -> usize {
        usize::try_from(address.saturating_sub(u64::from(self.piece.address))).unwrap_or(usize::MAX)
    }
}

/// All pieces of all captures by their addresses.
fn layers<'c>(captures: &[(&'c Capture, FlashAddr)]) -> Vec<Layer<'c>> {
    let of_each = captures.iter().enumerate();
    let mut layers: Vec<Layer<'c>> = of_each
        .flat_map(|(source, (capture, address))| {
            let moved = address.0.wrapping_sub(capture.first_number().0);
            let pieces = capture.readings.pieces(&capture.image);
            pieces.map(move |(piece, bytes)| {
                let piece = Piece { address: piece.address.wrapping_add(moved), ..piece };
                Layer { source, piece, bytes }
            })
        })
        .filter(|layer| !layer.bytes.is_empty())
        .collect();
    layers.sort_by_key(|layer| layer.piece.address);
    if layers.iter().any(|layer| layer.piece.is_carried) {
        let own = layers.iter().filter(|layer| !layer.piece.is_carried);
        let own: SpanSet = own.map(Layer::addresses).collect();
        layers.retain(|layer| !layer.piece.is_carried || is_joined(layer, &own));
    }
    layers
}

/// Whether a page that was carried over from another image lies in or beside what captures show themselves: without that
/// image it belongs to nothing here.
fn is_joined(page: &Layer<'_>, own: &SpanSet) -> bool {
    let page = page.addresses();
    own.overlapping(Span::new(page.start().saturating_sub(1), page.end().saturating_add(1))).next().is_some()
}

/// Bytes are compared in stretches of this many first.
const COMPARED_AT_ONCE: usize = 256;

/// A merged image in the making.
struct Merge {
    origin: u32,
    /// Whether the origin is an address.
    is_placed: bool,
    bytes: Vec<u8>,
    standing: Vec<Standing>,
    contested: Vec<Contested>,
    listed_tied: usize,
    listed_decided: usize,
    shares: Vec<Share>,
    ballot: Ballot,
}

impl Merge {
    fn new(origin: u32, is_placed: bool, len: usize, sources: usize) -> Self {
        Self {
            origin,
            is_placed,
            bytes: vec![0xFF; len],
            standing: vec![Standing::Missing; len],
            contested: Vec::new(),
            listed_tied: 0,
            listed_decided: 0,
            shares: vec![Share::default(); sources],
            ballot: Ballot::new(),
        }
    }

    /// Goes through the addresses, from each place where a layer starts or ends to the next.
    fn sweep(&mut self, layers: Vec<Layer<'_>>) {
        for layer in &layers {
            let span = Span::at(self.offset(u64::from(layer.piece.address)), layer.bytes.len());
            if let Some(share) = self.shares.get_mut(layer.source) {
                if layer.piece.is_carried { share.carried.insert(span) } else { share.own.insert(span) }
            }
        }
        let mut waiting = layers.into_iter().peekable();
        let mut active: Vec<Layer<'_>> = Vec::new();
        let mut at = 0_u64;
        loop {
            if active.is_empty() {
                let Some(next) = waiting.peek() else { return };
                at = u64::from(next.piece.address);
            }
            while let Some(layer) = waiting.next_if(|layer| u64::from(layer.piece.address) <= at) {
                active.push(layer);
            }
            let next_start = waiting.peek().map_or(u64::MAX, |layer| u64::from(layer.piece.address));
            let stop = active.iter().map(Layer::end).min().unwrap_or(u64::MAX).min(next_start);
            at = self.stretch(at, stop, &mut active);
            active.retain(|layer| layer.end() > at);
        }
    }

    fn offset(&self, address: u64) -> usize {
        usize::try_from(address.saturating_sub(u64::from(self.origin))).unwrap_or(usize::MAX)
    }

    /// Settles the bytes from `from` up to `to`, which all `active` layers have, and tells how far it came: where
    /// layers are cut, fewer are to be asked.
    fn stretch(&mut self, from: u64, to: u64, active: &mut [Layer<'_>]) -> u64 {
        let len = usize::try_from(to.saturating_sub(from)).unwrap_or(0);
        let of = |layer: &Layer<'_>, span: Span| span.shifted(layer.at(from));
        let is_sound = active.iter().all(|layer| !matches!(layer.piece.backing, Backing::Contradicted(_)));
        let standing = standing_of_alike(active, from);
        let mut done = 0;
        while done < len {
            let span = Span::new(done, done.saturating_add(COMPARED_AT_ONCE).min(len));
            let Some((first, others)) = active.split_first() else { break };
            let ours = of(first, span).of(first.bytes);
            if is_sound && others.iter().all(|layer| of(layer, span).of(layer.bytes) == ours) {
                self.settle(span.shifted(self.offset(from)), ours, standing);
            } else {
                let start = from.saturating_add(done as u64);
                if outliers::cut_contradicted(active, start, span.len()) {
                    return start;
                }
                (span.start()..span.end()).for_each(|place| self.vote(from, place, active, standing));
            }
            done = span.end();
        }
        to
    }

    fn settle(&mut self, span: Span, bytes: &[u8], standing: Standing) {
        if let Some(place) = self.bytes.get_mut(span.start()..span.end()) {
            place.copy_from_slice(bytes);
        }
        if let Some(place) = self.standing.get_mut(span.start()..span.end()) {
            place.fill(standing);
        }
    }

    /// Settles one byte that the layers may have differently. `alike` is its standing if they do not.
    fn vote(&mut self, from: u64, place: usize, active: &[Layer<'_>], alike: Standing) {
        let offset = self.offset(from).saturating_add(place);
        let readings = active.iter().filter_map(|layer| {
            let at = layer.at(from).saturating_add(place);
            Some(Reading {
                value: *layer.bytes.get(at)?,
                backing: layer.piece.backing,
                source: layer.source,
                text_order: layer.piece.bytes.start().saturating_add(at),
            })
        });
        let outcome = self.ballot.count(readings, alike);
        self.settle(Span::at(offset, 1), &[outcome.value], outcome.standing);
        let is_decided = outcome.standing != Standing::Tied;
        let listed = if is_decided { &mut self.listed_decided } else { &mut self.listed_tied };
        let is_contested = outcome.values.len() > 1 || !is_decided;
        if is_contested && *listed < CONTESTED_MAX {
            *listed = listed.saturating_add(1);
            let (values, contradiction) = (outcome.values, outcome.contradiction);
            self.contested.push(Contested { offset, is_decided, values, contradiction });
        }
    }

    fn finish(self, outliers: Outliers) -> Merged {
        let mut known = SpanSet::default();
        let mut at = 0_usize;
        for same in self.standing.chunk_by(|one, other| is_known(*one) == is_known(*other)) {
            let span = Span::at(at, same.len());
            if same.first().copied().is_some_and(is_known) {
                known.insert(span);
            }
            at = span.end();
        }
        Merged {
            image: Image::with_holes(self.bytes, self.is_placed.then_some(FlashAddr(self.origin)), known),
            standing: self.standing,
            contested: self.contested,
            shares: self.shares,
            outliers,
        }
    }
}

impl Merged {
    fn empty(sources: usize, outliers: Outliers) -> Self {
        Self {
            image: Image::new(Vec::new(), None),
            standing: Vec::new(),
            contested: Vec::new(),
            shares: vec![Share::default(); sources],
            outliers,
        }
    }
}

const fn is_known(standing: Standing) -> bool {
    !matches!(standing, Standing::Missing | Standing::Tied)
}

/// The standing of a byte that all of these layers give alike.
fn standing_of_alike(layers: &[Layer<'_>], from: u64) -> Standing {
    let sound = layers.iter().filter(|layer| !matches!(layer.piece.backing, Backing::Contradicted(_)));
    let readings = sound.clone().map(|layer| (layer.source, layer.piece.bytes.start().saturating_add(layer.at(from))));
    if vote::independent(readings.collect()) > 1 {
        return Standing::Alike;
    }
    match sound.map(|layer| layer.piece.backing).max() {
        Some(Backing::Column) => Standing::Once,
        Some(_) => Standing::OnceBare,
        None => Standing::Tied,
    }
}
