//! What happens to the bytes on the hardware.

pub mod boot_log;
pub mod fingerprint;
