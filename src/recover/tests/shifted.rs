//! The page that the recovery tool saves in the next file, whatever files are there and in whatever order.

use super::*;
use crate::image::{PAGE_BYTES, Span};
use crate::map::Kind;

/// What the recovery tool saves of images in turn: whole pages, the page due last in front of the next image.
fn saved(images: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut carried: Vec<u8> = Vec::new();
    images
        .iter()
        .map(|image| {
            let whole = image.len() / PAGE_BYTES * PAGE_BYTES;
            let file = [carried.as_slice(), &image[..whole]].concat();
            carried = image[whole..].iter().copied().chain(std::iter::repeat(0xFF)).take(PAGE_BYTES).collect();
            file
        })
        .chain([Vec::new()])
        .collect()
}

#[test]
fn a_chain_of_shifted_pages_is_undone_in_any_order_of_files() {
    let mut chance = Chance(6);
    let kernels = [kernel(9_000, &mut chance), kernel(12_000, &mut chance), kernel(7_000, &mut chance)];
    let romfs = romfs(2, &mut chance);
    let files = saved(&[&kernels[0], &kernels[1], &kernels[2], &romfs]);
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]] {
        let named = order.iter().zip(["x", "cmos", "linux", "romfs"]).map(|(file, name)| (name, files[*file].clone()));
        let recovery = recover(set(named), None);
        for kernel in &kernels {
            assert!(recovery.images.iter().any(|image| image.bytes == *kernel), "{order:?}: {recovery:#?}");
        }
        assert!(recovery.images.iter().any(|image| image.bytes == romfs));
        assert_eq!(recovery.images.len(), 4);
    }
}

#[test]
fn logs_of_some_files_place_the_pages_by_their_addresses() {
    let mut chance = Chance(7);
    let (kernel, romfs) = (kernel(9_000, &mut chance), romfs(2, &mut chance));
    let files = saved(&[&kernel, &romfs]);
    let start = KERNEL.0 + 0x2_0000;
    let last_page = KERNEL.checked_add(kernel.len() / PAGE_BYTES * PAGE_BYTES).unwrap();
    let (page, rest) = files[1].split_at(PAGE_BYTES);
    let mut pages = vec![(last_page, page)];
    pages.extend(rest.chunks(PAGE_BYTES).zip(0_u32..).map(|(page, at)| (FlashAddr(start + at * 0x100), page)));
    let romfs_dat = print::recovery_tool_pages(&pages);
    let kernel_dat = print::recovery_tool(&kernel, KERNEL);
    for files in [
        vec![("b.dat", romfs_dat.clone()), ("a.dat", kernel_dat.clone())],
        vec![("b.dat", romfs_dat.clone()), ("a", files[0].clone())],
        vec![("a.dat", kernel_dat.clone()), ("b", files[1].clone())],
    ] {
        let recovery = recover(set(files), None);
        let kernel_image = recovery.images.iter().find(|image| image.region.kind == Kind::Kernel).unwrap();
        assert!(kernel_image.bytes == kernel);
        assert_eq!((kernel_image.address, kernel_image.joined), (Some(KERNEL), kernel.len() % PAGE_BYTES));
        assert_eq!(kernel_image.made_from.len(), 2);
        assert!(recovery.images.iter().any(|image| image.bytes == romfs));
        assert!(recovery.missing.is_empty(), "{:?}", recovery.missing);
    }
}

#[test]
fn captures_of_several_places_are_one_memory_and_what_lies_between_is_not_missed() {
    let mut chance = Chance(8);
    let (kernel, romfs) = (kernel(9_000, &mut chance), romfs(2, &mut chance));
    let flash = flash(&kernel, &romfs);
    let romfs_at = 0x1_0000;
    let kernel_log = printed(&flash[..kernel.len()], KERNEL);
    let romfs_log = printed(&flash[romfs_at..romfs_at + romfs.len()], KERNEL.checked_add(romfs_at).unwrap());
    let files = [("r.log", romfs_log), ("k.log", kernel_log)];
    let recovery = recover(set(files.clone()), None);
    assert_eq!((recovery.images.len(), recovery.missing.as_slice()), (2, [].as_slice()));
    let whole = whole_captures(set(files), Some(0xFF));
    let [image] = whole.images.as_slice() else { panic!("{whole:#?}") };
    assert!(
        image.bytes[..kernel.len()] == kernel[..]
            && Span::new(romfs_at, image.bytes.len()).of(&image.bytes).starts_with(&romfs)
    );
    assert!(!image.holes.is_empty());
}

#[test]
fn captures_of_different_cameras_are_not_mixed() {
    let mut chance = Chance(9);
    let (one, other) = (kernel(9_000, &mut chance), kernel(9_000, &mut chance));
    let recovery = recover(set([("a.log", printed(&one, KERNEL)), ("b.log", printed(&other, KERNEL))]), None);
    assert!(recovery.images[0].bytes == one && recovery.images[1].bytes == other);
}

