//! The tables by which drivers in a kernel say which USB devices they drive.
//!
//! ```text
//! struct usb_device_id of Linux 2.4, 20 bytes, little-endian        struct usb_driver of Linux 2.4
//! 0x00  u16  which of the fields count                              0x00  name
//! 0x02  u16  vendor           0x06  u16 u16  lowest, highest        0x04  probe
//! 0x04  u16  product                         version of the device  0x08  disconnect
//! 0x0A  u8   device class, subclass, protocol                       ...
//! 0x0D  u8   interface class, subclass, protocol                    0x30  the table
//! 0x10  u32  the driver's own
//! ```
//!
//! A table ends with 20 zeros. Fields that do not count are zero, and which of them count is one of a few values that
//! drivers use: so a table is known by its content. In the kernel of December 2010 the three tables that name vendors
//! were found this way and nothing else, and each is named by the `usb_driver` that points to it (read in the bytes,
//! certain for that kernel).

use std::fmt;

use serde::{Serialize, Serializer};

use super::pointer;
use crate::format::text::{readable, until_nul};

/// Vendor and product. Displays as `148f:3070`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UsbId {
    /// The vendor.
    pub vendor: u16,
    /// The product.
    pub product: u16,
}

impl UsbId {
    /// The id of a product.
    pub const fn new(vendor: u16, product: u16) -> Self {
        Self { vendor, product }
    }
}

impl fmt::Display for UsbId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04x}:{:04x}", self.vendor, self.product)
    }
}

impl Serialize for UsbId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A table, and the driver that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbTable {
    /// The name of the driver; `None` if no `usb_driver` points to the table.
    pub driver: Option<String>,
    /// What it drives, in the order of the table.
    pub ids: Vec<UsbId>,
}

/// Bytes in a record of a table.
pub(super) const RECORD_LEN: usize = 0x14;

/// Which fields count, as the kernel's macros write it: vendor and product; these and a range of versions; these and
/// the class of an interface.
pub(super) const BY_PRODUCT: u16 = 0x0003;
const BY_VERSION: u16 = 0x000F;
const BY_INTERFACE: u16 = 0x0383;

/// Where a `usb_driver` has the address of its table.
pub(super) const TABLE_FIELD: usize = 0x30;

/// A table with more records is none: the longest known has 70.
const MAX_RECORDS: usize = 1024;

/// At most this many tables are looked at; a kernel has fewer than ten.
const MAX_TABLES: usize = 256;

/// Longer names are no driver's.
const MAX_NAME_BYTES: usize = 64;

/// Every table in the bytes of a kernel.
pub fn usb_tables(kernel: &[u8]) -> Vec<UsbTable> {
    let mut tables = Vec::new();
    let mut at = 0_usize;
    let mut left = MAX_TABLES;
    while let Some(rest) = kernel.get(at..).filter(|rest| !rest.is_empty() && left > 0) {
        let Run { ids, is_table } = run(rest);
        // a run that ends otherwise is no table, wherever in it one starts to read
        let records = ids.len().saturating_add(usize::from(is_table));
        if is_table && !ids.is_empty() {
            left = left.saturating_sub(1);
            let driver = driver_of(kernel, at);
            // one record alone can be chance, unless a driver points to it
            if driver.is_some() || ids.len() > 1 {
                tables.push(UsbTable { driver, ids });
            }
        }
        at = at.saturating_add(records.saturating_mul(RECORD_LEN).max(4));
    }
    tables
}

/// Records in a row.
struct Run {
    ids: Vec<UsbId>,
    /// Whether a record of zeros ends them.
    is_table: bool,
}

fn run(bytes: &[u8]) -> Run {
    let (records, _) = bytes.as_chunks::<RECORD_LEN>();
    let ids: Vec<UsbId> = records.iter().map_while(record).take(MAX_RECORDS).collect();
    let is_table = !ids.is_empty() && records.get(ids.len()).is_some_and(|end| end.iter().all(|&byte| byte == 0));
    Run { ids, is_table }
}

fn record(bytes: &[u8; RECORD_LEN]) -> Option<UsbId> {
    let [m0, m1, v0, v1, p0, p1, versions @ .., d0, d1, d2, i0, i1, i2, _, _, _, _] = bytes;
    let matches = u16::from_le_bytes([*m0, *m1]);
    let id = UsbId { vendor: u16::from_le_bytes([*v0, *v1]), product: u16::from_le_bytes([*p0, *p1]) };
    let has_versions = versions.iter().any(|&byte| byte != 0);
    let has_interface = [i0, i1, i2].iter().any(|&&byte| byte != 0);
    let fits = [BY_PRODUCT, BY_VERSION, BY_INTERFACE].contains(&matches)
        && id.vendor != 0
        && has_versions == (matches == BY_VERSION)
        && has_interface == (matches == BY_INTERFACE)
        && [d0, d1, d2].iter().all(|&&byte| byte == 0);
    fits.then_some(id)
}

/// The name in the `usb_driver` that points to the table at `offset`.
fn driver_of(kernel: &[u8], offset: usize) -> Option<String> {
    let address = super::address_of(offset)?.to_le_bytes();
    memchr::memmem::find_iter(kernel, &address).find_map(|at| {
        let driver = at.checked_sub(TABLE_FIELD).filter(|driver| driver % 4 == 0)?;
        let [name, probe, disconnect] = [0, 4, 8].map(|field| pointer(kernel, driver.saturating_add(field)));
        let (name, _, _) = (name?, probe?, disconnect?);
        let text = until_nul(kernel.get(name..)?.get(..MAX_NAME_BYTES)?);
        let is_name = (2..MAX_NAME_BYTES).contains(&text.len()) && text.iter().all(|byte| (b' '..0x7F).contains(byte));
        is_name.then(|| readable(text))
    })
}
