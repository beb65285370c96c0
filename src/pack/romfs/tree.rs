//! What is wanted to a volume: in sorted order, or in that of the original with what is new behind it.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};

use super::wanted::{Outcome, Record, Want, Wanted, display_path, split};
use super::{Order, Ready, Refused};
use crate::format::romfs::{BuildError, Content, Node, NodeId, Volume};
use crate::pack::{Change, Disk, What};
use crate::words::{bytes, count};

/// Builds the tree.
pub fn ready<'a>(order: &'a Order<'_>, outcome: Outcome, disk: &'a dyn Disk) -> Result<Ready<'a>, Refused> {
    let Outcome { mut wanted, records } = outcome;
    let mut tree = Tree::start(order, disk)?;
    let originals = tree.paths();
    let lost_folders = lost_folders(&records, &wanted);
    tree.keep_and_change(&originals, &mut wanted)?;
    let is_first = order.original.is_none();
    if is_first && order.manifest.is_some() {
        tree.changes = compared_with_record(&records, &wanted);
    }
    // links last: they can lead to what comes behind them, but keep their places
    let mut links = Vec::new();
    for (path, want) in wanted {
        if want == Want::Original {
            let why = "the record says that it could not be extracted, and the original does not have it".to_owned();
            return Err(Refused::Lost { path: display_path(&path), why });
        }
        let (folder, name) = split(&path);
        let folder = if folder.is_empty() { Some(Volume::ROOT) } else { tree.ids.get(folder).copied() };
        let no_folder = || Refused::Build(BuildError::NoDirectory { name: display_path(&path) });
        let (content, executable, streamed) = tree.content(&want);
        let node = Node { name: name.to_vec(), content, executable };
        let id = tree.volume.add(folder.ok_or_else(no_folder)?, node).map_err(Refused::Build)?;
        tree.streamed.extend(streamed.map(|found| (id, found)));
        if !is_first {
            tree.tell(What::Added, &path, None);
        }
        if let Want::HardLink(target) = want {
            links.push((id, target));
        }
        tree.ids.insert(path, id);
    }
    tree.links.extend(links);
    tree.set_links()?;
    let mut changes = tree.changes;
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Ready { volume: tree.volume, streamed: tree.streamed, changes, lost_folders })
}

struct Tree<'a> {
    order: &'a Order<'a>,
    disk: &'a dyn Disk,
    volume: Volume<'a>,
    ids: FxHashMap<Vec<u8>, NodeId>,
    /// Hard links whose target is still to be set.
    links: Vec<(NodeId, Vec<u8>)>,
    streamed: Vec<(NodeId, usize)>,
    changes: Vec<Change>,
}

impl<'a> Tree<'a> {
    /// The original's tree, or an empty one.
    fn start(order: &'a Order<'a>, disk: &'a dyn Disk) -> Result<Self, Refused> {
        let mut volume = match order.original {
            Some((romfs, bytes)) => Volume::from_image(romfs, bytes).map_err(Refused::Original)?,
            None => Volume::new(""),
        };
        volume.name = order.name.map_or(std::mem::take(&mut volume.name), <[u8]>::to_vec);
        volume.alignment = order.alignment.unwrap_or(volume.alignment);
        Ok(Self {
            order,
            disk,
            volume,
            ids: FxHashMap::default(),
            links: Vec::new(),
            streamed: Vec::new(),
            changes: Vec::new(),
        })
    }

    /// Every path of the volume so far, each directory before what it holds; `.` and `..` are left out.
    fn paths(&self) -> Vec<(Vec<u8>, NodeId)> {
        let mut paths = Vec::new();
        let mut open = vec![(Vec::new(), Volume::ROOT)];
        while let Some((folder, directory)) = open.pop() {
            for id in self.volume.children(directory) {
                let Some(node) = self.volume.node(*id) else { continue };
                if matches!(node.content, Content::Itself | Content::Parent) {
                    continue;
                }
                let path =
                    if folder.is_empty() { node.name.clone() } else { [&folder, &b"/"[..], &node.name].concat() };
                paths.push((path.clone(), *id));
                open.push((path, *id));
            }
        }
        paths.sort_by(|(one, _), (other, _)| one.cmp(other));
        paths
    }

