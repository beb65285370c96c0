//! A tree of files to the bytes of a volume, laid out as genromfs does it: each directory's header, then at once what
//! it holds, in the order given.

use std::borrow::Cow;

use super::build::{BuildError, Content, Node, NodeId, Volume};
use super::{MAGIC, NAME_MAX_BYTES, PADDING, align, display_name};
use crate::checksum::romfs_sum;

/// Where the checksum lies in both headers.
const CHECKSUM_AT: usize = 12;

/// Where everything will lie.
#[derive(Debug)]
struct Plan {
    /// Nodes in the order of their headers.
    order: Vec<NodeId>,
    /// Where each node's header starts, the root's is its first entry's; 0 for a node that was removed.
    starts: Vec<usize>,
    /// Where the next header of the same directory starts; 0 behind the last.
    nexts: Vec<usize>,
    /// The size for the volume's header.
    len: usize,
}

/// A stretch of a volume that is being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'v> {
    /// These bytes.
    Bytes(Cow<'v, [u8]>),
    /// The bytes of a [`Content::Streamed`], exactly as many as it says.
    Streamed {
        /// The node.
        node: NodeId,
        /// Its bytes.
        len: usize,
    },
}

/// A volume as it is written, from its first byte to its last, with a memory that does not grow with it.
///
/// One thing can only be done at the end: the volume's checksum covers its first bytes, which may be those of streamed
/// files. [`seal`] sets it.
#[derive(Debug)]
pub struct Pieces<'v> {
    volume: &'v Volume<'v>,
    plan: Plan,
    /// The volume's header, until it was given out.
    header: Option<Vec<u8>>,
    order: std::vec::IntoIter<NodeId>,
    /// The node whose header was given out, so that its data comes next.
    data_of: Option<NodeId>,
    at: usize,
    padded_len: usize,
}

impl Pieces<'_> {
    /// Bytes in all pieces together.
    #[allow(clippy::len_without_is_empty)] // it never is
    pub fn len(&self) -> usize {
        self.padded_len
    }
}

impl<'v> Iterator for Pieces<'v> {
    type Item = Piece<'v>;

    fn next(&mut self) -> Option<Piece<'v>> {
        let piece = self.next_piece()?;
        let len = match &piece {
            Piece::Bytes(bytes) => bytes.len(),
            Piece::Streamed { len, .. } => *len,
        };
        self.at = self.at.saturating_add(len);
        Some(piece)
    }
}

impl<'v> Pieces<'v> {
    fn next_piece(&mut self) -> Option<Piece<'v>> {
        if let Some(header) = self.header.take() {
            return Some(Piece::Bytes(Cow::Owned(header)));
        }
        let volume = self.volume;
        if let Some((id, node)) = self.data_of.take().and_then(|id| Some((id, volume.node(id)?))) {
            match &node.content {
                Content::Streamed(len) if *len > 0 => return Some(Piece::Streamed { node: id, len: *len }),
                _ if !node.data().is_empty() => return Some(Piece::Bytes(Cow::Borrowed(node.data()))),
                _ => {}
            }
        }
        if let Some(id) = self.order.next() {
            self.data_of = Some(id);
            let start = self.plan.start_of(id).unwrap_or(self.at);
            let mut bytes = vec![0; start.saturating_sub(self.at)];
            bytes.extend_from_slice(&volume.header(&self.plan, id));
            return Some(Piece::Bytes(Cow::Owned(bytes)));
        }
        let left = self.padded_len.saturating_sub(self.at);
        (left > 0).then(|| Piece::Bytes(Cow::Owned(vec![0; left])))
    }
}

/// How many of a volume's first bytes [`seal`] needs, or all if there are fewer.
pub const SEALED_BYTES: usize = 512;

/// Sets the checksum of a volume that was written piece by piece; `first` are its first [`SEALED_BYTES`].
pub fn seal(first: &mut [u8]) {
    // the checksum covers no more than the size in the header; what follows up to the padding is zero anyway
    let covered = first.len().min(SEALED_BYTES);
    set_checksum(first.get_mut(..covered).unwrap_or_default());
}

