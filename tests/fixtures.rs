//! The files in `fixtures/`: that the generator still makes them byte for byte, and that they are what they are
//! meant to be.

#[path = "../fixtures/make/camera/mod.rs"]
mod camera;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use camera::Result;
use unbrick::camera::fingerprint::{Certainty, Fingerprint};
use unbrick::capture::{self, Addresses, Twin, Writer};
use unbrick::finding::{Code, Finding, Severity};
use unbrick::format::flat::{self, Packing};
use unbrick::format::footer::{self, Footer, KERNEL_BASE};
use unbrick::format::kernel_zip::{self, UnzipVerdict};
use unbrick::format::romfs::{self, EntryKind, Romfs};
use unbrick::format::update::{self, Update};
use unbrick::format::{boot_info, settings, web_ui};
use unbrick::image::{ERASE_BLOCK_BYTES, FLASH_BASE, FlashAddr, Image, PAGE_BYTES, Span};
use unbrick::map::Inspection;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn fixture(path: &str) -> Result<Vec<u8>> {
    fs::read(fixtures().join(path)).map_err(|error| format!("fixtures/{path}: {error}").into())
}

fn codes(findings: &[Finding]) -> Vec<Code> {
    findings.iter().map(Finding::code).collect()
}

/// The flash from `address` on.
fn flash_at(flash: &[u8], address: FlashAddr) -> &[u8] {
    let start = address.bytes_since(FLASH_BASE).unwrap_or(flash.len());
    Span::new(start, flash.len()).of(flash)
}

/// The footers at the ends of erase blocks, in the order of the flash.
fn footers(flash: &[u8]) -> Vec<Footer> {
    let ends = flash.chunks(ERASE_BLOCK_BYTES).map(|block| Span::new(block.len() - footer::LEN, block.len()).of(block));
    ends.filter_map(|end| footer::parse(end).ok()).map(|parsed| parsed.value).collect()
}

fn paths(romfs: &Romfs) -> BTreeSet<&str> {
    romfs.files().map(|entry| entry.path.as_str()).collect()
}

fn file<'a>(romfs: &Romfs, bytes: &'a [u8], path: &str) -> Result<&'a [u8]> {
    let entry = romfs.files().find(|entry| entry.path == path).ok_or_else(|| format!("there is no {path}"))?;
    Ok(entry.data.of(bytes))
}

#[test]
fn the_generator_makes_exactly_these_files() -> Result<()> {
    let made = camera::files()?;
    for file in &made {
        let on_disk = fixture(file.path)?;
        let first = on_disk.iter().zip(&file.bytes).position(|(ours, theirs)| ours != theirs);
        assert_eq!((first, on_disk.len()), (None, file.bytes.len()), "fixtures/{} differs", file.path);
    }
    let made: BTreeSet<PathBuf> = made.iter().map(|file| PathBuf::from(file.path)).collect();
    let mut on_disk = BTreeSet::new();
    for folder in camera::FOLDERS {
        for entry in fs::read_dir(fixtures().join(folder))? {
            on_disk.insert(Path::new(folder).join(entry?.file_name()));
        }
    }
    assert_eq!(made, on_disk);
    Ok(())
}

#[test]
fn all_files_together_stay_small() -> Result<()> {
    fn len_of(folder: &Path) -> Result<u64> {
        let mut len = 0;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            len += if metadata.is_dir() { len_of(&entry.path())? } else { metadata.len() };
        }
        Ok(len)
    }
    let len = len_of(&fixtures())?;
    assert!(len < 6_500_000, "fixtures/ has {len} bytes");
    Ok(())
}

#[test]
fn the_boot_loader_accepts_every_footer_and_chk_finds_nothing() -> Result<()> {
    let flash = fixture("camera/flash.bin")?;
    assert_eq!(flash.len(), 4 << 20);
    let footers = footers(&flash);
    let listed: Vec<String> = footers.iter().map(Footer::ls_line).collect();
    assert_eq!(
        listed,
        [
            "Image: 0 name:BOOT INFO base:0x7F010000 size:0x00000038 exec:0x7F010000 -af",
            "Image: 7 name:linux.bin base:0x7F020000 size:0x00016260 exec:0x00008000 -acxz",
            "Image: 6 name:romfs.img base:0x7F040000 size:0x00010800 exec:0x7F040000 -a",
        ]
    );
    for footer in &footers {
        assert!(footer.is_valid(), "{}", footer.name);
        assert_eq!(footer.verify_image(flash_at(&flash, footer.base)), None);
    }
    Ok(())
}

