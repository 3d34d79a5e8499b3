use super::*;

/// name, core, legal form, region, industry, branch
type Case = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const CHINESE: &[Case] = &[
    ("华为技术有限公司", "华为", "有限公司", "", "技术", ""),
    ("華為技術有限公司", "华为", "有限公司", "", "技术", ""),
    ("华为（深圳）技术有限公司", "华为", "有限公司", "深圳", "技术", ""),
    ("华为(深圳)技术有限责任公司", "华为", "有限公司", "深圳", "技术", ""),
    ("深圳市华为技术有限公司", "华为", "有限公司", "深圳", "技术", ""),
    ("广东省深圳市华为技术有限公司", "华为", "有限公司", "深圳", "技术", ""),
    ("深圳市南山区甲乙丙科技有限公司", "甲乙丙", "有限公司", "南山区", "科技", ""),
    ("腾讯科技（深圳）有限公司", "腾讯", "有限公司", "深圳", "科技", ""),
    ("腾讯科技深圳有限公司", "腾讯", "有限公司", "深圳", "科技", ""),
    ("阿里巴巴（中国）有限公司", "阿里巴巴", "有限公司", "CN", "", ""),
    ("上海宝信软件股份有限公司", "宝信", "股份有限公司", "上海", "软件", ""),
    ("北京字节跳动网络技术有限公司", "字节跳动", "有限公司", "北京", "网络技术", ""),
    ("青岛啤酒股份有限公司", "青岛啤酒", "股份有限公司", "", "", ""),
    ("中国电信股份有限公司", "中国电信", "股份有限公司", "", "", ""),
    ("中国平安保险（集团）股份有限公司", "平安", "股份有限公司", "CN", "保险", ""),
    ("美的集团股份有限公司", "美的", "股份有限公司", "", "", ""),
    ("海尔集团公司", "海尔", "公司", "", "", ""),
    ("华为技术有限公司北京分公司", "华为", "有限公司", "", "技术", "北京分公司"),
    ("华为北京办事处", "华为", "", "", "", "北京办事处"),
    ("中国工商银行股份有限公司上海市分行", "工商银行", "股份有限公司", "CN", "", "上海市分行"),
    ("昆山丘钛微电子科技有限公司", "丘钛", "有限公司", "昆山", "微电子科技", ""),
    ("义乌市小商品进出口有限公司", "小商品", "有限公司", "义乌", "进出口", ""),
    ("内蒙古伊利实业集团股份有限公司", "伊利", "股份有限公司", "内蒙古", "实业", ""),
    ("广西柳工机械股份有限公司", "柳工", "股份有限公司", "广西", "机械", ""),
    ("臺灣積體電路製造股份有限公司", "积体电路", "股份有限公司", "台湾", "制造", ""),
    ("某某投资管理中心（有限合伙）", "某某投资管理中心", "有限合伙", "", "", ""),
    ("深圳科技有限公司", "深圳科技", "有限公司", "", "", ""),
    ("华 为 技 术 有 限 公 司", "华为", "有限公司", "", "技术", ""),
    ("小米科技有限责任公司（已注销）", "小米", "有限公司", "", "科技", ""),
    ("东方电气股份有限公司", "东方电气", "股份有限公司", "", "", ""),
    ("无锡小天鹅股份有限公司", "小天鹅", "股份有限公司", "无锡", "", ""),
    ("トヨタ自動車株式会社", "トヨタ自动车", "株式会社", "", "", ""),
    ("株式会社日立製作所", "日立制作所", "株式会社", "", "", ""),
    ("（株）日立製作所", "日立制作所", "株式会社", "", "", ""),
    ("삼성전자 주식회사", "삼성전자", "주식회사", "", "", ""),
    ("주식회사 삼성전자", "삼성전자", "주식회사", "", "", ""),
    ("(주)삼성전자", "삼성전자", "주식회사", "", "", ""),
    ("中国移动通信集团广东有限公司", "移动通信", "有限公司", "广东", "", ""),
    ("苏州工业园区甲乙丙有限公司", "甲乙丙", "有限公司", "苏州", "", ""),
    ("京东方科技集团股份有限公司", "京东方", "股份有限公司", "", "科技", ""),
    ("宁德时代新能源科技股份有限公司", "时代新能源科技", "股份有限公司", "宁德", "", ""),
    ("华为", "华为", "", "", "", ""),
    ("有限公司", "有限公司", "", "", "", ""),
    ("上海", "上海", "", "", "", ""),
];

