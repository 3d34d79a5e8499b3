//! Word lists. Invented, apart from cities with their area codes and divisions (GB/T 2260, public).

/// A city: Chinese name, English name, area code, first four digits of its division, territory, region.
pub(crate) struct City {
    pub(crate) zh: &'static str,
    pub(crate) en: &'static str,
    pub(crate) area: &'static str,
    pub(crate) division: &'static str,
    pub(crate) territory: &'static str,
    pub(crate) region: &'static str,
    pub(crate) region_en: &'static str,
}

const fn city(
    zh: &'static str,
    en: &'static str,
    area: &'static str,
    division: &'static str,
    territory: &'static str,
    region: (&'static str, &'static str),
) -> City {
    City { zh, en, area, division, territory, region: region.0, region_en: region.1 }
}

const EAST: (&str, &str) = ("华东", "East China");
const SOUTH: (&str, &str) = ("华南", "South China");
const NORTH: (&str, &str) = ("华北", "North China");
const CENTRAL: (&str, &str) = ("华中", "Central China");
const WEST: (&str, &str) = ("西部", "West China");

pub(crate) const CITIES: [City; 18] = [
    city("上海", "Shanghai", "021", "3101", "EAST-SH", EAST),
    city("杭州", "Hangzhou", "0571", "3301", "EAST-ZJ", EAST),
    city("宁波", "Ningbo", "0574", "3302", "EAST-ZJ", EAST),
    city("南京", "Nanjing", "025", "3201", "EAST-JS", EAST),
    city("苏州", "Suzhou", "0512", "3205", "EAST-JS", EAST),
    city("厦门", "Xiamen", "0592", "3502", "SOUTH-FJ", SOUTH),
    city("深圳", "Shenzhen", "0755", "4403", "SOUTH-GD", SOUTH),
    city("广州", "Guangzhou", "020", "4401", "SOUTH-GD", SOUTH),
    city("东莞", "Dongguan", "0769", "4419", "SOUTH-GD", SOUTH),
    city("北京", "Beijing", "010", "1101", "NORTH-BJ", NORTH),
    city("天津", "Tianjin", "022", "1201", "NORTH-TJ", NORTH),
    city("济南", "Jinan", "0531", "3701", "NORTH-SD", NORTH),
    city("武汉", "Wuhan", "027", "4201", "CENTRAL-HB", CENTRAL),
    city("长沙", "Changsha", "0731", "4301", "CENTRAL-HN", CENTRAL),
    city("郑州", "Zhengzhou", "0371", "4101", "CENTRAL-HA", CENTRAL),
    city("成都", "Chengdu", "028", "5101", "WEST-SC", WEST),
    city("重庆", "Chongqing", "023", "5001", "WEST-CQ", WEST),
    city("西安", "Xi'an", "029", "6101", "WEST-SN", WEST),
];

/// Territories: code, name, code of the one above.
pub(crate) const TERRITORIES: [(&str, &str, &str); 20] = [
    ("EAST", "华东 East China", ""),
    ("SOUTH", "华南 South China", ""),
    ("NORTH", "华北 North China", ""),
    ("CENTRAL", "华中 Central China", ""),
    ("WEST", "西部 West China", ""),
    ("EAST-SH", "上海 Shanghai", "EAST"),
    ("EAST-ZJ", "浙江 Zhejiang", "EAST"),
    ("EAST-JS", "江苏 Jiangsu", "EAST"),
    ("SOUTH-GD", "广东 Guangdong", "SOUTH"),
    ("SOUTH-FJ", "福建 Fujian", "SOUTH"),
    ("NORTH-BJ", "北京 Beijing", "NORTH"),
    ("NORTH-TJ", "天津 Tianjin", "NORTH"),
    ("NORTH-SD", "山东 Shandong", "NORTH"),
    ("CENTRAL-HB", "湖北 Hubei", "CENTRAL"),
    ("CENTRAL-HN", "湖南 Hunan", "CENTRAL"),
    ("CENTRAL-HA", "河南 Henan", "CENTRAL"),
    ("WEST-SC", "四川 Sichuan", "WEST"),
    ("WEST-CQ", "重庆 Chongqing", "WEST"),
    ("WEST-SN", "陕西 Shaanxi", "WEST"),
    ("WEST-OT", "西部其他 West, other", "WEST"),
];

