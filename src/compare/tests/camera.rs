//! Believable images, made by the builders of this crate: what the evaluation puts its causes into.

use super::causes::{Dice, image};
use super::*;
use crate::format::footer::{Flags, Footer, KERNEL_BASE, place};
use crate::format::kernel_zip::{self, DosTime, Effort};
use crate::format::romfs::{Node, Volume};
use crate::format::{kernel, update};
use crate::image::FLASH_BASE;

/// What an image is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// Bytes of no known format: noise, text, tables, filler.
    Foreign,
    /// Nothing but text.
    Text,
    /// Records that are much alike.
    Table,
    Romfs,
    Kernel,
    Update,
    /// A whole flash.
    Flash,
}

impl Subject {
    pub const ALL: [Self; 7] =
        [Self::Foreign, Self::Text, Self::Table, Self::Romfs, Self::Kernel, Self::Update, Self::Flash];

    pub fn bytes(self, dice: &mut Dice) -> Vec<u8> {
        match self {
            Self::Foreign => image(dice),
            Self::Text => {
                let len = 12_000 + dice.below(30_000);
                text(dice, len)
            }
            Self::Table => {
                let len = 400 + dice.below(900);
                table(dice, len)
            }
            Self::Romfs => romfs(&files(dice)),
            Self::Kernel => kernel(dice),
            Self::Update => {
                let (kernel, romfs) = (kernel(dice), romfs(&files(dice)));
                update::build(update::Form::Bneg { version: 1 }, update::Flags::ZIPPED_KERNEL, &kernel, &romfs).unwrap()
            }
            Self::Flash => {
                let (kernel, romfs) = (kernel(dice), romfs(&files(dice)));
                flash(&kernel, &romfs)
            }
        }
    }
}

fn text(dice: &mut Dice, len: usize) -> Vec<u8> {
    let words = ["var ", "the camera ", "</td><td>", "=0x", "\n    ", "value", "if (", ");\n", "password", " is "];
    let mut text = Vec::with_capacity(len + 32);
    while text.len() < len {
        text.extend(words[dice.below(words.len())].bytes());
        if dice.below(3) == 0 {
            text.extend(dice.below(900).to_string().bytes());
        }
    }
    text.truncate(len);
    text
}

fn table(dice: &mut Dice, records: usize) -> Vec<u8> {
    let mut table = Vec::new();
    for number in 0..records as u32 {
        for word in [0x00FF_0000 + number * 4, 0x11, number / 3, 0, 0, 0xFFFF_FFFF, dice.below(40) as u32, 0] {
            table.extend(word.to_be_bytes());
        }
    }
    table
}

/// A program: instructions that are much alike, tables, zeros, strings.
fn program(dice: &mut Dice, len: usize) -> Vec<u8> {
    let mut program = Vec::with_capacity(len + 4096);
    while program.len() < len {
        match dice.below(10) {
            0 => program.extend(std::iter::repeat_n(0, 16 + dice.below(600))),
            1 => {
                let part = 64 + dice.below(500);
                program.extend(text(dice, part));
            }
            2 => {
                let part = 1 + dice.below(20);
                program.extend(table(dice, part));
            }
            _ => {
                for _ in 0..40 + dice.below(200) {
                    let code = [0xE59F_0000_u32, 0xE1A0_0000, 0xEB00_0000, 0xE3A0_0000, 0x0A00_0000][dice.below(5)];
                    program.extend((code | dice.below(0x7FFF) as u32).to_le_bytes());
                }
            }
        }
    }
    program.truncate(len);
    program
}

/// A file of an image: its name in `/bin` and its content.
pub type File = (String, Vec<u8>);

/// Files as a camera has them.
pub fn files(dice: &mut Dice) -> Vec<File> {
    (0..6 + dice.below(8))
        .map(|number| {
            let limit = [300, 3000, 9000][dice.below(3)];
            let len = 40 + dice.below(limit);
            let content = match dice.below(5) {
                0 | 1 => text(dice, len),
                2 | 3 => program(dice, len),
                _ => noise(dice.below(usize::MAX) as u64, len),
            };
            (format!("file{number}"), content)
        })
        .collect()
}

pub fn romfs(files: &[File]) -> Vec<u8> {
    romfs_named("rom 4d3a90c7", files)
}

pub fn romfs_named(name: &str, files: &[File]) -> Vec<u8> {
    let mut volume = Volume::new(name);
    let bin = volume.add(Volume::ROOT, Node::directory("bin")).unwrap();
    for (name, content) in files {
        volume.add(bin, Node::file(name, content.as_slice()).executable()).unwrap();
    }
    volume.add(Volume::ROOT, Node::directory("tmp")).unwrap();
    volume.add(Volume::ROOT, Node::symlink("etc", b"/flash".as_slice())).unwrap();
    volume.build().unwrap()
}

pub fn kernel(dice: &mut Dice) -> Vec<u8> {
    let mut kernel = kernel::START.to_vec();
    let len = 20_000 + dice.below(40_000);
    kernel.extend(program(dice, len));
    kernel.extend(b"Linux version 2.4.20-uc0 (builder@hazelcam) (gcc version 3.0) #1501 12 31 21:14:07 CST 2010\n\0");
    let len = 10_000 + dice.below(9_000);
    kernel.extend(noise(dice.below(usize::MAX) as u64, len));
    zipped(&kernel)
}

pub fn zipped(kernel: &[u8]) -> Vec<u8> {
    kernel_zip::build("linux.bin", kernel, DosTime { time: 0x6000, date: 0x3D9F }, Effort::default()).unwrap()
}

fn fixture() -> Vec<u8> {
    std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/camera/flash.bin")).unwrap()
}

/// The fixture's boot loader, BOOT INFO and settings around this kernel and this romfs.
pub fn flash(kernel: &[u8], romfs: &[u8]) -> Vec<u8> {
    let camera = fixture();
    let mut flash = camera[..0x2_0000].to_vec();
    for (number, name, image) in [(7, "linux.bin", kernel), (6, "romfs.img", romfs)] {
        let base = FLASH_BASE.checked_add(flash.len()).unwrap();
        assert!(number != 7 || base == KERNEL_BASE);
        let footer = Footer::for_image(number, base, base, name, Flags(9), image);
        let start = flash.len();
        flash.extend(image);
        flash.resize(start + place(image.len()), 0xFF);
        flash.extend(footer.to_bytes());
    }
    flash.extend(&camera[0x1F_0000..0x20_0000]);
    flash.extend(&camera[0x20_0000..0x20_8000]);
    flash
}
