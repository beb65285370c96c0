use proptest::prelude::*;

use super::*;
use crate::camera::board::Model;
use crate::format::boot_info::{BootInfo, Mac};
use crate::format::kernel_zip::{self, DosTime, Effort};
use crate::format::romfs::{Node, Volume};
use crate::format::settings::Draft;
use crate::format::web_ui::{self, NewEntry, Version};
use crate::image::Image;
use crate::map::{Inspection, Kind, State};

const MAC: Mac = Mac([0x00, 0xA8, 0xF8, 0x00, 0x5C, 0xA6]);

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(std::path::Path::new("fixtures").join(path)).unwrap()
}

fn footer_of(layout: &Layout<'_>, part: Part) -> (FlashAddr, Footer) {
    layout.part(part).unwrap().footer.unwrap()
}

/// packages-and-formats.md section 1: what the camera program itself made of the real kernel and romfs.
#[test]
fn the_real_kernel_and_romfs_get_the_footers_that_the_camera_program_wrote() {
    let Some(samples) = crate::format::sample_dir() else { return };
    let read = |name: &str| std::fs::read(samples.join("recovery-tool").join(name)).unwrap();
    let (linux, romfs) = (read("linux"), read("romfs"));
    // the recovery tool saved the kernel's last 80 bytes in front of the romfs
    let kernel = [&linux, &romfs[..80]].concat();
    let parts = Parts { kernel: Some(&kernel), romfs: Some(&romfs[256..]), ..Parts::default() };
    let board = Model::FourMegabytes.board();
    let layout = Layout::new(&board, &parts).unwrap();

    let (at, footer) = footer_of(&layout, Part::Kernel);
    assert_eq!((footer.base, at), (FlashAddr(0x7F02_0000), FlashAddr(0x7F0C_FFCC)));
    assert_eq!((footer.length, footer.load, footer.exec), (0xA_DD50, FlashAddr(0x8000), FlashAddr(0x8000)));
    assert_eq!((footer.image_checksum, footer.checksum), (0x9EF5_D166, 0x622B_B938));
    let (at, footer) = footer_of(&layout, Part::Romfs);
    assert_eq!((footer.base, at), (FlashAddr(0x7F0D_0000), FlashAddr(0x7F1D_FFCC)));
    assert_eq!((footer.length, footer.load), (0x10_C400, FlashAddr(0x7F0D_0000)));
    assert_eq!((footer.image_checksum, footer.checksum), (0x5D99_EFA2, 0xB057_AE68));

    let flash = layout.image();
    assert_eq!(flash.len(), 0x40_0000);
    assert_eq!(footer::installed(&flash).iter().map(|footer| footer.number).collect::<Vec<_>>(), [7, 6]);
}

/// boot-loader.md section 2.1.
#[test]
fn the_published_boot_info_gets_its_published_footer() {
    let boot_info = BootInfo::factory(MAC).to_bytes();
    let parts = Parts { boot_info: Some(&boot_info), ..Parts::default() };
    let board = Model::TwoMegabytes.board();
    let layout = Layout::new(&board, &parts).unwrap();
    let (at, footer) = footer_of(&layout, Part::BootInfo);
    assert_eq!((at, footer.length), (FlashAddr(0x7F01_FFCC), 0x38));
    assert_eq!((footer.image_checksum, footer.checksum), (0xFEC6_B158, 0x4898_B613));
}

/// The fixture is laid out by the generator's own code, which knows nothing of boards.
#[test]
fn the_parts_of_a_flash_give_back_the_flash() {
    let flash = fixture("camera/flash.bin");
    let (kernel, romfs, web_ui) =
        (fixture("flashed/linux.zip"), fixture("flashed/romfs.img"), fixture("flashed/webui.bin"));
    let parts = Parts {
        boot_loader: Some(&flash[..0x1_0000]),
        boot_info: Some(&flash[0x1_0000..0x1_0038]),
        kernel: Some(&kernel),
        romfs: Some(&romfs),
        web_ui: Some(&web_ui),
        settings: Some(&flash[0x1F_0000..0x20_0000]),
    };
    let board = Model::FourMegabytes.board();
    assert!(Layout::new(&board, &parts).unwrap().image() == flash);
    let block = Parts { boot_info: Some(&flash[0x1_0000..0x2_0000]), ..parts };
    assert!(Layout::new(&board, &block).unwrap().image() == flash, "a whole block of BOOT INFO is kept as it is");
}

