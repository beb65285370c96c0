//! Where answers and complaints go.

use std::fmt;
use std::io::{self, BufWriter, IsTerminal, Write};

use anstyle::{AnsiColor, Style};

use super::Format;
use super::failure::Failure;
use crate::words::shown;

/// Standard output, buffered. Of text, colour is dropped when it is no terminal or `NO_COLOR` is set; JSON has none, and
/// can be long.
pub fn stdout(format: Format) -> impl Write {
    let stream = match format {
        Format::Text => anstream::AutoStream::auto(io::stdout()),
        Format::Json => anstream::AutoStream::always_ansi(io::stdout()),
    };
    BufWriter::with_capacity(1 << 16, stream)
}

/// Standard output, buffered, for bytes that must come out as they are: nothing in them is taken for colour.
pub fn raw_stdout() -> impl Write {
    BufWriter::with_capacity(1 << 16, io::stdout())
}

/// The columns that text is wrapped at: the terminal's, at most 100. Where the answer goes elsewhere, `COLUMNS` says it,
/// as it does for `--help`; or else the terminal that complaints go to, or 100.
pub fn width() -> usize {
    const WIDEST: usize = 100;
    let of_terminal = || terminal_size::terminal_size().map(|(columns, _)| usize::from(columns.0));
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse().ok());
    let asked = asked.filter(|&columns| columns > 0 && !io::stdout().is_terminal());
    asked.or_else(of_terminal).map_or(WIDEST, |columns| columns.clamp(40, WIDEST))
}

/// Prints why the program stops. There is nothing left to do if that fails too.
pub fn complain(failure: &Failure) {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let _ = writeln!(anstream::stderr(), "{red}unbrick:{red:#} {failure}");
}

/// Tells why a file of a folder is left out, and goes on with the others.
pub fn warn_of_file_left_out(why: &Failure) {
    warning(format_args!("left out: {why}"));
}

/// Prints what is wrong with what is given out all the same.
pub fn warn(trouble: &Failure) {
    warning(format_args!("{trouble}"));
}

/// Warns that bytes go out which hold the owner's passwords and keys, and goes on.
pub fn warn_of_settings(what: &str) {
    warning(format_args!(
        "{} holds settings as they are, with passwords and keys: do not share it, but what `unbrick convert --redact` makes of the whole",
        shown(what)
    ));
}

fn warning(text: fmt::Arguments<'_>) {
    let yellow = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    let _ = writeln!(anstream::stderr(), "{yellow}unbrick:{yellow:#} {text}");
}
