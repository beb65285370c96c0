//! Answers for people: the answer first, the evidence under it, one idea a line.

mod bars;
mod boot;
mod changes;
mod check;
mod comparison;
mod dumps;
mod inspection;
mod listing;
mod recovery;
mod story;
mod table;
mod wrap;

pub use boot::boot;
pub use check::check;
pub use comparison::{ComparisonView, Extent, comparison};
pub use dumps::{DumpsView, dumps};
pub use inspection::inspections;
pub use listing::{extraction, listing};
pub use recovery::recovery;
pub use story::story;
