//! The rules: gaps to segments with causes.
//!
//! Each rule looks at a gap, or at a piece of it, and may give a verdict with a strength. The strongest verdict wins,
//! the next one of another cause is mentioned if it is nearly as strong: at least [`strength::ALSO_MIN`] and at most
//! [`strength::ALSO_WITHIN`] below. Strengths are in [`strength`]; what each cause needs is in the catalogue's words
//! in [`super::cause`].

mod content;
mod extra;
mod rewritten;

use super::segment::{Evidence, Segment};
use super::side::{Ground, Place, Which};
use super::stretch::{Fit, Stretch, is_paired};
use super::{Cause, Side};
use crate::image::{PAGE_BYTES, Span};

/// How strong the evidence of a verdict is, strongest first. The order decides; the distance only tells whether the
/// second is worth a word.
mod strength {
    /// Nothing can be said about bytes that are not known.
    pub const NOT_KNOWN: u8 = 100;
    /// Every byte proves it: words backwards, a copy through a stuck address line.
    pub const EVERY_BYTE: u8 = 90;
    /// The exact filler at the exact place.
    pub const FILLER_IN_PLACE: u8 = 88;
    /// A damaged copy of the next block at a block boundary.
    pub const BLOCK_COPY: u8 = 86;
    /// A whole page twice.
    pub const PAGE_COPY: u8 = 84;
    /// Several blocks at a block boundary that are all much like the next.
    pub const BLOCK_COPIES: u8 = 83;
    /// The copy ends in the midst of something, and lacks all that follows.
    pub const CUT_INSIDE: u8 = 82;
    /// Both contents were parsed and verified, and differ.
    pub const CONTENT_VERIFIED: u8 = 80;
    /// A page or more became FF.
    pub const FILL_PAGE: u8 = 78;
    /// A whole line twice.
    pub const LINE_COPY: u8 = 75;
    /// The map knows what lies here, and it is not damaged.
    pub const PLACE: u8 = 72;
    /// Whole pages in front of the image.
    pub const FRONT: u8 = 70;
    /// The map says that nothing was put here.
    pub const FILL_PLACE: u8 = 71;
    /// A tail of nothing but filler.
    pub const FILL_TAIL: u8 = 67;
    /// A missing tail behind a whole page.
    pub const TAIL: u8 = 66;
    /// Whole pages of the flashed image are not in the dump.
    pub const MISSING_PAGES: u8 = 65;
    /// A block at a block boundary that the flashed image does not have.
    pub const BLOCK: u8 = 62;
    /// Whole lines of the flashed image are not in the dump.
    pub const MISSING_LINES: u8 = 60;
    /// Settings and BOOT INFO change on their own.
    pub const OWN_DATA: u8 = 59;
    /// One hex digit.
    pub const DIGIT: u8 = 58;
    /// Filler of a line or more.
    pub const FILL_LINE: u8 = 54;
    /// Filler twice: which of it was first?
    pub const FILL_COPY: u8 = 52;
    /// A tail that is missing in the middle of a page.
    pub const TAIL_IN_PAGE: u8 = 50;
    /// Contents were parsed and differ, one of them damaged.
    pub const CONTENT_LIKELY: u8 = 45;
    /// The map knows what lies here, but it is damaged, or does not say.
    pub const PLACE_DAMAGED: u8 = 40;
    /// The dump has whole lines that the flashed image lacks.
    pub const MISSING_IN_OLD: u8 = 36;
    /// The other side has most of what was recognised on one only.
    pub const LONE_PART: u8 = 32;
    /// Filler of a few bytes.
    pub const FILL_BYTES: u8 = 30;
    /// It would fit too.
    pub const POSSIBLE: u8 = 20;

    /// What is weaker than this is not mentioned beside the cause that won.
    pub const ALSO_MIN: u8 = TAIL_IN_PAGE;
    /// Nor is what is further than this behind it: whoever reads it would not believe it.
    pub const ALSO_WITHIN: u8 = 12;
}

/// What a rule says.
#[derive(Debug, Clone)]
struct Verdict {
    strength: u8,
    cause: Cause,
    evidence: Evidence,
}

impl Verdict {
    const fn new(strength: u8, cause: Cause, evidence: Evidence) -> Self {
        Self { strength, cause, evidence }
    }
}

/// A stretch of both images that is not the same.
#[derive(Debug, Clone, Copy)]
struct Gap {
    old: Span,
    new: Span,
    fit: Fit,
    /// Both images end with the gap.
    at_end: bool,
}

impl Gap {
    /// The side that alone holds bytes, and where.
    const fn extra(&self) -> Option<(Which, Span)> {
        match (self.old.is_empty(), self.new.is_empty()) {
            (true, false) => Some((Which::New, self.new)),
            (false, true) => Some((Which::Old, self.old)),
            _ => None,
        }
    }

    /// Whether nothing stands before it on either side.
    const fn is_at_front(&self) -> bool {
        self.old.start() == 0 && self.new.start() == 0
    }

