//! What a volume is to hold: what lies in the folder, and what a folder cannot hold.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{Order, Refused};
use crate::contents::{self, Fate, Item, stays_inside};
use crate::format::romfs::{self, Entry, Romfs, display_name, name_from_display};
use crate::pack::{Disk, FileOnDisk, Found, OnDisk};

/// What a volume is to hold, by path, each directory before what it holds.
pub type Wanted = BTreeMap<Vec<u8>, Want>;

/// What is to stand at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Want {
    Directory,
    /// A file, by its place in the list of what was found.
    File {
        found: usize,
        executable: bool,
    },
    Symlink(Vec<u8>),
    /// Another name for what stands at this path.
    HardLink(Vec<u8>),
    BlockDevice {
        major: u16,
        minor: u16,
    },
    CharDevice {
        major: u16,
        minor: u16,
    },
    Socket,
    Fifo,
    /// What the original has there.
    Original,
}

/// What is known beforehand of a path in the volume.
#[derive(Debug)]
pub struct Record {
    pub path: Vec<u8>,
    /// Where it lies in the folder, if a folder can hold it.
    on_disk: Option<Vec<u8>>,
    /// What it is if it is no file.
    want: Want,
    executable: bool,
    /// Why the extraction could not write it.
    lost: Option<String>,
}

/// What [`wanted`] found out.
#[derive(Debug, Default)]
pub struct Outcome {
    pub wanted: Wanted,
    /// What was known beforehand, by path.
    pub records: Vec<Record>,
}

/// Puts the folder and what is known beforehand together.
pub fn wanted(order: &Order<'_>, disk: &dyn Disk) -> Result<Outcome, Refused> {
    let records = records(order);
    let mut wanted = on_disk(order, &records)?;
    link(order, &records, &mut wanted, disk)?;
    add_what_no_folder_holds(order, &records, &mut wanted)?;
    Ok(Outcome { wanted, records })
}

fn records(order: &Order<'_>) -> Vec<Record> {
    let mut records: Vec<Record> = match (order.manifest, order.original) {
        (Some(manifest), _) => manifest.entries.iter().map(of_item).collect(),
        (None, Some((romfs, bytes))) => romfs.files().filter_map(|entry| of_entry(entry, romfs, bytes)).collect(),
        (None, None) => Vec::new(),
    };
    records.sort_by(|one, other| one.path.cmp(&other.path));
    records
}

fn of_item(item: &Item) -> Record {
    let want = match &item.kind {
        contents::EntryKind::File { .. } => Want::Original,
        contents::EntryKind::Directory => Want::Directory,
        contents::EntryKind::HardLink { target } => Want::HardLink(name_from_display(target)),
        contents::EntryKind::Symlink { target } => Want::Symlink(target.as_bytes().to_vec()),
        contents::EntryKind::BlockDevice { major, minor } => Want::BlockDevice { major: *major, minor: *minor },
        contents::EntryKind::CharDevice { major, minor } => Want::CharDevice { major: *major, minor: *minor },
        contents::EntryKind::Socket => Want::Socket,
        contents::EntryKind::Fifo => Want::Fifo,
    };
    let (on_disk, lost) = match &item.fate {
        Fate::Written { path } => (Some(path.as_bytes().to_vec()), None),
        Fate::NotMade { why } if item.kind.is_file() => (None, Some(why.clone())),
        Fate::NotMade { .. } => (None, None),
        Fate::Damaged { why } | Fate::NotWritten { why } => (None, Some(why.clone())),
    };
    let executable = matches!(item.kind, contents::EntryKind::File { executable: true });
    Record { path: name_from_display(&item.path), on_disk, want, executable, lost }
}

