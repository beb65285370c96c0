//! What the benches of whole commands share: volumes as firmware would fill them, and programs timed side by side.
#![allow(dead_code)] // each bench uses a part of it

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use unbrick::format::romfs::{Node, NodeId, Volume};

/// One MiB.
pub const MEGABYTE: usize = 1 << 20;

/// The program under test, as a user runs it.
pub const UNBRICK: &str = env!("CARGO_BIN_EXE_unbrick");

/// Bytes without any pattern, always the same ones for the same seed.
#[derive(Debug, Clone)]
pub struct Noise(u64);

impl Noise {
    /// A source of its own for each seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number from `least` up to and without `end`.
    pub fn within(&mut self, least: usize, end: usize) -> usize {
        least + (self.number() >> 16) as usize % (end - least)
    }

    /// That many bytes.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = Vec::with_capacity(len + 8);
        while bytes.len() < len {
            bytes.extend(self.number().to_le_bytes());
        }
        bytes.truncate(len);
        bytes
    }

    /// That many bytes of lines, as scripts and pages have them.
    pub fn text(&mut self, len: usize) -> Vec<u8> {
        const WORDS: [&str; 16] = [
            "if",
            "then",
            "mount",
            "/dev/mtdblock",
            "echo",
            "\"camera\"",
            "<td>",
            "</td>",
            "var",
            "image",
            "=",
            "sleep",
            "&&",
            "alarm",
            "wifi_",
            "\n",
        ];
        let mut text = Vec::with_capacity(len + 32);
        while text.len() < len {
            let number = self.number();
            text.extend(WORDS[number as usize % WORDS.len()].as_bytes());
            text.extend(format!(" {} ", number >> 52).as_bytes());
        }
        text.truncate(len);
        text
    }
}

