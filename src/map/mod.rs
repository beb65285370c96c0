//! Image to [`Map`]: the regions of an image, in order, covering every byte exactly once.

mod region;

pub use region::{Content, Detail, Kind, Region, State};
