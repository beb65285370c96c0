//! How much may be spent on looking inside, so that no input, however it was made, takes time or memory without end.

use std::time::{Duration, Instant};

/// How many of the changed files are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Thoroughness {
    /// More than anybody reads at a glance, and quickly.
    #[default]
    Usual,
    /// As many as can be told at all.
    Everything,
}

/// What may still be spent.
#[derive(Debug)]
pub struct Effort {
    /// Files that may still be opened.
    files: usize,
    /// Bytes that may still be unpacked and looked at one by one.
    bytes: usize,
    /// Bytes that may still be compared as they lie: files of a true volume do not overlap, so that this is enough.
    memory: usize,
    /// Time that text diffs may still take.
    text: Duration,
    /// How much deeper containers in containers may still be opened.
    depth: usize,
}

/// No text diff takes longer than this; it is finished in a coarser way.
const TEXT_DEADLINE: Duration = Duration::from_millis(500);

/// No more than this is held in memory at a time; both kernels of a pair together have less than a tenth.
const UNPACKED_MAX_BYTES: usize = 64 << 20;

/// Volumes whose files overlap are read no more often than this.
const READINGS_MAX: usize = 4;

impl Effort {
    /// For images that have `image_bytes` together.
    pub const fn new(thoroughness: Thoroughness, image_bytes: usize) -> Self {
        let (files, megabytes, text_seconds) = match thoroughness {
            Thoroughness::Usual => (64, 64, 2),
            Thoroughness::Everything => (10_000, 1024, 30),
        };
        Self {
            files,
            bytes: megabytes << 20,
            memory: image_bytes.saturating_mul(READINGS_MAX),
            text: Duration::from_secs(text_seconds),
            depth: 4,
        }
    }

    /// Whether a file of which both sides have `bytes` together may be opened.
    pub fn may_open(&mut self, bytes: usize) -> bool {
        let may = self.files > 0 && self.may_look_at(bytes);
        self.files -= usize::from(may);
        may
    }

    /// Whether `bytes` may be unpacked, or looked at one by one.
    pub const fn may_look_at(&mut self, bytes: usize) -> bool {
        let may = bytes <= self.bytes;
        if may {
            self.bytes -= bytes;
        }
        may
    }

    /// Whether something that has `bytes` unpacked may be unpacked into memory.
    pub const fn may_unpack(&mut self, bytes: usize) -> bool {
        bytes <= UNPACKED_MAX_BYTES && self.may_look_at(bytes)
    }

    /// `bytes` were looked at, which was not known before.
    pub const fn has_looked_at(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Whether `bytes` may be compared as they lie.
    pub const fn may_compare(&mut self, bytes: usize) -> bool {
        let may = bytes <= self.memory;
        if may {
            self.memory -= bytes;
        }
        may
    }

    /// Does `work`, which is to end within the time that it is given.
    pub fn in_time<T>(&mut self, work: impl FnOnce(Duration) -> T) -> T {
        let start = Instant::now();
        let done = work(self.text.min(TEXT_DEADLINE));
        self.text = self.text.saturating_sub(start.elapsed());
        done
    }

    /// Does `work` on what lies in a container, unless that is too deep.
    pub fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth = self.depth.checked_sub(1)?;
        let done = work(self);
        self.depth += 1;
        done
    }
}
