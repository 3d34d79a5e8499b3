//! Bounds that keep compiling and evaluating near-linear.

/// The longest text, in bytes.
pub(crate) const MAX_TEXT: usize = 64 * 1024;
/// The deepest nesting, of brackets as of the tree. Chains of `&&` and of `||` count as one level.
pub(crate) const MAX_DEPTH: usize = 64;
/// The most nodes.
pub(crate) const MAX_NODES: usize = 10_000;
/// No more issues than these are reported.
pub(crate) const MAX_ISSUES: usize = 50;
/// The most steps of one evaluation.
pub(crate) const MAX_COST: u64 = 2_000_000;
/// The most literal patterns of one expression.
pub(crate) const MAX_PATTERNS: usize = 64;
/// The size limit of one compiled pattern, in bytes.
pub(crate) const PATTERN_BYTES: usize = 256 * 1024;
/// The most steps that compiling one pattern at evaluation costs.
pub(crate) const PATTERN_COST: u64 = 20_000;
