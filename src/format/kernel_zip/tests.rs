use std::io::{Cursor, Write};
use std::path::PathBuf;

use flate2::{Compression, GzBuilder};
use jiff::civil::datetime;
use proptest::prelude::*;
use zip::write::SimpleFileOptions;

use super::*;
use crate::finding::{Code, Fact, Finding};

/// Real samples, if this machine has them; a test that finds none says so and passes.
fn sample(path: &str) -> Option<Vec<u8>> {
    let near = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let samples = std::env::var_os("UNBRICK_SAMPLES").map_or(near, PathBuf::from);
    let bytes = std::fs::read(samples.join(path)).ok();
    if bytes.is_none() {
        eprintln!("skipped: {path} is not among the samples here");
    }
    bytes
}

/// Bytes that start as a kernel does and compress about as well.
fn kernel() -> Vec<u8> {
    let mut state = 1_u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8 & 0x3F
    });
    let banner = b"Linux version 2.4.20-uc0 (a@b) (gcc version 3.0) #9 Mon Dec 6 08:08:33 CST 2010\n";
    let mut kernel = kernel::START.to_vec();
    kernel.extend(noise.take(20_000));
    kernel.extend_from_slice(banner);
    kernel.extend_from_slice(&[0; 500]);
    kernel
}

fn packed() -> Vec<u8> {
    build("linux.bin", &kernel(), DosTime::from_civil(datetime(2010, 12, 6, 8, 8, 58, 0)).unwrap(), Effort::default())
        .unwrap()
}

fn codes(parsed: &Parsed<KernelZip>) -> Vec<Code> {
    parsed.findings.iter().map(Finding::code).collect()
}

#[test]
fn the_dumped_kernel_of_a_real_camera_lacks_its_last_80_bytes() {
    let (Some(linux), Some(romfs)) = (sample("recovery-tool/linux"), sample("recovery-tool/romfs")) else { return };
    let cut = parse(&linux).unwrap();
    assert_eq!(codes(&cut), [Code::KernelTruncated]);
    assert_eq!(cut.findings[0].fact, Fact::KernelTruncated { missing: Some(80) });
    assert_eq!(cut.value.missing(), Some(80));
    assert_eq!(cut.value.expected_len, Some(712_016));
    assert_eq!(cut.value.boot.to_string(), "ERROR: unzip failed! -5");
    assert!(cut.value.looks_like_kernel());

    let whole = [linux.as_slice(), &romfs[..80]].concat();
    let parsed = parse(&whole).unwrap();
    assert_eq!(parsed.findings, []);
    let zip = parsed.value;
    assert_eq!(zip.boot, UnzipVerdict::Unpacks);
    assert_eq!(zip.unpacked, Some(Unpacked { crc32: 0x83FB_4F9D, len: 1_423_196 }));
    assert_eq!((zip.extent, zip.closing, zip.name.as_str()), (712_016, Closing::Whole, "linux.bin"));
    assert_eq!(zip.modified.civil(), Some(datetime(2010, 12, 6, 8, 8, 58, 0)));
    assert_eq!(zip.banner.as_ref().and_then(|banner| banner.build), Some(1452));
    assert!(zip.is_verified());
    assert_eq!(unpack(&whole).unwrap().len(), 1_423_196);
}

#[test]
fn a_built_kernel_has_the_layout_of_the_cameras_own() {
    let zip = packed();
    assert_eq!(zip[..8], *b"PK\x03\x04\x14\x00\x02\x00");
    let parsed = parse(&zip).unwrap();
    assert_eq!(parsed.findings, []);
    assert_eq!(parsed.value.stream.len() + 0x74, zip.len());
    assert_eq!(parsed.value.expected_len, Some(zip.len()));
    assert_eq!(unpack(&zip).unwrap(), kernel());
    let mut other = zip::ZipArchive::new(Cursor::new(&zip)).unwrap();
    let mut unpacked = Vec::new();
    std::io::copy(&mut other.by_name("linux.bin").unwrap(), &mut unpacked).unwrap();
    assert_eq!(unpacked, kernel());
}

