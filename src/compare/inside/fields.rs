//! Named values, old against new: settings, BOOT INFO, footers, how a kernel is packed, what a volume's header says.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::format::boot_info::BootInfo;
use crate::format::footer::Footer;
use crate::format::kernel::Banner;
use crate::format::kernel_zip::{DEFLATE, KernelZip, Wrapper};
use crate::format::romfs::Romfs;
use crate::format::settings::{self, Secret, Settings};
use crate::format::update::Update;
use crate::format::web_ui::WebUi;
use crate::image::Span;
use crate::map::Content;
use crate::words::bytes as count_bytes;

/// A named value that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Its name.
    pub name: Cow<'static, str>,
    /// How it changed.
    #[serde(flatten)]
    pub value: ValueChange,
}

/// How a value changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "value", rename_all = "kebab-case")]
pub enum ValueChange {
    /// From one to another.
    Shown {
        /// The old side's, unless it has none.
        #[serde(skip_serializing_if = "Option::is_none")]
        old: Option<String>,
        /// The new side's, unless it has none.
        #[serde(skip_serializing_if = "Option::is_none")]
        new: Option<String>,
    },
    /// It is a password, key, name or address: how it changed is all that is told.
    Secret {
        /// The old side's, which is not written out; empty if it has none.
        #[serde(skip)]
        old: Secret,
        /// The new side's, which is not written out; empty if it has none.
        #[serde(skip)]
        new: Secret,
        /// Whether it was set, cleared or changed.
        change: SecretChange,
    },
}

/// How a secret changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum SecretChange {
    /// The old side has none.
    Set,
    /// The new side has none.
    Cleared,
    /// Both have one, and not the same.
    Changed,
}

impl FieldChange {
    /// Tells what a secret was and is.
    pub fn reveal(&mut self) {
        if let ValueChange::Secret { old, new, .. } = &self.value {
            let [old, new] = [old, new].map(|secret| Some(secret.reveal().to_owned()));
            self.value = ValueChange::Shown { old, new };
        }
    }
}

/// A value before it is known whether it changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// One that can be shown.
    Shown(String),
    /// One that must not be.
    Hidden(Secret),
}

