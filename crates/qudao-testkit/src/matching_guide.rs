//! `docs/matching.md`: how matching decides, with pairs that the engine itself explains.

use std::fmt::Write as _;

use qudao::model::{Record, RecordId};
use qudao::prelude::{Engine, Value};

const BLUEPRINT: &str = "qudao: 1
objects:
  account:
    fields:
      tax_id: {type: text, format: uscc, identity: true}
matching:
  account.same:
    compare: {name: company_name, address: address, phone: phone, email: email, tax_id: exact}
duplicates:
  - {object: account, using: account.same, insert: warn, update: report}
";

/// Two rows, and what they show.
struct Example {
    en: &'static str,
    zh: &'static str,
    left: &'static [(&'static str, &'static str)],
    right: &'static [(&'static str, &'static str)],
}

const EXAMPLES: &[Example] = &[
    Example {
        en: "Another script, another legal form written short, another way to write the phone: one company.",
        zh: "繁简、法定形式简写、电话写法不同：同一家企业。",
        left: &[
            ("name", "深圳市興永科技有限公司"),
            ("phone", "0755-28780808"),
            ("address", "深圳市南山区科技园路1号"),
        ],
        right: &[
            ("name", "兴永科技（深圳）"),
            ("phone", "+86 755 2878 0808"),
            ("address", "广东省深圳市南山区科技园路1号"),
        ],
    },
    Example {
        en: "Sister firms in one building: everything that tells a place agrees, the trade word speaks against it: a person should look at most.",
        zh: "同一地址的兄弟企业：地点信息全部一致，但行业词不同，至多需人工复核。",
        left: &[
            ("name", "沈阳新星科技有限公司"),
            ("phone", "024-22880001"),
            ("address", "沈阳市和平区南京街5号"),
        ],
        right: &[
            ("name", "沈阳新星服饰有限公司"),
            ("phone", "024-22880001"),
            ("address", "沈阳市和平区南京街5号"),
        ],
    },
    Example {
        en: "A company and its contact, kept in one list: never the same.",
        zh: "企业与其联系人混在一个列表中：永不视为同一。",
        left: &[
            ("name", "Phoenix Networks GmbH"),
            ("phone", "+49 30 901820"),
            ("email", "info@phoenix-networks.de"),
        ],
        right: &[
            ("name", "Anna Schmidt"),
            ("phone", "+49 30 901820"),
            ("email", "anna.schmidt@phoenix-networks.de"),
        ],
    },
    Example {
        en: "Two valid tax ids that differ forbid the pair, whatever else agrees.",
        zh: "两个有效且不同的税号一票否决，无论其他字段多么一致。",
        left: &[("name", "华为技术有限公司"), ("phone", "0755-28780808"), ("tax_id", "914403001922038216")],
        right: &[("name", "华为技术有限公司"), ("phone", "0755-28780808"), ("tax_id", "91110000802100433B")],
    },
    Example {
        en: "A branch is related to its company, not the same.",
        zh: "分公司与总公司相关，但不是同一个。",
        left: &[("name", "上海浦发贸易有限公司"), ("phone", "021-61618888")],
        right: &[("name", "上海浦发贸易有限公司杭州分公司"), ("phone", "0571-87790101")],
    },
    Example {
        en: "A missing value is neutral: the phone says nothing for or against.",
        zh: "缺失值是中性的：电话既不支持也不反对。",
        left: &[("name", "Silverline Systems Ltd"), ("email", "sales@silverline-systems.com")],
        right: &[
            ("name", "Silverline Systems Limited"),
            ("email", "sales@silverline-systems.com"),
            ("phone", "N/A"),
        ],
    },
];

const HEAD: &str = "Two questions are kept apart: *how similar are two records* (a rule under `matching:`) and *what is done about it*
(a rule under `duplicates:`). The same comparison answers in a form while somebody types, in an import and over a whole table.

两个问题分开回答：*两条记录有多相似*（`matching:` 下的规则）与*如何处理*（`duplicates:` 下的规则）。录入表单、批量导入与全表扫描使用同一套比较。

