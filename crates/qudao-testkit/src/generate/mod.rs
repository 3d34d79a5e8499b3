//! The example data: a made-up channel business of two years, with the dirt that real data has.
//!
//! Everything follows from one seed, so that the files can be made again and compared. Companies, people and numbers are
//! invented: e-mail domains end in `.example`, tax ids name administrative divisions that do not exist.

mod accounts;
mod clock;
mod company;
mod deals;
mod dirt;
mod encode;
mod files;
mod leads;
mod network;
mod people;
mod rng;
mod sheet;
mod words;
mod world;

pub use encode::Encoding;
pub use files::{SEED, check, folder, generate, write};
pub use sheet::DataFile;
