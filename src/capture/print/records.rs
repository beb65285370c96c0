//! Intel HEX and S-record files, as `objcopy` and `srec_cat` write them.

use ihex::Record;
use srec::{Address32, Count16, Count24, Data, Record as SRecord};

use crate::image::FlashAddr;

/// Bytes of a data record, as `objcopy` writes them.
const RECORD_BYTES: usize = 16;

/// Bytes that one extended address serves in Intel HEX.
const SEGMENT_BYTES: u32 = 0x1_0000;

/// The data records, cut at multiples of 64 KiB as Intel HEX needs it.
fn records(image: &[u8], address: FlashAddr) -> Vec<(u32, &[u8])> {
    let mut records = Vec::with_capacity(image.len() / RECORD_BYTES);
    let (mut at, mut rest) = (address.0, image);
    while !rest.is_empty() {
        let to_segment_end = usize::try_from(SEGMENT_BYTES.saturating_sub(at % SEGMENT_BYTES)).unwrap_or(RECORD_BYTES);
        let (record, behind) = rest.split_at_checked(to_segment_end.min(RECORD_BYTES)).unwrap_or((rest, &[]));
        records.push((at, record));
        at = at.wrapping_add(u32::try_from(record.len()).unwrap_or(0));
        rest = behind;
    }
    records
}

/// Intel HEX with extended linear addresses.
pub(super) fn intel_hex(image: &[u8], address: FlashAddr) -> Vec<u8> {
    let mut upper = 0;
    let mut lines = Vec::new();
    for (at, bytes) in records(image, address) {
        let [high, higher, ..] = at.to_be_bytes();
        let [.., low, lower] = at.to_be_bytes();
        let segment = u16::from_be_bytes([high, higher]);
        if segment != upper {
            lines.push(Record::ExtendedLinearAddress(segment));
            upper = segment;
        }
        lines.push(Record::Data { offset: u16::from_be_bytes([low, lower]), value: bytes.to_vec() });
    }
    lines.push(Record::EndOfFile);
    let lines = lines.iter().filter_map(|line| line.to_record_string().ok());
    lines.flat_map(|line| (line + "\n").into_bytes()).collect()
}

/// S-records with 32-bit addresses, a count and a start address.
pub(super) fn s_records(image: &[u8], address: FlashAddr) -> Vec<u8> {
    let mut lines = vec![SRecord::S0("unbrick".to_owned())];
    let records = records(image, address);
    let count = u32::try_from(records.len()).unwrap_or(u32::MAX);
    lines.extend(
        records.into_iter().map(|(at, bytes)| SRecord::S3(Data { address: Address32(at), data: bytes.to_vec() })),
    );
    lines.push(u16::try_from(count).map_or(SRecord::S6(Count24(count)), |count| SRecord::S5(Count16(count))));
    lines.push(SRecord::S7(Address32(address.0)));
    srec::writer::generate_srec_file(&lines).into_bytes()
}
