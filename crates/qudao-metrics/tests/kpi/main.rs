//! Hand-worked tables for every metric, and properties that hold for all data.

mod closings;
mod funnel;
mod leads;
mod maven;
mod open_deals;
mod properties;
mod quality;
mod report;
mod world;
