//! What files are, as text.

use std::io::{self, Write};

use super::table::table;
use super::wrap::wrap;
use crate::capture::{self, Capture};
use crate::finding::Finding;
use crate::image::{Image, Offset};
use crate::map::{Body, Kind, Region};
use crate::recover::Source;
use crate::render::style::{ANSWER, BAD, GOOD, QUIET, of_severity, of_state, paint};
use crate::words::{bytes, count, enumerate, plural};

/// At most this many findings of a file are printed one by one.
const MAX_FINDINGS: usize = 20;

/// Prints each file: what it is, its map, what is known of its regions, what was found.
pub fn inspections(out: &mut impl Write, sources: &[Source], width: usize) -> io::Result<()> {
    for (index, source) in sources.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        inspection(out, source, width)?;
    }
    Ok(())
}

fn inspection(out: &mut impl Write, source: &Source, width: usize) -> io::Result<()> {
    let image = source.image();
    writeln!(out, "{}  {}", paint(ANSWER, &source.name), headline(source))?;
    if source.inspection.regions.is_empty() {
        return findings(out, &source.inspection.findings, width);
    }
    writeln!(out)?;
    writeln!(out, "{}", map(image, &source.inspection.regions))?;
    let known: Vec<Vec<String>> = source.inspection.regions.iter().flat_map(details).collect();
    if !known.is_empty() {
        writeln!(out)?;
        writeln!(out, "{}", table(known, &[]))?;
    }
    findings(out, &source.inspection.findings, width)
}

fn headline(source: &Source) -> String {
    let file_len = bytes(source.reading.file().len());
    let image = source.image();
    let place = image.address().map_or(String::new(), |address| format!(", flash address {address}"));
    match source.reading.body() {
        Body::Empty => "an empty file".to_owned(),
        Body::BootLog => format!("boot log, {file_len}"),
        Body::Capture(capture) => {
            format!("{}, {file_len} of text for {} of firmware{place}", writer(capture), bytes(image.len()))
        }
        Body::Binary => format!("{}, {file_len}{place}", source.inspection.kind.words()),
    }
}

fn writer(capture: &Capture) -> String {
    let writer = match capture.writer {
        capture::Writer::RecoveryTool => "capture of the recovery tool",
        capture::Writer::TerminalLog => "terminal log of a dump",
        capture::Writer::BareLines => "capture",
    };
    let dialects = enumerate(capture.dialects.iter().map(|(dialect, _)| format!("`{dialect}`")));
    if capture.dialects.is_empty() { writer.to_owned() } else { format!("{writer} ({dialects})") }
}

fn map(image: &Image, regions: &[Region]) -> String {
    let with_addresses = image.address().is_some();
    let mut header =
        vec!["offset".to_owned(), "bytes".to_owned(), "what".to_owned(), "state".to_owned(), "name".to_owned()];
    if with_addresses {
        header.insert(1, "address".to_owned());
    }
    let mut rows = vec![header.into_iter().map(|title| paint(QUIET, title)).collect()];
    for region in regions {
        let mut row = vec![
            Offset(region.span.start()).to_string(),
            count(region.span.len()),
            region.kind.words().to_owned(),
            paint(of_state(region.state), state_in_words(region)),
            region.name.clone().unwrap_or_default(),
        ];
        if with_addresses {
            let address = image.address_of(Offset(region.span.start()));
            row.insert(1, address.map_or(String::new(), |address| address.to_string()));
        }
        rows.push(row);
    }
    let bytes_column = usize::from(with_addresses) + 1;
    table(rows, &[0, bytes_column])
}

fn state_in_words(region: &Region) -> String {
    if region.kind.is_filler() || matches!(region.kind, Kind::Unknown | Kind::CarriedPage) {
        return String::new();
    }
    region.state.to_string()
}

fn details(region: &Region) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let known = region.details.iter().map(|detail| (detail.label, detail.value.clone()));
    let checks = (!region.proofs.is_empty()).then(|| ("checks", paint(GOOD, region.proofs.join("; "))));
    let missing = region.missing.map(|missing| ("missing", paint(BAD, bytes(missing))));
    for (index, (label, value)) in known.chain(checks).chain(missing).enumerate() {
        let of = if index == 0 { region.kind.words() } else { "" };
        rows.push(vec![paint(ANSWER, of), paint(QUIET, label), value]);
    }
    rows
}

/// Prints findings, the worst first.
pub fn findings(out: &mut impl Write, findings: &[Finding], width: usize) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity()));
    for finding in sorted.iter().take(MAX_FINDINGS) {
        writeln!(out)?;
        one(out, finding, width)?;
    }
    if let Some(rest) = sorted.len().checked_sub(MAX_FINDINGS).filter(|&rest| rest > 0) {
        writeln!(
            out,
            "\n  {}",
            paint(QUIET, format!("and {}: `--format json` lists all", plural(rest, "more finding")))
        )?;
    }
    Ok(())
}

fn one(out: &mut impl Write, finding: &Finding, width: usize) -> io::Result<()> {
    let severity = finding.severity();
    let head = format!("{severity}[{}]", finding.code());
    let place = if finding.span.is_empty() { String::new() } else { format!(" at {}", finding.span) };
    writeln!(out, "  {}{}", paint(of_severity(severity), head), paint(QUIET, place))?;
    for line in wrap(&finding.message(), width, "    ", "    ") {
        writeln!(out, "{line}")?;
    }
    if !finding.evidence.is_empty() {
        writeln!(out, "    {}", paint(QUIET, enumerate(finding.evidence.iter().cloned())))?;
    }
    wrap(finding.help(), width, "    -> ", "       ").iter().try_for_each(|line| writeln!(out, "{line}"))
}
