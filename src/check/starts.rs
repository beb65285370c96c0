//! Whether the parts are whole, and what boot loader and kernel make of them.

use super::claim::Claim;
use super::given::{AtHand, Given};
use super::landing::in_flash;
use super::rule::{Rule, Weight};
use crate::camera::Known;
use crate::camera::board::Board;
use crate::camera::layout::Part;
use crate::finding::{Code, Finding};
use crate::format::footer;
use crate::format::kernel::{self, LOAD_ADDRESS};
use crate::format::kernel_zip::{self, KernelZip, StreamEnd, UnzipVerdict};
use crate::format::romfs::{self, EntryKind, Romfs};
use crate::format::update::{Flags, Form, System};
use crate::image::PAGE_BYTES;
use crate::map::{Content, ContentConfirmed, FOOTER_PROOF, Region, State};
use crate::recover::{Set, recover};
use crate::words;

/// What the kernel starts first, in this order (kernel 2.4, certain; that there is no other way, likely).
const INITS: [&str; 4] = ["sbin/init", "etc/init", "bin/init", "bin/sh"];

/// Whether a part is whole, by its own checksums and structure.
pub fn whole(given: &Given<'_>) -> Claim {
    let name = given.name();
    let image = given.source.image();
    let is_proved = given.region.is_some_and(|region| region.state == State::Verified);
    if !image.known().encloses(given.span) && !is_proved {
        let gaps = image.known().gaps_in(given.span);
        let lost = words::bytes(gaps.iter().map(|gap| gap.len()).sum());
        return Claim::fails(Rule::PartWhole, format!("{lost} of {name} are not known: the capture has holes"))
            .because("`unbrick convert` lists what to dump again");
    }
    if let Some(broken) = broken(given, given.errors()) {
        return broken;
    }
    let proofs = given.region.map_or(&[][..], |region| region.proofs.as_slice());
    let by_footer = proofs.iter().any(|proof| proof.starts_with(FOOTER_PROOF));
    match (given.part, proofs) {
        (Part::Romfs, [_, ..]) if !by_footer => romfs_checked(given),
        (_, [_, ..]) => {
            let proofs = words::enumerate(proofs.iter().cloned());
            Claim::holds(Rule::PartWhole, format!("{name} is whole: {proofs}"))
        }
        (Part::BootInfo, []) => {
            Claim::holds(Rule::PartWhole, format!("the fields of {name} hold; it has no checksum of its own"))
        }
        (part, []) => {
            let says = format!("nothing proves that {name} is whole: a {part} of this kind has no checksum");
            let claim = Claim::unknown(Rule::PartWhole, says);
            // a boot loader never has one
            if part == Part::BootLoader { Claim { weight: Weight::Nothing, ..claim } } else { claim }
        }
    }
}

/// The claim that errors break; none if there are none.
fn broken<'a>(given: &Given<'_>, mut errors: impl Iterator<Item = &'a Finding>) -> Option<Claim> {
    let first = errors.next()?;
    let claim = Claim::fails(Rule::PartWhole, format!("{} is not whole: {}", given.name(), first.message()));
    let more = errors.count();
    Some(if more == 0 { claim } else { claim.because(format!("and {}", words::plural(more, "more finding"))) })
}

/// Whether a checksum inside a file of a romfs shows that the file is damaged; none if no checksum does.
pub fn damaged_files(given: &Given<'_>) -> Option<Claim> {
    broken(given, given.errors().filter(|finding| finding.file.is_some()))
}

/// What the checksums of a romfs say, all of which hold: those of its headers cover no content, and those in its files
/// not all of it.
fn romfs_checked(given: &Given<'_>) -> Claim {
    let name = given.name();
    let headers = given.region.map_or(0, |region| match &region.content {
        Content::Romfs(romfs) => romfs.entries.len(),
        _ => 0,
    });
    let confirmed = given.region.and_then(Region::content_confirmed);
    let ContentConfirmed { files, confirmed, bytes } =
        confirmed.unwrap_or(ContentConfirmed { files: 0, confirmed: 0, bytes: 0 });
    let inside = match files {
        0 => String::new(),
        _ => format!(
            ", and those in {} of it, over {} of {} of content",
            words::plural(files, "file"),
            words::count(confirmed),
            words::bytes(bytes)
        ),
    };
    let says = format!("every checksum of {name} holds: those of its {}{inside}", words::plural(headers, "header"));
    let claim = Claim::holds(Rule::PartWhole, says);
    match bytes.saturating_sub(confirmed) {
        0 => claim,
        left => claim
            .because(format!("{} of content have no checksum: damage in them would not show", words::bytes(left)))
            .resting_on(&Known::likely(
                (),
                "the checksums of a romfs, which cover its headers, and those in its files",
            )),
    }
}

/// What boot loader and kernel make of the part.
pub fn starts(given: &Given<'_>, board: &Board, set: &Set) -> Vec<Claim> {
    match given.part {
        Part::Kernel => kernel_starts(given, board, set),
        Part::Romfs => romfs_starts(given),
        _ => Vec::new(),
    }
}

