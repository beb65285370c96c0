//! What tells the board of a camera, from several sources, and what comes of it.

use super::{Board, CAMERA_PROGRAM, Model, SETTINGS_BASE, SmallBlocks, fixed_places, kernel_end};
use crate::camera::Place;
use crate::camera::{Certainty, Known};
use crate::finding::{Fact, Finding};
use crate::format::footer::LsRow;
use crate::image::{ERASE_BLOCK_BYTES, FLASH_MAX_BYTES, Span};
use crate::words;

/// The number of the image that holds the romfs.
pub(super) const ROMFS: u32 = 6;

/// Everything that sources say about a board; they may contradict each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clues {
    /// Bytes of flash.
    pub flash_bytes: Vec<Known<usize>>,
    /// Where small erase blocks are.
    pub small_blocks: Vec<Known<SmallBlocks>>,
    /// Bytes of RAM.
    pub ram_bytes: Vec<Known<usize>>,
    /// Where a web UI stands, and its bytes.
    pub web_ui: Vec<Known<Place>>,
    /// Where camera settings stand, and their bytes.
    pub settings: Vec<Known<Place>>,
    /// Images by footers or `ls`.
    pub images: Vec<Known<LsRow>>,
    /// Where a kernel found its romfs.
    pub romfs: Vec<Known<Place>>,
    /// What a source says about its own images that cannot all be true.
    pub findings: Vec<Finding>,
}

impl Clues {
    /// What the user names.
    pub fn of_model(model: Model) -> Self {
        let flash_bytes = Known::certain(model.flash_bytes(), format!("the board named, {model}"));
        Self { flash_bytes: vec![flash_bytes], ..Self::default() }
    }

    /// These clues and others; where neither is surer, these go first.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.flash_bytes.extend(other.flash_bytes);
        self.small_blocks.extend(other.small_blocks);
        self.ram_bytes.extend(other.ram_bytes);
        self.web_ui.extend(other.web_ui);
        self.settings.extend(other.settings);
        self.images.extend(other.images);
        self.romfs.extend(other.romfs);
        self.findings.extend(other.findings);
        self
    }

    /// The board that the surest clues tell of; every contradiction is a finding, and so is a size that nothing tells.
    pub fn settle(self) -> (Board, Vec<Finding>) {
        let mut findings = self.findings;
        let by_images = self.images.iter().filter_map(size_by_image);
        let sizes: Vec<Known<usize>> = self.flash_bytes.into_iter().chain(by_images).collect();
        let flash_bytes = surest(&sizes, "the size of the flash", |size| words::bytes(*size), &mut findings);
        let flash_bytes = flash_bytes.unwrap_or_else(|| {
            let smaller = Model::TwoMegabytes.flash_bytes();
            findings.push(Finding::new(Fact::BoardSizeUnknown { len: smaller }, Span::default()));
            Known::assumed(smaller, "nothing tells; the smaller of the known layouts")
        });
        let model = Model::of_flash(flash_bytes.value);
        let by_program = match model.flash_bytes() == flash_bytes.value {
            true => Known::certain((), CAMERA_PROGRAM),
            false => Known::assumed((), format!("{CAMERA_PROGRAM}, for {model} of flash")),
        };
        let (boot_loader, boot_info) = fixed_places();
        let web_ui = by_program.map(|()| model.web_ui());
        let web_ui = moved(web_ui, &self.web_ui, "the place of the web UI", &mut findings);
        let settings = by_program.map(|()| Place::new(SETTINGS_BASE, ERASE_BLOCK_BYTES));
        let settings = moved(settings, &self.settings, "the place of the settings", &mut findings);
        let ram_bytes = surest(&self.ram_bytes, "the size of the RAM", |size| words::bytes(*size), &mut findings);
        let by_footer = self.images.iter().filter(|row| row.value.number == ROMFS);
        let by_footer = by_footer.map(|row| row.map(|row| Place::new(row.base, row.len_bytes())));
        let romfs = by_footer.chain(self.romfs).next();
        let images = settled_images(self.images, flash_bytes.value, &mut findings);
        let small_blocks = surest(&self.small_blocks, "the erase blocks", |_| String::new(), &mut findings);
        let board = Board {
            model,
            small_blocks: small_blocks
                .unwrap_or_else(|| Known::assumed(SmallBlocks::None, "nothing tells; it matters in one block only")),
            ram_bytes,
            boot_loader,
            boot_info,
            web_ui,
            settings,
            upload_limit: by_program.map(|()| model.upload_limit()),
            kernel_end: kernel_end(),
            images,
            romfs,
            flash_bytes,
        };
        (board, findings)
    }
}

