use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;
use crate::compare::Label;
use crate::compare::inside::{Mapped, Thoroughness, look};
use crate::compare::tests::noise;
use crate::image::{Image, Span};

#[test]
fn of_very_many_changed_files_only_some_are_opened_and_all_are_told() {
    let names: Vec<String> = (0..2000).map(|number| format!("file-{number:04}")).collect();
    let volume = |content: &[u8]| romfs(&names.iter().map(|name| (name.as_str(), content)).collect::<Vec<_>>());
    let comparison = compared(&volume(b"one\n"), &volume(b"two\n"));
    let is_opened = |change: &&FileChange| change.detail != Some(Detail::NotOpened);
    assert_eq!(comparison.files.len(), 2000);
    assert_eq!(comparison.files.iter().filter(is_opened).count(), 64);
    assert!(is_opened(&&comparison.files[0]));
}

#[test]
fn text_without_any_line_in_common_does_not_take_long() {
    let lines = |seed| -> Vec<u8> {
        noise(seed, 300_000).iter().flat_map(|byte| [b'a' + byte % 26, b'a' + byte / 26, b'\n']).collect()
    };
    let start = Instant::now();
    assert!(matches!(detail("long", &lines(1), &lines(2)), Detail::Text(_)));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn a_bomb_is_not_unpacked_again_and_again() {
    let bomb = |seed: u8| {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let zeros = vec![seed; 1 << 20];
        (0..60).for_each(|_| encoder.write_all(&zeros).unwrap());
        encoder.finish().unwrap()
    };
    let names: Vec<String> = (0..64).map(|number| format!("bomb-{number}.gz")).collect();
    let volume = |bomb: &[u8]| romfs(&names.iter().map(|name| (name.as_str(), bomb)).collect::<Vec<_>>());
    let start = Instant::now();
    let comparison = compared(&volume(&bomb(1)), &volume(&bomb(2)));
    assert_eq!(comparison.files.len(), 64);
    let is_unpacked = |change: &&FileChange| matches!(&change.detail, Some(Detail::Packed { content: Some(content), .. }) if **content != Detail::NotOpened);
    assert_eq!(comparison.files.iter().filter(is_unpacked).count(), 0);
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

fn assert_in_order(labels: &[Label], len: usize) {
    let mut at = 0;
    for label in labels {
        assert!(label.span.start() >= at && !label.span.is_empty(), "{label:?} behind {at:#x}");
        at = label.span.end();
    }
    assert!(at <= len);
}

fn labels_are_in_order(old: Vec<u8>, new: Vec<u8>) {
    let mapped = |bytes: Vec<u8>| {
        let image = Image::new(bytes, None);
        let regions = crate::map::Inspection::of_image(&image).regions;
        (image, regions)
    };
    let (old, new) = (mapped(old), mapped(new));
    let inside = look(
        Mapped { image: &old.0, regions: &old.1 },
        Mapped { image: &new.0, regions: &new.1 },
        Thoroughness::Everything,
    );
    assert_in_order(&inside.old_labels, old.0.len());
    assert_in_order(&inside.new_labels, new.0.len());
}

/// The offset of an entry's header, found by its name.
fn header_of(volume: &[u8], name: &str) -> usize {
    memchr::memmem::find(volume, name.as_bytes()).unwrap() - 16
}

#[test]
fn files_that_overlap_are_labelled_once_and_compared_no_more_often_than_a_few_times() {
    let names: Vec<String> = (0..3000).map(|number| format!("overlap-{number:04}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), b"x".as_slice())).collect();
    let tail = vec![0x55; 1 << 20];
    let overlapping = |last: u8| {
        let mut volume = romfs(&[files.as_slice(), &[("zz", &tail)]].concat());
        for name in &names {
            let at = header_of(&volume, name);
            // the size of every file: nearly all of the volume
            let size = volume.len() - at - 64;
            volume[at + 8..at + 12].copy_from_slice(&(size as u32).to_be_bytes());
        }
        let end = volume.len() - 1100;
        volume[end] = last;
        volume
    };
    let start = Instant::now();
    labels_are_in_order(overlapping(1), overlapping(2));
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn labels_of_damaged_volumes_stay_in_order(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..24),
        cut in any::<prop::sample::Index>(),
    ) {
        let old = romfs(&[("bin/init", b"#!/bin/sh\n"), ("bin/camera", &noise(1, 600)), ("www/a", b"a"), ("www/b", b"b")]);
        let mut new = old.clone();
        for (at, byte) in changes {
            // the magic stays, so that it is a volume
            let at = 8 + at.index(new.len() - 8);
            new[at] = byte;
        }
        new.truncate(64 + cut.index(new.len() - 64));
        labels_are_in_order(old, new);
    }

    #[test]
    fn lists_of_any_files_are_told_completely(
        old in prop::collection::vec((0_u8..6, 0_u8..4), 0..12),
        new in prop::collection::vec((0_u8..6, 0_u8..4), 0..12),
    ) {
        use crate::compare::inside::{effort::Effort, files};
        use crate::contents::{Bytes, Data, Entry, EntryKind};
        let contents: Vec<Vec<u8>> = (0..4_u8).map(|length| vec![b'a'; usize::from(length)]).collect();
        let list = |of: &[(u8, u8)]| -> Vec<Entry<'_>> {
            of.iter().map(|(name, content)| {
                let bytes = &contents[usize::from(*content)];
                let data = Data::Plain(Bytes::InImage(bytes, Span::new(0, bytes.len())));
                Entry::new(format!("f{name}"), EntryKind::File { executable: false }, data)
            }).collect()
        };
        let (old, new) = (list(&old), list(&new));
        let compared = files::compare(&old, &new, &mut Effort::new(Thoroughness::Usual, 1 << 16));
        let count = |status: Status| compared.changes.iter().filter(|change| change.status == status).count();
        let (both, moved) = (compared.in_both.len(), count(Status::Moved));
        prop_assert_eq!(both + moved + count(Status::Removed), old.len());
        prop_assert_eq!(both + moved + count(Status::Added), new.len());
        for change in compared.changes.iter().filter(|change| change.status == Status::Moved) {
            prop_assert_eq!(change.old.as_ref().map(|old| old.size), change.new.as_ref().map(|new| new.size));
            prop_assert!(change.new.as_ref().is_some_and(|new| new.size > 0));
        }
    }
}
