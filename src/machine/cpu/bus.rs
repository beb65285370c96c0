//! What the CPU sees of everything outside it.

/// The bus has nothing at this address, and says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abort;

/// Memory and devices. The CPU is compiled for one bus, so that a short `#[inline]` test for RAM in front of each
/// access costs next to nothing; keep what lies behind that test (flash, devices) in functions of their own that are
/// not inlined.
///
/// Addresses come aligned to the size of the access. `now` is the time in instructions, the one that makes the access
/// included ([`Cpu::now`](super::Cpu::now)): a device that shows the time needs no other clock, and RAM need not look
/// at it.
///
/// An `Err` makes the CPU stop with [`Stop::Fault`](super::Stop::Fault). A bus that rather ignores accesses to nowhere
/// returns `Ok(0)`.
pub trait Bus {
    /// The ARM instruction at a multiple of four.
    ///
    /// # Errors
    /// There is no memory that can hold code: a wild jump.
    fn fetch32(&mut self, address: u32) -> Result<u32, Abort>;

    /// The Thumb instruction at a multiple of two.
    ///
    /// # Errors
    /// There is no memory that can hold code: a wild jump.
    fn fetch16(&mut self, address: u32) -> Result<u16, Abort>;

    /// A word, at a multiple of four.
    ///
    /// # Errors
    /// Nothing is there.
    fn read32(&mut self, address: u32, now: u64) -> Result<u32, Abort>;

    /// A halfword, at a multiple of two.
    ///
    /// # Errors
    /// Nothing is there.
    fn read16(&mut self, address: u32, now: u64) -> Result<u16, Abort>;

    /// A byte.
    ///
    /// # Errors
    /// Nothing is there.
    fn read8(&mut self, address: u32, now: u64) -> Result<u8, Abort>;

    /// Writes a word at a multiple of four.
    ///
    /// # Errors
    /// Nothing is there.
    fn write32(&mut self, address: u32, value: u32, now: u64) -> Result<(), Abort>;

    /// Writes a halfword at a multiple of two.
    ///
    /// # Errors
    /// Nothing is there.
    fn write16(&mut self, address: u32, value: u16, now: u64) -> Result<(), Abort>;

    /// Writes a byte.
    ///
    /// # Errors
    /// Nothing is there.
    fn write8(&mut self, address: u32, value: u8, now: u64) -> Result<(), Abort>;

    /// Whether [`Cpu::run`](super::Cpu::run) shall return after the instruction that is being executed. Asked after
    /// every load and store, so let it be the reading of one field. The bus sets it when an access changed what lies
    /// ahead (an interrupt line, the time of the next event, a reset), and clears it when that was attended to.
    fn wants_attention(&self) -> bool;

    /// The interrupt line. Asked when [`Cpu::run`](super::Cpu::run) starts and when the program may have enabled
    /// interrupts; a change in between needs [`Bus::wants_attention`].
    fn irq(&self) -> bool;

    /// The fast interrupt line, as [`Bus::irq`].
    fn fiq(&self) -> bool {
        false
    }

    /// A counter that moves with every read whose next answer could be another one before the next event: a device
    /// register that shows the time, or whose reading has an effect. Reads of RAM and of flash are none. A loop in
    /// which this counter stands still, nothing is stored and no register changes is idle
    /// ([`Stop::Idle`](super::Stop::Idle)).
    fn unsteady_reads(&self) -> u64;
}
