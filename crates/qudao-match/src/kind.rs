//! What a column holds, told by its name and its contents.

use std::collections::BTreeSet;

use qudao_text::fold::is_han;
use serde::{Deserialize, Serialize};

use crate::Comparator;
use crate::names::kind_by_name;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FieldKind {
    /// The number of the row: says nothing.
    Id,
    /// A company's name.
    Company,
    /// A person's name.
    Person,
    /// A given name alone.
    GivenName,
    /// A family name alone.
    FamilyName,
    /// The name of a thing.
    Name,
    /// A unified social credit code or another tax id.
    TaxId,
    /// A phone number.
    Phone,
    /// An e-mail address.
    Email,
    /// A web address or a domain.
    Website,
    /// A postal address.
    Address,
    /// A city.
    City,
    /// A region, province or state.
    Region,
    /// A country.
    Country,
    /// A postal code.
    Postcode,
    /// A date of birth.
    BirthDate,
    /// Another date.
    Date,
    /// One of few values.
    Category,
    /// A number.
    Number,
    /// Other text.
    Text,
}

impl FieldKind {
    /// How values of the kind are compared; none when they are not.
    #[must_use]
    pub fn comparator(self) -> Option<Comparator> {
        Some(match self {
            Self::Company => Comparator::CompanyName,
            Self::Person => Comparator::PersonName,
            Self::GivenName | Self::FamilyName | Self::Name | Self::City => Comparator::Text,
            Self::TaxId | Self::Postcode | Self::Region | Self::Country => Comparator::Exact,
            Self::Phone => Comparator::Phone,
            Self::Email => Comparator::Email,
            Self::Website => Comparator::Domain,
            Self::Address => Comparator::Address,
            Self::BirthDate => Comparator::Date,
            Self::Id | Self::Date | Self::Category | Self::Number | Self::Text => return None,
        })
    }

    pub(crate) fn format(self) -> Option<&'static str> {
        match self {
            Self::TaxId => Some("uscc"),
            _ => None,
        }
    }
}

/// What a column holds: contents that prove it count before the name, the name before contents that only hint.
pub(crate) fn kind_of(column: &str, samples: &[&str]) -> FieldKind {
    let named = kind_by_name(column);
    let share = |test: &dyn Fn(&str) -> bool| percent(samples, test);
    if samples.is_empty() {
        return named.unwrap_or(FieldKind::Text);
    }
    if share(&|s| qudao_text::parse_email(s).is_ok()) >= 70 {
        return FieldKind::Email;
    }
    if share(&|s| qudao_text::parse_uscc(s).is_ok()) >= 70 {
        return FieldKind::TaxId;
    }
    let numeric = share(&|s| s.trim().parse::<f64>().is_ok()) >= 90;
    match named {
        // Names of columns that claim text but hold bare numbers: `name: 17`.
        Some(
            FieldKind::Company | FieldKind::Person | FieldKind::Name | FieldKind::Address | FieldKind::City,
        ) if numeric => {
            return FieldKind::Number;
        }
        Some(FieldKind::Email) if share(&|s| s.contains('@')) < 30 => {}
        Some(FieldKind::Website) if share(&|s| s.contains('.')) < 30 => {}
        Some(FieldKind::TaxId) => return FieldKind::TaxId,
        Some(kind) => return kind,
        None => {}
    }
    by_content(samples, numeric)
}

/// How many of a hundred samples pass a test.
fn percent(samples: &[&str], test: &dyn Fn(&str) -> bool) -> usize {
    let passed = samples.iter().filter(|s| test(s)).count();
    passed.saturating_mul(100).checked_div(samples.len()).unwrap_or(0)
}

fn by_content(samples: &[&str], numeric: bool) -> FieldKind {
    let share = |test: &dyn Fn(&str) -> bool| percent(samples, test);
    let distinct: BTreeSet<&str> = samples.iter().copied().collect();
    let digits = |s: &str| s.chars().filter(char::is_ascii_digit).count();
    if share(&|s| s.starts_with("http://") || s.starts_with("https://") || s.starts_with("www.")) >= 70 {
        return FieldKind::Website;
    }
    let options = qudao_text::DateOptions::default();
    if share(&|s| s.len() >= 8 && qudao_text::parse_date(s, &options).is_ok()) >= 80 {
        return FieldKind::Date;
    }
    let phone_like = |s: &str| {
        let signs = s.chars().all(|c| c.is_ascii_digit() || " +-().()/ext.".contains(c));
        let broken = s.contains(['-', ' ', '(', '+', '/']);
        signs && (7..=15).contains(&digits(s)) && (broken || digits(s) == 11 && s.starts_with('1'))
    };
    if share(&phone_like) >= 80 {
        return FieldKind::Phone;
    }
    if numeric {
        return FieldKind::Number;
    }
    let legal = |s: &str| qudao_text::parse_company(s).legal_form.is_some();
    if share(&legal) >= 40 {
        return FieldKind::Company;
    }
    let address = |s: &str| {
        let chinese = s.chars().any(is_han)
            && s.contains(['路', '街', '道', '巷'])
            && (s.contains('号') || digits(s) > 0);
        chinese || s.bytes().next().is_some_and(|b| b.is_ascii_digit()) && s.split_whitespace().count() >= 3
    };
    if share(&address) >= 60 {
        return FieldKind::Address;
    }
    if samples.len() >= 20 && distinct.len().saturating_mul(5) <= samples.len() {
        return FieldKind::Category;
    }
    FieldKind::Text
}
