//! Web addresses and the domain as a key.

use crate::Normalised;
use crate::fold::{half_width, is_invisible};
use crate::host::{is_ipv4, normalise_host};
use crate::issue::{IssueKind, NormaliseIssue, bounded};
use crate::label;

/// What people copy together with an address.
const LABELS: &[&str] =
    &["公司网址", "网址", "網址", "官网", "官網", "网站", "網站", "website", "web", "url", "homepage"];

/// Schemes that are written without strokes and name no web address.
const OTHER_SCHEMES: &[&str] = &[
    "mailto",
    "tel",
    "sms",
    "fax",
    "news",
    "urn",
    "data",
    "file",
    "ftp",
    "javascript",
    "vbscript",
    "about",
    "blob",
];

struct Parts {
    scheme: Option<&'static str>,
    host: String,
    port: Option<u16>,
    rest: String,
}

fn parse(input: &str) -> Result<Parts, NormaliseIssue> {
    let text: String = bounded(input)?.chars().filter(|c| !is_invisible(*c)).map(half_width).collect();
    let text = label::strip(unquoted(without_tail(&text)), LABELS);
    if text.contains(char::is_whitespace) {
        return Err(IssueKind::UrlSpace.into());
    }
    // Before the query, a backslash is a slash (WHATWG URL standard).
    let query = text.find(['?', '#']).unwrap_or(text.len());
    let (path, query) = text.split_at_checked(query).unwrap_or((text, ""));
    let text = path.replace('\\', "/") + query;
    let (scheme, after) = split_scheme(&text)?;
    let end = after.find(['/', '?', '#']).unwrap_or(after.len());
    let (authority, rest) = after.split_at_checked(end).unwrap_or((after, ""));
    if authority.contains('@') {
        return Err(IssueKind::UrlCredentials.into());
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, "")) => (host, None),
        Some((host, port)) => match port.parse::<u16>() {
            Ok(number) if port.bytes().all(|b| b.is_ascii_digit()) && !host.contains(':') => {
                (host, Some(number))
            }
            // `javascript:…`, `mailto:…` and the like: letters where a port would stand.
            _ if scheme.is_none() && !host.contains('.') => return Err(IssueKind::UrlScheme.into()),
            _ => return Err(IssueKind::UrlHost.into()),
        },
        None => (authority, None),
    };
    let host = if is_ipv4(host) {
        host.to_owned()
    } else {
        normalise_host(host).map_err(|_| NormaliseIssue::new(IssueKind::UrlHost))?
    };
    let port = port.filter(|p| !matches!((scheme, p), (Some("http"), 80) | (Some("https"), 443)));
    Ok(Parts { scheme, host, port, rest: rest.to_owned() })
}

/// Without white space around it and separators behind it.
fn without_tail(text: &str) -> &str {
    text.trim().trim_end_matches(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '、' | '。'))
}

/// Without the brackets and quotes of RFC 3986, appendix C.
fn unquoted(text: &str) -> &str {
    for (open, close) in [('<', '>'), ('"', '"'), ('“', '”'), ('《', '》')] {
        if let Some(inner) = text.strip_prefix(open).and_then(|t| t.strip_suffix(close)) {
            return inner.trim();
        }
    }
    text
}

/// The scheme and what follows it. `http:/x`, `http:x` and `http//x` are slips of `http://x`.
fn split_scheme(text: &str) -> Result<(Option<&'static str>, &str), NormaliseIssue> {
    for name in ["https", "http"] {
        let Some((head, rest)) = text.split_at_checked(name.len()) else { continue };
        if !head.eq_ignore_ascii_case(name) {
            continue;
        }
        if let Some(after) = rest.strip_prefix(':') {
            let after = after.strip_prefix("//").or_else(|| after.strip_prefix('/')).unwrap_or(after);
            return Ok((Some(name), after));
        }
        if let Some(after) = rest.strip_prefix("//") {
            return Ok((Some(name), after));
        }
    }
    if let Some((scheme, _)) = text.split_once(':')
        && OTHER_SCHEMES.iter().any(|s| s.eq_ignore_ascii_case(scheme))
    {
        return Err(IssueKind::UrlScheme.into());
    }
    match text.split_once("://") {
        Some((scheme, _)) if !scheme.contains(['/', '?', '#', '.']) => Err(IssueKind::UrlScheme.into()),
        _ => Ok((None, text.strip_prefix("//").unwrap_or(text))),
    }
}

/// Normalises a web address: host and scheme in lower case, no default port, no lone slash at the end. Labels
/// (`网址：`), brackets and quotes around it and separators behind it are taken away; the slips `http:/`, `http:` and
/// `http//` are mended, backslashes turned. A scheme is not invented where none was given; the path stays as written.
///
/// # Errors
/// `url.scheme` for anything but http and https, `url.host`, `url.space`, `url.credentials`, `text.empty`,
/// `text.too_long`.
///
/// ```
/// assert_eq!(qudao_text::normalise_url(" HTTPS://WWW.Example.COM:443/ ")?.value, "https://www.example.com");
/// assert_eq!(qudao_text::normalise_url("javascript:alert(1)").unwrap_err().code(), "url.scheme");
/// # Ok::<(), qudao_text::NormaliseIssue>(())
/// ```
pub fn normalise_url(input: &str) -> Result<Normalised, NormaliseIssue> {
    let parts = parse(input)?;
    let mut value = String::new();
    if let Some(scheme) = parts.scheme {
        value.push_str(scheme);
        value.push_str("://");
    }
    value.push_str(&parts.host);
    if let Some(port) = parts.port {
        value.push(':');
        value.push_str(&port.to_string());
    }
    if parts.rest != "/" {
        value.push_str(&parts.rest);
    }
    Ok(Normalised::new(input, value))
}

