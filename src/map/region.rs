//! What a map is made of.

use serde::{Deserialize, Serialize};

use crate::format::Confirmed;
use crate::format::flat;
use crate::format::footer::Footer;
use crate::format::kernel_zip::KernelZip;
use crate::format::romfs::{self, Romfs};
use crate::format::settings::Settings;
use crate::format::update::Update;
use crate::format::web_ui::WebUi;
use crate::image::Span;
use crate::words;

/// What a region is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
#[allow(missing_docs)] // the words of the design
pub enum Kind {
    BootLoader,
    BootInfo,
    Kernel,
    Romfs,
    WebUi,
    Settings,
    Footer,
    Update,
    Elf,
    Flat,
    Zip,
    Gzip,
    Capture,
    BootLog,
    Erased,
    Zero,
    CarriedPage,
    /// A file inside a romfs, web UI or zip whose content is of no format known here.
    File,
    /// A whole flash: never a region, only what a file is as a whole.
    Flash,
    #[default]
    Unknown,
}

impl Kind {
    /// What it is called in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Kind::BootLoader => "boot loader",
            Kind::BootInfo => "boot info",
            Kind::Kernel => "kernel",
            Kind::Romfs => "romfs",
            Kind::WebUi => "web UI",
            Kind::Settings => "settings",
            Kind::Footer => "footer",
            Kind::Update => "vendor update",
            Kind::Elf => "ELF program",
            Kind::Flat => "flat binary",
            Kind::Zip => "zip",
            Kind::Gzip => "gzip",
            Kind::Capture => "capture",
            Kind::BootLog => "boot log",
            Kind::Erased => "erased",
            Kind::Zero => "zeros",
            Kind::CarriedPage => "carried page",
            Kind::File => "file",
            Kind::Flash => "flash image",
            Kind::Unknown => "unknown",
        }
    }

    /// Whether it only fills space: nothing was put there.
    pub const fn is_filler(self) -> bool {
        matches!(self, Self::Erased | Self::Zero)
    }
}

/// How sure it is that a region is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum State {
    /// A checksum, or a look at every byte, proves it.
    Verified,
    /// Its structure holds; no checksum covers all of its bytes.
    Plausible,
    /// It ends too early.
    Truncated,
    /// Some of its bytes are not known.
    Partial,
    /// A checksum or its structure proves damage.
    Damaged,
    /// Nothing is claimed about it.
    Unchecked,
}

impl State {
    /// Whether all of it is there and, as far as that shows, right.
    pub const fn is_whole(self) -> bool {
        matches!(self, Self::Verified | Self::Plausible)
    }
}

/// One line of what is known of a region, such as `volume: rom 4cfdc420`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Detail {
    /// What it is about, in a word or two.
    pub label: &'static str,
    /// The value for people.
    pub value: String,
}

/// The label of what a footer says of its image.
pub(super) const FOOTER_LABEL: &str = "image";

/// What was parsed out of a region, for those who look further inside. Offsets in the values count from the start
/// of the region.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Content {
    /// Nothing that has an inside.
    #[default]
    Opaque,
    /// A footer of the boot loader.
    Footer(Footer),
    /// A file system.
    Romfs(Box<Romfs>),
    /// A kernel, or anything else that is packed the same way.
    KernelZip(Box<KernelZip>),
    /// The camera's web pages.
    WebUi(Box<WebUi>),
    /// A vendor's update.
    Update(Box<Update>),
    /// Settings.
    Settings(Box<Settings>),
    /// A program that was unpacked, without what is wrong with it.
    Program(flat::Body),
}

/// A stretch of an image with one meaning. It can hold a map of its own, which then covers all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// What it is.
    pub kind: Kind,
    /// Where it lies, as offsets in the outermost image.
    pub span: Span,
    /// Its name, if it has one: an image's, a file's path, a volume's.
    pub name: Option<String>,
    /// How sure it is that it is whole.
    pub state: State,
    /// What is known of it, for people.
    pub details: Vec<Detail>,
    /// The checks that hold, each in a few words; they are what makes a region [`State::Verified`].
    pub proofs: Vec<String>,
    /// What was parsed out of it.
    pub content: Content,
    /// Of a truncated region: how many bytes are missing at its end, if its own header tells.
    pub missing: Option<usize>,
    /// What it holds; empty, or covering every byte of it.
    pub regions: Vec<Region>,
}