```yaml
BLUEPRINT```

## 1. Which pairs are compared · 哪些记录会被比较

A table of a million rows has half a trillion pairs; nearly all of them have nothing in common. A **blocking key** puts rows
that share something into one block: the same phone, the same core of the name, a word of the name, a house number with a word of the street.
Pairs within a block are compared, each once. Keys may be declared under `block:`; where none is, they follow from how the fields
are compared, and the lint `matching.keys_derived` says which. A block above `max_block` (50) is cut by an added key, such as another word of the
name or the house number; in a table of more than 20,000 rows keys by single words are cut from an eighth of that on, those by the mailbox alone from a sixteenth, those by a company's
core from a quarter, and of a text's words only the two rarest that another value holds too bring rows together. What is too large even so is reported
(`oversized`), never dropped in silence. With labels at hand, the share of true pairs that blocking reaches is reported as well (blocking recall).

分块键把有共同点的记录放到一起（同一电话、同一字号、名称中的同一个词等），只比较同块内的记录对。超过 `max_block` 的块会再加一个键细分；
仍然过大的会写入 `oversized` 报告，绝不悄悄丢弃。

**A second look.** A record with a slip in every word shares none of them with its duplicate. A key with the part `minhash`, such as `[name.minhash]` or
`[name.minhash, city]`, is for records that found no partner at or above the review threshold by the other keys: they look among all rows that share a value of it. A text is taken as
the set of its pairs of neighbouring letters, word by word (of Chinese, characters and pairs of them). The least hash of the set is the same for two texts with the probability of their
resemblance *J*, the share of pairs that they have in common (A. Z. Broder, *On the Resemblance and Containment of Documents*, 1997); three such hashes make a value, and a text
has eight values, so that two texts meet with the probability

    1 − (1 − J³)⁸

which is .86 at *J* = .6, .66 at .5 and .06 at .2 (P. Indyk and R. Motwani, *Approximate Nearest Neighbors*, 1998). Blocks are bounded as all are. One record that is looked up meets others by such
a key at once, since a bounded number of records is read in any case; a pair is answered alike in both. No key of this kind is derived for companies: measured on tables of 100,000 of them it
compared half of a percent more of the true pairs for a fifth more time, and most of those were not joined anyway. A guess from the columns of a table of people, whose names stand in two columns, has such keys: on the public table fake_1000 of Splink they raise recall from .836 to .861 without a wrong pair.

**二次查找**：每个词都有笔误的记录与其重复记录没有共同的词。含 `minhash` 的键仅用于按其他键未找到伙伴的记录：按相邻字母对（中文为单字与字对）的集合相似度相遇，块同样有上限。单条查询时与其他键一起使用。

Of more than 16 rows that are equal in everything the rule looks at, the first stands for all: it alone is compared with different rows, the others
are listed beside it, and the cluster takes all of them. Between two linked tables the first such row of each has all pairs, and each of the others its best
one. So a table that holds one row a million times is answered about as fast as it is read.

规则所看的各字段完全相同的行超过 16 行时，由首行代表全部：仅首行与其他行比较，其余各行与首行成对列出并归入同一组。

A stored workspace keeps the same keys in an index that changes in the transaction of each save, so that one new record reads a bounded
number of others however many there are.

## 2. How two values compare · 两个值如何比较

Values are folded once: Unicode NFKC, case, full width, traditional to simplified Chinese. Then each field has a comparator, and each pair of values a
**level**: `exact`, `high`, `medium`, `low`, `different`, or `missing` where either side has none (placeholders such as N/A or 无 are none).

