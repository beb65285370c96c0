//! Text and JSON from the same values; nothing is decided here.

pub mod json;
pub mod text;

mod style;
