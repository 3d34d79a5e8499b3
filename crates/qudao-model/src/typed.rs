//! Records as Rust structs: what a Rust host works with.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::{Instant, Money, Patch, Record, RecordId, Span, Value};

/// A standard object as a struct. Custom fields ride along in `custom`.
///
/// ```
/// use qudao_model::objects::Account;
/// use qudao_model::{Record, RecordId, Schema, TypedRecord};
///
/// let account = Account { name: Some("Acme".into()), ..Account::default() };
/// let patch = account.to_patch();
/// assert_eq!(patch.set.len(), 1);
///
/// let schema = Schema::standard("CNY");
/// let record = Record::new(schema.object(Account::OBJECT).unwrap().clone(), RecordId::new("a1").unwrap())
///     .with("name", "Acme")
///     .unwrap();
/// assert_eq!(Account::from_record(&record).name.as_deref(), Some("Acme"));
/// ```
pub trait TypedRecord: Sized {
    /// The object's name.
    const OBJECT: &'static str;

    /// Reads a record. Fields beyond the standard ones go into `custom`.
    fn from_record(record: &Record) -> Self;

    /// The values that are given, as a patch for a command.
    fn to_patch(&self) -> Patch;
}

/// A Rust type that a field's value fits.
pub(crate) trait FieldValue: Sized {
    fn from_value(value: &Value) -> Option<Self>;
    fn to_value(&self) -> Value;
}

impl FieldValue for bool {
    fn from_value(value: &Value) -> Option<Self> {
        value.as_bool()
    }
    fn to_value(&self) -> Value {
        Value::Bool(*self)
    }
}

impl FieldValue for i64 {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Int(n) = value { Some(*n) } else { None }
    }
    fn to_value(&self) -> Value {
        Value::Int(*self)
    }
}

impl FieldValue for Decimal {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Decimal(d) = value { Some(*d) } else { None }
    }
    fn to_value(&self) -> Value {
        Value::Decimal(*self)
    }
}

impl FieldValue for Money {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Money(m) = value { Some(m.clone()) } else { None }
    }
    fn to_value(&self) -> Value {
        Value::Money(self.clone())
    }
}

impl FieldValue for String {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Text(t) = value { Some(t.to_string()) } else { None }
    }
    fn to_value(&self) -> Value {
        Value::text(self)
    }
}

impl FieldValue for NaiveDate {
    fn from_value(value: &Value) -> Option<Self> {
        value.as_date()
    }
    fn to_value(&self) -> Value {
        Value::Date(*self)
    }
}

impl FieldValue for Instant {
    fn from_value(value: &Value) -> Option<Self> {
        value.as_instant()
    }
    fn to_value(&self) -> Value {
        Value::Instant(*self)
    }
}

impl FieldValue for Span {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Duration(d) = value { Some(*d) } else { None }
    }
    fn to_value(&self) -> Value {
        Value::Duration(*self)
    }
}

impl FieldValue for RecordId {
    fn from_value(value: &Value) -> Option<Self> {
        value.as_reference().cloned()
    }
    fn to_value(&self) -> Value {
        Value::Reference(self.clone())
    }
}

impl FieldValue for Vec<Value> {
    fn from_value(value: &Value) -> Option<Self> {
        if let Value::List(items) = value { Some(items.to_vec()) } else { None }
    }
    fn to_value(&self) -> Value {
        Value::list(self.iter().cloned())
    }
}

/// Declares the struct of one standard object.
macro_rules! typed_object {
    ($(#[$doc:meta])* $name:ident = $object:literal { $($(#[$field_doc:meta])* $field:ident / $key:literal: $ty:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Default)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Option<$ty>,)*
            /// Values of the company's own fields.
            pub custom: std::collections::BTreeMap<$crate::FieldName, $crate::Value>,
        }

        impl $crate::TypedRecord for $name {
            const OBJECT: &'static str = $object;

            fn from_record(record: &$crate::Record) -> Self {
                let mut out = Self {
                    $($field: <$ty as $crate::typed::FieldValue>::from_value(record.get($key)),)*
                    custom: std::collections::BTreeMap::new(),
                };
                for (name, value) in record.values() {
                    if ![$($key),*].contains(&name.as_str()) {
                        out.custom.insert(name.clone(), value.clone());
                    }
                }
                out
            }

            fn to_patch(&self) -> $crate::Patch {
                let mut patch = $crate::Patch::new();
                $(if let (Some(value), Ok(name)) = (&self.$field, $crate::FieldName::new($key)) {
                    patch.set.insert(name, <$ty as $crate::typed::FieldValue>::to_value(value));
                })*
                patch.set.extend(self.custom.iter().map(|(f, v)| (f.clone(), v.clone())));
                patch
            }
        }
    };
}
pub(crate) use typed_object;
