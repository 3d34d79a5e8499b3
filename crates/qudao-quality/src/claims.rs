//! Values that only one record may hold.

use qudao_model::{ClaimKey, Dataset, Hash, Record, Violation};

use crate::check::Run;
use crate::quality::Quality;
use crate::reference::Suggestions;
use crate::rule::Kind;
use crate::{CheckContext, Claim};

/// Keys longer than this, in bytes, are hashed.
const LONGEST_KEY: usize = 200;

impl Quality {
    /// What a record claims under the unique rules of its object, in the order of the rules. The values are
    /// normalised and folded, so that rule, import and database mean the same by equal. A record in which one of a
    /// rule's fields is missing claims nothing under it.
    ///
    /// Keys with personal values, and long ones, are SHA-256 hashes.
    #[must_use]
    pub fn claims(&self, record: &Record) -> Vec<Claim> {
        let Some(object) = self.object(record.object()) else { return Vec::new() };
        if !object.rules.iter().any(|r| matches!(r.kind, Kind::Unique { .. })) {
            return Vec::new();
        }
        let data = Dataset::new();
        let suggestions = Suggestions::default();
        let seen = self.seen(record);
        let run = Run {
            object,
            suggestions: &suggestions,
            cx: CheckContext::new(&seen, &data, self.zone),
            traced: false,
        };
        let mut claims = Vec::new();
        for rule in &object.rules {
            let Kind::Unique { fields, hashed } = &rule.kind else { continue };
            // A condition that cannot be evaluated claims nothing: checking reports it.
            if !matches!(run.out_of_scope(rule), Ok(None)) {
                continue;
            }
            let parts: Option<Vec<String>> = fields
                .iter()
                .map(|ix| {
                    let field = object.field(*ix)?;
                    let value = seen.at(*ix);
                    (!field.is_missing(value)).then(|| field.folded(value)).filter(|t| !t.is_empty())
                })
                .collect();
            let Some(parts) = parts else { continue };
            // The length before each part keeps `ab, c` and `a, bc` apart.
            let key: String = parts.iter().map(|p| format!("{}:{p};", p.chars().count())).collect();
            let key = if *hashed || key.len() > LONGEST_KEY {
                format!("sha256:{}", Hash::of(key.as_bytes()))
            } else {
                key
            };
            claims.push(Claim {
                rule: rule.id.clone(),
                key: ClaimKey::of(&key),
                fields: rule.fields.clone(),
            });
        }
        claims
    }

    /// The violation of a unique rule: another record holds the claim already.
    #[must_use]
    pub fn unique_violation(&self, claim: &Claim, record: &Record) -> Option<Violation> {
        let object = self.object(record.object())?;
        let rule = object.rules.iter().find(|r| r.id == claim.rule)?;
        let Kind::Unique { fields, .. } = &rule.kind else { return None };
        Some(rule.violation("field.unique", object, fields).record(record.id().clone()))
    }
}