/// A file of a volume: the folder that holds it (a number), its name and bytes.
#[derive(Debug, Clone)]
pub struct File {
    pub folder: usize,
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Files in a folder, on average.
const FILES_IN_FOLDER: usize = 40;

/// Files that fill a volume of `len` bytes, all but a few KiB: most are small and hold lines of text or packed bytes,
/// some start as the pictures and programs of a camera do, and the few large ones make up most of the volume.
pub fn files(count: usize, len: usize) -> Vec<File> {
    let mut noise = Noise::new(1);
    let mut lens: Vec<usize> = (0..count)
        .map(|index| match index % 100 {
            0..70 => noise.within(0, 6_000),
            70..97 => noise.within(6_000, 60_000),
            _ => 0, // shared out below
        })
        .collect();
    let large = (0..count).filter(|index| index % 100 >= 97).count().max(1);
    let headers = count * 48 + count / FILES_IN_FOLDER * 112 + 4096;
    let left = len.saturating_sub(headers + lens.iter().sum::<usize>());
    let mean = left / large;
    for (index, len) in lens.iter_mut().enumerate().filter(|(index, _)| index % 100 >= 97) {
        // half, the same and half as much again: together the mean
        *len = mean / 2 * (index % 100 - 96);
    }
    let starts: [&[u8]; 4] =
        [b"", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x02\x80\0\0\x01\xe0", b"GIF89a\x40\x01\xf0\0", b"\xFF\xD8\xFF\xE0"];
    let files = lens.into_iter().enumerate().map(|(index, len)| {
        let mut bytes = if index % 3 == 0 { noise.text(len) } else { noise.bytes(len) };
        let start = starts[index % starts.len()];
        if index % 3 != 0 && len > start.len() {
            bytes[..start.len()].copy_from_slice(start);
        }
        File { folder: index / FILES_IN_FOLDER, name: format!("file-{index:05}.bin"), bytes }
    });
    files.collect()
}

/// The romfs that holds `files`, with the device nodes and links that such a volume has.
pub fn romfs(files: &[File], name: &str) -> Vec<u8> {
    let mut volume = Volume::new(name);
    let mut folders: Vec<NodeId> = Vec::new();
    for file in files {
        while folders.len() <= file.folder {
            let number = folders.len();
            let above = if number.is_multiple_of(8) { Volume::ROOT } else { folders[number / 8 * 8] };
            let folder = volume.add(above, Node::directory(format!("folder-{number:03}"))).unwrap();
            volume.add(folder, Node::symlink("latest", &b"../latest"[..])).unwrap();
            folders.push(folder);
        }
        volume.add(folders[file.folder], Node::file(&file.name, &file.bytes[..])).unwrap();
    }
    volume.build().unwrap()
}

/// Writes the files to a folder, in folders as [`romfs`] has them but all of these side by side.
pub fn write_folder(files: &[File], root: &Path) {
    for file in files {
        let folder = root.join(format!("folder-{:03}", file.folder));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(&file.name), &file.bytes).unwrap();
    }
}

/// The same files, 2 % of them changed: one half keeps its length, the other gets a few bytes more or less, so that all
/// behind it moves.
pub fn two_percent_changed(files: &[File]) -> Vec<File> {
    let mut noise = Noise::new(2);
    let mut files = files.to_vec();
    for (index, file) in files.iter_mut().enumerate().filter(|(index, _)| index % 50 == 7) {
        let len = file.bytes.len();
        let at = noise.within(0, len + 1);
        if index % 100 == 7 {
            let end = (at + noise.within(1, 2_000)).min(len);
            let other = noise.bytes(end - at);
            file.bytes[at..end].copy_from_slice(&other);
        } else {
            let more = noise.within(1, 1_000);
            let other = noise.bytes(more);
            file.bytes.splice(at..at, other);
        }
    }
    files
}

/// Runs a program to its end, its output thrown away. `None` if it is not installed, or does not work here.
pub fn run(program: &str, arguments: &[&Path]) -> Option<Duration> {
    let started = Instant::now();
    let status = command(program, arguments).status().ok()?;
    let wall = started.elapsed();
    let is_done = status.code().is_some_and(|code| code < 2);
    assert!(is_done || program != UNBRICK, "unbrick {arguments:?} ended with {status}");
    is_done.then_some(wall)
}

/// The most private memory of a run, asked for again and again while it lasts.
pub fn private_bytes(program: &str, arguments: &[&Path]) -> Option<usize> {
    let mut child = command(program, arguments).spawn().ok()?;
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().is_ok_and(|ended| ended.is_none()) {
        most = most.max(fs::read_to_string(&status).ok().and_then(|status| rss_anon(&status)).unwrap_or(0));
        std::thread::sleep(Duration::from_micros(300));
    }
    Some(most)
}

fn rss_anon(status: &str) -> Option<usize> {
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    let kilobytes: usize = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn command(program: &str, arguments: &[&Path]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Runs ours and theirs in turns and prints the best of each, the ratio, the memory, and whether the goals are met.
pub fn side_by_side(what: &str, ours: &[&Path], theirs: (&str, &[&Path]), most_time: f64, most_megabytes: usize) {
    const ROUNDS: usize = 9;
    let (mut our_best, mut their_best) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        our_best = our_best.min(run(UNBRICK, ours).unwrap_or(Duration::MAX));
        let Some(wall) = run(theirs.0, theirs.1) else {
            eprintln!("skipped: {} is not installed, or does not work", theirs.0);
            return;
        };
        their_best = their_best.min(wall);
    }
    let memory = (0..ROUNDS).filter_map(|_| private_bytes(UNBRICK, ours)).max().unwrap_or(0);
    let ratio = our_best.as_secs_f64() / their_best.as_secs_f64();
    let is_met = ratio <= most_time && memory < most_megabytes * MEGABYTE;
    println!(
        "{what}: {:.1} ms, {} {:.1} ms, ratio {ratio:.3} (goal {most_time}); private memory {:.1} MB (goal {most_megabytes}): {}",
        our_best.as_secs_f64() * 1e3,
        theirs.0,
        their_best.as_secs_f64() * 1e3,
        memory as f64 / MEGABYTE as f64,
        if is_met { "met" } else { "MISSED" },
    );
}
