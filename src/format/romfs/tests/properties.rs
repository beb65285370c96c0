//! Any tree, and any bytes.

use proptest::prelude::*;

use super::*;

/// What to put into a volume: a name, what kind of thing, and into which of the directories so far.
pub(crate) fn nodes() -> impl Strategy<Value = Vec<(String, u8, usize, Vec<u8>, bool)>> {
    let data = prop::collection::vec(any::<u8>(), 0..100);
    prop::collection::vec(("[a-zA-Z0-9 _.é-]{1,30}", 0_u8..8, any::<usize>(), data, any::<bool>()), 0..40)
}

pub(crate) fn grow(name: &str, nodes: Vec<(String, u8, usize, Vec<u8>, bool)>) -> (Volume<'static>, usize) {
    let mut volume = Volume::new(name);
    let (mut directories, mut others, mut count) = (vec![Volume::ROOT], Vec::new(), 0);
    for (name, kind, place, data, executable) in nodes {
        let (major, minor) = (place as u16, (place >> 16) as u16);
        let content = match (kind, others.get(place % others.len().max(1))) {
            (0, Some(target)) => Content::HardLink(*target),
            (0 | 1, _) => Content::Directory,
            (2, _) => Content::File(data.into()),
            (3, _) => Content::Symlink(data.into()),
            (4, _) => Content::BlockDevice { major, minor },
            (5, _) => Content::CharDevice { major, minor },
            (6, _) => Content::Socket,
            _ => Content::Fifo,
        };
        let is_directory = content == Content::Directory;
        let parent = directories[place % directories.len()];
        let Ok(id) = volume.add(parent, Node { name: name.into_bytes(), content, executable }) else { continue };
        if is_directory {
            directories.push(id);
        } else if !matches!(volume.node(id).unwrap().content, Content::HardLink(_)) {
            others.push(id);
        }
        count += 1;
    }
    (volume, count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_tree_that_is_built_is_read_as_it_was(name in "[ -~]{0,40}", nodes in nodes()) {
        let (volume, count) = grow(&name, nodes);
        let image = volume.build().unwrap();
        let parsed = parse(&image).unwrap();
        let romfs = &parsed.value;
        prop_assert_eq!(&parsed.findings, &[]);
        prop_assert!(romfs.is_verified());
        prop_assert_eq!(romfs.extent, image.len());
        prop_assert_eq!(romfs.files().count(), count);
        assert_covers(romfs, &image);
        prop_assert!(romfs.layout(&image).iter().all(|part| part.role != Role::Stray));
        let read = Volume::from_image(romfs, &image).unwrap();
        prop_assert_eq!(&read.name, name.as_bytes());
        prop_assert_eq!(read.node_count(), volume.node_count());
        prop_assert!(read.build().unwrap() == image);
    }

    #[test]
    fn a_name_made_readable_leads_back_to_its_bytes(name in prop::collection::vec(any::<u8>(), 0..40)) {
        prop_assert_eq!(name_from_display(&display_name(&name)), name);
    }

    #[test]
    fn any_alignment_is_found_again(nodes in nodes(), power in 4_u32..13, own in 4_u32..13) {
        let (mut volume, _) = grow("aligned", nodes);
        volume.alignment = Alignment::new(1 << power).unwrap();
        let ids: Vec<NodeId> = (1..volume.node_count()).map(NodeId).step_by(5).collect();
        for id in ids {
            let is_dot = matches!(volume.node(id).unwrap().content, Content::Itself | Content::Parent);
            if !is_dot {
                volume.own_alignments.insert(id, Alignment::new(1 << own).unwrap());
            }
        }
        let image = volume.build().unwrap();
        let parsed = parse(&image).unwrap();
        prop_assert_eq!(&parsed.findings, &[]);
        let again = Volume::from_image(&parsed.value, &image).unwrap();
        prop_assert!(again.build().unwrap() == image);
    }

    #[test]
    fn damage_never_stops_the_parser(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30),
        keep in any::<prop::sample::Index>(),
        is_cut: bool,
    ) {
        let mut image = volume().build().unwrap();
        for (at, byte) in changes {
            let at = 8 + at.index(image.len() - 8);
            image[at] = byte;
        }
        if is_cut {
            image.truncate(16 + keep.index(image.len() - 16));
        }
        let parsed = parse(&image).unwrap();
        assert_covers(&parsed.value, &image);
        if let Ok(volume) = Volume::from_image(&parsed.value, &image) {
            let _ = volume.build();
        }
    }

    #[test]
    fn arbitrary_words_never_stop_the_parser(words in prop::collection::vec(0_u32..0x800, 0..300)) {
        let mut image = MAGIC.to_vec();
        image.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        if let Ok(parsed) = parse(&image) {
            assert_covers(&parsed.value, &image);
        }
    }
}
