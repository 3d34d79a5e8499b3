//! Placeholders: what people type into a field that they must not leave empty.
//!
//! The lists are written by hand and taken from no other list.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::fold::{each_plain, fold, is_invisible};
use crate::list::{List, listed};

/// English words and phrases, folded.
const ENGLISH: &[&str] = &[
    "n/a",
    "n / a",
    "n.a.",
    "n.a",
    "n\\a",
    "na",
    "#n/a",
    "nil",
    "none",
    "null",
    "(null)",
    "nan",
    "undefined",
    "unknown",
    "not known",
    "unspecified",
    "not specified",
    "not applicable",
    "not available",
    "not provided",
    "not set",
    "no data",
    "no value",
    "no answer",
    "empty",
    "blank",
    "missing",
    "test",
    "tests",
    "testing",
    "test test",
    "test1",
    "test123",
    "tester",
    "tbd",
    "tba",
    "tbc",
    "to be determined",
    "to be defined",
    "to be announced",
    "to be confirmed",
    "select",
    "select one",
    "select an option",
    "select...",
    "please select",
    "please choose",
    "choose",
    "choose one",
    "pick one",
    "default",
    "default value",
    "dummy",
    "sample",
    "placeholder",
    "foo",
    "bar",
    "foobar",
    "asdf",
    "asdfgh",
    "asdfasdf",
    "qwerty",
    "qwer",
    "abc",
    "abcd",
    "aaa",
    "aaaa",
    "xx",
    "xxx",
    "xxxx",
    "xxxxx",
    "xyz",
    "lorem ipsum",
    "no name",
    "noname",
    "anonymous",
];

/// Chinese words and phrases, folded.
const CHINESE: &[&str] = &[
    "无",
    "暂无",
    "没有",
    "暂时没有",
    "暂无数据",
    "无数据",
    "不详",
    "未详",
    "未知",
    "不知道",
    "不清楚",
    "不明",
    "待定",
    "待补",
    "待补充",
    "待完善",
    "待确认",
    "待填",
    "待填写",
    "待录入",
    "待更新",
    "未填",
    "未填写",
    "未录入",
    "未提供",
    "未选择",
    "未设置",
    "未定",
    "空",
    "空白",
    "为空",
    "测试",
    "测试数据",
    "测试用",
    "测试测试",
    "请选择",
    "请选择一项",
    "选择",
    "请填写",
    "请输入",
    "默认",
    "默认值",
    "占位",
    "占位符",
    "不适用",
    "不祥",
    "略",
    "同上",
    "某某",
    "某某某",
    "未命名",
    "匿名",
    "查无",
    "其它无",
    "没填",
    "不填",
];

/// Signs, folded.
const SIGNS: &[&str] = &[
    "-", "--", "---", "----", "-----", ".", "..", "...", "....", "?", "??", "???", "/", "//", "\\", "*",
    "**", "***", "_", "__", "___", "#", "##", "###", "~", "~~", "!", "!!", "!!!", ",", ";", ":", "'", "\"",
    "\"\"", "''", "()", "[]", "{}", "<>", "·", "x",
];

/// A list of placeholders, folded.
///
/// ```
/// use qudao_text::{is_placeholder, PlaceholderList};
/// let list = PlaceholderList::default();
/// assert!(is_placeholder(" Ｎ／Ａ ", &list));
/// assert!(is_placeholder("--请选择--", &list));
/// assert!(!is_placeholder("无锡", &list));
/// assert!(!is_placeholder("0", &list));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceholderList {
    entries: BTreeSet<String>,
    longest: usize,
    /// By first byte: the lengths of the entries that begin with it, as bits; the last bit for longer ones.
    lengths: Vec<u64>,
    /// The characters beyond ASCII with which entries begin.
    starts: BTreeSet<char>,
}

/// What is looked through around a placeholder.
const AROUND: &str = "-_.*:;,!?~()[]{}<>\"'/\\";