#[test]
fn the_flash_holds_what_was_flashed_where_the_camera_looks_for_it() -> Result<()> {
    let flash = fixture("camera/flash.bin")?;
    let kernel = fixture("flashed/linux.zip")?;
    let romfs_base = footer::romfs_base(kernel.len()).ok_or("no romfs")?;
    assert!(flash.starts_with(&[0xB4, 0x01, 0x9F, 0xE5, 0xB4, 0x11, 0x9F, 0xE5]));
    assert!(flash_at(&flash, KERNEL_BASE).starts_with(&kernel));
    assert!(flash_at(&flash, romfs_base).starts_with(&fixture("flashed/romfs.img")?));
    assert!(flash_at(&flash, FlashAddr(0x7F20_0000)).starts_with(&fixture("flashed/webui.bin")?));
    assert!(flash_at(&flash, FlashAddr(0x7F1F_0000)).starts_with(&fixture("settings/params.bin")?));

    let info = boot_info::parse(flash_at(&flash, FlashAddr(0x7F01_0000)))?;
    assert_eq!((info.value.mac0.to_string().as_str(), info.value.len()), ("00:D6:FB:01:02:03", boot_info::FACTORY_LEN));
    assert_eq!(info.findings, []);
    Ok(())
}

#[test]
fn every_block_of_settings_is_verified_and_every_password_says_that_it_is_none() -> Result<()> {
    let flash = fixture("camera/flash.bin")?;
    for address in [0x7F1F_0000, 0x7F1F_7000, 0x7F1F_7100, 0x7F1F_7200, 0x7F1F_8000, 0x7F1F_F000] {
        let zone = settings::parse(flash_at(&flash, FlashAddr(address)))?;
        assert!(zone.value.is_verified(), "0x{address:X}");
        assert!(codes(&zone.findings).iter().all(|code| *code == Code::SettingsPrivate), "0x{address:X}");
    }
    let backup = fixture("settings/params.bin")?;
    let fields = settings::parse(&backup)?.value.fields(&backup);
    let is_password = |field: &&settings::Field| ["pwd", "psk", "key"].iter().any(|end| field.name.contains(end));
    let secrets: Vec<String> = fields
        .iter()
        .filter(is_password)
        .filter_map(|field| match &field.value {
            settings::Value::Secret(secret) if !secret.is_empty() => Some(secret.reveal().to_owned()),
            _ => None,
        })
        .collect();
    assert_eq!(secrets.len(), 5);
    assert!(secrets.iter().all(|secret| secret.contains("fake") || secret.contains("not-a-real")), "{secrets:?}");
    Ok(())
}

#[test]
fn the_kernel_is_whole_and_says_who_built_it() -> Result<()> {
    let bytes = fixture("flashed/linux.zip")?;
    let zip = kernel_zip::parse(&bytes)?;
    assert_eq!(codes(&zip.findings), []);
    assert!(zip.value.looks_like_kernel());
    assert_eq!((zip.value.extent, zip.value.boot), (bytes.len(), UnzipVerdict::Unpacks));
    let banner = zip.value.banner.ok_or("no banner")?;
    assert_eq!((banner.build, banner.date_text.as_str()), (Some(1501), "五 12月 31 21:14:07 CST 2010"));
    assert_eq!(banner.built, Some(jiff::civil::date(2010, 12, 31).at(21, 14, 7, 0)));
    Ok(())
}

