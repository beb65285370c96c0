//! Lines that lost or changed a few characters on the serial line, or were cut: which example they resemble.

use strsim::levenshtein;

/// A line this short could be anything.
const SHORTEST: usize = 6;

/// Of a cut line, so many characters must be left.
const SHORTEST_CUT: usize = 10;

/// Longer lines are not compared.
const LONGEST: usize = 160;

/// One character in so many may be lost or changed.
const CHARS_PER_FAULT: usize = 6;

/// The example of each rule, by its index; an empty one is never resembled.
#[derive(Debug, Default)]
pub(super) struct Examples {
    examples: Vec<Example>,
}

#[derive(Debug)]
struct Example {
    text: String,
    chars: usize,
}

impl Examples {
    pub(super) fn new<'a>(examples: impl Iterator<Item = &'a str>) -> Self {
        let examples = examples.map(|text| {
            let text = without_values(text);
            Example { chars: text.chars().count(), text }
        });
        Self { examples: examples.collect() }
    }

    /// The index of the example that `line` resembles most, if it does.
    pub(super) fn nearest(&self, line: &str) -> Option<usize> {
        let line = without_values(line);
        let chars = line.chars().count();
        if !(SHORTEST..=LONGEST).contains(&chars) || line.chars().filter(char::is_ascii_alphabetic).count() * 2 < chars
        {
            return None;
        }
        if chars >= SHORTEST_CUT
            && let Some(index) = self.examples.iter().position(|example| example.text.contains(&line))
        {
            return Some(index);
        }
        let faults = (chars / CHARS_PER_FAULT).max(1);
        let near = |example: &Example| example.chars.abs_diff(chars) <= faults && example.chars >= SHORTEST;
        let candidates = self.examples.iter().enumerate().filter(|(_, example)| near(example));
        candidates
            .map(|(index, example)| (levenshtein(&example.text, &line), index))
            .filter(|(distance, _)| *distance <= faults)
            .min()
            .map(|(_, index)| index)
    }
}

/// A line as far as it is the same in every camera: numbers as `0`, without dots and blanks around.
fn without_values(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for char in line.trim_matches(|char: char| char.is_whitespace() || char == '.').chars() {
        if !char.is_ascii_digit() {
            text.push(char);
        } else if !text.ends_with('0') {
            text.push('0');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_a_changed_and_a_cut_line_are_recognised_and_others_are_not() {
        let examples = Examples::new(["write i2c error", "Kernel command line: root=/dev/rom0 rw", ""].into_iter());
        assert_eq!(examples.nearest("wrte i2c error"), Some(0));
        assert_eq!(examples.nearest("write i2c errXr"), Some(0));
        assert_eq!(examples.nearest("Kernel comma..."), Some(1));
        assert_eq!(examples.nearest("ernel command line: root=/dev/rom0 rw"), Some(1));
        assert_eq!(examples.nearest("write disk error"), None);
        assert_eq!(examples.nearest("hello"), None);
        assert_eq!(examples.nearest(""), None);
    }
}
