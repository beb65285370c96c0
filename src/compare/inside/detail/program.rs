//! Program against program, section by section: bFLT and ELF.

use rustc_hash::FxHashMap;
use serde::Serialize;

use super::hex::differing_bytes;
use super::{Detail, Sides, StringsChange};
use crate::compare::inside::effort::Effort;
use crate::compare::inside::fields::{self, FieldChange, Values, told, told_if};
use crate::format::elf::{self, Elf};
use crate::format::flat::{self, Flat, Packing};
use crate::image::Span;
use crate::words::{bytes as count_bytes, date};

/// What differs between two programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProgramChange {
    /// Their format.
    pub format: ProgramFormat,
    /// What their headers say.
    pub fields: Vec<FieldChange>,
    /// The sections that differ, as they are unpacked.
    pub sections: Vec<SectionChange>,
    /// Sections that differ and were not looked at, for there are too many.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_sections: usize,
    /// The strings that only one has.
    #[serde(skip_serializing_if = "StringsChange::is_empty")]
    pub strings: StringsChange,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde gives a reference to the field
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// The format of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
pub enum ProgramFormat {
    /// bFLT, as uClinux runs it.
    #[strum(to_string = "bFLT")]
    Flat,
    /// ELF.
    #[strum(to_string = "ELF")]
    Elf,
}

/// A section that is not the same in both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SectionChange {
    /// Its name.
    pub name: String,
    /// Its bytes in the old one, unless it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old_bytes: Option<usize>,
    /// Its bytes in the new one, unless it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new_bytes: Option<usize>,
    /// Bytes of the longer one that have no equal counterpart.
    pub differing_bytes: usize,
}

/// More sections than this are not looked at.
const MAX_SECTIONS: usize = 256;

/// Both flat binaries, if both are one.
pub fn flat(sides: &Sides<'_>, effort: &mut Effort) -> Option<Detail> {
    let (old, new) = (flat::parse(sides.old).ok()?.value, flat::parse(sides.new).ok()?.value);
    if !effort.may_unpack(old.unpacked_len().saturating_add(new.unpacked_len())) {
        return Some(Detail::NotOpened);
    }
    let (before, after) = match (flat::unpack(sides.old), flat::unpack(sides.new)) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(error), _) => return Some(Detail::Unreadable(format!("the old one is damaged: {error}"))),
        (_, Err(error)) => return Some(Detail::Unreadable(format!("the new one is damaged: {error}"))),
    };
    let packing = fields::changes(flat_packing(&old), flat_packing(&new));
    let is_packed = old.packing != Packing::Plain || new.packing != Packing::Plain;
    if before == after && is_packed {
        return Some(Detail::Packed { packing, content: None });
    }
    let sections = |flat: &Flat| {
        let named = [("text", flat.text), ("data", flat.data), ("relocations", flat.relocations)];
        named.map(|(name, span)| (name.to_owned(), span)).to_vec()
    };
    let unpacked = sides.with(&before, &after);
    let mut fields = fields::changes(flat_values(&old), flat_values(&new));
    fields.extend(packing);
    told_program(ProgramFormat::Flat, &unpacked, fields, sections(&old), sections(&new), effort)
}

fn flat_packing(flat: &Flat) -> Values {
    let (packed, time) = match flat.packing {
        Packing::Plain => ("plain", None),
        Packing::Gzip { start: flat::HEADER_LEN, time } => ("gzip", time),
        Packing::Gzip { time, .. } => ("gzip, without the text", time),
    };
    let mut values = vec![told("packed as", packed)];
    values.extend(told_if("packed at", time.map(|time| date(i64::from(time)))));
    if matches!(flat.packing, Packing::Gzip { .. }) {
        values.push(told("packed size", count_bytes(flat.len())));
    }
    values
}

fn flat_values(flat: &Flat) -> Values {
    let mut values = vec![
        told("revision", flat.revision),
        told("entry", format!("0x{:X}", flat.entry)),
        told("bss", count_bytes(flat.bss_len)),
        told("stack", count_bytes(flat.stack_len)),
        told("flags", flat.flags.without(flat::Flags::GZIP | flat::Flags::GZIP_DATA)),
    ];
    values.extend(told_if("built", flat.build_date.map(|time| date(i64::from(time)))));
    values
}

/// Both ELF files, if both are one.
pub fn elf(sides: &Sides<'_>, effort: &mut Effort) -> Option<Detail> {
    let (old, new) = (elf::parse(sides.old).ok()?.value, elf::parse(sides.new).ok()?.value);
    let sections = |elf: &Elf| elf.sections.iter().map(|section| (section.name.clone(), section.span)).collect();
    let fields = fields::changes(elf_values(&old), elf_values(&new));
    told_program(ProgramFormat::Elf, sides, fields, sections(&old), sections(&new), effort)
}

fn elf_values(elf: &Elf) -> Values {
    let mut values = vec![
        told("class", elf.class),
        told("byte order", elf.byte_order),
        told("machine", elf.machine),
        told("type", elf.kind),
        told("entry", format!("0x{:X}", elf.entry)),
        told("needs", elf.needed.join(", ")),
    ];
    values.extend(told_if("loaded by", elf.interpreter.as_ref()));
    values
}

/// `None` if neither headers nor sections show what differs.
fn told_program(
    format: ProgramFormat,
    sides: &Sides<'_>,
    fields: Vec<FieldChange>,
    old: Vec<(String, Span)>,
    new: Vec<(String, Span)>,
    effort: &mut Effort,
) -> Option<Detail> {
    let (sections, more_sections) = sections(sides, old, new, effort);
    if fields.is_empty() && sections.is_empty() && more_sections == 0 {
        return None;
    }
    let strings = match effort.may_look_at(sides.len()) {
        true => StringsChange::of(sides.old, sides.new),
        false => StringsChange::default(),
    };
    Some(Detail::Program(ProgramChange { format, fields, sections, more_sections, strings }))
}

/// The sections that differ, those of one name in their order, and how many more there are.
fn sections(
    sides: &Sides<'_>,
    old: Vec<(String, Span)>,
    new: Vec<(String, Span)>,
    effort: &mut Effort,
) -> (Vec<SectionChange>, usize) {
    let mut coming: FxHashMap<String, Vec<Span>> = FxHashMap::default();
    for (name, span) in new.iter().rev() {
        coming.entry(name.clone()).or_default().push(*span);
    }
    let in_old: Vec<(String, Option<Span>, Option<Span>)> = old
        .into_iter()
        .map(|(name, span)| {
            let other = coming.get_mut(&name).and_then(Vec::pop);
            (name, Some(span), other)
        })
        .collect();
    let only_new = new.into_iter().filter_map(|(name, _)| {
        let span = coming.get_mut(&name)?.pop()?;
        Some((name, None, Some(span)))
    });
    let mut told = Vec::new();
    let mut more = 0;
    for (name, old, new) in in_old.into_iter().chain(only_new) {
        let of = |span: Option<Span>, bytes| span.unwrap_or_default().of(bytes);
        let (before, after) = (of(old, sides.old), of(new, sides.new));
        if !effort.may_compare(before.len().min(after.len())) {
            more += 1;
            continue;
        }
        if before == after && old.is_some() == new.is_some() {
            continue;
        }
        if told.len() >= MAX_SECTIONS || !effort.may_look_at(before.len().saturating_add(after.len())) {
            more += 1;
            continue;
        }
        told.push(SectionChange {
            name,
            old_bytes: old.map(|_| before.len()),
            new_bytes: new.map(|_| after.len()),
            differing_bytes: differing_bytes(before, after),
        });
    }
    (told, more)
}
