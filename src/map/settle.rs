//! Settles which candidates stand, and fills what lies between them, so that every byte belongs to one region.

use std::collections::BTreeMap;

use super::region::{Kind, Region, State};
use crate::finding::Finding;
use crate::image::{Span, SpanSet};

/// Why a candidate is believed, the weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Its first bytes look right, and not all of the rest does.
    Magic,
    /// Its structure holds.
    Parsed,
    /// Its own checksums hold.
    Verified,
    /// A footer of the boot loader names it.
    Footer,
}

/// Something that may be a region, and what would then be said about it.
#[derive(Debug)]
pub struct Candidate {
    /// Why it is believed.
    pub evidence: Evidence,
    /// The region it would be.
    pub region: Region,
    /// What was off about it, offsets in the image.
    pub findings: Vec<Finding>,
}

impl Candidate {
    /// The same candidate, its offsets counted from an origin `bytes` earlier.
    #[must_use]
    pub fn shifted(self, bytes: usize) -> Self {
        Self {
            evidence: self.evidence,
            region: self.region.shifted(bytes),
            findings: self.findings.into_iter().map(|finding| finding.shifted(bytes)).collect(),
        }
    }
}

/// Leaves out candidates that are in a file of another one: that a file of a damaged or cut romfs is proved whole
/// takes nothing from the romfs around it. What a footer names is no file.
fn without_files(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    let containers = candidates.iter().filter(|candidate| candidate.evidence >= Evidence::Parsed);
    let files: BTreeMap<usize, usize> = containers
        .flat_map(|container| &container.region.regions)
        .filter(|inner| inner.kind == Kind::File)
        .map(|file| (file.span.start(), file.span.end()))
        .collect();
    candidates.retain(|candidate| {
        let span = candidate.region.span;
        let is_in = |(&start, &end): (&usize, &usize)| Span::new(start, end).encloses(span);
        candidate.evidence == Evidence::Footer || !files.range(..=span.start()).next_back().is_some_and(is_in)
    });
    candidates
}

/// Chooses among overlapping candidates: the better proved one stands, of two equals the earlier, of two that start
/// together the longer. One that only runs into a better one is cut there, for its bytes end where the other's begin.
pub fn settle(candidates: Vec<Candidate>) -> (Vec<Region>, Vec<Finding>) {
    let mut candidates = without_files(candidates);
    candidates.sort_by_key(|candidate| {
        let span = candidate.region.span;
        (std::cmp::Reverse(candidate.evidence), span.start(), std::cmp::Reverse(span.len()))
    });
    let mut standing: BTreeMap<usize, Region> = BTreeMap::new();
    let mut findings = Vec::new();
    for Candidate { region, findings: told, .. } in candidates {
        let (start, end) = (region.span.start(), region.span.end());
        let inside_another =
            standing.range(..=start).next_back().is_some_and(|(_, before)| before.span.contains(start));
        if region.span.is_empty() || inside_another {
            continue;
        }
        let next_start = standing.range(start..end).next().map_or(end, |(&next, _)| next);
        standing.insert(start, region.cut_at(next_start));
        findings.extend(told);
    }
    (standing.into_values().collect(), findings)
}

/// Completes `regions` (in order, without overlaps) to a map of `whole`: what lies between them is erased, zero, not
/// captured or unknown.
pub fn fill(bytes: &[u8], known: &SpanSet, whole: Span, regions: Vec<Region>) -> Vec<Region> {
    let mut filled = Vec::with_capacity(regions.len());
    let mut at = whole.start();
    for region in regions {
        filler(bytes, known, Span::new(at, region.span.start()), &mut filled);
        at = region.span.end();
        filled.push(region);
    }
    filler(bytes, known, Span::new(at, whole.end()), &mut filled);
    filled
}

fn filler(bytes: &[u8], known: &SpanSet, gap: Span, regions: &mut Vec<Region>) {
    if gap.is_empty() {
        return;
    }
    let mut at = gap.start();
    for hole in known.gaps_in(gap) {
        uniform_or_unknown(bytes, Span::new(at, hole.start()), regions);
        regions.push(Region::new(Kind::Unknown, hole, State::Unchecked).named("not captured"));
        at = hole.end();
    }
    uniform_or_unknown(bytes, Span::new(at, gap.end()), regions);
}

/// A run of one fill value is told apart from the unknown bytes around it only if it is this long, or at an edge.
const MIN_INNER_RUN_BYTES: usize = 1024;

/// As [`MIN_INNER_RUN_BYTES`], at the edges of a gap.
const MIN_EDGE_RUN_BYTES: usize = 16;

/// At most this many stretches are told apart in one gap, however the bytes alternate.
const MAX_RUNS: usize = 4096;

fn uniform_or_unknown(bytes: &[u8], gap: Span, regions: &mut Vec<Region>) {
    let mut unknown_from = gap.start();
    let mut at = gap.start();
    let first = regions.len();
    while at < gap.end() && regions.len() - first < MAX_RUNS {
        let run = fill_run(Span::new(at, gap.end()).of(bytes));
        let end = at + run;
        let at_edge = at == gap.start() || end == gap.end();
        let fills_gap = at == gap.start() && end == gap.end();
        let enough = if at_edge { MIN_EDGE_RUN_BYTES } else { MIN_INNER_RUN_BYTES };
        match bytes.get(at).copied().and_then(fill_kind) {
            Some(kind) if run >= enough || fills_gap => {
                push_unknown(Span::new(unknown_from, at), regions);
                regions.push(Region::new(kind, Span::new(at, end), State::Verified));
                unknown_from = end;
                at = end;
            }
            Some(_) => at = end,
            None => at += other_run(Span::new(at, gap.end()).of(bytes)),
        }
    }
    push_unknown(Span::new(unknown_from, gap.end()), regions);
}

