//! The boot loader's rules, for a flash that holds no boot loader: most dumps lack it.
//!
//! ```text
//! power on -> three seconds in which ESC or B leads to the prompt -> images 1 to 7 -> the kernel, or the prompt
//! ```
//!
//! What it prints is what every boot loader of these cameras prints; its banner, which differs, is left out
//! (boot-loader.md sections 1.1 and 1.2, certain).

mod prompt;

use std::net::Ipv4Addr;

use super::board::Board;
use super::clock::INSTRUCTIONS_PER_SECOND;
use super::memory::Memory;
use crate::format::boot_info::{self, BootInfo, Mac};
use crate::format::footer::{self, Flags, Footer};
use crate::format::kernel_zip::{UnzipVerdict, unzip_as_boot_loader};
use crate::image::{FLASH_BASE, FlashAddr, Span};

use prompt::Prompt;

/// What is printed while ESC leads to the prompt, in front of the dots.
const ESC_WAIT: &str = "\n\nPress ESC to enter debug mode ";

/// A dot each half second, and a look at the key that was pressed.
const DOTS: u8 = 6;
const DOT: u64 = INSTRUCTIONS_PER_SECOND / 2;

/// How long it waits for a key after power-on: nothing else is printed before.
pub const KEY_WAIT: u64 = DOTS as u64 * DOT;

const ESC: u8 = 0x1B;

/// Where the boot loader keeps its settings.
const BOOT_INFO_BASE: FlashAddr = FlashAddr(0x7F01_0000);

/// What it puts into the settings that it writes itself when it finds none (boot-loader.md section 2.2, certain).
const LOST_MAC: Mac = Mac([0, 0, 0, 0, 0, 1]);

/// The rules in charge.
#[derive(Debug)]
pub struct Loader {
    state: State,
}

#[derive(Debug)]
enum State {
    PowerOn,
    Waiting { dots: u8, until: u64 },
    Prompt(Prompt),
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing before this time.
    At(u64),
    /// Nothing before somebody types.
    Input,
    /// A program at this address.
    Start(u32),
    /// All over again.
    Reset,
}

impl Loader {
    /// The boot loader at power-on.
    pub fn new() -> Self {
        Self { state: State::PowerOn }
    }

    /// Whether it is at its prompt.
    pub fn is_at_prompt(&self) -> bool {
        matches!(self.state, State::Prompt(_))
    }

    /// Goes on as far as it can at the time `now`; what it prints goes to the console.
    pub fn advance(&mut self, board: &mut Board, now: u64) -> Next {
        loop {
            match &mut self.state {
                State::PowerOn => {
                    greet(board);
                    board.print(".");
                    self.state = State::Waiting { dots: 1, until: now.saturating_add(DOT) };
                }
                State::Waiting { until, .. } if *until > now => return Next::At(*until),
                State::Waiting { dots, until } => {
                    let key = board.uart0.take_typed();
                    if matches!(key, Some(ESC | b'b' | b'B')) {
                        return self.show_prompt(board);
                    }
                    if *dots < DOTS {
                        board.print(".");
                        *dots += 1;
                        *until = until.saturating_add(DOT);
                        continue;
                    }
                    board.print("\n");
                    return match boot(board) {
                        Some(start) => Next::Start(start),
                        None => self.show_prompt(board),
                    };
                }
                State::Prompt(prompt) => return prompt.advance(board),
            }
        }
    }

    fn show_prompt(&mut self, board: &mut Board) -> Next {
        let mut prompt = Prompt::new(board);
        let next = prompt.advance(board);
        self.state = State::Prompt(prompt);
        next
    }
}

/// Everything up to the first dot.
fn greet(board: &mut Board) {
    let footers = footer::installed(board.flash.bytes());
    if image(&footers, boot_info::IMAGE_NUMBER).is_none() {
        board.print("\nWARNING: Image 0 was not found. Try to create one ... \n.Image 0 created\n");
        create_boot_info(board);
    }
    board.print(ESC_WAIT);
}