    /// Whether each byte has a counterpart.
    const fn is_paired(&self) -> bool {
        self.old.len() == self.new.len()
    }

    /// The part of a gap that starts `from` bytes behind its start and ends `to` bytes behind it, on each side that
    /// has bytes.
    fn part(&self, from: usize, to: usize) -> Self {
        let cut = |span: Span| {
            if span.is_empty() { span } else { Span::new(span.start() + from, span.start() + to) }
        };
        Self { old: cut(self.old), new: cut(self.new), ..*self }
    }
}

/// Both sides, prepared for the rules.
pub(super) struct Rules<'a> {
    old: Ground<'a>,
    new: Ground<'a>,
    /// Both images begin with the same bytes.
    same_front: bool,
}

impl<'a> Rules<'a> {
    pub fn new(old: &'a Side<'a>, new: &'a Side<'a>, stretches: &[Stretch]) -> Self {
        let same_front = stretches.first().is_some_and(|stretch| stretch.gap.is_none() || is_paired(stretch));
        Self { old: Ground::new(old), new: Ground::new(new), same_front }
    }

    fn is_end(&self, old: Span, new: Span) -> bool {
        old.end() == self.old.side.bytes.len() && new.end() == self.new.side.bytes.len()
    }

    fn ground(&self, which: Which) -> &Ground<'a> {
        match which {
            Which::Old => &self.old,
            Which::New => &self.new,
        }
    }

    /// The segments of all stretches, in order.
    pub fn judge(&self, stretches: &[Stretch]) -> Vec<Segment> {
        let mut segments = Vec::with_capacity(stretches.len());
        for stretch in stretches {
            match stretch.gap {
                None => self.judge_same(stretch, &mut segments),
                Some(fit) => {
                    let gap =
                        Gap { old: stretch.old, new: stretch.new, fit, at_end: self.is_end(stretch.old, stretch.new) };
                    for gap in self.untangled(gap) {
                        self.judge_gap(gap, &mut segments);
                    }
                }
            }
        }
        rewritten::files(&mut segments, &self.old, &self.new);
        content::without_chance_digits(&mut segments, self.old.side.bytes, self.new.side.bytes);
        segments
    }

    /// Agreeing bytes, except for those that are not known.
    fn judge_same(&self, stretch: &Stretch, segments: &mut Vec<Segment>) {
        let whole = Gap { old: stretch.old, new: stretch.new, fit: Fit::Plain, at_end: false };
        for gap in pieces(whole, self.old.known_cuts(whole.old), self.new.known_cuts(whole.new)) {
            let verdict = self.not_known(&gap).unwrap_or(Verdict::new(0, Cause::Equal, Evidence::Rule));
            push(segments, &gap, verdict, None);
        }
    }

    fn judge_gap(&self, gap: Gap, segments: &mut Vec<Segment>) {
        let of_the_whole = self.on_the_whole(&gap);
        for piece in self.cut(gap) {
            let stands_alone = self.stands_alone(&piece, &gap);
            let still_fits = |verdict: &&Verdict| !(stands_alone && verdict.strength <= strength::FRONT);
            let mut verdicts: Vec<Verdict> = of_the_whole.iter().filter(still_fits).cloned().collect();
            verdicts.extend(self.on_a_piece(&piece, &gap));
            // The first of equals is the one on the whole gap.
            verdicts.sort_by_key(|verdict| std::cmp::Reverse(verdict.strength));
            let mut verdicts = verdicts.into_iter();
            let best = verdicts.next().unwrap_or(Verdict::new(0, Cause::Unexplained, Evidence::Rule));
            let weakest = best.strength.saturating_sub(strength::ALSO_WITHIN).max(strength::ALSO_MIN);
            // Of bytes that are not known nothing else can be said.
            let also = verdicts
                .take_while(|verdict| verdict.strength >= weakest)
                .find(|verdict| verdict.cause != best.cause && best.cause != Cause::UnknownBytes)
                .map(|verdict| verdict.cause);
            push(segments, &piece, best, also);
        }
    }

    /// Whether a piece of bytes that only one side has is a place of its own, and not the only one: what is weakly
    /// said of all of them together then says nothing about it.
    fn stands_alone(&self, piece: &Gap, gap: &Gap) -> bool {
        let (Some((which, part)), Some((_, whole))) = (piece.extra(), gap.extra()) else { return false };
        let place = self.ground(which).place_at(part);
        let is_own = |place: &Place| place.is_recognised() || (place.kind.is_filler() && whole.len() > PAGE_BYTES);
        place.is_some_and(|place| {
            part != whole && place.span.start() >= whole.start() && place.span.end() <= whole.end() && is_own(&place)
        })
    }

    /// What can be said of a gap only as a whole.
    fn on_the_whole(&self, gap: &Gap) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        if let Some((which, span)) = gap.extra() {
            let extra = extra::Extra {
                which,
                span,
                bytes: span.of(self.ground(which).side.bytes),
                ground: self.ground(which),
                other: self.ground(which.other()),
                old_start: self.old.in_pages(gap.old.start()),
                at_front: gap.is_at_front(),
                at_end: gap.at_end,
                same_front: self.same_front,
            };
            verdicts.extend(extra.verdicts());
        } else if let Fit::Reordered(order) = gap.fit {
            let cause = match order {
                super::align::Order::HalfWords => Cause::HalfWordOrder,
                _ => Cause::WordOrder,
            };
            verdicts.push(Verdict::new(strength::EVERY_BYTE, cause, Evidence::Rule));
        } else {
            verdicts.extend(self.mirror(gap));
        }
        verdicts
    }

    /// The pieces of a gap that are judged on their own: cut where the map or a label changes, where known bytes end,
    /// where filler begins, and where a mirrored page does.
    fn cut(&self, gap: Gap) -> Vec<Gap> {
        let (mut old, mut new) = (self.old.cuts(gap.old), self.new.cuts(gap.new));
        if gap.fit == Fit::Plain {
            old.extend(content::filler_cuts(gap.old, self.old.side.bytes));
            new.extend(content::filler_cuts(gap.new, self.new.side.bytes));
        }
        if gap.is_paired() || gap.extra().is_some() {
            return pieces(gap, old, new);
        }
        if old.is_empty() && new.is_empty() {
            return vec![gap];
        }
        let only_old = Gap { new: Span::at(gap.new.start(), 0), ..gap };
        let only_new = Gap { old: Span::at(gap.old.end(), 0), ..gap };
        [pieces(only_old, old, Vec::new()), pieces(only_new, Vec::new(), new)].concat()
    }

    /// A gap that has bytes on both sides, but more on one: if it looks like lost or repeated lines beside a few wrong
    /// bytes, these two.
    fn untangled(&self, gap: Gap) -> Vec<Gap> {
        const WRONG_BYTES_MAX: usize = 32;
        let paired = gap.old.len().min(gap.new.len());
        let more = gap.old.len().max(gap.new.len()) - paired;
        if paired == 0 || more == 0 || paired > WRONG_BYTES_MAX || !more.is_multiple_of(16) {
            return vec![gap];
        }
        let longer = if gap.old.len() > gap.new.len() { gap.old } else { gap.new };
        let front_is_round = longer.start().trailing_zeros() >= (longer.start() + paired).trailing_zeros();
        let (first, second) = if front_is_round {
            let (old, new) = (gap.old.len() - paired, gap.new.len() - paired);
            let at = (gap.old.start() + old, gap.new.start() + new);
            ((gap.old.start(), gap.new.start(), at.0, at.1), (at.0, at.1, gap.old.end(), gap.new.end()))
        } else {
            let at = (gap.old.start() + paired, gap.new.start() + paired);
            ((gap.old.start(), gap.new.start(), at.0, at.1), (at.0, at.1, gap.old.end(), gap.new.end()))
        };
        [first, second]
            .map(|(old_start, new_start, old_end, new_end)| Gap {
                old: Span::new(old_start, old_end),
                new: Span::new(new_start, new_end),
                fit: gap.fit,
                at_end: self.is_end(Span::new(old_start, old_end), Span::new(new_start, new_end)),
            })
            .to_vec()
    }
}

