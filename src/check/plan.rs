//! What to do, line by line: what to type at the boot loader's prompt, what to send, and what must come back.
//!
//! The boot loader executes a line at its 80th character; blanks in names need quotes; addresses need `0x`
//! (boot-loader.md sections 1 and 3, certain).

use serde::Serialize;

use super::Camera;
use super::claim::Verdict;
use super::given::{AtHand, Given, Route};
use super::landing::{Landing, XMODEM_BLOCK_BYTES};
use crate::camera::Place;
use crate::camera::board::Board;
use crate::camera::layout::Part;
use crate::format::boot_info;
use crate::format::footer::{self, Flags, LsRow, flashing};
use crate::image::{ERASE_BLOCK_BYTES, FLASH_BASE, FlashAddr};
use crate::map::State;
use crate::words::{self, quoted};

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "do")]
pub enum Step {
    /// Something to do elsewhere than at the prompt.
    Note {
        /// What.
        says: String,
    },
    /// A line for a shell on the computer.
    Run {
        /// The line.
        line: String,
        /// What for.
        says: String,
    },
    /// A line to type at the boot loader's prompt.
    Type {
        /// The line.
        line: String,
        /// Lines that must come back, if that tells something.
        prints: Vec<String>,
        /// What they tell.
        #[serde(skip_serializing_if = "Option::is_none")]
        says: Option<String>,
    },
    /// A file to send when the boot loader waits for it.
    Send {
        /// The file.
        file: String,
        /// Its bytes.
        bytes: usize,
        /// Blocks of 128 bytes.
        blocks: usize,
    },
}

/// All that there is to do, and what to beware of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// In this order.
    pub steps: Vec<Step>,
    /// What goes wrong easily.
    pub cautions: Vec<String>,
}

