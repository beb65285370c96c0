//! ELF: the programs of other systems than uClinux, and kernels before they were stripped. Read through `goblin`.
//!
//! Each table is read on its own, so that one that is damaged does not hide the others. No count in the file is
//! trusted with memory: tables are cut at fixed limits that real files stay far below.

#[cfg(test)]
mod tests;

use goblin::container::{Container, Ctx};
use goblin::elf::dynamic::{DT_NEEDED, Dynamic};
use goblin::elf::header::{Header, SELFMAG, et_to_str, machine_to_str};
use goblin::elf::program_header::{PT_DYNAMIC, PT_INTERP, ProgramHeader};
use goblin::elf::section_header::{SHT_NOBITS, SectionHeader};

use super::text::{readable, until_nul};
use super::{NotThisFormat, Parsed};
use crate::finding::{Fact, Finding};
use crate::image::Span;

/// The first four bytes of every ELF file.
pub const MAGIC: [u8; 4] = *b"\x7FELF";

const MAX_SEGMENTS: usize = 256;
const MAX_SECTIONS_BYTES: usize = 0x40_0000;
const MAX_DYNAMIC_BYTES: u64 = 0x1_0000;
const MAX_LIBRARIES: usize = 1024;
const MAX_NAME_LEN: usize = 255;

/// How wide addresses are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[allow(missing_docs)] // the names say it
pub enum Class {
    #[strum(to_string = "32-bit")]
    Bits32,
    #[strum(to_string = "64-bit")]
    Bits64,
}

/// In which order the bytes of a number come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "kebab-case")]
#[allow(missing_docs)] // the names say it
pub enum ByteOrder {
    LittleEndian,
    BigEndian,
}

/// A section of an ELF file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its name; empty if it cannot be read.
    pub name: String,
    /// Where it will be in memory.
    pub address: u64,
    /// Its bytes that are there; empty for one that starts as zeros.
    pub span: Span,
}

/// An ELF file, as far as it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elf {
    /// How wide addresses are.
    pub class: Class,
    /// In which order the bytes of a number come.
    pub byte_order: ByteOrder,
    /// The processor, as in `ARM`.
    pub machine: &'static str,
    /// The kind of file, as in `EXEC`, `DYN`, `REL`.
    pub kind: &'static str,
    /// Where the program starts in memory.
    pub entry: u64,
    /// The program that loads it, if it is linked dynamically.
    pub interpreter: Option<String>,
    /// The libraries that it needs.
    pub needed: Vec<String>,
    /// Its sections, without the empty first one. A stripped file has none.
    pub sections: Vec<Section>,
    len: usize,
}

impl Elf {
    /// Bytes of it that are there: up to the end of the last section, segment or table.
    #[allow(clippy::len_without_is_empty)] // it never is
    pub fn len(&self) -> usize {
        self.len
    }
}

/// Reads the ELF file that `bytes` start with.
///
/// # Errors
/// If no whole ELF header is there.
pub fn parse(bytes: &[u8]) -> Result<Parsed<Elf>, NotThisFormat> {
    let not_elf = |offset| NotThisFormat::at("ELF file", offset, "an ELF header", bytes);
    if !bytes.starts_with(&MAGIC) {
        return Err(not_elf(0));
    }
    let header = goblin::elf::Elf::parse_header(bytes).map_err(|_| not_elf(SELFMAG))?;
    let (Ok(container), Ok(endian)) = (header.container(), header.endianness()) else {
        return Err(not_elf(SELFMAG));
    };
    let mut reader = Reader { bytes, header, context: Ctx::new(container, endian), end: 0, findings: Vec::new() };
    let segments = reader.segments();
    let sections = reader.sections();
    let interpreter = segments.iter().find(|segment| segment.p_type == PT_INTERP);
    let value = Elf {
        class: match container {
            Container::Little => Class::Bits32,
            Container::Big => Class::Bits64,
        },
        byte_order: if endian.is_little() { ByteOrder::LittleEndian } else { ByteOrder::BigEndian },
        machine: machine_to_str(reader.header.e_machine),
        kind: et_to_str(reader.header.e_type),
        entry: reader.header.e_entry,
        interpreter: interpreter.map(|segment| name_at(file_span(segment.p_offset, segment.p_filesz).of(bytes), 0)),
        needed: reader.needed(&segments),
        sections,
        len: reader.end.min(bytes.len()),
    };
    Ok(Parsed { value, findings: reader.findings })
}

