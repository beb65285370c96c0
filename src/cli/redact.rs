//! `unbrick convert --redact`

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::place::Outputs;
use super::{Format, Outcome, output, print_json};
use crate::map::Body;
use crate::recover::redact::{NotRedacted, redact};
use crate::recover::{Set, Source};
use crate::render::{json, text};
use crate::words::bytes;

/// Where the copies go, and how.
pub struct Task<'a> {
    /// What was named with `-o`.
    pub output: &'a Path,
    /// Whether that is a folder, into which each copy goes under its source's name.
    pub into_folder: bool,
    /// How they are written.
    pub outputs: Outputs<'a>,
    /// What stands for bytes that a capture does not show.
    pub fill: Option<u8>,
}

/// Writes a copy of each source that is safe to share; all of them or none.
pub fn run(task: &Task<'_>, set: &Set, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    let sources: Vec<&Source> = set.sources.iter().filter(|source| !source.image().is_empty()).collect();
    if sources.is_empty() {
        return Err(Failure::general(
            "there is nothing to make a copy of",
            "name a dump, a capture or a firmware file",
        ));
    }
    if sources.len() > 1 && !task.into_folder {
        let what = format!("is to be one file, and {} come out", sources.len());
        return Err(Failure::about(task.output, what, "name a folder with `-o`"));
    }
    let mut copies = Vec::new();
    let mut taken = HashSet::new();
    for source in sources {
        let path = if task.into_folder { task.output.join(file_name(source)) } else { task.output.to_owned() };
        task.outputs.ensure_free(&path)?;
        if !taken.insert(path.clone()) {
            return Err(Failure::about(&path, "is to be written twice", "give the files different names"));
        }
        let redacted = redacted(source, task.fill)?;
        copies.push(text::RedactedView { source, path: path.display().to_string(), redacted });
    }
    let staged: Result<Vec<_>, Failure> =
        copies.iter().map(|copy| task.outputs.stage(Path::new(&copy.path), &copy.redacted.bytes)).collect();
    staged?.into_iter().try_for_each(|file| file.finish())?;
    match format {
        Format::Text => text::redactions(out, &copies, output::width()).map_err(Failure::output)?,
        Format::Json => print_json(out, &json::Redactions::of(&copies))?,
    }
    Ok(if copies.iter().all(|copy| copy.redacted.left.is_empty()) { Outcome::Fine } else { Outcome::Differs })
}

/// The name of a copy: that of its source; of a capture, which becomes a binary, without `.dat`.
fn file_name(source: &Source) -> PathBuf {
    let name = PathBuf::from(source.file_name());
    if source.reading.is_capture() { name.with_extension("bin") } else { name }
}

fn redacted(source: &Source, fill: Option<u8>) -> Result<crate::recover::redact::Redacted, Failure> {
    let path = Path::new(&source.name);
    if matches!(source.reading.body(), Body::BootLog) {
        return Err(Failure::about(
            path,
            "is a boot log, which unbrick does not take anything out of",
            "read it before you share it: it can name networks and addresses",
        ));
    }
    let gaps = source.image().gaps();
    let missing = gaps.iter().map(|gap| gap.len()).sum();
    if missing > 0 && fill.is_none() {
        return Err(Failure::about(
            path,
            format!("does not show {} of its image", bytes(missing)),
            "dump them, or add `--fill FF` to write the copy all the same",
        ));
    }
    let mut redacted = redact(source.image(), &source.inspection).map_err(|why| {
        let next = match why {
            NotRedacted::NothingLeft => "do not share it; share the other parts of the flash",
            NotRedacted::Packed { .. } => "take it apart with `unbrick extract`, and share what holds no settings",
            NotRedacted::Proved { .. } | NotRedacted::StillThere => {
                "take it apart with `unbrick extract`, and share what holds no settings"
            }
        };
        Failure::about(path, why.to_string(), next)
    })?;
    for gap in gaps {
        if let (Some(place), Some(fill)) = (redacted.bytes.get_mut(gap.start()..gap.end()), fill) {
            place.fill(fill);
        }
    }
    Ok(redacted)
}
