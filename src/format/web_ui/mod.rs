//! The web UI package ("aw"): the pages that the camera unpacks to `/home` at every start.
//!
//! | off | size | field |
//! |---|---|---|
//! | 0x00 | 12 | head: magic, byte sum, size |
//! | 0x0C | 4 | version a.b.c.d, a byte each |
//! | 0x10 | | entries up to the size |
//!
//! An entry is the length of a path (4 bytes), the path without NUL, and a byte that is 0 for a directory; for a file,
//! the length of its data (4 bytes) and the data follow. All little-endian. The same bytes lie in the flash, raw and
//! without a footer (packages-and-formats.md section 3, certain).

use std::collections::HashSet;
use std::fmt;
use std::net::{AddrParseError, Ipv4Addr};
use std::str::FromStr;

use nom::number::complete::u8;
use nom::{IResult, Parser};
use serde::{Serialize, Serializer};
use thiserror::Error;

use super::text::readable;
use super::zone::{self, Head, Owner, PATH_LIMIT, WEB_UI_HEAD_LEN};
use super::{NotThisFormat, Parsed};
use crate::finding::{Fact, Finding};
use crate::image::{FLASH_MAX_BYTES, Span};

#[cfg(test)]
mod tests;

/// The first four bytes of a package, which settings have too.
pub const MAGIC: [u8; 4] = zone::MAGIC;

/// Bytes before the first entry.
pub const HEAD_LEN: usize = WEB_UI_HEAD_LEN;

/// The largest package that a camera with 4 MiB of flash takes (packages-and-formats.md section 3, certain).
pub const MAX_LEN: usize = 0x20_0000;

/// The largest package that a camera with 2 MiB of flash takes (packages-and-formats.md section 3, certain).
pub const MAX_LEN_2M: usize = 0x7_0000;

/// More entries than this are not read: a full camera has some hundred.
const MAX_ENTRIES: usize = 0x1_0000;

/// The version of the pages, as the camera shows it: `2.4.10.5`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version(pub [u8; 4]);

impl FromStr for Version {
    type Err = AddrParseError;

    /// Reads `2.4.10.5`.
    fn from_str(text: &str) -> Result<Self, AddrParseError> {
        // four numbers up to 255 with points between them are an address as well
        text.parse().map(|address: Ipv4Addr| Self(address.octets()))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.0;
        write!(f, "{a}.{b}.{c}.{d}")
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A package, as far as it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebUi {
    /// The byte sum that is stored.
    pub stored_checksum: u32,
    /// The byte sum as it is; `None` if the package is truncated.
    pub computed_checksum: Option<u32>,
    /// The size that is declared.
    pub size: usize,
    /// The version.
    pub version: Version,
    /// Directories and files in the order of the package.
    pub entries: Vec<Entry>,
    /// The bytes of it that are there.
    len: usize,
}

/// A directory or file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path as text; `name` has the bytes.
    pub path: String,
    /// The bytes of its path.
    pub name: Span,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A file.
    File {
        /// The bytes of it that are there.
        data: Span,
        /// The length that is declared; more than `data` has if the file is cut.
        declared_len: usize,
    },
}

impl Entry {
    /// The bytes of a file; empty for a directory.
    pub fn data(&self) -> Span {
        match self.kind {
            EntryKind::Directory => Span::at(self.name.end(), 0),
            EntryKind::File { data, .. } => data,
        }
    }
}

impl WebUi {
    /// Bytes of the package that are there.
    #[allow(clippy::len_without_is_empty)] // it never is
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether all of it is there and the byte sum is right.
    pub fn is_verified(&self) -> bool {
        self.computed_checksum == Some(self.stored_checksum)
    }
}

/// Reads the package that `bytes` start with, checks its sum and every rule of the camera's unpacker.
///
/// # Errors
/// If the magic is missing, the bytes are settings, the first entry has no path, or the size is beyond any flash.
pub fn parse(bytes: &[u8]) -> Result<Parsed<WebUi>, NotThisFormat> {
    let head = zone::head(bytes, "web UI", Owner::WebUi)?;
    let version = match *bytes.get(..WEB_UI_HEAD_LEN).unwrap_or_default() {
        [.., a, b, c, d] if (WEB_UI_HEAD_LEN..=FLASH_MAX_BYTES).contains(&head.size) => Version([a, b, c, d]),
        _ => return Err(NotThisFormat::at("web UI", 8, "a size of 16 bytes to 8 MiB", bytes)),
    };
    let mut reader = Reader::new(&head);
    reader.read_entries();
    let Reader { entries, mut findings, .. } = reader;
    let computed_checksum = head.computed_checksum();
    if let Some(computed) = computed_checksum.filter(|computed| *computed != head.checksum) {
        findings.insert(0, Finding::new(Fact::WebUiChecksum { stored: head.checksum, computed }, Span::at(4, 4)));
    }
    if head.size > MAX_LEN {
        findings.push(Finding::new(Fact::WebUiTooBig { size: head.size, limit: MAX_LEN }, Span::at(8, 4)));
    }
    let len = head.bytes.len();
    let value = WebUi { stored_checksum: head.checksum, computed_checksum, size: head.size, version, entries, len };
    Ok(Parsed { value, findings })
}

/// One entry as it lies in the package.
struct RawEntry<'a> {
    name: &'a [u8],
    file: Option<(usize, &'a [u8])>,
}

fn raw_entry(bytes: &[u8]) -> IResult<&[u8], RawEntry<'_>> {
    let (rest, (name, kind)) = (zone::path_field, u8).parse(bytes)?;
    if kind == 0 {
        return Ok((rest, RawEntry { name, file: None }));
    }
    let (rest, file) = zone::file_field(rest)?;
    Ok((rest, RawEntry { name, file: Some(file) }))
}

