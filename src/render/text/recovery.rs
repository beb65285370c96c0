//! What was made out of a set, as text.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use textwrap::core::display_width;

use super::inspection::findings;
use super::table::table;
use super::wrap::wrap;
use crate::capture::merge::Tally;
use crate::finding::{ByteValue, Finding};
use crate::image::FlashAddr;
use crate::recover::{LeftOut, Proved, Recovered, Recovery, command, covered};
use crate::render::style::{ANSWER, BAD, COMMAND, GOOD, QUIET, of_state, paint};
use crate::words::{bytes, count, enumerate, plural, shown};

/// Prints what was written where and why it is right, then what is missing and how to get it. `dump_list` is where the
/// lines to type were to be written.
pub fn recovery(
    out: &mut impl Write,
    recovery: &Recovery<'_>,
    paths: &[PathBuf],
    dump_list: Option<&Path>,
    told: &[Finding],
    width: usize,
) -> io::Result<()> {
    for line in wrap(&answer(recovery, paths.is_empty()), width, "", "") {
        writeln!(out, "{}", paint(ANSWER, line))?;
    }
    if !paths.is_empty() {
        writeln!(out)?;
    }
    images(out, recovery, paths, width)?;
    repairs(out, recovery, width)?;
    several_memories(out, &recovery.memories, width)?;
    left_out(out, &recovery.left_out, width)?;
    for missing in &recovery.missing {
        writeln!(out)?;
        let many = missing.bytes.map_or(String::new(), |len| format!(", {}", bytes(len)));
        let text = format!("Still missing: {}{many}: {}.", missing.image, missing.why);
        wrap(&text, width, "", "").iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    let no_lines = if recovery.missing.is_empty() {
        "Nothing is missing, so no list of lines was written."
    } else {
        "No list of lines was written: nothing tells at which flash addresses the missing bytes lie."
    };
    lines_to_type(out, &recovery.pages_to_dump(), dump_list, no_lines, width)?;
    findings(out, told, width)
}

/// At most so many repaired bytes are told one by one; JSON has all.
const REPAIRS_TOLD: usize = 20;

fn repairs(out: &mut impl Write, recovery: &Recovery<'_>, width: usize) -> io::Result<()> {
    let mut told = |text: String, indent: &str| {
        wrap(&text, width, indent, "    ").iter().try_for_each(|line| writeln!(out, "{line}"))
    };
    let by_reason = recovery.repairs.chunk_by(|one, other| one.why == other.why);
    for same in by_reason {
        let Some(first) = same.first() else { continue };
        told(String::new(), "")?;
        told(format!("Decided by a checksum: {}, for {}.", plural(same.len(), "byte"), first.why), "")?;
        for repair in same.iter().take(REPAIRS_TOLD) {
            let place = repair
                .address
                .map_or_else(|| crate::image::Offset(repair.offset).to_string(), |address| address.to_string());
            let change = match repair.from == repair.to {
                _ if repair.to == ByteValue::HIDDEN => "hidden, for it is in the settings".to_owned(),
                true => format!("{}, as it seemed", repair.to),
                false => format!("{}, not {}", repair.to, repair.from),
            };
            told(format!("{place}: {change}"), "  ")?;
        }
        if same.len() > REPAIRS_TOLD {
            told(format!("and {} more", count(same.len() - REPAIRS_TOLD)), "  ")?;
        }
    }
    for gave_up in &recovery.gave_up {
        told(String::new(), "")?;
        told(format!("Not decided by a checksum: {}: {}.", gave_up.what, gave_up.why), "")?;
    }
    Ok(())
}

fn answer(recovery: &Recovery<'_>, nothing_written: bool) -> String {
    if nothing_written && !recovery.images.is_empty() {
        return "Wrote no image: name a place with `-o`.".to_owned();
    }
    let not_written = not_written(recovery);
    let damaged = recovery.images.iter().filter(|image| !image.is_whole()).count();
    match (recovery.images.len(), damaged) {
        (0, _) if recovery.missing.iter().any(|missing| missing.is_hole) => {
            let apart = match recovery.has_whole_images_apart {
                true => ", or name a folder with `-o` to write the images one by one",
                false => "",
            };
            let again = if recovery.pages_to_dump().is_empty() { "Get these bytes once more" } else { "Dump them" };
            format!(
                "Wrote nothing: what was captured has holes. {again}, or add `--fill FF` to write the file with \
                 holes in it{apart}."
            )
        }
        (0, _) => "Wrote nothing: there is no byte of firmware here.".to_owned(),
        (all, 0) => format!("Wrote {}.{not_written}", plural(all, "whole file")),
        (all, damaged) if all == damaged => {
            format!("Wrote {}, not whole: do not flash.{not_written}", plural(all, "file"))
        }
        (all, damaged) => {
            format!("Wrote {}, {damaged} of them not whole: do not flash those.{not_written}", plural(all, "file"))
        }
    }
}

/// What was left out for its holes.
fn not_written(recovery: &Recovery<'_>) -> String {
    let is_filled = recovery.images.iter().any(|image| !image.holes.is_empty());
    let mut names: Vec<&str> =
        recovery.missing.iter().filter(|missing| missing.is_hole).map(|m| m.image.as_str()).collect();
    names.dedup();
    match names.as_slice() {
        [] => String::new(),
        _ if is_filled => String::new(),
        names => {
            format!(" Not written, for bytes of it are missing: {}.", enumerate(names.iter().map(ToString::to_string)))
        }
    }
}

/// The files, each with what is known of it beside its name; below it, if the names are so long that there would be
/// little room.
fn images(out: &mut impl Write, recovery: &Recovery<'_>, paths: &[PathBuf], width: usize) -> io::Result<()> {
    let names: Vec<String> = paths.iter().map(|path| paint(ANSWER, path.display())).collect();
    let is_long = names.iter().any(|name| display_width(name) > width / 3);
    let mut all: Vec<Vec<String>> = Vec::new();
    for (image, name) in recovery.images.iter().zip(names) {
        if is_long {
            writeln!(out, "  {name}")?;
            let beside = rows(image, "").into_iter().map(|row| row.into_iter().skip(1).collect());
            let below = table(&beside.collect::<Vec<_>>(), &[], width.saturating_sub(2));
            below.lines().try_for_each(|line| writeln!(out, "  {line}"))?;
        } else {
            all.extend(rows(image, &name));
        }
    }
    if all.is_empty() { Ok(()) } else { writeln!(out, "{}", table(&all, &[], width)) }
}

/// What is known of an image, the first row with its name.
fn rows(image: &Recovered<'_>, name: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![
        name.to_owned(),
        format!("{} bytes", count(image.bytes.len())),
        format!("{}, {}", image.region.kind.words(), paint(of_state(image.region.state), image.region.state)),
    ]];
    let mut line = |label: &str, value: String| rows.push(vec![String::new(), paint(QUIET, label), value]);
    if let Some(address) = image.address {
        line("address", address.to_string());
    }
    let from = enumerate(image.made_from.iter().map(|name| format!("`{}`", shown(name))));
    match image.joined {
        0 => line("from", from),
        joined => line("from", format!("{from}, whose first {} were missing at the end", bytes(joined))),
    }
    for proof in &image.region.proofs {
        line("check", paint(GOOD, proof));
    }
    let checks = proved_by(&image.proved);
    let (told, others) = checks.split_at_checked(CHECKS_TOLD).unwrap_or((&checks, &[]));
    for check in told {
        line("proved", check.in_words(image.bytes.len()));
    }
    if !others.is_empty() {
        let bytes = others.iter().map(|check| check.bytes).sum();
        let by = plural(others.len(), "more check");
        line("proved", ProvedBy { by: &by, bytes, places: 1 }.in_words(image.bytes.len()));
    }
    let proved = covered(&image.proved).len_bytes();
    let unproved = image.bytes.len().saturating_sub(proved);
    if unproved > 0 {
        let part = share_at_most(unproved, image.bytes.len());
        line("unproved", format!("{part} {}: no checksum covers them", bytes(unproved)));
    }
    if let Some(tally) = image.tally {
        line("read", read_in_words(tally));
    }
    if !image.holes.is_empty() {
        let len = image.holes.iter().map(|hole| hole.len()).sum();
        line("holes", paint(BAD, format!("{} in {}", bytes(len), plural(image.holes.len(), "place"))));
    }
    if let Some(missing) = image.region.missing {
        line("missing", paint(BAD, bytes(missing)));
    }
    rows
}

