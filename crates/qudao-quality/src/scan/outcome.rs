//! What one rule says over all rows.

use qudao_model::Severity;
use qudao_model::columns::Bitmap;

use crate::RuleSummary;

/// A rule that a row does not meet, in a few bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Failure {
    /// The 0-based row.
    pub row: u32,
    /// The 0-based place of the rule in [`Quality::rules`](crate::Quality::rules).
    pub rule: u32,
}

/// How one rule came out over all rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleScan {
    pub(super) failed: Bitmap,
    pub(super) summary: RuleSummary,
}

impl RuleScan {
    /// From the rows to which the rule applies, those of them in which it cannot be told, and those in which it fails.
    pub(super) fn of(severity: Severity, applies: &Bitmap, unknown: &Bitmap, failed: Bitmap) -> Self {
        let (applied, unknown) = (applies.count(), applies.clone().and(unknown).and_not(&failed).count());
        let summary = RuleSummary {
            severity,
            checked: applied.saturating_sub(unknown),
            failed: failed.count(),
            unknown,
            skipped: applies.len().saturating_sub(applied),
        };
        Self { failed, summary }
    }

    /// Adds what the rule says over the rows that follow.
    pub(super) fn append(&mut self, next: &Self) {
        self.failed.append(&next.failed);
        let (all, more) = (&mut self.summary, &next.summary);
        all.checked = all.checked.saturating_add(more.checked);
        all.failed = all.failed.saturating_add(more.failed);
        all.unknown = all.unknown.saturating_add(more.unknown);
        all.skipped = all.skipped.saturating_add(more.skipped);
    }

    /// The rows that do not meet the rule, ascending.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.failed.ones()
    }

    /// The counts.
    #[must_use]
    pub fn summary(&self) -> &RuleSummary {
        &self.summary
    }
}
