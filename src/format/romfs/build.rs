//! The tree of files that a volume is built from, given piece by piece or taken from a parsed volume.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};
use thiserror::Error;

use super::{Alignment, Entry, EntryKind, NAME_MAX_BYTES, PATH_MAX_BYTES, Romfs, display_name};
use crate::image::Span;

/// What a volume will hold: nodes in directories, each directory in the order in which it was filled.
///
/// ```
/// use unbrick::format::romfs::{self, Content, Node, Volume};
///
/// let mut volume = Volume::new("rom 4cfdc420");
/// let bin = volume.add(Volume::ROOT, Node::directory("bin"))?;
/// volume.add(bin, Node::file("init", b"#!/bin/sh\n".as_slice()).executable())?;
/// volume.add(Volume::ROOT, Node::new("console", Content::CharDevice { major: 5, minor: 1 }))?;
/// let bytes = volume.build()?;
/// assert!(romfs::parse(&bytes).is_ok_and(|parsed| parsed.value.is_verified()));
/// # Ok::<(), romfs::BuildError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume<'a> {
    /// The volume's name.
    pub name: Vec<u8>,
    /// Where the data of regular files, and hard links to them, start: on multiples of this.
    pub alignment: Alignment,
    /// The nodes that have an alignment of their own.
    pub(super) own_alignments: FxHashMap<NodeId, Alignment>,
    nodes: Vec<Node<'a>>,
    /// The directory of each node; the root's is itself.
    parents: Vec<NodeId>,
    /// What each node holds, in order; empty for all but directories.
    children: Vec<Vec<NodeId>>,
    /// Bytes in each node's path as it is shown.
    path_lens: Vec<usize>,
    taken: FxHashSet<(NodeId, Vec<u8>)>,
}

/// A node of one [`Volume`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NodeId(pub(super) usize);

/// A name and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node<'a> {
    /// The name in its directory.
    pub name: Vec<u8>,
    /// What it is.
    pub content: Content<'a>,
    /// Whether the exec bit is set.
    pub executable: bool,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'a> {
    /// A regular file with these bytes.
    File(Cow<'a, [u8]>),
    /// A regular file of this many bytes, which are not held here: they are handed over when the volume is written
    /// ([`Volume::pieces`]).
    Streamed(usize),
    /// A directory.
    Directory,
    /// A symbolic link to this path.
    Symlink(Cow<'a, [u8]>),
    /// Another name for a node.
    HardLink(NodeId),
    /// The directory's `.`: in the root a directory of its own, elsewhere a hard link.
    Itself,
    /// The directory's `..`: a hard link.
    Parent,
    /// A block device.
    #[allow(missing_docs)] // as in EntryKind
    BlockDevice { major: u16, minor: u16 },
    /// A character device.
    #[allow(missing_docs)] // as in EntryKind
    CharDevice { major: u16, minor: u16 },
    /// A socket.
    Socket,
    /// A named pipe.
    Fifo,
}

/// Why a volume cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BuildError {
    /// The name is none that the kernel reads right.
    #[error(
        "`{name}` cannot be a name in a romfs: it must have 1 to 127 bytes, no NUL and no `/`, and not be `.` or `..`"
    )]
    Name {
        /// The name, odd bytes written as `\xNN`.
        name: String,
    },
    /// The volume's name is none that the kernel reads right.
    #[error("`{name}` cannot be the name of a romfs: it must have at most 127 bytes and no NUL")]
    VolumeName {
        /// The name, odd bytes written as `\xNN`.
        name: String,
    },
    /// The directory has this name already.
    #[error("the name `{name}` is there twice in one directory")]
    Duplicate {
        /// The name, odd bytes written as `\xNN`.
        name: String,
    },
    /// What should hold the node is no directory of this volume.
    #[error("`{name}` was put into something that is no directory of this volume")]
    NoDirectory {
        /// The name, odd bytes written as `\xNN`.
        name: String,
    },
    /// A hard link leads to no node of this volume.
    #[error("the hard link `{name}` leads to nothing in this volume")]
    BrokenLink {
        /// The link's name or path, odd bytes written as `\xNN`.
        name: String,
    },
    /// The image that the volume is taken from lacks bytes of a file.
    #[error("{path} is cut: {present} of its {declared} bytes are here")]
    Cut {
        /// The file's path.
        path: String,
        /// Bytes that are here.
        present: usize,
        /// Bytes that its header declares.
        declared: usize,
    },
    /// The kernel cannot name it.
    #[error("the path of `{name}` would have {len} bytes; the kernel knows paths of at most {PATH_MAX_BYTES}")]
    TooDeep {
        /// The name, odd bytes written as `\xNN`.
        name: String,
        /// The bytes of its path.
        len: usize,
    },
    /// Its bytes are not held here, so that it can only be written piece by piece.
    #[error("the bytes of `{name}` are not in memory")]
    Elsewhere {
        /// The name, odd bytes written as `\xNN`.
        name: String,
    },
    /// The format's 32-bit sizes cannot express it.
    #[error("the volume would have {len} bytes; a romfs has less than 4 GiB")]
    TooBig {
        /// Its length.
        len: usize,
    },
}

