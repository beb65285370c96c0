//! Reads, explains, compares and rebuilds the flash contents of W90N745 IP cameras and of other small embedded Linux
//! systems. See `README.md` for the program, and `ARCHITECTURE.md` for the floor plan.
//!
//! ```
//! use unbrick::image::Image;
//! use unbrick::map::{Inspection, Kind};
//!
//! let dumped = std::fs::read("fixtures/dump/romfs")?;
//! let inspection = Inspection::of_image(&Image::new(dumped, None));
//! let kinds: Vec<Kind> = inspection.regions.iter().map(|region| region.kind).collect();
//! assert_eq!(kinds, [Kind::CarriedPage, Kind::Romfs]);
//! # Ok::<(), std::io::Error>(())
//! ```
#![cfg_attr(test, allow(missing_docs))]

pub mod camera;
pub mod capture;
pub mod check;
pub mod checksum;
pub mod codes;
pub mod compare;
pub mod contents;
pub mod finding;
pub mod format;
pub mod image;
pub mod machine;
pub mod map;
pub mod pack;
pub mod recover;
pub mod render;
pub mod words;

#[doc(hidden)]
pub mod cli;

/// The examples of README.md are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
