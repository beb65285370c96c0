//! The three checksums of these cameras that no crate has. CRC-32 comes from `crc32fast`.

/// The boot loader's sum over an image or a footer: little-endian 32-bit words added up in 64 bits, then both halves
/// added and inverted. Bytes behind the last whole word do not count.
///
/// boot-loader.md section 2.1, certain.
pub fn word_sum(bytes: &[u8]) -> u32 {
    let (words, _) = bytes.as_chunks::<4>();
    let sum = words.iter().fold(0_u64, |sum, word| sum.wrapping_add(u64::from(u32::from_le_bytes(*word))));
    !(low_half(sum).wrapping_add(low_half(sum >> 32)))
}

/// The sum of a web UI package or settings block: bytes added up modulo 2^32.
///
/// packages-and-formats.md sections 3 and 4, certain.
pub fn byte_sum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0_u32, |sum, byte| sum.wrapping_add(u32::from(*byte)))
}

/// The sum that a romfs header makes zero: big-endian 32-bit words modulo 2^32, a short last word filled with zeros.
///
/// packages-and-formats.md section 6, certain.
pub fn romfs_sum(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let mut last = [0; 4];
    for (place, byte) in last.iter_mut().zip(rest) {
        *place = *byte;
    }
    words.iter().fold(u32::from_be_bytes(last), |sum, word| sum.wrapping_add(u32::from_be_bytes(*word)))
}

#[allow(clippy::cast_possible_truncation)] // the low half is what is asked for
const fn low_half(sum: u64) -> u32 {
    sum as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of boot-loader.md section 2.1: 56 bytes of a camera's BOOT INFO.
    #[test]
    fn the_word_sum_of_a_boot_info_is_the_published_one() {
        let mut boot_info = [0_u8; 0x38];
        boot_info[..0x10].copy_from_slice(&hex::decode("480000000100000000a8f8005ca60000").unwrap());
        boot_info[0x20] = 1;
        boot_info[0x24] = 1;
        boot_info[0x30..].copy_from_slice(&hex::decode("0000300000001000").unwrap());
        assert_eq!(word_sum(&boot_info), 0xFEC6_B158);
    }

    #[test]
    fn the_romfs_sum_of_a_root_entry_is_zero() {
        let entry = hex::decode("000000490000002000000000d1ffff972e000000000000000000000000000000").unwrap();
        assert_eq!(romfs_sum(&entry), 0);
    }

    #[test]
    fn the_byte_sum_wraps_only_beyond_32_bits() {
        assert_eq!(byte_sum(&[0xFF; 0x101]), 0xFF * 0x101);
    }
}
