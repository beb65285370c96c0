//! Every cause there is: one row a cause, with the rule that finds it, what it means for the camera and what to do.
//!
//! A row reads `Name meaning, "rule", "advice";`. The written form is the name in kebab case and never changes once
//! published. The rules themselves are in [`super::rules`], in the words of the rows.

use serde::Serialize;

/// What a cause means for somebody who wants the camera to work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Meaning {
    /// Nothing differs.
    Same,
    /// The bytes differ, the content does not: how it was flashed or dumped adds or drops them.
    Harmless,
    /// The content was changed on purpose, or by the camera itself.
    Changed,
    /// The bytes went wrong in the dump: dump again.
    BadDump,
    /// The bytes went wrong in the flash or the flash's wiring.
    BadFlash,
    /// Nobody knows.
    Unknown,
}

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident $meaning:ident, $rule:literal, $advice:literal;)*) => {
        /// Why a stretch of two images differs (or that it does not).
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize,
            strum::Display, strum::IntoStaticStr, strum::EnumString, strum::EnumIter, strum::VariantNames,
        )]
        #[serde(rename_all = "kebab-case")]
        #[strum(serialize_all = "kebab-case")]
        pub enum Cause {
            $($(#[$doc])* #[doc = concat!("\n\nRule: ", $rule, ".")] $name,)*
        }

        impl Cause {
            /// What it means for the camera.
            pub const fn meaning(self) -> Meaning {
                match self { $(Self::$name => Meaning::$meaning,)* }
            }

            /// The rule that finds it, in one line.
            pub const fn rule(self) -> &'static str {
                match self { $(Self::$name => $rule,)* }
            }

            /// What to do about it, in one line.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }
        }
    };
}