/// Walks the entries as the camera does, but goes on behind a broken rule as long as the structure holds.
struct Reader<'a> {
    head: &'a Head<'a>,
    entries: Vec<Entry>,
    directories: HashSet<&'a [u8]>,
    findings: Vec<Finding>,
}

impl<'a> Reader<'a> {
    fn new(head: &'a Head<'a>) -> Self {
        Self { head, entries: Vec::new(), directories: HashSet::new(), findings: Vec::new() }
    }

    fn read_entries(&mut self) {
        let mut rest = self.head.bytes.get(WEB_UI_HEAD_LEN..).unwrap_or_default();
        while !rest.is_empty() {
            let start = self.offset_of(rest);
            if self.entries.len() == MAX_ENTRIES {
                return self.tell_bad("the rest", format!("more than {MAX_ENTRIES} entries"), Span::at(start, 4));
            }
            let Ok((behind, entry)) = raw_entry(rest) else {
                return self.tell_end(start);
            };
            let span = Span::new(start, self.offset_of(behind));
            let path = readable(entry.name);
            for reason in broken_rules(entry.name, &self.directories) {
                self.tell_bad(&path, reason, span);
            }
            let is_cut = self.keep(path, &entry, span);
            if is_cut || entry.name.is_empty() {
                return;
            }
            rest = behind;
        }
        if !self.head.is_whole() {
            self.tell_end(self.head.bytes.len());
        }
    }

    /// Keeps an entry; true if the package ends inside its data.
    fn keep(&mut self, path: String, entry: &RawEntry<'a>, span: Span) -> bool {
        let name = Span::at(span.start().saturating_add(4), entry.name.len());
        let Some((declared_len, data)) = entry.file else {
            self.directories.insert(entry.name);
            self.entries.push(Entry { path, name, kind: EntryKind::Directory });
            return false;
        };
        let is_cut = data.len() < declared_len;
        let data = Span::new(span.end().saturating_sub(data.len()), span.end());
        if is_cut {
            // The camera compares with what the package has left by its declared size, not with what we hold of it.
            let left = self.head.size.saturating_sub(data.start());
            if declared_len > left {
                let reason =
                    format!("the file has {declared_len} bytes, but the package only {left} more: `file is too long`");
                self.tell_bad(&path, reason, span);
            }
            if !self.head.is_whole() {
                self.tell_end(data.end());
            }
        }
        self.entries.push(Entry { path, name, kind: EntryKind::File { data, declared_len } });
        is_cut
    }