impl<'a> Node<'a> {
    /// A node whose exec bit is not set.
    pub fn new(name: impl AsRef<[u8]>, content: Content<'a>) -> Self {
        Self { name: name.as_ref().to_vec(), content, executable: false }
    }

    /// A regular file.
    pub fn file(name: impl AsRef<[u8]>, bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::new(name, Content::File(bytes.into()))
    }

    /// A directory; its exec bit is set, as it is on every directory that can be entered.
    pub fn directory(name: impl AsRef<[u8]>) -> Self {
        Self::new(name, Content::Directory).executable()
    }

    /// A symbolic link.
    pub fn symlink(name: impl AsRef<[u8]>, target: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::new(name, Content::Symlink(target.into()))
    }

    /// The same node with its exec bit set.
    #[must_use]
    pub fn executable(mut self) -> Self {
        self.executable = true;
        self
    }
}

impl<'a> Volume<'a> {
    /// The root directory.
    pub const ROOT: NodeId = NodeId(0);

    /// An empty volume: a root directory with its `.` and `..`.
    pub fn new(name: impl AsRef<[u8]>) -> Self {
        let mut volume = Self::bare(name.as_ref().to_vec());
        volume.push_dots(Self::ROOT);
        volume
    }

    fn bare(name: Vec<u8>) -> Self {
        let root = Node::directory("");
        Self {
            name,
            alignment: Alignment::default(),
            own_alignments: FxHashMap::default(),
            nodes: vec![root],
            parents: vec![Self::ROOT],
            children: vec![Vec::new()],
            path_lens: vec![0],
            taken: FxHashSet::default(),
        }
    }

    /// The tree of a parsed volume, in its order. `bytes` are those that it was parsed from, and are not copied.
    ///
    /// # Errors
    /// If a file is cut or a hard link broken, or two entries of a directory or one name could not be built again.
    pub fn from_image(romfs: &Romfs, bytes: &'a [u8]) -> Result<Self, BuildError> {
        let name = Span::new(16, romfs.header.end()).of(bytes);
        let mut volume = Self::bare(until_nul(name).to_vec());
        // Hard links lead to any entry, so that all nodes get their places before the first link is set.
        let mut ids = Vec::with_capacity(romfs.entries.len());
        let mut by_header = FxHashMap::default();
        let mut spans = vec![(Self::ROOT, romfs.header)];
        for entry in &romfs.entries {
            if !entry.is_whole() {
                let (path, present) = (entry.path.clone(), entry.data.len());
                return Err(BuildError::Cut { path, present, declared: entry.declared_size });
            }
            let parent = entry.parent.map_or(Some(Self::ROOT), |index| ids.get(index).copied());
            let parent = parent.ok_or_else(|| BuildError::NoDirectory { name: entry.path.clone() })?;
            let node = Node { name: entry.name.clone(), content: content(entry, bytes), executable: entry.executable };
            let id = if entry.is_dot() { volume.push(parent, node) } else { volume.add_bare(parent, node)? };
            ids.push(id);
            spans.push((id, Span::new(entry.header.start(), entry.data.end())));
            by_header.insert(entry.header.start(), id);
        }
        for (entry, id) in romfs.entries.iter().zip(ids) {
            if let (false, EntryKind::HardLink { target }) = (entry.is_dot(), entry.kind) {
                let target = by_header.get(&target).copied();
                let target = target.ok_or_else(|| BuildError::BrokenLink { name: entry.path.clone() })?;
                volume.set_content(id, Content::HardLink(target));
            }
        }
        volume.put_root_first();
        volume.align_as(spans);
        Ok(volume)
    }

    /// The kernel takes the first entry for the root directory, so that its `.` has to be that.
    fn put_root_first(&mut self) {
        let is_itself = |id: &NodeId| self.node(*id).is_some_and(|node| node.content == Content::Itself);
        let place = self.children(Self::ROOT).iter().position(is_itself);
        let place = place.unwrap_or_else(|| {
            self.push(Self::ROOT, Node::new(".", Content::Itself).executable());
            self.children(Self::ROOT).len().saturating_sub(1)
        });
        let children = self.children.first_mut().and_then(|children| children.get_mut(..=place));
        children.into_iter().for_each(|up_to_it| up_to_it.rotate_right(1));
    }

    /// Puts `node` behind what `directory` holds. A new directory gets its `.` and `..`.
    ///
    /// # Errors
    /// If the name cannot be one, or is there already, or `directory` is none.
    pub fn add(&mut self, directory: NodeId, node: Node<'a>) -> Result<NodeId, BuildError> {
        let is_directory = node.content == Content::Directory;
        let id = self.add_bare(directory, node)?;
        if is_directory {
            self.push_dots(id);
        }
        Ok(id)
    }

