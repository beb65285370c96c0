//! What `--until`, `--budget` and `--tcp` say.

use std::net::SocketAddr;

use crate::machine::clock::INSTRUCTIONS_PER_SECOND;
use crate::machine::script::instructions;
use crate::machine::session::Goal;

/// A stage by its name, else seconds if it is a number, else a text on the console.
pub fn goal(text: &str) -> Result<Goal, String> {
    const DAY: f64 = 86_400.0;
    if text.is_empty() {
        return Err("name a stage, a text or a number of seconds".to_owned());
    }
    if let Ok(stage) = text.parse() {
        return Ok(Goal::Stage(stage));
    }
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=DAY).contains(&seconds) => Ok(Goal::Time(instructions(seconds))),
        Ok(_) => Err(format!("`{text}` seconds are not to be had: give 0 to {DAY}")),
        Err(_) => Ok(Goal::Text(text.to_owned())),
    }
}

/// The most that can be asked for: a week of the camera's time.
const BUDGET_MAX: u64 = 7 * 86_400 * INSTRUCTIONS_PER_SECOND;

/// A number of instructions: `500000000`, `500M` or `2G`.
pub fn budget(text: &str) -> Result<u64, String> {
    let (digits, factor) = match text.strip_suffix(['G', 'g']) {
        Some(digits) => (digits, 1_000_000_000),
        None => text.strip_suffix(['M', 'm']).map_or((text, 1), |digits| (digits, 1_000_000)),
    };
    let number: Option<u64> = digits.replace(['_', ','], "").parse().ok();
    let number =
        number.and_then(|number| number.checked_mul(factor)).filter(|number| (1..=BUDGET_MAX).contains(number));
    number.ok_or_else(|| "give a number of instructions, as in 500M or 2G".to_owned())
}

/// Where to listen: an address with its port, or a port of this computer.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let of_this_computer = || text.parse().ok().map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    text.parse()
        .ok()
        .or_else(of_this_computer)
        .ok_or_else(|| "give an address and a port in numbers, as in 127.0.0.1:7450, or just the port".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::stage::Stage;

    #[test]
    fn a_goal_is_a_stage_or_seconds_or_a_text() {
        assert_eq!(goal("shell"), Ok(Goal::Stage(Stage::Shell)));
        assert_eq!(goal("2.5"), Ok(Goal::Time(100_000_000)));
        assert_eq!(goal("Sash command"), Ok(Goal::Text("Sash command".to_owned())));
        assert!(goal("").is_err() && goal("-1").is_err() && goal("inf").is_err());
    }

    #[test]
    fn an_address_may_be_just_a_port() {
        assert_eq!(address("127.0.0.1:80"), Ok(SocketAddr::from(([127, 0, 0, 1], 80))));
        assert_eq!(address("7451"), Ok(SocketAddr::from(([127, 0, 0, 1], 7451))));
        assert!(address("[::1]:80").is_ok());
        assert!(address("999.1.1.1:80").is_err() && address("nowhere").is_err() && address("70000").is_err());
    }

    #[test]
    fn a_budget_may_be_written_short() {
        assert_eq!(budget("500M"), Ok(500_000_000));
        assert_eq!(budget("2g"), Ok(2_000_000_000));
        assert_eq!(budget("1_000"), Ok(1000));
        assert!(budget("0").is_err() && budget("lots").is_err() && budget("99999999999G").is_err());
    }
}
