//! Domains of companies.

use qudao_text::domain_key;

use crate::Level;

/// Mail services open to everybody: their domains say nothing about a company.
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

/// Second labels under which a country's companies register.
const SECOND: &[&str] = &["ac", "co", "com", "edu", "gov", "net", "org"];

/// Whether a domain belongs to a mail service open to everybody.
pub(crate) fn is_public(domain: &str) -> bool {
    PUBLIC.binary_search(&domain).is_ok()
}

/// A domain, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DomainForm {
    /// The domain that a company registers: without `www` and other hosts.
    pub(crate) domain: Box<str>,
}

impl DomainForm {
    /// None for a text that is neither a web nor an e-mail address, and for public mail services.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let host = domain_key(text).ok()?;
        if is_public(&host) {
            return None;
        }
        let labels: Vec<&str> = host.split('.').collect();
        let count = labels.len();
        let country = labels.last().is_some_and(|l| l.len() == 2);
        let second = count.checked_sub(2).and_then(|i| labels.get(i)).is_some_and(|l| SECOND.contains(l));
        let keep = if country && second { 3 } else { 2 };
        let kept: Vec<&str> = labels.iter().skip(count.saturating_sub(keep)).copied().collect();
        let domain = kept.join(".");
        if domain.is_empty() || is_public(&domain) {
            return None;
        }
        Some(Self { domain: domain.into() })
    }

    fn stem(&self) -> &str {
        self.domain.split('.').next().unwrap_or_default()
    }
}

/// The same domain, or the same name under another suffix.
pub(crate) fn level(a: &DomainForm, b: &DomainForm) -> Level {
    if a.domain == b.domain {
        Level::Exact
    } else if a.stem() == b.stem() && a.stem().len() >= 4 {
        Level::High
    } else {
        Level::Different
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let (x, y) = (DomainForm::of(a).unwrap(), DomainForm::of(b).unwrap());
            assert_eq!(level(&x, &y), expected, "{a} | {b}");
            assert_eq!(level(&y, &x), expected, "{b} | {a}");
        }
        assert_eq!(DomainForm::of("someone@qq.com"), None);
        assert_eq!(DomainForm::of("someone@vip.163.com"), None);
        assert_eq!(DomainForm::of("no domain"), None);
    }
}
