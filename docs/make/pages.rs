//! The reference pages, each from a table of the program.

use std::fmt::Write;

use unbrick::camera::{Known, Model, Place};
use unbrick::codes::{self, Catalogue, Entry};
use unbrick::words::count;

/// A page in `docs/src/reference`.
pub struct Page {
    /// Its file.
    pub name: &'static str,
    /// What stands in it.
    pub text: String,
}

/// What stands above every page, for those who would edit it.
const MADE: &str = "<!-- made by `cargo run --example make-docs`; edit the tables in src/, not this page -->\n\n";

/// Every page. The one about JSON is the part of the README that is about it.
pub fn all(readme: &str) -> Vec<Page> {
    let of = |catalogue: Catalogue, name, title, about| Page { name, text: reference(catalogue, title, about) };
    vec![
        of(
            Catalogue::Finding,
            "findings.md",
            "Findings",
            "What `unbrick inspect` and other commands tell about a file. An error says that the bytes are damaged or \
             incomplete, so that they must not be flashed as they are; a warning, that something is odd; a note, that \
             something is worth knowing. `unbrick explain CODE` says the same.",
        ),
        of(
            Catalogue::Cause,
            "causes.md",
            "Causes of a difference",
            "Why two files differ, as `unbrick diff` tells of every stretch of bytes. What no rule explains is called \
             `unexplained` and counted.",
        ),
        of(
            Catalogue::Check,
            "rules.md",
            "Rules of a check",
            "What `unbrick check` holds a firmware against before it is flashed, and what comes of it if a rule is broken.",
        ),
        of(
            Catalogue::BootLoader,
            "boot-loader.md",
            "Messages of the boot loader",
            "What the boot loader prints, and what it means. `unbrick explain` takes the message as it is printed, as in \
             `unbrick explain \"ERROR: unzip failed! -5\"`, and whole logs.",
        ),
        of(
            Catalogue::Log,
            "console-log.md",
            "Lines of a console log",
            "What kernel and camera program print, and what several lines come to. The tables that this page is made of \
             are in `src/camera/boot_log/rules`; whoever knows another line can add it there without programming.",
        ),
        Page { name: "boards.md", text: boards() },
        Page { name: "json.md", text: json(readme) },
    ]
}

fn reference(catalogue: Catalogue, title: &str, about: &str) -> String {
    let mut text = format!("{MADE}# {title}\n\n{about}\n");
    for entry in codes::entries().filter(|entry| entry.catalogue == catalogue) {
        // writing to a string cannot fail
        let _ = write_entry(&mut text, &entry);
    }
    text
}

fn write_entry(text: &mut String, entry: &Entry) -> std::fmt::Result {
    let certainty = entry.certainty.map_or(String::new(), |certainty| format!(", {certainty}"));
    writeln!(text, "\n## {}\n\n*{}{certainty}.* {}", entry.code, entry.weight, entry.what)?;
    if let Some(wording) = &entry.wording {
        match entry.catalogue {
            Catalogue::Finding | Catalogue::Cause | Catalogue::Check => {
                writeln!(text, "\n> {}", wording.replace('<', "&lt;"))?
            }
            Catalogue::BootLoader | Catalogue::Log => writeln!(text, "\n```text\n{wording}\n```")?,
        }
    }
    if !entry.why.is_empty() {
        writeln!(text, "\n**Why.** {}", entry.why)?;
    }
    let shown = if entry.certainty.is_some() { "Source" } else { "What shows it" };
    writeln!(text, "\n**{shown}.** {}", entry.evidence)?;
    if !entry.next.is_empty() {
        writeln!(text, "\n**What to do.**\n")?;
    }
    for step in &entry.next {
        let colon = if step.commands.is_empty() { "" } else { ":" };
        writeln!(text, "- {}{colon}", step.purpose)?;
        if !step.commands.is_empty() {
            let commands: String = step.commands.iter().map(|command| format!("  {command}\n")).collect();
            writeln!(text, "\n  ```text\n{commands}  ```")?;
        }
    }
    Ok(())
}

/// Where everything lies on the two kinds of board.
fn boards() -> String {
    let mut text = format!(
        "{MADE}# Boards\n\nWhere everything lies in the flash of the known boards. Kernel and romfs lie in the room for \
         images, the romfs in the first block of 64 KiB behind the kernel and its footer. Web UI and settings are no images: \
         the boot loader's `ls` does not list them.\n"
    );
    for model in [Model::TwoMegabytes, Model::FourMegabytes] {
        // writing to a string cannot fail
        let _ = write_board(&mut text, model);
    }
    text
}

fn write_board(text: &mut String, model: Model) -> std::fmt::Result {
    let board = model.board();
    writeln!(text, "\n## {}\n\n`--board {}`\n", model.option(), model.option())?;
    writeln!(text, "| what | from | up to | bytes | how sure | source |\n|---|---|---|---|---|---|")?;
    let mut row = |what: &str, place: &Known<Place>| {
        let start = place.value.start;
        let len = place.value.len_bytes;
        let last = start.checked_add(len.saturating_sub(1)).map_or(String::new(), |last| last.to_string());
        writeln!(text, "| {what} | {start} | {last} | {} | {} | {} |", count(len), place.certainty, place.from)
    };
    for (tenant, place) in board.tenants() {
        row(&tenant.to_string(), place)?;
    }
    row("room for images", &board.image_room().0)?;
    writeln!(text, "\nIn the block of the settings:\n\n| what | from | bytes |\n|---|---|---|")?;
    for (name, place) in board.settings_blocks() {
        writeln!(text, "| {name} | {} | {} |", place.start, count(place.len_bytes))?;
    }
    let (upload, end) = (&board.upload_limit, &board.kernel_end);
    writeln!(
        text,
        "\nThe camera's upgrade page takes at most {} bytes ({}, {}).",
        count(upload.value),
        upload.certainty,
        upload.from
    )?;
    writeln!(
        text,
        "An unpacked kernel, loaded to 0x8000, must end at or below 0x{:X} ({}, {}).",
        end.value, end.certainty, end.from
    )
}

/// The part of the README that is for programs.
fn json(readme: &str) -> String {
    let behind = readme.split_once("## For programs\n").map_or("", |(_, behind)| behind);
    let part = behind.split_once("\n## ").map_or(behind, |(part, _)| part);
    format!("{MADE}# JSON\n{}\n", part.trim_end())
}
