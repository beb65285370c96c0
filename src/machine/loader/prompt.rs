//! The boot loader's prompt, as far as it is certain: how a line is typed, and the commands LS, D, CHK, G and BOOT.

use std::borrow::Cow;

use super::{ESC, Next, image_bytes};
use crate::capture::Dialect;
use crate::capture::print::listing;
use crate::format::footer;
use crate::image::{FlashAddr, PAGE_BYTES};
use crate::machine::board::Board;

const PROMPT: &str = "\rbootloader > ";
const UNKNOWN: &str = "ERROR: unrecognised command\n";

/// The character that completes a line of this length executes it.
const LINE_CHARS: usize = 80;

const BACKSPACE: u8 = 0x08;

/// Where `g` goes without an address.
const PROGRAM: u32 = 0x8000;

/// The commands of the real prompt that are not here.
const NOT_HERE: [&str; 19] = [
    "h", "b", "e", "i", "mx", "mt", "ft", "fx", "cp", "set", "run", "del", "mset", "term", "cache", "usb", "unzip",
    "attrib", "intf",
];

/// Somebody types.
#[derive(Debug)]
pub(super) struct Prompt {
    line: Vec<u8>,
    /// The next key is swallowed: ESC came before it.
    swallows: bool,
    has_history: bool,
    /// Where the next `d` without an address goes on.
    display_at: u32,
}

impl Prompt {
    pub(super) fn new(board: &mut Board) -> Self {
        board.print("\n\n");
        board.print(PROMPT);
        Self { line: Vec::new(), swallows: false, has_history: false, display_at: 0 }
    }

    /// Takes what was typed.
    pub(super) fn advance(&mut self, board: &mut Board) -> Next {
        while let Some(key) = board.uart0.take_typed() {
            if let Some(next) = self.press(board, key) {
                return next;
            }
        }
        Next::Input
    }

    fn press(&mut self, board: &mut Board, key: u8) -> Option<Next> {
        if std::mem::take(&mut self.swallows) {
            // an arrow key sends one more behind the bracket
            self.swallows = key == b'[' && self.has_history;
            return None;
        }
        match key {
            ESC => self.swallows = true,
            b'\r' | b'\n' => {
                board.print("\n");
                return self.enter(board);
            }
            BACKSPACE => {
                self.line.pop();
                let line = String::from_utf8_lossy(&self.line).into_owned();
                board.print(&format!("{PROMPT}{line} \x08"));
            }
            _ => {
                board.print_bytes(&[key]);
                self.line.push(key);
                if self.line.len() >= LINE_CHARS {
                    return self.enter(board);
                }
            }
        }
        None
    }

    fn enter(&mut self, board: &mut Board) -> Option<Next> {
        let line = std::mem::take(&mut self.line);
        let words = words(&line);
        if let Some((command, arguments)) = words.split_first() {
            self.has_history = true;
            if let Some(next) = self.execute(board, command, arguments) {
                return Some(next);
            }
            board.print("\n");
        }
        board.print(PROMPT);
        None
    }

    fn execute(&mut self, board: &mut Board, command: &str, arguments: &[String]) -> Option<Next> {
        match command.to_ascii_lowercase().as_str() {
            "ls" => list(board),
            "chk" => check(board, arguments),
            "d" => self.display(board, arguments),
            "g" => return Some(Next::Start(arguments.first().and_then(|text| address(text)).unwrap_or(PROGRAM))),
            "boot" => {
                board.print("\nRebooting the system ...\n");
                return Some(Next::Reset);
            }
            known if NOT_HERE.contains(&known) => {
                board.print("(the virtual camera has no boot loader in its flash: LS, D, CHK, G and BOOT work here)\n");
            }
            _ => board.print(UNKNOWN),
        }
        None
    }

    fn display(&mut self, board: &mut Board, arguments: &[String]) {
        let mut dialect = Dialect::Words;
        let mut at = self.display_at;
        for argument in arguments {
            match (argument.strip_prefix('-'), address(argument)) {
                (Some(option), _) => match option.as_bytes().first() {
                    Some(b'b') => dialect = Dialect::Bytes,
                    Some(b'h') => dialect = Dialect::HalfWords,
                    Some(b's') => dialect = Dialect::SwappedWords,
                    _ => dialect = Dialect::Words,
                },
                (None, Some(asked)) => at = asked,
                (None, None) => {}
            }
        }
        let bytes: Vec<u8> =
            (0..PAGE_BYTES as u32 - (at & 3)).map_while(|index| board.peek(at.checked_add(index)?)).collect();
        if bytes.is_empty() {
            board.print("(nothing is at this address: a camera would answer with a data abort, or with anything)\n");
            return;
        }
        board.print(&format!("Displaying memory at 0x{at:X}\n"));
        board.print_bytes(&listing(&bytes, FlashAddr(at), dialect));
        self.display_at = (at & !3).wrapping_add(PAGE_BYTES as u32);
    }
}

/// The words of a line: separated by blanks, tabs and line feeds, quotes group and are dropped.
fn words(line: &[u8]) -> Vec<String> {
    let text: Cow<'_, str> = String::from_utf8_lossy(line);
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for letter in text.chars() {
        match letter {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' | '\t' | '\n' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// `0x` and one to eight hexadecimal digits; anything else is no address.
fn address(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| is_hex)
}

fn list(board: &mut Board) {
    let footers = footer::installed(board.flash.bytes());
    if footers.is_empty() {
        board.print("No image found!\n");
    }
    for footer in footers {
        board.print(&format!("{}\n", footer.ls_line()));
    }
}

fn check(board: &mut Board, arguments: &[String]) {
    let only: Option<u32> = arguments.first().and_then(|number| number.parse().ok());
    let footers = footer::installed(board.flash.bytes());
    let wrong: Vec<u32> = footers
        .iter()
        .filter(|footer| only.is_none_or(|number| number == footer.number))
        .filter(|footer| footer.verify_image(image_bytes(board.flash.bytes(), footer)).is_some())
        .map(|footer| footer.number)
        .collect();
    for number in &wrong {
        board.print(&format!("ERROR: Image {number} checksum error found !\n"));
    }
    board.print(&format!("Image check finished. {} checksum error found.\n", wrong.len()));
}
