//! The parts and originals that somebody names: one thing in a file, whatever lies around it.

use std::path::Path;

use super::failure::Failure;
use super::input::Inputs;
use crate::finding::{Finding, worst};
use crate::image::{ERASE_BLOCK_BYTES, FlashAddr, Span};
use crate::map::{Kind, Region};
use crate::recover::Source;

/// One thing in a file.
pub struct Part {
    source: Source,
    /// What it is.
    pub region: Region,
}

impl Part {
    /// The one thing of these kinds in a file.
    pub fn of(source: Source, path: &Path, kinds: &[Kind]) -> Result<Self, Failure> {
        let region = only_one(&source, path, kinds)?.clone();
        Ok(Self { source, region })
    }

    /// What something is to be built after. Its structure has to be whole: what cannot be read cannot be built again. The
    /// files in it need not be, for it may be built anew just to mend one of them.
    pub fn original(inputs: &Inputs, path: &Path, kind: Kind) -> Result<Self, Failure> {
        let part = Self::of(inputs.open(path)?, path, &[kind])?;
        if part.region.is_sound() {
            return Ok(part);
        }
        let next = "give a whole one to `--like`, or leave `--like` out";
        Err(Failure::about(path, format!("cannot be built after: {}", part.fault()), next))
    }

    /// The worst that is told of it, if it is not whole.
    pub fn fault(&self) -> String {
        fault(&self.source, &self.region)
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        self.region.span.of(self.source.image())
    }

    /// The path of the file.
    pub fn path(&self) -> &str {
        &self.source.name
    }

    /// The file if this is all that is in it, else `the romfs in FILE`.
    pub fn in_words(&self) -> String {
        match self.left_out() {
            0 => self.source.name.clone(),
            _ => format!("the {} in {}", self.region.kind.words(), self.source.name),
        }
    }

    /// What was left out of the file, in a sentence.
    pub fn remark(&self) -> Option<String> {
        (self.left_out() > 0).then(|| {
            let kind = self.region.kind.words();
            format!("Of {} only the {kind} was taken, from 0x{:X} on.", self.source.name, self.region.span.start())
        })
    }

    fn left_out(&self) -> usize {
        self.source.image().len().saturating_sub(self.region.span.len())
    }
}

/// The bytes of the one part of this kind in a file. If the file holds the whole erase block at `block`, or is one, that
/// is taken. One that is damaged is taken only if `anyway` is said.
pub fn taken<'a>(
    source: &'a Source,
    path: &Path,
    kind: Kind,
    block: Option<FlashAddr>,
    anyway: bool,
) -> Result<&'a [u8], Failure> {
    if let Some(whole) = block.and_then(|block| whole_block(source, block, kind)) {
        return Ok(whole);
    }
    let region = only_one(source, path, &[kind])?;
    if !region.state.is_whole() && !anyway {
        let next = "mend it, or add `--anyway` to take it as it is";
        return Err(Failure::about(path, fault(source, region), next));
    }
    Ok(region.span.of(source.image()))
}

/// The erase block that starts at `block`, if the file shows all of it and it holds what is meant.
fn whole_block(source: &Source, block: FlashAddr, kind: Kind) -> Option<&[u8]> {
    let image = source.image();
    let start = match source.inspection.address {
        Some(address) => block.bytes_since(address)?,
        None if image.len() == ERASE_BLOCK_BYTES => 0,
        None => return None,
    };
    let whole = Span::at(start, ERASE_BLOCK_BYTES);
    let holds = source.inspection.regions.iter().any(|region| region.kind == kind && whole.encloses(region.span));
    image.get(whole.start()..whole.end()).filter(|_| holds && image.known().encloses(whole))
}

/// The one region of these kinds in a file.
fn only_one<'a>(source: &'a Source, path: &Path, kinds: &[Kind]) -> Result<&'a Region, Failure> {
    let mut found = Vec::new();
    collect(&source.inspection.regions, kinds, &mut found);
    match found.as_slice() {
        [only] => Ok(only),
        [] => {
            let wanted = kinds.first().map_or("part", |kind| kind.words());
            let what = format!("holds no {wanted} (found: {})", source.inspection.kind.words());
            Err(Failure::about(path, what, "`unbrick inspect` tells what is in it"))
        }
        several => {
            let what = format!("holds {} of what is meant, not one", several.len());
            Err(Failure::about(path, what, "take them apart with `unbrick extract` and name the right one"))
        }
    }
}

/// The worst that is told of a region, if it is not whole.
fn fault(source: &Source, region: &Region) -> String {
    let is_of_it = |finding: &&Finding| region.span.encloses(finding.span);
    let findings: Vec<Finding> = source.inspection.findings.iter().filter(is_of_it).cloned().collect();
    let first = findings.iter().find(|finding| Some(finding.severity()) == worst(&findings));
    first.map_or_else(|| format!("its {} is {}", region.kind.words(), region.state), Finding::message)
}

/// The regions of these kinds, also those inside updates.
fn collect<'a>(regions: &'a [Region], kinds: &[Kind], found: &mut Vec<&'a Region>) {
    for region in regions {
        if kinds.contains(&region.kind) {
            found.push(region);
        } else if region.kind == Kind::Update {
            collect(&region.regions, kinds, found);
        }
    }
}
