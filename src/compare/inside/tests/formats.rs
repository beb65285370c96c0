use std::io::Write;

use flate2::{Compression, GzBuilder};
use jiff::civil::date;
use zip::write::SimpleFileOptions;

use super::*;
use crate::compare::inside::{HexLine, Picture, Sameness};
use crate::compare::tests::noise;
use crate::format::flat::{self, Flags, NewFlat};
use crate::format::kernel_zip::{self, DosTime, Effort};

fn program<'a>(text: &'a [u8], data: &'a [u8], flags: Flags, time: u32) -> NewFlat<'a> {
    NewFlat { text, data, bss_len: 64, stack_len: 4096, relocations: &[0x10], flags, time }
}

fn gzip(bytes: &[u8], time: u32, level: u32) -> Vec<u8> {
    let mut encoder = GzBuilder::new().mtime(time).write(Vec::new(), Compression::new(level));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip_of(files: &[(&str, &[u8])], level: i64) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default().compression_level(Some(level))).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn a_flat_binary_is_compared_section_by_section_unpacked() {
    let (text, mut data) = (noise(1, 4000), noise(2, 500));
    let old = flat::build(&program(&text, &data, Flags::RAM | Flags::GZIP, 1_291_593_600));
    data[10] ^= 0xFF;
    let longer = [&text[..1000], &[1, 2, 3, 4, 5, 6, 7, 8], &text[1000..]].concat();
    let new = flat::build(&program(&longer, &data, Flags::RAM | Flags::GZIP, 1_293_593_600));
    let Detail::Program(change) = detail("camera", &old, &new) else { panic!() };
    let sections: Vec<_> = change.sections.iter().map(|s| (s.name.as_str(), s.differing_bytes)).collect();
    assert_eq!(sections, [("text", 8), ("data", 1)]);
    let fields: Vec<_> = change.fields.iter().map(|field| field.name.as_ref()).collect();
    assert_eq!(fields, ["packed at", "packed size"]);
}

#[test]
fn a_flat_binary_that_is_only_packed_differently_is_said_to_be_so() {
    let (text, data) = (noise(1, 4000), noise(2, 500));
    let plain = flat::build(&program(&text, &data, Flags::RAM, 0));
    let packed = flat::build(&program(&text, &data, Flags::RAM | Flags::GZIP, 1_291_593_600));
    let Detail::Packed { packing, content: None } = detail("camera", &plain, &packed) else { panic!() };
    assert_eq!(packing[0].name, "packed as");
}

#[test]
fn text_in_gbk_is_text() {
    let (old, new) = (b"alias=\xCE\xE5\n".as_slice(), b"alias=\xD2\xBB\n".as_slice());
    let Detail::Text(diff) = detail("words", old, new) else { panic!() };
    assert!(diff.contains("-alias=五\n+alias=一"), "{diff}");
}

#[test]
fn pictures_are_told_by_their_sizes_alone() {
    let gif = |width: u8, seed| [b"GIF89a".as_slice(), &[width, 0, 2, 0, 0, 0, 0], &noise(seed, 40)].concat();
    let picture = |width| Picture { format: "GIF", width, height: 2 };
    assert_eq!(detail("logo.gif", &gif(3, 1), &gif(7, 2)), Detail::Picture { old: picture(3), new: picture(7) });
}

#[test]
fn a_gzip_is_unpacked_and_then_compared() {
    let old = gzip(b"one\ntwo\n", 1_291_593_600, 9);
    let Detail::Packed { packing, content: Some(content) } = detail("a.gz", &old, &gzip(b"one\n2\n", 0, 9)) else {
        panic!()
    };
    assert_eq!(packing[0].name, "date");
    assert!(matches!(*content, Detail::Text(diff) if diff.contains("-two\n+2\n")));
    let repacked = detail("a.gz", &old, &gzip(b"one\ntwo\n", 1_291_593_602, 1));
    assert!(matches!(repacked, Detail::Packed { content: None, .. }));
}

#[test]
fn a_zip_is_compared_member_by_member_however_it_is_packed() {
    let (long, other) = (vec![b'x'; 3000], vec![b'y'; 3000]);
    let old = zip_of(&[("same", &long), ("changed", &long), ("gone", b"gone")], 1);
    let new = zip_of(&[("same", &long), ("changed", &other), ("come", b"come")], 9);
    let Detail::Members { files, .. } = detail("pages.zip", &old, &new) else { panic!() };
    assert_eq!(told(&files), ["changed changed", "added come", "removed gone"]);
    assert!(matches!(files[0].detail, Some(Detail::Text(_))));
}

