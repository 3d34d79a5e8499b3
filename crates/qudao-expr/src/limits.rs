//! Bounds that keep compiling and evaluating near-linear.

/// The longest text, in bytes.
pub(crate) const MAX_TEXT: usize = 64 * 1024;
/// The deepest nesting, of brackets as of the tree. Chains of `&&` and of `||` count as one level.
pub(crate) const MAX_DEPTH: usize = 64;
/// The most tokens. Calls take most, five for two nodes.
pub(crate) const MAX_TOKENS: usize = MAX_NODES / 2 * 5;
/// The most nodes.
pub(crate) const MAX_NODES: usize = 10_000;
/// No more issues than these are reported.
pub(crate) const MAX_ISSUES: usize = 50;
/// The most work of one evaluation: how often something is met, times what it weighs, times the nodes of the
/// expression.
pub(crate) const MAX_WORK: u64 = 4_000_000;
/// The most items that a list holds, those of lists in it included; a text counts by 64 bytes.
pub(crate) const MAX_ITEMS: u64 = 1_000_000;
/// Texts up to this many bytes weigh as much as a number.
pub(crate) const HEAVY_TEXT: usize = 4096;
/// The most patterns of one expression.
pub(crate) const MAX_PATTERNS: usize = 16;
/// The longest pattern, in bytes of its text.
pub(crate) const MAX_PATTERN: usize = 2000;
/// The size limit of one compiled pattern, in bytes.
pub(crate) const PATTERN_BYTES: usize = 256 * 1024;
/// How many patterns of one expression may be that large, and the size limit of those after them.
pub(crate) const LARGE_PATTERNS: usize = 4;
pub(crate) const MORE_PATTERN_BYTES: usize = 64 * 1024;
/// The work of compiling one pattern at evaluation.
pub(crate) const PATTERN_WORK: u64 = 40_000;
