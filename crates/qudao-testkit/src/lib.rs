//! Fixtures, generators and checks of the project itself. Not published.

pub mod codegen;
pub mod conformance;
pub mod docs;
pub mod generate;
mod matching_guide;
mod normalisers;
mod rule_reference;
