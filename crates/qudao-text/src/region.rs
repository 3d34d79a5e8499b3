//! Administrative divisions of China (GB/T 2260) and countries, as they occur in names and addresses.
//!
//! The divisions come from `data/gb2260.txt`, which names its source. Countries and the English names of the
//! larger Chinese places are listed here.

use std::sync::OnceLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::list::{List, listed};
const DIVISIONS: &str = include_str!("../data/gb2260.txt");

/// The rank of a division.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A country.
    Country,
    /// A province, autonomous region, municipality or special administrative region.
    Province,
    /// A prefecture.
    City,
    /// A district, county or county-level city.
    District,
}

/// A division.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The code of GB/T 2260, or the ISO 3166 code of a country.
    pub code: &'static str,
    /// The full name: 深圳市, 广西壮族自治区.
    pub name: &'static str,
    /// The short name, as in everyday use: 深圳, 广西. Equal to the name where no short one is in use.
    pub short: &'static str,
    /// The rank.
    pub level: Level,
}

impl Region {
    /// Whether this division lies in another one, by the code.
    #[must_use]
    pub fn is_within(&self, other: &Region) -> bool {
        let prefix = match other.level {
            Level::Country => return other.code == "CN" && self.level > Level::Country,
            Level::Province => other.code.get(..2),
            Level::City => other.code.get(..4),
            Level::District => Some(other.code),
        };
        self.level > other.level && prefix.is_some_and(|p| self.code.starts_with(p))
    }
}

struct Tables {
    regions: Vec<Region>,
    /// Full names to positions in `regions`; several counties may share a name.
    by_name: FxHashMap<&'static str, Vec<usize>>,
    /// Short names that are safe without their suffix.
    by_short: FxHashMap<&'static str, Vec<usize>>,
    /// Codes of divisions to positions in `regions`.
    by_code: FxHashMap<&'static str, usize>,
    /// The length in letters of the longest name with these first two letters, and with these last two: most texts
    /// begin and end with no name, and this tells at once.
    by_start: FxHashMap<[char; 2], usize>,
    by_end: FxHashMap<[char; 2], usize>,
    /// Places by their names in Latin letters.
    by_latin: FxHashMap<&'static str, &'static str>,
    /// First words of those names.
    latin_starts: FxHashSet<&'static str>,
}

/// County-level cities that are named without 市 in company names. Others read as common words (东方, 合作, 天长).
const WELL_KNOWN: &[&str] = &[
    "昆山",
    "江阴",
    "张家港",
    "常熟",
    "太仓",
    "宜兴",
    "靖江",
    "泰兴",
    "启东",
    "如皋",
    "丹阳",
    "扬中",
    "溧阳",
    "义乌",
    "慈溪",
    "余姚",
    "诸暨",
    "嵊州",
    "海宁",
    "桐乡",
    "平湖",
    "温岭",
    "临海",
    "玉环",
    "乐清",
    "瑞安",
    "永康",
    "东阳",
    "晋江",
    "石狮",
    "南安",
    "福清",
    "龙口",
    "荣成",
    "诸城",
    "寿光",
    "滕州",
    "邹城",
    "胶州",
    "平度",
    "莱西",
    "莱州",
    "招远",
    "都江堰",
    "彭州",
    "崇州",
    "浏阳",
    "宁乡",
    "迁安",
    "三河",
    "任丘",
    "霸州",
    "涿州",
    "开平",
    "鹤山",
    "台山",
    "普宁",
    "四会",
    "恩施",
    "仙桃",
    "潜江",
    "公主岭",
    "绥芬河",
    "瓦房店",
    "庄河",
    "库尔勒",
    "凯里",
    "景洪",
    "瑞丽",
];

