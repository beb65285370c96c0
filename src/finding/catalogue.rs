//! Every finding there is: one row a code, with what is said, how bad it is and what to do.
//!
//! A row reads `Name { values } severity, "message", "help";`. The code is the name in kebab case and never changes
//! once published.

use std::borrow::Cow;
use std::fmt;

use super::{ByteValue, Severity};
use crate::image::{FlashAddr, Offset};
use crate::words;

/// How a value of a finding is shown in its message.
trait Told {
    type Shown<'a>
    where
        Self: 'a;

    fn told(&self) -> Self::Shown<'_>;
}

/// A count in a message: with its thousands apart, unless hexadecimal digits are asked for.
struct Count(usize);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&words::count(self.0))
    }
}

impl fmt::UpperHex for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::UpperHex::fmt(&self.0, f)
    }
}

impl Told for usize {
    type Shown<'a> = Count;

    fn told(&self) -> Count {
        Count(*self)
    }
}

impl Told for String {
    type Shown<'a> = Cow<'a, str>;

    fn told(&self) -> Cow<'_, str> {
        words::short(self)
    }
}

macro_rules! told_as_it_is {
    ($($type:ty),*) => {
        $(impl Told for $type {
            type Shown<'a> = &'a Self;

            fn told(&self) -> &Self {
                self
            }
        })*
    };
}

told_as_it_is!(ByteValue, u16, u32, char, Option<usize>, FlashAddr, Offset, Code);

macro_rules! catalogue {
    ($($(#[doc = $doc:literal])* $name:ident { $($field:ident: $type:ty),* } $severity:ident, $message:literal, $help:literal;)*) => {
        /// What was found, with the values that show it. Displays as the message for people.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[allow(missing_docs)] // the fields are named in the message beside them
        pub enum Fact {
            $($(#[doc = $doc])* $name { $($field: $type),* },)*
        }

        /// The stable name of a kind of finding, in kebab case when written out.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            strum::Display, strum::IntoStaticStr, strum::EnumString, strum::EnumIter,
        )]
        #[strum(serialize_all = "kebab-case")]
        pub enum Code {
            $($(#[doc = $doc])* $name,)*
        }

        impl Fact {
            /// The stable name of this kind of finding.
            pub const fn code(&self) -> Code {
                match self { $(Self::$name { .. } => Code::$name,)* }
            }
        }

        impl fmt::Display for Fact {
            #[allow(unused_variables)] // a message need not tell every value
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$name { $($field),* } => {
                        $(let $field = $field.told();)*
                        write!(f, $message)
                    })*
                }
            }
        }

        impl Code {
            /// How much a finding of this kind matters.
            pub const fn severity(self) -> Severity {
                match self { $(Self::$name => Severity::$severity,)* }
            }

            /// What it means, in a sentence or two.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),*).trim(),)* }
            }

            /// How it is worded, with `{...}` for the values.
            pub const fn wording(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }

            /// What to do about it, in one line.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$name => $help,)* }
            }
        }
    };
}