/// At most so many checks of an image are told one by one; JSON has all.
const CHECKS_TOLD: usize = 20;

/// A check, and how many bytes it covers in how many places.
struct ProvedBy<'a> {
    by: &'a str,
    bytes: usize,
    places: usize,
}

impl ProvedBy<'_> {
    fn in_words(&self, of: usize) -> String {
        let places = if self.places == 1 { String::new() } else { format!(" in {}", plural(self.places, "place")) };
        format!("{} {}{places} by {}", share(self.bytes, of), bytes(self.bytes), self.by)
    }
}

fn proved_by(proved: &[Proved]) -> Vec<ProvedBy<'_>> {
    let mut checks: Vec<ProvedBy<'_>> = Vec::new();
    for proof in proved {
        let len = proof.span.len();
        match checks.iter_mut().find(|check| check.by == proof.by) {
            Some(check) => (check.bytes, check.places) = (check.bytes + len, check.places + 1),
            None => checks.push(ProvedBy { by: &proof.by, bytes: len, places: 1 }),
        }
    }
    checks
}

/// A part in percent, cut so that 100 means all.
fn share(part: usize, whole: usize) -> String {
    percent(part.saturating_mul(10_000) / whole.max(1))
}

/// A part in percent, rounded up so that 0 means nothing.
fn share_at_most(part: usize, whole: usize) -> String {
    percent(part.saturating_mul(10_000).div_ceil(whole.max(1)))
}

