//! The text in programs and kernels: what only one of two has.

use rustc_hash::FxHashSet;
use serde::Serialize;

/// Strings that only one side has, the most telling first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct StringsChange {
    /// Those that only the old side has.
    pub removed: Vec<String>,
    /// Those that only the new side has.
    pub added: Vec<String>,
    /// How many more only the old side has.
    pub more_removed: usize,
    /// How many more only the new side has.
    pub more_added: usize,
}

/// At most this many strings of a side are shown.
const MAX_SHOWN: usize = 20;

/// Longer strings are cut.
const MAX_LEN: usize = 120;

/// Shorter strings are most often code that happens to be letters.
const MIN_LEN: usize = 6;

/// No program of these cameras has as many strings; something that has is not text at all.
const MAX_STRINGS: usize = 100_000;

/// What tells most about a camera: its drivers, chips and versions.
const TELLING: [&[u8]; 16] = [
    b"driver",
    b"version",
    b"rt28",
    b"rt30",
    b"rt73",
    b"rtl8",
    b"zd12",
    b"sn9c",
    b"ov7",
    b"sensor",
    b"usb",
    b"wlan",
    b"wifi",
    b"camera",
    b"flash",
    b"firmware",
];

impl StringsChange {
    /// What only one side has; nothing if one of them has too many to be a program.
    pub fn of(old: &[u8], new: &[u8]) -> Self {
        let (Some(old), Some(new)) = (strings(old), strings(new)) else { return Self::default() };
        let (old_set, new_set): (FxHashSet<&[u8]>, FxHashSet<&[u8]>) =
            (old.iter().copied().collect(), new.iter().copied().collect());
        let (removed, more_removed) = told(old, &new_set);
        let (added, more_added) = told(new, &old_set);
        Self { removed, added, more_removed, more_added }
    }

    /// Whether both sides have the same.
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty()
    }
}

/// The strings that the `other` side lacks: the first to show, and how many more there are.
fn told(strings: Vec<&[u8]>, other: &FxHashSet<&[u8]>) -> (Vec<String>, usize) {
    let mut seen = FxHashSet::default();
    let mut only_here: Vec<&[u8]> =
        strings.into_iter().filter(|string| !other.contains(string) && seen.insert(*string)).collect();
    only_here.sort_by_cached_key(|string| {
        let lower = string.to_ascii_lowercase();
        let hits = TELLING.iter().filter(|word| memchr::memmem::find(&lower, word).is_some()).count();
        std::cmp::Reverse(hits)
    });
    let shown = only_here.iter().take(MAX_SHOWN).map(|string| {
        let shown = string.get(..MAX_LEN).unwrap_or(string);
        String::from_utf8_lossy(shown).into_owned()
    });
    (shown.collect(), only_here.len().saturating_sub(MAX_SHOWN))
}

/// Lines of text in a program: ended by a NUL or a line break, and made of letters for the most part. `None` if there
/// are too many.
fn strings(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let is_printable = |byte: &u8| matches!(byte, b' '..=b'~');
    let mut found = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let len = rest.iter().take_while(|byte| is_printable(byte)).count();
        let (string, behind) = rest.split_at_checked(len)?;
        let ends_as_text = matches!(behind.first(), Some(0 | b'\n' | b'\r'));
        if len >= MIN_LEN && ends_as_text && is_text(string) {
            found.push(string.trim_ascii());
            if found.len() > MAX_STRINGS {
                return None;
            }
        }
        rest = behind.get(1..).unwrap_or_default();
    }
    Some(found)
}

/// Code that happens to be printable has few letters in a row.
fn is_text(string: &[u8]) -> bool {
    let wordy = string.iter().filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'_')).count();
    let longest_word = string.split(|byte| !byte.is_ascii_alphabetic()).map(<[u8]>::len).max().unwrap_or(0);
    wordy * 10 >= string.len() * 7 && longest_word >= 2
}
