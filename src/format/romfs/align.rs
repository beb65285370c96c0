//! Where files start: on multiples of 16, or of more if somebody asked genromfs for it.
//!
//! `genromfs -a` aligns the data of regular files, and the headers of hard links to them; `genromfs -A` anything by its
//! name, a regular file by its data and all else by its header. The zeros stand in front of a header (behaviour of
//! genromfs 0.5.2, certain).

use super::build::{Content, NodeId, Volume};
use super::{ALIGNMENT, align};
use crate::image::Span;

/// Where something may start: on multiples of a power of two, 16 at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Alignment(usize);

impl Default for Alignment {
    fn default() -> Self {
        Self(ALIGNMENT)
    }
}

impl Alignment {
    /// Multiples of `bytes`; `None` unless that is a power of two from 16 to 1 GiB.
    pub fn new(bytes: usize) -> Option<Self> {
        (bytes.is_power_of_two() && (ALIGNMENT..=1 << 30).contains(&bytes)).then_some(Self(bytes))
    }

    /// Multiples of this.
    pub fn bytes(self) -> usize {
        self.0
    }

    /// The largest that all of `starts` keep to.
    fn common(starts: &[usize]) -> Self {
        let zeros = starts.iter().map(|start| start.trailing_zeros()).min().unwrap_or(0);
        1_usize.checked_shl(zeros.min(30)).and_then(Self::new).unwrap_or_default()
    }

    /// The smallest that explains a gap before `start`, if there is a gap and one does.
    fn for_gap(gap: usize, start: usize) -> Option<Self> {
        if gap == 0 {
            return None;
        }
        let bytes = gap.checked_add(1)?.checked_next_power_of_two()?;
        Self::new(bytes).filter(|own| start.is_multiple_of(own.0))
    }
}

impl Volume<'_> {
    /// The alignment of a node: its own, or the volume's.
    pub(super) fn alignment_of(&self, id: NodeId) -> Alignment {
        let common = if self.is_regular(id) { self.alignment } else { Alignment::default() };
        self.own_alignments.get(&id).map_or(common, |own| (*own).max(common))
    }

    /// Whether a node is a regular file or a hard link to one.
    fn is_regular(&self, id: NodeId) -> bool {
        match self.node(id).map(|node| &node.content) {
            Some(Content::File(_) | Content::Streamed(_)) => true,
            Some(Content::HardLink(target)) => {
                matches!(self.node(*target).map(|node| &node.content), Some(Content::File(_) | Content::Streamed(_)))
            }
            _ => false,
        }
    }

    /// What was aligned when the volume was laid out: `spans` are its header and each node with its data.
    ///
    /// A gap in front of a node is what brings it to a multiple of its alignment, and no longer than needed. If one
    /// number explains all regular files, it is the volume's alignment.
    pub(super) fn align_as(&mut self, mut spans: Vec<(NodeId, Span)>) {
        spans.sort_by_key(|(_, span)| span.start());
        let mut starts = Vec::new();
        let mut gaps = Vec::new();
        for pair in spans.windows(2) {
            let [(_, before), (id, span)] = *pair else { continue };
            let start = span.start().saturating_add(self.aligned_at(id));
            if self.is_regular(id) {
                starts.push(start);
            }
            let gap = span.start().saturating_sub(align(before.end()));
            if let Some(own) = Alignment::for_gap(gap, start) {
                gaps.push((id, own));
            }
        }
        let common = Alignment::common(&starts);
        let regular = gaps.iter().filter(|(id, own)| self.is_regular(*id) && *own <= common);
        let needed = regular.map(|(_, own)| *own).max();
        // what all of several files keep to is no accident, even if their gaps alone would ask for less
        self.alignment =
            needed.map_or_else(Alignment::default, |needed| if starts.len() < 4 { needed } else { common });
        let alignment = self.alignment;
        self.own_alignments = gaps.into_iter().filter(|(id, own)| !self.is_regular(*id) || *own > alignment).collect();
    }

    /// How far from the start of a node lies what is aligned: of a regular file its data, of all else its header.
    pub(super) fn aligned_at(&self, id: NodeId) -> usize {
        match self.node(id) {
            Some(node) if matches!(node.content, Content::File(_) | Content::Streamed(_)) => node.header_len(),
            _ => 0,
        }
    }
}
