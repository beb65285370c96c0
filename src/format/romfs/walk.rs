//! Bytes to [`Romfs`]: the walk over all entries, each header read once, no data touched.

use rustc_hash::FxHashMap;

use super::header::{EntryHeader, VolumeHeader, display_name, entry_header, push_display_name, volume_header};
use super::layout::is_zero;
use super::{
    Checksum, ENTRIES_MAX, Entry, EntryKind, Integrity, MAGIC, NAME_MAX_BYTES, PADDING, PATH_MAX_BYTES,
    PATHS_MAX_BYTES, Romfs, resolve,
};
use crate::checksum::romfs_sum;
use crate::finding::{Code, Fact, Finding, Severity};
use crate::format::{NotThisFormat, Parsed};
use crate::image::Span;

/// The volume's checksum covers this many bytes, or all if there are fewer.
const CHECKSUM_BYTES: usize = 512;

/// Findings of one kind that are told one by one; the others are counted.
const SAME_FINDINGS_MAX: usize = 20;

/// Reads the volume at the start of `bytes`, which may go on behind it or end too early.
///
/// Takes time in proportion to the number of entries, whatever the size of their data.
///
/// # Errors
/// If the bytes do not start with a romfs header of 16 bytes.
pub fn parse(bytes: &[u8]) -> Result<Parsed<Romfs>, NotThisFormat> {
    let (_, volume) = volume_header(bytes).map_err(|_| not_romfs(bytes))?;
    let mut walk = Walk::new(bytes, &volume);
    walk.entries_from(volume.len);
    walk.check_links();
    Ok(walk.finish(&volume))
}

fn not_romfs(bytes: &[u8]) -> NotThisFormat {
    match bytes.starts_with(MAGIC) {
        true => NotThisFormat::at("romfs", bytes.len(), "the rest of a header of 16 bytes", bytes),
        false => NotThisFormat::at("romfs", 0, "`-rom1fs-`", bytes),
    }
}

/// A list of entries that is being read: a directory's, or the root's.
struct Chain {
    next: usize,
    directory: Option<usize>,
    /// The header that leads to the next entry.
    from: Span,
}

struct Walk<'a> {
    bytes: &'a [u8],
    declared: usize,
    first_header: usize,
    entries: Vec<Entry>,
    by_header: FxHashMap<usize, usize>,
    findings: Vec<Finding>,
    counts: FxHashMap<Code, usize>,
    /// Where the last byte ends that an entry with a right checksum proves to belong to the volume.
    proven_end: usize,
    header_bytes: usize,
    path_bytes: usize,
    /// What a truncation takes away, for people; as many lines as are worth reading.
    cut: Vec<String>,
}

impl<'a> Walk<'a> {
    fn new(bytes: &'a [u8], volume: &VolumeHeader<'_>) -> Self {
        Self {
            bytes,
            declared: volume.size,
            first_header: volume.len,
            entries: Vec::new(),
            by_header: FxHashMap::default(),
            findings: Vec::new(),
            counts: FxHashMap::default(),
            proven_end: volume.len.min(bytes.len()),
            header_bytes: volume.len,
            path_bytes: 0,
            cut: Vec::new(),
        }
    }

    /// Reads the root's entries, whose first header is at `first`, and all below them.
    fn entries_from(&mut self, first: usize) {
        // The kernel lists the root from where the first entry's spec leads; genromfs makes that the entry itself.
        // Such a `.` is looked at last, so that an entry is found in its directory first.
        let mut dots = Vec::new();
        let mut chains = vec![Chain { next: first, directory: None, from: Span::new(0, self.proven_end) }];
        loop {
            let Some(chain) = chains.last_mut() else {
                let Some(dot) = dots.pop() else { break };
                chains.extend(Some(dot).filter(|dot: &Chain| !self.by_header.contains_key(&dot.next)));
                continue;
            };
            let Some((entry, next)) = self.entry(chain) else {
                chains.pop();
                continue;
            };
            let (span, directory) = (entry.header, chain.directory);
            (chain.next, chain.from) = (next, span);
            if let EntryKind::Directory { first } = entry.kind {
                if entry.is_dot() {
                    dots.push(Chain { next: first, directory, from: span });
                } else if entry.path.len() > PATH_MAX_BYTES {
                    self.find(Fact::RomfsTooMuch { entries: self.entries.len() }, span);
                } else {
                    let directory = self.entries.len().checked_sub(1);
                    chains.push(Chain { next: first, directory, from: span });
                }
            }
        }
    }

