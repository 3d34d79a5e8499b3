//! What an expression is evaluated on.

use std::fmt;

use qudao_model::{Dataset, Instant, Record, Value};
use serde::{Deserialize, Serialize};

/// The answer of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// A value that it needs is missing.
    Unknown,
}

impl Truth {
    /// True only for [`Truth::True`].
    #[must_use]
    pub fn is_true(self) -> bool {
        self == Self::True
    }

    /// True only for [`Truth::False`].
    #[must_use]
    pub fn is_false(self) -> bool {
        self == Self::False
    }

    /// True only for [`Truth::Unknown`].
    #[must_use]
    pub fn is_unknown(self) -> bool {
        self == Self::Unknown
    }

    /// The name, as traces write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unknown => "unknown",
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl fmt::Display for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What an expression is evaluated on.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The record whose fields are bare identifiers.
    pub record: &'a Record,
    /// The record as it was; `None` when it is new.
    pub before: Option<&'a Record>,
    /// The records that navigation reaches.
    pub data: &'a Dataset,
    /// What `now()` and `today()` answer.
    pub now: Option<Instant>,
    /// The zone in which days begin.
    pub zone: chrono_tz::Tz,
    /// The values of the extra variables, in the order of their declaration. One that is not given is missing.
    pub vars: &'a [Value],
}
