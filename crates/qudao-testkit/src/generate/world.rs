//! What there is: the things that the files speak of, as they really are.

use chrono::NaiveDateTime;

use super::company::Company;
use super::words::City;

/// A member of the vendor's own staff.
#[derive(Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) roles: &'static str,
    pub(crate) team: String,
    pub(crate) region: String,
    pub(crate) partner: String,
    pub(crate) manager: String,
    pub(crate) territories: String,
    pub(crate) active: bool,
}

/// A partner.
#[derive(Clone)]
pub(crate) struct Partner {
    pub(crate) id: String,
    pub(crate) company: Company,
    pub(crate) kind: &'static str,
    pub(crate) tier: &'static str,
    pub(crate) parent: Option<String>,
    /// How good it is at winning, in per cent.
    pub(crate) skill: usize,
    /// The user who looks after it.
    pub(crate) owner: String,
    pub(crate) duplicate: bool,
}

/// A customer row of the file.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) company: Company,
    /// `project` or `channel`.
    pub(crate) kind: &'static str,
    pub(crate) partner: Option<usize>,
    pub(crate) owner: String,
    pub(crate) created: chrono::NaiveDate,
    /// Its row can be imported, and its deals find a process.
    pub(crate) sound: bool,
}

impl Account {
    pub(crate) fn city(&self) -> &'static City {
        self.company.city
    }
}

/// A stay in a stage.
pub(crate) struct Stay {
    pub(crate) stage: &'static str,
    pub(crate) entered: NaiveDateTime,
    pub(crate) left: Option<NaiveDateTime>,
    pub(crate) reason: String,
}

/// A deal.
pub(crate) struct Deal {
    pub(crate) id: String,
    pub(crate) account: usize,
    pub(crate) partner: Option<usize>,
    pub(crate) product: usize,
    pub(crate) amount: i64,
    pub(crate) actual: Option<i64>,
    pub(crate) stays: Vec<Stay>,
    pub(crate) source: &'static str,
}

impl Deal {
    /// The stay it is in, or ended with.
    pub(crate) fn last(&self) -> Option<&Stay> {
        self.stays.last()
    }

    /// When it began.
    pub(crate) fn began(&self) -> NaiveDateTime {
        self.stays.first().map_or_else(super::clock::end, |s| s.entered)
    }
}

/// Everything.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) users: Vec<User>,
    pub(crate) partners: Vec<Partner>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) deals: Vec<Deal>,
}