impl PlaceholderList {
    /// Certain of a text of ASCII and simplified Chinese whose first letter and, in ASCII, length no entry has.
    fn is_none_of_them(&self, trimmed: &str) -> bool {
        if let Some(first) = trimmed.chars().next().filter(|c| matches!(c, '\u{4e00}'..='\u{9fff}')) {
            // Folded character by character, so that the first one stays the first.
            return !self.starts.contains(&first) && each_plain(trimmed, |_| ());
        }
        let plain = |b: &u8| matches!(b, b' '..=b'~') && *b != b'`';
        let bytes = trimmed.as_bytes();
        // Of letters and digits nothing is looked through.
        if bytes.is_ascii() && bytes.iter().filter(|b| b.is_ascii_alphanumeric()).count() > self.longest {
            return true;
        }
        if !bytes.iter().all(plain) || bytes.windows(2).any(|two| two == b"  ") {
            return false;
        }
        let may_be = |text: &[u8]| {
            let first = text.first().map(|b| usize::from(b.to_ascii_lowercase()));
            let lengths = first.and_then(|b| self.lengths.get(b)).copied().unwrap_or(0);
            lengths >> text.len().min(63) & 1 == 1
        };
        let around = |b: &u8| *b == b' ' || AROUND.as_bytes().contains(b);
        let letter = |b: &u8| b.is_ascii_alphanumeric() || !around(b);
        let start = bytes.iter().position(letter).unwrap_or(bytes.len());
        let end = bytes.iter().rposition(letter).map_or(start, |last| last.saturating_add(1));
        !may_be(bytes) && !may_be(bytes.get(start..end).unwrap_or_default())
    }

    /// A list of the given words. They match whole values, whatever their case and width.
    pub fn new<I, S>(words: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let mut entries = BTreeSet::new();
        let mut longest = 0;
        for word in words {
            let word = word.as_ref().trim();
            let folded = fold(word);
            if !folded.is_empty() {
                // A word with much white space in it folds to a short one, and is still itself.
                longest = longest.max(word.len()).max(folded.len());
                entries.insert(folded);
            }
        }
        let mut lengths = vec![0; 128];
        for entry in &entries {
            let first = entry.bytes().next().map(usize::from);
            if let Some(slot) = first.and_then(|b| lengths.get_mut(b)) {
                *slot |= 1 << entry.len().min(63);
            }
        }
        let starts = entries.iter().filter_map(|e| e.chars().next()).filter(|c| !c.is_ascii()).collect();
        Self { entries, longest, lengths, starts }
    }

    /// A list that matches nothing: every answer counts.
    #[must_use]
    pub fn none() -> Self {
        Self { entries: BTreeSet::new(), longest: 0, lengths: Vec::new(), starts: BTreeSet::new() }
    }

    /// The default list in English and Chinese, shared.
    #[must_use]
    pub fn standard() -> &'static Self {
        static STANDARD: OnceLock<PlaceholderList> = OnceLock::new();
        STANDARD.get_or_init(|| {
            let lists = [ENGLISH, CHINESE, SIGNS].map(|list| listed(List::Placeholders, list));
            Self::new(lists.into_iter().flatten())
        })
    }

    /// This list and more words.
    #[must_use]
    pub fn and<I, S>(&self, words: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<str>,
    {
        let mut list =
            Self::new(self.entries.iter().cloned().chain(words.into_iter().map(|w| w.as_ref().to_owned())));
        list.longest = list.longest.max(self.longest);
        list
    }

    /// The folded words, sorted.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(String::as_str)
    }
}

impl Default for PlaceholderList {
    fn default() -> Self {
        Self::standard().clone()
    }
}

/// Whether a value as a whole is a placeholder. Dashes, dots, stars, brackets and quotes around it are looked
/// through. An empty value is not a placeholder (see [`is_missing`]), and numbers such as 0 are values unless listed.
#[must_use]
pub fn is_placeholder(value: &str, list: &PlaceholderList) -> bool {
    let trimmed = value.trim();
    // Folding at most triples the length, and what surrounds a placeholder is short.
    if trimmed.is_empty()
        || list.entries.is_empty()
        || trimmed.len() > list.longest.saturating_add(16).saturating_mul(3)
    {
        return false;
    }
    if list.is_none_of_them(trimmed) {
        return false;
    }
    let folded = fold(trimmed);
    if list.entries.contains(&folded) {
        return true;
    }
    let inner = folded.trim_matches(|c: char| c.is_whitespace() || AROUND.contains(c));
    !inner.is_empty() && inner.len() < folded.len() && list.entries.contains(inner)
}

