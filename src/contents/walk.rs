//! Walks containers, into containers in them if asked to.

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::sync::Arc;

use flate2::bufread::DeflateDecoder;
use rustc_hash::FxHashMap;
use zip::{CompressionMethod, ZipArchive};

use super::{Bytes, Data, Entry, EntryKind, Flaw, Method, ReadError};
use crate::format::flat;
use crate::format::kernel_zip::{KernelZip, UNPACKED_MAX_BYTES, UnpackError, Wrapper};
use crate::format::romfs::{self, Romfs};
use crate::format::settings::Zone;
use crate::format::update::Update;
use crate::format::web_ui::{self, WebUi};
use crate::image::Span;
use crate::map::{Content, Kind, Region, State, read_at_start};

/// How far to look into what is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What the image itself holds.
    Here,
    /// Also what containers in it hold, and unpacked programs.
    Everything,
}

/// Containers are looked into this deep at most.
const MAX_DEPTH: usize = 6;

/// At most this much is unpacked to look into it.
const MAX_UNPACKED_BYTES: usize = 256 << 20;

/// Every file of an image, given its map. If the image is one container (whatever filler or foreign page is around
/// it), these are the container's files; else its parts, each as a file.
pub fn list<'a>(image: &'a [u8], regions: &[Region], depth: Depth) -> Vec<Entry<'a>> {
    let mut walk = Walk::new(depth);
    let parts: Vec<&Region> = regions.iter().filter(|region| is_part(region)).collect();
    let bytes = Bytes::InImage(image, Span::new(0, image.len()));
    match parts.as_slice() {
        [only] if walk.container(&bytes.part(only.span), only, "", 0) => {}
        _ => {
            let mut with_name: FxHashMap<&str, usize> = FxHashMap::default();
            for part in parts {
                let name = part_name(part);
                let number = with_name.entry(name).or_default();
                *number += 1;
                let path = numbered(name, *number);
                walk.file(Found::of(path, bytes.part(part.span)).flawed(flaw_of_part(part)), 0);
            }
        }
    }
    walk.entries
}

/// What the entries of [`list`] lie in: the one container, or a flash, whose parts they are.
pub fn kind_of(regions: &[Region]) -> Kind {
    let mut parts = regions.iter().filter(|region| is_part(region));
    match (parts.next(), parts.next()) {
        (Some(only), None) if is_container(only) => only.kind,
        _ => Kind::Flash,
    }
}

fn is_container(region: &Region) -> bool {
    !matches!(region.content, Content::Opaque | Content::Footer(_) | Content::Settings(_) | Content::Program(_))
}

/// The files of one container in an image; none if the region is no container.
pub fn list_container<'a>(image: &'a [u8], region: &Region, depth: Depth) -> Vec<Entry<'a>> {
    let mut walk = Walk::new(depth);
    walk.container(&Bytes::InImage(image, region.span), region, "", 0);
    walk.entries
}

fn is_part(region: &Region) -> bool {
    !region.kind.is_filler() && !matches!(region.kind, Kind::Unknown | Kind::CarriedPage | Kind::Footer)
}

/// The usual file name of a part of a flash.
pub fn part_name(region: &Region) -> &'static str {
    match region.kind {
        Kind::BootLoader => "boot-loader.bin",
        Kind::BootInfo => "boot-info.bin",
        Kind::Kernel => match &region.content {
            Content::KernelZip(kernel) if kernel.wrapper == Wrapper::Gzip => "linux.gz",
            _ => "linux.zip",
        },
        Kind::Zip => "files.zip",
        Kind::Gzip => "file.gz",
        Kind::Romfs => "romfs.img",
        Kind::WebUi => "webui.bin",
        Kind::Settings => match &region.content {
            Content::Settings(settings) => settings_name(&settings.zone),
            _ => "settings.bin",
        },
        Kind::Update => "update.bin",
        Kind::Elf => "program.elf",
        Kind::Flat => "program.flat",
        _ => "part.bin",
    }
}

