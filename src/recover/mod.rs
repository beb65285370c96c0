//! From the files that came out of one camera to whole images.
//!
//! The Foscam Clone Recovery Tool saves whole pages of 256 bytes only, and the page that was due last lands at the
//! front of the next file (captures-and-questions.md section 1.2, certain). So an image may end too early while its
//! rest opens another file. A join is made only if a checksum then proves it.

mod display;
mod examined;
mod group;
mod images;
mod join;
mod locate;
mod memory;
mod missing;
mod proof;
pub mod redact;
pub mod repair;
mod set;
pub mod story;
#[cfg(test)]
mod tests;
mod whole;

pub use display::command;
pub use examined::{Examined, Secrets, SettingsBlock, Together, speaks_against, together};
pub use images::holds_images;
pub use join::{Recovered, Recovery, recover};
pub use missing::Missing;
pub use proof::{Proved, covered};
pub use repair::{GaveUp, Repair};
pub use set::{LeftOut, Set, Source, packed_files};
pub(crate) use story::steps;
pub use story::{Chapter, Row, Step, Story};
pub use whole::whole_captures;
