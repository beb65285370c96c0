//! Files of the camera with random damage: whatever the bytes, the map covers them, a comparison covers both sides,
//! and nothing that is printed steers the terminal.

use std::sync::LazyLock;

use proptest::prelude::*;
use unbrick::compare::{Cause, Comparison, Subject};
use unbrick::contents::{self, Depth};
use unbrick::finding::Finding;
use unbrick::image::{Image, Span};
use unbrick::map::{Body, Inspection, Reading, Region};
use unbrick::recover::{Examined, Secrets, Set, Source, recover, whole_captures};
use unbrick::render::text::{self, InspectionView};

use crate::terminal::fixture;

/// Short enough that a case takes milliseconds; the interesting parts of a flash are cut out of it.
static FILES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let flash = fixture("camera/flash.bin");
    let capture = fixture("dump/romfs.dat");
    vec![
        fixture("flashed/romfs.img"),
        fixture("flashed/linux.zip"),
        fixture("flashed/romfs-with-webui.img"),
        fixture("flashed/webui.bin"),
        fixture("settings/params.bin"),
        fixture("update/hazel_0_37_2_61.bin"),
        fixture("dump/romfs"),
        fixture("dump/linux"),
        fixture("log/boot-info-and-footer.log"),
        fixture("log/web-ui-words.log"),
        capture[..capture.len() / 4].to_vec(),
        flash[..0x4_0000].to_vec(),
        flash[0x1_0000..0x6_0000].to_vec(),
        flash[0x1F_0000..0x20_8000].to_vec(),
    ]
});

/// What can happen to a file.
#[derive(Debug, Clone)]
enum Damage {
    Flip {
        at: usize,
        bit: u8,
    },
    Set {
        at: usize,
        byte: u8,
    },
    /// Four bytes, as a size or an offset that is wrong.
    Word {
        at: usize,
        word: u32,
    },
    Cut {
        at: usize,
    },
    Drop {
        at: usize,
        len: usize,
    },
    Insert {
        at: usize,
        len: usize,
        byte: u8,
    },
    Repeat {
        at: usize,
        len: usize,
    },
    Append {
        file: usize,
    },
}

fn damage() -> impl Strategy<Value = Damage> {
    // most headers are at the start: half of the damage goes there
    let at = || prop_oneof![0_usize..0x400, any::<usize>()];
    let word = prop_oneof![Just(0), Just(u32::MAX), Just(0x7FFF_FFFF), 0_u32..0x2_0000, any::<u32>()];
    let fill = prop_oneof![Just(0_u8), Just(0xFF), Just(0x1A), Just(0x1B), any::<u8>()];
    let len = prop_oneof![Just(1_usize), Just(16), Just(128), Just(256), 1_usize..3000];
    prop_oneof![
        4 => (at(), 0_u8..8).prop_map(|(at, bit)| Damage::Flip { at, bit }),
        3 => (at(), fill.clone()).prop_map(|(at, byte)| Damage::Set { at, byte }),
        3 => (at(), word).prop_map(|(at, word)| Damage::Word { at, word }),
        1 => at().prop_map(|at| Damage::Cut { at }),
        1 => (at(), len.clone()).prop_map(|(at, len)| Damage::Drop { at, len }),
        1 => (at(), len.clone(), fill).prop_map(|(at, len, byte)| Damage::Insert { at, len, byte }),
        1 => (at(), len).prop_map(|(at, len)| Damage::Repeat { at, len }),
        1 => any::<usize>().prop_map(|file| Damage::Append { file }),
    ]
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let len_now = bytes.len();
        let place = |at: usize| at % len_now.max(1);
        let run = |at: usize, len: usize| place(at)..(place(at) + len).min(len_now);
        if bytes.is_empty() {
            return;
        }
        match *self {
            Self::Flip { at, bit } => bytes[place(at)] ^= 1 << bit,
            Self::Set { at, byte } => bytes[place(at)] = byte,
            Self::Word { at, word } => {
                let at = run(place(at) / 4 * 4, 4);
                let word = if word % 2 == 0 { word.to_le_bytes() } else { word.to_be_bytes() };
                bytes[at.clone()].copy_from_slice(&word[..at.len()]);
            }
            Self::Cut { at } => bytes.truncate(place(at)),
            Self::Drop { at, len } => drop(bytes.drain(run(at, len))),
            Self::Insert { at, len, byte } => {
                bytes.splice(place(at)..place(at), vec![byte; len]);
            }
            Self::Repeat { at, len } => {
                let again = bytes[run(at, len)].to_vec();
                bytes.splice(place(at)..place(at), again);
            }
            Self::Append { file } => bytes.extend_from_slice(&FILES[file % FILES.len()]),
        }
    }
}

fn assert_covers(regions: &[Region], whole: Span) {
    let mut at = whole.start();
    for region in regions {
        assert_eq!(region.span.start(), at, "{:?} {:?}", region.kind, region.name);
        assert!(!region.span.is_empty(), "{:?} {:?}", region.kind, region.name);
        if !region.regions.is_empty() {
            assert_covers(&region.regions, region.span);
        }
        at = region.span.end();
    }
    assert_eq!(at, whole.end());
}

fn assert_inside(findings: &[Finding], len: usize) {
    for finding in findings {
        assert!(finding.span.end() <= len, "{finding} lies outside of {len} bytes");
    }
}

