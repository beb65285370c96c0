//! Whether a firmware is for this camera: Wi-Fi chip, sensor, kernel, RAM.
//!
//! This is the one place where what is known of hardware and firmware joins the verdict. What nothing tells is claimed to
//! be unknown, and keeps nobody from flashing.

use super::Camera;
use super::claim::Claim;
use super::given::AtHand;
use super::rule::Rule;
use crate::camera::layout::Part;
use crate::words;

/// What is known of whether these parts are for this camera.
pub fn claims(at_hand: &AtHand<'_>, camera: &Camera<'_>) -> Vec<Claim> {
    let has = |part| at_hand.part(part).is_some();
    if at_hand.flash.is_none() && !has(Part::Kernel) && !has(Part::Romfs) {
        return Vec::new();
    }
    let mut ram = Claim::unknown(Rule::SuitsRam, "nothing tells how much RAM this firmware needs");
    if let Some(bytes) = &camera.board.ram_bytes {
        ram = ram.because(format!("the camera has {}: {}", words::bytes(bytes.value), bytes.source));
    }
    vec![
        Claim::unknown(Rule::SuitsWifi, "nothing tells whether it has the driver of the camera's Wi-Fi chip"),
        Claim::unknown(Rule::SuitsSensor, "nothing tells whether it has the driver of the camera's sensor"),
        Claim::unknown(Rule::SuitsKernel, "nothing tells whether its kernel is of the line that the camera came with"),
        ram,
    ]
}