/// ISO 3166 code, Chinese name, names in Latin letters (folded). Source: codes of ISO 3166; Chinese names as in CLDR (Unicode licence;
/// checked against Babel 2.19.0), apart from the short ones in use for the Emirates and Saudi Arabia; names in Latin letters by hand.
const COUNTRIES: &[(&str, &str, &[&str])] = &[
    ("CN", "中国", &["china", "prc", "p r c"]),
    ("JP", "日本", &["japan"]),
    ("KR", "韩国", &["korea", "south korea"]),
    ("US", "美国", &["usa", "u s a", "united states", "america", "us"]),
    ("CA", "加拿大", &["canada"]),
    ("MX", "墨西哥", &["mexico"]),
    ("BR", "巴西", &["brazil", "brasil"]),
    ("AR", "阿根廷", &["argentina"]),
    ("GB", "英国", &["uk", "u k", "united kingdom", "great britain"]),
    ("IE", "爱尔兰", &["ireland"]),
    ("DE", "德国", &["germany", "deutschland"]),
    ("FR", "法国", &["france"]),
    ("ES", "西班牙", &["spain", "espana"]),
    ("PT", "葡萄牙", &["portugal"]),
    ("IT", "意大利", &["italy", "italia"]),
    ("NL", "荷兰", &["netherlands", "nederland", "holland"]),
    ("BE", "比利时", &["belgium"]),
    ("CH", "瑞士", &["switzerland", "schweiz", "suisse"]),
    ("AT", "奥地利", &["austria", "osterreich"]),
    ("PL", "波兰", &["poland", "polska"]),
    ("SE", "瑞典", &["sweden"]),
    ("NO", "挪威", &["norway"]),
    ("DK", "丹麦", &["denmark"]),
    ("FI", "芬兰", &["finland"]),
    ("RU", "俄罗斯", &["russia"]),
    ("TR", "土耳其", &["turkey", "turkiye"]),
    ("AE", "阿联酋", &["uae", "dubai"]),
    ("SA", "沙特", &["saudi arabia"]),
    ("IN", "印度", &["india"]),
    ("SG", "新加坡", &["singapore"]),
    ("MY", "马来西亚", &["malaysia"]),
    ("TH", "泰国", &["thailand"]),
    ("VN", "越南", &["vietnam", "viet nam"]),
    ("ID", "印度尼西亚", &["indonesia"]),
    ("PH", "菲律宾", &["philippines"]),
    ("AU", "澳大利亚", &["australia"]),
    ("NZ", "新西兰", &["new zealand"]),
    ("ZA", "南非", &["south africa"]),
];

/// The larger Chinese places in Latin letters: Pinyin of the names of the divisions, and the forms in use (Hong Kong, Tibet).
const LATIN_PLACES: &[(&str, &str)] = &[
    ("beijing", "北京"),
    ("peking", "北京"),
    ("tianjin", "天津"),
    ("shanghai", "上海"),
    ("chongqing", "重庆"),
    ("hebei", "河北"),
    ("shanxi", "山西"),
    ("shaanxi", "陕西"),
    ("inner mongolia", "内蒙古"),
    ("liaoning", "辽宁"),
    ("jilin", "吉林"),
    ("heilongjiang", "黑龙江"),
    ("jiangsu", "江苏"),
    ("zhejiang", "浙江"),
    ("anhui", "安徽"),
    ("fujian", "福建"),
    ("jiangxi", "江西"),
    ("shandong", "山东"),
    ("henan", "河南"),
    ("hubei", "湖北"),
    ("hunan", "湖南"),
    ("guangdong", "广东"),
    ("guangxi", "广西"),
    ("hainan", "海南"),
    ("sichuan", "四川"),
    ("guizhou", "贵州"),
    ("yunnan", "云南"),
    ("tibet", "西藏"),
    ("gansu", "甘肃"),
    ("qinghai", "青海"),
    ("ningxia", "宁夏"),
    ("xinjiang", "新疆"),
    ("taiwan", "台湾"),
    ("taipei", "台北"),
    ("hong kong", "香港"),
    ("hongkong", "香港"),
    ("hk", "香港"),
    ("h k", "香港"),
    ("macau", "澳门"),
    ("macao", "澳门"),
    ("shenzhen", "深圳"),
    ("guangzhou", "广州"),
    ("dongguan", "东莞"),
    ("foshan", "佛山"),
    ("zhuhai", "珠海"),
    ("huizhou", "惠州"),
    ("zhongshan", "中山"),
    ("shantou", "汕头"),
    ("hangzhou", "杭州"),
    ("ningbo", "宁波"),
    ("wenzhou", "温州"),
    ("jiaxing", "嘉兴"),
    ("shaoxing", "绍兴"),
    ("yiwu", "义乌"),
    ("nanjing", "南京"),
    ("suzhou", "苏州"),
    ("wuxi", "无锡"),
    ("changzhou", "常州"),
    ("nantong", "南通"),
    ("kunshan", "昆山"),
    ("yangzhou", "扬州"),
    ("xuzhou", "徐州"),
    ("hefei", "合肥"),
    ("wuhu", "芜湖"),
    ("fuzhou", "福州"),
    ("xiamen", "厦门"),
    ("quanzhou", "泉州"),
    ("nanchang", "南昌"),
    ("jinan", "济南"),
    ("qingdao", "青岛"),
    ("yantai", "烟台"),
    ("weifang", "潍坊"),
    ("weihai", "威海"),
    ("zibo", "淄博"),
    ("zhengzhou", "郑州"),
    ("luoyang", "洛阳"),
    ("wuhan", "武汉"),
    ("changsha", "长沙"),
    ("chengdu", "成都"),
    ("mianyang", "绵阳"),
    ("guiyang", "贵阳"),
    ("kunming", "昆明"),
    ("xian", "西安"),
    ("lanzhou", "兰州"),
    ("shenyang", "沈阳"),
    ("dalian", "大连"),
    ("changchun", "长春"),
    ("harbin", "哈尔滨"),
    ("shijiazhuang", "石家庄"),
    ("tangshan", "唐山"),
    ("baoding", "保定"),
    ("taiyuan", "太原"),
    ("haikou", "海口"),
    ("sanya", "三亚"),
    ("nanning", "南宁"),
    ("guilin", "桂林"),
    ("urumqi", "乌鲁木齐"),
    ("hohhot", "呼和浩特"),
    ("yinchuan", "银川"),
    ("xining", "西宁"),
    ("lhasa", "拉萨"),
];