/// An image that reaches beyond the end of a smaller flash tells that the flash is larger.
fn size_by_image(row: &Known<LsRow>) -> Option<Known<usize>> {
    let end = Place::new(row.value.base, row.value.len_bytes()).in_flash()?.end();
    let (small, large) = (Model::TwoMegabytes.flash_bytes(), Model::FourMegabytes.flash_bytes());
    let is_beyond = end > small && end <= FLASH_MAX_BYTES;
    let source = || format!("image {} ends behind the first 2 MB ({})", row.value.number, row.from);
    is_beyond.then(|| Known { value: large, from: source().into(), certainty: Certainty::Likely })
}

/// The surest of what is said; whatever contradicts it is a finding.
fn surest<T: Clone + PartialEq>(
    said: &[Known<T>],
    what: &str,
    shown: impl Fn(&T) -> String,
    findings: &mut Vec<Finding>,
) -> Option<Known<T>> {
    // of equals, `max_by_key` takes the last
    let best = said.iter().rev().max_by_key(|clue| clue.certainty)?;
    for other in said.iter().filter(|other| other.value != best.value) {
        let told = |clue: &Known<T>| format!("{} ({})", shown(&clue.value), clue.from);
        let fact = Fact::BoardContradiction { what: what.to_owned(), one: told(best), other: told(other) };
        findings.push(Finding::new(fact, Span::default()));
    }
    Some(best.clone())
}

/// The place by the table, unless the camera shows the thing elsewhere: then it is taken to have the room up to the end
/// of its last erase block.
fn moved(by_table: Known<Place>, shown: &[Known<Place>], what: &str, findings: &mut Vec<Finding>) -> Known<Place> {
    let Some(shown) = surest(shown, what, |place| place.start.to_string(), findings) else { return by_table };
    if shown.value.start == by_table.value.start {
        return Known { value: by_table.value, ..shown };
    }
    let there = shown.value.blocks();
    let fact = Fact::BoardContradiction {
        what: what.to_owned(),
        one: format!("{} ({})", shown.value.start, shown.from),
        other: format!("{} ({})", by_table.value.start, by_table.from),
    };
    findings.push(Finding::new(fact, Span::default()));
    Known { value: there, ..shown }
}

/// Images without repetitions. Sources that have the same image otherwise, images that lie on each other, and images
/// that reach behind the flash are contradictions.
fn settled_images(said: Vec<Known<LsRow>>, flash_bytes: usize, findings: &mut Vec<Finding>) -> Vec<Known<LsRow>> {
    let mut images: Vec<Known<LsRow>> = Vec::new();
    let mut contradict = |what: String, one: String, other: String| {
        findings.push(Finding::new(Fact::BoardContradiction { what, one, other }, Span::default()));
    };
    for row in said {
        let number = row.value.number;
        match images.iter().find(|known| known.value.number == number) {
            None => images.push(row),
            Some(known) if known.value == row.value => {}
            Some(known) => {
                let told = |row: &Known<LsRow>| format!("`{}` ({})", row.value, row.from);
                contradict(format!("image {number}"), told(known), told(&row));
            }
        }
    }
    let place = |row: &LsRow| Place::new(row.base, row.len_bytes());
    let told = |row: &LsRow| format!("image {} at {}", row.number, place(row));
    for (index, row) in images.iter().enumerate() {
        let end = place(&row.value).in_flash().map_or(usize::MAX, Span::end);
        if end > flash_bytes {
            contradict("where the flash ends".to_owned(), words::bytes(flash_bytes), told(&row.value));
        }
        let others = images.iter().skip(index + 1);
        for other in others.filter(|other| place(&other.value).overlap(place(&row.value)).is_some()) {
            contradict("which image lies where".to_owned(), told(&row.value), told(&other.value));
        }
    }
    images.sort_by_key(|row| row.value.base);
    images
}
