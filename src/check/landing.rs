//! Where each part would come to lie in the camera's flash, and whether there is room.

use super::claim::Claim;
use super::given::{AtHand, Given, Route};
use super::rule::Rule;
use crate::camera::Known;
use crate::camera::Place;
use crate::camera::board::Board;
use crate::camera::layout::{Laid, LayoutError, Part};
use crate::format::footer::{self, KERNEL_BASE, LsRow};
use crate::image::{ERASE_BLOCK_BYTES, FlashAddr};
use crate::words;

/// XMODEM sends blocks of this many bytes, and all of them become part of the image (boot-loader.md section 3.1, certain).
pub const XMODEM_BLOCK_BYTES: usize = 128;

/// What senders fill the last block up with (boot-loader.md section 3.1, certain).
const XMODEM_FILL: u8 = 0x1A;

/// A part where it would lie.
#[derive(Debug, Clone)]
pub struct Landing<'a> {
    /// The part.
    pub given: &'a Given<'a>,
    /// Its bytes as they would be in the flash, what XMODEM adds included; its place and footer.
    pub laid: Laid<'a>,
    /// Whether the place is known: if not, it is the first that is possible.
    pub is_placed: bool,
}

impl Landing<'_> {
    /// The erase blocks that writing it erases.
    pub fn erased(&self) -> Place {
        self.laid.taken().blocks()
    }

    /// What `ls` will print for it.
    pub fn ls_row(&self) -> Option<LsRow> {
        self.laid.footer.as_ref().map(|(_, footer)| LsRow::from(footer))
    }
}

/// The bytes of a part as they would be in the flash.
pub fn in_flash<'a>(given: &Given<'a>) -> std::borrow::Cow<'a, [u8]> {
    let len = given.bytes.len().next_multiple_of(XMODEM_BLOCK_BYTES);
    if given.route != Route::Console || len == given.bytes.len() {
        return given.bytes.into();
    }
    let mut sent = given.bytes.to_vec();
    sent.resize(len, XMODEM_FILL);
    sent.into()
}

/// Places all parts on the board, and says of each address why it is the right one.
pub fn landings<'a>(at_hand: &'a AtHand<'a>, board: &Board) -> (Vec<Landing<'a>>, Vec<Claim>) {
    let mut claims = Vec::new();
    let kernel = at_hand.part(Part::Kernel);
    let mut landings: Vec<Landing<'a>> = Vec::new();
    for given in &at_hand.parts {
        let start = match given.part {
            Part::BootLoader => Some(board.boot_loader.value.start),
            Part::BootInfo => Some(board.boot_info.value.start),
            Part::WebUi => Some(board.web_ui.value.start),
            Part::Settings => Some(board.settings.value.start),
            Part::Kernel => {
                let (base, claim) = kernel_base(given, at_hand, board);
                claims.push(claim);
                Some(base)
            }
            Part::Romfs => {
                let (base, claim) = romfs_base(given, kernel, board);
                claims.push(claim);
                base
            }
        };
        // nothing can start before this: a kernel takes at least one erase block
        let start_at = start.or(KERNEL_BASE.checked_add(ERASE_BLOCK_BYTES)).unwrap_or(KERNEL_BASE);
        let laid = Laid::at(given.part, start_at, in_flash(given));
        landings.push(Landing { given, laid, is_placed: start.is_some() });
    }
    (landings, claims)
}

fn kernel_base(given: &Given<'_>, at_hand: &AtHand<'_>, board: &Board) -> (FlashAddr, Claim) {
    let name = given.name();
    match board.image(7).filter(|_| at_hand.part(Part::Romfs).is_none()) {
        Some(row) => {
            let base = row.value.base;
            let says = format!("{name} goes to {base}, where the camera's kernel is now");
            (base, Claim::holds(Rule::KernelAddress, says).resting_on(row))
        }
        None => (KERNEL_BASE, Claim::holds(Rule::KernelAddress, format!("{name} goes to {KERNEL_BASE}"))),
    }
}