#[test]
fn bytes_that_were_inserted_do_not_make_all_behind_them_differ() {
    let old = noise(1, 4096);
    let new = [&old[..1000], &[0x11; 8], &old[1000..]].concat();
    let Detail::Hex { lines, more, .. } = detail("table", &old, &new) else { panic!() };
    let inserted = HexLine { offset: 1000, new_offset: 1000, old: Vec::new(), new: vec![0x11; 8] };
    assert_eq!((lines, more), (vec![inserted], 0));
}

#[test]
fn the_same_kernel_packed_differently_is_said_to_be_so_with_what_differs() {
    let kernel = kernel_zip::unpack(&fixture("flashed/linux.zip")).unwrap();
    let names = |new: &[u8]| {
        let comparison = compared(&fixture("flashed/linux.zip"), new);
        let [pair] = comparison.pairs.as_slice() else { panic!("{:?}", comparison.pairs) };
        assert_eq!((pair.sameness, comparison.files.as_slice()), (Sameness::Content, [].as_slice()));
        pair.fields.iter().map(|field| field.name.to_string()).collect::<Vec<String>>()
    };
    let later = DosTime::from_civil(date(2011, 1, 2).at(3, 4, 6, 0)).unwrap();
    assert_eq!(names(&kernel_zip::build("linux.bin", &kernel, later, Effort::default()).unwrap()), ["date"]);
    assert_eq!(names(&zip_of(&[("kernel", &kernel)], 1))[0], "name");
    assert_eq!(names(&gzip(&kernel, 7, 1))[..2], ["packed as", "name"]);
}

#[test]
fn another_kernel_is_told_by_banner_size_and_drivers() {
    let kernel = kernel_zip::unpack(&fixture("flashed/linux.zip")).unwrap();
    let mut other = kernel.clone();
    let mut replace = |from: &[u8], to: &[u8]| {
        let at = memchr::memmem::find(&other, from).unwrap();
        other[at..at + to.len()].copy_from_slice(to);
    };
    replace(b"#1501", b"#1502");
    replace(b"rt2870 firmware", b"rt73us firmware");
    other.extend([0; 32]);
    let later = DosTime::from_civil(date(2011, 1, 2).at(3, 4, 6, 0)).unwrap();
    let new = kernel_zip::build("linux.bin", &other, later, Effort::default()).unwrap();
    let comparison = compared(&fixture("flashed/linux.zip"), &new);
    let Some(Detail::Kernel(change)) = &comparison.files[0].detail else { panic!("{:?}", comparison.files) };
    let fields: Vec<_> = change.fields.iter().map(|field| field.name.as_ref()).collect();
    assert_eq!(fields, ["build", "size"]);
    assert_eq!(change.strings.removed, ["<6>hazel_wifi: rt2870 firmware, %d bytes"]);
    assert_eq!(change.strings.added, ["<6>hazel_wifi: rt73us firmware, %d bytes"]);
    assert_eq!(change.differing_bytes, 32 + 1 + 4);
}

#[test]
fn an_elf_file_is_compared_section_by_section() {
    let elf = |code: u32, table: &[u8; 8]| {
        let names = b"\0.text\0.data\0.shstrtab\0";
        let sections_at = 52 + 4 + 8 + names.len() as u32;
        let mut elf = b"\x7FELF\x01\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x28\0".to_vec();
        let words = |elf: &mut Vec<u8>, words: &[u32]| elf.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        words(&mut elf, &[1, 0x8000, 0, sections_at, 0]);
        elf.extend([52, 0, 32, 0, 0, 0, 40, 0, 4, 0, 3, 0]);
        words(&mut elf, &[code]);
        elf.extend(table);
        elf.extend(names);
        words(&mut elf, &[0; 10]);
        words(&mut elf, &[1, 1, 6, 0x8000, 52, 4, 0, 0, 4, 0]);
        words(&mut elf, &[7, 1, 3, 0x9000, 56, 8, 0, 0, 4, 0]);
        words(&mut elf, &[13, 3, 0, 0, 64, names.len() as u32, 0, 0, 1, 0]);
        elf
    };
    let Detail::Program(change) = detail("tool", &elf(1, b"abcdefgh"), &elf(1, b"abcdXXgh")) else { panic!() };
    let sections: Vec<_> = change.sections.iter().map(|s| (s.name.as_str(), s.differing_bytes)).collect();
    assert_eq!((sections, change.fields.len()), (vec![(".data", 2)], 0));
}
