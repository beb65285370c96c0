//! A tree of files to the bytes of a volume, laid out as genromfs does it: each directory's header, then at once what
//! it holds, in the order given.

use super::build::{BuildError, Content, Node, NodeId, Volume};
use super::{MAGIC, NAME_MAX_BYTES, PADDING, align, display_name};
use crate::checksum::romfs_sum;

/// Where the checksum lies in both headers.
const CHECKSUM_AT: usize = 12;

/// Where everything will lie.
struct Plan {
    /// Nodes in the order of their headers.
    order: Vec<NodeId>,
    /// Where each node's header starts; the root's is its first entry's.
    starts: Vec<usize>,
    /// Where the next header of the same directory starts; 0 behind the last.
    nexts: Vec<usize>,
    /// The size for the volume's header.
    len: usize,
}

impl Volume<'_> {
    /// The bytes of the volume, filled with zeros to a multiple of 1024. Time and memory are in proportion to them.
    ///
    /// # Errors
    /// If the volume's name cannot be one, a hard link leads nowhere, or the volume is too big for its format.
    pub fn build(&self) -> Result<Vec<u8>, BuildError> {
        if self.name.len() > NAME_MAX_BYTES || self.name.contains(&0) {
            return Err(BuildError::VolumeName { name: display_name(&self.name) });
        }
        let plan = self.plan();
        let padded = plan.len.checked_next_multiple_of(PADDING).unwrap_or(usize::MAX);
        let size = u32::try_from(plan.len).ok().filter(|_| u32::try_from(padded).is_ok());
        let size = size.ok_or(BuildError::TooBig { len: plan.len })?;
        let mut image = Vec::with_capacity(padded);
        image.extend_from_slice(MAGIC);
        image.extend_from_slice(&size.to_be_bytes());
        image.extend_from_slice(&[0; 4]);
        push_name(&mut image, &self.name);
        for &id in &plan.order {
            self.push_entry(&mut image, &plan, id)?;
        }
        image.resize(padded, 0);
        let covered = image.len().min(plan.len).min(512);
        set_checksum(image.get_mut(..covered).unwrap_or_default());
        Ok(image)
    }

    fn plan(&self) -> Plan {
        let mut at = align(MAGIC.len().saturating_add(9).saturating_add(self.name.len()));
        let mut starts = vec![at; self.node_count()];
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
        Plan { order, starts, nexts, len: at }
    }

    fn push_entry(&self, image: &mut Vec<u8>, plan: &Plan, id: NodeId) -> Result<(), BuildError> {
        let Some(node) = self.node(id) else { return Ok(()) };
        let directory = self.parent(id).unwrap_or(Self::ROOT);
        let start_of = |id: NodeId| plan.starts.get(id.0).copied();
        let device = |major: u16, minor: u16| u32::from(major) << 16 | u32::from(minor);
        let (kind, spec) = match &node.content {
            Content::HardLink(target) => (0, word(start_of(*target))),
            Content::Itself if directory == Self::ROOT => (1, word(start_of(Self::ROOT))),
            Content::Itself => (0, word(start_of(directory))),
            Content::Parent => (0, word(self.parent(directory).and_then(start_of))),
            Content::Directory => (1, Some(self.children(id).first().and_then(|id| word(start_of(*id))).unwrap_or(0))),
            Content::File(_) => (2, Some(0)),
            Content::Symlink(_) => (3, Some(0)),
            Content::BlockDevice { major, minor } => (4, Some(device(*major, *minor))),
            Content::CharDevice { major, minor } => (5, Some(device(*major, *minor))),
            Content::Socket => (6, Some(0)),
            Content::Fifo => (7, Some(0)),
        };
        let spec = spec.ok_or_else(|| BuildError::BrokenLink { name: display_name(&node.name) })?;
        let next = word(plan.nexts.get(id.0).copied()).unwrap_or(0);
        let exec = if node.executable { 8 } else { 0 };
        let header_at = image.len();
        for field in [next | kind | exec, spec, word(Some(node.data().len())).unwrap_or(u32::MAX), 0] {
            image.extend_from_slice(&field.to_be_bytes());
        }
        push_name(image, &node.name);
        set_checksum(image.get_mut(header_at..).unwrap_or_default());
        image.extend_from_slice(node.data());
        image.resize(align(image.len()), 0);
        Ok(())
    }
}

impl Node<'_> {
    fn data(&self) -> &[u8] {
        match &self.content {
            Content::File(data) | Content::Symlink(data) => data,
            _ => &[],
        }
    }

    /// Header, name and data with the zeros behind each.
    fn len_in_image(&self) -> usize {
        align(17_usize.saturating_add(self.name.len())).saturating_add(align(self.data().len()))
    }
}

fn word(value: Option<usize>) -> Option<u32> {
    value.and_then(|value| u32::try_from(value).ok())
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