    /// Makes of every node of the original what is wanted in its place, and takes that out of what is wanted.
    fn keep_and_change(&mut self, originals: &[(Vec<u8>, NodeId)], wanted: &mut Wanted) -> Result<(), Refused> {
        let paths: FxHashMap<NodeId, &[u8]> = originals.iter().map(|(path, id)| (*id, path.as_slice())).collect();
        let mut gone = FxHashSet::default();
        for (path, id) in originals {
            let Some(want) = wanted.remove(path) else {
                gone.insert(*id);
                self.tell(What::Removed, path, None);
                continue;
            };
            self.ids.insert(path.clone(), *id);
            let Some(node) = self.volume.node(*id) else { continue };
            let (was, was_executable) = (node.content.clone(), node.executable);
            let told = match (&was, &want) {
                (_, Want::Original) | (Content::Directory, Want::Directory) => continue,
                (Content::Symlink(old), Want::Symlink(new)) if is_same_target(old, new) => continue,
                (Content::HardLink(target), Want::HardLink(new)) => {
                    self.links.push((*id, new.clone()));
                    let old = self.resolve(*target).and_then(|target| paths.get(&target).copied());
                    (old != Some(new.as_slice())).then(|| format!("is a hard link to {}", display_path(new)))
                }
                (Content::File(old), Want::File { found, executable }) => {
                    let executable = *executable;
                    let detail = self.change_file(*id, path, old, *found)?;
                    self.volume.set_executable(*id, executable);
                    let bit = (was_executable != executable).then(|| {
                        if executable { "is executable now" } else { "is not executable any more" }.to_owned()
                    });
                    let details: Vec<String> = detail.into_iter().chain(bit).collect();
                    (!details.is_empty()).then(|| details.join(", "))
                }
                (was, want) => self.replace(*id, was, want),
            };
            if told.is_some() {
                self.tell(What::Changed, path, told);
            }
        }
        self.volume.retain(|id| !gone.contains(&id));
        Ok(())
    }

    /// Gives a file its new bytes; says how they differ from the old ones.
    fn change_file(&mut self, id: NodeId, path: &[u8], old: &[u8], found: usize) -> Result<Option<String>, Refused> {
        let len = self.order.file(found).map_or(0, |file| file.len);
        let read = |error| Refused::Read { path: display_path(path), error };
        if len == old.len() && self.disk.holds(found, old).map_err(read)? {
            return Ok(None);
        }
        self.volume.set_content(id, Content::Streamed(len));
        self.streamed.push((id, found));
        Ok(Some(match len.cmp(&old.len()) {
            std::cmp::Ordering::Equal => format!("other content, {} as before", bytes(len)),
            _ => format!("{}, had {}", bytes(len), count(old.len())),
        }))
    }

    /// Puts another thing in the place of one; says which, unless they are the same.
    fn replace(&mut self, id: NodeId, was: &Content<'a>, want: &Want) -> Option<String> {
        let (content, executable, streamed) = self.content(want);
        if content == *was {
            return None;
        }
        self.streamed.extend(streamed.map(|found| (id, found)));
        if let Want::HardLink(target) = want {
            self.links.push((id, target.clone()));
        }
        let told = match (was, &content) {
            (Content::Symlink(old), Content::Symlink(new)) => {
                format!("leads to {}, led to {}", display_path(new), display_path(old))
            }
            (was, is) if in_words(was) == in_words(is) => "has other numbers".to_owned(),
            (was, is) => format!("is {}, was {}", in_words(is), in_words(was)),
        };
        self.volume.set_content(id, content);
        self.volume.set_executable(id, executable);
        Some(told)
    }

