//! The inner loops of the alignment: how far two stretches agree, exactly or with a few bytes wrong.

use super::Order;

/// What a differing byte costs where an agreeing one earns 1: a lane is followed while two bytes of three agree.
const MISMATCH_COST: i64 = 2;
/// A lane is given up when its score has fallen this far below its best: 32 wrong bytes in a row.
const DROP: i64 = 64;
/// A lane is given up when its score has not risen for this long, so that looking ahead never costs much.
const PATIENCE_BYTES: usize = 1024;

/// So many agreeing bytes in a row are no chance; [`common_prefix`] follows them faster.
const AGREED_BYTES: usize = 256;

/// How many bytes agree from the start on.
pub(in crate::compare) fn common_prefix(old: &[u8], new: &[u8]) -> usize {
    let (coarse_old, _) = old.as_chunks::<4096>();
    let (coarse_new, _) = new.as_chunks::<4096>();
    let coarse = 4096 * agreeing(coarse_old.iter().zip(coarse_new));
    let (old, new) = (old.get(coarse..).unwrap_or_default(), new.get(coarse..).unwrap_or_default());
    let (fine_old, _) = old.as_chunks::<32>();
    let (fine_new, _) = new.as_chunks::<32>();
    let fine = 32 * agreeing(fine_old.iter().zip(fine_new));
    let (old, new) = (old.get(fine..).unwrap_or_default(), new.get(fine..).unwrap_or_default());
    coarse + fine + agreeing(old.iter().zip(new))
}

/// How many bytes agree from the end backwards.
pub(super) fn common_suffix(old: &[u8], new: &[u8]) -> usize {
    let (_, blocks_old) = old.as_rchunks::<32>();
    let (_, blocks_new) = new.as_rchunks::<32>();
    let blocks = agreeing(blocks_old.iter().rev().zip(blocks_new.iter().rev()));
    let tail = |bytes: &[u8]| bytes.len() - 32 * blocks;
    let (old, new) = (old.get(..tail(old)).unwrap_or_default(), new.get(..tail(new)).unwrap_or_default());
    32 * blocks + agreeing(old.iter().rev().zip(new.iter().rev()))
}

fn agreeing<T: PartialEq>(pairs: impl Iterator<Item = (T, T)>) -> usize {
    let mut agreeing = 0;
    for (old, new) in pairs {
        if old != new {
            break;
        }
        agreeing += 1;
    }
    agreeing
}

/// How many bytes differ, one by one, as far as both go.
pub(super) fn wrong_bytes(old: &[u8], new: &[u8]) -> usize {
    let chunks = old.chunks(128).zip(new.chunks(128));
    let wrong = |(old, new): (&[u8], &[u8])| -> usize {
        old.iter().zip(new).map(|(old, new)| u8::from(old != new)).sum::<u8>().into()
    };
    chunks.map(wrong).sum()
}

/// How far a lane is worth following over a few differing bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Extension {
    /// Bytes worth following; the last of them agrees.
    pub len: usize,
    /// Bytes looked at.
    pub steps: usize,
}

/// Follows pairs of bytes while most of them agree, and says where the best place to stop was.
pub(super) fn extend<'a>(pairs: impl Iterator<Item = (&'a u8, &'a u8)>) -> Extension {
    follow(pairs, usize::MAX)
}

/// As [`extend`], but only until the pairs agree so well that they can be followed faster.
pub(super) fn extend_until_agreed<'a>(pairs: impl Iterator<Item = (&'a u8, &'a u8)>) -> Extension {
    follow(pairs, AGREED_BYTES)
}

fn follow<'a>(pairs: impl Iterator<Item = (&'a u8, &'a u8)>, agreed_enough: usize) -> Extension {
    let (mut score, mut best, mut extension) = (0_i64, 0_i64, Extension::default());
    let mut agreed = 0;
    for (old, new) in pairs {
        extension.steps += 1;
        if old == new {
            score += 1;
            agreed += 1;
            if score > best {
                best = score;
                extension.len = extension.steps;
                if agreed >= agreed_enough {
                    break;
                }
            }
        } else {
            score -= MISMATCH_COST;
            agreed = 0;
        }
        if score < best - DROP || extension.steps - extension.len > PATIENCE_BYTES {
            break;
        }
    }
    extension
}

