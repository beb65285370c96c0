//! One file a device: its registers as the binaries use them, and what it does in time.
//!
//! A device knows no other device. It is read and written at offsets from its own base, is told the time where it
//! matters, says when it has to act next, and whether it pulls its interrupt line.

pub mod aic;
pub mod ethernet;
pub mod flash;
pub mod gpio;
pub mod i2c;
pub mod registers;
pub mod system;
pub mod timers;
pub mod uart;
pub mod usb_camera;
pub mod usb_host;
