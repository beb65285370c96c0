//! Reads, explains, compares and rebuilds the flash contents of W90N745 IP cameras and of other small embedded Linux
//! systems. See `ARCHITECTURE.md` for the floor plan.
#![cfg_attr(test, allow(missing_docs))]

pub mod camera;
pub mod capture;
pub mod checksum;
pub mod compare;
pub mod contents;
pub mod finding;
pub mod format;
pub mod image;
pub mod map;
pub mod recover;
pub mod render;
pub mod words;

#[doc(hidden)]
pub mod cli;
