//! Labels that people copy together with a value: `邮箱：`, `Tel:`.

/// Takes a label off the beginning of a half-width text. A colon stands behind it; behind a Chinese one a space will do.
pub(crate) fn strip<'a>(text: &'a str, labels: &[&str]) -> &'a str {
    for label in labels {
        let Some((head, after)) = text.split_at_checked(label.len()) else { continue };
        if !head.eq_ignore_ascii_case(label) {
            continue;
        }
        let bare = after.trim_start();
        let rest = match bare.strip_prefix(':') {
            Some(rest) => rest.trim_start(),
            None if bare.len() < after.len() && !label.is_ascii() => bare,
            None => continue,
        };
        if !rest.is_empty() {
            return rest;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_label_and_nothing_else() {
        let labels = ["e-mail", "邮箱"];
        for (text, rest) in [
            ("邮箱:a", "a"),
            ("邮箱 a", "a"),
            ("E-Mail : a", "a"),
            ("e-mail a", "e-mail a"),
            ("邮箱", "邮箱"),
            ("邮箱:", "邮箱:"),
            ("邮箱a", "邮箱a"),
            ("", ""),
        ] {
            assert_eq!(strip(text, &labels), rest, "{text:?}");
        }
    }
}