/// The score of one pair of bytes on a lane.
pub(super) const fn worth(agrees: bool) -> i64 {
    if agrees { 1 } else { -MISMATCH_COST }
}

/// How telling a stretch is: the bytes that differ from the one before, and a little for sheer length. Erased flash
/// and zeros tell next to nothing about where they belong.
pub(in crate::compare) fn weight(bytes: &[u8]) -> usize {
    const LOOKED_AT: usize = 4096;
    let head = bytes.get(..bytes.len().min(LOOKED_AT)).unwrap_or_default();
    let changes = head.iter().zip(head.iter().skip(1)).filter(|(left, right)| left != right).count();
    let changes = if head.is_empty() { 0 } else { changes.saturating_mul(bytes.len()) / head.len() };
    changes + bytes.len() / 64
}

/// Whether all bytes are the same one.
pub(in crate::compare) fn is_filler(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| bytes.iter().all(|byte| byte == first))
}

/// Units of a reordered stretch that fit, and how many of those would not fit unreordered.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OrderFit {
    pub units: usize,
    pub fitting: usize,
    pub telling: usize,
}

/// Counts how many units of `new` hold the bytes of `old` in another order.
pub(super) fn order_fit(order: Order, old: &[u8], new: &[u8]) -> OrderFit {
    let mut fit = OrderFit::default();
    for (old, new) in old.chunks_exact(order.unit_bytes()).zip(new.chunks_exact(order.unit_bytes())) {
        fit.units += 1;
        if unit_fits(old, new) {
            fit.fitting += 1;
            fit.telling += usize::from(old != new);
        }
    }
    fit
}

/// Whether the unit holds the same bytes backwards.
pub(super) fn unit_fits(old: &[u8], new: &[u8]) -> bool {
    old.iter().rev().eq(new)
}

/// How many bytes of whole units hold the same bytes in another order, with a few wrong units forgiven as long as
/// most fit.
pub(super) fn extend_units(order: Order, old: &[u8], new: &[u8]) -> Extension {
    const UNIT_COST: i64 = 3;
    const UNIT_DROP: i64 = 48;
    let (mut score, mut best, mut extension) = (0_i64, 0_i64, Extension::default());
    let unit = order.unit_bytes();
    for (old, new) in old.chunks_exact(unit).zip(new.chunks_exact(unit)) {
        extension.steps += unit;
        if unit_fits(old, new) {
            score += 1;
            if score > best {
                best = score;
                extension.len = extension.steps;
            }
        } else {
            score -= UNIT_COST;
        }
        if score < best - UNIT_DROP || extension.steps - extension.len > PATIENCE_BYTES {
            break;
        }
    }
    extension
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_and_suffix_agree_with_a_byte_by_byte_count() {
        let old: Vec<u8> = (0..9000_u32).map(|at| (at * 7 % 251) as u8).collect();
        for at in [0, 1, 31, 32, 33, 4095, 4096, 4097, 8999] {
            let mut new = old.clone();
            new[at] ^= 1;
            assert_eq!(common_prefix(&old, &new), at);
            assert_eq!(common_suffix(&old, &new), 8999 - at);
            assert_eq!(common_suffix(&old[3..], &new), (8999 - at).min(8997), "at {at}");
        }
        assert_eq!(common_prefix(&old, &old[..5000]), 5000);
        assert_eq!(common_suffix(b"", b"x"), 0);
    }

    #[test]
    fn an_extension_forgives_single_bytes_and_stops_where_nothing_agrees() {
        let old = [7_u8; 100];
        let mut new = old;
        new[10] = 0;
        new[50..].fill(1);
        assert_eq!(extend(old.iter().zip(&new)).len, 50);
        assert_eq!(extend([1_u8; 8].iter().zip(&[2_u8; 8])).len, 0);
    }
}
