//! Programs as regions.

use super::Look;
use crate::format::flat::{self, Packing};
use crate::format::{Parsed, elf};
use crate::image::Span;
use crate::map::region::{Content, Kind, Region, State};
use crate::map::settle::{Candidate, Evidence};
use crate::words::date;

pub fn flat(bytes: &[u8], look: &Look) -> Option<Candidate> {
    let Parsed { value, mut findings } = flat::parse(bytes).ok()?;
    let mut len = value.len();
    let is_packed = value.packing != Packing::Plain;
    let mut state = State::Plausible;
    let mut proof = None;
    let mut content = Content::Opaque;
    let limit = if is_packed { look.may_unpack() } else { None };
    if limit.is_some_and(|limit| value.unpacked_len() > limit) {
        look.leave_unchecked();
    } else if limit.is_some() {
        let mut body = flat::verify(bytes).ok()?;
        look.unpacked(body.unpacked_len);
        len = body.end;
        findings = std::mem::take(&mut body.findings);
        content = Content::Program(body);
        if findings.is_empty() {
            state = State::Verified;
            proof = Some("its packed part unpacks to the right length and CRC-32");
        }
    }
    if !findings.is_empty() {
        state = State::Damaged;
    }
    let mut region = Region::new(Kind::Flat, Span::new(0, len.min(bytes.len())), state);
    region = region.detail("unpacked", crate::words::bytes(value.unpacked_len())).detail("flags", value.flags);
    let packed_at = match value.packing {
        Packing::Gzip { time, .. } => time,
        Packing::Plain => None,
    };
    if let Some(built) = value.build_date.or(packed_at) {
        region = region.detail("built", date(i64::from(built)));
    }
    if let Some(proof) = proof {
        region = region.proved(proof);
    }
    region.content = content;
    let evidence = match state {
        State::Verified => Evidence::Verified,
        State::Damaged => Evidence::Magic,
        _ => Evidence::Parsed,
    };
    Some(Candidate { evidence, region, findings })
}

pub fn elf(bytes: &[u8], _: &Look) -> Option<Candidate> {
    let Parsed { value, findings } = elf::parse(bytes).ok()?;
    let (evidence, state) =
        if findings.is_empty() { (Evidence::Parsed, State::Plausible) } else { (Evidence::Magic, State::Damaged) };
    let region = Region::new(Kind::Elf, Span::new(0, value.len()), state)
        .detail("machine", value.machine)
        .detail("type", value.kind);
    Some(Candidate { evidence, region, findings })
}