causes! {
    /// The same bytes.
    Equal Same,
        "the bytes of both files are the same, one by one",
        "nothing to do";

    // ---- how it was dumped -----------------------------------------------------------------------------------------

    /// Whole pages of the image before, at the front (captures-and-questions.md section 1.2, certain).
    CarriedPage Harmless,
        "whole pages (256 bytes each) in front of the image's first byte that the other file does not have",
        "nothing is wrong with the flash: `unbrick convert` gives the page back to the image it was cut from";
    /// The end is missing, as after cutting to whole pages (captures-and-questions.md section 1.2, certain).
    CutTail BadDump,
        "one file ends earlier, and what it lacks is more than filler; most often it ends at a multiple of 256",
        "look for the rest at the start of the next image's dump (`unbrick convert` does), or dump the last page again";
    /// Lines of 16 bytes that were lost.
    MissingLine BadDump,
        "a multiple of 16 bytes is in one file only, and all that follows is shifted by it",
        "dump the page again that holds this offset";
    /// Pages of 256 bytes that were lost.
    MissingPage BadDump,
        "a multiple of 256 bytes is in one file only, and all that follows is shifted by it",
        "dump these pages again";
    /// Lines of 16 bytes that are there twice.
    RepeatedLine BadDump,
        "a multiple of 16 bytes is in one file only, and it repeats what stands right before or behind it",
        "dump the page again that holds this offset";
    /// Pages of 256 bytes that are there twice.
    RepeatedPage BadDump,
        "a multiple of 256 bytes is in one file only, and it repeats the pages right before or behind it",
        "dump these pages again";
    /// A dump made with plain `d` (captures-and-questions.md section 2.1, certain).
    WordOrder BadDump,
        "the bytes of every four are backwards",
        "the dump was made with `d`: `unbrick convert` turns the words round, or dump with `d -b`";
    /// A dump made with `d -h`.
    HalfWordOrder BadDump,
        "the bytes of every two are backwards",
        "the dump was made with `d -h`: `unbrick convert` turns them round, or dump with `d -b`";
    /// Single hex digits that the serial line changed.
    DigitError BadDump,
        "single bytes differ in exactly one of their two hex digits, and nothing around them is shifted",
        "dump the page again; what comes out twice is right";
    /// Bytes that a capture does not hold.
    UnknownBytes BadDump,
        "the capture does not hold these bytes",
        "dump these pages";

    // ---- how it was flashed ----------------------------------------------------------------------------------------

    /// What the XMODEM sender filled the last block with (boot-loader.md section 3.1, certain).
    XmodemPadding Harmless,
        "fewer than 128 bytes 1A (or the sender's other filler) at the end of an image, up to a multiple of 128",
        "nothing to do: XMODEM sends blocks of 128 bytes, and kernel and romfs know their own size";
    /// A block that the boot loader kept although it asked for it again (boot-loader.md section 3.1, certain).
    XmodemResend BadFlash,
        "a block of 128 bytes at a multiple of 128 is in one file only: a damaged copy of the block behind it; all that follows is shifted",
        "flash again and watch for a NAK: the boot loader keeps a block that it received badly, and shifts the rest";

    // ---- what lies in the flash ------------------------------------------------------------------------------------

    /// Erased flash on one side.
    Erased Harmless,
        "all bytes of one file are FF here; a page or more of them in place of content counts as a loss",
        "nothing to do if no image belongs here; otherwise this part was erased, or never written";
    /// Zeros on one side.
    ZeroFill Harmless,
        "all bytes of one file are 00 here; a page or more of them in place of content counts as a loss",
        "nothing to do if it is padding between or behind images; otherwise this part was overwritten with zeros";
    /// The 52 bytes by which the boot loader finds an image (boot-loader.md section 2.1, certain).
    Footer Changed,
        "an image footer lies here in one of the files at least",
        "nothing to do: the boot loader writes the footer itself when an image is flashed";
    /// The boot loader's own block.
    BootLoader Changed,
        "the boot loader lies here in one of the files at least",
        "do not flash this part: another camera's boot loader can make the camera useless";
    /// Image 0: MAC address and boot loader settings.
    BootInfo Changed,
        "BOOT INFO lies here in one of the files at least",
        "nothing to do: it holds the camera's own MAC address and the boot loader's settings";
    /// The web pages.
    WebUi Changed,
        "the web UI lies here in one of the files at least",
        "nothing to do: the web UI is no image of the boot loader, and dumps by image name do not hold it";
    /// The user's settings, with passwords.
    Settings Changed,
        "settings lie here in one of the files at least",
        "nothing to do: the camera writes them itself; they hold passwords, so do not publish them";
    /// An address line that is stuck (captures-and-questions.md section 2.3).
    AddressMirror BadFlash,
        "a page or more that repeats what the same file holds at an address that differs in one bit",
        "dump it again: if it comes out the same, an address line of the flash is stuck or badly soldered";

    // ---- what is inside, found by comparing the contents -----------------------------------------------------------

    /// Date, volume name, size or checksum of a romfs.
    RomfsHeader Changed,
        "the volume header or file headers of a romfs differ, the files do not",
        "nothing to do: the romfs was built again";
    /// The same files in another order.
    RomfsOrder Changed,
        "the same files lie in another order",
        "nothing to do: the romfs was built again";
    /// A file with other content.
    FileChanged Changed,
        "the file's content differs",
        "look at the file's own difference";
    /// A file that is only in the new one.
    FileAdded Changed,
        "the file is only in the new image",
        "look at the file";
    /// A file that is only in the old one.
    FileRemoved Changed,
        "the file is only in the old image",
        "look at the file";
    /// The same content under another path or at another place.
    FileMoved Changed,
        "the same content lies elsewhere in the other image",
        "nothing to do: the content is the same";
    /// Another kernel, or the same one packed differently.
    KernelChanged Changed,
        "the kernel's zip differs",
        "look at the kernel's own difference";

    /// No rule fits.
    Unexplained Unknown,
        "no other rule fits",
        "dump this part twice: if it stays, the flash really holds something else";
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::{IntoEnumIterator, VariantNames};

    #[test]
    fn the_written_forms_are_those_of_the_contract() {
        let contract = "equal carried-page cut-tail xmodem-padding xmodem-resend erased zero-fill footer boot-loader boot-info web-ui \
            settings missing-line missing-page repeated-line repeated-page word-order half-word-order digit-error \
            address-mirror unknown-bytes romfs-header romfs-order file-changed file-added file-removed file-moved \
            kernel-changed unexplained";
        let mut contract: Vec<&str> = contract.split_whitespace().collect();
        let mut written = Cause::VARIANTS.to_vec();
        contract.sort_unstable();
        written.sort_unstable();
        assert_eq!(written, contract);
        for cause in Cause::iter() {
            assert_eq!(cause.to_string().parse(), Ok(cause));
            assert_eq!(serde_json::to_string(&cause).unwrap(), format!("\"{cause}\""));
            assert!(!cause.rule().ends_with('.') && !cause.advice().ends_with('.'));
        }
    }
}
