//! Reads what the user names: a file, a folder's files, or `-` for standard input.

use std::cell::{Cell, RefCell};
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::output;
use crate::capture::unread_form;
use crate::check::AtHand;
use crate::image::Image;
use crate::map::{Body, Kind};
use crate::recover::{Set, Source};
use crate::words::bytes;

/// The most that is read of anything: 1 GiB, a hundred times the text of the largest flash. Files are mapped and take no
/// memory of their own, but the whole of them is gone through; standard input is kept in memory.
const MAX_BYTES: u64 = 1 << 30;

/// How much of a file tells whether it is text.
const TEXT_SAMPLE_BYTES: usize = 4096;

/// The path that means standard input.
pub const STDIN: &str = "-";

/// Everything that a command has read. It is the only way to read, so that no file of it is ever written over, and so
/// that standard input, which can be read just once, is not asked twice.
#[derive(Debug, Default)]
pub struct Inputs {
    read: RefCell<Vec<(Identity, PathBuf)>>,
    stdin_is_taken: Cell<bool>,
}

impl Inputs {
    /// Opens one file; an empty one is a failure, for there is nothing to tell about it.
    pub fn open(&self, path: &Path) -> Result<Source, Failure> {
        let source = self.open_anything(path)?;
        ensure_tells_something(&source, path)?;
        Ok(source)
    }

    /// Opens one file, which may be empty.
    pub fn open_even_empty(&self, path: &Path) -> Result<Source, Failure> {
        let source = self.open_anything(path)?;
        ensure_not_foreign(&source, path)?;
        Ok(source)
    }

    /// Opens one file, whatever is in it.
    pub fn open_anything(&self, path: &Path) -> Result<Source, Failure> {
        Ok(Source::new(path.display().to_string(), self.read(path)?))
    }

    /// Opens all files of a folder as one set, named as they are in it.
    pub fn open_folder(&self, folder: &Path) -> Result<Set, Failure> {
        let mut files = Vec::new();
        for path in files_in(folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            files.push((name, self.read(&path)?));
        }
        let sources = Source::all(files);
        if sources.is_empty() {
            return Err(Failure::about(
                folder,
                "the folder holds no files",
                "name the folder that your dump tool wrote to",
            ));
        }
        Ok(Set { sources })
    }

    /// Opens several files, which may be empty.
    pub fn open_several<'p>(&self, paths: impl Iterator<Item = &'p Path> + Clone) -> Result<Vec<Source>, Failure> {
        let files = paths.clone().map(|path| Ok((path.display().to_string(), self.read(path)?)));
        let sources = Source::all(files.collect::<Result<_, Failure>>()?);
        paths.zip(&sources).try_for_each(|(path, source)| ensure_not_foreign(source, path))?;
        Ok(sources)
    }

    /// Opens files, and all files of folders, as one set, named as they must be typed. An empty file in a folder, as the
    /// recovery tool leaves one, is part of the set.
    pub fn open_all(&self, inputs: &[PathBuf]) -> Result<Set, Failure> {
        let mut set = Set::default();
        for path in inputs {
            if path.is_dir() {
                set.sources.extend(self.open_several(files_in(path)?.iter().map(PathBuf::as_path))?);
            } else {
                set.sources.push(self.open(path)?);
            }
        }
        Ok(set)
    }

    /// The bytes of a file, whatever they are.
    pub fn read(&self, path: &Path) -> Result<Image, Failure> {
        if path.as_os_str() == STDIN {
            return self.read_stdin();
        }
        let fail = |error| Failure::read(path, &error);
        let metadata = fs::metadata(path).map_err(fail)?;
        if metadata.is_dir() {
            return Err(Failure::folder(path));
        }
        if metadata.len() > MAX_BYTES {
            return Err(too_long(path, &metadata));
        }
        let mut file = File::open(path).map_err(fail)?;
        self.remember(path, path);
        if metadata.is_file() {
            return Image::map(&file).map_err(fail);
        }
        // a pipe or device can be read, but neither mapped nor measured
        Ok(Image::new(read_bounded(&mut file).map_err(fail)?, None))
    }

    fn read_stdin(&self) -> Result<Image, Failure> {
        if self.stdin_is_taken.replace(true) {
            let what = "several files are to come from standard input";
            return Err(Failure::general(what, "save all but one of them to files and name those"));
        }
        let fail = |error| Failure::read(Path::new(STDIN), &error);
        // a file that was redirected can be written over as well as one that was named
        self.remember(Path::new("/dev/stdin"), Path::new(STDIN));
        Ok(Image::new(read_bounded(&mut io::stdin().lock()).map_err(fail)?, None))
    }

    /// Takes note that the file at `path` is read; `shown` is what its user calls it.
    pub fn remember(&self, path: &Path, shown: &Path) {
        if let Some(identity) = Identity::of(path) {
            self.read.borrow_mut().push((identity, shown.to_owned()));
        }
    }

    /// What its user called the file at `path` when it was read, if it was.
    pub fn name_of(&self, path: &Path) -> Option<PathBuf> {
        let wanted = Identity::of(path)?;
        let read = self.read.borrow();
        let mut same = read.iter().filter(|(identity, _)| *identity == wanted).map(|(_, shown)| shown);
        // the very name that was asked for says more than another one of the same file
        same.clone().find(|shown| shown.as_path() == path).or_else(|| same.next()).cloned()
    }
}

