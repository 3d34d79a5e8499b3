//! Every finding of a normaliser is in the registry of codes, with the normaliser's own English text.

use qudao_model::codes;
use qudao_text::IssueKind;

#[test]
fn normaliser_codes_are_registered() {
    for kind in IssueKind::ALL {
        let info = codes::lookup(kind.code()).unwrap_or_else(|| panic!("{} is not registered", kind.code()));
        assert_eq!(info.en, format!("{{field}}: {}", kind.template()));
        assert!(!info.fix_en.is_empty(), "{} has no advice", kind.code());
    }
}
