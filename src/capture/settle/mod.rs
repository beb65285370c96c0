//! Evidence -> [`Capture`]: which lines to believe, where they lie, what is missing and what is in doubt.
//!
//! Limits: the image never has more than [`FLASH_MAX_BYTES`] of holes, and at most [`FINDINGS_MAX`] findings of a kind
//! are listed (the last one tells how many more there are; [`Capture::image`] and [`Stats`] count all of them).

mod placed;
mod sequence;

use super::evidence::{Evidence, Run, WordOrder};
use super::line::LINE_BYTES;
use super::merge::Readings;
use super::{Capture, Stats, Writer};
use crate::finding::{Fact, Finding};
use crate::image::{ERASE_BLOCK_BYTES, FLASH_MAX_BYTES, FlashAddr, PAGE_BYTES, Span};
use placed::{Held, Placed};
use sequence::{Misplaced, in_sequence};

/// The most findings of one kind that are listed.
pub(super) const FINDINGS_MAX: usize = 4096;

/// A left-over display outside of the flash is a handful of pages: lines in the flash make the image unless the
/// others are more than this many times as many bytes.
const LEFT_OVER_RATIO: u64 = 16;

/// Makes an image of what was read.
pub(super) fn settle(mut evidence: Evidence, writer: Writer) -> Capture {
    let words = evidence.word_order();
    let dialects = evidence.dialects();
    let (mut runs, misplaced) = in_sequence(&evidence.runs);
    runs.sort_by_key(|run| (run.address, run.start));
    let (cluster, strays) = choose_cluster(&runs);
    let (of_carried, chosen) = carried_page(cluster);
    let carried = (!of_carried.is_empty()).then(|| Placed::new(of_carried, &mut evidence).into_image());
    let placed = Placed::new(chosen, &mut evidence);
    let unread = evidence.damages.iter().filter(|damage| damage.first_lost == 0).count();
    let stats = Stats {
        lines: evidence.lines_read.saturating_add(unread),
        used: lines_of(chosen),
        damaged: evidence.damages.len(),
        out_of_sequence: misplaced.len(),
        stray: strays.iter().map(|cluster| lines_of(cluster)).fold(0, usize::saturating_add),
        without_ascii: evidence.without_ascii,
        ascii_mismatches: placed.count(Held::AsciiDiffers),
        conflicts: placed.count(Held::Conflict),
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
    findings.extend(placed.gap_findings());
    findings.extend(placed.cut_pages());
    findings.extend(placed.ascii_mismatches(chosen, &evidence));
    findings.extend(placed.conflicts());
    findings.extend(damaged_lines(&evidence, &placed));
    findings.extend(misplaced_lines(&misplaced, &placed));
    findings.extend(placed.repeated_pages());
    findings.extend(stray_clusters(&strays, &placed));
    findings.extend(word_order(words, &placed));
    findings.sort_by_key(|finding| finding.span);
    let readings = Readings::new(of_carried, chosen, evidence);
    Capture { writer, dialects, carried, image: placed.into_image(), findings, stats, readings }
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
        starts_a_block(next)
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
/// The flash window is one cluster; elsewhere a cluster ends where its holes would add up to more than a flash.
fn choose_cluster(runs: &[Run]) -> (&[Run], Vec<&[Run]>) {
    let mut holes = 0_u64;
    let mut end = 0_u64;
    let mut in_flash = false;
    let mut clusters = Vec::new();
    let mut rest = runs;
    let mut taken = 0_usize;
    for run in runs {
        let flash = FlashAddr(run.address).is_in_flash();
        holes = holes.saturating_add(u64::from(run.address).saturating_sub(end));
        let apart = flash != in_flash || holes > FLASH_MAX_BYTES as u64;
        if taken > 0 && apart {
            let (cluster, behind) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
            clusters.push(cluster);
            (rest, taken) = (behind, 0);
        }
        if taken == 0 {
            holes = 0;
        }
        in_flash = flash;
        end = end.max(run.end());
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
fn damaged_lines(evidence: &Evidence, placed: &Placed) -> Vec<Finding> {
    let missing = evidence.damages.iter().filter_map(|damage| {
        let first = damage.address.saturating_add(u32::from(damage.first_lost));
        let lost = LINE_BYTES.saturating_sub(usize::from(damage.first_lost));
        Some((damage, lost, placed.missing_within(first, lost)?))
    });
    capped(missing, |(damage, lost, span)| {
        let fact = Fact::CaptureBadLine { address: FlashAddr(damage.address), lost };
        Finding::new(fact, span).with_evidence(format!("it starts at byte {} of the text", damage.text_offset))
    })
}

/// Lines left out for their address, unless the line that should stand there was captured as well.
fn misplaced_lines(misplaced: &[Misplaced], placed: &Placed) -> Vec<Finding> {
    let missing = misplaced.iter().filter_map(|line| Some((line, placed.missing_within(line.expected, LINE_BYTES)?)));
    capped(missing, |(line, span)| {
        let fact = Fact::CaptureBadLine { address: FlashAddr(line.printed), lost: LINE_BYTES };
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

/// What the order of words rests on, where there were any.
fn word_order(words: WordOrder, placed: &Placed) -> Option<Finding> {
    let WordOrder { little_endian, swapped, unsettled } = words;
    let fact = match (little_endian, swapped, unsettled) {
        (0, 0, 0) => return None,
        (_, _, 0) => Fact::CaptureWordOrder { little_endian, swapped },
        _ => Fact::CaptureWordOrderUnproved { lines: unsettled },
    };
    Some(Finding::new(fact, placed.span()))
}
