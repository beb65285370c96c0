//! What speaks for and against flashing, for programs.

use serde::Serialize;

use crate::camera::layout::Part;
use crate::camera::{Board, Place};
use crate::check::{AtHand, Check, Claim, Landing, Loss, Plan, Verdict};
use crate::finding::Finding;
use crate::format::footer::LsRow;
use crate::image::FlashAddr;
use crate::map::Kind;

/// `unbrick check --format json`.
#[derive(Debug, Serialize)]
pub struct Checked<'a> {
    schema: &'static str,
    verdict: Verdict,
    /// The claims that make the verdict what it is, by what they say.
    because: Vec<&'a str>,
    board: &'a Board,
    files: Vec<File<'a>>,
    places: Vec<PlaceView<'a>>,
    claims: &'a [Claim],
    losses: &'a [Loss],
    #[serde(flatten)]
    plan: &'a Plan,
    findings: &'a [Finding],
}

#[derive(Debug, Serialize)]
struct File<'a> {
    path: &'a str,
    size: usize,
    kind: Kind,
}

#[derive(Debug, Serialize)]
struct PlaceView<'a> {
    path: &'a str,
    part: Part,
    /// Bytes of the part itself.
    size: usize,
    /// Where it lies in the flash, XMODEM's filling included; `null` if nobody knows.
    place: Option<Place>,
    footer_at: Option<FlashAddr>,
    /// What the boot loader's `ls` will print for it.
    ls: Option<LsRow>,
}

impl<'a> Checked<'a> {
    /// The document about what is at hand.
    pub fn of(at_hand: &AtHand<'a>, checked: &'a Check<'a>, board: &'a Board, findings: &'a [Finding]) -> Self {
        let file = |source: &'a crate::recover::Source| File {
            path: &source.name,
            size: source.reading.file().len(),
            kind: if source.reading.is_capture() { Kind::Capture } else { source.inspection.kind },
        };
        Self {
            schema: "unbrick.check/1",
            verdict: checked.verdict,
            because: checked.verdict.reasons(&checked.claims).map(|claim| claim.says.as_str()).collect(),
            board,
            files: at_hand.sources().map(file).collect(),
            places: checked.landings.iter().map(PlaceView::of).collect(),
            claims: &checked.claims,
            losses: &checked.losses,
            plan: &checked.plan,
            findings,
        }
    }
}

impl<'a> PlaceView<'a> {
    fn of(landing: &'a Landing<'a>) -> Self {
        let known = landing.is_placed;
        Self {
            path: &landing.given.source.name,
            part: landing.given.part,
            size: landing.given.bytes.len(),
            place: known.then_some(landing.laid.place),
            footer_at: landing.laid.footer.filter(|_| known).map(|(at, _)| at),
            ls: landing.ls_row().filter(|_| known),
        }
    }
}
