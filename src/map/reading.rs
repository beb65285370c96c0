//! A file, seen as what it is: a binary, the text of a capture, a boot log, or nothing.

use crate::camera::boot_log;
use crate::capture::{self, Capture};
use crate::image::{FlashAddr, Image};

/// What a file is, by its content.
#[derive(Debug)]
pub enum Body {
    /// Not a byte.
    Empty,
    /// The bytes themselves are the image.
    Binary,
    /// Text that decodes to an image.
    Capture(Box<Capture>),
    /// Text that a camera printed while it started.
    BootLog,
}

/// A file and what it is.
#[derive(Debug)]
pub struct Reading {
    file: Image,
    body: Body,
}

impl Reading {
    /// Reads a file.
    pub fn new(file: Image) -> Self {
        let body = if file.is_empty() {
            Body::Empty
        } else if capture::detect(&file).is_some() {
            Body::Capture(Box::new(capture::decode(&file)))
        } else if boot_log::detect(&file) {
            Body::BootLog
        } else {
            Body::Binary
        };
        Self { file, body }
    }

    /// Puts a capture whose lines do not tell where it lies at a flash address that its content proves; whether it was one.
    pub fn place(&mut self, address: FlashAddr) -> bool {
        match &mut self.body {
            Body::Capture(capture) if capture.image.address().is_none() => {
                capture.place(address);
                true
            }
            _ => false,
        }
    }

    /// The file as it lies on disk.
    pub fn file(&self) -> &Image {
        &self.file
    }

    /// What it is.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// The image that it is, or decodes to.
    pub fn image(&self) -> &Image {
        match &self.body {
            Body::Capture(capture) => &capture.image,
            _ => &self.file,
        }
    }

    /// Whether it is the text of a capture.
    pub fn is_capture(&self) -> bool {
        matches!(self.body, Body::Capture(_))
    }
}