/// Whether the header of an update tells how its parts are packed: the camera goes by it, and by its first word.
pub fn update_header(update: &System, at_hand: &AtHand<'_>) -> Vec<Claim> {
    let mut claims = vec![match update.form {
        Form::Bneg { .. } => Claim::holds(Rule::UploadHeader, "it starts with `BNEG`, as the upgrade page wants it"),
        Form::Headless => {
            Claim::fails(Rule::UploadHeader, "it does not start with `BNEG`, and the upgrade page takes no other file")
        }
    }];
    let parts = [
        (Part::Kernel, Flags::ZIPPED_KERNEL, Rule::KernelFlags, footer::Flags::ZIP),
        (Part::Romfs, Flags::ZIPPED_ROMFS, Rule::RomfsAtItsAddress, footer::Flags::ZIP),
    ];
    for (part, flag, rule, zip) in parts {
        let Some(given) = at_hand.part(part) else { continue };
        let is_packed = part.as_image(given.bytes).is_some_and(|(.., flags)| flags.has(zip));
        if update.flags.has(flag) != is_packed {
            let (says, is) = if is_packed { ("is not packed", "it is") } else { ("is packed", "it is not") };
            claims.push(Claim::fails(rule, format!("the header says that {} {says}, but {is}", given.name())));
        }
    }
    claims
}

fn kernel_starts(given: &Given<'_>, board: &Board, set: &Set) -> Vec<Claim> {
    let name = given.name();
    if given.bytes.starts_with(&kernel::START) {
        let says = format!("{name} is not packed: the boot loader copies it, if it is flashed with `-acx`");
        return vec![Claim::holds(Rule::HoldsKernel, says), below_buffer(&name, given.bytes.len(), board)];
    }
    let sent = in_flash(given);
    let zip = kernel_zip::parse(given.bytes).ok().map(|parsed| parsed.value);
    let unpacked_len = zip.as_ref().and_then(|zip| zip.unpacked).map_or(0, |unpacked| unpacked.len);
    let verdict = kernel_zip::unzip_verdict(&sent);
    let mut claims = vec![loader_unzips(given, verdict, unpacked_len, zip.as_ref(), set)];
    if unpacked_len > 0 {
        claims.push(below_buffer(&name, unpacked_len, board));
    }
    let Some(zip) = zip.filter(|_| verdict == UnzipVerdict::Unpacks) else { return claims };
    claims.push(unzipped_right(&name, &zip));
    claims.push(if zip.looks_like_kernel() {
        let banner =
            zip.banner.as_ref().map_or_else(|| "its first instructions".to_owned(), |banner| banner.text.clone());
        Claim::holds(Rule::HoldsKernel, format!("{name} unpacks to a kernel: {banner}"))
    } else {
        let says =
            format!("{name} holds `{}`, which is no kernel: the boot loader would start it all the same", zip.name);
        Claim::fails(Rule::HoldsKernel, says)
    });
    claims
}

fn loader_unzips(
    given: &Given<'_>,
    verdict: UnzipVerdict,
    unpacked_len: usize,
    zip: Option<&KernelZip>,
    set: &Set,
) -> Claim {
    let name = given.name();
    let broken = |why: &str| {
        Claim::fails(Rule::LoaderUnzips, format!("the boot loader would answer `{verdict}` to {name}: {why}"))
    };
    match verdict {
        UnzipVerdict::Unpacks => {
            let says = format!("the boot loader unzips {name} to {}", words::bytes(unpacked_len));
            Claim::holds(Rule::LoaderUnzips, says)
        }
        UnzipVerdict::Invalid => {
            broken("it starts neither as a zip nor as a gzip").because("`unbrick convert` cuts out the kernel in it")
        }
        UnzipVerdict::Failed(-2) => broken("unpacked, it overwrites the boot loader's own buffer"),
        UnzipVerdict::Failed(-5) => {
            let claim = broken("the packed data stops before its end");
            missing_bytes(given, zip, set).into_iter().fold(claim, Claim::because)
        }
        UnzipVerdict::Failed(_) => match zip {
            Some(zip) if zip.method != kernel_zip::DEFLATE => {
                let claim = broken(&format!("it is packed with method {} and not with deflate", zip.method));
                claim.because("pack it again with `unbrick pack kernel`")
            }
            _ => broken("the packed data is broken").because("dump or download it once more"),
        },
    }
}

