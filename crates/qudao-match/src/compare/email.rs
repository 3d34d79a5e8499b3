//! E-mail addresses.

use qudao_text::parse_email;

use super::domain::is_public;
use super::quick::CharSet;
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
    pub(crate) key: String,
    /// Before the at sign, without a tag.
    pub(crate) user: String,
    /// After it.
    pub(crate) domain: String,
    /// The address without its digits.
    letters: String,
    set: CharSet,
}

impl EmailForm {
    /// None for a text that is no address.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let email = parse_email(text).ok()?;
        let user = email.user.to_lowercase();
        let user = user.split('+').next().unwrap_or_default().to_owned();
        let key = email.key();
        let letters = key.chars().filter(|c| !c.is_ascii_digit()).collect();
        let set = CharSet::of(key.chars());
        Some(Self { key, user, domain: email.domain, letters, set })
    }

    /// The mailbox belongs to a role, not to a person.
    pub(crate) fn is_role(&self) -> bool {
        ROLES.binary_search(&self.user.as_str()).is_ok()
    }
}

/// How much two addresses agree: the same; mistyped; the same mailbox elsewhere; the same company.
pub(crate) fn level(a: &EmailForm, b: &EmailForm) -> Level {
    if a.key == b.key {
        return Level::Exact;
    }
    if a.user == b.user && a.domain == b.domain {
        return Level::High;
    }
    if mistyped(a, b) {
        return Level::High;
    }
    if a.user == b.user && a.user.len() >= 5 && !a.is_role() {
        return Level::Medium;
    }
    if a.domain == b.domain && !is_public(&a.domain) {
        return Level::Low;
    }
    Level::Different
}

/// One slip, in a long address two. `1001@qq.com` and `1002@qq.com` are two people: a slip is in a letter.
fn mistyped(a: &EmailForm, b: &EmailForm) -> bool {
    let (short, long) = (a.key.len().min(b.key.len()), a.key.len().max(b.key.len()));
    let slips = if short >= 14 { 2 } else { 1 };
    long <= 128
        && long.saturating_sub(short) <= 4 * slips
        && a.set.fewest_edits(b.set) <= slips
        && a.letters != b.letters
        && super::plain::edits(&a.key, &b.key) <= slips
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
