//! Firms of few values, so that rows are alike.

use proptest::prelude::*;
use proptest::sample::select;
use qudao_match::Matching;
use qudao_model::Record;

/// The values of [`FIELDS`].
pub(crate) type Row = [&'static str; 4];
pub(crate) const FIELDS: [&str; 4] = ["name", "phone", "email", "city"];

pub(crate) fn row() -> impl Strategy<Value = Row> {
    let name = select(vec![
        "",
        "Swaniawski Ltd",
        "Swaniawskx Ltd",
        "Swaniawski Trading",
        "Zenith Corp",
        "Zenith Corp Beijing Branch",
        "Acme Inc.",
    ]);
    let phone = select(vec!["", "0755-28780808", "+86 755 2878 0808", "28780808", "010-65529988"]);
    let email = select(vec!["", "info@swaniawski.com", "sales@swaniawski.com"]);
    let city = select(vec!["", "深圳", "北京"]);
    (name, phone, email, city).prop_map(|(n, p, e, c)| [n, p, e, c])
}

pub(crate) fn firm(id: &str, row: &Row) -> Record {
    let values: Vec<(&str, &str)> = FIELDS.into_iter().zip(*row).collect();
    super::account(id, &values)
}

/// The rule for them, with further parts.
pub(crate) fn matching(parts: &str) -> Matching {
    super::compile(&format!(
        "matching:
  account.same:
    block: [[phone], [name.core], [email]]
    compare: {{name: company_name, phone: phone, email: email, city: text}}
    {parts}
"
    ))
    .unwrap()
}
