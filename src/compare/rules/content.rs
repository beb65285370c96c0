//! Rules for what the bytes are: filler, a region, a mirrored page, single digits.

use super::super::align::{Order, is_filler, weight};
use super::super::cause::Cause;
use super::super::segment::{AsciiColumn, Evidence, Segment};
use super::super::side::{Ground, Label, Place, Proof, Which, cause_of};
use super::super::stretch::Fit;
use super::extra::BLOCK_BYTES;
use super::{Gap, Rules, Verdict, strength};
use crate::image::{PAGE_BYTES, Span};
use crate::map::{Kind, State};

/// What XMODEM senders fill their last block with (boot-loader.md section 3.1, certain).
const XMODEM_FILLER: u8 = 0x1A;
/// Filler shorter than this is no stretch of its own.
const FILLER_MIN_BYTES: usize = 32;
/// Single digits closer together than this are judged together.
const DIGIT_NEIGHBOURHOOD_BYTES: usize = 64;

impl Rules<'_> {
    /// What can be said of a piece of a gap on its own.
    pub(super) fn on_a_piece(&self, gap: &Gap, whole: &Gap) -> Vec<Verdict> {
        let verdicts = [
            self.not_known(gap),
            self.padding(gap),
            self.filler(gap, whole),
            self.place(gap),
            self.label(gap, whole),
            self.mirror(gap),
            self.repeated_in_place(gap),
            self.digit(gap),
        ];
        verdicts.into_iter().flatten().collect()
    }

    pub(super) fn not_known(&self, gap: &Gap) -> Option<Verdict> {
        let which = match (self.old.is_known(gap.old), self.new.is_known(gap.new)) {
            (true, true) => return None,
            (_, false) => Which::New,
            (false, true) => Which::Old,
        };
        Some(Verdict::new(strength::NOT_KNOWN, Cause::UnknownBytes, Evidence::In(which)))
    }

    /// The sides that hold bytes here.
    fn sides(&self, gap: &Gap) -> impl Iterator<Item = (Which, Span, &[u8])> {
        [(Which::New, gap.new), (Which::Old, gap.old)]
            .into_iter()
            .filter(|(_, span)| !span.is_empty())
            .map(|(which, span)| (which, span, span.of(self.ground(which).side.bytes)))
    }

    fn padding(&self, gap: &Gap) -> Option<Verdict> {
        self.sides(gap).find_map(|(which, span, bytes)| {
            // Blocks are counted in what was sent, which what went wrong later does not shift.
            let old_end = gap.old.start() + bytes.len();
            let at_block = span.end().is_multiple_of(BLOCK_BYTES) || old_end.is_multiple_of(BLOCK_BYTES);
            if bytes.len() >= BLOCK_BYTES || !at_block || !is_filler(bytes) {
                return None;
            }
            let at_end = span.end() == self.ground(which).side.bytes.len() && gap.extra().is_some();
            let strength = match bytes.first() {
                Some(&XMODEM_FILLER) => strength::FILLER_IN_PLACE,
                _ if at_end => strength::POSSIBLE,
                _ => return None,
            };
            Some(Verdict::new(strength, Cause::XmodemPadding, Evidence::In(which)))
        })
    }

    fn filler(&self, gap: &Gap, whole: &Gap) -> Option<Verdict> {
        let (which, span, cause) = self.sides(gap).find_map(|(which, span, bytes)| {
            let cause = match bytes.first()? {
                0xFF => Cause::Erased,
                0x00 => Cause::ZeroFill,
                _ => return None,
            };
            is_filler(bytes).then_some((which, span, cause))
        })?;
        let len = span.len();
        // All of a filled place, or as much of it as there is at an end; not some lines out of the midst of one.
        let place = self.ground(which).place_at(span).filter(|place| place.kind.is_filler());
        let is_place = place.is_some_and(|place| {
            // The room behind an image that grew or shrank.
            let ends_a_shift = gap.old.end() == gap.new.end();
            gap.at_end
                || ends_a_shift
                || gap.is_at_front()
                || span.encloses(place.span)
                || span != if which == Which::Old { whole.old } else { whole.new }
        });
        let strength = match gap.extra() {
            Some(_) if is_place && len >= FILLER_MIN_BYTES => strength::FILL_PLACE,
            Some((Which::New, _)) if gap.at_end => strength::FILL_TAIL,
            Some(_) if gap.at_end && len >= PAGE_BYTES => strength::FILL_TAIL,
            None if len.max(self.filled_around(gap, which)) >= PAGE_BYTES => strength::FILL_PAGE,
            _ if len >= FILLER_MIN_BYTES => strength::FILL_LINE,
            None if self.filled_around(gap, which) >= FILLER_MIN_BYTES => strength::FILL_LINE,
            _ if len >= 4 || gap.extra().is_some() => strength::FILL_BYTES,
            _ => return None,
        };
        let opposite =
            if which == Which::Old { gap.new.of(self.new.side.bytes) } else { gap.old.of(self.old.side.bytes) };
        let is_loss = strength == strength::FILL_PAGE && !is_filler(opposite);
        let evidence = if is_loss { Evidence::InsteadOfContent(which) } else { Evidence::In(which) };
        Some(Verdict::new(strength, cause, evidence))
    }

    /// How many bytes around a filled piece of the new image are filled too, if enough of them were something else
    /// before: what was zero anyway does not show.
    fn filled_around(&self, gap: &Gap, which: Which) -> usize {
        const TOLD_MIN: usize = 8;
        let all = self.new.side.bytes;
        let Some(fill) = all.get(gap.new.start()).filter(|_| which == Which::New && gap.is_paired()) else { return 0 };
        let filled = |byte: &&u8| *byte == fill;
        let before = Span::new(gap.new.start().saturating_sub(PAGE_BYTES), gap.new.start()).of(all);
        let behind = Span::at(gap.new.end(), PAGE_BYTES).of(all);
        let before = before.iter().rev().take_while(filled).count().min(gap.old.start());
        let run = before + gap.new.len() + behind.iter().take_while(filled).count();
        let was = Span::at(gap.old.start() - before, run).of(self.old.side.bytes);
        let told = was.iter().filter(|byte| *byte != fill).count();
        if told >= TOLD_MIN && 8 * told >= run { run } else { 0 }
    }

    fn place(&self, gap: &Gap) -> Option<Verdict> {
        let new = self.new.place_at(gap.new).filter(|_| !gap.new.is_empty());
        let old = self.old.place_at(gap.old).filter(|_| !gap.old.is_empty());
        let told = |place: &Place| cause_of(place.kind).is_some();
        let (which, place) = match (new.filter(told), old.filter(told)) {
            (Some(place), _) => (Which::New, place),
            (None, Some(place)) => (Which::Old, place),
            (None, None) => return self.payload(gap, old, new),
        };
        let cause = cause_of(place.kind)?;
        // The same kind on both sides, and whole in one of them only: then the bytes went wrong.
        let whole = |place: Option<Place>| place.is_some_and(|place| matches!(place.state, State::Verified));
        let broken = |place: Option<Place>| place.is_some_and(|place| place.is_broken());
        let (old, new) = (self.old.place_around(gap.old), self.new.place_around(gap.new));
        let one_broken = (whole(old) && broken(new)) || (whole(new) && broken(old));
        // Lines that one side lacks in the midst of it do not make it another one.
        let all_of_it = gap.extra().is_some_and(|(_, span)| span.encloses(place.span));
        let strength = match place.kind {
            _ if one_broken => strength::PLACE_DAMAGED,
            Kind::CarriedPage => strength::EVERY_BYTE,
            Kind::Settings | Kind::BootInfo if !broken(Some(place)) && !all_of_it => {
                strength::OWN_DATA.max(if whole(Some(place)) { strength::PLACE } else { 0 })
            }
            _ if all_of_it || (whole(Some(place)) && gap.extra().is_none()) => strength::PLACE,
            _ => strength::PLACE_DAMAGED,
        };
        Some(Verdict::new(strength, cause, Evidence::In(which)))
    }

    /// Something recognised that is no container, so that no look inside tells of it: it is on one side only, or it
    /// is what an update says of its parts.
    fn payload(&self, gap: &Gap, old: Option<Place>, new: Option<Place>) -> Option<Verdict> {
        let place = new.or(old).filter(|place| place.is_recognised())?;
        let words = if place.kind == Kind::Update { "header of the vendor update" } else { place.kind.words() };
        let (cause, note) = match gap.extra() {
            Some((which, span)) if span.encloses(place.span) => {
                let cause = if which == Which::New { Cause::FileAdded } else { Cause::FileRemoved };
                (cause, format!("the {words}, which the other file does not have"))
            }
            None if place.kind == Kind::Update && old.is_some_and(|old| old.kind == Kind::Update) => {
                (Cause::FileChanged, format!("the {words}: what it says of its parts"))
            }
            _ => return None,
        };
        let strength = if place.is_whole() { strength::PLACE } else { strength::PLACE_DAMAGED };
        Some(Verdict::new(strength, cause, Evidence::Told(note.into())))
    }

    fn label(&self, gap: &Gap, whole: &Gap) -> Option<Verdict> {
        let new = self.new.label_at(gap.new).filter(|_| !gap.new.is_empty());
        let old = self.old.label_at(gap.old).filter(|_| !gap.old.is_empty());
        // What came or went says more than what only lies elsewhere.
        let says_little = |label: &&Label| matches!(label.cause, Cause::RomfsOrder | Cause::RomfsHeader);
        let new = new.filter(|new| !(says_little(new) && old.is_some_and(|old| !says_little(&old))));
        let label = new.or(old)?;
        // What is the same but for its place cannot differ where it lies; its padding can.
        let is_same = matches!(label.cause, Cause::RomfsOrder | Cause::FileMoved) && gap.is_paired();
        let same_place = |old: &Label| {
            old.note == label.note && gap.old.start() + label.span.start() == gap.new.start() + old.span.start()
        };
        if is_same && self.old.label_at(gap.old).is_some_and(same_place) {
            return None;
        }
        let (side, span) = if new.is_some() { (&self.new, gap.new) } else { (&self.old, gap.old) };
        let is_lone = matches!(label.cause, Cause::FileAdded | Cause::FileRemoved | Cause::WebUi)
            && side.place_at(span).is_some_and(|place| place.span == label.span);
        let strength = match label.proof {
            // Whatever state it is in, what is all there on one side only is just that. If the other side has most of
            // it, it was only not recognised there.
            _ if is_lone && gap.is_paired() && is_filler(gap.new.of(self.new.side.bytes)) => strength::LONE_PART,
            _ if is_lone && 2 * self.shared(whole, label.span, side) >= label.span.len() => strength::CONTENT_VERIFIED,
            _ if is_lone => strength::LONE_PART,
            Proof::Verified if !self.one_is_broken(gap) => strength::CONTENT_VERIFIED,
            _ => strength::CONTENT_LIKELY,
        };
        Some(Verdict::new(strength, label.cause, Evidence::Told(label.note.clone())))
    }

    /// How much of a stretch of one side lies in a gap.
    fn shared(&self, gap: &Gap, span: Span, side: &Ground<'_>) -> usize {
        let of_side = if std::ptr::eq(side, &self.new) { gap.new } else { gap.old };
        of_side.overlap(span).map_or(0, Span::len)
    }

    /// Whether the same kind of thing lies here on both sides, and is broken on one.
    fn one_is_broken(&self, gap: &Gap) -> bool {
        let around = self.new.place_around(gap.new).or_else(|| self.old.place_around(gap.old));
        let Some(kind) = around.map(|place| place.kind) else { return false };
        let broken = |ground: &Ground<'_>, span| ground.last_of(kind, span).is_some_and(|place| place.is_broken());
        broken(&self.old, gap.old) || broken(&self.new, gap.new)
    }

    /// The bytes are those at an address that differs in one bit.
    ///
    /// Addresses are counted in the old image where its bytes prove it, for what went wrong before shifts the new one.
    pub(super) fn mirror(&self, gap: &Gap) -> Option<Verdict> {
        if !gap.is_paired() || gap.fit != Fit::Plain || gap.new.is_empty() {
            return None;
        }
        // Whose addresses count, which side repeats something, and what it repeats.
        let readings = [
            (Which::Old, Which::New, Which::Old),
            (Which::New, Which::New, Which::New),
            (Which::New, Which::Old, Which::New),
            (Which::Old, Which::Old, Which::Old),
        ];
        readings.into_iter().find_map(|(counted, which, repeated)| {
            let of = |which| if which == Which::Old { gap.old } else { gap.new };
            let base = self.ground(counted).side.address.map_or(0, |address| address.0 as usize);
            let (first, last) = (base + of(counted).start(), base + of(counted).end() - 1);
            // Whole pages, with the bytes around that happen to be the same.
            let before = first % PAGE_BYTES;
            let behind = PAGE_BYTES - 1 - last % PAGE_BYTES;
            let start = of(which).start().checked_sub(before)?;
            let len = before + gap.new.len() + behind;
            let bytes = Span::at(start, len).of(self.ground(which).side.bytes);
            if bytes.len() < len || weight(bytes) < len / 8 {
                return None;
            }
            let all = self.ground(repeated).side.bytes;
            let bits = std::iter::successors(Some(PAGE_BYTES), |bit| bit.checked_mul(2));
            let fitting = bits.take_while(|bit| *bit < all.len()).filter(|bit| first / bit == last / bit);
            let (bit, twin) = fitting
                .filter_map(|bit| Some((bit, Span::at((first ^ bit).checked_sub(base + before)?, len))))
                .find(|(_, twin)| twin.of(all) == bytes)?;
            let twin = Span::at(twin.start() + before, gap.new.len());
            Some(Verdict::new(strength::EVERY_BYTE, Cause::AddressMirror, Evidence::AddressBit { which, bit, twin }))
        })
    }

    /// The line or page of the dump is the one before it once more, and nothing is shifted.
    fn repeated_in_place(&self, gap: &Gap) -> Option<Verdict> {
        if !gap.is_paired() || gap.fit != Fit::Plain || gap.new.len() > PAGE_BYTES {
            return None;
        }
        let all = self.new.side.bytes;
        [(PAGE_BYTES, Cause::RepeatedPage), (16, Cause::RepeatedLine)].into_iter().find_map(|(unit, cause)| {
            let start = gap.new.start() / unit * unit;
            let (line, twin) = (Span::at(start, unit), Span::at(start.checked_sub(unit)?, unit));
            let repeats = line.encloses(gap.new) && line.of(all) == twin.of(all) && !is_filler(line.of(all));
            // A byte or two of a line can be so by chance.
            let enough = 4 * gap.new.len() >= unit;
            let evidence = Evidence::CopyOf { which: Which::New, twin, wrong: 0 };
            (repeats && enough).then(|| Verdict::new(strength::LINE_COPY, cause, evidence))
        })
    }

    /// A byte or two that differ in one hex digit each.
    fn digit(&self, gap: &Gap) -> Option<Verdict> {
        if !gap.is_paired() || gap.old.len() > 4 {
            return None;
        }
        let (old, new) = (gap.old.of(self.old.side.bytes), gap.new.of(self.new.side.bytes));
        let one_digit = match gap.fit {
            Fit::WrongIn(Order::Words | Order::HalfWords) => {
                let wrong = old.iter().rev().zip(new).filter(|(old, new)| old != new);
                wrong.clone().count() == 1 && wrong.clone().all(|(old, new)| is_one_digit(*old, *new))
            }
            _ => old.len() <= 2 && old.iter().zip(new).all(|(old, new)| is_one_digit(*old, *new)),
        };
        one_digit.then(|| {
            let column = self.ascii_column(gap, old, new);
            Verdict::new(strength::DIGIT, Cause::DigitError, Evidence::Digits(column))
        })
    }

    fn ascii_column(&self, gap: &Gap, old: &[u8], new: &[u8]) -> AsciiColumn {
        let captures = [(gap.new, self.new.side.contradicted), (gap.old, self.old.side.contradicted)];
        let mut captures =
            captures.into_iter().filter_map(|(span, contradicted)| Some((span, contradicted?))).peekable();
        if captures.peek().is_none() {
            return AsciiColumn::None;
        }
        if captures.any(|(span, contradicted)| !contradicted.gaps_in(span).eq(&[span])) {
            return AsciiColumn::Contradicts;
        }
        let shown = |byte: &u8| if *byte <= 0x20 || *byte > 0x7F { b'.' } else { *byte };
        if old.iter().map(shown).eq(new.iter().map(shown)) { AsciiColumn::Blind } else { AsciiColumn::Agrees }
    }
}

