//! The command line of unbrick.

fn main() {}