/// As an extraction of the original would have left it.
fn of_entry(entry: &Entry, romfs: &Romfs, bytes: &[u8]) -> Option<Record> {
    let shown = entry.path.trim_start_matches('/');
    let mut is_on_disk = true;
    let want = match entry.kind {
        romfs::EntryKind::File => Want::Original,
        romfs::EntryKind::Directory { .. } => Want::Directory,
        romfs::EntryKind::Symlink => {
            let target = entry.data.of(bytes);
            is_on_disk = stays_inside(shown, &String::from_utf8_lossy(target));
            Want::Symlink(target.to_vec())
        }
        romfs::EntryKind::HardLink { .. } => {
            let target = romfs.resolve(entry)?;
            is_on_disk = target.kind == romfs::EntryKind::File;
            Want::HardLink(name_from_display(target.path.trim_start_matches('/')))
        }
        romfs::EntryKind::BlockDevice { major, minor } => Want::BlockDevice { major, minor },
        romfs::EntryKind::CharDevice { major, minor } => Want::CharDevice { major, minor },
        romfs::EntryKind::Socket => Want::Socket,
        romfs::EntryKind::Fifo => Want::Fifo,
    };
    is_on_disk &= !want.is_special();
    let on_disk = is_on_disk.then(|| shown.as_bytes().to_vec());
    Some(Record { path: name_from_display(shown), on_disk, want, executable: entry.executable, lost: None })
}

/// The paths of what lies in the folder.
fn on_disk(order: &Order<'_>, records: &[Record]) -> Result<Wanted, Refused> {
    let by_place = |record: &'_ Record| record.on_disk.clone();
    let by_place: FxHashMap<Vec<u8>, &Record> =
        records.iter().filter_map(|record| Some((by_place(record)?, record))).collect();
    let by_path: FxHashMap<&[u8], &Record> = records.iter().map(|record| (record.path.as_slice(), record)).collect();
    let mut folders: FxHashMap<&[u8], Vec<u8>> = FxHashMap::default();
    let mut wanted = Wanted::new();
    for (index, found) in order.found.iter().enumerate() {
        let (folder, name) = split(&found.path);
        let record = by_place.get(&found.path);
        let path = match record {
            Some(record) => record.path.clone(),
            None => join(folders.get(folder).map_or(folder, Vec::as_slice), name),
        };
        let record = record.or_else(|| by_path.get(path.as_slice()));
        let want = match &found.what {
            OnDisk::Folder => {
                folders.insert(&found.path, path.clone());
                Want::Directory
            }
            OnDisk::File(file) => Want::File { found: index, executable: is_executable(order, file, record.copied()) },
            OnDisk::Symlink(target) => match record.map(|record| &record.want) {
                // the disk may have no room for odd bytes
                Some(Want::Symlink(recorded)) if String::from_utf8_lossy(recorded).as_bytes() == target.as_slice() => {
                    Want::Symlink(recorded.clone())
                }
                _ => Want::Symlink(target.clone()),
            },
            OnDisk::Special(what) => match record.map(|record| &record.want) {
                Some(want) if want.is_special() => want.clone(),
                _ => return Err(Refused::Special { path: display_path(&found.path), what }),
            },
        };
        if wanted.insert(path, want).is_some() {
            return Err(Refused::Twice { path: display_path(&found.path) });
        }
    }
    Ok(wanted)
}

fn is_executable(order: &Order<'_>, file: &FileOnDisk, record: Option<&Record>) -> bool {
    let recorded = record.filter(|record| record.want == Want::Original).map(|record| record.executable);
    let recorded = recorded.filter(|_| order.keep_modes || file.executable.is_none());
    recorded.or(file.executable).unwrap_or(false)
}