/// What all names of one file share, links to it included.
#[derive(Debug, PartialEq, Eq)]
struct Identity(#[cfg(unix)] (u64, u64), #[cfg(not(unix))] PathBuf);

impl Identity {
    #[cfg(unix)]
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        fs::metadata(path).ok().map(|metadata| Self((metadata.dev(), metadata.ino())))
    }

    #[cfg(not(unix))]
    fn of(path: &Path) -> Option<Self> {
        fs::canonicalize(path).ok().map(Self)
    }
}

/// Refuses a file that is empty, or has nothing to do with a camera's flash.
pub fn ensure_tells_something(source: &Source, path: &Path) -> Result<(), Failure> {
    if source.reading.file().is_empty() {
        return Err(Failure::about(
            path,
            "is empty (0 bytes)",
            "dump it again; if the recovery tool wrote it, `unbrick explain` on its folder tells why it is empty",
        ));
    }
    ensure_not_foreign(source, path)
}

fn ensure_not_foreign(source: &Source, path: &Path) -> Result<(), Failure> {
    let Some(what) = foreign(source) else { return Ok(()) };
    Err(match unread_form(source.reading.file()) {
        Some((form, command)) => {
            Failure::about(path, format!("is {form} and is not read"), format!("print the file again with {command}"))
        }
        None => Failure::about(path, what, "name a dump, a capture or a firmware file instead"),
    })
}

/// What a file is that has nothing to do with a camera's flash: one of the usual kinds of file, or plain text.
fn foreign(source: &Source) -> Option<String> {
    let is_told = |kind: Kind| kind != Kind::Unknown && !kind.is_filler();
    let is_known = source.inspection.regions.iter().any(|region| is_told(region.kind));
    let is_filler = source.inspection.kind.is_filler();
    if is_known || is_filler || !matches!(source.reading.body(), Body::Binary) {
        return None;
    }
    let file = source.reading.file();
    if let Some(known) = infer::get(file) {
        return Some(format!(
            "is no part of a camera's flash, but a file of type {} (.{})",
            known.mime_type(),
            known.extension()
        ));
    }
    let start = file.get(..TEXT_SAMPLE_BYTES).unwrap_or(file);
    let text_len = std::str::from_utf8(start).map_or_else(|error| error.valid_up_to(), str::len);
    let is_cut_letter = start.len() - text_len < 4 && start.len() == TEXT_SAMPLE_BYTES;
    let has_controls = start.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
    let is_text = (text_len == start.len() || is_cut_letter) && !has_controls;
    is_text.then(|| "is text in which no line shows memory (of a boot loader, hexdump, xxd, od, Intel HEX or S-records), nor a boot log".to_owned())
}

/// What the files of a set are for a camera; `next` is what to do if they are nothing for one.
pub fn at_hand<'a>(set: &'a Set, next: &str) -> Result<AtHand<'a>, Failure> {
    AtHand::of(set).map_err(|error| match error.file() {
        Some(file) => Failure::about(Path::new(file), error.to_string(), next),
        None => Failure::general(error.to_string(), next),
    })
}

fn too_long(path: &Path, metadata: &Metadata) -> Failure {
    let len = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    let what = format!("has {}, and no more than 1 GiB is read: it is no part of a camera's flash", bytes(len));
    Failure::about(path, what, "name a dump, a capture or a firmware file instead")
}

/// The files that lie directly in `folder`, by name; hidden ones and folders are left out, and so are those that are too
/// long for anything here, which is told.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    let mut left_out = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| Failure::read(folder, &error))? {
        let entry = entry.map_err(|error| Failure::read(folder, &error))?;
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        match fs::metadata(&path) {
            Ok(metadata) if hidden || !metadata.is_file() => {}
            Ok(metadata) if metadata.len() > MAX_BYTES => left_out.push(too_long(&path, &metadata)),
            Ok(_) => files.push(path),
            Err(_) => {}
        }
    }
    if files.is_empty()
        && let Some(failure) = left_out.pop()
    {
        return Err(failure);
    }
    left_out.iter().for_each(output::warn_of_file_left_out);
    files.sort();
    Ok(files)
}

fn read_bounded(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("more than 1 GiB came in; save it to a file and name that instead"));
    }
    Ok(bytes)
}