/// Whether two bytes differ in exactly one of their two hex digits.
pub(super) const fn is_one_digit(old: u8, new: u8) -> bool {
    let changed = old ^ new;
    changed != 0 && (changed & 0x0F == 0 || changed & 0xF0 == 0)
}

/// The offsets inside `span` where a long run of one filler begins or ends, and where a shorter one does at the ends
/// of the span.
pub(super) fn filler_cuts(span: Span, all: &[u8]) -> Vec<usize> {
    let mut cuts = Vec::new();
    let bytes = span.of(all);
    let mut at = span.start();
    for run in bytes.chunk_by(|left, right| left == right) {
        let end = at + run.len();
        let fill = match run.first() {
            Some(0x00 | 0xFF) => run.len() >= FILLER_MIN_BYTES,
            // The filler of XMODEM ends at a block boundary.
            Some(&XMODEM_FILLER) => end.is_multiple_of(BLOCK_BYTES) && run.len() < BLOCK_BYTES && run.len() > 1,
            _ => false,
        };
        if fill {
            cuts.extend([at, end]);
        }
        at = end;
    }
    cuts.retain(|&cut| span.start() < cut && cut < span.end());
    cuts
}

/// Takes back single-digit verdicts where most of the differing bytes around are no single digits: one change in
/// eight looks like that by chance.
pub(super) fn without_chance_digits(segments: &mut [Segment], old: &[u8], new: &[u8]) {
    let is_point = |segment: &Segment| matches!(segment.cause, Cause::DigitError | Cause::Unexplained);
    let mut start = 0;
    while let Some(rest) = segments.get_mut(start..).filter(|rest| !rest.is_empty()) {
        let joined = |segment: &Segment| {
            is_point(segment) || (segment.cause == Cause::Equal && segment.old.len() < DIGIT_NEIGHBOURHOOD_BYTES)
        };
        let len = rest.iter().take_while(|segment| joined(segment)).count();
        let cluster = rest.get_mut(..len).unwrap_or_default();
        let (mut digits, mut others) = (0, 0);
        for segment in cluster.iter() {
            match segment.cause {
                Cause::DigitError => digits += segment.len_bytes(),
                Cause::Unexplained if segment.old.len() == segment.new.len() => {
                    let pairs = segment.old.of(old).iter().zip(segment.new.of(new));
                    others += pairs.filter(|(old, new)| old != new).count();
                }
                _ => {}
            }
        }
        if digits < 2 * others {
            for segment in cluster.iter_mut().filter(|segment| segment.cause == Cause::DigitError) {
                *segment =
                    Segment { cause: Cause::Unexplained, also: None, evidence: Evidence::Rule, ..segment.clone() };
            }
        }
        start += len + 1;
    }
}