const fn settings_name(zone: &Zone) -> &'static str {
    match zone {
        Zone::Camera(_) => "settings.bin",
        Zone::Video => "settings-video.bin",
        Zone::DynamicDns => "settings-ddns.bin",
        Zone::Presets => "settings-presets.bin",
    }
}

/// A file that was found in a container.
struct Found<'a> {
    path: String,
    bytes: Bytes<'a>,
    executable: bool,
    flaw: Option<Flaw>,
}

impl<'a> Found<'a> {
    fn of(path: String, bytes: Bytes<'a>) -> Self {
        Self { path, bytes, executable: false, flaw: None }
    }

    fn flawed(self, flaw: Option<Flaw>) -> Self {
        Self { flaw, ..self }
    }
}

fn flaw_of_part(part: &Region) -> Option<Flaw> {
    let present = part.span.len();
    match part.state {
        State::Truncated => {
            Some(Flaw::Cut { present, declared: part.missing.map(|missing| present.saturating_add(missing)) })
        }
        State::Damaged => Some(Flaw::Damaged { why: "its checksums or its structure do not hold".to_owned() }),
        _ => None,
    }
}

fn flaw_of_entry(entry: &romfs::Entry) -> Option<Flaw> {
    match entry.checksum {
        _ if !entry.is_whole() => Some(Flaw::Cut { present: entry.data.len(), declared: Some(entry.declared_size) }),
        romfs::Checksum::Wrong(_) => {
            let why = "the checksum of its header is wrong, so that its name and size may be as well";
            Some(Flaw::Damaged { why: why.to_owned() })
        }
        romfs::Checksum::Holds => None,
    }
}

fn flaw_of_packed(packed: &KernelZip) -> Option<Flaw> {
    match packed.fault().filter(|_| !packed.is_encrypted)? {
        UnpackError::Cut { len } => {
            let declared = packed.stored.and_then(|stored| usize::try_from(stored.unpacked).ok());
            Some(Flaw::Cut { present: len, declared: declared.filter(|declared| *declared > len) })
        }
        fault => Some(Flaw::Damaged { why: fault.to_string() }),
    }
}

struct Walk<'a> {
    entries: Vec<Entry<'a>>,
    depth: Depth,
    unpack_left: usize,
}

impl<'a> Walk<'a> {
    fn new(depth: Depth) -> Self {
        Self { entries: Vec::new(), depth, unpack_left: MAX_UNPACKED_BYTES }
    }

    /// Lists what a container holds under `folder` (empty, or ending in `/`). `false` if it is none.
    fn container(&mut self, bytes: &Bytes<'a>, region: &Region, folder: &str, depth: usize) -> bool {
        match &region.content {
            Content::Romfs(romfs) => self.romfs(bytes, romfs, folder, depth),
            Content::WebUi(package) => self.web_ui(bytes, package, folder, depth),
            Content::KernelZip(packed) => self.packed(bytes, packed, folder, depth),
            Content::Update(update) => self.update(bytes, update, folder, depth),
            Content::Opaque | Content::Footer(_) | Content::Settings(_) | Content::Program(_) => return false,
        }
        true
    }

    /// A file, and what it holds if it is a container.
    fn file(&mut self, file: Found<'a>, depth: usize) {
        let Found { path, bytes, executable, flaw } = file;
        let inside = format!("{path}.d/");
        let kind = EntryKind::File { executable };
        self.entries.push(Entry::new(path, kind, Data::Plain(bytes.clone())).flawed(flaw));
        if self.depth == Depth::Here || depth >= MAX_DEPTH {
            return;
        }
        let Some(region) = read_at_start(bytes.as_slice()) else { return };
        if region.kind == Kind::Flat {
            self.unpacked_program(&bytes, inside);
        } else {
            let at = self.entries.len();
            if self.container(&bytes, &region, &inside, depth + 1) {
                let folder = inside.trim_end_matches('/').to_owned();
                self.entries.insert(at, Entry::new(folder, EntryKind::Directory, Data::Nothing));
            }
        }
    }

