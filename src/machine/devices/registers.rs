//! Registers that keep what was written to them, which is all that some devices need.

/// How many words one device has at most.
const WORDS: usize = 0x100;

/// A device's registers; those behind the last one read as zero.
#[derive(Debug)]
pub struct Registers(Vec<u32>);

impl Default for Registers {
    fn default() -> Self {
        Self(vec![0; WORDS])
    }
}

impl Registers {
    /// The register at a byte offset.
    pub fn read(&self, offset: u32) -> u32 {
        self.0.get((offset >> 2) as usize).copied().unwrap_or(0)
    }

    /// Keeps a value.
    pub fn write(&mut self, offset: u32, value: u32) {
        if let Some(word) = self.0.get_mut((offset >> 2) as usize) {
            *word = value;
        }
    }

    /// The same registers, one of them with a value that it has from the start.
    #[must_use]
    pub fn with(mut self, offset: u32, value: u32) -> Self {
        self.write(offset, value);
        self
    }
}
