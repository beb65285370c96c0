//! What is taken out before votes are counted: it stands where nothing of the kind can be.

use super::Layer;
use super::readings::Backing;
use crate::capture::line::LINE_BYTES;
use crate::image::{FlashAddr, PAGE_BYTES};

/// What was left out of a merge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outliers {
    /// Addresses of lines that stand all alone, as a line does whose address was changed on the way.
    pub strays: Vec<FlashAddr>,
    /// Where the captures end, and how many bytes a `*` of one of them stands for behind that.
    pub overlong: Option<(FlashAddr, usize)>,
}

impl Outliers {
    /// Takes them out. `ends` are those of the captures that tell where they end.
    pub(super) fn take_out(layers: &mut Vec<Layer<'_>>, ends: Vec<u64>) -> Self {
        let is_single = layers.iter().all(|layer| layer.source == 0);
        if is_single {
            return Self::default();
        }
        Self { strays: take_out_strays(layers), overlong: cut_overlong(layers, ends) }
    }
}

/// Takes out what is no more than a line, comes from one capture alone and lies more than a page from everything
/// else: a line whose address was changed.
fn take_out_strays(layers: &mut Vec<Layer<'_>>) -> Vec<FlashAddr> {
    let mut islands: Vec<(u64, u64, usize, bool)> = Vec::new();
    for layer in layers.iter() {
        let (start, end) = (u64::from(layer.piece.address), layer.end());
        match islands.last_mut() {
            Some((_, behind, source, is_shared)) if start.saturating_sub(*behind) <= PAGE_BYTES as u64 => {
                *behind = end.max(*behind);
                *is_shared |= *source != layer.source;
            }
            _ => islands.push((start, end, layer.source, false)),
        }
    }
    if islands.len() < 2 {
        return Vec::new();
    }
    let is_stray = |start: u64, end: u64, is_shared: bool| !is_shared && end.saturating_sub(start) <= LINE_BYTES as u64;
    islands.retain(|(start, end, _, is_shared)| is_stray(*start, *end, *is_shared));
    layers.retain(|layer| {
        let address = u64::from(layer.piece.address);
        let behind = islands.partition_point(|(start, ..)| *start <= address);
        let island = behind.checked_sub(1).and_then(|at| islands.get(at));
        island.is_none_or(|(_, end, ..)| address >= *end)
    });
    islands.iter().filter_map(|(start, ..)| u32::try_from(*start).ok()).map(FlashAddr).collect()
}

/// Cuts off what a `*` puts in behind the place where more captures end alike than anywhere else: the number on the line
/// behind that `*`, which tells how long all is, was changed. Lines of their own behind that place speak for it.
fn cut_overlong(layers: &mut Vec<Layer<'_>>, mut ends: Vec<u64>) -> Option<(FlashAddr, usize)> {
    ends.sort_unstable();
    // of those told as often the first
    let alike = ends.chunk_by(|one, other| one == other).rev().max_by_key(|same| same.len());
    let &[end, _, ..] = alike? else { return None };
    let address = FlashAddr(u32::try_from(end).ok()?);
    let behind = layers.iter().filter(|layer| layer.end() > end);
    if behind.clone().any(|layer| layer.piece.backing != Backing::Squeezed) {
        return None;
    }
    let last = behind.map(Layer::end).max()?;
    layers.iter_mut().for_each(|layer| layer.cut(end));
    layers.retain(|layer| !layer.bytes.is_empty());
    Some((address, usize::try_from(last.saturating_sub(end)).ok()?))
}

/// So many layers tell whether another is right.
const ASKED_MAX: usize = 8;

/// Bytes that a line may have changed; more, and it is another line.
const CHANGED_MAX: usize = 2;

/// Cuts what a `*` puts in off at the first line that another layer shows to be a different one: the line that was repeated
/// is lost, or the address behind it is changed, and from there on the `*` says nothing. Looks at `len` addresses from `from`
/// on; tells whether something was cut.
pub(super) fn cut_contradicted(layers: &mut [Layer<'_>], from: u64, len: usize) -> bool {
    let is_squeezed = |layer: &Layer<'_>| layer.piece.backing == Backing::Squeezed;
    let is_shown = |layer: &&Layer<'_>| layer.piece.backing > Backing::Squeezed;
    if !layers.iter().any(is_squeezed) {
        return false;
    }
    let shown: Vec<Layer<'_>> = layers.iter().filter(is_shown).take(ASKED_MAX).copied().collect();
    let mut is_cut = false;
    for layer in layers.iter_mut().filter(|layer| is_squeezed(layer)) {
        let in_line = layer.at(from) % LINE_BYTES;
        let first = from.saturating_sub(in_line as u64);
        let mut lines = (0..len.saturating_add(in_line)).step_by(LINE_BYTES).map(|at| first.saturating_add(at as u64));
        let is_other = |line: u64| shown.iter().any(|shown| differing(layer, shown, line) > CHANGED_MAX);
        if let Some(line) = lines.find(|line| is_other(*line)) {
            layer.cut(line);
            is_cut = true;
        }
    }
    is_cut
}

/// How many bytes of a line two layers show differently.
fn differing(one: &Layer<'_>, other: &Layer<'_>, line: u64) -> usize {
    let from = line.max(u64::from(one.piece.address)).max(u64::from(other.piece.address));
    let len = LINE_BYTES.saturating_sub(usize::try_from(from.saturating_sub(line)).unwrap_or(LINE_BYTES));
    let pairs = one.bytes_at(from, len).iter().zip(other.bytes_at(from, len));
    pairs.filter(|(one, other)| one != other).count()
}
