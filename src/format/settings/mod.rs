//! Settings: the camera's own, and three small blocks of state. Backups hold the camera's own settings as they lie in
//! the flash.
//!
//! | off | size | field |
//! |---|---|---|
//! | 0x00 | 12 | head: magic, byte sum, size |
//! | 0x0C | | of camera settings: id, versions, alias, users, network, ... (see `layout`) |
//!
//! Newer builds append blocks that start with the magic word again, inside the one block; a missing word means that an
//! older build wrote the settings (packages-and-formats.md section 4, certain).

mod draft;
mod layout;
mod secret;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt;
use std::net::Ipv4Addr;
use std::ops::Range;

use nom::Parser;
use nom::number::complete::{be_u16, i8, le_i32, le_u16, le_u32, u8};
use serde::{Serialize, Serializer};

pub use draft::{Draft, NotSettable};
use layout::{Place, Type};
pub use secret::Secret;

use super::text::{readable, until_nul};
pub use super::web_ui::Version;
use super::zone::{self, Owner};
use super::{NotThisFormat, Parsed};
use crate::finding::{Fact, Finding};
use crate::image::{Span, SpanSet};

/// The first four bytes of a block, which a web UI has too.
pub const MAGIC: [u8; 4] = zone::MAGIC;

/// Where the flash has all settings, in cameras with 2 MiB and with 4 MiB: the block that `erase_allparams.cgi` erases
/// (packages-and-formats.md section 4, certain).
pub const FLASH_ZONE: Range<u32> = 0x7F1F_0000..0x7F20_0000;

/// The size of camera settings as system 21.37.2.37 writes them.
pub const CAMERA_LEN: usize = 0x14E8;

/// The size of camera settings as systems x.22.2.14 write them.
pub const CAMERA_LEN_2009: usize = 0x1004;

/// A settings block, as far as it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The byte sum that is stored.
    pub stored_checksum: u32,
    /// The byte sum as it is; `None` if the block is truncated.
    pub computed_checksum: Option<u32>,
    /// The size that is declared.
    pub size: usize,
    /// What is set.
    pub zone: Zone,
    /// The bytes of it that are there.
    len: usize,
}

/// Which block it is; the known sizes tell (packages-and-formats.md section 4, certain).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Zone {
    /// The camera's settings: network, users, mail, alarms.
    Camera(Camera),
    /// Brightness, contrast and such: 0x14 bytes.
    Video,
    /// The state of dynamic DNS: 0xE0 bytes.
    DynamicDns,
    /// Pan and tilt positions: 0x12C bytes.
    Presets,
}

impl Zone {
    /// Whether it says anything of its owner.
    pub const fn is_private(&self) -> bool {
        matches!(self, Self::Camera(_) | Self::DynamicDns)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Camera(_) => "camera settings",
            Self::Video => "video settings",
            Self::DynamicDns => "dynamic DNS state",
            Self::Presets => "preset positions",
        })
    }
}

/// What everybody asks first of camera settings; [`Settings::fields`] has the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Camera {
    /// The camera's id: its MAC address in 12 hexadecimal digits.
    pub id: Secret,
    /// The version of the system firmware when it was saved.
    pub system_version: Version,
    /// The version of the web UI when it was saved.
    pub app_version: Version,
    /// The camera's name.
    pub alias: Secret,
    /// Those who may log in; places without a name are left out.
    pub users: Vec<User>,
    /// Which builds of firmware know all that is set.
    pub generation: Generation,
}

/// Somebody who may log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: Secret,
    /// The password.
    pub password: Secret,
    /// What the user may do.
    pub privilege: Privilege,
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
pub enum Privilege {
    /// Watch.
    Visitor,
    /// Watch and move.
    Operator,
    /// Everything.
    Administrator,
    /// A number that no known build gives a meaning.
    #[strum(to_string = "privilege {0}")]
    Other(u8),
}

/// How many of the ten appended blocks are there, counted from the first. Displays as the build that wrote them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(pub usize);

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = layout::EXTENSIONS.len();
        match self.0 {
            0 => write!(f, "older than x.22.2.14 (none of {of} appended blocks)"),
            2 => write!(f, "as x.22.2.14 of December 2009 writes it (2 of {of} appended blocks)"),
            10 => write!(f, "as 21.37.2.37 of December 2010 writes it (all {of} appended blocks)"),
            1 => write!(f, "older than x.22.2.14 (1 of {of} appended blocks)"),
            blocks => write!(f, "between x.22.2.14 and 21.37.2.37 ({blocks} of {of} appended blocks)"),
        }
    }
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its name as the camera's own `get_params.cgi` gives it.
    pub name: Cow<'static, str>,
    /// Where it lies.
    #[serde(flatten)]
    pub span: Span,
    /// What it is set to.
    pub value: Value,
}

/// What a setting is set to. Displays and serialises for people, secrets masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[allow(missing_docs)] // the names say it
pub enum Value {
    Secret(Secret),
    /// A secret that somebody asked for.
    Revealed(String),
    Number(i64),
    Mask(Ipv4Addr),
    Version(Version),
    #[serde(serialize_with = "as_shown")]
    Privilege(Privilege),
    /// Three words of bits.
    #[serde(serialize_with = "as_shown")]
    Day(Day),
    /// Bytes in hexadecimal digits, without the zeros that end them.
    Bytes(String),
}