| comparator | what it looks at |
|---|---|
| `company_name` | place, core, trade word, legal form and branch, each by itself. The core decides; a place or a trade word that contradicts forbids. Trade words may be shortened or hold one slip (`Pharm`, `Mktg`, `enginrering`); a state in brackets or what follows a dash (`Acme Inc. - Kansas City`) is a place; a number or sign behind the legal form (有限公司1) is no part of the name |
| `person_name` | family and given name in either order, initials, nicknames, Chinese names and their pinyin |
| `address` | divisions (missing levels filled in), street, number |
| `phone` | digits; country and area code may be missing; one slip of a digit |
| `email`, `domain` | mailbox and company domain apart; public mail providers say nothing |
| `text` | words in any order by Jaro-Winkler similarity (W. E. Winkler, 1990), combined after Monge and Elkan (1996), made symmetric; Chinese text by the shortest edit (V. I. Levenshtein, 1966) |
| `exact`, `number`, `date` | the same, or how far apart |

## 3. How much a level weighs · 每个级别的权重

For a level *l* of a field, *m* is the share of true pairs that show it and *u* the share of different pairs that show it by chance. Its
weight, in bits, is

    w(l) = log2( m(l) / u(l) )

and the probability of a pair follows from the sum over all fields and the prior odds *p / (1 − p)* that any two rows are one:

    W = log2( p / (1 − p) ) + Σ w        P = 2^W / (1 + 2^W)

(I. P. Fellegi and A. B. Sunter, *A Theory for Record Linkage*, Journal of the American Statistical Association 64, 1969; levels after
Winkler, 1990). A missing value adds nothing. Weights are whole numbers of 1/1000 bit, so that every platform comes to the same answer.

Where a company or a person is compared, phone, address and domain are not independent of each other: sister firms and households share them all. Of
those that agree the weightiest counts in full and the others a quarter, until a model has learned the share.

权重为 log2(m/u)；各字段权重与先验相加得到概率。缺失值不计分。电话、地址、域名并不相互独立，一致时最重的全额计入，其余按四分之一计。

**By hand**: `weights:` in a rule. **Without labels**: *u* is counted (a value that *n* rows hold agrees in *n (n − 1) / 2* pairs) and *m* is found by
expectation-maximisation over the patterns of compared pairs (A. P. Dempster, N. M. Laird and D. B. Rubin, 1977; Winkler, 1988). Agreement on a
rare value weighs more than on a frequent one (term frequency; Winkler, 2000): values are put into classes by how many rows hold them.
Names that differ, and still agree at `medium` or `high`, may share a **word**: the rarest one that they share tells how much that agreement weighs. With
*P(k)* the number of pairs of rows that share a word of class *k* (*n (n − 1) / 2* for a word of *n* rows; classes are up to 2, 8, 32, … 8192 rows, more), *P* the sum
over all classes, and *u(l)* the share of different pairs that come to level *l* and share any word, which a sample tells,

    u(l, k) = u(l) · P(k) / P

(the adjustment of Winkler, *Frequency-Based Matching in Fellegi-Sunter Model of Record Linkage*, Census Bureau RR2000/06, 2000, by word). *m(l, k)* comes from
expectation-maximisation as that of any level, and a class never weighs less than a more frequent one: classes that say otherwise are taken for one (isotonic regression; M. Ayer and
others, 1955). Of a company's name only what distinguishes it has words, so a rare brand weighs, and legal form, place and trade do not; of Chinese, two neighbouring
characters are a word. Below `medium` a rare word in common tells sister firms as often as one firm, and is not counted. An explanation names the frequency of the value or the word.
Pairs drawn at random tell the rest of *u*: 100,000, or one for every ten rows where that is more. What is assumed weighs like 10,000 of them in a table of up to 10,000 rows, and less in a larger one
(like 1,000 from 100,000 rows on): the larger a table, the smaller are the chances that matter, and an assumption of 1 in 10,000 would hide that something was never seen.

名称不同但达到 `medium` 或 `high` 时，按两者共有的最罕见的词计权：罕见的字号权重高，常见词权重低；法定形式、地区与行业词不计入。中文以相邻两字为一词。解释结果会注明所共有的值或词的频度。

Where an identity field names pairs that are the same beyond doubt, *m* of the other fields is counted on those. Small tables lean on what is
assumed. What was learned is a JSON file that people can read, and gives the same answers wherever it is loaded.

