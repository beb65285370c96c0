//! Intel HEX and Motorola S-records, one at a time: a broken record takes no other with it.
//!
//! The crates `ihex` and `srec` read a record; what they are given here is nothing but its digits, as many as its own
//! count asks for.

use ihex::Record as HexRecord;
use srec::Record as SRecord;

use super::super::Dialect;
use super::super::evidence::{Evidence, Harm};
use super::super::line::digit;
use super::head::{self, digits};
use super::wrap;
use crate::image::Span;

/// Characters of an Intel HEX record besides its data: colon, count, offset, kind and checksum.
const HEX_FRAME_CHARS: usize = 11;

/// Characters of an S-record that its count does not cover: the letter, the kind and the count.
const S_FRAME_CHARS: usize = 4;

/// Characters up to the count of either kind.
const HEAD_CHARS: usize = 4;

/// Digits without which nothing is a record: count, address and checksum.
const MIN_DIGITS: usize = 8;

/// The longest record that holds no data but an address: so short a damaged one may have changed the upper address.
const ADDRESS_RECORD_CHARS: usize = 15;

/// Records go on where they did before if no more bytes than this are lost in between.
const LOST_NEAR_BYTES: u32 = 0x200;

/// What the records before said.
#[derive(Debug, Default)]
pub(super) struct Records {
    base: Base,
    /// Behind the last byte of the last data record of Intel HEX, from the base on.
    behind: u32,
}

/// What Intel HEX adds to the offset of a data record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    Known(u32),
    /// A record is lost that may have told another one.
    InDoubt(u32),
    /// The record that told it is lost.
    Lost,
}

impl Default for Base {
    fn default() -> Self {
        Self::Known(0)
    }
}

impl Records {
    /// Reads the record that `text` starts with, or what is left of it, and tells how many characters it takes.
    pub fn read(&mut self, text: &[u8], text_offset: usize, evidence: &mut Evidence) -> Option<usize> {
        let head = wrap::join(text, HEAD_CHARS..=HEAD_CHARS, |_| false);
        let head = head.as_ref().map_or(head::line_of(text, HEAD_CHARS), |joined| &joined.line);
        let (count_at, frame_chars) = match head {
            [b':', ..] => (1, HEX_FRAME_CHARS),
            [b'S', b'0'..=b'9', ..] => (2, S_FRAME_CHARS),
            _ => return None,
        };
        let count = byte_at(head, count_at)?;
        let chars = usize::from(count).saturating_mul(2).saturating_add(frame_chars);
        let line = head::line_of(text, chars);
        // a terminal may have broken it
        let joined = (line.len() < chars).then(|| wrap::join(text, chars..=chars, |_| false)).flatten();
        let joined = joined.filter(|joined| {
            digits(joined.line.get(count_at..).unwrap_or_default(), chars) == chars.saturating_sub(count_at)
        });
        let line = joined.as_ref().map_or(line, |joined| &joined.line);
        if digits(line.get(count_at..).unwrap_or_default(), MIN_DIGITS) < MIN_DIGITS {
            return None;
        }
        let taken = if count_at == 1 {
            self.intel_hex(line, count, chars, text_offset, evidence)
        } else {
            s_record(line, count, chars, text_offset, evidence)
        };
        Some(joined.map_or(taken, |joined| joined.text_chars(taken)))
    }

    fn intel_hex(
        &mut self,
        line: &[u8],
        count: u8,
        chars: usize,
        text_offset: usize,
        evidence: &mut Evidence,
    ) -> usize {
        let read = line.get(..chars).and_then(|record| std::str::from_utf8(record).ok());
        let read = read.and_then(|record| HexRecord::from_record_string(record).ok());
        match read {
            Some(HexRecord::Data { offset, value }) => self.data(offset, &value, evidence),
            Some(HexRecord::ExtendedLinearAddress(upper)) => self.rebase(u32::from(upper) << 16),
            Some(HexRecord::ExtendedSegmentAddress(segment)) => self.rebase(u32::from(segment) << 4),
            Some(HexRecord::EndOfFile) => evidence.push_end(Dialect::IntelHex.family(), None),
            Some(_) => {}
            None => return self.damaged(line, count, chars, text_offset, evidence),
        }
        chars
    }

    fn rebase(&mut self, base: u32) {
        (self.base, self.behind) = (Base::Known(base), 0);
    }

