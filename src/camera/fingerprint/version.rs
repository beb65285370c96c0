//! The version of the system firmware, which is nowhere written as text: the camera program stores its four bytes into
//! the settings, at 0x19 to 0x1C (captures-and-questions.md section 5, certain).

use std::collections::BTreeMap;

use super::arm::{Base, byte_stores};
use crate::format::web_ui::Version;

/// Where the version lies in the settings (settings-layout-21.37.2.37.csv, certain).
const PLACES: [usize; 4] = [0x19, 0x1A, 0x1B, 0x1C];

/// The instructions of the four stores lie in no more bytes than this; in the program of December 2010, in 20.
const MAX_APART_BYTES: usize = 0x100;

/// Every version that `code` stores, each once.
pub fn versions_in(code: &[u8]) -> Vec<Version> {
    let mut by_base: BTreeMap<Base, Vec<(usize, usize, Option<u8>)>> = BTreeMap::new();
    for store in byte_stores(code).filter(|store| PLACES.contains(&store.offset)) {
        by_base.entry(store.base).or_default().push((store.at, store.offset, store.value));
    }
    let mut versions: Vec<Version> = Vec::new();
    for version in by_base.values().filter_map(|stores| version_of(stores)) {
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    versions
}

/// The version, if each of its bytes is stored once, as a constant, and all of them near one another. Zeros are what a
/// structure is cleared with.
fn version_of(stores: &[(usize, usize, Option<u8>)]) -> Option<Version> {
    let first = stores.iter().map(|(at, ..)| *at).min()?;
    let last = stores.iter().map(|(at, ..)| *at).max()?;
    if stores.len() != PLACES.len() || last.checked_sub(first)? > MAX_APART_BYTES {
        return None;
    }
    let mut parts = [0; 4];
    for (part, place) in parts.iter_mut().zip(PLACES) {
        *part = stores.iter().find(|(_, offset, _)| *offset == place)?.2?;
    }
    let [_, second, third, fourth] = parts;
    (second != 0 || third != 0 || fourth != 0).then_some(Version(parts))
}

/// Instructions that store a version, for fixtures and tests.
pub fn stores(version: Version) -> Vec<u8> {
    let stores = version.0.into_iter().zip((0_u32..).map(|index| 0x19 + index));
    // mov r3, #part; strb r3, [r1, #place]
    stores
        .flat_map(|(part, place)| [0xE3A0_3000 | u32::from(part), 0xE5C1_3000 | place])
        .flat_map(u32::to_le_bytes)
        .collect()
}