/// Where a romfs must go; `None` if that depends on a kernel that nothing tells of.
fn romfs_base(given: &Given<'_>, kernel: Option<&Given<'_>>, board: &Board) -> (Option<FlashAddr>, Claim) {
    let name = given.name();
    let place = |base: FlashAddr, why: String| format!("{name} goes to {base}, {why}");
    if let Some(kernel) = kernel {
        let base = footer::romfs_base(in_flash(kernel).len()).unwrap_or(FlashAddr(u32::MAX));
        let by_upgrade = footer::romfs_base(kernel.bytes.len()).unwrap_or(base);
        let says = place(base, format!("the first erase block behind {} and its footer", kernel.name()));
        let claim = Claim::holds(Rule::RomfsAddress, says);
        return match base == by_upgrade {
            true => (Some(base), claim),
            false => {
                let evidence = format!(
                    "the camera's own upgrade would put it to {by_upgrade}; sent by XMODEM, the kernel is filled up to \
                     {}, and its footer moves to the next block",
                    words::bytes(in_flash(kernel).len())
                );
                (Some(base), claim.because(evidence))
            }
        };
    }
    let now = board.romfs.as_ref();
    match (board.image(7), now) {
        (Some(kernel), Some(now)) if now.value.start < kernel.value.base => {
            let says = place(now.value.start, "where the camera's romfs is now, before the kernel".to_owned());
            (Some(now.value.start), Claim::holds(Rule::RomfsAddress, says).resting_on(now))
        }
        (Some(kernel), _) => {
            let row = &kernel.value;
            let base = row.base.checked_add(footer::place(row.len_bytes()).saturating_add(footer::LEN));
            let base = base.unwrap_or(FlashAddr(u32::MAX));
            let says = place(base, "the first erase block behind the camera's kernel and its footer".to_owned());
            let mut claim = Claim::holds(Rule::RomfsAddress, says).because(format!("{}: `{row}`", kernel.from));
            if let Some(now) = now.filter(|now| now.value.start != base) {
                claim = claim.because(format!("the camera's romfs is at {} now", now.value.start));
            }
            (Some(base), claim)
        }
        (None, Some(now)) => {
            let says = place(now.value.start, "where the camera's romfs is now".to_owned());
            (Some(now.value.start), Claim::holds(Rule::RomfsAddress, says).resting_on(now))
        }
        (None, None) => {
            let says = format!("{name} must follow the camera's kernel, and nothing tells where that ends");
            let claim = Claim::unknown(Rule::RomfsAddress, says).because(
                "0x7F0D0000 and 0x7F0E0000 are usual; give the kernel as well, or what `ls` prints with `--log`",
            );
            (None, claim)
        }
    }
}

