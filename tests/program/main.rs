//! The program as its user meets it: what is typed, what is printed, what is written, and the exit code.
//!
//! Everything runs on `fixtures/`, from the project's folder, as a user who types relative paths would. What is known
//! of a real camera's dump is tested as well where that dump is at hand; see [`terminal::samples`].
// a helper of a test fails the test, as the test itself does
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bad_input;
mod boot;
mod convert;
mod damage;
mod dialects;
mod diff;
mod explain;
mod extract;
mod genromfs;
mod hostile;
mod in_files;
mod inputs;
mod inspect;
mod json;
mod merge;
mod misuse;
mod names;
mod pack;
mod packed_files;
mod screens;
mod secrets;
mod terminal;
