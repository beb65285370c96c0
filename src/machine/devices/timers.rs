//! Two timers and the watchdog at 0xFFF81000, clocked by the 15 MHz crystal.
//!
//! Both expire every (prescale + 1) * TICR cycles. The kernel runs timer 0 in the periodic mode, with an interrupt; the
//! boot loader sets mode 0 and polls TISR a thousand times a second (soc-for-emulation.md section 5, certain), so that
//! every mode counts on after it expired. The watchdog keeps what is written and never bites: ignoring it was fine for
//! all that was run.

use crate::machine::clock::{crystal_cycles, instructions_in};

const ENABLED: u32 = 1 << 30;
const INTERRUPTS: u32 = 1 << 29;
const RESET: u32 = 1 << 26;
const COUNTS: u32 = 1 << 25;

/// What TCSR0 and TCSR1 read as after a reset.
const AFTER_RESET: u32 = 0x0000_0005;

#[derive(Debug)]
struct Timer {
    control: u32,
    initial: u32,
    /// When it began the period that runs now.
    since: u64,
    /// When it expires; `None` while it stands.
    expires: Option<u64>,
    expired: bool,
}

impl Timer {
    fn new() -> Self {
        Self { control: AFTER_RESET, initial: 0, since: 0, expires: None, expired: false }
    }

    fn prescale(&self) -> u64 {
        u64::from(self.control & 0xFF) + 1
    }

    fn period(&self) -> u64 {
        instructions_in(self.prescale().saturating_mul(u64::from(self.initial)))
    }

    fn restart(&mut self, now: u64) {
        let runs = self.control & ENABLED != 0 && self.initial != 0;
        self.since = now;
        self.expires = runs.then(|| now.saturating_add(self.period()));
    }

    fn set_control(&mut self, value: u32, now: u64) {
        if value & RESET != 0 {
            *self = Self { initial: self.initial, expired: self.expired, ..Self::new() };
            return;
        }
        self.control = value;
        self.restart(now);
    }

    fn advance(&mut self, now: u64) {
        if let Some(expires) = self.expires.filter(|expires| *expires <= now) {
            let period = self.period();
            let missed = now.saturating_sub(expires) / period;
            self.expired = true;
            self.since = expires.saturating_add(missed.saturating_mul(period));
            self.expires = Some(self.since.saturating_add(period));
        }
    }

    fn control(&self) -> u32 {
        if self.expires.is_some() { self.control | COUNTS } else { self.control }
    }

    /// What is left to count down.
    fn count(&self, now: u64) -> u32 {
        if self.expires.is_none() {
            return self.initial;
        }
        let passed = crystal_cycles(now.saturating_sub(self.since)) / self.prescale();
        self.initial.saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX))
    }

    fn interrupts(&self) -> bool {
        self.expired && self.control & INTERRUPTS != 0
    }
}

/// The timers.
#[derive(Debug)]
pub struct Timers {
    timer0: Timer,
    timer1: Timer,
    watchdog: u32,
}

impl Default for Timers {
    fn default() -> Self {
        Self { timer0: Timer::new(), timer1: Timer::new(), watchdog: 0 }
    }
}

impl Timers {
    /// What a register reads as.
    pub fn read(&self, offset: u32, now: u64) -> u32 {
        match offset {
            0x00 => self.timer0.control(),
            0x04 => self.timer1.control(),
            0x08 => self.timer0.initial,
            0x0C => self.timer1.initial,
            0x10 => self.timer0.count(now),
            0x14 => self.timer1.count(now),
            0x18 => u32::from(self.timer0.expired) | u32::from(self.timer1.expired) << 1,
            0x1C => self.watchdog,
            _ => 0,
        }
    }

    /// Whether the register changes while time passes.
    pub fn shows_time(offset: u32) -> bool {
        matches!(offset, 0x10 | 0x14)
    }

    /// Starts, stops or acknowledges.
    pub fn write(&mut self, offset: u32, value: u32, now: u64) {
        match offset {
            0x00 => self.timer0.set_control(value, now),
            0x04 => self.timer1.set_control(value, now),
            0x08 => {
                self.timer0.initial = value;
                self.timer0.restart(now);
            }
            0x0C => {
                self.timer1.initial = value;
                self.timer1.restart(now);
            }
            0x18 => {
                self.timer0.expired &= value & 1 == 0;
                self.timer1.expired &= value & 2 == 0;
            }
            0x1C => self.watchdog = value,
            _ => {}
        }
    }

    /// Lets the time be `now`.
    pub fn advance(&mut self, now: u64) {
        self.timer0.advance(now);
        self.timer1.advance(now);
    }

    /// When one of them expires next.
    pub fn next_event(&self) -> Option<u64> {
        [self.timer0.expires, self.timer1.expires].into_iter().flatten().min()
    }

    /// Whether each of the two interrupts.
    pub fn interrupts(&self) -> [bool; 2] {
        [self.timer0.interrupts(), self.timer1.interrupts()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TCSR0: u32 = 0x00;
    const TICR0: u32 = 0x08;
    const TDR0: u32 = 0x10;
    const TISR: u32 = 0x18;

    /// soc-for-emulation.md section 5: a hundred ticks a second are 400,000 instructions apart.
    #[test]
    fn the_kernels_tick_comes_each_400_000_instructions() {
        let mut timers = Timers::default();
        timers.write(TICR0, 1500, 1000);
        timers.write(TCSR0, 0xE800_0063, 1000);
        assert_eq!(timers.next_event(), Some(401_000));
        timers.advance(400_999);
        assert_eq!((timers.interrupts(), timers.read(TISR, 400_999)), ([false, false], 0));
        timers.advance(401_000);
        assert_eq!((timers.interrupts(), timers.next_event()), ([true, false], Some(801_000)));
        timers.write(TISR, 1, 401_010);
        assert_eq!((timers.interrupts(), timers.next_event()), ([false, false], Some(801_000)), "no tick is lost");
    }

    #[test]
    fn the_boot_loaders_timer_is_polled_a_thousand_times_a_second() {
        let mut timers = Timers::default();
        timers.write(TICR0, 0x3A98, 0);
        timers.write(TCSR0, 0x6000_0000, 0);
        for millisecond in 1..=5 {
            let now = millisecond * 40_000;
            assert_eq!(timers.next_event(), Some(now));
            timers.advance(now);
            assert_eq!(timers.read(TISR, now), 1);
            timers.write(TISR, 1, now);
        }
    }

    #[test]
    fn the_counter_counts_down_and_a_reset_stops_it() {
        let mut timers = Timers::default();
        timers.write(TICR0, 1500, 0);
        timers.write(TCSR0, 0x4800_0063, 0);
        assert_eq!((timers.read(TDR0, 0), timers.read(TDR0, 200_000)), (1500, 750));
        assert_eq!(timers.read(TCSR0, 0), 0x4A00_0063, "it is running");
        timers.write(TCSR0, 1 << 26, 0);
        assert_eq!((timers.next_event(), timers.read(TCSR0, 0)), (None, 5));
    }

    #[test]
    fn no_period_is_too_short_and_a_long_pause_is_one_expiry() {
        let mut timers = Timers::default();
        timers.write(TICR0, 1, 0);
        timers.write(TCSR0, 0x6800_0000, 0);
        timers.advance(1_000_000_001);
        assert!(timers.next_event().is_some_and(|next| (1_000_000_002..1_000_000_010).contains(&next)));
        timers.write(TICR0, 0, 0);
        assert_eq!(timers.next_event(), None, "a timer of no length stands");
        timers.write(TICR0, u32::MAX, u64::MAX - 5);
        timers.advance(u64::MAX);
    }
}
