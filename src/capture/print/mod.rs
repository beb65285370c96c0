//! Image -> text, as the boot loader, the recovery tool, a terminal program and the usual tools write it: for fixtures
//! and tests. [`listing()`] is what a tool prints, [`terminal_log`] the same with what somebody typed around it.

mod listing;
mod records;

use std::iter;

pub use listing::Case;

use super::Dialect;
use super::line::{LINE_BYTES, shown};
use crate::image::{FlashAddr, PAGE_BYTES};
use listing::{Form, Repeats};

/// What the boot loader prints before each command (boot-loader.md section 1, certain).
const PROMPT: &str = "\rbootloader > ";

/// The `.dat` text that the recovery tool saves of an image: whole pages only, the echoes between them split in every
/// way that occurs in the wild and about as often (captures-and-questions.md section 1.3, certain). Bytes behind the
/// last whole page are not printed; of less than a page only the echo is left.
///
/// The same bytes and address always give the same text.
pub fn recovery_tool(image: &[u8], address: FlashAddr) -> Vec<u8> {
    let (pages, _) = image.as_chunks::<PAGE_BYTES>();
    let addresses = (0..).map(|page: u32| FlashAddr(address.0.wrapping_add(page.wrapping_mul(0x100))));
    let pages: Vec<(FlashAddr, &[u8])> = addresses.zip(pages.iter().map(<[u8; PAGE_BYTES]>::as_slice)).collect();
    recovery_tool_pages(&pages)
}

/// Like [`recovery_tool`], for pages that need not follow on each other: a `.dat` starts with the last page of the
/// image that was dumped before.
pub fn recovery_tool_pages(pages: &[(FlashAddr, &[u8])]) -> Vec<u8> {
    let mut text = Vec::with_capacity(pages.len().saturating_mul(1_300));
    let mut chance = Chance((pages.len() as u64).wrapping_mul(2).wrapping_add(1));
    for (number, (address, bytes)) in pages.iter().enumerate() {
        let echo = if number == 0 { format!("D\r\n -b {address}\n\r") } else { split_echo(*address, &mut chance) };
        text.extend_from_slice(echo.as_bytes());
        page(&mut text, *address, bytes, Dialect::Bytes, "\r\n");
        // What follows the last character of a page depends on the echo behind it.
        text.truncate(text.len().saturating_sub(2));
    }
    text.extend_from_slice(if pages.is_empty() { b"D\r\n" } else { b" D\r\n" });
    text
}

/// What stands between the last line of a page and the first of the next; the numbers are those of a real capture's
/// 2,780 page boundaries.
fn split_echo(address: FlashAddr, chance: &mut Chance) -> String {
    let digits = format!("{:08X}", address.0);
    let (front, back) = digits.split_at_checked(4).unwrap_or_default();
    match chance.below(2780) {
        0..2296 => format!(" D\r\n -b 0x{digits}\n\r"),
        2296..2706 => " \r\n".to_owned(),
        2706..2765 => format!(" D \r\n-b 0x{digits}\n\r"),
        2765..2774 => format!(" D -b 0x{front}\r\n{back}\n\r"),
        2774..2776 => format!(" D -b 0x{digits}\n\r\n\r"),
        2776..2778 => format!(" D -b 0x{digits}\r\n\n\r"),
        2778 => format!(" D -\r\nb 0x{digits}\n\r"),
        _ => format!(" D -b 0x\r\n{digits}\n\r"),
    }
}

/// What the tool of a dialect prints of an image whose first byte lies at `address` (for `hexdump`, `xxd` and `od` an
/// offset in a file; `xxd -p` shows none), with nothing around it.
///
/// The boot loader's `d` and U-Boot's `md` show whole pages or words: what is missing to them is 0xFF, as erased
/// flash behind the image reads. `hexdump` and `od` put a `*` for lines that repeat the one before, as they do unless
/// told otherwise; [`listing_in_full`] does not.
pub fn listing(image: &[u8], address: FlashAddr, dialect: Dialect) -> Vec<u8> {
    printed(image, address, dialect, Repeats::Squeezed)
}

