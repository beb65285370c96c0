//! Compare.

pub mod align;
mod cause;

pub use cause::{Cause, Meaning};
