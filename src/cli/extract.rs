//! `unbrick extract`

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};

use super::failure::Failure;
use super::inside::Inside;
use super::{Format, Outcome, output, print_json};
use crate::contents::{Data, Entry, EntryKind, Fate, Manifest};
use crate::render::text;

/// Write everything inside a romfs, web UI, zip, vendor update or flash image to a folder
///
/// What cannot be a file on this computer (devices, sockets, links that lead out of the folder) is not made; it is
/// listed, with every mode and device number, in `unbrick-manifest.json`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file to take apart; `-` reads standard input
    file: PathBuf,
    /// The folder to write to; it is made if it does not exist
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    /// Also take apart what is inside: each container gets a folder of its own, ending in `.d`
    #[arg(short, long)]
    recursive: bool,
    /// Write into a folder that is not empty, and replace files in it
    #[arg(long)]
    force: bool,
}

const MANIFEST: &str = "unbrick-manifest.json";

pub fn run(args: &Args, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    let inside = Inside::open(&args.file, args.recursive)?;
    let entries = inside.entries()?;
    let folder = open_folder(&args.output, args.force)?;
    let mut writer = Writer { folder: &folder, path: &args.output, taken: HashSet::new() };
    let fates = writer.write_all(&entries)?;
    let manifest = Manifest::new(&inside.source.name, &entries, fates);
    let document =
        serde_json::to_vec_pretty(&manifest).map_err(|error| writer.fail(MANIFEST, &io::Error::from(error)))?;
    writer.write_file(MANIFEST, &document, false)?;
    match format {
        Format::Text => text::extraction(out, &manifest, &args.output, output::width()).map_err(Failure::output)?,
        Format::Json => print_json(out, &manifest)?,
    }
    Ok(if manifest.is_complete() { Outcome::Fine } else { Outcome::Differs })
}

fn open_folder(path: &Path, force: bool) -> Result<Dir, Failure> {
    let fail = |error: &io::Error| Failure::write(path, error);
    if path.is_file() {
        return Err(Failure::about(path, "is a file, and a folder is meant here", "choose another name with `-o`"));
    }
    std::fs::create_dir_all(path).map_err(|error| fail(&error))?;
    let folder = Dir::open_ambient_dir(path, ambient_authority()).map_err(|error| fail(&error))?;
    let is_empty = folder.entries().map_err(|error| fail(&error))?.next().is_none();
    if !is_empty && !force {
        let what = "is not empty, and nothing in it was touched";
        return Err(Failure::about(path, what, "choose another folder with `-o`, or add `--force` to write into it"));
    }
    Ok(folder)
}

/// Writes entries below one folder, which the system itself keeps every path from leaving.
struct Writer<'a> {
    folder: &'a Dir,
    path: &'a Path,
    taken: HashSet<String>,
}

