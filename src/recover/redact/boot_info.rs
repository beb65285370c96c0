//! What in BOOT INFO tells whose camera it is.

use super::Sharable;
use crate::format::boot_info::{self, Form, Mac};
use crate::image::Span;
use crate::map::{Inspection, Kind};

/// The address that the boot loader gives a camera that lost its own (boot-loader.md section 2.2, certain).
const DEFAULT_MAC: Mac = Mac([0, 0, 0, 0, 0, 1]);

/// Where the fields are (boot-loader.md section 2.2, certain).
const MAC0: Span = Span::new(0x08, 0x0E);
const IP0: Span = Span::new(0x0E, 0x12);
const MAC1: Span = Span::new(0x14, 0x1A);
const IP1: Span = Span::new(0x1A, 0x1E);
const SERIAL_NUMBER: Span = Span::new(0x40, 0x44);

/// Puts the boot loader's defaults in the place of what is this camera's alone.
pub fn take_out(copy: &mut Sharable, inspection: &Inspection) {
    for region in inspection.regions.iter().filter(|region| region.kind == Kind::BootInfo) {
        // a footer of older make ends before the later fields do
        let bytes = Span::at(region.span.start(), boot_info::FULL_LEN).of(&copy.bytes);
        let Ok(parsed) = boot_info::parse(bytes) else { continue };
        let at = |field: Span| field.shifted(region.span.start());
        copy.replace(at(MAC0), &DEFAULT_MAC.0, format!("MAC address, now the boot loader's default {DEFAULT_MAC}"));
        copy.replace(at(IP0), &[0; 4], "IP address of the boot loader".to_owned());
        copy.replace(at(MAC1), &[0; 6], "second MAC address".to_owned());
        copy.replace(at(IP1), &[0; 4], "second IP address of the boot loader".to_owned());
        if parsed.value.form() == Form::Full {
            copy.replace(at(SERIAL_NUMBER), &[0; 4], "serial number".to_owned());
        }
    }
}
