//! Every rule that a firmware is held against: which question it answers, what it means if it is broken, and where it is
//! known from. Which camera it holds for is the board's part.

use serde::Serialize;

use crate::camera::Certainty;

/// What somebody who is about to flash asks, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::Display, strum::EnumIter)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Does each part parse and verify?
    #[strum(to_string = "Is every part whole?")]
    Whole,
    /// What do boot loader and kernel make of it?
    #[strum(to_string = "Would the boot loader and the kernel start it?")]
    Starts,
    /// Is there room?
    #[strum(to_string = "Does it fit?")]
    Fits,
    /// Where does it go?
    #[strum(to_string = "Where must it go?")]
    Place,
    /// Is it for this camera?
    #[strum(to_string = "Does it suit this camera?")]
    Suits,
    /// What else is touched?
    #[strum(to_string = "What would be lost?")]
    Keeps,
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Nothing that keeps anybody from flashing.
    Nothing,
    /// Something is lost, or may go wrong.
    Risk,
    /// The camera does not start.
    NoBoot,
}

macro_rules! rules {
    ($($(#[doc = $doc:literal])* $name:ident $question:ident, broken $broken:ident, unknown $unknown:ident, $certainty:ident, $source:literal;)*) => {
        /// A rule, by the name that programs know it by.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, strum::Display, strum::EnumIter)]
        #[serde(rename_all = "kebab-case")]
        #[strum(serialize_all = "kebab-case")]
        pub enum Rule {
            $($(#[doc = $doc])* $name,)*
        }

        impl Rule {
            /// The question that it belongs to.
            pub const fn question(self) -> Question {
                match self { $(Self::$name => Question::$question,)* }
            }

            /// What it demands, in a sentence.
            pub fn demand(self) -> &'static str {
                match self { $(Self::$name => concat!($($doc),*).trim(),)* }
            }

            /// What comes of it if it is broken.
            pub const fn if_broken(self) -> Weight {
                match self { $(Self::$name => Weight::$broken,)* }
            }

            /// What comes of it if nobody knows whether it holds.
            pub const fn if_unknown(self) -> Weight {
                match self { $(Self::$name => Weight::$unknown,)* }
            }

            /// How sure the rule is.
            pub const fn certainty(self) -> Certainty {
                match self { $(Self::$name => Certainty::$certainty,)* }
            }

            /// Where it is known from.
            pub const fn source(self) -> &'static str {
                match self { $(Self::$name => $source,)* }
            }
        }
    };
}

rules! {
    /// Every checksum and structure of the part holds.
    PartWhole Whole, broken Risk, unknown Risk, Certain, "the part's own checksums";
    /// The footer's checksum over the image holds, which `chk` compares and booting does not.
    ImageChecksum Whole, broken Risk, unknown Nothing, Certain, "the boot loader's source";

    /// A whole flash starts with a boot loader.
    BootLoaderThere Starts, broken NoBoot, unknown Nothing, Certain, "the processor starts at the first byte of the flash";
    /// Image 7 has a footer that the boot loader accepts.
    KernelListed Starts, broken NoBoot, unknown Nothing, Certain, "the boot loader's source";
    /// Its flags make the boot loader load and start it.
    KernelFlags Starts, broken NoBoot, unknown Nothing, Certain, "the boot loader's source";
    /// Kernels run at 0x8000.
    KernelLoadAddress Starts, broken NoBoot, unknown Nothing, Certain, "every published `ls`, and kernel 2.4.20-uc0 #1452";
    /// What the boot loader's own unzip makes of the kernel.
    LoaderUnzips Starts, broken NoBoot, unknown Nothing, Certain, "the boot loader's source, tried with its zlib on a real kernel";
    /// The bytes that come out are those that were packed; the boot loader does not compare.
    UnzippedRight Starts, broken NoBoot, unknown Risk, Likely, "trials with a real kernel: no error, and a kernel that hangs";
    /// What comes out is a kernel of these cameras.
    HoldsKernel Starts, broken NoBoot, unknown Nothing, Likely, "every kernel seen starts with the same instructions";
    /// The unpacked kernel ends below the boot loader's buffer.
    KernelBelowBuffer Starts, broken NoBoot, unknown Nothing, Certain, "the boot loader's source";
    /// Image 6 has a footer that the kernel accepts.
    RomfsListed Starts, broken NoBoot, unknown Nothing, Certain, "kernel 2.4.20-uc0 #1452";
    /// The kernel looks for the romfs at the load address of image 6.
    RomfsAtItsAddress Starts, broken NoBoot, unknown Nothing, Certain, "kernel 2.4.20-uc0 #1452";
    /// The first 512 bytes of the romfs sum up to zero.
    RomfsMounts Starts, broken NoBoot, unknown Nothing, Likely, "the message `romfs: bad initial checksum` of kernel #1452";
    /// There is a program that the kernel starts first.
    RomfsHasInit Starts, broken NoBoot, unknown Nothing, Likely, "the message `No init found.` of kernel #1452";

    /// Image and footer end before the flash does.
    InFlash Fits, broken NoBoot, unknown Nothing, Certain, "the boot loader's source";
    /// Image and footer end below web UI and settings.
    BelowOthers Fits, broken Risk, unknown Risk, Certain, "the camera program of system 21.37.2.37";
    /// A part is no larger than its own place.
    OwnPlace Fits, broken Risk, unknown Nothing, Certain, "the camera program of system 21.37.2.37";
    /// The kernel ends before the romfs that stays.
    BeforeRomfs Fits, broken NoBoot, unknown Risk, Certain, "the boot loader's source";
    /// The camera's upgrade page knows the file by its first word.
    UploadHeader Fits, broken Risk, unknown Nothing, Certain, "the camera program of system 21.37.2.37";
    /// The camera's upgrade page takes a file of this size.
    UploadSize Fits, broken Risk, unknown Nothing, Certain, "the camera program of system 21.37.2.37";

    /// A romfs goes behind the kernel's footer.
    RomfsAddress Place, broken Risk, unknown Risk, Certain, "the camera program of system 21.37.2.37, and three published pairs";
    /// A kernel goes where the camera's own upgrade puts it.
    KernelAddress Place, broken Risk, unknown Nothing, Certain, "the camera program of system 21.37.2.37";

    /// The kernel drives the camera's Wi-Fi chip.
    SuitsWifi Suits, broken Risk, unknown Nothing, Likely, "the drivers in both kernels";
    /// The kernel names the camera's sensor.
    SuitsSensor Suits, broken Risk, unknown Nothing, Likely, "the names of sensors in both kernels";
    /// The kernel knows the camera's flash chip, without which it reads neither settings nor web UI.
    SuitsFlashChip Suits, broken Risk, unknown Nothing, Certain, "the table of flash chips in the kernel";
    /// The kernel is the one that the camera has.
    SuitsKernel Suits, broken Risk, unknown Nothing, Certain, "the banners of both kernels";
    /// The middle numbers of the system's version, which stand for the hardware, are the camera's.
    SuitsSystem Suits, broken Risk, unknown Nothing, Likely, "a rule of thumb of users: the middle numbers stand for the hardware";
    /// The programs fit into the camera's RAM.
    SuitsRam Suits, broken Risk, unknown Nothing, Likely, "the memory sizes that boot loader and kernel print";

    /// The web UI stays.
    KeepsWebUi Keeps, broken Risk, unknown Nothing, Certain, "the camera program of system 21.37.2.37";
    /// The settings stay.
    KeepsSettings Keeps, broken Risk, unknown Nothing, Certain, "the camera program of system 21.37.2.37";
    /// BOOT INFO stays, and the MAC address with it.
    KeepsMac Keeps, broken Risk, unknown Nothing, Certain, "the boot loader's source, and kernel 2.4.20-uc0 #1452";
    /// Other images stay.
    KeepsImages Keeps, broken Risk, unknown Nothing, Certain, "the boot loader's source";
}
