//! Texts of 64 KiB that are meant to hurt.

const LIMIT: usize = 64 * 1024;

/// A name and a text each.
pub(crate) fn texts() -> Vec<(&'static str, String)> {
    vec![
        ("brackets", fill("(", "1")),
        ("closed brackets", format!("{}1{}", "(".repeat(LIMIT / 2 - 1), ")".repeat(LIMIT / 2 - 1))),
        ("list brackets", fill("[", "1")),
        ("nots", fill("!", "urgent")),
        ("minuses", fill("-", "1")),
        ("members", fill("account.", "name")),
        ("parents", fill("parent.", "name")),
        ("sum", fill("1+", "1")),
        ("conjunction", fill("urgent&&", "urgent")),
        ("disjunction", fill("seats>1||", "urgent")),
        ("mixed logic", fill("urgent&&seats>1||", "urgent")),
        ("conditionals", fill("urgent?1:", "1")),
        ("conditions in conditions", fill("urgent?", "1")),
        ("calls", fill("abs(", "1")),
        ("methods", fill("name.", "lower()")),
        ("method chain", format!("name{}", ".lower()".repeat(LIMIT / 8 - 1))),
        ("indexes", format!("tags{}", "[0]".repeat(LIMIT / 3 - 2))),
        ("macros", fill("tags.exists(x,", "true")),
        ("items", format!("1 in [{}1]", "1,".repeat(LIMIT / 2 - 8))),
        ("few items", format!("1 in [{}1]", "1,".repeat(4500))),
        ("unknown names", fill("zz_y+", "zz")),
        ("unknown names in a chain", fill("amuont>1&&", "urgent")),
        ("long unknown name", fill("z", "")),
        ("long unknown function", fill("z", "()")),
        ("characters", fill("#", "")),
        ("full-width", fill("（", "")),
        ("slips", fill("=", "")),
        ("open text", fill("'a", "")),
        ("escapes", format!("'{}'", "\\q".repeat(LIMIT / 2 - 2))),
        ("back-quotes", fill("`", "")),
        ("triple quotes", fill("'''", "")),
        ("digits", fill("9", "")),
        ("decimals", fill("1.", "1")),
        ("comments", fill("//", "")),
        ("lines of comments", fill("//\n", "1")),
        ("blanks", fill(" ", "1")),
        ("commas", fill(",", "")),
        ("dots", fill(".", "")),
        ("questions", fill("?", "")),
        ("patterns", fill(r"name.matches('\\w{90}')&&", "urgent")),
        ("one pattern", format!("name.matches('{}')", r"\\w{90}".repeat(LIMIT / 8 - 4))),
        ("deep pattern", format!("name.matches('{}')", "(".repeat(LIMIT - 20))),
        ("repeated pattern", format!("name.matches('{}')", "(a{99}){99}".repeat(400))),
        ("text sum", fill("'aaaaaaaa'+", "'a'")),
        ("lists of lists", fill("[[1],[1]]==", "[]")),
        ("in chain", fill("1 in ", "[1]")),
        ("choices", fill("rating=='hto'||", "urgent")),
        ("presence", fill("has(name)&&", "has(name)")),
        ("contradictions", fill("seats>1&&seats<9&&", "seats!=5")),
        ("nested logic", format!("{}urgent{}", "(urgent||(urgent&&".repeat(31), "))".repeat(31))),
        ("too long", " ".repeat(LIMIT + 1)),
    ]
}

fn fill(part: &str, tail: &str) -> String {
    let mut text = part.repeat((LIMIT - tail.len()) / part.len());
    text.push_str(tail);
    text
}