/// Like [`listing()`], with every line, as `-v` makes `hexdump` and `od` print it.
pub fn listing_in_full(image: &[u8], address: FlashAddr, dialect: Dialect) -> Vec<u8> {
    printed(image, address, dialect, Repeats::InFull)
}

/// `xxd -g GROUP`, in upper case as with `-u`.
pub fn xxd(image: &[u8], address: FlashAddr, group: usize, case: Case) -> Vec<u8> {
    let mut text = Vec::with_capacity(image.len().saturating_mul(5));
    if let Some(form) = Form::xxd(group, case) {
        form.rows(&mut text, image, address, Repeats::InFull);
    }
    text
}

fn printed(image: &[u8], address: FlashAddr, dialect: Dialect, repeats: Repeats) -> Vec<u8> {
    let mut text = Vec::with_capacity(image.len().saturating_mul(5));
    match dialect {
        Dialect::Bytes | Dialect::HalfWords | Dialect::Words | Dialect::SwappedWords => {
            for (start, cells) in display_pages(image, address) {
                lines(&mut text, start, &cells, dialect, "\r\n\r");
            }
        }
        Dialect::Plain => {
            for row in image.chunks(PLAIN_ROW_BYTES) {
                text.extend_from_slice(hex::encode(row).as_bytes());
                text.push(b'\n');
            }
        }
        Dialect::IntelHex => text = records::intel_hex(image, address),
        Dialect::SRecord => text = records::s_records(image, address),
        Dialect::MdBytes | Dialect::MdHalfWords | Dialect::MdWords => {
            let words = image.len().next_multiple_of(4);
            let filled: Vec<u8> = image.iter().copied().chain(iter::repeat(0xFF)).take(words).collect();
            Form::of(dialect).iter().for_each(|form| form.rows(&mut text, &filled, address, Repeats::InFull));
        }
        Dialect::Xxd | Dialect::XxdLittleEndian => {
            Form::of(dialect).iter().for_each(|form| form.rows(&mut text, image, address, Repeats::InFull));
        }
        Dialect::Hexdump
        | Dialect::Od
        | Dialect::OdOctal
        | Dialect::HexdumpPairs
        | Dialect::OdPairs
        | Dialect::OdWords => {
            Form::of(dialect).iter().for_each(|form| form.rows(&mut text, image, address, repeats));
        }
    }
    text
}

/// Bytes of a line of `xxd -p`.
const PLAIN_ROW_BYTES: usize = 30;

