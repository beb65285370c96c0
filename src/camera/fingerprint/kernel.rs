//! What an unpacked kernel tells: who built it and when, what it drives, which flash chips it knows.

use serde::Serialize;

use super::chips::{CAMERA_VENDORS, Chip, SENSOR_NAMES, WIFI_CHIPS};
use super::{Certainty, Known};
use crate::camera::boot_log::Facts;
use crate::format::kernel::{self, Banner, FlashChip, UsbId, UsbTable};
use crate::format::kernel_zip;
use crate::format::text::readable;
use crate::image::Span;
use crate::map::Region;

/// A kernel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kernel {
    /// Its version, as `2.4.20-uc0`.
    pub version: Known<String>,
    /// Its number among the kernels that one computer built.
    pub build: Option<u32>,
    /// When it was built, in that computer's time zone, or the words that could not be read as a date.
    pub built: Option<String>,
    /// Who built it, as `root@maverick-linux`.
    pub builder: Option<String>,
    /// The compiler, as `gcc version 3.0`.
    pub compiler: Option<String>,
    /// Whether all of it could be looked at: only then does what was not found not exist.
    pub whole: bool,
    /// What it drives.
    pub drivers: Vec<Driver>,
    /// Whether it has tables of USB devices: only then can be said which it does not drive.
    pub has_usb_tables: bool,
    /// The flash chips that it knows.
    pub flash_chips: Vec<FlashChip>,
    /// Where it lies in the image, packed or not.
    #[serde(skip)]
    pub span: Span,
}

/// What something in the kernel is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "lowercase")]
#[allow(missing_docs)] // the words say it
pub enum Role {
    Camera,
    Sensor,
    Wifi,
    Audio,
    #[strum(to_string = "pan and tilt")]
    PanTilt,
    #[strum(to_string = "other USB")]
    OtherUsb,
}

/// Something that the kernel drives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Driver {
    /// What it is there for.
    pub role: Role,
    /// Its name.
    pub name: String,
    /// The USB devices that it drives, if it has a table of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ids: Vec<UsbId>,
    /// How sure it is that the kernel has it.
    pub certainty: Certainty,
    /// What tells.
    pub from: &'static str,
}

/// Drivers that tell by a line they print, which no other kernel has (boot-loader.md section 6, certain for the lines).
const BY_LINE: [(&[u8], Role, &str); 4] = [
    (b"Winbond Audio Driver", Role::Audio, "Winbond audio"),
    (b"USB Audio Class Driver", Role::Audio, "USB audio class"),
    (b"PTZ Driver has been installed", Role::PanTilt, "PTZ driver"),
    (b"_ptz: ", Role::PanTilt, "a driver for pan and tilt"),
];

/// No more of a kernel is looked at: three times of what fits into a camera.
const MAX_BYTES: usize = 8 << 20;

impl Kernel {
    /// The kernel in a region of an image; a damaged one as far as it can be unpacked.
    pub(super) fn of_region(image: &[u8], region: &Region) -> Option<Self> {
        let packed = region.span.of(image);
        let (bytes, whole) = match kernel_zip::unpack(packed) {
            Ok(bytes) => (bytes, true),
            Err(_) => (kernel_zip::salvage(packed).ok()?, false),
        };
        Self::of_unpacked(bytes.get(..MAX_BYTES).unwrap_or(&bytes), whole, region.span)
    }

    /// The kernel in its unpacked bytes; `None` if it has no banner.
    pub(super) fn of_unpacked(bytes: &[u8], whole: bool, span: Span) -> Option<Self> {
        let banner = kernel::banner(bytes)?;
        let (drivers, has_usb_tables) = drivers(bytes);
        Some(Self {
            whole,
            drivers,
            has_usb_tables,
            flash_chips: kernel::flash_chips(bytes),
            span,
            ..Self::of_banner(&banner, "its banner")
        })
    }

    /// The kernel whose first line a boot log has.
    pub(super) fn of_log(log: &Facts) -> Option<Self> {
        Some(Self::of_banner(&kernel::banner(log.kernel.as_ref()?.as_bytes())?, "the boot log"))
    }

    fn of_banner(banner: &Banner, from: &'static str) -> Self {
        let mut groups =
            banner.text.split('(').skip(1).filter_map(|group| group.split_once(')')).map(|(group, _)| group);
        let told = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Self {
            version: Known::certain(banner.version.clone(), from),
            build: banner.build,
            built: banner
                .built
                .map_or_else(|| told(&banner.date_text), |built| Some(built.strftime("%Y-%m-%d %H:%M:%S").to_string())),
            builder: groups.next().and_then(told),
            compiler: groups.next().and_then(told),
            whole: false,
            drivers: Vec::new(),
            has_usb_tables: false,
            flash_chips: Vec::new(),
            span: Span::default(),
        }
    }

    /// Whether this tells of the same kernel, or another, more than `other` does.
    pub(super) fn knows_more_than(&self, other: &Self) -> bool {
        (self.whole, self.drivers.len()) > (other.whole, other.drivers.len())
    }