/// Short names of prefectures that are words or brands: 阿里巴巴 is not in 阿里地区.
const MISREAD: &[&str] = &["阿里", "和田", "兴安", "海西", "海东", "海北", "黄南", "红河", "玉树"];

const ETHNIC: &[&str] = &[
    "维吾尔",
    "壮族",
    "回族",
    "藏族",
    "苗族",
    "彝族",
    "侗族",
    "布依族",
    "土家族",
    "羌族",
    "傣族",
    "景颇族",
    "傈僳族",
    "白族",
    "哈尼族",
    "朝鲜族",
    "蒙古族",
    "蒙古",
    "哈萨克",
    "柯尔克孜",
];

/// 深圳市 → 深圳, 广西壮族自治区 → 广西.
fn short_of(name: &'static str) -> &'static str {
    for suffix in ["特别行政区", "自治区", "自治州", "地区", "省", "市", "盟"] {
        if let Some(stem) = name.strip_suffix(suffix) {
            let mut stem = stem;
            if matches!(suffix, "自治区" | "自治州") && stem != "内蒙古" {
                // Peoples may be listed one after the other: 黔西南布依族苗族自治州.
                while let Some(shorter) = listed(List::Divisions, ETHNIC)
                    .iter()
                    .find_map(|e| stem.strip_suffix(e))
                    .filter(|s| !s.is_empty())
                {
                    stem = shorter;
                }
            }
            return if stem.chars().count() >= 2 { stem } else { name };
        }
    }
    name
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let mut regions: Vec<Region> = listed(List::Countries, COUNTRIES)
            .iter()
            .map(|(code, name, _)| Region { code, name, short: name, level: Level::Country })
            .collect();
        for line in listed(List::Divisions, DIVISIONS).lines() {
            let Some((code, name)) =
                line.split_once(' ').filter(|(c, _)| c.bytes().all(|b| b.is_ascii_digit()))
            else {
                continue;
            };
            // The cities of Taiwan share the code of the province.
            let level = if code.ends_with("0000") && (code != "710000" || name == "台湾省") {
                Level::Province
            } else if code.ends_with("00") {
                Level::City
            } else {
                Level::District
            };
            regions.push(Region { code, name, short: short_of(name), level });
        }
        let mut by_name: FxHashMap<&'static str, Vec<usize>> = FxHashMap::default();
        let mut by_short: FxHashMap<&'static str, Vec<usize>> = FxHashMap::default();
        let mut by_code = FxHashMap::default();
        for (at, region) in regions.iter().enumerate() {
            by_name.entry(region.name).or_default().push(at);
            by_code.entry(region.code).or_insert(at);
            let safe = (region.level < Level::District
                && !listed(List::Divisions, MISREAD).contains(&region.short))
                || listed(List::Divisions, WELL_KNOWN).contains(&region.short);
            if safe {
                by_short.entry(region.short).or_default().push(at);
            }
        }
        let (mut by_start, mut by_end) = (FxHashMap::default(), FxHashMap::default());
        for name in by_name.keys().chain(by_short.keys()) {
            let letters: Vec<char> = name.chars().collect();
            for (ends, map) in
                [(letters.first_chunk::<2>(), &mut by_start), (letters.last_chunk::<2>(), &mut by_end)]
            {
                if let Some(two) = ends {
                    let longest = map.entry(*two).or_insert(0);
                    *longest = letters.len().max(*longest);
                }
            }
        }
        let mut by_latin = FxHashMap::default();
        let countries = listed(List::Countries, COUNTRIES)
            .iter()
            .flat_map(|(code, _, names)| names.iter().map(move |n| (*n, *code)));
        for (latin, place) in countries.chain(listed(List::Divisions, LATIN_PLACES).iter().copied()) {
            by_latin.entry(latin).or_insert(place);
        }
        let latin_starts = by_latin.keys().filter_map(|n| n.split(' ').next()).collect();
        Tables { regions, by_name, by_short, by_code, by_start, by_end, by_latin, latin_starts }
    })
}