/// A day of a schedule: three words of bits. Displays as hexadecimal digits, or as `always` or `never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(pub [u32; 3]);

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [0, 0, 0] => f.write_str("never"),
            [u32::MAX, u32::MAX, u32::MAX] => f.write_str("always"),
            [first, second, third] => write!(f, "{first:08X} {second:08X} {third:08X}"),
        }
    }
}

fn as_shown<S: Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

impl Value {
    /// The value as it is printed to somebody who asked for secrets.
    #[must_use]
    pub fn revealed(self) -> Self {
        match self {
            Self::Secret(secret) if !secret.is_empty() => Self::Revealed(secret.reveal().to_owned()),
            other => other,
        }
    }

    /// Whether it is empty, zero or never, as everything is that nobody set.
    pub fn is_unset(&self) -> bool {
        match self {
            Self::Secret(secret) => secret.is_empty(),
            Self::Revealed(text) => text.is_empty(),
            Self::Number(number) => *number == 0,
            Self::Mask(mask) => mask.is_unspecified(),
            Self::Version(version) => *version == Version([0; 4]),
            Self::Privilege(privilege) => *privilege == Privilege::Visitor,
            Self::Day(day) => *day == Day([0; 3]),
            Self::Bytes(digits) => digits.is_empty(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(secret) => secret.fmt(f),
            Self::Revealed(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Mask(mask) => mask.fmt(f),
            Self::Version(version) => version.fmt(f),
            Self::Privilege(privilege) => privilege.fmt(f),
            Self::Day(day) => day.fmt(f),
            Self::Bytes(digits) if digits.is_empty() => f.write_str("(empty)"),
            Self::Bytes(digits) => f.write_str(digits),
        }
    }
}

/// Reads the settings block that `bytes` start with and checks its sum.
///
/// # Errors
/// If the magic is missing, or the bytes are a web UI or of no known size and without a camera's id.
pub fn parse(bytes: &[u8]) -> Result<Parsed<Settings>, NotThisFormat> {
    let head = zone::head(bytes, "settings", Owner::Settings)?;
    let zone = match head.size {
        0x14 => Zone::Video,
        0xE0 => Zone::DynamicDns,
        0x12C => Zone::Presets,
        _ => Zone::Camera(camera(head.bytes)),
    };
    let all = Span::new(0, head.bytes.len());
    let computed_checksum = head.computed_checksum();
    let mut findings = Vec::new();
    if let Some(computed) = computed_checksum.filter(|computed| *computed != head.checksum) {
        findings.push(Finding::new(Fact::SettingsChecksum { stored: head.checksum, computed }, Span::at(4, 4)));
    }
    if !head.is_whole() {
        findings.push(Finding::new(Fact::SettingsTruncated { declared: head.size, present: all.len() }, all));
    }
    if zone.is_private() {
        findings.push(Finding::new(Fact::SettingsPrivate {}, all));
    }
    let value = Settings { stored_checksum: head.checksum, computed_checksum, size: head.size, zone, len: all.len() };
    Ok(Parsed { value, findings })
}

/// Whether bytes hold settings that are the owner's: a block of them, wherever it lies, that is more than how bright the
/// picture is and where the camera looks.
pub fn has_private(bytes: &[u8]) -> bool {
    let mut zones =
        memchr::memmem::find_iter(bytes, &MAGIC).filter_map(|at| Some(parse(bytes.get(at..)?).ok()?.value.zone));
    zones.any(|zone| zone.is_private())
}

/// Where settings lie in the midst of other bytes: a dump of memory, a whole flash. What follows a block that is cut is
/// not counted.
pub fn blocks_in(bytes: &[u8]) -> SpanSet {
    memchr::memmem::find_iter(bytes, &MAGIC)
        .filter_map(|at| Some(Span::at(at, parse(bytes.get(at..)?).ok()?.value.len())))
        .collect()
}

/// A block with the right size and byte sum in its head.
pub fn sealed(block: &[u8]) -> Vec<u8> {
    zone::seal(block.to_vec())
}

fn camera(bytes: &[u8]) -> Camera {
    let text = |(offset, kind): (usize, Type)| Secret::new(readable(until_nul(Span::at(offset, kind.len()).of(bytes))));
    let version =
        |(offset, kind): (usize, Type)| Version(Span::at(offset, kind.len()).of(bytes).try_into().unwrap_or_default());
    Camera {
        id: text(layout::ID),
        system_version: version(layout::SYSTEM_VERSION),
        app_version: version(layout::APP_VERSION),
        alias: text(layout::ALIAS),
        users: users(bytes),
        generation: generation(bytes),
    }
}

fn users(bytes: &[u8]) -> Vec<User> {
    let values: Vec<Value> = layout::user_places().filter_map(|place| value(&place, bytes)).collect();
    let (records, _) = values.as_chunks::<3>();
    let user = |record: &[Value; 3]| match record {
        [Value::Secret(name), Value::Secret(password), Value::Privilege(privilege)] if !name.is_empty() => {
            Some(User { name: name.clone(), password: password.clone(), privilege: *privilege })
        }
        _ => None,
    };
    records.iter().filter_map(user).collect()
}

impl Privilege {
    const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::Visitor,
            1 => Self::Operator,
            2 => Self::Administrator,
            other => Self::Other(other),
        }
    }
}

