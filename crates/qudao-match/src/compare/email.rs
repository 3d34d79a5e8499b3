//! E-mail addresses.

use qudao_text::list::{List, listed};
use qudao_text::parse_email;

use super::domain::is_public;
use super::quick::{CharSet, edits};
use crate::Level;
use crate::pack::{Reader, Writer};

/// Mailboxes of a role, which say nothing about who it is. Source: RFC 2142 (info, marketing, sales, support, webmaster), and the
/// everyday ones beside them, by hand.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EmailForm<'a> {
    /// The address in lower case.
    pub(crate) key: &'a [u16],
    /// Before the at sign, without a tag.
    pub(crate) user: &'a [u16],
    /// Behind the at sign.
    pub(crate) domain: &'a [u16],
    set: CharSet,
    /// The mailbox belongs to a role, not to a person.
    pub(crate) role: bool,
    public: bool,
}

const ROLE: u16 = 1;
const PUBLIC: u16 = 2;

impl<'a> EmailForm<'a> {
    /// Lays down an address. Nothing, and false, for a text that is none.
    pub(crate) fn write(text: &str, out: &mut Writer) -> bool {
        let Ok(email) = parse_email(text) else { return false };
        let key = email.key();
        let (user, domain) = key.rsplit_once('@').unwrap_or((&key, ""));
        let user = user.split('+').next().unwrap_or_default();
        let role = listed(List::Mailboxes, ROLES).binary_search(&user).is_ok();
        let length = |text: &str| u16::try_from(text.encode_utf16().count()).unwrap_or(0);
        out.u16(if role { ROLE } else { 0 } | if is_public(domain) { PUBLIC } else { 0 });
        out.u16(length(user));
        out.u16(length(domain));
        let at = out.units.len();
        out.u64(0);
        out.text(&key);
        let set = CharSet::of(out.units.get(at + 5..).unwrap_or_default()).bits();
        let mut head = Writer::default();
        head.u64(set);
        if let Some(slot) = out.units.get_mut(at..at + 4) {
            slot.copy_from_slice(&head.units);
        }
        true
    }

    #[inline]
    pub(crate) fn read(from: &mut Reader<'a>) -> Self {
        let flags = from.u16();
        let (user, domain) = (usize::from(from.u16()), usize::from(from.u16()));
        let set = CharSet::from_bits(from.u64());
        let key = from.run();
        Self {
            key,
            user: key.get(..user).unwrap_or(key),
            domain: key.get(key.len().saturating_sub(domain)..).unwrap_or_default(),
            set,
            role: flags & ROLE != 0,
            public: flags & PUBLIC != 0,
        }
    }
}

impl EmailForm<'_> {
    /// The characters.
    pub(crate) fn set(&self) -> CharSet {
        self.set
    }

    /// The domain is that of a mail service open to everybody.
    pub(crate) fn public(&self) -> bool {
        self.public
    }
}

/// How much two addresses agree: the same; mistyped; the same mailbox elsewhere; the same company.
pub(crate) fn level(a: &EmailForm<'_>, b: &EmailForm<'_>) -> Level {
    if a.key == b.key {
        return Level::Exact;
    }
    let (same_user, same_domain) = (a.user == b.user, a.domain == b.domain);
    if same_user && same_domain || mistyped(a, b) {
        return Level::High;
    }
    if same_user && a.user.len() >= 5 && !a.role {
        return Level::Medium;
    }
    if same_domain && !a.public {
        return Level::Low;
    }
    Level::Different
}

/// One slip, in a long address two. `1001@qq.com` and `1002@qq.com` are two people: a slip is in a letter.
fn mistyped(a: &EmailForm<'_>, b: &EmailForm<'_>) -> bool {
    let (x, y) = (a.key, b.key);
    let (short, long) = (x.len().min(y.len()), x.len().max(y.len()));
    let slips = if short >= 14 { 2 } else { 1 };
    if long > 128 || long - short > slips {
        return false;
    }
    a.set.fewest_edits(b.set) <= slips && edits(x, y) <= slips && !same_letters(x, y)
}

/// The same but for digits.
fn same_letters(a: &[u16], b: &[u16]) -> bool {
    let letters = |u: &&u16| !(0x30..=0x39).contains(*u);
    a.iter().filter(letters).eq(b.iter().filter(letters))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Comparator;
    use crate::compare::tests::level_of;
    use crate::feature::Feature;

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
            assert_eq!(level_of(Comparator::Email, a, b), expected, "{a} | {b}");
        }
        assert!(Feature::of(Comparator::Email, "none").is_missing());
    }
}