#[test]
fn the_romfs_is_verified_and_holds_every_kind_of_thing_that_a_camera_has() -> Result<()> {
    let bytes = fixture("flashed/romfs.img")?;
    let romfs = romfs::parse(&bytes)?;
    assert_eq!(codes(&romfs.findings), []);
    let romfs = romfs.value;
    assert!(romfs.is_verified());
    assert_eq!((romfs.volume.as_str(), romfs.extent), ("rom 4d1ddd3a", bytes.len()));
    assert_ne!(romfs.declared_len % romfs::PADDING, 0);
    assert!(paths(&romfs).len() >= 60, "{:?}", paths(&romfs));

    let has = |wanted: fn(&EntryKind) -> bool| romfs.files().any(|entry| wanted(&entry.kind));
    assert!(has(|kind| matches!(kind, EntryKind::HardLink { .. })));
    assert!(has(|kind| matches!(kind, EntryKind::Symlink)));
    assert!(has(|kind| matches!(kind, EntryKind::BlockDevice { major: 31, minor: 0 })));
    assert!(has(|kind| matches!(kind, EntryKind::CharDevice { major: 10, minor: 300 })));
    assert!(has(|kind| matches!(kind, EntryKind::Fifo)));
    assert!(file(&romfs, &bytes, "/bin/init")?.starts_with(b"mount -t proc"));
    assert!(file(&romfs, &bytes, "/share/hazel.gif")?.starts_with(b"GIF89a"));
    Ok(())
}

#[test]
fn the_programs_are_packed_in_each_way_and_unpack() -> Result<()> {
    let bytes = fixture("flashed/romfs.img")?;
    let romfs = romfs::parse(&bytes)?.value;
    let mut packings = Vec::new();
    for name in ["camera", "ifconfig", "route", "dhcpc"] {
        let program = file(&romfs, &bytes, &format!("/bin/{name}"))?;
        let flat = flat::parse(program)?;
        assert_eq!(codes(&flat.findings), [], "{name}");
        assert_eq!(flat::unpack(program)?.len(), flat.value.unpacked_len(), "{name}");
        packings.push(match flat.value.packing {
            Packing::Gzip { start: flat::HEADER_LEN, time: Some(_) } => "all",
            Packing::Gzip { .. } => "data",
            Packing::Plain => "none",
        });
    }
    assert_eq!(packings, ["all", "none", "data", "none"]);
    Ok(())
}

#[test]
fn the_web_ui_is_verified_also_where_it_is_appended_to_a_romfs() -> Result<()> {
    let package = fixture("flashed/webui.bin")?;
    let ui = web_ui::parse(&package)?;
    assert!(ui.value.is_verified());
    assert_eq!((codes(&ui.findings), ui.value.len()), (vec![], package.len()));

    let both = fixture("flashed/romfs-with-webui.img")?;
    let romfs = romfs::parse(&both)?.value;
    assert!(romfs.is_verified());
    assert_eq!(Span::new(romfs.declared_len, both.len()).of(&both), package);
    Ok(())
}

#[test]
fn the_dumped_kernel_is_cut_and_its_rest_starts_the_dumped_romfs() -> Result<()> {
    let flashed = fixture("flashed/linux.zip")?;
    let dumped = fixture("dump/linux")?;
    let missing = flashed.len() - dumped.len();
    assert!((78..=120).contains(&missing));
    assert_eq!(dumped.len() % PAGE_BYTES, 0);
    assert_eq!(kernel_zip::parse(&dumped)?.value.boot, UnzipVerdict::Failed(-5));

    let romfs = fixture("dump/romfs")?;
    let (late, rest) = romfs.split_at_checked(PAGE_BYTES).ok_or("too short")?;
    let (end_of_zip, erased) = late.split_at_checked(missing).ok_or("too short")?;
    assert_eq!([dumped.as_slice(), end_of_zip].concat(), flashed);
    assert!(erased.iter().all(|byte| *byte == 0xFF));
    assert_eq!(rest, fixture("flashed/romfs.img")?);
    assert!(fixture("dump/BOOT INFO")?.is_empty());
    Ok(())
}

#[test]
fn each_sidecar_decodes_to_the_binary_beside_it() -> Result<()> {
    let linux = capture::decode(&fixture("dump/linux.dat")?);
    assert_eq!((linux.writer, linux.image.address()), (Writer::RecoveryTool, Some(KERNEL_BASE)));
    assert_eq!(capture::twin(&linux, &fixture("dump/linux")?), Twin::Identical);
    assert_eq!(codes(&linux.findings), []);

    let boot_info = fixture("dump/BOOT INFO.dat")?;
    assert_eq!(boot_info, b"D\r\n");
    assert!(capture::decode(&boot_info).is_empty());
    Ok(())
}

