mod camera;
mod causes;
mod known;
mod pictures;
mod whole;

use proptest::prelude::*;

use super::*;
use crate::image::{Span, SpanSet};

/// Bytes that no rule can mistake for anything else.
pub(super) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    })
    .take(len)
    .collect()
}

pub(super) fn all_of(bytes: &[u8]) -> SpanSet {
    SpanSet::of(Span::at(0, bytes.len()))
}

/// Compares bytes of which nothing else is known.
pub(super) fn compared(old: &[u8], new: &[u8]) -> Vec<Segment> {
    let (known_old, known_new) = (all_of(old), all_of(new));
    let found = segments(&Side::new(old, &known_old), &Side::new(new, &known_new), &[]);
    assert_covered(&found, old, new);
    found
}

/// Every byte of both images exactly once, in order; `equal` only where the bytes are.
pub(super) fn assert_covered(found: &[Segment], old: &[u8], new: &[u8]) {
    let mut at = (0, 0);
    for segment in found {
        assert_eq!((segment.old.start(), segment.new.start()), at, "{segment:?}");
        assert!(segment.len_bytes() > 0, "{segment:?}");
        if segment.cause == Cause::Equal {
            assert_eq!(segment.old.of(old), segment.new.of(new));
        }
        at = (segment.old.end(), segment.new.end());
    }
    assert_eq!(at, (old.len(), new.len()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn segments_cover_arbitrary_images(
        old in prop::collection::vec(any::<u8>(), 0..300),
        new in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        compared(&old, &new);
    }

    #[test]
    fn segments_cover_repetitive_images(
        old in prop::collection::vec(prop::sample::select(&[0_u8, 0x1A, 0xFF, 7][..]), 0..900),
        new in prop::collection::vec(prop::sample::select(&[0_u8, 0x1A, 0xFF, 7][..]), 0..900),
        hole in (0_usize..900, 0_usize..900),
    ) {
        compared(&old, &new);
        let known: SpanSet = all_of(&old).gaps_in(Span::new(0, 0)).into_iter().collect();
        prop_assert_eq!(known, SpanSet::default());
        let known_old: SpanSet = SpanSet::of(Span::new(hole.0, hole.1)).gaps_in(Span::at(0, old.len())).into_iter().collect();
        let known_new = all_of(&new);
        let found = segments(&Side::new(&old, &known_old), &Side::new(&new, &known_new), &[]);
        assert_covered(&found, &old, &new);
    }

    #[test]
    fn segments_cover_an_image_and_what_became_of_it(
        seed in any::<u64>(),
        edits in prop::collection::vec((0_usize..5000, 0_usize..600, 0_usize..600, any::<u8>()), 0..8),
    ) {
        let old = noise(seed, 5000);
        let mut new = old.clone();
        for (at, removed, added, fill) in edits {
            let at = at.min(new.len());
            let end = (at + removed).min(new.len());
            new.splice(at..end, std::iter::repeat_n(fill, added));
        }
        compared(&old, &new);
    }
}