/// A terminal log of somebody who types the command of a dialect.
///
/// For the boot loader's `d` that is one command a page: prompt, echo, `Displaying memory at ...`, lines that end
/// CR LF CR (captures-and-questions.md section 2.1, certain). The camera starts at a multiple of four and leaves the
/// bytes before the asked address blank. The last page is filled up with 0xFF, as erased flash behind the image reads.
///
/// For U-Boot's `md` it is one command for all, and for the tools of a computer a shell with a file.
pub fn terminal_log(image: &[u8], address: FlashAddr, dialect: Dialect) -> Vec<u8> {
    let (prompt, typed) = match dialect {
        Dialect::Bytes | Dialect::HalfWords | Dialect::Words | Dialect::SwappedWords => {
            return display_log(image, address, dialect);
        }
        Dialect::MdBytes => ("U-Boot> ", format!("md.b {address} 0x{:x}", image.len())),
        Dialect::MdHalfWords => ("U-Boot> ", format!("md.w {address} 0x{:x}", image.len().div_ceil(2))),
        Dialect::MdWords => ("U-Boot> ", format!("md {address} 0x{:x}", image.len().div_ceil(4))),
        Dialect::IntelHex | Dialect::SRecord => ("$ ", "cat flash.hex".to_owned()),
        _ => ("# ", format!("{dialect} /dev/mtd0")),
    };
    let mut text = format!("{prompt}{typed}\r\n").into_bytes();
    for line in listing(image, address, dialect).split_inclusive(|byte| *byte == b'\n') {
        text.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(prompt.as_bytes());
    text
}

fn display_log(image: &[u8], address: FlashAddr, dialect: Dialect) -> Vec<u8> {
    let pages = image.len().div_ceil(PAGE_BYTES);
    let mut text = Vec::with_capacity(pages.saturating_mul(1_400));
    text.extend_from_slice(PROMPT.as_bytes());
    for (number, (start, cells)) in display_pages(image, address).enumerate() {
        let asked = if number == 0 { address } else { start };
        text.extend_from_slice(format!("{dialect} {asked}\n\rDisplaying memory at 0x{:X}\n\r", asked.0).as_bytes());
        lines(&mut text, start, &cells, dialect, "\r\n\r");
        text.extend_from_slice(b"\n\r");
        text.extend_from_slice(PROMPT.as_bytes());
    }
    text
}

/// The pages that the camera shows of an image: where each starts and its bytes, `None` before the asked address.
fn display_pages(image: &[u8], address: FlashAddr) -> impl Iterator<Item = (FlashAddr, Vec<Option<u8>>)> {
    let first = FlashAddr(address.0 & !3);
    let first_blank = address.bytes_since(first).unwrap_or(0);
    let shown = image.len().saturating_add(if image.is_empty() { 0 } else { first_blank });
    let starts = (0_u32..).map(move |page| FlashAddr(first.0.wrapping_add(page.wrapping_mul(0x100))));
    (0..shown.div_ceil(PAGE_BYTES)).zip(starts).map(move |(page, start)| {
        let blank = if page == 0 { first_blank } else { 0 };
        let from = page.saturating_mul(PAGE_BYTES).saturating_add(blank).saturating_sub(first_blank);
        let bytes = image.get(from..).unwrap_or_default();
        let cells = iter::repeat_n(None, blank).chain(bytes.iter().copied().map(Some));
        (start, cells.chain(iter::repeat(Some(0xFF))).take(PAGE_BYTES).collect())
    })
}

/// The sixteen lines of one page.
fn page(text: &mut Vec<u8>, address: FlashAddr, bytes: &[u8], dialect: Dialect, line_end: &str) {
    let cells: Vec<Option<u8>> = bytes.iter().copied().map(Some).collect();
    lines(text, address, &cells, dialect, line_end);
}

/// Lines of sixteen cells each; `None` is a byte before the asked address.
fn lines(text: &mut Vec<u8>, address: FlashAddr, cells: &[Option<u8>], dialect: Dialect, line_end: &str) {
    let mut at = address.0;
    for cells in cells.as_chunks::<LINE_BYTES>().0 {
        text.extend_from_slice(format!("[{at:08X}]").as_bytes());
        let (low, high) = cells.split_at(8);
        half(text, low, dialect);
        text.extend_from_slice(b" -");
        half(text, high, dialect);
        text.extend_from_slice(b"  ");
        text.extend(cells.iter().map(|cell| cell.map_or(b' ', shown)));
        text.extend_from_slice(line_end.as_bytes());
        at = at.wrapping_add(0x10);
    }
}

/// Half a line in units of the dialect. A unit with a blank byte is blank as a whole.
fn half(text: &mut Vec<u8>, cells: &[Option<u8>], dialect: Dialect) {
    let (unit, swapped) = match dialect {
        Dialect::Bytes => (1, false),
        Dialect::HalfWords => (2, false),
        Dialect::Words => (4, false),
        _ => (4, true),
    };
    for unit_cells in cells.chunks_exact(unit) {
        text.push(b' ');
        let Some(mut bytes) = unit_cells.iter().copied().collect::<Option<Vec<u8>>>() else {
            text.extend(iter::repeat_n(b' ', unit.saturating_mul(2)));
            continue;
        };
        if !swapped {
            bytes.reverse();
        }
        text.extend_from_slice(hex::encode_upper(bytes).as_bytes());
    }
}

/// Numbers that look random and are the same every time (an xorshift generator).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.checked_rem(limit).unwrap_or(0)
    }
}
