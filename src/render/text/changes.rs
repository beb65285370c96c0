//! What is inside, as text: containers and blocks that both sides have, and the files that changed.

use std::io::{self, Write};

use super::comparison::Extent;
use super::wrap::wrap;
use crate::compare::Comparison;
use crate::compare::inside::{
    Aspect, Detail, FieldChange, FileChange, HexLine, KernelChange, Pair, Picture, ProgramChange, Sameness,
    SectionChange, Status, StringsChange, ValueChange,
};
use crate::contents::EntryKind;
use crate::image::Offset;
use crate::map::Kind;
use crate::render::style::{ANSWER, BAD, GOOD, ODD, QUIET, paint};
use crate::words::{bytes, count, plural, short};

/// Without `--details`, at most this many files are listed.
const MAX_FILES: usize = 20;

/// Without `--details`, at most this many lines of changes are shown of a file or pair.
const MAX_DETAIL_LINES: usize = 12;

/// Prints what the look inside found.
pub fn inside(out: &mut impl Write, comparison: &Comparison, extent: Extent, width: usize) -> io::Result<()> {
    let pairs = || comparison.pairs.iter().chain(&comparison.blocks);
    if pairs().next().is_none() {
        return Ok(());
    }
    writeln!(out, "\n{}", paint(ANSWER, "Inside"))?;
    for pair in pairs() {
        writeln!(out, "  {}: {}", pair.name, how_they_compare(pair))?;
        indented(out, pair_lines(pair), extent)?;
    }
    let files = &comparison.files;
    let limit = extent.limit(MAX_FILES);
    for file in files.iter().take(limit) {
        writeln!(out, "  {}", headline(file))?;
        indented(out, file.detail.as_ref().map(detail_lines).unwrap_or_default(), extent)?;
    }
    if let Some(more) = files.len().checked_sub(limit).filter(|&more| more > 0) {
        writeln!(out, "  {}", paint(QUIET, format!("and {}: add `--details`", plural(more, "more file"))))?;
    }
    let unopened = files.iter().filter(|file| file.detail == Some(Detail::NotOpened)).count();
    if unopened > 0 && extent == Extent::Everything {
        let told = format!("{} were not opened: there are too many, or they are too large", plural(unopened, "file"));
        for line in wrap(&told, width, "  ", "  ") {
            writeln!(out, "{}", paint(ODD, line))?;
        }
    }
    Ok(())
}

fn indented(out: &mut impl Write, lines: Vec<String>, extent: Extent) -> io::Result<()> {
    let limit = extent.limit(MAX_DETAIL_LINES);
    for line in lines.iter().take(limit) {
        writeln!(out, "      {line}")?;
    }
    if let Some(more) = lines.len().checked_sub(limit).filter(|&more| more > 0) {
        writeln!(out, "      {}", paint(QUIET, format!("and {}: add `--details`", plural(more, "more line"))))?;
    }
    Ok(())
}

fn how_they_compare(pair: &Pair) -> String {
    let is_block = matches!(pair.kind, Kind::Settings | Kind::BootInfo | Kind::Footer | Kind::Update);
    match (pair.sameness, is_block) {
        (Sameness::Bytes, _) => paint(GOOD, "the same, byte for byte"),
        (Sameness::Content, true) => paint(GOOD, "the same values"),
        (Sameness::Content, false) if pair.kind == Kind::Romfs || pair.kind == Kind::WebUi => {
            paint(GOOD, "the same files, arranged differently")
        }
        (Sameness::Content, false) => paint(GOOD, format!("the same {}, packed differently", pair.kind.words())),
        (Sameness::Differs, true) if pair.fields.is_empty() => paint(ODD, "other bytes"),
        (Sameness::Differs, true) => paint(ODD, values_differ(pair.fields.len())),
        (Sameness::Differs, false) if pair.kind == Kind::Kernel => paint(ODD, "another kernel"),
        (Sameness::Differs, false) => paint(ODD, "files differ"),
        (Sameness::Unclear, _) => paint(BAD, "cut or damaged in one of them"),
    }
}

fn values_differ(number: usize) -> String {
    format!("{} {}", plural(number, "value"), if number == 1 { "differs" } else { "differ" })
}

