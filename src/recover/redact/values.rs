//! The values of settings, and where else in an image they are.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;

use super::Left;
use super::places::Places;
use crate::format::boot_info;
use crate::format::settings::{self, Value};
use crate::image::{Image, Span, SpanSet};
use crate::map::{Inspection, Kind, Region};

/// Shorter values would be found everywhere.
const MIN_VALUE_BYTES: usize = 5;

/// What every camera has, and so tells of no owner.
const OF_EVERY_CAMERA: [&str; 6] = ["admin", "guest", "visitor", "operator", "anonymous", "time.nist.gov"];

/// At most this many places are told of values that stay.
const MAX_KNOWN: usize = 1000;

/// What is to be looked for.
pub struct Values<'a> {
    /// Bytes, and the setting that they are the value of.
    patterns: Vec<(Vec<u8>, String)>,
    regions: &'a [Region],
}

/// Where values were found, outside of settings.
#[derive(Default)]
pub struct Found {
    /// In bytes that nothing is known of, by setting.
    pub unknown: BTreeMap<String, SpanSet>,
    /// In parts that are known.
    pub known: Vec<Left>,
}

impl<'a> Values<'a> {
    /// Every text of all settings, and the MAC address.
    pub fn of(image: &Image, places: &Places, inspection: &'a Inspection) -> Self {
        let mut patterns: Vec<(Vec<u8>, String)> = Vec::new();
        let blocks = places.blocks.iter().filter_map(|span| {
            let bytes = span.of(image);
            Some(settings::parse(bytes).ok()?.value.fields(bytes))
        });
        for field in blocks.flatten() {
            let Value::Secret(secret) = &field.value else { continue };
            let text = secret.reveal();
            if text.len() >= MIN_VALUE_BYTES && !OF_EVERY_CAMERA.contains(&text.to_ascii_lowercase().as_str()) {
                patterns.extend(forms_of(text.as_bytes()).map(|form| (form, field.name.to_string())));
            }
        }
        for region in inspection.regions.iter().filter(|region| region.kind == Kind::BootInfo) {
            if let Ok(parsed) = boot_info::parse(region.span.of(image)) {
                let mac = parsed.value.mac0.0;
                let is_default = mac.iter().filter(|&&byte| byte != 0).count() < 2;
                if !is_default {
                    patterns.push((mac.to_vec(), "MAC address".to_owned()));
                    patterns.extend(text_forms(&mac).map(|form| (form, "MAC address".to_owned())));
                }
            }
        }
        patterns.sort();
        patterns.dedup_by(|one, other| one.0 == other.0);
        Self { patterns, regions: &inspection.regions }
    }

    /// Looks for them outside of what is erased anyway.
    pub fn find(&self, image: &Image, places: &Places) -> Found {
        let mut found = Found::default();
        let Ok(search) = AhoCorasick::new(self.patterns.iter().map(|(pattern, _)| pattern)) else { return found };
        if self.patterns.is_empty() {
            return found;
        }
        for hit in search.find_overlapping_iter(&**image) {
            let span = Span::new(hit.start(), hit.end());
            let Some((_, setting)) = self.patterns.get(hit.pattern().as_usize()) else { continue };
            if places.is_erased(span) {
                continue;
            }
            match part_at(self.regions, span) {
                // BOOT INFO is dealt with field by field
                Some(part) if part.kind == Kind::BootInfo => {}
                Some(part) if places.parts.overlapping(span).next().is_some() => {
                    if found.known.len() < MAX_KNOWN {
                        found.known.push(Left { span, setting: setting.clone(), part: named(part, span) });
                    }
                }
                _ => match found.unknown.get_mut(setting) {
                    Some(spans) => spans.insert(span),
                    None => drop(found.unknown.insert(setting.clone(), SpanSet::of(span))),
                },
            }
        }
        found
    }
}

/// A text as it is, as UTF-16 has it, and in hexadecimal digits.
fn forms_of(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let wide = text.iter().flat_map(|&byte| [byte, 0]).collect();
    [text.to_vec(), wide].into_iter().chain(text_forms(text))
}

fn text_forms(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    [hex::encode(bytes).into_bytes(), hex::encode_upper(bytes).into_bytes()].into_iter()
}

fn part_at(regions: &[Region], span: Span) -> Option<&Region> {
    regions.iter().find(|region| region.span.overlap(span).is_some())
}

/// The part, and the file in it.
fn named(part: &Region, span: Span) -> String {
    match part_at(&part.regions, span).and_then(|file| file.name.as_ref()) {
        Some(file) => format!("{} ({file})", part.kind.words()),
        None => part.kind.words().to_owned(),
    }
}
