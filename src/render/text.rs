//! Answers for people: the answer first, the evidence under it, one idea a line.

mod bars;
mod boot;
mod capture;
mod changes;
mod check;
mod codes;
mod comparison;
mod dumps;
mod fingerprint;
mod inspection;
mod listing;
mod packed;
mod recovery;
mod redaction;
mod story;
mod table;
mod wrap;

pub use boot::{boot, boots};
pub use check::check;
pub use codes::codes;
pub use comparison::{ComparisonView, Extent, comparison};
pub use dumps::{DumpsView, dumps};
pub use inspection::{InspectionView, inspections};
pub use listing::{extraction, listing};
pub use packed::packed;
pub use recovery::recovery;
pub use redaction::{RedactedView, redactions};
pub use story::story;
