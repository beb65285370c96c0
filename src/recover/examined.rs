//! A file with all that is told of it: its map, what it holds as settings, and which firmware it is.

use serde::Serialize;

use super::Source;
use crate::camera::fingerprint::Fingerprint;
use crate::finding::{Finding, Severity, worst};
use crate::format::settings::Field;
use crate::image::Span;
use crate::map::{Content, Kind};

/// Whether what is the owner's is shown: passwords, keys, names and addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// Only whether they are set.
    Hidden,
    /// As they are.
    Shown,
}

impl Secrets {
    /// What `--show-secrets` asks for.
    pub const fn from_show(show: bool) -> Self {
        if show { Self::Shown } else { Self::Hidden }
    }
}

/// A file of a set, with all that is told of it.
#[derive(Debug)]
pub struct Examined {
    /// The file and its map.
    pub source: Source,
    /// Which firmware it is.
    pub fingerprint: Fingerprint,
    /// The settings in it.
    pub settings: Vec<SettingsBlock>,
    /// What is worth telling of its map, and what in it does not fit together.
    pub findings: Vec<Finding>,
}

/// A block of settings, value by value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SettingsBlock {
    /// Which it is, as `camera settings`.
    pub name: String,
    /// Offset of its first byte in the image.
    pub start: usize,
    /// What is set, offsets from the block's first byte.
    pub fields: Vec<Field>,
}

impl Examined {
    /// Looks closely at a file.
    pub fn of(source: Source, secrets: Secrets) -> Self {
        let fingerprint = Fingerprint::of(&source.reading, &source.inspection);
        let findings = findings_of(&source, &fingerprint);
        let settings = settings_in(&source, secrets);
        Self { source, fingerprint, settings, findings }
    }

    /// Whether something that is told of it says "do not flash this".
    pub fn speaks_against(&self) -> bool {
        worst(&self.findings) == Some(Severity::Error)
    }

    /// Whether the settings are what the file is about.
    pub fn is_settings(&self) -> bool {
        self.source.inspection.kind == Kind::Settings
    }
}

/// Whether something that is told of a file says "do not flash this": of all commands the same.
pub fn speaks_against(source: &Source) -> bool {
    let fingerprint = Fingerprint::of(&source.reading, &source.inspection);
    worst(&findings_of(source, &fingerprint)) == Some(Severity::Error)
}

fn findings_of(source: &Source, fingerprint: &Fingerprint) -> Vec<Finding> {
    source.inspection.findings.iter().cloned().chain(fingerprint.contradictions()).collect()
}

fn settings_in(source: &Source, secrets: Secrets) -> Vec<SettingsBlock> {
    let image = source.image();
    let block = |(name, span, fields): (String, Span, Vec<Field>)| {
        // what a capture does not show is not known
        let is_known = |field: &Field| image.known().encloses(field.span.shifted(span.start()));
        let told = |field: Field| match secrets {
            Secrets::Hidden => field,
            Secrets::Shown => Field { value: field.value.revealed(), ..field },
        };
        SettingsBlock { name, start: span.start(), fields: fields.into_iter().filter(is_known).map(told).collect() }
    };
    let regions = source.inspection.regions.iter();
    let parsed = regions.filter_map(|region| match &region.content {
        Content::Settings(settings) => {
            Some((settings.zone.to_string(), region.span, settings.fields(region.span.of(image))))
        }
        _ => None,
    });
    parsed.map(block).collect()
}

/// What several files tell together, as the firmware of one camera.
#[derive(Debug, Serialize)]
pub struct Together {
    /// Which firmware they are.
    pub fingerprint: Fingerprint,
    /// What of one does not fit another. Each is about a file by name, so that it has no place.
    pub findings: Vec<Finding>,
}

/// What files that hold one kernel and one romfs at most tell together; `None` if it is no more than each tells alone.
pub fn together(files: &[Examined]) -> Option<Together> {
    let many = |has: fn(&Fingerprint) -> bool| files.iter().filter(|file| has(&file.fingerprint)).count();
    let (kernels, romfses) = (many(|print| print.kernel.is_some()), many(|print| print.romfs.is_some()));
    if files.len() < 2 || kernels > 1 || romfses > 1 {
        return None;
    }
    let prints = files.iter().map(|file| file.fingerprint.clone());
    let fingerprint = prints.fold(Fingerprint::default(), Fingerprint::with);
    let alone: Vec<&Finding> = files.iter().flat_map(|file| &file.findings).collect();
    let is_new = |finding: &Finding| alone.iter().all(|told| told.fact != finding.fact);
    let findings = fingerprint.contradictions().into_iter().filter(is_new);
    let findings: Vec<Finding> = findings.map(|finding| Finding { span: Span::default(), ..finding }).collect();
    (!findings.is_empty()).then_some(Together { fingerprint, findings })
}
