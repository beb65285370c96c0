//! Which bytes are proved, and by what.

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::format::romfs::{Checksum, Romfs};
use crate::format::{Confirmed, footer};
use crate::image::{Image, Span, SpanSet};
use crate::map::{Content, Kind, Region, State};

/// A stretch of bytes that a check covers and confirms.
///
/// In JSON `{start, end, by}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Proved {
    /// The bytes.
    pub span: Span,
    /// The check, in a few words.
    pub by: String,
}

impl Serialize for Proved {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Proved", 3)?;
        fields.serialize_field("start", &self.span.start())?;
        fields.serialize_field("end", &self.span.end())?;
        fields.serialize_field("by", &self.by)?;
        fields.end()
    }
}

/// The bytes that a list of proofs covers.
pub fn covered(proved: &[Proved]) -> SpanSet {
    proved.iter().map(|proved| proved.span).collect()
}

/// What the checks of a map prove about bytes of its image, in order. Sums over what is in `spent` prove nothing: they
/// served to choose bytes. Nor does a sum over bytes that are not known.
pub(super) fn proofs(regions: &[Region], image: &Image, spent: &[Span]) -> Vec<Proved> {
    let mut proved = Vec::new();
    for region in regions {
        of_region(region, image, &mut proved);
    }
    let is_proof = |proved: &Proved| {
        let is_sum = !proved.by.starts_with(UNPACKS);
        !is_sum || (image.known().encloses(proved.span) && !spent.iter().any(|spent| spent.encloses(proved.span)))
    };
    proved.retain(is_proof);
    proved.sort();
    proved
}

/// How the one proof begins that is no sum.
const UNPACKS: &str = "CRC-32";

fn of_region(region: &Region, image: &Image, proved: &mut Vec<Proved>) {
    let at = region.span.start();
    let mut push = |span: Span, by: String| {
        if !span.is_empty() {
            proved.push(Proved { span, by });
        }
    };
    match &region.content {
        Content::Footer(footer) if footer.is_valid() => {
            push(region.span, format!("word sum 0x{:08X} of the footer", footer.checksum));
            let image_at = at.checked_sub(footer::place(footer.len_bytes()));
            let span = image_at.map_or(Span::default(), |image_at| Span::at(image_at, footer.len_bytes()));
            if span.end() <= image.len() && !span.is_empty() && footer.verify_image(span.of(image)).is_none() {
                let by = format!("word sum 0x{:08X} in the footer of image {}", footer.image_checksum, footer.number);
                push(span, by);
            }
        }
        Content::KernelZip(_) => {
            if let Some(Confirmed { span, crc32 }) = region.confirmed() {
                push(span, format!("{UNPACKS} 0x{crc32:08X} of the unpacked bytes"));
            }
        }
        Content::Romfs(romfs) => {
            of_romfs(romfs, Span::new(at, image.len()).of(image), at, &mut push);
            for (path, Confirmed { span, .. }) in region.confirmed_files() {
                push(span, format!("{UNPACKS} in `{}`", path.trim_start_matches('/')));
            }
        }
        Content::WebUi(web_ui) if web_ui.is_verified() => {
            push(region.span, format!("byte sum 0x{:08X}", web_ui.stored_checksum));
        }
        Content::Settings(settings) if settings.is_verified() => {
            push(region.span, format!("byte sum 0x{:08X}", settings.stored_checksum));
        }
        Content::Update(_) => {
            let parts = region.regions.iter().filter(|part| matches!(part.kind, Kind::Kernel | Kind::Romfs));
            if parts.clone().count() == 2 && parts.clone().all(|part| part.state == State::Verified) {
                push(
                    Span::at(at, 20).overlap(LENGTHS.shifted(at)).unwrap_or_default(),
                    "the lengths in its header, where its parts start and end".to_owned(),
                );
            }
            region.regions.iter().for_each(|part| of_region(part, image, proved));
        }
        _ => {}
    }
}

/// Where a BNEG header has the lengths of its parts (packages-and-formats.md section 1, certain).
const LENGTHS: Span = Span::new(0xC, 0x14);

fn of_romfs(romfs: &Romfs, bytes: &[u8], at: usize, push: &mut dyn FnMut(Span, String)) {
    let first = Span::new(0, romfs.declared_len.min(512));
    if first.end() <= bytes.len() && crate::checksum::romfs_sum(first.of(bytes)) == 0 {
        push(first.shifted(at), "sum of the romfs's first 512 bytes".to_owned());
    }
    for entry in romfs.entries.iter().filter(|entry| entry.checksum == Checksum::Holds) {
        push(entry.header.shifted(at), "checksum of a romfs header".to_owned());
    }
}

/// The stretches of `gaps` that no proof covers which also proves what stands in a hole: only a CRC-32 does.
pub(super) fn without_proof(gaps: &[Span], proved: &[Proved]) -> Vec<Span> {
    let unpacked: SpanSet =
        proved.iter().filter(|proved| proved.by.starts_with(UNPACKS)).map(|proved| proved.span).collect();
    gaps.iter().flat_map(|gap| unpacked.gaps_in(*gap)).collect()
}

/// The proofs that lie in `span`, counted from its start.
pub(super) fn within(proved: &[Proved], span: Span) -> Vec<Proved> {
    let inside = proved.iter().filter_map(|proved| Some((proved.span.overlap(span)?, proved)));
    let moved = |(shared, proved): (Span, &Proved)| Proved {
        span: Span::at(shared.start().saturating_sub(span.start()), shared.len()),
        by: proved.by.clone(),
    };
    inside.map(moved).collect()
}
