//! Where captures lie among others if their lines do not tell: where what they show is shown by another.

use std::collections::HashSet;

use memchr::memmem;

use super::group::SAME_MEMORY_SHARE;
use crate::capture::Capture;
use crate::capture::merge::agreement;
use crate::image::{FlashAddr, Span};

/// A capture is looked for by this many stretches of it.
const PROBES: usize = 32;

const PROBE_BYTES: usize = 64;

/// Stretches with fewer different bytes are found in many places.
const PROBE_MIN_VALUES: usize = 16;

/// So many stretches must lie in the same way, and none in another.
const AGREEING_MIN: usize = 3;

/// Captures that share fewer bytes say nothing about each other.
pub(super) const SHARED_MIN_BYTES: usize = 0x200;

/// The address that the first byte of `capture`, which has none, has among what `other` shows; `None` if nothing proves
/// one. Takes time in proportion to the bytes of `other`.
pub(super) fn locate(capture: &Capture, (other, other_at): (&Capture, FlashAddr)) -> Option<FlashAddr> {
    let places: HashSet<u32> = probes(capture).filter_map(|probe| place_of(capture, probe, other, other_at)).collect();
    let found = probes(capture).filter(|probe| place_of(capture, *probe, other, other_at).is_some()).count();
    let mut places = places.into_iter();
    let (Some(place), None) = (places.next().map(FlashAddr), places.next()) else { return None };
    let (alike, both) = agreement((capture, place), (other, other_at));
    let is_same = both >= SHARED_MIN_BYTES && both - alike <= both / SAME_MEMORY_SHARE;
    (found >= AGREEING_MIN && is_same).then_some(place)
}

/// Stretches of a capture that are like no other, as even over it as its bytes allow.
fn probes(capture: &Capture) -> impl Iterator<Item = Span> {
    let step = (capture.image.len() / PROBES).max(PROBE_BYTES);
    let all = (0..capture.image.len()).step_by(step).map(|start| Span::at(start, PROBE_BYTES));
    all.filter(|span| {
        let values: HashSet<u8> = span.of(&capture.image).iter().copied().collect();
        capture.image.known().encloses(*span) && values.len() >= PROBE_MIN_VALUES
    })
}

/// Where the first byte of a capture lies, by where a stretch of it is found: once and no more.
fn place_of(capture: &Capture, probe: Span, other: &Capture, other_at: FlashAddr) -> Option<u32> {
    let mut found = memmem::find_iter(&other.image, probe.of(&capture.image));
    let (Some(at), None) = (found.next(), found.next()) else { return None };
    other_at.checked_add(at)?.0.checked_sub(u32::try_from(probe.start()).ok()?)
}