    /// The entries stop at `end`: because the bytes do, or because they do not fit the declared size.
    fn tell_end(&mut self, end: usize) {
        let size = self.head.size;
        let present = self.head.bytes.len();
        let fact = if self.head.is_whole() {
            Fact::WebUiSizeMismatch { end, size }
        } else {
            Fact::WebUiTruncated { declared: size, present }
        };
        self.findings.push(Finding::new(fact, Span::new(end, present)));
    }

    fn tell_bad(&mut self, path: &str, reason: String, span: Span) {
        let path = if path.is_empty() { "an entry without a path".to_owned() } else { path.to_owned() };
        self.findings.push(Finding::new(Fact::WebUiBadEntry { path, reason }, span));
    }

    fn offset_of(&self, rest: &[u8]) -> usize {
        self.head.bytes.len().saturating_sub(rest.len())
    }
}

/// What the camera's unpacker would stumble over: it opens `"/home" + path` (packages-and-formats.md section 3).
fn broken_rules(path: &[u8], directories: &HashSet<&[u8]>) -> Vec<String> {
    let mut broken = Vec::new();
    if path.len() > PATH_LIMIT {
        broken.push(format!("the path has {} bytes, more than {PATH_LIMIT}: `filename is too long`", path.len()));
    }
    if path.contains(&0) {
        broken.push("the path holds a NUL, where the camera would cut it".to_owned());
    }
    if path.contains(&b'\\') {
        broken.push("the path has a backslash, which does not separate directories".to_owned());
    }
    if path.split(|&byte| byte == b'/').any(|part| part == b"..") {
        broken.push("the path leads out of the pages' directory".to_owned());
    }
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(0) => {}
        Some(slash) if path.starts_with(b"/") => {
            let parent = path.get(..slash).unwrap_or_default();
            if !directories.contains(parent) {
                broken.push(format!("its directory {} is not in the package before it", readable(parent)));
            }
        }
        _ => broken.push("the path does not start with `/`".to_owned()),
    }
    broken
}

/// A directory or file to pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewEntry<'a> {
    /// A directory; it must come before what is in it.
    Directory {
        /// Its path, as in `/images`.
        path: &'a [u8],
    },
    /// A file.
    File {
        /// Its path, as in `/images/logo.gif`.
        path: &'a [u8],
        /// Its content.
        data: &'a [u8],
    },
}

/// Why a package was not built: the camera would not take it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the camera would not take this web UI: {}", .0.first().map(Finding::message).unwrap_or_default())]
pub struct Refused(pub Vec<Finding>);

/// Builds a package that the camera's unpacker takes.
///
/// # Errors
/// With every rule that the entries break.
pub fn build(version: Version, entries: &[NewEntry<'_>]) -> Result<Vec<u8>, Refused> {
    let package = write(version, entries);
    match parse(&package) {
        Ok(parsed) if parsed.findings.is_empty() => Ok(package),
        Ok(parsed) => Err(Refused(parsed.findings)),
        Err(_) => {
            let fact = Fact::WebUiBadEntry {
                path: "the first entry".to_owned(),
                reason: "its path is empty or holds control characters".to_owned(),
            };
            Err(Refused(vec![Finding::new(fact, Span::at(0, package.len()))]))
        }
    }
}

/// Writes a package without asking whether the camera would take it.
fn write(version: Version, entries: &[NewEntry<'_>]) -> Vec<u8> {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes();
    let mut package = vec![0; zone::HEAD_LEN];
    package.extend(version.0);
    for entry in entries {
        let (NewEntry::Directory { path } | NewEntry::File { path, .. }) = entry;
        package.extend(length(path));
        package.extend_from_slice(path);
        package.push(u8::from(matches!(entry, NewEntry::File { .. })));
        if let NewEntry::File { data, .. } = entry {
            package.extend(length(data));
            package.extend_from_slice(data);
        }
    }
    zone::seal(package)
}
