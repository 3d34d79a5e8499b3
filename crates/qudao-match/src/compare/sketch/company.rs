//! Sketches of the names of companies, and of persons among them.

use super::{Bound, Kind, OPEN, OWN, TERM, clash, different, other_script, short};
use crate::Level;
use crate::compare::outline::{Kin, Outline};
use crate::compare::person::PersonForm;

/// What a company's name adds to its sketch.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CompanySketch {
    pub(crate) person: bool,
    pub(crate) company: bool,
    pub(crate) branch: bool,
    pub(crate) scripts: u64,
    /// The province of all places of the name, 1 to 127; 0 where it is not known.
    pub(crate) province: u64,
    /// The trade words: 0 for none.
    pub(crate) trade: u64,
    pub(crate) latin_trade: bool,
    /// A hash of the whole name.
    pub(crate) whole: u64,
}

impl CompanySketch {
    /// Of the name of a person: its family and its given name in the place of trade words, its key in that of the province,
    /// and whether it has other parts.
    pub(crate) fn with_person(self, person: &PersonForm<'_>) -> Self {
        let two = person.sorted.split(|u| *u == 0x20).count() == 2;
        Self {
            trade: short(person.family.units, 12) | short(person.given.units, 12) << 12,
            province: person.sketch() & 127,
            latin_trade: !two,
            ..self
        }
    }

    pub(crate) fn bits(self) -> u64 {
        u64::from(self.person)
            | u64::from(self.company) << 1
            | u64::from(self.branch) << 2
            | self.scripts << 3
            | (self.province & 127) << 5
            | u64::from(self.latin_trade) << 12
            | (self.trade & 0xff_ffff) << 13
            | (self.whole & 31) << 37
    }

    /// Region or trade are certainly not the same, of two names of companies.
    fn opens(self, other: Self) -> bool {
        let trade = (self.trade, self.latin_trade) != (other.trade, other.latin_trade);
        !(self.person || other.person) && (trade || self.province != other.province)
    }

    /// Which names of two persons may be the same.
    fn kin(self, other: Self) -> Kin {
        let parts = |of: Self| (of.trade & 0xfff, of.trade >> 12);
        let ((family_x, given_x), (family_y, given_y)) = (parts(self), parts(other));
        Kin {
            straight: [family_x == family_y, given_x == given_y],
            crossed: [family_x == given_y, given_x == family_y],
        }
    }

    pub(super) fn read(own: u64) -> Self {
        Self {
            person: own & 1 != 0,
            company: own & 2 != 0,
            branch: own & 4 != 0,
            scripts: own >> 3 & 3,
            province: own >> 5 & 127,
            latin_trade: own >> 12 & 1 != 0,
            trade: own >> 13 & 0xff_ffff,
            whole: own >> 37 & 31,
        }
    }
}

pub(super) fn bound(x: u64, y: u64, same: bool) -> Bound {
    let (x, y) = (CompanySketch::read(x), CompanySketch::read(y));
    if x.whole == y.whole { Bound::AtMost(Level::Exact, true) } else { unlike(x, y, same) }
}

/// Two names that are not the same as wholes.
fn unlike(x: CompanySketch, y: CompanySketch, same: bool) -> Bound {
    if x.person && y.person {
        return persons(x, y);
    }
    // Who is both may be either.
    if x.person && !x.company && y.company || x.company && y.person && !y.company {
        return if same { Bound::AtMost(Level::Exact, true) } else { Bound::Different(true) };
    }
    if other_script(x.scripts, y.scripts) {
        return Bound::AtMost(Level::Missing, false);
    }
    let trade = x.trade != 0 && y.trade != 0 && x.latin_trade == y.latin_trade && x.trade & y.trade == 0;
    // Where one is a person, the bits say something else.
    if !(x.person || y.person) && (clash(x.province, y.province) || trade) {
        return different(same);
    }
    let most = match (same, x.opens(y)) {
        (true, false) => Level::Exact,
        (true, true) | (false, false) => Level::High,
        (false, true) => Level::Medium,
    };
    Bound::AtMost(most, same)
}

/// What the outlines of two names leave of what their first words leave open.
pub(crate) fn outlined(kind: Kind, left: [u64; 3], right: [u64; 3], open: Bound) -> Bound {
    let (Kind::Company, Bound::AtMost(..)) = (kind, open) else { return open };
    let outline = |of: [u64; 3]| Outline::from_words([of[1], of[2]]);
    let (of_x, of_y) = (outline(left), outline(right));
    if (left[0] | right[0]) & OPEN != 0 || of_x.words() == [0; 2] || of_y.words() == [0; 2] {
        return open;
    }
    let (x, y) = (CompanySketch::read(left[0] >> OWN), CompanySketch::read(right[0] >> OWN));
    let same = left[0] & TERM == right[0] & TERM;
    let found = if x.whole == y.whole && !of_x.wholes(of_y).0 { unlike(x, y, same) } else { open };
    match found {
        Bound::AtMost(most, _) if x.person && y.person && most < Level::Exact => {
            let level = of_x.of_persons(of_y, x.kin(y)).unwrap_or(most);
            // A single name is the term of both, or it is not.
            if level == Level::Different {
                Bound::Different(false)
            } else {
                Bound::AtMost(level.min(most), false)
            }
        }
        Bound::AtMost(most, false) if !(x.person && y.person) && most > Level::Missing => {
            // The outline of a person's name in letters is none of a company's.
            let firms = !(x.person || y.person);
            let likeness = if firms { of_x.likeness(of_y) } else { of_x.of_characters(of_y) };
            let Some(likeness) = likeness else { return found };
            let level = likeness.of_companies(x.opens(y), !firms || x.trade != 0 || y.trade != 0);
            if level == Level::Different {
                Bound::Different(false)
            } else {
                Bound::AtMost(level.min(most), false)
            }
        }
        _ => found,
    }
}

/// Two names of persons: see [`CompanySketch::with_person`].
fn persons(x: CompanySketch, y: CompanySketch) -> Bound {
    let Kin { straight: [families, givens], crossed: [one, two] } = x.kin(y);
    if families && givens || one && two || x.latin_trade || y.latin_trade || x.province == y.province {
        return Bound::AtMost(Level::Exact, true);
    }
    // Without a family name in common, not more than one of the names may be the same, and the other one mistyped.
    Bound::AtMost(if families || one || two { Level::High } else { Level::Medium }, false)
}
