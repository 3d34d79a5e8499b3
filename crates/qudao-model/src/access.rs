//! Who asks, and for what.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{ActorId, FieldName, ObjectName, RecordId, RoleName};

/// Somebody who acts: a person, or a program. The host vouches for who it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who.
    pub id: ActorId,
    /// The roles held.
    pub roles: BTreeSet<RoleName>,
    /// The partner the person works for; none for the vendor's own people.
    pub partner: Option<RecordId>,
    /// The team.
    pub team: Option<String>,
    /// The territories.
    pub territories: BTreeSet<RecordId>,
}

impl Actor {
    /// An actor without roles.
    #[must_use]
    pub fn new(id: ActorId) -> Self {
        Self { id, roles: BTreeSet::new(), partner: None, team: None, territories: BTreeSet::new() }
    }

    /// Adds a role.
    #[must_use]
    pub fn with_role(mut self, role: RoleName) -> Self {
        self.roles.insert(role);
        self
    }

    /// Sets the partner.
    #[must_use]
    pub fn with_partner(mut self, partner: RecordId) -> Self {
        self.partner = Some(partner);
        self
    }

    /// Sets the team.
    #[must_use]
    pub fn with_team(mut self, team: impl Into<String>) -> Self {
        self.team = Some(team.into());
        self
    }

    /// Adds a territory.
    #[must_use]
    pub fn with_territory(mut self, territory: RecordId) -> Self {
        self.territories.insert(territory);
        self
    }
}

/// The direction of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SortOrder {
    /// Smallest first; missing values last.
    #[default]
    Ascending,
    /// Largest first; missing values last.
    Descending,
}

/// One key of a sort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sort {
    /// The field.
    pub field: FieldName,
    /// The direction.
    pub order: SortOrder,
}

/// Which records to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The object.
    pub object: ObjectName,
    /// A condition in the rule language.
    pub filter: Option<String>,
    /// The order; ties go by id.
    pub sort: Vec<Sort>,
    /// At most this many records.
    pub limit: usize,
    /// Skips this many.
    pub offset: usize,
}

impl Query {
    /// The first 100 records of an object, by id.
    #[must_use]
    pub fn of(object: ObjectName) -> Self {
        Self { object, filter: None, sort: Vec::new(), limit: 100, offset: 0 }
    }

    /// Only records for which the condition holds.
    #[must_use]
    pub fn filter(mut self, condition: impl Into<String>) -> Self {
        self.filter = Some(condition.into());
        self
    }

    /// Sorts by a field, after the keys given before.
    #[must_use]
    pub fn sort(mut self, field: FieldName, order: SortOrder) -> Self {
        self.sort.push(Sort { field, order });
        self
    }

    /// At most this many records.
    #[must_use]
    pub fn page(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Skips this many records.
    #[must_use]
    pub fn skip(mut self, offset: usize) -> Self {
        self.offset = offset;
        self
    }
}
