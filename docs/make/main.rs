//! Writes the reference pages of the book from the tables that the program itself uses.
//!
//!     cargo run --example make-docs
//!
//! `cargo test --test docs` proves that the pages are those that the tables make.

use std::error::Error;
use std::fs;
use std::path::Path;

mod pages;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for page in pages::all(&fs::read_to_string(root.join("README.md"))?) {
        let path = root.join("docs/src/reference").join(page.name);
        fs::write(&path, page.text)?;
        println!("{}", path.display());
    }
    Ok(())
}
