//! Hand-worked tables for every metric, and properties that hold for all data.
#![allow(clippy::unwrap_used, clippy::panic, reason = "the set-up of tests fails loudly too")]

mod closings;
mod derived;
mod funnel;
mod leads;
mod maven;
mod open_deals;
mod own;
mod properties;
mod quality;
mod report;
mod world;
