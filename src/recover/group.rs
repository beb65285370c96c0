//! Which captures show one memory, and where each of them lies in it.

use super::locate::{SHARED_MIN_BYTES, locate};
use crate::capture::Capture;
use crate::capture::merge::agreement;
use crate::image::FlashAddr;

/// Captures that differ in more than one of so many bytes are not of the same memory: even a bad serial line changes
/// no more than one character in some hundred without the line's form telling.
pub(super) const SAME_MEMORY_SHARE: usize = 16;

/// Where captures share a line or two, so many differing bytes say nothing.
const FEW_BYTES: usize = 2;

/// So many pairs of captures that share something tell whether all of them are of one memory.
const COMPARED_MAX: usize = 4;

/// A capture of a set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed<'s> {
    /// Its place in the set.
    pub source: usize,
    pub capture: &'s Capture,
    /// Where its first byte lies among those of the others of its memory.
    pub at: FlashAddr,
}

impl<'s> Placed<'s> {
    /// A capture where its own lines place it.
    pub fn new(source: usize, capture: &'s Capture) -> Self {
        Self { source, capture, at: capture.first_number() }
    }

    fn has_address(&self) -> bool {
        self.capture.image.address().is_some()
    }

    fn is_in_flash(&self) -> bool {
        self.capture.image.address().is_some_and(FlashAddr::is_in_flash)
    }
}

/// How captures relate to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    /// What they share is the same, but for a bad serial line.
    Same,
    /// They show other bytes at the same addresses, or addresses that mean something else.
    Other,
    /// They are of the flash and share nothing.
    Apart,
}

/// Puts captures together that show one memory, in whatever order they come. The flash is one memory also for captures
/// that share nothing, unless some of them are of another camera: then nothing tells to which of them the rest belongs.
/// Elsewhere an address alone says little.
///
/// A capture without addresses belongs to others only if what it shows proves it: then it lies where they show the same.
pub(super) fn of_one_memory<'s>(captures: impl Iterator<Item = Placed<'s>>) -> Vec<Vec<Placed<'s>>> {
    let (with_address, without): (Vec<_>, Vec<_>) = captures.partition(Placed::has_address);
    let (of_flash, mut groups): (Vec<_>, Vec<_>) =
        that_share_bytes(with_address).into_iter().partition(|group| group.iter().all(Placed::is_in_flash));
    let is_contradicted = of_flash
        .iter()
        .enumerate()
        .any(|(at, group)| of_flash.iter().skip(at + 1).any(|other| relation(group, other) == Relation::Other));
    match is_contradicted {
        true => groups.extend(of_flash),
        false => groups.push(of_flash.into_iter().flatten().collect()),
    }
    for mut lost in that_share_bytes(without) {
        let home = groups.iter_mut().find_map(|group| {
            let pairs = lost.iter().flat_map(|one| group.iter().map(move |other| (one, other)));
            let moved = pairs.take(COMPARED_MAX).find_map(|(one, other)| {
                let at = locate(one.capture, (other.capture, other.at))?;
                Some(at.0.wrapping_sub(one.at.0))
            })?;
            Some((group, moved))
        });
        match home {
            Some((group, moved)) => {
                lost.iter_mut().for_each(|placed| placed.at = FlashAddr(placed.at.0.wrapping_add(moved)));
                group.extend(lost);
            }
            None => groups.push(lost),
        }
    }
    groups.iter_mut().for_each(|group| group.sort_by_key(|placed| placed.source));
    groups.retain(|group| !group.is_empty());
    groups
}

/// Groups of captures that have bytes at the same addresses, or offsets, and the same ones.
fn that_share_bytes(captures: Vec<Placed<'_>>) -> Vec<Vec<Placed<'_>>> {
    let mut groups: Vec<Vec<Placed<'_>>> = Vec::new();
    for capture in captures {
        let (same, mut rest): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| relation(&[capture], group) == Relation::Same);
        rest.push(same.into_iter().flatten().chain([capture]).collect());
        groups = rest;
    }
    groups
}

fn relation(some: &[Placed<'_>], others: &[Placed<'_>]) -> Relation {
    let pairs = some.iter().flat_map(|one| others.iter().map(move |other| (one, other)));
    let shared = pairs.map(|(one, other)| agreement((one.capture, one.at), (other.capture, other.at)));
    let shared = shared.filter(|(_, both)| *both > 0);
    let (alike, both) = shared.take(COMPARED_MAX).fold((0, 0), |(alike, both), (a, b)| (alike + a, both + b));
    let mut all = some.iter().chain(others);
    if both == 0 {
        return if all.all(Placed::is_in_flash) { Relation::Apart } else { Relation::Other };
    }
    // every file has something at its first offsets
    let is_enough = both >= SHARED_MIN_BYTES || all.all(Placed::has_address);
    let is_alike = both - alike <= both / SAME_MEMORY_SHARE + FEW_BYTES;
    if is_enough && is_alike { Relation::Same } else { Relation::Other }
}
