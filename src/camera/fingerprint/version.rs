//! The version of the system firmware, which is nowhere written as text: the camera program stores its four bytes into
//! the settings, at 0x19 to 0x1C (captures-and-questions.md section 5, certain).

use super::arm::{Store, byte_stores};
use crate::format::web_ui::Version;

/// Where the version lies in the settings (settings-layout-21.37.2.37.csv, certain).
const PLACES: [usize; 4] = [0x19, 0x1A, 0x1B, 0x1C];

/// The instructions of the four stores lie in no more bytes than this; in the program of December 2010, in 20.
const MAX_APART_BYTES: usize = 0x100;

/// Every version that `code` stores, each once.
pub fn versions_in(code: &[u8]) -> Vec<Version> {
    let mut versions: Vec<Version> = Vec::new();
    // stores into one structure that are near one another; never more than fit into the stretch
    let mut open: Vec<Vec<Store>> = Vec::new();
    let mut close = |stores: &[Store]| {
        if let Some(version) = version_of(stores).filter(|version| !versions.contains(version)) {
            versions.push(version);
        }
    };
    for store in byte_stores(code).filter(|store| PLACES.contains(&store.offset)) {
        open.retain(|stores| {
            let is_near = stores.first().is_some_and(|first| store.at - first.at <= MAX_APART_BYTES);
            if !is_near {
                close(stores);
            }
            is_near
        });
        match open.iter_mut().find(|stores| stores.first().is_some_and(|first| first.base == store.base)) {
            Some(stores) => stores.push(store),
            None => open.push(vec![store]),
        }
    }
    open.iter().for_each(|stores| close(stores));
    versions
}

/// The version, if each of its bytes is stored once and as a constant. Zeros are what a structure is cleared with.
fn version_of(stores: &[Store]) -> Option<Version> {
    if stores.len() != PLACES.len() {
        return None;
    }
    let mut parts = [0; 4];
    for (part, place) in parts.iter_mut().zip(PLACES) {
        *part = stores.iter().find(|store| store.offset == place)?.value?;
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
