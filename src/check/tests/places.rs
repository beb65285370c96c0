//! Where parts go, and the lines that put them there.

use proptest::prelude::*;

use super::*;
use crate::camera::board::Clues;
use crate::camera::boot_log;
use crate::format::footer::{self, LsRow};
use crate::image::FlashAddr;

/// A kernel zip of exactly `len` bytes: its member's bytes cannot be packed, but for a tail of zeros.
fn kernel_zip_of(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut noise = kernel::START.to_vec();
    noise.extend(
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(len - 0x74 - 12 - 40),
    );
    let time = DosTime { time: 0, date: 0x21 };
    let zip = kernel_zip::build("linux.bin", &noise, time, Effort::default()).unwrap();
    let comment_len = len.checked_sub(zip.len()).unwrap();
    // a comment of the zip makes up for what the compressor took more or less
    let mut zip = zip;
    let at = zip.len() - 2;
    zip[at..].copy_from_slice(&u16::try_from(comment_len).unwrap().to_le_bytes());
    zip.extend(std::iter::repeat_n(b'.', comment_len));
    zip
}

#[test]
fn a_kernel_alone_must_leave_the_cameras_romfs_alone() {
    let ls = |base: &str| {
        format!(
            "Memory Size is 0x1000000 Bytes, Flash Size is 0x400000 Bytes\nImage: 6 name:romfs.img base:{base} size:0x00010800 exec:{base} -a\n"
        )
    };
    let (board, _) = Board::from_log(ls("0x7F040000").as_bytes());
    let fits = told_on(vec![linux()], &board, None);
    assert_eq!((fits.verdict, fits.outcome(Rule::BeforeRomfs)), (Verdict::Safe, Outcome::Holds));
    assert_eq!(fits.typed()[..1], ["fx 7 linux.bin 0x7F020000 0x8000 -acxz"], "no image 7 is there to delete");
    let (board, _) = Board::from_log(ls("0x7F030000").as_bytes());
    let overlaps = told_on(vec![linux()], &board, None);
    assert_eq!((overlaps.verdict, overlaps.outcome(Rule::BeforeRomfs)), (Verdict::WillNotBoot, Outcome::Fails));
    let unknown = told(vec![linux()], Model::FourMegabytes);
    assert_eq!((unknown.verdict, unknown.outcome(Rule::BeforeRomfs)), (Verdict::Risky, Outcome::Unknown));
}

#[test]
fn a_romfs_alone_follows_the_cameras_kernel() {
    let log = b"Memory Size is 0x1000000 Bytes, Flash Size is 0x400000 Bytes\n\
        Image: 7 name:linux.bin base:0x7F020000 size:0x000BFE5C exec:0x00008000 -acxz\n\
        Image: 6 name:romfs.img base:0x7F0E0000 size:0x0010C400 exec:0x7F0E0000 -a\n";
    let (board, _) = Board::from_log(log);
    let told = told_on(vec![romfs()], &board, None);
    assert_eq!(told.typed()[..2], ["del 6", "fx 6 romfs.img 0x7F0E0000 0x7F0E0000 -a"]);
    let Step::Type { prints, .. } = &told.plan.steps[3] else { panic!("{:?}", told.plan.steps) };
    assert_eq!(
        prints,
        &[
            "Image: 7 name:linux.bin base:0x7F020000 size:0x000BFE5C exec:0x00008000 -acxz",
            "Image: 6 name:romfs.img base:0x7F0E0000 size:0x00010800 exec:0x7F0E0000 -a"
        ]
    );
}

#[test]
fn a_boot_log_tells_where_the_camera_has_its_romfs() {
    let (board, _) = Board::from_log(&fixture("log/boot.log"));
    let told = told_on(vec![romfs()], &board, None);
    assert_eq!((told.verdict, told.outcome(Rule::RomfsAddress)), (Verdict::Safe, Outcome::Holds));
    assert!(told.typed().contains(&"fx 6 romfs.img 0x7F040000 0x7F040000 -a"));
    let told = told_on(vec![linux()], &board, None);
    assert_eq!(told.outcome(Rule::BeforeRomfs), Outcome::Holds);
}

/// What XMODEM adds can move the kernel's footer to the next block, and the romfs with it.
#[test]
fn the_addresses_hold_for_what_xmodem_sends_and_not_for_the_file() {
    for left in [0_usize, 1, 51, 52, 53, 100, 127, 128, 129, 180] {
        let kernel = kernel_zip_of(0x2_0000 - left);
        let sent = kernel.len().next_multiple_of(128);
        let base = footer::romfs_base(sent).unwrap();
        let told = told(vec![("linux.zip", kernel), romfs()], Model::FourMegabytes);
        assert_eq!((told.verdict, told.broken()), (Verdict::Safe, vec![]), "{left}");
        let line = format!("fx 6 romfs.img {base} {base} -a");
        assert!(told.typed().contains(&line.as_str()), "{left}: {:?}", told.typed());
        let blocks = if 0x2_0000 - sent >= footer::LEN { 2 } else { 3 };
        assert_eq!(base, FlashAddr(0x7F02_0000 + blocks * 0x1_0000), "{left} bytes left");
        // where the camera's own upgrade would put it elsewhere, that is said
        let by_upgrade = footer::romfs_base(0x2_0000 - left).unwrap();
        assert_eq!(told.claim(Rule::RomfsAddress).evidence.len(), usize::from(by_upgrade != base), "{left}");
        let row = format!("size:0x{sent:08X} exec:0x00008000");
        let shown = told
            .plan
            .steps
            .iter()
            .any(|step| matches!(step, Step::Type { prints, .. } if prints.iter().any(|line| line.contains(&row))));
        assert!(shown, "{left}: {row} is not among what `ls` prints");
    }
}