#[test]
fn a_part_is_typed_by_its_content() {
    let flags = |part: Part, bytes: &[u8]| part.as_image(bytes).map(|(number, name, flags)| (number, name, flags.0));
    assert_eq!(flags(Part::Kernel, b"PK\x03\x04"), Some((7, "linux.bin", 0x17)));
    assert_eq!(flags(Part::Kernel, b"\x1F\x8B\x08"), Some((7, "linux.bin", 0x17)));
    assert_eq!(flags(Part::Kernel, &kernel::START), Some((7, "linux.bin", 0x07)));
    assert_eq!(flags(Part::Romfs, b"-rom1fs-"), Some((6, "romfs.img", 0x01)));
    assert_eq!(flags(Part::Romfs, b"PK\x03\x04"), Some((6, "romfs.img", 0x13)));
    assert_eq!(flags(Part::WebUi, b"\xBD\x9A\x0C\x44"), None);
    let base = FlashAddr(0x7F04_0000);
    assert_eq!(Part::Romfs.load_address(base, b"PK\x03\x04"), ROMFS_IN_RAM);
    assert_eq!(Part::Romfs.load_address(base, b"-rom1fs-"), base);
}

/// Where fewer than 52 bytes are left behind the image, its footer fills the end of the next block, and the romfs follows.
#[test]
fn a_footer_without_room_moves_to_the_next_block_and_the_romfs_with_it() {
    let board = Model::FourMegabytes.board();
    for block in [1, 2, 13] {
        for left in 0..=56 {
            let kernel = vec![0x5A; block * ERASE_BLOCK_BYTES - left];
            let parts = Parts { kernel: Some(&kernel), romfs: Some(b"-rom1fs-"), ..Parts::default() };
            let layout = Layout::new(&board, &parts).unwrap();
            // 53 to 55 bytes are 52 once the length is a multiple of 4
            let blocks = if left >= footer::LEN { block } else { block + 1 };
            let romfs_base = KERNEL_BASE.checked_add(blocks * ERASE_BLOCK_BYTES).unwrap();
            let (at, footer) = footer_of(&layout, Part::Kernel);
            assert_eq!(at.checked_add(footer::LEN), Some(romfs_base), "{left} bytes left of block {block}");
            assert_eq!(footer.len_bytes(), kernel.len().next_multiple_of(4));
            assert_eq!(footer_of(&layout, Part::Romfs).1.base, romfs_base);

            let flash = layout.image();
            let found = footer::installed(&flash);
            assert_eq!(found.iter().map(|footer| footer.number).collect::<Vec<_>>(), [7, 6]);
            let start = footer.base.bytes_since(FLASH_BASE).unwrap();
            assert_eq!(footer.verify_image(&flash[start..]), None, "{left} bytes left of block {block}");
            let gap = &flash[start + kernel.len()..at.bytes_since(FLASH_BASE).unwrap()];
            assert!(gap.iter().all(|byte| *byte == 0xFF), "what is between stays erased");
        }
    }
}

#[test]
fn a_romfs_may_end_with_its_footer_right_below_the_web_ui_and_not_a_byte_further() {
    for (model, limit, other) in
        [(Model::TwoMegabytes, 0x7F18_0000, Tenant::WebUi), (Model::FourMegabytes, 0x7F1F_0000, Tenant::Settings)]
    {
        let board = model.board();
        let kernel = [0; 0x100];
        let room = limit - 0x7F03_0000;
        let romfs = vec![0; room - footer::LEN];
        let parts = Parts { kernel: Some(&kernel), romfs: Some(&romfs), ..Parts::default() };
        let layout = Layout::new(&board, &parts).unwrap();
        let (at, _) = footer_of(&layout, Part::Romfs);
        assert_eq!(Place::new(at, footer::LEN).end(), FlashAddr(limit as u32));

        let longer = vec![0; romfs.len() + 1];
        let error = Layout::new(&board, &Parts { romfs: Some(&longer), ..parts }).unwrap_err();
        let taken = Place::new(FlashAddr(0x7F03_0000), room + ERASE_BLOCK_BYTES);
        let (limit, too_many) = (FlashAddr(limit as u32), ERASE_BLOCK_BYTES);
        assert_eq!(error, LayoutError::NoRoom { part: Part::Romfs, taken, other, limit, too_many });
    }
}

#[test]
fn what_does_not_fit_is_refused_with_names_addresses_and_bytes() {
    let board = Model::TwoMegabytes.board();
    let said = |parts: Parts<'_>| Layout::new(&board, &parts).unwrap_err().to_string();
    let big = vec![0; 0x18_0000];
    assert_eq!(
        said(Parts { kernel: Some(&big[..0x1_0000]), romfs: Some(&big), ..Parts::default() }),
        "the romfs would take 0x7F040000..0x7F1D0000 with its footer, but the place of the web UI starts at 0x7F180000: \
         327,680 bytes too many"
    );
    assert_eq!(
        said(Parts { web_ui: Some(&big[..0x7_0001]), ..Parts::default() }),
        "the web UI has 458,753 bytes, and its place 0x7F180000..0x7F1F0000 takes no more than 458,752: 1 byte too many"
    );
    assert_eq!(
        said(Parts { boot_loader: Some(&big[..0x1_0001]), ..Parts::default() }),
        "the boot loader has 65,537 bytes, and its place 0x7F000000..0x7F010000 takes no more than 65,536: 1 byte too many"
    );
    assert_eq!(said(Parts { settings: Some(&[]), ..Parts::default() }), "no bytes are given for the settings");
}

