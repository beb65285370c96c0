//! Somebody sits at the console: the camera runs no faster than a real one, and what is typed goes to it.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::super::failure::Failure;
use crate::machine::Machine;
use crate::machine::clock::INSTRUCTIONS_PER_MICROSECOND;
use crate::machine::session::{End, Plan, Run, Session};

/// How often keys are looked for.
const TICK: Duration = Duration::from_millis(10);

/// What came from whoever sits there.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    /// Nothing.
    Nothing,
    /// These bytes.
    Bytes(Vec<u8>),
    /// They left.
    Left,
}

/// Where somebody sits.
pub trait Seat {
    /// What was typed since the last time; does not wait.
    fn typed(&mut self) -> io::Result<Typed>;
    /// Shows what the camera printed.
    fn show(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// Runs until whoever sits there leaves, or the camera is beyond help.
pub fn run(machine: &mut Machine, plan: Plan, seat: &mut impl Seat) -> Result<Run, Failure> {
    let mut session = Session::new(Plan { attended: true, ..plan });
    let end = attend(machine, &mut session, seat).map_err(Failure::output)?;
    Ok(session.finish(machine, end))
}

fn attend(machine: &mut Machine, session: &mut Session, seat: &mut impl Seat) -> io::Result<End> {
    // what the camera's clock showed at a moment of ours; put off where this computer is too slow
    let (mut moment, mut then) = (Instant::now(), machine.now());
    loop {
        match seat.typed()? {
            Typed::Nothing => {}
            Typed::Bytes(bytes) => machine.type_bytes(&bytes),
            Typed::Left => return Ok(End::Left),
        }
        let passed = u64::try_from(moment.elapsed().as_micros()).unwrap_or(u64::MAX);
        let due = then.saturating_add(passed.saturating_mul(INSTRUCTIONS_PER_MICROSECOND));
        let slice = due.min(machine.now().saturating_add(slice_max()));
        let mut printed = Vec::new();
        let end = session.go_on(machine, slice, &mut |bytes| printed.extend_from_slice(bytes));
        seat.show(&printed)?;
        if let Some(end) = end {
            return Ok(end);
        }
        if slice < due {
            (moment, then) = (Instant::now(), machine.now());
        }
        sleep(TICK);
    }
}

/// What the camera does between two looks at the keyboard, at most.
fn slice_max() -> u64 {
    10 * INSTRUCTIONS_PER_MICROSECOND * u64::try_from(TICK.as_micros()).unwrap_or(1)
}
