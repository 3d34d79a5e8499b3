//! How much of what matters is filled in.

use qudao_model::{Decimal, Record};
use rust_decimal::RoundingStrategy;

use crate::Completeness;
use crate::check::is_valid;
use crate::quality::Quality;

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
        let score = Decimal::from(filled)
            .checked_div(Decimal::from(weight))
            .map(|s| s.round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero).normalize());
        Completeness { score, filled, weight, missing }
    }
}