#[test]
fn bytes_behind_the_zip_are_not_part_of_it() {
    let zip = packed();
    for tail in [&[0x1A; 100][..], &[0xFF; 5000], &[0; 64], b"-rom1fs-", b"PK"] {
        let parsed = parse(&[zip.as_slice(), tail].concat()).unwrap();
        assert_eq!((parsed.value.extent, parsed.findings), (zip.len(), vec![]));
    }
}

#[test]
fn every_cut_says_how_many_bytes_are_missing() {
    let zip = packed();
    let stream_end = parse(&zip).unwrap().value.stream.end();
    for cut in 1..200 {
        let parsed = parse(&zip[..zip.len() - cut]).unwrap();
        assert_eq!(parsed.value.missing(), Some(cut), "{cut} bytes cut");
        assert_eq!(parsed.value.extent, zip.len() - cut);
        let expected = if cut <= zip.len() - stream_end {
            (Code::KernelDirectoryMissing, UnzipVerdict::Unpacks)
        } else {
            (Code::KernelTruncated, UnzipVerdict::Failed(-5))
        };
        assert_eq!((codes(&parsed), parsed.value.boot), (vec![expected.0], expected.1), "{cut} bytes cut");
    }
}

#[test]
fn a_lost_page_shows_in_the_crc_and_in_the_place_of_the_directory() {
    let mut zip = packed();
    zip.drain(0x200..0x300);
    let parsed = parse(&zip).unwrap();
    assert!(!parsed.value.is_verified());
    assert_eq!(parsed.value.extent, zip.len());
    assert!(parsed.findings[0].evidence[0].starts_with("256 bytes are lost from the stream"), "{parsed:?}");
    assert!(unpack(&zip).is_err());
    assert!(!salvage(&zip).unwrap().is_empty());
}

#[test]
fn a_changed_byte_that_still_inflates_is_found_by_the_crc() {
    let zip = packed();
    let silent = (0x40..0x400).find(|&at| {
        let mut changed = zip.clone();
        changed[at] ^= 0x10;
        let parsed = parse(&changed).unwrap();
        codes(&parsed).contains(&Code::KernelCrc) && parsed.value.boot == UnzipVerdict::Unpacks
    });
    assert!(silent.is_some());
}

#[test]
fn a_stored_kernel_is_refused_by_the_boot_loader() {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer
        .start_file("linux.bin", SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored))
        .unwrap();
    writer.write_all(&kernel()).unwrap();
    let zip = writer.finish().unwrap().into_inner();
    let parsed = parse(&zip).unwrap();
    assert_eq!(codes(&parsed), [Code::KernelNotDeflated]);
    assert_eq!(parsed.value.boot.to_string(), "ERROR: unzip failed! -3");
    assert_eq!(parsed.value.extent, zip.len());
    assert!(parsed.value.is_verified());
    assert_eq!(unpack(&zip).unwrap(), kernel());
}

#[test]
fn erased_flash_behind_the_headers_is_corrupt() {
    let mut zip = packed();
    zip[0x27..].fill(0xFF);
    let parsed = parse(&zip).unwrap();
    assert_eq!(parsed.value.boot, UnzipVerdict::Failed(-3));
    assert_eq!(codes(&parsed), [Code::KernelCorrupt, Code::KernelDirectoryMissing]);
    assert!(parsed.value.looks_like_kernel(), "by its name");
}

#[test]
fn a_zip_with_two_files_tells_that_only_the_first_is_unpacked() {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["linux.bin", "readme.txt"] {
        writer.start_file(name, SimpleFileOptions::default()).unwrap();
        writer.write_all(&kernel()).unwrap();
    }
    let zip = writer.finish().unwrap().into_inner();
    let parsed = parse(&zip).unwrap();
    assert_eq!(codes(&parsed), [Code::KernelExtraMembers]);
    assert_eq!((parsed.value.members, parsed.value.extent), (2, zip.len()));
}