    /// What a node is made of, whether its exec bit is set, and the file on disk that has its bytes.
    fn content(&self, want: &Want) -> (Content<'a>, bool, Option<usize>) {
        let plain = |content| (content, false, None);
        match want {
            Want::Directory => (Content::Directory, true, None),
            Want::File { found, executable } => {
                let len = self.order.file(*found).map_or(0, |file| file.len);
                (Content::Streamed(len), *executable, Some(*found))
            }
            Want::Symlink(target) => plain(Content::Symlink(Cow::Owned(target.clone()))),
            Want::HardLink(_) => plain(Content::HardLink(Volume::ROOT)),
            Want::BlockDevice { major, minor } => plain(Content::BlockDevice { major: *major, minor: *minor }),
            Want::CharDevice { major, minor } => plain(Content::CharDevice { major: *major, minor: *minor }),
            Want::Socket => plain(Content::Socket),
            Want::Fifo => plain(Content::Fifo),
            Want::Original => plain(Content::File(Cow::Borrowed(&[]))),
        }
    }

    /// What a hard link of the original stands for in the end.
    fn resolve(&self, target: NodeId) -> Option<NodeId> {
        const HOPS: usize = 8;
        let mut at = target;
        for _ in 0..HOPS {
            match self.volume.node(at)?.content {
                Content::HardLink(next) => at = next,
                _ => return Some(at),
            }
        }
        None
    }

    /// Sets the targets of hard links, all nodes being there. A link that led to its target over another one still
    /// does, if that is still there.
    fn set_links(&mut self) -> Result<(), Refused> {
        let kept: FxHashSet<NodeId> = self.ids.values().copied().collect();
        for (id, target) in std::mem::take(&mut self.links) {
            let broken = || Refused::Build(BuildError::BrokenLink { name: display_path(&target) });
            let target = self.ids.get(&target).copied().ok_or_else(broken)?;
            let still_leads = match self.volume.node(id).map(|node| &node.content) {
                Some(Content::HardLink(old)) => kept.contains(old) && self.resolve(*old) == Some(target),
                _ => false,
            };
            if !still_leads {
                self.volume.set_content(id, Content::HardLink(target));
            }
        }
        Ok(())
    }

    fn tell(&mut self, change: What, path: &[u8], detail: Option<String>) {
        self.changes.push(Change { change, path: display_path(path), detail });
    }
}

/// Whether a link leads where it led; the disk may have no room for odd bytes.
fn is_same_target(old: &[u8], new: &[u8]) -> bool {
    old == new || String::from_utf8_lossy(old).as_bytes() == new
}

fn in_words(content: &Content<'_>) -> &'static str {
    match content {
        Content::File(_) | Content::Streamed(_) => "a file",
        Content::Directory | Content::Itself | Content::Parent => "a folder",
        Content::Symlink(_) => "a symbolic link",
        Content::HardLink(_) => "a hard link",
        Content::BlockDevice { .. } => "a block device",
        Content::CharDevice { .. } => "a character device",
        Content::Socket => "a socket",
        Content::Fifo => "a pipe",
    }
}

/// What came to the folder and went from it since it was extracted.
fn compared_with_record(records: &[Record], wanted: &Wanted) -> Vec<Change> {
    let recorded: FxHashMap<&[u8], &Record> = records.iter().map(|record| (record.path.as_slice(), record)).collect();
    let told = |change, path: &[u8]| Change { change, path: display_path(path), detail: None };
    let gone = records.iter().filter(|record| !wanted.contains_key(&record.path));
    let new = wanted.keys().filter(|path| !recorded.contains_key(path.as_slice()));
    gone.map(|record| told(What::Removed, &record.path)).chain(new.map(|path| told(What::Added, path))).collect()
}

/// Folders that are gone though nothing in them could lie on disk.
fn lost_folders(records: &[Record], wanted: &Wanted) -> Vec<String> {
    let mut holding: FxHashMap<&[u8], bool> = FxHashMap::default();
    for record in records {
        let (folder, _) = split(&record.path);
        let holds = holding.entry(folder).or_default();
        *holds |= record.can_be_on_disk();
    }
    let is_lost = |record: &&Record| {
        let holds = holding.get(record.path.as_slice()).copied().unwrap_or(false);
        record.is_directory() && !holds && !wanted.contains_key(&record.path)
    };
    records.iter().filter(is_lost).map(|record| display_path(&record.path)).collect()
}
