use super::*;
use proptest::prelude::*;

fn noise(seed: u64, len: usize) -> Vec<u8> {
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

fn lanes(old: &[u8], new: &[u8]) -> Vec<(usize, usize, usize)> {
    align(old, new, &[]).tracks.iter().map(|track| (track.old, track.new, track.len)).collect()
}

fn without(bytes: &[u8], at: usize, len: usize) -> Vec<u8> {
    [&bytes[..at], &bytes[at + len..]].concat()
}

#[test]
fn a_lost_line_leaves_two_tracks_that_meet_at_it() {
    let old = noise(1, 10_000);
    assert_eq!(lanes(&old, &without(&old, 4096, 16)), [(0, 0, 4096), (4112, 4096, 5888)]);
}

#[test]
fn shifts_by_odd_amounts_are_followed() {
    let old = noise(2, 100_000);
    for shift in [1, 3, 17, 255, 256, 5000, 70_001] {
        let new = [noise(3, shift), old.clone()].concat();
        assert_eq!(lanes(&old, &new), [(0, shift, old.len())]);
        assert_eq!(lanes(&new, &old), [(shift, 0, old.len())]);
    }
}

#[test]
fn a_replaced_stretch_stays_on_its_lane() {
    let old = noise(4, 50_000);
    for len in [1, 2, 40, 300, 20_000] {
        let mut new = old.clone();
        new[9000..9000 + len].copy_from_slice(&noise(5, len));
        assert_eq!(lanes(&old, &new), [(0, 0, old.len())], "{len}");
    }
}

#[test]
fn the_change_of_lanes_goes_back_over_what_agreed_by_chance() {
    // A table of 64-byte records that differ in two bytes each: after a lost record the old lane still looks good.
    let records: Vec<u8> = (0..400_u16)
        .flat_map(|number| {
            let mut record = noise(6, 64);
            record[4..6].copy_from_slice(&number.wrapping_mul(259).to_be_bytes());
            record
        })
        .chain(noise(7, 3000))
        .collect();
    assert_eq!(lanes(&records, &without(&records, 64 * 20, 64)), [(0, 0, 1280), (1344, 1280, records.len() - 1344)]);
}

#[test]
fn a_mirrored_stretch_does_not_lead_away_from_the_lane() {
    let old = noise(8, 0x8_0000);
    let mut new = old.clone();
    new.copy_within(0x5_0000..0x6_0000, 0x1_0000);
    assert_eq!(lanes(&old, &new), [(0, 0, old.len())]);
}

#[test]
fn words_printed_backwards_are_a_track_of_their_own() {
    let old = noise(9, 4096);
    for (order, unit) in [(Order::Words, 4), (Order::HalfWords, 2)] {
        let mut new = old.clone();
        new[1024..3072].chunks_exact_mut(unit).for_each(<[u8]>::reverse);
        let tracks = align(&old, &new, &[]).tracks;
        assert_eq!(tracks.iter().filter(|track| track.order == order).map(|track| track.len).sum::<usize>(), 2048);
        assert_eq!(tracks.len(), 3, "{tracks:?}");
    }
}

#[test]
fn hints_are_followed_where_the_bytes_alone_say_nothing() {
    let (old, new) = (vec![0xFF; 4000], vec![0xFF; 3000]);
    let hint = Hint { old: Span::new(3000, 4000), new: Span::new(2000, 3000), same: false };
    assert_eq!(align(&old, &new, &[hint]).tracks.last().map(Track::lane), Some(1000));
    let of_other_length = Hint { old: Span::new(3000, 3999), ..hint };
    assert_eq!(align(&old, &new, &[of_other_length]), align(&old, &new, &[]));
}

#[test]
fn the_cost_is_linear_however_repetitive_the_images_are() {
    let page = noise(10, 256);
    let pages = |count: usize| page.iter().copied().cycle().take(256 * count).collect::<Vec<u8>>();
    let islands = |step: usize| {
        let mut flash = vec![0xFF; 1 << 18];
        flash.iter_mut().step_by(step).for_each(|byte| *byte = 0x5A);
        flash
    };
    let half: Vec<u8> = (0..1 << 17).map(|at: usize| (at % 7) as u8).collect();
    let pairs = [
        ("erased and zero", vec![0xFF; 1 << 18], vec![0; 1 << 18]),
        ("erased, other lengths", vec![0xFF; 1 << 18], vec![0xFF; 1 << 17]),
        ("a page repeated", pages(1024), pages(1000)),
        ("a page repeated, shifted", pages(1024), pages(1024)[77..].to_vec()),
        ("islands", islands(1000), islands(1016)),
        ("periods", half.clone(), half.iter().map(|byte| byte / 2).collect()),
        ("noise", noise(11, 1 << 18), noise(12, 1 << 18)),
        (
            "every second byte",
            noise(13, 1 << 18),
            noise(13, 1 << 18).iter().enumerate().map(|(at, byte)| byte ^ (at & 1) as u8).collect(),
        ),
        ("one page against many", page.clone(), pages(1024)),
    ];
    for (name, old, new) in pairs {
        for (old, new) in [(&old, &new), (&new, &old)] {
            let alignment = align(old, new, &[]);
            assert!(
                alignment.steps <= 64 * (old.len() + new.len()) + (1 << 17),
                "{name}: {} steps for {} bytes",
                alignment.steps,
                old.len() + new.len()
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn tracks_rise_in_both_images_whatever_they_hold(
        old in prop::collection::vec(0_u8..3, 0..600),
        new in prop::collection::vec(0_u8..3, 0..600),
        cuts in prop::collection::vec((0_usize..600, 0_usize..600, 0_usize..600, 0_usize..600), 0..4),
    ) {
        let hints: Vec<Hint> = cuts
            .iter()
            .map(|&(a, b, c, d)| Hint { old: Span::new(a, b), new: Span::new(c, d), same: false })
            .collect();
        for track in align(&old, &new, &hints).tracks.windows(2) {
            prop_assert!(track[0].old_end() <= track[1].old && track[0].new_end() <= track[1].new);
        }
        for track in align(&old, &new, &hints).tracks {
            prop_assert!(track.len > 0 && track.old_end() <= old.len() && track.new_end() <= new.len());
        }
    }
}
