//! Features: a value in the form in which it is compared, made once per distinct value.

use chrono::NaiveDate;
use qudao_model::{Decimal, Value};
use qudao_text::{PlaceholderList, is_placeholder};

use crate::Comparator;
use crate::compare::address::AddressForm;
use crate::compare::company::CompanyForm;
use crate::compare::domain::DomainForm;
use crate::compare::email::EmailForm;
use crate::compare::person::PersonForm;
use crate::compare::phone::PhoneForm;
use crate::compare::quick::{hash, units};
use crate::compare::text::TextForm;

/// How many items of a list are compared.
const MAX_ITEMS: usize = 16;

/// A value, ready to be compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Feature {
    Missing,
    Code(CodeForm),
    Text(Box<TextForm>),
    Company(Box<CompanyForm>),
    Person(Box<PersonForm>),
    Address(Box<AddressForm>),
    Phone(PhoneForm),
    Email(EmailForm),
    Domain(DomainForm),
    Number(Decimal),
    Date(NaiveDate),
    /// A list: its best item counts.
    Many(Box<[Feature]>),
}

impl Feature {
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// A number by which equal values are recognised: a name by what distinguishes it (a company's core, a person's names in
    /// either order), anything else by the whole value. 0 for missing values and lists.
    pub(crate) fn term(&self) -> u64 {
        let of = |text: &str| hash(&units(text));
        match self {
            Self::Missing | Self::Many(_) => 0,
            Self::Code(code) => of(&code.key),
            Self::Text(text) => text.hash(),
            Self::Company(company) => company.term(),
            Self::Person(person) => of(&person.sorted),
            Self::Address(address) => address.key,
            Self::Phone(phone) => of(phone.tail()),
            Self::Email(email) => of(&email.key),
            Self::Domain(domain) => of(&domain.domain),
            Self::Number(number) => of(&number.to_string()),
            Self::Date(date) => of(&date.to_string()),
        }
    }
}

/// A value that is the same or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CodeForm {
    /// The folded value.
    pub(crate) key: Box<str>,
    /// It passes the check of its format. A value without a format is valid.
    pub(crate) valid: bool,
}

/// What the format of a field says about its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Format {
    Free,
    Uscc,
    Phone(String),
    Email,
    Url,
}

impl Format {
    /// Reads `uscc`, `phone(CN)`, `email`, `url`; anything else is free.
    pub(crate) fn of(format: Option<&str>) -> Self {
        let text = format.unwrap_or_default().trim();
        let (name, argument) = match text.split_once('(') {
            Some((name, rest)) => (name.trim(), rest.trim_end_matches(')').trim()),
            None => (text, ""),
        };
        match name {
            "uscc" => Self::Uscc,
            "phone" => Self::Phone(argument.to_owned()),
            "email" => Self::Email,
            "url" => Self::Url,
            _ => Self::Free,
        }
    }
}

/// Makes features of one field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Maker {
    pub(crate) comparator: Comparator,
    pub(crate) format: Format,
    /// Texts that count as missing; none: the default list.
    pub(crate) placeholders: Option<PlaceholderList>,
}

impl Maker {
    pub(crate) fn make(&self, value: &Value) -> Feature {
        match value {
            Value::List(items) => {
                let mut features: Vec<Feature> =
                    items.iter().take(MAX_ITEMS).map(|v| self.one(v)).filter(|f| !f.is_missing()).collect();
                match features.len() {
                    0 => Feature::Missing,
                    1 => features.pop().unwrap_or(Feature::Missing),
                    _ => Feature::Many(features.into()),
                }
            }
            one => self.one(one),
        }
    }

    fn one(&self, value: &Value) -> Feature {
        if value.is_blank() {
            return Feature::Missing;
        }
        match (self.comparator, value) {
            (Comparator::Number, v) if v.as_decimal().is_some() => {
                return v.as_decimal().map_or(Feature::Missing, |d| Feature::Number(d.normalize()));
            }
            (Comparator::Date, Value::Date(date)) => return Feature::Date(*date),
            (Comparator::Date, Value::Instant(instant)) => {
                return instant.date_in(chrono_tz::UTC).map_or(Feature::Missing, Feature::Date);
            }
            _ => {}
        }
        match value {
            Value::Text(text) => self.text(text),
            other => self.text(&other.to_string()),
        }
    }

    pub(crate) fn text(&self, text: &str) -> Feature {
        let placeholders = self.placeholders.as_ref().unwrap_or(PlaceholderList::standard());
        if is_placeholder(text, placeholders) {
            return Feature::Missing;
        }
        match self.comparator {
            Comparator::Exact => self.code(text),
            Comparator::Text => TextForm::of(text).map_or(Feature::Missing, |f| Feature::Text(Box::new(f))),
            Comparator::CompanyName => {
                CompanyForm::of(text).map_or(Feature::Missing, |f| Feature::Company(Box::new(f)))
            }
            Comparator::PersonName => {
                PersonForm::of(text).map_or(Feature::Missing, |f| Feature::Person(Box::new(f)))
            }
            Comparator::Address => {
                AddressForm::of(text).map_or(Feature::Missing, |f| Feature::Address(Box::new(f)))
            }
            Comparator::Phone => PhoneForm::of(text, self.region()).map_or(Feature::Missing, Feature::Phone),
            Comparator::Email => EmailForm::of(text).map_or(Feature::Missing, Feature::Email),
            Comparator::Domain => DomainForm::of(text).map_or(Feature::Missing, Feature::Domain),
            Comparator::Number => qudao_text::parse_number(text, &qudao_text::NumberOptions::default())
                .map_or(Feature::Missing, |n| Feature::Number(n.value.normalize())),
            Comparator::Date => qudao_text::parse_date(text, &qudao_text::DateOptions::default())
                .map_or(Feature::Missing, Feature::Date),
        }
    }

    fn region(&self) -> &str {
        match &self.format {
            Format::Phone(region) => region,
            _ => "",
        }
    }

    fn code(&self, text: &str) -> Feature {
        let (key, valid) = match &self.format {
            Format::Uscc => match qudao_text::parse_uscc(text) {
                Ok(code) => (code.value, true),
                Err(_) => (qudao_text::fold_key(text).to_uppercase(), false),
            },
            Format::Phone(region) => match PhoneForm::of(text, region) {
                Some(phone) => (phone.digits().to_owned(), true),
                None => (qudao_text::fold_key(text), false),
            },
            Format::Email => match EmailForm::of(text) {
                Some(email) => (email.key.into(), true),
                None => (qudao_text::fold_key(text), false),
            },
            Format::Url => (qudao_text::fold(text).trim_end_matches('/').to_owned(), true),
            Format::Free => {
                let key = qudao_text::fold_key(text);
                // A value of signs alone is still a value.
                (if key.is_empty() { qudao_text::fold(text) } else { key }, true)
            }
        };
        if key.is_empty() { Feature::Missing } else { Feature::Code(CodeForm { key: key.into(), valid }) }
    }
}