/// Nothing but our own colour steers the terminal. A tab in a line of a file's text does no harm.
fn assert_tame(printed: &[u8]) {
    let text = std::str::from_utf8(printed).expect("what is printed is UTF-8");
    for line in text.lines() {
        let mut rest = line.chars();
        while let Some(letter) = rest.next() {
            if letter == '\u{1B}' {
                let code: String = rest.by_ref().take_while(|letter| *letter != 'm').collect();
                let number = code.strip_prefix('[').unwrap_or("no colour");
                assert!(number.chars().all(|c| c.is_ascii_digit() || c == ';'), "an escape {code:?} in {line:?}");
            } else {
                assert!(letter == '\t' || !letter.is_control(), "{letter:?} in {line:?}");
            }
        }
    }
}

/// Looks at a file in every way that the commands do.
fn look_at(bytes: &[u8]) -> Source {
    let source = Source::new("damaged", Image::new(bytes.to_vec(), None));
    let image = source.image();
    if !matches!(source.reading.body(), Body::BootLog) {
        assert_covers(&source.inspection.regions, image.span());
    }
    assert_inside(&source.inspection.findings, image.len());
    for depth in [Depth::Here, Depth::Everything] {
        for entry in contents::list(image, &source.inspection.regions, depth) {
            assert!(!entry.path.split('/').any(|part| matches!(part, ".." | ".")), "{}", entry.path);
            assert!(!entry.path.starts_with('/'), "{}", entry.path);
            // what it says is its length is what comes out, if anything does
            if depth == Depth::Here
                && let Ok(read) = entry.data.read()
            {
                assert_eq!(read.len(), entry.data.len(), "{}", entry.path);
            }
        }
    }
    let mut printed = Vec::new();
    let entries = contents::list(image, &source.inspection.regions, Depth::Here);
    text::listing(&mut printed, &entries).unwrap();
    let files = [Examined::of(source, Secrets::Shown)];
    assert_inside(&files[0].findings, files[0].source.image().len());
    let view = InspectionView { files: &files, together: None, secrets: Secrets::Shown };
    text::inspections(&mut printed, &view, 100).unwrap();
    assert_tame(&printed);
    let [file] = files;
    file.source
}

fn subject(source: &Source) -> Subject<'_> {
    let capture = match source.reading.body() {
        Body::Capture(capture) => Some(&**capture),
        _ => None,
    };
    let inspection = &source.inspection;
    Subject { image: source.image(), address: inspection.address, regions: &inspection.regions, capture }
}

fn compare(old: &Source, new: &Source) {
    let comparison = Comparison::of(subject(old), subject(new));
    let mut at = (0, 0);
    for segment in &comparison.segments {
        assert_eq!((segment.old.start(), segment.new.start()), at, "{segment}");
        at = (segment.old.end(), segment.new.end());
    }
    assert_eq!(at, (old.image().len(), new.image().len()));
    assert!(!comparison.verdict.is_empty());
    let counts = |cause| cause != Cause::Equal;
    let extent = text::Extent::Everything;
    let view = text::ComparisonView { comparison: &comparison, old, new, counts: &counts, extent, width: 100 };
    let mut printed = Vec::new();
    text::comparison(&mut printed, &view).unwrap();
    assert_tame(&printed);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_is_read_listed_compared_and_recovered(
        file in 0_usize..14, damages in prop::collection::vec(damage(), 1..6),
    ) {
        let original = &FILES[file];
        let mut damaged = original.clone();
        damages.iter().for_each(|damage| damage.apply(&mut damaged));
        let new = look_at(&damaged);
        let old = Source::new("original", Image::new(original.clone(), None));
        compare(&old, &new);
        let set = Set { sources: vec![new, old] };
        let recovered = match set.sources.as_slice() {
            [new, _] if new.reading.is_capture() => whole_captures(&set, Some(0xFF)),
            _ => recover(&set, None),
        };
        for image in recovered.images {
            prop_assert!(!image.bytes.is_empty() && !image.file_name.is_empty());
        }
    }

    #[test]
    fn bytes_of_no_kind_are_read_all_the_same(
        pieces in prop::collection::vec(
            (prop::sample::select(MAGICS.to_vec()), prop::collection::vec(any::<u8>(), 0..200)), 0..12),
    ) {
        let bytes: Vec<u8> = pieces.iter().flat_map(|(magic, rest)| [magic, rest.as_slice()].concat()).collect();
        look_at(&bytes);
    }
}

/// What the formats begin with.
const MAGICS: [&[u8]; 14] = [
    b"",
    b"-rom1fs-",
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"\x1F\x8B\x08",
    b"\xBD\x9A\x0C\x44",
    b"BNEG",
    b"wifi-camera-sys-qetyipadgjlzcbmn",
    b"bFLT\0\0\0\x04",
    b"\x7FELF\x01\x01\x01",
    b"\x48\0\0\0\x01\0\0\0",
    b"\x9F\xFF\xFF\xA0",
    b"[7F020000] 50 4B 03 04 14 00 02 00 - 08 00 1D 41 86 3D 9D 4F  PK.........A.=.O\r\n",
    b"\rbootloader > d -b 0x7F020000\n\r",
];

#[test]
fn every_file_is_covered_when_nothing_is_wrong_with_it() {
    for file in FILES.iter() {
        look_at(file);
        let reading = Reading::new(Image::new(file.clone(), None));
        assert!(!Inspection::of(&reading).regions.is_empty());
    }
}