/// The plan for everything at hand; none for what will not boot, nor for a romfs of which nobody knows where it must go.
pub fn plan(verdict: Verdict, landings: &[Landing<'_>], at_hand: &AtHand<'_>, camera: &Camera<'_>) -> Plan {
    if at_hand.sources().any(|source| source.cut_update().is_some()) {
        let steps = vec![note("do not flash this: the vendor update is cut short, so download it once more")];
        return Plan { steps, cautions: Vec::new() };
    }
    if verdict == Verdict::WillNotBoot {
        let steps = std::iter::once(note("do not flash this as it is")).chain(repair(at_hand)).collect();
        return Plan { steps, cautions: Vec::new() };
    }
    let mut plan = Plan::default();
    if verdict == Verdict::Risky {
        plan.steps.push(note("only if you accept the risks above"));
    }
    if let Some(flash) = at_hand.flash {
        plan.steps.push(note(format!(
            "write `{}` into the flash chip with a programmer, from its first byte to its last; the boot loader cannot: for \
             it, take the image apart with `unbrick convert`",
            flash.file_name()
        )));
    }
    if let Some((update, _)) = at_hand.update {
        let says = format!("upload `{}` on the camera's own upgrade page, and leave the power on", update.file_name());
        plan.steps.push(note(says));
        plan.steps.push(Step::Run {
            line: format!("unbrick convert {} -o parts", quoted(&update.name)),
            says: "if the camera does not start any more, take the update apart: its parts go in through the boot loader, \
                   and `unbrick check` prints the lines"
                .to_owned(),
        });
    }
    let of = |part| landings.iter().find(|landing| landing.given.part == part && landing.given.route == Route::Console);
    if let Some(landing) = of(Part::BootLoader) {
        plan.steps.push(note(format!(
            "{} can be written with a programmer only: the boot loader takes no address below 0x7F010000",
            landing.given.name()
        )));
    }
    let images: Vec<&Landing<'_>> = [Part::Kernel, Part::Romfs].into_iter().filter_map(of).collect();
    if images.iter().any(|landing| !landing.is_placed) {
        plan.steps.push(typed("ls"));
        plan.steps
            .push(note("save what it prints to a file and check again with `--log FILE`: then the address is known"));
        return plan;
    }
    plan.steps.extend(of(Part::BootInfo).map(|landing| set_mac(landing.given)));
    plan.images(&images, camera.board);
    plan.steps.extend(of(Part::WebUi).into_iter().flat_map(|landing| web_ui(landing, camera.board)));
    let sends = plan.steps.iter().any(|step| matches!(step, Step::Send { .. }));
    plan.verify(&images, camera.board);
    if let Some(settings) = landings.iter().find(|landing| landing.given.part == Part::Settings) {
        plan.steps.push(note(format!(
            "restore {} on the camera's own backup page once it runs: it takes only the {} that its own firmware writes",
            settings.given.name(),
            words::bytes(settings.given.bytes.len())
        )));
    }
    if sends {
        plan.cautions = cautions(camera.board, &images);
    }
    plan
}

/// What may make cut or shifted dumps whole.
fn repair(at_hand: &AtHand<'_>) -> Option<Step> {
    let is_shifted = |given: &Given<'_>| given.region.is_some_and(|region| region.span.start() > given.span.start());
    let is_cut = |given: &Given<'_>| given.region.is_some_and(|region| region.state == State::Truncated);
    let mut own = at_hand.parts.iter().filter(|given| given.route != Route::Programmer);
    let is_dumped = own.any(|given| is_shifted(given) || is_cut(given));
    let files: Vec<String> = at_hand.sources().map(|source| quoted(&source.name)).collect();
    is_dumped.then(|| Step::Run {
        line: format!("unbrick convert {} -o fixed", files.join(" ")),
        says: "put cut and carried bytes back where they belong, with all files of the dump, and check again"
            .to_owned(),
    })
}

fn note(says: impl Into<String>) -> Step {
    Step::Note { says: says.into() }
}

fn typed(line: impl Into<String>) -> Step {
    Step::Type { line: line.into(), prints: Vec::new(), says: None }
}

impl Plan {
    fn images(&mut self, images: &[&Landing<'_>], board: &Board) {
        if images.is_empty() {
            return;
        }
        self.steps.extend(images.iter().flat_map(|landing| converted(landing.given)));
        if board.images.is_empty() {
            let taken = images.iter().map(|landing| landing.laid.taken());
            let taken = taken.reduce(|all, next| Place::between(all.start.min(next.start), all.end().max(next.end())));
            let says = taken
                .map(|taken| format!("write down what it lists; images other than 6 and 7 must not lie in {taken}"));
            self.steps.push(Step::Type { line: "ls".to_owned(), prints: Vec::new(), says });
        }
        let numbers = images.iter().map(|landing| landing.laid.footer.map_or(0, |(_, footer)| footer.number));
        let there = numbers.filter(|number| board.images.is_empty() || board.image(*number).is_some());
        self.steps.extend(flashing::deletions(there).map(typed));
        for landing in images {
            let Some((_, footer)) = &landing.laid.footer else { continue };
            let row = LsRow { name: name_for(landing, board), ..LsRow::from(footer) };
            self.steps.push(typed(flashing::flash(&row, "")));
            self.steps.push(send(landing.given));
        }
    }

    fn verify(&mut self, images: &[&Landing<'_>], board: &Board) {
        let new =
            images.iter().filter_map(|landing| Some(LsRow { name: name_for(landing, board), ..landing.ls_row()? }));
        let mut rows: Vec<LsRow> = new.collect();
        if rows.is_empty() {
            return;
        }
        let numbers: Vec<u32> = rows.iter().map(|row| row.number).collect();
        let kept = board.images.iter().map(|row| &row.value).filter(|row| !numbers.contains(&row.number));
        rows.extend(kept.cloned());
        rows.sort_by_key(|row| row.base);
        let prints = rows.iter().map(LsRow::to_string).collect();
        let says = format!(
            "the new sizes to the last digit: XMODEM fills files up to {XMODEM_BLOCK_BYTES} bytes; 0x80 more for each NAK \
             mean a damaged image, to be flashed again"
        );
        self.steps.push(Step::Type { line: "ls".to_owned(), prints, says: Some(says) });
        let prints = vec!["Image check finished. 0 checksum error found.".to_owned()];
        let says =
            "the flash holds what was received; whether that is what was sent, only the sizes above tell".to_owned();
        self.steps.push(Step::Type { line: "chk".to_owned(), prints, says: Some(says) });
        self.steps.push(typed("boot"));
    }
}

/// A text capture must become a binary before it can be sent.
fn converted(given: &Given<'_>) -> Option<Step> {
    let line = || format!("unbrick convert {} -o {}", quoted(&given.source.name), quoted(&sent_file(given)));
    let says = || "turn the text into the binary that it shows".to_owned();
    given.source.reading.is_capture().then(|| Step::Run { line: line(), says: says() })
}

/// The file to send: the part itself, or the binary that its capture becomes.
fn sent_file(given: &Given<'_>) -> String {
    let usual = match given.part {
        Part::Kernel => "linux.zip",
        Part::Romfs => "romfs.img",
        Part::WebUi => "webui.bin",
        _ => "part.bin",
    };
    if given.source.reading.is_capture() { usual.to_owned() } else { given.source.name.clone() }
}

fn send(given: &Given<'_>) -> Step {
    let bytes = given.bytes.len();
    Step::Send { file: sent_file(given), bytes, blocks: bytes.div_ceil(XMODEM_BLOCK_BYTES) }
}

/// The name that the image has on this camera, if it can be typed; else the one that the camera's own upgrade gives.
fn name_for(landing: &Landing<'_>, board: &Board) -> String {
    let Some((_, footer)) = &landing.laid.footer else { return String::new() };
    let now = board.image(footer.number).map(|row| row.value.name.clone());
    now.filter(|name| can_be_typed(name)).unwrap_or_else(|| footer.name.to_string())
}

fn can_be_typed(name: &str) -> bool {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '_' | '-' | ' ');
    (1..16).contains(&name.len()) && name.chars().all(is_plain) && !name.starts_with(['-', ' ']) && !name.ends_with(' ')
}

/// A web UI has no footer, and no number that `ls` shows: `fx` needs a free one all the same.
fn web_ui(landing: &Landing<'_>, board: &Board) -> Vec<Step> {
    let base = landing.laid.place.start;
    let number = (1..=5).rev().find(|number| board.image(*number).is_none()).unwrap_or(5);
    let name = "webui.bin".to_owned();
    let row = LsRow { number, name, base, size: 0, exec: base, flags: Flags::ACTIVE };
    let footer = base.checked_add(footer::place(landing.laid.bytes.len())).unwrap_or(base);
    let mut steps = vec![note(format!(
        "better upload {} on the camera's own upgrade page once the camera runs: the page checks it first",
        landing.given.name()
    ))];
    steps.extend(converted(landing.given));
    steps.push(Step::Type {
        line: flashing::flash(&row, " -nofooter"),
        prints: Vec::new(),
        says: Some(format!(
            "a web UI has no footer: without `-nofooter`, as in published lines, one is written at {footer}{}",
            if board.settings.value.blocks().encloses(Place::new(footer, footer::LEN)) {
                ", and the block of the settings is erased for it"
            } else {
                ", and `ls` lists an image that the camera knows nothing of"
            }
        )),
    });
    steps.push(send(landing.given));
    steps
}

/// BOOT INFO is written by the boot loader itself, with the MAC address that the file has.
fn set_mac(given: &Given<'_>) -> Step {
    let Ok(info) = boot_info::parse(given.bytes) else { return note("BOOT INFO cannot be read") };
    let info = info.value;
    let cache = if info.cache == 1 { "on" } else { "off" };
    Step::Type {
        line: format!("set -mac0 {} -dhcp {} -cache {cache}", info.mac0, info.dhcp),
        prints: vec!["Boot loader infomation updated.".to_owned()],
        says: Some("this rewrites BOOT INFO with the MAC address of the file, and needs no transfer".to_owned()),
    }
}

fn cautions(board: &Board, images: &[&Landing<'_>]) -> Vec<String> {
    let mut cautions = vec![
        "the line is 115200 8N1 without flow control".to_owned(),
        "send by XMODEM with CRC and blocks of 128 bytes, not XMODEM-1K, in binary mode: `lsz -X FILE` (never `-a`)".to_owned(),
        "if the sender reports a NAK, an error or a retry after the first block, cancel with Ctrl-X and start this line \
         again: the boot loader keeps the bad block, moves the rest by 128 bytes, and calls it a success (certain in its \
         source, likely in cameras)"
            .to_owned(),
        "after `Flash programming ...` it prints a dot a block and no OK; wait for the prompt, and keep the power on".to_owned(),
        "never type `del` without a number: it can delete BOOT INFO, and the MAC address with it".to_owned(),
    ];
    let replaced = images.iter().filter_map(|landing| board.image(landing.laid.footer.as_ref()?.1.number));
    let left_behind = replaced.filter_map(|row| footer_left_by_del(&row.value).map(|at| (row.value.number, at)));
    cautions.extend(left_behind.map(|(number, at)| {
        let block = at.bytes_since(FLASH_BASE).unwrap_or(0) / ERASE_BLOCK_BYTES;
        format!(
            "`del {number}` leaves the footer of image {number} behind, at {at} in a block of its own: if `ls` still lists \
             it, `del b{block}` erases that block (64 KiB blocks counted from 0)"
        )
    }));
    cautions
}

/// Where `del` leaves an image's footer: in the extra block that holds nothing else, unless the image fills its own last
/// block to the end (boot-loader.md section 3, certain in the vendor's source).
fn footer_left_by_del(row: &LsRow) -> Option<FlashAddr> {
    let in_last_block = row.len_bytes() % ERASE_BLOCK_BYTES;
    let is_extra = in_last_block > ERASE_BLOCK_BYTES - footer::LEN;
    row.base.checked_add(footer::place(row.len_bytes())).filter(|_| is_extra)
}
