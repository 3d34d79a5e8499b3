//! Codes of this area.

use super::CodeInfo;

pub(super) const CODES: &[CodeInfo] = &[];