    /// Reads the next entry of `chain` and says where the one behind it is; `None` if the chain ends here.
    fn entry(&mut self, chain: &Chain) -> Option<(&Entry, usize)> {
        let &Chain { next: at, directory, from } = chain;
        if at == 0 {
            return None;
        }
        if self.by_header.contains_key(&at) {
            let path = self.directory_path(directory);
            self.find(Fact::RomfsLoop { path }, from);
            return None;
        }
        let header = self.header(chain)?;
        self.header_bytes = self.header_bytes.saturating_add(header.len);
        let path = self.path(directory, header.name);
        self.path_bytes = self.path_bytes.saturating_add(path.len());
        // Headers that do not overlap are together no longer than what holds them.
        if self.entries.len() >= ENTRIES_MAX
            || self.path_bytes > PATHS_MAX_BYTES
            || self.header_bytes > self.bytes.len().saturating_add(header.len)
        {
            self.find(Fact::RomfsTooMuch { entries: self.entries.len() }, from);
            return None;
        }
        let span = Span::at(at, header.len);
        match header.checksum {
            Checksum::Holds => self.proven_end = self.proven_end.max(span.end()),
            Checksum::Wrong(sum) => self.find(Fact::RomfsEntryChecksum { path: path.clone(), sum }, span),
        }
        let entry = Entry {
            data: self.data(&header, at, &path, span),
            path,
            name: header.name.to_vec(),
            kind: header.kind,
            executable: header.executable,
            header: span,
            declared_size: header.size,
            parent: directory,
            checksum: header.checksum,
        };
        if !is_good_name(&entry) {
            self.find(Fact::RomfsBadName { path: entry.path.clone() }, span);
        }
        self.by_header.insert(at, self.entries.len());
        self.entries.push(entry);
        self.entries.last().map(|entry| (entry, header.next))
    }