struct Reader<'a> {
    bytes: &'a [u8],
    header: Header,
    context: Ctx,
    /// The end of all that was read so far, also beyond the bytes.
    end: usize,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    /// The program headers; what they name counts as part of the file.
    fn segments(&mut self) -> Vec<ProgramHeader> {
        self.reach(Span::at(0, usize::from(self.header.e_ehsize)));
        let count = usize::from(self.header.e_phnum);
        let start = as_offset(self.header.e_phoff);
        let table = Span::at(start, count.saturating_mul(ProgramHeader::size(self.context)));
        self.reach(table);
        if count > MAX_SEGMENTS {
            self.tell(format!("it has {count} segments, of which {MAX_SEGMENTS} were read"), table);
        }
        let segments = ProgramHeader::parse(table.of(self.bytes), 0, count.min(MAX_SEGMENTS), self.context);
        let Ok(segments) = segments else {
            self.tell(format!("its program headers at 0x{start:X} are not all there"), table);
            return Vec::new();
        };
        let spans = segments.iter().map(|segment| file_span(segment.p_offset, segment.p_filesz));
        self.reach_all("segments", spans.collect());
        segments
    }

    fn sections(&mut self) -> Vec<Section> {
        let start = as_offset(self.header.e_shoff);
        if start == 0 {
            return Vec::new();
        }
        let count = usize::from(self.header.e_shnum);
        let table = Span::at(start, count.saturating_mul(SectionHeader::size(self.context)));
        self.reach(table);
        // With more than 65,279 sections the count is 0 and stands in the first header.
        let headers = Span::at(start, MAX_SECTIONS_BYTES).of(self.bytes);
        let Ok(headers) = SectionHeader::parse_from(headers, 0, count, self.context) else {
            self.tell(format!("its section headers at 0x{start:X} are not all there"), table);
            return Vec::new();
        };
        let names = headers.get(usize::from(self.header.e_shstrndx)).map(section_span).unwrap_or_default();
        let sections = headers.iter().skip(1).map(|header| Section {
            name: name_at(names.of(self.bytes), header.sh_name),
            address: header.sh_addr,
            span: section_span(header),
        });
        let mut sections: Vec<Section> = sections.collect();
        self.reach_all("sections", sections.iter().map(|section| section.span).collect());
        let len = self.bytes.len();
        for section in &mut sections {
            section.span = Span::new(section.span.start().min(len), section.span.end().min(len));
        }
        sections
    }

    /// The libraries that the dynamic segment names.
    fn needed(&mut self, segments: &[ProgramHeader]) -> Vec<String> {
        let mut segments = segments.to_vec();
        for segment in segments.iter_mut().filter(|segment| segment.p_type == PT_DYNAMIC) {
            segment.p_filesz = segment.p_filesz.min(MAX_DYNAMIC_BYTES);
        }
        let dynamic = match Dynamic::parse(self.bytes, &segments, self.context) {
            Ok(Some(dynamic)) => dynamic,
            Ok(None) => return Vec::new(),
            Err(_) => {
                self.tell("its dynamic segment is not all there".to_owned(), Span::new(0, self.bytes.len()));
                return Vec::new();
            }
        };
        let names = Span::at(dynamic.info.strtab, dynamic.info.strsz).of(self.bytes);
        let needed = dynamic.dyns.iter().filter(|entry| entry.d_tag == DT_NEEDED).take(MAX_LIBRARIES);
        needed.map(|entry| name_at(names, as_offset(entry.d_val))).collect()
    }

    /// `span` belongs to the file.
    fn reach(&mut self, span: Span) {
        if !span.is_empty() {
            self.end = self.end.max(span.end());
        }
    }

    /// All of `spans` belong to the file; tells once if some end behind it.
    fn reach_all(&mut self, what: &str, spans: Vec<Span>) {
        let present = Span::new(0, self.bytes.len());
        let outside: Vec<&Span> = spans.iter().filter(|span| !span.is_empty() && !present.encloses(**span)).collect();
        if let [first, ..] = outside.as_slice() {
            let reason = format!(
                "{} of its {} {what} are not all there, the first at {first} of 0x{:X} bytes",
                outside.len(),
                spans.len(),
                present.end()
            );
            self.tell(reason, present);
        }
        spans.into_iter().for_each(|span| self.reach(span));
    }

    fn tell(&mut self, reason: String, span: Span) {
        self.findings.push(Finding::new(Fact::ElfDamaged { reason }, span));
    }
}

fn section_span(header: &SectionHeader) -> Span {
    let len = if header.sh_type == SHT_NOBITS { 0 } else { header.sh_size };
    file_span(header.sh_offset, len)
}

fn file_span(offset: u64, len: u64) -> Span {
    Span::at(as_offset(offset), as_offset(len))
}

fn as_offset(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The text at `offset` of a string table, up to a NUL.
fn name_at(table: &[u8], offset: usize) -> String {
    readable(until_nul(Span::at(offset, MAX_NAME_LEN).of(table)))
}
