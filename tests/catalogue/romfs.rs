//! Volumes that are damaged, or made to harm.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use unbrick::checksum::romfs_sum;
use unbrick::format::romfs::{self, Content, Node, Volume};
use unbrick::image::Span;

/// Where a header keeps these, in bytes from its start.
const NEXT: usize = 0;
const SPEC: usize = 4;
const CHECKSUM: usize = 12;
const NAME: usize = 16;

fn volume() -> Vec<u8> {
    let mut volume = Volume::new("rom 4cfdc420");
    let bin = volume.add(Volume::ROOT, Node::directory("bin")).unwrap();
    let camera = volume.add(bin, Node::file("camera", vec![0x55; 1000]).executable()).unwrap();
    volume.add(bin, Node::new("ipcam", Content::HardLink(camera))).unwrap();
    volume.add(Volume::ROOT, Node::file("motd", b"welcome\n".as_slice())).unwrap();
    volume.build().unwrap()
}

fn set(image: &mut [u8], at: usize, word: usize) {
    image[at..at + 4].copy_from_slice(&u32::try_from(word).unwrap().to_be_bytes());
}

/// Makes the sums of a header and of the volume right again, as somebody who means harm would.
fn seal(image: &mut [u8], header: Span) {
    for span in [header, Span::new(0, 512.min(image.len()))] {
        set(image, span.start() + CHECKSUM, 0);
        let rest = romfs_sum(span.of(image)).wrapping_neg();
        image[span.start() + CHECKSUM..span.start() + CHECKSUM + 4].copy_from_slice(&rest.to_be_bytes());
    }
}

fn header_of(image: &[u8], path: &str) -> Span {
    let romfs = romfs::parse(image).unwrap().value;
    romfs.entries.iter().find(|entry| entry.path == path).unwrap().header
}

/// The volume with one field of the header of `path` changed, its checksum right.
fn with_field(path: &str, field: usize, word: usize) -> Vec<u8> {
    let mut image = volume();
    let header = header_of(&image, path);
    set(&mut image, header.start() + field, word);
    seal(&mut image, header);
    image
}

pub fn cut_in_half() -> Vec<u8> {
    let mut image = volume();
    image.truncate(image.len() / 2);
    image
}

pub fn with_a_changed_volume_name() -> Vec<u8> {
    let mut image = volume();
    image[NAME] ^= 0x01;
    image
}

pub fn with_a_changed_entry() -> Vec<u8> {
    let mut image = volume();
    let header = header_of(&image, "/motd");
    image[header.start() + NAME] ^= 0x01;
    image
}

pub fn with_an_entry_behind_its_end() -> Vec<u8> {
    with_field("/bin/camera", NEXT, 0x7FFF_FFF2)
}

pub fn with_a_directory_in_itself() -> Vec<u8> {
    let itself = header_of(&volume(), "/bin").start();
    with_field("/bin", SPEC, itself)
}

pub fn with_a_link_to_nothing() -> Vec<u8> {
    with_field("/bin/ipcam", SPEC, 0x30)
}

/// Files whose names have a line feed in them.
pub fn with_bad_names(number: usize) -> Vec<u8> {
    let mut volume = Volume::new("");
    for name in 0..number {
        volume.add(Volume::ROOT, Node::file(format!("name\n{name}"), Vec::new())).unwrap();
    }
    volume.build().unwrap()
}

pub fn with_a_size_too_small() -> Vec<u8> {
    let mut image = volume();
    set(&mut image, 8, 96);
    image
}

/// Entries of 32 bytes that start every 16 bytes: more of them than there is room for.
pub fn with_more_entries_than_room() -> Vec<u8> {
    let mut image = Volume::new("").build().unwrap();
    image.truncate(32);
    for row in 2..0x1000_u32 {
        image.extend([((row + 1) * 16) | 2, 0, 0, 0].iter().flat_map(|word| word.to_be_bytes()));
    }
    let len = image.len();
    set(&mut image, 8, len);
    image
}

pub fn without_padding() -> Vec<u8> {
    let mut image = volume();
    image.truncate(romfs::parse(&image).unwrap().value.declared_len);
    image
}

fn with_gzips(files: usize, gzip: &[u8]) -> Vec<u8> {
    let mut volume = Volume::new("rom 4cfdc420");
    for file in 0..files {
        volume.add(Volume::ROOT, Node::file(format!("{file}.gz"), gzip)).unwrap();
    }
    volume.build().unwrap()
}

fn gzip(len: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&vec![0; len]).unwrap();
    encoder.finish().unwrap()
}

/// Far more than is unpacked just to check it.
pub fn with_packed_files_without_end() -> Vec<u8> {
    with_gzips(3, &gzip(20 << 20))
}

pub fn with_a_damaged_gzip() -> Vec<u8> {
    let mut gzip = gzip(1000);
    let crc_at = gzip.len() - 8;
    gzip[crc_at] ^= 1;
    with_gzips(1, &gzip)
}

/// A megabyte of nothing but volume headers, each of which claims all the rest.
pub fn headers_without_end() -> Vec<u8> {
    let mut image = Vec::new();
    while image.len() < 1 << 20 {
        image.extend_from_slice(romfs::MAGIC);
        image.extend_from_slice(&[0x7F, 0xFF, 0xFF, 0xF0, 0, 0, 0, 0, b'r', 0, 0, 0, 0, 0, 0, 0]);
        image.extend_from_slice(&[0, 0, 0, 2, 0, 0, 0, 0]);
    }
    image
}

pub fn behind_a_foreign_page() -> Vec<u8> {
    [vec![0xA5; 256], volume()].concat()
}