fn pair_lines(pair: &Pair) -> Vec<String> {
    let mut lines = field_lines(&pair.fields);
    if pair.unnamed_bytes > 0 {
        lines.push(paint(QUIET, format!("{} of unknown meaning differ", bytes(pair.unnamed_bytes))));
    }
    lines
}

fn headline(file: &FileChange) -> String {
    let (style, mark) = match file.status {
        Status::Changed => (ODD, "~"),
        Status::Added => (GOOD, "+"),
        Status::Removed => (BAD, "-"),
        Status::Moved => (QUIET, ">"),
    };
    format!("{}  {}", paint(style, format!("{mark} {}", short(&file.path))), what_changed(file))
}

fn what_changed(file: &FileChange) -> String {
    let (old, new) = (file.old.as_ref(), file.new.as_ref());
    match (file.status, old, new) {
        (Status::Added, _, Some(new)) => format!("added, {}", thing(&new.kind, new.size)),
        (Status::Removed, Some(old), _) => format!("removed, {}", thing(&old.kind, old.size)),
        (Status::Moved, Some(old), Some(new)) if old.kind != new.kind => {
            let (is, was) = (thing(&new.kind, new.size), thing(&old.kind, old.size));
            format!("moved from {}; {is}, was {was}", old.path)
        }
        (Status::Moved, Some(old), _) => format!("moved from {}", old.path),
        (_, Some(old), Some(new)) => {
            let aspects = file.differs.iter().map(|aspect| match aspect {
                Aspect::Content if old.size != new.size => {
                    format!("{}, were {}", bytes(new.size), count(old.size))
                }
                Aspect::Content => format!("other content, {} as before", bytes(new.size)),
                Aspect::Mode | Aspect::Type | Aspect::Target | Aspect::Device => {
                    format!("{}, was {}", thing(&new.kind, new.size), thing(&old.kind, old.size))
                }
            });
            aspects.collect::<Vec<String>>().join("; ")
        }
        _ => file.status.to_string(),
    }
}

fn thing(kind: &EntryKind, size: usize) -> String {
    match kind {
        EntryKind::File { executable: true } => format!("executable, {}", bytes(size)),
        EntryKind::File { executable: false } => bytes(size),
        EntryKind::Directory => "a folder".to_owned(),
        EntryKind::HardLink { target } => format!("a hard link to {}", printable(target)),
        EntryKind::Symlink { target } => format!("a symlink to {}", printable(target)),
        EntryKind::BlockDevice { major, minor } => format!("block device {major}, {minor}"),
        EntryKind::CharDevice { major, minor } => format!("character device {major}, {minor}"),
        EntryKind::Socket => "a socket".to_owned(),
        EntryKind::Fifo => "a named pipe".to_owned(),
    }
}

fn detail_lines(detail: &Detail) -> Vec<String> {
    match detail {
        Detail::Text(unified) => unified.lines().map(|line| paint(style_of_diff_line(line), printable(line))).collect(),
        Detail::Program(program) => program_lines(program),
        Detail::Kernel(kernel) => kernel_lines(kernel),
        Detail::Picture { old, new } => vec![picture_line(old, new)],
        Detail::Packed { packing, content } => {
            let told = content
                .as_ref()
                .map_or_else(|| vec![paint(GOOD, "the same, packed differently")], |content| detail_lines(content));
            field_lines(packing).into_iter().chain(told).collect()
        }
        Detail::Members { fields, files } => {
            let of_file = |file: &FileChange| {
                let lines = file.detail.as_ref().map(detail_lines).unwrap_or_default();
                let lines = lines.into_iter().map(|line| format!("    {line}"));
                std::iter::once(headline(file)).chain(lines).collect::<Vec<String>>()
            };
            field_lines(fields).into_iter().chain(files.iter().flat_map(of_file)).collect()
        }
        Detail::Fields(fields) => field_lines(fields),
        Detail::Hex { lines, more, hidden } => hex_lines(lines, *more, *hidden),
        Detail::Unreadable(why) => vec![paint(BAD, why)],
        Detail::NotOpened => vec![paint(QUIET, "not opened: there are too many, or they are too large")],
    }
}

