//! Lines of text that fit the terminal.

use crate::words::shown;

/// A blank at which no line is broken, put back to a blank when the line is printed.
const HELD: &str = "\u{a0}";

/// `text` in lines of at most `width` columns, the first behind `first`, the others behind `other`. What stands between
/// backquotes is something to type or to recognise, and stays on one line. Control characters in names are shown.
pub fn wrap(text: &str, width: usize, first: &str, other: &str) -> Vec<String> {
    folded(&shown(text), width, first, other)
}

/// `text` that is painted, or whose control characters are shown already, in lines of at most `width` columns. What is
/// painted as a whole starts and ends its colour on each line.
pub fn wrap_painted(text: &str, width: usize) -> Vec<String> {
    let Some((style, inner)) = style_and_text(text) else { return folded(text, width, "", "") };
    folded(inner, width, "", "").iter().map(|line| format!("{style}{line}{END_OF_STYLE}")).collect()
}

/// The columns of the longest word of `text`, which is never broken.
pub fn longest_word(text: &str) -> usize {
    held(text).split(' ').map(textwrap::core::display_width).max().unwrap_or(0)
}

const END_OF_STYLE: &str = "\u{1b}[0m";

/// What switches the colour on, and the text, if all of it is of one colour.
fn style_and_text(painted: &str) -> Option<(&str, &str)> {
    let inner = painted.strip_suffix(END_OF_STYLE)?;
    let start = inner.rfind('\u{1b}')?;
    let end = start + inner.get(start..)?.find('m')? + 1;
    let (style, text) = inner.split_at_checked(end)?;
    (!style.contains(END_OF_STYLE) && style.starts_with('\u{1b}')).then_some((style, text))
}

fn folded(text: &str, width: usize, first: &str, other: &str) -> Vec<String> {
    let held = held(text);
    let options = textwrap::Options::new(width)
        .initial_indent(first)
        .subsequent_indent(other)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::wrap(&held, options).iter().map(|line| line.replace(HELD, " ")).collect()
}

/// `text` with its blanks between backquotes held.
fn held(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let held: Vec<String> = parts
        .iter()
        .enumerate()
        .map(|(index, part)| {
            let is_quoted = index % 2 == 1 && index + 1 < parts.len();
            if is_quoted { part.replace(' ', HELD) } else { (*part).to_owned() }
        })
        .collect();
    held.join("`")
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
