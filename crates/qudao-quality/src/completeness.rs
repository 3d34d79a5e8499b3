//! How much of what matters is filled in.

use qudao_model::{Decimal, ObjectName, Record};
use rust_decimal::RoundingStrategy;

use crate::check::is_valid;
use crate::quality::Quality;
use crate::{Completeness, FieldCompleteness, QualityError, TableCompleteness};

/// A share to 4 decimals; none of nothing.
fn share(part: u64, whole: u64) -> Option<Decimal> {
    let share = Decimal::from(part).checked_div(Decimal::from(whole))?;
    Some(share.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero).normalize())
}

impl Quality {
    /// The completeness of a record: the weight of the fields that are filled and valid over the weight of all that
    /// count. Placeholders are not filled; zero and false are. A value is valid when it meets the format, length,
    /// range, choice and pattern rules that always apply to its field, those of severity info aside.
    ///
    /// The weights come from the Blueprint's section `completeness`, else from the fields. Where neither gives any
    /// for an object, every field that people enter counts 1; the fields that every object has do not count.
    #[must_use]
    pub fn completeness(&self, record: &Record) -> Completeness {
        let (mut filled, mut weight, mut missing) = (0_u64, 0_u64, Vec::new());
        if let Some(object) = self.object(record.object()) {
            for field in object.fields.iter().filter(|f| f.weight > 0) {
                let value = record.at(field.ix);
                weight = weight.saturating_add(u64::from(field.weight));
                if !field.is_missing(value) && is_valid(object, field.ix, value) {
                    filled = filled.saturating_add(u64::from(field.weight));
                } else {
                    missing.push(field.name.clone());
                }
            }
        }
        Completeness { score: share(filled, weight), filled, weight, missing }
    }

    /// The completeness of a table: the score of all its records together, which weighs each record alike, how often each
    /// field is missing, and every record on its own, as by [`Quality::completeness`].
    ///
    /// # Errors
    /// [`QualityError`] when the object is unknown or a row belongs to another.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use qudao_model::{ObjectName, Record, RecordId, Schema};
    /// use qudao_quality::{Quality, QualitySpec};
    ///
    /// let spec: QualitySpec = serde_json::from_str(r#"{"completeness": {"account": {"name": 3, "phone": 1}}}"#)?;
    /// let schema = Arc::new(Schema::standard("CNY"));
    /// let quality = Quality::compile(&spec, &schema, chrono_tz::UTC).map_err(|lints| format!("{lints:?}"))?;
    /// let account = schema.object("account").ok_or("no account")?;
    /// let rows = [
    ///     Record::new(account.clone(), RecordId::new("a1")?).with("name", "华为")?.with("phone", "无")?,
    ///     Record::new(account.clone(), RecordId::new("a2")?).with("name", "Acme")?.with("phone", "010-62782266")?,
    /// ];
    /// let table = quality.table_completeness(&ObjectName::new("account")?, &rows)?;
    /// assert_eq!(table.score.map(|s| s.to_string()).as_deref(), Some("0.875"));
    /// assert_eq!(table.complete, 1);
    /// assert_eq!((table.fields[1].field.as_str(), table.fields[1].missing), ("phone", 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn table_completeness(
        &self,
        object: &ObjectName,
        records: &[Record],
    ) -> Result<TableCompleteness, QualityError> {
        let known =
            self.object(object).ok_or_else(|| QualityError::UnknownObject { object: object.to_string() })?;
        if let Some(row) = records.iter().position(|r| r.object() != object) {
            return Err(QualityError::WrongObject { object: object.clone(), row });
        }
        let mut table = TableCompleteness::default();
        for record in records {
            let one = self.completeness(record);
            table.filled = table.filled.saturating_add(one.filled);
            table.weight = table.weight.saturating_add(one.weight);
            table.complete = table.complete.saturating_add(usize::from(one.missing.is_empty()));
            table.records.push(one);
        }
        table.score = share(table.filled, table.weight);
        let rows = u64::try_from(records.len()).unwrap_or(u64::MAX);
        for field in known.fields.iter().filter(|f| f.weight > 0) {
            let missing = table.records.iter().filter(|r| r.missing.contains(&field.name)).count();
            let present = rows.saturating_sub(u64::try_from(missing).unwrap_or(u64::MAX));
            let (field, weight) = (field.name.clone(), field.weight);
            table.fields.push(FieldCompleteness { field, weight, missing, score: share(present, rows) });
        }
        Ok(table)
    }
}