    fn data(&mut self, offset: u16, value: &[u8], evidence: &mut Evidence) {
        // an offset that falls back where the 64 KiB are full: the record with the next base is lost
        let offset = u32::from(offset);
        if self.behind > u32::from(u16::MAX) && offset < self.behind {
            self.base = Base::Lost;
        }
        // a lost record in the midst of others was one of them
        let goes_on = self.behind > 0 && (self.behind..self.behind.saturating_add(LOST_NEAR_BYTES)).contains(&offset);
        if let Base::InDoubt(base) = self.base {
            self.base = if goes_on { Base::Known(base) } else { Base::Lost };
        }
        let len = u32::try_from(value.len()).unwrap_or(0);
        self.behind = offset.saturating_add(len);
        let address = match self.base {
            Base::Known(base) => base.checked_add(offset).filter(|address| address.checked_add(len).is_some()),
            Base::InDoubt(_) | Base::Lost => None,
        };
        match address {
            Some(address) => evidence.push_record(Dialect::IntelHex, address, value),
            None => evidence.without_place = evidence.without_place.saturating_add(1),
        }
    }

    /// A record that cannot be read. If it may have told a new base, that is lost.
    fn damaged(&mut self, line: &[u8], count: u8, chars: usize, text_offset: usize, evidence: &mut Evidence) -> usize {
        let here = digits(line.get(1..).unwrap_or_default(), chars).saturating_add(1);
        let is_data = byte_at(line, 7) == Some(0) && line.len() > ADDRESS_RECORD_CHARS;
        let offset = byte_at(line, 3).zip(byte_at(line, 5)).map(|(high, low)| u16::from_be_bytes([high, low]));
        match (self.base, offset) {
            (Base::Known(base), Some(offset)) if is_data => {
                let address = base.saturating_add(u32::from(offset));
                self.behind = u32::from(offset).saturating_add(u32::from(count));
                let len = usize::from(count);
                let why = if here >= chars { Harm::Checksum } else { Harm::Unreadable };
                evidence.push_damage(address, len, Span::new(0, len), text_offset, why);
            }
            _ => {
                if let Base::Known(base) = self.base
                    && !is_data
                {
                    self.base = Base::InDoubt(base);
                }
                evidence.without_place = evidence.without_place.saturating_add(1);
            }
        }
        here.min(line.len())
    }
}

fn s_record(line: &[u8], count: u8, chars: usize, text_offset: usize, evidence: &mut Evidence) -> usize {
    let here = digits(line.get(2..).unwrap_or_default(), chars).saturating_add(2);
    // a heading says nothing about bytes, and `srec` takes only such as are UTF-8
    if line.get(1) == Some(&b'0') {
        return chars.min(here);
    }
    let record = line.get(..chars).filter(|_| here >= chars).and_then(|record| std::str::from_utf8(record).ok());
    match record.and_then(|record| record.parse::<SRecord>().ok()) {
        Some(SRecord::S1(data)) => evidence.push_record(Dialect::SRecord, u32::from(data.address.0), &data.data),
        Some(SRecord::S2(data)) => evidence.push_record(Dialect::SRecord, data.address.0, &data.data),
        Some(SRecord::S3(data)) => evidence.push_record(Dialect::SRecord, data.address.0, &data.data),
        Some(SRecord::S5(told)) => evidence.records_told = Some(usize::from(told.0)),
        Some(SRecord::S6(told)) => evidence.records_told = usize::try_from(told.0).ok(),
        Some(SRecord::S7(_) | SRecord::S8(_) | SRecord::S9(_)) => {
            evidence.push_end(Dialect::SRecord.family(), None);
        }
        Some(SRecord::S0(_)) => {}
        None => {
            let address_bytes = match line.get(1) {
                Some(b'1') => 2,
                Some(b'2') => 3,
                Some(b'3') => 4,
                _ => return here.min(line.len()),
            };
            let address = (0..address_bytes).try_fold(0_u32, |address, place: usize| {
                let byte = byte_at(line, place.saturating_mul(2).saturating_add(S_FRAME_CHARS))?;
                Some((address << 8) | u32::from(byte))
            });
            let len = usize::from(count).saturating_sub(address_bytes).saturating_sub(1);
            let why = if here >= chars { Harm::Checksum } else { Harm::Unreadable };
            match address {
                Some(address) => evidence.push_damage(address, len, Span::new(0, len), text_offset, why),
                None => evidence.without_place = evidence.without_place.saturating_add(1),
            }
        }
    }
    chars.min(here).min(line.len())
}

/// The byte whose two digits stand at a place.
fn byte_at(line: &[u8], at: usize) -> Option<u8> {
    let &[ten, one] = line.get(at..at.checked_add(2)?)? else { return None };
    let (ten, one) = (digit(ten), digit(one));
    (ten < 16 && one < 16).then_some((ten << 4) | one)
}
