//! Stretches that are known to be the same before the bytes are aligned, so that nobody compares them again.

use super::Hint;
use super::align::common_prefix;
use crate::image::Span;

/// Stretches of both images that hold the same bytes, in rising order and without overlaps in the old image.
#[derive(Debug, Clone, Default)]
pub(super) struct KnownSame(Vec<Hint>);

impl KnownSame {
    /// Those of the hints that say so, in images of these lengths.
    pub fn of(hints: &[Hint], old_len: usize, new_len: usize) -> Self {
        let (old, new) = (Span::new(0, old_len), Span::new(0, new_len));
        let fits = |hint: &&Hint| {
            hint.same && hint.old.len() == hint.new.len() && old.encloses(hint.old) && new.encloses(hint.new)
        };
        let mut same: Vec<Hint> = hints.iter().filter(fits).copied().collect();
        same.sort_unstable_by_key(|hint| (hint.old.start(), hint.new.start()));
        let mut end = 0;
        same.retain(|hint| {
            let is_apart = hint.old.start() >= end;
            end = end.max(hint.old.end());
            is_apart
        });
        Self(same)
    }

    /// How many bytes of `old` and `new`, which start at these offsets of the images, agree from the start on. Only
    /// what is not known is compared.
    pub fn common_prefix(&self, old: &[u8], new: &[u8], old_at: usize, new_at: usize) -> usize {
        let whole = old.len().min(new.len());
        let agree = |from: usize, to: usize| common_prefix(Span::new(from, to).of(old), Span::new(from, to).of(new));
        let mut len = 0;
        let first = self.0.partition_point(|known| known.old.end() <= old_at);
        for known in self.0.iter().skip(first) {
            // A stretch on another lane says nothing here and is compared like the bytes before it.
            let on_lane = known.old.start() + new_at == known.new.start() + old_at;
            let known_to = known.old.end() - old_at;
            let compared_to = if on_lane { known.old.start().saturating_sub(old_at) } else { known_to }.min(whole);
            len += agree(len, compared_to);
            if len < compared_to {
                return len;
            }
            if on_lane {
                len = known_to.min(whole);
            }
            if len == whole {
                return len;
            }
        }
        len + agree(len, whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(old: usize, new: usize, len: usize) -> Hint {
        Hint { old: Span::at(old, len), new: Span::at(new, len), same: true }
    }

    #[test]
    fn what_is_known_on_this_lane_is_not_compared_and_all_else_is() {
        let old = vec![7; 1000];
        let mut new = old.clone();
        new[500] = 0; // a lie, to see who looks
        let known = KnownSame::of(&[same(300, 300, 300)], 1000, 1000);
        assert_eq!(known.common_prefix(&old, &new, 0, 0), 1000);
        assert_eq!(known.common_prefix(&old[400..], &new[400..], 400, 400), 600);
        let elsewhere = KnownSame::of(&[same(300, 200, 300)], 1000, 1000);
        assert_eq!(elsewhere.common_prefix(&old, &new, 0, 0), 500);
        assert_eq!(KnownSame::default().common_prefix(&old[1..], &new, 1, 0), 500);
    }

    #[test]
    fn the_prefix_ends_where_a_space_ends_or_a_byte_differs_behind_what_is_known() {
        let old = vec![7; 1000];
        let mut new = old.clone();
        new[700] = 0;
        let known = KnownSame::of(&[same(100, 100, 100), same(300, 300, 300), same(350, 350, 10)], 1000, 1000);
        assert_eq!(known.common_prefix(&old, &new, 0, 0), 700);
        assert_eq!(known.common_prefix(&old[..350], &new[..350], 0, 0), 350);
        assert_eq!(known.common_prefix(&old[..50], &new[..60], 0, 0), 50);
        assert_eq!(known.common_prefix(&[], &new, 1000, 0), 0);
    }

    #[test]
    fn a_hint_that_cannot_be_is_no_knowledge() {
        let mut longer = same(0, 0, 10);
        longer.new = Span::new(0, 11);
        let different = Hint { same: false, ..same(0, 0, 10) };
        assert!(KnownSame::of(&[longer, different, same(995, 0, 10)], 1000, 1000).0.is_empty());
    }
}