/// Writes the settings that the boot loader makes up, with their footer.
fn create_boot_info(board: &mut Board) {
    let info = BootInfo {
        cache: 0,
        baud: Some(115_200),
        rmii: Some(0),
        serial_number: Some(0),
        usb: Some(1),
        ip0: Ipv4Addr::UNSPECIFIED,
        ..BootInfo::factory(LOST_MAC)
    };
    let bytes = info.to_bytes();
    let flags = Flags::ACTIVE | Flags::FILE_SYSTEM;
    let footer = Footer::for_image(0, BOOT_INFO_BASE, BOOT_INFO_BASE, "BOOT INFO", flags, &bytes);
    board.flash.rewrite_block(BOOT_INFO_BASE, &[(0, &bytes), (footer::place(bytes.len()), &footer.to_bytes())]);
}

/// The image of this number that counts: the first in the order of the flash.
fn image(footers: &[Footer], number: u32) -> Option<&Footer> {
    footers.iter().find(|footer| footer.number == number)
}

/// Works through the images; the address of the program that it starts, or `None` if it ends at the prompt.
fn boot(board: &mut Board) -> Option<u32> {
    let footers = footer::installed(board.flash.bytes());
    board.print(cache_line(board));
    for number in 1..=7 {
        board.print(&format!("Processing image {number} ... \n"));
        let Some(footer) = image(&footers, number).filter(|footer| footer.flags.has(Flags::ACTIVE)) else { continue };
        if let Some(start) = process(board, footer).ok()? {
            return Some(start);
        }
    }
    None
}

fn cache_line(board: &Board) -> &'static str {
    let info = BOOT_INFO_BASE.bytes_since(FLASH_BASE).and_then(|start| board.flash.bytes().get(start..));
    match info.and_then(|info| boot_info::parse(info).ok()) {
        Some(info) if info.value.cache != 0 => "Cache enabled!\n",
        _ => "Cache disabed!\n",
    }
}

/// The boot loader gave up.
struct GaveUp;

/// Copies, unzips and starts as the flags say; the address to start at, if there is one.
fn process(board: &mut Board, footer: &Footer) -> Result<Option<u32>, GaveUp> {
    let bytes = image_bytes(board.flash.bytes(), footer).to_vec();
    let (number, flags) = (footer.number, footer.flags);
    let is_copied = flags.has(Flags::COPY) || flags.has(Flags::ZIP);
    if flags.has(Flags::ZIP) {
        let verdict = if bytes.starts_with(b"PK") || bytes.starts_with(b"\x1F\x8B") {
            board.print(&format!("Unzip image {number} ... \n"));
            unzip(&mut board.ram, footer.load, &bytes)
        } else {
            UnzipVerdict::Invalid
        };
        match verdict {
            UnzipVerdict::Unpacks => {}
            UnzipVerdict::Failed(_) => {
                board.print(&format!("\n{verdict}\n"));
                return Err(GaveUp);
            }
            // it goes on, and starts whatever was there before
            UnzipVerdict::Invalid => board.print(&format!("{verdict}\n")),
        }
    } else if flags.has(Flags::COPY) {
        board.ram.load(footer.load.0, &bytes);
    }
    if !flags.has(Flags::EXECUTE) {
        return Ok(None);
    }
    if !is_copied && footer.base != footer.load {
        board.print("ERROR: Executed before copy to load_address\n");
        return Ok(None);
    }
    board.print(&format!("Executing image {number} ... \n"));
    Ok(Some(footer.exec.0))
}

fn unzip(ram: &mut Memory, load: FlashAddr, bytes: &[u8]) -> UnzipVerdict {
    let mut at = load.0;
    unzip_as_boot_loader(bytes, &mut |piece| {
        ram.load(at, piece);
        at = at.saturating_add(u32::try_from(piece.len()).unwrap_or(u32::MAX));
    })
}

/// The bytes that a footer names.
fn image_bytes<'a>(flash: &'a [u8], footer: &Footer) -> &'a [u8] {
    let start = footer.base.bytes_since(FLASH_BASE).unwrap_or(usize::MAX);
    Span::at(start, footer.len_bytes()).of(flash)
}
