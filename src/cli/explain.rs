//! `unbrick explain`

use std::io::Write;
use std::path::PathBuf;

use super::failure::Failure;
use super::{Format, Outcome, input, output, print_json};
use crate::finding::Code;
use crate::recover::story;
use crate::render::{json, text};

/// Tell in plain words what a file, or the whole folder of a dump, is and what to type next
///
/// Also tells what a finding code means, as in `unbrick explain carried-page`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file, a folder, or a finding code; `-` reads standard input
    #[arg(value_name = "FILE|FOLDER|CODE")]
    subject: PathBuf,
}

pub fn run(args: &Args, format: Format, out: &mut impl Write) -> Result<Outcome, Failure> {
    let path = args.subject.display().to_string();
    let story = if args.subject.is_dir() {
        story::of_set(&input::open_folder(&args.subject)?, &path)
    } else if let (false, Ok(code)) = (args.subject.exists(), path.parse::<Code>()) {
        story::of_code(code)
    } else {
        story::of_file(input::open_even_empty(&args.subject)?, &path)
    };
    match format {
        Format::Text => text::story(out, &story, output::width()).map_err(Failure::output)?,
        Format::Json => print_json(out, &json::StoryView::of(&path, &story))?,
    }
    Ok(Outcome::Fine)
}
