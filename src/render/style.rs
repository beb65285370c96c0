//! The colours, each with one meaning.

use anstyle::{AnsiColor, Style};

use crate::compare::Meaning;
use crate::finding::Severity;
use crate::map::State;
use crate::words::shown;

/// The answer to the question that was asked.
pub const ANSWER: Style = Style::new().bold();
/// What supports the answer without being it.
pub const QUIET: Style = Style::new().dimmed();
/// All is well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Look at this.
pub const ODD: Style = AnsiColor::Yellow.on_default();
/// Damage.
pub const BAD: Style = AnsiColor::Red.on_default();
/// Something to type.
pub const COMMAND: Style = AnsiColor::Cyan.on_default();

/// `text` in `style`, control characters in it shown.
pub fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{}{style:#}", shown(&text.to_string()))
}

/// The colour of a state.
pub const fn of_state(state: State) -> Style {
    match state {
        State::Verified => GOOD,
        State::Plausible => Style::new(),
        State::Truncated | State::Partial | State::Damaged => BAD,
        State::Unchecked => QUIET,
    }
}

/// The colour of a cause's meaning.
pub const fn of_meaning(meaning: Meaning) -> Style {
    match meaning {
        Meaning::Same => QUIET,
        Meaning::Harmless => GOOD,
        Meaning::Changed => COMMAND,
        Meaning::BadDump | Meaning::BadFlash => BAD,
        Meaning::Unknown => ODD,
    }
}

/// The colour of a severity.
pub const fn of_severity(severity: Severity) -> Style {
    match severity {
        Severity::Note => COMMAND,
        Severity::Warning => ODD,
        Severity::Error => BAD,
    }
}
