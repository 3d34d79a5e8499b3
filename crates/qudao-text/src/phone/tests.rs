use super::*;

#[test]
fn accepts() {
    assert!(supported());
    for (region, input, expected, kind) in [
        ("CN", "13800138000", "+8613800138000", PhoneKind::Mobile),
        ("CN", "138 0013 8000", "+8613800138000", PhoneKind::Mobile),
        ("CN", "138-0013-8000", "+8613800138000", PhoneKind::Mobile),
        ("CN", "１３８００１３８０００", "+8613800138000", PhoneKind::Mobile),
        ("CN", "+86 138 0013 8000", "+8613800138000", PhoneKind::Mobile),
        ("CN", "＋８６－１３８００１３８０００", "+8613800138000", PhoneKind::Mobile),
        ("CN", "0086 13800138000", "+8613800138000", PhoneKind::Mobile),
        ("CN", "86 138 0013 8000", "+8613800138000", PhoneKind::Mobile),
        ("CN", "8613800138000", "+8613800138000", PhoneKind::Mobile),
        ("CN", "(+86)13800138000", "+8613800138000", PhoneKind::Mobile),
        ("CN", "013800138000", "+8613800138000", PhoneKind::Mobile),
        ("CN", "手机：13800138000", "+8613800138000", PhoneKind::Mobile),
        ("CN", "Tel: 13800138000", "+8613800138000", PhoneKind::Mobile),
        ("CN", "010-65529988", "+861065529988", PhoneKind::FixedLine),
        ("CN", "（０１０）６５５２－９９８８", "+861065529988", PhoneKind::FixedLine),
        ("CN", "+86 (0)10 6552 9988", "+861065529988", PhoneKind::FixedLine),
        ("CN", "0086-10-65529988", "+861065529988", PhoneKind::FixedLine),
        ("CN", "010-88888888", "+861088888888", PhoneKind::FixedLine),
        ("CN", "0755-28780808", "+8675528780808", PhoneKind::FixedLine),
        ("CN", "0755-28780808-8008", "+8675528780808;ext=8008", PhoneKind::FixedLine),
        ("CN", "0755-28780808 转 8008", "+8675528780808;ext=8008", PhoneKind::FixedLine),
        ("CN", "0755-28780808（分机：8008）", "+8675528780808;ext=8008", PhoneKind::FixedLine),
        ("CN", "0755-28780808 ext. 8008", "+8675528780808;ext=8008", PhoneKind::FixedLine),
        ("CN", "0755-28780808x8008", "+8675528780808;ext=8008", PhoneKind::FixedLine),
        ("CN", "+8675528780808;ext=8008", "+8675528780808;ext=8008", PhoneKind::FixedLine),
        ("CN", "400-800-1234", "+864008001234", PhoneKind::SharedCost),
        ("CN", "800-810-1234", "+868008101234", PhoneKind::TollFree),
        ("CN", "+1 212 555 2368", "+12125552368", PhoneKind::FixedLineOrMobile),
        ("US", "(212) 736-5000", "+12127365000", PhoneKind::FixedLineOrMobile),
        ("us", "212.736.5000", "+12127365000", PhoneKind::FixedLineOrMobile),
        ("US", "+86 10 6552 9988", "+861065529988", PhoneKind::FixedLine),
        ("GB", "020 7946 0018", "+442079460018", PhoneKind::FixedLine),
        ("DE", "030/901820", "+4930901820", PhoneKind::FixedLine),
        ("HK", "2123 4567", "+85221234567", PhoneKind::FixedLine),
        ("JP", "090-1234-5678", "+819012345678", PhoneKind::Mobile),
        ("JP", "03-3501-1511", "+81335011511", PhoneKind::FixedLine),
        ("CN", "+852 2123 4567", "+85221234567", PhoneKind::FixedLine),
        ("IT", "02 3661 8300", "+390236618300", PhoneKind::FixedLine),
    ] {
        let phone = parse_phone(input, region).unwrap_or_else(|e| panic!("{region} {input:?}: {}", e.code()));
        assert_eq!((phone.value().as_str(), phone.kind), (expected, kind), "{region} {input:?}");
        let again = normalise_phone(&phone.value(), region).unwrap();
        assert_eq!(again.value, expected);
        assert!(!again.changed);
    }
}

#[test]
fn refuses() {
    for (region, input, code) in [
        ("CN", "", "text.empty"),
        ("CN", "  ", "text.empty"),
        ("CN", "call me", "phone.character"),
        ("CN", "1380013800a", "phone.character"),
        ("CN", "someone@example.com", "phone.character"),
        ("CN", "--", "phone.character"),
        ("CN", "1380013800", "phone.too_short"),
        ("CN", "138001380001", "phone.too_long"),
        ("CN", "65529988", "phone.too_short"),
        ("CN", "10086", "phone.too_short"),
        ("CN", "12", "phone.too_short"),
        ("CN", "9182736450918273645091827", "phone.too_long"),
        ("CN", "00000000", "phone.placeholder"),
        ("CN", "11111111111", "phone.placeholder"),
        ("CN", "12345678", "phone.placeholder"),
        ("CN", "1234567890", "phone.placeholder"),
        ("CN", "12345678901", "phone.placeholder"),
        ("CN", "87654321", "phone.placeholder"),
        ("CN", "010-00000000", "phone.placeholder"),
        ("CN", "021-12345678", "phone.placeholder"),
        ("CN", "+86 11111111111", "phone.placeholder"),
        ("CN", "090-1234-5678", "phone.placeholder"),
        ("CN", "+86 90 1234 5678", "phone.placeholder"),
        ("US", "555-555-5555", "phone.placeholder"),
        ("CN", "13800138000/13900139000", "phone.multiple"),
        ("CN", "13800138000、010-65529988", "phone.multiple"),
        ("CN", "13800138000, 13900139000", "phone.multiple"),
        ("CN", "12012341234", "phone.invalid"),
        ("US", "212-136-5000", "phone.invalid"),
        ("US", "736-5000", "phone.too_short"),
        ("CN", "+999 12 3456 7890", "phone.country"),
        ("CN", "+86 138001380", "phone.too_short"),
        ("XX", "13800138000", "phone.region"),
        ("", "13800138000", "phone.region"),
    ] {
        assert_eq!(
            parse_phone(input, region).map(|p| p.value()).map_err(|e| e.code()),
            Err(code),
            "{region} {input:?}"
        );
    }
    assert_eq!(parse_phone(&"1".repeat(1_000_000), "CN").unwrap_err().code(), "text.too_long");
}

#[test]
fn findings_hold_no_digits_of_the_number() {
    let issue = parse_phone("1380013800", "CN").unwrap_err();
    assert_eq!(issue.param("region"), Some("CN"));
    assert!(issue.params().values().all(|v| !v.contains("138")));
}

/// The plans are loaded once: 10,000 numbers take far less than 10,000 loads would. The bound is generous, for
/// unoptimised builds on slow machines.
#[test]
fn ten_thousand_numbers_take_no_time() {
    preload();
    let start = std::time::Instant::now();
    for i in 0..10_000_u32 {
        assert!(parse_phone(&format!("138{:08}", i * 7_919 % 99_999_989 + 3), "CN").is_ok());
    }
    assert!(start.elapsed().as_secs() < 5);
}
