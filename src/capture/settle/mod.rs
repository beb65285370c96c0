//! Evidence -> [`Capture`]: which lines to believe, where they lie, what is missing and what is in doubt.
//!
//! Limits: the image never has more than [`FLASH_MAX_BYTES`] of holes, and at most [`FINDINGS_MAX`] findings of a kind
//! are listed (the last one tells how many more there are; [`Capture::image`] and [`Stats`] count all of them).

mod placed;
mod sequence;

use super::clean::Cleaned;
use super::detect::typed_order;
use super::dialect::{Family, Space};
use super::evidence::{Damage, Evidence, Harm, Run};
use super::merge::Readings;
use super::{Addresses, Capture, Stats, WordOrder, Writer};
use crate::finding::{Fact, Finding};
use crate::image::{ERASE_BLOCK_BYTES, FLASH_MAX_BYTES, FlashAddr, Offset, PAGE_BYTES, Span};
use placed::{Held, Placed};
use sequence::{Misplaced, in_sequence};

/// The most findings of one kind that are listed.
pub(super) const FINDINGS_MAX: usize = 4096;

/// A left-over display outside of the flash is a handful of pages: lines in the flash make the image unless the
/// others are more than this many times as many bytes.
const LEFT_OVER_RATIO: u64 = 16;

/// Makes an image of what was read of a text.
pub(super) fn settle(mut evidence: Evidence, writer: Writer, text: &Cleaned<'_>) -> Capture {
    let word_order = evidence.settle_words(&|family| typed_order(&text.text, family));
    let dialects = evidence.dialects();
    let unreadable = evidence.damages.iter().filter(|damage| damage.lost.len() == damage.step);
    let mut unreadable: Vec<u32> = unreadable.map(|damage| damage.address).collect();
    unreadable.sort_unstable();
    let (mut runs, misplaced) = in_sequence(&evidence.runs, &unreadable);
    runs.sort_by_key(|run| (space(run), run.address, run.start));
    let (cluster, strays) = choose_cluster(&runs);
    let (of_carried, chosen) = carried_page(cluster);
    let carried = (!of_carried.is_empty()).then(|| Placed::new(of_carried, &mut evidence).into_image());
    let placed = Placed::new(chosen, &mut evidence);
    let (without_offsets, in_memory): (Vec<&[Run]>, Vec<&[Run]>) =
        strays.iter().partition(|cluster| cluster.first().map(space) == Some(Space::File));
    let count = |clusters: &[&[Run]]| clusters.iter().map(|cluster| lines_of(cluster)).fold(0, usize::saturating_add);
    let damaged: Vec<&[Damage]> =
        evidence.damages.chunk_by(|one, other| one.text_offset == other.text_offset).collect();
    let of_checksums = damaged.iter().filter(|lines| lines.iter().all(|damage| damage.why == Harm::Checksum)).count();
    let unread = damaged.iter().filter(|lines| matches!(lines, [line] if line.lost.len() == line.step)).count();
    let stats = Stats {
        lines: evidence.lines_read.saturating_add(unread).saturating_add(evidence.without_place),
        used: lines_of(chosen),
        damaged: damaged.len().saturating_sub(of_checksums),
        bad_checksums: of_checksums,
        out_of_sequence: misplaced.len(),
        stray: count(&in_memory),
        without_place: evidence.without_place.saturating_add(count(&without_offsets)),
        squeezed: evidence.squeezed,
        without_ascii: evidence.without_ascii,
        ascii_mismatches: placed.count(Held::AsciiDiffers),
        conflicts: placed.count(Held::Conflict),
        other_text: evidence.other_text,
        pages: placed.pages(),
        missing_bytes: placed.gaps().iter().map(|gap| gap.len()).sum(),
    };

    let mut findings = Vec::new();
    if chosen.is_empty() {
        findings.push(Finding::new(Fact::CaptureEmpty {}, Span::default()));
    }
    if let Some(page) = &carried {
        let evidence = page.address().map_or(String::new(), |address| format!("their address is {address}"));
        findings.push(Finding::new(Fact::CarriedPage { len: page.len() }, Span::default()).with_evidence(evidence));
    }
    let addresses = addresses(chosen);
    findings.extend(placed.gap_findings(addresses));
    findings.extend(placed.cut_pages());
    findings.extend(placed.ascii_mismatches(chosen, &evidence));
    findings.extend(placed.conflicts());
    findings.extend(damaged_lines(&evidence, &placed, text));
    findings.extend(misplaced_lines(&misplaced, &placed));
    findings.extend(placed.repeated_pages());
    findings.extend(stray_clusters(&in_memory, &placed));
    findings.extend(without_place(&stats, &placed));
    let stars = evidence.stars_without_place;
    findings.extend((stars > 0).then(|| Finding::new(Fact::CaptureSqueezed { stars }, placed.nearest(u32::MAX))));
    findings.extend(ends(&evidence, chosen, &placed, addresses));
    findings.extend(word_order.and_then(|order| told_of_order(order, &placed)));
    findings.sort_by_key(|finding| finding.span);
    // other tools have no prompt of their own; what else stands in a text somebody typed
    let is_log = evidence.other_text > 0 && chosen.iter().any(|run| run.family != Family::BootLoader);
    let writer = if is_log && writer == Writer::BareLines { Writer::TerminalLog } else { writer };
    let captured = placed.captured().clone();
    let (conflicts, contradicted) = (placed.spans_of(Held::Conflict), placed.spans_of(Held::AsciiDiffers));
    let readings = Readings::new(of_carried, chosen, told_len(chosen, &evidence), evidence);
    Capture {
        writer,
        dialects,
        addresses,
        carried,
        image: placed.into_image(),
        captured,
        conflicts,
        contradicted,
        word_order,
        taken_out: text.taken_out,
        findings,
        stats,
        readings,
    }
}