/// A gap in pieces. The cuts are offsets in each side; a gap with bytes on both sides must be paired.
fn pieces(gap: Gap, old_cuts: Vec<usize>, new_cuts: Vec<usize>) -> Vec<Gap> {
    let len = gap.old.len().max(gap.new.len());
    let mut cuts: Vec<usize> = old_cuts
        .into_iter()
        .map(|cut| cut - gap.old.start())
        .chain(new_cuts.into_iter().map(|cut| cut - gap.new.start()))
        .chain([len])
        .collect();
    cuts.sort_unstable();
    cuts.dedup();
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    starts.zip(&cuts).filter(|(start, end)| start < *end).map(|(start, end)| gap.part(start, *end)).collect()
}

/// Appends a segment, or lengthens the last one if it says the same.
fn push(segments: &mut Vec<Segment>, gap: &Gap, verdict: Verdict, also: Option<Cause>) {
    let segment = Segment { cause: verdict.cause, old: gap.old, new: gap.new, evidence: verdict.evidence, also };
    if let Some(last) = segments.last_mut() {
        // A stretch that only one side has does not melt with one that both have.
        let alike = last.old.is_empty() == segment.old.is_empty() && last.new.is_empty() == segment.new.is_empty();
        if alike && last.cause == segment.cause && last.evidence == segment.evidence {
            // What fits only a part of it is not worth cutting it.
            last.also = last.also.filter(|_| last.also == segment.also);
            last.old = Span::new(last.old.start(), segment.old.end());
            last.new = Span::new(last.new.start(), segment.new.end());
            return;
        }
    }
    segments.push(segment);
}
