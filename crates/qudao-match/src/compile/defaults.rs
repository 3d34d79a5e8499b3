//! What a field is when a rule does not say: its comparator and its weights.

use qudao_model::{FieldDef, FieldType};
use qudao_text::PlaceholderList;

use crate::Comparator;
use crate::feature::{Format, Maker};
use crate::kind::FieldKind;
use crate::names::{is_category, kind_by_name};
use crate::weights::Profile;

pub(crate) fn maker(def: &FieldDef, comparator: Comparator) -> Maker {
    use qudao_model::PlaceholderSpec;
    let placeholders = match &def.spec.placeholders {
        None | Some(PlaceholderSpec::Switch(true)) => None,
        Some(PlaceholderSpec::Switch(false)) => Some(PlaceholderList::none()),
        Some(PlaceholderSpec::Words(words)) => Some(PlaceholderList::new(words)),
    };
    let declared = def.spec.format.as_deref().or(def.spec.normalise.as_deref());
    Maker { comparator, format: Format::of(declared), placeholders }
}

/// The comparator that suits a field when a rule names none.
pub(super) fn default_comparator(object: &str, def: &FieldDef) -> Comparator {
    match def.ty {
        FieldType::Int | FieldType::Decimal | FieldType::Money(_) => return Comparator::Number,
        FieldType::Date | FieldType::Instant => return Comparator::Date,
        FieldType::Text | FieldType::List(_) => {}
        _ => return Comparator::Exact,
    }
    match def.spec.normalise.as_deref() {
        Some("company_name") => return Comparator::CompanyName,
        Some("person_name") => return Comparator::PersonName,
        Some("address") => return Comparator::Address,
        _ => {}
    }
    let declared = def.spec.format.as_deref().or(def.spec.normalise.as_deref());
    match Format::of(declared) {
        Format::Uscc => return Comparator::Exact,
        Format::Phone(_) => return Comparator::Phone,
        Format::Email => return Comparator::Email,
        Format::Url => return Comparator::Domain,
        Format::Free => {}
    }
    match kind_by_name(def.name.as_str()) {
        Some(FieldKind::Name) if def.spec.personal => Comparator::PersonName,
        Some(FieldKind::Name) if matches!(object, "account" | "partner") => Comparator::CompanyName,
        Some(kind) => kind.comparator().unwrap_or(Comparator::Text),
        None => Comparator::Text,
    }
}

pub(super) fn profile(comparator: Comparator, def: &FieldDef) -> Profile {
    let declared = def.spec.format.as_deref().or(def.spec.normalise.as_deref());
    match comparator {
        Comparator::CompanyName => Profile::Company,
        Comparator::PersonName => Profile::Person,
        Comparator::Address => Profile::Address,
        Comparator::Phone => Profile::Phone,
        Comparator::Email => Profile::Email,
        Comparator::Domain => Profile::Domain,
        Comparator::Number => Profile::Number,
        Comparator::Date => Profile::Date,
        Comparator::Text if is_category(def.name.as_str()) => Profile::Category,
        Comparator::Text => Profile::Text,
        Comparator::Exact if def.spec.identity => Profile::Identity,
        Comparator::Exact => match Format::of(declared) {
            Format::Uscc => Profile::Identity,
            Format::Phone(_) => Profile::Phone,
            Format::Email => Profile::Email,
            Format::Url => Profile::Domain,
            Format::Free if matches!(def.ty, FieldType::Choice | FieldType::Bool) => Profile::Category,
            Format::Free if is_category(def.name.as_str()) => Profile::Category,
            Format::Free => Profile::Code,
        },
    }
}

/// Whether values of a type can be compared so.
pub(super) fn fits(comparator: Comparator, ty: &FieldType) -> bool {
    match comparator {
        Comparator::Exact => true,
        Comparator::Number => matches!(
            ty,
            FieldType::Int | FieldType::Decimal | FieldType::Money(_) | FieldType::Text | FieldType::List(_)
        ),
        Comparator::Date => {
            matches!(ty, FieldType::Date | FieldType::Instant | FieldType::Text | FieldType::List(_))
        }
        Comparator::Text => matches!(ty, FieldType::Text | FieldType::Choice | FieldType::List(_)),
        _ => matches!(ty, FieldType::Text | FieldType::List(_)),
    }
}
