//! Lines of text that fit the terminal.

use crate::words::shown;

/// A blank at which no line is broken, put back to a blank when the line is printed.
const HELD: &str = "\u{a0}";

/// `text` in lines of at most `width` columns, the first behind `first`, the others behind `other`. What stands between
/// backquotes is something to type or to recognise, and stays on one line. Control characters in names are shown.
pub fn wrap(text: &str, width: usize, first: &str, other: &str) -> Vec<String> {
    let text = shown(text);
    let parts: Vec<&str> = text.split('`').collect();
    let held: Vec<String> = parts
        .iter()
        .enumerate()
        .map(|(index, part)| {
            let is_quoted = index % 2 == 1 && index + 1 < parts.len();
            if is_quoted { part.replace(' ', HELD) } else { (*part).to_owned() }
        })
        .collect();
    let held = held.join("`");
    let options = textwrap::Options::new(width)
        .initial_indent(first)
        .subsequent_indent(other)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(&held, options).iter().map(|line| line.replace(HELD, " ")).collect()
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[test]
    fn what_is_to_be_typed_stays_on_one_line() {
        let lines = wrap("the answer is `ERROR: unzip failed! -5` here", 32, "", "  ");
        assert_eq!(lines, ["the answer is", "  `ERROR: unzip failed! -5` here"]);
    }

    #[test]
    fn an_unpaired_backquote_does_no_harm() {
        assert_eq!(wrap("a ` b", 20, "", "").concat(), "a ` b");
    }
}
