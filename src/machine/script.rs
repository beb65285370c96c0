//! A script: what to wait for on the console, and what to type.
//!
//! ```text
//! # what the shell says about processes
//! wait />
//! type ps
//! wait />
//! ```

use std::str::FromStr;

use thiserror::Error;

use super::clock::INSTRUCTIONS_PER_SECOND;

/// One line of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number in the script, from 1 on.
    pub number: usize,
    /// What to do.
    pub step: Step,
}

/// What a line of a script asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// `wait TEXT`: go on when the console has shown the text, behind the text that was waited for before.
    Wait(String),
    /// `type TEXT` and `send TEXT`: these bytes.
    Type(Vec<u8>),
    /// `pause SECONDS`: so many instructions.
    Pause(u64),
}

/// A script that can be played.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Script {
    /// What to do, in order.
    pub lines: Vec<Line>,
}

/// A line that is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {number} of the script {what}")]
pub struct BadLine {
    /// Which one.
    pub number: usize,
    /// What is wrong with it.
    pub what: String,
}

/// The most seconds that a `pause` takes.
const PAUSE_MAX_SECONDS: f64 = 86_400.0;

impl FromStr for Script {
    type Err = BadLine;

    fn from_str(text: &str) -> Result<Self, BadLine> {
        let mut lines = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim_end_matches('\r');
            let is_told = !line.trim().is_empty() && !line.trim_start().starts_with('#');
            if is_told {
                let step = step(line.trim_start()).map_err(|what| BadLine { number, what })?;
                lines.push(Line { number, step });
            }
        }
        Ok(Self { lines })
    }
}

fn step(line: &str) -> Result<Step, String> {
    let (word, rest) = line.split_once(' ').unwrap_or((line.trim_end(), ""));
    match word {
        "wait" if rest.is_empty() => Err("waits for nothing; write `wait TEXT`".to_owned()),
        "wait" => Ok(Step::Wait(rest.to_owned())),
        "type" => Ok(Step::Type([rest.as_bytes(), b"\r"].concat())),
        "send" if rest.is_empty() => Err("sends nothing; write `send KEYS`, as in `send \\e`".to_owned()),
        "send" => keys(rest).map(Step::Type),
        "pause" => seconds(rest.trim()).map(Step::Pause),
        other => Err(format!("starts with `{other}`; it must be wait, type, send, pause or #")),
    }
}

fn seconds(text: &str) -> Result<u64, String> {
    let seconds: Option<f64> = text.parse().ok().filter(|seconds| (0.0..=PAUSE_MAX_SECONDS).contains(seconds));
    let seconds =
        seconds.ok_or_else(|| format!("pauses for `{text}`; write a number of seconds, as in `pause 1.5`"))?;
    Ok(instructions(seconds))
}

/// Seconds as instructions.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)] // small and positive
pub fn instructions(seconds: f64) -> u64 {
    (seconds * INSTRUCTIONS_PER_SECOND as f64).round() as u64
}

/// Keys as they are written: `\r` Enter, `\n`, `\t`, `\e` Escape, `\xNN` any byte, `\\` a backslash.
fn keys(text: &str) -> Result<Vec<u8>, String> {
    let mut keys = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            keys.push(byte);
            continue;
        }
        keys.push(match rest.next() {
            Some(b'r') => b'\r',
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'e') => 0x1B,
            Some(b'\\') => b'\\',
            Some(b'x') => {
                let digits = [rest.next(), rest.next()].map(Option::unwrap_or_default);
                let [byte] = <[u8; 1]>::try_from(hex::decode(digits).unwrap_or_default())
                    .map_err(|_| "has a `\\x` without two hexadecimal digits behind it".to_owned())?;
                byte
            }
            _ => return Err("has a `\\` that is followed by none of r, n, t, e, x and \\".to_owned()),
        });
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Vec<Step> {
        text.parse::<Script>().unwrap().lines.into_iter().map(|line| line.step).collect()
    }

    fn said(text: &str) -> String {
        text.parse::<Script>().unwrap_err().to_string()
    }

    #[test]
    fn a_script_waits_types_sends_and_pauses() {
        let script = "# a comment\n\nwait Press ESC\r\nsend \\e\\x41\\\\\ntype ls -l \npause 0.5\ntype";
        assert_eq!(
            steps(script),
            [
                Step::Wait("Press ESC".to_owned()),
                Step::Type(b"\x1BA\\".to_vec()),
                Step::Type(b"ls -l \r".to_vec()),
                Step::Pause(20_000_000),
                Step::Type(b"\r".to_vec()),
            ]
        );
    }

    #[test]
    fn a_line_that_is_none_is_named_by_its_number() {
        assert_eq!(
            said("wait x\ntpye ps"),
            "line 2 of the script starts with `tpye`; it must be wait, type, send, pause or #"
        );
        assert_eq!(said("wait"), "line 1 of the script waits for nothing; write `wait TEXT`");
        assert_eq!(
            said("send \\q"),
            "line 1 of the script has a `\\` that is followed by none of r, n, t, e, x and \\"
        );
        assert_eq!(said("send \\x4"), "line 1 of the script has a `\\x` without two hexadecimal digits behind it");
        assert_eq!(
            said("pause for ever"),
            "line 1 of the script pauses for `for ever`; write a number of seconds, as in `pause 1.5`"
        );
        assert!(said("pause 1e99").contains("pauses for `1e99`"));
        assert!(said("pause NaN").contains("pauses for `NaN`"));
    }
}
