//! What was made out of a set, as text.

use std::io::{self, Write};
use std::path::PathBuf;

use super::inspection::findings;
use super::table::table;
use super::wrap::wrap;
use crate::finding::Finding;
use crate::recover::{Missing, Recovered, Recovery};
use crate::render::style::{ANSWER, BAD, COMMAND, GOOD, QUIET, of_state, paint};
use crate::words::{bytes, count, enumerate, plural};

/// Prints what was written where and why it is right, then what is missing and how to get it.
pub fn recovery(
    out: &mut impl Write,
    recovery: &Recovery<'_>,
    paths: &[PathBuf],
    told: &[Finding],
    width: usize,
) -> io::Result<()> {
    writeln!(out, "{}", paint(ANSWER, answer(recovery)))?;
    if !paths.is_empty() {
        writeln!(out)?;
    }
    let rows: Vec<Vec<String>> =
        recovery.images.iter().zip(paths).flat_map(|(image, path)| rows(image, path)).collect();
    if !rows.is_empty() {
        writeln!(out, "{}", table(rows, &[]))?;
    }
    for missing in &recovery.missing {
        writeln!(out)?;
        still_missing(out, missing, width)?;
    }
    findings(out, told, width)
}

fn answer(recovery: &Recovery<'_>) -> String {
    let damaged = recovery.images.iter().filter(|image| !image.is_whole()).count();
    match (recovery.images.len(), damaged) {
        (0, _) if recovery.missing.iter().any(|missing| missing.is_hole) => {
            "Wrote nothing: the capture has holes. Dump them, or add `--fill FF` to write the file with holes in it."
                .to_owned()
        }
        (0, _) => "Wrote nothing: there is no byte of firmware here.".to_owned(),
        (all, 0) => format!("Wrote {}.", plural(all, "whole file")),
        (all, damaged) if all == damaged => format!("Wrote {}, not whole: do not flash.", plural(all, "file")),
        (all, damaged) => format!("Wrote {}, {damaged} of them not whole: do not flash those.", plural(all, "file")),
    }
}

fn rows(image: &Recovered<'_>, path: &std::path::Path) -> Vec<Vec<String>> {
    let mut rows = vec![vec![
        paint(ANSWER, path.display()),
        format!("{} bytes", count(image.bytes.len())),
        format!("{}, {}", image.region.kind.words(), paint(of_state(image.region.state), image.region.state)),
    ]];
    let mut line = |label: &str, value: String| rows.push(vec![String::new(), paint(QUIET, label), value]);
    if let Some(address) = image.address {
        line("address", address.to_string());
    }
    let from = enumerate(image.made_from.iter().map(|name| format!("`{name}`")));
    match image.joined {
        0 => line("from", from),
        joined => line("from", format!("{from}, whose first {} were missing at the end", bytes(joined))),
    }
    for proof in &image.region.proofs {
        line("check", paint(GOOD, proof));
    }
    if let Some(missing) = image.region.missing {
        line("missing", paint(BAD, bytes(missing)));
    }
    rows
}

fn still_missing(out: &mut impl Write, missing: &Missing, width: usize) -> io::Result<()> {
    let many = missing.bytes.map_or(String::new(), |len| format!(", {}", bytes(len)));
    let text = format!("Still missing: {}{many}: {}.", missing.image, missing.why);
    wrap(&text, width, "", "").iter().try_for_each(|line| writeln!(out, "{line}"))?;
    if missing.pages.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", paint(QUIET, "Type at the boot loader's prompt, with the terminal's log on:"))?;
    missing.commands().try_for_each(|command| writeln!(out, "  {}", paint(COMMAND, command)))
}
