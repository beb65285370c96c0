//! Numbers, lists and names as people read them.

use std::borrow::Cow;

use crate::format::text::readable;

/// A count with its thousands apart: `1,098,752`.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    groups.join(",")
}

/// A count of bytes: `1 byte`, `1,098,752 bytes`.
pub fn bytes(number: usize) -> String {
    plural(number, "byte")
}

/// A count of things: `1 file`, `20,000 files`.
pub fn plural(number: usize, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", count(number))
}

/// A list in a sentence: `the kernel, the romfs and the web UI`.
pub fn enumerate(items: impl Iterator<Item = String>) -> String {
    let items: Vec<String> = items.collect();
    match items.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// A message as a sentence: with a capital letter and a full stop.
pub fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    let first = letters.next().map_or(String::new(), |letter| letter.to_uppercase().to_string());
    format!("{first}{}.", letters.as_str())
}

/// A path as it must be typed at a POSIX shell: in quotes if it needs them.
pub fn quoted(path: &str) -> String {
    // what starts like an option would be taken for one; `-` itself is standard input
    let path = if path.starts_with('-') && path != "-" { format!("./{path}") } else { path.to_owned() };
    if path.contains(char::is_control) {
        return format!("$'{}'", shown(&path.replace('\\', "\\\\").replace('\'', "\\'")));
    }
    shlex::try_quote(&path).map(Cow::into_owned).unwrap_or_default()
}

/// A text with its control characters as `\xNN`, so that no name breaks a line or steers a terminal.
pub fn shown(text: &str) -> Cow<'_, str> {
    if text.contains(char::is_control) { Cow::Owned(readable(text.as_bytes())) } else { Cow::Borrowed(text) }
}

/// Texts out of files that are longer than this are cut: what is no name at all can be as long as it likes.
const SHORT_MAX_CHARS: usize = 200;

/// As much of a text out of a file as is worth reading.
pub fn short(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHORT_MAX_CHARS) {
        None => Cow::Borrowed(text),
        Some((end, _)) => {
            let (start, rest) = text.split_at_checked(end).unwrap_or((text, ""));
            Cow::Owned(format!("{start}... ({} more)", plural(rest.chars().count(), "character")))
        }
    }
}

/// Seconds since 1970 as a date, in UTC.
pub fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| format!("{seconds} s"), |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_098_752), "1,098,752");
        assert_eq!(bytes(1), "1 byte");
    }

    #[test]
    fn a_path_can_be_pasted_into_a_shell() {
        assert_eq!(quoted("dump/linux.bin"), "dump/linux.bin");
        assert_eq!(quoted("BOOT INFO"), "'BOOT INFO'");
        assert_eq!(quoted("-x.bin"), "./-x.bin");
        assert_eq!(quoted("-"), "-");
        assert_eq!(quoted("a\n'b'\\"), r"$'a\x0A\'b\'\\'");
    }

    #[test]
    fn control_characters_are_shown_and_letters_stay() {
        assert_eq!(shown("a\n\x1B[31mü"), r"a\x0A\x1B[31mü");
    }
}
