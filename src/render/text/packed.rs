//! What was built, as text.

use std::io::{self, Write};

use super::inspection::findings;
use super::story::steps;
use super::table::table;
use super::wrap::{wrap, wrap_painted};
use crate::format::footer;
use crate::map::{Kind, State};
use crate::pack::{Change, Packed, What};
use crate::render::style::{ANSWER, COMMAND, GOOD, ODD, QUIET, of_state, paint};
use crate::words::{bytes, plural};

/// At most so many changes are told one by one; JSON has all.
const CHANGES_TOLD: usize = 40;

/// Prints what was written, what it is in the flash, what is other than before, and what to do next.
pub fn packed(out: &mut impl Write, packed: &Packed, width: usize) -> io::Result<()> {
    let state = match packed.state {
        State::Plausible | State::Unchecked => String::new(),
        state => format!(", {}", paint(of_state(state), state)),
    };
    let wrote = paint(ANSWER, format!("Wrote {}, {}", packed.path, bytes(packed.size)));
    let wrote = format!("{wrote}: {}{state}.", packed.kind.words());
    wrap_painted(&wrote, width).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    let details = packed.details.iter().map(|detail| (detail.label, detail.value.clone()));
    let checks = packed.proofs.iter().map(|proof| ("check", paint(GOOD, proof)));
    let rows: Vec<Vec<String>> = details.chain(checks).map(|(label, value)| vec![paint(QUIET, label), value]).collect();
    if !rows.is_empty() {
        writeln!(out, "\n{}", table(&rows, &[], width))?;
    }
    flash(out, packed)?;
    changes(out, &packed.changes, packed.changes_against.as_deref().unwrap_or_default())?;
    for remark in &packed.remarks {
        writeln!(out)?;
        wrap(remark, width, "", "").iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    findings(out, &packed.findings, width)?;
    steps(out, &packed.next, width)
}

fn flash(out: &mut impl Write, packed: &Packed) -> io::Result<()> {
    let footers = &packed.footers;
    if footers.is_empty() {
        return Ok(());
    }
    let when = if packed.kind == Kind::Flash { "" } else { " after the upgrade" };
    writeln!(out, "\n{}", paint(ANSWER, format!("In the flash{when}, as `ls` will show it")))?;
    for footer in footers {
        writeln!(out, "  {}", footer.ls_line())?;
        if let Some(at) = footer.base.checked_add(footer::place(footer.len_bytes())) {
            let sums = format!("word sum 0x{:08X}, its own 0x{:08X}", footer.image_checksum, footer.checksum);
            writeln!(out, "    {}", paint(QUIET, format!("footer at {at}: {sums}")))?;
        }
    }
    Ok(())
}

fn changes(out: &mut impl Write, changes: &[Change], against: &str) -> io::Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", paint(ANSWER, format!("{} from {against}", plural(changes.len(), "change"))))?;
    for change in changes.iter().take(CHANGES_TOLD) {
        let style = match change.change {
            What::Changed => COMMAND,
            What::Added => GOOD,
            What::Removed => ODD,
        };
        let what = paint(style, format!("{:<7}", change.change));
        let detail = change.detail.as_ref().map_or(String::new(), |detail| paint(QUIET, format!("  {detail}")));
        writeln!(out, "  {what}  {}{detail}", change.path)?;
    }
    if let Some(rest) = changes.len().checked_sub(CHANGES_TOLD).filter(|rest| *rest > 0) {
        writeln!(out, "  {}", paint(QUIET, format!("and {rest} more: `--format json` lists all")))?;
    }
    Ok(())
}
