//! Validation rules, normalising, completeness.