const LATIN: &[Case] = &[
    ("Acme", "acme", "", "", "", ""),
    ("ACME, Inc.", "acme", "inc", "", "", ""),
    ("Acme Incorporated", "acme", "inc", "", "", ""),
    ("Acme Co., Ltd.", "acme", "ltd", "", "", ""),
    ("Acme Company Limited", "acme", "ltd", "", "", ""),
    ("Acme L.L.C.", "acme", "llc", "", "", ""),
    ("Acme GmbH & Co. KG", "acme", "gmbh co kg", "", "", ""),
    ("Müller AG", "muller", "ag", "", "", ""),
    ("Société Générale S.A.", "societe generale", "sa", "", "", ""),
    ("Bimbo S.A. de C.V.", "bimbo", "sa de cv", "", "", ""),
    ("Ørsted A/S", "orsted", "as", "", "", ""),
    ("Philips N.V.", "philips", "nv", "", "", ""),
    ("Tata Motors Pvt. Ltd.", "tata", "pvt ltd", "", "motors", ""),
    ("Infosys Private Limited", "infosys", "pvt ltd", "", "", ""),
    ("PT Astra International Tbk", "astra", "tbk", "", "international", ""),
    ("Allegro Sp. z o.o.", "allegro", "sp zoo", "", "", ""),
    ("Atlassian Pty Ltd", "atlassian", "pty ltd", "", "", ""),
    ("Grab Holdings Pte. Ltd.", "grab", "pte ltd", "", "", ""),
    ("Acme Trading (Shanghai) Co., Ltd.", "acme", "ltd", "上海", "trading", ""),
    ("Shenzhen Acme Technology Co., Ltd", "acme", "ltd", "深圳", "technology", ""),
    ("Huawei Technologies Co., Ltd.", "huawei", "ltd", "", "technologies", ""),
    ("Huawei Technologies (Hong Kong) Limited", "huawei", "ltd", "香港", "technologies", ""),
    ("Siemens China Ltd", "siemens", "ltd", "CN", "", ""),
    ("China Telecom Corporation Limited", "china telecom", "ltd", "", "", ""),
    ("Singapore Airlines Ltd", "singapore airlines", "ltd", "", "", ""),
    ("Bank of China", "bank of china", "", "", "", ""),
    ("The Boeing Company", "boeing", "co", "", "", ""),
    ("Johnson & Johnson", "johnson and johnson", "", "", "", ""),
    ("Procter & Gamble Co.", "procter and gamble", "co", "", "", ""),
    ("O'Reilly Media, Inc.", "oreilly", "inc", "", "media", ""),
    ("Acme Solutions Ltd - Beijing Branch", "acme", "ltd", "", "solutions", "beijing branch"),
    ("Acme Ltd Representative Office", "acme", "ltd", "", "", "representative office"),
    ("Virgin Group", "virgin", "", "", "", ""),
    ("3M Company", "3m", "co", "", "", ""),
    ("Inc", "inc", "", "", "", ""),
    ("Y-corporation", "y corporation", "", "", "", ""),
    ("Coca-Cola Company", "coca cola", "co", "", "", ""),
    ("General Electric Co.", "general electric", "co", "", "", ""),
    ("General Motors Company", "general motors", "co", "", "", ""),
    ("Air China Ltd", "air china", "ltd", "", "", ""),
    ("Deutsche Bank AG", "deutsche bank", "ag", "", "", ""),
    ("AT&T Inc.", "at and t", "inc", "", "", ""),
    ("Testa Ltd", "testa", "ltd", "", "", ""),
    ("Hill Group", "hill", "", "", "", ""),
    ("Walker, Henson and Compton", "walker henson and compton", "", "", "", ""),
];