fn generation(bytes: &[u8]) -> Generation {
    Generation(layout::EXTENSIONS.iter().take_while(|&&start| has_word(bytes, start)).count())
}

fn has_word(bytes: &[u8], start: usize) -> bool {
    Span::at(start, MAGIC.len()).of(bytes) == MAGIC
}

impl Settings {
    /// Bytes of the block that are there.
    #[allow(clippy::len_without_is_empty)] // it never is
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether all of it is there and the byte sum is right.
    pub fn is_verified(&self) -> bool {
        self.computed_checksum == Some(self.stored_checksum)
    }

    /// Every setting that is there, by its offset; `bytes` are those that were parsed. Those of an appended block that
    /// was never written are left out. Of a small block all bytes are one field, for their meaning is not known.
    ///
    /// Where bytes were lost, text can stand in the place of a number, and the sum hold all the same if they were
    /// zeros. So numbers of four bytes that read as text are hidden as well, and shorter ones if the sum is wrong.
    pub fn fields(&self, bytes: &[u8]) -> Vec<Field> {
        let bytes = Span::new(0, self.len).of(bytes);
        let is_written = |place: &Place| match self.zone {
            Zone::Camera(_) => layout::extension_of(place.offset).is_none_or(|start| has_word(bytes, start)),
            _ => true,
        };
        let field = |place: Place| {
            let span = Span::at(place.offset, place.kind.len());
            let value = value(&place, bytes)?;
            let may_be_text = span.len() >= 4 || !self.is_verified();
            let value = if may_be_text && reads_as_text(span.of(bytes)) { hidden(value) } else { value };
            Some(Field { span, name: place.name, value })
        };
        places_of(self.size).into_iter().filter(is_written).filter_map(field).collect()
    }
}

/// The fields of a block of this size.
fn places_of(size: usize) -> Vec<Place> {
    let content = |kind: fn(usize) -> Type| vec![layout::small_place(kind(size.saturating_sub(zone::HEAD_LEN)))];
    match size {
        0xE0 => content(Type::OwnBytes),
        0x14 | 0x12C => content(Type::Bytes),
        _ => layout::places(),
    }
}

/// Whether bytes that should be a number are letters instead.
fn reads_as_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| (b' '..0x7F).contains(byte))
}

fn hidden(value: Value) -> Value {
    match value {
        Value::Secret(_) => value,
        other => Value::Secret(Secret::new(other.to_string())),
    }
}

/// What the field is set to; `None` if the bytes end before it does.
fn value(place: &Place, bytes: &[u8]) -> Option<Value> {
    let raw = Span::at(place.offset, place.kind.len()).of(bytes);
    if raw.len() < place.kind.len() {
        return None;
    }
    let number = |parsed: nom::IResult<&[u8], i64>| parsed.ok().map(|(_, number)| Value::Number(number));
    match place.kind {
        Type::Text(_) => Some(Value::Secret(Secret::new(readable(until_nul(raw))))),
        Type::Ip => {
            let address = Ipv4Addr::from(<[u8; 4]>::try_from(raw).ok()?);
            let text = if address.is_unspecified() { String::new() } else { address.to_string() };
            Some(Value::Secret(Secret::new(text)))
        }
        Type::Mask => <[u8; 4]>::try_from(raw).ok().map(|octets| Value::Mask(octets.into())),
        Type::Version => raw.try_into().ok().map(|parts| Value::Version(Version(parts))),
        Type::Privilege => raw.first().map(|&number| Value::Privilege(Privilege::from_number(number))),
        Type::Day => day(raw),
        Type::Bytes(_) => Some(Value::Bytes(without_last_zeros(raw))),
        Type::OwnBytes(_) => Some(Value::Secret(Secret::new(without_last_zeros(raw)))),
        Type::U8 => number(u8.map(i64::from).parse(raw)),
        Type::I8 => number(i8.map(i64::from).parse(raw)),
        Type::U16 => number(le_u16.map(i64::from).parse(raw)),
        Type::U16Be => number(be_u16.map(i64::from).parse(raw)),
        Type::U32 => number(le_u32.map(i64::from).parse(raw)),
        Type::I32 => number(le_i32.map(i64::from).parse(raw)),
    }
}

fn day(raw: &[u8]) -> Option<Value> {
    let (words, _) = raw.as_chunks::<4>();
    let [first, second, third] = words else { return None };
    Some(Value::Day(Day([*first, *second, *third].map(u32::from_le_bytes))))
}

/// Hexadecimal digits of bytes up to the last that is not zero.
fn without_last_zeros(raw: &[u8]) -> String {
    let len = raw.iter().rposition(|&byte| byte != 0).map_or(0, |last| last.saturating_add(1));
    hex::encode(raw.get(..len).unwrap_or_default())
}
