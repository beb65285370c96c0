//! Listings of memory that are known and not read, told from their first lines, with what to type instead.

use super::clean::clean;
use super::line::digit;

/// How many lines are looked at, and how much of each text.
const LINES: usize = 64;
const HEAD_BYTES: usize = 0x4000;

/// What a text is, if it is a listing of a form that nothing here reads, and the command that prints one that is.
pub fn unread_form(text: &[u8]) -> Option<(&'static str, &'static str)> {
    let cleaned = clean(text.get(..HEAD_BYTES).unwrap_or(text));
    let lines = cleaned.text.split(|character| matches!(character, b'\n' | b'\r'));
    lines.filter(|line| !line.is_empty()).take(LINES).find_map(form_of)
}

fn form_of(line: &[u8]) -> Option<(&'static str, &'static str)> {
    if is_binary_row(line) {
        return Some(("output of `xxd -b`, which has binary digits", "`xxd`"));
    }
    if line.starts_with(b"unsigned char ") && line.ends_with(b"[] = {") {
        return Some(("output of `xxd -i`, which is source code", "`xxd`"));
    }
    let cells: Vec<&[u8]> = line.split(|character| *character == b' ').filter(|cell| !cell.is_empty()).collect();
    let (offset, cells) = cells.split_first()?;
    let is_octal = |cell: &[u8]| cell.iter().all(|character| matches!(character, b'0'..=b'7'));
    let is_row = cells.len() == 8 && cells.iter().all(|cell| cell.len() == 6 && is_octal(cell));
    let is_offset = offset.len() >= 7 && is_octal(offset);
    // sixteen cells of characters, octal or decimal numbers
    let is_of_bytes = cells.len() == 16 && cells.iter().all(|cell| cell.len() <= 4) && !cells.iter().all(is_hex_byte);
    match is_offset {
        true if is_row => Some(("output of plain `od`, which has octal numbers", "`od -A x -t x1z`")),
        true if is_of_bytes => {
            Some(("output of `od` or `hexdump` without hexadecimal digits", "`hexdump -C` or `od -A x -t x1z`"))
        }
        _ => None,
    }
}

fn is_hex_byte(cell: &&[u8]) -> bool {
    cell.len() == 2 && cell.iter().all(|character| digit(*character) < 16)
}

/// Whether a line is a row of `xxd -b`: an address, and six bytes in binary digits or as many as there are.
pub(super) fn is_binary_row(line: &[u8]) -> bool {
    let Some((address, cells)) = line.split_first_chunk::<8>() else { return false };
    let is_bit = |character: &u8| matches!(character, b'0' | b'1');
    let is_cell = |cell: &&[u8]| cell.len() == 8 && cell.iter().all(is_bit);
    let Some(cells) = cells.strip_prefix(b": ").filter(|_| address.iter().all(|character| digit(*character) < 16))
    else {
        return false;
    };
    // four cells would be words
    cells.split(|character| *character == b' ').take(5).filter(is_cell).count() == 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_are_not_read_are_told_with_what_to_type() {
        let binary = "00000000: 01010000 01001011 00000011 00000100 00010100 00000000  PK....\n00000006: 00000010";
        let octal = "0000000 045520 002003 000024 000002 000010 040435 036606 047635\n0000020";
        let characters = "0000000   P   K 003 004 024  \\0 002  \\0  \\b  \\0 035   A 206   = 235   O\n0000020";
        assert_eq!(unread_form(characters.as_bytes()).map(|(_, next)| next), Some("`hexdump -C` or `od -A x -t x1z`"));
        let source = "unsigned char flash_bin[] = {\n  0x50, 0x4b, 0x03, 0x04\n";
        for (text, next) in [(binary, "`xxd`"), (octal, "`od -A x -t x1z`"), (source, "`xxd`")] {
            assert_eq!(unread_form(text.as_bytes()).map(|(_, next)| next), Some(next), "{text}");
            assert_eq!(super::super::detect(text.as_bytes()), None, "{text}");
        }
        let words = "7f020000: 01010000 01001011 00000011 00000100    ................\n";
        assert_eq!(unread_form(words.as_bytes()), None);
    }
}
