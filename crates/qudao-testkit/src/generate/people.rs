//! Invented people.

use super::rng::Rng;
use super::words::{FAMILY, GIVEN, PEOPLE_EN};

/// A person.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) name: String,
    /// The name in letters, for addresses.
    pub(crate) user: String,
}

/// A person; with an English name in so many of a thousand cases.
pub(crate) fn person(rng: &mut Rng, english: usize) -> Person {
    if rng.chance(english) {
        let (given, family) = *rng.pick(&PEOPLE_EN);
        let user = format!("{}.{}", given.to_lowercase(), family.to_lowercase());
        return Person { name: format!("{given} {family}"), user };
    }
    let (family, spelt_family) = *rng.pick(&FAMILY);
    let (given, spelt_given) = *rng.pick(&GIVEN);
    Person { name: format!("{family}{given}"), user: format!("{spelt_given}.{spelt_family}") }
}

/// A mobile number of a range that its owner gives out for examples.
pub(crate) fn mobile(rng: &mut Rng) -> String {
    format!("1380013{}", rng.digits(4))
}
