//! Several dumps of the same flash against what was flashed: where they agree with each other, the flash is to blame,
//! and where only one differs, that dump is.

use serde::Serialize;

use super::{Cause, Comparison, Meaning, Segment};
use crate::image::{Image, Span};
use crate::words::plural;

/// What several dumps say about a stretch in which at least one of them differs from what was flashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Says {
    /// All dumps hold the same here, and it is not what was flashed: the flash holds it.
    FlashDiffers,
    /// More dumps hold what was flashed than anything else: the others are wrong here.
    SomeDumpsWrong,
    /// The dumps contradict each other, and most of them do not hold what was flashed.
    Undecided,
}

/// A stretch of what was flashed, and what each dump has there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// The stretch of the flashed image; empty where dumps only have more bytes.
    pub old: Span,
    /// The stretch of each dump, in the order of the dumps.
    pub dumps: Vec<Span>,
    /// The dumps, by number from 0, that hold other bytes than were flashed.
    pub differing: Vec<usize>,
    /// What it comes to.
    pub says: Says,
}

impl Agreement {
    /// What all stretches come to, for `dumps` dumps.
    pub fn verdict(agreements: &[Self], dumps: usize) -> String {
        let of = |says: Says| agreements.iter().filter(move |agreement| agreement.says == says).count();
        let (flash, dump, undecided) = (of(Says::FlashDiffers), of(Says::SomeDumpsWrong), of(Says::Undecided));
        let mut sentences = Vec::new();
        match (flash, dump, undecided) {
            (0, 0, 0) => sentences.push(format!("All {dumps} dumps hold exactly what was flashed.")),
            (0, _, 0) => sentences.push("The flash holds what was flashed: wherever a dump differs, more of the others do not.".to_owned()),
            (0, ..) => {}
            _ => sentences.push(format!(
                "In {} all {dumps} dumps agree with each other and not with what was flashed: there the flash holds something else.",
                plural(flash, "place")
            )),
        }
        if dump > 0 && flash + undecided > 0 {
            sentences.push(format!("In {} single dumps are wrong.", plural(dump, "place")));
        }
        if undecided > 0 {
            sentences.push(format!(
                "In {} the dumps contradict each other: one more dump would tell.",
                plural(undecided, "place")
            ));
        }
        sentences.join(" ")
    }
}

/// Holds comparisons of one flashed image with several dumps against each other.
pub fn agreements(old: &Image, dumps: &[(&Image, &Comparison)]) -> Vec<Agreement> {
    let stretches = differing_stretches(dumps);
    let mut walks: Vec<Walk<'_>> =
        dumps.iter().map(|(_, comparison)| Walk { segments: &comparison.segments }).collect();
    let judged = stretches.into_iter().map(|stretch| {
        let spans: Vec<Span> = walks.iter_mut().map(|walk| walk.counterpart(stretch)).collect();
        judge(old, dumps, stretch, spans)
    });
    judged.collect()
}

/// Stretches of the old image in which any dump differs and it matters; those that touch are one.
fn differing_stretches(dumps: &[(&Image, &Comparison)]) -> Vec<Span> {
    let segments = dumps.iter().flat_map(|(_, comparison)| &comparison.segments);
    let mut spans: Vec<Span> =
        segments.filter(|segment| segment.meaning() > Meaning::Harmless).map(|segment| segment.old).collect();
    spans.sort_unstable();
    let mut stretches: Vec<Span> = Vec::new();
    for span in spans {
        match stretches.last_mut() {
            Some(last) if span.start() <= last.end() => *last = Span::new(last.start(), last.end().max(span.end())),
            _ => stretches.push(span),
        }
    }
    stretches
}

/// The segments of a dump that are still to come; stretches are asked for in rising order.
struct Walk<'a> {
    segments: &'a [Segment],
}