#[test]
fn sizes_behind_the_stream_and_zip64_sizes_are_found() {
    let mut streamed = zip::ZipWriter::new_stream(Vec::new());
    streamed.start_file("linux.bin", SimpleFileOptions::default()).unwrap();
    streamed.write_all(&kernel()).unwrap();
    let streamed = streamed.finish().unwrap().into_inner();
    let mut large = zip::ZipWriter::new(Cursor::new(Vec::new()));
    large.start_file("linux.bin", SimpleFileOptions::default().large_file(true)).unwrap();
    large.write_all(&kernel()).unwrap();
    let large = large.finish().unwrap().into_inner();
    for zip in [streamed, large] {
        let parsed = parse(&zip).unwrap();
        assert_eq!(parsed.findings, []);
        assert!(parsed.value.is_verified());
        assert_eq!((parsed.value.extent, parsed.value.closing), (zip.len(), Closing::Whole));
    }
}

#[test]
fn a_gzip_kernel_is_read_with_its_name() {
    let mut encoder =
        GzBuilder::new().filename("linux.bin").mtime(1_291_593_713).write(Vec::new(), Compression::best());
    encoder.write_all(&kernel()).unwrap();
    let gzip = encoder.finish().unwrap();
    let parsed = parse(&gzip).unwrap();
    assert_eq!(parsed.findings, []);
    assert_eq!((parsed.value.wrapper, parsed.value.name.as_str()), (Wrapper::Gzip, "linux.bin"));
    assert_eq!(parsed.value.modified.civil(), Some(datetime(2010, 12, 6, 0, 1, 53, 0)));
    assert_eq!((parsed.value.extent, parsed.value.boot), (gzip.len(), UnzipVerdict::Unpacks));
    let cut = parse(&gzip[..gzip.len() - 3]).unwrap();
    assert_eq!(codes(&cut), [Code::KernelTrailerMissing]);
    assert_eq!(cut.value.missing(), Some(3));
}

#[test]
fn a_gzip_comment_is_more_than_the_boot_loader_understands() {
    let mut encoder = GzBuilder::new().comment("made by hand").write(Vec::new(), Compression::best());
    encoder.write_all(&kernel()).unwrap();
    let gzip = encoder.finish().unwrap();
    let parsed = parse(&gzip).unwrap();
    assert!(parsed.value.is_verified());
    assert_eq!(parsed.value.boot, unzip_verdict(&gzip));
    assert_ne!(parsed.value.boot, UnzipVerdict::Unpacks);
}

#[test]
fn a_gzip_that_ends_in_its_extra_field_is_none() {
    let head = b"\x1F\x8B\x08\x04\0\0\0\0\0\x03";
    for rest in [b"".as_slice(), b"\x10", b"\x10\0", b"\x10\0some of it"] {
        assert!(parse(&[head.as_slice(), rest].concat()).is_err());
    }
}

#[test]
fn a_kernel_that_reaches_the_boot_loaders_buffer_is_too_big() {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::fast());
    let mut big = kernel::START.to_vec();
    big.resize(kernel::MAX_BYTES + 1, 0);
    encoder.write_all(&big).unwrap();
    let parsed = parse(&encoder.finish().unwrap()).unwrap();
    assert_eq!(codes(&parsed), [Code::KernelTooBig]);
    assert_eq!(parsed.value.boot, UnzipVerdict::Failed(-2));
    assert!(matches!(
        build("linux.bin", &big, DosTime { time: 0, date: 0 }, Effort::default()),
        Err(BuildError::TooBig { .. })
    ));
}

#[test]
fn a_distance_to_before_the_first_byte_is_no_error_as_in_the_boot_loader() {
    // One fixed block: copy 3 bytes from 1 byte back, end of block.
    let mut out = Vec::new();
    let (end, consumed) = inflate(&[0x03, 0x02, 0x00], UNPACKED_MAX_BYTES, &mut |piece| out.extend_from_slice(piece));
    assert_eq!((end, consumed, out.as_slice()), (inflate::End::Complete, 3, [0, 0, 0].as_slice()));
}

