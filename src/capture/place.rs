//! Where a capture lies whose lines do not tell it, once something else does.

use super::{Addresses, Capture};
use crate::finding::Fact;
use crate::image::{FlashAddr, Image};

impl Capture {
    /// What its lines' numbers say of the image's first byte: its address, or what they count from something else; 0 if
    /// they have none.
    pub(crate) fn first_number(&self) -> FlashAddr {
        match (self.image.address(), self.addresses) {
            (Some(address), _) => address,
            (None, Addresses::Offsets { first }) => FlashAddr(first),
            (None, Addresses::Printed | Addresses::None) => FlashAddr(0),
        }
    }

    /// Puts the image at a flash address that its content proves.
    pub fn place(&mut self, address: FlashAddr) {
        let moved = address.0.wrapping_sub(self.first_number().0);
        for finding in &mut self.findings {
            move_by(&mut finding.fact, moved);
        }
        self.readings.move_by(moved);
        self.image = std::mem::replace(&mut self.image, Image::new(Vec::new(), None)).at(address);
    }
}

/// Moves the addresses that a finding about a capture's lines tells.
fn move_by(fact: &mut Fact, bytes: u32) {
    let shift = |address: &mut FlashAddr| address.0 = address.0.wrapping_add(bytes);
    match fact {
        Fact::CaptureGap { start, end, .. } => {
            shift(start);
            shift(end);
        }
        Fact::CaptureConflict { address, .. }
        | Fact::CaptureAsciiMismatch { address, .. }
        | Fact::CaptureRepeatedPage { address }
        | Fact::CaptureBadLine { address, .. }
        | Fact::CaptureBadChecksum { address, .. }
        | Fact::CaptureCutPage { address, .. } => shift(address),
        // what lies apart counts from something else
        _ => {}
    }
}
