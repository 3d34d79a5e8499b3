//! Host names, shared by e-mail and web addresses.

use unicode_normalization::char::is_combining_mark;

use crate::fold::half_width;

/// Why a host is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostFault {
    NoDot,
    Malformed,
}

/// Normalises a host name: half-width, lower case, the ideographic full stop as a dot, no dot at the end.
/// Letters of any script are accepted with their marks (internationalised
/// names); underscores are not (RFC 1123).
pub(crate) fn normalise_host(text: &str) -> Result<String, HostFault> {
    let mut host = String::with_capacity(text.len());
    if text.is_ascii() {
        host.push_str(text);
        host.make_ascii_lowercase();
    }
    for c in text.chars().filter(|_| !text.is_ascii()) {
        match half_width(c) {
            '。' | '｡' => host.push('.'),
            c if c.is_ascii() => host.push(c.to_ascii_lowercase()),
            c => host.extend(c.to_lowercase()),
        }
    }
    if host.ends_with('.') {
        host.pop();
    }
    if host.is_empty() || host.len() > 253 {
        return Err(HostFault::Malformed);
    }
    if !host.split('.').all(is_label) {
        return Err(HostFault::Malformed);
    }
    let Some((_, top)) = host.rsplit_once('.') else { return Err(HostFault::NoDot) };
    if top.chars().all(|c| c.is_ascii_digit()) || top.chars().count() < 2 {
        return Err(HostFault::Malformed);
    }
    Ok(host)
}

fn is_label(label: &str) -> bool {
    let hyphen = Some(&b'-');
    !label.is_empty()
        && label.len() <= 63
        && label.as_bytes().first() != hyphen
        && label.as_bytes().last() != hyphen
        && !label.starts_with(is_combining_mark)
        && label.chars().all(|c| {
            c == '-'
                || c.is_ascii_alphanumeric()
                || (!c.is_ascii()
                    && (c.is_alphanumeric() || is_combining_mark(c))
                    && c.to_lowercase().eq([c]))
        })
}

/// Whether a host is an IPv4 address in dotted decimals.
pub(crate) fn is_ipv4(host: &str) -> bool {
    host.parse::<std::net::Ipv4Addr>().is_ok()
}