fn romfs(files: &[Vec<u8>]) -> Vec<u8> {
    let mut volume = Volume::new("rom 4cfdc420");
    for (index, bytes) in files.iter().enumerate() {
        volume.add(Volume::ROOT, Node::file(format!("file{index}"), bytes.as_slice())).unwrap();
    }
    volume.build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn the_map_of_a_layout_finds_every_part_whole_in_its_place(
        noise in prop::collection::vec(any::<u8>(), 0x100..0x8000), left in 0_usize..120,
        files in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..5000), 1..6),
        mac: [u8; 6], is_large: bool,
    ) {
        let model = if is_large { Model::FourMegabytes } else { Model::TwoMegabytes };
        let board = model.board();
        let kernel = kernel_zip::build("linux.bin", &[kernel::START.as_slice(), &noise].concat(), DosTime { time: 0, date: 0x21 }, Effort::default()).unwrap();
        // the romfs, padded so that few bytes are left of its last block
        let mut romfs = romfs(&files);
        romfs.resize(romfs.len().next_multiple_of(0x400), 0);
        let flash = fixture("camera/flash.bin");
        let page = noise.get(..left).unwrap();
        let web_ui = web_ui::build(Version([0, 1, 2, 3]), &[NewEntry::File { path: b"/a.htm", data: page }]).unwrap();
        let settings = Draft::camera().finish();
        let boot_info = BootInfo::factory(Mac(mac)).to_bytes();
        let parts = Parts {
            boot_loader: Some(&flash[..0x8000]), boot_info: Some(&boot_info), kernel: Some(&kernel),
            romfs: Some(&romfs), web_ui: Some(&web_ui), settings: Some(&settings),
        };
        let layout = Layout::new(&board, &parts).unwrap();
        let image = Image::new(layout.image(), None);
        prop_assert_eq!(image.len(), model.flash_bytes());
        let inspection = Inspection::of_image(&image);
        prop_assert_eq!(inspection.kind, Kind::Flash);
        prop_assert_eq!(inspection.address, Some(FLASH_BASE));
        let found = |kind: Kind, laid: &Laid<'_>| {
            let start = laid.place.start.bytes_since(FLASH_BASE).unwrap();
            inspection.regions.iter().find(|region| region.kind == kind && region.span.start() == start).cloned()
        };
        for (part, kind) in [
            (Part::BootInfo, Kind::BootInfo), (Part::Kernel, Kind::Kernel), (Part::Romfs, Kind::Romfs),
            (Part::WebUi, Kind::WebUi), (Part::Settings, Kind::Settings),
        ] {
            let laid = layout.part(part).unwrap();
            let region = found(kind, laid);
            prop_assert_eq!(region.as_ref().map(|region| region.state), Some(State::Verified), "{}", part);
        }
        let (again, findings) = Board::from_dump(&image, &inspection);
        prop_assert_eq!(findings, vec![]);
        prop_assert_eq!(again.model, model);
        let rows = [Part::BootInfo, Part::Kernel, Part::Romfs].map(|part| footer_of(&layout, part).1.ls_line());
        prop_assert_eq!(again.images.iter().map(|row| row.value.to_string()).collect::<Vec<_>>(), rows.to_vec());
    }

    /// Overlap is impossible by construction, whatever the sizes.
    #[test]
    fn no_two_parts_of_a_layout_share_a_byte(
        kernel_len in 1_usize..0x1A_0000, romfs_len in 1_usize..0x20_0000, web_ui_len in 1_usize..0x21_0000, is_large: bool,
    ) {
        let bytes = vec![0x55; 0x21_0000];
        let board = if is_large { Model::FourMegabytes } else { Model::TwoMegabytes }.board();
        let parts = Parts {
            kernel: Some(&bytes[..kernel_len]), romfs: Some(&bytes[..romfs_len]), web_ui: Some(&bytes[..web_ui_len]),
            ..Parts::default()
        };
        if let Ok(layout) = Layout::new(&board, &parts) {
            let taken: Vec<Place> = layout.laid().iter().map(Laid::taken).collect();
            prop_assert!(taken.windows(2).all(|pair| pair[0].end() <= pair[1].start));
            prop_assert!(taken.iter().all(|place| board.flash().encloses(*place)));
            prop_assert_eq!(layout.image().len(), board.flash_bytes.value);
        }
    }
}
