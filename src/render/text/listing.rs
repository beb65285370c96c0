//! Listings and extractions as text.

use std::io::{self, Write};
use std::path::Path;

use super::wrap::wrap;
use crate::contents::{Entry, EntryKind, Fate, Manifest};
use crate::format::text::readable;
use crate::render::style::{ANSWER, BAD, ODD, QUIET, paint};
use crate::words::{count, enumerate, plural};

/// Prints entries one a line: type and exec bit, bytes or device number, path.
pub fn listing(out: &mut impl Write, entries: &[Entry<'_>]) -> io::Result<()> {
    // Line by line, for there can be a million of them.
    let letters_width = entries.iter().map(|entry| letters(&entry.kind).len()).max().unwrap_or(0);
    let measure_width = entries.iter().map(|entry| measure(entry).len()).max().unwrap_or(0);
    entries.iter().try_for_each(|entry| {
        let (letters, measure) = (letters(&entry.kind), measure(entry));
        writeln!(out, "  {letters:<letters_width$}  {measure:>measure_width$}  {}", name(entry))
    })
}

/// As `ls -l` has it, shortened to what a romfs knows.
const fn letters(kind: &EntryKind) -> &'static str {
    match kind {
        EntryKind::File { executable: true } => "-x",
        EntryKind::File { executable: false } => "-",
        EntryKind::Directory => "d",
        EntryKind::HardLink { .. } => "h",
        EntryKind::Symlink { .. } => "l",
        EntryKind::BlockDevice { .. } => "b",
        EntryKind::CharDevice { .. } => "c",
        EntryKind::Socket => "s",
        EntryKind::Fifo => "p",
    }
}

fn measure(entry: &Entry<'_>) -> String {
    match entry.kind {
        EntryKind::File { .. } => count(entry.data.len()),
        EntryKind::BlockDevice { major, minor } | EntryKind::CharDevice { major, minor } => format!("{major}, {minor}"),
        _ => String::new(),
    }
}

fn name(entry: &Entry<'_>) -> String {
    match &entry.kind {
        EntryKind::Symlink { target } => {
            format!("{} {}", entry.path, paint(QUIET, format!("-> {}", readable(target.as_bytes()))))
        }
        EntryKind::HardLink { target } => format!("{} {}", entry.path, paint(QUIET, format!("= {target}"))),
        EntryKind::Directory => format!("{}/", entry.path),
        _ => match &entry.flaw {
            Some(flaw) => format!("{}  {}", entry.path, paint(BAD, flaw)),
            None => entry.path.clone(),
        },
    }
}

/// Prints what was written, and what was not and why.
pub fn extraction(out: &mut impl Write, manifest: &Manifest, folder: &Path, width: usize) -> io::Result<()> {
    let written = |is: fn(&EntryKind) -> bool| {
        manifest.entries.iter().filter(|item| matches!(item.fate, Fate::Written { .. }) && is(&item.kind)).count()
    };
    let kinds = [
        (written(|kind| matches!(kind, EntryKind::File { .. } | EntryKind::HardLink { .. })), "file"),
        (written(|kind| matches!(kind, EntryKind::Directory)), "folder"),
        (written(|kind| matches!(kind, EntryKind::Symlink { .. })), "symlink"),
    ];
    let told = kinds.into_iter().filter(|(number, _)| *number > 0).map(|(number, thing)| plural(number, thing));
    writeln!(out, "{}", paint(ANSWER, format!("Wrote {} to {}.", enumerate(told), folder.display())))?;
    let devices = manifest.entries.iter().filter(|item| is_of_the_camera(&item.kind)).count();
    if devices > 0 {
        let text = format!(
            "Not made, for only a camera can have them: devices, sockets and pipes ({}); `unbrick-manifest.json` in the \
             folder lists them.",
            count(devices)
        );
        wrap(&text, width, "", "").iter().try_for_each(|line| writeln!(out, "{}", paint(QUIET, line)))?;
    }
    let mut told = |fate: String, said: String| {
        let first = format!("  {fate}  ");
        wrap(&said, width, &first, "    ").iter().try_for_each(|line| writeln!(out, "{line}"))
    };
    for item in &manifest.entries {
        let path = &item.path;
        match &item.fate {
            Fate::NotMade { why } if !is_of_the_camera(&item.kind) => {
                told(paint(ODD, "not made"), format!("{}: {why}", described(path, &item.kind)))?;
            }
            Fate::Damaged { why } => told(paint(BAD, "damaged"), format!("{path}: {why}"))?,
            Fate::NotWritten { why } => told(paint(BAD, "not written"), format!("{path}: {why}"))?,
            Fate::Written { path: written } if written != path => {
                told(paint(ODD, "renamed"), format!("{path}: written as {written}, for the name was taken"))?;
            }
            _ => {}
        }
        if let (Fate::Written { .. }, Some(flaw)) = (&item.fate, &item.flaw) {
            told(paint(BAD, "not whole"), format!("{path}: {flaw}"))?;
        }
    }
    Ok(())
}

const fn is_of_the_camera(kind: &EntryKind) -> bool {
    matches!(kind, EntryKind::BlockDevice { .. } | EntryKind::CharDevice { .. } | EntryKind::Socket | EntryKind::Fifo)
}

fn described(path: &str, kind: &EntryKind) -> String {
    match kind {
        EntryKind::Symlink { target } => format!("{path} -> {}", readable(target.as_bytes())),
        EntryKind::HardLink { target } => format!("{path} = {target}"),
        _ => path.to_owned(),
    }
}
