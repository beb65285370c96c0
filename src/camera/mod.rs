//! What happens to the bytes on the hardware: how a camera's flash is laid out, what its console says, and what it would
//! do with a file.

pub mod board;
pub mod boot_log;
pub mod check;
pub mod layout;
mod place;
mod sourced;

pub use board::{Board, Clues, Model, Tenant};
pub use place::Place;
pub use sourced::{Certainty, Sourced};