/// Names and values in the order in which people read them.
pub type Values = Vec<(Cow<'static, str>, Told)>;

/// A value that can be shown.
pub fn told(name: &'static str, value: impl ToString) -> (Cow<'static, str>, Told) {
    (Cow::Borrowed(name), Told::Shown(value.to_string()))
}

/// A value that can be shown, if there is one.
pub fn told_if(name: &'static str, value: Option<impl ToString>) -> Option<(Cow<'static, str>, Told)> {
    value.map(|value| told(name, value))
}

/// What of `old` is not the same in `new`: in the order of the old side, then what only the new side has.
pub fn changes(old: Values, new: Values) -> Vec<FieldChange> {
    let mut new_by_name: FxHashMap<Cow<'static, str>, Told> = new.iter().cloned().collect();
    let mut changes = Vec::new();
    for (name, before) in old {
        let after = new_by_name.remove(&name);
        if after.as_ref() != Some(&before) {
            changes.push(FieldChange { name, value: change(Some(before), after) });
        }
    }
    let only_new = new.into_iter().filter_map(|(name, _)| {
        let after = new_by_name.remove(&name)?;
        Some(FieldChange { name, value: change(None, Some(after)) })
    });
    changes.extend(only_new);
    changes
}

fn change(old: Option<Told>, new: Option<Told>) -> ValueChange {
    let shown = |value| match value {
        Told::Shown(text) => Some(text),
        Told::Hidden(_) => None,
    };
    let hidden = |value| match value {
        Some(Told::Hidden(secret)) => secret,
        Some(Told::Shown(text)) => Secret::new(text),
        None => Secret::default(),
    };
    if ![&old, &new].iter().any(|value| matches!(value, Some(Told::Hidden(_)))) {
        return ValueChange::Shown { old: old.and_then(shown), new: new.and_then(shown) };
    }
    let (old, new) = (hidden(old), hidden(new));
    let change = match (old.is_empty(), new.is_empty()) {
        (true, _) => SecretChange::Set,
        (_, true) => SecretChange::Cleared,
        (false, false) => SecretChange::Changed,
    };
    ValueChange::Secret { old, new, change }
}

/// What the headers of two containers of the same kind say, `old` and `new` being their bytes.
pub fn of_containers(old: &[u8], old_content: &Content, new: &[u8], new_content: &Content) -> Vec<FieldChange> {
    let values = |bytes: &[u8], content: &Content| match content {
        Content::KernelZip(packed) => packing(bytes, packed),
        Content::Romfs(romfs) => volume(romfs),
        Content::WebUi(package) => web_ui(package),
        Content::Update(update) => of_update(update),
        Content::Settings(settings) => of_settings(bytes, settings),
        Content::Footer(footer) => of_footer(footer),
        Content::Opaque | Content::Program(_) => Values::new(),
    };
    changes(values(old, old_content), values(new, new_content))
}

fn volume(romfs: &Romfs) -> Values {
    vec![told("volume", &romfs.volume), told("size", count_bytes(romfs.declared_len))]
}

fn web_ui(package: &WebUi) -> Values {
    vec![told("version", package.version), told("size", count_bytes(package.size))]
}

fn of_update(update: &Update) -> Values {
    match update {
        Update::System(system) => {
            vec![
                told("form", system.form),
                told("flags", system.flags.0),
                told("kernel", count_bytes(system.kernel.len())),
                told("romfs", count_bytes(system.romfs.len())),
                told("tail", count_bytes(system.tail.len())),
            ]
        }
        Update::Wifi(wifi) => vec![told("part", wifi.part)],
    }
}

fn of_settings(bytes: &[u8], settings: &Settings) -> Values {
    let shown = |field: settings::Field| {
        let told = match field.value {
            settings::Value::Secret(secret) => Told::Hidden(secret),
            value => Told::Shown(value.to_string()),
        };
        (field.name, told)
    };
    settings.fields(bytes).into_iter().map(shown).collect()
}

/// Bytes of a settings block that differ and belong to no field that is known; its head is left out.
pub fn unnamed_settings_bytes(old: &[u8], old_settings: &Settings, new: &[u8], new_settings: &Settings) -> usize {
    const HEAD: Span = Span::new(0, 0x0C);
    let mut named: Vec<bool> = vec![false; old.len().max(new.len())];
    let fields = [old_settings.fields(old), new_settings.fields(new)];
    for span in fields.iter().flatten().map(|field| field.span).chain([HEAD]) {
        named.iter_mut().skip(span.start()).take(span.len()).for_each(|named| *named = true);
    }
    let differs = |at: &usize| old.get(*at) != new.get(*at);
    named.iter().enumerate().filter(|(_, named)| !**named).map(|(at, _)| at).filter(differs).count()
}

/// The values of BOOT INFO.
pub fn of_boot_info(info: &BootInfo) -> Values {
    let always = [
        told("MAC address", info.mac0),
        told("IP address", info.ip0),
        told("second MAC address", info.mac1),
        told("second IP address", info.ip1),
        told("cache", info.cache),
        told("DHCP", info.dhcp),
        told("interface", info.net_mac),
        told("PHY", info.phy),
        told("buffer", format!("{} at 0x{:X}", count_bytes(info.buffer_len as usize), info.buffer_base)),
    ];
    let written = [
        told_if("baud rate", info.baud),
        told_if("RMII", info.rmii),
        told_if("serial number", info.serial_number),
        told_if("USB", info.usb),
    ];
    always.into_iter().chain(written.into_iter().flatten()).collect()
}

fn of_footer(footer: &Footer) -> Values {
    vec![
        told("image", footer.number),
        told("name", footer.name),
        told("base", footer.base),
        told("length", format!("0x{:X}", footer.length)),
        told("load address", footer.load),
        told("exec address", footer.exec),
        told("flags", footer.flags),
        told("image checksum", format!("0x{:08X}", footer.image_checksum)),
    ]
}

/// What a kernel says about itself.
pub fn of_banner(banner: &Banner) -> Values {
    let built = banner.built.map_or_else(|| banner.date_text.clone(), |built| built.to_string());
    let built_by = banner.text.split_once(" #").map_or(banner.text.as_str(), |(before, _)| before);
    let built_by = built_by.split_once('(').map(|(_, by)| format!("({by}"));
    [
        Some(told("version", &banner.version)),
        told_if("build", banner.build.map(|build| format!("#{build}"))),
        Some(told("built", built)),
        told_if("built by", built_by),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// How something is packed, and by whom.
pub fn packing(bytes: &[u8], packed: &KernelZip) -> Values {
    let header = Header { bytes, packed };
    let wrapper = match packed.wrapper {
        Wrapper::Zip => "zip",
        Wrapper::Gzip => "gzip",
    };
    let method = match packed.method {
        DEFLATE => "deflate".to_owned(),
        0 => "stored".to_owned(),
        other => format!("method {other}"),
    };
    let named = (!packed.name.is_empty()).then_some(&packed.name);
    let members = (packed.members > 1).then_some(packed.members);
    [
        Some(told("packed as", wrapper)),
        told_if("files", members),
        told_if("name", named),
        told_if("date", packed.modified.civil()),
        Some(told("method", method)),
        told_if("level", header.level()),
        told_if("packed on", header.system()),
        told_if("made by version", header.made_by_version()),
        told_if("packed size", (packed.members < 2).then(|| count_bytes(packed.stream.len()))),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The fields of a zip's or gzip's headers that neither boot loader nor parser needs.
struct Header<'a> {
    bytes: &'a [u8],
    packed: &'a KernelZip,
}

impl Header<'_> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    /// How hard the packer tried, as it says (APPNOTE.TXT 4.4.4 and RFC 1952, certain).
    fn level(&self) -> Option<&'static str> {
        match self.packed.wrapper {
            Wrapper::Zip if self.packed.method != DEFLATE => None,
            Wrapper::Zip => Some(match (self.byte(6)? >> 1) & 3 {
                0 => "normal",
                1 => "maximum",
                2 => "fast",
                _ => "fastest",
            }),
            Wrapper::Gzip => Some(match self.byte(8)? {
                2 => "maximum",
                4 => "fastest",
                _ => "normal",
            }),
        }
    }

    /// The central directory's first entry.
    fn central(&self) -> Option<&[u8]> {
        let behind = Span::new(self.packed.stream.end(), self.packed.extent).of(self.bytes);
        let at = memchr::memmem::find(behind, b"PK\x01\x02")?;
        behind.get(at..)
    }

    /// The system that it was packed on, as the packer says (APPNOTE.TXT 4.4.2 and RFC 1952, certain).
    fn system(&self) -> Option<String> {
        let number = match self.packed.wrapper {
            Wrapper::Zip => *self.central()?.get(5)?,
            Wrapper::Gzip => self.byte(9)?,
        };
        Some(match (self.packed.wrapper, number) {
            (_, 0) => "MS-DOS".to_owned(),
            (_, 3) => "Unix".to_owned(),
            (Wrapper::Zip, 10) | (Wrapper::Gzip, 11) => "NTFS".to_owned(),
            (Wrapper::Gzip, 255) => return None,
            (_, other) => format!("system {other}"),
        })
    }

    fn made_by_version(&self) -> Option<String> {
        let is_zip = self.packed.wrapper == Wrapper::Zip;
        let version = is_zip.then(|| self.central()?.get(4).copied()).flatten()?;
        Some(format!("{}.{}", version / 10, version % 10))
    }
}