    fn unpacked_program(&mut self, bytes: &Bytes<'a>, inside: String) {
        let packed = flat::parse(bytes.as_slice()).is_ok_and(|parsed| parsed.value.packing != flat::Packing::Plain);
        let Some(unpacked) = packed.then(|| flat::unpack(bytes.as_slice()).ok()).flatten() else { return };
        let Some(shared) = self.share(unpacked) else { return };
        let folder = inside.trim_end_matches('/').to_owned();
        self.entries.push(Entry::new(folder, EntryKind::Directory, Data::Nothing));
        let kind = EntryKind::File { executable: true };
        self.entries.push(Entry::new(format!("{inside}unpacked.flat"), kind, Data::Plain(shared)));
    }

    fn share(&mut self, unpacked: Vec<u8>) -> Option<Bytes<'a>> {
        self.unpack_left = self.unpack_left.checked_sub(unpacked.len())?;
        let whole = Span::new(0, unpacked.len());
        Some(Bytes::Shared(Arc::new(unpacked), whole))
    }

    fn romfs(&mut self, bytes: &Bytes<'a>, romfs: &Romfs, folder: &str, depth: usize) {
        let here = |path: &str| format!("{folder}{}", path.trim_start_matches('/'));
        for entry in romfs.files() {
            let path = here(&entry.path);
            let kind = match entry.kind {
                romfs::EntryKind::File => {
                    let file = Found { executable: entry.executable, ..Found::of(path, bytes.part(entry.data)) };
                    self.file(file.flawed(flaw_of_entry(entry)), depth);
                    continue;
                }
                romfs::EntryKind::HardLink { .. } => match romfs.resolve(entry) {
                    Some(target) => EntryKind::HardLink { target: here(&target.path) },
                    None => continue,
                },
                romfs::EntryKind::Directory { .. } => EntryKind::Directory,
                romfs::EntryKind::Symlink => EntryKind::Symlink {
                    target: String::from_utf8_lossy(bytes.part(entry.data).as_slice()).into_owned(),
                },
                romfs::EntryKind::BlockDevice { major, minor } => EntryKind::BlockDevice { major, minor },
                romfs::EntryKind::CharDevice { major, minor } => EntryKind::CharDevice { major, minor },
                romfs::EntryKind::Socket => EntryKind::Socket,
                romfs::EntryKind::Fifo => EntryKind::Fifo,
            };
            self.entries.push(Entry::new(path, kind, Data::Nothing));
        }
    }

    fn web_ui(&mut self, bytes: &Bytes<'a>, package: &WebUi, folder: &str, depth: usize) {
        for entry in &package.entries {
            let path = format!("{folder}{}", safe_path(&entry.path));
            match entry.kind {
                web_ui::EntryKind::Directory => {
                    self.entries.push(Entry::new(path, EntryKind::Directory, Data::Nothing));
                }
                web_ui::EntryKind::File { .. } => self.file(Found::of(path, bytes.part(entry.data())), depth),
            }
        }
    }

    fn update(&mut self, bytes: &Bytes<'a>, update: &Update, folder: &str, depth: usize) {
        let parts = match update {
            Update::System(system) => {
                vec![("linux.zip", system.kernel), ("romfs.img", system.romfs), ("tail.bin", system.tail)]
            }
            Update::Wifi(wifi) => vec![("files.zip", wifi.zip)],
        };
        for (name, span) in parts.into_iter().filter(|(_, span)| !span.is_empty()) {
            self.file(Found::of(format!("{folder}{name}"), bytes.part(span)), depth);
        }
    }

    fn packed(&mut self, bytes: &Bytes<'a>, packed: &KernelZip, folder: &str, depth: usize) {
        if packed.members > 1
            && let Ok(archive) = ZipArchive::new(Cursor::new(bytes.as_slice()))
        {
            self.members(bytes, archive, folder);
            return;
        }
        let name = if packed.name.is_empty() { "unpacked" } else { packed.name.as_str() };
        let path = format!("{folder}{}", safe_path(name));
        let len = packed.unpacked.map_or(0, |unpacked| unpacked.len);
        let crc32 = packed.unpacked.filter(|_| packed.is_verified()).map(|unpacked| unpacked.crc32);
        let data = Data::Packed { from: bytes.clone(), len, crc32 };
        let flaw = flaw_of_packed(packed);
        let looks_inside = self.depth == Depth::Everything && depth < MAX_DEPTH && len <= self.unpack_left;
        let unpacked = if looks_inside { data.read().ok().map(|data| data.into_owned()) } else { None };
        match unpacked.and_then(|unpacked| self.share(unpacked)) {
            Some(shared) => self.file(Found::of(path, shared), depth + 1),
            None => self.entries.push(Entry::new(path, EntryKind::File { executable: false }, data).flawed(flaw)),
        }
    }

    fn members(&mut self, bytes: &Bytes<'a>, mut archive: ZipArchive<Cursor<&[u8]>>, folder: &str) {
        for index in 0..archive.len() {
            let Ok(member) = archive.by_index_raw(index) else { continue };
            let Ok(name) = member.name() else { continue };
            let path = format!("{folder}{}", safe_path(&name));
            let len = usize::try_from(member.size()).unwrap_or(usize::MAX);
            let (kind, data) = if member.is_dir() {
                (EntryKind::Directory, Data::Nothing)
            } else {
                let executable = member.unix_mode().is_some_and(|mode| mode & 0o100 != 0);
                let method = match member.compression() {
                    _ if member.encrypted() => Method::Other,
                    CompressionMethod::Stored => Method::Stored,
                    CompressionMethod::Deflated => Method::Deflated,
                    _ => Method::Other,
                };
                let offset = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
                let start = member.data_start().map_or(usize::MAX, offset);
                let stream = bytes.part(Span::at(start, offset(member.compressed_size())));
                (EntryKind::File { executable }, Data::Member { stream, method, len, crc32: member.crc32() })
            };
            self.entries.push(Entry::new(path, kind, data));
        }
    }
}