fn push_unknown(span: Span, regions: &mut Vec<Region>) {
    if !span.is_empty() {
        regions.push(Region::new(Kind::Unknown, span, State::Unchecked));
    }
}

const fn fill_kind(byte: u8) -> Option<Kind> {
    match byte {
        0x00 => Some(Kind::Zero),
        0xFF => Some(Kind::Erased),
        _ => None,
    }
}

/// How many bytes at the start are the same.
fn fill_run(bytes: &[u8]) -> usize {
    let Some(&first) = bytes.first() else { return 0 };
    let equal_blocks =
        bytes.chunks_exact(64).take_while(|block| block.iter().fold(0, |odd, byte| odd | (byte ^ first)) == 0);
    let skipped = equal_blocks.count() * 64;
    skipped + bytes.iter().skip(skipped).take_while(|&&byte| byte == first).count()
}

/// How many bytes at the start are neither 00 nor FF.
fn other_run(bytes: &[u8]) -> usize {
    memchr::memchr2(0x00, 0xFF, bytes).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidate(evidence: Evidence, kind: Kind, start: usize, end: usize) -> Candidate {
        Candidate { evidence, region: Region::new(kind, Span::new(start, end), State::Verified), findings: Vec::new() }
    }

    #[test]
    fn what_a_footer_names_beats_what_a_magic_promises() {
        let (regions, _) = settle(vec![
            candidate(Evidence::Magic, Kind::Gzip, 0x20, 0x200),
            candidate(Evidence::Footer, Kind::Romfs, 0x100, 0x300),
            candidate(Evidence::Verified, Kind::Flat, 0x140, 0x180),
        ]);
        let spans: Vec<_> = regions.iter().map(|region| (region.kind, region.span, region.state)).collect();
        assert_eq!(
            spans,
            [
                (Kind::Gzip, Span::new(0x20, 0x100), State::Truncated),
                (Kind::Romfs, Span::new(0x100, 0x300), State::Verified),
            ]
        );
    }

    #[test]
    fn a_whole_file_in_a_cut_romfs_does_not_cut_it_short() {
        let mut romfs = candidate(Evidence::Parsed, Kind::Romfs, 0, 0x300);
        romfs.region.regions = [(Kind::Romfs, 0, 0x100), (Kind::File, 0x100, 0x200), (Kind::Romfs, 0x200, 0x300)]
            .map(|(kind, start, end)| Region::new(kind, Span::new(start, end), State::Unchecked))
            .to_vec();
        let program = candidate(Evidence::Verified, Kind::Flat, 0x120, 0x1F0);
        let next_image = candidate(Evidence::Verified, Kind::WebUi, 0x280, 0x400);
        let (regions, _) = settle(vec![romfs, program, next_image]);
        let spans: Vec<_> = regions.iter().map(|region| (region.kind, region.span)).collect();
        assert_eq!(spans, [(Kind::Romfs, Span::new(0, 0x280)), (Kind::WebUi, Span::new(0x280, 0x400))]);
    }

    #[test]
    fn bytes_between_regions_are_erased_zero_or_unknown() {
        let bytes = [vec![0xFF; 100], b"hello".to_vec(), vec![0; 50]].concat();
        let map = fill(&bytes, &SpanSet::of(Span::new(0, bytes.len())), Span::new(0, bytes.len()), Vec::new());
        let found: Vec<_> = map.iter().map(|region| (region.kind, region.span)).collect();
        assert_eq!(
            found,
            [
                (Kind::Erased, Span::new(0, 100)),
                (Kind::Unknown, Span::new(100, 105)),
                (Kind::Zero, Span::new(105, 155)),
            ]
        );
    }

    #[test]
    fn bytes_that_were_not_captured_are_not_taken_for_erased_flash() {
        let map = fill(&[0xFF; 64], &SpanSet::of(Span::new(0, 32)), Span::new(0, 64), Vec::new());
        assert_eq!(map[0].kind, Kind::Erased);
        assert_eq!((map[1].kind, map[1].name.as_deref()), (Kind::Unknown, Some("not captured")));
    }

    proptest! {
        #[test]
        fn every_byte_belongs_to_exactly_one_region(
            bytes in proptest::collection::vec(prop_oneof![Just(0_u8), Just(0xFF), any::<u8>()], 0..4000),
            spans in proptest::collection::vec((0_usize..4000, 0_usize..600, 0_u8..4), 0..20),
        ) {
            let candidates = spans.into_iter().map(|(start, len, evidence)| {
                let evidence = [Evidence::Magic, Evidence::Parsed, Evidence::Verified, Evidence::Footer][usize::from(evidence)];
                let end = (start + len).min(bytes.len());
                candidate(evidence, Kind::Flat, start, end)
            }).filter(|candidate| !candidate.region.span.is_empty()).collect();
            let (regions, _) = settle(candidates);
            let whole = Span::new(0, bytes.len());
            let map = fill(&bytes, &SpanSet::of(whole), whole, regions);
            let mut at = 0;
            for region in &map {
                prop_assert_eq!(region.span.start(), at);
                prop_assert!(!region.span.is_empty());
                at = region.span.end();
            }
            prop_assert_eq!(at, bytes.len());
        }
    }
}