/// Whether a value counts as missing: empty, white space or invisible characters only, or a placeholder.
#[must_use]
pub fn is_missing(value: &str, list: &PlaceholderList) -> bool {
    value.chars().all(|c| c.is_whitespace() || is_invisible(c)) || is_placeholder(value, list)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_quick_refusal_is_right(text in "[ -~无测华、（]{0,8}", pick in 0_usize..400) {
            let list = PlaceholderList::standard();
            let entry = list.words().nth(pick % list.entries.len()).unwrap_or_default().to_owned();
            for value in [text.clone(), entry.to_uppercase(), format!("-{entry}."), format!("{entry}{text}")] {
                let trimmed = value.trim();
                let folded = fold(trimmed);
                let inner = folded.trim_matches(|c: char| c.is_whitespace() || AROUND.contains(c));
                let slow = list.entries.contains(&folded)
                    || !inner.is_empty() && inner.len() < folded.len() && list.entries.contains(inner);
                proptest::prop_assert_eq!(is_placeholder(&value, list), slow, "{}", value);
            }
        }
    }

    #[cfg(feature = "chinese-conversion")]
    #[test]
    fn whole_values_only() {
        let list = PlaceholderList::standard();
        for value in [
            "Select",
            "select…",
            "-- Select --",
            "N/A",
            "n/a",
            "NA",
            "Ｎ／Ａ",
            "None",
            "(none)",
            "<none>",
            "null",
            "NULL",
            "Unknown",
            "TBD",
            "test",
            "Test",
            " TEST ",
            "-",
            "--",
            "—",
            "——",
            ".",
            "?",
            "？",
            "*",
            "无",
            "無",
            "暂无",
            "暫無",
            "不详",
            "不詳",
            "未知",
            "待定",
            "测试",
            "請選擇",
            "请选择...",
            "--请选择--",
            "（无）",
            "xxx",
            "XXX",
            "x",
            "asdf",
            "\"\"",
            "/",
            "、",
            "。",
        ] {
            assert!(is_placeholder(value, list), "{value:?}");
        }
        for value in [
            "",
            " ",
            "0",
            "0.00",
            "false",
            "无锡",
            "无锡市",
            "Testa Ltd",
            "Test Ltd",
            "Nan Jing",
            "Nathan",
            "Select Comfort",
            "Nonesuch",
            "未来科技",
            "无印良品",
            "空中客车",
            "测试设备有限公司",
            "Unknown Pleasures",
            "-1",
            "-0-",
            "N",
            "no",
            "否",
            "是",
            "C++",
            "1",
            "A",
            "Tbdx",
            "Xerox",
        ] {
            assert!(!is_placeholder(value, list), "{value:?}");
        }
    }

    #[test]
    fn missing_includes_blank() {
        let list = PlaceholderList::standard();
        for value in ["", " \t", "\u{3000}", "\u{200b}\u{feff}", "无"] {
            assert!(is_missing(value, list), "{value:?}");
        }
        assert!(!is_missing("0", list));
    }

    #[test]
    fn lists_can_be_replaced_and_extended() {
        let none = PlaceholderList::none();
        assert!(!is_placeholder("无", &none));
        assert!(is_missing(" ", &none));
        let own = PlaceholderList::new(["0", "Keine Angabe", ""]);
        assert!(is_placeholder("KEINE ANGABE", &own));
        assert!(is_placeholder("0", &own));
        assert!(!is_placeholder("无", &own));
        let more = PlaceholderList::default().and(["保密"]);
        assert!(is_placeholder("保密", &more) && is_placeholder("无", &more));
        assert_eq!(own.words().collect::<Vec<_>>(), ["0", "keine angabe"]);
        let spaced = format!("a{}b", "\t".repeat(100));
        let list = PlaceholderList::new([&spaced]);
        assert!(is_placeholder(&spaced, &list) && is_placeholder(&spaced, &list.and(["x"])));
    }

    #[test]
    fn entries_are_folded() {
        for list in [ENGLISH, CHINESE, SIGNS] {
            for word in list {
                assert_eq!(fold(word), *word);
            }
        }
    }

    #[test]
    fn long_values_answer_at_once() {
        assert!(!is_placeholder(&"无".repeat(1_000_000), PlaceholderList::standard()));
    }
}
