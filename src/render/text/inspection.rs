//! What files are, as text.

use std::collections::HashMap;
use std::io::{self, Write};

use super::capture::reading;
use super::fingerprint::fingerprint;
use super::table::table;
use super::wrap::wrap;
use crate::capture::{self, Capture};
use crate::finding::Finding;
use crate::format::settings::Value;
use crate::image::{Offset, Span};
use crate::map::{Body, Kind, Region, State};
use crate::recover::{Examined, Secrets, SettingsBlock, Source, Together};
use crate::render::style::{ANSWER, BAD, GOOD, QUIET, of_severity, of_state, paint};
use crate::words::{bytes, count, enumerate, plural};

/// At most this many findings of a file are printed one by one.
const MAX_FINDINGS: usize = 20;

/// Files, and what they tell together.
pub struct InspectionView<'a> {
    /// The files.
    pub files: &'a [Examined],
    /// What several files tell together and none alone.
    pub together: Option<&'a Together>,
    /// Whether somebody asked for the settings' secrets, and so for the settings.
    pub secrets: Secrets,
}

/// Prints each file: what it is, its map, what is known of its regions, which firmware it is, what was found.
pub fn inspections(out: &mut impl Write, view: &InspectionView<'_>, width: usize) -> io::Result<()> {
    for (index, file) in view.files.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        inspection(out, file, view.secrets, width)?;
    }
    if let Some(together) = view.together {
        writeln!(out, "\n{}", paint(ANSWER, "All of them together"))?;
        findings(out, &together.findings, width)?;
    }
    Ok(())
}

fn inspection(out: &mut impl Write, file: &Examined, secrets: Secrets, width: usize) -> io::Result<()> {
    let source = &file.source;
    let name = format!("{}  ", paint(ANSWER, &source.name));
    wrap(&headline(source), width, &name, "  ").iter().try_for_each(|line| writeln!(out, "{line}"))?;
    if let Body::Capture(capture) = source.reading.body() {
        writeln!(out)?;
        reading(out, capture, width)?;
    }
    if source.inspection.regions.is_empty() {
        fingerprint(out, &file.fingerprint, width)?;
        return findings(out, &file.findings, width);
    }
    writeln!(out)?;
    writeln!(out, "{}", map(source, width))?;
    let mut known = Vec::new();
    for region in shown(&source.inspection.regions) {
        let rows = details(region);
        // many regions can say the same, as the settings do
        if !rows.iter().all(|row| known.contains(row)) {
            known.extend(rows);
        }
    }
    if !known.is_empty() {
        writeln!(out)?;
        writeln!(out, "{}", table(&known, &[], width))?;
    }
    fingerprint(out, &file.fingerprint, width)?;
    if file.is_settings() || secrets == Secrets::Shown {
        file.settings.iter().try_for_each(|block| settings(out, block, width))?;
    }
    findings(out, &file.findings, width)
}

/// What is set, one value a line; what nobody set is left out.
fn settings(out: &mut impl Write, block: &SettingsBlock, width: usize) -> io::Result<()> {
    writeln!(out, "\n{}", paint(ANSWER, &block.name))?;
    let set = block.fields.iter().filter(|field| !field.value.is_unset());
    let rows: Vec<Vec<String>> = set
        .map(|field| {
            let value = field.value.to_string();
            let shown = if matches!(field.value, Value::Secret(_)) { paint(QUIET, value) } else { value };
            vec![field.name.to_string(), shown]
        })
        .collect();
    let unset = block.fields.len().saturating_sub(rows.len());
    if !rows.is_empty() {
        writeln!(out, "{}", table(&rows, &[], width))?;
    }
    writeln!(out, "  {}", paint(QUIET, format!("{} empty, zero or never", plural(unset, "value"))))
}

fn headline(source: &Source) -> String {
    let file_len = bytes(source.reading.file().len());
    let place = source.inspection.address.map_or(String::new(), |address| format!(", flash address {address}"));
    match source.reading.body() {
        Body::Empty => "an empty file".to_owned(),
        Body::BootLog => format!("boot log, {file_len}"),
        Body::Capture(capture) => {
            let (known, len) = (source.image().known().len_bytes(), source.image().len());
            let shown = if known == len { bytes(len) } else { format!("{} of {}", count(known), bytes(len)) };
            format!("{}, {file_len} of text for {shown} of firmware{place}", writer(capture))
        }
        Body::Binary => format!("{}, {file_len}{place}", source.inspection.kind.words()),
    }
}

/// The regions that are shown: those of the image, and what an update holds.
fn shown(regions: &[Region]) -> impl Iterator<Item = &Region> {
    regions.iter().flat_map(|region| {
        let inside = if region.kind == Kind::Update { region.regions.as_slice() } else { &[] };
        std::iter::once(region).chain(inside)
    })
}

