//! The findings of a scan, in words.

use std::collections::BTreeMap;

use qudao_model::{ClaimKey, Dataset, Record, Violation};

use super::whole::{Scan, ScanWhole};
use crate::check::Run;
use crate::quality::Quality;
use crate::reference::Suggestions;
use crate::rule::Kind;
use crate::table::repeated;
use crate::{CheckContext, QualityError, RowViolation, TableReport};

impl Quality {
    /// The findings of a scan in words, the same as [`Quality::validate_table`] gives. Only the rows that have findings
    /// are looked at. `data` holds the records that rules navigate to, as for a table of records.
    ///
    /// # Errors
    /// [`QualityError::Columns`] for a row whose id is none.
    pub fn scan_report(
        &self,
        whole: &ScanWhole,
        scan: &Scan,
        data: &Dataset,
    ) -> Result<TableReport, QualityError> {
        let object = whole.object();
        let suggestions = Suggestions::default();
        let mut rows = Vec::with_capacity(scan.failures.len());
        let groups = self.groups(whole, scan)?;
        for failures in scan.failures.chunk_by(|a, b| a.row == b.row) {
            let Some(row) = failures.first().map(|f| f.row as usize) else { continue };
            let record = whole.record(row)?;
            let seen = self.seen(&record);
            let mut cx = CheckContext::new(&seen, data, whole.zone());
            cx.now = whole.now();
            let run = Run { object, suggestions: &suggestions, cx, traced: false };
            for failure in failures {
                let at = failure.rule as usize;
                let Some(rule) = object.rules.get(at) else { continue };
                let violations: Vec<Violation> = match run.rule(rule) {
                    Ok(Some(answer)) => answer.violations,
                    Ok(None) => {
                        let others = groups.get(&at).and_then(|g| g.others(row));
                        others.map_or_else(Vec::new, |others| repeated(rule, object, &record, row, others))
                    }
                    Err(error) => vec![run.error(rule, &error)],
                };
                rows.extend(violations.into_iter().map(|violation| RowViolation { row, violation }));
            }
        }
        let summary = object.rules.iter().map(|r| r.id.clone()).zip(scan.summary.iter().copied()).collect();
        Ok(TableReport { rows, summary, ok: scan.ok })
    }

    /// For each unique rule that fails somewhere, which rows hold the same key. All rows of a repeated key fail, so that
    /// the failing rows are enough.
    fn groups(&self, whole: &ScanWhole, scan: &Scan) -> Result<BTreeMap<usize, Group>, QualityError> {
        let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
        for failure in &scan.failures {
            let at = failure.rule as usize;
            let Some(rule) = whole.object().rules.get(at).filter(|r| matches!(r.kind, Kind::Unique { .. }))
            else {
                continue;
            };
            let row = failure.row as usize;
            let record: Record = whole.record(row)?;
            let claim = self.claims(&record).into_iter().find(|c| c.rule == rule.id);
            if let Some(claim) = claim {
                let group = groups.entry(at).or_default();
                group.rows.entry(claim.key.clone()).or_default().push(row);
                group.keys.insert(row, claim.key);
            }
        }
        Ok(groups)
    }
}

#[derive(Debug, Default)]
struct Group {
    rows: BTreeMap<ClaimKey, Vec<usize>>,
    keys: BTreeMap<usize, ClaimKey>,
}

impl Group {
    fn others(&self, row: usize) -> Option<&[usize]> {
        self.rows.get(self.keys.get(&row)?).map(Vec::as_slice)
    }
}