    /// A new directory gets nothing in it.
    fn add_bare(&mut self, directory: NodeId, node: Node<'a>) -> Result<NodeId, BuildError> {
        let shown = || display_name(&node.name);
        let is_name = !node.name.is_empty() && !node.name.iter().any(|byte| matches!(byte, 0 | b'/'));
        if !is_name || node.name.len() > NAME_MAX_BYTES || matches!(node.name.as_slice(), b"." | b"..") {
            return Err(BuildError::Name { name: shown() });
        }
        if self.node(directory).is_none_or(|node| node.content != Content::Directory) {
            return Err(BuildError::NoDirectory { name: shown() });
        }
        let len = self.path_len(directory, &node.name);
        if len > PATH_MAX_BYTES {
            return Err(BuildError::TooDeep { name: shown(), len });
        }
        if !self.taken.insert((directory, node.name.clone())) {
            return Err(BuildError::Duplicate { name: shown() });
        }
        Ok(self.push(directory, node))
    }

    /// Takes every node out of its directory, and all below it out of the volume, that is not to be kept. Hard links to
    /// it have to go as well, or to lead elsewhere.
    pub fn retain(&mut self, is_kept: impl Fn(NodeId) -> bool) {
        for (directory, children) in self.children.iter_mut().enumerate() {
            children.retain(|id| {
                let kept = is_kept(*id);
                if let (false, Some(node)) = (kept, self.nodes.get(id.0)) {
                    self.taken.remove(&(NodeId(directory), node.name.clone()));
                }
                kept
            });
        }
    }

    /// Gives a node another content, in its place. What is no directory any more loses what it held; what becomes one
    /// gets its `.` and `..`.
    pub fn set_content(&mut self, id: NodeId, content: Content<'a>) {
        let is_directory = content == Content::Directory;
        let Some(node) = self.nodes.get_mut(id.0) else { return };
        let was_directory = std::mem::replace(&mut node.content, content) == Content::Directory;
        if was_directory && !is_directory {
            self.children.get_mut(id.0).into_iter().for_each(Vec::clear);
        } else if is_directory && !was_directory {
            node.executable = true;
            self.push_dots(id);
        }
    }

    /// Sets or clears a node's exec bit.
    pub fn set_executable(&mut self, id: NodeId, executable: bool) {
        self.nodes.get_mut(id.0).into_iter().for_each(|node| node.executable = executable);
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> Option<&Node<'a>> {
        self.nodes.get(id.0)
    }

    /// What a directory holds, in order; its `.` and `..` too.
    pub fn children(&self, directory: NodeId) -> &[NodeId] {
        self.children.get(directory.0).map_or(&[], Vec::as_slice)
    }

    /// The directory that holds a node; the root's is itself.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.parents.get(id.0).copied()
    }

    /// Nodes in the volume, the root and every `.` and `..` counted.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// Bytes in the path that a name in `directory` would have.
    fn path_len(&self, directory: NodeId, name: &[u8]) -> usize {
        let parent = self.path_lens.get(directory.0).copied().unwrap_or(0);
        parent.saturating_add(1).saturating_add(display_name(name).len())
    }

    /// Adds without a look at the name.
    pub(super) fn push(&mut self, directory: NodeId, node: Node<'a>) -> NodeId {
        let id = NodeId(self.nodes.len());
        self.path_lens.push(self.path_len(directory, &node.name));
        self.nodes.push(node);
        self.parents.push(directory);
        self.children.push(Vec::new());
        self.children.get_mut(directory.0).into_iter().for_each(|children| children.push(id));
        id
    }

    fn push_dots(&mut self, directory: NodeId) {
        self.push(directory, Node { executable: directory == Self::ROOT, ..Node::new(".", Content::Itself) });
        self.push(directory, Node::new("..", Content::Parent));
    }
}

fn until_nul(name: &[u8]) -> &[u8] {
    memchr::memchr(0, name).and_then(|end| name.get(..end)).unwrap_or(name)
}

/// What an entry is built from again; a hard link's target is set later.
fn content<'a>(entry: &Entry, bytes: &'a [u8]) -> Content<'a> {
    let data = Cow::Borrowed(entry.data.of(bytes));
    match (entry.name.as_slice(), entry.kind) {
        (b".", _) => Content::Itself,
        (b"..", _) => Content::Parent,
        (_, EntryKind::HardLink { .. }) => Content::HardLink(Volume::ROOT),
        (_, EntryKind::Directory { .. }) => Content::Directory,
        (_, EntryKind::File) => Content::File(data),
        (_, EntryKind::Symlink) => Content::Symlink(data),
        (_, EntryKind::BlockDevice { major, minor }) => Content::BlockDevice { major, minor },
        (_, EntryKind::CharDevice { major, minor }) => Content::CharDevice { major, minor },
        (_, EntryKind::Socket) => Content::Socket,
        (_, EntryKind::Fifo) => Content::Fifo,
    }
}
