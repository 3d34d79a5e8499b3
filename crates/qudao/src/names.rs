//! The names of standard objects that the engine itself speaks of.

use qudao_model::{IdError, ObjectName};

/// Standard objects by their role in the engine.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    pub(crate) lead: ObjectName,
    pub(crate) account: ObjectName,
    pub(crate) contact: ObjectName,
    pub(crate) opportunity: ObjectName,
    pub(crate) user: ObjectName,
}

impl Names {
    pub(crate) fn new() -> Result<Self, IdError> {
        Ok(Self {
            lead: ObjectName::new("lead")?,
            account: ObjectName::new("account")?,
            contact: ObjectName::new("contact")?,
            opportunity: ObjectName::new("opportunity")?,
            user: ObjectName::new("user")?,
        })
    }
}
