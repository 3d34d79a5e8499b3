//! Whether a name in a column of companies is that of a person: contacts are often kept beside accounts.
//!
//! Short forms of given names come from the list of nicknames.

use std::collections::HashSet;
use std::sync::OnceLock;

use qudao_text::fold::is_han;
use qudao_text::list::{List, listed};
use qudao_text::{CompanyName, PersonName, parse_person};

use super::nickname::is_known;

/// Source: the 100 most frequent family names by registered population, in their order, of the report on names of 2020 by the Ministry
/// of Public Security of China (二〇二〇年全国姓名报告, February 2021). Facts of an official report, under no licence; checked against
/// reprints of the report in the press.
const FAMILY: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常";

/// Source: the 100 most frequent names of men and of women, in their order, of the name files of the 1990 census (`dist.male.first` and
/// `dist.female.first`, U.S. Census Bureau; public domain). Checked against the copy of both files in the Python package `names` 0.3.0.
const GIVEN: &str = "james john robert michael william david richard charles joseph thomas christopher daniel paul mark donald \
george kenneth steven edward brian ronald anthony kevin jason matthew gary timothy jose larry jeffrey frank scott eric stephen \
andrew raymond gregory joshua jerry dennis walter patrick peter harold douglas henry carl arthur ryan roger joe juan jack albert \
jonathan justin terry gerald keith samuel willie ralph lawrence nicholas roy benjamin bruce brandon adam harry fred wayne billy \
steve louis jeremy aaron randy howard eugene carlos russell bobby victor martin ernest phillip todd jesse craig alan shawn \
clarence sean philip chris johnny earl jimmy antonio \
mary patricia linda barbara elizabeth jennifer maria susan margaret dorothy lisa nancy karen betty helen sandra donna carol ruth \
sharon michelle laura sarah kimberly deborah jessica shirley cynthia angela melissa brenda amy anna rebecca virginia kathleen \
pamela martha debra amanda stephanie carolyn christine marie janet catherine frances ann joyce diane alice julie heather teresa \
doris gloria evelyn jean cheryl mildred katherine joan ashley judith rose janice kelly nicole judy christina kathy theresa \
beverly denise tammy irene jane lori rachel marilyn andrea kathryn louise sara anne jacqueline wanda bonnie julia ruby lois tina \
phyllis norma paula diana annie lillian emily robin";

fn given_names() -> &'static HashSet<&'static str> {
    static NAMES: OnceLock<HashSet<&'static str>> = OnceLock::new();
    NAMES.get_or_init(|| listed(List::People, GIVEN).split_whitespace().collect())
}

/// The person whose name a name looks like: no part of a company's name, and a frequent family or given name where one belongs.
pub(crate) fn person(name: &CompanyName) -> Option<PersonName> {
    let company = name.legal_form.is_some() || name.industry.is_some() || name.branch.is_some() || name.group;
    if company || name.region.is_some() || name.folded.len() > 64 {
        return None;
    }
    let person = parse_person(&name.folded);
    let looks = if name.folded.chars().any(is_han) { chinese(&person) } else { western(&person) };
    looks.then_some(person)
}

fn chinese(person: &PersonName) -> bool {
    let (family, given) = (person.family.chars().count(), person.given.chars().count());
    let han = person.family.chars().chain(person.given.chars()).all(is_han);
    han && (1..=2).contains(&given)
        && match family {
            1 => person.family.chars().all(|c| listed(List::People, FAMILY).contains(c)),
            // Compound family names are known to the parser, which splits a name of three or four letters by them.
            2 => given + family == 3,
            _ => false,
        }
}

fn western(person: &PersonName) -> bool {
    let single =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphabetic() || c == '\'' || c == '.');
    let known = |name: &str| given_names().contains(name) || is_known(name);
    if person.middle.contains(' ') || person.family.contains(" and ") {
        return false;
    }
    // An initial and a name: `B. Lee`.
    let initial =
        person.given.trim_end_matches('.').chars().count() == 1 && person.family.chars().count() > 1;
    single(&person.given)
        && single(&person.family)
        && (initial || known(&person.given) || known(&person.family))
}

#[cfg(test)]
mod tests {
    use super::*;
    use qudao_text::parse_company;

    #[test]
    fn persons_among_companies() {
        for (text, expected) in [
            ("张伟", true),
            ("張偉 先生", true),
            ("欧阳娜", true),
            ("王小明", true),
            ("Robert Allen", true),
            ("Allen, Bob", true),
            ("Mary J. Smith", true),
            ("张伟科技有限公司", false),
            ("华为", false),
            ("中兴通讯", false),
            ("Robert Allen Ltd", false),
            ("Smith & Sons", false),
            ("Blue Ridge", false),
            ("Acme", false),
            ("B. Lee", true),
            ("X Æ", false),
            ("Allen Consulting", false),
        ] {
            assert_eq!(person(&parse_company(text)).is_some(), expected, "{text}");
        }
    }
}
