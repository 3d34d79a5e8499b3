//! Hand-worked tables for every metric, and properties that hold for all data.

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
