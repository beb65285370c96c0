//! Settings that are being written.

use thiserror::Error;

use super::layout::{self, Place, Type};
use super::{CAMERA_LEN, CAMERA_LEN_2009, MAGIC};
use crate::format::zone;

/// A settings block that is being written: all zeros but for what was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    block: Vec<u8>,
}

/// Why a setting was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotSettable {
    /// No field has this name, or only newer firmware has it.
    #[error("these settings have no field `{0}`")]
    UnknownField(String),
    /// The text does not fit, with the NUL that ends it.
    #[error("`{field}` takes at most {limit} bytes of text")]
    TooLong {
        /// The field.
        field: String,
        /// The bytes that it has room for.
        limit: usize,
    },
    /// The value is not of the field's type.
    #[error("`{field}` takes {expected}, not `{value}`")]
    WrongType {
        /// The field.
        field: String,
        /// What it takes.
        expected: &'static str,
        /// What was given.
        value: String,
    },
}

impl Draft {
    /// Camera settings as system 21.37.2.37 lays them out.
    pub fn camera() -> Self {
        Self::with_extensions(CAMERA_LEN)
    }

    /// Camera settings as systems x.22.2.14 lay them out.
    pub fn camera_2009() -> Self {
        Self::with_extensions(CAMERA_LEN_2009)
    }

    /// Brightness, contrast and such.
    pub fn video() -> Self {
        Self { block: vec![0; 0x14] }
    }

    /// The state of dynamic DNS.
    pub fn dynamic_dns() -> Self {
        Self { block: vec![0; 0xE0] }
    }

    /// Pan and tilt positions.
    pub fn presets() -> Self {
        Self { block: vec![0; 0x12C] }
    }

    fn with_extensions(len: usize) -> Self {
        let mut draft = Self { block: vec![0; len] };
        for start in layout::EXTENSIONS.into_iter().filter(|&start| start < len) {
            draft.put(start, &MAGIC);
        }
        draft
    }

    /// Sets a field, named as in [`Field::name`](super::Field::name), to what `value` says.
    ///
    /// # Errors
    /// If there is no such field, or the value does not fit it.
    pub fn set(&mut self, field: &str, value: &str) -> Result<&mut Self, NotSettable> {
        let places = super::places_of(self.block.len());
        let place = places.into_iter().find(|place| place.name == field && self.has(place));
        let place = place.ok_or_else(|| NotSettable::UnknownField(field.to_owned()))?;
        let bytes = encoded(&place, value)?;
        self.put(place.offset, &bytes);
        Ok(self)
    }

    /// The block, with its size and sum.
    pub fn finish(self) -> Vec<u8> {
        zone::seal(self.block)
    }

    fn has(&self, place: &Place) -> bool {
        place.offset.saturating_add(place.kind.len()) <= self.block.len()
    }

    fn put(&mut self, offset: usize, bytes: &[u8]) {
        for (place, byte) in self.block.iter_mut().skip(offset).zip(bytes) {
            *place = *byte;
        }
    }
}

fn encoded(place: &Place, value: &str) -> Result<Vec<u8>, NotSettable> {
    let wrong = |expected| NotSettable::WrongType { field: place.name.to_string(), expected, value: value.to_owned() };
    let number = "a number of its size";
    match place.kind {
        Type::Text(len) => {
            let limit = len.saturating_sub(1);
            if value.len() > limit {
                return Err(NotSettable::TooLong { field: place.name.to_string(), limit });
            }
            let zeros = len.saturating_sub(value.len());
            Ok(value.bytes().chain(std::iter::repeat_n(0, zeros)).collect())
        }
        Type::Ip | Type::Mask | Type::Version => {
            value.parse::<std::net::Ipv4Addr>().map(|ip| ip.octets().to_vec()).map_err(|_| wrong("a.b.c.d"))
        }
        Type::Day => day(value).ok_or_else(|| wrong("three words of eight hexadecimal digits")),
        Type::Bytes(len) | Type::OwnBytes(len) => hex::decode(value)
            .ok()
            .filter(|bytes| bytes.len() == len)
            .ok_or_else(|| wrong("the hexadecimal digits of its bytes")),
        Type::Privilege | Type::U8 => value.parse::<u8>().map(|number| vec![number]).map_err(|_| wrong(number)),
        Type::I8 => value.parse::<i8>().map(|number| number.to_le_bytes().to_vec()).map_err(|_| wrong(number)),
        Type::U16 => value.parse::<u16>().map(|number| number.to_le_bytes().to_vec()).map_err(|_| wrong(number)),
        Type::U16Be => value.parse::<u16>().map(|number| number.to_be_bytes().to_vec()).map_err(|_| wrong(number)),
        Type::U32 => value.parse::<u32>().map(|number| number.to_le_bytes().to_vec()).map_err(|_| wrong(number)),
        Type::I32 => value.parse::<i32>().map(|number| number.to_le_bytes().to_vec()).map_err(|_| wrong(number)),
    }
}

fn day(value: &str) -> Option<Vec<u8>> {
    let words = value.split_whitespace().map(|word| u32::from_str_radix(word, 16).ok().map(u32::to_le_bytes));
    let words: Vec<[u8; 4]> = words.collect::<Option<_>>()?;
    (words.len() == 3).then(|| words.concat())
}
