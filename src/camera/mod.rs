//! What happens to the bytes on the hardware: how a camera's flash is laid out, what its console says, and which firmware
//! is for it.

pub mod board;
pub mod boot_log;
pub mod fingerprint;
mod known;
pub mod layout;
mod place;

pub use board::{Board, Clues, Model, Tenant};
pub use known::{Certainty, Known};
pub use place::Place;
