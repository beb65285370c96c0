//! What every byte of a volume is.

use super::Romfs;
use crate::image::Span;

/// A stretch of a volume with one meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Where it lies.
    pub span: Span,
    /// What it is.
    pub role: Role,
}

/// What a stretch of a volume is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The volume's header with its name.
    VolumeHeader,
    /// The header of an entry (a place in [`Romfs::entries`]) with its name.
    EntryHeader(usize),
    /// The data of an entry (a place in [`Romfs::entries`]).
    Data(usize),
    /// Zeros that fill up to where the next thing starts, or to the end.
    Zeros,
    /// Bytes that no entry names and that are not all zero.
    Stray,
}

impl Romfs {
    /// What every byte of the volume is: parts in order that cover 0 up to [`Romfs::extent`] exactly once.
    ///
    /// `bytes` are those that the volume was parsed from. Headers win over data, and what starts first wins over what
    /// starts inside it; true volumes have no such overlaps.
    pub fn layout(&self, bytes: &[u8]) -> Vec<Part> {
        let whole = Span::new(0, self.extent);
        let mut headers = vec![Part { span: self.header, role: Role::VolumeHeader }];
        let mut data = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            headers.push(Part { span: entry.header, role: Role::EntryHeader(index) });
            data.push(Part { span: entry.data, role: Role::Data(index) });
        }
        let headers = without_overlaps(headers, whole);
        let data = without_overlaps(data, whole);
        let named = fill_gaps(&headers, whole, &data);
        let mut parts = Vec::with_capacity(named.len().saturating_mul(2));
        let mut at = 0;
        for part in named {
            push_gap(&mut parts, bytes, Span::new(at, part.span.start()));
            at = part.span.end();
            parts.push(part);
        }
        push_gap(&mut parts, bytes, Span::new(at, whole.end()));
        parts
    }
}

/// The parts in order, each cut where an earlier one has its bytes already.
fn without_overlaps(mut parts: Vec<Part>, whole: Span) -> Vec<Part> {
    parts.sort_by_key(|part| part.span.start());
    let mut at = whole.start();
    let mut free = |part: Part| {
        let span = part.span.overlap(Span::new(at, whole.end()))?;
        at = span.end();
        Some(Part { span, ..part })
    };
    parts.drain(..).filter_map(&mut free).collect()
}

/// `first` and, between them, what of `second` finds room. Both are in order and without overlaps.
fn fill_gaps(first: &[Part], whole: Span, second: &[Part]) -> Vec<Part> {
    let mut filled = Vec::with_capacity(first.len().saturating_add(second.len()));
    let mut second = second.iter().peekable();
    let mut at = whole.start();
    for part in first.iter().copied().map(Some).chain([None]) {
        let gap = Span::new(at, part.map_or(whole.end(), |part| part.span.start()));
        while let Some(filler) = second.peek() {
            if let Some(span) = filler.span.overlap(gap) {
                filled.push(Part { span, role: filler.role });
            }
            if filler.span.end() > gap.end() {
                break; // the next gap may hold the rest of it
            }
            second.next();
        }
        at = part.map_or(whole.end(), |part| part.span.end());
        filled.extend(part);
    }
    filled
}

fn push_gap(parts: &mut Vec<Part>, bytes: &[u8], span: Span) {
    if !span.is_empty() {
        let role = if is_zero(span.of(bytes)) { Role::Zeros } else { Role::Stray };
        parts.push(Part { span, role });
    }
}

/// Whether there is no other byte than zero.
pub(super) fn is_zero(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<16>();
    words.iter().all(|word| u128::from_ne_bytes(*word) == 0) && rest.iter().all(|byte| *byte == 0)
}
