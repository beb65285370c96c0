//! From the files that came out of one camera to whole images.
//!
//! The Foscam Clone Recovery Tool saves whole pages of 256 bytes only, and the page that was due last lands at the
//! front of the next file (captures-and-questions.md section 1.2, certain). So an image may end too early while its
//! rest opens another file. A join is made only if a checksum then proves it.

mod join;
mod memory;
mod missing;
mod proof;
pub mod repair;
mod set;
pub mod story;
#[cfg(test)]
mod tests;
mod whole;

pub use join::{Recovered, Recovery, recover};
pub use missing::{Missing, command};
pub use proof::{Proved, covered};
pub use repair::{GaveUp, Repair};
pub use set::{Set, Source};
pub use story::{Chapter, Row, Step, Story};
pub use whole::whole_captures;
