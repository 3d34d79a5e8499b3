//! What a cluster holds of what it must not hold twice. Most rows hold nothing that another could speak against, and that much is known
//! of each distinct value since it was taken apart: values are looked at again only where that does not tell.

use smallvec::SmallVec;

use crate::marks::Marks;
use crate::parallel::Threads;
use crate::rule::MatchingRule;
use crate::table::Table;

/// A row holds no valid value of an identity.
const NONE: u32 = u32::MAX;

/// What the numbers of values tell.
#[derive(Debug, Clone, Default)]
struct Brief {
    /// Some name is that of a person or of a branch. Names of others speak against no name.
    named: bool,
    /// By identity, the number of a valid value.
    identities: SmallVec<[u32; 4]>,
}

impl Brief {
    fn of(rule: &MatchingRule, table: &Table, row: u32) -> Self {
        let marked = |source: usize| table.marked(source, row);
        Self {
            named: rule.names.iter().any(|source| marked(*source).is_some()),
            identities: rule.identities.iter().map(|source| marked(*source).unwrap_or(NONE)).collect(),
        }
    }

    /// For certain nothing in the one forbids what is in the other.
    fn agrees(&self, other: &Self) -> bool {
        let same = |(a, b): (&u32, &u32)| a == b || *a == NONE || *b == NONE;
        !self.named && !other.named && self.identities.iter().zip(&other.identities).all(same)
    }

    /// Takes what one holds that it agrees with, whether or not its numbers tell so: of values that agree one stands for both.
    fn join(&mut self, other: &Self) {
        self.named |= other.named;
        for (one, two) in self.identities.iter_mut().zip(&other.identities) {
            if *one == NONE {
                *one = *two;
            }
        }
    }
}

/// What the rows of a cluster hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    brief: Brief,
    /// The marks of all rows, once somebody had to look.
    marks: Option<Marks>,
}

/// Looks at the marks of rows.
pub(crate) struct Looks<'a> {
    rule: &'a MatchingRule,
    table: &'a Table,
    threads: Threads<'a>,
    buffer: Vec<u16>,
}

impl<'a> Looks<'a> {
    pub(crate) fn new(rule: &'a MatchingRule, table: &'a Table, threads: Threads<'a>) -> Self {
        Self { rule, table, threads, buffer: Vec::new() }
    }

    /// What a row holds.
    pub(crate) fn held(&self, row: u32) -> Held {
        Held { brief: Brief::of(self.rule, self.table, row), marks: None }
    }

    /// Nothing in the rows of the one forbids what is in those of the other. Each row is looked at once, if at all.
    pub(crate) fn agree(
        &mut self,
        (one, rows): (&mut Held, impl Iterator<Item = u32>),
        (two, others): (&mut Held, impl Iterator<Item = u32>),
    ) -> bool {
        one.brief.agrees(&two.brief) || self.marks(one, rows).agrees(self.marks(two, others))
    }

    /// Joins what rows hold that agree.
    pub(crate) fn join(
        &mut self,
        (one, rows): (&mut Held, impl Iterator<Item = u32>),
        (mut two, others): (Held, impl Iterator<Item = u32>),
    ) {
        one.brief.join(&two.brief);
        if one.marks.is_some() || two.marks.is_some() {
            self.marks(one, rows);
            self.marks(&mut two, others);
        }
        if let (Some(marks), Some(more)) = (&mut one.marks, two.marks) {
            marks.join(more);
        }
    }

    fn marks<'h>(&mut self, held: &'h mut Held, rows: impl Iterator<Item = u32>) -> &'h Marks {
        let Self { rule, table, threads, buffer } = self;
        held.marks.get_or_insert_with(|| {
            let mut all = Marks::default();
            threads.each(rows, |row| all.join(Marks::of(rule, table, row as usize, buffer)));
            all
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::columns::Columns;
    use crate::guess_rule;
    use crate::parallel::threads;

    const NAMES: &[&str] = &[
        "",
        "Acme Trading Ltd",
        "Acme Trading Ltd Shenzhen Branch",
        "Acme",
        "Grace Miller",
        "Miller Trading Ltd",
        "深圳市华强电子有限公司",
        "深圳市华强电子有限公司广州分公司",
        "王小明",
        "J. Crew",
    ];
    const CODES: &[&str] =
        &["", "91350100M000100Y43", "9135 0100 M000 100Y 43", "91440300192203821X", "none"];

    /// Every name beside every code.
    fn table() -> (crate::GuessedMatching, Table) {
        let rows: Vec<[&str; 2]> = NAMES.iter().flat_map(|n| CODES.iter().map(|c| [*n, *c])).collect();
        let column = |at: usize| -> Vec<&str> { rows.iter().map(|row| row[at]).collect() };
        let guess = guess_rule(&[("company", &column(0)), ("uscc", &column(1))]);
        let mut columns = Columns::new(guess.columns.iter().map(|c| c.field.clone()).collect());
        rows.iter().for_each(|row| columns.push(row).unwrap());
        let guessed = guess.compile().unwrap();
        let rule = guessed.matching.rule(&guessed.rule).unwrap();
        assert_eq!((rule.names.len(), rule.identities.len()), (1, 1));
        let table = Table::of_columns(rule, columns, threads(Some(1)));
        (guessed, table)
    }

    #[test]
    fn what_is_known_of_values_says_nothing_that_their_marks_do_not() {
        let (guessed, table) = table();
        let rule = guessed.matching.rule(&guessed.rule).unwrap();
        let (mut looks, mut buffer, mut told) =
            (Looks::new(rule, &table, threads(Some(1))), Vec::new(), [0; 3]);
        for left in 0..table.rows as u32 {
            for right in 0..table.rows as u32 {
                let (mut one, mut two) = (looks.held(left), looks.held(right));
                let mut marks = |row: u32| Marks::of(rule, &table, row as usize, &mut buffer);
                let expected = marks(left).agrees(&marks(right));
                let brief = one.brief.agrees(&two.brief);
                assert!(!brief || expected, "{left} {right}");
                let agree = looks.agree((&mut one, [left].into_iter()), (&mut two, [right].into_iter()));
                assert_eq!(agree, expected, "{left} {right}");
                told[if brief { 0 } else { 1 + usize::from(expected) }] += 1;
            }
        }
        assert!(told.iter().all(|count| *count > 100), "{told:?}");
    }

    #[test]
    fn clusters_hold_what_their_rows_do_whenever_they_are_looked_at() {
        let (guessed, table) = table();
        let rule = guessed.matching.rule(&guessed.rule).unwrap();
        let (mut looks, mut buffer) = (Looks::new(rule, &table, threads(Some(1))), Vec::new());
        let rows = table.rows as u32;
        for start in 0..rows {
            let (mut members, mut held) = (vec![start], looks.held(start));
            let mut all = Marks::of(rule, &table, start as usize, &mut buffer);
            for row in (0..rows).map(|step| (start + step * 7) % rows) {
                let marks = Marks::of(rule, &table, row as usize, &mut buffer);
                let mut other = looks.held(row);
                let agree =
                    looks.agree((&mut held, members.iter().copied()), (&mut other, [row].into_iter()));
                assert_eq!(agree, all.agrees(&marks), "{members:?} {row}");
                if agree {
                    looks.join((&mut held, members.iter().copied()), (other, [row].into_iter()));
                    all.join(marks);
                    members.push(row);
                }
            }
            assert!(members.len() > 1);
        }
    }
}