/// What a run's addresses count: whatever prints them, those in the flash window can only be the camera's own.
fn space(run: &Run) -> Space {
    if FlashAddr(run.address).is_in_flash() { Space::Memory } else { run.family.space() }
}

/// How it is known where the image lies.
fn addresses(chosen: &[Run]) -> Addresses {
    match chosen.first() {
        None => Addresses::None,
        Some(run) if space(run) == Space::Memory => Addresses::Printed,
        Some(run) if run.family == Family::Plain => Addresses::None,
        Some(run) => Addresses::Offsets { first: run.address },
    }
}

/// Splits off the page that was due for the image dumped before: the recovery tool writes it to the next image's
/// capture. It is the first in the text, it stands alone, and the image behind it starts an erase block, as every
/// image does (captures-and-questions.md section 1.2, certain).
fn carried_page(runs: &[Run]) -> (&[Run], &[Run]) {
    let none = runs.split_at_checked(0).unwrap_or_default();
    let Some(first) = runs.first() else { return none };
    let page_end = u64::from(first.address).saturating_add(PAGE_BYTES as u64);
    let in_page = runs.partition_point(|run| run.end() <= page_end);
    let Some((page, image)) = runs.split_at_checked(in_page) else { return none };
    let page_bytes: usize = page.iter().map(|run| run.len).fold(0, usize::saturating_add);
    let starts_a_block = |run: &Run| run.address.is_multiple_of(ERASE_BLOCK_BYTES as u32);
    let is_carried = image.first().is_some_and(|next| {
        first.family == Family::BootLoader
            && starts_a_block(next)
            && !starts_a_block(first)
            && u64::from(next.address) > page_end
            && first.first_line < next.first_line
    });
    if page_bytes == PAGE_BYTES && is_carried { (page, image) } else { none }
}

fn lines_of(runs: &[Run]) -> usize {
    runs.iter().map(|run| run.lines).fold(0, usize::saturating_add)
}