/// All orders of the numbers below `len`.
fn orders(len: usize) -> Vec<Vec<usize>> {
    (0..len).fold(vec![Vec::new()], |orders, _| {
        let longer = |order: Vec<usize>| {
            let rest: Vec<usize> = (0..len).filter(|number| !order.contains(number)).collect();
            rest.into_iter().map(move |number| [order.as_slice(), &[number]].concat())
        };
        orders.into_iter().flat_map(longer).collect()
    })
}

/// What the recovery tool writes beside each file: the page of the image before has the address that it was asked for.
fn logs(images: &[&[u8]], files: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut start = KERNEL.0;
    let mut before = None;
    images
        .iter()
        .zip(files)
        .map(|(image, file)| {
            let (page, own) = file.split_at(if before.is_some() { PAGE_BYTES } else { 0 });
            let of_image = own.chunks(PAGE_BYTES).zip(0_u32..).map(|(page, at)| (FlashAddr(start + at * 0x100), page));
            let pages: Vec<(FlashAddr, &[u8])> =
                before.into_iter().map(|address| (address, page)).chain(of_image).collect();
            let whole = image.len() as u32 / 0x100 * 0x100;
            before = Some(FlashAddr(start + whole));
            start += 0x1_0000;
            print::recovery_tool_pages(&pages)
        })
        .collect()
}

#[test]
fn shifted_pages_of_three_images_come_home_in_any_order_and_with_logs_of_some() {
    let mut chance = Chance(10);
    let kernels = [kernel(2_500, &mut chance), kernel(3_000, &mut chance)];
    assert!(kernels.iter().all(|kernel| kernel.len() % PAGE_BYTES > 0));
    let romfs = romfs(1, &mut chance);
    let images = [kernels[0].as_slice(), &kernels[1], &romfs];
    let files = saved(&images);
    let logs = logs(&images, &files);
    for forms in 0..27 {
        for order in orders(3) {
            let names = [("a", "a.dat"), ("b", "b.dat"), ("c", "c.dat")];
            let given = order.iter().flat_map(|at| {
                let form = forms / 3_usize.pow(*at as u32) % 3;
                let (file, log) = ((names[*at].0, files[*at].clone()), (names[*at].1, logs[*at].clone()));
                [Some(file).filter(|_| form != 1), Some(log).filter(|_| form != 0)].into_iter().flatten()
            });
            let recovery = recover(set(given), None);
            let told = format!("forms {forms}, order {order:?}: {:?}", recovery.missing);
            assert!(recovery.missing.is_empty() && recovery.images.len() == 3, "{told}");
            assert!(images.iter().all(|image| recovery.images.iter().any(|found| found.bytes == *image)), "{told}");
            assert!(recovery.images.iter().all(|image| image.region.state == crate::map::State::Verified), "{told}");
        }
    }
}

#[test]
fn a_capture_that_shares_nothing_is_not_mixed_with_one_of_two_cameras() {
    let mut chance = Chance(11);
    let (one, other) = (kernel(9_000, &mut chance), kernel(9_000, &mut chance));
    let (front, back) = one.split_at(one.len() / 2 / PAGE_BYTES * PAGE_BYTES);
    let overlapping = &one[front.len() - PAGE_BYTES..];
    let from = |at: usize| KERNEL.checked_add(at).unwrap();
    let front_log = ("front", printed(front, KERNEL));
    let other_log = ("other", printed(&other[..front.len()], KERNEL));
    for order in orders(3) {
        let logs =
            [front_log.clone(), ("back", printed(overlapping, from(front.len() - PAGE_BYTES))), other_log.clone()];
        let recovery = recover(set(order.iter().map(|at| logs[*at].clone())), None);
        assert!(recovery.images.iter().any(|image| image.bytes == one), "{order:?}: {recovery:#?}");
        assert_eq!(recovery.memories.len(), 2);

        let logs = [front_log.clone(), ("back", printed(back, from(front.len()))), other_log.clone()];
        let recovery = recover(set(order.iter().map(|at| logs[*at].clone())), None);
        assert_eq!(recovery.memories.len(), 3, "{order:?}: nothing tells whose the rest is");
    }
}

#[test]
fn a_file_that_is_given_twice_or_goes_on_in_another_counts_once() {
    let mut chance = Chance(12);
    let kernel = kernel(9_000, &mut chance);
    let log = printed(&kernel, KERNEL);
    let early = log[..log.len() / 2].to_vec();
    let recovery = recover(set([("early.log", early), ("a.log", log.clone()), ("a.log", log)]), None);
    let [image] = recovery.images.as_slice() else { panic!("{recovery:#?}") };
    assert_eq!(image.tally.map(|tally| (tally.alike, tally.once)), Some((0, kernel.len())));
    assert_eq!(image.made_from, ["a.log"]);
    assert_eq!(recovery.left_out.iter().map(|out| out.file.as_str()).collect::<Vec<_>>(), ["early.log", "a.log"]);
}