/// The page in front keeps its own address, which tells that it is the kernel's.
#[test]
fn the_sidecar_of_the_romfs_tells_the_carried_page_from_the_romfs() -> Result<()> {
    let dumped = fixture("dump/romfs")?;
    let decoded = capture::decode(&fixture("dump/romfs.dat")?);
    let late_at = KERNEL_BASE.checked_add(fixture("dump/linux")?.len()).ok_or("no address")?;
    let base = footer::romfs_base(fixture("flashed/linux.zip")?.len()).ok_or("no romfs")?;
    let (late, rest) = dumped.split_at_checked(PAGE_BYTES).ok_or("too short")?;
    assert_eq!((decoded.image.address(), &decoded.image[..]), (Some(base), rest));
    assert_eq!(decoded.image.gaps(), []);
    let carried = decoded.carried.as_ref().ok_or("no carried page")?;
    assert_eq!((carried.address(), &carried[..]), (Some(late_at), late));
    assert_eq!(capture::twin(&decoded, &dumped), Twin::Identical);
    Ok(())
}

#[test]
fn the_hand_made_log_holds_boot_info_and_every_footer() -> Result<()> {
    let decoded = capture::decode(&fixture("log/boot-info-and-footer.log")?);
    let flash = Image::new(fixture("camera/flash.bin")?, Some(FLASH_BASE));
    assert_eq!(decoded.writer, Writer::TerminalLog);
    assert_eq!(decoded.stats.stray, PAGE_BYTES / 16, "the page at 0x400 belongs to nothing");
    let start = decoded.image.address().ok_or("no address")?;
    assert_eq!(start, FlashAddr(0x7F01_0000));
    for span in decoded.image.known().iter() {
        let there = start.checked_add(span.start()).and_then(|address| flash.offset_of(address)).ok_or("not flash")?;
        assert_eq!(span.of(&decoded.image), Span::at(there.0, span.len()).of(&flash));
    }
    assert_eq!(footers(flash_at(&flash, start)), footers(&with_erased_tail(&decoded.image)));
    Ok(())
}

/// The bytes up to the next end of an erase block.
fn with_erased_tail(bytes: &[u8]) -> Vec<u8> {
    let mut whole = bytes.to_vec();
    whole.resize(bytes.len().next_multiple_of(ERASE_BLOCK_BYTES), 0xFF);
    whole
}

#[test]
fn the_log_in_words_decodes_to_the_web_ui() -> Result<()> {
    let decoded = capture::decode(&fixture("log/web-ui-words.log")?);
    let package = fixture("flashed/webui.bin")?;
    assert_eq!(decoded.image.address(), Some(FlashAddr(0x7F20_0000)));
    assert!(decoded.image.starts_with(&package));
    assert!(decoded.findings.iter().all(|finding| finding.severity() < Severity::Error), "{:?}", decoded.findings);
    Ok(())
}

#[test]
fn listings_decode_to_what_they_were_printed_of() -> Result<()> {
    let flash = Image::new(fixture("camera/flash.bin")?, Some(FLASH_BASE));
    let block = capture::decode(&fixture("listing/boot-info.hexdump")?);
    assert_eq!((block.image.address(), block.addresses), (None, Addresses::Offsets { first: 0x1_0000 }));
    assert_eq!(*block.image, *Span::at(0x1_0000, ERASE_BLOCK_BYTES).of(&flash));
    let page = capture::decode(&fixture("listing/boot-info.txt")?);
    assert_eq!((&*page.image, page.addresses), (Span::at(0x1_0000, PAGE_BYTES).of(&flash), Addresses::None));
    let xxd = capture::decode(&fixture("listing/settings.xxd")?);
    assert_eq!((&*xxd.image, codes(&xxd.findings)), (fixture("settings/params.bin")?.as_slice(), vec![]));
    let records = capture::decode(&fixture("listing/footers.hex")?);
    assert_eq!((records.image.address(), records.stats.bad_checksums), (Some(FlashAddr(0x7F01_0000)), 1));
    let known = records.image.known();
    assert!(known.iter().all(|span| span.of(&records.image) == span.shifted(0x1_0000).of(&flash)));
    assert_eq!(known.len_bytes(), 4 * PAGE_BYTES - 16);
    Ok(())
}