#[test]
fn a_footer_of_a_web_ui_that_would_cost_the_settings_is_told() {
    let page = vec![b'.'; 0x7_0000 - 0x40];
    let entries = [crate::format::web_ui::NewEntry::File { path: b"/a.htm", data: &page }];
    let web_ui = crate::format::web_ui::build(crate::format::web_ui::Version([1, 2, 3, 4]), &entries).unwrap();
    assert!(web_ui.len() > 0x7_0000 - footer::LEN);
    let told = told(vec![("webui.bin", web_ui)], Model::TwoMegabytes);
    assert_eq!(told.verdict, Verdict::Safe);
    let Some(Step::Type { line, says: Some(says), .. }) = told.plan.steps.get(1) else { panic!("{:?}", told.plan) };
    assert_eq!(line, "fx 5 webui.bin 0x7F180000 0x7F180000 -a -nofooter");
    assert!(says.contains("0x7F1FFFCC") && says.contains("block of the settings is erased"), "{says}");
}

#[test]
fn a_footer_that_del_leaves_behind_is_told() {
    let log = b"Memory Size is 0x1000000 Bytes, Flash Size is 0x400000 Bytes\n\
        Image: 7 name:linux.bin base:0x7F020000 size:0x0001FFE0 exec:0x00008000 -acxz\n";
    let (board, _) = Board::from_log(log);
    let told = told_on(vec![linux(), romfs()], &board, None);
    let caution = told.plan.cautions.iter().find(|caution| caution.contains("leaves the footer"));
    let caution = caution.unwrap_or_else(|| panic!("{:?}", told.plan.cautions));
    assert!(caution.contains("0x7F04FFCC") && caution.contains("`del b4`"), "{caution}");
}

#[test]
fn boot_info_is_written_by_the_boot_loader_itself() {
    let flash = fixture("camera/flash.bin");
    let told = told(vec![("BOOT INFO", flash[0x1_0000..0x1_0038].to_vec())], Model::FourMegabytes);
    assert_eq!(told.verdict, Verdict::Safe);
    assert_eq!(told.typed(), ["set -mac0 00:D6:FB:01:02:03 -dhcp 1 -cache on"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever a camera's images are called and wherever they lie: no line that is too long, and no bare `del`.
    #[test]
    fn every_line_can_be_typed(
        names in prop::collection::vec("[a-zA-Z0-9 .\"\\\\-]{0,20}", 8), blocks in prop::collection::vec(2_u32..30, 8),
        sizes in prop::collection::vec(1_u32..0x8_0000, 8), web_ui: bool,
    ) {
        let rows = (0..8).map(|number| LsRow {
            number, name: names[number as usize].clone(), base: FlashAddr(0x7F00_0000 + blocks[number as usize] * 0x1_0000),
            size: sizes[number as usize], exec: FlashAddr(0x7F00_0000), flags: footer::Flags(0x17),
        });
        let log: String = rows.map(|row| format!("{row}\n")).collect();
        let (board, _) = Clues::of_log(&boot_log::read(log.as_bytes())).and(Clues::of_model(Model::FourMegabytes)).settle();
        let mut files = vec![linux(), romfs()];
        if web_ui {
            files.push(("webui.bin", fixture("flashed/webui.bin")));
        }
        let told = told_on(files, &board, None);
        for line in told.typed() {
            prop_assert!(line.len() <= LINE_MAX_BYTES, "{line}");
            prop_assert!(line.split_whitespace().next() != Some("del") || line.split_whitespace().count() == 2, "{line}");
            prop_assert_eq!(line.matches('"').count() % 2, 0, "{}", line);
            if let Some(rest) = line.strip_prefix("fx ") {
                let words = rest.split('"').enumerate().flat_map(|(index, part)| match index % 2 {
                    0 => part.split_whitespace().collect::<Vec<_>>(),
                    _ => vec![part],
                });
                let words: Vec<&str> = words.collect();
                prop_assert!(words.len() == 5 || words.len() == 6, "{words:?}");
                prop_assert!(words[2..4].iter().all(|address| address.starts_with("0x") && address.len() <= 10), "{words:?}");
            }
        }
    }
}
