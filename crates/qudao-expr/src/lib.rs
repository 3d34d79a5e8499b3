//! The rule language: a typed CEL dialect with exact decimals and three-valued logic.