/// Products: code, name, family, list price in yuan, on sale.
pub(crate) const PRODUCTS: [(&str, &str, &str, i64, bool); 18] = [
    ("EG-100", "边缘网关 Edge Gateway 100", "Edge", 3_800, true),
    ("EG-300", "边缘网关 Edge Gateway 300", "Edge", 7_600, true),
    ("EG-500", "边缘网关 Edge Gateway 500", "Edge", 15_800, true),
    ("PLC-20", "可编程控制器 Controller 20", "Control", 2_150, true),
    ("PLC-60", "可编程控制器 Controller 60", "Control", 6_480, true),
    ("PLC-90", "可编程控制器 Controller 90", "Control", 18_900, true),
    ("SNS-T1", "温度传感器 Temperature sensor", "Sensor", 260, true),
    ("SNS-P1", "压力传感器 Pressure sensor", "Sensor", 420, true),
    ("SNS-V2", "振动传感器 Vibration sensor", "Sensor", 980, true),
    ("SW-8P", "工业交换机 Industrial switch 8", "Network", 1_680, true),
    ("SW-24P", "工业交换机 Industrial switch 24", "Network", 5_900, true),
    ("WL-AP2", "无线接入点 Wireless access point", "Network", 2_300, true),
    ("MES-S", "制造执行系统 标准版 MES Standard", "Software", 128_000, true),
    ("MES-E", "制造执行系统 企业版 MES Enterprise", "Software", 460_000, true),
    ("EMS-S", "能源管理系统 Energy management", "Software", 96_000, true),
    ("SVC-IN", "安装调试服务 Installation", "Service", 12_000, true),
    ("SVC-MA", "年度维保 Yearly maintenance", "Service", 24_000, true),
    ("EG-050", "边缘网关 Edge Gateway 50（停售）", "Edge", 1_900, false),
];

/// First characters of Chinese company names.
pub(crate) const CORE_FIRST: [&str; 22] = [
    "宏", "华", "鼎", "博", "天", "金", "恒", "启", "联", "瑞", "凯", "盛", "嘉", "泰", "安", "永", "中",
    "新", "广", "东", "长", "云",
];
/// Second characters of Chinese company names.
pub(crate) const CORE_SECOND: [&str; 20] = [
    "远", "信", "创", "丰", "航", "桥", "通", "明", "达", "科", "泽", "源", "诚", "业", "禾", "锐", "德",
    "宇", "兴", "图",
];
/// What Chinese companies do, with the industry.
pub(crate) const TRADES_ZH: [(&str, &str); 14] = [
    ("电子科技", "electronics"),
    ("自动化设备", "machinery"),
    ("精密机械", "machinery"),
    ("食品", "food"),
    ("医疗器械", "medical"),
    ("新能源", "energy"),
    ("环保科技", "energy"),
    ("物流", "logistics"),
    ("汽车零部件", "automotive"),
    ("纺织", "textile"),
    ("化工", "chemicals"),
    ("建筑工程", "construction"),
    ("网络技术", "software"),
    ("软件", "software"),
];
/// Legal forms of Chinese companies.
pub(crate) const FORMS_ZH: [&str; 5] = ["有限公司", "有限公司", "有限公司", "股份有限公司", "有限责任公司"];
/// First words of English company names.
pub(crate) const CORE_EN: [&str; 26] = [
    "Northgate",
    "Silverline",
    "Oakfield",
    "Bluewater",
    "Harbourside",
    "Redwood",
    "Stonebridge",
    "Larkspur",
    "Brightwell",
    "Kingsway",
    "Meadowbrook",
    "Ironwood",
    "Westbourne",
    "Clearfield",
    "Fairhaven",
    "Summerhill",
    "Ashgrove",
    "Greyfriars",
    "Highmoor",
    "Lakeshore",
    "Copperleaf",
    "Winterbourne",
    "Thornbury",
    "Eastlea",
    "Millstone",
    "Swiftwater",
];
/// What English companies do, with the industry.
pub(crate) const TRADES_EN: [(&str, &str); 10] = [
    ("Electronics", "electronics"),
    ("Automation", "machinery"),
    ("Precision Tools", "machinery"),
    ("Foods", "food"),
    ("Medical", "medical"),
    ("Energy", "energy"),
    ("Logistics", "logistics"),
    ("Automotive Parts", "automotive"),
    ("Chemicals", "chemicals"),
    ("Software", "software"),
];
/// Legal forms of English companies, and how else they are written.
pub(crate) const FORMS_EN: [(&str, &str); 5] = [
    ("Co., Ltd.", "Company Limited"),
    ("Ltd.", "Limited"),
    ("Inc.", "Incorporated"),
    ("Corporation", "Corp."),
    ("GmbH", "G.m.b.H."),
];