fn percent(permyriad: usize) -> String {
    format!("{:>6}", format!("{}.{:02}%", permyriad / 100, permyriad % 100))
}

/// How the bytes of captures were read; what did not occur is left out.
fn read_in_words(tally: Tally) -> String {
    let kinds = [
        (tally.alike, "several times alike"),
        (tally.once, "once, and the ASCII column fits"),
        (tally.once_without_column, "once, without ASCII column"),
        (tally.outvoted, "differently, decided by the better evidence"),
        (tally.tied, "differently, not decided by it"),
        (tally.missing, "not at all"),
    ];
    let told = kinds.into_iter().filter(|(number, _)| *number > 0);
    enumerate(told.map(|(number, how)| format!("{} {how}", count(number))))
}

fn several_memories(out: &mut impl Write, memories: &[Vec<String>], width: usize) -> io::Result<()> {
    if memories.len() < 2 {
        return Ok(());
    }
    let said = "Not merged: these captures show different bytes at the same addresses, or nothing tells that they belong \
                together.";
    writeln!(out)?;
    wrap(said, width, "", "").iter().try_for_each(|line| writeln!(out, "{line}"))?;
    for names in memories {
        let names = enumerate(names.iter().map(|name| format!("`{name}`")));
        wrap(&names, width, "  ", "    ").iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(())
}

fn left_out(out: &mut impl Write, files: &[LeftOut], width: usize) -> io::Result<()> {
    for (number, LeftOut { file, why }) in files.iter().enumerate() {
        if number == 0 {
            writeln!(out)?;
        }
        let said = format!("Not used: `{file}`: {why}.");
        wrap(&said, width, "", "").iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(())
}

/// At most so many lines to type are shown; JSON and the list to send have all.
const LINES_SHOWN: usize = 16;

fn lines_to_type(
    out: &mut impl Write,
    pages: &[FlashAddr],
    dump_list: Option<&Path>,
    no_lines: &str,
    width: usize,
) -> io::Result<()> {
    if !pages.is_empty() {
        for line in wrap("Type at the boot loader's prompt, with the terminal's log on:", width, "", "") {
            writeln!(out, "{}", paint(QUIET, line))?;
        }
        pages.iter().take(LINES_SHOWN).try_for_each(|page| writeln!(out, "  {}", paint(COMMAND, command(*page))))?;
    }
    let more = pages.len().saturating_sub(LINES_SHOWN);
    let said = match (dump_list, pages.len()) {
        (Some(_), 0) => no_lines.to_owned(),
        (Some(list), 1) => format!("The line to send is in {}.", list.display()),
        (Some(list), lines) => format!("The {} to send are in {}.", plural(lines, "line"), list.display()),
        (None, _) if more > 0 => {
            format!("and {} more: `--dump-list FILE` writes all of them to a file to send.", count(more))
        }
        (None, _) => return Ok(()),
    };
    writeln!(out)?;
    wrap(&said, width, "", "").iter().try_for_each(|line| writeln!(out, "{line}"))
}
