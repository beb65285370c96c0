//! The fewest lines to type that show given flash addresses once more.

use crate::image::{FLASH_MAX_BYTES, FlashAddr, PAGE_BYTES, Span, SpanSet};

/// At most so many lines are told: those of the largest flash.
const DISPLAYS_MAX: usize = FLASH_MAX_BYTES / PAGE_BYTES;

/// What a display may start at: a multiple of a page if that serves as well as any other, or of a line, or of a word. The
/// boot loader shows 256 bytes from a multiple of four on (boot-loader.md section 3, certain).
const STEPS: [usize; 3] = [PAGE_BYTES, 16, 4];

/// The line that shows 256 bytes from an address on.
pub fn command(start: FlashAddr) -> String {
    format!("d -b {start}")
}

/// Where displays must start that show all of these addresses, in rising order: no fewer would do.
pub(super) fn displays(addresses: &SpanSet) -> Vec<FlashAddr> {
    let mut starts = Vec::new();
    let mut shown = 0;
    for span in addresses.iter() {
        while let Some(first) = Some(span.start().max(shown)).filter(|first| *first < span.end()) {
            let start = start_for(first, addresses);
            let Ok(address) = u32::try_from(start) else { return starts };
            if starts.len() == DISPLAYS_MAX {
                return starts;
            }
            starts.push(FlashAddr(address));
            shown = start.saturating_add(PAGE_BYTES);
        }
    }
    starts
}

/// The start that shows `first` and as much of what lies behind it as any other, or where nothing is lost by it a
/// rounder one.
fn start_for(first: usize, addresses: &SpanSet) -> usize {
    let [.., word] = STEPS;
    let latest = first - first % word;
    let shown = Span::at(latest, PAGE_BYTES);
    let end = addresses.overlapping(shown).last().map_or(first, Span::end);
    let starts = STEPS.map(|step| first - first % step);
    starts.into_iter().find(|start| end <= start.saturating_add(PAGE_BYTES)).unwrap_or(latest)
}

/// A stretch of an image as flash addresses; `None` if the image has no address.
pub(super) fn addresses_of(start: Option<FlashAddr>, span: Span) -> Option<Span> {
    let start = usize::try_from(start?.0).ok()?;
    Some(span.shifted(start))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn starts(spans: &[(usize, usize)]) -> Vec<u32> {
        let addresses = spans.iter().map(|(start, end)| Span::new(*start, *end)).collect();
        displays(&addresses).into_iter().map(|start| start.0).collect()
    }

    #[test]
    fn a_hole_across_a_page_boundary_takes_one_display() {
        assert_eq!(starts(&[(0x7F02_12F0, 0x7F02_1310)]), [0x7F02_12F0]);
        assert_eq!(starts(&[(0x7F02_12F3, 0x7F02_13F0)]), [0x7F02_12F0]);
        assert_eq!(starts(&[(0x7F02_12F3, 0x7F02_13F1)]), [0x7F02_12F0, 0x7F02_1300]);
    }

    #[test]
    fn a_display_starts_at_a_page_where_that_serves_as_well() {
        assert_eq!(starts(&[(0x7F02_1230, 0x7F02_1240)]), [0x7F02_1200]);
        assert_eq!(starts(&[(0x7F02_1210, 0x7F02_2210)]).len(), 16);
        assert_eq!(
            starts(&[(0x7F02_1000, 0x7F02_1200), (0x7F02_12F0, 0x7F02_1300)]),
            [0x7F02_1000, 0x7F02_1100, 0x7F02_1200]
        );
    }

    #[test]
    fn a_hole_as_large_as_all_addresses_makes_a_bounded_list() {
        assert_eq!(starts(&[(0, usize::MAX)]).len(), DISPLAYS_MAX);
    }

    proptest! {
        #[test]
        fn displays_show_all_and_are_as_few_as_can_be(
            holes in proptest::collection::vec((0_usize..3_000, 1_usize..300), 1..12),
        ) {
            let addresses: SpanSet = holes.iter().map(|(start, len)| Span::at(0x7F02_0000 + start, *len)).collect();
            let starts = displays(&addresses);
            let shown: SpanSet = starts.iter().map(|start| Span::at(start.0 as usize, PAGE_BYTES)).collect();
            prop_assert!(addresses.iter().all(|span| shown.encloses(span)));
            prop_assert!(starts.iter().all(|start| start.0 % 4 == 0) && starts.is_sorted());
            // the fewest for all from a byte on: whatever display shows the byte, and the fewest for what lies behind it
            let mut fewest = vec![0_usize; 4_000];
            for at in (0..3_600).rev() {
                let is_missing = addresses.encloses(Span::at(0x7F02_0000 + at, 1));
                let behind = (at + 1..=at / 4 * 4 + PAGE_BYTES).map(|next| fewest[next]).min();
                fewest[at] = if is_missing { 1 + behind.unwrap() } else { fewest[at + 1] };
            }
            prop_assert_eq!(starts.len(), fewest[0]);
        }
    }
}
