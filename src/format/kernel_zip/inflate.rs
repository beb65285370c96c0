//! Inflating as the boot loader does it, piece by piece.

use flate2::{Decompress, FlushDecompress, Status};

use crate::format::kernel::{self, BannerSearch};

/// Unpacked bytes are handed on in pieces of at most this.
const PIECE_BYTES: usize = 0x1_0000;

/// The farthest that deflate can look back.
const WINDOW_BYTES: usize = 0x8000;

/// How inflating ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Complete,
    Cut,
    Corrupt,
    OverLimit,
}

/// Inflates the raw stream at the start of `input` into `sink`, and says how it ended and how many bytes it took. It
/// stops when `limit` bytes came out, give or take a piece.
///
/// The boot loader's zlib 1.1.3 does not mind a distance that leads to before the first byte (boot-loader.md section
/// 4, certain), and goes on with whatever its window holds there. So that we meet the same end, the window is filled
/// with zeros beforehand; that the bytes are wrong shows in their CRC-32.
pub(super) fn inflate(input: &[u8], limit: usize, sink: &mut dyn FnMut(&[u8])) -> (End, usize) {
    let mut stream = Decompress::new(false);
    let has_window = stream.set_dictionary(&[0; WINDOW_BYTES]);
    debug_assert!(has_window.is_ok(), "a raw stream takes a dictionary at any time");
    let mut piece = vec![0; PIECE_BYTES];
    let count = |total: u64| usize::try_from(total).unwrap_or(usize::MAX);
    loop {
        let (taken, given) = (count(stream.total_in()), count(stream.total_out()));
        let rest = input.get(taken..).unwrap_or_default();
        let status = stream.decompress(rest, &mut piece, FlushDecompress::None);
        let produced = count(stream.total_out()).saturating_sub(given);
        sink(piece.get(..produced).unwrap_or_default());
        let (taken_now, given_now) = (count(stream.total_in()), given.saturating_add(produced));
        match status {
            Err(_) => return (End::Corrupt, taken_now),
            Ok(Status::StreamEnd) => return (End::Complete, taken_now),
            Ok(_) if given_now >= limit => return (End::OverLimit, taken_now),
            Ok(_) if produced == 0 && taken_now == taken => return (End::Cut, taken_now),
            Ok(_) => {}
        }
    }
}

/// What is worth knowing about unpacked bytes that are not kept.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub crc: crc32fast::Hasher,
    pub len: usize,
    pub banner: BannerSearch,
    start: Vec<u8>,
}

impl Tally {
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.crc.update(piece);
        self.len = self.len.saturating_add(piece.len());
        let wanted = kernel::START.len().saturating_sub(self.start.len());
        self.start.extend(piece.iter().take(wanted));
        self.banner.push(piece);
    }

    pub(super) fn starts_like_kernel(&self) -> bool {
        self.start == kernel::START
    }

    /// Whether it starts as text does: a log of a boot has the kernel's banner in it as well.
    pub(super) fn starts_like_text(&self) -> bool {
        let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
        !self.start.is_empty() && self.start.iter().all(is_text)
    }
}
