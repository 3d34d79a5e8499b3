//! The word lists by name, so that a measurement can leave one out and show what it is worth.
//!
//! With the feature `ablation`, which is for measuring only and part of no default and no shipped set of features, the lists named
//! by the environment variable `QUDAO_WITHOUT` (names parted by commas, read once) are empty. Without it each list is the constant
//! that it is.

macro_rules! lists {
    ($($list:ident $name:literal $doc:literal)*) => {
        /// The word lists that can be left out together.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum List {
            $(#[doc = $doc] $list,)*
        }

        impl List {
            /// Every list.
            pub const ALL: &'static [Self] = &[$(Self::$list,)*];

            /// The name by which a list is left out: `legal-forms`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$list => $name,)*
                }
            }
        }
    };
}

lists! {
    LegalForms "legal-forms" "Legal forms of companies, in all scripts."
    Groups "groups" "Words for a group or holding."
    Branches "branches" "Words for branches and offices."
    ChineseTrades "chinese-trades" "Trade words of companies in Chinese."
    LatinTrades "latin-trades" "Trade words of companies in Latin letters."
    GenericNames "generic-names" "Words that are a company's name only together with the trade beside them."
    Remarks "remarks" "Remarks in brackets that are no part of a company's name."
    Divisions "divisions" "Administrative divisions of China, their names in Latin letters, and zones."
    Countries "countries" "Countries, and the states of the United States."
    Titles "titles" "Titles, suffixes and particles of persons' names."
    Surnames "surnames" "Surnames of more than one character."
    People "people" "Frequent family and given names, by which a person is told from a company."
    Nicknames "nicknames" "Short forms of given names."
    AddressWords "address-words" "Words of addresses in Latin letters, with their short forms."
    Placeholders "placeholders" "What people type into a field that they must not leave empty."
    MailServices "mail-services" "Mail services open to everybody."
    Mailboxes "mailboxes" "Mailboxes of a role."
    Domains "domains" "Second labels under which a country's companies register."
    ColumnNames "column-names" "Words by which a column is recognised."
}

/// A list, or nothing where a measurement leaves it out.
///
/// ```
/// use qudao_text::list::{List, listed};
/// assert_eq!(listed(List::LegalForms, &["ltd", "gmbh"][..]), ["ltd", "gmbh"]);
/// ```
#[cfg(not(feature = "ablation"))]
#[inline]
#[must_use]
pub const fn listed<T: ?Sized>(_: List, list: &'static T) -> &'static T {
    list
}

/// A list, or nothing where `QUDAO_WITHOUT` names it.
#[cfg(feature = "ablation")]
#[must_use]
pub fn listed<T: ?Sized>(list: List, words: &'static T) -> &'static T
where
    &'static T: Default,
{
    static LEFT_OUT: std::sync::OnceLock<Vec<List>> = std::sync::OnceLock::new();
    let left_out = LEFT_OUT.get_or_init(|| named(&std::env::var("QUDAO_WITHOUT").unwrap_or_default()));
    if left_out.contains(&list) { <&T>::default() } else { words }
}

/// The lists that a text names, parted by commas. What is no name is none of them.
#[cfg(any(test, feature = "ablation"))]
fn named(names: &str) -> Vec<List> {
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    List::ALL.iter().copied().filter(|list| names.contains(&list.name())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_by_name() {
        assert_eq!(named(""), []);
        assert_eq!(named("titles, legal-forms,other"), [List::LegalForms, List::Titles]);
        let mut names: Vec<&str> = List::ALL.iter().map(|list| list.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), List::ALL.len());
    }
}
