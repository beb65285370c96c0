//! Two images to [`Segment`]s: every byte of both exactly once, in order, each with the [`Cause`] of its difference.
//!
//! ```text
//! Side, Side ── align ──> tracks ── stretch ──> same | gap ── rules ──> segments ── summary ──> numbers
//!                 ^ hints                                       ^ map, known bytes, labels
//! ```
//!
//! What lies inside (files of a romfs, members of a zip) is compared elsewhere, by path; it reaches the bytes as
//! [`Label`]s (this stretch is `/bin/camera`, and it changed) and as [`Hint`]s (these two stretches are the same file).
//!
//! ```
//! use unbrick::compare::{Cause, Side, segments};
//! use unbrick::image::{Span, SpanSet};
//!
//! let flashed: Vec<u8> = (0..4096_u32).flat_map(|word| word.wrapping_mul(0x9E37_79B9).to_be_bytes()).collect();
//! let dumped = [&[0xA5; 256][..], &flashed].concat();
//! let (all_flashed, all_dumped) = (SpanSet::of(Span::at(0, flashed.len())), SpanSet::of(Span::at(0, dumped.len())));
//! let segments = segments(&Side::new(&flashed, &all_flashed), &Side::new(&dumped, &all_dumped), &[]);
//! let causes: Vec<Cause> = segments.iter().map(|segment| segment.cause).collect();
//! assert_eq!(causes, [Cause::CarriedPage, Cause::Equal]);
//! ```

mod agreement;
pub mod align;
mod cause;
mod comparison;
pub mod inside;
mod known;
mod rules;
mod segment;
mod side;
mod stretch;
mod summary;
#[cfg(test)]
mod tests;
mod verdict;

pub use agreement::{Agreement, Says, agreements};
pub use align::Hint;
pub use cause::{Cause, Meaning};
pub use comparison::{Comparison, Subject};
pub use segment::{AsciiColumn, Evidence, Segment};
pub use side::{Label, Proof, Side, Which};
pub use summary::{Share, Summary};

/// Compares two images. The segments are in order and cover both exactly once. `hints` name stretches that the caller
/// knows to belong together; those that do not rise in both images are left out.
pub fn segments(old: &Side<'_>, new: &Side<'_>, hints: &[Hint]) -> Vec<Segment> {
    let known = known::KnownSame::of(hints, old.bytes.len(), new.bytes.len());
    let alignment = align::align(old.bytes, new.bytes, hints);
    let stretches = stretch::stretches(old.bytes, new.bytes, &alignment.tracks, &known);
    rules::Rules::new(old, new, &stretches).judge(&stretches)
}