/// Makes hard links of files that are the same: those that are recorded as links and still are like what they stand
/// for, and new names of one file on disk.
fn link(order: &Order<'_>, records: &[Record], wanted: &mut Wanted, disk: &dyn Disk) -> Result<(), Refused> {
    let recorded: FxHashMap<&[u8], &Want> =
        records.iter().map(|record| (record.path.as_slice(), &record.want)).collect();
    let file = |path: &[u8]| match wanted.get(path) {
        Some(Want::File { found, .. }) => Some((*found, order.file(*found)?)),
        _ => None,
    };
    let mut links = Vec::new();
    for (path, want) in &recorded {
        let Want::HardLink(target) = want else { continue };
        let (Some((one, this)), Some((other, that))) = (file(path), file(target)) else { continue };
        let are_one = this.identity.is_some() && this.identity == that.identity;
        let read = |error| Refused::Read { path: display_path(path), error };
        if are_one || (this.len == that.len && disk.are_alike(one, other).map_err(read)?) {
            links.push((path.to_vec(), (*target).clone()));
        }
    }
    wanted.extend(links.into_iter().map(|(path, target)| (path, Want::HardLink(target))));

    // a file that is recorded as one stands for the others; else the first does
    let mut first: FxHashMap<(u64, u64), Vec<u8>> = FxHashMap::default();
    let identity = |want: &Want| match want {
        Want::File { found, .. } => order.file(*found)?.identity,
        _ => None,
    };
    let is_recorded = |path: &[u8]| matches!(recorded.get(path), Some(Want::Original));
    for is_turn_of_recorded in [true, false] {
        for (path, want) in wanted.iter() {
            if let (true, Some(identity)) = (is_recorded(path) == is_turn_of_recorded, identity(want)) {
                first.entry(identity).or_insert_with(|| path.clone());
            }
        }
    }
    let link = |(path, want): (&Vec<u8>, &Want)| {
        let target = first.get(&identity(want)?)?;
        let is_new_name = target != path && !recorded.contains_key(path.as_slice());
        is_new_name.then(|| (path.clone(), Want::HardLink(target.clone())))
    };
    let links: Vec<(Vec<u8>, Want)> = wanted.iter().filter_map(link).collect();
    wanted.extend(links);
    Ok(())
}

/// Adds what is recorded and cannot lie in a folder, where its directory is still there.
fn add_what_no_folder_holds(order: &Order<'_>, records: &[Record], wanted: &mut Wanted) -> Result<(), Refused> {
    let missing: Vec<&Record> =
        records.iter().filter(|record| record.on_disk.is_none() && !wanted.contains_key(&record.path)).collect();
    let is_link = |record: &&&Record| matches!(record.want, Want::HardLink(_));
    // links last, for they need what they lead to
    for record in missing.iter().filter(|record| !is_link(record)).chain(missing.iter().filter(is_link)) {
        let (folder, _) = split(&record.path);
        if !folder.is_empty() && wanted.get(folder) != Some(&Want::Directory) {
            continue;
        }
        let want = match (&record.lost, &record.want) {
            (Some(_), _) if order.original.is_some() => Want::Original,
            (Some(why), _) => return Err(Refused::Lost { path: display_path(&record.path), why: why.clone() }),
            (None, Want::HardLink(target)) if !wanted.contains_key(target) => continue,
            (None, want) => want.clone(),
        };
        wanted.insert(record.path.clone(), want);
    }
    Ok(())
}

impl Record {
    /// Whether it is, or should be, in the folder.
    pub fn can_be_on_disk(&self) -> bool {
        self.on_disk.is_some()
    }

    /// Whether it is a directory.
    pub fn is_directory(&self) -> bool {
        self.want == Want::Directory
    }
}

impl Want {
    /// Whether no folder can hold it.
    fn is_special(&self) -> bool {
        matches!(self, Self::BlockDevice { .. } | Self::CharDevice { .. } | Self::Socket | Self::Fifo)
    }
}

impl Order<'_> {
    /// A file of the folder.
    pub(super) fn file(&self, found: usize) -> Option<&FileOnDisk> {
        match self.found.get(found) {
            Some(Found { what: OnDisk::File(file), .. }) => Some(file),
            _ => None,
        }
    }
}

/// The folder of a path, and the name in it.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memrchr(b'/', path) {
        Some(at) => (path.get(..at).unwrap_or_default(), path.get(at + 1..).unwrap_or_default()),
        None => (&[], path),
    }
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

/// A path for people.
pub(super) fn display_path(path: &[u8]) -> String {
    path.split(|byte| *byte == b'/').map(display_name).collect::<Vec<_>>().join("/")
}
