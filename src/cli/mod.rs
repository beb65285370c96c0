//! The command line: arguments, and one file per command.
//!
//! A command reads its [inputs](input), asks the library, hands the answer to [`crate::render`] and says how it
//! ended. Nothing about firmware is decided here.

mod board;
mod boot;
mod cat;
mod check;
mod convert;
mod diff;
mod explain;
mod extract;
mod failure;
mod input;
mod inside;
mod inspect;
mod ls;
mod output;
mod pack;
mod part;
mod place;
mod redact;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use failure::Failure;
use input::Inputs;

/// Reads the flash of W90N745 IP cameras (Foscam FI89xx and clones): what a dump is, what is wrong with it, why two of
/// them differ, and how to get files that are safe to flash.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// How to print the answer; `json` is versioned, see README.md
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
}

const AFTER_HELP: &str = "\
Not sure where to start? Point `unbrick explain` at the folder that your dump tool wrote.

Exit codes: 0 fine (or equal, or safe); 1 differences, something that says \"do not flash this\", or work done in \
part; 2 could not do it. The help of each command says what that means there.";

/// How an answer is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    Inspect(inspect::Args),
    Explain(explain::Args),
    Convert(convert::Args),
    Diff(diff::Args),
    Check(check::Args),
    Boot(Box<boot::Args>),
    Ls(ls::Args),
    Cat(cat::Args),
    Extract(extract::Args),
    Pack(pack::Args),
}

/// How a command that could do its work ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Nothing wrong, no difference, safe: exit code 0.
    Fine,
    /// Differences, something that says "do not flash this", or work that was done in part: exit code 1.
    Differs,
}

/// The exit code of something that could not be done; clap uses the same for a wrong command line.
const COULD_NOT: u8 = 2;

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(Outcome::Fine) => ExitCode::SUCCESS,
        Ok(Outcome::Differs) => ExitCode::FAILURE,
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            output::complain(&failure);
            ExitCode::from(COULD_NOT)
        }
    }
}

fn run(cli: &Cli) -> Result<Outcome, Failure> {
    let mut out = output::stdout(cli.format);
    let inputs = Inputs::default();
    let outcome = match &cli.command {
        Command::Inspect(args) => inspect::run(args, &inputs, cli.format, &mut out),
        Command::Explain(args) => explain::run(args, &inputs, cli.format, &mut out),
        Command::Convert(args) => convert::run(args, &inputs, cli.format, &mut out),
        Command::Diff(args) => diff::run(args, &inputs, cli.format, &mut out),
        Command::Check(args) => check::run(args, &inputs, cli.format, &mut out),
        Command::Boot(args) => boot::run(args, &inputs, cli.format, &mut out),
        Command::Ls(args) => ls::run(args, &inputs, cli.format, &mut out),
        Command::Cat(args) => cat::run(args, &inputs, &mut output::raw_stdout()),
        Command::Extract(args) => extract::run(args, &inputs, cli.format, &mut out),
        Command::Pack(args) => pack::run(args, &inputs, cli.format, &mut out),
    }?;
    out.flush().map_err(Failure::output)?;
    Ok(outcome)
}

fn print_json(out: &mut impl Write, answer: &impl serde::Serialize) -> Result<(), Failure> {
    serde_json::to_writer_pretty(&mut *out, answer).map_err(|error| Failure::output(io::Error::from(error)))?;
    writeln!(out).map_err(Failure::output)
}