fn map(source: &Source, width: usize) -> String {
    let with_addresses = source.inspection.address.is_some();
    let mut header =
        vec!["offset".to_owned(), "bytes".to_owned(), "what".to_owned(), "state".to_owned(), "name".to_owned()];
    if with_addresses {
        header.insert(1, "address".to_owned());
    }
    let mut rows = vec![header.into_iter().map(|title| paint(QUIET, title)).collect()];
    let top: Vec<&Region> = source.inspection.regions.iter().collect();
    for region in shown(&source.inspection.regions) {
        let indent = if top.iter().any(|top| std::ptr::eq(*top, region)) { "" } else { "  " };
        let mut row = vec![
            Offset(region.span.start()).to_string(),
            count(region.span.len()),
            format!("{indent}{}", region.kind.words()),
            paint(of_state(region.state), state_in_words(region)),
            region.name.clone().unwrap_or_default(),
        ];
        if with_addresses {
            let address = source.address_of(region.span.start());
            row.insert(1, address.map_or(String::new(), |address| address.to_string()));
        }
        rows.push(row);
    }
    let bytes_column = usize::from(with_addresses) + 1;
    table(&rows, &[0, bytes_column], width)
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

fn state_in_words(region: &Region) -> String {
    if region.kind.is_filler() || matches!(region.kind, Kind::Unknown | Kind::CarriedPage) {
        return String::new();
    }
    region.state.to_string()
}

fn details(region: &Region) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    if region.kind == Kind::Footer && region.state == State::Verified {
        return rows; // its image tells the same
    }
    let known = region.details.iter().map(|detail| (detail.label, detail.value.clone()));
    let checks = (!region.proofs.is_empty()).then(|| ("checks", paint(GOOD, region.proofs.join("; "))));
    let missing = region.missing.map(|missing| ("missing", paint(BAD, bytes(missing))));
    for (index, (label, value)) in known.chain(checks).chain(missing).enumerate() {
        let of = if index == 0 { region.kind.words() } else { "" };
        rows.push(vec![paint(ANSWER, of), paint(QUIET, label), value]);
    }
    rows
}

/// Findings that say the same of several places.
struct Told<'a> {
    finding: &'a Finding,
    places: Vec<Span>,
}

/// Prints findings, the worst first; what is said of several places is said once.
pub fn findings(out: &mut impl Write, findings: &[Finding], width: usize) -> io::Result<()> {
    let mut told: Vec<Told<'_>> = Vec::new();
    let mut by_message: HashMap<String, usize> = HashMap::new();
    for finding in findings {
        let at = *by_message.entry(finding.message()).or_insert(told.len());
        match told.get_mut(at) {
            Some(same) => same.places.push(finding.span),
            None => told.push(Told { finding, places: vec![finding.span] }),
        }
    }
    told.sort_by_key(|told| std::cmp::Reverse(told.finding.severity()));
    for told in told.iter().take(MAX_FINDINGS) {
        writeln!(out)?;
        one(out, told, width)?;
    }
    if let Some(rest) = told.len().checked_sub(MAX_FINDINGS).filter(|&rest| rest > 0) {
        writeln!(
            out,
            "\n  {}",
            paint(QUIET, format!("and {}: `--format json` lists all", plural(rest, "more finding")))
        )?;
    }
    Ok(())
}

/// At most this many places of one finding are named.
const MAX_PLACES: usize = 3;

fn one(out: &mut impl Write, told: &Told<'_>, width: usize) -> io::Result<()> {
    let finding = told.finding;
    let severity = finding.severity();
    let head = format!("{severity}[{}]", finding.code());
    let named: Vec<String> =
        told.places.iter().filter(|span| !span.is_empty()).take(MAX_PLACES).map(Span::to_string).collect();
    let more = told.places.len().saturating_sub(MAX_PLACES);
    let place = match (named.is_empty(), more) {
        (true, _) => String::new(),
        (false, 0) => format!("at {}", enumerate(named.into_iter())),
        (false, more) => format!("at {} and {}", named.join(", "), plural(more, "more place")),
    };
    let head = format!("  {}", paint(of_severity(severity), head));
    let blanks = format!("{} ", " ".repeat(textwrap::core::display_width(&head)));
    match wrap(&place, width, &blanks, "    ").split_first() {
        Some((first, others)) if !place.is_empty() => {
            let beside = first.get(blanks.len()..).unwrap_or_default();
            writeln!(out, "{head} {}", paint(QUIET, beside))?;
            others.iter().try_for_each(|line| writeln!(out, "{}", paint(QUIET, line)))?;
        }
        _ => writeln!(out, "{head}")?,
    }
    for line in wrap(&finding.message(), width, "    ", "    ") {
        writeln!(out, "{line}")?;
    }
    if !finding.evidence.is_empty() {
        for line in wrap(&enumerate(finding.evidence.iter().cloned()), width, "    ", "    ") {
            writeln!(out, "{}", paint(QUIET, line))?;
        }
    }
    wrap(finding.help(), width, "    -> ", "       ").iter().try_for_each(|line| writeln!(out, "{line}"))
}
