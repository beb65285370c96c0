//! Answers for people: the answer first, the evidence under it, one idea a line.

mod bars;
mod comparison;
mod inspection;
mod listing;
mod recovery;
mod story;
mod table;
mod wrap;

pub use comparison::{ComparisonView, comparison};
pub use inspection::inspections;
pub use listing::{extraction, listing};
pub use recovery::recovery;
pub use story::story;
