use super::*;
use crate::finding::Code;
use crate::image::Image;

fn codes(findings: &[Finding]) -> Vec<Code> {
    findings.iter().map(Finding::code).collect()
}

fn flash() -> Vec<u8> {
    std::fs::read("fixtures/camera/flash.bin").unwrap()
}

fn from_dump(bytes: Vec<u8>) -> (Board, Vec<Finding>) {
    let image = Image::new(bytes, None);
    Board::from_dump(&image, &Inspection::of_image(&image))
}

#[test]
fn the_table_has_the_published_layouts() {
    for (model, room_end, web_ui, upload, tenant) in [
        (Model::TwoMegabytes, 0x7F18_0000, (0x7F18_0000, 0x7_0000), 0x16_0000, Tenant::WebUi),
        (Model::FourMegabytes, 0x7F1F_0000, (0x7F20_0000, 0x20_0000), 0x1D_0000, Tenant::Settings),
    ] {
        let board = model.board();
        let (room, next) = board.image_room();
        assert_eq!((room.value.end(), next), (FlashAddr(room_end), tenant));
        // the largest upload is as large as the room for it: the two numbers come from different places
        assert_eq!((room.value.len_bytes, board.upload_limit.value), (upload, upload));
        assert_eq!(board.web_ui.value, Place::new(FlashAddr(web_ui.0), web_ui.1));
        assert_eq!(board.settings.value, Place::new(FlashAddr(0x7F1F_0000), 0x1_0000));
        assert_eq!(board.kernel_end.value, 0x30_0000);
        assert!(board.tenants().iter().all(|(_, place)| board.flash().encloses(place.value)));
    }
}

#[test]
fn a_whole_dump_tells_its_board_and_its_images() {
    let (board, findings) = from_dump(flash());
    assert_eq!(findings, []);
    assert_eq!(board.model, Model::FourMegabytes);
    assert_eq!(board.flash_bytes.from, "the length of the dump");
    assert_eq!(board.web_ui.from, "the dump has it at 0x7F200000");
    let rows: Vec<String> = board.images.iter().map(|row| row.value.to_string()).collect();
    assert_eq!(
        rows,
        [
            "Image: 0 name:BOOT INFO base:0x7F010000 size:0x00000038 exec:0x7F010000 -af",
            "Image: 7 name:linux.bin base:0x7F020000 size:0x00016260 exec:0x00008000 -acxz",
            "Image: 6 name:romfs.img base:0x7F040000 size:0x00010800 exec:0x7F040000 -a",
        ]
    );
}

#[test]
fn a_flash_that_is_read_beyond_its_end_is_half_as_large() {
    let small = Model::TwoMegabytes.flash_bytes();
    let first = flash()[..small].to_vec();
    let (board, findings) = from_dump([first.clone(), first].concat());
    assert_eq!(findings, []);
    assert_eq!((board.model, board.flash_bytes.value), (Model::TwoMegabytes, small));
}

#[test]
fn a_dump_that_stops_early_still_tells_by_its_web_ui() {
    let (board, findings) = from_dump(flash()[..0x28_0000].to_vec());
    assert_eq!((board.model, codes(&findings)), (Model::FourMegabytes, vec![]));
    let (board, findings) = from_dump(flash()[..0x10_0000].to_vec());
    assert_eq!(board.model, Model::TwoMegabytes);
    assert_eq!(codes(&findings), [Code::BoardSizeUnknown]);
    assert_eq!(board.image(6).unwrap().value.base, FlashAddr(0x7F04_0000));
}

#[test]
fn a_web_ui_in_another_place_is_believed_and_told() {
    let mut bytes = flash();
    let web_ui = std::fs::read("fixtures/flashed/webui.bin").unwrap();
    bytes[0x20_0000..0x20_0000 + web_ui.len()].fill(0xFF);
    bytes[0x18_0000..0x18_0000 + web_ui.len()].copy_from_slice(&web_ui);
    let (board, findings) = from_dump(bytes);
    assert_eq!(codes(&findings), [Code::BoardContradiction; 2]);
    assert!(findings[0].message().contains("4,194,304 bytes (the length of the dump)"), "{}", findings[0]);
    assert_eq!(board.web_ui.value.start, FlashAddr(0x7F18_0000));
    assert_eq!(board.image_room().0.value.end(), FlashAddr(0x7F18_0000), "images must end before it");
}

