//! Files that only changed their path: found by content, and by name where several have the same content.

use rustc_hash::{FxHashMap, FxHashSet};

use super::effort::Effort;
use super::files::same_content;
use crate::contents::{Data, Entry};

/// What files with the same content have in common: their length and CRC-32.
type Print = (usize, u32);

/// How much of two paths has to agree, the strictest first: a folder that was moved keeps the names in it.
const LOOKS: [fn(&str) -> &str; 3] = [last_two_names, last_name, |_| ""];

/// For each file of `come`, the one of `gone` that it was, as a place in it. Empty files are never told apart, so that
/// they are never moved; nor is anything but a file.
pub fn sources(gone: &[&Entry<'_>], come: &[&Entry<'_>], effort: &mut Effort) -> Vec<Option<usize>> {
    let (gone_lens, come_lens) = (lens(gone), lens(come));
    let mut prints = |entries: &[&Entry<'_>], other_lens: &FxHashSet<usize>| -> Vec<Option<Print>> {
        let candidate = |entry: &&Entry<'_>| is_telling(entry) && other_lens.contains(&entry.data.len());
        entries.iter().map(|entry| candidate(entry).then(|| print(entry, effort)).flatten()).collect()
    };
    let (gone_prints, come_prints) = (prints(gone, &come_lens), prints(come, &gone_lens));
    let mut sources = vec![None; come.len()];
    let mut is_taken = vec![false; gone.len()];
    for look in LOOKS {
        let mut free: FxHashMap<(Print, &str), Vec<usize>> = FxHashMap::default();
        for ((index, entry), print) in gone.iter().enumerate().zip(&gone_prints).rev() {
            if let (Some(print), Some(false)) = (print, is_taken.get(index)) {
                free.entry((*print, look(&entry.path))).or_default().push(index);
            }
        }
        for ((entry, print), source) in come.iter().zip(&come_prints).zip(&mut sources) {
            let (Some(print), None) = (print, &source) else { continue };
            let found = free.get_mut(&(*print, look(&entry.path))).and_then(Vec::pop);
            let is_same = |index: &usize| {
                gone.get(*index).is_some_and(|before| same_content(before, entry, effort) == Some(true))
            };
            *source = found.filter(is_same);
            let taken = source.and_then(|index| is_taken.get_mut(index));
            taken.into_iter().for_each(|taken| *taken = true);
        }
    }
    sources
}

fn is_telling(entry: &Entry<'_>) -> bool {
    entry.kind.is_file() && !entry.data.is_empty()
}

fn lens(entries: &[&Entry<'_>]) -> FxHashSet<usize> {
    entries.iter().filter(|entry| is_telling(entry)).map(|entry| entry.data.len()).collect()
}

fn print(entry: &Entry<'_>, effort: &mut Effort) -> Option<Print> {
    let crc32 = match &entry.data {
        Data::Plain(bytes) => effort.may_compare(entry.data.len()).then(|| crc32fast::hash(bytes.as_slice()))?,
        packed => packed.crc32()?,
    };
    Some((entry.data.len(), crc32))
}

fn last_name(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

fn last_two_names(path: &str) -> &str {
    let folder_end = path.rfind('/').unwrap_or(0);
    let folder = path.get(..folder_end).unwrap_or_default();
    path.get(folder.rfind('/').map_or(0, |slash| slash + 1)..).unwrap_or(path)
}
