//! From the files that came out of one camera to whole images.
//!
//! The Foscam Clone Recovery Tool saves whole pages of 256 bytes only, and the page that was due last lands at the
//! front of the next file (captures-and-questions.md section 1.2, certain). So an image may end too early while its
//! rest opens another file. A join is made only if a checksum then proves it.

mod join;
mod set;
pub mod story;

pub use join::{Missing, Recovered, Recovery, recover, whole_capture};
pub use set::{Set, Source};
pub use story::{Chapter, Step, Story};