#[test]
fn takes_names_apart() {
    let mut wrong = Vec::new();
    for (input, core, form, region, industry, branch) in CHINESE.iter().chain(LATIN) {
        let name = parse_company(input);
        let part = |p: &Option<String>| p.clone().unwrap_or_default();
        let expected = [core, form, region, industry, branch].map(|s| (*s).to_owned());
        let found = [
            name.core.clone(),
            part(&name.legal_form),
            part(&name.region),
            part(&name.industry),
            part(&name.branch),
        ];
        if found != expected {
            wrong.push(format!("{input}: {found:?} instead of {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn groups() {
    for (input, group) in [
        ("美的集团股份有限公司", true),
        ("中国平安保险（集团）股份有限公司", true),
        ("Virgin Group Ltd", true),
        ("Grab Holdings", true),
        ("华为技术有限公司", false),
        ("Acme Ltd", false),
    ] {
        assert_eq!(parse_company(input).group, group, "{input}");
    }
}

#[test]
fn keys_agree_on_one_company_and_differ_between_two() {
    for same in [
        &[
            "华为技术有限公司",
            "華為技術有限公司",
            "华为（深圳）技术有限公司",
            "深圳市华为技术有限公司",
            "华为",
            "华为技术有限公司北京分公司",
        ][..],
        &[
            "ACME, Inc.",
            "Acme Inc",
            "ＡＣＭＥ ＩＮＣ．",
            "The Acme Co., Ltd.",
            "Acme Technologies (Shanghai) Co., Ltd",
        ],
        &["O'Reilly Media", "OReilly Media, Inc."],
        &["Société Générale S.A.", "SOCIETE GENERALE SA"],
    ] {
        for name in same {
            assert_eq!(company_key(name), company_key(same[0]), "{name}");
        }
    }
    for (a, b) in [
        ("青岛啤酒股份有限公司", "燕京啤酒股份有限公司"),
        ("中国电信", "中国移动通信"),
        ("China Telecom", "China Mobile"),
        ("东方电气", "东方航空公司集团西北"),
        ("Acme", "Acmex"),
    ] {
        assert_ne!(company_key(a), company_key(b), "{a} {b}");
    }
    assert_eq!(company_key(""), "");
    assert_eq!(company_key("---"), "---");
}

#[test]
fn display_forms() {
    for (input, expected) in [
        (" 华为(深圳)技术有限公司 ", "华为（深圳）技术有限公司"),
        ("华为【深圳】技术有限公司", "华为（深圳）技术有限公司"),
        ("华为 ( 深圳 ) 技术有限公司", "华为（深圳）技术有限公司"),
        ("華為技術有限公司", "華為技術有限公司"),
        ("Ａｃｍｅ　（Shanghai）  Ltd", "Acme (Shanghai) Ltd"),
        ("Acme ( Shanghai ) Ltd", "Acme (Shanghai) Ltd"),
        ("Acme\u{200b}\tInc.", "Acme Inc."),
        ("华为", "华为"),
        ("", ""),
    ] {
        let n = normalise_company(input);
        assert_eq!(n.value, expected, "{input:?}");
        assert_eq!(n.changed, input != expected);
        assert_eq!(normalise_company(&n.value).value, n.value);
    }
}

#[test]
fn long_names_answer_at_once() {
    assert_eq!(parse_company(&"有限公司".repeat(100_000)).legal_form, None);
    assert!(!company_key(&"a ".repeat(500_000)).is_empty());
    let _ = company_key(&"上海".repeat(600));
    let _ = company_key(&"ltd ".repeat(1_000));
}
