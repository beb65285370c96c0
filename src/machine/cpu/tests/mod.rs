//! What the CPU promises.
