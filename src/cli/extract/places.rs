//! Where each entry is written, decided before anything is: a name that stands for a file and for a folder, or for
//! two files, does so on no computer.

use std::collections::{BTreeSet, HashMap};

use crate::contents::{Entry, EntryKind, MANIFEST};

/// The name under which a file waits until it is complete.
pub const PART: &str = ".unbrick-part";

/// A path for each entry, below the folder.
#[derive(Debug)]
pub struct Places {
    paths: Vec<String>,
    folders: BTreeSet<String>,
}

impl Places {
    /// Decides them. Folders keep their names, and those of the same name become one; of all else the first of a name
    /// keeps it, and the others get a number behind theirs.
    pub fn of(entries: &[Entry<'_>]) -> Self {
        let wanted: Vec<String> = entries.iter().map(|entry| unreserved(&entry.path)).collect();
        let mut folders = BTreeSet::new();
        for (entry, path) in entries.iter().zip(&wanted) {
            let itself = (entry.kind == EntryKind::Directory).then_some(path.as_str());
            let above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
            folders.extend(above.chain(itself).filter(|folder| !folder.is_empty()).map(str::to_owned));
        }
        let mut taken: HashMap<String, usize> = HashMap::new();
        let paths = entries.iter().zip(wanted).map(|(entry, path)| match entry.kind {
            EntryKind::Directory => path,
            _ => free(path, &mut taken, &folders),
        });
        Self { paths: paths.collect(), folders }
    }

    /// The path of each entry, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    /// Every folder that something lies in, and those that are empty; each before those in it.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(String::as_str)
    }
}

/// The path itself unless it is taken, else with the first free number behind it.
fn free(path: String, taken: &mut HashMap<String, usize>, folders: &BTreeSet<String>) -> String {
    let mut number = taken.get(&path).copied().unwrap_or(1);
    let mut place = path.clone();
    while taken.contains_key(&place) || folders.contains(&place) {
        number += 1;
        place = format!("{path}~{number}");
    }
    taken.insert(path, number);
    taken.entry(place.clone()).or_insert(1);
    place
}

/// A path that takes none of our own names, and no empty one.
fn unreserved(path: &str) -> String {
    let (first, rest) = path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let first = match first {
        "" => "unnamed".to_owned(),
        MANIFEST | PART => format!("{first}~"),
        _ => first.to_owned(),
    };
    let parts =
        rest.into_iter().flat_map(|rest| rest.split('/')).map(|part| if part.is_empty() { "unnamed" } else { part });
    std::iter::once(first.as_str()).chain(parts).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contents::Data;

    fn entry(path: &str) -> Entry<'static> {
        let kind = if path.ends_with('/') { EntryKind::Directory } else { EntryKind::File { executable: false } };
        Entry::new(path.trim_end_matches('/'), kind, Data::Nothing)
    }

    fn places(paths: &[&str]) -> Vec<String> {
        let entries: Vec<Entry<'_>> = paths.iter().map(|path| entry(path)).collect();
        Places::of(&entries).iter().map(str::to_owned).collect()
    }

    #[test]
    fn what_has_the_same_name_gets_a_number() {
        assert_eq!(places(&["a", "a", "a~2", "a"]), ["a", "a~2", "a~2~2", "a~3"]);
        assert_eq!(places(&["a~2", "a", "a"]), ["a~2", "a", "a~3"]);
    }

    #[test]
    fn a_folder_keeps_its_name_and_is_one() {
        assert_eq!(places(&["a", "a/", "a/b", "a/", "a/b"]), ["a~2", "a", "a/b", "a", "a/b~2"]);
        assert_eq!(places(&["a", "a/b"]), ["a~2", "a/b"], "also if nothing but what lies in it names it");
    }

    #[test]
    fn our_own_names_and_empty_ones_are_taken() {
        assert_eq!(
            places(&[MANIFEST, PART, "", "a//b"]),
            ["unbrick-manifest.json~", ".unbrick-part~", "unnamed", "a/unnamed/b"]
        );
        assert_eq!(places(&["unbrick-manifest.json/a"]), ["unbrick-manifest.json~/a"]);
    }
}