fn field_lines(fields: &[FieldChange]) -> Vec<String> {
    let name_width = fields.iter().map(|field| field.name.chars().count()).max().unwrap_or(0);
    let line = |field: &FieldChange| {
        let told = match &field.value {
            ValueChange::Secret { change, .. } => paint(QUIET, format!("{change} (hidden)")),
            ValueChange::Shown { old, new } => {
                let value = |value: &Option<String>| match value.as_deref() {
                    None => paint(QUIET, "not there"),
                    Some("") => paint(QUIET, "empty"),
                    Some(value) => printable(value),
                };
                format!("{} {} {}", value(old), paint(QUIET, "→"), value(new))
            }
        };
        format!("{:name_width$}  {told}", field.name)
    };
    fields.iter().map(line).collect()
}

fn program_lines(program: &ProgramChange) -> Vec<String> {
    let name_width = program.sections.iter().map(|section| section.name.chars().count()).max().unwrap_or(0);
    let line = |section: &SectionChange| {
        let sizes = match (section.old_bytes, section.new_bytes) {
            (Some(old), Some(new)) if old == new => bytes(new),
            (Some(old), Some(new)) => format!("{}, were {}", bytes(new), count(old)),
            (None, new) => format!("{}, only in the new one", bytes(new.unwrap_or(0))),
            (old, None) => format!("{}, only in the old one", bytes(old.unwrap_or(0))),
        };
        let differ = format!("{} differ", count(section.differing_bytes));
        format!("{:name_width$}  {sizes}: {}", section.name, paint(ODD, differ))
    };
    let mut lines = field_lines(&program.fields);
    lines.extend(program.sections.iter().map(line));
    if program.more_sections > 0 {
        lines.push(paint(QUIET, format!("{} were not looked at", plural(program.more_sections, "more section"))));
    }
    lines.extend(strings_lines(&program.strings));
    lines
}

fn kernel_lines(kernel: &KernelChange) -> Vec<String> {
    let mut lines = field_lines(&kernel.fields);
    lines.push(format!("{} differ", bytes(kernel.differing_bytes)));
    lines.extend(strings_lines(&kernel.strings));
    lines
}

/// Removed and added strings in turn, so that the first lines show the most telling of both.
fn strings_lines(strings: &StringsChange) -> Vec<String> {
    let line = |style, mark: &str, string: Option<&String>| {
        string.map(|string| paint(style, format!("{mark} \"{}\"", printable(string))))
    };
    let rows = strings.removed.len().max(strings.added.len());
    let in_turn = (0..rows).flat_map(|row| {
        [line(BAD, "-", strings.removed.get(row)), line(GOOD, "+", strings.added.get(row))].into_iter().flatten()
    });
    let more = [("-", strings.more_removed), ("+", strings.more_added)];
    let more = more.into_iter().filter(|(_, more)| *more > 0);
    in_turn.chain(more.map(|(mark, more)| paint(QUIET, format!("{mark} {}", plural(more, "more string"))))).collect()
}

fn picture_line(old: &Picture, new: &Picture) -> String {
    let size = |picture: &Picture| format!("{} of {} × {} pixels", picture.format, picture.width, picture.height);
    match old == new {
        true => format!("another picture, {} as before", size(new)),
        false => format!("{}, was {}", size(new), size(old)),
    }
}

fn hex_lines(lines: &[HexLine], more: usize, hidden: usize) -> Vec<String> {
    let row = |style, mark: &str, offset: usize, bytes: &[u8]| {
        let offset = Offset(offset).to_string();
        (!bytes.is_empty())
            .then(|| paint(style, format!("{mark} {offset:>8}  {:<47}  {}", spaced(bytes), ascii(bytes))))
    };
    let of_line = |line: &HexLine| [row(BAD, "-", line.offset, &line.old), row(GOOD, "+", line.new_offset, &line.new)];
    let mut shown: Vec<String> = lines.iter().flat_map(of_line).flatten().collect();
    if more > 0 {
        shown.push(paint(QUIET, format!("and {} of 16 bytes that differ", plural(more, "more line"))));
    }
    if hidden > 0 {
        shown.push(paint(
            QUIET,
            format!("{} of 16 bytes that differ are hidden: they are in settings", plural(hidden, "line")),
        ));
    }
    shown
}

/// Hex digits in pairs.
fn spaced(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(" ")
}

/// The bytes as characters, those that are none as dots.
fn ascii(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| if matches!(byte, b' '..=b'~') { char::from(byte) } else { '.' }).collect()
}