/// The domain of a web address or of an e-mail address as a key: lower case, without `www.`.
///
/// # Errors
/// As [`normalise_url`], and `email.multiple` where several e-mail addresses are given.
///
/// ```
/// assert_eq!(qudao_text::domain_key("http://www.Example.com/about?x=1")?, "example.com");
/// assert_eq!(qudao_text::domain_key("someone@example.com")?, "example.com");
/// # Ok::<(), qudao_text::NormaliseIssue>(())
/// ```
pub fn domain_key(input: &str) -> Result<String, NormaliseIssue> {
    // An at sign behind a stroke or a question mark is a part of a web address.
    let path_first =
        input.find(['/', '?', '#', '\\']).is_some_and(|p| input.find('@').is_some_and(|at| p < at));
    let web = if path_first { parse(input).ok() } else { None };
    let host = match web {
        Some(parts) => parts.host,
        None => match crate::email::parse_email(input) {
            Ok(email) => email.domain,
            Err(issue) => match parse(input) {
                Ok(parts) => parts.host,
                Err(_) if issue.kind() == IssueKind::EmailMultiple => return Err(issue),
                Err(web) => return Err(web),
            },
        },
    };
    let mut key = host.as_str();
    while let Some(rest) = key.strip_prefix("www.").filter(|rest| rest.contains('.')) {
        key = rest;
    }
    Ok(key.to_owned())
}

/// Normalises a web or e-mail address to its domain: [`domain_key`], with what was changed.
///
/// # Errors
/// As [`domain_key`].
///
/// ```
/// assert_eq!(qudao_text::normalise_domain("网址：http://www.example.com/about")?.value, "example.com");
/// # Ok::<(), qudao_text::NormaliseIssue>(())
/// ```
pub fn normalise_domain(input: &str) -> Result<Normalised, NormaliseIssue> {
    domain_key(input).map(|key| Normalised::formatted(input, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalises() {
        for (input, expected) in [
            ("example.com", "example.com"),
            ("WWW.Example.COM", "www.example.com"),
            ("http://example.com", "http://example.com"),
            ("HTTP://EXAMPLE.com/Path", "http://example.com/Path"),
            ("https://example.com/", "https://example.com"),
            ("https://example.com/a/", "https://example.com/a/"),
            ("https://example.com:443", "https://example.com"),
            ("http://example.com:80/x", "http://example.com/x"),
            ("http://example.com:8080", "http://example.com:8080"),
            ("example.com:8080/x", "example.com:8080/x"),
            ("https://example.com?q=A", "https://example.com?q=A"),
            ("https://example.com#top", "https://example.com#top"),
            ("//example.com/x", "example.com/x"),
            ("ｗｗｗ．ｅｘａｍｐｌｅ．ｃｏｍ", "www.example.com"),
            ("www。example。com", "www.example.com"),
            ("http://例子.中国", "http://例子.中国"),
            ("http://192.168.0.1/", "http://192.168.0.1"),
            (" www.WalkerHensonandCompton.com ", "www.walkerhensonandcompton.com"),
            ("https://example.com/?u=http://x.y", "https://example.com/?u=http://x.y"),
            ("example.com/a?u=http://x.y", "example.com/a?u=http://x.y"),
        ] {
            let n = normalise_url(input).unwrap_or_else(|e| panic!("{input:?}: {e}"));
            assert_eq!(n.value, expected, "{input:?}");
        }
    }

    #[test]
    fn refuses() {
        for (input, code) in [
            ("", "text.empty"),
            ("ftp://example.com", "url.scheme"),
            ("javascript:alert(1)", "url.scheme"),
            ("JAVASCRIPT://x", "url.scheme"),
            ("data:text/html,x", "url.scheme"),
            ("http://", "url.host"),
            ("example", "url.host"),
            ("http://exa mple.com", "url.space"),
            ("http://user:secret@example.com", "url.credentials"),
            ("http://-x.com", "url.host"),
            ("http://example.com:99999", "url.host"),
            ("http://[::1]/", "url.host"),
            ("/services/images/photo", "url.host"),
        ] {
            assert_eq!(normalise_url(input).unwrap_err().code(), code, "{input:?}");
        }
    }

    #[test]
    fn domains() {
        for (input, expected) in [
            ("http://www.example.com/x", "example.com"),
            ("WWW.EXAMPLE.COM", "example.com"),
            ("example.com:8080", "example.com"),
            ("a@www.example.com", "example.com"),
            ("www.com", "www.com"),
            ("wwwx.example.com", "wwwx.example.com"),
        ] {
            assert_eq!(domain_key(input).unwrap(), expected, "{input:?}");
        }
    }
}