/// Family names with their spelling.
pub(crate) const FAMILY: [(&str, &str); 20] = [
    ("王", "wang"),
    ("李", "li"),
    ("张", "zhang"),
    ("刘", "liu"),
    ("陈", "chen"),
    ("杨", "yang"),
    ("赵", "zhao"),
    ("黄", "huang"),
    ("周", "zhou"),
    ("吴", "wu"),
    ("徐", "xu"),
    ("孙", "sun"),
    ("胡", "hu"),
    ("朱", "zhu"),
    ("高", "gao"),
    ("林", "lin"),
    ("何", "he"),
    ("郭", "guo"),
    ("马", "ma"),
    ("欧阳", "ouyang"),
];
/// Given names with their spelling.
pub(crate) const GIVEN: [(&str, &str); 24] = [
    ("伟", "wei"),
    ("芳", "fang"),
    ("娜", "na"),
    ("敏", "min"),
    ("静", "jing"),
    ("磊", "lei"),
    ("洋", "yang"),
    ("勇", "yong"),
    ("艳", "yan"),
    ("杰", "jie"),
    ("涛", "tao"),
    ("明", "ming"),
    ("超", "chao"),
    ("秀英", "xiuying"),
    ("建国", "jianguo"),
    ("晓东", "xiaodong"),
    ("海燕", "haiyan"),
    ("志强", "zhiqiang"),
    ("丽华", "lihua"),
    ("文博", "wenbo"),
    ("子轩", "zixuan"),
    ("雨桐", "yutong"),
    ("思远", "siyuan"),
    ("佳怡", "jiayi"),
];
/// English names of people.
pub(crate) const PEOPLE_EN: [(&str, &str); 12] = [
    ("Anna", "Keller"),
    ("Peter", "Novak"),
    ("Maria", "Santos"),
    ("John", "Harker"),
    ("Lucy", "Fenwick"),
    ("Oliver", "Brandt"),
    ("Sofia", "Lindqvist"),
    ("David", "Okafor"),
    ("Emma", "Duval"),
    ("Thomas", "Reilly"),
    ("Grace", "Whitlock"),
    ("Henrik", "Dahl"),
];

/// What people type where they must not leave a field empty.
pub(crate) const PLACEHOLDERS: [&str; 8] = ["N/A", "无", "-", "Select", "test", "待定", "n.a.", "--请选择--"];

/// Why deals are lost.
pub(crate) const LOSSES: [&str; 7] = [
    "价格 price",
    "竞争对手 competitor",
    "预算取消 budget",
    "无决策 no decision",
    "产品不符 product fit",
    "交期 delivery",
    "关系 relationship",
];
/// Competitors. Nobody is an answer, too.
pub(crate) const COMPETITORS: [&str; 6] = ["无", "Vectora", "瑞能自控", "Stellwerk", "海图工控", "无"];
/// Where deals and leads come from.
pub(crate) const SOURCES: [&str; 6] =
    ["partner", "website", "exhibition", "referral", "cold call", "campaign"];

/// Simplified characters of these lists with their traditional forms.
pub(crate) const TRADITIONAL: [(char, char); 40] = [
    ('华', '華'),
    ('东', '東'),
    ('电', '電'),
    ('业', '業'),
    ('联', '聯'),
    ('创', '創'),
    ('丰', '豐'),
    ('远', '遠'),
    ('达', '達'),
    ('兴', '興'),
    ('图', '圖'),
    ('锐', '銳'),
    ('泽', '澤'),
    ('诚', '誠'),
    ('长', '長'),
    ('云', '雲'),
    ('广', '廣'),
    ('动', '動'),
    ('设', '設'),
    ('备', '備'),
    ('机', '機'),
    ('医', '醫'),
    ('疗', '療'),
    ('环', '環'),
    ('术', '術'),
    ('网', '網'),
    ('络', '絡'),
    ('软', '軟'),
    ('汽', '汽'),
    ('车', '車'),
    ('纺', '紡'),
    ('织', '織'),
    ('筑', '築'),
    ('责', '責'),
    ('苏', '蘇'),
    ('宁', '寧'),
    ('门', '門'),
    ('庆', '慶'),
    ('汉', '漢'),
    ('济', '濟'),
];