/// How much of what the files of a file system hold is confirmed by checksums in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentConfirmed {
    /// Files with such a checksum.
    pub files: usize,
    /// Bytes that it covers.
    pub confirmed: usize,
    /// Bytes that all files hold.
    pub bytes: usize,
}

impl ContentConfirmed {
    /// Whether no byte is left.
    pub const fn is_all(self) -> bool {
        self.confirmed >= self.bytes
    }

    /// It as a check that holds; none if there is no such checksum.
    pub fn in_words(self) -> Option<String> {
        let Self { files, confirmed, bytes } = self;
        let by = if files == 1 { "the CRC-32 in 1 file confirms" } else { "the CRC-32 in each of {files} confirms" };
        let by = by.replace("{files}", &words::plural(files, "file"));
        let told = || format!("{by} {} of {} of content", words::count(confirmed), words::bytes(bytes));
        (files > 0).then(told)
    }
}

impl Region {
    /// A region of which nothing more is known.
    pub fn new(kind: Kind, span: Span, state: State) -> Self {
        Self {
            kind,
            span,
            name: None,
            state,
            details: Vec::new(),
            proofs: Vec::new(),
            content: Content::Opaque,
            missing: None,
            regions: Vec::new(),
        }
    }

    /// What a CRC-32 in it proves, offsets in the outermost image.
    pub fn confirmed(&self) -> Option<Confirmed> {
        let confirmed = match &self.content {
            Content::KernelZip(zip) => zip.confirmed(),
            Content::Program(program) => program.proved,
            _ => None,
        };
        confirmed.map(|confirmed| Confirmed { span: confirmed.span.shifted(self.span.start()), ..confirmed })
    }

    /// Of a file system: the files in it whose content a checksum of their own confirms, each with what it confirms.
    pub fn confirmed_files(&self) -> impl Iterator<Item = (&str, Confirmed)> {
        let files = self.regions.iter().filter(|region| region.kind == Kind::File);
        files.flat_map(|file| {
            let path = file.name.as_deref().unwrap_or_default();
            file.regions.iter().filter_map(move |content| Some((path, content.confirmed()?)))
        })
    }

    /// Of a file system: how much of what its files hold is confirmed by checksums in them.
    pub fn content_confirmed(&self) -> Option<ContentConfirmed> {
        let Content::Romfs(romfs) = &self.content else { return None };
        let files = romfs.entries.iter().filter(|entry| entry.kind == romfs::EntryKind::File);
        let bytes = files.map(|entry| entry.data.len()).sum();
        let spans: Vec<Span> = self.confirmed_files().map(|(_, confirmed)| confirmed.span).collect();
        Some(ContentConfirmed { files: spans.len(), confirmed: spans.iter().map(|span| span.len()).sum(), bytes })
    }

    /// Whether a footer of the boot loader names it as an image.
    pub fn is_named_by_footer(&self) -> bool {
        self.details.iter().any(|detail| detail.label == FOOTER_LABEL)
    }

    /// Whether its own checksums and structure hold, also if a file in it is damaged.
    pub fn is_sound(&self) -> bool {
        let headers_hold = || matches!(&self.content, Content::Romfs(romfs) if romfs.is_verified());
        self.state == State::Verified || (self.state == State::Damaged && headers_hold())
    }

    /// The same region with a name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The same region with one more thing known of it.
    #[must_use]
    pub fn detail(mut self, label: &'static str, value: impl ToString) -> Self {
        self.details.push(Detail { label, value: value.to_string() });
        self
    }

    /// The same region with one more check that holds.
    #[must_use]
    pub fn proved(mut self, proof: impl Into<String>) -> Self {
        self.proofs.push(proof.into());
        self
    }

    /// The same region, its offsets counted from an origin `bytes` earlier. Content keeps counting from the region.
    #[must_use]
    pub fn shifted(mut self, bytes: usize) -> Self {
        self.span = self.span.shifted(bytes);
        self.regions = self.regions.into_iter().map(|region| region.shifted(bytes)).collect();
        self
    }

    /// The same region, ending at `end` if it went further; what it holds is cut as well.
    #[must_use]
    pub fn cut_at(mut self, end: usize) -> Self {
        if self.span.end() > end {
            self.span = Span::new(self.span.start(), end);
            self.state = State::Truncated;
            self.regions.retain(|region| region.span.start() < end);
            self.regions = self.regions.into_iter().map(|region| region.cut_at(end)).collect();
        }
        self
    }
}
