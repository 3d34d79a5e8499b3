//! What an expression reads, so that a host can load it and a store can watch it.

use std::collections::{BTreeMap, BTreeSet};

use qudao_model::{FieldName, ObjectName};

/// What an expression reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reads {
    /// Fields of the record itself, those it navigates through included.
    pub fields: BTreeSet<FieldName>,
    /// Other records, reached from this one.
    pub navigation: Vec<Navigation>,
    /// Fields whose earlier value is compared by `changed(…)`.
    pub changed: BTreeSet<FieldName>,
    /// It reads `now()` or `today()`.
    pub clock: bool,
    /// The extra variables read, with what is reached through them.
    pub vars: BTreeMap<String, VarReads>,
}

/// What is read through an extra variable that refers to a record.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VarReads {
    /// Fields of the record it refers to.
    pub fields: BTreeSet<FieldName>,
    /// Other records, reached from that one.
    pub navigation: Vec<Navigation>,
}

/// One step to other records, and what is read there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Navigation {
    /// The step.
    pub step: NavStep,
    /// The fields read there.
    pub fields: BTreeSet<FieldName>,
    /// Steps further on.
    pub then: Vec<Navigation>,
}

/// How one record leads to others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum NavStep {
    /// To the record that a reference field points to.
    Parent {
        /// The field that holds the reference.
        field: FieldName,
        /// The object it points to.
        object: ObjectName,
    },
    /// To the records that point here.
    Children {
        /// The name of the list.
        name: FieldName,
        /// The object of the records in it.
        object: ObjectName,
        /// Their field that points here.
        field: FieldName,
    },
}
