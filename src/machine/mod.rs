//! The virtual camera: a W90N745 with RAM, flash and devices, that runs what is in its flash.

mod board;
pub mod clock;
pub mod cpu;
mod devices;
mod memory;