/// The name of the first, second, ... part that is called `name`: a second romfs becomes `romfs-2.img`.
fn numbered(name: &str, number: usize) -> String {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    if number == 1 { name.to_owned() } else { format!("{stem}-{number}.{ending}") }
}

/// Unpacks one file of a zip, never more than [`UNPACKED_MAX_BYTES`].
pub fn unzip(stream: &[u8], method: Method, stored: u32) -> Result<Cow<'_, [u8]>, ReadError> {
    let unpacked = match method {
        Method::Stored => Cow::Borrowed(stream),
        Method::Deflated => {
            let mut unpacked = Vec::new();
            DeflateDecoder::new(stream).take(UNPACKED_MAX_BYTES as u64 + 1).read_to_end(&mut unpacked)?;
            if unpacked.len() > UNPACKED_MAX_BYTES {
                return Err(ReadError::TooLong(UNPACKED_MAX_BYTES));
            }
            Cow::Owned(unpacked)
        }
        Method::Other => return Err(ReadError::Method),
    };
    match crc32fast::hash(&unpacked) {
        computed if computed == stored => Ok(unpacked),
        computed => Err(ReadError::Crc { stored, computed }),
    }
}

/// A path out of a package as a path that leads nowhere else: parts that would climb or stay are spelled out.
pub fn safe_path(path: &str) -> String {
    let parts = path.split(['/', '\\']).filter(|part| !part.is_empty());
    let safe = parts.map(|part| match part {
        "." => r"\x2E".to_owned(),
        ".." => r"\x2E\x2E".to_owned(),
        part => part
            .chars()
            .map(
                |letter| if letter.is_control() { format!("\\x{:02X}", u32::from(letter)) } else { letter.to_string() },
            )
            .collect(),
    });
    let joined = safe.collect::<Vec<String>>().join("/");
    if joined.is_empty() { "unnamed".to_owned() } else { joined }
}