/// Splits runs, sorted by address, into those that make the image and clusters that lie apart from it.
///
/// The flash window is one cluster; elsewhere a cluster ends where its holes would add up to more than a flash. Offsets
/// in files lie apart from addresses.
fn choose_cluster(runs: &[Run]) -> (&[Run], Vec<&[Run]>) {
    let mut holes = 0_u64;
    let mut end = 0_u64;
    let mut place = (Space::Memory, false);
    let mut clusters = Vec::new();
    let mut rest = runs;
    let mut taken = 0_usize;
    for run in runs {
        let place_of_run = (space(run), FlashAddr(run.address).is_in_flash());
        holes = holes.saturating_add(u64::from(run.address).saturating_sub(end));
        let apart = place_of_run != place || holes > FLASH_MAX_BYTES as u64;
        if taken > 0 && apart {
            let (cluster, behind) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
            clusters.push(cluster);
            (rest, taken) = (behind, 0);
        }
        if taken == 0 {
            holes = 0;
        }
        end = if taken == 0 { run.end() } else { end.max(run.end()) };
        place = place_of_run;
        taken = taken.saturating_add(1);
    }
    if !rest.is_empty() {
        clusters.push(rest);
    }
    let weight = |cluster: &&[Run]| {
        let bytes: u64 = cluster.iter().map(|run| run.len as u64).sum();
        let in_flash = cluster.first().is_some_and(|run| FlashAddr(run.address).is_in_flash());
        if in_flash { bytes.saturating_mul(LEFT_OVER_RATIO) } else { bytes }
    };
    // The first of the heaviest: `max_by_key` would give the last.
    let chosen = clusters.iter().enumerate().rev().max_by_key(|(_, cluster)| weight(cluster)).map(|(at, _)| at);
    match chosen {
        Some(at) => {
            let cluster = clusters.remove(at);
            (cluster, clusters)
        }
        None => (&[], clusters),
    }
}

/// A finding for each of at most [`FINDINGS_MAX`] facts; the last of them tells how many more there are.
fn capped<T>(mut facts: impl Iterator<Item = T>, finding: impl Fn(T) -> Finding) -> Vec<Finding> {
    let listed: Vec<Finding> = facts.by_ref().take(FINDINGS_MAX).map(finding).collect();
    let all = listed.len().saturating_add(facts.count());
    with_rest(listed, all)
}

/// The findings that are listed of `all` there are.
fn with_rest(mut listed: Vec<Finding>, all: usize) -> Vec<Finding> {
    let more = all.saturating_sub(listed.len());
    if more > 0
        && let Some(last) = listed.last_mut()
    {
        last.evidence.push(format!("and {more} more like this"));
    }
    listed
}

/// Damaged lines whose bytes no other line gave.
fn damaged_lines(evidence: &Evidence, placed: &Placed, text: &Cleaned<'_>) -> Vec<Finding> {
    let missing = evidence.damages.iter().filter_map(|damage| {
        let first = damage.address.saturating_add(u32::try_from(damage.lost.start()).unwrap_or(0));
        Some((damage, placed.missing_within(first, damage.lost.len())?))
    });
    capped(missing, |(damage, span)| {
        let (address, lost, of) = (FlashAddr(damage.address), damage.lost.len(), damage.step);
        let fact = match damage.why {
            Harm::Unreadable => Fact::CaptureBadLine { address, lost, of },
            Harm::Checksum => Fact::CaptureBadChecksum { address, lost },
        };
        let place = format!("it starts at byte {} of the text", text.original(damage.text_offset));
        Finding::new(fact, span).with_evidence(place)
    })
}

/// Lines left out for their address, unless the line that should stand there was captured as well.
fn misplaced_lines(misplaced: &[Misplaced], placed: &Placed) -> Vec<Finding> {
    let missing = misplaced.iter().filter_map(|line| Some((line, placed.missing_within(line.expected, line.len)?)));
    capped(missing, |(line, span)| {
        let fact = Fact::CaptureBadLine { address: FlashAddr(line.printed), lost: line.len, of: line.len };
        let expected = FlashAddr(line.expected);
        Finding::new(fact, span)
            .with_evidence(format!("its address does not fit: the lines around it make it {expected}"))
    })
}

