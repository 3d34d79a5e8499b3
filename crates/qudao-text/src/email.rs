//! E-mail addresses: the subset of RFC 5321 that mail programs really accept.

use serde::{Deserialize, Serialize};

use crate::Normalised;
use crate::fold::visible;
use crate::host::{HostFault, normalise_host};
use crate::issue::{IssueKind, NormaliseIssue, bounded};
use crate::label;

/// What people copy together with an address.
const LABELS: &[&str] =
    &["电子邮箱", "电子邮件", "電子郵件", "邮箱地址", "邮箱", "郵箱", "邮件", "e-mail", "email", "mail"];

/// The longest local part (RFC 5321 §4.5.3.1.1).
const LONGEST_USER: usize = 64;

/// An e-mail address, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Email {
    /// The part before the at sign, as written.
    pub user: String,
    /// The domain, in lower case.
    pub domain: String,
}

impl Email {
    /// The address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}@{}", self.user, self.domain)
    }

    /// A key for comparison: the user part in lower case too. No provider in practice tells cases apart.
    #[must_use]
    pub fn key(&self) -> String {
        let mut key = String::with_capacity(self.user.len() + self.domain.len() + 1);
        if self.user.is_ascii() {
            key.push_str(&self.user);
            key.make_ascii_lowercase();
        } else {
            key.push_str(&self.user.to_lowercase());
        }
        key.push('@');
        key.push_str(&self.domain);
        key
    }
}

/// Parses an e-mail address. Spaces around it, full-width characters, a label (`邮箱：`), a `mailto:` link with its
/// header fields (RFC 6068), a display name (`Li Lei <lilei@example.com>`), a comment behind it (`… (work)`) and a
/// separator at the end are taken away.
///
/// # Errors
/// `email.no_at`, `email.multiple`, `email.no_user`, `email.user`, `email.user_too_long`, `email.domain`,
/// `email.no_dot`, `text.empty`, `text.too_long`.
///
/// ```
/// let email = qudao_text::parse_email(" Li.Lei＠Example.COM ")?;
/// assert_eq!((email.user.as_str(), email.domain.as_str()), ("Li.Lei", "example.com"));
/// # Ok::<(), qudao_text::NormaliseIssue>(())
/// ```
pub fn parse_email(input: &str) -> Result<Email, NormaliseIssue> {
    let text = visible(bounded(input)?);
    let separators = |c: char| c.is_whitespace() || matches!(c, ';' | ',' | '、' | '。');
    let mut text = label::strip(text.trim().trim_end_matches(separators), LABELS);
    if let Some(open) = text.rfind('<')
        && let Some(close) = text.rfind('>')
    {
        // `Name <address>`: the address is inside, unless the brackets are out of order.
        if let Some(inner) = text.get(open.saturating_add(1)..close)
            && text.get(close.saturating_add(1)..).is_some_and(|rest| rest.trim().is_empty())
            && !text.get(..open).is_some_and(|before| before.contains('@'))
        {
            text = inner.trim();
        }
    }
    let link;
    if let Some((scheme, address)) = text.split_at_checked(7)
        && scheme.eq_ignore_ascii_case("mailto:")
    {
        let address = address.split_once('?').map_or(address, |(address, _)| address);
        link = percent_decoded(address);
        text = link.trim();
    }
    let text = without_comment(text.trim_end_matches(separators));
    let Some((user, domain)) = text.rsplit_once('@') else { return Err(IssueKind::EmailNoAt.into()) };
    if user.contains('@') || user.contains([';', ',', '；', '、']) {
        return Err(IssueKind::EmailMultiple.into());
    }
    let user = user.trim_end();
    if user.is_empty() {
        return Err(IssueKind::EmailNoUser.into());
    }
    if user.len() > LONGEST_USER {
        return Err(NormaliseIssue::new(IssueKind::EmailUserTooLong).with("max", LONGEST_USER));
    }
    if !is_user(user) {
        return Err(IssueKind::EmailUser.into());
    }
    let domain = normalise_host(domain.trim()).map_err(|fault| match fault {
        HostFault::NoDot => IssueKind::EmailNoDot,
        HostFault::Malformed => IssueKind::EmailDomain,
    })?;
    Ok(Email { user: user.to_owned(), domain })
}

/// Normalises an e-mail address: the domain in lower case, everything around it taken away.
///
/// # Errors
/// As [`parse_email`].
pub fn normalise_email(input: &str) -> Result<Normalised, NormaliseIssue> {
    parse_email(input).map(|email| Normalised::new(input, email.address()))
}

