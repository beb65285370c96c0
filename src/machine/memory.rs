//! RAM: little-endian bytes, read and written in units of any of the three widths.

/// Main memory. Addresses count from its first byte; what lies behind the end reads as zero and swallows writes.
#[derive(Debug)]
pub struct Memory {
    words: Vec<[u8; 4]>,
}

impl Memory {
    /// `len_bytes` of zeros, rounded down to whole words.
    pub fn new(len_bytes: usize) -> Self {
        Self { words: vec![[0; 4]; len_bytes / 4] }
    }

    /// Its bytes in order.
    pub fn bytes(&self) -> &[u8] {
        self.words.as_flattened()
    }

    /// The word at `address`, which is taken down to a multiple of four; `None` behind the end.
    #[inline(always)]
    pub fn word(&self, address: u32) -> Option<u32> {
        self.words.get((address >> 2) as usize).map(|word| u32::from_le_bytes(*word))
    }

    /// The half word at `address`, which is taken down to a multiple of two.
    #[inline(always)]
    pub fn half_word(&self, address: u32) -> Option<u16> {
        let halves = self.bytes().as_chunks::<2>().0;
        halves.get((address >> 1) as usize).map(|half| u16::from_le_bytes(*half))
    }

    /// The byte at `address`.
    #[inline(always)]
    pub fn byte(&self, address: u32) -> Option<u8> {
        self.bytes().get(address as usize).copied()
    }

    /// Where the word at `address` stands.
    #[inline(always)]
    pub fn word_mut(&mut self, address: u32) -> Option<&mut [u8; 4]> {
        self.words.get_mut((address >> 2) as usize)
    }

    /// Where the half word at `address` stands.
    #[inline(always)]
    pub fn half_word_mut(&mut self, address: u32) -> Option<&mut [u8; 2]> {
        self.words.as_flattened_mut().as_chunks_mut::<2>().0.get_mut((address >> 1) as usize)
    }

    /// Where the byte at `address` stands.
    #[inline(always)]
    pub fn byte_mut(&mut self, address: u32) -> Option<&mut u8> {
        self.words.as_flattened_mut().get_mut(address as usize)
    }

    /// Copies `bytes` to `address`, as far as there is memory.
    pub fn load(&mut self, address: u32, bytes: &[u8]) {
        let place = self.words.as_flattened_mut().get_mut(address as usize..).unwrap_or_default();
        place.iter_mut().zip(bytes).for_each(|(place, byte)| *place = *byte);
    }
}

/// What a device finds in memory on its own: words at bus addresses, of which bit 31 only says "past the cache"
/// (soc-for-emulation.md section 1, certain).
impl Memory {
    /// The word that a device reads; zero where there is no memory.
    pub fn dma_word(&self, address: u32) -> u32 {
        self.word(address & !CACHE_BYPASS).unwrap_or(0)
    }

    /// Writes a word for a device.
    pub fn set_dma_word(&mut self, address: u32, value: u32) {
        if let Some(word) = self.word_mut(address & !CACHE_BYPASS) {
            *word = value.to_le_bytes();
        }
    }

    /// `len` bytes that a device reads, fewer at the end of memory.
    pub fn dma_bytes(&self, address: u32, len: usize) -> &[u8] {
        let there = self.bytes().get((address & !CACHE_BYPASS) as usize..).unwrap_or_default();
        there.get(..len).unwrap_or(there)
    }

    /// Writes bytes for a device.
    pub fn dma_load(&mut self, address: u32, bytes: &[u8]) {
        self.load(address & !CACHE_BYPASS, bytes);
    }
}

/// The address bit that leads past the cache and else to the same place.
pub const CACHE_BYPASS: u32 = 0x8000_0000;