    /// The next header of `chain`, if there is one that may be believed.
    fn header(&mut self, chain: &Chain) -> Option<EntryHeader<'a>> {
        let &Chain { next: at, directory, from } = chain;
        let header = self.bytes.get(at..).and_then(|rest| entry_header(rest).ok());
        let inside = at >= self.first_header && at < self.declared;
        match header {
            Some((_, header)) if inside => Some(header),
            // The size in the volume's header is the kernel's limit; a header behind it needs proof.
            Some((_, header))
                if at >= self.declared && header.checksum == Checksum::Holds && !header.name.is_empty() =>
            {
                Some(header)
            }
            None if inside && self.declared > self.bytes.len() => {
                let directory = self.directory_path(directory);
                self.note_cut(format!("entries of {directory} from 0x{at:X} on are not here"));
                None
            }
            _ => {
                let path = self.directory_path(directory);
                self.find(Fact::RomfsWildOffset { path, offset: at }, from);
                None
            }
        }
    }

    /// Where the data of the entry at `at` lies, as far as it is here.
    fn data(&mut self, header: &EntryHeader<'_>, at: usize, path: &str, span: Span) -> Span {
        let start = at.saturating_add(header.len).min(self.bytes.len());
        if !header.kind.has_data() {
            return Span::at(start, 0);
        }
        let declared_end = at.saturating_add(header.len).saturating_add(header.size);
        let proven = header.checksum == Checksum::Holds;
        if declared_end <= self.declared && declared_end <= self.bytes.len() {
            Span::new(start, declared_end)
        } else if declared_end <= self.declared {
            let present = self.bytes.len().saturating_sub(start);
            self.note_cut(format!("{path} has {present} of its {} bytes", header.size));
            Span::new(start, self.bytes.len())
        } else if declared_end <= self.bytes.len() && proven {
            self.proven_end = self.proven_end.max(declared_end);
            Span::new(start, declared_end)
        } else {
            self.find(Fact::RomfsWildOffset { path: path.to_owned(), offset: declared_end }, span);
            Span::new(start, self.declared.min(self.bytes.len()))
        }
    }

    fn directory_path(&self, directory: Option<usize>) -> String {
        let entry = directory.and_then(|index| self.entries.get(index));
        entry.map_or_else(|| "/".to_owned(), |entry| entry.path.clone())
    }

    fn path(&self, directory: Option<usize>, name: &[u8]) -> String {
        let parent = directory.and_then(|index| self.entries.get(index)).map_or("", |entry| entry.path.as_str());
        let mut path = String::with_capacity(parent.len().saturating_add(name.len()).saturating_add(1));
        path.push_str(parent);
        path.push('/');
        push_display_name(&mut path, name);
        path
    }

    fn note_cut(&mut self, line: String) {
        if self.cut.len() < SAME_FINDINGS_MAX {
            self.cut.push(line);
        }
    }

    fn find(&mut self, fact: Fact, span: Span) {
        let count = self.counts.entry(fact.code()).or_default();
        *count = count.saturating_add(1);
        if *count <= SAME_FINDINGS_MAX {
            self.findings.push(Finding::new(fact, span));
        }
    }

    /// A hard link leads to an entry, unless a truncation took that away.
    fn check_links(&mut self) {
        let is_here = |target: usize| target >= self.declared || target < self.bytes.len();
        let broken: Vec<(Fact, Span)> = self
            .entries
            .iter()
            .filter(|entry| resolve(&self.entries, &self.by_header, entry).is_none())
            .filter_map(|entry| match entry.kind {
                EntryKind::HardLink { target } if is_here(target) => {
                    Some((Fact::RomfsBrokenLink { path: entry.path.clone(), target }, entry.header))
                }
                _ => None,
            })
            .collect();
        for (fact, span) in broken {
            self.find(fact, span);
        }
    }

    /// Says what can only be said about the volume as a whole.
    fn finish(mut self, volume: &VolumeHeader<'_>) -> Parsed<Romfs> {
        let header = Span::new(0, volume.len.min(self.bytes.len()));
        let present = self.bytes.len();
        if let Some(covered) = self.bytes.get(..self.declared.min(CHECKSUM_BYTES)) {
            let sum = romfs_sum(covered);
            if sum != 0 {
                self.find(Fact::RomfsVolumeChecksum { sum }, Span::new(0, covered.len()));
            }
        }
        if self.proven_end > self.declared {
            let fact = Fact::RomfsSizeTooSmall { declared: self.declared, needed: self.proven_end };
            self.find(fact, Span::new(8, 12));
        }
        let is_damaged = self.findings.iter().any(|finding| finding.severity() == Severity::Error);
        if self.declared > present {
            let fact = Fact::RomfsTruncated { declared: self.declared, present };
            let mut finding = Finding::new(fact, Span::new(present, present));
            finding.evidence = std::mem::take(&mut self.cut);
            self.findings.push(finding);
        }
        let extent = self.extent();
        if self.declared <= present && !extent.is_multiple_of(PADDING) {
            self.find(Fact::RomfsNotPadded { len: extent }, Span::at(extent, 0));
        }
        let mut left_out: Vec<(Code, usize)> =
            self.counts.iter().map(|(code, count)| (*code, count.saturating_sub(SAME_FINDINGS_MAX))).collect();
        left_out.sort_unstable();
        for (code, count) in left_out.into_iter().filter(|(_, count)| *count > 0) {
            self.findings.push(Finding::new(Fact::FindingsLeftOut { code, count }, Span::new(0, extent)));
        }
        let integrity = match (is_damaged, self.declared > present) {
            (true, _) => Integrity::Damaged,
            (false, true) => Integrity::Truncated,
            (false, false) => Integrity::Verified,
        };
        let value = Romfs {
            volume: display_name(volume.name),
            header,
            declared_len: self.declared,
            extent,
            entries: self.entries,
            integrity,
            by_header: self.by_header,
        };
        Parsed { value, findings: self.findings }
    }

    /// The bytes that belong to the volume, with the zeros that fill it up.
    fn extent(&self) -> usize {
        let end = self.declared.max(self.proven_end);
        let padded = end.checked_next_multiple_of(PADDING);
        match padded.and_then(|padded| self.bytes.get(end..padded)) {
            Some(padding) if is_zero(padding) => end.saturating_add(padding.len()),
            _ => end.min(self.bytes.len()),
        }
    }
}

/// Whether a file can have this name, and whether it says what it seems to.
fn is_good_name(entry: &Entry) -> bool {
    let name = entry.name.as_slice();
    let is_plain = !name.is_empty() && !name.iter().any(|byte| *byte == b'/' || byte.is_ascii_control());
    let is_link_if_dot = !entry.is_dot() || !entry.kind.has_data();
    is_plain && name.len() <= NAME_MAX_BYTES && is_link_if_dot
}
