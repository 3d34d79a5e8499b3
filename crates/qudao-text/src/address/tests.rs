use super::*;

#[cfg(feature = "chinese-conversion")]
#[test]
fn chinese() {
    for (input, province, city, district, rest) in [
        ("广东省深圳市南山区科技园路1号", "广东", "深圳", "南山区", "科技园路1号"),
        ("廣東省深圳市南山區科技園路1號", "广东", "深圳", "南山区", "科技园路1号"),
        ("深圳市南山区科技园路1号", "广东", "深圳", "南山区", "科技园路1号"),
        ("深圳南山区科技园路１号", "广东", "深圳", "南山区", "科技园路1号"),
        ("广东 深圳 南山区 科技园路1号", "广东", "深圳", "南山区", "科技园路1号"),
        ("中国广东省深圳市", "广东", "深圳", "", ""),
        ("中华人民共和国北京市朝阳区建国路88号", "北京", "北京", "朝阳区", "建国路88号"),
        ("北京市朝阳区建国路88号", "北京", "北京", "朝阳区", "建国路88号"),
        ("北京市北京市朝阳区", "北京", "北京", "朝阳区", ""),
        ("上海市浦东新区世纪大道100号", "上海", "上海", "浦东新区", "世纪大道100号"),
        ("江苏省昆山市前进路1号", "江苏", "苏州", "昆山市", "前进路1号"),
        ("江苏省苏州市昆山市前进路1号", "江苏", "苏州", "昆山市", "前进路1号"),
        ("内蒙古自治区呼和浩特市赛罕区", "内蒙古", "呼和浩特", "赛罕区", ""),
        ("广西壮族自治区南宁市青秀区民族大道", "广西", "南宁", "青秀区", "民族大道"),
        ("518057 广东省深圳市南山区", "广东", "深圳", "南山区", ""),
        ("重庆市渝北区", "重庆", "重庆", "渝北区", ""),
        ("辽宁省朝阳市双塔区", "辽宁", "朝阳", "双塔区", ""),
        ("海南省三亚市", "海南", "三亚", "", ""),
        ("南京路100号", "", "", "", "南京路100号"),
        ("科技园路1号", "", "", "", "科技园路1号"),
        ("香港特别行政区中环", "香港", "", "", "中环"),
    ] {
        let a = parse_address(input);
        let part = |p: &Option<String>| p.clone().unwrap_or_default();
        assert_eq!(
            (part(&a.province).as_str(), part(&a.city).as_str(), part(&a.district).as_str(), a.rest.as_str()),
            (province, city, district, rest),
            "{input}"
        );
    }
    assert_eq!(parse_address("深圳市南山区科技园").division.as_deref(), Some("440305"));
}

#[test]
fn english() {
    for (input, tokens) in [
        ("757 William Pass Apt. 782", "757 william pass apt 782"),
        ("757 William Pass, Apartment 782", "757 william pass apt 782"),
        ("1 North Main Street, Suite 5", "1 n main st ste 5"),
        ("12 Rue de l'Église", "12 rue de leglise"),
    ] {
        assert_eq!(parse_address(input).tokens.join(" "), tokens, "{input}");
    }
}

#[test]
fn display_form() {
    assert_eq!(normalise_address("  深圳市　南山区１号 ").value, "深圳市 南山区1号");
    assert_eq!(parse_address(&"路".repeat(1_000_000)).tokens.len(), 0);
}