#[test]
fn the_log_in_every_form_decodes_to_the_pages_of_the_flash() -> Result<()> {
    let decoded = capture::decode(&fixture("log/mixed-utf16.log")?);
    let flash = Image::new(fixture("camera/flash.bin")?, Some(FLASH_BASE));
    assert_eq!(decoded.dialects.len(), 4);
    assert_eq!((decoded.stats.used, decoded.stats.pages), (64, 4));
    assert!(decoded.taken_out.encoding.is_some() && decoded.taken_out.timestamps > 64);
    for span in decoded.image.known().iter() {
        assert_eq!(span.of(&decoded.image), span.shifted(0x1_0000).of(&flash));
    }
    Ok(())
}

#[test]
fn both_updates_are_whole_and_only_the_newer_has_a_tail() -> Result<()> {
    for (name, romfs, tail) in [("60", "flashed/romfs.img", 0), ("61", "update/romfs-2_61.img", 8)] {
        let bytes = fixture(&format!("update/hazel_0_37_2_{name}.bin"))?;
        let Update::System(update) = update::parse(&bytes)?.value else {
            return Err("it is for another kind of camera".into());
        };
        assert!(update.is_whole());
        assert_eq!(update.tail.len(), tail);
        assert_eq!(update.kernel.of(&bytes), fixture("flashed/linux.zip")?);
        assert_eq!(update.romfs.of(&bytes), fixture(romfs)?);
    }
    Ok(())
}

#[test]
fn the_newer_romfs_adds_one_file_removes_one_and_changes_two() -> Result<()> {
    let (old, new) = (fixture("flashed/romfs.img")?, fixture("update/romfs-2_61.img")?);
    let (old_tree, new_tree) = (romfs::parse(&old)?.value, romfs::parse(&new)?.value);
    assert!(new_tree.is_verified());
    let (before, after) = (paths(&old_tree), paths(&new_tree));
    assert_eq!(after.difference(&before).collect::<Vec<_>>(), [&"/bin/wifiscan"]);
    assert_eq!(before.difference(&after).collect::<Vec<_>>(), [&"/share/CHANGES"]);
    let mut changed = Vec::new();
    for path in before.intersection(&after) {
        if file(&old_tree, &old, path)? != file(&new_tree, &new, path)? {
            changed.push(*path);
        }
    }
    assert_eq!(changed, ["/bin/hazel.conf", "/bin/init"]);
    Ok(())
}

#[test]
fn the_boot_log_tells_of_this_camera() -> Result<()> {
    let log = fixture("log/boot.log")?;
    let text = String::from_utf8_lossy(&log);
    for line in [
        "MAC Address         : 00:D6:FB:01:02:03",
        "Executing image 7 ... ",
        "Linux version 2.4.20-uc0 (builder@hazelcam) (gcc version 3.0) #1501 ",
        "0: 7F040000-7F0507FF [VIRTUAL 7F040000-7F0507FF] (RO)",
        "Command: camera&",
    ] {
        assert!(text.contains(line), "{line}");
    }
    Ok(())
}

#[test]
fn the_sister_model_is_another_board_with_a_version_in_its_code() -> Result<()> {
    let image = Image::new(fixture("update/sister_0_41_1_12.bin")?, None);
    let inspection = Inspection::of_image(&image);
    let print = Fingerprint::of_image(&image, &inspection.regions, inspection.address);
    let version = print.system_version().ok_or("no version")?;
    assert_eq!((version.value.to_string().as_str(), version.certainty), ("0.41.1.12", Certainty::Certain));
    let kernel = print.kernel.as_ref().ok_or("no kernel")?;
    assert_eq!((kernel.build, kernel.flash_chips.len()), (Some(1533), 3));
    assert_eq!(codes(&print.contradictions()), [Code::WifiFirmwareWithoutDriver]);
    Ok(())
}