impl Volume<'_> {
    /// The bytes of the volume, filled with zeros to a multiple of 1024. Time and memory are in proportion to them.
    ///
    /// # Errors
    /// If the volume's name cannot be one, a hard link leads nowhere, the volume is too big for its format, or the bytes
    /// of a file are not held here.
    pub fn build(&self) -> Result<Vec<u8>, BuildError> {
        let pieces = self.pieces()?;
        let mut image = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match piece {
                Piece::Bytes(bytes) => image.extend_from_slice(&bytes),
                Piece::Streamed { node, .. } => {
                    let name = self.node(node).map_or(String::new(), |node| display_name(&node.name));
                    return Err(BuildError::Elsewhere { name });
                }
            }
        }
        seal(&mut image);
        Ok(image)
    }

    /// The volume as the pieces to write, in order.
    ///
    /// # Errors
    /// If the volume's name cannot be one, a hard link leads nowhere, or the volume is too big for its format.
    pub fn pieces(&self) -> Result<Pieces<'_>, BuildError> {
        if self.name.len() > NAME_MAX_BYTES || self.name.contains(&0) {
            return Err(BuildError::VolumeName { name: display_name(&self.name) });
        }
        let plan = self.plan();
        let padded_len = plan.len.checked_next_multiple_of(PADDING).unwrap_or(usize::MAX);
        let size = u32::try_from(plan.len).ok().filter(|_| u32::try_from(padded_len).is_ok());
        let size = size.ok_or(BuildError::TooBig { len: plan.len })?;
        for node in plan.order.iter().filter_map(|id| self.node(*id)) {
            if let Content::HardLink(target) = node.content
                && plan.start_of(target).is_none()
            {
                return Err(BuildError::BrokenLink { name: display_name(&node.name) });
            }
        }
        let mut header = MAGIC.to_vec();
        header.extend_from_slice(&size.to_be_bytes());
        header.extend_from_slice(&[0; 4]);
        push_name(&mut header, &self.name);
        let order = plan.order.clone().into_iter();
        Ok(Pieces { volume: self, plan, header: Some(header), order, data_of: None, at: 0, padded_len })
    }

    fn plan(&self) -> Plan {
        let mut at = align(MAGIC.len().saturating_add(9).saturating_add(self.name.len()));
        let mut starts = vec![0; self.node_count()];
        let mut nexts = vec![0; self.node_count()];
        let mut order = Vec::with_capacity(self.node_count());
        let mut open = vec![self.children(Self::ROOT).iter()];
        let mut last_of_open: Vec<Option<NodeId>> = vec![None];
        while let (Some(children), Some(last)) = (open.last_mut(), last_of_open.last_mut()) {
            let Some(&id) = children.next() else {
                open.pop();
                last_of_open.pop();
                continue;
            };
            at = self.aligned(id, at);
            if let Some(next) = last.and_then(|last| nexts.get_mut(last.0)) {
                *next = at;
            }
            *last = Some(id);
            starts.get_mut(id.0).into_iter().for_each(|start| *start = at);
            order.push(id);
            at = at.saturating_add(self.node(id).map_or(0, Node::len_in_image));
            open.push(self.children(id).iter());
            last_of_open.push(None);
        }
        // the root has no header of its own: its first entry stands for it
        let first = order.first().and_then(|first| starts.get(first.0)).copied();
        if let (Some(root), Some(first)) = (starts.get_mut(Self::ROOT.0), first) {
            *root = first;
        }
        Plan { order, starts, nexts, len: at }
    }

    /// Where a node starts that may start from `at` on.
    fn aligned(&self, id: NodeId, at: usize) -> usize {
        let inside = self.aligned_at(id);
        let aligned = at.saturating_add(inside).checked_next_multiple_of(self.alignment_of(id).bytes());
        aligned.map_or(usize::MAX, |aligned| aligned.saturating_sub(inside))
    }

    /// The header and name of a node, and the zeros behind them.
    fn header(&self, plan: &Plan, id: NodeId) -> Vec<u8> {
        let Some(node) = self.node(id) else { return Vec::new() };
        let directory = self.parent(id).unwrap_or(Self::ROOT);
        let start_of = |id: NodeId| word(plan.start_of(id));
        let device = |major: u16, minor: u16| u32::from(major) << 16 | u32::from(minor);
        let (kind, spec) = match &node.content {
            Content::HardLink(target) => (0, start_of(*target)),
            Content::Itself if directory == Self::ROOT => (1, start_of(Self::ROOT)),
            Content::Itself => (0, start_of(directory)),
            Content::Parent => (0, self.parent(directory).map_or(0, start_of)),
            Content::Directory => (1, self.children(id).first().map_or(0, |id| start_of(*id))),
            Content::File(_) | Content::Streamed(_) => (2, 0),
            Content::Symlink(_) => (3, 0),
            Content::BlockDevice { major, minor } => (4, device(*major, *minor)),
            Content::CharDevice { major, minor } => (5, device(*major, *minor)),
            Content::Socket => (6, 0),
            Content::Fifo => (7, 0),
        };
        let next = word(plan.nexts.get(id.0).copied());
        let exec = if node.executable { 8 } else { 0 };
        let mut header = Vec::with_capacity(node.header_len());
        for field in [next | kind | exec, spec, word(Some(node.data_len())), 0] {
            header.extend_from_slice(&field.to_be_bytes());
        }
        push_name(&mut header, &node.name);
        set_checksum(&mut header);
        header
    }
}

impl Plan {
    /// Where a node's header starts; `None` if it is not in the volume.
    fn start_of(&self, id: NodeId) -> Option<usize> {
        self.starts.get(id.0).copied().filter(|start| *start > 0)
    }
}

impl Node<'_> {
    fn data(&self) -> &[u8] {
        match &self.content {
            Content::File(data) | Content::Symlink(data) => data,
            _ => &[],
        }
    }

    fn data_len(&self) -> usize {
        match self.content {
            Content::Streamed(len) => len,
            _ => self.data().len(),
        }
    }

    /// Header and name with the zeros behind them.
    pub(super) fn header_len(&self) -> usize {
        align(17_usize.saturating_add(self.name.len()))
    }

    /// Header, name and data with the zeros behind each.
    fn len_in_image(&self) -> usize {
        self.header_len().saturating_add(align(self.data_len()))
    }
}

/// A number of a volume whose size fits into 32 bits; 0 for what is not there.
fn word(value: Option<usize>) -> u32 {
    value.and_then(|value| u32::try_from(value).ok()).unwrap_or(0)
}

fn push_name(image: &mut Vec<u8>, name: &[u8]) {
    image.extend_from_slice(name);
    image.push(0);
    image.resize(align(image.len()), 0);
}

/// Makes the words of a header, whose checksum field is zero, sum up to zero.
fn set_checksum(header: &mut [u8]) {
    let sum = romfs_sum(header);
    if let Some(field) = header.get_mut(CHECKSUM_AT..).and_then(|rest| rest.first_chunk_mut::<4>()) {
        *field = sum.wrapping_neg().to_be_bytes();
    }
}