fn stray_clusters(strays: &[&[Run]], placed: &Placed) -> Vec<Finding> {
    let clusters = strays.iter().filter_map(|cluster| Some((cluster.first()?.address, lines_of(cluster))));
    capped(clusters, |(address, lines)| {
        Finding::new(Fact::CaptureStrayPage { address: FlashAddr(address), lines }, placed.nearest(address))
    })
}

/// Lines of which nothing tells where they belong.
fn without_place(stats: &Stats, placed: &Placed) -> Option<Finding> {
    let lines = stats.without_place;
    (lines > 0).then(|| Finding::new(Fact::CaptureWithoutPlace { lines }, placed.nearest(u32::MAX)))
}

/// How long the image is meant to be. Tools that print every line and nothing behind the last one tell it by that.
fn told_len(chosen: &[Run], evidence: &Evidence) -> Option<usize> {
    let (first, last) = (chosen.first()?, chosen.last()?);
    let shown = chosen.iter().map(Run::end).max()?;
    let told = if last.family.has_end() { told_end(last.family, evidence)? } else { None };
    let end = told.map_or(shown, u64::from);
    usize::try_from(end.saturating_sub(u64::from(first.address))).ok()
}

/// The address behind the last byte, if it is told by the last line of a text; `None` without such a line.
fn told_end(family: Family, evidence: &Evidence) -> Option<Option<u32>> {
    evidence.ends.iter().filter(|(of, _)| *of == family).map(|(_, address)| *address).max()
}

/// What is not there from one of the lines' numbers up to another.
fn gap(addresses: Addresses, start: u32, end: u32, len: usize) -> Fact {
    let offset = |number: u32| Offset(usize::try_from(number).unwrap_or(usize::MAX));
    match addresses {
        Addresses::Printed => Fact::CaptureGap { start: FlashAddr(start), end: FlashAddr(end), len },
        Addresses::Offsets { .. } | Addresses::None => {
            Fact::CaptureListingGap { start: offset(start), end: offset(end), len }
        }
    }
}

/// What the last line of a text tells: how long it is meant to be.
fn ends(evidence: &Evidence, chosen: &[Run], placed: &Placed, addresses: Addresses) -> Vec<Finding> {
    let Some(family) = chosen.last().map(|run| run.family).filter(|family| family.has_end()) else { return Vec::new() };
    let behind = placed.nearest(u32::MAX);
    let mut findings = Vec::new();
    match told_end(family, evidence) {
        None => findings.push(Finding::new(Fact::CaptureNoEnd {}, behind)),
        Some(Some(end)) => {
            let last = chosen.iter().map(Run::end).max().unwrap_or(0);
            let len = usize::try_from(u64::from(end).saturating_sub(last)).unwrap_or(0);
            if len > 0 {
                let start = u32::try_from(last).unwrap_or(u32::MAX);
                findings.push(Finding::new(gap(addresses, start, end, len), behind));
            }
        }
        Some(None) => {}
    }
    let read = evidence.records(family);
    if let Some(told) = evidence.records_told.filter(|told| family == Family::SRecord && *told != read) {
        findings.push(Finding::new(Fact::CaptureRecordCount { told, read }, behind));
    }
    findings
}

/// What the order of words rests on, where there were any.
fn told_of_order(order: WordOrder, placed: &Placed) -> Option<Finding> {
    let WordOrder { little_endian, swapped, unsettled, by_neighbours: _, typed: _ } = order;
    let fact = match (little_endian, swapped, unsettled) {
        (0, 0, 0) => return None,
        (_, _, 0) => Fact::CaptureWordOrder { little_endian, swapped },
        _ => Fact::CaptureWordOrderUnproved { lines: unsettled },
    };
    Some(Finding::new(fact, placed.span()))
}
