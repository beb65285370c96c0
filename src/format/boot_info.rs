//! BOOT INFO, image 0 of every camera: the boot loader's settings and, above all, the MAC address.
//!
//! | off | size | field | | off | size | field |
//! |---|---|---|---|---|---|---|
//! | 0x00 | 4 | length, 0x48 | | 0x2C | 4 | phy |
//! | 0x04 | 4 | type, 1 | | 0x30 | 4 | buffer base |
//! | 0x08 | 6 | MAC address 0 | | 0x34 | 4 | buffer size |
//! | 0x0E | 4+2 | IP address 0, reserved | | 0x38 | 4 | baud rate |
//! | 0x14 | 6 | MAC address 1 | | 0x3C | 4 | RMII |
//! | 0x1A | 4+2 | IP address 1, reserved | | 0x40 | 4 | serial number |
//! | 0x20 | 4 | cache | | 0x44 | 4 | USB |
//! | 0x24 | 4 | DHCP | | | | |
//! | 0x28 | 4 | net MAC | | | | |
//!
//! Factory images stop at 0x38 and leave the rest erased; the boot loader's `set` writes all of it
//! (boot-loader.md section 2.2, certain).

use std::fmt;
use std::net::Ipv4Addr;

use nom::bytes::complete::take;
use nom::number::complete::le_u32;
use nom::{IResult, Parser};

use super::{NotThisFormat, Parsed};
use crate::finding::{Fact, Finding};
use crate::image::Span;

/// The number that its footer gives it (boot-loader.md section 2.2, certain).
pub const IMAGE_NUMBER: u32 = 0;

/// Bytes in the form that factory images have.
pub const FACTORY_LEN: usize = 0x38;

/// Bytes in the form that the boot loader's `set` writes.
pub const FULL_LEN: usize = 0x48;

/// What the length field says in both forms.
pub const DECLARED_LENGTH: u32 = 0x48;

/// What the type field says.
pub const KIND: u32 = 1;

/// How a field reads that was never written.
const ERASED: u32 = u32::MAX;

/// The buffer that factory images name; the kernel must end below it.
const BUFFER_BASE: u32 = 0x30_0000;
const BUFFER_LEN: u32 = 0x10_0000;

/// No board has as much RAM as this.
const RAM_LIMIT: u32 = 0x200_0000;

/// An Ethernet address. Displays as the boot loader prints it, `00:A8:F8:00:5C:A6`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mac(pub [u8; 6]);

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02X}:{b:02X}:{c:02X}:{d:02X}:{e:02X}:{g:02X}")
    }
}

/// How many of the fields were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// 0x38 bytes; what follows is erased or another thing's.
    Factory,
    /// 0x48 bytes.
    Full,
}

/// The boot loader's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BootInfo {
    /// The length field, [`DECLARED_LENGTH`] in both forms.
    pub length: u32,
    /// The type field, [`KIND`]; with any other the boot loader says `ERROR: Unknown data`.
    pub kind: u32,
    /// The MAC address; the kernel's Ethernet driver reads it from here too.
    pub mac0: Mac,
    /// The IP address of the boot loader.
    pub ip0: Ipv4Addr,
    /// The MAC address of a second interface, zeros on cameras.
    pub mac1: Mac,
    /// The IP address of a second interface.
    pub ip1: Ipv4Addr,
    /// Whether the cache is on: 1 or 0.
    pub cache: u32,
    /// Whether DHCP is on: 1 or 0.
    pub dhcp: u32,
    /// Which interface the boot loader uses.
    pub net_mac: u32,
    /// Which PHY it uses.
    pub phy: u32,
    /// RAM address of the boot loader's buffer.
    pub buffer_base: u32,
    /// Bytes in that buffer.
    pub buffer_len: u32,
    /// Baud rate of the console; `None` if erased (printed as -1).
    pub baud: Option<u32>,
    /// Whether the PHY is connected by RMII; `None` if erased.
    pub rmii: Option<u32>,
    /// Serial number; `None` if erased (printed as 0xFFFFFFFF).
    pub serial_number: Option<u32>,
    /// Whether USB is on: only 1 is; `None` if erased.
    pub usb: Option<u32>,
}