/// The division with a code of GB/T 2260. A district code that is not listed answers its city or province.
#[must_use]
pub fn by_code(code: &str) -> Option<&'static Region> {
    let tables = tables();
    let find = |code: &str| tables.by_code.get(code).and_then(|at| tables.regions.get(*at));
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return listed(List::Countries, COUNTRIES)
            .iter()
            .position(|(c, ..)| *c == code)
            .and_then(|i| tables.regions.get(i));
    }
    find(code)
        .or_else(|| code.get(..4).and_then(|c| find(&format!("{c}00"))))
        .or_else(|| code.get(..2).and_then(|c| find(&format!("{c}0000"))))
}

/// The divisions of a full or short Chinese name; several districts may share one.
#[must_use]
pub fn by_name(name: &str) -> Vec<&'static Region> {
    let tables = tables();
    let positions = tables.by_name.get(name).or_else(|| tables.by_short.get(name));
    positions.into_iter().flatten().filter_map(|i| tables.regions.get(*i)).collect()
}

/// The division of a name in Latin letters (folded words parted by single spaces), such as `hong kong`.
#[must_use]
pub fn by_latin(words: &str) -> Option<&'static Region> {
    let place = tables().by_latin.get(words)?;
    // Countries are listed by code, places in China by name.
    if place.is_ascii() { by_code(place) } else { by_name(place).into_iter().next() }
}

/// As [`by_latin`], of words that are not joined yet.
pub(crate) fn by_latin_words(words: &[&str]) -> Option<&'static Region> {
    let first = words.first()?;
    if !tables().latin_starts.contains(first.split(' ').next().unwrap_or_default()) {
        return None;
    }
    match words {
        [word] => by_latin(word),
        words => by_latin(&words.join(" ")),
    }
}

/// The longest name of a division at the beginning of a text, within `within` if given, and its length in bytes.
/// Districts are recognised by full name only, apart from a few cities.
pub(crate) fn prefix(text: &str, within: Option<&Region>) -> Option<(&'static Region, usize)> {
    let (regions, length) = prefixes(text, within)?;
    regions.first().map(|r| (*r, length))
}

/// No name of a division is longer.
const MOST_LETTERS: usize = 15;

