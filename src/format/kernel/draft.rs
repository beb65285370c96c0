//! Kernels that are no kernels: all that tells what a kernel is, and nothing that runs. For fixtures and tests.

use super::flash_chip::{self, FlashChip};
use super::usb::{self, UsbId};
use super::{START, address_of};

/// A kernel that is being made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    bytes: Vec<u8>,
}

impl Draft {
    /// What every kernel starts with, and a banner: `Linux version ...`, ended by a line break.
    pub fn new(banner: &[u8]) -> Self {
        let mut draft = Self { bytes: START.to_vec() };
        draft.text(banner);
        draft
    }

    /// Appends bytes as they are.
    pub fn append(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self.fill_up();
        self
    }

    /// Appends a text, ended by a NUL.
    pub fn text(&mut self, text: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(text);
        self.bytes.push(0);
        self.fill_up();
        self
    }

    /// Appends a USB driver with its table.
    pub fn usb_driver(&mut self, name: &str, ids: &[UsbId]) -> &mut Self {
        let name_at = self.bytes.len();
        self.text(name.as_bytes());
        let table_at = self.bytes.len();
        for id in ids {
            self.bytes.extend([usb::BY_PRODUCT, id.vendor, id.product].map(u16::to_le_bytes).as_flattened());
            self.zeros(usb::RECORD_LEN.saturating_sub(6));
        }
        self.zeros(usb::RECORD_LEN);
        [name_at, 0, 0].into_iter().for_each(|place| self.address(place));
        self.zeros(usb::TABLE_FIELD.saturating_sub(12));
        self.address(table_at);
        self
    }

    /// Appends the table of flash chips.
    pub fn flash_chips(&mut self, chips: &[FlashChip]) -> &mut Self {
        for chip in chips {
            self.bytes.extend([chip.maker, chip.device]);
            let name = chip.name.bytes().chain(std::iter::repeat(0));
            self.bytes.extend(name.take(flash_chip::NAME.len()));
            self.bytes.extend(chip.mib.to_le_bytes());
            (0..5).for_each(|_| self.address(0));
        }
        self
    }

    /// The kernel.
    pub fn finish(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    fn zeros(&mut self, many: usize) {
        self.bytes.extend(std::iter::repeat_n(0, many));
    }

    fn fill_up(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    fn address(&mut self, place: usize) {
        self.bytes.extend(address_of(place).unwrap_or(0).to_le_bytes());
    }
}
