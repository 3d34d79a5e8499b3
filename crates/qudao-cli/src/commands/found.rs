//! What `qudao dedupe` and `qudao link` tell in the same words, and how they write their files.

use std::path::Path;

use qudao::import::Sheet;
use qudao::matching::{Guess, OversizedBlock};
use qudao::prelude::Decimal;

use crate::console::Console;
use crate::fault::Fault;

/// The probability of `--threshold`.
pub(crate) fn threshold(text: Option<&str>) -> Result<Option<Decimal>, Fault> {
    let read = |t: &str| {
        t.parse::<Decimal>().map_err(|_| Fault::Usage("--threshold: write a number from 0 to 1".to_owned()))
    };
    text.map(read).transpose()
}

/// The line of the file in which a row stands.
pub(crate) fn line(sheet: &Sheet, row: u32) -> u64 {
    usize::try_from(row).ok().and_then(|r| sheet.rows.get(r)).map_or(0, |(line, _)| *line)
}

/// Where a column stands.
pub(crate) fn place(sheet: &Sheet, column: &str) -> Option<usize> {
    sheet.header.iter().position(|name| name == column)
}

/// For a person: what the columns were taken for.
pub(crate) fn guess(console: &mut Console<'_>, guess: &Guess) -> Result<(), Fault> {
    let label = console.word(
        "# No Blueprint was given. The columns were taken for this; keep it, edit it, put it into a Blueprint:",
        "# 未给出蓝图。各列按如下方式识别，可保留、修改并写入蓝图：",
    );
    console.line(label)?;
    console.line(guess.to_string())
}

/// For a person: companies and their branches.
pub(crate) fn related(console: &mut Console<'_>, related: usize) -> Result<(), Fault> {
    if related == 0 {
        return Ok(());
    }
    console.line(if console.locale.is_chinese() {
        format!("{related} 对为公司与其分支机构：相关但不合并")
    } else {
        format!("a company and its branch, related and not merged: {related}")
    })
}

/// For a person: the blocks in which not every pair was compared. `place` tells where a row stands.
pub(crate) fn not_compared(
    console: &mut Console<'_>,
    blocks: &[OversizedBlock],
    place: impl Fn(u32) -> String,
) -> Result<(), Fault> {
    let zh = console.locale.is_chinese();
    for block in blocks {
        let OversizedBlock { key, blocks, rows, not_compared, .. } = block;
        let place = place(block.example);
        console.line(if *blocks > 1 && zh {
            format!(
                "键“{key}”的另外 {blocks} 个分组（如{place}所在者）中，共有 {not_compared} 对未在此键下比对"
            )
        } else if *blocks > 1 {
            format!(
                "{blocks} more groups of the key `{key}` ({place} is in one): {not_compared} pairs were not compared under it"
            )
        } else if zh {
            format!("键“{key}”下有 {rows} 行（如{place}），其中 {not_compared} 对未在此键下比对")
        } else {
            format!("{rows} rows share the key `{key}` ({place} is one): {not_compared} pairs were not compared under it")
        })?;
    }
    Ok(())
}

/// A CSV file that a spreadsheet program opens: UTF-8 with a byte-order mark.
pub(crate) fn writer(path: &Path) -> Result<csv::Writer<std::fs::File>, Fault> {
    use std::io::Write as _;
    let mut file = std::fs::File::create(path).map_err(|e| Fault::io(path, &e))?;
    file.write_all(b"\xef\xbb\xbf").map_err(|e| Fault::io(path, &e))?;
    Ok(csv::Writer::from_writer(file))
}

pub(crate) fn failed(path: &Path) -> impl Fn(csv::Error) -> Fault + '_ {
    move |e| Fault::io(path, &std::io::Error::other(e))
}
