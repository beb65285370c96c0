//! Cameras made of whole cloth, dumped badly, and put together again.
#![allow(clippy::arithmetic_side_effects)]

mod damaged;
mod promises;
mod repairs;
mod shifted;

use super::*;
use crate::capture::merge::tests::damage::{Chance, flash as filler};
use crate::capture::{Dialect, print};
use crate::format::footer::{Flags, Footer, place};
use crate::format::kernel_zip::{self, DosTime, Effort};
use crate::format::romfs::{Node, Volume};
use crate::format::web_ui::{self, NewEntry, Version};
use crate::image::{FlashAddr, Image};

const KERNEL: FlashAddr = FlashAddr(0x7F02_0000);

fn kernel(len: usize, chance: &mut Chance) -> Vec<u8> {
    let code = filler(len, chance);
    kernel_zip::build("linux.bin", &code, DosTime { time: 0x6000, date: 0x3D9F }, Effort::default()).unwrap()
}

fn romfs(files: usize, chance: &mut Chance) -> Vec<u8> {
    let mut volume = Volume::new("rom 4d3a90c7");
    for number in 0..files {
        let len = 40 + chance.below(6_000);
        let content = filler(len, chance);
        volume.add(Volume::ROOT, Node::file(format!("file{number}"), content)).unwrap();
    }
    volume.build().unwrap()
}

fn web_ui(chance: &mut Chance) -> Vec<u8> {
    let page = filler(4_000, chance);
    let entries = [NewEntry::Directory { path: b"/admin" }, NewEntry::File { path: b"/admin/a.htm", data: &page }];
    web_ui::build(Version([2, 4, 10, 5]), &entries).unwrap()
}

/// Kernel and romfs as they lie in flash from [`KERNEL`] on, each with its footer.
fn flash(kernel: &[u8], romfs: &[u8]) -> Vec<u8> {
    let mut flash = Vec::new();
    for (number, name, image) in [(7, "linux.bin", kernel), (6, "romfs.img", romfs)] {
        let base = KERNEL.checked_add(flash.len()).unwrap();
        let footer = Footer::for_image(number, base, base, name, Flags(9), image);
        let start = flash.len();
        flash.extend(image);
        flash.resize(start + place(image.len()), 0xFF);
        flash.extend(footer.to_bytes());
    }
    flash
}

/// A set that lives as long as the test.
fn set(files: impl IntoIterator<Item = (&'static str, Vec<u8>)>) -> &'static Set {
    let sources = files.into_iter().map(|(name, bytes)| Source::new(name, Image::new(bytes, None)));
    Box::leak(Box::new(Set { sources: sources.collect() }))
}

fn printed(image: &[u8], address: FlashAddr) -> Vec<u8> {
    print::terminal_log(image, address, Dialect::Bytes)
}

/// The text with another one in the place of the first `from` behind `behind`.
fn altered(text: &[u8], behind: &str, from: &str, to: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(text).into_owned();
    let at = text.find(behind).unwrap_or_else(|| panic!("no {behind}"));
    let (front, back) = text.split_at(at);
    assert!(back.contains(from), "no {from} behind {behind}");
    format!("{front}{}", back.replacen(from, to, 1)).into_bytes()
}
