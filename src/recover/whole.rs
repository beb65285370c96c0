//! All that captures show of one memory as one image, from the lowest to the highest address.

use super::images::{Origin, images_in};
use super::join::{Recovered, Recovery, filled};
use super::memory::{Memory, memories};
use super::missing::{Missing, behind_the_end, between_captures, cut_pages, names_of, of_empty_files, unknown_in};
use super::proof::{proofs, without_proof};
use super::set::{Set, stem};
use crate::finding::Code;
use crate::image::{Span, SpanSet};
use crate::map::{Region, State};

/// The image that captures show, byte for byte. With holes it comes out only if a `fill` byte may stand in them.
///
/// Captures that are not of one memory come out as one image each.
pub fn whole_captures(set: &Set, fill: Option<u8>) -> Recovery<'_> {
    let mut recovery = Recovery::of(set);
    let memories = memories(set);
    // an empty file takes nothing from what others show
    let is_damage = memories.is_empty();
    recovery.missing.extend(of_empty_files(set).map(|missing| Missing { is_damage, ..missing }));
    let known: SpanSet = memories.iter().flat_map(Memory::known_addresses).collect();
    for memory in memories {
        let proved = proofs(&memory.inspection.regions, memory.image(), &memory.spent);
        let gaps = without_proof(&memory.image().gaps(), &proved);
        let (between, within): (Vec<Span>, Vec<Span>) = gaps.iter().partition(|gap| memory.is_between_captures(**gap));
        recovery.missing.extend(unknown_in(set, &memory, &within, &names_of(set, &memory.sources)));
        recovery.missing.extend(between_captures(set, &memory, &between, &names_of(set, &memory.sources)));
        recovery.told(&memory, set);
        let regions = &memory.inspection.regions;
        recovery.missing.extend(regions.iter().filter_map(|region| behind_the_end(&memory, region, &known)));
        recovery.missing.extend(cut_pages(set, &memory, &known));
        let Some(bytes) = filled(&memory, memory.image().span(), &gaps, fill) else {
            let mut images = images_in(regions, Origin::of(memory.merged.is_some()));
            recovery.has_whole_images_apart |= images.any(|region| region.state.is_whole());
            continue;
        };
        let file_name =
            memory.files(set).next().map_or(String::new(), |source| format!("{}.bin", stem(source.file_name())));
        let (made_from, _) = memory.origin(memory.image().span());
        recovery.images.push(Recovered {
            region: whole_region(set, &memory, &gaps),
            bytes,
            address: memory.inspection.address,
            made_from: set.names(&made_from),
            joined: 0,
            file_name,
            proved,
            tally: memory.merged.as_ref().map(|votes| votes.tally(memory.image().span())),
            holes: gaps,
        });
    }
    recovery
}

/// A memory as one region: what its only image is, or what all of them are together.
fn whole_region(set: &Set, memory: &Memory<'_>, gaps: &[Span]) -> Region {
    let mut told = memory.captures(set).flat_map(|capture| &capture.findings);
    let is_cut = told.any(|finding| finding.code() == Code::CaptureSqueezed);
    let regions = &memory.inspection.regions;
    let told = || regions.iter().filter(|region| !region.kind.is_filler());
    // as images that are written one by one are told: what ends too early is that first, and then has holes
    let state = if told().any(|region| region.state == State::Damaged) {
        State::Damaged
    } else if is_cut || told().any(|region| region.state == State::Truncated) {
        State::Truncated
    } else if !gaps.is_empty() {
        State::Partial
    } else if told().all(|region| region.state == State::Verified) && memory.spent.is_empty() {
        State::Verified
    } else {
        State::Plausible
    };
    let mut region = Region::new(memory.inspection.kind, memory.image().span(), state);
    region.proofs = told().flat_map(|region| region.proofs.iter().cloned()).collect();
    region
}
