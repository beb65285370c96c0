//! Whatever is printed is read back; whatever is damaged is never taken for whole.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::*;
use crate::finding::{Code, Fact};
use crate::image::{FlashAddr, PAGE_BYTES};

fn dialect() -> impl Strategy<Value = Dialect> {
    proptest::sample::select(Dialect::BOOT_LOADER.to_vec())
}

/// Whole pages of bytes with many printable ones and brackets among them.
fn pages(max: usize) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![any::<u8>(), 0x20_u8..0x80, Just(b'['), Just(b']'), Just(b'0')];
    vec(vec(byte, PAGE_BYTES), 1..=max).prop_map(|pages| pages.concat())
}

fn flash_address() -> impl Strategy<Value = FlashAddr> {
    (0_u32..0x7_F000).prop_map(|step| FlashAddr(0x7F00_0000 + step * 0x10))
}

/// One thing that happens to a text on a serial line or in an editor.
#[derive(Debug, Clone)]
enum Harm {
    Change(prop::sample::Index, u8),
    Drop(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
    Double(prop::sample::Index, usize),
    Cut(prop::sample::Index),
}

fn harm() -> impl Strategy<Value = Harm> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        (at(), any::<u8>()).prop_map(|(at, byte)| Harm::Change(at, byte)),
        (at(), 1_usize..200).prop_map(|(at, len)| Harm::Drop(at, len)),
        (at(), vec(any::<u8>(), 1..100)).prop_map(|(at, bytes)| Harm::Insert(at, bytes)),
        (at(), 1_usize..3000).prop_map(|(at, len)| Harm::Double(at, len)),
        at().prop_map(Harm::Cut),
    ]
}

fn apply(text: &mut Vec<u8>, harm: Harm) {
    if text.is_empty() {
        return;
    }
    match harm {
        Harm::Change(at, byte) => *at.get_mut(text) = byte,
        Harm::Drop(at, len) => {
            let at = at.index(text.len());
            text.drain(at..(at + len).min(text.len()));
        }
        Harm::Insert(at, bytes) => {
            let at = at.index(text.len());
            text.splice(at..at, bytes);
        }
        Harm::Double(at, len) => {
            let at = at.index(text.len());
            let again = text[at..(at + len).min(text.len())].to_vec();
            text.splice(at..at, again);
        }
        Harm::Cut(at) => text.truncate(at.index(text.len())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_the_recovery_tool_prints_is_read_back(image in pages(6), address in flash_address()) {
        let text = print::recovery_tool(&image, address);
        prop_assert_eq!(detect(&text), Some(Writer::RecoveryTool));
        let capture = decode(&text);
        prop_assert_eq!(&*capture.image, &*image);
        prop_assert_eq!(capture.image.address(), Some(address));
        prop_assert_eq!(capture.findings, []);
    }

    #[test]
    fn a_terminal_log_of_any_dialect_and_address_is_read_back(
        image in vec(any::<u8>(), 1..1200),
        address in 0x7F00_0000_u32..0x7F40_0000,
        dialect in dialect(),
    ) {
        // A unit that is blank in part is not printed at all, so only bytes can start anywhere.
        let address = FlashAddr(if dialect == Dialect::Bytes { address } else { address & !3 });
        let text = print::terminal_log(&image, address, dialect);
        prop_assert_eq!(detect(&text), Some(Writer::TerminalLog));
        let capture = decode(&text);
        prop_assert_eq!(capture.image.address(), Some(address));
        prop_assert_eq!(&capture.image[..image.len()], &*image);
        prop_assert!(capture.image[image.len()..].iter().all(|byte| *byte == 0xFF));
        prop_assert_eq!(capture.image.gaps(), []);
        let order = [Code::CaptureWordOrder, Code::CaptureWordOrderUnproved];
        prop_assert!(capture.findings.iter().all(|finding| order.contains(&finding.code())), "{:?}", capture.findings);
    }

    #[test]
    fn every_byte_of_a_dropped_line_is_listed_as_missing(
        image in pages(6),
        dropped in vec(any::<prop::sample::Index>(), 1..8),
    ) {
        let text = print::recovery_tool(&image, FlashAddr(0x7F02_0000));
        let mut lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
        for index in dropped {
            // The lines with the echoes are dropped as well, and take no data with them.
            lines.remove(index.index(lines.len()));
        }
        let capture = decode(&lines.concat());
        let known = capture.image.known();
        let origin = capture.image.address().map_or(0, |address| address.0 - 0x7F02_0000) as usize;
        for span in known.iter() {
            prop_assert_eq!(span.of(&capture.image), span.shifted(origin).of(&image));
        }
        let listed: usize = capture.findings.iter().map(|finding| match finding.fact {
            Fact::CaptureGap { len, .. } => len,
            _ => 0,
        }).sum();
        prop_assert_eq!(listed, capture.image.gaps().iter().map(|gap| gap.len()).sum::<usize>());
        let cut = origin > 0 || origin + capture.image.len() < image.len();
        let told = capture.findings.iter().any(|finding| finding.code() == Code::CaptureCutPage);
        let whole_pages_lost = origin.is_multiple_of(PAGE_BYTES) && capture.image.len().is_multiple_of(PAGE_BYTES);
        prop_assert!(!cut || told || whole_pages_lost, "{:?}", capture.findings);
    }

    // One stretch of less than a line; two next to each other can splice a line of the right length, and where its
    // characters happen to agree nobody could tell.
    #[test]
    fn a_lost_or_doubled_stretch_never_puts_a_wrong_byte_among_the_known(
        image in pages(4),
        harm in (any::<prop::sample::Index>(), 1_usize..70, any::<bool>()).prop_map(|(at, len, double)| {
            if double { Harm::Double(at, len) } else { Harm::Drop(at, len) }
        }),
    ) {
        let address = FlashAddr(0x7F02_0000);
        let mut text = print::recovery_tool(&image, address);
        apply(&mut text, harm);
        let capture = decode(&text);
        let origin = capture.image.address().and_then(|start| start.bytes_since(address)).unwrap_or(0);
        for span in capture.image.known().iter() {
            prop_assert_eq!(span.of(&capture.image), span.shifted(origin).of(&image), "{}", span);
        }
    }

    #[test]
    fn a_damaged_text_is_read_without_panic_and_its_findings_lie_in_the_image(
        image in pages(5),
        dialect in dialect(),
        harms in vec(harm(), 1..12),
    ) {
        let mut text = print::terminal_log(&image, FlashAddr(0x7F0D_0000), dialect);
        harms.into_iter().for_each(|harm| apply(&mut text, harm));
        detect(&text);
        let capture = decode(&text);
        let whole = capture.image.span();
        prop_assert!(capture.findings.iter().all(|finding| whole.encloses(finding.span)));
        prop_assert!(capture.image.known().iter().all(|span| whole.encloses(span)));
        prop_assert!(capture.stats.used + capture.stats.stray + capture.stats.out_of_sequence <= capture.stats.lines);
    }

    #[test]
    fn arbitrary_bytes_are_read_without_panic(bytes in vec(any::<u8>(), 0..600), text in "[\\[\\]0-9A-F \\-\r\n.D]{0,300}") {
        for bytes in [bytes.as_slice(), text.as_bytes()] {
            detect(bytes);
            let capture = decode(bytes);
            let unknown: usize = capture.image.gaps().iter().map(|gap| gap.len()).sum();
            prop_assert_eq!(capture.image.known().len_bytes() + unknown, capture.image.len());
        }
    }
}
