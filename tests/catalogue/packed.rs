//! Kernels as the camera packs them, and zips that are none.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use unbrick::format::kernel;
use unbrick::format::kernel_zip::{self, DosTime, Effort};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn kernel() -> Vec<u8> {
    let mut state = 1_u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0] & 0x3F
    });
    kernel::START.into_iter().chain(noise.take(20_000)).collect()
}

/// A zip as the camera's own packer writes it.
pub fn whole() -> Vec<u8> {
    kernel_zip::build("linux.bin", &kernel(), DosTime { time: 0x411D, date: 0x3D86 }, Effort::default()).unwrap()
}

fn zipped(method: CompressionMethod, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn cut() -> Vec<u8> {
    let mut zip = whole();
    zip.truncate(zip.len() - 0x100);
    zip
}

pub fn erased_behind_its_header() -> Vec<u8> {
    let mut zip = whole();
    zip[0x27..].fill(0xFF);
    zip
}

pub fn stored() -> Vec<u8> {
    zipped(CompressionMethod::Stored, &[("linux.bin", &kernel())])
}

pub fn with_another_crc() -> Vec<u8> {
    const CRC_AT: usize = 14;
    let mut zip = whole();
    zip[CRC_AT] ^= 0x01;
    zip
}

pub fn without_its_directory() -> Vec<u8> {
    let mut zip = whole();
    let stream = kernel_zip::parse(&zip).unwrap().value.stream;
    zip.truncate(stream.end());
    zip
}

pub fn with_a_damaged_directory() -> Vec<u8> {
    let mut zip = whole();
    let directory_offset_at = zip.len() - 6;
    zip[directory_offset_at + 2] = 0xFF;
    zip
}

pub fn as_gzip_without_its_end() -> Vec<u8> {
    let mut gzip = gzipped(&kernel());
    gzip.truncate(gzip.len() - 3);
    gzip
}

/// 80 MB of zeros in some 80 kB.
pub fn bomb() -> Vec<u8> {
    let mut bomb = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0z".to_vec();
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![0; 1 << 20];
    (0..80).for_each(|_| encoder.write_all(&zeros).unwrap());
    bomb.extend(encoder.finish().unwrap());
    bomb
}

pub fn with_a_second_file() -> Vec<u8> {
    zipped(CompressionMethod::Deflated, &[("linux.bin", &kernel()), ("readme.txt", b"hello")])
}

pub fn too_big() -> Vec<u8> {
    let mut kernel = kernel();
    kernel.resize(kernel::MAX_BYTES + 1, 0);
    gzipped(&kernel)
}

pub fn without_kernel() -> Vec<u8> {
    zipped(CompressionMethod::Deflated, &[("holiday.txt", b"We went to the sea.")])
}
