use proptest::prelude::*;

use super::*;
use crate::finding::Code;
use crate::format::web_ui;

fn draft() -> Draft {
    let mut draft = Draft::camera();
    for (field, value) in [
        ("id", "00A8F8005CA6"),
        ("sys_ver", "21.37.2.37"),
        ("app_ver", "2.4.10.5"),
        ("alias", "Hall"),
        ("user1_name", "admin"),
        ("user1_pwd", "not for you"),
        ("user1_pri", "2"),
        ("user3_name", "guest"),
        ("ip", "192.168.1.126"),
        ("port", "8080"),
        ("wifi_wpa_psk", "also secret"),
        ("tz", "-3600"),
        ("msn_friend10", "a friend"),
    ] {
        draft.set(field, value).unwrap();
    }
    draft
}

fn codes(bytes: &[u8]) -> Vec<Code> {
    parse(bytes).unwrap().findings.iter().map(Finding::code).collect()
}

fn camera_of(bytes: &[u8]) -> Camera {
    match parse(bytes).unwrap().value.zone {
        Zone::Camera(camera) => camera,
        other => panic!("{other}"),
    }
}

#[test]
fn a_camera_tells_its_name_versions_and_users() {
    let bytes = draft().finish();
    let camera = camera_of(&bytes);
    assert_eq!((camera.id.reveal(), camera.alias.reveal()), ("00A8F8005CA6", "Hall"));
    assert_eq!(camera.system_version.to_string(), "21.37.2.37");
    assert_eq!(camera.app_version.to_string(), "2.4.10.5");
    let users: Vec<(&str, Privilege)> = camera.users.iter().map(|user| (user.name.reveal(), user.privilege)).collect();
    assert_eq!(users, [("admin", Privilege::Administrator), ("guest", Privilege::Visitor)]);
    assert_eq!(camera.users[0].password.reveal(), "not for you");
    assert_eq!(codes(&bytes), [Code::SettingsPrivate]);
}

#[test]
fn no_secret_shows_unless_it_is_asked_for() {
    let bytes = draft().finish();
    let parsed = parse(&bytes).unwrap();
    let fields = parsed.value.fields(&bytes);
    let shown: String = fields.iter().map(|field| format!("{}={}\n", field.name, field.value)).collect();
    let everything = format!("{parsed:?}{fields:?}{shown}");
    for secret in ["not for you", "also secret", "Hall", "=admin\n", "guest", "a friend", "192.168", "5CA6"] {
        assert!(!everything.contains(secret), "{secret}");
    }
    assert!(shown.contains("user1_pwd=(hidden, set)\n") && shown.contains("user2_pwd=(empty)\n"));
    assert!(shown.contains("user1_pri=administrator\n") && shown.contains("port=8080\n"), "{shown}");
    assert_eq!(serde_json::to_string(&Secret::new("x")).unwrap(), "\"(hidden, set)\"");
    assert_eq!(Value::Secret(Secret::new("x")).revealed().to_string(), "x");
}

/// The places that packages-and-formats.md section 4 names.
#[test]
fn fields_lie_where_the_camera_has_them() {
    let bytes = draft().finish();
    assert_eq!(bytes.len(), CAMERA_LEN);
    assert_eq!(bytes[0x122..0x124], [0x1F, 0x90]);
    assert_eq!(bytes[0x10E..0x112], [192, 168, 1, 126]);
    assert_eq!(bytes[0x36..0x3C], *b"admin\0");
    assert_eq!(bytes[0x36 + 26], 2);
    assert_eq!(bytes[0x2D7..0x2DB], (-3600_i32).to_le_bytes());
    assert_eq!(bytes[0x14A7..0x14AF], *b"a friend");
    for place in layout::places() {
        assert!(place.offset + place.kind.len() <= CAMERA_LEN, "{}", place.name);
    }
}

#[test]
fn no_two_fields_share_a_byte() {
    let places = layout::places();
    for pair in places.windows(2) {
        let end = pair[0].offset + pair[0].kind.len();
        assert!(end <= pair[1].offset, "{} runs into {}", pair[0].name, pair[1].name);
        assert!(layout::EXTENSIONS.iter().all(|&start| start + 4 <= pair[0].offset || end <= start));
    }
}

#[test]
fn the_magic_words_inside_tell_which_firmware_wrote_it() {
    let of = |bytes: &[u8]| camera_of(bytes).generation;
    assert_eq!(of(&draft().finish()), Generation(10));
    assert_eq!(of(&Draft::camera_2009().finish()), Generation(2));
    assert!(Generation(10).to_string().starts_with("as 21.37.2.37"));
    let mut upgraded = draft().finish();
    upgraded[0x1174] = 0;
    assert_eq!(of(&upgraded), Generation(7));
    let fields = parse(&upgraded).unwrap().value.fields(&upgraded);
    assert!(fields.iter().any(|field| field.name == "mail_tls"));
    assert!(!fields.iter().any(|field| field.name == "daylight_saving_time"));
}