Rows that are equal in all that is compared are one thing written several times: *u* and the frequencies count one of them, *n* above is the number of
*different* rows that hold a value. So a table full of equal rows, an export run ten times over, does not teach that agreement says nothing: equal rows
are found whatever a table teaches, provided that what they agree in identifies (a name with a phone; not a city alone). Many *different* rows that
share a value, a switchboard or a chain's head office, still make agreement on it weigh less.

在所比较的字段上完全相同的行视为同一事物的重复记录：统计 *u* 与词频时只计一行，因此大量完全相同的行不会使“一致”失去意义，只要一致的内容足以识别
（如名称加电话，而非仅城市），这些行总能被找到。

**From labels**: people say of some pairs whether they are the same; the ones asked about first are near the threshold and unlike each other. Each field
gets two factors *f*, one for weights above zero and one for those below, and the prior moves, so that the labels become most probable:

    P(same) = 2^W' / (1 + 2^W')        W' = b + Σ f · w

(logistic regression; factors are held to 1 and *b* to the prior by a ridge penalty: S. le Cessie and J. C. van Houwelingen, *Ridge Estimators in Logistic
Regression*, Applied Statistics 41, 1992). A few labels move little. Labels that contradict each other, by way of a third row too, are an error.

由标注学习：对接近阈值且互不相似的记录对先行提问；每个字段得到两个系数，并以岭回归约束在 1 附近，少量标注只会带来小幅调整。相互矛盾的标注会报错并指出行号。

## 4. What forbids a pair · 一票否决

Two different valid values of a field declared `identity: true`; a person beside a company. A company and its branch are *related*. No third record
bridges what is forbidden: the same holds for whole clusters.

## 5. What becomes one · 何时合为一组

From `thresholds.match` (0.95) on a pair is taken for the same; from `thresholds.review` (0.70) on a person should look. Clusters are joined by falling
weight, and only where the average over the pairs between them reaches the review threshold (average linkage; R. R. Sokal and C. D. Michener, 1958), so that a chain of
near matches does not run on.

组与组之间的平均得分达到复核阈值才会合并，避免“链式”误并。

**Two tables, one to one** (`one_to_one`, in Kotlin and Swift `oneToOne`, `qudao link --one-to-one`). Linking two tables tells every pair from `thresholds.review` on. Where each record has at most one counterpart, pairs are
taken by falling weight, of equal ones that of the smaller ids, and a pair is left out when one of its records is taken. So no two records are left that would
both rather have each other (a stable matching; D. Gale and L. S. Shapley, *College Admissions and the Stability of Marriage*, 1962), and the sum of weights is at least half of the
largest one (D. Avis, *A Survey of Heuristics for the Weighted Matching Problem*, 1983). The largest sum (a linear assignment; M. A. Jaro, 1989) is not what is asked for: it gives up a pair
beyond doubt for two that are barely likely.

**两表一对一**：按得分从高到低取对，任一记录已被占用的记录对舍去；得分相同时 id 较小者优先。

**Ids that stay.** A search numbers clusters by row, and rows move. A cluster also has an id of its own: the id of the smallest of its records, as texts
compare. A later search that is told the ids of an earlier one (`ClusterIds` in Rust, `previous` in Python, Kotlin and Swift, `qudao dedupe --previous`) keeps them, whatever rows came, went or
changed places: a cluster takes the id of the earlier cluster with which it shares most records. So the larger part of a cluster that fell apart keeps the id, and
of several that became one the id of the largest stays (of equal ones the smaller id). A cluster with nothing of earlier ones gets an id that was never used. Each
cluster is told as *kept*, *merged*, *split*, *regrouped* (both) or *new*, with how many records it has of which earlier one (after D. Greene, D. Doyle and P. Cunningham,
*Tracking the Evolution of Communities in Dynamic Social Networks*, 2010). Records that are away keep their cluster for when they come back.