/// Whether the parts have room, in their own places and before what stays.
pub fn room(landings: &[Landing<'_>], at_hand: &AtHand<'_>, board: &Board) -> Vec<Claim> {
    let mut claims = Vec::new();
    for landing in landings {
        claims.push(in_the_flash(landing, board));
        claims.push(own_room(landing, board));
        if landing.given.part == Part::Kernel && at_hand.part(Part::Romfs).is_none() {
            claims.push(before_romfs(landing, board));
        }
    }
    claims.extend(at_hand.update.map(|(source, _)| {
        let (len, limit) = (source.image().len(), &board.upload_limit);
        let takes = format!("the camera's upgrade page takes files of up to {}", words::bytes(limit.value));
        let has = format!("`{}` has {}", source.file_name(), words::count(len));
        let claim = match len <= limit.value {
            true => Claim::holds(Rule::UploadSize, format!("{takes}, and {has}")),
            false => Claim::fails(Rule::UploadSize, format!("{takes}, but {has}")),
        };
        claim.resting_on(limit)
    }));
    claims
}

fn in_the_flash(landing: &Landing<'_>, board: &Board) -> Claim {
    let (name, end, flash_end) = (landing.given.name(), landing.laid.taken().end(), board.flash().end());
    let claim = match end <= flash_end {
        true => Claim::holds(Rule::InFlash, format!("{name} ends at {end}, and the flash at {flash_end}")),
        false => {
            let first = if landing.is_placed { "" } else { ", even behind the smallest kernel" };
            let says = format!("{name} would end at {end}{first}, but the flash ends at {flash_end}");
            Claim::fails(Rule::InFlash, says).because("the boot loader would answer `ERROR: Write failed.`")
        }
    };
    claim.resting_on(&board.flash_bytes)
}

fn own_room(landing: &Landing<'_>, board: &Board) -> Claim {
    let Landing { given, laid, .. } = landing;
    let (name, taken) = (given.name(), laid.taken());
    if !matches!(given.part, Part::Kernel | Part::Romfs) {
        return own_place(landing, board);
    }
    let (room, other) = board.image_room();
    let limit = room.value.end();
    let claim = match laid.ensure_room(board) {
        Err(error) => {
            let first = if landing.is_placed { "" } else { ", even behind the smallest kernel" };
            Claim::fails(Rule::BelowOthers, format!("{name} does not fit{first}: {error}"))
        }
        Ok(()) if landing.is_placed => {
            let left = words::bytes(limit.bytes_since(taken.end()).unwrap_or(0));
            let says = format!("{name} and its footer end at {}, {left} below the place of the {other}", taken.end());
            Claim::holds(Rule::BelowOthers, says)
        }
        Ok(()) => {
            let last = FlashAddr(limit.0.saturating_sub(u32::try_from(taken.len_bytes).unwrap_or(u32::MAX)));
            let says = format!(
                "nothing tells where {name} is to lie; it fits below the {other} if it starts at {last} or before"
            );
            Claim::unknown(Rule::BelowOthers, says)
        }
    };
    claim.resting_on(&room)
}

fn own_place(landing: &Landing<'_>, board: &Board) -> Claim {
    let Landing { given, laid, .. } = landing;
    let tenants = [
        (Part::BootLoader, &board.boot_loader),
        (Part::BootInfo, &board.boot_info),
        (Part::WebUi, &board.web_ui),
        (Part::Settings, &board.settings),
    ];
    let own = tenants.into_iter().find(|(part, _)| *part == given.part).map_or(&board.settings, |(_, place)| place);
    let claim = match laid.ensure_room(board) {
        Ok(()) => {
            let (len, most) = (words::count(given.bytes.len()), words::bytes(own.value.len_bytes));
            Claim::holds(Rule::OwnPlace, format!("{} has {len} of at most {most}", given.name()))
        }
        Err(LayoutError::TooBig { len, place, .. }) => {
            let too_many = words::bytes(len.saturating_sub(place.len_bytes));
            let says = format!("{} is {too_many} larger than its place {place}", given.name());
            Claim::fails(Rule::OwnPlace, says)
        }
        Err(error) => Claim::fails(Rule::OwnPlace, error.to_string()),
    };
    claim.resting_on(own)
}

/// A kernel that is flashed alone must end before the romfs that stays.
fn before_romfs(landing: &Landing<'_>, board: &Board) -> Claim {
    let (name, taken) = (landing.given.name(), landing.laid.taken());
    let Some(romfs) = &board.romfs else {
        let says = format!("{name} takes all up to {}, and nothing tells where the camera's romfs starts", taken.end());
        return Claim::unknown(Rule::BeforeRomfs, says)
            .because("give what `ls` prints with `--log`, or flash the romfs anew as well");
    };
    let place = romfs.value;
    let claim = match taken.overlap(place) {
        None => Claim::holds(Rule::BeforeRomfs, format!("{name} and its footer leave the romfs at {place} alone")),
        Some(shared) => {
            let says =
                format!("{name} would reach {} into the romfs at {}", words::bytes(shared.len_bytes), place.start);
            Claim::fails(Rule::BeforeRomfs, says)
                .because(format!("the boot loader would refuse it; flash the romfs anew as well, at {}", taken.end()))
        }
    };
    claim.resting_on(romfs)
}

/// Where an image of the camera lies, up to the end of its footer.
pub fn image_place(row: &Known<LsRow>) -> Place {
    let row = &row.value;
    Place::new(row.base, footer::place(row.len_bytes()).saturating_add(footer::LEN))
}
