//! Kernels, and other things that are packed the same way, as regions.

use super::Look;
use crate::format::Parsed;
use crate::format::kernel_zip::{self, Closing, KernelZip, StreamEnd, Wrapper};
use crate::image::Span;
use crate::map::region::{Content, Kind, Region, State};
use crate::map::settle::{Candidate, Evidence};
use crate::words::{bytes as count_bytes, plural};

pub fn zip(bytes: &[u8], look: &Look) -> Option<Candidate> {
    packed(bytes, look, Kind::Zip)
}

pub fn gzip(bytes: &[u8], look: &Look) -> Option<Candidate> {
    packed(bytes, look, Kind::Gzip)
}

fn packed(bytes: &[u8], look: &Look, kind: Kind) -> Option<Candidate> {
    let Some(limit) = look.may_unpack() else {
        let region = Region::new(kind, Span::new(0, bytes.len()), State::Unchecked);
        return Some(Candidate { evidence: Evidence::Magic, region, findings: Vec::new() });
    };
    let Parsed { value, findings } = kernel_zip::parse_up_to(bytes, limit).ok()?;
    let unpacked_len = value.unpacked.map_or(0, |unpacked| unpacked.len);
    look.unpacked(unpacked_len.max(value.stream.len()));
    if value.end == StreamEnd::NotReached && unpacked_len >= limit {
        look.leave_unchecked();
    }
    let state = state_of(&value);
    let evidence = match state {
        State::Verified | State::Plausible => Evidence::Verified,
        State::Truncated => Evidence::Parsed,
        _ => Evidence::Magic,
    };
    let kind = if value.looks_like_kernel() { Kind::Kernel } else { kind };
    let mut region = Region::new(kind, Span::new(0, value.extent), state);
    if !value.name.is_empty() {
        region = region.named(&value.name);
    }
    region = described(region, &value);
    if state == State::Truncated {
        region.missing = value.missing().filter(|&missing| missing > 0);
    }
    region.content = Content::KernelZip(Box::new(value));
    Some(Candidate { evidence, region, findings })
}

fn state_of(packed: &KernelZip) -> State {
    match (packed.end, packed.closing) {
        _ if packed.is_encrypted => State::Unchecked,
        (StreamEnd::Cut, _) => State::Truncated,
        (StreamEnd::Complete, Closing::Cut { .. } | Closing::Missing { .. }) if packed.is_verified() => {
            State::Truncated
        }
        // the checksum of the first file says nothing about the others
        (StreamEnd::Complete, _) if packed.is_verified() && packed.members > 1 && !packed.looks_like_kernel() => {
            State::Plausible
        }
        (StreamEnd::Complete, _) if packed.is_verified() => State::Verified,
        (StreamEnd::NotReached, _) => State::Unchecked,
        _ => State::Damaged,
    }
}

fn described(region: Region, packed: &KernelZip) -> Region {
    let wrapper = match packed.wrapper {
        Wrapper::Zip => "zip",
        Wrapper::Gzip => "gzip",
    };
    let mut region = region;
    if let Some(unpacked) = packed.unpacked.filter(|_| packed.members == 1 || region.kind == Kind::Kernel) {
        region = region.detail("unpacked", format!("{} out of {wrapper}", count_bytes(unpacked.len)));
    }
    if let Some(banner) = &packed.banner {
        region = region.detail("banner", &banner.text);
        if let Some(built) = banner.built {
            region = region.detail("built", built.strftime("%Y-%m-%d %H:%M:%S"));
        }
    }
    if region.kind == Kind::Kernel {
        region = region.detail("boot loader", packed.boot);
    }
    let is_only_one = packed.members == 1 || region.kind == Kind::Kernel;
    if !is_only_one {
        region = region.detail("holds", plural(packed.members, "file"));
    }
    match packed.stored {
        _ if !is_only_one => region,
        Some(stored) if packed.is_verified() => {
            region.proved(format!("CRC-32 0x{:08X} of the unpacked bytes holds", stored.crc32))
        }
        Some(stored) => region.detail("CRC-32", format!("0x{:08X} as stored", stored.crc32)),
        None => region,
    }
}
