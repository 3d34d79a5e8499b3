//! What a cluster must not hold twice.

use std::collections::BTreeSet;

use crate::compare::quick::hash;
use crate::feature::Form;
use crate::rule::MatchingRule;
use crate::table::Table;

/// So many marks are kept in a row; more of them in a tree, so that a cluster of very many names grows in time.
const FEW: usize = 32;

/// Something of which a cluster holds one. The number is the position of an identity, or of a compared company name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// A valid value of an identity field.
    Identity(usize),
    /// A branch; an empty one stands for the company itself.
    Branch(usize),
    /// The name of a person.
    Person(usize),
    /// The core of a name that is certainly a company's.
    Company(usize),
}

/// What a cluster holds of what it must not hold twice: hashes of values, by what they are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Marks {
    /// Sorted. Empty when there are many.
    few: Vec<(Mark, u64)>,
    many: BTreeSet<(Mark, u64)>,
}

impl Marks {
    /// Of a row, whose values are read into a buffer.
    pub(crate) fn of(rule: &MatchingRule, table: &Table, row: usize, buffer: &mut Vec<u16>) -> Self {
        let mut marks = Vec::new();
        for (at, source) in rule.identities.iter().enumerate() {
            if let Form::Code(code) = table.form(*source, row, buffer)
                && code.valid
            {
                marks.push((Mark::Identity(at), hash(code.key)));
            }
        }
        for (at, source) in rule.names.iter().enumerate() {
            if let Form::Company(company) = table.form(*source, row, buffer) {
                marks.push((Mark::Branch(at), hash(company.branch)));
                if company.is_person() {
                    marks.push((Mark::Person(at), company.core.hash()));
                } else if company.is_company() {
                    marks.push((Mark::Company(at), company.core.hash()));
                }
            }
        }
        marks.sort_unstable();
        marks.dedup();
        Self { few: marks, many: BTreeSet::new() }
    }

    /// Whether a value bears a mark that another one may speak against: a valid code, the name of a person, or of a branch. That of a
    /// company speaks against nothing but the latter two.
    pub(crate) fn bears(value: &Form<'_>) -> bool {
        match value {
            Form::Code(code) => code.valid,
            Form::Company(company) => company.is_person() || !company.branch.is_empty(),
            _ => false,
        }
    }

    fn len(&self) -> usize {
        self.few.len() + self.many.len()
    }

    /// The values of a mark, in order.
    fn all(&self, mark: Mark) -> impl Iterator<Item = u64> {
        let start = self.few.partition_point(|(m, _)| *m < mark);
        let end = self.few.partition_point(|(m, _)| *m <= mark);
        let few = self.few.get(start..end).unwrap_or_default();
        few.iter().chain(self.many.range((mark, 0)..=(mark, u64::MAX))).map(|(_, value)| *value)
    }

    /// The first kind of mark, and the next one after another.
    fn after(&self, mark: Option<Mark>) -> Option<Mark> {
        let start = mark.map_or(0, |mark| self.few.partition_point(|(m, _)| *m <= mark));
        let few = self.few.get(start).map(|m| m.0);
        few.or_else(|| match mark {
            None => self.many.first().map(|m| m.0),
            Some(mark) => {
                use std::ops::Bound::{Excluded, Unbounded};
                self.many.range((Excluded((mark, u64::MAX)), Unbounded)).next().map(|m| m.0)
            }
        })
    }

    /// Nothing in the one forbids what is in the other.
    pub(crate) fn agrees(&self, other: &Self) -> bool {
        let mut next = self.after(None);
        while let Some(mark) = next {
            let against = match mark {
                // The name of a person beside that of a company is the same one.
                Mark::Person(at) => Mark::Company(at),
                Mark::Company(at) => Mark::Person(at),
                mark => mark,
            };
            let mut theirs = other.all(against).peekable();
            if theirs.peek().is_some() && !self.all(mark).eq(theirs) {
                return false;
            }
            next = self.after(Some(mark));
        }
        true
    }

    /// Takes what the other holds.
    pub(crate) fn join(&mut self, mut other: Self) {
        if other.len() > self.len() {
            std::mem::swap(self, &mut other);
        }
        for mark in other.few.into_iter().chain(other.many) {
            if !self.many.is_empty() {
                self.many.insert(mark);
            } else if let Err(place) = self.few.binary_search(&mark) {
                self.few.insert(place, mark);
                if self.few.len() > FEW {
                    self.many = std::mem::take(&mut self.few).into_iter().collect();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(all: &[(Mark, u64)]) -> Marks {
        let mut out = Marks::default();
        for mark in all {
            out.join(Marks { few: vec![*mark], many: BTreeSet::new() });
        }
        out
    }

    #[test]
    fn many_marks_agree_as_few_do() {
        let companies: Vec<(Mark, u64)> = (0..100).map(|n| (Mark::Company(0), n * 7 % 100)).collect();
        let mut large = marks(&companies);
        assert_eq!((large.few.len(), large.many.len()), (0, 100));
        large.join(marks(&[(Mark::Identity(0), 5), (Mark::Branch(0), 1)]));
        assert!(large.all(Mark::Company(0)).eq(0..100));
        let agrees = |other: &[(Mark, u64)]| {
            let other = marks(other);
            assert_eq!(large.agrees(&other), other.agrees(&large));
            large.agrees(&other)
        };
        // Company names do not speak against each other; a person's does.
        assert!(agrees(&[(Mark::Company(0), 1000), (Mark::Identity(0), 5)]));
        assert!(!agrees(&[(Mark::Person(0), 3)]));
        assert!(agrees(&[(Mark::Person(1), 3), (Mark::Branch(0), 1)]));
        assert!(!agrees(&[(Mark::Branch(0), 2)]));
        assert!(!agrees(&[(Mark::Identity(0), 6)]));
        assert!(agrees(&[]) && Marks::default().agrees(&large));
        // All the names of a person as a company has them are the same names.
        let persons: Vec<(Mark, u64)> = (0..100).map(|n| (Mark::Person(0), n)).collect();
        assert!(agrees(&persons));
        assert!(!agrees(&persons[1..]));
    }

    #[test]
    fn the_smaller_goes_into_the_larger() {
        let all: Vec<(Mark, u64)> = (0..90).map(|n| (Mark::Company(n % 2), n as u64 % 45)).collect();
        let (mut one, mut two) = (marks(&all[..10]), marks(&all[10..]));
        let (other, another) = (one.clone(), two.clone());
        one.join(another);
        two.join(other);
        for mark in [Mark::Company(0), Mark::Company(1)] {
            assert!(one.all(mark).eq(two.all(mark)));
            assert_eq!(one.all(mark).count(), 45);
        }
        assert_eq!(one.len(), 90);
    }
}
