//! What the user has at hand, recognised by content.

use thiserror::Error;

use crate::camera::layout::Part;
use crate::finding::{Finding, Severity};
use crate::format::kernel;
use crate::format::update::{System, Update};
use crate::image::Span;
use crate::map::{Content, Kind, Region};
use crate::recover::{Set, Source};

/// How the bytes get into the camera.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// By `fx` at the boot loader's prompt: XMODEM fills the file up to whole blocks.
    Console,
    /// Through the camera's own pages for upgrades and backups.
    Upload,
    /// As part of a whole flash, with a programmer.
    Programmer,
}

/// One part, in a file of its own or inside of another.
#[derive(Debug, Clone)]
pub struct Given<'a> {
    /// The file that it comes from.
    pub source: &'a Source,
    /// What it is.
    pub part: Part,
    /// Its bytes as they would be flashed.
    pub bytes: &'a [u8],
    /// Where they lie in the source's image.
    pub span: Span,
    /// What the map says of it.
    pub region: Option<&'a Region>,
    /// How it gets into the camera.
    pub route: Route,
}

impl<'a> Given<'a> {
    /// How it is named in sentences: `linux.zip` in backquotes, or "the kernel in" a file that holds more.
    pub fn name(&self) -> String {
        let file = self.source.file_name();
        let is_all = self.span == self.source.image().span();
        if is_all { format!("`{file}`") } else { format!("the {} in `{file}`", self.part) }
    }

    /// What was found in its bytes.
    pub fn findings(&self) -> impl Iterator<Item = &'a Finding> {
        let span = self.span;
        let touches =
            move |finding: &&Finding| finding.span.start() >= span.start() && finding.span.start() <= span.end();
        self.source.inspection.findings.iter().filter(touches)
    }

    /// What keeps it from being whole.
    pub fn errors(&self) -> impl Iterator<Item = &'a Finding> {
        self.findings().filter(|finding| finding.severity() == Severity::Error)
    }
}

/// Everything at hand.
#[derive(Debug, Default)]
pub struct AtHand<'a> {
    /// Kernel, romfs, web UI, settings, BOOT INFO, boot loader; no two of one kind.
    pub parts: Vec<Given<'a>>,
    /// An update that kernel and romfs come from.
    pub update: Option<(&'a Source, &'a System)>,
    /// A whole flash.
    pub flash: Option<&'a Source>,
}

/// Why files cannot be checked together.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotCheckable {
    /// Not a byte of a part.
    #[error("there is nothing to be flashed in it")]
    Nothing,
    /// Nothing that goes into a camera.
    #[error("is {what}, and goes into no camera's flash")]
    Foreign {
        /// The file.
        file: String,
        /// What it is.
        what: String,
    },
    /// Two of a kind.
    #[error("holds a {part}, as `{other}` does, and only one of them can be flashed")]
    Twice {
        /// The file.
        file: String,
        /// What both hold.
        part: String,
        /// The other file.
        other: String,
    },
}

impl NotCheckable {
    /// The file that it is about, if it is about one.
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Foreign { file, .. } | Self::Twice { file, .. } => Some(file),
            Self::Nothing => None,
        }
    }
}

impl<'a> AtHand<'a> {
    /// Recognises the files of a set; a text capture and the binary of the same bytes count once.
    ///
    /// # Errors
    /// If a file is nothing that goes into a camera, or two are of a kind.
    pub fn of(set: &'a Set) -> Result<Self, NotCheckable> {
        let mut at_hand = Self::default();
        let sources = set.distinct().map(|(_, source)| source);
        sources.filter(|source| !source.image().is_empty()).try_for_each(|source| at_hand.add(source))?;
        if at_hand.parts.is_empty() && at_hand.flash.is_none() {
            return Err(NotCheckable::Nothing);
        }
        Ok(at_hand)
    }

    /// The part of this kind.
    pub fn part(&self, part: Part) -> Option<&Given<'a>> {
        self.parts.iter().find(|given| given.part == part)
    }

    /// The files, each once.
    pub fn sources(&self) -> impl Iterator<Item = &'a Source> {
        let of_parts = self.parts.iter().map(|given| given.source);
        let mut told: Vec<&'a Source> = Vec::new();
        for source in self.flash.into_iter().chain(of_parts).chain(self.update.map(|(source, _)| source)) {
            if !told.iter().any(|known| std::ptr::eq(*known, source)) {
                told.push(source);
            }
        }
        told.into_iter()
    }

    fn add(&mut self, source: &'a Source) -> Result<(), NotCheckable> {
        let whole = source.image().span();
        if source.inspection.kind == Kind::Flash {
            if let Some(other) = self.flash.replace(source) {
                return Err(twice(source, "whole flash", other));
            }
            return Ok(());
        }
        if let Some((region, system)) = update_of(source) {
            for (part, span) in [(Part::Kernel, system.kernel), (Part::Romfs, system.romfs)] {
                if span.is_empty() {
                    continue;
                }
                let span = span.shifted(region.span.start());
                let inner = region.regions.iter().find(|inner| inner.span.start() == span.start());
                let bytes = span.of(source.image());
                self.put(Given { source, part, bytes, span, region: inner, route: Route::Upload })?;
            }
            self.update = Some((source, system));
            return Ok(());
        }
        let Some(part) = part_of(source) else {
            let what = match source.inspection.kind {
                Kind::Unknown => "nothing that unbrick knows".to_owned(),
                kind => format!("a file of the kind `{kind}`"),
            };
            return Err(NotCheckable::Foreign { file: source.name.clone(), what });
        };
        let kind = source.inspection.kind;
        let region = source.inspection.regions.iter().filter(|region| region.kind == kind);
        let region = region.max_by_key(|region| region.span.len());
        // the boot loader cannot write a part of an erase block, and the settings are only a part of theirs
        let route = if part == Part::Settings { Route::Upload } else { Route::Console };
        self.put(Given { source, part, bytes: source.image(), span: whole, region, route })
    }

    fn put(&mut self, given: Given<'a>) -> Result<(), NotCheckable> {
        match self.part(given.part) {
            Some(other) => Err(twice(given.source, &given.part.to_string(), other.source)),
            None => {
                self.parts.push(given);
                self.parts.sort_by_key(|given| given.part);
                Ok(())
            }
        }
    }
}

fn twice(source: &Source, part: &str, other: &Source) -> NotCheckable {
    NotCheckable::Twice { file: source.name.clone(), part: part.to_owned(), other: other.name.clone() }
}

fn update_of(source: &Source) -> Option<(&Region, &System)> {
    source.inspection.regions.iter().find_map(|region| match &region.content {
        Content::Update(update) => match &**update {
            Update::System(system) => Some((region, system)),
            Update::Wifi(_) => None,
        },
        _ => None,
    })
}

fn part_of(source: &Source) -> Option<Part> {
    match source.inspection.kind {
        // the boot loader unpacks and starts whatever a zip holds
        Kind::Kernel | Kind::Zip | Kind::Gzip => Some(Part::Kernel),
        Kind::Romfs => Some(Part::Romfs),
        Kind::WebUi => Some(Part::WebUi),
        Kind::Settings => Some(Part::Settings),
        Kind::BootInfo => Some(Part::BootInfo),
        Kind::BootLoader => Some(Part::BootLoader),
        _ if source.image().starts_with(&kernel::START) => Some(Part::Kernel),
        _ => None,
    }
}