**编号稳定**：聚类编号取其最小记录 id；后续运行若得到上次的编号（Rust 的 `ClusterIds`，Python、Kotlin、Swift 的 `previous`，命令行 `qudao dedupe --previous`），则各组沿用与其共享记录最多的旧组编号：
拆分时较大部分保留编号，合并时较大组的编号保留，新组使用从未用过的编号；并逐组说明是保留、合并、拆分、重组还是新增。

**Long searches.** A search tells how far it is, in any number of threads, and ends within a fraction of a second when it is told to; nothing is half done then. In Rust
by a `Watch`; in Python by `progress` and Ctrl-C; in Kotlin by the last argument, `engine.dedupe(object, rows) { done -> … }`, and an interrupt of the thread, so that
`runInterruptible` ends it with its coroutine; in Swift by `try await engine.dedupe(object, rows) { done in … }` and the task. A `ProgressListener` of one's own
answers whether to go on.

**耗时的查重**会报告进度，并可随时中止而不留下任何半成品：Rust 用 `Watch`，Python 用 `progress` 与 Ctrl-C，Kotlin 用末尾的 lambda 与线程中断（协程用 `runInterruptible`），
Swift 用 `async` 调用与任务取消；自定义的 `ProgressListener` 以返回值决定是否继续。

## 6. Examples · 示例

Each is explained by the engine with the Blueprint above, before anything is learned. Weights in bits; *total* begins with the prior.
";

/// The page.
pub(crate) fn page(note: &str) -> String {
    let mut out = format!("# How matching decides\n\n{note}{}", HEAD.replace("BLUEPRINT", BLUEPRINT));
    for example in EXAMPLES {
        let _ = write!(out, "\n{}\n\n{}\n\n", example.en, example.zh);
        match explained(example) {
            Ok(text) => out.push_str(&text),
            // The page is compared with the stored one by a test, so that this never reaches a reader.
            Err(error) => {
                let _ = writeln!(out, "{error}");
            }
        }
    }
    out
}

fn explained(example: &Example) -> Result<String, Box<dyn std::error::Error>> {
    let engine = Engine::from_yaml(BLUEPRINT)?;
    let account = engine.schema().object("account").ok_or("no accounts")?;
    let record = |id: &str, row: &[(&str, &str)]| -> Result<Record, Box<dyn std::error::Error>> {
        let mut record = Record::new(account.clone(), RecordId::new(id)?);
        for (field, text) in row {
            record = record.with(field, Value::text(*text))?;
        }
        Ok(record)
    };
    let score = engine.explain_pair(
        &"account.same".parse()?,
        &record("a", example.left)?,
        &record("b", example.right)?,
    )?;
    let mut out =
        "| field | one | the other | level | weight | total |\n|---|---|---|---|---:|---:|\n".to_owned();
    for line in score.evidence {
        let shown = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            line.field,
            shown(line.left),
            shown(line.right),
            line.level,
            line.weight,
            line.total
        );
    }
    let verdict = match (&score.veto, score.related) {
        (_, true) => "related · 相关".to_owned(),
        (Some(field), _) => format!("forbidden by `{field}` · 被 `{field}` 否决"),
        _ => format!("probability · 概率 {}", score.probability.normalize()),
    };
    let _ = writeln!(out, "\n→ {verdict}");
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_show_what_they_are_to_show() {
        let verdicts: Vec<String> = EXAMPLES
            .iter()
            .map(|e| {
                explained(e).unwrap_or_else(|e| e.to_string()).lines().last().unwrap_or_default().to_owned()
            })
            .collect();
        let probability = |at: usize| -> f64 {
            verdicts[at].rsplit(' ').next().and_then(|p| p.parse().ok()).unwrap_or(-1.0)
        };
        assert!(probability(0) >= 0.95, "{verdicts:?}");
        assert!((0.0..0.7).contains(&probability(1)), "{verdicts:?}");
        assert!(verdicts[2].contains("forbidden by `name`"), "{verdicts:?}");
        assert!(verdicts[3].contains("forbidden by `tax_id`"), "{verdicts:?}");
        assert!(verdicts[4].contains("related"), "{verdicts:?}");
        assert!(probability(5) >= 0.95, "{verdicts:?}");
    }
}
