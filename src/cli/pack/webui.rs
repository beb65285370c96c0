//! `unbrick pack webui`

use std::path::{Path, PathBuf};

use super::Target;
use super::folder::Folder;
use crate::camera::Model;
use crate::cli::board::Size;
use crate::cli::failure::Failure;
use crate::cli::input::Inputs;
use crate::cli::part::Part;
use crate::format::web_ui::{self, MAX_LEN, MAX_LEN_2M, NewEntry, Version, WebUi};
use crate::map::{Content, Kind};
use crate::pack::Packed;
use crate::pack::web_ui::{Order, Planned, Refused};
use crate::words::bytes;

/// Pack a folder of pages into a web UI
///
/// The camera unpacks the web UI at every start, and restarts at once where a rule is broken: a path without `/` in
/// front, a folder that comes after what is in it, a path of more than 100 bytes. Such a package is not built.
///
/// Files are in sorted order, so that the same folder gives the same bytes on every computer; with `--like` they are in
/// the order of an original, new ones behind.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder, or the manifest in it
    #[arg(value_name = "FOLDER|MANIFEST")]
    input: PathBuf,
    /// The version of the pages, as in `2.4.10.5`; the camera shows it
    #[arg(long, value_name = "A.B.C.D", value_parser = version, required_unless_present = "like")]
    version: Option<Version>,
    /// Keep the order and the version of this one: a file that holds a web UI, such as a flash image
    #[arg(long, value_name = "ORIGINAL")]
    like: Option<PathBuf>,
    /// The camera that it is for; what that refuses is not built
    #[arg(long, value_enum, value_name = "2m|4m", ignore_case = true, hide_possible_values = true)]
    board: Option<Size>,
    #[command(flatten)]
    target: Target,
}

fn version(text: &str) -> Result<Version, String> {
    text.parse().map_err(|_| "it must be four numbers up to 255, as in 2.4.10.5".to_owned())
}

pub fn pack(args: &Args, inputs: &Inputs) -> Result<Packed, Failure> {
    args.target.ensure_writable(inputs)?;
    let original = args.like.as_deref().map(|path| Part::original(inputs, path, Kind::WebUi)).transpose()?;
    let folder = Folder::open(inputs, &args.input, Kind::WebUi, &args.target.output)?;
    let like = original.as_ref().and_then(package);
    let order = Order { found: &folder.found, manifest: folder.manifest.as_ref(), original: like };
    let plan = order.plan(&folder).map_err(|error| refused(&error, folder.path()))?;
    let version = args.version.or(like.map(|(package, _)| package.version)).unwrap_or(Version([0; 4]));
    ensure_room(&plan.entries, &folder, args.board)?;
    let built = build(version, &plan.entries, &folder)?;
    args.target.write(inputs, &built, |packed, _| {
        packed.detail("in flash", "0x7F180000 on a camera with 2 MiB of flash, 0x7F200000 on one with 4 MiB");
        if built.len() > MAX_LEN_2M && args.board.is_none() {
            packed
                .remarks
                .push(format!("A camera with 2 MiB of flash refuses it: that takes at most {}.", bytes(MAX_LEN_2M)));
        }
        if let Some(original) = &original {
            if built == original.bytes() {
                packed.remarks.push(format!("It is {}, byte for byte.", original.in_words()));
            }
            if !plan.changes.is_empty() {
                packed.then_diff(original.path());
            }
            packed.changes_against = Some(original.path().to_owned());
        }
        packed.then_check();
        packed.changes = plan.changes;
    })
}

/// The package of a part and its bytes.
fn package(part: &Part) -> Option<(&WebUi, &[u8])> {
    match &part.region.content {
        Content::WebUi(package) => Some((package, part.bytes())),
        _ => None,
    }
}

/// Refuses before anything is read what no camera, or not this one, would take.
fn ensure_room(entries: &[Planned], folder: &Folder, board: Option<Size>) -> Result<(), Failure> {
    let model = board.map(Size::model);
    let limit = if model == Some(Model::TwoMegabytes) { MAX_LEN_2M } else { MAX_LEN };
    let who = model.map_or_else(|| "any camera".to_owned(), |model| format!("a camera with {model} of flash"));
    let entry_len = |entry: &Planned| {
        let data = entry.file.map_or(0, |file| folder.len_of(file).saturating_add(4));
        data.saturating_add(entry.path.len()).saturating_add(5)
    };
    let len = entries.iter().map(entry_len).fold(web_ui::HEAD_LEN, usize::saturating_add);
    if len <= limit {
        return Ok(());
    }
    let what = format!("would make a web UI of {}; {who} takes at most {}", bytes(len), bytes(limit));
    Err(Failure::about(folder.path(), what, "leave files out: large pictures first"))
}

fn build(version: Version, entries: &[Planned], folder: &Folder) -> Result<Vec<u8>, Failure> {
    let read = |entry: &Planned| entry.file.map(|file| folder.read(file)).transpose();
    let files = entries.iter().map(read).collect::<Result<Vec<_>, Failure>>()?;
    let new = entries.iter().zip(&files).map(|(entry, data)| match data {
        Some(data) => NewEntry::File { path: &entry.path, data },
        None => NewEntry::Directory { path: &entry.path },
    });
    let built = web_ui::build(version, &new.collect::<Vec<_>>());
    built.map_err(|error| Failure::about(folder.path(), error.to_string(), "rename or remove it"))
}

fn refused(error: &Refused, root: &Path) -> Failure {
    let next = match error {
        Refused::Empty => "name the folder that holds `index.htm`",
        Refused::NoFile { .. } => "put the file itself in its place, or remove it",
        Refused::Read { .. } => "make it readable (`chmod u+r`)",
    };
    Failure::about(root, error.to_string(), next)
}
