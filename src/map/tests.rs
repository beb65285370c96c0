//! What a map says of the files in a romfs that carry checksums of their own.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Inspection, Kind, Region, State};
use crate::finding::{Code, Finding};
use crate::format::flat::{self, Flags, NewFlat};
use crate::format::romfs::{self, Node, Volume};
use crate::image::{Image, Span, SpanSet};

fn program() -> Vec<u8> {
    let text: Vec<u8> = (0..4096_u32).flat_map(|word| (word.wrapping_mul(0x9E37_79B9) >> 7).to_be_bytes()).collect();
    let flags = Flags::RAM | Flags::GZIP;
    let new = NewFlat { text: &text, data: b"data", bss_len: 0, stack_len: 0x1000, relocations: &[], flags, time: 0 };
    flat::build(&new)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A zip of one stored file, whose CRC-32 is wrong; with a password if its flags say so.
fn zip_with_a_wrong_crc(flags: u8) -> Vec<u8> {
    let mut zip = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0".to_vec();
    zip[6] = flags;
    zip.extend([0x1234_5678_u32, 5, 5].map(u32::to_le_bytes).as_flattened());
    zip.extend(b"\x05\0\0\0a.txthello");
    zip
}

fn volume(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut volume = Volume::new("rom 4cfdc420");
    let bin = volume.add(Volume::ROOT, Node::directory("bin")).unwrap();
    for (name, bytes) in files {
        volume.add(bin, Node::file(*name, bytes.clone())).unwrap();
    }
    volume.build().unwrap()
}

fn data(image: &[u8], path: &str) -> Span {
    let romfs = romfs::parse(image).unwrap().value;
    romfs.entries.iter().find(|entry| entry.path == path).unwrap().data
}

fn only(image: Image) -> (Region, Vec<Finding>) {
    let mut inspection = Inspection::of_image(&image);
    assert_eq!((inspection.regions.len(), inspection.kind), (1, Kind::Romfs));
    (inspection.regions.remove(0), inspection.findings)
}

fn inspected(image: &[u8]) -> (Region, Vec<Finding>) {
    only(Image::new(image.to_vec(), None))
}

#[test]
fn a_program_in_a_romfs_confirms_its_own_bytes() {
    let (program, notes) = (program(), gzip(b"some notes"));
    let image = volume(&[("camera", program.clone()), ("notes.gz", notes.clone()), ("readme", vec![0x55; 100])]);
    let (region, findings) = inspected(&image);
    assert_eq!((region.state, findings), (State::Verified, vec![]));
    let files: Vec<(&str, Span)> = region.confirmed_files().map(|(path, by)| (path, by.span)).collect();
    let camera = data(&image, "/bin/camera");
    // behind the program's header and that of its gzip member, up to the last byte of the stream
    let stream = Span::new(camera.start() + 0x40 + 10, camera.end() - 9);
    assert_eq!(files[0], ("/bin/camera", stream));
    assert_eq!((files.len(), files[1].0), (2, "/bin/notes.gz"));
    let confirmed = region.content_confirmed().unwrap();
    assert_eq!((confirmed.files, confirmed.bytes), (2, program.len() + notes.len() + 100));
    assert_eq!(confirmed.confirmed, files[0].1.len() + files[1].1.len());
    assert!(region.proofs.last().unwrap().starts_with("the CRC-32 in each of 2 files confirms "));
}

#[test]
fn one_changed_bit_of_a_program_damages_the_romfs_and_the_path_is_told() {
    let mut image = volume(&[("sh", program()), ("camera", program())]);
    let camera = data(&image, "/bin/camera");
    image[camera.end() - 100] ^= 0x10;
    let (region, findings) = inspected(&image);
    assert_eq!((region.state, region.is_sound()), (State::Damaged, true));
    assert_eq!(region.content_confirmed().unwrap().files, 1);
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(finding.code(), Code::FlatBody);
    assert!(camera.encloses(finding.span), "{finding} is in {camera}");
    assert!(finding.message().starts_with("/bin/camera: the packed part of the flat binary is damaged: "));
    assert_eq!(finding.file.as_ref().unwrap().data, camera);
}

#[test]
fn a_damaged_gzip_is_told_and_a_zip_with_a_password_is_not() {
    let mut cut = gzip(&[0x11; 5000]);
    cut.truncate(cut.len() - 12);
    let files = [("cut.gz", cut), ("wrong.zip", zip_with_a_wrong_crc(0)), ("locked.zip", zip_with_a_wrong_crc(1))];
    let (region, findings) = inspected(&volume(&files));
    assert_eq!(region.state, State::Damaged);
    let told: Vec<String> = findings.iter().map(Finding::message).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("/bin/cut.gz: the gzip is damaged: the compressed stream is cut after "), "{told:?}");
    let wrong = "/bin/wrong.zip: the zip is damaged: the unpacked bytes have CRC-32 0x3610A686 instead of 0x12345678";
    assert_eq!(told[1], wrong);
}

#[test]
fn a_program_that_was_not_captured_as_a_whole_is_not_called_damaged() {
    let mut image = volume(&[("camera", program())]);
    let camera = data(&image, "/bin/camera");
    let hole = Span::new(camera.start() + 0x800, camera.start() + 0x900);
    image[hole.start()..hole.end()].fill(0xFF);
    let known: SpanSet = [Span::new(0, hole.start()), Span::new(hole.end(), image.len())].into_iter().collect();
    let (region, findings) = only(Image::with_holes(image, None, known));
    assert_eq!((region.state, findings), (State::Partial, vec![]));
}

#[test]
fn what_would_take_too_long_is_not_unpacked_and_that_is_told() {
    let large = gzip(&vec![0; 20 << 20]);
    let files = ["1.gz", "2.gz", "3.gz"].map(|name| (name, large.clone()));
    let (region, findings) = inspected(&volume(&files));
    assert_eq!((region.state, region.content_confirmed().unwrap().files), (State::Verified, 1));
    let codes: Vec<Code> = findings.iter().map(Finding::code).collect();
    assert_eq!(codes, [Code::RomfsFilesNotChecked]);
    assert!(findings[0].message().starts_with("2 packed files of the romfs were not checked"), "{}", findings[0]);
}

#[test]
fn of_many_damaged_files_some_are_told_and_all_are_counted() {
    let mut broken = program();
    let crc_at = broken.len() - 8;
    broken[crc_at] ^= 1;
    let names: Vec<String> = (0..50).map(|number| format!("{number}")).collect();
    let files: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (name.as_str(), broken.clone())).collect();
    let (_, findings) = inspected(&volume(&files));
    assert_eq!(findings.iter().filter(|finding| finding.code() == Code::FlatBody).count(), 20);
    assert!(findings.last().unwrap().message().starts_with("30 more findings of the kind flat-body"));
}
