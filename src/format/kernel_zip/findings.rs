//! What is worth telling about a packed kernel.

use super::closing::Found;
use super::header::Header;
use super::{Closing, DEFLATE, KernelZip, StreamEnd, UNPACKED_MAX_BYTES, Wrapper};
use crate::finding::{Fact, Finding};
use crate::format::kernel;
use crate::image::Span;

/// What is wrong with `zip`, of which `present` bytes and what follows it are here.
pub(super) fn findings(zip: &KernelZip, header: &Header, found: Found, present: usize) -> Vec<Finding> {
    let whole = Span::new(0, zip.extent);
    let behind = Span::new(zip.stream.end(), zip.extent);
    let unpacked_len = zip.unpacked.map_or(0, |unpacked| unpacked.len);
    let mut findings = Vec::new();
    let mut find = |fact: Fact, span: Span| findings.push(Finding::new(fact, span));
    if zip.method != DEFLATE && zip.looks_like_kernel() {
        find(Fact::KernelNotDeflated { method: zip.method }, Span::at(8, 2));
    }
    match zip.end {
        StreamEnd::Cut => {
            let missing = zip.expected_len.and_then(|len| len.checked_sub(present)).filter(|missing| *missing > 0);
            find(Fact::KernelTruncated { missing }, Span::at(zip.extent, 0));
        }
        StreamEnd::Corrupt { offset } => find(Fact::KernelCorrupt { offset }, Span::at(offset, 1)),
        StreamEnd::NotReached if unpacked_len >= UNPACKED_MAX_BYTES && !zip.looks_like_kernel() => {
            find(Fact::ZipNotChecked { limit: UNPACKED_MAX_BYTES }, whole);
        }
        StreamEnd::NotReached | StreamEnd::Complete => {}
    }
    if let (StreamEnd::Complete, Some(stored), Some(unpacked)) = (zip.end, zip.stored, zip.unpacked)
        && stored.crc32 != unpacked.crc32
    {
        find(Fact::KernelCrc { stored: stored.crc32, computed: unpacked.crc32 }, zip.stream);
    }
    if zip.end != StreamEnd::Cut {
        match (zip.wrapper, zip.closing) {
            (_, Closing::Whole) => {}
            (_, Closing::Damaged) => find(Fact::KernelDirectoryDamaged {}, behind),
            (Wrapper::Zip, _) => find(Fact::KernelDirectoryMissing {}, behind),
            (Wrapper::Gzip, _) => find(Fact::KernelTrailerMissing {}, behind),
        }
    }
    if zip.looks_like_kernel() {
        if zip.members > 1 {
            find(Fact::KernelExtraMembers { count: zip.members }, whole);
        }
        if unpacked_len > kernel::MAX_BYTES {
            find(Fact::KernelTooBig { len: unpacked_len, limit: kernel::MAX_BYTES }, whole);
        }
    }
    if let (Found::Displaced { by }, Some(first)) = (found, findings.first_mut()) {
        let (bytes, what) = (by.unsigned_abs(), if by < 0 { "lost from" } else { "too many in" });
        first.evidence.push(format!("{bytes} bytes are {what} the stream: the central directory shows it"));
    }
    if let Some(first) = findings.first_mut() {
        first.evidence.extend(header.evidence());
    }
    findings
}
