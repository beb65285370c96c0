//! Time, counted in executed instructions.
//!
//! 40 instructions pass in a microsecond: at this pace the kernel finds out the 39.83 BogoMIPS that real cameras print
//! (soc-for-emulation.md section 5, certain). No clock of the host is read, so that every run is the same.

/// Instructions in a microsecond.
pub const INSTRUCTIONS_PER_MICROSECOND: u64 = 40;

/// Instructions in a second.
pub const INSTRUCTIONS_PER_SECOND: u64 = INSTRUCTIONS_PER_MICROSECOND * 1_000_000;

/// The crystal that clocks the timers: 15 MHz (soc-for-emulation.md section 5).
const CRYSTAL_PER_MICROSECOND: u64 = 15;

/// The instructions that pass in `cycles` of the crystal, at least one.
pub const fn instructions_in(cycles: u64) -> u64 {
    let instructions = cycles.saturating_mul(INSTRUCTIONS_PER_MICROSECOND) / CRYSTAL_PER_MICROSECOND;
    if instructions == 0 { 1 } else { instructions }
}

/// The cycles of the crystal that pass while `instructions` are executed.
pub const fn crystal_cycles(instructions: u64) -> u64 {
    instructions.saturating_mul(CRYSTAL_PER_MICROSECOND) / INSTRUCTIONS_PER_MICROSECOND
}

/// A time in seconds, for people: `2.31 s`.
pub fn seconds(instructions: u64) -> String {
    let hundredths = instructions / (INSTRUCTIONS_PER_SECOND / 100);
    format!("{}.{:02} s", hundredths / 100, hundredths % 100)
}