fn array<const N: usize>(bytes: &[u8]) -> IResult<&[u8], [u8; N]> {
    take(N).map_opt(|field: &[u8]| field.try_into().ok()).parse(bytes)
}

fn fields(bytes: &[u8]) -> IResult<&[u8], BootInfo> {
    let mac = || array::<6>.map(Mac);
    let ip = || (array::<4>.map(Ipv4Addr::from), take(2_usize)).map(|(ip, _)| ip);
    let (rest, (length, kind, mac0, ip0, mac1, ip1)) = (le_u32, le_u32, mac(), ip(), mac(), ip()).parse(bytes)?;
    let (rest, (cache, dhcp, net_mac, phy, buffer_base, buffer_len)) =
        (le_u32, le_u32, le_u32, le_u32, le_u32, le_u32).parse(rest)?;
    let (rest, (baud, rmii, serial_number, usb)) = match (le_u32, le_u32, le_u32, le_u32).parse(rest) {
        Ok((rest, words)) => (rest, words),
        Err::<_, nom::Err<nom::error::Error<&[u8]>>>(_) => (rest, (ERASED, ERASED, ERASED, ERASED)),
    };
    let written = |word: u32| (word != ERASED).then_some(word);
    Ok((
        rest,
        BootInfo {
            length,
            kind,
            mac0,
            ip0,
            mac1,
            ip1,
            cache,
            dhcp,
            net_mac,
            phy,
            buffer_base,
            buffer_len,
            baud: written(baud),
            rmii: written(rmii),
            serial_number: written(serial_number),
            usb: written(usb),
        },
    ))
}

/// Reads the BOOT INFO that `bytes` start with.
///
/// There is no checksum inside (its footer has one), so it is recognised by five signs: length, type, two switches
/// that are 0 or 1, and a buffer that lies in RAM. One of them may fail, as a finding.
///
/// # Errors
/// If fewer than 0x38 bytes are there, or more than one sign fails.
pub fn parse(bytes: &[u8]) -> Result<Parsed<BootInfo>, NotThisFormat> {
    let Ok((_, info)) = fields(bytes) else {
        return Err(NotThisFormat::at("BOOT INFO", bytes.len(), "at least 56 bytes", bytes));
    };
    let signs = [
        info.length == DECLARED_LENGTH,
        info.kind == KIND,
        info.cache <= 1,
        info.dhcp <= 1,
        info.buffer_base.checked_add(info.buffer_len).is_some_and(|end| end <= RAM_LIMIT) && info.buffer_len > 0,
    ];
    if signs.iter().filter(|sign| !**sign).count() > 1 {
        return Err(NotThisFormat::at("BOOT INFO", 0, "length 0x48 and type 1", bytes));
    }
    let mut findings = Vec::new();
    if info.length != DECLARED_LENGTH || info.kind != KIND {
        let fact = Fact::BootInfoUnexpected { length: info.length, kind: info.kind };
        findings.push(Finding::new(fact, Span::at(0, 8)));
    }
    Ok(Parsed { value: info, findings })
}

impl BootInfo {
    /// What the factory writes, with the usual settings and the given MAC address.
    pub fn factory(mac: Mac) -> Self {
        Self {
            length: DECLARED_LENGTH,
            kind: KIND,
            mac0: mac,
            ip0: Ipv4Addr::UNSPECIFIED,
            mac1: Mac([0; 6]),
            ip1: Ipv4Addr::UNSPECIFIED,
            cache: 1,
            dhcp: 1,
            net_mac: 0,
            phy: 0,
            buffer_base: BUFFER_BASE,
            buffer_len: BUFFER_LEN,
            baud: None,
            rmii: None,
            serial_number: None,
            usb: None,
        }
    }

    /// How many of the fields were written.
    pub fn form(&self) -> Form {
        match (self.baud, self.rmii, self.serial_number, self.usb) {
            (None, None, None, None) => Form::Factory,
            _ => Form::Full,
        }
    }

