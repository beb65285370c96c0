//! For each cause: put it into believable images at any place, and count what is found.

use super::*;
