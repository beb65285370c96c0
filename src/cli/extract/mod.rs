//! `unbrick extract`

mod folder;
pub mod places;

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::PathBuf;

use folder::{Folder, Refused};
use places::Places;

use super::failure::{Failure, in_words};
use super::input::Inputs;
use super::inside::Inside;
use super::place::Outputs;
use super::{Format, Outcome, output, print_json};
use crate::contents::{Data, Entry, EntryKind, Fate, MANIFEST, Manifest, kind_of, stays_inside};
use crate::format::settings;
use crate::render::text;

/// Write everything inside a romfs, web UI, zip, vendor update or flash image to a folder
///
/// What cannot be a file on this computer (devices, sockets, links that lead out of the folder) is not made; it is
/// listed, with every mode and device number, in `unbrick-manifest.json`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 everything was written, 1 something was left out or is damaged, 2 could not do it."
)]
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

pub fn run(args: &Args, inputs: &Inputs, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    let inside = Inside::open(inputs, &args.file, args.recursive)?;
    let entries = inside.entries()?;
    let folder = Folder::open(&args.output, Outputs::new(inputs, "-o", args.force))?;
    let places = Places::of(&entries);
    places.iter().chain([MANIFEST]).try_for_each(|path| folder.ensure_not_read(path))?;
    for path in places.folders() {
        // what was to be in a folder that cannot be made tells so itself
        folder.make_folder(path).or_else(Refused::or_stop)?;
    }
    let mut writer = Writer { folder: &folder, entries: &entries, places: &places, left: MAX_BYTES, private: false };
    let fates = writer.write_all()?;
    if writer.private {
        output::warn_of_settings(&format!("`{}`", args.output.display()));
    }
    let kind = kind_of(&inside.source.inspection.regions);
    let damaged = inside.warn(&entries).and_then(|trouble| trouble.structure);
    let manifest = Manifest::new(&inside.source.name, kind, inside.depth, &entries, fates).of_damaged(damaged);
    let document = serde_json::to_vec_pretty(&manifest).map_err(|error| folder.fail(MANIFEST, &error.into()))?;
    if let Err(refused) = folder.write_file(MANIFEST, &document, false) {
        return Err(refused.into_failure(&folder, MANIFEST));
    }
    match format {
        Format::Text => text::extraction(out, &manifest, &args.output, output::width()).map_err(Failure::output)?,
        Format::Json => print_json(out, &manifest)?,
    }
    Ok(if manifest.is_complete() { Outcome::Fine } else { Outcome::Differs })
}

/// At most this much is written. No camera holds as much, but an image made to harm can let each of its files be the
/// same bytes.
const MAX_BYTES: u64 = 8 << 30;

struct Writer<'a> {
    folder: &'a Folder<'a>,
    entries: &'a [Entry<'a>],
    places: &'a Places,
    left: u64,
    /// Whether something was written that is the owner's.
    private: bool,
}

impl Writer<'_> {
    /// Files first, then hard links to them, and symbolic links last, so that nothing is ever written through one.
    fn write_all(&mut self) -> Result<Vec<Fate>, Failure> {
        let is_hard_link = |kind: &EntryKind| matches!(kind, EntryKind::HardLink { .. });
        let is_symlink = |kind: &EntryKind| matches!(kind, EntryKind::Symlink { .. });
        let mut fates: Vec<Option<Fate>> = vec![None; self.entries.len()];
        let mut written: HashMap<&str, &str> = HashMap::new();
        for ((entry, place), fate) in self.entries.iter().zip(self.places.iter()).zip(&mut fates) {
            if !is_hard_link(&entry.kind) && !is_symlink(&entry.kind) {
                let made = self.write(entry, place)?;
                if matches!((&entry.kind, &made), (EntryKind::File { .. }, Fate::Written { .. })) {
                    written.entry(&entry.path).or_insert(place);
                }
                *fate = Some(made);
            }
        }
        for ((entry, place), fate) in self.entries.iter().zip(self.places.iter()).zip(&mut fates) {
            match &entry.kind {
                EntryKind::HardLink { target } => {
                    *fate = Some(match written.get(target.as_str()) {
                        Some(file) => self.told(place, self.folder.hard_link(file, place))?,
                        None => Fate::NotMade { why: "what it stands for is no file".to_owned() },
                    });
                }
                EntryKind::Symlink { target } => *fate = Some(self.symlink(target, place)?),
                _ => {}
            }
        }
        Ok(fates.into_iter().flatten().collect())
    }

    fn write(&mut self, entry: &Entry<'_>, place: &str) -> Result<Fate, Failure> {
        match &entry.kind {
            EntryKind::Directory => self.told(place, self.folder.make_folder(place)),
            EntryKind::File { executable } => self.file(&entry.data, place, *executable),
            EntryKind::BlockDevice { .. } | EntryKind::CharDevice { .. } => {
                Ok(Fate::NotMade { why: "a device belongs to the camera".to_owned() })
            }
            _ => Ok(Fate::NotMade { why: "a socket or pipe belongs to the camera".to_owned() }),
        }
    }

    fn file(&mut self, data: &Data<'_>, place: &str, executable: bool) -> Result<Fate, Failure> {
        let bytes = match data.read() {
            Ok(bytes) => bytes,
            Err(error) => return Ok(Fate::Damaged { why: error.to_string() }),
        };
        self.private |= settings::has_private(&bytes);
        match self.left.checked_sub(bytes.len() as u64) {
            Some(left) => self.left = left,
            None => return Ok(Fate::NotWritten { why: "more than 8 GiB would be written".to_owned() }),
        }
        self.told(place, self.folder.write_file(place, &bytes, executable))
    }

    fn symlink(&self, target: &str, place: &str) -> Result<Fate, Failure> {
        if !stays_inside(place, target) {
            return Ok(Fate::NotMade { why: "it leads out of the folder".to_owned() });
        }
        match self.folder.symlink(target, place) {
            Err(Refused::This(error)) => {
                Ok(Fate::NotMade { why: format!("this computer refuses the link: {}", in_words(&error)) })
            }
            made => self.told(place, made),
        }
    }

    fn told(&self, place: &str, made: Result<(), Refused>) -> Result<Fate, Failure> {
        match made {
            Ok(()) => Ok(Fate::Written { path: place.to_owned() }),
            Err(Refused::This(error)) => Ok(Fate::NotWritten { why: why(&error) }),
            Err(Refused::Everything(failure)) => Err(failure),
        }
    }
}

/// Why this computer cannot have such a file, in few words.
fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidFilename => "its name is too long for this computer".to_owned(),
        io::ErrorKind::AlreadyExists | io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory => {
            "something else stands in its place".to_owned()
        }
        _ => format!("this computer refuses it: {}", in_words(error)),
    }
}