impl Walk<'_> {
    /// What the dump has in place of `stretch`: from where its counterpart starts to where it ends. Bytes that the dump
    /// has more, at either edge, belong to it.
    fn counterpart(&mut self, stretch: Span) -> Span {
        let behind = self.segments.partition_point(|segment| segment.old.end() < stretch.start());
        self.segments = self.segments.get(behind..).unwrap_or_default();
        let touching = self.segments.iter().take_while(|segment| segment.old.start() <= stretch.end());
        let parts = touching.map(|segment| match segment.cause {
            Cause::Equal => {
                let shared = segment.old.overlap(stretch).unwrap_or_else(|| nearest_edge(segment.old, stretch));
                let skipped = shared.start() - segment.old.start();
                Span::at(segment.new.start() + skipped, shared.len())
            }
            _ => segment.new,
        });
        parts
            .reduce(|all, part| Span::new(all.start().min(part.start()), all.end().max(part.end())))
            .unwrap_or_default()
    }
}

/// The edge at which `span` touches `stretch`, as an empty span.
fn nearest_edge(span: Span, stretch: Span) -> Span {
    Span::at(stretch.start().clamp(span.start(), span.end()), 0)
}

fn judge(old: &Image, dumps: &[(&Image, &Comparison)], stretch: Span, spans: Vec<Span>) -> Agreement {
    let flashed = stretch.of(old);
    let held: Vec<&[u8]> = dumps.iter().zip(&spans).map(|((image, _), span)| span.of(image)).collect();
    let differing: Vec<usize> =
        held.iter().enumerate().filter(|(_, bytes)| **bytes != flashed).map(|(dump, _)| dump).collect();
    let right = held.len() - differing.len();
    let most_alike = held
        .iter()
        .filter(|bytes| **bytes != flashed)
        .map(|bytes| held.iter().filter(|other| other == &bytes).count())
        .max();
    let says = match most_alike.unwrap_or(0) {
        alike if alike == held.len() => Says::FlashDiffers,
        alike if right > alike => Says::SomeDumpsWrong,
        _ => Says::Undecided,
    };
    Agreement { old: stretch, dumps: spans, differing, says }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Subject;

    fn image(bytes: &[u8]) -> Image {
        Image::new(bytes.to_vec(), None)
    }

    fn says(flashed: &[u8], dumps: &[&[u8]]) -> Vec<(Span, Vec<usize>, Says)> {
        let old = image(flashed);
        let images: Vec<Image> = dumps.iter().map(|dump| image(dump)).collect();
        let subject = |image| Subject { image, address: None, regions: &[], capture: None };
        let comparisons: Vec<Comparison> =
            images.iter().map(|new| Comparison::of(subject(&old), subject(new))).collect();
        let pairs: Vec<(&Image, &Comparison)> = images.iter().zip(&comparisons).collect();
        agreements(&old, &pairs).into_iter().map(|found| (found.old, found.differing, found.says)).collect()
    }

    fn flashed() -> Vec<u8> {
        (0..4096_u32).flat_map(|word| (word.wrapping_mul(0x9E37_79B9)).to_be_bytes()).collect()
    }

    #[test]
    fn what_all_dumps_hold_is_in_the_flash() {
        let old = flashed();
        let mut dump = old.clone();
        dump[0x1000..0x1020].copy_from_slice(b"this is what the flash holds now");
        let found = says(&old, &[&dump, &dump, &dump]);
        assert_eq!(found, [(Span::new(0x1000, 0x1020), vec![0, 1, 2], Says::FlashDiffers)]);
    }

    #[test]
    fn what_one_dump_holds_alone_is_its_own_fault() {
        let old = flashed();
        let mut noisy = old.clone();
        noisy[0x2345] ^= 0x40;
        let found = says(&old, &[&old, &noisy, &old]);
        assert_eq!(found, [(Span::new(0x2345, 0x2346), vec![1], Says::SomeDumpsWrong)]);
    }

    #[test]
    fn a_page_that_one_dump_lacks_does_not_shift_the_others() {
        let old = flashed();
        let short = [&old[..0x1000], &old[0x1100..]].concat();
        let mut other = old.clone();
        other[0x3000..0x3010].copy_from_slice(b"quite other data");
        let found = says(&old, &[&short, &other]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!((found[0].1.as_slice(), found[1].1.as_slice()), (&[0][..], &[1][..]));
        assert!(found.iter().all(|(_, _, says)| *says == Says::Undecided), "one against one: {found:?}");
    }
}