#[test]
fn a_magic_word_inside_is_neither_settings_nor_a_web_ui() {
    let bytes = draft().finish();
    for start in layout::EXTENSIONS {
        assert!(bytes[start..].starts_with(&MAGIC));
        assert!(parse(&bytes[start..]).is_err() && web_ui::parse(&bytes[start..]).is_err());
    }
}

#[test]
fn the_small_blocks_are_known_by_their_sizes() {
    for (draft, zone) in
        [(Draft::video(), Zone::Video), (Draft::dynamic_dns(), Zone::DynamicDns), (Draft::presets(), Zone::Presets)]
    {
        let mut bytes = draft.finish();
        let len = bytes.len();
        bytes.extend([0xFF; 0x200]);
        let settings = parse(&bytes).unwrap().value;
        assert_eq!((&settings.zone, settings.len(), settings.is_verified()), (&zone, len, true));
        assert!(web_ui::parse(&bytes).is_err());
        let fields = settings.fields(&bytes);
        assert_eq!((fields.len(), fields[0].span), (1, Span::new(0x0C, len)));
        assert!(fields[0].value.is_unset());
    }
}

#[test]
fn a_stale_sum_and_a_cut_backup_are_told() {
    let mut bytes = draft().finish();
    bytes[0x19] ^= 1;
    assert_eq!(codes(&bytes), [Code::SettingsChecksum, Code::SettingsPrivate]);
    bytes.truncate(0x200);
    assert_eq!(codes(&bytes), [Code::SettingsTruncated, Code::SettingsPrivate]);
    assert_eq!(parse(&bytes).unwrap().value.len(), 0x200);
}

#[test]
fn settings_of_an_unknown_build_are_known_by_the_cameras_id() {
    let mut block = draft().finish();
    block.resize(0x1600, 0);
    let bytes = zone::seal(block.clone());
    assert_eq!(camera_of(&bytes).alias.reveal(), "Hall");
    block[0x0C] = b'?';
    assert!(parse(&zone::seal(block)).is_err());
}

/// settings-layout-21.37.2.37.csv, where it is at hand: each field of it is at the same place here.
#[test]
fn every_field_that_is_documented_is_read() {
    let Some(samples) = crate::format::sample_dir() else { return };
    let table = std::fs::read_to_string(samples.join("../facts/settings-layout-21.37.2.37.csv")).unwrap();
    let places = layout::places();
    let mut rows = 0;
    for row in table.lines().skip(1).filter(|row| !row.is_empty()) {
        let columns: Vec<&str> = row.trim_matches('"').split("\",\"").collect();
        let [offset, size, ..] = columns[..] else { panic!("{row}") };
        let offset = usize::from_str_radix(offset.trim_start_matches("0x"), 16).unwrap();
        if offset < 0x0C {
            continue;
        }
        let size =
            size.trim_end_matches('+').split('*').map(|factor| factor.parse::<usize>().unwrap()).product::<usize>();
        let of_row: Vec<&Place> =
            places.iter().filter(|place| (offset..offset + size).contains(&place.offset)).collect();
        assert!(!of_row.is_empty(), "no field for {row}");
        let named: usize = of_row.iter().map(|place| place.kind.len()).sum();
        let is_gapless = !row.contains("128*8"); // another camera's password ends before the next camera
        assert!(named >= size || !is_gapless, "{named} bytes of {row}");
        rows += 1;
    }
    assert!(rows > 80);
}

#[test]
fn schedules_and_small_blocks_are_read_and_set() {
    let mut draft = draft();
    draft.set("alarm_schedule_tue", "00000001 00000000 80000000").unwrap();
    draft.set("ftp_schedule_sat", "FFFFFFFF FFFFFFFF FFFFFFFF").unwrap();
    assert!(draft.set("alarm_schedule_sun", "always").is_err());
    let bytes = draft.finish();
    assert_eq!((bytes[0x2F6 + 24], bytes[0x2F6 + 35], bytes[0x117E + 83]), (1, 0x80, 0xFF));
    let fields = parse(&bytes).unwrap().value.fields(&bytes);
    let shown = |name: &str| fields.iter().find(|field| field.name == name).unwrap().value.to_string();
    assert_eq!(shown("alarm_schedule_tue"), "00000001 00000000 80000000");
    assert_eq!((shown("ftp_schedule_sat"), shown("ftp_schedule_mon")), ("always".to_owned(), "never".to_owned()));

    let mut video = Draft::video();
    video.set("content", "086e040301000200").unwrap();
    let bytes = video.finish();
    assert_eq!(parse(&bytes).unwrap().value.fields(&bytes)[0].value, Value::Bytes("086e0403010002".to_owned()));
    let mut dynamic_dns = Draft::dynamic_dns();
    dynamic_dns.set("content", &hex::encode([b'h'; 0xD4])).unwrap();
    let bytes = dynamic_dns.finish();
    assert_eq!(parse(&bytes).unwrap().value.fields(&bytes)[0].value.to_string(), "(hidden, set)");
}

