//! Volumes that are changed, aligned or written piece by piece.

use super::*;

/// The bytes of a volume's pieces, streamed files filled in by `read`.
fn written(volume: &Volume<'_>, read: impl Fn(NodeId) -> Vec<u8>) -> Vec<u8> {
    let pieces = volume.pieces().unwrap();
    let len = pieces.len();
    let mut image: Vec<u8> = pieces
        .flat_map(|piece| match piece {
            Piece::Bytes(bytes) => bytes.into_owned(),
            Piece::Streamed { node, len } => {
                let bytes = read(node);
                assert_eq!(bytes.len(), len);
                bytes
            }
        })
        .collect();
    assert_eq!(image.len(), len);
    seal(&mut image[..SEALED_BYTES]);
    image
}

#[test]
fn a_volume_written_piece_by_piece_is_the_one_that_is_built() {
    let data: Vec<Vec<u8>> = [0, 1, 15, 16, 17, 5000].iter().map(|len| vec![0xC3; *len]).collect();
    let (mut whole, mut streamed) = (Volume::new("x"), Volume::new("x"));
    let mut of_node = Vec::new();
    for (index, bytes) in data.iter().enumerate() {
        let name = format!("file-{index}");
        whole.add(Volume::ROOT, Node::file(&name, bytes.as_slice())).unwrap();
        let id = streamed.add(Volume::ROOT, Node::new(&name, Content::Streamed(bytes.len()))).unwrap();
        of_node.push((id, bytes.clone()));
    }
    let read = |id| of_node.iter().find(|(node, _)| *node == id).unwrap().1.clone();
    assert!(written(&streamed, read) == whole.build().unwrap());
    assert_eq!(streamed.build(), Err(BuildError::Elsewhere { name: "file-1".to_owned() }), "an empty one needs none");
}

#[test]
fn a_volume_that_would_be_too_big_is_refused_before_anything_is_written() {
    let mut volume = Volume::new("");
    for name in ["a", "b"] {
        volume.add(Volume::ROOT, Node::new(name, Content::Streamed(0x7FFF_F000))).unwrap();
    }
    assert_eq!(volume.pieces().unwrap().len() % PADDING, 0);
    volume.add(Volume::ROOT, Node::new("c", Content::Streamed(0x2000))).unwrap();
    assert!(matches!(volume.pieces().map(|pieces| pieces.len()), Err(BuildError::TooBig { .. })));
}

#[test]
fn what_is_removed_is_gone_and_a_link_to_it_is_not_built() {
    let mut volume = volume();
    let id = |volume: &Volume<'_>, path: [&str; 2]| {
        path.into_iter().filter(|name| !name.is_empty()).fold(Volume::ROOT, |at, name| {
            let named = |id: &&NodeId| volume.node(**id).unwrap().name == name.as_bytes();
            *volume.children(at).iter().find(named).unwrap()
        })
    };
    let (camera, link, dev) = (id(&volume, ["bin", "camera"]), id(&volume, ["bin", "ipcam"]), id(&volume, ["dev", ""]));
    volume.retain(|id| id != camera);
    assert_eq!(volume.build(), Err(BuildError::BrokenLink { name: "ipcam".to_owned() }));
    volume.set_content(link, Content::File(b"now a file"[..].into()));
    volume.set_content(dev, Content::Symlink(b"tmp/dev"[..].into()));
    let empty = id(&volume, ["nothing", ""]);
    volume.set_content(empty, Content::Directory);
    volume.add(empty, Node::file("something", b"in it".as_slice())).unwrap();
    let image = volume.build().unwrap();
    let parsed = parse(&image).unwrap();
    assert_eq!(parsed.findings, []);
    let paths: Vec<&str> = parsed.value.files().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["/bin", "/bin/ipcam", "/bin/sh", "/dev", "/empty", "/nothing", "/nothing/something"]);
    assert!(volume.add(volume.parent(camera).unwrap(), Node::file("camera", vec![])).is_ok(), "the name is free again");
}

#[test]
fn aligned_files_start_on_multiples_and_are_built_again_so() {
    let mut volume = volume();
    volume.add(Volume::ROOT, Node::file("more", b"of them".as_slice())).unwrap();
    volume.alignment = Alignment::new(256).unwrap();
    let image = volume.build().unwrap();
    let parsed = parse(&image).unwrap();
    assert_eq!(parsed.findings, []);
    for entry in parsed.value.files().filter(|entry| entry.kind == EntryKind::File) {
        assert_eq!(entry.data.start() % 256, 0, "{}", entry.path);
    }
    let again = Volume::from_image(&parsed.value, &image).unwrap();
    assert_eq!(again.alignment, volume.alignment);
    assert!(again.build().unwrap() == image);
}

#[test]
fn an_alignment_is_a_power_of_two_from_16_to_1_gib() {
    for bytes in [0, 1, 8, 24, 1 << 31] {
        assert_eq!(Alignment::new(bytes), None, "{bytes}");
    }
    assert_eq!(Alignment::new(16), Some(Alignment::default()));
    assert_eq!(Alignment::new(1 << 30).unwrap().bytes(), 1 << 30);
}

#[test]
fn a_path_that_the_kernel_cannot_name_is_not_built() {
    let mut volume = Volume::new("");
    let mut at = Volume::ROOT;
    for _ in 0..PATH_MAX_BYTES / 128 {
        at = volume.add(at, Node::directory([b'd'; 127])).unwrap();
    }
    assert!(matches!(volume.add(at, Node::directory("d")), Err(BuildError::TooDeep { len: 4098, .. })));
    assert_eq!(parse(&volume.build().unwrap()).unwrap().findings, []);
}
