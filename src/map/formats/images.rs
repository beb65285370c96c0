//! What only the boot loader knows: itself, BOOT INFO and footers.

use super::Look;
use crate::format::{Parsed, boot_info, footer};
use crate::image::{ERASE_BLOCK_BYTES, Span};
use crate::map::region::{Content, Kind, Region, State};
use crate::map::settle::{Candidate, Evidence};

/// The second and third of the boot loader's first four instructions; in the first two, only the lowest byte differs
/// between builds (packages-and-formats.md section 4, certain).
pub const BOOT_LOADER_MAGIC: &[u8] = b"\x00\x10\x80\xE5\x00\x00\x0F\xE1";

/// Where it is.
pub const BOOT_LOADER_MAGIC_AT: usize = 8;

pub fn footer(bytes: &[u8], _: &Look) -> Option<Candidate> {
    let Parsed { value, findings } = footer::parse(bytes).ok()?;
    let (evidence, state) = match value.is_valid() {
        true => (Evidence::Footer, State::Verified),
        false => (Evidence::Magic, State::Damaged),
    };
    let mut region = Region::new(Kind::Footer, Span::at(0, footer::LEN), state)
        .named(value.name.to_string())
        .detail("says", value.ls_line());
    if state == State::Verified {
        region = region.proved(format!("its own checksum 0x{:08X} holds", value.checksum));
    }
    region.content = Content::Footer(value);
    Some(Candidate { evidence, region, findings })
}

pub fn boot_info(bytes: &[u8], _: &Look) -> Option<Candidate> {
    let Parsed { value, findings } = boot_info::parse(bytes).ok()?;
    let region = Region::new(Kind::BootInfo, Span::new(0, value.len().min(bytes.len())), State::Plausible)
        .named("BOOT INFO")
        .detail("MAC address", value.mac0);
    Some(Candidate { evidence: Evidence::Parsed, region, findings })
}

/// The boot loader takes the first erase block; it ends where the rest of the block is erased.
pub fn boot_loader(bytes: &[u8], _: &Look) -> Option<Candidate> {
    let loads = |at: usize| bytes.get(at..).is_some_and(|rest| matches!(rest, [_, 0x01 | 0x11, 0x9F, 0xE5, ..]));
    if !loads(0) || !loads(4) {
        return None;
    }
    let block = Span::new(0, ERASE_BLOCK_BYTES).of(bytes);
    let len = block.iter().rposition(|&byte| byte != 0xFF).map_or(0, |last| last + 1);
    let region = Region::new(Kind::BootLoader, Span::new(0, len), State::Plausible);
    Some(Candidate { evidence: Evidence::Parsed, region, findings: Vec::new() })
}
