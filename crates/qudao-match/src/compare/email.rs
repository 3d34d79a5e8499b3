//! E-mail addresses.

use qudao_text::parse_email;

use super::domain::is_public;
use super::quick::{CharSet, edits, units};
use crate::Level;

/// Mailboxes of a role, which say nothing about who it is.
const ROLES: &[&str] = &[
    "admin",
    "contact",
    "enquiries",
    "finance",
    "hello",
    "help",
    "hr",
    "info",
    "mail",
    "marketing",
    "office",
    "post",
    "sales",
    "service",
    "services",
    "support",
    "team",
    "webmaster",
];

/// An e-mail address, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EmailForm {
    /// The address in lower case.
    pub(crate) key: Box<str>,
}

impl EmailForm {
    /// None for a text that is no address.
    pub(crate) fn of(text: &str) -> Option<Self> {
        Some(Self { key: parse_email(text).ok()?.key().into() })
    }

    /// Before the at sign, without a tag.
    pub(crate) fn user(&self) -> &str {
        let user = self.key.rsplit_once('@').map_or(&*self.key, |(user, _)| user);
        user.split('+').next().unwrap_or_default()
    }

    /// Behind the at sign.
    pub(crate) fn domain(&self) -> &str {
        self.key.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The mailbox belongs to a role, not to a person.
    pub(crate) fn is_role(&self) -> bool {
        ROLES.binary_search(&self.user()).is_ok()
    }
}

/// How much two addresses agree: the same; mistyped; the same mailbox elsewhere; the same company.
pub(crate) fn level(a: &EmailForm, b: &EmailForm) -> Level {
    if a.key == b.key {
        return Level::Exact;
    }
    let (user_a, user_b) = (a.user(), b.user());
    let (same_user, same_domain) = (user_a == user_b, a.domain() == b.domain());
    if same_user && same_domain || mistyped(a, b) {
        return Level::High;
    }
    if same_user && user_a.len() >= 5 && !a.is_role() {
        return Level::Medium;
    }
    if same_domain && !is_public(a.domain()) {
        return Level::Low;
    }
    Level::Different
}

/// One slip, in a long address two. `1001@qq.com` and `1002@qq.com` are two people: a slip is in a letter.
fn mistyped(a: &EmailForm, b: &EmailForm) -> bool {
    let (short, long) = (a.key.len().min(b.key.len()), a.key.len().max(b.key.len()));
    let slips = if short >= 14 { 2 } else { 1 };
    if long > 128 || long - short > 4 * slips {
        return false;
    }
    let (x, y) = (units(&a.key), units(&b.key));
    CharSet::of(&x).fewest_edits(CharSet::of(&y)) <= slips && edits(&x, &y) <= slips && !same_letters(&x, &y)
}

/// The same but for digits.
fn same_letters(a: &[u16], b: &[u16]) -> bool {
    let letters = |u: &&u16| !(0x30..=0x39).contains(*u);
    a.iter().filter(letters).eq(b.iter().filter(letters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert!(ROLES.is_sorted());
        for (a, b, expected) in [
            ("Li.Lei@Example.com", "li.lei@example.com", Level::Exact),
            ("li.lei+crm@example.com", "li.lei@example.com", Level::High),
            ("lilei@exmaple.com", "lilei@example.com", Level::High),
            ("hanmeimei@example.com", "hanmeimei@gmail.com", Level::Medium),
            ("lilei@example.com", "hanmeimei@example.com", Level::Low),
            ("info@example.com", "info@acme.com", Level::Different),
            ("10012345@qq.com", "10012346@qq.com", Level::Different),
            ("anna@gmail.com", "peter@gmail.com", Level::Different),
        ] {
            let (x, y) = (EmailForm::of(a).unwrap(), EmailForm::of(b).unwrap());
            assert_eq!(level(&x, &y), expected, "{a} | {b}");
            assert_eq!(level(&y, &x), expected, "{b} | {a}");
        }
        assert_eq!(EmailForm::of("none"), None);
    }
}
