//! Features: a value in the form in which it is compared, made once per distinct value.

use chrono::NaiveDate;
use qudao_model::{Decimal, Value};
use qudao_text::{PlaceholderList, fold_key, fold_words, is_placeholder};

use crate::Comparator;
use crate::compare::address::AddressForm;
use crate::compare::company::CompanyForm;
use crate::compare::domain::DomainForm;
use crate::compare::email::EmailForm;
use crate::compare::person::PersonForm;
use crate::compare::phone::{self, PhoneForm};
use crate::compare::quick::{hash, units};
use crate::compare::text::TextForm;
use crate::pack::{Reader, Writer};

/// How many items of a list are compared.
const MAX_ITEMS: usize = 16;

/// A value, ready to be compared: a run of units that [`Form::read`] reads. Empty for a missing value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Feature(Box<[u16]>);

impl Feature {
    pub(crate) fn form(&self) -> Form<'_> {
        Form::read(&self.0)
    }

    pub(crate) fn units(&self) -> &[u16] {
        &self.0
    }

    #[cfg(test)]
    pub(crate) fn is_missing(&self) -> bool {
        self.0.is_empty()
    }

    #[cfg(test)]
    pub(crate) fn of(comparator: Comparator, text: &str) -> Self {
        Maker { comparator, format: Format::Free, placeholders: Some(PlaceholderList::none()) }
            .make(&Value::Text(text.into()))
    }
}

