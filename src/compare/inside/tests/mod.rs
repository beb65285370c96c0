//! What is told of two images' insides: files by path and content, changed files by their format, blocks by value,
//! and that no input, however it was made, takes more than its share.

mod blocks;
mod files;
mod formats;
mod hostile;

use std::collections::BTreeMap;

use crate::compare::inside::{Detail, FileChange, Status};
use crate::compare::{Comparison, Subject};
use crate::format::romfs::{Node, NodeId, Volume};
use crate::image::Image;
use crate::map::Inspection;

/// Both images with their maps, compared.
pub(super) fn compared(old: &[u8], new: &[u8]) -> Comparison {
    let mapped = |bytes: &[u8]| {
        let image = Image::new(bytes.to_vec(), None);
        let regions = Inspection::of_image(&image).regions;
        (image, regions)
    };
    let (old, new) = (mapped(old), mapped(new));
    let subject = |side: &(Image, Vec<_>)| -> (usize, usize) { (side.0.len(), side.1.len()) };
    assert!(subject(&old).1 > 0 && subject(&new).1 > 0);
    Comparison::of(
        Subject { image: &old.0, address: None, regions: &old.1, capture: None },
        Subject { image: &new.0, address: None, regions: &new.1, capture: None },
    )
}

/// A romfs with these files; folders are made as the paths need them.
pub(super) fn romfs(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut volume = Volume::new("rom 4cfdc420");
    let mut folders: BTreeMap<&str, NodeId> = BTreeMap::from([("", Volume::ROOT)]);
    for (path, bytes) in files {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut parent = Volume::ROOT;
        for (end, _) in folder.match_indices('/').chain([(folder.len(), "")]).filter(|(end, _)| *end > 0) {
            let path = &folder[..end];
            parent = *folders.entry(path).or_insert_with(|| {
                let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
                volume.add(parent, Node::directory(name)).unwrap()
            });
        }
        volume.add(parent, Node::file(name, bytes.to_vec())).unwrap();
    }
    volume.build().unwrap()
}

/// The one change of a file between two romfs that hold just it.
pub(super) fn detail(name: &str, old: &[u8], new: &[u8]) -> Detail {
    let comparison = compared(&romfs(&[(name, old)]), &romfs(&[(name, new)]));
    let [change] = comparison.files.as_slice() else { panic!("{:?}", comparison.files) };
    assert_eq!(change.status, Status::Changed);
    change.detail.clone().unwrap()
}

/// Status and paths, the old one first.
pub(super) fn told(files: &[FileChange]) -> Vec<String> {
    let path = |change: &FileChange| match (change.status, &change.old) {
        (Status::Moved, Some(old)) => format!("moved {} to {}", old.path, change.path),
        (status, _) => format!("{status} {}", change.path),
    };
    files.iter().map(path).collect()
}

/// A file that belongs to the project, by its path below `fixtures/`.
pub(super) fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)).unwrap()
}