    /// Bytes that it takes: 0x38 or 0x48.
    #[allow(clippy::len_without_is_empty)] // it never is
    pub fn len(&self) -> usize {
        match self.form() {
            Form::Factory => FACTORY_LEN,
            Form::Full => FULL_LEN,
        }
    }

    /// The bytes of its form; reserved ones are zero.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FULL_LEN);
        bytes.extend([self.length, self.kind].map(u32::to_le_bytes).as_flattened());
        for (mac, ip) in [(self.mac0, self.ip0), (self.mac1, self.ip1)] {
            bytes.extend(mac.0);
            bytes.extend(ip.octets());
            bytes.extend([0, 0]);
        }
        let words = [self.cache, self.dhcp, self.net_mac, self.phy, self.buffer_base, self.buffer_len];
        bytes.extend(words.map(u32::to_le_bytes).as_flattened());
        let later = [self.baud, self.rmii, self.serial_number, self.usb];
        bytes.extend(later.map(|word| word.unwrap_or(ERASED).to_le_bytes()).as_flattened());
        bytes.truncate(self.len());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::checksum::word_sum;
    use crate::finding::Code;

    const MAC: Mac = Mac([0x00, 0xA8, 0xF8, 0x00, 0x5C, 0xA6]);

    /// The 56 bytes of a camera that boot-loader.md section 2.1 sums up.
    #[test]
    fn a_factory_boot_info_has_56_bytes_and_the_published_sum() {
        let bytes = BootInfo::factory(MAC).to_bytes();
        assert_eq!((bytes.len(), word_sum(&bytes)), (FACTORY_LEN, 0xFEC6_B158));
        let info = parse(&bytes).unwrap();
        assert_eq!(info.findings, []);
        assert_eq!(info.value.mac0.to_string(), "00:A8:F8:00:5C:A6");
        assert_eq!((info.value.form(), info.value.baud), (Form::Factory, None));
    }

    #[test]
    fn erased_flash_behind_it_is_not_taken_for_its_later_fields() {
        let mut bytes = BootInfo::factory(MAC).to_bytes();
        bytes.resize(0x100, 0xFF);
        assert_eq!(parse(&bytes), Ok(Parsed::clean(BootInfo::factory(MAC))));
        assert_eq!(parse(&bytes).unwrap().value.len(), FACTORY_LEN);
    }

    #[test]
    fn a_boot_info_of_another_type_is_reported() {
        let other = BootInfo { kind: 2, ..BootInfo::factory(MAC) };
        let findings = parse(&other.to_bytes()).unwrap().findings;
        assert_eq!(findings.iter().map(Finding::code).collect::<Vec<_>>(), [Code::BootInfoUnexpected]);
    }

    #[test]
    fn neither_erased_nor_zeroed_nor_short_bytes_are_a_boot_info() {
        assert!(parse(&[0xFF; 0x100]).is_err());
        assert!(parse(&[0; 0x100]).is_err());
        assert!(parse(&BootInfo::factory(MAC).to_bytes()[..FACTORY_LEN - 1]).is_err());
    }

    proptest! {
        #[test]
        fn a_boot_info_parses_to_itself(
            mac: [u8; 6], ip: [u8; 4], cache in 0_u32..2, dhcp in 0_u32..2, phy: u32,
            baud in proptest::option::of(0..ERASED), serial_number in proptest::option::of(0..ERASED), usb in proptest::option::of(0..ERASED),
        ) {
            let info = BootInfo {
                ip0: ip.into(), cache, dhcp, phy, baud, serial_number, usb,
                ..BootInfo::factory(Mac(mac))
            };
            let bytes = info.to_bytes();
            prop_assert_eq!(bytes.len(), info.len());
            prop_assert_eq!(parse(&bytes), Ok(Parsed::clean(info)));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..0x60)) {
            let _ = parse(&bytes).map(|info| info.value.to_bytes());
        }
    }
}
