//! Whether files are safe to flash: what boot loader, kernel and camera program would do with them, claim by claim.
//!
//! Files are recognised by content ([`AtHand`]), placed on the camera's board ([`Landing`]), and held against every
//! [`Rule`]. The gravest broken rule is the [`Verdict`]; what to type follows from the same places.

mod claim;
mod flash;
mod given;
mod keeps;
mod landing;
mod plan;
mod rule;
mod starts;
mod suits;
#[cfg(test)]
mod tests;

pub use crate::format::footer::flashing::LINE_MAX_BYTES;
pub use claim::{Claim, Outcome, Verdict};
pub use given::{AtHand, Given, NotCheckable, Route};
pub use keeps::Loss;
pub use landing::Landing;
pub use plan::{Plan, Step};
pub use rule::{Question, Rule, Weight};
pub use starts::{first_program, inits_in_words};

use crate::camera::Board;
use crate::camera::boot_log::Facts;
use crate::camera::fingerprint::Fingerprint;
use crate::recover::{Set, Source};

/// The camera that something is to be flashed to.
#[derive(Debug, Clone, Copy)]
pub struct Camera<'a> {
    /// Its layout.
    pub board: &'a Board,
    /// A dump of it, if there is one.
    pub dump: Option<&'a Source>,
    /// What dump and log tell of its firmware and hardware.
    pub fingerprint: &'a Fingerprint,
    /// What a boot log of it tells besides.
    pub log: Option<&'a Facts>,
}

/// What is claimed about parts and a camera, and what comes of it.
#[derive(Debug)]
pub struct Check<'a> {
    /// What it all comes to.
    pub verdict: Verdict,
    /// Every claim, in the order of the questions.
    pub claims: Vec<Claim>,
    /// Where each part would lie.
    pub landings: Vec<Landing<'a>>,
    /// What would be lost.
    pub losses: Vec<Loss>,
    /// What to do.
    pub plan: Plan,
}

/// Holds everything at hand, recognised in `set`, against a camera.
pub fn check<'a>(at_hand: &'a AtHand<'a>, set: &Set, camera: &Camera<'_>) -> Check<'a> {
    let (landings, places) = landing::landings(at_hand, camera.board);
    let losses = keeps::losses(&landings, camera.board, camera.dump);
    let mut claims: Vec<Claim> = at_hand.parts.iter().map(starts::whole).collect();
    claims.extend(at_hand.parts.iter().flat_map(|given| starts::starts(given, camera.board, set)));
    claims.extend(at_hand.update.iter().flat_map(|(_, update)| starts::update_header(update, at_hand)));
    claims.extend(landing::room(&landings, at_hand, camera.board));
    claims.extend(places);
    if !landings.is_empty() {
        claims.extend(keeps::claims(&landings, &losses, camera.board, camera.dump));
    }
    claims.extend(at_hand.flash.iter().flat_map(|flash| flash::claims(flash, camera, set)));
    claims.extend(suits::claims(at_hand, camera));
    claims.sort_by_key(|claim| claim.question);
    let verdict = Verdict::of(&claims);
    let plan = plan::plan(verdict, &landings, at_hand, camera);
    Check { verdict, claims, landings, losses, plan }
}