fn style_of_diff_line(line: &str) -> anstyle::Style {
    match line.as_bytes().first() {
        Some(b'+') => GOOD,
        Some(b'-') => BAD,
        Some(b'@') => QUIET,
        _ => anstyle::Style::new(),
    }
}

/// A line of a file, without what a terminal would act on.
fn printable(line: &str) -> String {
    line.chars().map(|letter| if letter.is_control() && letter != '\t' { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::Subject;
    use crate::format::flat::{self, Flags, NewFlat};
    use crate::format::romfs::{Node, Volume};
    use crate::format::settings::Draft;
    use crate::image::Image;
    use crate::map::Inspection;

    /// What is printed of the insides of two images, without colours.
    fn told(old: Vec<u8>, new: Vec<u8>) -> String {
        let [old, new] = [old, new].map(|bytes| Image::new(bytes, None));
        let [old_map, new_map] = [&old, &new].map(Inspection::of_image);
        let comparison = Comparison::of(
            Subject { image: &old, address: None, regions: &old_map.regions, capture: None },
            Subject { image: &new, address: None, regions: &new_map.regions, capture: None },
        );
        let mut out = Vec::new();
        inside(&mut out, &comparison, Extent::Usual, 100).unwrap();
        anstream::adapter::strip_str(std::str::from_utf8(&out).unwrap()).to_string()
    }

    fn fixture(path: &str) -> Vec<u8> {
        std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)).unwrap()
    }

    fn volume(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut volume = Volume::new("rom 4cfdc420");
        for (name, bytes) in files {
            volume.add(Volume::ROOT, Node::file(name, bytes.clone())).unwrap();
        }
        volume.build().unwrap()
    }

    #[test]
    fn an_update_against_the_next_one() {
        insta::assert_snapshot!(told(fixture("update/hazel_0_37_2_60.bin"), fixture("update/hazel_0_37_2_61.bin")));
    }

    #[test]
    fn files_of_every_format() {
        let program = |text: &[u8], version: &[u8], time| {
            flat::build(&NewFlat {
                text,
                data: &[b"\0camera firmware ", version, b"\0"].concat(),
                bss_len: 0x200,
                stack_len: 4096,
                relocations: &[0x10],
                flags: Flags::RAM | Flags::GZIP,
                time,
            })
        };
        let gif = |width: u8| [b"GIF89a".as_slice(), &[width, 0, 8, 0, 0, 0, 0, width]].concat();
        let table = |bytes: &[u8]| [&(128..224).collect::<Vec<u8>>(), bytes, &[0; 20]].concat();
        let old = [
            ("a-program", program(&[7; 300], b"0.37.2.60", 1_291_593_600)),
            ("b-repacked", program(&[7; 300], b"0.37.2.60", 1_291_593_600)),
            ("c-picture.gif", gif(3)),
            ("d-text", b"one\ntwo\nthree\n".to_vec()),
            ("e-table", table(b"some bytes")),
            ("f-moved", b"the same".to_vec()),
        ];
        let new = [
            ("a-program", program(&[&[7; 300][..], &[9; 4]].concat(), b"0.37.2.61", 1_293_593_600)),
            ("b-repacked", program(&[7; 300], b"0.37.2.60", 1_293_593_600)),
            ("c-picture.gif", gif(7)),
            ("d-text", b"one\n2\nthree\n".to_vec()),
            ("e-table", table(b"SOME bytes")),
            ("g-moved", b"the same".to_vec()),
        ];
        insta::assert_snapshot!(told(volume(&old), volume(&new)));
    }

    #[test]
    fn settings_by_field() {
        let settings = |fields: &[(&str, &str)]| {
            let mut draft = Draft::camera();
            for (field, value) in [("id", "00D6FB010203"), ("mail_pwd", "fake-mail")].iter().chain(fields) {
                draft.set(field, value).unwrap();
            }
            draft.finish()
        };
        let old = settings(&[("alias", "garden shed"), ("ftp_pwd", "fake"), ("port", "80")]);
        let new = settings(&[("alias", "porch"), ("ftp_pwd", "other-fake"), ("port", "8908"), ("ftp_user", "shed")]);
        insta::assert_snapshot!(told(old, new));
    }
}
