//! What a capture is, told to somebody who never opened a hex editor.

use super::super::memory::capture_of;
use super::super::set::Source;
use crate::capture::{Addresses, Capture, Dialect};
use crate::finding::Code;
use crate::words::{bytes, count, enumerate, sentence};

/// What it is, in one sentence. `contents` is what is in the image.
pub(super) fn headline(capture: &Capture, contents: &str) -> String {
    let image = &capture.image;
    if image.is_empty() {
        return "The log of a serial dump that brought nothing: the command was sent, and no data came back."
            .to_owned();
    }
    let place = image.address().map_or(String::new(), |address| format!(" from flash address {address} on"));
    let (known, len) = (image.known().len_bytes(), image.len());
    let shown = if known == len { bytes(len) } else { format!("{} of {}", count(known), bytes(len)) };
    format!("{}: {shown} of firmware as hex digits{place}, {contents}.", form(capture))
}

/// Whether a file is a listing made on a computer that lost some of its lines.
pub(super) fn is_listing_with_gaps(source: &Source) -> bool {
    let lost_lines =
        |capture: &Capture| capture.findings.iter().any(|finding| finding.code() == Code::CaptureListingGap);
    capture_of(source).is_some_and(lost_lines)
}

/// What kind of text it is.
fn form(capture: &Capture) -> String {
    let is_all = |is_own: fn(&Dialect) -> bool| capture.dialects.iter().all(|(dialect, _)| is_own(dialect));
    let by_name = |dialect: &Dialect| format!("`{dialect}`");
    match capture.dialects.as_slice() {
        _ if is_all(|dialect| Dialect::BOOT_LOADER.contains(dialect)) => "The text log of a serial dump".to_owned(),
        [(dialect @ (Dialect::MdBytes | Dialect::MdHalfWords | Dialect::MdWords), _)] => {
            format!("The text log of a serial dump with {}, the command of the boot loader U-Boot", by_name(dialect))
        }
        [(Dialect::IntelHex, _)] => {
            "An Intel HEX file, as compilers and programmers of flash chips write it".to_owned()
        }
        [(Dialect::SRecord, _)] => {
            "A file of Motorola S-records, as compilers and programmers of flash chips write it".to_owned()
        }
        [(Dialect::Plain, _)] => "A text of hex digits and nothing else, as `xxd -p` prints it".to_owned(),
        [(dialect, _)] => format!("A listing of a file, as `{dialect}` prints it on a computer"),
        several => {
            format!(
                "A text with memory in several forms ({})",
                enumerate(several.iter().map(|(dialect, _)| by_name(dialect)))
            )
        }
    }
}

/// What else there is to know about it.
pub(super) fn sentences(capture: &Capture) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(page) = &capture.carried {
        let address = page.address().map_or(String::new(), |address| format!(", {address},"));
        sentences.push(format!(
            "It opens with {} of the image that was dumped before: their address{address} tells that they belong there.",
            bytes(page.len())
        ));
    }
    if capture.is_empty() {
        return sentences;
    }
    let kept = match (capture.addresses, capture.image.address()) {
        (Addresses::Printed, _) => {
            "It need not be flashed. Keep it: it also tells the address of every byte, which helps to repair a dump."
        }
        (Addresses::Offsets { .. }, None) => {
            "It need not be flashed. The numbers in front of its lines count from the start of a file: they do not tell where in the flash these bytes belong."
        }
        (Addresses::Offsets { .. }, Some(_)) => {
            "It need not be flashed. The numbers in front of its lines count from the start of a file; where in the flash that belongs, what is in it tells."
        }
        (Addresses::None, None) => {
            "It need not be flashed. It has no addresses, so that nothing tells where in the flash these bytes belong, nor whether a line is missing."
        }
        (Addresses::None, Some(_)) => {
            "It need not be flashed. It has no addresses: where in the flash these bytes belong, what is in it tells. Whether a line is missing, only a checksum can."
        }
    };
    sentences.push(kept.to_owned());
    let gaps = capture.captured.gaps_in(capture.image.span()).len();
    sentences.extend(one_by_one(capture, &[Code::CaptureGap, Code::CaptureListingGap], gaps));
    let doubtful = capture.stats.conflicts + capture.stats.ascii_mismatches;
    sentences.extend(one_by_one(capture, &[Code::CaptureConflict, Code::CaptureAsciiMismatch], doubtful));
    sentences
}

/// So many gaps are told one by one, and so many doubtful bytes.
const TOLD_MAX: usize = 6;

/// Findings of these codes, of which there are `all`.
fn one_by_one(capture: &Capture, codes: &[Code], all: usize) -> Vec<String> {
    let findings = capture.findings.iter().filter(|finding| codes.contains(&finding.code()));
    let mut told: Vec<String> = findings.take(TOLD_MAX).map(|finding| sentence(&finding.message())).collect();
    let more = all.saturating_sub(told.len());
    if more > 0 {
        told.push(format!("There are {} more like {}.", count(more), if told.len() == 1 { "this" } else { "these" }));
    }
    told
}