/// What is missing of a cut kernel, and where it may be.
fn missing_bytes(given: &Given<'_>, zip: Option<&KernelZip>, set: &Set) -> Vec<String> {
    let missing = zip.and_then(KernelZip::missing).filter(|missing| *missing > 0);
    let mut evidence = Vec::new();
    evidence.extend(missing.map(|missing| format!("its last {} are missing", words::bytes(missing))));
    let joined = |name: &str| {
        let recovery = recover(set, None);
        let images = recovery.images.into_iter();
        let mut ours =
            images.filter(|image| image.joined > 0 && image.made_from.first().is_some_and(|first| first == name));
        ours.next().and_then(|image| Some((image.joined, image.made_from.get(1)?.clone(), image.region.proofs)))
    };
    if let Some((joined, other, proofs)) = joined(&given.source.name) {
        let proofs = words::enumerate(proofs.into_iter());
        evidence.push(format!(
            "they are the first {} of `{other}`: put together, {proofs}; `unbrick convert` on both does it",
            words::bytes(joined)
        ));
    } else if given.bytes.len().is_multiple_of(PAGE_BYTES) {
        evidence.push(format!(
            "its {} are whole pages of {PAGE_BYTES}: so the recovery tool cuts images, and the rest is at the start of \
             the next image's file, most often `romfs`; `unbrick convert` on both puts them together",
            words::bytes(given.bytes.len())
        ));
    }
    evidence
}

fn unzipped_right(name: &str, zip: &KernelZip) -> Claim {
    match (zip.stored, zip.unpacked) {
        (Some(stored), Some(unpacked)) if zip.end == StreamEnd::Complete => match stored.crc32 == unpacked.crc32 {
            true => Claim::holds(
                Rule::UnzippedRight,
                format!("what comes out of {name} is what was packed: CRC-32 0x{:08X}", stored.crc32),
            ),
            false => Claim::fails(
                Rule::UnzippedRight,
                format!(
                    "{name} unzips to other bytes than were packed (CRC-32 0x{:08X}, not 0x{:08X}), and the boot loader \
                     would start them without a word",
                    unpacked.crc32, stored.crc32
                ),
            ),
        },
        _ => Claim::unknown(
            Rule::UnzippedRight,
            format!("{name} has no checksum that tells whether it unzips to the right bytes"),
        ),
    }
}

fn below_buffer(name: &str, len: usize, board: &Board) -> Claim {
    let (end, limit) = (LOAD_ADDRESS.saturating_add(len), board.kernel_end.value);
    let claim = match end <= limit {
        true => Claim::holds(
            Rule::KernelBelowBuffer,
            format!("unpacked, {name} ends at 0x{end:X}, below the boot loader's buffer at 0x{limit:X}"),
        ),
        false => Claim::fails(
            Rule::KernelBelowBuffer,
            format!("unpacked, {name} would end at 0x{end:X} and overwrite the boot loader's buffer at 0x{limit:X}"),
        ),
    };
    claim.resting_on(&board.kernel_end)
}

fn romfs_starts(given: &Given<'_>) -> Vec<Claim> {
    let name = given.name();
    let Ok(parsed) = romfs::parse(given.bytes) else {
        let says = format!("{name} does not start with `-rom1fs-`, where the kernel looks for it");
        let claim = Claim::fails(Rule::RomfsAtItsAddress, says);
        let foreign = given.region.map_or(0, |region| region.span.start());
        let in_front = format!("{} stand before it; `unbrick convert` cuts them off", words::bytes(foreign));
        return vec![if foreign > 0 { claim.because(in_front) } else { claim }];
    };
    let is_wrong = parsed.findings.iter().any(|finding| finding.code() == Code::RomfsVolumeChecksum);
    let mounts = match is_wrong {
        false => Claim::holds(Rule::RomfsMounts, format!("the first 512 bytes of {name} sum up to zero")),
        true => {
            let says = format!("the kernel would answer `romfs: bad initial checksum` to {name} and stop");
            Claim::fails(Rule::RomfsMounts, says)
        }
    };
    vec![mounts, has_init(&name, &parsed.value, given.region)]
}

/// The program that the kernel starts first from this romfs: the first that is there and not damaged.
pub fn first_program(romfs: &Romfs, is_damaged: impl Fn(&str) -> bool) -> Option<&'static str> {
    let is_there = |path: &&&str| {
        romfs.files().any(|entry| {
            let is_program = match entry.kind {
                EntryKind::File => entry.is_whole() && !is_damaged(&entry.path),
                EntryKind::Symlink | EntryKind::HardLink { .. } => true,
                _ => false,
            };
            is_program && entry.path.trim_start_matches('/') == **path
        })
    };
    INITS.iter().find(is_there).copied()
}

fn has_init(name: &str, romfs: &Romfs, region: Option<&Region>) -> Claim {
    let regions = region.map_or(&[][..], |region| region.regions.as_slice());
    let is_damaged =
        |path: &str| regions.iter().any(|file| file.state == State::Damaged && file.name.as_deref() == Some(path));
    match first_program(romfs, is_damaged) {
        Some(init) => Claim::holds(Rule::RomfsHasInit, format!("{name} has /{init}, which the kernel starts first")),
        None => {
            let says =
                format!("{name} has no program that the kernel could start: it would stop with `No init found.`");
            Claim::fails(Rule::RomfsHasInit, says).because(format!("looked for {}", inits_in_words()))
        }
    }
}

/// Where the kernel looks for its first program.
pub fn inits_in_words() -> String {
    words::enumerate(INITS.iter().map(|init| format!("/{init}")))
}