/// A value, ready to be compared, as its comparator sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Form<'a> {
    Missing,
    Code(CodeForm<'a>),
    Text(TextForm<'a>),
    Company(CompanyForm<'a>),
    Person(PersonForm<'a>),
    Address(AddressForm<'a>),
    Phone(PhoneForm<'a>),
    Email(EmailForm<'a>),
    Domain(DomainForm<'a>),
    Number(Decimal),
    Date(NaiveDate),
    /// A list: its best item counts.
    Many(Items<'a>),
}

/// What a run begins with.
mod kind {
    pub(super) const CODE: u16 = 1;
    pub(super) const TEXT: u16 = 2;
    pub(super) const COMPANY: u16 = 3;
    pub(super) const PERSON: u16 = 4;
    pub(super) const ADDRESS: u16 = 5;
    pub(super) const PHONE: u16 = 6;
    pub(super) const EMAIL: u16 = 7;
    pub(super) const DOMAIN: u16 = 8;
    pub(super) const NUMBER: u16 = 9;
    pub(super) const DATE: u16 = 10;
    pub(super) const MANY: u16 = 11;
}

impl<'a> Form<'a> {
    #[inline]
    pub(crate) fn read(units: &'a [u16]) -> Self {
        let mut from = Reader(units);
        match from.u16() {
            kind::CODE => Self::Code(CodeForm { valid: from.u16() != 0, key: from.run() }),
            kind::TEXT => Self::Text(TextForm::read(&mut from)),
            kind::COMPANY => Self::Company(CompanyForm::read(&mut from)),
            kind::PERSON => Self::Person(PersonForm::read(&mut from)),
            kind::ADDRESS => Self::Address(AddressForm::read(&mut from)),
            kind::PHONE => Self::Phone(PhoneForm::read(&mut from)),
            kind::EMAIL => Self::Email(EmailForm::read(&mut from)),
            kind::DOMAIN => Self::Domain(DomainForm::read(&mut from)),
            kind::NUMBER => {
                let mut bytes = [0; 16];
                for (pair, unit) in bytes.chunks_exact_mut(2).zip(from.take(8)) {
                    pair.copy_from_slice(&unit.to_le_bytes());
                }
                Self::Number(Decimal::deserialize(bytes))
            }
            kind::DATE => NaiveDate::from_num_days_from_ce_opt(from.u32().cast_signed())
                .map_or(Self::Missing, Self::Date),
            kind::MANY => Self::Many(Items(from.0)),
            _ => Self::Missing,
        }
    }

    /// A number by which equal values are recognised: a name by what distinguishes it (a company's core, a person's names in
    /// either order), anything else by the whole value. 0 for missing values and lists.
    pub(crate) fn term(&self) -> u64 {
        let of = |text: &str| hash(&units(text));
        match self {
            Self::Missing | Self::Many(_) => 0,
            Self::Code(code) => hash(code.key),
            Self::Text(text) => text.hash(),
            Self::Company(company) => company.term(),
            Self::Person(person) => hash(person.sorted),
            Self::Address(address) => address.key,
            Self::Phone(phone) => hash(phone.tail()),
            Self::Email(email) => hash(email.key),
            Self::Domain(domain) => hash(domain.domain),
            Self::Number(number) => of(&number.to_string()),
            Self::Date(date) => of(&date.to_string()),
        }
    }
}

/// The items of a list, one run after the other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Items<'a>(&'a [u16]);

impl<'a> Items<'a> {
    pub(crate) fn items(self) -> impl Iterator<Item = Form<'a>> {
        let mut from = Reader(self.0);
        std::iter::from_fn(move || {
            let run = from.run();
            (!run.is_empty()).then(|| Form::read(run))
        })
    }
}

/// A value that is the same or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CodeForm<'a> {
    /// The folded value.
    pub(crate) key: &'a [u16],
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
        let mut out = Writer::default();
        self.write(value, &mut out);
        Feature(out.units.into())
    }

    /// Lays down the feature of a value; nothing for a missing one.
    pub(crate) fn write(&self, value: &Value, out: &mut Writer) {
        let Value::List(items) = value else {
            self.one(value, out);
            return;
        };
        let mut made: Vec<Vec<u16>> = items
            .iter()
            .take(MAX_ITEMS)
            .map(|item| {
                let mut one = Writer::default();
                self.one(item, &mut one);
                one.units
            })
            .filter(|units| !units.is_empty())
            .collect();
        if made.len() > 1 {
            out.u16(kind::MANY);
            for item in &made {
                out.part(|out| out.units.extend_from_slice(item));
            }
        } else if let Some(item) = made.pop() {
            out.units.extend(item);
        }
    }

    fn one(&self, value: &Value, out: &mut Writer) {
        if value.is_blank() {
            return;
        }
        match (self.comparator, value) {
            (Comparator::Number, v) if v.as_decimal().is_some() => {
                if let Some(number) = v.as_decimal() {
                    write_number(number, out);
                }
            }
            (Comparator::Date, Value::Date(date)) => write_date(*date, out),
            (Comparator::Date, Value::Instant(instant)) => {
                if let Some(date) = instant.date_in(chrono_tz::UTC) {
                    write_date(date, out);
                }
            }
            (_, Value::Text(text)) => self.text(text, out),
            (_, other) => self.text(&other.to_string(), out),
        }
    }

    /// Lays down the feature of a text; nothing for a missing one.
    pub(crate) fn text(&self, text: &str, out: &mut Writer) {
        let placeholders = self.placeholders.as_ref().unwrap_or(PlaceholderList::standard());
        if text.is_empty() || is_placeholder(text, placeholders) {
            return;
        }
        let start = out.units.len();
        let made = match self.comparator {
            Comparator::Exact => {
                out.u16(kind::CODE);
                self.code(text, out)
            }
            Comparator::Text => {
                out.u16(kind::TEXT);
                TextForm::write(fold_words(text).split(' '), out)
            }
            Comparator::CompanyName => {
                out.u16(kind::COMPANY);
                CompanyForm::write(text, out)
            }
            Comparator::PersonName => {
                out.u16(kind::PERSON);
                PersonForm::write(text, out)
            }
            Comparator::Address => {
                out.u16(kind::ADDRESS);
                AddressForm::write(text, out)
            }
            Comparator::Phone => {
                out.u16(kind::PHONE);
                PhoneForm::write(text, self.region(), out)
            }
            Comparator::Email => {
                out.u16(kind::EMAIL);
                EmailForm::write(text, out)
            }
            Comparator::Domain => {
                out.u16(kind::DOMAIN);
                DomainForm::write(text, out)
            }
            Comparator::Number => {
                match qudao_text::parse_number(text, &qudao_text::NumberOptions::default()) {
                    Ok(number) => write_number(number.value, out),
                    Err(_) => return,
                }
                true
            }
            Comparator::Date => {
                match qudao_text::parse_date(text, &qudao_text::DateOptions::default()) {
                    Ok(date) => write_date(date, out),
                    Err(_) => return,
                }
                true
            }
        };
        if !made {
            out.units.truncate(start);
        }
    }

    fn region(&self) -> &str {
        match &self.format {
            Format::Phone(region) => region,
            _ => "",
        }
    }

    fn code(&self, text: &str, out: &mut Writer) -> bool {
        let (key, valid) = match &self.format {
            // Shorter texts are codes of another kind.
            Format::Uscc => match (text.len() >= 18).then(|| qudao_text::parse_uscc(text)) {
                Some(Ok(code)) => (code.value, true),
                _ => (fold_key(text).to_uppercase(), false),
            },
            Format::Phone(region) => match phone::parse(text, region) {
                Some((digits, _)) => (digits, true),
                None => (fold_key(text), false),
            },
            Format::Email => match qudao_text::parse_email(text) {
                Ok(email) => (email.key(), true),
                Err(_) => (fold_key(text), false),
            },
            Format::Url => (qudao_text::fold(text).trim_end_matches('/').to_owned(), true),
            Format::Free => {
                let key = fold_key(text);
                // A value of signs alone is still a value.
                (if key.is_empty() { qudao_text::fold(text) } else { key }, true)
            }
        };
        out.u16(u16::from(valid));
        out.text(&key);
        !key.is_empty()
    }
}

fn write_number(number: Decimal, out: &mut Writer) {
    out.u16(kind::NUMBER);
    for pair in number.normalize().serialize().chunks_exact(2) {
        out.u16(pair.iter().rev().fold(0, |unit, byte| unit << 8 | u16::from(*byte)));
    }
}

fn write_date(date: NaiveDate, out: &mut Writer) {
    use chrono::Datelike as _;
    out.u16(kind::DATE);
    out.u32(date.num_days_from_ce().cast_unsigned());
}
