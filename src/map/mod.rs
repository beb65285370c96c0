//! Image to map: the regions of an image, in order, covering every byte exactly once.
//!
//! [Formats](formats) are found by content at any offset, checked by parsing, and [settled](settle) by evidence where
//! they overlap. What lies between them is erased, zero or unknown.

mod formats;
mod inspection;
mod reading;
mod region;
mod scan;
mod settle;
#[cfg(test)]
mod tests;

pub(crate) use inspection::FOOTER_PROOF;
pub use inspection::Inspection;
pub use reading::{Body, Reading};
pub use region::{Content, ContentConfirmed, Detail, Kind, Region, State};

/// The format that starts right at the first byte, if there is one.
pub fn read_at_start(bytes: &[u8]) -> Option<Region> {
    formats::at_start(bytes, &formats::Look::full()).map(|candidate| candidate.region)
}