#[test]
fn a_zip_bomb_is_unpacked_no_further_than_the_limit() {
    let mut bomb = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0z".to_vec();
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![0; 1 << 20];
    (0..80).for_each(|_| encoder.write_all(&zeros).unwrap());
    bomb.extend(encoder.finish().unwrap());
    let parsed = parse(&bomb).unwrap();
    assert_eq!(parsed.value.end, StreamEnd::NotReached);
    assert!(codes(&parsed).contains(&Code::ZipNotChecked));
    assert!(salvage(&bomb).unwrap().len() <= UNPACKED_MAX_BYTES + 0x1_0000);
}

#[test]
fn a_damaged_central_directory_is_told_from_a_missing_one() {
    let mut zip = packed();
    let at = zip.len() - 6;
    zip[at..at + 4].copy_from_slice(&0x00FF_FFFF_u32.to_le_bytes());
    assert_eq!(codes(&parse(&zip).unwrap()), [Code::KernelDirectoryDamaged]);
}

#[test]
fn other_bytes_are_refused_in_the_boot_loaders_words() {
    assert_eq!(unzip_verdict(b"-rom1fs-").to_string(), "ERROR: Invalid zip file");
    assert_eq!(unzip_verdict(b"").to_string(), "ERROR: Invalid zip file");
    assert_eq!(unzip_verdict(b"PK").to_string(), "ERROR: unzip failed! -5");
    let error = parse(b"\xFF\xD8\xFF\xE0 a JPEG").unwrap_err();
    assert!(error.to_string().starts_with("not a zip: expected `PK"), "{error}");
    assert!(parse(b"PK\x03\x04").is_err());
}

#[test]
fn dos_time_and_civil_time_lead_to_each_other() {
    let civil = datetime(2010, 12, 6, 8, 8, 58, 0);
    let dos = DosTime::from_civil(civil).unwrap();
    assert_eq!((dos.time, dos.date), (0x411D, 0x3D86));
    assert_eq!(dos.civil(), Some(civil));
    assert_eq!(DosTime { time: 0xFFFF, date: 0 }.civil(), None);
    assert_eq!(DosTime::from_civil(datetime(1979, 1, 1, 0, 0, 0, 0)), None);
    assert_eq!(DosTime::from_civil(datetime(2108, 1, 1, 0, 0, 0, 0)), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_kernel_that_is_packed_is_unpacked_as_it_was(
        kernel: Vec<u8>,
        name in "[a-z.]{1,20}",
        level in 0_u8..12,
        most: bool,
    ) {
        let effort = if most { Effort::Most } else { Effort::Level(level) };
        let zip = build(&name, &kernel, DosTime { time: 0, date: 0x21 }, effort).unwrap();
        let parsed = parse(&zip).unwrap();
        prop_assert_eq!(&parsed.findings, &[]);
        prop_assert_eq!(parsed.value.extent, zip.len());
        prop_assert_eq!((parsed.value.method, parsed.value.boot), (DEFLATE, UnzipVerdict::Unpacks));
        let Stamp::Dos(modified) = parsed.value.modified else { panic!("a zip has the time of DOS") };
        let unpacked = unpack(&zip).unwrap();
        prop_assert_eq!(&unpacked, &kernel);
        prop_assert!(build(&parsed.value.name, &unpacked, modified, effort).unwrap() == zip);
    }

    #[test]
    fn damage_never_stops_the_parser(
        changes in prop::collection::vec((0_usize..2000, any::<u8>()), 1..8),
        keep in 0_usize..20_000,
        from_the_end: bool,
    ) {
        let mut zip = packed();
        let len = zip.len();
        for (at, byte) in changes {
            zip[if from_the_end { len - 1 - at } else { at }] = byte;
        }
        zip.truncate(len - keep.min(len) / 2);
        if let Ok(parsed) = parse(&zip) {
            prop_assert!(parsed.value.extent <= zip.len());
            prop_assert!(parsed.value.stream.end() <= parsed.value.extent);
            prop_assert!(!parsed.value.is_verified() || unpack(&zip).is_ok());
        }
    }

    #[test]
    fn arbitrary_bytes_never_stop_the_parser(start in prop::sample::select(vec!["PK\x03\x04", "PK", ""]), bytes: Vec<u8>) {
        let bytes = [start.as_bytes(), &bytes].concat();
        let _ = (parse(&bytes), unzip_verdict(&bytes));
    }
}