catalogue! {
    // ---- captures ------------------------------------------------------------------------------------------------

    /// A stretch of addresses between two captured lines was not captured.
    CaptureGap { start: FlashAddr, end: FlashAddr, len: usize } Error,
        "{len} bytes from {start} up to {end} are not in the capture",
        "dump them again with the `d -b` lines that `unbrick convert` prints";
    /// A stretch between two lines of a listing of a file is not in it: its numbers are no addresses that a boot loader
    /// could show.
    CaptureListingGap { start: Offset, end: Offset, len: usize } Error,
        "{len} bytes from {start} up to {end} of the file that was listed are not in the listing",
        "print the listing once more with the tool that printed it: `unbrick convert` puts both texts together";
    /// The same address was captured twice with other bytes.
    CaptureConflict { address: FlashAddr, first: ByteValue, second: ByteValue } Error,
        "the byte at {address} was captured twice, as {first} and as {second}",
        "dump this page once more; the value that comes out twice is the right one";
    /// Hex digits and ASCII column of one line contradict each other.
    CaptureAsciiMismatch { address: FlashAddr, hex: ByteValue, ascii: char } Error,
        "the byte at {address} is {hex} in hex, but the ASCII column shows `{ascii}`",
        "a character was changed on the serial line: dump this page once more";
    /// A page was captured more than once, with the same bytes.
    CaptureRepeatedPage { address: FlashAddr } Note,
        "the page at {address} was captured more than once, each time with the same bytes",
        "nothing to do: a repeated page is one more proof that it is right";
    /// Lines whose addresses lie apart from the rest, as a left-over `d` prints them.
    CaptureStrayPage { address: FlashAddr, lines: usize } Note,
        "{lines} lines from {address} on lie apart from the rest of the capture and were left out",
        "nothing to do if they are left-overs of a `d` without an address; else put them into a file of their own";
    /// A `*` stands for repeated lines in a text without addresses.
    CaptureSqueezed { stars: usize } Error,
        "{stars} `*` stand for lines like the one before, and no address tells for how many: only the longest stretch between them was kept",
        "print the file again with every line in it, as `hexdump -v` does, or with addresses";
    /// A `*` stands for lines behind the place where other captures of the same memory end.
    CaptureOverlong { end: FlashAddr, len: usize } Warning,
        "a `*` stands for {len} bytes from {end} on, where the other captures end: they were left out",
        "dump what lies there once more if the memory does go on";
    /// A line with an address that could not be read as data, or only its first half.
    CaptureBadLine { address: FlashAddr, lost: usize, of: usize } Warning,
        "the line for {address} is damaged: {lost} of its {of} bytes were left out",
        "dump this page once more";
    /// A record whose checksum does not hold.
    CaptureBadChecksum { address: FlashAddr, lost: usize } Error,
        "the checksum of the record for {address} does not hold: its {lost} bytes were left out",
        "a character of it was changed: take the file from where it came from once more";
    /// Fewer or more records than the file itself says.
    CaptureRecordCount { told: usize, read: usize } Error,
        "the file says that it has {told} data records, but {read} could be read",
        "records are lost: take the file from where it came from once more";
    /// The line is missing that the tool prints at the end.
    CaptureNoEnd {} Warning,
        "the last line is missing, with which the tool that printed this ends: the text may be cut short",
        "print it once more, and save the text up to its end";
    /// Lines of data of which nothing tells where they belong.
    CaptureWithoutPlace { lines: usize } Warning,
        "{lines} lines of data were left out, since nothing tells where in the flash they belong",
        "if they are of another dump, put them into a file of their own; else dump them with `d -b`, which prints addresses";
    /// The first or last page is shorter than what one command prints.
    CaptureCutPage { address: FlashAddr, len: usize } Warning,
        "{len} bytes from {address} on belong to a page that was captured in part",
        "dump this page once more, unless the image ends before it";
    /// The order of the bytes in displayed words is proved by the ASCII column.
    CaptureWordOrder { little_endian: usize, swapped: usize } Note,
        "this is a display of words: the ASCII column of {little_endian} lines proves little-endian words, that of {swapped} lines swapped ones",
        "nothing to do: the bytes were put into the order of the memory; `d -b` is the safer way to dump";
    /// Nothing proves the order of the bytes in some displayed words.
    CaptureWordOrderUnproved { lines: usize } Warning,
        "nothing proves the order of the bytes in {lines} lines of words: they were read like their neighbours, or as little-endian",
        "dump them with `d -b`, or print the listing again with `hexdump -C`: single bytes leave no such doubt";
    /// Nothing in the text could be read.
    CaptureEmpty {} Error,
        "the capture holds no line of memory-display output",
        "the image is shorter than one page (as BOOT INFO, 56 bytes, always is) or nothing was captured: dump it by hand with `d -b` and the image's base address";

    // ---- romfs ---------------------------------------------------------------------------------------------------

    /// The file ends before the size that the volume header declares.
    RomfsTruncated { declared: usize, present: usize } Error,
        "the romfs says that it is {declared} bytes long, but only {present} are here",
        "do not flash it: get the rest from the capture, or dump the missing pages again";
    /// The first 512 bytes do not sum up to zero.
    RomfsVolumeChecksum { sum: u32 } Error,
        "the checksum over the first 512 bytes of the romfs is wrong: the words sum up to 0x{sum:08X} instead of 0",
        "do not flash it: the kernel refuses it with `romfs: bad initial checksum`; compare it with another dump";
    /// An entry's header and name do not sum up to zero.
    RomfsEntryChecksum { path: String, sum: u32 } Error,
        "the header checksum of {path} is wrong: its words sum up to 0x{sum:08X} instead of 0",
        "the header is damaged, so its file may be as well: compare it with another dump";
    /// An entry's header or data points outside the volume.
    RomfsWildOffset { path: String, offset: usize } Error,
        "{path} points to 0x{offset:X}, outside the romfs",
        "the header is damaged: compare it with another dump";
    /// A directory or chain of entries leads back to where it has been.
    RomfsLoop { path: String } Error,
        "the entries of {path} lead back to an entry that was read already",
        "the header is damaged, or the image was made to harm: it was read up to here";
    /// A hard link that leads to no usable entry.
    RomfsBrokenLink { path: String, target: usize } Error,
        "the hard link {path} leads to 0x{target:X}, where no entry is",
        "the header is damaged: compare it with another dump";
    /// The name of an entry is empty, too long, or has a character that no file name may have.
    RomfsBadName { path: String } Warning,
        "the name of {path} is not one that a file can have",
        "it is kept in listings and written under a safe name when extracted";
    /// Entries lie behind the end that the volume header declares.
    RomfsSizeTooSmall { declared: usize, needed: usize } Error,
        "the romfs says that it is {declared} bytes long, but its entries reach up to {needed}",
        "do not flash it: the kernel reads nothing behind the declared size; compare the first 16 bytes with another dump";
    /// More entries, deeper directories or longer paths than any real volume has.
    RomfsTooMuch { entries: usize } Error,
        "the romfs holds more entries or deeper directories than any real one: the reading stopped here after {entries} entries",
        "the headers are damaged, or the image was made to harm: what was read up to here is shown";
    /// The file is not filled up with zeros to a multiple of 1024 bytes.
    RomfsNotPadded { len: usize } Note,
        "the romfs is not filled up to a multiple of 1024 bytes ({len} are here)",
        "nothing to do: the kernel reads up to the next multiple of 1024, whatever stands there";
    /// Files of a romfs that would take too long to be unpacked.
    RomfsFilesNotChecked { count: usize, limit: usize } Note,
        "{count} packed files of the romfs were not checked by their own checksums: no more than {limit} bytes are unpacked for that",
        "`unbrick extract --recursive` unpacks them all, and tells which it cannot";
    /// A zip or gzip in a romfs does not unpack to what was packed.
    PackedFileDamaged { what: String, reason: String } Error,
        "the {what} is damaged: {reason}",
        "what the camera keeps in this file is lost: compare it with another dump, or dump it once more";
    /// More findings of one kind than are worth reading.
    FindingsLeftOut { code: Code, count: usize } Note,
        "{count} more findings of the kind {code} are not listed one by one",
        "nothing to do: what was said about the listed ones holds for these as well";

    // ---- kernel zip ----------------------------------------------------------------------------------------------

    /// The compressed stream ends before its end marker.
    KernelTruncated { missing: Option<usize> } Error,
        "the compressed kernel stops before its end: the boot loader would answer `ERROR: unzip failed! -5`",
        "do not flash it: the rest may be the first 256 bytes of the next dumped image; `unbrick convert` on the folder joins them";
    /// The compressed stream is broken.
    KernelCorrupt { offset: usize } Error,
        "the compressed kernel is broken: the boot loader would answer `ERROR: unzip failed! -3`",
        "do not flash it: dump the kernel once more";
    /// The member is not compressed with deflate.
    KernelNotDeflated { method: u16 } Error,
        "the kernel is packed with method {method}, not deflate (8): the boot loader would answer `ERROR: unzip failed! -3`",
        "unpack it and pack it again: `unbrick extract`, then `unbrick pack kernel`";
    /// The boot loader would inflate it without a word, but the bytes are wrong.
    KernelCrc { stored: u32, computed: u32 } Error,
        "the kernel unzips, but to other bytes than were packed: its CRC-32 is 0x{computed:08X}, not 0x{stored:08X}; the boot loader does not notice and would start it",
        "do not flash it: the camera would hang after `Executing image 7 ...`; dump the kernel once more";
    /// The central directory is missing or cut; the boot loader does not need it.
    KernelDirectoryMissing {} Warning,
        "the zip ends without its central directory; the boot loader does not need it, but `unzip` on a computer does",
        "the kernel itself is whole; `unbrick convert` writes it as it is";
    /// The central directory contradicts itself or the file before it.
    KernelDirectoryDamaged {} Warning,
        "the central directory of the zip is damaged; the boot loader does not read it, but `unzip` on a computer does",
        "check the kernel's CRC-32, which says whether the kernel itself is right; pack it again to be rid of the damage";
    /// A gzip without its checksum and length; the boot loader does not need them.
    KernelTrailerMissing {} Warning,
        "the gzip ends without its last 8 bytes, which hold its checksum; the boot loader does not need them, but nothing proves that the kernel is right",
        "get the 8 bytes from another dump";
    /// A zip that is no kernel and too big to be checked to its end.
    ZipNotChecked { limit: usize } Note,
        "more than {limit} bytes come out of this zip: it was not checked any further",
        "nothing to do: no kernel is that big; check it with `unzip -t`";
    /// The zip has more members than the one that the boot loader unpacks.
    KernelExtraMembers { count: usize } Warning,
        "the zip holds {count} files; the boot loader unpacks only the first",
        "pack linux.bin alone: `unbrick extract`, then `unbrick pack kernel`";
    /// A kernel that would overwrite the boot loader's buffer.
    KernelTooBig { len: usize, limit: usize } Error,
        "the unpacked kernel has {len} bytes and would overwrite the boot loader's buffer (at most {limit} fit)",
        "use a smaller kernel";

    // ---- footers and BOOT INFO -----------------------------------------------------------------------------------

    /// The footer's checksum over itself is wrong.
    FooterChecksum { stored: u32, computed: u32 } Error,
        "the footer's own checksum is 0x{stored:08X}, but its words give 0x{computed:08X}: the boot loader does not see this image",
        "flash the image again with `fx`, which writes a new footer";
    /// The image checksum in the footer does not match the image.
    FooterImageChecksum { name: String, stored: u32, computed: u32 } Error,
        "the image {name} does not match the checksum in its footer: 0x{computed:08X} instead of 0x{stored:08X}",
        "the boot loader starts it all the same; the bytes changed after flashing or while dumping: dump it once more";
    /// A footer's fields cannot be right.
    FooterImplausible { name: String, reason: String } Warning,
        "the footer of {name} cannot be right: {reason}",
        "the kernel may look for its romfs in the wrong place: compare with the boot loader's `ls`";
    /// BOOT INFO has another length or type than the boot loader writes.
    BootInfoUnexpected { length: u32, kind: u32 } Warning,
        "the boot info says length 0x{length:X} and type {kind} instead of 0x48 and 1: the boot loader would answer `ERROR: Unknown data`",
        "restore it with `set` in the boot loader, or dump it once more";

    // ---- web UI and settings -------------------------------------------------------------------------------------

    /// The byte sum of a web UI package is wrong.
    WebUiChecksum { stored: u32, computed: u32 } Error,
        "the checksum of the web UI is 0x{stored:08X}, but its bytes sum up to 0x{computed:08X}: the camera would say `aw checksum not correct !`",
        "the camera would run without its pages: dump it once more, or flash the maker's web UI";
    /// The package ends before its declared size.
    WebUiTruncated { declared: usize, present: usize } Error,
        "the web UI says that it is {declared} bytes long, but only {present} are here",
        "dump the rest, or get the maker's web UI";
    /// An entry breaks the rules of the camera program.
    WebUiBadEntry { path: String, reason: String } Error,
        "{path}: {reason}",
        "the camera would stop unpacking here and restart: do not flash this package; `unbrick extract` and `unbrick pack webui` make a right one";
    /// The entries do not end where the package says that it ends.
    WebUiSizeMismatch { end: usize, size: usize } Error,
        "the entries of the web UI end at 0x{end:X}, but it says that it is 0x{size:X} bytes long: the camera would say `size not match`",
        "the camera would unpack its pages but forget their version: get the maker's web UI";
    /// The package is larger than the place for it in the largest flash.
    WebUiTooBig { size: usize, limit: usize } Error,
        "the web UI has {size} bytes; the camera takes at most {limit} and would say `aw size exceed`",
        "leave files out: large pictures first";
    /// The byte sum of a settings block is wrong.
    SettingsChecksum { stored: u32, computed: u32 } Warning,
        "the checksum of the settings is 0x{stored:08X}, but their bytes sum up to 0x{computed:08X}",
        "the camera would fall back to its factory settings; a backup made right after an upgrade can look like this; `unbrick pack settings` puts the checksum right";
    /// The settings end before their declared length.
    SettingsTruncated { declared: usize, present: usize } Error,
        "the settings say that they are {declared} bytes long, but only {present} are here",
        "take the backup once more";
    /// Settings hold passwords.
    SettingsPrivate {} Note,
        "this holds passwords and the network's key",
        "do not share this part: boot loader, kernel, romfs and web UI are safe to share";

    // ---- vendor updates ------------------------------------------------------------------------------------------

    /// The update ends before the lengths in its header.
    UpdateTruncated { declared: usize, present: usize } Error,
        "the update says that it is {declared} bytes long, but only {present} are here",
        "download it once more";
    /// Bytes behind the romfs, as newer updates have.
    UpdateTail { len: usize } Note,
        "{len} bytes follow the romfs of the update; newer updates carry 8 of unknown meaning",
        "nothing to do: the camera ignores them";

    /// The update is longer than what the largest camera takes.
    UpdateTooBig { len: usize, limit: usize } Error,
        "the update has {len} bytes; no camera takes more than {limit} over its web page",
        "flash its parts over the serial console, or leave files out of the romfs";
    /// The mark that ends a later camera's update is not where its length says.
    UpdateEndMark { offset: usize } Error,
        "the update does not end with its mark at 0x{offset:X}",
        "the file is damaged: get the update once more";

    // ---- programs ------------------------------------------------------------------------------------------------

    /// A flat binary of a version that the kernel refuses.
    FlatRevision { revision: u32 } Error,
        "the flat binary has revision {revision}; the kernel needs 4 and answers `BINFMT_FLAT: bad magic/rev`",
        "use the file of the firmware that this kernel belongs to";
    /// Header fields of a flat binary contradict each other.
    FlatLayout { reason: String } Error,
        "the header of the flat binary cannot be right: {reason}",
        "the file is damaged: compare it with another dump";
    /// The packed part of a flat binary is broken or short.
    FlatBody { reason: String } Error,
        "the packed part of the flat binary is damaged: {reason}",
        "the program would not start: compare it with another dump";
    /// An ELF file that cannot be read.
    ElfDamaged { reason: String } Error,
        "the ELF file is damaged: {reason}",
        "compare it with another dump";

    // ---- boards --------------------------------------------------------------------------------------------------

    /// Two sources tell different things about one camera.
    BoardContradiction { what: String, one: String, other: String } Warning,
        "the sources disagree about {what}: {one}, but {other}",
        "make sure that dump, log and `--board` are of the same camera; its power-on message and `ls` have the last word";
    /// Nothing tells how large the flash is.
    BoardSizeUnknown { len: usize } Warning,
        "nothing tells the size of the flash: everything is held against the layout of {len} bytes",
        "name it with `--board 2m` or `--board 4m`: the boot loader prints it at power-on as `Flash Size is 0x...`";
    // ---- fingerprints --------------------------------------------------------------------------------------------

    /// The romfs has firmware for a wifi chip that no driver in the kernel serves.
    WifiFirmwareWithoutDriver { file: String, chip: String, ids: String } Note,
        "this kernel has no driver for {ids} ({chip} wifi), but the romfs carries its firmware, {file}",
        "it matters only if the camera has that chip: its boot log then says that the device `is not claimed by any active driver`, and its wifi needs another kernel";
    /// The settings were saved by another firmware than the one beside them.
    SettingsOfOtherFirmware { part: String, saved_by: String, found: String } Note,
        "the settings were saved by {part} {saved_by}, but the {part} here has version {found}",
        "nothing to do after an upgrade: the camera writes the new version when it next saves its settings";
    /// Two system versions whose second or third numbers differ, which likely stand for the hardware.
    SystemForOtherHardware { old: String, new: String } Warning,
        "system {new} may be for other hardware than system {old}: the second and third number, which stand for it, differ",
        "look for a system with the camera's own two middle numbers; this rule comes from users and is likely, not certain";
    /// The system changes, but not the web UI.
    WebUiNotUpgraded { web_ui: String, old: String, new: String } Note,
        "the system changes from {old} to {new}, while the web UI stays {web_ui}",
        "an old web UI can say `firmware error` to a new system: upgrade it as well";
    /// The new kernel does not drive a wifi chip that the old one drives.
    WifiDriverLost { chips: String } Warning,
        "the new kernel does not drive the wifi of {chips}, which the old one drives",
        "do not flash it if the camera's wifi has such a chip";
    /// The new kernel names fewer picture sensors.
    SensorLost { sensors: String } Warning,
        "the new kernel does not name the sensors {sensors}, which the old one names",
        "do not flash it if the camera has one of these: there would be no picture, and the camera may restart over and over";
    /// The new kernel knows fewer flash chips.
    FlashChipsLost { chips: String } Warning,
        "the new kernel does not know the flash chips {chips}, which the old one knows",
        "do not flash it if the camera has one of these: it would say `No supported flash detected!` and lose settings and web UI";
    /// The kernel does not know the camera's flash chip.
    FlashChipNotInKernel { chip: String } Error,
        "the kernel does not know {chip}, the flash chip that this camera has",
        "do not flash it: it would say `No supported flash detected!` and read neither settings nor web UI";

    // ---- maps ----------------------------------------------------------------------------------------------------

    /// A zip that holds something else than a kernel.
    ZipWithoutKernel { name: String } Error,
        "the zip holds `{name}` and no kernel: the boot loader would unpack it to 0x8000 and start it all the same",
        "do not flash it as image 7; a kernel zip holds one file, linux.bin, that starts with ARM instructions";
    /// So many broken headers that looking at all of them would take too long.
    ScanStopped {} Warning,
        "nothing more was looked for from here on: the headers before this point claim far more bytes than there are",
        "this is no dump of a camera, or it was made to harm: cut out the part that matters and inspect that";
    /// The last 256 bytes of the image that was dumped before this one.
    CarriedPage { len: usize } Note,
        "the first {len} bytes belong to the image that was dumped before this one: the recovery tool saves each image's last page in the next file",
        "`unbrick convert` on the whole folder puts them back where they belong; do not flash this file as it is";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_code_has_a_name_and_a_help_of_its_own() {
        let names: HashSet<String> = Code::iter().map(|code| code.to_string()).collect();
        assert_eq!(names.len(), Code::iter().count());
        let helps: HashSet<&str> = Code::iter().map(Code::help).collect();
        assert!(helps.len() > 20, "help texts are specific");
        assert!(Code::iter().all(|code| !code.help().ends_with('.') && !code.help().is_empty()));
    }

    #[test]
    fn a_code_reads_back_from_its_name() {
        for code in Code::iter() {
            assert_eq!(code.to_string().parse::<Code>(), Ok(code));
        }
        assert_eq!(Code::RomfsVolumeChecksum.to_string(), "romfs-volume-checksum");
    }
}