/// The characters that `%40` and the like stand for in a link; what stands for none, or for one beyond ASCII, stays.
fn percent_decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let code = after.get(..2).filter(|c| c.bytes().all(|b| b.is_ascii_hexdigit()));
        match code.and_then(|c| u8::from_str_radix(c, 16).ok()).filter(u8::is_ascii) {
            Some(byte) => {
                out.push(char::from(byte));
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push('%');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// `lilei@example.com (work)`, as RFC 5322 §3.2.2 has it.
fn without_comment(text: &str) -> &str {
    match text.strip_suffix(')').and_then(|t| t.rsplit_once('(')) {
        Some((address, comment)) if address.contains('@') && !comment.contains(['@', ')']) => {
            address.trim_end()
        }
        _ => text,
    }
}

/// A dot-atom (RFC 5322 §3.2.3).
fn is_user(user: &str) -> bool {
    user.split('.').all(|atom| {
        !atom.is_empty()
            && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts() {
        for (input, expected) in [
            ("a@b.cn", "a@b.cn"),
            (" a@b.cn\t", "a@b.cn"),
            ("Li.Lei@Example.COM", "Li.Lei@example.com"),
            ("ｌｉｌｅｉ＠ｅｘａｍｐｌｅ．ｃｏｍ", "lilei@example.com"),
            ("a@example。com", "a@example.com"),
            ("mailto:a@example.com", "a@example.com"),
            ("MAILTO: a@example.com", "a@example.com"),
            ("Li Lei <lilei@example.com>", "lilei@example.com"),
            ("\"Lei, Li\" <lilei@example.com>", "lilei@example.com"),
            ("<lilei@example.com>", "lilei@example.com"),
            ("a@example.com;", "a@example.com"),
            ("a@example.com，", "a@example.com"),
            ("a@example.com.", "a@example.com"),
            ("first+tag@sub.example.co.uk", "first+tag@sub.example.co.uk"),
            ("o'brien@example.ie", "o'brien@example.ie"),
            ("12345678@qq.com", "12345678@qq.com"),
            ("a_b-c@x-y.com", "a_b-c@x-y.com"),
            ("a @ example.com", "a@example.com"),
            ("a@\u{200b}example.com", "a@example.com"),
            ("info@公司.中国", "info@公司.中国"),
            ("info@MÜNCHEN.de", "info@münchen.de"),
            ("邮箱：a@example.com", "a@example.com"),
            ("mailto:a@example.com?subject=x@y", "a@example.com"),
            ("mailto:a%25b@example.com", "a%b@example.com"),
            ("mailto:a%zz@example.com", "a%zz@example.com"),
            ("a@example.com (work)", "a@example.com"),
            ("mail@example.com", "mail@example.com"),
        ] {
            let n = normalise_email(input).unwrap_or_else(|e| panic!("{input:?}: {e}"));
            assert_eq!(n.value, expected, "{input:?}");
            assert_eq!(n.changed, input != expected);
        }
    }

    #[test]
    fn refuses() {
        for (input, code) in [
            ("", "text.empty"),
            ("  ", "text.empty"),
            ("lilei", "email.no_at"),
            ("lilei.example.com", "email.no_at"),
            ("@example.com", "email.no_user"),
            ("a@b@example.com", "email.multiple"),
            ("a@example.com;b@example.com", "email.multiple"),
            ("a@example.com, b@example.com", "email.multiple"),
            ("a@", "email.domain"),
            ("a@localhost", "email.no_dot"),
            ("a@example..com", "email.domain"),
            ("a@.example.com", "email.domain"),
            ("a@-example.com", "email.domain"),
            ("a@example-.com", "email.domain"),
            ("a@exa mple.com", "email.domain"),
            ("a@exa_mple.com", "email.domain"),
            ("a@192.168.0.1", "email.domain"),
            ("a@example.c", "email.domain"),
            (".a@example.com", "email.user"),
            ("a.@example.com", "email.user"),
            ("a..b@example.com", "email.user"),
            ("li lei@example.com", "email.user"),
            ("李雷@example.com", "email.user"),
            ("\"a b\"@example.com", "email.user"),
        ] {
            assert_eq!(parse_email(input).unwrap_err().code(), code, "{input:?}");
        }
        assert_eq!(
            parse_email(&format!("{}@example.com", "a".repeat(65))).unwrap_err().code(),
            "email.user_too_long"
        );
        assert_eq!(parse_email(&format!("a@{}.com", "a".repeat(64))).unwrap_err().code(), "email.domain");
        assert_eq!(parse_email(&"a@".repeat(1_000_000)).unwrap_err().code(), "text.too_long");
    }

    #[test]
    fn keys_ignore_case() {
        assert_eq!(parse_email("LiLei@QQ.com").unwrap().key(), parse_email("lilei@qq.COM").unwrap().key());
    }
}
