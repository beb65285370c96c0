//! The checks that a map offers, each with the bytes that it covers.

use crate::checksum::{byte_sum, romfs_sum, word_sum};
use crate::format::footer::{self, Footer};
use crate::format::kernel_zip::{self, KernelZip, Wrapper};
use crate::format::romfs::Romfs;
use crate::image::Span;
use crate::map::{Content, Inspection, Region};

/// A check and what it covers.
#[derive(Debug, Clone)]
pub struct Check {
    /// What it is about, for people.
    pub what: String,
    /// What it is called, for people.
    pub by: String,
    /// The bytes that a change of breaks it.
    pub span: Span,
    pub rule: Rule,
}

/// How it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The boot loader's sum over `summed` is `stored`.
    WordSum { summed: Span, stored: u32 },
    /// The boot loader's sum over `summed` is in the four bytes behind.
    OwnWordSum { summed: Span },
    /// The big-endian words sum up to zero.
    RomfsSum,
    /// The bytes of `summed` sum up to the number in the four bytes at `stored_at`.
    ByteSum { summed: Span, stored_at: usize },
    /// The archive that starts here unpacks to what its CRC-32 says.
    Unpack { archive_at: usize },
}

impl Check {
    /// Whether it is a sum, which a second error can make hold.
    pub fn is_sum(&self) -> bool {
        !matches!(self.rule, Rule::Unpack { .. })
    }

    /// Whether it holds for these bytes of the image.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        match self.rule {
            Rule::WordSum { summed, stored } => word_sum(summed.of(bytes)) == stored,
            Rule::OwnWordSum { summed } => Some(word_sum(summed.of(bytes))) == little_endian(bytes, summed.end()),
            Rule::RomfsSum => romfs_sum(self.span.of(bytes)) == 0,
            Rule::ByteSum { summed, stored_at } => Some(byte_sum(summed.of(bytes))) == little_endian(bytes, stored_at),
            Rule::Unpack { archive_at } => unpacks(bytes.get(archive_at..).unwrap_or_default()).0.is_some(),
        }
    }
}

/// Where the stream of a whole and right archive lies in it; and how many bytes went into it and came out.
pub fn unpacks(bytes: &[u8]) -> (Option<Span>, usize) {
    let Ok(zip) = kernel_zip::parse(bytes).map(|parsed| parsed.value) else { return (None, bytes.len()) };
    let work = zip.stream.len().saturating_add(zip.unpacked.map_or(0, |unpacked| unpacked.len));
    (zip.is_verified().then_some(zip.stream), work)
}

/// The four bytes at `at` as a number.
pub fn little_endian(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

/// The checks of a map, those of few bytes first.
pub fn checks_of(inspection: &Inspection, bytes: &[u8]) -> Vec<Check> {
    let mut checks = Vec::new();
    for region in &inspection.regions {
        of_region(region, bytes, &mut checks);
    }
    checks.sort_by_key(|check| {
        let order = match check.rule {
            Rule::OwnWordSum { .. } => 0,
            Rule::RomfsSum => 1,
            Rule::Unpack { .. } => 2,
            Rule::WordSum { .. } => 3,
            Rule::ByteSum { .. } => 4,
        };
        (order, check.span)
    });
    checks
}

fn of_region(region: &Region, bytes: &[u8], checks: &mut Vec<Check>) {
    let start = region.span.start();
    match &region.content {
        Content::Footer(footer) => of_footer(footer, start, checks),
        Content::Romfs(romfs) => of_romfs(romfs, start, checks),
        Content::KernelZip(zip) => {
            checks.extend(of_archive(zip, region).into_iter().filter(|check| check.span.end() <= bytes.len()))
        }
        Content::WebUi(web_ui) if web_ui.len() == web_ui.size => {
            checks.push(byte_sum_check("the web UI", region.span));
        }
        Content::Settings(settings) if settings.len() == settings.size => {
            checks.push(byte_sum_check("the settings", region.span));
        }
        _ => region.regions.iter().for_each(|inner| of_region(inner, bytes, checks)),
    }
}

/// Where the checksum and the sizes lie in a zip's local header.
const ZIP_SIZES: usize = 14;

/// The check of an archive covers its stream, and of its headers checksum and sizes alone.
fn of_archive(zip: &KernelZip, region: &Region) -> Option<Check> {
    let stored = zip.stored?;
    let archive_at = region.span.start();
    let packed = stored.packed.and_then(|packed| usize::try_from(packed).ok());
    let span = match zip.wrapper {
        Wrapper::Zip => {
            Span::new(ZIP_SIZES, packed.map_or(zip.stream.end(), |packed| zip.stream.start().saturating_add(packed)))
        }
        Wrapper::Gzip => Span::new(zip.stream.start(), zip.extent),
    };
    let words = region.kind.words();
    Some(Check {
        what: format!("the {words}"),
        by: format!("the CRC-32 0x{:08X} of what the {words} unpacks to", stored.crc32),
        span: span.shifted(archive_at),
        rule: Rule::Unpack { archive_at },
    })
}

fn byte_sum_check(what: &str, span: Span) -> Check {
    let (stored_at, summed) = (span.start() + 4, Span::new(span.start() + 0xC, span.end()));
    let by = format!("the byte sum of {what}");
    Check { what: what.to_owned(), by, span, rule: Rule::ByteSum { summed, stored_at } }
}

fn of_footer(footer: &Footer, start: usize, checks: &mut Vec<Check>) {
    let name = format!("the footer of image {}", footer.number);
    checks.push(Check {
        what: name.clone(),
        by: format!("the word sum of {name}"),
        span: Span::at(start, footer::LEN),
        rule: Rule::OwnWordSum { summed: Span::at(start, footer::LEN - 4) },
    });
    let image_at = start.checked_sub(footer::place(footer.len_bytes()));
    if let Some(image_at) = image_at.filter(|_| footer.is_valid()) {
        let summed = Span::at(image_at, footer.len_bytes());
        checks.push(Check {
            what: format!("image {}", footer.number),
            by: format!("the word sum 0x{:08X} in {name}", footer.image_checksum),
            span: summed,
            rule: Rule::WordSum { summed, stored: footer.image_checksum },
        });
    }
}

fn of_romfs(romfs: &Romfs, start: usize, checks: &mut Vec<Check>) {
    let mut push = |what: String, by: String, span: Span| {
        checks.push(Check { what, by, span, rule: Rule::RomfsSum });
    };
    for entry in &romfs.entries {
        let what = format!("the header of `{}` in the romfs", entry.path);
        push(what.clone(), format!("the checksum of {what}"), entry.header.shifted(start));
    }
    let first = Span::new(0, romfs.declared_len.min(512)).shifted(start);
    push("the start of the romfs".to_owned(), "the sum of the first 512 bytes of the romfs".to_owned(), first);
}
