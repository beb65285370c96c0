//! The virtual camera.

pub mod cpu;
