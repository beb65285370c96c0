//! Which field of the camera settings lies where.
//!
//! The offsets are the same in all known builds; newer builds append blocks (settings-layout-21.37.2.37.csv, certain).

use std::borrow::Cow;

/// How a field is written.
///
/// Texts and addresses are the owner's: passwords and keys, and names, mail addresses and hosts that tell whose camera it
/// is. All of them are hidden unless somebody asks. Versions, switches and numbers are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// Text in so many bytes, ended by a NUL.
    Text(usize),
    /// An IPv4 address in network order.
    Ip,
    /// A mask of IPv4 addresses.
    Mask,
    /// Four bytes a.b.c.d.
    Version,
    /// What a user may do.
    Privilege,
    /// A day of a schedule: three words of bits.
    Day,
    /// Bytes whose meaning is not known.
    Bytes(usize),
    /// Bytes whose meaning is not known, and which may be the owner's.
    OwnBytes(usize),
    U8,
    I8,
    U16,
    /// The one big-endian number.
    U16Be,
    U32,
    I32,
}

impl Type {
    /// Bytes that it takes.
    pub const fn len(self) -> usize {
        match self {
            Self::Text(len) | Self::Bytes(len) | Self::OwnBytes(len) => len,
            Self::Day => 12,
            Self::Ip | Self::Mask | Self::Version | Self::U32 | Self::I32 => 4,
            Self::U16 | Self::U16Be => 2,
            Self::Privilege | Self::U8 | Self::I8 => 1,
        }
    }
}

/// A field of the camera settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub name: Cow<'static, str>,
    pub offset: usize,
    pub kind: Type,
}

/// Where the blocks start that later builds appended, each with the magic word; a block without it was never written.
pub const EXTENSIONS: [usize; 10] = [0xF96, 0xFE2, 0x1004, 0x104E, 0x1054, 0x10F6, 0x116E, 0x1174, 0x11D2, 0x125A];

/// Where the camera's id lies: its MAC address in 12 hexadecimal digits.
pub const ID: (usize, Type) = (0x0C, Type::Text(13));
pub const SYSTEM_VERSION: (usize, Type) = (0x19, Type::Version);
pub const APP_VERSION: (usize, Type) = (0x1D, Type::Version);
pub const ALIAS: (usize, Type) = (0x21, Type::Text(21));

/// The fields that stand alone.
const SINGLE: &[(&str, usize, Type)] = &[
    ("id", ID.0, ID.1),
    ("sys_ver", SYSTEM_VERSION.0, SYSTEM_VERSION.1),
    ("app_ver", APP_VERSION.0, APP_VERSION.1),
    ("alias", ALIAS.0, ALIAS.1),
    ("ip", 0x10E, Type::Ip),
    ("mask", 0x112, Type::Mask),
    ("gateway", 0x116, Type::Ip),
    ("dns", 0x11A, Type::Ip),
    ("unknown_11e", 0x11E, Type::Bytes(4)),
    ("port", 0x122, Type::U16Be),
    ("pppoe_enable", 0x124, Type::U8),
    ("pppoe_user", 0x125, Type::Text(65)),
    ("pppoe_pwd", 0x166, Type::Text(65)),
    ("wifi_enable", 0x1A7, Type::U8),
    ("wifi_ssid", 0x1A8, Type::Text(41)),
    ("wifi_encrypt", 0x1D1, Type::U8),
    ("wifi_defkey", 0x1D2, Type::U8),
    ("wifi_key1", 0x1D3, Type::Text(30)),
    ("wifi_key2", 0x1F1, Type::Text(30)),
    ("wifi_key3", 0x20F, Type::Text(30)),
    ("wifi_key4", 0x22D, Type::Text(30)),
    ("wifi_authtype", 0x24B, Type::U8),
    ("wifi_keyformat", 0x24C, Type::U8),
    ("wifi_key1_bits", 0x24D, Type::U8),
    ("wifi_key2_bits", 0x24E, Type::U8),
    ("wifi_key3_bits", 0x24F, Type::U8),
    ("wifi_key4_bits", 0x250, Type::U8),
    ("wifi_mode", 0x251, Type::U8),
    ("wifi_wpa_psk", 0x252, Type::Text(65)),
    ("ntp_enable", 0x293, Type::U8),
    ("ntp_svr", 0x294, Type::Text(65)),
    // 60 by default; perhaps the minutes from one look at the time server to the next
    ("unknown_2d5", 0x2D5, Type::U16),
    ("tz", 0x2D7, Type::I32),
    ("alarm_motion_armed", 0x2DB, Type::U8),
    ("alarm_motion_sensitivity", 0x2DC, Type::U32),
    ("alarm_input_armed", 0x2E8, Type::U8),
    ("alarm_iolinkage", 0x2E9, Type::U8),
    ("alarm_mail", 0x2EB, Type::U8),
    ("alarm_ioin_level", 0x2ED, Type::U8),
    ("alarm_ioout_level", 0x2EE, Type::U8),
    ("alarm_upload_interval", 0x2EF, Type::U16),
    ("alarm_http", 0x2F1, Type::U16),
    ("alarm_schedule_enable", 0x2F5, Type::U8),
    // It has 65 bytes at least, and no other field is known up to the next one.
    ("alarm_http_url", 0x34A, Type::Text(0xC5)),
    ("ftp_svr", 0x40F, Type::Text(65)),
    ("ftp_port", 0x450, Type::U16),
    ("ftp_user", 0x452, Type::Text(65)),
    ("ftp_pwd", 0x493, Type::Text(65)),
    ("ftp_mode", 0x4D4, Type::I8),
    ("ftp_dir", 0x4D5, Type::Text(65)),
    ("ftp_upload_interval", 0x516, Type::U16),
    ("mail_inet_ip", 0x518, Type::U8),
    ("mail_sender", 0x519, Type::Text(65)),
    ("mail_receiver1", 0x55A, Type::Text(65)),
    ("mail_receiver2", 0x59B, Type::Text(65)),
    ("mail_receiver3", 0x5DC, Type::Text(65)),
    ("mail_receiver4", 0x61D, Type::Text(65)),
    ("mail_svr", 0x65E, Type::Text(65)),
    ("mail_port", 0x69F, Type::U16),
    ("mail_user", 0x6A1, Type::Text(65)),
    ("mail_pwd", 0x6E2, Type::Text(65)),
    ("ddns_service", 0x723, Type::U8),
    ("ddns_proxy_svr", 0x724, Type::Text(65)),
    ("ddns_proxy_port", 0x765, Type::U16),
    ("ddns_user", 0x767, Type::Text(65)),
    ("ddns_pwd", 0x7A8, Type::Text(65)),
    ("ddns_host", 0x7E9, Type::Text(65)),
    // The maker's own, dns.camcctv.com by default.
    ("vendor_ddns_svr", 0x82A, Type::Text(65)),
    ("decoder_baud", 0x885, Type::U32),
    ("upnp_enable", 0x8DE, Type::U8),
    ("ftp_filename", 0x1008, Type::Text(65)),
    ("ftp_numberoffiles", 0x1049, Type::U32),
    ("alarm_preset", 0x1052, Type::U16),
    ("mail_tls", 0x1172, Type::U8),
    ("alarm_motion_compensation", 0x1173, Type::U8),
    ("daylight_saving_time", 0x1179, Type::U32),
    ("ftp_schedule_enable", 0x117D, Type::U8),
    ("msn_user", 0x11D6, Type::Text(65)),
    ("msn_pwd", 0x1217, Type::Text(65)),
    ("alarm_msn", 0x1258, Type::U8),
];