#[test]
fn the_published_transcripts_tell_their_boards() {
    let Some(samples) = crate::format::sample_dir() else { return };
    let read = |name: &str| std::fs::read(samples.join("transcripts").join(name)).unwrap();
    for (name, model, ram, images, contradictions) in [
        ("t1_computersolutions_2MB_dec2009.txt", Model::TwoMegabytes, 0x100_0000, vec![6], 0),
        ("t2_wansview_nc541_4MB_may2010.txt", Model::FourMegabytes, 0x100_0000, vec![0, 7, 6], 0),
        ("t3_wanscam_4MB_panic_case_may2010.txt", Model::FourMegabytes, 0x100_0000, vec![], 0),
        ("t4_fi8908w_clone_8MBram_4MB_aug2009.txt", Model::FourMegabytes, 0x80_0000, vec![], 0),
        ("t5_grenville_w90n745_jun2006.txt", Model::FourMegabytes, 0x80_0000, vec![], 0),
        ("t8_real_kernel_and_camera_program_in_an_emulator.txt", Model::FourMegabytes, 0x100_0000, vec![], 0),
    ] {
        let (board, findings) = Board::from_log(&read(name));
        assert_eq!((board.model, findings.len()), (model, contradictions), "{name}: {findings:?}");
        assert_eq!(board.ram_bytes.unwrap().value, ram, "{name}");
        assert_eq!(board.images.iter().map(|row| row.value.number).collect::<Vec<_>>(), images, "{name}");
    }
    // NC541: romfs and footer end exactly where the settings start
    let (board, _) = Board::from_log(&read("t2_wansview_nc541_4MB_may2010.txt"));
    assert_eq!(board.image(6).unwrap().value.to_string().matches("0x0010C400").count(), 1);
}

#[test]
fn an_ls_alone_tells_the_size_only_if_an_image_lies_far_enough_behind() {
    let row = |base: &str, size: &str| format!("Image: 6 name:romfs.img base:{base} size:{size} exec:{base} -a\r\n");
    let (board, findings) = Board::from_log(row("0x7F0E0000", "0x0008D000").as_bytes());
    assert_eq!((board.model, codes(&findings)), (Model::TwoMegabytes, vec![Code::BoardSizeUnknown]));
    let (board, findings) = Board::from_log(row("0x7F170000", "0x00100000").as_bytes());
    assert_eq!((board.model, codes(&findings)), (Model::FourMegabytes, vec![]));
}

#[test]
fn contradictions_are_told_and_the_surest_stands() {
    let log = b"Memory Size is 0x1000000 Bytes, Flash Size is 0x200000 Bytes\n";
    let (board, findings) = Clues::of_log(&boot_log::read(log)).and(Clues::of_model(Model::FourMegabytes)).settle();
    assert_eq!(board.model, Model::TwoMegabytes, "of two that are certain, the first stands");
    assert_eq!(
        findings[0].message(),
        "the sources disagree about the size of the flash: 2,097,152 bytes (the boot loader's banner in the log), \
         but 4,194,304 bytes (the board named, 4 MB)"
    );

    let log = b"Memory Size is 0x1000000 Bytes, Flash Size is 0x400000 Bytes\n\
        Image: 6 name:romfs.img base:0x7F0D0000 size:0x0010C400 exec:0x7F0E0000 -a\n\
        0: 700000-7FFFFF [VIRTUAL 700000-7FFFFF] (RO)\n";
    let (_, findings) = Board::from_log(log);
    assert_eq!(codes(&findings), [Code::BoardContradiction]);
    assert!(findings[0].message().contains("the kernel looked at 0x00700000"), "{}", findings[0]);

    let overlapping = b"Memory Size is 0x1000000 Bytes, Flash Size is 0x400000 Bytes\n\
        Image: 7 name:linux.bin base:0x7F020000 size:0x000C0004 exec:0x00008000 -acxz\n\
        Image: 6 name:romfs.img base:0x7F0E0000 size:0x0010C400 exec:0x7F0E0000 -a\n";
    let (_, findings) = Board::from_log(overlapping);
    assert_eq!(codes(&findings), [Code::BoardContradiction]);
}

#[test]
fn text_and_bytes_that_tell_nothing_give_no_clue() {
    assert_eq!(Clues::of_log(&boot_log::read(b"hello\nworld")), Clues::default());
    assert_eq!(Clues::of_log(&boot_log::read(&[0xFF; 100_000])), Clues::default());
    let image = Image::new(std::fs::read("fixtures/flashed/romfs.img").unwrap(), None);
    assert_eq!(Clues::of_dump(&image, &Inspection::of_image(&image)), Clues::default());
}
