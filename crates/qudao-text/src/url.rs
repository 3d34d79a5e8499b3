//! Web addresses and the domain as a key.

use crate::Normalised;
use crate::fold::{half_width, is_invisible};
use crate::host::{is_ipv4, normalise_host};
use crate::issue::{IssueKind, NormaliseIssue, bounded};

struct Parts {
    scheme: Option<&'static str>,
    host: String,
    port: Option<u16>,
    rest: String,
}

fn parse(input: &str) -> Result<Parts, NormaliseIssue> {
    let text: String = bounded(input)?.chars().filter(|c| !is_invisible(*c)).map(half_width).collect();
    let text = text.trim();
    if text.contains(char::is_whitespace) {
        return Err(IssueKind::UrlSpace.into());
    }
    let (scheme, after) = match text.split_once("://") {
        Some((s, after)) if s.eq_ignore_ascii_case("http") => (Some("http"), after),
        Some((s, after)) if s.eq_ignore_ascii_case("https") => (Some("https"), after),
        Some((s, _)) if !s.contains(['/', '?', '#', '.']) => return Err(IssueKind::UrlScheme.into()),
        _ => (None, text.strip_prefix("//").unwrap_or(text)),
    };
    let end = after.find(['/', '?', '#', '\\']).unwrap_or(after.len());
    let (authority, rest) = after.split_at_checked(end).unwrap_or((after, ""));
    if authority.contains('@') {
        return Err(IssueKind::UrlCredentials.into());
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, "")) => (host, None),
        Some((host, port)) => match port.parse::<u16>() {
            Ok(port) if authority.matches(':').count() == 1 => (host, Some(port)),
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

/// Normalises a web address: host and scheme in lower case, no default port, no lone slash at the end. A scheme is
/// not invented where none was given; the path stays as written.
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
/// As [`normalise_url`].
///
/// ```
/// assert_eq!(qudao_text::domain_key("http://www.Example.com/about?x=1")?, "example.com");
/// assert_eq!(qudao_text::domain_key("someone@example.com")?, "example.com");
/// # Ok::<(), qudao_text::NormaliseIssue>(())
/// ```
pub fn domain_key(input: &str) -> Result<String, NormaliseIssue> {
    let host = match crate::email::parse_email(input) {
        Ok(email) => email.domain,
        Err(_) => parse(input)?.host,
    };
    let mut key = host.as_str();
    while let Some(rest) = key.strip_prefix("www.").filter(|rest| rest.contains('.')) {
        key = rest;
    }
    Ok(key.to_owned())
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
