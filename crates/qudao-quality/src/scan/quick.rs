//! A quick no to the question whether a text is a placeholder.

use qudao_text::PlaceholderList;

/// Tells most texts that are no placeholders by their length and their ends. What it lets pass is asked properly.
///
/// A text matches a word only where the two are alike from their first letter or digit to their last: folding ASCII
/// changes case and white space, and signs around a placeholder are looked through.
#[derive(Debug)]
pub(super) struct QuickNo {
    /// By first and last letter or digit of an ASCII word: a bit for its length between them, up to 63.
    ends: Box<[u64; 128 * 128]>,
    /// The most characters of a word.
    longest: usize,
    /// The most Chinese characters of a word.
    longest_han: usize,
    /// There are no words: a text is missing where it is blank.
    is_empty: bool,
}

fn han(text: &str) -> usize {
    text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count()
}

/// From the first letter or digit to the last; empty where there is none.
fn core(text: &[u8]) -> &[u8] {
    let start = text.iter().position(u8::is_ascii_alphanumeric);
    let end = text.iter().rposition(u8::is_ascii_alphanumeric);
    match (start, end) {
        (Some(start), Some(end)) => text.get(start..=end).unwrap_or_default(),
        _ => &[],
    }
}

/// The place of the ends, and the bit of the length.
fn place(core: &[u8]) -> Option<(usize, u64)> {
    let (first, last) = (core.first()?.to_ascii_lowercase(), core.last()?.to_ascii_lowercase());
    Some((usize::from(first) * 128 + usize::from(last), 1_u64 << core.len().min(63)))
}

impl QuickNo {
    pub(super) fn new(list: &PlaceholderList) -> Self {
        let mut ends = Box::new([0_u64; 128 * 128]);
        let (mut longest, mut longest_han) = (0, 0);
        for word in list.words() {
            longest = longest.max(word.chars().count());
            longest_han = longest_han.max(han(word));
            if word.is_ascii()
                && let Some((at, bit)) = place(core(word.as_bytes()))
                && let Some(slot) = ends.get_mut(at)
            {
                *slot |= bit;
            }
        }
        Self { ends, longest, longest_han, is_empty: longest == 0 }
    }

    /// True when the text is certainly no placeholder, and not blank. False says nothing.
    #[inline]
    pub(super) fn is_value(&self, text: &str) -> bool {
        if self.is_empty && text.as_bytes().first().is_some_and(u8::is_ascii_graphic) {
            return true;
        }
        self.is_any_value(text)
    }

    fn is_any_value(&self, text: &str) -> bool {
        if text.is_ascii() { self.is_ascii_value(text.as_bytes()) } else { self.is_long(text) }
    }

    fn is_ascii_value(&self, text: &[u8]) -> bool {
        let core = core(text);
        // Signs alone may be a placeholder: they have no place.
        let Some((at, bit)) = place(core) else { return false };
        let Some(lengths) = self.ends.get(at) else { return false };
        // White space and control characters within may go when the text is folded, so that it gets shorter.
        if lengths & (bit | (bit - 1)) == 0 {
            return true;
        }
        if core.iter().any(|b| b.is_ascii_whitespace() || b.is_ascii_control()) {
            return core.iter().filter(|b| b.is_ascii_alphanumeric()).count() > self.longest;
        }
        lengths & bit == 0
    }

    /// Folding loses no Chinese character.
    fn is_long(&self, text: &str) -> bool {
        han(text) > self.longest_han
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_passed_over_is_a_value(
            word in prop::sample::select(PlaceholderList::standard().words().map(str::to_owned).collect::<Vec<_>>()),
            before in "[ \\-(<*x]{0,3}", after in "[ .!)>\u{3000}y]{0,3}", upper in any::<bool>(),
            other in "\\PC{0,24}",
        ) {
            let (list, none) = (PlaceholderList::standard(), PlaceholderList::none());
            let (quick, blank) = (QuickNo::new(list), QuickNo::new(&none));
            let word = if upper { word.to_uppercase() } else { word };
            for text in [format!("{before}{word}{after}"), other] {
                if quick.is_value(&text) {
                    prop_assert!(!qudao_text::is_missing(&text, list), "{text:?}");
                }
                if blank.is_value(&text) {
                    prop_assert!(!qudao_text::is_missing(&text, &none), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn ordinary_values_are_passed_over() {
        let quick = QuickNo::new(PlaceholderList::standard());
        for text in [
            "Acme Ltd and Sons of Northern Europe",
            "+8613800138000",
            "li.na@example.com",
            "深圳市华强电子有限公司",
        ] {
            assert!(quick.is_value(text), "{text}");
        }
        for text in ["N/A", "", "  ", "-", "无", "Test"] {
            assert!(!quick.is_value(text), "{text}");
        }
    }
}
