//! The story of `examples/rust` runs, in both languages, and ends as it should.
#![cfg(feature = "import")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::Path;

#[path = "../../../examples/rust/story.rs"]
mod story;

fn told(locale: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    story::tell(&examples, locale, &mut |line| lines.push(line)).unwrap();
    lines
}

#[test]
fn the_story_is_told_in_english() {
    let lines = told("en");
    insta::assert_snapshot!(lines.join("\n"));
    assert_eq!(lines.last().unwrap(), "rebuilt from the log alone, equal: true");
}

#[test]
fn the_story_is_told_in_chinese() {
    let lines = told("zh-CN");
    assert!(lines.iter().any(|l| l == "A representative of another partner: 找不到该商机"), "{lines:#?}");
    assert_eq!(lines.last().unwrap(), "rebuilt from the log alone, equal: true");
}
