//! Where a name says that the company is, besides the divisions and countries of [`crate::region`]: a state of the United States in
//! brackets, and whatever stands behind a dash at the end (`Acme Inc. - Kansas City`).

use crate::list::{List, listed};
/// The states of the United States, the district and the territories, by the codes of ISO 3166-2:US, which are those of the postal
/// service (USPS Publication 28, appendix B; public domain).
const STATES: &str = "al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc \
sd tn tx ut vt va wa wv wi wy dc as gu mp pr vi";

/// The code of a state: `US-OH` for `oh`.
pub(super) fn state(word: &str) -> Option<String> {
    let known = word.len() == 2 && listed(List::Countries, STATES).split(' ').any(|state| state == word);
    known.then(|| format!("US-{}", word.to_ascii_uppercase()))
}

/// How many words a place behind a dash has at most.
const WORDS: usize = 3;

/// The name and the place behind a dash at its end. The dash stands between spaces, and behind it nothing but words of letters.
pub(super) fn behind_dash(folded: &str) -> Option<(&str, &str)> {
    let (head, tail) = folded.rsplit_once(" - ")?;
    let (head, tail) = (head.trim(), tail.trim());
    let letters = |word: &str| word.chars().all(|c| c.is_alphabetic() || matches!(c, '.' | '\''));
    let count = tail.split_whitespace().count();
    let is_place = (1..=WORDS).contains(&count) && tail.len() >= 3 && tail.split_whitespace().all(letters);
    (is_place && head.chars().filter(|c| c.is_alphanumeric()).count() >= 2).then_some((head, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_behind_a_dash() {
        assert_eq!(behind_dash("acme inc. - kansas city"), Some(("acme inc.", "kansas city")));
        assert_eq!(behind_dash("acme inc. - st. louis"), Some(("acme inc.", "st. louis")));
        for other in ["acme-kansas city", "acme - 2", "acme -", "- kansas city", "acme - one two three four"]
        {
            assert_eq!(behind_dash(other), None, "{other}");
        }
        assert_eq!(state("oh").as_deref(), Some("US-OH"));
        assert_eq!((state("xx"), state("ohio")), (None, None));
    }
}