    /// What it drives of one kind.
    pub fn of_role(&self, role: Role) -> impl Iterator<Item = &Driver> {
        self.drivers.iter().filter(move |driver| driver.role == role)
    }

    /// Whether it drives a wifi chip; `None` if that cannot be said.
    pub fn drives(&self, chip: &Chip) -> Option<bool> {
        let by_id = self.drivers.iter().flat_map(|driver| &driver.ids).any(|id| chip.ids.contains(id));
        let by_name = self.of_role(Role::Wifi).any(|driver| driver.ids.is_empty() && driver.name == chip.name);
        match (by_id || by_name, self.whole && self.has_usb_tables) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }
}

/// What a kernel drives, and whether it has tables of USB devices.
fn drivers(kernel: &[u8]) -> (Vec<Driver>, bool) {
    let tables = kernel::usb_tables(kernel);
    let has_tables = !tables.is_empty();
    let mut drivers: Vec<Driver> = tables.into_iter().map(by_table).collect();
    let words = words(kernel);
    for chip in &WIFI_CHIPS {
        let by_table = drivers.iter().any(|driver| driver.ids.iter().any(|id| chip.ids.contains(id)));
        // with tables, a name alone is that of a driver that serves several chips
        if !has_tables && !by_table && chip.names.iter().any(|name| words.iter().any(|word| word.starts_with(name))) {
            drivers.push(by_word(Role::Wifi, chip.name));
        }
    }
    let is_sensor = |word: &&String| SENSOR_NAMES.iter().any(|name| is_chip_name(word, name));
    drivers.extend(words.iter().filter(is_sensor).map(|word| by_word(Role::Sensor, word)));
    let has_line = |line: &[u8]| memchr::memmem::find(kernel, line).is_some();
    drivers.extend(BY_LINE.iter().filter(|(line, ..)| has_line(line)).map(|&(_, role, name)| Driver {
        role,
        name: name.to_owned(),
        ids: Vec::new(),
        certainty: Certainty::Certain,
        from: "a line that it prints",
    }));
    drivers.sort_by(|one, two| (one.role, &one.name).cmp(&(two.role, &two.name)));
    (drivers, has_tables)
}

fn by_table(table: UsbTable) -> Driver {
    let has = |vendors: &[u16]| table.ids.iter().any(|id| vendors.contains(&id.vendor));
    let is_wifi = table.ids.iter().any(|id| WIFI_CHIPS.iter().any(|chip| chip.ids.contains(id)));
    let role = if is_wifi {
        Role::Wifi
    } else if has(&CAMERA_VENDORS) {
        Role::Camera
    } else {
        Role::OtherUsb
    };
    let certainty = if table.driver.is_some() { Certainty::Certain } else { Certainty::Likely };
    let name = table.driver.unwrap_or_else(|| "without a name".to_owned());
    Driver { role, name, ids: table.ids, certainty, from: "its table of USB devices" }
}

fn by_word(role: Role, name: &str) -> Driver {
    Driver {
        role,
        name: name.to_owned(),
        ids: Vec::new(),
        certainty: Certainty::Likely,
        from: "its name in a text of the kernel",
    }
}

/// Whether a word is `start` and then the number of a chip, as `ov7725` or `sn9c236d_ov7725`.
fn is_chip_name(word: &str, start: &str) -> bool {
    let Some(rest) = word.strip_prefix(start) else { return false };
    let ends_in_digit = start.ends_with(|letter: char| letter.is_ascii_digit());
    if ends_in_digit && rest.is_empty() {
        return true;
    }
    rest.starts_with(|letter: char| letter.is_ascii_digit())
        && rest.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Words of text shorter than this tell nothing.
const MIN_WORD_BYTES: usize = 4;

/// Longer ones are no names.
const MAX_WORD_BYTES: usize = 64;

/// A kernel names chips some hundred times.
const MAX_WORDS: usize = 0x1000;

/// At least this many printable bytes, ended by a NUL or a line break, are a text.
const MIN_TEXT_BYTES: usize = 5;

/// Every word in the texts of a kernel that starts as the name of a chip does, in lower case, each once, in order.
fn words(kernel: &[u8]) -> Vec<String> {
    let starts: Vec<&[u8]> =
        WIFI_CHIPS.iter().flat_map(|chip| chip.names).chain(&SENSOR_NAMES).map(|name| name.as_bytes()).collect();
    let is_text = |byte: &u8| (b' '..0x7F).contains(byte);
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let texts = kernel.split(|byte| !is_text(byte)).filter(|text| text.len() >= MIN_TEXT_BYTES);
    let is_chip = |word: &&[u8]| {
        let starts_as = |start: &&[u8]| word.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
        (MIN_WORD_BYTES..MAX_WORD_BYTES).contains(&word.len()) && starts.iter().any(starts_as)
    };
    let words = texts.flat_map(|text| text.split(|byte| !is_word(byte))).filter(is_chip).take(MAX_WORDS);
    let mut words: Vec<String> = words.map(|word| readable(word).to_ascii_lowercase()).collect();
    words.sort_unstable();
    words.dedup();
    words
}