/// Records that repeat: name, first number, how many, offset of the first, bytes from one to the next, fields.
type Record = (&'static str, usize, usize, usize, usize, &'static [(&'static str, usize, Type)]);

const USERS: Record = (
    "user",
    1,
    8,
    0x36,
    27,
    &[("_name", 0, Type::Text(13)), ("_pwd", 13, Type::Text(13)), ("_pri", 26, Type::Privilege)],
);

/// The other cameras whose pictures this one's pages show.
const DEVICES: Record = (
    "dev",
    2,
    8,
    0x96C,
    128,
    &[
        ("_alias", 0, Type::Text(21)),
        ("_host", 0x15, Type::Text(65)),
        ("_port", 0x56, Type::U16),
        ("_user", 0x58, Type::Text(13)),
        ("_pwd", 0x65, Type::Text(13)),
    ],
);

/// Each day of a week.
const WEEK: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// When to watch for alarms, and when to upload: 21 words each, three a day.
const SCHEDULES: [(&str, usize); 2] = [("alarm_schedule", 0x2F6), ("ftp_schedule", 0x117E)];

const MSN_FRIENDS: Record = ("msn_friend", 1, 10, 0x125E, 65, &[("", 0, Type::Text(65))]);

fn repeated((name, first, count, offset, stride, fields): Record) -> impl Iterator<Item = Place> {
    (0..count).flat_map(move |index| {
        fields.iter().map(move |&(part, within, kind)| Place {
            name: format!("{name}{}{part}", first.saturating_add(index)).into(),
            offset: offset.saturating_add(stride.saturating_mul(index)).saturating_add(within),
            kind,
        })
    })
}

fn schedule((name, offset): (&'static str, usize)) -> impl Iterator<Item = Place> {
    let days = WEEK.iter().zip((0_usize..).map(|day| day.saturating_mul(Type::Day.len())));
    days.map(move |(day, within)| Place {
        name: format!("{name}_{day}").into(),
        offset: offset.saturating_add(within),
        kind: Type::Day,
    })
}

/// The one field of a small block, whose inside is not known: the whole of it.
pub fn small_place(kind: Type) -> Place {
    Place { name: "content".into(), offset: 0x0C, kind }
}

/// Every known field, in the order of its offset.
pub fn places() -> Vec<Place> {
    let single = SINGLE.iter().map(|&(name, offset, kind)| Place { name: name.into(), offset, kind });
    let repeated = [USERS, DEVICES, MSN_FRIENDS].into_iter().flat_map(repeated);
    let mut places: Vec<Place> = single.chain(repeated).chain(SCHEDULES.into_iter().flat_map(schedule)).collect();
    places.sort_by_key(|place| place.offset);
    places
}

/// The fields of the eight users: name, password, privilege; name, password, ...
pub fn user_places() -> impl Iterator<Item = Place> {
    repeated(USERS)
}

/// The start of the appended block that a field lies in; `None` for those that every build has.
pub fn extension_of(offset: usize) -> Option<usize> {
    EXTENSIONS.iter().rev().find(|&&start| start <= offset).copied()
}