/// A line that a capture lost moves text to where numbers were.
#[test]
fn numbers_that_read_as_text_are_hidden_when_the_sum_is_wrong() {
    let mut draft = draft();
    draft.set("pppoe_pwd", &"abcd".repeat(16)).unwrap();
    let mut bytes = draft.finish();
    bytes.drain(0x170..0x180);
    bytes.extend([0; 0x10]);
    let parsed = parse(&bytes).unwrap().value;
    let shown: String = parsed.fields(&bytes).iter().map(|field| format!("{}={}\n", field.name, field.value)).collect();
    assert!(shown.contains("tz=0\n"), "{shown}");
    bytes[0x2D7..0x2DB].copy_from_slice(b"abcd");
    let shown: String = parsed.fields(&bytes).iter().map(|field| format!("{}={}\n", field.name, field.value)).collect();
    assert!(shown.contains("tz=(hidden, set)\n"), "{shown}");
}

#[test]
fn a_draft_takes_only_what_fits() {
    let mut draft = Draft::camera_2009();
    assert_eq!(draft.set("msn_pwd", "x"), Err(NotSettable::UnknownField("msn_pwd".to_owned())));
    assert_eq!(draft.set("alias", &"x".repeat(21)).unwrap_err().to_string(), "`alias` takes at most 20 bytes of text");
    assert_eq!(draft.set("port", "70000").unwrap_err().to_string(), "`port` takes a number of its size, not `70000`");
    assert!(draft.set("ip", "1.2.3").is_err());
    assert!(Draft::video().set("id", "x").is_err());
}

proptest! {
    #[test]
    fn what_a_draft_was_given_is_read_back(
        alias in "[a-zA-Z0-9 ]{0,20}", password in "[!-~]{0,12}", port: u16, ip: [u8; 3], tz in -50_000_i32..50_000, mode: i8, is_new: bool,
    ) {
        let ip = [255, ip[0], ip[1], ip[2]];
        let mut draft = if is_new { Draft::camera() } else { Draft::camera_2009() };
        draft.set("alias", &alias).unwrap().set("user2_pwd", &password).unwrap();
        draft.set("port", &port.to_string()).unwrap().set("mask", &Ipv4Addr::from(ip).to_string()).unwrap();
        draft.set("tz", &tz.to_string()).unwrap().set("ftp_mode", &mode.to_string()).unwrap();
        let bytes = draft.finish();
        let settings = parse(&bytes).unwrap().value;
        prop_assert!(settings.is_verified());
        let fields = settings.fields(&bytes);
        for (name, expected) in [
            ("alias", Value::Secret(Secret::new(alias))),
            ("user2_pwd", Value::Secret(Secret::new(password))),
            ("port", Value::Number(port.into())),
            ("mask", Value::Mask(ip.into())),
            ("tz", Value::Number(tz.into())),
            ("ftp_mode", Value::Number(mode.into())),
        ] {
            let field = fields.iter().find(|field| field.name == name).unwrap();
            prop_assert_eq!(&field.value, &expected);
        }
    }

    #[test]
    fn sealed_settings_are_right_whatever_was_edited_and_others_stay_as_they_are(
        edits in proptest::collection::vec((0x19_usize..CAMERA_LEN_2009, any::<u8>()), 0..20), is_new: bool,
    ) {
        let right = if is_new { Draft::camera() } else { Draft::camera_2009() }.finish();
        prop_assert!(sealed(&right) == right);
        let mut edited = right;
        for (at, byte) in edits {
            edited[at] = byte;
        }
        let sealed = sealed(&edited);
        prop_assert!(parse(&sealed).unwrap().value.is_verified());
        prop_assert!(sealed[..4] == edited[..4] && sealed[8..] == edited[8..], "nothing but the sum is changed");
    }

    #[test]
    fn damaged_settings_never_panic(
        damage in proptest::collection::vec((0_usize..0x14E8, any::<u8>()), 0..40), size in 0_u32..0x1800, cut in 0_usize..0x1600,
    ) {
        let mut bytes = draft().finish();
        bytes[8..12].copy_from_slice(&size.to_le_bytes());
        for (at, byte) in damage {
            bytes[at] = byte;
        }
        bytes.truncate(cut);
        let settings = parse(&bytes);
        prop_assert!(settings.is_err() || web_ui::parse(&bytes).is_err());
        if let Ok(parsed) = settings {
            prop_assert!(parsed.value.len() <= bytes.len());
            let _ = parsed.value.fields(&bytes);
        }
    }
}