/// As [`prefix`], with every division of that name.
pub(crate) fn prefixes(text: &str, within: Option<&Region>) -> Option<(Vec<&'static Region>, usize)> {
    let tables = tables();
    let mut letters = text.chars();
    let start = [letters.next()?, letters.next()?];
    let longest = *tables.by_start.get(&start)?;
    let (mut places, mut count) = ([0; MOST_LETTERS], 0);
    let ends = text.char_indices().map(|(i, c)| i.saturating_add(c.len_utf8())).take(longest);
    for (place, end) in places.iter_mut().zip(ends) {
        *place = end;
        count += 1;
    }
    for end in places.into_iter().take(count).rev().filter(|e| *e >= 6) {
        let Some(head) = text.get(..end) else { continue };
        for names in [&tables.by_name, &tables.by_short] {
            let found = names.get(head).into_iter().flatten().filter_map(|i| tables.regions.get(*i));
            let candidates: Vec<&'static Region> =
                found.filter(|r| within.is_none_or(|w| r.is_within(w))).collect();
            if !candidates.is_empty() {
                return Some((candidates, end));
            }
        }
    }
    None
}

/// The division a text ends with (short or full name, at least a city), and where it begins.
pub(crate) fn suffix(text: &str) -> Option<(&'static Region, usize)> {
    let tables = tables();
    let mut letters = text.chars().rev();
    let (last, before) = (letters.next()?, letters.next()?);
    let longest = *tables.by_end.get(&[before, last])?;
    let starts: Vec<usize> =
        text.char_indices().rev().map(|(i, _)| i).take(longest.min(MOST_LETTERS)).collect();
    for start in starts.into_iter().rev() {
        let Some(tail) = text.get(start..) else { continue };
        let position = tables.by_name.get(tail).or_else(|| tables.by_short.get(tail)).and_then(|p| p.first());
        if let Some(region) = position.and_then(|i| tables.regions.get(*i)).filter(|_| tail.len() >= 6) {
            return Some((region, start));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_codes() {
        for (code, name, short, level) in [
            ("110000", "北京市", "北京", Level::Province),
            ("440300", "深圳市", "深圳", Level::City),
            ("450000", "广西壮族自治区", "广西", Level::Province),
            ("150000", "内蒙古自治区", "内蒙古", Level::Province),
            ("650000", "新疆维吾尔自治区", "新疆", Level::Province),
            ("522300", "黔西南布依族苗族自治州", "黔西南", Level::City),
            ("532500", "红河哈尼族彝族自治州", "红河", Level::City),
            ("810000", "香港特别行政区", "香港", Level::Province),
            ("440305", "南山区", "南山区", Level::District),
            ("320583", "昆山市", "昆山", Level::District),
            ("320200", "无锡市", "无锡", Level::City),
            ("CN", "中国", "中国", Level::Country),
        ] {
            let region = by_code(code).unwrap_or_else(|| panic!("{code}"));
            assert_eq!((region.name, region.short, region.level), (name, short, level));
        }
        assert_eq!(by_code("440399").unwrap().name, "深圳市");
        assert_eq!(by_code("999999"), None);
        assert_eq!(by_name("朝阳区").len(), 2);
        assert_eq!(by_name("东方").len(), 0);
        assert_eq!(by_latin("hong kong").unwrap().short, "香港");
        assert_eq!(by_latin("germany").unwrap().code, "DE");
        assert_eq!(by_latin("acme"), None);
    }

    #[test]
    fn prefixes_and_suffixes() {
        let p = |s: &str| prefix(s, None).map(|(r, n)| (r.short, s[n..].to_owned()));
        assert_eq!(p("深圳市腾讯"), Some(("深圳", "腾讯".to_owned())));
        assert_eq!(p("深圳腾讯"), Some(("深圳", "腾讯".to_owned())));
        assert_eq!(p("广西壮族自治区南宁"), Some(("广西", "南宁".to_owned())));
        assert_eq!(p("华为"), None);
        assert_eq!(p("东方电气"), None);
        let beijing = by_code("110000").unwrap();
        assert_eq!(prefix("朝阳区", Some(beijing)).unwrap().0.code, "110105");
        assert_eq!(suffix("腾讯科技深圳").map(|(r, _)| r.short), Some("深圳"));
        assert_eq!(suffix("腾讯科技"), None);
    }

    #[test]
    fn every_latin_place_is_known() {
        for (latin, short) in LATIN_PLACES {
            assert_eq!(by_latin(latin).map(|r| r.short), Some(*short), "{latin}");
        }
    }
}