impl Writer<'_> {
    /// Files and folders first, links last, so that nothing is ever written through a link.
    fn write_all(&mut self, entries: &[Entry<'_>]) -> Result<Vec<Fate>, Failure> {
        let mut fates: Vec<Option<Fate>> = vec![None; entries.len()];
        for links in [false, true] {
            for (entry, fate) in entries.iter().zip(&mut fates) {
                if matches!(entry.kind, EntryKind::Symlink { .. }) == links {
                    *fate = Some(self.write(entry, entries)?);
                }
            }
        }
        Ok(fates.into_iter().flatten().collect())
    }

    fn write(&mut self, entry: &Entry<'_>, all: &[Entry<'_>]) -> Result<Fate, Failure> {
        match &entry.kind {
            EntryKind::Directory => {
                self.folder.create_dir_all(&entry.path).map_err(|error| self.fail(&entry.path, &error))?;
                self.taken.insert(entry.path.clone());
                Ok(Fate::Written { path: entry.path.clone() })
            }
            EntryKind::File { executable } => self.copy(&entry.path, &entry.data, *executable),
            EntryKind::HardLink { target } => match all.iter().find(|other| other.path == *target) {
                Some(Entry { kind: EntryKind::File { executable }, data, .. }) => {
                    self.copy(&entry.path, data, *executable)
                }
                _ => Ok(Fate::NotMade { why: "what it stands for is no file".to_owned() }),
            },
            EntryKind::Symlink { target } => self.link(&entry.path, target),
            EntryKind::BlockDevice { .. } | EntryKind::CharDevice { .. } => {
                Ok(Fate::NotMade { why: "a device belongs to the camera".to_owned() })
            }
            EntryKind::Socket | EntryKind::Fifo => {
                Ok(Fate::NotMade { why: "a socket or pipe belongs to the camera".to_owned() })
            }
        }
    }

    fn copy(&mut self, path: &str, data: &Data<'_>, executable: bool) -> Result<Fate, Failure> {
        match data.read() {
            Ok(bytes) => {
                let path = self.free_path(path);
                self.write_file(&path, &bytes, executable)?;
                Ok(Fate::Written { path })
            }
            Err(error) => Ok(Fate::Damaged { why: error.to_string() }),
        }
    }

    fn link(&mut self, path: &str, target: &str) -> Result<Fate, Failure> {
        if !stays_inside(path, target) {
            return Ok(Fate::NotMade { why: "it leads out of the folder".to_owned() });
        }
        let path = self.free_path(path);
        self.make_parent(&path)?;
        self.clear(&path)?;
        match self.folder.symlink(target, &path) {
            Ok(()) => Ok(Fate::Written { path }),
            Err(error) => Ok(Fate::NotMade { why: format!("this computer refuses the link: {error}") }),
        }
    }

    /// Writes a file under a temporary name and gives it its own only when it is complete.
    fn write_file(&self, path: &str, bytes: &[u8], executable: bool) -> Result<(), Failure> {
        const PART: &str = ".unbrick-part";
        let fail = |error| self.fail(path, &error);
        self.make_parent(path)?;
        self.clear(PART)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        cap_std::fs::OpenOptionsExt::mode(&mut options, if executable { 0o777 } else { 0o666 });
        let mut file = self.folder.open_with(PART, &options).map_err(fail)?;
        file.write_all(bytes).map_err(fail)?;
        drop(file);
        self.folder.rename(PART, self.folder, path).map_err(fail)
    }

    fn make_parent(&self, path: &str) -> Result<(), Failure> {
        match Path::new(path).parent() {
            Some(parent) if !parent.as_os_str().is_empty() => {
                self.folder.create_dir_all(parent).map_err(|error| self.fail(path, &error))
            }
            _ => Ok(()),
        }
    }

    /// Removes a file or link that stands at `path`; it is not followed.
    fn clear(&self, path: &str) -> Result<(), Failure> {
        match self.folder.remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.fail(path, &error)),
            _ => Ok(()),
        }
    }

    /// The path itself, or, if an entry had the same before, with a number behind it.
    fn free_path(&mut self, path: &str) -> String {
        let numbered = (2..).map(|number: usize| format!("{path}~{number}"));
        let mut paths = std::iter::once(path.to_owned()).chain(numbered);
        let free = paths.find(|path| !self.taken.contains(path)).unwrap_or_default();
        self.taken.insert(free.clone());
        free
    }

    fn fail(&self, path: &str, error: &io::Error) -> Failure {
        Failure::write(&self.path.join(path), error)
    }
}

/// Whether a link at `path` with this `target` ends inside the folder, whatever other links stand in it: it may climb
/// first, at most up to the folder, and then only descend.
fn stays_inside(path: &str, target: &str) -> bool {
    let climbs_allowed = path.matches('/').count();
    let parts: Vec<Component<'_>> = Path::new(target).components().filter(|part| *part != Component::CurDir).collect();
    let climbs = parts.iter().take_while(|part| **part == Component::ParentDir).count();
    let descends = parts.iter().skip(climbs).all(|part| matches!(part, Component::Normal(_)));
    !parts.is_empty() && climbs <= climbs_allowed && descends
}

#[cfg(test)]
mod tests {
    use super::stays_inside;

    #[test]
    fn a_link_may_climb_no_higher_than_the_folder() {
        assert!(stays_inside("etc/motd", "../usr/motd"));
        assert!(stays_inside("motd", "etc/motd"));
        assert!(!stays_inside("motd", "../motd"));
        assert!(!stays_inside("etc/motd", "/etc/passwd"));
        assert!(!stays_inside("a/b", "../../x"));
        assert!(!stays_inside("a/b/link", "c/../../../../x"));
        assert!(!stays_inside("link", ""));
    }
}
